//! Whether anything near a number can be the name of one of these numbers.
//!
//! Most numbers have no name, and a dozen rules would each look back for theirs. One look that only compares how words
//! begin and end with how the rules' labels do says no to nearly all of them; where it says maybe, the rules look.

use crate::detect::Scene;
use crate::model::Kind;
use crate::rules::{Detector as Code, RuleSet, is_word_byte};

/// How far back is looked, in words and in bytes.
const WORDS: usize = 8;
const WINDOW: usize = 96;
/// How far behind a number its name may follow: `81234567 (passnummer)`.
const BEHIND: usize = 40;
/// A label shorter than this is found as a word of its own only.
const COMPOUND: usize = 6;

/// How the labels of a set of rules begin and end.
pub(super) struct Gate {
    begins: Box<[u64; 256]>,
    ends: Box<[u64; 256]>,
    short: Vec<u32>,
    rules: Vec<u16>,
}

impl Gate {
    /// A gate for the labels of the rules of these kinds.
    pub(super) fn new(rules: &RuleSet, of: impl Fn(Kind) -> bool) -> Self {
        let mut gate = Self {
            begins: Box::new([0; 256]),
            ends: Box::new([0; 256]),
            short: Vec::new(),
            rules: Vec::new(),
        };
        for (index, rule) in (0u16..).zip(rules.rules()) {
            if !matches!(rule.detector, Code::Number | Code::Clearing) || !of(rule.kind) {
                continue;
            }
            gate.rules.push(index);
            for label in &rule.labels {
                let mut key = Vec::new();
                let mut i = 0;
                while let Some((letter, next)) = folded(label.as_bytes(), i) {
                    key.extend(letter);
                    i = next;
                }
                gate.take(&key);
            }
        }
        gate.short.sort_unstable();
        gate.short.dedup();
        gate
    }

    fn take(&mut self, key: &[u8]) {
        let Some(first) = key.first_chunk::<4>() else {
            let short = key.iter().fold(0, |sum, &b| sum << 8 | u32::from(b));
            self.short.push(short);
            return;
        };
        let (place, bit) = slot(u32::from_be_bytes(*first));
        self.begins[place] |= bit;
        if let Some(last) = key.last_chunk::<4>().filter(|_| key.len() >= COMPOUND) {
            let (place, bit) = slot(u32::from_be_bytes(*last));
            self.ends[place] |= bit;
        }
    }

    /// Whether a number at `at`, whose first run of digits ends at `end`, can have a name.
    pub(super) fn open(&self, scene: &Scene<'_, '_>, at: usize, end: usize) -> bool {
        if let Some(labels) = scene.batch.label.filter(|_| scene.batch.cells.is_empty())
            && self.rules.iter().any(|&rule| labels.of(rule).is_some())
        {
            return true;
        }
        // Columns are named by their headers and vote; a name may also stand in the cell to the left.
        !scene.batch.cells.is_empty()
            || in_list(scene, at)
            || named_behind(scene, end)
            || self.named_before(scene.bytes, at)
    }

    fn named_before(&self, bytes: &[u8], at: usize) -> bool {
        let floor = at.saturating_sub(WINDOW);
        let mut i = at;
        let mut lines = 0;
        for _ in 0..WORDS {
            while i > floor && !is_word_byte(bytes, i - 1) {
                lines += usize::from(bytes[i - 1] == b'\n');
                i -= 1;
            }
            let end = i;
            while i > floor && is_word_byte(bytes, i - 1) {
                i -= 1;
            }
            if i == end || lines > 1 {
                return false;
            }
            if self.can_be(bytes, i, end, at) {
                return true;
            }
        }
        false
    }

    /// Whether the word can begin a label, or end in one as compounds do.
    fn can_be(&self, bytes: &[u8], start: usize, end: usize, at: usize) -> bool {
        // "referensnummer", of which the licence stands further away.
        let mut four = 0u32;
        let mut count = 0;
        let mut i = start;
        // On over the words behind it: a label may be of several.
        while let Some((letter, next)) = folded(bytes, i).filter(|_| i < at && count < 4) {
            if let Some(letter) = letter {
                four = four << 8 | u32::from(letter);
                count += 1;
            }
            i = next;
            if i >= end && (1..4).contains(&count) && self.short.binary_search(&four).is_ok() {
                return true;
            }
        }
        if count == 4 {
            let (place, bit) = slot(four);
            if self.begins[place] & bit != 0
                || four == u32::from_be_bytes(*b"refe")
                || four == u32::from_be_bytes(*b"refn")
            {
                return true;
            }
        }
        if end - start < COMPOUND + 1 {
            return false;
        }
        // A column may be numbered: `telefon2`.
        let mut stop = end;
        while stop > start && bytes[stop - 1].is_ascii_digit() {
            stop -= 1;
        }
        let (mut last, mut count) = (0u32, 0);
        let mut i = stop;
        while i > start && count < 4 {
            let two = i >= start + 2 && bytes[i - 2] == 0xC3;
            let from = if two { i - 2 } else { i - 1 };
            if let Some((Some(letter), _)) = folded(bytes, from) {
                last |= u32::from(letter) << (8 * count);
                count += 1;
            }
            i = from;
        }
        let (place, bit) = slot(last);
        count == 4 && self.ends[place] & bit != 0
    }
}

fn slot(four: u32) -> (usize, u64) {
    let hash = four.wrapping_mul(0x9E37_79B1) >> 18;
    ((hash >> 6) as usize & 255, 1 << (hash & 63))
}

/// The letter or digit at `i` in its plainest form (å is a), if it is one, and where the next byte to look at is.
fn folded(bytes: &[u8], i: usize) -> Option<(Option<u8>, usize)> {
    let &byte = bytes.get(i)?;
    if byte.is_ascii_alphanumeric() {
        return Some((Some(byte.to_ascii_lowercase()), i + 1));
    }
    if byte != 0xC3 {
        return Some((None, i + 1));
    }
    let plain = match bytes.get(i + 1)? {
        0x80..=0x85 | 0xA0..=0xA5 => b'a',
        0x88..=0x8B | 0xA8..=0xAB => b'e',
        0x92..=0x96 | 0x98 | 0xB2..=0xB6 | 0xB8 => b'o',
        0x97 | 0xB7 => return Some((None, i + 2)),
        _ => b'u',
    };
    Some((Some(plain), i + 2))
}

/// A value of a statement or of a pasted row: its name stands further away.
fn in_list(scene: &Scene<'_, '_>, at: usize) -> bool {
    let mut i = at;
    while i > 0 && at - i < 4 && matches!(scene.bytes[i - 1], b' ' | b'\'' | b'"' | b'`' | b'+') {
        i -= 1;
    }
    match i.checked_sub(1).map_or(b'\n', |i| scene.bytes[i]) {
        b'(' | b',' | b';' | b'\t' | b'|' => true,
        b'\n' => {
            let line = scene
                .bytes
                .get(at..scene.bytes.len().min(at + 32))
                .unwrap_or_default();
            let next = line
                .iter()
                .find(|b| matches!(b, b';' | b'\t' | b'|' | b',' | b' ' | b':' | b'\n'));
            matches!(next, Some(b';' | b'\t' | b'|' | b','))
        }
        _ => false,
    }
}

/// Something in brackets or a verb follows the number, behind its further groups.
fn named_behind(scene: &Scene<'_, '_>, end: usize) -> bool {
    let after = scene
        .bytes
        .get(end..scene.bytes.len().min(end + BEHIND))
        .unwrap_or_default();
    let next = after
        .iter()
        .position(|b| !(b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'/' | b'.' | b':')));
    let rest = next.and_then(|next| after.get(next..)).unwrap_or_default();
    matches!(
        rest,
        [b'(' | b'[', ..] | [0xC3, 0xA4, b'r', b' ', ..] | [b'i', b's', b' ', ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::load_builtin;

    #[test]
    fn names_open_it_and_other_words_do_not() {
        let rules = load_builtin().unwrap();
        let gate = Gate::new(&rules, |_| true);
        let named = |text: &str| gate.named_before(text.as_bytes(), text.len());
        for text in [
            "passnummer: ",
            "Bg ",
            "OCR-nr: ",
            "id kort nr ",
            "Swisha 150 kr till ",
            "lönekontonummer ",
            "FÖDELSEDATUM\n",
            "fodelsedatum=",
            "svenskt pass, nr ",
            "Kontonr2 ",
            "körkortets baksida, referensnummer ",
        ] {
            assert!(named(text), "{text}");
        }
        for text in [
            "worker[",
            "Klockan ",
            "under året ",
            "12 av ",
            "",
            "passnummer\n\n\n",
            "size=",
        ] {
            assert!(!named(text), "{text}");
        }
    }
}
