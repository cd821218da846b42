//! Pages of properties: how paragraphs and characters differ from what is usual.

use std::collections::HashSet;

use super::fib::Fib;
use crate::extract::compound::{u16_at, u32_at};

/// Pages of properties are of this size.
pub(super) const PAGE: usize = 512;

/// The pages that a table lists, by its number, each once.
pub(super) fn pages<'m>(fib: &Fib, main: &'m [u8], table: &[u8], number: usize) -> Vec<&'m [u8]> {
    let mut pages = Vec::new();
    // Offsets (one more than pages), then the numbers of the pages.
    let list = fib.find(number, table);
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
        pages.extend(main.get(start..start + PAGE));
    }
    pages
}

/// The value of the first of some properties of a byte, in a list of Word 97 or later.
pub(super) fn value(properties: &[u8], codes: &[u16]) -> Option<u8> {
    let mut at = 0;
    loop {
        let code = u16_at(properties, at)?;
        if codes.contains(&code) {
            return properties.get(at + 2).copied();
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
}
