//! One bad document costs one document: broken, lying and greedy files end in a reason, and the scan goes on.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Run, count, document, fixtures, gzip, of, reasons, scan_events, text, zip};

const KUND: &str = "Vera Lind, personnummer 19950502-2393, vera.lind@example.com\n";

/// The hits of a document.
fn found(events: &[Value], path: &str) -> u64 {
    let kinds = document(events, path)["kinds"].as_object().unwrap();
    kinds
        .values()
        .map(|bands| count(&bands["high"]) + count(&bands["medium"]))
        .sum()
}

fn scan(run: Run, seconds: u64) -> Vec<Value> {
    let ran = run.args(["scan", "tree", "--format", "jsonl", "-vv"]).run();
    ran.code(0);
    // Nothing but the program's own lines; of a panic only where in the code it was.
    for line in ran.stderr.lines() {
        let own = line
            .strip_prefix("datakarta: ")
            .unwrap_or_else(|| panic!("{line}"));
        if let Some(place) = own.strip_prefix("a parser panicked at ") {
            let (file, number) = place.rsplit_once(':').unwrap();
            assert!(
                file.ends_with(".rs") && !file.contains('/') && number.parse::<u32>().is_ok(),
                "{line}"
            );
        }
    }
    assert!(ran.took < Duration::from_secs(seconds), "{:?}", ran.took);
    ran.events()
}

#[test]
fn the_hostile_fixtures_end_as_they_may() {
    let run = Run::new();
    crate::harness::copy(&fixtures("hostile"), &run.dir().join("tree"));
    let events = scan(run, 60);
    for (path, statuses) in [
        ("truncated.xlsx", &["failed", "partial"][..]),
        ("truncated.ods", &["failed", "partial"]),
        ("truncated.xls", &["failed", "partial"]),
        ("truncated.xlsb", &["failed", "partial"]),
        ("truncated.pdf", &["failed", "partial"]),
        ("bad-sheet-xml.xlsx", &["failed", "partial"]),
        ("encrypted-member.zip", &["partial"]),
        ("one-bad-member.zip", &["partial"]),
        ("no-directory.zip", &["failed", "partial"]),
        ("deep.zip", &["partial"]),
        ("bomb-page.pdf", &["partial", "failed"]),
        ("ole-loop.xls", &["failed"]),
        ("empty.txt", &["read"]),
        ("many-members.zip", &["read"]),
        ("climbing.zip", &["read"]),
    ] {
        let status = text(&document(&events, path)["status"]);
        assert!(
            statuses.contains(&status),
            "{path} is {status} {:?}",
            reasons(&events, path)
        );
    }
    for path in [
        "cyclic-form.pdf",
        "far-corner.xlsx",
        "no-dimension-order.xlsx",
        "repeated.ods",
        "pdf-named.txt",
        "xlsx-named.csv",
        "html-named.xls",
        "csv-named.xlsx",
        "invalid-utf8.json",
        "deep.json",
        "cut.json",
        "laughs.xml",
        "unclosed.html",
        "long-line.txt",
        "half-utf16.txt",
    ] {
        assert!(found(&events, path) > 0, "{path}: {:?}", reasons(&events, path));
    }
    // Not yet read, and not silent about it.
    let nul = document(&events, "nul-bytes.csv");
    assert!(
        found(&events, "nul-bytes.csv") > 0 || nul["status"] != "read",
        "{nul}"
    );
    assert_eq!(found(&events, "at-signs.txt"), 0);
    assert_eq!(found(&events, "long-line.txt"), 1);
    let members = of(&events, "document")
        .iter()
        .filter(|d| text(&d["path"]).starts_with("many-members.zip!/"))
        .count();
    assert_eq!(members, 700);
    // Names that climb out are names: nothing was written.
    assert!(events.iter().any(|e| text(&e["path"]).contains("../")));
    for event in of(&events, "issue") {
        assert_ne!(event["reason"], "parser-died", "{event}");
    }
}

/// A text that packs well and holds findings in its first lines.
fn long_text(megabytes: usize) -> Vec<u8> {
    let mut text = KUND.as_bytes().to_vec();
    text.resize(megabytes << 20, b'\n');
    text
}

#[test]
fn bombs_are_stopped_and_told() {
    let bomb = zip(&[("stor.txt", &long_text(90))]);
    let middle = zip(&[("inre.zip", &bomb), ("efter.txt", KUND.as_bytes())]);
    let nested = zip(&[("mitten.zip", &middle), ("sist.txt", KUND.as_bytes())]);
    let gz = gzip(&gzip(&long_text(90)));
    let mut many = gzip(KUND.as_bytes());
    for _ in 0..14 {
        many = gzip(&many);
    }
    let run = Run::new()
        .file("bomb.zip", bomb)
        .file("bomber.zip", nested)
        .file("bomb.txt.gz.gz", gz)
        .file("djup.gz", many)
        .file("hel.txt", KUND);
    let events = scan(run, 60);
    for path in ["bomb.zip", "bomber.zip", "bomb.txt.gz.gz"] {
        assert_eq!(document(&events, path)["status"], "partial", "{path}");
        let told = of(&events, "issue")
            .iter()
            .any(|i| text(&i["path"]).starts_with(path) && i["reason"] == "expansion-limit");
        assert!(told, "{path}");
    }
    assert!(
        found(&events, "bomb.zip!/stor.txt") > 0,
        "what came before the limit stays"
    );
    assert_eq!(document(&events, "djup.gz")["status"], "partial");
    assert!(
        of(&events, "issue")
            .iter()
            .any(|i| text(&i["path"]).starts_with("djup.gz") && i["reason"] == "depth-limit")
    );
    assert_eq!(found(&events, "hel.txt"), 3);
}

#[test]
fn an_archive_of_ten_thousand_members() {
    let members: Vec<String> = (0..10_000).map(|n| format!("m{}/{n}.txt", n % 10)).collect();
    let content: Vec<(&str, &[u8])> = members
        .iter()
        .map(|name| (name.as_str(), KUND.as_bytes()))
        .collect();
    let events = scan(Run::new().file("många.zip", zip(&content)), 60);
    assert_eq!(document(&events, "många.zip")["status"], "read");
    assert_eq!(
        count(&events.last().unwrap()["coverage"]["members"]["read"]),
        10_000
    );
    assert_eq!(count(&events.last().unwrap()["persons"]), 1);
}

#[test]
fn limits_that_are_typed_hold() {
    let members: Vec<(String, Vec<u8>)> = (0..9)
        .map(|n| (format!("{n}.txt"), KUND.repeat(2_000).into_bytes()))
        .collect();
    let content: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let archive = zip(&content);
    let nested = zip(&[("inre.zip", &zip(&[("a.txt", KUND.as_bytes())]))]);
    for (option, value, reason) in [
        ("--max-members", "3", "member-limit"),
        ("--max-depth", "1", "depth-limit"),
        ("--max-expanded", "100K", "expansion-limit"),
    ] {
        let run = Run::new().file("a.zip", &archive).file("b.zip", &nested);
        // A ratio of nothing, so that the number of bytes alone counts.
        let args = [
            "scan",
            "tree",
            "--format",
            "jsonl",
            "--max-ratio",
            "0",
            option,
            value,
        ];
        let ran = run.args(args).run();
        ran.code(0);
        let told = ran.events().iter().any(|event| event["reason"] == reason);
        assert!(told, "{option}");
        let whole = Run::new().file("a.zip", &archive).file("b.zip", &nested);
        let whole = whole.args(["scan", "tree", "--format", "jsonl"]).run().events();
        assert!(whole.iter().all(|event| event["reason"] != reason), "{option}");
    }
}

#[test]
fn a_member_that_lies_about_its_size() {
    for claimed in [3u32, 0x7fff_ffff] {
        let mut bytes = zip(&[
            ("lögn.txt", KUND.repeat(50).as_bytes()),
            ("sann.txt", KUND.as_bytes()),
        ]);
        let real = (KUND.len() as u32 * 50).to_le_bytes();
        // In the local header and in the directory.
        while let Some(at) = memchr::memmem::find(&bytes, &real) {
            bytes[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
        }
        let events = scan_events(Run::new().file("a.zip", bytes));
        assert_eq!(found(&events, "a.zip!/sann.txt"), 3);
        let lie = of(&events, "document")
            .iter()
            .any(|d| text(&d["path"]).ends_with("lögn.txt"));
        assert!(lie || text(&document(&events, "a.zip")["status"]) != "read");
    }
}

#[test]
fn members_that_another_hides_are_read() {
    // The same name twice, as programs that add to an archive leave it; and content behind the name of a folder.
    let mut twice = zip(&[("a.txt", KUND.as_bytes()), ("b.txt", b"inget\n")]);
    for at in 0..twice.len() {
        if twice[at..].starts_with(b"b.txt") {
            twice[at] = b'a';
        }
    }
    let mut folder = zip(&[("mappx", KUND.as_bytes())]);
    for at in 0..folder.len() {
        if folder[at..].starts_with(b"mappx") {
            folder[at + 4] = b'/';
        }
    }
    let events = scan_events(Run::new().file("a.zip", twice).file("b.zip", folder));
    assert_eq!(found(&events, "a.zip!/a.txt (earlier)"), 3);
    assert_eq!(document(&events, "a.zip!/a.txt")["status"], "read");
    assert_eq!(found(&events, "b.zip!/mapp/"), 3);
}

/// An archive is told by its own members: not by what one of them is, nor by what people call their folders.
#[test]
fn an_archive_is_no_document_since_its_members_are() {
    let letter = std::fs::read(fixtures("formats/docx/libreoffice.docx")).unwrap();
    let page = std::fs::read(fixtures("formats/pdf/chromium.pdf")).unwrap();
    let stored = |members: &[(&str, &[u8])]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, content) in members {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let run = Run::new()
        .file(
            "a.zip",
            stored(&[("brev.docx", &letter), ("k.csv", KUND.as_bytes())]),
        )
        .file(
            "b.zip",
            stored(&[("sida.pdf", &page), ("k.csv", KUND.as_bytes())]),
        )
        .file(
            "c.zip",
            zip(&[("ppt/k.csv", KUND.as_bytes()), ("xl/l.csv", KUND.as_bytes())]),
        );
    let events = scan_events(run);
    for (archive, member) in [("a.zip", "k.csv"), ("b.zip", "k.csv"), ("c.zip", "ppt/k.csv")] {
        assert_eq!(document(&events, archive)["format"], "zip");
        assert!(found(&events, &format!("{archive}!/{member}")) > 0, "{archive}");
    }
    assert_eq!(document(&events, "a.zip!/brev.docx")["format"], "docx");
    assert_eq!(document(&events, "b.zip!/sida.pdf")["format"], "pdf");
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    let deep = 50_000;
    let json = format!("{}\"{KUND}\"{}", "{\"a\":[".repeat(deep), "]}".repeat(deep)).replace('\n', " ");
    let xml = format!(
        "<?xml version=\"1.0\"?>{}{KUND}{}",
        "<a>".repeat(deep),
        "</a>".repeat(deep)
    );
    let html = format!("<!DOCTYPE html>{}{KUND}", "<div>".repeat(deep));
    let pdf = format!(
        "%PDF-1.4\n1 0 obj\n{}\n{}endobj\ntrailer<</Root 1 0 R>>",
        "[".repeat(deep),
        "<<".repeat(deep)
    );
    let run = Run::new()
        .file("djup.json", json)
        .file("djup.xml", &xml)
        .file("djup.html", html)
        .file("djup.pdf", pdf)
        .file(
            "djup.xlsx",
            zip(&[
                ("[Content_Types].xml", b"<Types/>"),
                ("xl/workbook.xml", xml.as_bytes()),
                ("xl/worksheets/sheet1.xml", xml.as_bytes()),
            ]),
        )
        .file(
            "djup.ods",
            zip(&[
                ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
                ("content.xml", xml.as_bytes()),
            ]),
        );
    let events = scan(run, 60);
    for path in ["djup.json", "djup.xml", "djup.html"] {
        assert_eq!(found(&events, path), 3, "{path}");
    }
}

#[test]
fn one_line_of_a_hundred_megabytes() {
    let run = Run::new();
    let mut file = std::io::BufWriter::new(std::fs::File::create(run.at("rad.json")).unwrap());
    file.write_all(b"[").unwrap();
    let item = format!(
        "{{\"id\":17,\"text\":\"{}\"}},",
        "orden i mitten av raden ".repeat(40)
    );
    for n in 0..(100 << 20) / item.len() {
        file.write_all(item.as_bytes()).unwrap();
        if n % 20_000 == 0 {
            write!(file, "{{\"personnummer\":\"19950502-2393\",\"n\":{n}}},").unwrap();
        }
    }
    file.write_all(b"0]").unwrap();
    drop(file);
    let events = scan(run, 60);
    assert_eq!(document(&events, "rad.json")["status"], "read");
    assert!(found(&events, "rad.json") >= 5);
}

#[test]
fn bytes_that_are_no_text() {
    let nul = KUND.replace(", ", "\0\0\0");
    let invalid = [
        b"\xc3\x28 \xf0\x9f ".as_slice(),
        KUND.as_bytes(),
        b"\xff\xfe\xed\xa0\x80",
    ]
    .concat();
    let events = scan_events(Run::new().file("nul.txt", nul).file("trasig.txt", invalid));
    assert_eq!(found(&events, "trasig.txt"), 3);
    let nul = document(&events, "nul.txt");
    assert!(found(&events, "nul.txt") == 3 || nul["status"] != "read", "{nul}");
}

#[test]
fn a_cyclic_pdf_and_a_sheet_of_two_far_cells() {
    let cyclic = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 9>>endobj\n\
        3 0 obj<</Type/Page/Parent 2 0 R/Contents 3 0 R>>endobj\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF";
    let run = Run::new().file("ring.pdf", cyclic).file(
        "hörn.xlsx",
        std::fs::read(fixtures("hostile/far-corner.xlsx")).unwrap(),
    );
    let events = scan(run, 20);
    assert_eq!(found(&events, "hörn.xlsx"), 2);
}
