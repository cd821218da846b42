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

/// A letter of six lines that was laid upside down into the scanner: bits of 1240 by 640 points, packed with zlib.
const UPSIDE_DOWN: &[u8] = include_bytes!("ocr/page.flate");

/// A page of nothing but the letter, turned by `cm`, and a stamp of today's kind.
fn scanned(matrix: &str) -> Vec<u8> {
    let content = format!(
        "q {matrix} cm /I Do Q BT /F 8 Tf 50 820 Td (Inkom till kommunen 2024-05-01, diarienummer 2024/1234) Tj ET"
    );
    let picture = format!(
        "/Type /XObject /Subtype /Image /Width 1240 /Height 640 /ColorSpace /DeviceGray /BitsPerComponent 1 \
         /Filter /FlateDecode /Length {}",
        UPSIDE_DOWN.len()
    );
    let page = "/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources \
                << /XObject << /I 5 0 R >> /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
    let length = format!("/Length {}", content.len());
    let objects: [(&str, Option<&[u8]>); 5] = [
        ("/Type /Catalog /Pages 2 0 R", None),
        ("/Type /Pages /Kids [3 0 R] /Count 1", None),
        (page, None),
        (&length, Some(content.as_bytes())),
        (&picture, Some(UPSIDE_DOWN)),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = String::from("xref\n0 6\n0000000000 65535 f \n");
    for (number, (dict, content)) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{number} 0 obj\n<< {dict} >>\n").bytes());
        if let Some(content) = content {
            file.extend(b"stream\n");
            file.extend(content);
            file.extend(b"\nendstream\n");
        }
        file.extend(b"endobj\n");
    }
    let end = file.len();
    file.extend(format!("{table}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{end}\n%%EOF\n").bytes());
    file
}

#[test]
fn a_scanned_page_is_read_by_tesseract_itself_however_it_was_laid() {
    let told = std::process::Command::new("tesseract")
        .arg("--list-langs")
        .output();
    let has = |language: &str| {
        told.as_ref().is_ok_and(|told| {
            let all = [told.stdout.as_slice(), &told.stderr].concat();
            String::from_utf8_lossy(&all)
                .lines()
                .any(|line| line.trim() == language)
        })
    };
    if !has("swe") || !has("osd") {
        eprintln!("skipped: no tesseract with `swe` and `osd`");
        return;
    }
    let run = || {
        Run::new()
            .file("skannad.pdf", scanned("595 0 0 842 0 0"))
            .file("spegel.pdf", scanned("-595 0 0 842 595 0"))
            .args(["scan", "tree", "--format", "jsonl"])
    };
    let without = run().run();
    assert_eq!(reasons(&without.events(), "skannad.pdf"), ["needs-ocr"]);

    let ran = run().args(["--ocr"]).run();
    ran.code(0);
    let events = ran.events();
    let none: [&str; 0] = [];
    assert_eq!(reasons(&events, "skannad.pdf"), none);
    assert_eq!(text(&document(&events, "skannad.pdf")["status"]), "read");
    let found = of(&events, "finding");
    for kind in ["personnummer", "email-address"] {
        let here = |f: &&serde_json::Value| f["path"] == "skannad.pdf" && f["kind"] == kind;
        assert!(found.iter().any(here), "{kind}");
    }
    // Mirror writing is told.
    assert_eq!(reasons(&events, "spegel.pdf"), ["needs-ocr"]);
}
