//! From candidates to verdicts: column votes, confidence, overlap; and what may be shown of a value.
//!
//! Evidence is gathered elsewhere; what it is worth is decided here and nowhere else.

pub mod confidence;
mod explain;
mod fingerprint;
mod mask;
mod numbers;
mod overlap;
mod votes;

use crate::model::{Batch, Candidate, Confidence, Evidence, Signals};
use crate::rules::RuleSet;

pub use explain::explain;
pub use fingerprint::{Key, normalise};
pub use mask::{mask, mask_into};
pub use votes::Votes;

/// A candidate that stands, with what it is worth. It still borrows the text.
#[derive(Debug, Clone)]
pub struct Verdict<'a> {
    /// The candidate, with the signals that were added here.
    pub candidate: Candidate<'a>,
    /// 0 to 1.
    pub score: f32,
    /// The band of the score.
    pub confidence: Confidence,
}

/// Decides about all candidates of a batch; `candidates` is emptied, and verdicts come in the order of the text.
///
/// `votes` is the running count of the table the batch belongs to, or `None` for running text. A block of rows is
/// decided with all rows of the table up to its end, so that a large table needs no second reading.
pub fn classify<'a>(
    rules: &RuleSet,
    batch: &Batch<'a>,
    candidates: &mut Vec<Candidate<'a>>,
    votes: Option<&mut Votes>,
) -> Vec<Verdict<'a>> {
    if let Some(votes) = votes {
        votes.count(batch, candidates);
        for candidate in candidates.iter_mut() {
            candidate
                .signals
                .add_if(votes.carried(batch, candidate), Evidence::ColumnVote);
        }
    }
    let scored = candidates.drain(..).map(|candidate| {
        let score = rules
            .get(candidate.rule)
            .map_or(0.0, |rule| confidence::score(&candidate, rule.score));
        Verdict {
            confidence: Confidence::of(score),
            candidate,
            score,
        }
    });
    overlap::resolve(scored.collect())
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
