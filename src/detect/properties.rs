//! What holds for every text: pieces say the same as the whole, nothing panics, candidates stand on character
//! borders.

use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{Batch, Engine};
use crate::checks::date::Date;
use crate::model::{Candidate, Form, Kind, Signals};
use crate::rules::{self, RuleSet};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| rules::load_builtin().unwrap());

/// The texts of the labelled cases: everything the detectors know comes up in them.
static SNIPPETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "jsonl"))
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            text.lines()
                .filter_map(|line| {
                    let case: serde_json::Value = serde_json::from_str(line).unwrap();
                    case.get("text").and_then(|t| t.as_str()).map(str::to_owned)
                })
                .collect::<Vec<_>>()
        })
        .collect()
});

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};

/// How much stands before and after the own range.
const CONTEXT: usize = 32 * 1024;

type Seen = (Range<usize>, Kind, Form, Signals, u16);

fn seen(candidates: &[Candidate<'_>], offset: usize) -> Vec<Seen> {
    let mut all: Vec<Seen> = candidates
        .iter()
        .map(|c| {
            (
                c.range.start + offset..c.range.end + offset,
                c.kind,
                c.form,
                c.signals,
                c.rule,
            )
        })
        .collect();
    all.sort_by_key(|s| (s.0.start, s.0.end, s.4, s.2));
    all
}

fn scan(text: &str, own: Range<usize>, offset: usize) -> Vec<Seen> {
    let engine = Engine::new(&RULES, TODAY);
    let mut all = crate::model::Seen::default();
    let batch = Batch {
        text,
        own,
        cells: &[],
        columns: &[],
        label: None,
    };
    engine.detect(&batch, &mut all);
    // Neighbours of the own range are there for what stands beside them; they belong to another piece.
    let own = batch.own.clone();
    let out: Vec<_> = all
        .candidates
        .into_iter()
        .filter(|c| own.contains(&c.range.start))
        .collect();
    for candidate in &out {
        assert!(
            text.is_char_boundary(candidate.range.start) && text.is_char_boundary(candidate.range.end),
            "{:?} cuts a character",
            candidate.kind
        );
    }
    seen(&out, offset)
}

fn border(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn in_two(text: &str, cut: usize) -> Vec<Seen> {
    let cut = border(text, cut);
    let until = border(text, cut + CONTEXT);
    let from = border(text, cut.saturating_sub(CONTEXT));
    let mut all = scan(text.get(..until).unwrap(), 0..cut, 0);
    all.extend(scan(
        text.get(from..).unwrap(),
        cut - from..text.len() - from,
        from,
    ));
    all.sort_by_key(|s| (s.0.start, s.0.end, s.4, s.2));
    all
}

/// What only one of them says.
fn difference<'s>(whole: &'s [Seen], pieces: &'s [Seen]) -> (Vec<&'s Seen>, Vec<&'s Seen>) {
    let only = |of: &'s [Seen], other: &[Seen]| of.iter().filter(|seen| !other.contains(seen)).collect();
    (only(whole, pieces), only(pieces, whole))
}

fn glued() -> impl Strategy<Value = String> {
    let glue = prop::sample::select(vec![
        "\n", "\n", " ", ". ", ", ", "\t", ";", "", "\r\n", " – ", "\u{a0}",
    ]);
    prop::collection::vec((0..SNIPPETS.len(), glue), 1..160).prop_map(|parts| {
        parts
            .iter()
            .flat_map(|(snippet, glue)| [SNIPPETS[*snippet].as_str(), *glue])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_say_the_same_as_the_whole(text in glued(), at in 0..1000usize) {
        let whole = scan(&text, 0..text.len(), 0);
        let pieces = in_two(&text, text.len() * at / 1000);
        prop_assert!(whole == pieces, "cut at {at} of 1000: {:?}", difference(&whole, &pieces));
        // Inside a candidate, at its start and at its end are the cuts that hurt most.
        for seen in whole.iter().step_by(1 + whole.len() / 8) {
            for cut in [seen.0.start, seen.0.start + 1, seen.0.end - 1, seen.0.end] {
                let pieces = in_two(&text, cut);
                prop_assert!(whole == pieces, "cut at {cut}: {:?}", difference(&whole, &pieces));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        scan(&text, 0..text.len(), 0);
    }

    #[test]
    fn nor_does_one_of_awkward_parts(
        parts in prop::collection::vec(prop::sample::select(vec![
            "@", "c/o ", "Box ", "8", "0701740605", "811228-9874", "8112289874", "\u{301}", "\u{1e}", "\u{1f}", "\u{0}", "å", "Å",
            "gatan ", "väg 7", "172 70 ", "SE-", "SE", "(at)", " (dot) ", "[punkt]", "%40", "&#64;", "＠", "\u{feff}", "\u{a0}", "–",
            "+46", "(0)", "(", ")", "'", "\"", ",", ";", "\t", "\n", " VALUES (", "COPY a (b) FROM stdin;\n", "INSERT INTO t (pnr) ", "example.se",
            "<", ">", ":", "=", "In-Reply-To", " är ", "min mobil", "85 03 12 - 2395", "T220", "serialNumber=", "CN=",
            "AA1234567", "4111 1111 ", "1111", "SE45 ", "5000 ", "P<", "<", "1:23", "S:3", "02:1a:", "2b:3c:4d:5e", "2001:db8::", "203.0.113.7", "12 mars 1985", "Fastighet ", "Örebro ", "bg ", "5402-9681", "konto ", "8214-9, ", "född ", "ABC 12", "D", "8503127F3105146", "😀", "0", "00", "46", " ",
        ]), 0..40),
        cut in 0..200usize,
    ) {
        let text = parts.concat();
        prop_assert_eq!(scan(&text, 0..text.len(), 0), in_two(&text, cut));
    }
}
