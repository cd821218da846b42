//! The values of a column that an SQL statement names: `INSERT INTO konto (namn, login) VALUES ('…', '…')`,
//! `COPY konto (namn, login) FROM stdin;`. Detectors whose values begin with letters have no anchor in them; they start
//! from the name of the column.

use std::ops::Range;

use super::Scene;

/// How far the names of the columns and one row reach, in bytes.
const LINE: usize = 768;
/// How far the rows are followed.
const REACH: usize = 16 * 1024;
/// How many rows at most.
const ROWS: usize = 100;

/// The values under the name at `label`; empty where it is no column of a statement.
pub(super) fn after(scene: &Scene<'_, '_>, label: &Range<usize>) -> Vec<Range<usize>> {
    let mut end = label.end;
    end += usize::from(matches!(scene.byte(end), b'"' | b'`' | b']'));
    while scene.byte(end) == b' ' {
        end += 1;
    }
    if !matches!(scene.byte(end), b',' | b')') {
        return Vec::new();
    }
    statement(scene, label.start, end).unwrap_or_default()
}

fn statement(scene: &Scene<'_, '_>, start: usize, end: usize) -> Option<Vec<Range<usize>>> {
    let floor = start.saturating_sub(LINE);
    let before = scene.bytes.get(floor..start)?;
    let open = before.iter().rposition(|&b| b == b'(')?;
    let names = before.get(open + 1..)?;
    if names
        .iter()
        .any(|b| matches!(b, b')' | b';' | b'\'' | b'=' | b'{'))
    {
        return None;
    }
    let index = names.iter().filter(|&&b| b == b',').count();
    let head = before.get(..open)?.trim_ascii_end();
    let head = head.get(head.len().saturating_sub(96)..)?.to_ascii_uppercase();
    let rest = scene.bytes.get(end..scene.bytes.len().min(end + LINE))?;
    let close = end + rest.iter().position(|&b| b == b')')? + 1;
    let tail = scene.bytes.get(close..scene.bytes.len().min(close + 32))?;
    let tail = tail.to_ascii_uppercase();
    let tail = tail.trim_ascii_start();
    if memchr::memmem::rfind(&head, b"INSERT").is_some() || memchr::memmem::rfind(&head, b"REPLACE").is_some()
    {
        let values = tail.starts_with(b"VALUES").then_some(())?;
        let () = values;
        return Some(tuples(scene, close, index));
    }
    let copy = memchr::memmem::rfind(&head, b"COPY").is_some() && tail.starts_with(b"FROM STDIN");
    copy.then(|| lines(scene, close, index))
}

/// The values of a place in `(…), (…);`.
fn tuples(scene: &Scene<'_, '_>, from: usize, index: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let limit = scene.bytes.len().min(from + REACH);
    let mut at = from;
    let (mut depth, mut place, mut quoted, mut start) = (0usize, 0usize, false, from);
    while at < limit && found.len() < ROWS {
        let byte = scene.bytes[at];
        match byte {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' => {
                depth += 1;
                if depth == 1 {
                    (place, start) = (0, at + 1);
                }
            }
            b',' | b')' if depth == 1 => {
                if place == index {
                    found.extend(bare(scene, start..at));
                }
                place += 1;
                start = at + 1;
                depth -= usize::from(byte == b')');
            }
            b')' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    found
}

/// The values of a place in the lines after `FROM stdin;`, up to `\.`.
fn lines(scene: &Scene<'_, '_>, from: usize, index: usize) -> Vec<Range<usize>> {
    let limit = scene.bytes.len().min(from + REACH);
    let mut found = Vec::new();
    let mut at = from;
    let text = scene.bytes.get(from..limit).unwrap_or_default();
    for line in text.split(|&b| b == b'\n').take(ROWS) {
        if line.starts_with(b"\\.") {
            break;
        }
        let mut start = at;
        // The line of the statement itself has no tabs, and so no such place unless it is the first.
        for (place, field) in line.split(|&b| b == b'\t').enumerate() {
            if place == index && at > from {
                found.extend(bare(scene, start..start + field.len()));
            }
            start += field.len() + 1;
        }
        at += line.len() + 1;
    }
    found
}

/// Without spaces and quotation marks.
fn bare(scene: &Scene<'_, '_>, range: Range<usize>) -> Option<Range<usize>> {
    let text = scene.text(range.clone());
    let lead = text.len() - text.trim_start_matches([' ', '\n', '\r', '\'', '"', 'N']).len();
    // `N'…'` is a string; an N of its own is a letter.
    let lead = if text.trim_start().starts_with('N') && !text.trim_start().starts_with("N'") {
        text.len() - text.trim_start().len()
    } else {
        lead
    };
    let body = text.get(lead..)?.trim_end_matches([' ', '\r', '\'', '"']);
    let value = range.start + lead..range.start + lead + body.len();
    (!body.is_empty() && body != "NULL" && body != "\\N").then_some(value)
}
