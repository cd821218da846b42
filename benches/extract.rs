//! What reading costs: every format through the road that `datakarta extract` takes, into an outlet that only counts.
//!
//! Throughput is in bytes of the file, so that the formats can be compared by what a share costs.

#![allow(
    clippy::unwrap_used,
    reason = "there is nothing to measure where a file cannot be read"
)]

mod corpus;
mod count;

use std::fs;
use std::path::{Path, PathBuf};

use count::Count;
use criterion::{Criterion, Throughput};
use datakarta::scan::{self, Limits, Parsers};

const SIZE: usize = 4 << 20;
const SEED: u64 = 4711;

fn read(path: &Path) -> u64 {
    let mut count = Count::default();
    scan::extract(path, &Parsers::here(), &Limits::default(), &mut count).unwrap();
    assert!(count.segments > 0);
    count.text
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion, "extract/text", &texts(folder.path()));
    bench(&mut criterion, "extract/fixture", &fixtures());
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion, name: &str, files: &[(String, PathBuf)]) {
    let mut group = criterion.benchmark_group(name);
    for (name, path) in files {
        group.throughput(Throughput::Bytes(fs::metadata(path).unwrap().len()));
        group.bench_function(name, |b| b.iter(|| read(path)));
    }
    group.finish();
}

/// The same prose in three encodings, and a table.
fn texts(folder: &Path) -> Vec<(String, PathBuf)> {
    let prose = corpus::prose(SIZE, SEED);
    let text = String::from_utf8_lossy(&prose);
    // All the generator's letters lie below U+0100, where windows-1252 and Unicode agree.
    let western = text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    let wide = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    [
        ("utf-8", "txt", prose.clone()),
        ("windows-1252", "txt", western),
        ("utf-16le", "txt", wide),
        ("delimited", "csv", corpus::dense_csv(SIZE, SEED)),
    ]
    .map(|(name, extension, bytes)| {
        let path = folder.join(format!("{name}.{extension}"));
        fs::write(&path, bytes).unwrap();
        (name.to_owned(), path)
    })
    .into()
}

/// The golden files of the formats that are no text.
fn fixtures() -> Vec<(String, PathBuf)> {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
    let mut files = Vec::new();
    for format in ["xlsx", "ods", "xls", "pdf"] {
        let mut of_format: Vec<PathBuf> = fs::read_dir(formats.join(format))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == format))
            .collect();
        of_format.sort();
        files.extend(of_format.into_iter().map(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, path)
        }));
    }
    files
}
