//! The same input gives the same bytes, whatever the number of threads.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Run, fixtures, small_tree};

/// All but `run`, as it was written: the order of everything counts.
fn without_run(text: &str) -> String {
    let (before, rest) = text.split_once("\n  \"run\": {").expect("a run block");
    let (_, after) = rest.split_once("\n  }").expect("its end");
    format!("{before}{after}")
}

/// The last line holds the run.
fn lines_without_run(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut end: Value = serde_json::from_str(&lines.pop().unwrap()).unwrap();
    assert!(end.as_object_mut().unwrap().remove("run").is_some());
    lines.push(end.to_string());
    lines
}

fn same_everywhere(folder: &Path, own_key: bool) {
    let mut run = Run::new().beside("key", [7; 32]);
    std::fs::set_permissions(
        run.dir().join("key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    let mut seen: Vec<(String, Vec<String>, Value)> = Vec::new();
    for threads in ["1", "2", "8", "8"] {
        let mut outputs = Vec::new();
        for format in ["json", "jsonl"] {
            let mut args: Vec<PathBuf> = ["scan", "--threads", threads, "--format", format]
                .iter()
                .map(PathBuf::from)
                .collect();
            args.push(folder.to_owned());
            if own_key {
                args.extend(["--key-file", "key"].map(PathBuf::from));
            }
            run.set_args(args);
            let ran = run.run_again();
            ran.code(0);
            outputs.push(ran);
        }
        let persons = outputs[0].inventory()["persons"].clone();
        let end = outputs[1].events().pop().unwrap();
        assert_eq!(end["persons"], persons["distinct"]);
        assert_eq!(end["coverage"], outputs[0].inventory()["coverage"]);
        seen.push((
            without_run(&outputs[0].text()),
            lines_without_run(&outputs[1].text()),
            persons,
        ));
    }
    let first = &seen[0];
    assert!(first.2["distinct"].as_u64().unwrap() > 50, "{}", first.2);
    for (at, other) in seen.iter().enumerate().skip(1) {
        assert_eq!(first.2, other.2, "persons of run {at}");
        for (a, b) in first.0.lines().zip(other.0.lines()) {
            assert_eq!(a, b, "the inventory of run {at}");
        }
        assert!(first.0 == other.0, "the inventory of run {at} has another length");
        for (a, b) in first.1.iter().zip(&other.1) {
            assert_eq!(a, b, "the events of run {at}");
        }
        assert_eq!(first.1.len(), other.1.len());
    }
}

#[test]
fn the_share_is_the_same_on_any_number_of_threads() {
    same_everywhere(&fixtures("share"), true);
    same_everywhere(&fixtures("share"), false);
}

#[test]
fn a_tree_of_many_files_is_the_same_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    small_tree(dir.path());
    same_everywhere(dir.path(), true);
    same_everywhere(dir.path(), false);
}
