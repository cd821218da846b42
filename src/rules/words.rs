//! Words in bytes: where they begin and end, going backwards, and the one form that all ways of writing a word share.
//!
//! Bytes and not strings, since the hot path looks at bytes, and a look at a word allocates nothing.

use std::hash::Hasher;

/// The longest folded phrase that is looked up.
pub(super) const LONGEST: usize = 48;

/// A quick hash for a table that is built from the rules once and never grows with what is scanned.
#[derive(Debug, Clone, Copy, Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        for chunk in chunks {
            self.mix(u64::from_le_bytes(*chunk));
        }
        if !rest.is_empty() {
            self.mix(rest.iter().fold(0u64, |word, &byte| word << 8 | u64::from(byte)));
        }
    }

    fn write_usize(&mut self, length: usize) {
        self.mix(length as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

impl WordHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
}

/// Words backwards from an offset. A word is a run of letters and digits.
pub(super) struct Backwards<'a> {
    text: &'a [u8],
    floor: usize,
    at: usize,
    pub(super) crossed_lines: usize,
    pub(super) crossed_stop: bool,
    /// Separators of fields in the gap that was crossed last.
    pub(super) stops: usize,
}

impl<'a> Backwards<'a> {
    /// From `at`, with so many lines crossed already.
    pub(super) fn resume(text: &'a [u8], floor: usize, at: usize, crossed_lines: usize) -> Self {
        Self {
            text,
            floor,
            at,
            crossed_lines,
            crossed_stop: false,
            stops: 0,
        }
    }

    pub(super) fn next(&mut self) -> Option<(usize, usize)> {
        self.crossed_stop = false;
        self.stops = 0;
        let mut end = self.at;
        while end > self.floor {
            let byte = *self.text.get(end - 1)?;
            if is_word_byte(self.text, end - 1) {
                break;
            }
            match byte {
                b'\n' => {
                    self.crossed_lines += 1;
                }
                // A sentence's end, a cell's end, another field: what is before labels something else.
                b';' | b'|' | b'\t' => {
                    self.crossed_stop = true;
                    self.stops += 1;
                }
                b'}' | b'{' | 0x1F | 0x1E => {
                    self.crossed_stop = true;
                    self.stops += 2;
                }
                b'.' | b'!' | b'?' | b','
                    if matches!(self.text.get(end), Some(b' ' | b'\n' | b'\r')) && end != self.at =>
                {
                    self.crossed_stop = true;
                    self.stops += 2;
                }
                b',' if self.text.get(end).is_some_and(|b| matches!(b, b'"' | b'\'')) => {
                    self.crossed_stop = true;
                    self.stops += 2;
                }
                _ => {}
            }
            end -= 1;
        }
        if end <= self.floor {
            return None;
        }
        let mut start = end;
        while start > self.floor && is_word_byte(self.text, start - 1) {
            start -= 1;
        }
        self.at = start;
        Some((start, end))
    }
}

/// Whether the byte belongs to a letter or digit. Bytes of U+00C0..U+00FF count as letters; the no-break space,
/// dashes and quotation marks of U+2000.. do not.
#[inline]
pub fn is_word_byte(text: &[u8], i: usize) -> bool {
    match text.get(i) {
        Some(b) if b.is_ascii_alphanumeric() => true,
        Some(0xC3) => text.get(i + 1).is_some_and(|&b| b != 0x97 && b != 0xB7),
        Some(&b) if (0x80..0xC0).contains(&b) => {
            i > 0 && text.get(i - 1) == Some(&0xC3) && b != 0x97 && b != 0xB7
        }
        _ => false,
    }
}

/// Where folded text goes.
pub trait Folded {
    /// One more byte.
    fn push(&mut self, byte: u8);
}

impl Folded for Vec<u8> {
    fn push(&mut self, byte: u8) {
        Vec::push(self, byte);
    }
}

/// A short key on the stack: nothing is allocated per look-up. Too long a phrase becomes a key nothing has.
pub(super) struct Key {
    bytes: [u8; LONGEST],
    pub(super) length: usize,
}

impl Default for Key {
    fn default() -> Self {
        Self {
            bytes: [0; LONGEST],
            length: 0,
        }
    }
}

impl Key {
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.upto(self.length)
    }

    pub(super) fn upto(&self, length: usize) -> &[u8] {
        self.bytes.get(..length).unwrap_or_default()
    }
}

impl Folded for Key {
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
        }
        self.length += 1;
    }
}

/// Appends the folded form: lower-case letters and digits only.
#[inline]
pub fn fold_into(text: &[u8], key: &mut impl Folded) {
    let mut i = 0;
    while let Some(&byte) = text.get(i) {
        if byte.is_ascii_alphanumeric() {
            key.push(byte.to_ascii_lowercase());
        } else if byte == 0xC3
            && let Some(&next) = text.get(i + 1)
        {
            // U+00C0..U+00DE are the capitals of U+00E0..U+00FE.
            let lower = if (0x80..=0x9E).contains(&next) && next != 0x97 {
                next + 0x20
            } else {
                next
            };
            key.push(0xC3);
            key.push(lower);
            i += 1;
        }
        i += 1;
    }
}

/// A word folded, without dots and on the stack, as the words around a statement are looked up.
#[derive(Clone, Copy)]
pub struct Plain {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Default for Plain {
    fn default() -> Self {
        Self {
            bytes: [0; LONGEST],
            length: 0,
        }
    }
}

impl Plain {
    /// The plain form of a word; nothing for one that is longer than any that is looked up.
    pub fn of(word: &[u8]) -> Self {
        let mut plain = Self::default();
        if word.len() <= LONGEST {
            fold_into(word, &mut plain);
        }
        plain
    }

    /// Its letters and digits.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Folded for Plain {
    #[inline]
    fn push(&mut self, byte: u8) {
        // The second byte of a letter beyond ASCII takes the place of both.
        let (at, byte) = match self.length.checked_sub(1) {
            Some(last) if self.bytes.get(last) == Some(&0xC3) => (last, plain_letter(byte)),
            _ => (self.length, byte),
        };
        if let Some(slot) = self.bytes.get_mut(at) {
            *slot = byte;
            self.length = at + 1;
        }
    }
}

/// The plain letter for a folded one of U+00E0..U+00FF, by its second byte.
fn plain_letter(second: u8) -> u8 {
    match second {
        0xA4 | 0xA5 | 0xA0 | 0xA1 => b'a',
        0xB6 | 0xB8 => b'o',
        0xA9 | 0xA8 => b'e',
        _ => b'u',
    }
}

/// å, ä → a; ö → o; é → e; ü → u.
pub fn without_dots(key: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(key.len());
    let mut i = 0;
    while let Some(&byte) = key.get(i) {
        if byte == 0xC3 {
            plain.push(plain_letter(key.get(i + 1).copied().unwrap_or(0)));
            i += 1;
        } else {
            plain.push(byte);
        }
        i += 1;
    }
    plain
}

#[inline]
pub(super) fn trim_digits(key: &[u8]) -> &[u8] {
    let mut end = key.len();
    while end > 0 && key[end - 1].is_ascii_digit() {
        end -= 1;
    }
    &key[..end]
}

/// The words of a header, folded: split at everything that is no letter or digit, and at `camelCase` humps.
pub(super) fn header_words(header: &[u8]) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut start = 0;
    for i in 0..=header.len() {
        let inside = is_word_byte(header, i);
        let hump =
            i > 0 && i < header.len() && header[i].is_ascii_uppercase() && header[i - 1].is_ascii_lowercase();
        if !inside || hump {
            if start < i {
                let mut key = Vec::new();
                fold_into(&header[start..i], &mut key);
                if !key.is_empty() {
                    words.push(key);
                }
            }
            start = if inside { i } else { i + 1 };
        }
    }
    words
}
