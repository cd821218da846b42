//! The head of a Word document: its age, its encoding, and where everything is.
//!
//! Every later table is found through it, so it is read leniently and in one place.

use std::ops::Range;

use crate::extract::compound::{u16_at, u32_at};
use crate::text::Encoding;

/// Numbers of characters.
pub(super) type Ranges = Range<u32>;

/// The parts of the text, in their order.
const PARTS: [&str; 8] = [
    "document",
    "footnotes",
    "headers and footers",
    "document",
    "comments",
    "endnotes",
    "text boxes",
    "text boxes in headers",
];

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) characters: Ranges,
    /// Who wrote it, of a comment.
    pub(super) author: Option<String>,
}

/// The head of a document.
pub(super) struct Fib {
    /// Word 97 or later.
    pub(super) modern: bool,
    pub(super) encrypted: bool,
    /// Saved fast: changes stand at its end.
    pub(super) complex: bool,
    /// Text of two bytes throughout, in Far East versions of Word 95.
    pub(super) wide: bool,
    pub(super) encoding: Encoding,
    /// The stream of the tables.
    pub(super) table: &'static str,
    /// The text, where no table of pieces tells of it.
    pub(super) text: Range<usize>,
    lengths: [u32; 8],
    pairs: Vec<u8>,
}

impl Fib {
    pub(super) fn of(main: &[u8]) -> Option<Self> {
        let magic = u16_at(main, 0)?;
        let version = u16_at(main, 2)?;
        if !matches!(
            magic,
            0xa5ec | 0xa5dc | 0xa5db | 0xa59b | 0xa59c | 0xa697 | 0xa698 | 0xa699
        ) {
            return None;
        }
        let flags = u16_at(main, 10)?;
        let modern = version >= 0xc0 && magic == 0xa5ec;
        let (lengths, pairs) = if modern { (0x4c, 0x9a) } else { (0x34, 0x58) };
        // Word 2 has shorter entries, none of which is needed.
        let of_word_6 = modern || version >= 0x65;
        let mut parts = [0; 8];
        for (i, part) in parts.iter_mut().enumerate() {
            *part = u32_at(main, lengths + i * 4).unwrap_or(0);
        }
        let text = u32_at(main, 0x18)? as usize..u32_at(main, 0x1c)? as usize;
        let mac = main.get(0x12) == Some(&1) || u16_at(main, 0x14) == Some(0x100);
        Some(Self {
            modern,
            encrypted: flags & 0x100 != 0,
            complex: flags & 4 != 0 && of_word_6,
            wide: !modern && of_word_6 && flags & 0x1000 != 0,
            encoding: if modern {
                Encoding::Windows1252
            } else if mac {
                Encoding::MacRoman
            } else {
                Encoding::of_language(u16_at(main, 6)?)
            },
            table: if flags & 0x200 == 0 { "0Table" } else { "1Table" },
            text,
            lengths: parts,
            pairs: if of_word_6 {
                main.get(pairs..(pairs + 80 * 8).min(main.len()))
                    .unwrap_or_default()
                    .to_vec()
            } else {
                Vec::new()
            },
        })
    }

    /// One of the tables, by its number.
    pub(super) fn find<'t>(&self, number: usize, table: &'t [u8]) -> &'t [u8] {
        let at = u32_at(&self.pairs, number * 8).unwrap_or(0) as usize;
        let length = u32_at(&self.pairs, number * 8 + 4).unwrap_or(0) as usize;
        if length == 0 {
            return &[];
        }
        let rest = table.get(at..).unwrap_or_default();
        rest.get(..length).unwrap_or(rest)
    }

    /// How many characters the main text has.
    fn length(&self, part: usize) -> u32 {
        self.lengths.get(part).copied().unwrap_or(0)
    }

    /// Where the comments begin, in characters.
    pub(super) fn comments(&self) -> u32 {
        (0..4).fold(0, |start: u32, part| start.saturating_add(self.length(part)))
    }

    /// The parts of a text of so many characters.
    pub(super) fn parts(&self, total: u32) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut start = 0u32;
        for (i, name) in PARTS.into_iter().enumerate() {
            let end = start.saturating_add(self.length(i)).min(total);
            if end > start {
                parts.push(Part {
                    name,
                    characters: start..end,
                    author: None,
                });
            }
            start = end;
        }
        // What no length tells of.
        if start < total {
            parts.push(Part {
                name: "document",
                characters: start..total,
                author: None,
            });
        }
        parts
    }
}
