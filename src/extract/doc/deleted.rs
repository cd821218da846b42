//! Where text is that was deleted or inserted with changes tracked, and where text is that no piece shows any more.
//!
//! People delete a number and do not know that the document keeps it.

use std::ops::Range;

use super::fib::Fib;
use super::pieces::Piece;
use super::properties::{PAGE, pages, value};
use crate::extract::compound::u32_at;

/// Changes of a document that are told apart.
const MOST: usize = 1 << 20;
/// Between pieces less than this is no text, with the words it stood in.
const SHORTEST: usize = 8;
/// A word is no longer than this.
const WORD: usize = 32;

/// Properties of a run that was deleted, and of one that was inserted.
const DELETED: u16 = 0x0800;
const INSERTED: u16 = 0x0801;

/// Offsets in the stream between which text was changed, in their order.
#[derive(Default)]
pub(super) struct Changes {
    deleted: Vec<Range<usize>>,
    inserted: Vec<Range<usize>>,
}

/// What was done to text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// Deleted, whether or not it had been inserted before.
    Deleted,
    Inserted,
}

impl Changes {
    /// The changes of a document.
    pub(super) fn of(fib: &Fib, main: &[u8], table: &[u8]) -> Self {
        let mut found = Self::default();
        // Before Word 97 properties have no lengths of their own, and cannot be told apart without knowing all.
        if fib.modern {
            for page in pages(fib, main, table, 12) {
                read_page(page, &mut found);
                if found.deleted.len() + found.inserted.len() > MOST {
                    break;
                }
            }
        }
        Self {
            deleted: joined(found.deleted),
            inserted: joined(found.inserted),
        }
    }

    /// What was done to the text at an offset, and up to where that holds.
    pub(super) fn at(&self, offset: usize) -> (Change, usize) {
        let (deleted, end) = within(&self.deleted, offset);
        if deleted {
            return (Change::Deleted, end);
        }
        let (inserted, until) = within(&self.inserted, offset);
        let change = if inserted { Change::Inserted } else { Change::None };
        (change, end.min(until))
    }
}

/// Whether an offset is in one of some ranges, and up to where that holds.
fn within(ranges: &[Range<usize>], offset: usize) -> (bool, usize) {
    let next = ranges.partition_point(|range| range.end <= offset);
    match ranges.get(next) {
        Some(range) if range.start <= offset => (true, range.end),
        Some(range) => (false, range.start),
        None => (false, usize::MAX),
    }
}

/// A page has the offsets of its runs, for each where its properties stand, and at its end their number.
fn read_page(page: &[u8], found: &mut Changes) -> Option<()> {
    let count = usize::from(*page.get(PAGE - 1)?);
    for i in 0..count {
        let run = u32_at(page, i * 4)? as usize..u32_at(page, i * 4 + 4)? as usize;
        let at = usize::from(*page.get((count + 1) * 4 + i)?) * 2;
        if at == 0 {
            continue;
        }
        let length = usize::from(*page.get(at)?);
        let properties = page.get(at + 1..)?;
        let properties = properties.get(..length).unwrap_or(properties);
        if value(properties, &[DELETED]) == Some(1) {
            found.deleted.push(run);
        } else if value(properties, &[INSERTED]) == Some(1) {
            found.inserted.push(run);
        }
    }
    Some(())
}

/// What lies where text lies and is in no piece: text that was there before a document was saved fast.
pub(super) fn left_behind(fib: &Fib, pieces: &[Piece], main: &[u8]) -> Vec<Range<usize>> {
    let end = fib.text.end.min(main.len());
    let shown = pieces.iter().filter_map(|piece| piece.bytes(&piece.characters));
    let mut at = fib.text.start;
    let mut gaps = Vec::new();
    for shown in joined(shown.collect()) {
        gaps.push(at..shown.start.min(end));
        at = at.max(shown.end);
    }
    gaps.push(at..end);
    gaps.retain(|gap| gap.start < gap.end);
    for gap in &mut gaps {
        *gap = with_words(gap, main);
    }
    gaps.retain(|gap| gap.len() >= SHORTEST);
    joined(gaps)
}

/// A range with what is left of the words that it begins and ends in: the other half of a number may still be shown.
fn with_words(gap: &Range<usize>, main: &[u8]) -> Range<usize> {
    let in_word = |byte: &&u8| **byte > b' ';
    let (before, rest) = main.split_at_checked(gap.start).unwrap_or((main, &[]));
    let after = rest.get(gap.len()..).unwrap_or_default();
    let before = before.iter().rev().take(WORD).take_while(in_word).count();
    let after = after.iter().take(WORD).take_while(in_word).count();
    gap.start - before..gap.end + after
}

/// Ranges in their order, those that touch joined.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|later, before| {
        let touch = later.start <= before.end;
        if touch {
            before.end = before.end.max(later.end);
        }
        touch
    });
    ranges
}
