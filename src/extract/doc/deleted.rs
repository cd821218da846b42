//! Where text is that was deleted with changes tracked, and where text is that no piece shows any more.
//!
//! People delete a number and do not know that the document keeps it.

use std::ops::Range;

use super::fib::Fib;
use super::pieces::Piece;
use super::properties::{PAGE, pages, value};
use crate::extract::compound::u32_at;

/// Deletions of a document that are told apart.
const MOST: usize = 1 << 20;
/// Between pieces less than this is no text, with the words it stood in.
const SHORTEST: usize = 8;
/// A word is no longer than this.
const WORD: usize = 32;

/// Offsets in the stream between which text is deleted, in their order.
pub(super) fn deletions(fib: &Fib, main: &[u8], table: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Before Word 97 properties have no lengths of their own, and cannot be told apart without knowing all.
    if fib.modern {
        for page in pages(fib, main, table, 12) {
            read_page(page, &mut found);
            if found.len() > MOST {
                break;
            }
        }
    }
    joined(found)
}

/// A page has the offsets of its runs, for each where its properties stand, and at its end their number.
fn read_page(page: &[u8], found: &mut Vec<Range<usize>>) -> Option<()> {
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
        if value(properties, &[0x0800]) == Some(1) {
            found.push(run);
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
