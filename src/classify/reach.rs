//! Whom a statement is about: the person in the same row, the same sentence, the same paragraph.
//!
//! "Diabetes" is a word; in a row with a personnummer it is the gravest finding there is. So statements are weighed
//! once it is known who stands beside them.

use std::cell::RefCell;

use super::topic::{self, Aside};
use super::{Verdict, confidence};
use crate::model::{Batch, Candidate, CellSpan, Confidence, Evidence, Form, Kind, Role, Signals, WordRole};
use crate::rules::{Behind, RuleSet};

/// How far a person may stand from what is said of them: within it a full stop may stand between.
const BESIDE: usize = 120;
/// And within the same paragraph.
const NEAR: usize = 400;

/// How far a sentence is looked through around a word.
const SENTENCE: usize = 512;

/// Whether a finding means something only with a person in reach.
pub(super) fn depends(rules: &RuleSet, candidate: &Candidate<'_>) -> bool {
    candidate.kind.role() == Role::Statement
        || rules
            .get(candidate.rule)
            .is_some_and(|rule| rule.person || rule.row && candidate.form == Form::WholeCell)
}

/// Whether a verdict says who is spoken of.
///
/// Of log-ins and devices an IP address does too: whoever runs the log can tell the person behind it, and so can the
/// operator (CJEU C-582/14, Breyer). Of an illness or a purchase it does not, nor is a request of an unknown visitor more
/// than the address itself.
fn tells_who(verdict: &Verdict<'_>, of: Kind) -> bool {
    let online =
        matches!(of, Kind::LoginActivity | Kind::DeviceData) && verdict.candidate.kind == Kind::IpAddress;
    let who = online || verdict.candidate.kind.tells_who();
    who && verdict.confidence >= Confidence::Medium
}

/// Adds what stands beside each statement, and weighs it anew. `verdicts` are in the order of the text.
pub(super) fn link(rules: &RuleSet, batch: &Batch<'_>, verdicts: &mut [Verdict<'_>]) {
    if !verdicts.iter().any(|verdict| depends(rules, &verdict.candidate)) {
        return;
    }
    let mut signals: Vec<(usize, Signals)> = Vec::new();
    let behind = RefCell::new(Behind::default());
    for (index, verdict) in verdicts.iter().enumerate() {
        if depends(rules, &verdict.candidate) {
            signals.push((index, beside(rules, batch, verdicts, index, &behind)));
        }
    }
    for (index, beside) in signals {
        let Some(verdict) = verdicts.get_mut(index) else {
            continue;
        };
        verdict.candidate.signals = verdict.candidate.signals.merge(beside);
        verdict.pending = !reached(verdict.candidate.signals);
        verdict.weigh(rules);
    }
}

/// Whether a person is in reach.
pub fn reached(signals: Signals) -> bool {
    [
        Evidence::Row,
        Evidence::Person,
        Evidence::PersonNear,
        Evidence::Subject,
    ]
    .into_iter()
    .any(|evidence| signals.has(evidence))
}

/// What stands beside a statement.
fn beside(
    rules: &RuleSet,
    batch: &Batch<'_>,
    verdicts: &[Verdict<'_>],
    index: usize,
    behind: &RefCell<Behind>,
) -> Signals {
    let mut signals = Signals::NONE;
    let Some(own) = verdicts.get(index).map(|verdict| &verdict.candidate) else {
        return signals;
    };
    let row = cell_of(batch, own.range.start).map(|cell| cell.row);
    let near = |other: &Verdict<'_>| match row {
        Some(row) => (cell_of(batch, other.candidate.range.start).map(|cell| cell.row) == Some(row))
            .then_some(Evidence::Row),
        None => distance(batch, own, &other.candidate),
    };
    let before = verdicts.get(..index).unwrap_or_default().iter().rev();
    let after = verdicts.get(index + 1..).unwrap_or_default().iter();
    let mut look = |neighbours: &mut dyn Iterator<Item = &Verdict<'_>>| {
        for other in neighbours {
            let Some(how) = near(other) else {
                let apart = own.range.start.abs_diff(other.candidate.range.start);
                if row.is_some() || apart > NEAR + 512 {
                    break;
                }
                continue;
            };
            let other_one = || someone_else(rules, batch, own.rule, &other.candidate, behind);
            let aside = || elsewhere(rules, batch, own, &other.candidate);
            // One person at a distance is as good as ten there, and whether they are somebody else costs a look each.
            if !signals.has(how) && tells_who(other, own.kind) && !other_one() && !aside() {
                signals.add(how);
            }
            let kind = other.candidate.kind;
            let contact = matches!(kind, Kind::PostalAddress | Kind::PhoneNumber);
            if own.kind == Kind::ProtectedIdentity && contact && other.confidence >= Confidence::Medium {
                signals.add(Evidence::AddressBeside);
            }
            let spoken = depends(rules, &other.candidate) && other.candidate.form != Form::Mark;
            if kind == own.kind && spoken && different(own, &other.candidate) && how != Evidence::PersonNear {
                signals.add(Evidence::SecondTerm);
            }
        }
    };
    look(&mut before.into_iter());
    look(&mut after.into_iter());
    if own.form == Form::Term && topic::may_be_subject(own.kind) {
        let general = cell_of(batch, own.range.start)
            .is_some_and(|cell| topic::general_column(rules, batch, cell.column));
        signals.add_if(general, Evidence::OtherLabel);
        // No sentence reaches further than this; a batch holds thousands of persons.
        let first =
            verdicts.partition_point(|other| other.candidate.range.start + SENTENCE < own.range.start);
        let persons: Vec<_> = verdicts
            .iter()
            .skip(first)
            .take_while(|other| other.candidate.range.start <= own.range.end + SENTENCE)
            .filter(|other| tells_who(other, own.kind))
            .map(|other| other.candidate.range.clone())
            .collect();
        signals.add_if(
            topic::subject(batch, &own.range, &persons),
            Evidence::OtherContext,
        );
    }
    signals
}

/// Whether a person is named as someone else than the one a rule is about: a header or the words right before say so,
/// with words that speak against the rule. "Handläggare: Ida Törnell" buys nothing, and complains of nothing.
fn someone_else(
    rules: &RuleSet,
    batch: &Batch<'_>,
    rule: u16,
    person: &Candidate<'_>,
    behind: &RefCell<Behind>,
) -> bool {
    let at = person.range.start;
    let cell = cell_of(batch, at);
    let header = cell
        .and_then(|cell| batch.columns.get(cell.column as usize - 1))
        .and_then(|labels| labels.of(rule));
    let floor = cell.map_or(0, |cell| cell.start);
    let vocabulary = rules.vocabulary();
    let before = || {
        let mut behind = behind.try_borrow_mut().ok()?;
        let text = batch.text.as_bytes();
        vocabulary.before_again(&mut behind, text, floor, at, rule).direct
    };
    header
        .or_else(before)
        .is_some_and(|met| met.role == WordRole::Negative)
}

/// What authors, sellers and clerks do themselves: the post is theirs, the call was with them, it is they who are coached.
fn of_its_author(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::UserContent
            | Kind::Correspondence
            | Kind::TrainingMaterial
            | Kind::VerbalAuthorisation
            | Kind::CallRecording
    )
}

/// Whether a person is somebody else than the one who is spoken of: an author, or a contact named after it.
fn elsewhere(rules: &RuleSet, batch: &Batch<'_>, own: &Candidate<'_>, person: &Candidate<'_>) -> bool {
    if of_its_author(own.kind) {
        return false;
    }
    match aside(rules, batch, person) {
        Aside::No => false,
        // What an author writes is theirs; what a lecture is about is not.
        Aside::Author => topic::may_be_subject(own.kind),
        Aside::Desk if person.kind.role() == Role::Contact => true,
        Aside::Contact | Aside::Desk => {
            own.range.start < person.range.start && own.kind != Kind::VerbalAuthorisation
        }
    }
}

/// What the words before a person, or the header above, say of them.
pub(super) fn aside(rules: &RuleSet, batch: &Batch<'_>, person: &Candidate<'_>) -> Aside {
    match cell_of(batch, person.range.start) {
        Some(cell) if topic::general_column(rules, batch, cell.column) => Aside::Author,
        _ => topic::aside(batch, person),
    }
}

/// Whether two words are not one word twice.
fn different(one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    let negated = other.signals.has(Evidence::Negated);
    let head = |text: &str| {
        text.chars()
            .flat_map(char::to_lowercase)
            .take(5)
            .collect::<String>()
    };
    !negated && head(one.value) != head(other.value)
}

/// How near two stretches of running text are to each other.
fn distance(batch: &Batch<'_>, one: &Candidate<'_>, other: &Candidate<'_>) -> Option<Evidence> {
    let (left, right) = if one.range.start <= other.range.start {
        (&one.range, &other.range)
    } else {
        (&other.range, &one.range)
    };
    let between = batch
        .text
        .as_bytes()
        .get(left.end.min(right.start)..right.start)?;
    if between.len() > NEAR || blank_line(between) {
        return None;
    }
    if between.len() <= BESIDE {
        return Some(Evidence::Person);
    }
    let stop = |pair: &[u8]| matches!(pair, [b'.' | b'!' | b'?', b' '] | [b'\n', _]);
    Some(if between.windows(2).any(stop) {
        Evidence::PersonNear
    } else {
        Evidence::Person
    })
}

/// An empty line, or one of spaces, between two paragraphs.
fn blank_line(between: &[u8]) -> bool {
    let mut empty = false;
    for &byte in between {
        match byte {
            b'\n' if empty => return true,
            b'\n' => empty = true,
            b' ' | b'\t' | b'\r' => {}
            _ => empty = false,
        }
    }
    false
}

fn cell_of<'b>(batch: &'b Batch<'_>, at: usize) -> Option<&'b CellSpan> {
    let after = batch.cells.partition_point(|cell| cell.start <= at);
    after
        .checked_sub(1)
        .and_then(|i| batch.cells.get(i))
        .filter(|cell| at <= cell.end)
}

impl Verdict<'_> {
    /// Gives the score anew, from the evidence there is now.
    pub(super) fn weigh(&mut self, rules: &RuleSet) {
        self.score = rules
            .get(self.candidate.rule)
            .map_or(0.0, |rule| confidence::score(&self.candidate, rule.worth()));
        self.confidence = Confidence::of(self.score);
    }
}
