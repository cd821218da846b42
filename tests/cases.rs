//! The labelled cases of fixtures/cases and what share of them comes out right, per kind.

use std::path::Path;

use datakarta::checks::date::Date;
use datakarta::detect::Engine;
use datakarta::model::Kind;
use datakarta::{rules, scan};

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
    // Rules can be tried without building: RULES=rules cargo test --test all cases -- --nocapture
    let rules = match std::env::var("RULES") {
        Ok(folder) => rules::load_dir(Path::new(&folder)).unwrap(),
        Err(_) => rules::load_builtin().unwrap(),
    };
    let today = Date {
        year: 2026,
        month: 11,
        day: 23,
    };
    let engine = Engine::new(&rules, today);
    // Another folder can be looked at: CASES=/path cargo test --test all cases -- --nocapture
    let folder = std::env::var("CASES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/cases").to_owned());
    let report = scan::score::score(&engine, Path::new(&folder), true).unwrap();
    println!(
        "{:<24} {:>8} {:>6} {:>6} {:>9} {:>7} {:>7} {:>7}",
        "kind", "expected", "right", "wrong", "precision", "recall", "high", "medium"
    );
    for (kind, s) in &report.kinds {
        println!(
            "{:<24} {:>8} {:>6} {:>6} {:>9.3} {:>7.3} {:>7.3} {:>7.3}",
            kind.id(),
            s.expected,
            s.reported().right,
            s.reported().wrong,
            s.reported().precision(),
            s.recall(),
            s.high.precision(),
            s.medium.precision()
        );
    }
    let told: Vec<String> = report
        .misses
        .iter()
        .map(|m| format!("{} {} {} {:?} | {}", m.case, m.what, m.kind, m.value, m.came))
        .collect();
    println!("{}", told.join("\n"));
    if std::env::var_os("CASES").is_some() {
        return;
    }
    assert!(report.cases >= 1000, "{} cases", report.cases);
    for (kind, least_precision, least_recall) in FLOORS {
        let score = report.kinds.get(kind).copied().unwrap_or_default();
        assert!(
            score.reported().precision() >= *least_precision && score.recall() >= *least_recall,
            "{kind} fell below its floor\n{}",
            told.join("\n")
        );
    }
}
