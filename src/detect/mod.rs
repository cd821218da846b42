//! The hot path: one pass over the bytes finds anchors, and plain code verifies at each of them.
//!
//! An anchor is a byte where something may begin to be recognised: the start of a run of digits, an `@`, the
//! slash of `c/o`. Text without anchors costs a table look-up per byte and nothing else; no pattern is ever
//! searched through the whole text.

mod address;
mod columns;
mod email;
mod name;
mod named;
mod organisation;
mod pattern;
mod personnummer;
mod phone;
mod postcode;
mod scene;
mod street;

use crate::checks::date::Date;
use crate::model::{Batch, Candidate, Kind};
use crate::rules::{Anchor, Detector as Code, RuleSet, is_word_byte};
use scene::Scene;

/// Finds candidates; holds what every detector needs and is shared by all threads.
pub struct Engine<'r> {
    rules: &'r RuleSet,
    today: Date,
    index: Index,
    digit_patterns: Vec<u16>,
    at_patterns: Vec<u16>,
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
    interim: Option<u16>,
    name: Option<u16>,
    given_name: Option<u16>,
    family_name: Option<u16>,
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

static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut b = b'0';
    while b <= b'9' {
        table[b as usize] = DIGIT;
        b += 1;
    }
    // `@`, the `%` of an encoded one, the bracket of "(at)", the slash of "c/o".
    table[b'@' as usize] = OTHER;
    table[b'%' as usize] = OTHER;
    table[b'(' as usize] = OTHER;
    table[b'[' as usize] = OTHER;
    // `&#64;` and the full-width sign.
    table[b'&' as usize] = OTHER;
    table[0xEF] = OTHER;
    table[b'/' as usize] = OTHER;
    table
};

/// How far behind the own range anchors are tried: a street begins before its number.
const LOOKAHEAD: usize = 1024;

impl<'r> Engine<'r> {
    /// An engine for these rules. `today` bounds dates of birth.
    pub fn new(rules: &'r RuleSet, today: Date) -> Self {
        let of = |detector, kind| rules.index_of(detector, kind);
        let patterns = |anchor| {
            let wanted = |(_, rule): &(usize, &crate::rules::Rule)| {
                rule.detector == Code::Pattern && rule.anchor == anchor
            };
            rules
                .rules()
                .iter()
                .enumerate()
                .filter(wanted)
                .map(|(i, _)| i as u16)
                .collect()
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
                interim: of(Code::Pattern, Kind::InterimNumber),
                name: of(Code::Name, Kind::Name),
                given_name: of(Code::GivenName, Kind::Name),
                family_name: of(Code::FamilyName, Kind::Name),
            },
            digit_patterns: patterns(Anchor::Digits),
            at_patterns: patterns(Anchor::At),
        }
    }

    /// The rules it looks for.
    pub fn rules(&self) -> &'r RuleSet {
        self.rules
    }

    /// Adds the candidates of a batch to `out`, in no particular order; they may overlap.
    pub fn detect<'a>(&self, batch: &Batch<'a>, out: &mut Vec<Candidate<'a>>) {
        let first = out.len();
        let scene = Scene::new(self, batch);
        let bytes = scene.bytes;
        let end = bytes.len().min(batch.own.end.saturating_add(LOOKAHEAD));
        // A pattern's value may begin after its anchor.
        let mut i = batch.own.start.saturating_sub(pattern::REACH);
        while i < end {
            let byte = bytes[i];
            match CLASS[byte as usize] {
                0 => i += 1,
                DIGIT => {
                    let mut stop = i + 1;
                    while stop < bytes.len() && bytes[stop].is_ascii_digit() {
                        stop += 1;
                    }
                    self.at_digits(&scene, i, stop - i, out);
                    i = stop;
                }
                _ => {
                    match byte {
                        b'@' => {
                            email::Plain.detect(&scene, i, out);
                            for &rule in &self.at_patterns {
                                pattern::AtWord { rule }.detect(&scene, i, out);
                            }
                        }
                        b'%' | b'(' | b'[' | b'&' | 0xEF => email::Obscured.detect(&scene, i, out),
                        _ => address::CareOf.detect(&scene, i, out),
                    }
                    i += 1;
                }
            }
        }
        // To be replaced by the word pass.
        let mut i = batch.own.start;
        while i < end {
            if !is_word_byte(bytes, i) || i > 0 && is_word_byte(bytes, i - 1) {
                i += 1;
                continue;
            }
            let start = i;
            while i < bytes.len() && is_word_byte(bytes, i) {
                i += 1;
            }
            let capital = bytes[start].is_ascii_uppercase()
                || bytes[start] == 0xC3 && bytes.get(start + 1).is_some_and(|b| (0x80..=0x9E).contains(b));
            if capital {
                name::at_word(&scene, start..i, out);
            }
        }
        if !batch.cells.is_empty() {
            columns::detect(&scene, out);
            name::in_cells(&scene, out);
        }
        let own = &batch.own;
        let mut kept = first;
        for at in first..out.len() {
            if own.contains(&out[at].range.start) {
                out.swap(kept, at);
                kept += 1;
            }
        }
        out.truncate(kept);
    }

    fn at_digits<'a>(&self, scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
        if at > 0 && is_word_byte(scene.bytes, at - 1) {
            // After a letter only a VAT number's "SE" is of interest; after a digit (a batch that begins inside
            // a run) nothing is.
            if length >= 10 && matches!(scene.bytes[at - 1], b'E' | b'e') {
                organisation::Vat { length }.detect(scene, at, out);
            }
            return;
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
        for &rule in &self.digit_patterns {
            // The commonest anchor and a rare find: its date has six or eight digits.
            if Some(rule) == self.index.interim && !matches!(length, 6 | 8) {
                continue;
            }
            pattern::AtDigits { rule }.detect(scene, at, out);
        }
    }
}

#[cfg(test)]
mod properties;
