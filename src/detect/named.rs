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
    tables: Cell<Option<Values>>,
    block: Cell<Option<Block>>,
}

/// The last `VALUES` (or `CREATE TABLE`) before `upto`.
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
    match named_columns(scene, open)? {
        Ok(names) => nth(scene, names, b',', index),
        Err(values) => created(scene, values, open)?.into_iter().nth(index),
    }
}

/// The list of names before the `VALUES` that a tuple at `open` belongs to, or where that `VALUES` is when it has none.
fn named_columns(scene: &Scene<'_, '_>, open: usize) -> Option<Result<Range<usize>, usize>> {
    let values = values_before(scene, open)?;
    let head = scene.bytes.get(..values)?.trim_ascii_end();
    let Some(close) = head.len().checked_sub(1).filter(|_| head.ends_with(b")")) else {
        return Some(Err(values));
    };
    let floor = close.saturating_sub(LINE);
    let names = head.get(floor..close)?;
    let open = floor + names.iter().rposition(|&b| b == b'(')? + 1;
    Some(Ok(open..close))
}

/// The names of the columns that a tuple at `open` has, in order.
pub(super) fn columns_of(scene: &Scene<'_, '_>, open: usize) -> Option<Vec<String>> {
    let text = |range: Range<usize>| scene.text(range).to_owned();
    match named_columns(scene, open)? {
        Ok(names) => Some(
            scene
                .text(names)
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect(),
        ),
        Err(values) => Some(created(scene, values, open)?.into_iter().map(text).collect()),
    }
}

/// The columns of the table in `INSERT INTO kund VALUES`, from the nearest `CREATE TABLE` if it made that table.
fn created(scene: &Scene<'_, '_>, values: usize, open: usize) -> Option<Vec<Range<usize>>> {
    let head = scene.bytes.get(..values)?.trim_ascii_end();
    let name = last_name(head)?;
    let before = head.get(..head.len() - name.len())?.trim_ascii_end();
    let word = before.get(before.len().checked_sub(4)?..)?;
    word.eq_ignore_ascii_case(b"INTO").then_some(())?;
    let made = word_before(scene, &scene.named.tables, values, b"CREATE TABLE")?;
    (made >= open.saturating_sub(REACH)).then_some(())?;
    let rest = scene.bytes.get(made + 12..values)?;
    let open = rest.iter().take(LINE).position(|&b| b == b'(')?;
    (bare(last_name(rest.get(..open)?.trim_ascii_end())?) == bare(name)).then_some(())?;
    let mut columns = Vec::new();
    let first = made + 12 + open + 1;
    let (mut depth, mut quoted, mut start) = (0, false, first);
    for at in first..values.min(first + REACH) {
        match scene.bytes[at] {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            byte @ (b',' | b')') if depth == 0 => {
                columns.extend(column(scene, start..at));
                start = at + 1;
                if byte == b')' {
                    return Some(columns);
                }
            }
            _ => {}
        }
    }
    None
}

/// The name at the beginning of a column's definition; keys and constraints have none.
fn column(scene: &Scene<'_, '_>, definition: Range<usize>) -> Option<Range<usize>> {
    let bytes = scene.bytes.get(definition.clone())?;
    let lead = bytes.iter().position(|b| !b.is_ascii_whitespace())?;
    let name = bytes.get(lead..)?;
    let length = name.iter().position(u8::is_ascii_whitespace)?;
    let word = name.get(..length)?;
    let other: [&[u8]; 8] = [
        b"PRIMARY",
        b"KEY",
        b"UNIQUE",
        b"CONSTRAINT",
        b"FOREIGN",
        b"INDEX",
        b"FULLTEXT",
        b"CHECK",
    ];
    let start = definition.start + lead;
    (!other.iter().any(|other| word.eq_ignore_ascii_case(other))).then_some(start..start + length)
}

/// The last word of an SQL statement, with its quotes and its schema.
fn last_name(bytes: &[u8]) -> Option<&[u8]> {
    let floor = bytes.len().saturating_sub(128);
    let tail = bytes.get(floor..)?;
    let space = tail.iter().rposition(u8::is_ascii_whitespace)?;
    tail.get(space + 1..).filter(|name| !name.is_empty())
}

/// A name without quotes and schema.
fn bare(name: &[u8]) -> Vec<u8> {
    let last = name.rsplit(|&b| b == b'.').next().unwrap_or_default();
    let quote = |b: &u8| !matches!(*b, b'`' | b'"' | b'[' | b']');
    last.iter()
        .copied()
        .filter(quote)
        .map(|b| b.to_ascii_lowercase())
        .collect()
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
    word_before(scene, &scene.named.values, at, b"VALUES")
}

/// The nearest `word`, in capitals or not, before `at`; what was learnt of it is in `memory`.
fn word_before(
    scene: &Scene<'_, '_>,
    memory: &Cell<Option<Values>>,
    at: usize,
    word: &[u8],
) -> Option<usize> {
    let learnt = memory.get();
    let floor = at.saturating_sub(REACH);
    let known = learnt.filter(|known| known.upto <= at && known.upto > floor);
    let from = known.map_or(floor, |known| known.upto.saturating_sub(word.len() - 1));
    let stretch = scene.bytes.get(from..at)?;
    let first = word.first()?;
    let found = stretch
        .windows(word.len())
        .rposition(|here| here[0].eq_ignore_ascii_case(first) && here.eq_ignore_ascii_case(word))
        .map(|place| from + place)
        .or_else(|| known.and_then(|known| known.at));
    if learnt.is_none_or(|learnt| learnt.upto <= at) {
        memory.set(Some(Values { upto: at, at: found }));
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
