//! Secrets and names of accounts after their labels: assignments in configuration, forms, notes, logs, tables.
//!
//! "password" and "user" are among the commonest words of source code and manuals, and hardly ever stand there before
//! what is looked for. So it counts how the value is set off from its label, what it looks like, and whether it stands
//! in code.

use std::ops::Range;

use super::field::{begins, gap, opens_tag};
use super::{Scene, token};
use crate::model::{CELL_END, Candidate, Evidence, Form, ROW_END};
use crate::rules::Shape;

/// How a value is set off from its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
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
    const VERBS: &[&str] = &[
        "show",
        "has",
        "is",
        "reset",
        "forgot",
        "forgotten",
        "change",
        "use",
        "no",
        "require",
        "required",
        "requires",
        "need",
        "needs",
        "enable",
        "disable",
        "min",
        "max",
        "allow",
        "check",
        "validate",
        "verify",
        "hide",
        "toggle",
        "save",
        "remember",
        "ask",
        "prompt",
        "can",
        "should",
        "with",
        "without",
        "get",
        "set",
        "update",
        "generate",
        "fel",
        "visa",
        "glömt",
        "byt",
        "ändra",
        "last",
        "invalid",
        "wrong",
    ];
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
    length < name.len() && VERBS.iter().any(|verb| head.eq_ignore_ascii_case(verb))
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
    let count = line.iter().filter(|byte| **byte == mark).count();
    // An apostrophe is no string.
    count % 2 == 1
        && (mark != b'\''
            || line
                .windows(2)
                .any(|pair| pair[1] == mark && !pair[0].is_ascii_alphanumeric()))
}

fn line_start(scene: &Scene<'_, '_>, at: usize) -> usize {
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
    const VERBS: &[&str] = &["är ", "is ", "blev ", "var ", "was ", "heter ", "blir ", "= "];
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

/// Whether a value stands after a label that may mean something else: `pass`, `secret`, `token`.
fn weakly(scene: &Scene<'_, '_>, label: &Range<usize>, text: &str, how: How, alone: bool) -> bool {
    match how {
        How::Quoted(_) | How::Markup { .. } | How::Option => true,
        How::Assigned { spaced } => !spaced || alone,
        How::Told => alone && !text.contains('/') && (label.len() > 6 || paired(scene, label.start)),
        _ => false,
    }
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
    let text = text.get(..cut)?;
    let range = start..start + cut;
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

/// Whether the text around is source code.
fn codelike(scene: &Scene<'_, '_>, at: usize) -> bool {
    const SIGNS: &[&[u8]] = &[
        b"();",
        b") {",
        b"){",
        b"def ",
        b"return ",
        b"self.",
        b"import ",
        b"fn ",
        b"let ",
        b"const ",
        b"function",
        b"public ",
        b"private ",
        b"class ",
        b"#include",
        b"#define",
        b"#[",
        b"->",
        b"&&",
        b"||",
        b"==",
        b"!=",
        b"if (",
        b"= new ",
        b"assert",
        b"println",
        b"printf(",
        b"None",
        b"elif ",
        b"):\n",
        b"');",
        b"\");",
        b"this.",
        b"&self",
        b"::new",
        b".unwrap()",
        b"Some(",
        b"static ",
        b">>> ",
        b"struct ",
        b"endif",
        b"int ",
        b"void ",
        b"}\n}",
        b"*/",
        b":param",
        b"@param",
        b"pub ",
        b"unsafe ",
        b";\n",
        b"c_int",
        b"u32",
        b"&[",
        b"::",
    ];
    let from = at.saturating_sub(500);
    let until = scene.bytes.len().min(at + 300);
    let window = scene.bytes.get(from..until).unwrap_or_default();
    // Colons stand in a row in files of accounts, too.
    let met = SIGNS.iter().flat_map(|sign| {
        let colons = *sign == b"::";
        memchr::memmem::find_iter(window, sign).filter(move |place| {
            !colons || !matches!(window.get(place + 2), Some(b':' | b'\n' | b' ') | None)
        })
    });
    met.take(4).count() == 4
}

fn secret_stands(
    scene: &Scene<'_, '_>,
    label: &Range<usize>,
    value: &Range<usize>,
    how: How,
    code: bool,
    alone: bool,
) -> bool {
    let text = scene.text(value.clone());
    let strong = token::strong(text);
    let digits = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit());
    let swedish = !scene.text(label.clone()).is_ascii() || swedish(scene.text(label.clone()));
    match how {
        How::Quoted(_) => {
            !(code && (token::dull(text) || !strong)) && (!token::capitalised(text) || swedish && alone)
        }
        How::Named(mark) => {
            let sql = !identified(scene, label) || mark == b'\'';
            !code && mark != b'`' && sql && !token::capitalised(text)
        }
        How::Markup { named } => !token::capitalised(text) || !named && !code,
        // In code only a string is a value; whatever else stands there is a name.
        _ if code => {
            let taken = text.starts_with(['&', '*']) || text.contains(['[', '(', '{']);
            strong && token::marked(text) && !taken && how != How::Bare
        }
        How::Assigned { spaced } => {
            strong || digits && alone || alone && (!spaced || swedish || paired(scene, label.start))
        }
        How::Told => {
            strong && (alone || token::marked(text))
                || alone && (digits || swedish || paired(scene, label.start))
        }
        How::Prose => strong || digits,
        How::Bare => {
            let sure = alone || swedish || token::marked(text) || command(scene, label);
            strong && sure && !identified(scene, label)
        }
        How::Option => strong,
        How::Beside => strong && alone,
    }
}

fn swedish(label: &str) -> bool {
    label
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("losen"))
        || label
            .get(label.len().saturating_sub(8)..)
            .is_some_and(|end| end.eq_ignore_ascii_case("losenord"))
}

/// Words of commands and configuration that are followed by the secret itself, and `temporary passcode`.
fn command(scene: &Scene<'_, '_>, label: &Range<usize>) -> bool {
    let word = scene.text(label.clone());
    ["requirepass", "masterauth", "passcode", "authtoken"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// SQL's `IDENTIFIED BY 'secret'`, and everybody's "identified by".
fn identified(scene: &Scene<'_, '_>, label: &Range<usize>) -> bool {
    scene.text(label.clone()).eq_ignore_ascii_case("identified by")
}

/// Whether the line before or after names an account, a server or an address: then this one is no prose.
fn paired(scene: &Scene<'_, '_>, at: usize) -> bool {
    const BESIDE: &[&str] = &[
        "user",
        "login",
        "usr",
        "uid",
        "host",
        "server",
        "url",
        "smtp",
        "imap",
        "database",
        "db",
        "account",
        "användar",
        "konto",
        "inlogg",
        "email",
        "e-mail",
        "e-post",
        "port",
        "ssid",
        "wifi",
        "nätverk",
    ];
    let start = line_start(scene, at);
    let end = line_end(scene, at);
    let before = start
        .checked_sub(1)
        .map(|end| scene.text(line_start(scene, end)..end));
    let mut next = end;
    while matches!(scene.byte(next), b'\r' | b'\n') && next < end + 2 {
        next += 1;
    }
    let own = scene.text(start..at);
    let pair = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '-', '*', '"', '\'', '#', '[', '<', '>']);
        let known = BESIDE.iter().any(|word| {
            line.get(..word.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(word))
        });
        known && line.contains([':', '='])
    };
    before.is_some_and(pair) || pair(scene.text(next..line_end(scene, next))) || pair(own)
}

fn pin_stands(scene: &Scene<'_, '_>, value: &Range<usize>, how: How, code: bool, alone: bool) -> bool {
    let rest = scene.text(value.end..line_end(scene, value.end)).trim_start();
    const UNITS: &[&str] = &[
        "siffr", "teck", "digit", "char", "kr", "st", "byte", "bit", "%", "sek", "min", "gång",
    ];
    let counted = UNITS.iter().any(|unit| rest.starts_with(unit));
    let longer = rest.starts_with([':', '/']) || rest.starts_with('-') && !rest.starts_with("- ");
    if counted || longer || code && !matches!(how, How::Quoted(_)) {
        return false;
    }
    let length = value.len();
    match how {
        How::Bare => length >= 4,
        How::Beside => length >= 4 && alone,
        How::Option => false,
        _ => true,
    }
}

fn account_stands(
    scene: &Scene<'_, '_>,
    label: &Range<usize>,
    value: &Range<usize>,
    how: How,
    code: bool,
    alone: bool,
) -> bool {
    let text = scene.text(value.clone());
    let word = scene.text(label.clone());
    // Labels that can stand before nothing but the name of an account.
    let exact = ["namn", "name", "namnet", "id", "login", "uid"]
        .iter()
        .any(|end| word.to_lowercase().ends_with(end));
    let marked = token::with_digit(text) || text.contains(['_', '\\', '.']);
    let capital = token::capitalised(text);
    let sure = word.to_lowercase().starts_with("anv") || word.eq_ignore_ascii_case("username");
    let shouted = !marked && !text.contains('-') && !text.contains(char::is_lowercase) && !sure;
    if code || shouted {
        return false;
    }
    match how {
        How::Quoted(mark) => mark != b'`' && (exact || !capital),
        How::Named(mark) => mark != b'`' && (sure || spoken_of(scene, label.start)),
        How::Markup { .. } => exact || !capital,
        How::Assigned { spaced } => {
            let small = !spaced && !text.contains(char::is_uppercase);
            (exact || !capital) && (alone || marked || small)
        }
        How::Told => (exact || !capital) && (alone || marked),
        How::Prose | How::Option => token::with_digit(text) || text.contains('_'),
        How::Bare => {
            let swedish = word.to_lowercase().starts_with("anv");
            let named = swedish && alone && !token::inflected(text) && !capital;
            let scheme = (6..=8).contains(&text.len()) && before(scene, label.start, &["som ", "avser "]);
            (token::with_digit(text) || text.contains(['_', '\\'])) && (sure || spoken_of(scene, label.start))
                || named && (exact && text.len() >= 5 || scheme)
        }
        How::Beside => marked && alone,
    }
}

/// "for user anna01", "av användare anna01".
fn spoken_of(scene: &Scene<'_, '_>, label: usize) -> bool {
    before(scene, label, &["for ", "för ", "by ", "av ", "från "])
}

fn before(scene: &Scene<'_, '_>, at: usize, words: &[&str]) -> bool {
    let from = (at.saturating_sub(8)..=at).find(|&from| scene.batch.text.is_char_boundary(from));
    let text = scene.text(from.unwrap_or(at)..at);
    words.iter().any(|word| text.ends_with(word))
}
