//! What the hot path costs: detection and classification of text in memory, beside what merely looking at the same
//! bytes costs.
//!
//! A figure in bytes per second tells of the machine; the table of ratios tells of the code:
//! `cargo bench --bench detect -- --ratios` prints that table alone.

#![allow(clippy::print_stdout, reason = "a bench tells its figures")]
#![allow(
    clippy::unwrap_used,
    reason = "there is nothing to measure without rules or with broken text"
)]

mod corpus;

use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use datakarta::checks::date::Date;
use datakarta::classify::{Memory, Votes, classify};
use datakarta::detect::Engine;
use datakarta::model::{Batch, CELL_END, CellSpan, ROW_END, Seen};
use datakarta::rules::{ColumnLabels, RuleSet, load_builtin};
use datakarta::text::{Encoding, stretches};

const SIZE: usize = 4 << 20;
const SEED: u64 = 4711;
/// Rounds of the table of ratios; the least of them counts.
const ROUNDS: usize = 9;
const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 23,
};
/// As many rows and bytes as the engine gathers before it looks them through.
const BLOCK: (usize, usize) = (1024, 256 * 1024);

/// A text as the engine would hand it on, piece by piece.
struct Material {
    name: &'static str,
    raw: Vec<u8>,
    pieces: Vec<Piece>,
    columns: Vec<ColumnLabels>,
}

#[derive(Default)]
struct Piece {
    text: String,
    own: Range<usize>,
    cells: Vec<CellSpan>,
}

impl Material {
    /// Running text, in the stretches the engine reads it in.
    fn text(name: &'static str, raw: Vec<u8>) -> Self {
        let mut pieces = Vec::new();
        let whole = stretches(&mut &*raw, Encoding::Utf8, 0, &mut |stretch| {
            pieces.push(Piece {
                text: stretch.text.to_owned(),
                own: stretch.own.clone(),
                cells: Vec::new(),
            });
            true
        });
        assert!(whole.unwrap());
        Self {
            name,
            raw,
            pieces,
            columns: Vec::new(),
        }
    }

    /// A delimited table, in blocks of rows.
    fn table(name: &'static str, raw: Vec<u8>, rules: &RuleSet) -> Self {
        let text = String::from_utf8_lossy(&raw).into_owned();
        let mut lines = text.lines();
        let header = lines.next().unwrap().split(';');
        let columns = header.map(|label| rules.vocabulary().header(label)).collect();
        let mut pieces = vec![Piece::default()];
        let mut rows = 0;
        for (row, line) in (2u64..).zip(lines) {
            if rows == BLOCK.0 || pieces.last().unwrap().text.len() >= BLOCK.1 {
                pieces.push(Piece::default());
                rows = 0;
            }
            rows += 1;
            pieces.last_mut().unwrap().push(row, line);
        }
        Self {
            name,
            raw,
            pieces,
            columns,
        }
    }

    fn newlines(&self) -> usize {
        memchr::memchr_iter(b'\n', black_box(&self.raw)).count()
    }

    fn sum(&self) -> u64 {
        black_box(&self.raw).iter().map(|&byte| u64::from(byte)).sum()
    }

    fn look(&self, engine: &Engine<'_>) -> usize {
        let mut votes = Votes::default();
        let mut found = 0;
        let mut memory = Memory::default();
        for piece in &self.pieces {
            let batch = Batch {
                text: black_box(&piece.text),
                own: piece.own.clone(),
                cells: &piece.cells,
                columns: &self.columns,
                label: None,
            };
            let mut seen = Seen::default();
            engine.detect(&batch, &mut seen);
            let votes = (!piece.cells.is_empty()).then_some(&mut votes);
            found += classify(engine.rules(), &batch, &mut seen, votes, &mut memory).len();
        }
        found
    }
}

impl Piece {
    fn push(&mut self, row: u64, line: &str) {
        for (column, cell) in (1u32..).zip(line.split(';')) {
            let start = self.text.len();
            self.text.push_str(cell);
            let end = self.text.len();
            self.text.push(char::from(CELL_END));
            self.cells.push(CellSpan {
                start,
                end,
                column,
                row,
                second_reading: false,
            });
        }
        self.text.push(char::from(ROW_END));
        self.own = 0..self.text.len();
    }
}

fn materials(rules: &RuleSet) -> [Material; 4] {
    [
        Material::text("prose", corpus::prose(SIZE, SEED)),
        Material::table("dense-table", corpus::dense_csv(SIZE, SEED), rules),
        Material::text("dense-text", corpus::dense_csv(SIZE, SEED)),
        Material::text("digit-noise", corpus::digit_noise(SIZE, SEED)),
    ]
}

fn main() {
    let rules = load_builtin().unwrap();
    let engine = Engine::new(&rules, TODAY);
    let materials = materials(&rules);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ratios_alone = arguments.iter().any(|argument| argument == "--ratios");
    // `--ratios --only prose`: for profiling one text.
    let only = arguments
        .iter()
        .position(|argument| argument == "--only")
        .and_then(|at| arguments.get(at + 1));
    let mut materials: Vec<Material> = materials.into();
    materials.retain(|material| only.is_none_or(|name| material.name == name));
    if !ratios_alone {
        let mut criterion = Criterion::default().configure_from_args();
        for material in &materials {
            let mut group = criterion.benchmark_group(format!("detect/{}", material.name));
            group.throughput(Throughput::Bytes(material.raw.len() as u64));
            group.bench_function("detect+classify", |b| b.iter(|| material.look(&engine)));
            group.bench_function("limit/newlines", |b| b.iter(|| material.newlines()));
            group.bench_function("limit/sum", |b| b.iter(|| material.sum()));
            group.finish();
        }
        criterion.final_summary();
    }
    // A plain `cargo bench` ends with the table; a filtered or trial run does not.
    if ratios_alone || arguments == ["--bench"] {
        ratios(&engine, &materials);
    }
}

/// Prints how many times longer than the limits the work takes. All three are measured in turn in every round, so
/// that whatever else the machine does falls on all of them.
fn ratios(engine: &Engine<'_>, materials: &[Material]) {
    println!("\n| text, 4 MiB | found | MiB/s | x newline count | x byte sum |");
    println!("|---|---|---|---|---|");
    for material in materials {
        let mut least = [Duration::MAX; 3];
        let mut found = 0;
        for _ in 0..ROUNDS {
            let (count, ours) = timed(|| material.look(engine));
            let (_, newlines) = timed(|| material.newlines());
            let (_, sum) = timed(|| material.sum());
            found = count;
            for (least, now) in least.iter_mut().zip([ours, newlines, sum]) {
                *least = now.min(*least);
            }
        }
        let [ours, newlines, sum] = least.map(|time| time.as_secs_f64());
        println!(
            "| {} | {found} | {:.0} | {:.1} | {:.1} |",
            material.name,
            material.raw.len() as f64 / ours / f64::from(1 << 20),
            ours / newlines,
            ours / sum,
        );
    }
}

/// What `work` takes of this thread's time; other work on the machine does not count.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = used();
    let result = black_box(work());
    (result, used().saturating_sub(start))
}

fn used() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        now.tv_sec.try_into().unwrap_or(0),
        now.tv_nsec.try_into().unwrap_or(0),
    )
}
