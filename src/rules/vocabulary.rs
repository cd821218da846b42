//! The words of all rules in one table, and the looking up of labels around a candidate.
//!
//! Context is never searched for through the text: it is looked up backwards from a candidate, a few words at
//! a time, so that text without candidates costs nothing.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::words::{Key, LONGEST, WordHasher, fold_into, header_words, trim_digits, without_dots};
use super::{Rule, Source};
use crate::model::MarkOf;
pub use crate::model::{ColumnLabels, Met, WordRole};

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) rule: u16,
    role: WordRole,
    word: u16,
}

/// Words by their folded form.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    words: HashMap<Box<[u8]>, Vec<Entry>, BuildHasherDefault<WordHasher>>,
    /// The lengths of the words that begin with each byte, as bits: most look-ups end here.
    lengths: Box<[u64; 256]>,
    /// Which first four bytes words have, as bits under their hash.
    beginnings: Box<[u64; 1024]>,
}

/// From here on the indices are those of sources.
const OF_SOURCES: u16 = 0x8000;

/// A label shorter than this is only found as a word of its own, never as part of a compound.
const COMPOUND: usize = 6;

impl Vocabulary {
    pub(super) fn new(rules: &[Rule], sources: &[Source]) -> Self {
        let mut words: HashMap<Box<[u8]>, Vec<Entry>, BuildHasherDefault<WordHasher>> = HashMap::default();
        let mut lengths = Box::new([0u64; 256]);
        let mut beginnings = Box::new([0u64; 1024]);
        let of_rules = rules.iter().enumerate().flat_map(|(index, rule)| {
            [
                (index as u16, &rule.labels, WordRole::Label),
                (index as u16, &rule.context, WordRole::Context),
                (index as u16, &rule.negative, WordRole::Negative),
            ]
        });
        let of_sources = (0u16..)
            .zip(sources)
            .map(|(index, source)| (OF_SOURCES + index, &source.labels, WordRole::Label));
        for (rule, list, role) in of_rules.chain(of_sources) {
            for (word, text) in (0u16..).zip(list) {
                let mut key = Vec::new();
                fold_into(text.as_bytes(), &mut key);
                // People without a Swedish keyboard, and column names, write fodelse for födelse.
                let plain = without_dots(&key);
                for key in [key, plain] {
                    if let Some(mask) = key.first().and_then(|&first| lengths.get_mut(usize::from(first))) {
                        *mask |= 1 << key.len().min(63);
                    }
                    if let Some((place, bit)) = beginning(&key) {
                        beginnings[place] |= bit;
                    }
                    let entries = words.entry(key.into_boxed_slice()).or_default();
                    if !entries.iter().any(|e| e.rule == rule) {
                        entries.push(Entry { rule, role, word });
                    }
                }
            }
        }
        Self {
            words,
            lengths,
            beginnings,
        }
    }

    /// Whether a phrase that starts with this folded word can be in the table.
    #[inline]
    pub(super) fn may_begin(&self, word: &[u8]) -> bool {
        match beginning(word) {
            Some((place, bit)) => self.beginnings[place] & bit != 0,
            None => word
                .first()
                .is_some_and(|&first| self.lengths[usize::from(first)] != 0),
        }
    }

    pub(super) fn entries(&self, key: &[u8]) -> Option<&Vec<Entry>> {
        let mask = self.lengths.get(usize::from(*key.first()?))?;
        (mask >> key.len().min(63) & 1 == 1 && self.may_begin(key))
            .then(|| self.words.get(key))
            .flatten()
    }

    pub(super) fn find(&self, key: &[u8], rule: u16) -> Option<Met> {
        let entries = self.entries(key)?;
        entries.iter().find(|e| e.rule == rule).map(|e| Met {
            role: e.role,
            word: e.word,
        })
    }

    /// Of whose documents a header or field name is a mark.
    pub fn header_marks(&self, labels: &ColumnLabels) -> impl Iterator<Item = (MarkOf, u16)> {
        labels
            .iter()
            .filter(|(_, met)| met.role == WordRole::Label)
            .map(|(index, met)| {
                let of = match index.checked_sub(OF_SOURCES) {
                    Some(source) => MarkOf::Source(source),
                    None => MarkOf::Rule(index),
                };
                (of, met.word)
            })
    }

    /// What a header or field name says, for every rule.
    pub fn header(&self, header: &str) -> ColumnLabels {
        let mut met: Vec<(u16, Met)> = Vec::new();
        let mut add = |entries: &[Entry]| {
            for e in entries {
                if !met.iter().any(|(rule, _)| *rule == e.rule) {
                    met.push((
                        e.rule,
                        Met {
                            role: e.role,
                            word: e.word,
                        },
                    ));
                }
            }
        };
        let whole: Vec<u8> = header.bytes().take(200).collect();
        let words = header_words(&whole);
        let joined: Vec<u8> = words.concat();
        let bare = trim_digits(&joined);
        // The whole header first, then its longest phrases, then compounds: the first word on a rule counts.
        for key in [joined.as_slice(), bare] {
            if let Some(entries) = self.entries(key) {
                add(entries);
            }
        }
        for length in (1..=3.min(words.len())).rev() {
            for window in words.windows(length) {
                let phrase = window.concat();
                for key in [phrase.as_slice(), trim_digits(&phrase)] {
                    if let Some(entries) = self.entries(key) {
                        add(entries);
                    }
                }
            }
        }
        for word in &words {
            let word = trim_digits(word);
            for cut in 1..word.len().saturating_sub(COMPOUND - 1) {
                for part in [word.get(cut..), word.get(..word.len() - cut)]
                    .into_iter()
                    .flatten()
                {
                    if let Some(entries) = self.entries(part) {
                        add(entries);
                    }
                }
            }
        }
        ColumnLabels::new(met)
    }

    /// What one word or phrase says of a rule, taken as a whole.
    pub fn phrase(&self, text: &[u8], rule: u16) -> Option<Met> {
        let mut key = Key::default();
        fold_into(text.get(..text.len().min(2 * LONGEST))?, &mut key);
        self.find(key.bytes(), rule)
            .or_else(|| self.find(trim_digits(key.bytes()), rule))
    }

    /// A label that stands after its value: `811228-9874 (personnummer)`, `0701740605 är mitt mobilnummer`.
    pub fn after(&self, text: &[u8], end: usize, ceiling: usize, rule: u16) -> Option<Met> {
        let window = text.get(end..ceiling.min(end + AFTER))?;
        let said = window.strip_prefix(b" ").unwrap_or(window);
        if let Some(inside) = said.strip_prefix(b"(").or_else(|| said.strip_prefix(b"[")) {
            let close = inside
                .iter()
                .position(|&b| matches!(b, b')' | b']' | b'\n' | b'('))?;
            return self.phrase(inside.get(..close)?, rule);
        }
        let said = [&b"\xC3\xA4r "[..], b"is "]
            .iter()
            .find_map(|verb| said.strip_prefix(*verb))?;
        let line = said
            .split(|&b| matches!(b, b'\n' | b'.' | b',' | b';' | b'('))
            .next()?;
        // "mitt mobilnummer", "my personal number": one small word, then the label of one or two.
        let label = line.get(line.iter().position(|&b| b == b' ')? + 1..)?;
        let mut ends = (0..=label.len()).filter(|&i| label.get(i).is_none_or(|&b| b == b' '));
        let (one, two) = (ends.next()?, ends.next());
        [two, Some(one)]
            .into_iter()
            .flatten()
            .find_map(|end| self.phrase(label.get(..end)?, rule))
            .filter(|met| met.role == WordRole::Label)
    }

    /// A label at the end or the start of a compound: `kundpersonnummer`, `telefonhem`.
    pub(super) fn compound(&self, word: &[u8], rule: u16) -> Option<Met> {
        self.parts(word)
            .filter_map(|entries| entries.iter().find(|e| e.rule == rule))
            .find(|e| e.role != WordRole::Context)
            .map(|e| Met {
                role: e.role,
                word: e.word,
            })
    }

    /// What is known of the ends and beginnings of a compound, the longest ends first.
    pub(super) fn parts<'v>(&'v self, word: &'v [u8]) -> impl Iterator<Item = &'v [Entry]> {
        // All its beginnings begin alike.
        let begins = self.may_begin(word);
        (1..word.len().saturating_sub(COMPOUND - 1)).flat_map(move |cut| {
            let end = word.get(cut..).and_then(|part| self.entries(part));
            let beginning = word
                .get(..word.len() - cut)
                .filter(|_| begins)
                .and_then(|part| self.entries(part));
            [end, beginning].into_iter().flatten().map(Vec::as_slice)
        })
    }
}

/// Where the first four bytes of a word have their bit; `None` for shorter ones.
#[inline]
fn beginning(word: &[u8]) -> Option<(usize, u64)> {
    let four = u32::from_le_bytes(*word.first_chunk::<4>()?);
    let hash = four.wrapping_mul(0x9E37_79B1) >> 16;
    Some(((hash >> 6) as usize & 1023, 1 << (hash & 63)))
}

/// How far a label after its value may reach.
const AFTER: usize = 56;

#[cfg(test)]
mod tests {
    use crate::model::Kind;
    use crate::model::WordRole;
    use crate::rules::{Detector, Vocabulary, load_builtin};

    fn says(text: &str) -> Option<WordRole> {
        let rules = load_builtin().unwrap();
        let rule = rules
            .index_of(Detector::Personnummer, Kind::Personnummer)
            .unwrap();
        let words: &Vocabulary = rules.vocabulary();
        let at = text.find('#').unwrap();
        words
            .after(text.as_bytes(), at + 1, text.len(), rule)
            .map(|met| met.role)
    }

    #[test]
    fn labels_after_their_value() {
        assert_eq!(says("# (personnummer)"), Some(WordRole::Label));
        assert_eq!(says("# (ordernr)"), Some(WordRole::Negative));
        assert_eq!(says("# är mitt personnummer."), Some(WordRole::Label));
        assert_eq!(says("# is my personal number"), Some(WordRole::Label));
        assert_eq!(says("# är bra"), None);
        assert_eq!(says("# (personnummer saknas"), None);
    }
}
