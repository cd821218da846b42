//! The look-alikes of fixtures/clean: nothing personal is in them, and nothing may be said to be.

use std::path::Path;

use datakarta::checks::date::Date;
use datakarta::detect::Engine;
use datakarta::model::{Confidence, Kind};
use datakarta::scan::prove;

/// What is true of the look-alikes all the same: references and giro numbers are that, whoever's they are, and an address
/// set aside for documentation is told as a test.
const TRUE: &[(&str, Kind)] = &[
    ("ocr.csv", Kind::OcrReference),
    ("ocr.csv", Kind::Bankgiro),
    ("oppettider.txt", Kind::Bankgiro),
    ("oppettider.txt", Kind::Plusgiro),
    ("oppettider.txt", Kind::OcrReference),
    ("snippets.txt", Kind::IpAddress),
];

#[test]
fn look_alikes_give_nothing_at_medium_or_above() {
    let rules = datakarta::rules::load_builtin().unwrap();
    let today = Date {
        year: 2026,
        month: 11,
        day: 23,
    };
    let engine = Engine::new(&rules, today);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clean");
    let mut told = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let mut found = prove::text(&engine, &text, None);
        if name.ends_with(".csv") {
            let (header, rows) = table(&text);
            found.extend(prove::table(&engine, &header, &rows));
        }
        count += 1;
        told.extend(
            found
                .iter()
                .filter(|f| f.confidence >= Confidence::Medium && !TRUE.contains(&(name.as_str(), f.kind)))
                .map(|f| format!("{name}: {} {:?} {:.2} {:?}", f.kind, f.value, f.score, f.evidence)),
        );
    }
    assert!(count >= 10, "{count} files");
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// Split at the delimiter the first line has most of.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [';', '\t', ',']
        .into_iter()
        .max_by_key(|d| first.matches(*d).count())
        .unwrap();
    let split = |line: &str| {
        line.split(delimiter)
            .map(|cell| cell.trim_matches('"').to_owned())
            .collect::<Vec<_>>()
    };
    (split(first), text.lines().skip(1).map(split).collect())
}
