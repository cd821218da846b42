//! Where the rows of tables end.
//!
//! Cells and rows end with the same mark; only the properties of its paragraph tell which it is. Without them an empty
//! cell would cut a row in two.

use std::collections::HashSet;

use super::fib::Fib;
use super::properties::{PAGE, pages, value};
use crate::extract::compound::u32_at;

/// Offsets in the stream where a mark that ends a row ends; empty where nothing tells of them.
pub(super) fn ends(fib: &Fib, main: &[u8], table: &[u8]) -> HashSet<u32> {
    let mut ends = HashSet::new();
    for page in pages(fib, main, table, 13) {
        read_page(page, fib.modern, &mut ends);
    }
    ends
}

/// A page has the offsets of its paragraphs, for each where its properties stand, and at its end their number.
fn read_page(page: &[u8], modern: bool, ends: &mut HashSet<u32>) -> Option<()> {
    let count = usize::from(*page.get(PAGE - 1)?);
    let each = if modern { 13 } else { 7 };
    for i in 0..count {
        let end = u32_at(page, (i + 1) * 4)?;
        let at = usize::from(*page.get((count + 1) * 4 + i * each)?) * 2;
        if at == 0 {
            continue;
        }
        let length = usize::from(*page.get(at)?);
        // An odd number of bytes has its length in one byte, an even one in the second.
        let (start, length) = match (modern, length) {
            (true, 0) => (at + 2, usize::from(*page.get(at + 1)?) * 2),
            (true, _) => (at + 1, length * 2 - 1),
            (false, _) => (at + 1, length * 2),
        };
        let properties = page.get(start..)?;
        let properties = properties.get(..length).unwrap_or(properties);
        let ends_row = if modern {
            // Behind the number of the style.
            value(properties.get(2..).unwrap_or_default(), &[0x2417, 0x244c]) == Some(1)
        } else {
            old_ends_row(properties)
        };
        if ends_row {
            ends.insert(end);
        }
    }
    Some(())
}

/// Before Word 97 properties have no lengths of their own; that of the end of a row stands among the first of a short
/// list, behind the one that says that it is in a table.
fn old_ends_row(properties: &[u8]) -> bool {
    properties.windows(4).any(|window| window == [24, 1, 25, 1])
}
