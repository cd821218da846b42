//! The main job against its truth: every value that fixtures/share.truth.json says is found in its document, nothing else
//! of those kinds is, and every document has the status it must have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use datakarta::model::{Kind, Role};
use serde_json::Value;

fn folder(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
        .display()
        .to_string()
}

/// What two readings of one value have in common: digits of numbers without a lost zero, letters of addresses.
fn comparable(kind: &str, value: &str) -> String {
    let kept: String = value
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '@')
        .flat_map(char::to_lowercase)
        .collect();
    if kind.ends_with("number") || kind.ends_with("nummer") {
        kept.trim_start_matches('0').to_owned()
    } else {
        kept
    }
}

/// How many kinds of statement, over all documents of the share, are missed or made up.
const STATEMENTS: usize = 24;

type Values = Vec<(String, String)>;

/// A finding a document's truth knows of, or `None` for an address of a function, which is reported as low on purpose.
fn expected(finding: &Value) -> Option<(String, String)> {
    let kind = finding["kind"].as_str().unwrap();
    let role = finding["role"].as_bool().unwrap_or(false);
    (!role).then(|| {
        (
            kind.to_owned(),
            comparable(kind, finding["value"].as_str().unwrap()),
        )
    })
}

#[test]
fn the_inventory_of_the_share_is_complete_against_its_truth() {
    let run = Command::new(env!("CARGO_BIN_EXE_datakarta"))
        .args(["scan", &folder("share"), "--format", "jsonl", "--reveal"])
        .output()
        .unwrap();
    assert!(run.status.success());
    let mut found: BTreeMap<String, Values> = BTreeMap::new();
    let mut names: BTreeMap<String, Values> = BTreeMap::new();
    let mut statements: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut status: BTreeMap<String, String> = BTreeMap::new();
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(run.stdout).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str().unwrap() {
            "finding" if text("kind").parse::<Kind>().unwrap().role() == Role::Statement => {
                statements.entry(text("path")).or_default().insert(text("kind"));
            }
            "finding" => {
                let list = if event["location"]["at"] == "name" {
                    &mut names
                } else {
                    &mut found
                };
                list.entry(text("path"))
                    .or_default()
                    .push((text("kind"), comparable(&text("kind"), &text("value"))));
            }
            "document" => {
                status.insert(text("path"), text("status"));
            }
            "issue" => reasons.entry(text("path")).or_default().push(text("reason")),
            _ => {}
        }
    }
    let truth: Value = serde_json::from_slice(&std::fs::read(folder("share.truth.json")).unwrap()).unwrap();
    let (mut total, mut wrong, mut doubtful) = (0, Vec::new(), Vec::new());
    for document in truth["documents"].as_array().unwrap() {
        let path = document["path"].as_str().unwrap();
        if status.remove(path).as_deref() != document["status"].as_str() {
            wrong.push(format!("{path}: not {}", document["status"]));
        }
        if let Some(reason) = document["reason"].as_str() {
            let told = reasons
                .get(path)
                .is_some_and(|reasons| reasons.iter().any(|r| r == reason));
            if !told {
                wrong.push(format!("{path}: the reason {reason} is not told"));
            }
        }
        let mut said = statements.remove(path).unwrap_or_default();
        let more = document["more"].as_array().into_iter().flatten();
        for finding in more.filter(|finding| finding["presence"] == true) {
            let kind = finding["kind"].as_str().unwrap();
            if !said.remove(kind) {
                doubtful.push(format!("{path}: says nothing of {kind}"));
            }
        }
        doubtful.extend(
            said.iter()
                .map(|kind| format!("{path}: {kind} is not in the truth")),
        );
        for (list, truth, more) in [
            (&mut found, &document["findings"], &document["more"]),
            (&mut names, &document["in_name"], &Value::Null),
        ] {
            let mut left = list.remove(path).unwrap_or_default();
            let all = [truth, more].into_iter().filter_map(Value::as_array).flatten();
            let all = all.filter(|finding| finding["presence"] != true);
            for finding in all.filter_map(expected) {
                total += 1;
                match left.iter().position(|found| *found == finding) {
                    Some(at) => {
                        left.remove(at);
                    }
                    None => wrong.push(format!("{path}: missed {} {}", finding.0, finding.1)),
                }
            }
            wrong.extend(
                left.iter()
                    .map(|(kind, value)| format!("{path}: {kind} {value} is not in the truth")),
            );
        }
    }
    wrong.extend(status.keys().map(|path| format!("{path}: not in the truth")));
    // What is said of persons is less certain than their numbers; this may only fall.
    assert!(
        doubtful.len() <= STATEMENTS,
        "{} statements:\n{}",
        doubtful.len(),
        doubtful.join("\n")
    );
    assert!(total > 2100, "the truth has only {total} findings");
    assert!(
        wrong.is_empty(),
        "{} of {total}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
