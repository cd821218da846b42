//! The labelled cases of fixtures/cases and what share of them comes out right, per kind.

use std::collections::BTreeMap;
use std::path::Path;

use datakarta::checks::date::Date;
use datakarta::detect::Engine;
use datakarta::model::{Confidence, Kind};
use datakarta::{rules, scan};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    text: Option<String>,
    row: Option<Vec<Labelled>>,
    header: Option<Vec<String>>,
    rows: Option<Vec<Vec<String>>>,
    finds: Vec<Find>,
}

#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    label: String,
    text: String,
}

#[derive(Deserialize)]
struct Find {
    kind: Kind,
    value: String,
}

#[derive(Default, Clone, Copy)]
struct Score {
    expected: u32,
    right: u32,
    wrong: u32,
}

/// Precision and recall per kind at confidence medium and above. These may only rise.
const FLOORS: &[(Kind, f64, f64)] = &[
    (Kind::Personnummer, 0.995, 0.99),
    (Kind::Samordningsnummer, 0.99, 0.99),
    (Kind::InterimNumber, 0.99, 0.95),
    (Kind::PhoneNumber, 0.99, 0.985),
    (Kind::EmailAddress, 0.99, 0.99),
    (Kind::PostalAddress, 0.98, 0.98),
    (Kind::Organisationsnummer, 0.99, 0.97),
    (Kind::VatNumber, 0.99, 0.99),
];

#[test]
fn the_labelled_cases_reach_their_floors() {
    let rules = rules::load_builtin().unwrap();
    let engine = Engine::new(
        &rules,
        Date {
            year: 2026,
            month: 11,
            day: 23,
        },
    );
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    let mut told = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    let mut count = 0;
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            count += 1;
            judge(&engine, &case, &mut scores, &mut told);
        }
    }
    assert!(count >= 1000, "{count} cases");
    println!(
        "{:<22} {:>8} {:>6} {:>6} {:>9} {:>7}",
        "kind", "expected", "right", "wrong", "precision", "recall"
    );
    for (kind, s) in &scores {
        println!(
            "{:<22} {:>8} {:>6} {:>6} {:>9.3} {:>7.3}",
            kind.id(),
            s.expected,
            s.right,
            s.wrong,
            precision(s),
            recall(s)
        );
    }
    println!("{}", told.join("\n"));
    for (kind, least_precision, least_recall) in FLOORS {
        let score = scores.get(kind).copied().unwrap_or_default();
        assert!(
            precision(&score) >= *least_precision && recall(&score) >= *least_recall,
            "{kind} fell below its floor\n{}",
            told.join("\n")
        );
    }
}

fn precision(s: &Score) -> f64 {
    f64::from(s.right) / f64::from((s.right + s.wrong).max(1))
}

fn recall(s: &Score) -> f64 {
    f64::from(s.right) / f64::from(s.expected.max(1))
}

fn judge(engine: &Engine<'_>, case: &Case, scores: &mut BTreeMap<Kind, Score>, told: &mut Vec<String>) {
    let all = match (&case.text, &case.row, &case.rows) {
        (Some(text), ..) => scan::prove::text(engine, text, None),
        (_, Some(row), _) => {
            let header: Vec<_> = row.iter().map(|cell| cell.label.clone()).collect();
            scan::prove::table(
                engine,
                &header,
                &[row.iter().map(|cell| cell.text.clone()).collect()],
            )
        }
        (_, _, Some(rows)) => scan::prove::table(engine, case.header.as_deref().unwrap_or_default(), rows),
        _ => panic!("{}: neither text nor row nor rows", case.id),
    };
    let mut left: Vec<&scan::prove::Found> = all
        .iter()
        .filter(|f| f.confidence >= Confidence::Medium)
        .collect();
    for find in &case.finds {
        let score = scores.entry(find.kind).or_default();
        score.expected += 1;
        match left
            .iter()
            .position(|f| f.kind == find.kind && f.value == find.value)
        {
            Some(at) => {
                score.right += 1;
                left.remove(at);
            }
            None => told.push(format!(
                "{} missed {} {:?} | {:?} | came: {}",
                case.id,
                find.kind,
                find.value,
                case.text.as_deref().unwrap_or("row"),
                all.iter()
                    .map(|f| format!("{} {:?} {:.2} {:?}", f.kind, f.value, f.score, f.evidence))
                    .collect::<Vec<_>>()
                    .join("; ")
            )),
        }
    }
    for extra in left {
        scores.entry(extra.kind).or_default().wrong += 1;
        told.push(format!(
            "{} wrong {} {:?} {:.2} {:?} | {:?}",
            case.id,
            extra.kind,
            extra.value,
            extra.score,
            extra.evidence,
            case.text.as_deref().unwrap_or("row")
        ));
    }
}
