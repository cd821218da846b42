//! The hot path: one pass over the bytes finds anchors, and plain code verifies at each of them.
//!
//! An anchor is a byte where something may begin to be recognised: the start of a run of digits, an `@`, the
//! slash of `c/o`. Text without anchors costs a table look-up per byte and nothing else; no pattern is ever
//! searched through the whole text.

mod address;
mod columns;
mod email;
mod organisation;
mod pattern;
mod personnummer;
mod phone;

use std::ops::Range;

use crate::checks::date::Date;
use crate::model::{
    Batch, CELL_END, Candidate, CellSpan, ColumnLabels, Evidence, Form, Kind, ROW_END, Signals, WordRole,
};
use crate::rules::{Anchor, Detector as Code, RuleSet, is_word_byte};
use crate::text::fold::{dash_before, space_before};

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
        let scene = Scene {
            engine: self,
            batch,
            bytes: batch.text.as_bytes(),
        };
        let bytes = scene.bytes;
        let end = bytes.len().min(batch.own.end.saturating_add(LOOKAHEAD));
        let mut i = batch.own.start;
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
                        b'%' | b'(' | b'[' => email::Obscured.detect(&scene, i, out),
                        _ => address::CareOf.detect(&scene, i, out),
                    }
                    i += 1;
                }
            }
        }
        if !batch.cells.is_empty() {
            columns::detect(&scene, out);
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
            pattern::AtDigits { rule }.detect(scene, at, out);
        }
    }
}

/// A batch being looked through.
struct Scene<'s, 'a> {
    engine: &'s Engine<'s>,
    batch: &'s Batch<'a>,
    bytes: &'a [u8],
}

/// What is said around a candidate of a rule.
#[derive(Debug, Clone, Copy, Default)]
struct Spoken {
    signals: Signals,
    label: u16,
}

impl Spoken {
    fn labelled(self) -> bool {
        self.signals.has(Evidence::Label) || self.signals.has(Evidence::Column)
    }

    fn contradicted(self) -> bool {
        self.signals.has(Evidence::OtherLabel)
    }
}

impl<'a> Scene<'_, 'a> {
    fn byte(&self, i: usize) -> u8 {
        self.bytes.get(i).copied().unwrap_or(0)
    }

    fn text(&self, range: Range<usize>) -> &'a str {
        self.batch.text.get(range).unwrap_or_default()
    }

    /// Whether a letter or digit stands at `i`.
    fn word_at(&self, i: usize) -> bool {
        is_word_byte(self.bytes, i)
    }

    /// The cell an offset stands in.
    fn cell(&self, at: usize) -> Option<&CellSpan> {
        let cells = self.batch.cells;
        let after = cells.partition_point(|cell| cell.start <= at);
        after
            .checked_sub(1)
            .and_then(|i| cells.get(i))
            .filter(|cell| at <= cell.end)
    }

    /// Where the text a candidate at `at` belongs to begins and ends: its cell, or the whole batch.
    fn bounds(&self, at: usize) -> Range<usize> {
        self.cell(at)
            .map_or(0..self.bytes.len(), |cell| cell.start..cell.end)
    }

    /// The label of the column or field a candidate stands in.
    fn outer_label(&self, at: usize) -> Option<&ColumnLabels> {
        match self.cell(at) {
            Some(cell) => self
                .batch
                .columns
                .get(cell.column as usize - 1)
                .filter(|labels| !labels.is_empty()),
            None => self.batch.label,
        }
    }

    /// What header, label and words before `at` say of a rule.
    fn spoken(&self, at: usize, rule: u16) -> Spoken {
        let mut spoken = Spoken {
            signals: Signals::NONE,
            label: Candidate::NO_LABEL,
        };
        let vocabulary = self.engine.rules.vocabulary();
        let cell = self.cell(at);
        if let Some(met) = self.outer_label(at).and_then(|labels| labels.of(rule)) {
            spoken.take(met.role, met.word, Evidence::Column);
        }
        let floor = cell.map_or(0, |cell| cell.start);
        let around = vocabulary.before(self.bytes, floor, at, rule);
        if let Some(met) = around.direct {
            // What stands right before the value outranks the header.
            spoken.signals = spoken.signals.without(Evidence::OtherLabel);
            spoken.take(met.role, met.word, Evidence::Label);
        } else if let Some(met) = around.nearby {
            match met.role {
                WordRole::Negative => spoken.signals.add(Evidence::OtherContext),
                WordRole::Label | WordRole::Context => spoken.signals.add(Evidence::Context),
            }
        }
        if let Some(cell) = cell.filter(|_| spoken.signals == Signals::NONE && self.outer_label(at).is_none())
        {
            // A sheet of labels and values: the text left of the value is its label.
            let before = self.batch.cells.partition_point(|c| c.start < cell.start);
            if let Some(left) = before
                .checked_sub(1)
                .and_then(|i| self.batch.cells.get(i))
                .filter(|left| left.row == cell.row)
            {
                let text = self.text(left.start..left.end);
                if text.len() <= 40
                    && !text.bytes().any(|b| b == b'@')
                    && text.bytes().filter(u8::is_ascii_digit).count() <= 2
                {
                    if let Some(met) = vocabulary.header(text).of(rule) {
                        spoken.take(met.role, met.word, Evidence::Label);
                    }
                }
            }
        }
        spoken
    }

    /// A dash or separator before `at` that ties it to a longer number or identifier.
    fn tied_before(&self, at: usize) -> bool {
        if let Some(length) = dash_before(self.bytes, at) {
            return at > length && self.word_at(at - length - 1);
        }
        at >= 2 && matches!(self.bytes[at - 1], b'.' | b'_') && self.word_at(at - 2)
    }

    /// The same after `at`.
    fn tied_after(&self, at: usize) -> bool {
        if let Some(length) = crate::text::fold::dash_at(self.bytes, at) {
            return self.word_at(at + length);
        }
        match self.byte(at) {
            b'.' => self.byte(at + 1).is_ascii_digit(),
            b'_' => true,
            _ => false,
        }
    }

    fn push(
        &self,
        out: &mut Vec<Candidate<'a>>,
        rule: u16,
        range: Range<usize>,
        form: Form,
        signals: Signals,
        label: u16,
    ) {
        let Some(kind) = self.engine.rules.get(rule).map(|r| r.kind) else {
            return;
        };
        let value = self.text(range.clone());
        if !value.is_empty() {
            out.push(Candidate {
                rule,
                kind,
                range,
                value,
                form,
                signals,
                label,
            });
        }
    }

    /// Start of the line `at` stands in (or of its cell).
    fn line_start(&self, at: usize) -> usize {
        let floor = self.bounds(at).start;
        let mut start = at;
        while start > floor && self.bytes[start - 1] != b'\n' {
            start -= 1;
            if at - start > 400 {
                break;
            }
        }
        start
    }

    /// Whether only spaces stand between the line's start and `at`.
    fn begins_line(&self, at: usize) -> bool {
        let mut i = at;
        let floor = self.bounds(at).start;
        while i > floor {
            match space_before(self.bytes, i) {
                Some(length) => i -= length,
                None => {
                    return matches!(
                        self.bytes[i - 1],
                        b'\n' | b'\r' | b'>' | b'"' | b'\t' | b';' | b',' | CELL_END | ROW_END
                    );
                }
            }
        }
        true
    }
}

impl Spoken {
    fn take(&mut self, role: WordRole, word: u16, evidence: Evidence) {
        match role {
            WordRole::Label => {
                self.signals.add(evidence);
                self.label = word;
            }
            WordRole::Context => self.signals.add(Evidence::Context),
            WordRole::Negative => self.signals.add(Evidence::OtherLabel),
        }
    }
}
