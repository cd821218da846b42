//! What a whole scan costs: a tree of small files through the engine, beside the floor of walking the same tree and
//! opening, reading and closing every file.
//!
//! `cargo bench --bench scan -- --generate WHAT PATH` writes the inputs of `benches/memory.sh` instead: `text`,
//! `line` or `table` of 1 GiB, or `files`, a tree of 100,000 small files.

#![allow(
    clippy::unwrap_used,
    reason = "there is nothing to measure where a file cannot be written or read"
)]

mod corpus;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use criterion::{Criterion, Throughput};
use datakarta::checks::date::Date;
use datakarta::classify::Key;
use datakarta::model::Confidence;
use datakarta::rules::policy::DEFAULT;
use datakarta::rules::{Policy, RuleSet, load_builtin};
use datakarta::scan::{Limits, Options, Parsers, Silent, scan};
use datakarta::walk;

const SEED: u64 = 4711;
const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};
/// Small files in the bench's own tree.
const FILES: u64 = 2_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [flag, what, path] = arguments.as_slice()
        && flag == "--generate"
    {
        generate(what, Path::new(path)).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bytes = small_files(folder.path(), FILES, 64 * 1024, mixed).unwrap();
    let (rules, policy) = (Arc::new(load_builtin().unwrap()), Policy::load(DEFAULT).unwrap());
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("scan/2000-small-files");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.bench_function("floor/walk+open+read+close", |b| b.iter(|| floor(folder.path())));
    for threads in [1, 2] {
        group.bench_function(format!("threads/{threads}"), |b| {
            b.iter(|| through(folder.path(), threads, &rules, &policy));
        });
    }
    group.finish();
    criterion.final_summary();
}

/// One thread that does nothing with what it reads.
fn floor(folder: &Path) -> u64 {
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let mut file = File::open(entry.path()).unwrap();
            // No file is longer than the buffer, so that one read sees it whole.
            bytes += file.read(&mut buffer).unwrap() as u64;
        }
    }
    bytes
}

fn through(folder: &Path, threads: usize, rules: &Arc<RuleSet>, policy: &Policy) -> u64 {
    let options = Options {
        walk: walk::Options {
            roots: vec![folder.to_owned()],
            ..walk::Options::default()
        },
        rules: Arc::clone(rules),
        policy: policy.clone(),
        key: Key::from_material(&[7; 32]).unwrap(),
        today: TODAY,
        least: Confidence::Medium,
        allow: datakarta::AllowList::default(),
        lasting_key: false,
        reveal: false,
        threads,
        max_file_size: None,
        limits: Limits::default(),
        parsers: Parsers::here(),
    };
    let outcome = scan(options, &Arc::new(AtomicUsize::new(0)), Arc::new(Silent), None);
    let coverage = outcome.ok().unwrap().sum.coverage().unwrap();
    assert_eq!(coverage.files.read, FILES);
    coverage.bytes.read
}

/// Writes small files, a hundred to a folder; `content` makes the file of a number and a size.
fn small_files(
    folder: &Path,
    count: u64,
    largest: u64,
    content: impl Fn(u64, usize) -> Vec<u8>,
) -> io::Result<u64> {
    let mut bytes = 0;
    for number in 0..count {
        let below = folder.join(format!("mapp{:04}", number / 100));
        if number % 100 == 0 {
            fs::create_dir_all(&below)?;
        }
        // Squared, so that small ones are many and large ones few, as on a share.
        let share = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        let size = 1024 + (((largest - 1024) * share * share) >> 32) as usize;
        let text = content(number, size);
        fs::write(below.join(format!("fil{number:06}.txt")), &text)?;
        bytes += text.len() as u64;
    }
    Ok(bytes)
}

/// A file of each kind of text in turn.
fn mixed(number: u64, size: usize) -> Vec<u8> {
    match number % 3 {
        0 => corpus::prose(size, SEED + number),
        1 => corpus::dense_csv(size, SEED + number),
        _ => corpus::digit_noise(size, SEED + number),
    }
}

/// Of ten files, three with hits.
fn sparse(number: u64, size: usize) -> Vec<u8> {
    match number % 10 {
        0 => corpus::dense_csv(size.min(2048), SEED + number),
        // The first hit of the prose stands after 2,000 bytes.
        1 | 2 => corpus::prose(size.max(2400), SEED + number),
        3..7 => corpus::prose(size.min(1900), SEED + number),
        _ => corpus::digit_noise(size, SEED + number),
    }
}

fn generate(what: &str, path: &Path) -> io::Result<()> {
    match what {
        "text" => long(path, |seed| corpus::prose(CHUNK, seed)),
        "line" => long(path, |seed| {
            let mut text = corpus::prose(CHUNK, seed);
            text.iter_mut()
                .filter(|byte| **byte == b'\n')
                .for_each(|byte| *byte = b' ');
            text
        }),
        "table" => long(path, |seed| corpus::dense_csv(CHUNK, seed)),
        "files" => small_files(path, 100_000, 8 * 1024, sparse).map(drop),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

const CHUNK: usize = 16 << 20;

/// 1 GiB in pieces that all differ: what a scan remembers of values must not be spared.
fn long(path: &Path, piece: impl Fn(u64) -> Vec<u8>) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut left = 1usize << 30;
    for seed in SEED.. {
        let text = piece(seed);
        // A piece ends between two characters, and at a line's end if it has lines; a table has one header.
        let end = text
            .iter()
            .rposition(|&byte| byte == b'\n' || byte == b' ')
            .map_or(0, |at| at + 1);
        let whole = text.get(..end).unwrap_or_default();
        let end = memchr::memrchr(b'\n', whole).map_or(whole.len(), |at| at + 1);
        let header = if whole.starts_with(b"Kundnr;") && seed > SEED {
            memchr::memchr(b'\n', whole).map_or(0, |at| at + 1)
        } else {
            0
        };
        let part = whole.get(header..end.min(header + left)).unwrap_or_default();
        file.write_all(part)?;
        left -= part.len();
        if left == 0 {
            break;
        }
    }
    Ok(())
}
