//! What formats cost, each beside the fastest independent reader there is here, in the same run.
//!
//! `cargo bench --bench formats -- FOLDER...` measures the files of these folders, and the fixtures where none is
//! named. Shares of time tell of the code, seconds tell of the machine: only the shares are worth writing down.

#![allow(clippy::print_stdout, reason = "a bench tells its figures")]
#![allow(
    clippy::unwrap_used,
    reason = "there is nothing to measure where a file cannot be read"
)]

mod count;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use calamine::{Reader, Xlsx, open_workbook};
use count::Count;
use datakarta::scan::{self, Isolation, Limits, Parsers};

/// Rounds; the least of them counts.
const ROUNDS: usize = 3;

/// What the files of a format cost together.
#[derive(Default)]
struct Cost {
    file: u64,
    text: u64,
    /// Processor time of reading in this process.
    here: Duration,
    /// Time of day of the same.
    clock: Duration,
    /// Time of day of reading in a parser process.
    apart: Duration,
}

fn main() {
    let folders: Vec<PathBuf> = std::env::args_os()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .map(PathBuf::from)
        .collect();
    let folders = if folders.is_empty() {
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats")]
    } else {
        folders
    };
    let limits = Limits::default();
    let (here, program) = (Parsers::here(), env!("CARGO_BIN_EXE_datakarta"));
    let apart = Parsers::of(program, Isolation::Always, &limits).unwrap();
    let mut formats: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for path in folders.iter().flat_map(|folder| files(folder)) {
        let mut count = Count::default();
        let read = scan::extract(&path, &here, &limits, &mut count);
        if let (Ok(format), true) = (read, count.segments > 0) {
            formats.entry(format).or_default().push(path);
        }
    }
    println!(
        "{:<10} {:>6} {:>10} {:>10} {:>9}  processor time beside another reader",
        "format", "files", "MB/s file", "MB/s text", "isolated"
    );
    for (format, files) in formats {
        let mut cost = Cost::default();
        for path in &files {
            measure(path, &mut cost, &here, &apart, &limits);
        }
        let speed = |bytes: u64| bytes as f64 / 1e6 / cost.here.as_secs_f64();
        println!(
            "{format:<10} {:>6} {:>10.1} {:>10.1} {:>8.2}x  {}",
            files.len(),
            speed(cost.file),
            speed(cost.text),
            cost.apart.as_secs_f64() / cost.clock.as_secs_f64(),
            beside(format, &files, cost.here).unwrap_or_default(),
        );
    }
}

fn measure(path: &Path, cost: &mut Cost, here: &Parsers, apart: &Parsers, limits: &Limits) {
    let (mut least, mut clock, mut elsewhere) = (Duration::MAX, Duration::MAX, Duration::MAX);
    let mut text = 0;
    for _ in 0..ROUNDS {
        let mut count = Count::default();
        let (began, at) = (thread_time(), Instant::now());
        let _ = scan::extract(path, here, limits, &mut count);
        least = least.min(thread_time().saturating_sub(began));
        clock = clock.min(at.elapsed());
        text = count.text;
        let at = Instant::now();
        let _ = scan::extract(path, apart, limits, &mut Count::default());
        elsewhere = elsewhere.min(at.elapsed());
    }
    cost.file += fs::metadata(path).unwrap().len();
    cost.text += text;
    cost.here += least;
    cost.clock += clock;
    cost.apart += elsewhere;
}

/// The time of the fastest independent reader of a format, and ours as a share of it.
fn beside(format: &str, files: &[PathBuf], ours: Duration) -> Option<String> {
    let share = |name: &str, theirs: Duration| {
        // The system counts in hundredths of a second: too few files tell nothing.
        if theirs < Duration::from_millis(100) {
            return format!("too few files for {name}");
        }
        let share = ours.as_secs_f64() / theirs.as_secs_f64();
        format!("{share:.2} x {name}")
    };
    match format {
        "pdf" => {
            let theirs = program("pdftotext", &["-q"], files, &["-"])?;
            Some(share("pdftotext", theirs))
        }
        "xlsx" => Some(share("calamine's cells alone", cells(files))),
        "docx" | "pptx" | "odt" | "odp" | "ods" | "epub" => {
            let theirs = program("unzip", &["-p", "-qq"], files, &[])?;
            Some(share("unzip -p", theirs))
        }
        "doc" => Some(share("catdoc", program("catdoc", &[], files, &[])?)),
        "ppt" => Some(share("catppt", program("catppt", &[], files, &[])?)),
        "xls" => Some(share("xls2csv", program("xls2csv", &[], files, &[])?)),
        "rtf" => Some(share("unrtf", program("unrtf", &["--text"], files, &[])?)),
        _ => None,
    }
}

/// Processor time of a program over all files, its starts (measured without a file) taken off.
fn program(name: &str, before: &[&str], files: &[PathBuf], after: &[&str]) -> Option<Duration> {
    let run = |path: Option<&PathBuf>| {
        let status = Command::new(name)
            .args(before)
            .args(path)
            .args(path.map_or(&[][..], |_| after))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.ok()
    };
    // The system counts in hundredths: only many starts together can be told.
    let many = 64;
    let began = children_time();
    for _ in 0..many {
        run(None)?;
    }
    let start = children_time().saturating_sub(began) / many;
    let round = || {
        let began = children_time();
        for path in files {
            let _ = run(Some(path));
        }
        let starts = start * u32::try_from(files.len()).unwrap_or(u32::MAX);
        children_time().saturating_sub(began).saturating_sub(starts)
    };
    (0..ROUNDS).map(|_| round()).min()
}

/// Processor time of calamine's own streaming reader over all cells.
fn cells(files: &[PathBuf]) -> Duration {
    let read = |path: &PathBuf| {
        let began = thread_time();
        if let Ok(mut book) = open_workbook::<Xlsx<_>, _>(path) {
            for sheet in book.sheet_names() {
                if let Ok(mut cells) = book.worksheet_cells_reader(&sheet) {
                    while let Ok(Some(cell)) = cells.next_cell() {
                        std::hint::black_box(cell.get_value());
                    }
                }
            }
        }
        thread_time().saturating_sub(began)
    };
    files
        .iter()
        .map(|path| (0..ROUNDS).map(|_| read(path)).min().unwrap_or_default())
        .sum()
}

fn thread_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}

/// Processor time of all programs that were waited for, in the hundredths that the system counts.
fn children_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Duration::from_millis(fields.iter().sum::<u64>() * 10)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_none_or(|extension| extension != "json"))
        .collect();
    found.sort();
    found
}
