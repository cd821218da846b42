//! The hot path: one pass over the bytes finds anchors, and plain code verifies at each of them.
//!
//! An anchor is a byte where something may begin to be recognised: the start of a run of digits, an `@`, the
//! slash of `c/o`, the start of a word that one filter lets through. Text without anchors costs a table look-up per
//! byte and a hash per word, however many rules there are; no pattern is ever searched through the whole text, unless
//! a rule asks for it and says that it is slow.

mod address;
mod bars;
mod columns;
mod credential;
mod email;
mod field;
mod name;
mod named;
mod numbers;
mod organisation;
mod pattern;
mod personnummer;
mod phone;
mod postcode;
mod recall;
mod scene;
mod secret;
mod sql;
mod stance;
mod street;
mod term;
mod token;
mod value;

use std::ops::Range;

use crate::checks::date::Date;
use crate::model::{Batch, Candidate, Kind, Mark, MarkList, MarkOf, Seen};
use crate::rules::{Anchor, Detector as Code, Hit, Lexicon, Rule, RuleSet, Says, is_word_byte};
use scene::Scene;

/// Finds candidates; holds what every detector needs and is shared by all threads.
pub struct Engine<'r> {
    rules: &'r RuleSet,
    today: Date,
    index: Index,
    /// With the lengths of runs they begin with, as bits.
    digit_patterns: Vec<(u16, u32)>,
    at_patterns: Vec<u16>,
    bracket_patterns: Vec<u16>,
    slow_patterns: Vec<u16>,
}

/// The rules detectors in code speak for; `None` where a rule set lacks it.
struct Index {
    personnummer: Option<u16>,
    samordningsnummer: Option<u16>,
    phone: Option<u16>,
    email: Option<u16>,
    address: Option<u16>,
    postcode: Option<u16>,
    town: Option<u16>,
    organisation: Option<u16>,
    vat: Option<u16>,
    numbers: numbers::Rules,
    name: Option<u16>,
    given_name: Option<u16>,
    family_name: Option<u16>,
    secret: Option<u16>,
    account: Option<u16>,
}

/// A detector over the segments of a batch, called at its anchors.
///
/// `at` is the anchor; candidates borrow from the batch's text, so that raw data cannot outlive it.
trait Detector {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>);
}

/// Classes of bytes for the anchor pass; 0 is of no interest.
const DIGIT: u8 = 1;
const OTHER: u8 = 2;
const LETTER: u8 = 3;

static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut b = b'0';
    while b <= b'9' {
        table[b as usize] = DIGIT;
        b += 1;
    }
    let mut b = b'a';
    while b <= b'z' {
        table[b as usize] = LETTER;
        table[b.to_ascii_uppercase() as usize] = LETTER;
        b += 1;
    }
    // The first byte of å, ä, ö and their like, and of those that names of other countries have.
    table[0xC3] = LETTER;
    table[0xC4] = LETTER;
    table[0xC5] = LETTER;
    // `@`, the `%` of an encoded one, the bracket of "(at)", the slash of "c/o".
    table[b'@' as usize] = OTHER;
    table[b'%' as usize] = OTHER;
    table[b'(' as usize] = OTHER;
    table[b'[' as usize] = OTHER;
    // `&#64;` and the full-width sign.
    table[b'&' as usize] = OTHER;
    table[0xEF] = OTHER;
    table[b'/' as usize] = OTHER;
    // `$6$…`: the hash of a password.
    table[b'$' as usize] = OTHER;
    table
};

/// Bytes that a word goes on with.
static IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = CLASS[b] == LETTER || (b >= 0x80 && b < 0xC0);
        b += 1;
    }
    table
};

/// How far behind the own range anchors are tried: a street begins before its number.
const LOOKAHEAD: usize = 1024;

/// How far around the own range candidates are kept, for what is said of the person beside them.
const NEIGHBOURS: usize = 512;

/// How many letters and digits are taken to a word that a digit goes on: `covid19`.
const GLUED: usize = 32;

/// What the words of a batch have come to so far.
#[derive(Default)]
struct Words {
    terms: Vec<term::Met>,
    /// Marks that were told, as bits.
    told: Vec<u64>,
}

impl Words {
    /// Whether a mark is met for the first time. Words beyond the 256th of a list share bits with none: they are told
    /// each time.
    fn first(&mut self, of: MarkOf, word: u16) -> bool {
        let (list, index) = match of {
            MarkOf::Rule(index) => (0, index),
            MarkOf::Source(index) => (1, index),
        };
        if word >= 256 {
            return true;
        }
        let bit = (usize::from(index) * 2 + list) * 256 + usize::from(word);
        let place = bit / 64;
        if self.told.len() <= place {
            self.told.resize(place + 1, 0);
        }
        let known = self.told[place] >> (bit % 64) & 1 == 1;
        self.told[place] |= 1 << (bit % 64);
        !known
    }
}

impl<'r> Engine<'r> {
    /// An engine for these rules. `today` bounds dates of birth.
    pub fn new(rules: &'r RuleSet, today: Date) -> Self {
        let of = |detector, kind| rules.index_of(detector, kind);
        let patterns = |anchor| {
            let wanted = |(_, rule): &(usize, &Rule)| rule.detector == Code::Pattern && rule.anchor == anchor;
            rules
                .rules()
                .iter()
                .enumerate()
                .filter(wanted)
                .map(|(i, _)| i as u16)
                .collect::<Vec<_>>()
        };
        Self {
            rules,
            today,
            index: Index {
                personnummer: of(Code::Personnummer, Kind::Personnummer),
                samordningsnummer: of(Code::Personnummer, Kind::Samordningsnummer),
                phone: of(Code::Phone, Kind::PhoneNumber),
                email: of(Code::Email, Kind::EmailAddress),
                address: of(Code::Address, Kind::PostalAddress),
                postcode: of(Code::Postcode, Kind::PostalAddress),
                town: of(Code::Town, Kind::PostalAddress),
                organisation: of(Code::Organisation, Kind::Organisationsnummer),
                vat: of(Code::Organisation, Kind::VatNumber),
                numbers: numbers::Rules::new(rules),
                name: of(Code::Name, Kind::Name),
                given_name: of(Code::GivenName, Kind::Name),
                family_name: of(Code::FamilyName, Kind::Name),
                secret: of(Code::Credential, Kind::Password),
                account: of(Code::Credential, Kind::Username),
            },
            digit_patterns: patterns(Anchor::Digits)
                .into_iter()
                .map(|index| (index, rules.get(index).map_or(0, |rule| rule.digits)))
                .collect(),
            at_patterns: patterns(Anchor::At),
            bracket_patterns: patterns(Anchor::Bracket),
            slow_patterns: patterns(Anchor::Slow),
        }
    }

    /// The rules it looks for.
    pub fn rules(&self) -> &'r RuleSet {
        self.rules
    }

    /// Adds to `seen` what a batch holds.
    pub fn detect<'a>(&self, batch: &Batch<'a>, seen: &mut Seen<'a>) {
        let first = seen.candidates.len();
        let scene = Scene::new(self, batch);
        let bytes = scene.bytes;
        let own = &batch.own;
        let near = own.start.saturating_sub(NEIGHBOURS)..own.end.saturating_add(NEIGHBOURS);
        let end = bytes.len().min(near.end.saturating_add(LOOKAHEAD));
        let lexicon = self.rules.lexicon();
        // A pattern's value may begin after its anchor.
        let mut i = near.start.saturating_sub(pattern::REACH);
        // A batch may begin inside a word.
        while i > 0 && i < end && IN_WORD[bytes[i] as usize] {
            i += 1;
        }
        let mut words = Words::default();
        while i < end {
            let byte = bytes[i];
            match CLASS[byte as usize] {
                0 => i += 1,
                LETTER => {
                    let start = i;
                    i += 1;
                    while i < bytes.len() && IN_WORD[bytes[i] as usize] {
                        i += 1;
                    }
                    self.at_word(&scene, lexicon, start..i, seen, &mut words);
                }
                DIGIT => {
                    let mut stop = i + 1;
                    while stop < bytes.len() && bytes[stop].is_ascii_digit() {
                        stop += 1;
                    }
                    self.at_digits(&scene, i, stop - i, &mut seen.candidates);
                    i = stop;
                }
                _ => {
                    self.at_sign(&scene, byte, i, &mut seen.candidates);
                    i += 1;
                }
            }
        }
        let out = &mut seen.candidates;
        for &rule in &self.slow_patterns {
            pattern::everywhere(&scene, rule, out);
        }
        sql::copies(&scene, &near, out);
        if !batch.cells.is_empty() {
            field::cells(&scene, out);
            columns::detect(&scene, out);
            name::in_cells(&scene, out);
        }
        term::settle(&scene, words.terms, out);
        let mut kept = first;
        for at in first..out.len() {
            if near.contains(&out[at].range.start) {
                out.swap(kept, at);
                kept += 1;
            }
        }
        out.truncate(kept);
        seen.tally.add(scene.tally.get());
    }

    /// The word at `word`, and the digits glued to its end (`4G`, `BRCA1`), in the lexicon.
    #[inline]
    fn at_word<'a>(
        &self,
        scene: &Scene<'_, 'a>,
        lexicon: &Lexicon,
        word: Range<usize>,
        seen: &mut Seen<'a>,
        words: &mut Words,
    ) {
        let bytes = scene.bytes;
        // The capitals of ASCII and U+00C0..U+017F begin with these bytes.
        if matches!(bytes[word.start], b'A'..=b'Z' | 0xC3..=0xC5) {
            name::at_word(scene, word.clone(), &mut seen.candidates);
        }
        let mut end = word.end;
        // Not from within a digest, whose every letter is a word: that would be quadratic.
        if word.start == 0 || !bytes[word.start - 1].is_ascii_digit() {
            let most = bytes.len().min(end + GLUED);
            while end < most && bytes[end].is_ascii_alphanumeric() {
                end += 1;
            }
        }
        let labels = lexicon.at(bytes, word.start, end, bytes.len(), |start, hit| {
            self.met(scene, start, hit, seen, words);
        });
        if labels != 0 {
            let mut passed = scene.passed.get();
            passed.note(labels, end);
            scene.passed.set(passed);
        }
    }

    fn met<'a>(&self, scene: &Scene<'_, 'a>, start: usize, hit: Hit, seen: &mut Seen<'a>, words: &mut Words) {
        let range = start..hit.end;
        let mut mark = |of| {
            // The same word again tells nothing more of the document.
            if scene.batch.own.contains(&start) && words.first(of, hit.word) {
                let word = (MarkList::Word, hit.word);
                seen.marks.push(Mark {
                    of,
                    word,
                    range: range.clone(),
                });
            }
        };
        match hit.says {
            Says::Mark => mark(MarkOf::Rule(hit.rule)),
            Says::SourceMark => mark(MarkOf::Source(hit.rule)),
            Says::Term { weak } => term::at(scene, hit.rule, weak, &range, &mut words.terms),
            Says::Label => field::at_label(scene, hit.rule, hit.word, range, &mut seen.candidates),
            Says::Keyword
                if self
                    .rules
                    .get(hit.rule)
                    .is_some_and(|rule| rule.detector == Code::Credential) =>
            {
                credential::at_keyword(scene, range, &mut seen.candidates);
            }
            Says::Keyword => pattern::at_keyword(scene, hit.rule, start, &mut seen.candidates),
        }
    }

    fn at_sign<'a>(&self, scene: &Scene<'_, 'a>, byte: u8, at: usize, out: &mut Vec<Candidate<'a>>) {
        match byte {
            b'@' => {
                credential::in_url(scene, at, out);
                email::Plain.detect(scene, at, out);
                for &rule in &self.at_patterns {
                    pattern::AtWord { rule }.detect(scene, at, out);
                }
            }
            b'$' => credential::crypt(scene, at, out),
            b'[' => {
                credential::in_web_log(scene, at, out);
                email::Obscured.detect(scene, at, out);
                for &rule in &self.bracket_patterns {
                    pattern::at_keyword(scene, rule, at, out);
                }
            }
            b'(' => {
                email::Obscured.detect(scene, at, out);
                sql::at_bracket(scene, at, out);
            }
            b'%' | b'&' | 0xEF => email::Obscured.detect(scene, at, out),
            _ => address::CareOf.detect(scene, at, out),
        }
    }

    fn at_digits<'a>(&self, scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
        numbers::at_digits(scene, at, length, out);
        if at > 0 && is_word_byte(scene.bytes, at - 1) {
            // After a letter only a VAT number's "SE" is of interest; after a digit (a batch that begins inside
            // a run) nothing is.
            if length >= 10 && matches!(scene.bytes[at - 1], b'E' | b'e') {
                organisation::Vat { length }.detect(scene, at, out);
            }
            return;
        }
        if matches!(length, 3..=10) {
            credential::in_accounts(scene, at, length, out);
        }
        if length >= personnummer::MANDATE {
            personnummer::Autogiro { length }.detect(scene, at, out);
        }
        if length <= 13 {
            personnummer::Digits { length }.detect(scene, at, out);
            phone::Digits { length }.detect(scene, at, out);
        }
        if length <= 12 {
            organisation::Digits { length }.detect(scene, at, out);
        }
        if length <= 5 {
            address::Digits { length }.detect(scene, at, out);
        }
        for &(rule, lengths) in &self.digit_patterns {
            // The commonest anchor of all, and mostly of a length that tells.
            if lengths == u32::MAX || length < 32 && lengths >> length & 1 == 1 {
                pattern::AtDigits { rule }.detect(scene, at, out);
            }
        }
    }
}

#[cfg(test)]
mod properties;
