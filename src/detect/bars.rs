//! The cells of a table that is drawn with bars in a text (`| Namn | Login |`, as in Markdown), below one of its headers.
//!
//! The words of a header are met where it stands; from there its column is followed down.

use std::ops::Range;

use super::Scene;

/// How far the header reaches before the label, in bytes.
const LINE: usize = 768;
/// How far the rows are followed.
const REACH: usize = 16 * 1024;
/// How many rows at most.
const ROWS: usize = 100;

/// The cells under the header at `label`; empty where it is none.
pub(super) fn below(scene: &Scene<'_, '_>, label: &Range<usize>) -> Vec<Range<usize>> {
    let rest = scene.bytes.get(label.end..).unwrap_or_default();
    let bar = rest.iter().take(8).find(|b| **b != b' ') == Some(&b'|');
    let cells = bar.then(|| piped(scene, label.start)).flatten();
    cells.unwrap_or_default()
}

/// The next line is the rule `|---|---|`.
fn piped(scene: &Scene<'_, '_>, label: usize) -> Option<Vec<Range<usize>>> {
    let floor = label.saturating_sub(LINE);
    let before = scene.bytes.get(floor..label)?;
    let start = floor + before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let header = scene.bytes.get(start..label)?;
    if header.trim_ascii_start().first() != Some(&b'|') {
        return None;
    }
    let index = memchr::memchr_iter(b'|', header).count();
    let limit = scene.bytes.len().min(label + REACH);
    let end = label + scene.bytes.get(label..limit)?.iter().position(|&b| b == b'\n')? + 1;
    let mut at = end;
    let mut found = Vec::new();
    for (row, line) in scene
        .bytes
        .get(end..limit)?
        .split(|&b| b == b'\n')
        .take(ROWS)
        .enumerate()
    {
        let rule = |b: &u8| matches!(*b, b'|' | b'-' | b':' | b' ' | b'\r');
        if row == 0 && !(line.len() > 2 && line.iter().all(rule)) {
            return None;
        }
        if line.trim_ascii_start().first() != Some(&b'|') {
            break;
        }
        let mut place = at;
        for (count, field) in line.split(|&b| b == b'|').enumerate() {
            if row > 0 && count == index {
                found.extend(inside(scene, place..place + field.len()));
            }
            place += field.len() + 1;
        }
        at += line.len() + 1;
    }
    Some(found)
}

/// A cell without the spaces and marks around it.
fn inside(scene: &Scene<'_, '_>, range: Range<usize>) -> Option<Range<usize>> {
    let text = scene.text(range.clone());
    let around = |c: char| c.is_whitespace() || matches!(c, '`' | '*');
    let lead = text.len() - text.trim_start_matches(around).len();
    let body = text.trim_matches(around);
    (!body.is_empty()).then(|| range.start + lead..range.start + lead + body.len())
}
