//! The records of a presentation, and the text in them.
//!
//! A record says whether it holds others. The length it tells is not believed beyond the record it is in, so that one
//! wrong length costs one record.

use crate::extract::carve;
use crate::extract::compound::{u16_at, u32_at};
use crate::text::Encoding;

/// Records in records beyond this are read as if they stood beside each other.
const DEEPEST: usize = 1000;

const TEXT_WIDE: u16 = 4000;
const TEXT_BYTES: u16 = 4008;
const STRING: u16 = 4026;
const FONTS: u16 = 2005;
/// Holds records although it does not say so.
const TAG_DATA: u16 = 5003;
/// Properties of a shape: its description, and the text of letters that are drawn.
const SHAPE: [u16; 2] = [0xf00b, 0xf122];

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Record<'b> {
    pub(super) kind: u16,
    pub(super) instance: u16,
    holds: bool,
    pub(super) data: &'b [u8],
    /// Where the record behind it starts.
    pub(super) next: usize,
}

/// The record at an offset; it may be cut off.
pub(super) fn record(stream: &[u8], at: usize) -> Option<Record<'_>> {
    let first = u16_at(stream, at)?;
    let kind = u16_at(stream, at + 2)?;
    let length = u32_at(stream, at + 4)? as usize;
    let data = stream.get(at + 8..)?;
    Some(Record {
        kind,
        instance: first >> 4,
        holds: first & 15 == 15 || kind == TAG_DATA,
        data: data.get(..length).unwrap_or(data),
        next: at + 8 + length,
    })
}

impl<'b> Record<'b> {
    /// The records right in it.
    pub(super) fn children(&self) -> impl Iterator<Item = Record<'b>> {
        let (data, mut at) = (self.data, 0);
        std::iter::from_fn(move || {
            let child = record(data, at)?;
            at = child.next;
            Some(child)
        })
    }
}

/// Appends the text in a record and in all it holds, a line each, of those that are `wanted`.
pub(super) fn text_of(whole: &Record<'_>, text: &mut String, wanted: &dyn Fn(&Record<'_>) -> bool) {
    let mut open = vec![(*whole, 0usize)];
    if !whole.holds {
        text_of_atom(whole, text);
        return;
    }
    while let Some((parent, at)) = open.pop() {
        let Some(child) = record(parent.data, at) else {
            continue;
        };
        open.push((parent, child.next));
        if !wanted(&child) || child.kind == FONTS {
            continue;
        }
        if child.holds && open.len() < DEEPEST {
            open.push((child, 0));
        } else {
            text_of_atom(&child, text);
        }
    }
}

fn text_of_atom(atom: &Record<'_>, text: &mut String) {
    let encoding = match atom.kind {
        TEXT_WIDE | STRING => Encoding::Utf16Le,
        TEXT_BYTES => Encoding::Windows1252,
        kind if SHAPE.contains(&kind) => return carve::wide(atom.data, text),
        _ => return,
    };
    let said = encoding.string(atom.data);
    // Names of blocks that newer versions add.
    if atom.kind == STRING && said.starts_with("___PPT") {
        return;
    }
    let start = text.len();
    text.extend(said.chars().filter_map(|c| match c {
        '\r' | '\u{b}' | '\n' => Some('\n'),
        '\t' => Some('\t'),
        c if c.is_control() => None,
        c => Some(c),
    }));
    if text.len() > start {
        text.push('\n');
    }
}
