//! Where the rows of tables end.
//!
//! Cells and rows end with the same mark; only the properties of its paragraph tell which it is. Without them an empty
//! cell would cut a row in two.

use std::collections::HashSet;

use super::fib::Fib;
use crate::extract::compound::{u16_at, u32_at};

/// Pages of properties are of this size.
const PAGE: usize = 512;

/// Offsets in the stream where a mark that ends a row ends; empty where nothing tells of them.
pub(super) fn ends(fib: &Fib, main: &[u8], table: &[u8]) -> HashSet<u32> {
    let mut ends = HashSet::new();
    // Offsets (one more than pages), then the numbers of the pages.
    let list = fib.find(13, table);
    let width = if fib.modern { 4 } else { 2 };
    let count = list.len().saturating_sub(4) / (4 + width);
    let mut met = HashSet::new();
    for i in 0..count {
        let at = (count + 1) * 4 + i * width;
        let number = if fib.modern {
            u32_at(list, at).map(|number| number & 0x3f_ffff)
        } else {
            u16_at(list, at).map(u32::from)
        };
        let Some(number) = number.filter(|&number| met.insert(number)) else {
            continue;
        };
        let start = number as usize * PAGE;
        if let Some(page) = main.get(start..start + PAGE) {
            read_page(page, fib.modern, &mut ends);
        }
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
            modern_ends_row(properties.get(2..).unwrap_or_default())
        } else {
            old_ends_row(properties)
        };
        if ends_row {
            ends.insert(end);
        }
    }
    Some(())
}

fn modern_ends_row(properties: &[u8]) -> bool {
    let mut at = 0;
    while let Some(code) = u16_at(properties, at) {
        if matches!(code, 0x2417 | 0x244c) {
            return properties.get(at + 2) == Some(&1);
        }
        let length = match code >> 13 {
            0 | 1 => 1,
            3 => 4,
            7 => 3,
            6 if matches!(code, 0xd608 | 0xd606) => usize::from(u16_at(properties, at + 2).unwrap_or(0)) + 1,
            6 => usize::from(properties.get(at + 2).copied().unwrap_or(0)) + 1,
            _ => 2,
        };
        at += 2 + length;
    }
    false
}

/// Before Word 97 properties have no lengths of their own; that of the end of a row stands among the first of a short
/// list, behind the one that says that it is in a table.
fn old_ends_row(properties: &[u8]) -> bool {
    properties.windows(4).any(|window| window == [24, 1, 25, 1])
}
