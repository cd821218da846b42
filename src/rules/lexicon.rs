//! Words that are looked for at every word of a text: terms, the labels of fields, the keywords of patterns, the marks
//! of documents.
//!
//! One filter over the first four letters answers for nearly every word that it is none of them, however many there
//! are: a word costs a hash and a bit, and only words that may be meant are compared.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::keys::{after_gap, begins, both, eight, ends, four, last_four, next_word, two};
use super::words::{fold_into, is_word_byte, trim_digits, without_dots};

/// What a word that was met speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Says {
    /// The rule's term; `weak` ones need a second.
    Term {
        /// It may mean something else too.
        weak: bool,
    },
    /// The label of the rule's value.
    Label,
    /// Where the rule's pattern is tried.
    Keyword,
    /// A mark of the sort of document the rule knows.
    Mark,
    /// A mark of a system an export comes from; `rule` is then the index of the source.
    SourceMark,
}

/// A word of a rule that stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Index of the rule (of the source, for [`Says::SourceMark`]).
    pub rule: u16,
    /// What it speaks of.
    pub says: Says,
    /// Index of the word in the rule's list.
    pub word: u16,
    /// Where it ends.
    pub end: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    folded: Box<[u8]>,
    /// Letters five to eight, as far as they belong to its first part, and which of them count.
    next: u32,
    mask: u32,
    /// How long a word of the text is that can be its first part, unless all parts are run together or the word may go on.
    first: usize,
    /// Whether the word may go on: `sjukskriv*`.
    open: bool,
    rule: u16,
    says: Says,
    word: u16,
}

/// What is known of all words with the same four letters, as bits: most words are done with here.
mod flag {
    /// A word of a rule begins so (in the table of endings: ends so).
    pub(super) const WORD: u8 = 1;
    /// A phrase does, and the next word tells which.
    pub(super) const HEAD: u8 = 1 << 1;
    /// Labels of numbers, by the set they belong to: shifted by the set.
    pub(super) const LABEL: u8 = 1 << 2;
    pub(super) const LABELS: u8 = LABEL | LABEL << 1;
}

/// A table of [`flag`]s under a hash.
#[derive(Debug, Clone, Default)]
struct Flags(Vec<u8>);

impl Flags {
    fn put(&mut self, key: u32, flag: u8) {
        if self.0.is_empty() {
            self.0 = vec![0; 1 << BITS];
        }
        if let Some(flags) = self.0.get_mut(place(key)) {
            *flags |= flag;
        }
    }

    #[inline]
    fn get(&self, key: u32) -> u8 {
        self.0.get(place(key)).copied().unwrap_or(0)
    }
}

/// The words by their first or last four letters.
#[derive(Debug, Clone, Default)]
struct Side {
    entries: HashMap<u32, Bucket, BuildHasherDefault<KeyHasher>>,
}

/// The words of one key. What tells them apart stands by itself, so that a look touches few lines of memory.
#[derive(Debug, Clone, Default)]
struct Bucket {
    /// Those of eight letters or more, in the order of letters five to eight.
    nexts: Vec<u32>,
    long: Vec<Entry>,
    /// The others: which of letters five to eight they have, and which count.
    masked: Vec<(u32, u32)>,
    short: Vec<Entry>,
}

impl Bucket {
    /// Those that may be meant by a word with these letters five to eight.
    fn likely(&self, next: u32) -> impl Iterator<Item = &Entry> {
        // A handful is sooner compared than halved.
        let from = match self.nexts.len() {
            0..=16 => self.nexts.iter().take_while(|&&known| known < next).count(),
            _ => self.nexts.partition_point(|&known| known < next),
        };
        let same = self.nexts.get(from..).unwrap_or_default();
        let same = same.iter().take_while(move |&&known| known == next).count();
        let long = self.long.get(from..from + same).unwrap_or_default();
        let short = self.masked.iter().zip(&self.short);
        long.iter().chain(
            short
                .filter(move |((known, mask), _)| next & mask == *known)
                .map(|(_, entry)| entry),
        )
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        self.long.iter().chain(&self.short)
    }
}

/// A quick hash for keys that are hashes nearly already; the table is built from the rules and never grows with what
/// is scanned.
#[derive(Debug, Clone, Copy, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn write_u32(&mut self, key: u32) {
        self.0 = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// All words of all rules.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    /// By the first four letters of a word, by the last four, and by more of it or of the next.
    firsts: Flags,
    lasts: Flags,
    pairs: Flags,
    starts: Side,
    ends: Side,
    /// Phrases by their first two words.
    phrases: Side,
}

/// Which labels of numbers a word can belong to: bit 0 those of dates of birth, bit 1 those of other numbers.
pub type Labels = u8;

/// How many bits of a hash choose a place in a table of flags.
const BITS: u32 = 16;

impl Side {
    fn put(&mut self, key: u32, entry: Entry) {
        let bucket = self.entries.entry(key).or_default();
        let known = |e: &Entry| e.folded == entry.folded && e.rule == entry.rule && e.says == entry.says;
        if bucket.all().any(known) {
            return;
        }
        if entry.mask == u32::MAX {
            let at = bucket.nexts.partition_point(|&other| other <= entry.next);
            bucket.nexts.insert(at, entry.next);
            bucket.long.insert(at, entry);
        } else {
            bucket.masked.push((entry.next, entry.mask));
            bucket.short.push(entry);
        }
    }
}

#[inline]
fn place(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

/// A label shorter than this is found as a word of its own only.
const LABEL_COMPOUND: usize = 6;

impl Lexicon {
    /// Puts in a word of a rule. `word*` may go on, `*word` may also be the end of a compound; a word of several parts
    /// is met with spaces, hyphens and underscores between them or with nothing. `#` is any digit.
    pub(super) fn put(&mut self, text: &str, rule: u16, says: Says, word: u16) {
        if text.contains('#') {
            for digit in b'0'..=b'9' {
                let digit = char::from(digit).to_string();
                self.put(&text.replacen('#', &digit, 1), rule, says, word);
            }
            return;
        }
        let (text, open) = text.strip_suffix('*').map_or((text, false), |t| (t, true));
        let (text, compound) = text.strip_prefix('*').map_or((text, false), |t| (t, true));
        // The first part of a phrase is what stands in the text as a word.
        let parts: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect();
        let first = parts.first().copied().unwrap_or_default();
        for plain in [false, true] {
            let fold = |text: &str| {
                let mut key = Vec::new();
                fold_into(text.as_bytes(), &mut key);
                if plain { without_dots(&key) } else { key }
            };
            let folded = fold(text);
            if folded.is_empty() {
                continue;
            }
            let head = fold(first);
            let known = head.len().min(8).saturating_sub(4);
            let mask = if known >= 4 {
                u32::MAX
            } else {
                (1u32 << (8 * known)) - 1
            };
            let entry = Entry {
                next: four(head.get(4..).unwrap_or_default()) & mask,
                mask,
                first: if open && head.len() == folded.len() {
                    0
                } else {
                    head.len()
                },
                folded: folded.clone().into_boxed_slice(),
                open,
                rule,
                says,
                word,
            };
            if compound {
                self.lasts.put(last_four(&folded), flag::WORD);
                self.ends.put(last_four(&folded), entry.clone());
            }
            let second = parts
                .get(1)
                .map(|part| fold(part))
                .filter(|part| !part.is_empty());
            let Some(second) = second.filter(|_| head.len() < folded.len()) else {
                self.firsts.put(four(&head), flag::WORD);
                self.starts.put(four(&head), entry);
                continue;
            };
            // Many phrases begin with the same small word: the next word tells them apart.
            let pair = both(four(&head), two(&second));
            self.firsts.put(four(&head), flag::HEAD);
            self.pairs.put(pair, flag::WORD);
            self.phrases.put(pair, entry.clone());
            // All parts may be run together, as in names of columns.
            let known = folded.len().min(8).saturating_sub(4);
            let mask = if known >= 4 {
                u32::MAX
            } else {
                (1u32 << (8 * known)) - 1
            };
            let together = Entry {
                next: four(folded.get(4..).unwrap_or_default()) & mask,
                mask,
                first: if open { 0 } else { folded.len() },
                ..entry
            };
            self.firsts.put(four(&folded), flag::WORD);
            self.starts.put(four(&folded), together);
        }
    }

    /// Puts in a label of a number of this set. It may be met as it is, at the end of a compound, and with spaces
    /// anywhere in it; what is met is only told, not compared.
    pub(super) fn put_label(&mut self, text: &str, set: u8) {
        let flag = flag::LABEL << set;
        let mut key = Vec::new();
        fold_into(text.as_bytes(), &mut key);
        for key in [without_dots(&key), key] {
            self.firsts.put(four(&key), flag);
            self.pairs.put(eight(&key), flag);
            if key.len() >= LABEL_COMPOUND {
                self.pairs.put(begins(&key), flag);
                self.lasts.put(last_four(&key), flag);
                self.pairs.put(ends(&key), flag);
            }
            for length in 1..key.len().min(8) {
                let (word, rest) = key.split_at(length);
                self.firsts.put(four(word), flag);
                self.pairs.put(both(eight(word), two(rest)), flag);
            }
        }
    }

    /// Which labels of numbers a word may be, begin, or begin or end with, where its first four letters say it may.
    #[cold]
    fn begun(&self, text: &[u8], word: &[u8], end: usize) -> u8 {
        let mut labels = self.pairs.get(eight(word));
        // A column may be numbered: `telefon2`.
        if word.last().is_some_and(u8::is_ascii_digit) {
            labels |= self.pairs.get(eight(trim_digits(word)));
        }
        if word.len() > LABEL_COMPOUND {
            labels |= self.pairs.get(begins(word));
        }
        if word.len() < 8 {
            labels |= self.pairs.get(both(eight(word), two(after_gap(text, end))));
        }
        labels
    }

    /// Tells of every word of a rule that begins (or, for compounds, ends) with the word at `start..end` of `text`,
    /// and does not reach beyond `ceiling`. Returns the labels of numbers that the word can belong to.
    #[inline]
    pub fn at(
        &self,
        text: &[u8],
        start: usize,
        end: usize,
        ceiling: usize,
        mut tell: impl FnMut(usize, Hit),
    ) -> Labels {
        let Some(word) = text.get(start..end) else {
            return 0;
        };
        let first = four(word);
        let flags = self.firsts.get(first);
        let mut labels = 0;
        if flags != 0 {
            if flags & flag::WORD != 0 {
                Self::begin(&self.starts, text, start..end, first, ceiling, &mut tell);
            }
            if flags & flag::HEAD != 0
                && let Some(next) = next_word(text, end)
            {
                let key = both(first, two(next));
                if self.pairs.get(key) & flag::WORD != 0 {
                    Self::begin(&self.phrases, text, start..end, key, ceiling, &mut tell);
                }
            }
            if flags & flag::LABELS != 0 {
                labels = self.begun(text, word, end);
            }
        }
        if word.len() > 4 {
            let last = last_four(word);
            let flags = self.lasts.get(last);
            if flags & flag::WORD != 0 {
                self.finish(word, start, last, &mut tell);
            }
            if flags & flag::LABELS != 0 {
                labels |= self.pairs.get(ends(word));
            }
            if word.last().is_some_and(u8::is_ascii_digit) {
                labels |= self.pairs.get(ends(trim_digits(word)));
            }
        }
        (labels & flag::LABELS) / flag::LABEL
    }

    fn begin(
        side: &Side,
        text: &[u8],
        word: Range<usize>,
        key: u32,
        ceiling: usize,
        tell: &mut impl FnMut(usize, Hit),
    ) {
        let Some(bucket) = side.entries.get(&key) else {
            return;
        };
        let bytes = text.get(word.clone()).unwrap_or_default();
        let next = four(bytes.get(4..).unwrap_or_default());
        for entry in bucket.likely(next) {
            if entry.first != 0 && bytes.len() != entry.first && bytes.len() < entry.folded.len() {
                continue;
            }
            let stop =
                matches(text, word.start, ceiling, &entry.folded).and_then(|at| closes(text, at, entry.open));
            if let Some(end) = stop {
                tell(word.start, entry.hit(end));
            }
        }
    }

    fn finish(&self, word: &[u8], start: usize, key: u32, tell: &mut impl FnMut(usize, Hit)) {
        for entry in self.ends.entries.get(&key).into_iter().flat_map(Bucket::all) {
            let Some(at) = word.len().checked_sub(entry.folded.len()).filter(|&at| at > 0) else {
                continue;
            };
            if matches(word, at, word.len(), &entry.folded) == Some(word.len()) {
                tell(start, entry.hit(start + word.len()));
            }
        }
    }
}

impl Entry {
    fn hit(&self, end: usize) -> Hit {
        Hit {
            rule: self.rule,
            says: self.says,
            word: self.word,
            end,
        }
    }
}

/// Where the folded word ends that begins at `start`; between its parts one byte may stand that is no letter.
#[inline]
fn matches(text: &[u8], start: usize, ceiling: usize, folded: &[u8]) -> Option<usize> {
    let mut at = start;
    let mut done = 0;
    let mut gap = false;
    while done < folded.len() {
        let byte = *text.get(at).filter(|_| at < ceiling)?;
        let wanted = folded[done];
        if byte.is_ascii_alphanumeric() {
            if byte.to_ascii_lowercase() != wanted {
                return None;
            }
            done += 1;
            at += 1;
            gap = false;
        } else if byte == 0xC3 && is_word_byte(text, at) {
            let next = *text.get(at + 1)?;
            if wanted != 0xC3 || folded.get(done + 1) != Some(&(next | 0x20)) {
                return None;
            }
            done += 2;
            at += 2;
            gap = false;
        } else if done > 0 && !gap && matches!(byte, b' ' | b'-' | b'_' | b'.' | b'/' | b':') {
            gap = true;
            at += 1;
        } else if done > 0 && !gap && text.get(at..at + 2) == Some(&[0xC2, 0xA0]) {
            gap = true;
            at += 2;
        } else {
            return None;
        }
    }
    Some(at)
}

/// Whether the word that was compared up to `at` is over, or where it is if it may go on.
#[inline]
///
/// A run that goes on for longer than any word does is none, and each of its letters could begin one.
fn closes(text: &[u8], at: usize, open: bool) -> Option<usize> {
    let mut end = at;
    while is_word_byte(text, end) {
        if !open || end - at > LONGEST_ENDING {
            return None;
        }
        end += 1;
    }
    Some(end)
}

/// How far a word may go on that a rule lets go on, in bytes.
const LONGEST_ENDING: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn met(words: &[&str], text: &str) -> Vec<String> {
        let mut lexicon = Lexicon::default();
        for (index, word) in (0u16..).zip(words) {
            lexicon.put(word, 0, Says::Term { weak: false }, index);
        }
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            while is_word_byte(bytes, at) {
                at += 1;
            }
            if at > start {
                lexicon.at(bytes, start, at, bytes.len(), |from, hit| {
                    found.push(text.get(from..hit.end).unwrap().to_owned());
                });
            }
            at += 1;
        }
        found
    }

    #[test]
    fn words_are_met_however_they_are_written() {
        assert_eq!(
            met(&["läkarintyg"], "Ett LÄKARINTYG, ett lakarintyg."),
            ["LÄKARINTYG", "lakarintyg"]
        );
        assert_eq!(met(&["sjukskriv*"], "Hon är sjukskriven"), ["sjukskriven"]);
        assert_eq!(met(&["sjuk"], "sjukskriven"), Vec::<String>::new());
        assert_eq!(
            met(&["*allergi"], "jordnötsallergi, allergi"),
            ["jordnötsallergi", "allergi"]
        );
        assert_eq!(
            met(&["senaste inloggning"], "senaste_inloggning Senaste inloggning"),
            ["senaste_inloggning", "Senaste inloggning"]
        );
        assert_eq!(met(&["e post"], "E-post: epost"), ["E-post", "epost"]);
        assert_eq!(met(&["LO"], "LO-medlem, Lotta"), ["LO"]);
        assert_eq!(met(&["if metall"], "i IF Metall"), ["IF Metall"]);
        assert_eq!(met(&["rs##*"], "rs429358, rs, rs4"), ["rs429358"]);
    }

    #[test]
    fn folding_four_bytes_agrees_with_folding_words() {
        assert_eq!(four("Ögat".as_bytes()), four("ögat".as_bytes()));
        assert_eq!(four(b"LO"), four(b"lo"));
        assert_ne!(four(b"lo"), four(b"lon"));
    }
}
