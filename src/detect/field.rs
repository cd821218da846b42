//! Values known by their label: `Diagnos: astma`, `"kundnr": "K-1001"`, `<Lon>38500</Lon>`, and the cells under a header.
//!
//! In running text the label is met as a word and the value is looked for behind it; in a table the header says it for
//! the whole column. What the value must look like is the rule's.

use std::ops::Range;

use super::{Scene, secret, value};
use crate::model::{CELL_END, Candidate, Evidence, Form, ROW_END, WordRole};
use crate::rules::{Detector as Code, Rule, Shape};

/// No value is longer, in bytes.
const LONGEST: usize = 240;

/// Between a label and its value in a sentence.
const VERBS: &[&[u8]] = &["är ".as_bytes(), b"is ", b"blev ", b"var ", b"was "];

/// How a value is set off from its label: it decides where the value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    /// In quotation marks.
    Quote(u8),
    /// Between tags.
    Markup,
    /// After a colon, an equals sign, a tab.
    Line,
    /// "är", or nothing at all.
    Prose,
}

/// The label of a rule stands at `label`.
pub(super) fn at_label<'a>(
    scene: &Scene<'_, 'a>,
    index: u16,
    word: u16,
    label: Range<usize>,
    out: &mut Vec<Candidate<'a>>,
) {
    let Some(rule) = scene.engine.rules.get(index) else {
        return;
    };
    let Some(shape) = rule.shape.filter(|_| !rule.cells) else {
        return;
    };
    if matches!(shape, Shape::Secret | Shape::Pin | Shape::Login) {
        return secret::at_label(scene, index, word, label, out);
    }
    if tied(scene, label.start, shape) {
        return;
    }
    let Some((start, opener)) = separator(scene, &label, shape) else {
        return;
    };
    let stop = ending(scene, start, opener, shape);
    let Some(range) = value::shaped(scene, rule, start..stop, opener == Opener::Prose) else {
        return;
    };
    let spoken = scene.spoken(&range, index);
    if spoken.contradicted() {
        return;
    }
    let signals = spoken.signals.with(Evidence::Label).with(Evidence::Shape);
    scene.push(out, index, range, Form::Field, signals, word);
}

/// Part of a longer name: only accounts are called `spring.datasource.username`.
fn tied(scene: &Scene<'_, '_>, start: usize, shape: Shape) -> bool {
    let Some(before) = start.checked_sub(1) else {
        return false;
    };
    let joined = matches!(scene.bytes[before], b'-' | b'_' | b'.' | b'/' | b'&')
        && before > 0
        && scene.word_at(before - 1);
    joined && shape != Shape::Token
}

/// What stands between a label and its value, and where the value begins.
fn separator(scene: &Scene<'_, '_>, label: &Range<usize>, shape: Shape) -> Option<(usize, Opener)> {
    let mut at = label.end;
    // `Kundnr. 104482`, `Customer no.: C-20931`.
    if scene.byte(at) == b'.' && matches!(scene.byte(at + 1), b' ' | b':') && abbreviated(scene, label) {
        at += 1;
    }
    if matches!(scene.byte(at), b'"' | b'\'' | b'`' | b'*' | b']' | b')') {
        at += 1;
        // Bold in Markdown.
        at += usize::from(scene.byte(at) == b'*');
    }
    let spaces = gap(scene, at);
    let after = at + spaces;
    match scene.byte(after) {
        b':' | b'=' => {
            let mut start = after + 1;
            while matches!(scene.byte(start), b':' | b'=' | b'>' | b'*') {
                start += 1;
            }
            start += gap(scene, start);
            // The value may stand on the line below its label.
            if matches!(scene.byte(start), b'\n' | b'\r') && shape != Shape::Token {
                start = next_line(scene, start)?;
            }
            Some(quoted(scene, start))
        }
        b'>' if spaces == 0 && opens_tag(scene, label.start) => Some((after + 1, Opener::Markup)),
        // `<KontantErsattning faltkod="011">30250<`
        _ if spaces == 1 && opens_tag(scene, label.start) => {
            let rest = scene.bytes.get(after..scene.bytes.len().min(after + 160))?;
            let close = rest.iter().position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
            (rest.get(close) == Some(&b'>') && close > 0 && rest[close - 1] != b'/')
                .then_some((after + close + 1, Opener::Markup))
        }
        separator @ (b'\t' | b'|' | b';') if begins(scene, label.start) => {
            let start = after + 1 + gap(scene, after + 1);
            // A line of several fields is a row or a header, not a label and its value.
            let line = scene.bytes.get(start..scene.bytes.len().min(start + LONGEST))?;
            let end = line
                .iter()
                .position(|b| matches!(*b, b'\n' | b'\r' | CELL_END | ROW_END));
            let alone = !line.get(..end.unwrap_or(line.len()))?.contains(&separator);
            alone.then(|| quoted(scene, start))
        }
        b'\n' | b'\r' if begins(scene, label.start) && matches!(shape, Shape::Code | Shape::Amount) => {
            Some((next_line(scene, after)?, Opener::Line))
        }
        _ if spaces > 0 => {
            let rest = scene.bytes.get(after..)?;
            let verb = VERBS
                .iter()
                .find(|verb| rest.starts_with(verb) && shape != Shape::Amount);
            match verb {
                Some(verb) => {
                    let (start, opener) = quoted(scene, after + verb.len());
                    Some((
                        start,
                        if opener == Opener::Line {
                            Opener::Prose
                        } else {
                            opener
                        },
                    ))
                }
                None if shape == Shape::Amount => Some((past_small_words(scene, after), Opener::Prose)),
                None => (shape == Shape::Code).then_some((after, Opener::Prose)),
            }
        }
        _ => None,
    }
}

/// A label that ends with a shortened word.
fn abbreviated(scene: &Scene<'_, '_>, label: &Range<usize>) -> bool {
    let end = scene.bytes.get(label.clone()).unwrap_or_default();
    [&b"nr"[..], b"no", b"id", b"tel", b"adr"]
        .iter()
        .any(|short| end.len() > short.len() && end[end.len() - short.len()..].eq_ignore_ascii_case(short))
}

/// Small words between a label and an amount: "lönen höjs till", "a salary of".
const SMALL: &[&str] = &[
    "på",
    "om",
    "till",
    "blir",
    "är",
    "var",
    "blev",
    "höjs",
    "höjdes",
    "sänks",
    "sattes",
    "sätts",
    "uppgår",
    "ligger",
    "nu",
    "idag",
    "cirka",
    "ca",
    "of",
    "to",
    "is",
    "was",
    "at",
    "will",
    "be",
    "per",
    "month",
    "year",
    "månad",
    "för",
    "efter",
    "före",
    "skatt",
    "med",
    "brutto",
    "netto",
    "fast",
    "currently",
    "about",
    "approximately",
    "kontant",
    "motsvarande",
];

/// Where an amount may begin behind a label in a sentence: at most four small words further on.
fn past_small_words(scene: &Scene<'_, '_>, at: usize) -> usize {
    let mut start = at;
    for _ in 0..4 {
        let rest = scene
            .bytes
            .get(start..scene.bytes.len().min(start + 20))
            .unwrap_or_default();
        let Some(length) = rest.iter().position(|&b| b == b' ') else {
            break;
        };
        let word = rest.get(..length).unwrap_or_default();
        if !SMALL
            .iter()
            .any(|small| word.eq_ignore_ascii_case(small.as_bytes()))
        {
            break;
        }
        start += length + 1;
    }
    start
}

/// Spaces, and the dots of a form.
pub(super) fn gap(scene: &Scene<'_, '_>, at: usize) -> usize {
    let mut end = at;
    while end - at < 40 {
        match scene.byte(end) {
            b' ' => end += 1,
            0xC2 if scene.byte(end + 1) == 0xA0 => end += 2,
            b'.' if scene.byte(end + 1) == b'.' || (end > at && scene.byte(end - 1) == b'.') => end += 1,
            b'_' if scene.byte(end + 1) == b'_' || (end > at && scene.byte(end - 1) == b'_') => end += 1,
            _ => break,
        }
    }
    end - at
}

/// Where the line after this one begins, if something stands on it.
fn next_line(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let mut start = at;
    start += usize::from(scene.byte(start) == b'\r');
    start += usize::from(scene.byte(start) == b'\n');
    start += gap(scene, start);
    (!matches!(scene.byte(start), b'\n' | b'\r' | 0 | CELL_END | ROW_END)).then_some(start)
}

fn quoted(scene: &Scene<'_, '_>, start: usize) -> (usize, Opener) {
    match scene.byte(start) {
        quote @ (b'"' | b'\'' | b'`') => (start + 1, Opener::Quote(quote)),
        _ => (start, Opener::Line),
    }
}

/// `<Diagnos>` and `<ns:Diagnos>`.
pub(super) fn opens_tag(scene: &Scene<'_, '_>, start: usize) -> bool {
    match start.checked_sub(1).map(|before| scene.bytes[before]) {
        Some(b'<') => true,
        Some(b':') => {
            let floor = start.saturating_sub(24);
            let name = scene.bytes.get(floor..start - 1).unwrap_or_default();
            let letters = name
                .iter()
                .rev()
                .take_while(|b| b.is_ascii_alphanumeric())
                .count();
            letters < name.len() && name[name.len() - letters - 1] == b'<'
        }
        _ => false,
    }
}

/// Whether nothing but marks of lists and quotation stands before it on its line.
pub(super) fn begins(scene: &Scene<'_, '_>, start: usize) -> bool {
    let floor = start.saturating_sub(12);
    for &byte in scene.bytes.get(floor..start).unwrap_or_default().iter().rev() {
        match byte {
            b'\n' | b'\r' | CELL_END | ROW_END => return true,
            b' ' | b'-' | b'*' | b'#' | b'|' | b'"' | b'\'' | b'>' => {}
            _ => return false,
        }
    }
    floor == 0
}

/// Where a value that begins at `start` can reach at most.
fn ending(scene: &Scene<'_, '_>, start: usize, opener: Opener, shape: Shape) -> usize {
    let limit = scene.bytes.len().min(start + LONGEST);
    let list = !matches!(shape, Shape::Free | Shape::Amount);
    let mut end = start;
    while end < limit {
        let byte = scene.bytes[end];
        let next = scene.byte(end + 1);
        let stops = match opener {
            Opener::Quote(quote) => byte == quote,
            Opener::Markup => byte == b'<',
            Opener::Line => {
                matches!(byte, b'\t' | b'|' | b'<')
                    || byte == b';' && (list || next == b' ' || next == b'\n')
                    || byte == b',' && list && matches!(next, b' ' | b'"' | b'\n')
                    || byte == b' ' && next == b' '
                    || byte == b'}' && shape == Shape::Any
            }
            Opener::Prose => {
                matches!(byte, b'\t' | b'|' | b'<' | b';' | b'(' | b'!' | b'?')
                    || matches!(byte, b'.' | b',') && !next.is_ascii_alphanumeric()
            }
        };
        if stops || matches!(byte, b'\n' | b'\r' | CELL_END | ROW_END) {
            break;
        }
        end += 1;
    }
    while end > start && !scene.batch.text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// The cells under the headers that rules know.
pub(super) fn cells<'a>(scene: &Scene<'_, 'a>, out: &mut Vec<Candidate<'a>>) {
    let field = |rule: &Rule| rule.detector == Code::Field;
    let mut wanted: Vec<(u32, u16, u16)> = Vec::new();
    for (column, labels) in (1u32..).zip(scene.batch.columns) {
        let labels = labels.iter().filter(|(_, met)| met.role == WordRole::Label);
        wanted.extend(
            labels
                .filter(|(rule, _)| scene.engine.rules.get(*rule).is_some_and(field))
                .map(|(rule, met)| (column, rule, met.word)),
        );
    }
    if wanted.is_empty() {
        return;
    }
    for cell in scene
        .batch
        .cells
        .iter()
        .filter(|cell| cell.end > cell.start && !cell.second_reading)
    {
        let from = wanted.partition_point(|(column, ..)| *column < cell.column);
        for &(_, index, word) in wanted[from..]
            .iter()
            .take_while(|(column, ..)| *column == cell.column)
        {
            let Some(rule) = scene.engine.rules.get(index) else {
                continue;
            };
            if let Some(range) = value::in_column(scene, rule, cell.start..cell.end) {
                let mut signals = scene.spoken(&range, index).signals;
                signals.add(Evidence::Column);
                signals.add(Evidence::Shape);
                scene.push(
                    out,
                    index,
                    range,
                    Form::WholeCell,
                    signals.without(Evidence::OtherLabel),
                    word,
                );
            }
        }
    }
}
