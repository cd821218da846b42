//! From candidates to verdicts: column votes, confidence, overlap; and what may be shown of a value.
//!
//! Evidence is gathered elsewhere; what it is worth is decided here and nowhere else.

pub mod confidence;
mod explain;
mod fingerprint;
mod mask;
mod memory;
mod numbers;
mod overlap;
mod reach;
mod topic;
mod votes;
mod whole;

use crate::model::{Batch, Candidate, Confidence, Counted, Evidence, Form, Kind, Seen, Severity, Signals};
use crate::rules::RuleSet;
use memory::Level;
use topic::Aside;

pub use explain::explain;
pub use fingerprint::{Key, normalise};
pub use mask::{mask, mask_into};
pub use memory::{Memory, Subject};
pub use reach::reached;
pub use votes::Votes;
pub use whole::{Known, Origin, whole};

/// A candidate that stands, with what it is worth. It still borrows the text.
#[derive(Debug, Clone)]
pub struct Verdict<'a> {
    /// The candidate, with the signals that were added here.
    pub candidate: Candidate<'a>,
    /// 0 to 1.
    pub score: f32,
    /// The band of the score.
    pub confidence: Confidence,
    /// It says something of a person, and none is in reach: the whole document may still be about one.
    pub pending: bool,
}

/// Decides about all candidates of a batch; `seen` is emptied of them, and verdicts come in the order of the text.
///
/// `votes` is the running count of the table the batch belongs to, or `None` for running text; `memory` is what the
/// document has told up to here. A block is decided with all that stands before its end, so that nothing is read twice.
pub fn classify<'a>(
    rules: &RuleSet,
    batch: &Batch<'a>,
    seen: &mut Seen<'a>,
    votes: Option<&mut Votes>,
    memory: &mut Memory,
) -> Vec<Verdict<'a>> {
    memory.count(std::mem::take(&mut seen.tally));
    let candidates = &mut seen.candidates;
    if candidates.is_empty() && votes.is_none() {
        return Vec::new();
    }
    if let Some(votes) = votes {
        votes.count(batch, candidates);
        for candidate in candidates.iter_mut() {
            candidate
                .signals
                .add_if(votes.carried(batch, candidate), Evidence::ColumnVote);
        }
    }
    let scored = candidates.drain(..).map(|mut candidate| {
        if let Some(form) = counted(&candidate) {
            let level = memory.level(form);
            candidate
                .signals
                .add_if(level == Level::Chance, Evidence::ChanceLevel);
            candidate
                .signals
                .add_if(level == Level::Nearly, Evidence::MostPass);
        }
        let mut verdict = Verdict {
            candidate,
            score: 0.0,
            confidence: Confidence::Low,
            pending: false,
        };
        verdict.weigh(rules);
        verdict
    });
    let mut verdicts = overlap::resolve(scored.collect());
    reach::link(rules, batch, &mut verdicts);
    verdicts.retain(|verdict| batch.own.contains(&verdict.candidate.range.start));
    for verdict in &verdicts {
        memory.remember(
            verdict,
            reach::aside(rules, batch, &verdict.candidate) != Aside::No,
        );
    }
    verdicts
}

/// The form a candidate is counted in, where it is.
fn counted(candidate: &Candidate<'_>) -> Option<Counted> {
    match (candidate.kind, candidate.form) {
        (Kind::Personnummer | Kind::Samordningsnummer, form) => Some(Counted::identity(form)),
        (Kind::Organisationsnummer, Form::TenSeparated) => Some(Counted::Organisation),
        (Kind::PaymentCard, Form::Printed) => Some(Counted::Card),
        _ => None,
    }
}

/// Whether the end of a document can tell more of a verdict: whom it is about, or that its person can be found.
pub fn waits(verdict: &Verdict<'_>) -> bool {
    verdict.pending
        || verdict.candidate.kind == Kind::ProtectedIdentity
            && !verdict.candidate.signals.has(Evidence::AddressBeside)
}

/// What a verdict that waited comes to at the end of its document: its score, and all that then speaks for it.
pub fn conclude(
    rules: &RuleSet,
    rule: u16,
    (kind, form): (Kind, Form),
    signals: Signals,
    score: f32,
    subject: Subject,
) -> (f32, Signals) {
    let (score, mut signals) = if subject.of(kind, signals) && !reached(signals) {
        with_subject(rules, rule, kind, form, signals)
    } else {
        (score, signals)
    };
    let found = Confidence::of(score) >= Confidence::Medium;
    signals.add_if(
        kind == Kind::ProtectedIdentity && subject.located() && found,
        Evidence::AddressBeside,
    );
    (score, signals)
}

/// The score of what waited for a person, in a document that is about one.
pub fn with_subject(rules: &RuleSet, rule: u16, kind: Kind, form: Form, signals: Signals) -> (f32, Signals) {
    let signals = signals.with(Evidence::Subject);
    let candidate = Candidate {
        rule,
        kind,
        range: 0..0,
        value: "",
        form,
        signals,
        label: Candidate::NO_LABEL,
    };
    let score = rules
        .get(rule)
        .map_or(0.0, |rule| confidence::score(&candidate, rule.worth()));
    (score, signals)
}

/// The witnesses of a verdict as identifiers; a label is told with its word: `label:persnr`.
///
/// Only words of the rules are ever written here, never text of the document: a header can hold personal data.
pub fn evidence(rules: &RuleSet, candidate: &Candidate<'_>) -> Vec<String> {
    let word = rules
        .get(candidate.rule)
        .and_then(|rule| rule.labels.get(usize::from(candidate.label)));
    let tell = |evidence: Evidence| match (evidence, word) {
        (Evidence::Label | Evidence::Column, Some(word)) => format!("{}:{word}", evidence.id()),
        _ => evidence.id().to_owned(),
    };
    candidate.signals.iter().map(tell).collect()
}

/// Whether the value is of a series set aside for tests or fiction.
pub fn is_test(signals: Signals) -> bool {
    signals.has(Evidence::TestNumber)
}

/// The severity of a finding; most have none of their own.
pub fn severity(kind: Kind, signals: Signals) -> Option<Severity> {
    let test = signals.has(Evidence::TestNumber);
    match kind {
        Kind::ProtectedIdentity if signals.has(Evidence::AddressBeside) => Some(Severity::Critical),
        Kind::PaymentCard if !test => Some(Severity::Critical),
        Kind::Personnummer
        | Kind::Samordningsnummer
        | Kind::InterimNumber
        | Kind::Password
        | Kind::ProtectedIdentity
        | Kind::PaymentCard
        | Kind::Health
        | Kind::TradeUnionMembership
        | Kind::Religion
        | Kind::PoliticalOpinion
        | Kind::EthnicOrigin
        | Kind::SexLife
        | Kind::Biometric
        | Kind::Genetic
        | Kind::CriminalOffence => Some(Severity::High),
        _ => None,
    }
}
