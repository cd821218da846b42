//! What names a value that stands in a list within running text: the column of an SQL statement
//! (`INSERT INTO kund (pnr, tel) VALUES ('…', '…')`, `COPY kund (pnr, tel) FROM stdin;`) or the header line above
//! pasted rows (`namn;mobil`).
//!
//! Looked up backwards from a candidate and never further than [`REACH`] and two [`LINE`]s (30 KiB, within the 32 KiB of context a stretch has), so that a text read in pieces says the
//! same as the whole; what one look learnt serves the next, so that a dump costs one pass and not one per value.

use std::cell::Cell;
use std::ops::Range;

use super::Scene;

/// How far back a name may stand.
const REACH: usize = 28 * 1024;
/// How long a line or a tuple may be.
const LINE: usize = 768;

/// What earlier looks learnt.
#[derive(Default)]
pub(super) struct Memory {
    values: Cell<Option<Values>>,
    block: Cell<Option<Block>>,
}

/// The last `VALUES` before `upto`.
#[derive(Clone, Copy)]
struct Values {
    upto: usize,
    at: Option<usize>,
}

/// Lines with the same number of delimiters: the first of them, and the last that was looked at.
#[derive(Clone, Copy)]
struct Block {
    delimiter: u8,
    count: usize,
    top: usize,
    last: usize,
    /// `top` is known to be the first line; otherwise the lines go on further up than is looked.
    whole: bool,
}

/// The name of the column a value of running text stands in.
pub(super) fn name_of(scene: &Scene<'_, '_>, value: &Range<usize>) -> Option<Range<usize>> {
    let mut start = value.start;
    if start > 0 && matches!(scene.bytes[start - 1], b'\'' | b'"' | b'`') {
        start -= 1;
    }
    let mut before = start;
    while before > 0 && scene.bytes[before - 1] == b' ' && start - before < 2 {
        before -= 1;
    }
    let delimiter = if before == 0 {
        b'\n'
    } else {
        scene.bytes[before - 1]
    };
    match delimiter {
        b'(' => in_statement(scene, start),
        b',' => in_statement(scene, start).or_else(|| in_lines(scene, start, b',')),
        b';' | b'\t' | b'|' => in_lines(scene, start, delimiter),
        b'\n' => {
            let mut end = value.end;
            if matches!(scene.byte(end), b'\'' | b'"') {
                end += 1;
            }
            let next = scene.byte(end);
            matches!(next, b';' | b'\t' | b'|' | b',').then(|| in_lines(scene, start, next))?
        }
        _ => None,
    }
}

/// The column of a value in `INSERT INTO … (names) VALUES (…), (…)`.
fn in_statement(scene: &Scene<'_, '_>, start: usize) -> Option<Range<usize>> {
    let (open, index) = tuple_start(scene, start)?;
    let head = scene.bytes.get(..open)?.trim_ascii_end();
    let follows = match head.last()? {
        b'S' | b's' => true,
        b',' => head.get(..head.len() - 1)?.trim_ascii_end().ends_with(b")"),
        _ => false,
    };
    if !follows {
        return None;
    }
    let values = values_before(scene, open)?;
    let head = scene.bytes.get(..values)?.trim_ascii_end();
    let close = head.len().checked_sub(1).filter(|_| head.ends_with(b")"))?;
    let floor = close.saturating_sub(LINE);
    let names = head.get(floor..close)?;
    let open = floor + names.iter().rposition(|&b| b == b'(')? + 1;
    nth(scene, open..close, b',', index)
}

/// Where the bracket around a value opens, and how many values stand before it.
fn tuple_start(scene: &Scene<'_, '_>, start: usize) -> Option<(usize, usize)> {
    let floor = start.saturating_sub(LINE);
    let (mut i, mut commas, mut quoted) = (start, 0, false);
    while i > floor {
        i -= 1;
        match scene.bytes[i] {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => return Some((i, commas)),
            b',' if !quoted => commas += 1,
            b';' | b')' if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// The nearest `VALUES` before `at`.
fn values_before(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let memory = scene.named.values.get();
    let floor = at.saturating_sub(REACH);
    let known = memory.filter(|known| known.upto <= at && known.upto > floor);
    let from = known.map_or(floor, |known| known.upto.saturating_sub(5));
    let stretch = scene.bytes.get(from..at)?;
    let found = stretch
        .windows(6)
        .rposition(|word| matches!(word[0], b'V' | b'v') && word.eq_ignore_ascii_case(b"VALUES"))
        .map(|place| from + place)
        .or_else(|| known.and_then(|known| known.at));
    if memory.is_none_or(|memory| memory.upto <= at) {
        scene.named.values.set(Some(Values { upto: at, at: found }));
    }
    found.filter(|&place| place >= floor)
}

/// The field of the header line above the rows a value stands in.
fn in_lines(scene: &Scene<'_, '_>, start: usize, delimiter: u8) -> Option<Range<usize>> {
    let line = line_start(scene, start)?;
    let index = count(scene.bytes.get(line..start)?, delimiter);
    let top = top_of(scene, line, delimiter)?;
    if let Some(names) = copy_names(scene, top) {
        return nth(scene, names, b',', index);
    }
    if top == line {
        return None;
    }
    let end = line_end(scene, top)?;
    nth(scene, top..end, delimiter, index)
}

/// The first line of the rows that `line` belongs to.
fn top_of(scene: &Scene<'_, '_>, line: usize, delimiter: u8) -> Option<usize> {
    let own = count(scene.bytes.get(line..line_end(scene, line)?)?, delimiter);
    let floor = line.saturating_sub(REACH);
    let memory = scene
        .named
        .block
        .get()
        .filter(|block| block.delimiter == delimiter && block.count == own && block.last <= line);
    let mut top = line;
    let mut whole = false;
    while top > floor {
        if let Some(block) = memory.filter(|block| block.last == top) {
            top = block.top;
            whole = block.whole;
            break;
        }
        let Some(above) = line_start(scene, top - 1) else {
            whole = true;
            break;
        };
        if count(scene.bytes.get(above..top - 1)?, delimiter) != own {
            whole = true;
            break;
        }
        top = above;
    }
    let whole = whole || top == 0;
    scene.named.block.set(Some(Block {
        delimiter,
        count: own,
        top,
        last: line,
        whole,
    }));
    (whole && top >= floor).then_some(top)
}

/// The names in `COPY kund (pnr, tel) FROM stdin;` on the line above `top`.
fn copy_names(scene: &Scene<'_, '_>, top: usize) -> Option<Range<usize>> {
    let end = top.checked_sub(1)?;
    let above = line_start(scene, end)?;
    let line = scene.bytes.get(above..end)?;
    if !line.get(..5)?.eq_ignore_ascii_case(b"COPY ") {
        return None;
    }
    let open = line.iter().position(|&b| b == b'(')?;
    let close = line
        .iter()
        .rposition(|&b| b == b')')
        .filter(|&close| close > open)?;
    Some(above + open + 1..above + close)
}

fn nth(scene: &Scene<'_, '_>, names: Range<usize>, delimiter: u8, index: usize) -> Option<Range<usize>> {
    let mut start = names.start;
    for (place, name) in scene.bytes.get(names)?.split(|&b| b == delimiter).enumerate() {
        if place == index {
            let lead = name.len() - name.trim_ascii_start().len();
            return Some(start + lead..start + lead + name.trim_ascii().len());
        }
        start += name.len() + 1;
    }
    None
}

fn count(bytes: &[u8], delimiter: u8) -> usize {
    bytes.iter().map(|&b| usize::from(b == delimiter)).sum()
}

/// Where the line of `at` begins; `None` when it is longer than a line of a list is.
fn line_start(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let floor = at.saturating_sub(LINE);
    let before = scene.bytes.get(floor..at)?;
    match before.iter().rposition(|&b| b == b'\n') {
        Some(place) => Some(floor + place + 1),
        None if floor == 0 => Some(0),
        None => None,
    }
}

fn line_end(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let rest = scene.bytes.get(at..scene.bytes.len().min(at + LINE))?;
    match rest.iter().position(|&b| b == b'\n') {
        Some(place) => Some(at + place),
        None if at + LINE >= scene.bytes.len() => Some(scene.bytes.len()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::date::Date;
    use crate::detect::{Batch, Engine};

    fn name(text: &str) -> Option<String> {
        let rules = crate::rules::load_builtin().unwrap();
        let engine = Engine::new(
            &rules,
            Date {
                year: 2026,
                month: 11,
                day: 23,
            },
        );
        let batch = Batch {
            text,
            own: 0..text.len(),
            cells: &[],
            columns: &[],
            label: None,
        };
        let scene = Scene::new(&engine, &batch);
        let at = text.find('#').unwrap();
        name_of(&scene, &(at..at + 1)).map(|range| scene.text(range).to_owned())
    }

    #[test]
    fn columns_of_statements() {
        let said = Some("tel".to_owned());
        assert_eq!(name("INSERT INTO k (pnr, tel) VALUES ('8', '#');"), said);
        assert_eq!(name("insert into k(pnr,tel)values('a, (b)','#')"), said);
        assert_eq!(name("INSERT INTO k (pnr, tel) VALUES\n(1, 2),\n(3, #);"), said);
        assert_eq!(name("COPY k (pnr, tel) FROM stdin;\n1\t2\n3\t#\n"), said);
        assert_eq!(name("INSERT INTO k VALUES ('8', '#');"), None);
        assert_eq!(name("se bilaga (nr 4, #)"), None);
    }

    #[test]
    fn header_lines_of_pasted_rows() {
        assert_eq!(name("namn;tel\nAda;1\nBo;#\n").as_deref(), Some("tel"));
        assert_eq!(name("tel,namn\n#,Bo\n").as_deref(), Some("tel"));
        assert_eq!(name("namn;tel;ort\nAda;#\n"), None);
        let far = format!("namn;tel\n{}Bo;#\n", "Ada;1\n".repeat(REACH / 4));
        assert_eq!(name(&far), None);
    }
}
