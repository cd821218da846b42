//! Numbers of papers, payments and machines at a run of digits: which of them it can be by its shape.
//!
//! Digits are the commonest anchor of all, so what is cheap comes first: the length of the run and the bytes beside
//! it say what it cannot be, the check digit refuses nine of ten, and only what is left has its words looked up.

mod accounts;
mod birth;
mod gate;
mod groups;
mod papers;
mod payment;
mod places;
mod technical;

use std::ops::Range;

use super::Scene;
use super::scene::Spoken;
use crate::model::{Candidate, Evidence, Form, Kind, Signals};
use crate::rules::{Detector as Code, Numbered, RuleSet};
use gate::Gate;
pub(super) use gate::Passed;
use groups::Groups;

/// The rules these detectors speak for.
pub(super) struct Rules {
    of: [Option<u16>; Kind::COUNT],
    /// Says where clearing numbers stand; finds nothing of its own.
    clearing: Option<u16>,
    /// How the labels begin.
    pub(super) gate: Gate,
}

impl Rules {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut of = [None; Kind::COUNT];
        for (slot, &kind) in of.iter_mut().zip(Kind::ALL) {
            *slot = rules.index_of(Code::Number, kind);
        }
        Self {
            of,
            clearing: rules.index_of(Code::Clearing, Kind::BankAccount),
            gate: Gate::new(rules),
        }
    }

    fn of(&self, kind: Kind) -> Option<u16> {
        self.of.get(kind as usize).copied().flatten()
    }
}

/// What must speak for a candidate before it is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing more: its own form does.
    Nothing,
    /// A label or header, or a cell it fills: the column may vote for it.
    LabelOrCell,
    /// The same, or words around it.
    Word,
    /// A label or header.
    Label,
}

/// Tries what a run of `length` digits at `at` can be, also where it follows a letter.
pub(super) fn at_digits<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let before = at.checked_sub(1).map_or(0, |i| scene.byte(i));
    if before.is_ascii_digit() {
        return;
    }
    let after = scene.byte(at + length);
    papers::machine_readable(scene, at, length, out);
    if length <= 4
        && (before == b':'
            || matches!(after, b':' | b'-' | b'.')
            || after.is_ascii_alphabetic()
            || before.is_ascii_hexdigit())
    {
        technical::mac(scene, at, out);
    }
    if scene.word_at(at.wrapping_sub(1)) && at > 0 {
        if before.is_ascii_alphabetic() {
            glued(scene, at, length, out);
        }
        return;
    }
    if length <= 3 && after == b'.' {
        technical::ipv4(scene, at, out);
    }
    if length <= 4 && matches!(scene.byte(at), b'2' | b'3') {
        technical::ipv6(scene, at, out);
    }
    if matches!(length, 1..=4) {
        places::property(scene, at, length, out);
    }
    if matches!(length, 2 | 3) && scene.byte(at.wrapping_sub(4)).is_ascii_alphabetic() {
        papers::spaced_plate(scene, at, length, out);
    }
    // `2024-03-20T10:17:11.490`: what goes on a number begins none.
    if matches!(before, b'-' | b':' | b'.' | b'/') && at >= 2 && scene.byte(at - 2).is_ascii_digit() {
        return;
    }
    if matches!(length, 1 | 2 | 4 | 6 | 8) {
        birth::date(scene, at, length, out);
    }
    if length >= 28 {
        accounts::record(scene, at, length, out);
        return;
    }
    let named = scene
        .engine
        .index
        .numbers
        .gate
        .open(scene, Numbered::Others, at, at + length);
    // Cards and SIM cards may do without a name.
    if !named && !matches!(length, 4 | 13..=20) && scene.bytes.get(at..at + 2) != Some(b"89") {
        return;
    }
    let groups = Groups::read(scene.bytes, at, length);
    payment::card(scene, at, &groups, out);
    technical::equipment(scene, at, &groups, out);
    if !named {
        return;
    }
    payment::giro(scene, at, &groups, out);
    payment::reference(scene, at, &groups, out);
    payment::swish(scene, at, &groups, out);
    accounts::account(scene, at, &groups, out);
    papers::plain(scene, at, length, out);
    papers::grouped(scene, at, &groups, out);
}

/// A run right behind a letter: `SE45…`, `AA1234567`, `ABC123`, a licence number of letters and digits.
fn glued<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let letters = scene.bytes[at.saturating_sub(6)..at]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    let start = at - letters;
    if letters > 5 || start > 0 && scene.word_at(start - 1) {
        return;
    }
    if letters == 2 && length >= 2 {
        payment::iban(scene, start, out);
    }
    if letters == 3 && matches!(length, 2 | 3) {
        papers::plate(scene, start, out);
    }
    papers::lettered(scene, start, out);
}

/// Whether the candidate is all there is in its cell.
fn fills_cell(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    scene
        .cell(range.start)
        .is_some_and(|cell| cell.start == range.start && cell.end == range.end)
}

/// The word that ends at or shortly before `at`, with nothing but punctuation between.
fn word_before(scene: &Scene<'_, '_>, at: usize) -> Range<usize> {
    let floor = scene.bounds(at).start.max(at.saturating_sub(40));
    let mut end = at;
    while end > floor && !scene.word_at(end - 1) && scene.bytes[end - 1] != b'\n' {
        end -= 1;
    }
    let mut start = end;
    while start > floor && scene.word_at(start - 1) {
        start -= 1;
    }
    start..end
}

/// Words that may stand between a label and its number, though a comma or an amount parts them.
const BETWEEN: &[&[u8]] = &[
    b"nr",
    b"nummer",
    b"no",
    b"number",
    b"det",
    b"den",
    b"\xC3\xA4r",
    b"v\xC3\xA5rt",
    b"v\xC3\xA5r",
    b"mitt",
    b"min",
    b"hans",
    b"hennes",
    b"till",
    b"mig",
    b"oss",
    b"g\xC3\xA4rna",
    b"direkt",
    b"numret",
    b"p\xC3\xA5",
    b"med",
    b"kr",
    b"kronor",
    b"sek",
    b"the",
    b"is",
    b"it",
    b"its",
    b"to",
    b"my",
    b"her",
    b"his",
    b"our",
];

/// What is said of a candidate. "pass, nr AE3390127", "Swisha 150 kr till 070-174 06 05": small words and an amount are
/// looked through to what they belong to.
fn heard(scene: &Scene<'_, '_>, range: &Range<usize>, rule: u16) -> Spoken {
    let spoken = scene.spoken(range, rule);
    if spoken.labelled() || !spoken.signals.has(Evidence::Context) {
        return spoken;
    }
    let mut at = range.start;
    for _ in 0..5 {
        let word = word_before(scene, at);
        let text = scene.bytes.get(word.clone()).unwrap_or_default();
        let between = BETWEEN.iter().any(|known| text.eq_ignore_ascii_case(known));
        let amount =
            !text.is_empty() && text.len() <= 5 && text.iter().all(u8::is_ascii_digit) && at < range.start;
        let ends = scene
            .bytes
            .get(word.end..at)
            .is_none_or(|gap| gap.iter().any(|b| matches!(b, b'.' | b'!' | b'?' | b';')));
        if !between && !amount || ends && at < range.start {
            break;
        }
        at = word.start;
        // Right behind the comma nothing parts the label from its number any more.
        let through = scene.spoken(&(at.saturating_sub(1)..at), rule);
        if through.labelled() && !through.contradicted() {
            return through;
        }
    }
    spoken
}

/// Adds a candidate if what is said around it is enough.
fn put<'a>(
    scene: &Scene<'_, 'a>,
    out: &mut Vec<Candidate<'a>>,
    kind: Kind,
    range: Range<usize>,
    form: Form,
    own: Signals,
    need: Need,
) {
    let Some(rule) = scene.engine.index.numbers.of(kind) else {
        return;
    };
    let spoken = heard(scene, &range, rule);
    let labelled = spoken.labelled() && !spoken.contradicted();
    let enough = match need {
        Need::Nothing => true,
        Need::Label => labelled,
        Need::LabelOrCell => labelled || fills_cell(scene, &range),
        Need::Word => labelled || spoken.signals.has(Evidence::Context) || fills_cell(scene, &range),
    };
    if enough {
        scene.push(out, rule, range, form, spoken.signals.merge(own), spoken.label);
    }
}
