//! Nothing is silent: everything met is told, and what was not read is never taken for clean.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Run, count, document, fixtures, of, reasons, small_tree, text};

fn events_of(folder: &Path) -> Vec<Value> {
    let ran = Run::new()
        .args([
            "scan".as_ref(),
            folder.as_os_str(),
            "--format".as_ref(),
            "jsonl".as_ref(),
        ])
        .run();
    ran.code(0).events()
}

/// Whatever holds for every scan. The harness has checked that coverage adds up and that there are as many documents.
fn nothing_is_silent(events: &[Value]) {
    let mut issues: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for issue in of(events, "issue") {
        issues
            .entry(text(&issue["path"]))
            .or_default()
            .push(text(&issue["reason"]));
    }
    let mut by_status: BTreeMap<&str, u64> = BTreeMap::new();
    for document in of(events, "document") {
        let (path, status) = (text(&document["path"]), text(&document["status"]));
        *by_status.entry(status).or_default() += 1;
        let told = issues.get(path).cloned().unwrap_or_default();
        let linked = document.get("hard_link_of").is_some();
        assert!(
            status == "read" || linked || !told.is_empty(),
            "`{path}` is {status} and nobody says why"
        );
        for reason in told {
            let never = reason != "extension-mismatch";
            assert!(!(status == "read" && never), "`{path}` is read, though {reason}");
        }
    }
    let coverage = &events.last().unwrap()["coverage"];
    for status in ["read", "partial", "skipped", "failed"] {
        let both = count(&coverage["files"][status]) + count(&coverage["members"][status]);
        assert_eq!(by_status.get(status).copied().unwrap_or(0), both, "{status}");
    }
    let bytes: u64 = of(events, "document")
        .into_iter()
        .filter(|d| !text(&d["path"]).contains("!/") && d.get("hard_link_of").is_none())
        .map(|d| count(&d["bytes"]))
        .sum();
    assert_eq!(bytes, count(&coverage["bytes"]["enumerated"]));
}

#[test]
fn everything_met_is_told() {
    let dir = tempfile::tempdir().unwrap();
    small_tree(dir.path());
    for folder in [
        fixtures("share"),
        fixtures("hostile"),
        fixtures("formats"),
        fixtures("clean"),
        dir.path().to_owned(),
    ] {
        nothing_is_silent(&events_of(&folder));
    }
}

#[test]
fn as_many_files_as_lie_there() {
    for name in ["share", "hostile", "formats"] {
        let folder = fixtures(name);
        let events = events_of(&folder);
        let there = crate::harness::files(&folder);
        let files = &events.last().unwrap()["coverage"]["files"];
        assert_eq!(count(&files["enumerated"]), there.len() as u64, "{name}");
        let bytes: u64 = there.iter().map(|file| file.metadata().unwrap().len()).sum();
        assert_eq!(
            count(&events.last().unwrap()["coverage"]["bytes"]["enumerated"]),
            bytes
        );
    }
}

/// Documents whose truth in fixtures/share.truth.json says otherwise than the scanner, with the reason why.
const SAID_OTHERWISE: &[(&str, &str)] = &[];

#[test]
fn the_share_is_read_as_its_truth_says() {
    let truth: Value = serde_json::from_slice(&std::fs::read(fixtures("share.truth.json")).unwrap()).unwrap();
    // Names in the events are masked; --reveal shows them.
    let ran = Run::new()
        .args([
            "scan".as_ref(),
            fixtures("share").as_os_str(),
            "--format".as_ref(),
            "jsonl".as_ref(),
            "--reveal".as_ref(),
        ])
        .run();
    let events = ran.code(0).events();
    let mut wrong = Vec::new();
    let expected = truth["documents"].as_array().unwrap();
    for one in expected {
        let path = text(&one["path"]);
        if SAID_OTHERWISE.iter().any(|(other, _)| *other == path) {
            continue;
        }
        let document = document(&events, path);
        let told = reasons(&events, path);
        if document["status"] != one["status"] {
            wrong.push(format!(
                "{path}: {} {told:?}, should be {}",
                document["status"], one["status"]
            ));
        } else if let Some(reason) = one.get("reason")
            && !told.contains(&text(reason))
        {
            wrong.push(format!("{path}: {told:?}, should be {reason}"));
        }
    }
    assert_eq!(of(&events, "document").len(), expected.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_not_read_is_never_clean() {
    let share = fixtures("share");
    let picture = std::fs::read(share.join("ekonomi/kvitto_skannat.pdf")).unwrap();
    let locked = std::fs::read(share.join("HR/lönesamtal_lösenordsskyddad.pdf")).unwrap();
    let encrypted = std::fs::read(fixtures("hostile/encrypted-member.zip")).unwrap();
    let run = Run::new()
        .file("bild.pdf", picture)
        .file("lösen.pdf", locked)
        .file("lösen.zip", encrypted)
        .file("stor.txt", vec![b'a'; 3 << 20])
        .file("modul.wasm", b"\0asm\x01\0\0\0")
        .file("foto.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let ran = run
        .args(["scan", "tree", "--format", "jsonl", "--max-file-size", "2M"])
        .run();
    let events = ran.code(0).events();
    nothing_is_silent(&events);
    for (path, status, reason) in [
        ("bild.pdf", "partial", "needs-ocr"),
        ("lösen.pdf", "failed", "encrypted"),
        ("lösen.zip", "partial", "member-unread"),
        ("stor.txt", "skipped", "too-large"),
        ("modul.wasm", "skipped", "unsupported"),
        ("foto.png", "skipped", "unsupported"),
    ] {
        assert_eq!(
            document(&events, path)["status"],
            status,
            "{path}: {:?}",
            reasons(&events, path)
        );
        assert!(
            reasons(&events, path).contains(&reason),
            "{path}: {:?}",
            reasons(&events, path)
        );
    }
    assert!(
        of(&events, "issue")
            .iter()
            .any(|i| text(&i["path"]).starts_with("lösen.zip!/") && i["reason"] == "encrypted")
    );
}
