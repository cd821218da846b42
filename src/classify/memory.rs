//! What a document has told so far: how its numbers pass, which persons it names, which marks it bears.
//!
//! Some things show only over a whole document: that ten-digit numbers pass as often as random ones, that a letter is
//! about one person, that a log is a log of log-ins. A document is read once and in pieces, so what is needed for that
//! is counted on the way and kept small: hashes of values, never values.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Verdict;
use crate::model::{Confidence, Counted, Evidence, Kind, Mark, MarkList, MarkOf, Role, Signals, Tally};
use crate::rules::{Detector, RuleSet};

/// What a document has told so far.
#[derive(Debug, Default)]
pub struct Memory {
    tally: Tally,
    identities: Few,
    names: Few,
    /// Names that a label or a header calls one.
    addressed: Few,
    /// Other names of persons who are no contacts and no authors.
    spoken_of: Few,
    /// Names in greetings and below letters.
    greeted: Few,
    customers: Few,
    contacts: Few,
    /// An address or a telephone number that is nobody else's.
    located: bool,
    marks: BTreeMap<MarkOf, BTreeSet<(MarkList, u16)>>,
    begun: bool,
    bytes: u64,
}

/// A few different values by their hash; beyond [`MOST`] there are just many.
#[derive(Debug, Default)]
struct Few(BTreeSet<u64>);

/// More persons than this, and a document is about none of them in particular.
const MOST: usize = 8;

impl Few {
    fn put(&mut self, value: &str) {
        if self.0.len() <= MOST {
            let mut hasher = DefaultHasher::new();
            for c in value.chars().filter(|c| c.is_alphanumeric()) {
                c.to_lowercase().for_each(|lower| lower.hash(&mut hasher));
            }
            self.0.insert(hasher.finish());
        }
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// Whether a document is about one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subject {
    named: bool,
    written: bool,
    located: bool,
}

impl Subject {
    /// Whether what is said of a kind is said of that person. Who writes a letter writes of what they bought and what
    /// they are not content with; an illness may be another's, unless they say that it is theirs.
    pub fn of(self, kind: Kind, signals: Signals) -> bool {
        self.named || self.written && (!kind.is_special() || signals.has(Evidence::FirstPerson))
    }

    /// Whether it is said where that person lives or is reached.
    pub fn located(self) -> bool {
        self.named && self.located
    }
}

/// A document larger than this is about many things.
const LETTER: u64 = 64 * 1024;
/// How far into a document its signature is looked for, in bytes.
const HEAD: usize = 2048;

/// What the count of numbers says of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Nothing.
    Unknown,
    /// They pass as often as random numbers do.
    Chance,
    /// Nearly all pass.
    Nearly,
}

impl Memory {
    /// Counts numbers.
    pub(super) fn count(&mut self, tally: Tally) {
        self.tally.add(tally);
    }

    /// Counts text that was read, in bytes.
    pub fn read(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// What the numbers of a form say of each other. Of random numbers 0.7 % pass, of document numbers that begin with a
    /// date 10 %; ten in a row never do by chance.
    pub(super) fn level(&mut self, form: Counted) -> Level {
        let passes = *self.tally.of(form);
        let (tried, passed) = (u64::from(passes.tried), u64::from(passes.passed));
        if tried >= 30 && passed * 100 <= tried * 15 {
            Level::Chance
        } else if tried >= 10 && passed * 100 >= tried * 95 {
            Level::Nearly
        } else {
            Level::Unknown
        }
    }

    /// Remembers whom a document names; `aside` is a contact or an author, whom it is not about.
    pub(super) fn remember(&mut self, verdict: &Verdict<'_>, aside: bool) {
        if verdict.confidence < Confidence::Medium {
            return;
        }
        let candidate = &verdict.candidate;
        let labelled = |evidence| candidate.signals.has(evidence);
        match candidate.kind {
            kind if kind.role() == Role::Identity => self.identities.put(candidate.value),
            Kind::Name => {
                self.names.put(candidate.value);
                let called = [Evidence::Label, Evidence::Column, Evidence::Greeting];
                if !aside && called.into_iter().any(labelled) {
                    self.addressed.put(candidate.value);
                } else if !aside {
                    self.spoken_of.put(candidate.value);
                }
                if labelled(Evidence::Greeting) {
                    self.greeted.put(candidate.value);
                }
            }
            Kind::CustomerNumber => self.customers.put(candidate.value),
            kind if kind.role() == Role::Contact => {
                self.contacts.put(candidate.value);
                self.located |= !aside && matches!(kind, Kind::PostalAddress | Kind::PhoneNumber);
            }
            _ => {}
        }
    }

    /// Remembers a mark. Says whether it is the first of its document or system.
    pub fn mark(&mut self, mark: &Mark) -> bool {
        self.put_mark(mark.of, mark.word)
    }

    pub(super) fn put_mark(&mut self, of: MarkOf, word: (MarkList, u16)) -> bool {
        let first = !self.marks.contains_key(&of);
        self.marks.entry(of).or_default().insert(word);
        first
    }

    /// The different marks of one sort of document, or of one system.
    pub(super) fn marks(&self, of: MarkOf) -> Option<&BTreeSet<(MarkList, u16)>> {
        self.marks.get(&of)
    }

    /// Looks at the beginning of a document's text, once. Tells of whose signature it is.
    pub fn begin(&mut self, rules: &RuleSet, text: &str) -> Vec<MarkOf> {
        if std::mem::replace(&mut self.begun, true) {
            return Vec::new();
        }
        let text = text
            .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
            .as_bytes();
        let head = text.get(..text.len().min(HEAD)).unwrap_or_default();
        let begins = |signature: &String| {
            let signature = signature.as_bytes();
            // A question mark stands for a digit: `01????????AUTOGIRO`.
            let same =
                |(&wanted, &byte): (&u8, &u8)| wanted == byte || wanted == b'?' && byte.is_ascii_digit();
            let first = head.get(..signature.len());
            // The root of an XML document stands behind its prologue.
            first.is_some_and(|first| signature.iter().zip(first).all(same))
                || signature.first() == Some(&b'<') && memchr::memmem::find(head, signature).is_some()
        };
        let of_rules = (0u16..)
            .zip(rules.rules())
            .filter(|(_, rule)| rule.detector == Detector::Document);
        let of_rules = of_rules.map(|(index, rule)| (MarkOf::Rule(index), &rule.marks));
        let of_sources = (0u16..)
            .zip(rules.sources())
            .map(|(index, source)| (MarkOf::Source(index), &source.marks));
        let mut found = Vec::new();
        for (of, marks) in of_rules.chain(of_sources) {
            if let Some(word) = marks.begins.iter().position(begins) {
                self.put_mark(of, (MarkList::Begins, word as u16));
                found.push(of);
            }
        }
        found
    }

    /// Whether any person is named.
    pub fn names_anyone(&self) -> bool {
        self.identities.count() + self.names.count() + self.customers.count() + self.contacts.count() > 0
    }

    /// Whether it is about one person (or one and who writes of them): a short text that gives an identity number, a
    /// customer's number or a name as its subject, and not a crowd.
    pub fn subject(&self, rules: &RuleSet) -> Subject {
        let general = |(&of, words): (&MarkOf, &BTreeSet<_>)| match of {
            MarkOf::Source(index) => rules
                .sources()
                .get(usize::from(index))
                .is_some_and(|source| source.general && words.len() >= source.marks.least),
            MarkOf::Rule(_) => false,
        };
        if self.marks.iter().any(general) {
            return Subject::default();
        }
        let few = self.identities.count() <= 3 && self.customers.count() <= 3 && self.names.count() <= 5;
        let named = self.identities.count() + self.customers.count() + self.addressed.count() > 0
            || self.spoken_of.count() == 1;
        let short = self.bytes <= LETTER && few;
        Subject {
            named: short && named,
            written: short && self.greeted.count() > 0,
            located: self.located,
        }
    }
}
