//! Labelled cases, and what share of them comes out right: the measuring stick of `rules score`.
//!
//! A case is a line of JSON: a text, a row or a table, and all that is to be found in it. Values are judged one by one
//! and to the letter; what is said of a person (`Role::Statement`) is judged by presence, once per kind and case, since
//! which word of a complaint says that it is one is a matter of taste.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::prove::{self, Found};
use crate::classify::mask;
use crate::detect::Engine;
use crate::model::{Confidence, Kind, Role};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    text: Option<String>,
    row: Option<Vec<Labelled>>,
    header: Option<Vec<String>>,
    rows: Option<Vec<Vec<String>>>,
    finds: Vec<Find>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    #[serde(default)]
    label: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Find {
    kind: Kind,
    value: String,
    #[serde(rename = "min")]
    _min: Option<Confidence>,
    #[serde(rename = "label")]
    _label: Option<String>,
}

/// Right and wrong findings of a band.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Findings that were to be made.
    pub right: u32,
    /// Findings that were not.
    pub wrong: u32,
}

impl Tally {
    /// The share of right ones, 1 where there are none at all.
    pub fn precision(self) -> f64 {
        match self.right + self.wrong {
            0 => 1.0,
            all => f64::from(self.right) / f64::from(all),
        }
    }
}

/// How the cases of one kind come out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Findings that are to be made.
    pub expected: u32,
    /// What came out at high confidence.
    pub high: Tally,
    /// What came out at medium confidence.
    pub medium: Tally,
}

impl Score {
    /// High and medium together.
    pub fn reported(self) -> Tally {
        Tally {
            right: self.high.right + self.medium.right,
            wrong: self.high.wrong + self.medium.wrong,
        }
    }

    /// The share of what is to be found that was found, 1 where there is nothing to find.
    pub fn recall(self) -> f64 {
        match self.expected {
            0 => 1.0,
            expected => f64::from(self.reported().right) / f64::from(expected),
        }
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        let (precision, recall) = (self.reported().precision(), self.recall());
        if precision + recall > 0.0 {
            2.0 * precision * recall / (precision + recall)
        } else {
            0.0
        }
    }

    fn of(&mut self, band: Confidence) -> &mut Tally {
        if band == Confidence::High {
            &mut self.high
        } else {
            &mut self.medium
        }
    }
}

/// A finding that was missed, or made and should not have been.
#[derive(Debug, Clone)]
pub struct Miss {
    /// The case.
    pub case: String,
    /// The kind.
    pub kind: Kind,
    /// `missed` or `wrong`.
    pub what: &'static str,
    /// The value; masked unless it was asked for.
    pub value: String,
    /// What came of it: score and evidence.
    pub came: String,
}

/// How a folder of cases comes out.
#[derive(Debug, Default)]
pub struct Report {
    /// How many cases.
    pub cases: usize,
    /// Per kind.
    pub kinds: BTreeMap<Kind, Score>,
    /// What came out otherwise.
    pub misses: Vec<Miss>,
}

/// Why cases cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The folder or a file in it.
    #[error("`{}` cannot be read; name a folder of `*.jsonl` files, or one such file", .0.display())]
    Unreadable(PathBuf),
    /// No cases.
    #[error("`{}` holds no `*.jsonl` file with cases", .0.display())]
    Empty(PathBuf),
    /// A line that is no case. What it holds is not told: cases of your own may hold real data.
    #[error("{}:{line}:{column}: no case; a case has `id`, `finds`, and one of `text`, `row` and `rows`", file.display())]
    NoCase {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
}

/// Judges all cases of a folder (or of one file). `reveal` puts raw values into the misses.
pub fn score(engine: &Engine<'_>, path: &Path, reveal: bool) -> Result<Report, ScoreError> {
    let unreadable = |_| ScoreError::Unreadable(path.to_owned());
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            files.push(entry.map_err(unreadable)?.path());
        }
        files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut report = Report::default();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|_| ScoreError::Unreadable(file.clone()))?;
        for (line, text) in (1..)
            .zip(text.lines())
            .filter(|(_, text)| !text.trim().is_empty())
        {
            let no_case = |column| ScoreError::NoCase {
                file: file.clone(),
                line,
                column,
            };
            let case: Case = serde_json::from_str(text).map_err(|error| no_case(error.column()))?;
            let found = look(engine, &case).ok_or_else(|| no_case(1))?;
            report.judge(&case, &found, reveal);
        }
    }
    if report.cases == 0 {
        return Err(ScoreError::Empty(path.to_owned()));
    }
    Ok(report)
}

fn look(engine: &Engine<'_>, case: &Case) -> Option<Vec<Found>> {
    match (&case.text, &case.row, &case.rows) {
        (Some(text), None, None) => Some(prove::text(engine, text, None)),
        (None, Some(row), None) => {
            let header: Vec<_> = row.iter().map(|cell| cell.label.clone()).collect();
            let cells = row.iter().map(|cell| cell.text.clone()).collect();
            Some(prove::table(engine, &header, &[cells]))
        }
        (None, None, Some(rows)) => Some(prove::table(
            engine,
            case.header.as_deref().unwrap_or_default(),
            rows,
        )),
        _ => None,
    }
}

impl Report {
    /// All kinds together: what the bands are worth.
    pub fn total(&self) -> Score {
        let mut total = Score::default();
        for score in self.kinds.values() {
            total.expected += score.expected;
            for (sum, band) in [(&mut total.high, score.high), (&mut total.medium, score.medium)] {
                sum.right += band.right;
                sum.wrong += band.wrong;
            }
        }
        total
    }

    fn judge(&mut self, case: &Case, all: &[Found], reveal: bool) {
        self.cases += 1;
        let mut left: Vec<&Found> = all
            .iter()
            .filter(|f| f.confidence >= Confidence::Medium)
            .collect();
        // The surest first, so that a statement told several times counts as the surest of them.
        left.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut judged: Vec<Kind> = Vec::new();
        for find in &case.finds {
            let statement = find.kind.role() == Role::Statement;
            if statement && judged.contains(&find.kind) {
                continue;
            }
            judged.push(find.kind);
            let fits = |f: &&Found| f.kind == find.kind && (statement || f.value == find.value);
            let score = self.kinds.entry(find.kind).or_default();
            score.expected += 1;
            if let Some(at) = left.iter().position(fits) {
                score.of(left[at].confidence).right += 1;
                left.remove(at);
                if statement {
                    left.retain(|f| f.kind != find.kind);
                }
            } else {
                let near = |f: &&Found| {
                    f.kind == find.kind || f.value.contains(&find.value) || find.value.contains(&f.value)
                };
                let came: Vec<_> = all.iter().filter(near).map(|f| told(f, reveal)).collect();
                self.miss(
                    case,
                    find.kind,
                    "missed",
                    shown(find.kind, &find.value, reveal),
                    came.join("; "),
                );
            }
        }
        let mut extra: Vec<Kind> = Vec::new();
        for wrong in left {
            let statement = wrong.kind.role() == Role::Statement;
            if statement && extra.contains(&wrong.kind) {
                continue;
            }
            extra.push(wrong.kind);
            self.kinds
                .entry(wrong.kind)
                .or_default()
                .of(wrong.confidence)
                .wrong += 1;
            self.miss(
                case,
                wrong.kind,
                "wrong",
                shown(wrong.kind, &wrong.value, reveal),
                told(wrong, reveal),
            );
        }
    }

    fn miss(&mut self, case: &Case, kind: Kind, what: &'static str, value: String, came: String) {
        self.misses.push(Miss {
            case: case.id.clone(),
            kind,
            what,
            value,
            came,
        });
    }
}

fn shown(kind: Kind, value: &str, reveal: bool) -> String {
    if reveal {
        value.to_owned()
    } else {
        mask(kind, value)
    }
}

fn told(found: &Found, reveal: bool) -> String {
    let value = shown(found.kind, &found.value, reveal);
    format!(
        "{} `{value}` {:.2} {}",
        found.kind,
        found.score,
        found.evidence.join(" ")
    )
}
