use std::io::Write as _;

use super::*;
use crate::extract::compound::testing::{compound, told};
use crate::extract::ole::Office;

fn rec(first: u16, kind: u16, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_le_bytes();
    [&first.to_le_bytes()[..], &kind.to_le_bytes(), &length, data].concat()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A presentation with two slides whose records stand in the other order, an earlier version of one, a note, a link and
/// an embedded workbook.
fn presentation() -> (Vec<u8>, Vec<u8>) {
    let slide = |text: &[u8]| rec(15, SLIDE, &rec(0, 4008, text));
    let mut stream = slide(b"gammal text");
    let mut places = Vec::new();
    let mut add = |stream: &mut Vec<u8>, record: Vec<u8>| {
        places.push(stream.len() as u32);
        stream.extend(record);
    };
    let listed = |id: u32, slide: u32| rec(0, 1011, &words(&[id, 0, 0, slide, 0]));
    let list = [listed(3, 256), rec(0, 4000, &wide("Rubrik Ö")), listed(2, 257)].concat();
    let link = rec(15, 4055, &rec(1 << 4, 4026, &wide("mailto:asa@example.se")));
    let document = [rec(15, TEXTS_OF_SLIDES, &list), rec(15, 1033, &link)].concat();
    add(&mut stream, rec(15, 1000, &document));
    add(&mut stream, slide(b"andra \xe5\rrad"));
    add(&mut stream, slide(b"f\xf6rsta 811228-9874"));
    let note = [
        rec(0, NOTES_ATOM, &words(&[257, 0])),
        rec(0, 4008, b"s\xe4g inte namnet"),
    ]
    .concat();
    add(&mut stream, rec(15, NOTES, &note));
    let biff = [
        &[0x09, 0x08, 4, 0, 0, 5, 0x10, 0][..],
        &[0x04, 0x02, 11, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xc5, b's', b'a'],
        &[0x0a, 0, 0, 0],
    ]
    .concat();
    let file = compound(&[("Book", &biff)]);
    let mut packed =
        flate2::write::ZlibEncoder::new(words(&[file.len() as u32]), flate2::Compression::fast());
    packed.write_all(&file).unwrap();
    stream.extend(rec(16, OBJECT, &packed.finish().unwrap()));
    let table = stream.len() as u32;
    stream.extend(rec(0, PERSIST, &words(&[&[1 | 4 << 20][..], &places].concat())));
    let edit = stream.len() as u32;
    stream.extend(rec(0, USER_EDIT, &words(&[0, 0, 0, table, 1, 5, 0])));
    (stream, [&[0; 8][..], &words(&[20, 0xe391_c05f, edit])].concat())
}

#[test]
fn slides_come_in_their_order_and_everything_else_behind() {
    let (stream, user) = presentation();
    let file = compound(&[("PowerPoint Document", &stream), ("Current User", &user)]);
    let (result, said) = told(&Office, &file);
    assert_eq!((result, said.issues), (Ok(()), vec![]));
    assert_eq!(
        said.lines,
        [
            "page 1: Rubrik Ö",
            "page 1: första 811228-9874",
            "page 2: andra å",
            "page 2: rad",
            "notes, slide 2: säg inte namnet",
            "presentation: mailto:asa@example.se",
            "member object 1",
            "object 1!/row: Åsa",
            "earlier versions: gammal text",
        ]
    );
}

#[test]
fn locks_and_lost_tables_are_told() {
    let (stream, mut user) = presentation();
    let lost = &stream[..stream.len() - 60];
    let (result, said) = told(
        &Office,
        &compound(&[("PowerPoint Document", lost), ("Current User", &user)]),
    );
    assert_eq!((result, said.issues), (Ok(()), vec![Reason::PartlyDamaged]));
    assert!(
        said.lines
            .contains(&"presentation: första 811228-9874".to_owned())
    );
    user[12..16].copy_from_slice(&LOCKED.to_le_bytes());
    let file = compound(&[("PowerPoint Document", &stream), ("Current User", &user)]);
    assert_eq!(told(&Office, &file).0, Err(Reason::Encrypted));
    let file = compound(&[("PP40", b"en gammal presentation")]);
    let (result, said) = told(&Office, &file);
    assert_eq!(result, Err(Reason::Unsupported));
    assert_eq!(said.lines, ["PP40: en gammal presentation"]);
}
