use super::*;
use crate::extract::compound::testing::{compound, told};
use crate::extract::ole::Office;

/// The parts of a document's text, and the stream of its tables.
struct Made {
    main: Vec<u8>,
    table: Vec<u8>,
}

/// A document of Word 97 whose first piece is in bytes and whose second one is wide. `lengths` are those of the parts.
fn made(narrow: &[u8], wide: &str, lengths: &[(usize, u32)]) -> Made {
    let mut main = vec![0; 0x400];
    main[..4].copy_from_slice(&[0xec, 0xa5, 0xc1, 0]);
    let units: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for &(part, length) in lengths {
        main[0x4c + part * 4..0x50 + part * 4].copy_from_slice(&length.to_le_bytes());
    }
    let middle = narrow.len() as u32;
    let end = middle + units.len() as u32 / 2;
    let mut table = vec![1, 2, 0, 9, 9, 2];
    table.extend(28u32.to_le_bytes());
    table.extend([0, middle, end].map(u32::to_le_bytes).concat());
    for at in [0x4000_0000 | (0x400 * 2), 0x400 + middle] {
        table.extend([0, 0]);
        table.extend(at.to_le_bytes());
        table.extend([0, 0]);
    }
    main.extend(narrow);
    main.extend(units);
    let clx = table.len() as u32;
    main[0x1a2..0x1a6].copy_from_slice(&0u32.to_le_bytes());
    main[0x1a6..0x1aa].copy_from_slice(&clx.to_le_bytes());
    Made { main, table }
}

impl Made {
    fn list(mut self, number: usize, bytes: &[u8]) -> Self {
        let at = 0x9a + number * 8;
        self.main[at..at + 4].copy_from_slice(&(self.table.len() as u32).to_le_bytes());
        self.main[at + 4..at + 8].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.table.extend(bytes);
        self
    }

    fn file(&self) -> Vec<u8> {
        compound(&[("WordDocument", &self.main), ("0Table", &self.table)])
    }
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = (units.len() as u16).to_le_bytes().to_vec();
    bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
    bytes
}

#[test]
fn text_notes_and_names_are_told_by_part() {
    let narrow = b"Personnr\x07Namn\x07\x07811228-9874\x07\xc5sa Ek\x07\x07\r";
    let main = narrow.len() as u32;
    let made = made(
        narrow,
        "fotnot\rKommentar från Åsa\r",
        &[(0, main), (1, 7), (4, 19)],
    );
    let mut authors = vec![0xff, 0xff, 1, 0, 0, 0];
    authors.extend(wide("Bo Öst"));
    let made = made.list(51, &authors).list(36, &wide("Eva Ek"));
    let (result, said) = told(&Office, &made.file());
    assert_eq!((result, said.issues), (Ok(()), vec![]));
    assert_eq!(
        said.lines,
        [
            "document: Personnr\tNamn\t",
            "document: 811228-9874\tÅsa Ek\t",
            "document: ",
            "footnotes: fotnot",
            "comments: Kommentar från Åsa",
            "tracked changes[author]: Bo Öst",
        ]
    );
}

#[test]
fn comments_bear_their_authors() {
    let made = made(b"x\r", "ett\rtv\u{e5}\r", &[(0, 2), (4, 8)]);
    let mut references = [0u32, 1, 2].map(u32::to_le_bytes).concat();
    for author in [1u8, 0] {
        let mut reference = vec![0; 30];
        reference[20] = author;
        references.extend(reference);
    }
    let starts = [0u32, 4, 8, 9].map(u32::to_le_bytes).concat();
    let made = made
        .list(4, &references)
        .list(5, &starts)
        .list(36, &[wide("Eva Ek"), wide("Bo Öst")].concat());
    let (_, said) = told(&Office, &made.file());
    assert_eq!(
        said.lines,
        [
            "document: x",
            "comments: Bo Öst",
            "comments: ett",
            "comments: Eva Ek",
            "comments: två"
        ]
    );
}

#[test]
fn codes_of_fields_stand_behind_their_paragraph() {
    let text = b"skriv \x13 HYPERLINK \"mailto:asa@example.se\" \x14till \xc5sa\x15 nu, sid \x13 PAGE \x142\x15\r811228\x1e9874\x1f\r";
    let (_, said) = told(&Office, &made(text, "", &[(0, text.len() as u32)]).file());
    assert_eq!(
        said.lines,
        [
            "document: skriv till Åsa nu, sid 2",
            "document: HYPERLINK \"mailto:asa@example.se\"",
            "document: 811228-9874"
        ]
    );
}

#[test]
fn a_field_that_nothing_ends_swallows_nothing() {
    let text = b"\x13 PAGE \rNr 811228-9874\r";
    let (_, said) = told(&Office, &made(text, "", &[(0, text.len() as u32)]).file());
    assert_eq!(said.lines, ["document:  PAGE  Nr 811228-9874 "]);
    let text = [b"\x13 PAGE ", &b"rad\r".repeat(10_000)[..], b"811228-9874\x15\r"].concat();
    let (_, said) = told(&Office, &made(&text, "", &[(0, text.len() as u32)]).file());
    assert!(said.lines.contains(&"document: 811228-9874".to_owned()));
    assert!(
        said.lines
            .iter()
            .map(|line| line.matches("rad").count())
            .sum::<usize>()
            == 10_000
    );
}

#[test]
fn rows_end_where_their_properties_say() {
    let text = b"a\x07\x07\x07b\x07";
    let mut made = made(text, "", &[(0, text.len() as u32)]);
    // The mark at offset 3 of the text ends the row: one page of properties says so.
    made.main.resize(0x600, 0);
    let mut page = vec![0; 512];
    page[..8].copy_from_slice(&[0x403u32, 0x404].map(u32::to_le_bytes).concat());
    page[8] = 100;
    page[200..206].copy_from_slice(&[3, 0, 0, 0x17, 0x24, 1]);
    page[511] = 1;
    made.main.extend(page);
    let made = made.list(13, &[0x403u32, 0x404, 3].map(u32::to_le_bytes).concat());
    let (_, said) = told(&Office, &made.file());
    assert_eq!(said.lines, ["document: a\t\t", "document: b\t"]);
}

#[test]
fn deleted_text_is_told_beside_and_what_no_piece_shows_is_told_last() {
    let text = b"Nr 811228borta-9874\r";
    let mut made = made(text, "", &[(0, text.len() as u32)]);
    made.main.resize(0x600, 0);
    // The run from the tenth character on is deleted: one page of properties says so.
    let mut page = vec![0; 512];
    page[..16].copy_from_slice(&[0x400u32, 0x409, 0x40e, 0x414].map(u32::to_le_bytes).concat());
    page[17] = 100;
    page[200..207].copy_from_slice(&[6, 0x35, 0x08, 1, 0, 0x08, 1]);
    page[511] = 3;
    made.main.extend(page);
    made.main.extend(b"Utkast 19121212-1212\r");
    let start_and_end = [0x400u32, 0x815].map(u32::to_le_bytes).concat();
    made.main[0x18..0x20].copy_from_slice(&start_and_end);
    let made = made.list(12, &[0x400u32, 0x414, 3].map(u32::to_le_bytes).concat());
    let (_, said) = told(&Office, &made.file());
    assert_eq!(
        said.lines,
        [
            "deleted text: 811228borta",
            "document: Nr 811228-9874",
            "earlier versions: Utkast 19121212-1212"
        ]
    );
}

#[test]
fn what_was_inserted_is_not_glued_to_what_it_replaced() {
    for order in [[1, 2], [2, 1]] {
        let numbers = ["19900101-0017", "19811228-9874"];
        let text = order.map(|which| numbers[which - 1]).concat();
        let text = format!("Nr {text} nu\r");
        let mut made = made(text.as_bytes(), "", &[(0, text.len() as u32)]);
        made.main.resize(0x600, 0);
        let mut page = vec![0; 512];
        let borders = [0x400u32, 0x403, 0x410, 0x41d, 0x421];
        page[..20].copy_from_slice(&borders.map(u32::to_le_bytes).concat());
        for (at, which) in (21..).zip(order) {
            page[at] = which as u8 * 50;
        }
        page[100..104].copy_from_slice(&[3, 0, 0x08, 1]);
        page[200..204].copy_from_slice(&[3, 1, 0x08, 1]);
        page[511] = 4;
        made.main.extend(page);
        let made = made.list(12, &[0x400u32, 0x421, 3].map(u32::to_le_bytes).concat());
        let (_, said) = told(&Office, &made.file());
        assert_eq!(
            said.lines,
            ["deleted text: 19900101-0017", "document: Nr 19811228-9874 nu"]
        );
    }
}

#[test]
fn half_a_number_that_saving_fast_left_behind_is_told_whole() {
    let text = b"Nr 811228-\r";
    let mut made = made(text, "1212\r", &[(0, 16)]);
    made.main.truncate(0x400);
    made.main.extend(b"Nr 811228-9874\r");
    made.main[0x18..0x20].copy_from_slice(&[0x400u32, 0x40f].map(u32::to_le_bytes).concat());
    let list: Vec<u8> = [0u32, 10, 11].map(u32::to_le_bytes).concat();
    let mut clx = vec![2];
    clx.extend(28u32.to_le_bytes());
    clx.extend(list);
    for at in [0x400u32, 0x40e] {
        clx.extend([0, 0]);
        clx.extend((0x4000_0000 | (at * 2)).to_le_bytes());
        clx.extend([0, 0]);
    }
    let made = made.list(33, &clx);
    let (_, said) = told(&Office, &made.file());
    assert_eq!(
        said.lines,
        ["document: Nr 811228-", "earlier versions: 811228-9874"]
    );
}

#[test]
fn locks_and_damage_are_told() {
    let mut locked = made(b"hemligt", "", &[]);
    locked.main[11] = 1;
    assert_eq!(told(&Office, &locked.file()).0, Err(Reason::Encrypted));
    let mut broken = made(b"Kvar finns 811228-9874", "", &[]);
    broken.main[0x1a2] = 0xff;
    let (result, said) = told(&Office, &broken.file());
    assert_eq!((result, said.issues), (Ok(()), vec![Reason::PartlyDamaged]));
    assert_eq!(said.lines, ["document: Kvar finns 811228-9874"]);
}

#[test]
fn documents_before_word_97_are_read() {
    let mut six = vec![0; 0x300];
    six[..8].copy_from_slice(&[0xdc, 0xa5, 0x68, 0, 0, 0, 0x1d, 4]);
    six[0x18..0x20].copy_from_slice(&[0, 3, 0, 0, 6, 3, 0, 0]);
    six.extend(b"\xc5sa\rBo");
    let file = compound(&[("WordDocument", &six)]);
    assert_eq!(told(&Office, &file).1.lines, ["document: Åsa", "document: Bo"]);
    // Word 2 had no compound file.
    six[0] = 0xdb;
    six[2] = 0x2d;
    assert_eq!(told(&Office, &six).1.lines, ["document: Åsa", "document: Bo"]);
    let mut dos = vec![0x31, 0xbe, 0, 0, 0, 0xab];
    dos.resize(128, 0);
    dos[14] = 131;
    // What stands behind the text is how it looks, and no text.
    dos.extend(b"\x8fsa---");
    assert_eq!(told(&Office, &dos).1.lines, ["document: Åsa"]);
}

#[test]
fn pieces_that_share_their_bytes_do_not_multiply_them() {
    let text = vec![b'a'; 50_000];
    let mut made = made(&text, "", &[]);
    let count = 2000u32;
    let mut list: Vec<u8> = (0..=count).flat_map(|i| (i * 50_000).to_le_bytes()).collect();
    for _ in 0..count {
        list.extend([0, 0]);
        list.extend((0x4000_0000u32 | 0x800).to_le_bytes());
        list.extend([0, 0]);
    }
    let mut clx = vec![2];
    clx.extend((list.len() as u32).to_le_bytes());
    clx.extend(list);
    made = made.list(33, &clx);
    let (_, said) = told(&Office, &made.file());
    assert!(said.issues.contains(&Reason::ContentLimit));
    assert!(said.lines.iter().map(String::len).sum::<usize>() < 500_000);
}

#[test]
fn an_embedded_workbook_is_a_member() {
    let outer = made(b"Se tabell\r", "", &[(0, 10)]);
    let biff = [
        &[0x09, 0x08, 4, 0, 0, 5, 0x10, 0][..],
        &[0x04, 0x02, 11, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xc5, b's', b'a'],
        &[0x0a, 0, 0, 0],
    ]
    .concat();
    let mut package = [0, 0, 0, 0, 2, 0].to_vec();
    package.extend(b"lista.txt\0C:\\Users\\bo\\lista.txt\0\0\0\x03\0\x04\0\0\0tmp\0");
    package.extend(4u32.to_le_bytes());
    package.extend(b"hej!");
    let file = compound(&[
        ("WordDocument", &outer.main),
        ("0Table", &outer.table),
        ("ObjectPool/_1/Book", &biff),
        ("ObjectPool/_2/\u{1}Ole10Native", &package),
    ]);
    let (result, said) = told(&Office, &file);
    assert_eq!((result, said.issues), (Ok(()), vec![]));
    assert_eq!(
        said.lines,
        [
            "document: Se tabell",
            "member ObjectPool/_1",
            "ObjectPool/_1!/row: Åsa",
            "embedded files: C:\\Users\\bo\\lista.txt",
            "embedded files: tmp",
            "member lista.txt",
            "lista.txt!/?: hej!",
        ]
    );
}
