//! Running detection and classification over a few lines: what `rules check` and the labelled cases use.
//!
//! The road is the scan's own, with all rules loaded, so that rules which steal from each other are seen.

use super::rows::RowBlock;
use crate::classify::{self, Verdict, Votes};
use crate::detect::Engine;
use crate::model::{Batch, Cell, Confidence, Kind, Row, Table};
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

fn run(engine: &Engine<'_>, batch: &Batch<'_>, votes: Option<&mut Votes>) -> Vec<Found> {
    let mut candidates = Vec::new();
    engine.detect(batch, &mut candidates);
    let verdicts = classify::classify(engine.rules(), batch, &mut candidates, votes);
    verdicts
        .iter()
        .map(|verdict| found(engine.rules(), verdict))
        .collect()
}

fn found(rules: &RuleSet, verdict: &Verdict<'_>) -> Found {
    Found {
        kind: verdict.candidate.kind,
        value: verdict.candidate.value.to_owned(),
        confidence: verdict.confidence,
        score: verdict.score,
        evidence: classify::evidence(rules, &verdict.candidate),
    }
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
/// An example must find exactly what it says, of its rule's kind and at confidence medium or above.
pub fn prove(engine: &Engine<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for rule in engine.rules().rules() {
        for example in &rule.examples {
            let all = match &example.label {
                Some(label) => table(engine, std::slice::from_ref(label), &[vec![example.text.clone()]]),
                None => text(engine, &example.text, None),
            };
            let mine: Vec<&Found> = all
                .iter()
                .filter(|f| f.kind == rule.kind && f.confidence >= Confidence::Medium)
                .collect();
            let values: Vec<&str> = mine.iter().map(|f| f.value.as_str()).collect();
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
