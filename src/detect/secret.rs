//! Secrets and names of accounts after their labels: assignments in configuration, forms, notes, logs, tables.
//!
//! "password" and "user" are among the commonest words of source code and manuals, and hardly ever stand there before
//! what is looked for. So it counts how the value is set off from its label, what it looks like, and whether it stands
//! in code.

use std::ops::Range;

use super::field::{begins, gap, opens_tag};
use super::stance::{account_stands, codelike, pin_stands, secret_stands, weakly};
use super::{Scene, bars, token};
use crate::model::{CELL_END, Candidate, Evidence, Form, ROW_END};
use crate::rules::Shape;

/// How a value is set off from its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// In quotation marks: `"hunter2"`.
    Quoted(u8),
    /// Between tags; `named` ones have the label as an attribute.
    Markup { named: bool },
    /// `password=x`; `spaced` if there are spaces around the sign.
    Assigned { spaced: bool },
    /// `Password: x`, or set apart by a tab.
    Told,
    /// `lösenordet är x`, `lösenord till x: y`.
    Prose,
    /// Only a space: `pin 4817`.
    Bare,
    /// A space and quotation marks: `for user "anna"`.
    Named(u8),
    /// An option of a command: `--password x`.
    Option,
    /// On the line below, or in the cell to the right.
    Beside,
}

/// No secret is longer, in bytes.
const LONGEST: usize = 160;

/// The label of a rule for secrets, codes or accounts stands at `label`.
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
    let Some(shape) = rule.shape else { return };
    if not_a_name(scene, &label, shape) {
        return;
    }
    for cell in bars::below(scene, &label) {
        let text = scene.text(cell.clone());
        if token::cell(text, shape) && rule.check.is_none_or(|check| check(text)) {
            put(scene, index, word, cell, out);
        }
    }
    let Some((start, how)) = opening(scene, &label) else {
        return;
    };
    // What has a check is a weak label.
    let Some(range) = value(scene, &label, start, how, (shape, rule.check.is_some())) else {
        return;
    };
    if rule.check.is_none_or(|check| check(scene.text(range.clone()))) {
        put(scene, index, word, range, out);
    }
}

fn put<'a>(scene: &Scene<'_, 'a>, index: u16, word: u16, range: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    let spoken = scene.spoken(&range, index);
    if !spoken.contradicted() {
        let signals = spoken.signals.with(Evidence::Label).with(Evidence::Shape);
        scene.push(out, index, range, Form::Field, signals, word);
    }
}

/// `showPassword`, `reset_password`, `/login`: names of settings, functions and pages.
fn not_a_name(scene: &Scene<'_, '_>, label: &Range<usize>, shape: Shape) -> bool {
    const VERBS: &str = "\
        show has is reset forgot forgotten change use no require required requires need needs enable \
        disable min max allow check validate verify hide toggle save remember ask prompt can should with \
        without get set update generate fel visa glömt byt ändra last invalid wrong";
    let before = label.start.checked_sub(1).map_or(0, |at| scene.byte(at));
    let option = scene.bytes.get(label.start.saturating_sub(2)..label.start) == Some(b"--");
    let other = matches!(before, b'/' | b'#' | b'@' | b'\\') || before == b'-' && !option;
    if shape == Shape::Login && other {
        return true;
    }
    let mut start = label.start;
    let floor = label.start.saturating_sub(32);
    while start > floor && (scene.word_at(start - 1) || matches!(scene.bytes[start - 1], b'_' | b'-' | b'.'))
    {
        start -= 1;
    }
    let name = scene.text(start..label.end);
    let name = name.trim_start_matches(['-', '_', '.']);
    let mut length = 0;
    let mut small = false;
    for c in name.chars() {
        if matches!(c, '_' | '-' | '.') || small && c.is_uppercase() {
            break;
        }
        small = c.is_lowercase();
        length += c.len_utf8();
    }
    let head = name.get(..length).unwrap_or_default();
    let verb = |verb: &str| head.eq_ignore_ascii_case(verb);
    length < name.len() && VERBS.split_ascii_whitespace().any(verb)
}

/// What stands between a label and its value, and where the value begins.
fn opening(scene: &Scene<'_, '_>, label: &Range<usize>) -> Option<(usize, How)> {
    let mut at = label.end;
    let quote = Some(scene.byte(at)).filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    at += usize::from(quote.is_some());
    while at < label.end + 4
        && (scene.byte(at) == b'*' || quote.is_some() && matches!(scene.byte(at), b']' | b')'))
    {
        at += 1;
    }
    // "Koden (PIN): 4817".
    let bracket = scene.byte(at) == b')' && label.start > 0 && scene.bytes[label.start - 1] == b'(';
    at += usize::from(bracket);
    let spaces = gap(scene, at);
    let after = at + spaces;
    let first = scene.byte(after);
    match first {
        b':' | b'=' => assigned(scene, label, after, quote, spaces),
        b'>' if spaces == 0 && quote.is_some() => Some((after + 1, How::Markup { named: true })),
        b'>' if spaces == 0 && opens_tag(scene, label.start) => {
            Some((after + 1, How::Markup { named: false }))
        }
        b'\t' | b'|' | b';' if begins(scene, label.start) => {
            let start = after + 1 + gap(scene, after + 1);
            let line = scene.text(start..line_end(scene, start));
            // A line of several fields is a row or a header.
            (!line.trim_end().trim_end_matches('|').contains(char::from(first)))
                .then(|| quoted(scene, start, How::Told))
        }
        CELL_END if quote.is_none() && begins(scene, label.start) => Some((after + 1, How::Beside)),
        _ if quote.is_some() => attribute(scene, after),
        _ if spaces > 0 => in_words(scene, label, after),
        _ => None,
    }
}

/// After `:`, `=`, `:=`, `=>`.
fn assigned(
    scene: &Scene<'_, '_>,
    label: &Range<usize>,
    sign: usize,
    quote: Option<u8>,
    spaces: usize,
) -> Option<(usize, How)> {
    let mut start = sign + 1;
    // `==` and `=~` compare.
    if scene.byte(sign) == b'=' && matches!(scene.byte(start), b'=' | b'~') {
        return None;
    }
    while start < sign + 3 && matches!(scene.byte(start), b'=' | b'>' | b':' | b'*') {
        start += 1;
    }
    let glued = start;
    while scene.byte(start) == b'\t' {
        start += 1;
    }
    start += gap(scene, start);
    if matches!(scene.byte(start), b'\n' | b'\r') {
        let begun = begins(scene, label.start) && quote.is_none();
        let next = start + 1 + usize::from(scene.byte(start) == b'\r');
        return begun.then(|| (next + gap(scene, next), How::Beside));
    }
    // `b"…"`, `@"…"`, `N'…'`; what stands in `f"…"` is put together.
    if matches!(scene.byte(start), b'b' | b'r' | b'u' | b'@' | b'N' | b'L' | b'B')
        && matches!(scene.byte(start + 1), b'"' | b'\'')
    {
        start += 1;
    }
    let how = match scene.byte(sign) {
        b'=' => How::Assigned {
            spaced: spaces > 0 || start > glued,
        },
        _ => How::Told,
    };
    let (value, how) = quoted(scene, start, how);
    if let How::Quoted(mark) = how
        && quote != Some(mark)
        && within(scene, label.start, mark)
    {
        return None;
    }
    Some((value, how))
}

fn quoted(scene: &Scene<'_, '_>, start: usize, otherwise: How) -> (usize, How) {
    // A quotation mark within a string of its own kind is escaped.
    let escaped = usize::from(scene.byte(start) == b'\\');
    match scene.byte(start + escaped) {
        mark @ (b'"' | b'\'' | b'`') => (start + escaped + 1, How::Quoted(mark)),
        _ => (start, otherwise),
    }
}

/// Whether a string that `mark` opened on this line goes on at `at`: the next such mark closes it.
fn within(scene: &Scene<'_, '_>, at: usize, mark: u8) -> bool {
    let line = scene.bytes.get(line_start(scene, at)..at).unwrap_or_default();
    let count = memchr::memchr_iter(mark, line).count();
    // An apostrophe is no string.
    count % 2 == 1
        && (mark != b'\''
            || line
                .windows(2)
                .any(|pair| pair[1] == mark && !pair[0].is_ascii_alphanumeric()))
}

pub(super) fn line_start(scene: &Scene<'_, '_>, at: usize) -> usize {
    let floor = at.saturating_sub(400);
    let before = scene.bytes.get(floor..at).unwrap_or_default();
    let end = before
        .iter()
        .rposition(|b| matches!(*b, b'\n' | CELL_END | ROW_END));
    end.map_or(floor, |place| floor + place + 1)
}

pub(super) fn line_end(scene: &Scene<'_, '_>, at: usize) -> usize {
    let rest = scene
        .bytes
        .get(at..scene.bytes.len().min(at + 400))
        .unwrap_or_default();
    let end = rest
        .iter()
        .position(|b| matches!(*b, b'\n' | b'\r' | CELL_END | ROW_END));
    let mut end = at + end.unwrap_or(rest.len());
    while end > at && !scene.batch.text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// `key="Password" value="…"`.
fn attribute(scene: &Scene<'_, '_>, at: usize) -> Option<(usize, How)> {
    let rest = scene.bytes.get(at..)?;
    let name = rest.get(..6)?.eq_ignore_ascii_case(b"value=");
    let mark = *rest.get(6).filter(|b| matches!(b, b'"' | b'\''))?;
    name.then_some((at + 7, How::Quoted(mark)))
}

/// After a label in a sentence or a command.
fn in_words(scene: &Scene<'_, '_>, label: &Range<usize>, after: usize) -> Option<(usize, How)> {
    const VERBS: &[&str] = &[
        "är ", "är: ", "is ", "is: ", "blev ", "var ", "was ", "heter ", "blir ", "= ",
    ];
    const LINKS: &[&str] = &[
        "till ", "för ", "hos ", "på ", "i ", "vid ", "to ", "for ", "on ", "at ", "of ", "in ", "på/",
    ];
    let line = scene.text(after..line_end(scene, after));
    if let Some(verb) = VERBS.iter().find(|verb| line.starts_with(**verb)) {
        let start = after + verb.len();
        return Some(quoted(scene, start + gap(scene, start), How::Prose));
    }
    if LINKS.iter().any(|link| line.starts_with(*link)) {
        let reach = line.char_indices().nth(60).map_or(line.len(), |(at, _)| at);
        let near = line.get(..reach)?;
        let colon = near.find([':', '=']).map(|at| at + 1).filter(|at| {
            !near
                .get(*at..)
                .is_some_and(|rest| rest.starts_with(['/', '=', ':']))
        });
        let verb = [" är ", " is ", " var ", " was "]
            .iter()
            .filter_map(|verb| near.find(verb).map(|at| at + verb.len()))
            .min();
        let start = after + colon.into_iter().chain(verb).min()?;
        let between = scene.text(after..start);
        if between.contains(['.', '!', '?', '(', ';', '"']) && between.contains(". ") || between.contains('(')
        {
            return None;
        }
        return Some(quoted(scene, start + gap(scene, start), How::Prose));
    }
    if scene.bytes.get(label.start.saturating_sub(2)..label.start) == Some(b"--") {
        return Some(quoted(scene, after, How::Option));
    }
    Some(match quoted(scene, after, How::Bare) {
        (start, How::Quoted(mark)) => (start, How::Named(mark)),
        other => other,
    })
}

/// The value that begins at `start`.
fn value(
    scene: &Scene<'_, '_>,
    label: &Range<usize>,
    start: usize,
    how: How,
    (shape, weak): (Shape, bool),
) -> Option<Range<usize>> {
    let end = ending(scene, start, how)?;
    let text = scene.text(start..end);
    // What is bare, or comes after a colon, ends with its sentence.
    let cut = match how {
        How::Quoted(_) | How::Named(_) | How::Markup { .. } => text.len(),
        _ => token::trimmed(text),
    };
    // "användare runa_b: …" speaks.
    let text = text.get(..cut)?;
    let bare = matches!(how, How::Bare | How::Prose | How::Told);
    let text = if shape == Shape::Login && bare {
        text.trim_end_matches(':')
    } else {
        text
    };
    let range = start..start + text.len();
    let code = codelike(scene, start);
    let alone = ends_there(scene, range.end);
    let fits = match shape {
        Shape::Pin => token::pin(text) && pin_stands(scene, &range, how, code, alone),
        Shape::Login => token::account(text) && account_stands(scene, label, &range, how, code, alone),
        _ => {
            token::secret(text)
                && (!weak || weakly(scene, label, text, how, alone))
                && secret_stands(scene, label, &range, how, code, alone)
        }
    };
    fits.then_some(range)
}

/// Where a value that begins at `start` ends.
fn ending(scene: &Scene<'_, '_>, start: usize, how: How) -> Option<usize> {
    let stop = line_end(scene, start).min(start + LONGEST);
    let line = scene.text(start..stop);
    let length = match how {
        How::Quoted(mark) | How::Named(mark) => line.find(char::from(mark))?,
        How::Markup { .. } => line.find('<')?,
        _ => {
            let mut chars = line.char_indices().peekable();
            loop {
                let Some((at, c)) = chars.next() else {
                    break line.len();
                };
                let rest = line.get(at + c.len_utf8()..).unwrap_or_default();
                let stops = match c {
                    c if c.is_whitespace() => true,
                    '"' | '<' | '`' | '|' => true,
                    '\'' => rest.is_empty() || rest.starts_with([' ', ',', ';', ')', ']']),
                    ',' => rest.is_empty() || rest.starts_with([' ', '"', '\'']) || next_pair(rest),
                    ';' | '&' => rest.is_empty() || rest.starts_with([' ', '"', '\'']) || next_pair(rest),
                    _ => false,
                };
                if stops {
                    break at;
                }
            }
        }
    };
    Some(start + length)
}

/// `User Id=…`, `charset=…`: the next of a list of pairs.
fn next_pair(rest: &str) -> bool {
    let name = rest
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '.')))
        .unwrap_or(rest.len());
    (1..=32).contains(&name) && rest.get(name..).is_some_and(|rest| rest.starts_with(['=', ':']))
}

/// Whether nothing more is said after a value: the line or the field is over.
fn ends_there(scene: &Scene<'_, '_>, end: usize) -> bool {
    let rest = scene.text(end..line_end(scene, end));
    let rest = rest.trim_start_matches(['"', '\'', '`']);
    let trimmed = rest.trim_start();
    trimmed.is_empty()
        || rest.starts_with("  ")
        || rest.starts_with(['\t', ',', ';', '|', '<', '&'])
        || matches!(trimmed.chars().next(), Some('#' | '(' | '/' | '|' | '}' | '-'))
        || rest.starts_with(". ")
        || rest == "."
        || next_pair(trimmed)
}
