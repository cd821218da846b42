//! Bombs: documents made to take memory, time or the program itself. Each is scanned in a process of its own, which ends in
//! good order, in time and within its memory, says what it left out, and reads the document beside it whole.
//!
//! `BOMBS=folder cargo test --test all bombs -- --nocapture` tells what came of each, and keeps them in the folder.

#![cfg(target_os = "linux")]

mod make;
mod office;
mod ole;
mod pdf;
mod quine;
mod rtf;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{EVERYTHING, Run, collect, document, events, of, put, text};

/// How long one bomb may hold the scan up.
const LONGEST: Duration = Duration::from_secs(30);
/// Memory of the scan itself, in KiB.
const SCAN: u64 = 700 << 10;
/// Memory of a process that parses: its limit, and what lies around it.
const PARSER: u64 = (1 << 20) * 12 / 10;

/// What may come of a bomb.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    /// It cannot be read whole: that is told.
    Told,
    /// It may be read whole.
    Any,
}

struct Bomb {
    name: String,
    bytes: Vec<u8>,
    expect: Expect,
    found: bool,
}

impl Bomb {
    fn new(name: impl Into<String>, bytes: Vec<u8>, expect: Expect) -> Self {
        Self {
            name: name.into(),
            bytes,
            expect,
            found: false,
        }
    }

    /// What stands in it before or beside the harm is found.
    fn found(mut self) -> Self {
        self.found = true;
        self
    }
}

/// What is known to go wrong: the bomb, and the words of the complaint. Exact: what is mended must leave the list.
const KNOWN: &[(&str, &str)] = &[
    // It is read; what the broken font shows stands right behind the number, without a space.
    ("tecken.pdf", "what stands in it is not found"),
];

/// Reasons that say a part was left out.
const REASONS: &[&str] = &[
    "damaged",
    "partly-damaged",
    "depth-limit",
    "member-limit",
    "expansion-limit",
    "memory",
    "content-limit",
    "timeout",
    "unsupported",
    "member-unread",
    "encrypted",
    "unreadable-fonts",
    "needs-ocr",
    "extension-mismatch",
];

const NEIGHBOUR: &str = "Vera Lind, personnummer 19950502-2393, vera.lind@example.com\n";

/// The most memory a process and those it started have had, in KiB.
#[derive(Default)]
struct Peak {
    own: u64,
    /// The most that one had, or all at once.
    parser: u64,
}

/// A process's parent, the most memory it has had, and what it has now.
fn status_of(process: &str) -> Option<(String, u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|rest| rest.trim().to_owned())
    };
    let memory = |name| field(name)?.split(' ').next()?.parse().ok();
    Some((field("PPid:")?, memory("VmHWM:")?, memory("VmRSS:")?))
}

fn look(own: &str, peak: &mut Peak) {
    if let Some((_, memory, _)) = status_of(own) {
        peak.own = peak.own.max(memory);
    }
    let mut together = 0;
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(process) = name
            .to_str()
            .filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
        else {
            continue;
        };
        if let Some((parent, memory, now)) = status_of(process)
            && parent == own
        {
            peak.parser = peak.parser.max(memory);
            together += now;
        }
    }
    peak.parser = peak.parser.max(together);
}

/// Scans a bomb and a good document; what is wrong with how it went.
fn complaints(bomb: &Bomb) -> Vec<String> {
    let run = Run::new()
        .file(&bomb.name, &bomb.bytes)
        .file("granne.txt", NEIGHBOUR)
        .args(EVERYTHING);
    let child = run.spawn();
    let own = child.id().to_string();
    let process = rustix::process::Pid::from_child(&child);
    let ended = AtomicBool::new(false);
    let (out, peak) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = Peak::default();
            let began = Instant::now();
            while !ended.load(Ordering::Relaxed) {
                look(&own, &mut peak);
                // It hangs: what is wanted is the complaint, not the wait.
                if began.elapsed() > LONGEST * 3 / 2 {
                    let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
                }
                std::thread::sleep(Duration::from_millis(8));
            }
            peak
        });
        let out = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| collect(child, Vec::new())));
        ended.store(true, Ordering::Relaxed);
        (out, watch.join().unwrap())
    });
    let Ok(out) = out else {
        return vec!["the scan died or hung".into()];
    };
    let mut wrong = Vec::new();
    let mut complain = |wrongly: bool, what: &str| {
        if wrongly {
            wrong.push(what.to_owned());
        }
    };
    complain(out.took > LONGEST, "slow");
    complain(peak.own > SCAN, "the scan takes too much memory");
    complain(peak.parser > PARSER, "a parser takes too much memory");
    if let Some(folder) = std::env::var_os("BOMBS") {
        let (size, seconds) = (bomb.bytes.len() >> 10, out.took.as_secs_f32());
        let (own, parser) = (peak.own >> 10, peak.parser >> 10);
        println!(
            "{}: {size} KiB, {seconds:.1} s, {own} and {parser} MiB",
            bomb.name
        );
        put(&Path::new(&folder).join(&bomb.name), &bomb.bytes);
    }
    complain(out.code != 0, "the exit code is not 0");
    if out.code == 0 {
        let events = events(&out.stdout);
        judged(bomb, &events, &mut complain);
        let secret = out.text().contains("hemlig.utifran");
        complain(secret, "what lies outside of the document was read");
    }
    wrong
}

fn judged(bomb: &Bomb, events: &[Value], complain: &mut dyn FnMut(bool, &str)) {
    let found = |path: &str, value: &str| {
        of(events, "finding")
            .iter()
            .any(|f| text(&f["path"]).starts_with(path) && text(&f["value"]).contains(value))
    };
    let neighbour = found("granne.txt", "19950502-2393") && found("granne.txt", "vera.lind@example.com");
    complain(!neighbour, "the document beside it is not read whole");
    let document = document(events, &bomb.name);
    let status = text(&document["status"]);
    let reasons: Vec<&str> = of(events, "issue")
        .iter()
        .filter(|issue| text(&issue["path"]).starts_with(&bomb.name))
        .map(|issue| text(&issue["reason"]))
        .collect();
    if std::env::var_os("BOMBS").is_some() {
        let told: std::collections::BTreeSet<&&str> = reasons.iter().collect();
        println!("{}: {status} {told:?}", bomb.name);
    }
    complain(reasons.contains(&"parser-died"), "the parser died");
    let told = reasons
        .iter()
        .any(|reason| REASONS.contains(reason) || *reason == "parser-died");
    complain(status != "read" && !told, "not read whole, and no reason");
    complain(
        bomb.expect == Expect::Told && status == "read",
        "silent: it cannot have been read whole",
    );
    let lost = bomb.found && !found(&bomb.name, make::PERSON);
    complain(lost, "what stands in it is not found");
}

/// Scans each bomb, and compares what went wrong with what is known.
fn set_off(bombs: Vec<Bomb>) {
    let mut unexpected = BTreeMap::new();
    for bomb in bombs {
        let known: Vec<&str> = KNOWN
            .iter()
            .filter(|(name, _)| *name == bomb.name)
            .map(|(_, what)| *what)
            .collect();
        let wrong = complaints(&bomb);
        if wrong != known {
            unexpected.insert(bomb.name.clone(), (wrong, known));
        }
    }
    let list: String = unexpected
        .iter()
        .map(|(name, (wrong, known))| format!("{name}: {wrong:?}, known is {known:?}\n"))
        .collect();
    assert!(list.is_empty(), "\n{list}");
}

#[test]
fn parts_that_inflate_to_gigabytes() {
    set_off(office::flat());
}

#[test]
fn entities() {
    // Beside the tree; an absolute path to it stands in the documents.
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("utifrån.txt");
    std::fs::write(&secret, "hemlig.utifran@example.com").unwrap();
    set_off(office::entities(path(&secret)));
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_million_elements_in_each_other() {
    set_off(office::deep());
}

#[test]
fn spreadsheets_larger_than_they_look() {
    set_off(office::grids());
}

#[test]
fn packages_that_point() {
    set_off(office::pointing());
}

#[test]
fn archives() {
    set_off(office::archives());
}

#[test]
fn rich_text() {
    set_off(rtf::all());
}

#[test]
fn pdf_rings() {
    set_off(pdf::rings());
}

#[test]
fn pdf_that_grows() {
    set_off(pdf::growing());
}

#[test]
fn pdf_that_claims() {
    set_off(pdf::claims());
}

#[test]
fn pdf_that_shares() {
    set_off(pdf::sharing());
}

#[test]
fn compound_rings() {
    set_off(ole::rings());
}

#[test]
fn binary_documents() {
    set_off(ole::documents());
    set_off(ole::presentations());
    set_off(ole::workbooks());
}
