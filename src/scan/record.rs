//! What is written of a hit: its finding, its place in lines, its event.

use super::Options;
use crate::classify::{self, mask, normalise};
use crate::inventory::{Event, Finding};
use crate::model::{Confidence, Kind, Location, Place, Shift, Signals, Text};

/// The keyed hash of a value, however it is written.
pub(super) fn fingerprint(options: &Options, kind: Kind, value: &str, normal: &mut String) -> u64 {
    normal.clear();
    normalise(kind, value, options.today, normal);
    options.key.fingerprint(kind, normal)
}

/// What is known of a hit besides its value.
pub(super) struct Hit<'h> {
    pub(super) kind: Kind,
    pub(super) score: f32,
    pub(super) signals: Signals,
    pub(super) evidence: Vec<String>,
    pub(super) value: &'h str,
    pub(super) fingerprint: u64,
}

/// A finding as it is told.
pub(super) fn finding(options: &Options, hit: Hit<'_>, location: Location) -> Finding {
    let Hit {
        fingerprint,
        kind,
        score,
        signals,
        evidence,
        value,
    } = hit;
    let place = options.policy.place(kind);
    // A secret is not told, whoever asks: it opens what it belongs to.
    let revealed = options.reveal && kind != Kind::Password;
    Finding {
        kind,
        category: place.map(|(c, _)| options.policy.category[c].id.clone()),
        element: place.map(|(c, e)| options.policy.category[c].element[e].id.clone()),
        confidence: Confidence::of(score),
        score: rounded(score),
        severity: classify::severity(kind, signals),
        location,
        evidence,
        masked: mask(kind, value),
        // Worth something only to who has the key: told where the key outlives the run.
        fingerprint: options.lasting_key.then(|| format!("{fingerprint:016x}")),
        value: revealed.then(|| value.to_owned()),
    }
}

/// A score as it is told.
pub(super) fn rounded(score: f32) -> f64 {
    (f64::from(score) * 100.0).round() / 100.0
}

/// Writes an event as one line.
pub(super) fn write_line(lines: &mut Vec<u8>, event: &Event) {
    // Writing plain data into memory cannot fail.
    if serde_json::to_writer(&mut *lines, event).is_ok() {
        lines.push(b'\n');
    }
}

/// The last part of a name without its extension.
pub(super) fn stem(name: &[u8], extension: &str) -> String {
    let name = String::from_utf8_lossy(name);
    let file = name.rsplit('/').next().unwrap_or_default();
    match file
        .len()
        .checked_sub(extension.len() + 1)
        .filter(|_| !extension.is_empty())
    {
        Some(dot) if file.is_char_boundary(dot) => file.get(..dot).unwrap_or_default().to_owned(),
        _ => file.to_owned(),
    }
}

/// Lines and columns of offsets, counted on from one hit to the next: text without hits costs nothing.
pub(super) struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    column: u64,
    /// Shifts behind `at`.
    shifts: &'t [Shift],
}

impl<'t> LineCounter<'t> {
    pub(super) fn new(text: &Text<'t>) -> Self {
        match text.place {
            Place::Lines { line, column, shifts } => Self {
                text: text.text,
                at: text.own.start,
                line,
                column,
                shifts,
            },
            Place::Stretch { line, .. } => Self {
                text: text.text,
                at: text.own.start,
                line,
                column: 1,
                shifts: &[],
            },
            _ => Self {
                text: text.text,
                at: 0,
                line: 1,
                column: 1,
                shifts: &[],
            },
        }
    }

    pub(super) fn at(&mut self, offset: usize) -> (u64, u64) {
        if let Some(between) = self.text.get(self.at..offset) {
            let newlines = memchr::memchr_iter(b'\n', between.as_bytes()).count() as u64;
            let mut from = self.at;
            let last = match between.rsplit_once('\n') {
                Some((before, last)) => {
                    from += before.len() + 1;
                    self.column = 1;
                    last
                }
                None => between,
            };
            let passed = self.shifts.partition_point(|shift| shift.at <= offset);
            let (passed, shifts) = self.shifts.split_at(passed);
            let skipped = passed.iter().filter(|shift| shift.at >= from);
            self.column += (last.chars().count() + skipped.map(|shift| shift.skipped).sum::<usize>()) as u64;
            self.shifts = shifts;
            self.line += newlines;
            self.at = offset;
        }
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_on() {
        let text = Text {
            text: "xx\nåäö 1\n22",
            own: 0..13,
            place: Place::Lines {
                line: 10,
                column: 5,
                shifts: &[],
            },
            label: None,
        };
        let mut counter = LineCounter::new(&text);
        assert_eq!(counter.at(1), (10, 6));
        assert_eq!(counter.at(10), (11, 5));
        assert_eq!(counter.at(13), (12, 2));
    }

    #[test]
    fn columns_are_those_of_the_document() {
        // `&aring;1\n<b>&auml;</b>2 &ouml;3 4`, read.
        let shifts = [(2, 6), (4, 3), (6, 5), (6, 4), (10, 5)].map(|(at, skipped)| Shift { at, skipped });
        let text = Text {
            text: "å1\nä2 ö3 4",
            own: 0..14,
            place: Place::Lines {
                line: 1,
                column: 1,
                shifts: &shifts,
            },
            label: None,
        };
        let columns = [
            (0, 1, 1),
            (2, 1, 8),
            (6, 2, 14),
            (8, 2, 16),
            (10, 2, 22),
            (12, 2, 24),
        ];
        let mut counter = LineCounter::new(&text);
        for (offset, line, column) in columns {
            assert_eq!(counter.at(offset), (line, column));
            assert_eq!(LineCounter::new(&text).at(offset), (line, column));
        }
    }

    #[test]
    fn stems() {
        assert_eq!(stem(b"a/b/kunder.csv.gz", "gz"), "kunder.csv");
        assert_eq!(stem(b"README", ""), "README");
    }
}
