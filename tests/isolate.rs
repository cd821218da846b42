//! Parsers in processes of their own: what happens to one costs one document, and nothing is left of it.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Run, copy, document, fixtures, of, reasons, text};

/// Everything but what may differ between two runs.
fn told(ran: &crate::harness::Ran) -> Vec<String> {
    let events = ran.events();
    let kept = events
        .iter()
        .filter(|event| !["begin", "end"].contains(&text(&event["event"])));
    kept.map(Value::to_string).collect()
}

#[test]
fn what_is_read_does_not_depend_on_where_it_is_read() {
    for folder in ["formats", "share", "hostile"] {
        let run = |which: &str| {
            let run = Run::new();
            copy(&fixtures(folder), &run.dir().join("tree"));
            let ran = run
                .args(["scan", "tree", "--format", "jsonl", "--isolate", which])
                .run();
            ran.code(0);
            told(&ran)
        };
        let always = run("always");
        assert!(always.len() > 20);
        for which in ["auto", "never"] {
            let other = run(which);
            for (one, other) in always.iter().zip(&other) {
                assert_eq!(one, other, "{folder}, {which}");
            }
            assert_eq!(always.len(), other.len());
        }
    }
}

/// A PDF that keeps a parser busy for a while: 4.9 million operators, deflated.
fn slow_pdf() -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &b"q Q ".repeat(2_300_000)).unwrap();
    let content = encoder.finish().unwrap();
    let mut pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n".to_vec();
    pdf.extend(format!("4 0 obj<</Filter/FlateDecode/Length {}>>stream\n", content.len()).bytes());
    pdf.extend(content);
    pdf.extend(b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    pdf
}

/// A scan that is at such files.
struct Busy {
    run: Run,
    child: Child,
}

const SLOW: usize = 6;

impl Busy {
    fn start(more: &[&str]) -> Self {
        let mut run = Run::new().file("zz.txt", "Vera Lind, personnummer 19950502-2393\n");
        let slow = slow_pdf();
        for number in 0..SLOW {
            run = run.file(format!("{number}.pdf"), &slow);
        }
        let args = [
            "scan",
            "tree",
            "--format",
            "jsonl",
            "--threads",
            "1",
            "-o",
            "out.jsonl",
        ];
        let run = run.args(args).args(more);
        let child = run.spawn();
        Self { run, child }
    }

    /// The parser process that is at work, when it has used some time.
    fn parser(&self) -> u32 {
        let began = Instant::now();
        loop {
            let children = format!("/proc/{0}/task/{0}/children", self.child.id());
            let of_main = std::fs::read_to_string(children).unwrap_or_default();
            // Threads have children of their own.
            let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()))
                .into_iter()
                .flatten();
            let all = tasks
                .flatten()
                .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
            let ids = all.chain([of_main]).collect::<String>();
            let busy = ids.split_whitespace().find(|id| ticks(id) >= 5);
            if let Some(id) = busy {
                return id.parse().unwrap();
            }
            assert!(
                began.elapsed() < Duration::from_mins(1),
                "no parser process is at work"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn end(mut self) -> Vec<Value> {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0));
        let lines = std::fs::read_to_string(self.run.dir().join("out.jsonl")).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// How many hundredths of a second a process has worked.
fn ticks(id: &str) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    fields
        .split_whitespace()
        .nth(11)
        .and_then(|field| field.parse().ok())
        .unwrap_or(0)
}

fn signal(name: &str, id: u32) {
    let sent = Command::new("kill")
        .args([name, &id.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// One document bears the reason, the others and the neighbour are read.
fn one_suffers(events: &[Value], reason: &str) {
    let documents = of(events, "document");
    assert_eq!(documents.len(), SLOW + 1);
    let with = |reason: &str| {
        let paths = documents.iter().map(|document| text(&document["path"]));
        paths
            .filter(|path| reasons(events, path).contains(&reason))
            .count()
    };
    for known in ["memory", "parser-died", "timeout"] {
        assert_eq!(with(known), usize::from(known == reason), "{known}");
    }
    assert!(
        events
            .iter()
            .any(|event| event["path"] == "zz.txt" && event["event"] == "finding")
    );
}

#[test]
fn a_process_that_dies_costs_its_document() {
    let busy = Busy::start(&[]);
    signal("-ABRT", busy.parser());
    one_suffers(&busy.end(), "parser-died");
    // The system does that when it has no memory left.
    let busy = Busy::start(&[]);
    signal("-KILL", busy.parser());
    one_suffers(&busy.end(), "memory");
}

#[test]
fn a_process_that_says_nothing_is_ended() {
    let busy = Busy::start(&["--stall-timeout", "2"]);
    let parser = busy.parser();
    signal("-STOP", parser);
    one_suffers(&busy.end(), "timeout");
    assert!(!Path::new(&format!("/proc/{parser}")).exists());
}

#[test]
fn a_process_that_needs_more_memory_than_it_may_is_told_so() {
    let mut pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n".to_vec();
    for number in 3..60 {
        pdf.extend(format!("{number} 0 obj[").bytes());
        pdf.extend(b"[7 8 9] ".repeat(10_000));
        pdf.extend(b"]endobj\n");
    }
    pdf.extend(b"trailer<</Root 1 0 R>>\n%%EOF\n");
    let run = Run::new()
        .file("a.pdf", pdf)
        .file("b.txt", "Vera Lind, personnummer 19950502-2393\n");
    let ran = run
        .args(["scan", "tree", "--format", "jsonl", "--parser-memory", "64M"])
        .run();
    ran.code(0);
    assert_eq!(reasons(&ran.events(), "a.pdf"), ["memory"]);
    assert_eq!(text(&document(&ran.events(), "b.txt")["status"]), "read");
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_parser_process_can_reach_nothing() {
    let busy = Busy::start(&["--parser-memory", "256M"]);
    let parser = busy.parser();
    let limits = std::fs::read_to_string(format!("/proc/{parser}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let value = line.strip_prefix(name).unwrap().split_whitespace().next();
        value.unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(limit("Max core file size"), 0);
    assert_eq!(limit("Max file size"), 0);
    assert_eq!(limit("Max processes"), 0);
    assert_eq!(limit("Max data size"), 256 << 20);
    let mut open = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{parser}/fd")).unwrap().flatten() {
        let number: u64 = entry.file_name().to_str().unwrap().parse().unwrap();
        let target = std::fs::read_link(entry.path()).unwrap();
        open.push((number, target.to_string_lossy().into_owned()));
    }
    open.sort();
    // What the tests themselves were started with is in every process.
    open.retain(|(number, _)| {
        let inherited = format!("/proc/self/fd/{number}");
        *number < 4 || std::fs::read_link(inherited).is_err()
    });
    // The socket, no output, the pipe for last words, the document; no number is free for anything else.
    assert_eq!(open.len(), 4, "{open:?}");
    assert_eq!(limit("Max open files"), 4);
    assert!(open[0].1.starts_with("socket:") && open[1].1 == "/dev/null" && open[2].1.starts_with("pipe:"));
    assert!(open[3].1.ends_with(".pdf"));
    let status = std::fs::read_to_string(format!("/proc/{parser}/status")).unwrap();
    assert!(status.lines().any(|line| line == "NoNewPrivs:\t1"));
    assert_eq!(std::fs::read(format!("/proc/{parser}/environ")).unwrap(), b"");
    // Without the engine there is nothing to do for it.
    signal("-KILL", busy.child.id());
    let began = Instant::now();
    while ticks(&parser.to_string()) > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "it lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut child = busy.child;
    child.wait().unwrap();
}

#[test]
fn the_command_of_the_processes_is_of_no_use_by_hand() {
    let ran = Run::new().args(["parser-process", "1000"]).run();
    ran.code(2);
    assert!(ran.stderr.contains("datakarta scan"), "{}", ran.stderr);
}
