//! Text recognition by a program beside this one: asked only when wanted, and never believed to have worked.
//!
//! A script stands in for tesseract, so that the tests need no models; it says what a recogniser would.

use std::os::unix::fs::PermissionsExt;

use crate::harness::{Run, document, of, put, reasons, text};

/// Answers like tesseract, where it is given a picture.
const SCRIPT: &str = r#"#!/bin/sh
if [ "$1" = --list-langs ]; then
    printf 'List of available languages (3):\neng\nosd\n%s\n' "$SWEDISH"
    exit 0
fi
[ "$OMP_THREAD_LIMIT" = 1 ] || exit 9
[ "$(head -c 4 | tail -c 3)" = PNG ] || exit 8
printf 'Kund: Vera Lind, personnummer 19950502-2393 (%s)\n\014P\303\245 andra sidan: vera.lind@example.com\n\014' "$4"
exit "${FAILS:-0}"
"#;

const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and no more";

fn run(swedish: bool) -> Run {
    let run = Run::new()
        .file("skannat.png", PNG)
        .file("b.txt", "Vera Lind, personnummer 19950502-2393\n")
        .beside(
            "bin/tesseract",
            SCRIPT.replace("$SWEDISH", if swedish { "swe" } else { "" }),
        );
    let script = run.dir().join("bin/tesseract");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", script.parent().unwrap().display());
    run.env("PATH", &path)
}

#[test]
fn pictures_are_read_only_when_that_is_wanted() {
    let plain = run(true).args(["scan", "tree", "--format", "jsonl"]).run();
    assert_eq!(reasons(&plain.events(), "skannat.png"), ["unsupported"]);

    let ran = run(true)
        .args(["scan", "tree", "--format", "jsonl", "--ocr"])
        .run();
    ran.code(0);
    let events = ran.events();
    assert_eq!(text(&document(&events, "skannat.png")["status"]), "read");
    let at = |kind: &str| {
        let found = of(&events, "finding");
        let of_picture = found
            .iter()
            .find(|f| f["path"] == "skannat.png" && f["kind"] == kind);
        of_picture.unwrap()["location"]["page"].as_u64()
    };
    assert_eq!((at("personnummer"), at("email-address")), (Some(1), Some(2)));
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_was_not_recognised_is_told() {
    let script = SCRIPT.replace("${FAILS:-0}", "3").replace("$SWEDISH", "swe");
    let run = run(true);
    put(&run.dir().join("bin/tesseract"), script.as_bytes());
    let ran = run.args(["scan", "tree", "--format", "jsonl", "--ocr"]).run();
    ran.code(0);
    assert_eq!(reasons(&ran.events(), "skannat.png"), ["needs-ocr"]);
    assert_eq!(text(&document(&ran.events(), "b.txt")["status"]), "read");
}

#[test]
fn a_program_or_a_language_that_is_missing_is_said_before_anything_is_read() {
    let ran = run(false)
        .args(["scan", "tree", "-q", "--ocr", "-o", "x.json"])
        .run();
    ran.code(0);
    assert!(ran.stderr.contains("Swedish"), "{}", ran.stderr);

    let ran = Run::new()
        .file("a.txt", "x")
        .env("PATH", "/nonexistent")
        .args(["scan", "tree", "--ocr"])
        .run();
    ran.code(2);
    assert!(ran.stderr.contains("install it"), "{}", ran.stderr);
}

#[test]
fn extract_shows_what_was_recognised() {
    let ran = run(true)
        .args(["extract", "tree/skannat.png", "--reveal", "--ocr"])
        .run();
    ran.code(0);
    assert!(
        ran.text()
            .contains("page 1: Kund: Vera Lind, personnummer 19950502-2393 (swe+eng)"),
        "{}",
        ran.text()
    );
    let without = run(true).args(["extract", "tree/skannat.png", "--reveal"]).run();
    without.code(3);
    assert!(without.stderr.contains("unsupported"), "{}", without.stderr);
}
