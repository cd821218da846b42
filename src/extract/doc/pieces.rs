//! Where the text of a document lies: in pieces, in the order in which it is read.
//!
//! A document that was saved fast has its changes at its end, and each piece is in bytes or in UTF-16.

use std::ops::Range;

use super::fib::{Fib, Ranges};
use crate::extract::compound::{u16_at, u32_at};

/// A piece of the text.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) characters: Ranges,
    pub(super) wide: bool,
    start: usize,
}

impl Piece {
    /// Where some of its characters lie.
    pub(super) fn bytes(&self, characters: &Ranges) -> Option<Range<usize>> {
        let width = if self.wide { 2 } else { 1 };
        let offset = |character: u32| {
            let index = character.checked_sub(self.characters.start)? as usize;
            self.start.checked_add(index * width)
        };
        Some(offset(characters.start)?..offset(characters.end)?)
    }
}

/// The pieces of a document; `None` where what tells of them is damaged.
pub(super) fn of(fib: &Fib, main: &[u8], table: &[u8]) -> Option<Vec<Piece>> {
    if fib.modern || fib.complex {
        let listed = listed(fib, table);
        if fib.modern || listed.is_some() {
            return listed;
        }
    }
    let width = if fib.wide { 2 } else { 1 };
    let length = fib.text.end.min(main.len()).checked_sub(fib.text.start)? / width;
    (length > 0 || main.len() < 0x400).then(|| {
        vec![Piece {
            characters: 0..length as u32,
            wide: fib.wide,
            start: fib.text.start,
        }]
    })
}

fn listed(fib: &Fib, table: &[u8]) -> Option<Vec<Piece>> {
    let list = piece_table(fib.find(33, table))?;
    let count = list.len().checked_sub(4)? / 12;
    let mut pieces = Vec::with_capacity(count);
    let mut before = 0;
    for i in 0..count {
        let characters = u32_at(list, i * 4)?..u32_at(list, i * 4 + 4)?;
        let at = u32_at(list, (count + 1) * 4 + i * 8 + 2)?;
        if characters.start < before || characters.end < characters.start {
            return None;
        }
        before = characters.end;
        let narrow = at & 0x4000_0000 != 0;
        let (start, wide) = match (fib.modern, narrow) {
            (true, true) => ((at & 0x3fff_ffff) / 2, false),
            (true, false) => (at, true),
            (false, _) => (at, fib.wide),
        };
        pieces.push(Piece {
            characters,
            wide,
            start: start as usize,
        });
    }
    (!pieces.is_empty()).then_some(pieces)
}

/// The table of pieces stands behind any number of lists of properties.
fn piece_table(clx: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        match clx.get(at)? {
            1 => at += 3 + usize::from(u16_at(clx, at + 1)?),
            2 => {
                let length = u32_at(clx, at + 1)? as usize;
                let rest = clx.get(at + 5..)?;
                return Some(rest.get(..length).unwrap_or(rest));
            }
            _ => return None,
        }
    }
}
