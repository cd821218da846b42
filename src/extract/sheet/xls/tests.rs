use super::super::testing::hear;
use super::*;
use crate::extract::compound::tests::file;
use crate::extract::ole::Office;

pub(super) fn rec(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), &(data.len() as u16).to_le_bytes(), data].concat()
}

pub(super) fn at(row: u16, column: u16, format: u16, rest: &[u8]) -> Vec<u8> {
    [
        &row.to_le_bytes(),
        &column.to_le_bytes(),
        &format.to_le_bytes(),
        rest,
    ]
    .concat()
}

/// A BIFF 8 stream with one sheet of these records.
pub(super) fn stream(before: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
    let bof = rec(0x809, &[0, 6, 5, 0]);
    let mut globals = [bof.clone(), before.concat()].concat();
    let start = (globals.len() + 4 + 6 + 2 + 5 + 4) as u32;
    globals.extend(rec(
        0x85,
        &[&start.to_le_bytes()[..], &[2, 0, 5, 0], b"Blad1"].concat(),
    ));
    globals.extend(rec(0x0a, &[]));
    [globals, bof, sheet.concat(), rec(0x0a, &[])].concat()
}

#[test]
fn cells_comments_and_headers_are_read() {
    let before = [
        rec(0x41e, b"\xa4\0\x0a\0\x000000000000"),
        rec(0xe0, &[0, 0, 0, 0]),
        rec(0xe0, &[0, 0, 0xa4, 0]),
        rec(0xe0, &[0, 0, 14, 0]),
        rec(0xfc, b"\x01\0\0\0\x01\0\0\0\x04\0\0Anna"),
    ];
    let sheet = [
        rec(0xfd, &at(0, 0, 0, &[0, 0, 0, 0])),
        rec(0x203, &at(0, 1, 0, &198_507_099_805f64.to_le_bytes())),
        rec(0x203, &at(0, 2, 1, &101_010_004f64.to_le_bytes())),
        rec(0x203, &at(0, 3, 2, &45_000f64.to_le_bytes())),
        rec(
            0x06,
            &at(1, 0, 0, &[0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
        ),
        rec(0x207, b"\x02\0\0Ek"),
        rec(
            0xbd,
            &at(
                2,
                0,
                0,
                &[(7 << 2) | 2, 0, 0, 0, 0, 0, (8 << 2) | 2, 0, 0, 0, 1, 0],
            ),
        ),
        rec(0x14, b"\x05\0\0&LUpp"),
        rec(0x5d, &[0x15, 0, 0x12, 0, 0x19, 0, 9, 0]),
        rec(0x1b6, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0]),
        rec(0x3c, b"\0hemli"),
        rec(0x3c, b"\0\0"),
        rec(0x1c, b"\x06\0\x01\0\0\0\x09\0\x03\0\0Eva\0"),
    ];
    let (result, heard) = hear(&Office, &file("Workbook", &stream(&before, &sheet)));
    assert_eq!((result, heard.issues.len()), (Ok(()), 0));
    for line in [
        "Blad1!A1=Anna",
        "Blad1!B1=198507099805",
        "Blad1!C1=0101010004",
        "Blad1!D1=2023-03-15",
        "Blad1!D1 (2)=45000",
        "Blad1!A2=Ek",
        "Blad1!A3=7",
        "Blad1!B3=8",
        "Blad1: Upp",
        "Blad1!B7: Eva",
        "Blad1!B7: hemli",
    ] {
        assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
    }
}

#[test]
fn titles_of_charts_and_scenarios_are_read() {
    let mut scenario = b"\x02\0\x01\0\x04\x05\x03\0Fall".to_vec();
    scenario.extend(b"\x03\0\0Eva\x05\0\x01");
    scenario.extend("h\u{f6}jt!".encode_utf16().flat_map(u16::to_le_bytes));
    scenario.extend([1, 0, 1, 0, 9, 0, 0, 0]);
    scenario.extend(b"\x0b\0\x00811228-9874\x02\0\x00Ek\0\0\0\0");
    let sheet = [
        rec(0x809, &[0, 6, 0x20, 0]),
        rec(0x203, &at(0, 0, 0, &7f64.to_le_bytes())),
        rec(0x100d, b"\0\0\x07\0L\xf6n Eva"),
        rec(0x0a, &[]),
        rec(0xaf, &scenario),
        // One that is cut off, and one that claims more than there is.
        rec(0xaf, b"\xff\xff\0\0\xff\xff\xff\0Kort"),
        rec(0xaf, b"\x01\0"),
    ];
    let (result, heard) = hear(&Office, &file("Workbook", &stream(&[], &sheet)));
    assert_eq!((result, heard.issues.len()), (Ok(()), 0));
    assert_eq!(
        heard.lines,
        [
            "scenarios of Blad1: Fall",
            "scenarios of Blad1: Eva",
            "scenarios of Blad1: h\u{f6}jt!",
            "Blad1!B2: 811228-9874",
            "Blad1!A10: Ek",
            "scenarios of Blad1: Kort",
            "charts of Blad1: L\u{f6}n Eva",
        ]
    );
}

#[test]
fn a_password_is_told_and_damage_too() {
    let locked = stream(&[rec(0x2f, &[1, 0])], &[]);
    assert_eq!(
        hear(&Office, &file("Workbook", &locked)).0,
        Err(Reason::Encrypted)
    );
    assert_eq!(
        hear(&Office, &file("EncryptedPackage", b"")).0,
        Err(Reason::Encrypted)
    );
    assert_eq!(hear(&Office, &file("WordDocument", b"")).0, Err(Reason::Damaged));
    assert_eq!(hear(&Office, b"<html>").0, Err(Reason::Damaged));
    let mut cut = stream(&[], &[rec(0x203, &at(0, 0, 0, &1f64.to_le_bytes()))]);
    cut.truncate(cut.len() - 4);
    // In a compound file zeros would follow; before Excel 5 there was none.
    let (result, heard) = hear(&Office, &cut);
    assert_eq!((result, heard.issues), (Ok(()), vec![Reason::PartlyDamaged]));
    assert_eq!(heard.lines, ["Blad1!A1=1"]);
}

#[test]
fn two_cells_in_the_corners_cost_two_cells() {
    let sheet = [
        rec(
            0x200,
            &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0],
        ),
        rec(0x203, &at(0, 0, 0, &1f64.to_le_bytes())),
        rec(0x203, &at(0xffff, 0xff, 0, &2f64.to_le_bytes())),
    ];
    let (_, heard) = hear(&Office, &file("Book", &stream(&[], &sheet)));
    assert_eq!(heard.lines, ["Blad1!A1=1", "Blad1!IV65536=2"]);
}

#[test]
fn workbooks_without_a_compound_file_are_read() {
    let old = [
        rec(0x09, &[0, 0, 0x10, 0]),
        rec(0x04, b"\0\0\0\0\0\0\0\x03\xc5sa"),
        rec(0x02, b"\0\0\x01\0\0\0\0\x07\0"),
        rec(0x0a, &[]),
    ]
    .concat();
    let (result, heard) = hear(&Office, &old);
    assert_eq!(result, Ok(()));
    assert_eq!(heard.lines, ["Sheet1!A1=Åsa", "Sheet1!B1=7"]);
}
