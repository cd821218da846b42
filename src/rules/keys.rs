//! Numbers that a few letters of a word make: what the tables of the lexicon are kept by.
//!
//! They fold case by one bit and do no more, since every word of a text is asked about.

/// Four bytes of a word as one number, case folded: bit 5 tells small letters from capitals in ASCII, and in the second
/// byte of å, ä, ö and their like too.
#[inline]
pub(super) fn four(bytes: &[u8]) -> u32 {
    match bytes {
        [a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) | 0x2020_2020,
        _ => bytes
            .iter()
            .enumerate()
            .fold(0, |word, (i, &byte)| word | u32::from(byte | 0x20) << (8 * i)),
    }
}

/// The first two bytes of a word, folded alike; one where the word has no more.
#[inline]
pub(super) fn two(bytes: &[u8]) -> u32 {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    match bytes {
        [a, b, ..] if letter(*b) => u32::from(*a | 0x20) | u32::from(*b | 0x20) << 8,
        [a, ..] => u32::from(*a | 0x20),
        [] => 0,
    }
}

/// The key of a phrase: its first word's and its second's.
#[inline]
pub(super) fn both(first: u32, second: u32) -> u32 {
    first.rotate_left(13) ^ second.wrapping_mul(0x85EB_CA6B)
}

/// The word behind the one that ends at `end`, if one byte that joins words stands between.
#[inline]
pub(super) fn next_word(text: &[u8], end: usize) -> Option<&[u8]> {
    match text.get(end)? {
        b' ' | b'-' | b'_' | b'.' | b'/' | b':' => text.get(end + 1..),
        0xC2 if text.get(end + 1) == Some(&0xA0) => text.get(end + 2..),
        _ => None,
    }
}

/// The key of a word's first eight letters.
pub(super) fn eight(word: &[u8]) -> u32 {
    both(
        four(word),
        four(word.get(4..word.len().min(8)).unwrap_or_default()) ^ 0x5EED,
    )
}

/// The key of the six letters a compound begins with.
pub(super) fn begins(word: &[u8]) -> u32 {
    both(four(word), two(word.get(4..6).unwrap_or_default()) ^ 0xBE61)
}

/// The key of the six letters a compound ends with.
pub(super) fn ends(word: &[u8]) -> u32 {
    let six = word.get(word.len().saturating_sub(6)..).unwrap_or_default();
    both(last_four(six), two(six) ^ 0xE2D5)
}

/// What follows a word behind a few bytes that are no letters.
#[inline]
pub(super) fn after_gap(text: &[u8], end: usize) -> &[u8] {
    let rest = text.get(end..).unwrap_or_default();
    let gap = rest
        .iter()
        .take(4)
        .take_while(|b| !b.is_ascii_alphanumeric() && **b != 0xC3)
        .count();
    rest.get(gap..).unwrap_or_default()
}

#[inline]
pub(super) fn last_four(bytes: &[u8]) -> u32 {
    four(bytes.get(bytes.len().saturating_sub(4)..).unwrap_or_default())
}
