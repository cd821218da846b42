//! Every fixture cut, turned and torn: whatever a document has become, it costs itself and nothing else.
//!
//! Two thousand in each run of the tests. `DATAKARTA_MUTANTS=100000 cargo test --test all mutation` does more, a few
//! thousand at a time, with other dice each time.

use std::io::{Cursor, Read, Write};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Dice, Run, adds_up, count, files, fixtures, of, put, text};

/// What one scan is given at once.
const BATCH: usize = 2_000;
/// Nothing that is shown may hold a value: every mail address of these files has this in it.
const CANARY: &str = "@example.";

/// The documents that are torn: name and content.
fn originals() -> Vec<(String, Vec<u8>)> {
    let all = ["formats", "share/backup", "hostile"].map(|folder| files(&fixtures(folder)));
    let named = all.into_iter().flatten().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        let content = std::fs::read(&path).ok()?;
        // Large ones take the time of many.
        (!name.ends_with(".json") && (16..200_000).contains(&content.len())).then_some((name, content))
    });
    let mut named: Vec<_> = named.collect();
    named.sort();
    named
}

/// One way to tear bytes.
fn tear(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let length = bytes.len() as u64;
    let at = |dice: &mut Dice| dice.below(length) as usize;
    match dice.below(8) {
        0 => bytes.truncate(at(dice)),
        1 => {
            let (a, b) = (at(dice), at(dice));
            bytes.drain(a.min(b)..a.max(b));
        }
        2 => {
            // A piece of it twice.
            let (a, b) = (at(dice), at(dice));
            let piece = bytes[a.min(b)..a.max(b).min(a.min(b) + 4096)].to_vec();
            let into = at(dice);
            bytes.splice(into..into, piece);
        }
        3 => {
            // A number, as formats write lengths and offsets.
            let into = at(dice);
            let value = [0u32, 1, 0x7fff_ffff, 0xffff_ffff, 0xffff_fffe, 0x0001_0000][dice.below(6) as usize];
            for (place, byte) in bytes.iter_mut().skip(into).zip(value.to_le_bytes()) {
                *place = byte;
            }
        }
        4 => {
            // A digit that is written: lengths, counts, references in text formats.
            let from = at(dice);
            let digit = (from..bytes.len()).find(|&at| bytes[at].is_ascii_digit());
            if let Some(digit) = digit {
                bytes.splice(digit..digit, *b"99999999");
            }
        }
        _ => {
            for _ in 0..1 << dice.below(8) {
                let place = at(dice);
                bytes[place] ^= 1 << dice.below(8);
            }
        }
    }
}

/// Tears a part of a zip and packs it anew, so that what is torn is what a reader sees, and not only a checksum.
fn tear_inside(bytes: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let chosen = dice.below(archive.len() as u64) as usize;
    let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for index in 0..archive.len().min(500) {
        let mut part = archive.by_index(index).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut content = Vec::new();
        part.by_ref().take(400_000).read_to_end(&mut content).ok()?;
        if index == chosen && !content.is_empty() {
            tear(&mut content, dice);
        }
        packed.start_file(name, stored).ok()?;
        packed.write_all(&content).ok()?;
    }
    Some(packed.finish().ok()?.into_inner())
}

fn batch(originals: &[(String, Vec<u8>)], seed: u64, size: usize) {
    let run = Run::new().file("hel.txt", "Vera Lind, personnummer 19950502-2393\n");
    let mut dice = Dice(seed);
    for number in 0..size {
        let (name, content) = &originals[number % originals.len()];
        let inside = content.starts_with(b"PK") && dice.below(3) > 0;
        let mutant = if inside {
            tear_inside(content, &mut dice)
        } else {
            None
        };
        let mutant = mutant.unwrap_or_else(|| {
            let mut bytes = content.clone();
            tear(&mut bytes, &mut dice);
            bytes
        });
        let extension = name.rsplit('.').next().unwrap();
        put(&run.at(format!("{}/{number}.{extension}", number % 50)), &mutant);
    }
    let ran = run
        .args([
            "scan",
            "tree",
            "--format",
            "jsonl",
            "-vv",
            "--min-confidence",
            "low",
        ])
        .run();
    ran.code(0);
    let lines: Vec<Value> = ran
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let coverage = &lines.last().unwrap()["coverage"];
    adds_up(coverage);
    assert_eq!(
        count(&coverage["files"]["enumerated"]),
        size as u64 + 1,
        "seed {seed}"
    );
    for document in of(&lines, "document") {
        let name = text(&document["path"]);
        let status = text(&document["status"]);
        assert!(name != "hel.txt" || status == "read", "seed {seed}");
    }
    // Where a library panicked the document is told; what is ours does not.
    let died: Vec<_> = of(&lines, "issue")
        .into_iter()
        .filter(|issue| ["parser-died", "timeout"].contains(&text(&issue["reason"])))
        .map(|issue| text(&issue["path"]).to_owned())
        .collect();
    assert!(died.is_empty(), "seed {seed}: {died:?}\n{}", ran.stderr);
    assert!(
        !ran.text().contains(CANARY) && !ran.stderr.contains(CANARY),
        "seed {seed}"
    );
    assert!(ran.took < Duration::from_mins(2));
}

#[test]
fn whatever_a_document_has_become_costs_itself_alone() {
    let originals = originals();
    assert!(originals.len() > 50);
    let wanted = std::env::var("DATAKARTA_MUTANTS")
        .ok()
        .and_then(|n| n.parse().ok());
    let wanted: usize = wanted.unwrap_or(BATCH);
    for (seed, done) in (20_261_126..).zip((0..wanted).step_by(BATCH)) {
        batch(&originals, seed, BATCH.min(wanted - done));
    }
}
