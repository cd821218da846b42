//! Running detection and classification over a few lines: what `rules check` and the labelled cases use.
//!
//! The road is the scan's own, with all rules loaded, so that rules which steal from each other are seen.

use super::rows::RowBlock;
use crate::classify::{self, Memory, Subject, Verdict, Votes};
use crate::detect::Engine;
use crate::model::{Batch, Cell, Confidence, Kind, Mark, MarkList, Role, Row, Seen, Table};
use crate::rules::{Origin, RuleSet};

/// What was found in a specimen.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What.
    pub kind: Kind,
    /// The text, as it stands there.
    pub value: String,
    /// How sure.
    pub confidence: Confidence,
    /// The score behind it.
    pub score: f32,
    /// Why.
    pub evidence: Vec<String>,
}

/// Looks through a text, with a label beside it where it has one.
pub fn text(engine: &Engine<'_>, text: &str, label: Option<&str>) -> Vec<Found> {
    let labels = label.map(|label| engine.rules().vocabulary().header(label));
    let batch = Batch {
        text,
        own: 0..text.len(),
        cells: &[],
        columns: &[],
        label: labels.as_ref(),
    };
    run(engine, &batch, None)
}

/// Looks through a table; `header` may be empty.
pub fn table(engine: &Engine<'_>, header: &[String], rows: &[Vec<String>]) -> Vec<Found> {
    let table = Table {
        id: 0,
        sheet: None,
        header,
    };
    let columns: Vec<_> = header
        .iter()
        .map(|name| engine.rules().vocabulary().header(name))
        .collect();
    let mut block = RowBlock::default();
    for (number, row) in (1u64..).zip(rows) {
        let cells: Vec<_> = (1u32..)
            .zip(row)
            .filter(|(_, t)| !t.is_empty())
            .map(|(column, t)| Cell::new(column, t))
            .collect();
        block.push(&Row {
            table: &table,
            number,
            cells: &cells,
        });
    }
    let batch = Batch {
        text: &block.text,
        own: 0..block.text.len(),
        cells: &block.cells,
        columns: &columns,
        label: None,
    };
    run(engine, &batch, Some(&mut Votes::default()))
}

/// Looks a specimen through as if it were a whole document, so that what shows only at its end is told too.
fn run(engine: &Engine<'_>, batch: &Batch<'_>, votes: Option<&mut Votes>) -> Vec<Found> {
    let rules = engine.rules();
    let mut memory = Memory::default();
    let mut seen = Seen::default();
    engine.detect(batch, &mut seen);
    memory.read(batch.text.len());
    if votes.is_none() {
        memory.begin(rules, batch.text);
    }
    for labels in batch.columns {
        for (of, word) in rules.vocabulary().header_marks(labels) {
            seen.marks.push(Mark {
                of,
                word: (MarkList::Header, word),
                range: 0..0,
            });
        }
    }
    for mark in &seen.marks {
        memory.mark(mark);
    }
    let verdicts = classify::classify(rules, batch, &mut seen, votes, &mut memory);
    let (known, _) = classify::whole(rules, &mut memory, "", None);
    let subject = memory.subject(rules);
    let mut all: Vec<Found> = verdicts
        .iter()
        .map(|verdict| found(rules, verdict, subject))
        .collect();
    all.extend(known.iter().map(|known| {
        Found {
            kind: known.kind,
            value: known.mark.clone(),
            confidence: Confidence::of(known.score),
            score: known.score,
            evidence: known
                .signals
                .iter()
                .map(|evidence| evidence.id().to_owned())
                .collect(),
        }
    }));
    all
}

fn found(rules: &RuleSet, verdict: &Verdict<'_>, subject: Subject) -> Found {
    let candidate = &verdict.candidate;
    let mut found = Found {
        kind: candidate.kind,
        value: candidate.value.to_owned(),
        confidence: verdict.confidence,
        score: verdict.score,
        evidence: classify::evidence(rules, candidate),
    };
    if classify::waits(verdict) {
        let kinds = (candidate.kind, candidate.form);
        let before = candidate.signals;
        let (score, signals) =
            classify::conclude(rules, candidate.rule, kinds, before, verdict.score, subject);
        found.score = score;
        found.confidence = Confidence::of(score);
        let added = signals.iter().filter(|&evidence| !before.has(evidence));
        found
            .evidence
            .extend(added.map(|evidence| evidence.id().to_owned()));
    }
    found
}

/// An example that did not come out as its rule says.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Where the example stands.
    pub origin: Origin,
    /// What was expected and what came.
    pub message: String,
}

/// Runs every example of every rule with all rules loaded.
///
/// An example must find exactly what it says, of its rule's kind and at confidence medium or above. Where that is a
/// statement of a person, other words of the same text may say it too.
pub fn prove(engine: &Engine<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for rule in engine.rules().rules() {
        for example in &rule.examples {
            let (header, cells): (Vec<_>, Vec<_>) = example.row.iter().cloned().unzip();
            let all = match &example.label {
                _ if !header.is_empty() => table(engine, &header, &[cells]),
                Some(label) => table(engine, std::slice::from_ref(label), &[vec![example.text.clone()]]),
                None => text(engine, &example.text, None),
            };
            let mine: Vec<&Found> = all
                .iter()
                .filter(|f| f.kind == rule.kind && f.confidence >= Confidence::Medium)
                .collect();
            // Of what is said of a person it counts that it is said, not how often.
            let statement = rule.kind.role() == Role::Statement && !example.finds.is_empty();
            let values: Vec<&str> = mine
                .iter()
                .map(|f| f.value.as_str())
                .filter(|value| !statement || example.finds.iter().any(|find| find == value))
                .collect();
            let wrong_band = example
                .confidence
                .is_some_and(|band| mine.iter().any(|f| f.confidence != band));
            if values != example.finds || wrong_band {
                failures.push(Failure {
                    origin: example.origin.clone(),
                    message: format!(
                        "rule `{}`: the example `{}` should find {:?}{}, but came out as {}",
                        rule.id,
                        example.text,
                        example.finds,
                        example
                            .confidence
                            .map(|band| format!(" at {}", band.id()))
                            .unwrap_or_default(),
                        describe(&all)
                    ),
                });
            }
        }
    }
    failures
}

fn describe(found: &[Found]) -> String {
    if found.is_empty() {
        return "nothing".into();
    }
    let one = |f: &Found| {
        format!(
            "{} `{}` {} {:.2} ({})",
            f.kind,
            f.value,
            f.confidence.id(),
            f.score,
            f.evidence.join(" ")
        )
    };
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}
