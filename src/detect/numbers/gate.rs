//! Whether anything near a number can be the name of one of these numbers.
//!
//! Most numbers have no name, and a dozen rules would each look back for theirs. One look that only compares how words
//! begin and end with how the rules' labels do says no to nearly all of them; where it says maybe, the rules look.

use crate::detect::Scene;
use crate::rules::{Labels, Numbered, RuleSet, is_word_byte};

/// How far back is looked, in words and in bytes.
const WORDS: usize = 8;
const WINDOW: usize = 96;
/// How far behind a number its name may follow: `81234567 (passnummer)`.
const BEHIND: usize = 40;
/// A label shorter than this is found as a word of its own only.
const COMPOUND: usize = 6;

/// How the labels of the rules begin and end.
pub(in crate::detect) struct Gate {
    /// Under the hash of the first four letters, whose labels begin so: a bit for each set.
    begins: Box<[u8; SLOTS]>,
    ends: Box<[u8; SLOTS]>,
    /// Whether a label begins with these two or three letters, under their hash.
    starts: Box<[bool; SLOTS]>,
    short: Vec<(u32, u8)>,
    rules: [Vec<u16>; 2],
}

const SLOTS: usize = 1 << 14;

/// Of four bytes: the bits that none of ASCII has, and those that tell its small letters (and digits) from capitals.
const NOT_ASCII: u32 = 0x8080_8080;
const SMALL: u32 = 0x2020_2020;

/// Where the last words stand that can name a number of either set, in a batch that is being passed through.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::detect) struct Passed([Option<usize>; 2]);

impl Passed {
    /// Takes note of a word that ends at `end` and can belong to these labels.
    #[inline]
    pub(in crate::detect) fn note(&mut self, labels: Labels, end: usize) {
        for (set, last) in self.0.iter_mut().enumerate() {
            if labels >> set & 1 == 1 {
                *last = Some(end);
            }
        }
    }
}

impl Gate {
    /// A gate for the labels of all rules of numbers that do not look for their words themselves.
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut gate = Self {
            begins: Box::new([0; SLOTS]),
            ends: Box::new([0; SLOTS]),
            starts: Box::new([false; SLOTS]),
            short: Vec::new(),
            rules: [Vec::new(), Vec::new()],
        };
        for (index, rule) in (0u16..).zip(rules.rules()) {
            let Some(of) = rule.numbered() else { continue };
            gate.rules[of as usize].push(index);
            for label in &rule.labels {
                let mut key = Vec::new();
                let mut i = 0;
                while let Some((letter, next)) = folded(label.as_bytes(), i) {
                    key.extend(letter);
                    i = next;
                }
                gate.take(&key, 1 << of as u8);
            }
        }
        // "referensnummer", of which the licence stands further away.
        gate.take(b"refe", 1 << Numbered::Others as u8);
        gate.take(b"refn", 1 << Numbered::Others as u8);
        gate
    }

    fn take(&mut self, key: &[u8], set: u8) {
        for length in 1..=key.len().min(3) {
            let start = key.get(..length).unwrap_or_default();
            self.starts[slot(packed(start))] = true;
        }
        let Some(first) = key.first_chunk::<4>() else {
            match self.short.iter_mut().find(|(known, _)| *known == packed(key)) {
                Some((_, sets)) => *sets |= set,
                None => self.short.push((packed(key), set)),
            }
            return;
        };
        self.begins[slot(u32::from_be_bytes(*first))] |= set;
        if let Some(last) = key.last_chunk::<4>().filter(|_| key.len() >= COMPOUND) {
            self.ends[slot(u32::from_be_bytes(*last))] |= set;
        }
    }

    /// Whether a number at `at`, whose first run of digits ends at `end`, can have a name.
    pub(super) fn open(&self, scene: &Scene<'_, '_>, of: Numbered, at: usize, end: usize) -> bool {
        if let Some(labels) = scene.batch.label.filter(|_| scene.batch.cells.is_empty())
            && self.rules[of as usize]
                .iter()
                .any(|&rule| labels.of(rule).is_some())
        {
            return true;
        }
        // Columns are named by their headers and vote; a name may also stand in the cell to the left.
        !scene.batch.cells.is_empty()
            || in_list(scene, at)
            || named_behind(scene, end)
            || scene.passed.get().0[of as usize].is_some_and(|passed| passed + WINDOW >= at)
                && self.named_before(scene.bytes, of, at)
    }

    fn named_before(&self, bytes: &[u8], of: Numbered, at: usize) -> bool {
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
            if self.can_be(bytes, i, end, at) >> of as u8 & 1 == 1 {
                return true;
            }
        }
        false
    }

    /// Of which sets the word can begin a label, or end in one as compounds do. No label goes on beyond `ceiling`.
    fn can_be(&self, bytes: &[u8], start: usize, end: usize, ceiling: usize) -> u8 {
        let mut sets = 0;
        let word = bytes.get(start..end).unwrap_or_default();
        match word.first_chunk::<4>().map(|four| u32::from_be_bytes(*four)) {
            Some(first) if first & NOT_ASCII == 0 => sets |= self.begins[slot(first | SMALL)],
            None if word.is_ascii() && !self.starts[slot(lowered(word))] => {}
            _ => sets |= self.begins_with(bytes, start, end, ceiling),
        }
        if word.len() < COMPOUND + 1 {
            return sets;
        }
        // A column may be numbered: `telefon2`.
        let mut word = word;
        while let [rest @ .., b'0'..=b'9'] = word {
            word = rest;
        }
        match word.last_chunk::<4>().map(|four| u32::from_be_bytes(*four)) {
            Some(last) if last & NOT_ASCII == 0 => sets | self.ends[slot(last | SMALL)],
            _ => sets | self.ends_with(word),
        }
    }

    /// By the first four letters, on over the words behind it: a label may be of several.
    fn begins_with(&self, bytes: &[u8], start: usize, end: usize, ceiling: usize) -> u8 {
        let mut sets = 0;
        let (mut four, mut count) = (0u32, 0);
        let mut i = start;
        while let Some((letter, next)) =
            folded(bytes, i).filter(|_| i < ceiling && i < end + GAP && count < 4)
        {
            if let Some(letter) = letter {
                four = four << 8 | u32::from(letter);
                count += 1;
            }
            i = next;
            if i >= end && (1..4).contains(&count) {
                sets |= self
                    .short
                    .iter()
                    .find(|(known, _)| *known == four)
                    .map_or(0, |&(_, sets)| sets);
            }
        }
        if count == 4 {
            sets |= self.begins[slot(four)];
        }
        sets
    }

    fn ends_with(&self, word: &[u8]) -> u8 {
        let (mut last, mut count) = (0u32, 0);
        let mut i = word.len();
        while i > 0 && count < 4 {
            let two = i >= 2 && word[i - 2] == 0xC3;
            let from = if two { i - 2 } else { i - 1 };
            if let Some((Some(letter), _)) = folded(word, from) {
                last |= u32::from(letter) << (8 * count);
                count += 1;
            }
            i = from;
        }
        if count == 4 { self.ends[slot(last)] } else { 0 }
    }
}

/// How far behind a short word its label may go on, in bytes.
const GAP: usize = 16;

fn packed(letters: &[u8]) -> u32 {
    letters.iter().fold(0, |sum, &b| sum << 8 | u32::from(b))
}

fn lowered(word: &[u8]) -> u32 {
    word.iter()
        .fold(0, |sum, b| sum << 8 | u32::from(b.to_ascii_lowercase()))
}

#[inline]
fn slot(four: u32) -> usize {
    (four.wrapping_mul(0x9E37_79B1) >> 18) as usize
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
        let gate = Gate::new(&rules);
        let named = |text: &str| {
            let bytes = text.as_bytes();
            let back =
                [Numbered::Births, Numbered::Others].map(|of| gate.named_before(bytes, of, bytes.len()));
            // Passing through the words in order must let through all that the look back finds.
            let mut passed = Passed::default();
            let mut start = None;
            for i in 0..=bytes.len() {
                match (start, is_word_byte(bytes, i)) {
                    (None, true) => start = Some(i),
                    (Some(from), false) => {
                        passed.note(rules.lexicon().at(bytes, from, i, bytes.len(), |_, _| {}), i);
                        start = None;
                    }
                    _ => {}
                }
            }
            assert!(!back[0] || passed.0[0].is_some(), "{text}");
            assert!(!back[1] || passed.0[1].is_some(), "{text}");
            back != [false; 2]
        };
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
