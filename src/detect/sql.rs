//! Values of an SQL dump for the rules of fields: each value of `INSERT INTO kund (kundnr, namn) VALUES ('K-1', 'Ada')`
//! and of the rows below `COPY kund (kundnr, namn) FROM stdin;` has the name of its column for a label.
//!
//! A value of other kinds is found by its form, and then asks for its column backwards (`named`). Values of fields have
//! no form to be found by, so here a tuple is walked forwards from its bracket, and nothing is done where no bracket
//! follows `VALUES` or another tuple.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use super::{Scene, named, value};
use crate::model::{Candidate, ColumnLabels, Evidence, Form, WordRole};
use crate::rules::{Detector as Code, RuleSet};

/// How far from its bracket a value may begin: the look back that every piece of a text has.
const TUPLE: usize = 640;
/// How far below its statement a row of `COPY` may stand.
const ROWS: usize = 28 * 1024;

/// Rules and their labels for each column of a statement.
type Columns = Rc<Vec<Vec<(u16, u16)>>>;

/// The columns of the statement that was looked at last; most statements of a dump have the same.
#[derive(Default)]
pub(super) struct Memory(RefCell<Option<(Vec<String>, Columns)>>);

/// A bracket that may open a tuple stands at `at`.
pub(super) fn at_bracket<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let follows = |head: &[u8]| match head.last() {
        Some(b'S' | b's') => true,
        Some(b',') => head
            .get(..head.len() - 1)
            .unwrap_or_default()
            .trim_ascii_end()
            .ends_with(b")"),
        _ => false,
    };
    let before = scene.bytes.get(at.saturating_sub(8)..at).unwrap_or_default();
    if !follows(before.trim_ascii_end()) || !scene.batch.cells.is_empty() {
        return;
    }
    let Some(names) = named::columns_of(scene, at) else {
        return;
    };
    let columns = columns(scene, names);
    if columns.iter().all(Vec::is_empty) {
        return;
    }
    let mut start = at + 1;
    for labels in columns.iter() {
        while matches!(scene.byte(start), b' ' | b'\n' | b'\r' | b'\t') {
            start += 1;
        }
        if start - at > TUPLE {
            return;
        }
        let Some((range, next)) = one(scene, start) else {
            return;
        };
        tell(scene, labels, range, out);
        match scene.byte(next) {
            b',' => start = next + 1,
            _ => return,
        }
    }
}

/// The value that begins at `start`, and where the sign behind it stands.
fn one(scene: &Scene<'_, '_>, start: usize) -> Option<(Range<usize>, usize)> {
    let limit = scene.bytes.len().min(start + 4 * TUPLE);
    // `N'…'` and `E'…'` are strings too.
    let quote =
        start + usize::from(matches!(scene.byte(start), b'N' | b'E') && scene.byte(start + 1) == b'\'');
    let mut end = quote;
    if scene.byte(quote) == b'\'' {
        end += 1;
        let content = end;
        while end < limit {
            match scene.bytes[end] {
                b'\\' => end += 2,
                b'\'' if scene.byte(end + 1) == b'\'' => end += 2,
                b'\'' => {
                    let mut next = end + 1;
                    while scene.byte(next) == b' ' {
                        next += 1;
                    }
                    return Some((content..end, next));
                }
                _ => end += 1,
            }
        }
        return None;
    }
    while end < limit && !matches!(scene.bytes[end], b',' | b')' | b'(' | b'\'') {
        end += 1;
    }
    (end < limit).then_some((start..end, end))
}

/// The rows below each `COPY … FROM stdin;` that stand within `near`.
pub(super) fn copies<'a>(scene: &Scene<'_, 'a>, near: &Range<usize>, out: &mut Vec<Candidate<'a>>) {
    if !scene.batch.cells.is_empty() {
        return;
    }
    let from = near.start.saturating_sub(ROWS + 1024);
    let until = scene.bytes.len().min(near.end);
    let Some(stretch) = scene.bytes.get(from..until) else {
        return;
    };
    for place in memchr::memmem::find_iter(stretch, b" FROM stdin;") {
        let end = from + place;
        let floor = end.saturating_sub(768);
        let line = scene.bytes.get(floor..end).unwrap_or_default();
        let line = line.rsplit(|&b| b == b'\n').next().unwrap_or_default();
        let (Some(open), true) = (line.iter().position(|&b| b == b'('), line.starts_with(b"COPY ")) else {
            continue;
        };
        if !line.ends_with(b")") {
            continue;
        }
        let names = end - line.len() + open + 1..end - 1;
        let columns = columns(scene, split(scene, &names));
        if columns.iter().any(|labels| !labels.is_empty()) {
            rows(scene, &columns, end, near, out);
        }
    }
}

/// Rows below the statement that ends at `statement`, up to the line that ends them.
fn rows<'a>(
    scene: &Scene<'_, 'a>,
    columns: &Columns,
    statement: usize,
    near: &Range<usize>,
    out: &mut Vec<Candidate<'a>>,
) {
    let limit = scene.bytes.len().min(statement + ROWS).min(near.end);
    let line_end = |at: usize| {
        let rest = scene.bytes.get(at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(scene.bytes.len(), |length| at + length)
    };
    let mut start = line_end(statement) + 1;
    while start < limit {
        let end = line_end(start);
        let line = scene.bytes.get(start..end).unwrap_or_default();
        if line.starts_with(b"\\.") || line.starts_with(b"COPY ") {
            return;
        }
        if end > near.start {
            let mut at = start;
            for (labels, field) in columns.iter().zip(line.split(|&b| b == b'\t')) {
                let range = at..at + field.len();
                at += field.len() + 1;
                if near.contains(&range.start) && range.start < limit {
                    tell(scene, labels, range, out);
                }
            }
        }
        start = end + 1;
    }
}

/// Gives a value to the rules of its column.
fn tell<'a>(scene: &Scene<'_, 'a>, labels: &[(u16, u16)], range: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    if range.is_empty() || range.len() > 4 * TUPLE || scene.text(range.clone()) == "\\N" {
        return;
    }
    for &(index, word) in labels {
        let Some(rule) = scene.engine.rules.get(index) else {
            continue;
        };
        if let Some(found) = value::in_column(scene, rule, range.clone()) {
            let signals = crate::model::Signals::NONE
                .with(Evidence::Column)
                .with(Evidence::Shape);
            scene.push(out, index, found, Form::Field, signals, word);
        }
    }
}

/// The names of a list of columns.
fn split(scene: &Scene<'_, '_>, names: &Range<usize>) -> Vec<String> {
    let text = scene.text(names.clone());
    text.split(',').map(|name| name.trim().to_owned()).collect()
}

fn columns(scene: &Scene<'_, '_>, names: Vec<String>) -> Columns {
    let mut memory = scene.sql.0.borrow_mut();
    if let Some((_, columns)) = memory.as_ref().filter(|(known, _)| *known == names) {
        return Rc::clone(columns);
    }
    let rules = scene.engine.rules;
    let vocabulary = rules.vocabulary();
    let of = |name: &String| match name.len() {
        1..=48 => of_fields(rules, &vocabulary.header(name)),
        _ => Vec::new(),
    };
    let columns: Columns = Rc::new(names.iter().take(256).map(of).collect());
    *memory = Some((names, Rc::clone(&columns)));
    columns
}

fn of_fields(rules: &RuleSet, labels: &ColumnLabels) -> Vec<(u16, u16)> {
    let met = labels.iter().filter(|(_, met)| met.role == WordRole::Label);
    met.filter(|(rule, _)| rules.get(*rule).is_some_and(|rule| rule.detector == Code::Field))
        .map(|(rule, met)| (rule, met.word))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::checks::date::Date;
    use crate::detect::{Batch, Engine};
    use crate::model::{Form, Kind, Seen};

    fn numbers(text: &str) -> Vec<String> {
        let rules = crate::rules::load_builtin().unwrap();
        let today = Date {
            year: 2026,
            month: 11,
            day: 23,
        };
        let engine = Engine::new(&rules, today);
        let batch = Batch {
            text,
            own: 0..text.len(),
            cells: &[],
            columns: &[],
            label: None,
        };
        let mut seen = Seen::default();
        engine.detect(&batch, &mut seen);
        let mine = |c: &&crate::model::Candidate<'_>| c.kind == Kind::CustomerNumber && c.form == Form::Field;
        seen.candidates
            .iter()
            .filter(mine)
            .map(|c| c.value.to_owned())
            .collect()
    }

    #[test]
    fn values_have_the_names_of_their_columns() {
        let list = "INSERT INTO kund (namn, kundnr) VALUES ('Ada, (b)', 'K-101'), ('It''s', 'K-102'),\n(NULL, 'K-103');";
        assert_eq!(numbers(list), ["K-101", "K-102", "K-103"]);
        let copy = "COPY public.kund (namn, kundnr) FROM stdin;\nAda\tK-101\n\\N\tK-102\n\\.\nBo\tK-103\n";
        assert_eq!(numbers(copy), ["K-101", "K-102"]);
        let made = "CREATE TABLE `kund` (\n  `id` int NOT NULL,\n  `kundnr` varchar(12) DEFAULT 'a, b',\n  PRIMARY KEY (`id`)\n);\n\
                    INSERT INTO `kund` VALUES (1,'K-101'),(2,'K-102');";
        assert_eq!(numbers(made), ["K-101", "K-102"]);
        assert_eq!(
            numbers("se bilagorna (namn, K-101), (Ada, K-102)"),
            Vec::<String>::new()
        );
        assert_eq!(
            numbers("INSERT INTO annan VALUES (1,'K-101');"),
            Vec::<String>::new()
        );
    }
}
