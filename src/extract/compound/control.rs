//! Controls in documents: fields, lists and boxes that people fill in.
//!
//! A form made with controls keeps what was typed into them in parts of their own, and the text of the document does
//! not show it. Those of Microsoft's own library are read field by field; others are looked through.

use super::{Beside, MAGIC, Ole, beside, u16_at, u32_at};
use crate::extract::package::parts::push;
use crate::extract::{Flow, Outlet, carve};
use crate::model::{Place, Reason};
use crate::text::Encoding;

/// The stream of a control's own.
const CONTENTS: &str = "contents";
/// A control that is no storage begins with its class.
const CLASS: usize = 16;
/// What a control may say of itself before its texts: the bit that tells that it does, and how many bytes that takes.
const FIELDS: [(u32, usize); 29] = [
    (0, 4),
    (1, 4),
    (2, 4),
    (3, 4),
    (4, 1),
    (5, 1),
    (6, 1),
    (7, 1),
    (9, 2),
    (10, 4),
    (11, 2),
    (12, 2),
    (13, 2),
    (14, 2),
    (15, 2),
    (16, 1),
    (17, 1),
    (18, 1),
    (20, 1),
    (21, 1),
    (VALUE, 4),
    (CAPTION, 4),
    (24, 4),
    (25, 4),
    (26, 4),
    (27, 2),
    (28, 2),
    (29, 2),
    (GROUP, 4),
];
/// Its size stands behind these, before the texts.
const SIZE: u32 = 8;
const VALUE: u32 = 22;
const CAPTION: u32 = 23;
/// Set in all controls that have a value.
const RESERVED: u32 = 31;
const GROUP: u32 = 32;

/// Tells what a control holds, at the part `name`.
pub(in crate::extract) fn control(bytes: &[u8], name: &str, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(contents(bytes.get(CLASS..).unwrap_or_default(), name, out));
    }
    let ole = Ole::open(bytes).ok_or(Reason::Damaged)?;
    let own = ole.named(CONTENTS).unwrap_or_default();
    if contents(&own, name, out).is_stop() {
        return Ok(Flow::Stop);
    }
    let how = Beside {
        read: &[CONTENTS],
        narrow: Some(Encoding::Windows1252),
    };
    let (flow, _) = beside(&ole, &how, out);
    if ole.flawed() && !flow.is_stop() {
        return Err(Reason::PartlyDamaged);
    }
    Ok(flow)
}

fn contents(bytes: &[u8], name: &str, out: &mut dyn Outlet) -> Flow {
    match texts(bytes) {
        Some(texts) => push(texts.trim(), &Place::Part { name: name.into() }, None, out),
        None => carve::tell(bytes, Some(Encoding::Windows1252), name, out),
    }
}

/// The value, the caption and the group of a control that has a value, a line each.
fn texts(bytes: &[u8]) -> Option<String> {
    if bytes.first_chunk() != Some(&[0, 2]) {
        return None;
    }
    // Numbers are aligned as they are in the whole: their offsets count from its start.
    let bytes = bytes.get(..4 + usize::from(u16_at(bytes, 2)?))?;
    let mask = u64::from(u32_at(bytes, 4)?) | u64::from(u32_at(bytes, 8)?) << 32;
    let has = |bit: u32| mask >> bit & 1 == 1;
    if !has(RESERVED) {
        return None;
    }
    let mut at = 12usize;
    let mut counts = Vec::new();
    for (bit, size) in FIELDS.into_iter().filter(|(bit, _)| has(*bit)) {
        at = at.next_multiple_of(size);
        if matches!(bit, VALUE | CAPTION | GROUP) {
            counts.push(u32_at(bytes, at)?);
        }
        at += size;
    }
    at = at.next_multiple_of(4) + if has(SIZE) { 8 } else { 0 };
    let mut texts = String::new();
    for count in counts {
        // The highest bit tells that only the lower half of each character is there.
        let (length, halved) = ((count & 0x7fff_ffff) as usize, count >> 31 == 1);
        let text = bytes.get(at..at.checked_add(length)?)?;
        at = (at + length).next_multiple_of(4);
        let text = if halved {
            text.iter().map(|&byte| char::from(byte)).collect()
        } else {
            Encoding::Utf16Le.string(text)
        };
        texts.push_str(&text);
        texts.push('\n');
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Told, compound};
    use super::*;

    /// A box to tick with a value, a caption in bytes and a group.
    fn made() -> Vec<u8> {
        let mut bytes = vec![0, 2, 0, 0];
        bytes.extend(0x1_80c0_0341u64.to_le_bytes());
        bytes.extend([1, 0, 0, 0, 4, 0, b'*', 0]);
        bytes.extend([26u32, 0x8000_0005, 4].map(u32::to_le_bytes).concat());
        bytes.extend([9; 8]);
        bytes.extend("811228-9874!!".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend(b"\0\0Ja\xe5!?\0\0\0E\0k\0");
        let length = bytes.len() as u16 - 4;
        bytes[2..4].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    fn told(bytes: &[u8]) -> (Result<Flow, Reason>, Vec<String>) {
        let mut told = Told::default();
        let result = control(bytes, "control 1", &mut told);
        (result, told.lines)
    }

    #[test]
    fn what_was_typed_into_a_control_is_read() {
        let lines = ["control 1: 811228-9874!!", "control 1: Jaå!?", "control 1: Ek"];
        let made = made();
        let stream = [&[7; CLASS][..], &made, b"Tahoma and more"].concat();
        assert_eq!(told(&stream).1, lines);
        let storage = compound(&[(CONTENTS, &made), ("\u{1}CompObj", b"Microsoft Forms")]);
        assert_eq!(
            told(&storage),
            (Ok(Flow::Continue), lines.map(str::to_owned).into())
        );
        for length in 0..stream.len() {
            let _ = told(&stream[..length]);
        }
    }

    #[test]
    fn other_controls_are_looked_through() {
        let stream = [
            &[7; CLASS][..],
            b"\0\x02\x08\0\0\0\0\0\x05\0\0\x80Etikett 811228-9874\0",
        ]
        .concat();
        assert_eq!(told(&stream).1, ["control 1: Etikett 811228-9874"]);
        assert_eq!(told(&MAGIC).0, Err(Reason::Damaged));
    }
}
