//! What the value of a field looks like: a token, a code, an amount, a few words.

use std::ops::Range;

use super::{Scene, token};
use crate::rules::{Rule, Shape, fold_into};

/// The value within `range` that has the rule's shape. `prose` says that it stands in a sentence: only what can be
/// nothing else is taken then.
pub(super) fn shaped(
    scene: &Scene<'_, '_>,
    rule: &Rule,
    range: Range<usize>,
    prose: bool,
) -> Option<Range<usize>> {
    let range = trimmed(scene, range);
    let text = scene.text(range.clone());
    if text.is_empty() || placeholder(text) {
        return None;
    }
    if rule.kind.is_special() && denied(text) {
        return None;
    }
    let length = match rule.shape? {
        Shape::Token => token(text, prose)?,
        Shape::Code => code(text)?,
        Shape::Amount => amount(text, prose)?,
        Shape::Words => words(text)?,
        Shape::Choice => choice(text, &rule.values)?,
        Shape::Free => (text.len() >= 3 && text.chars().any(char::is_alphabetic)).then_some(text.len())?,
        // "The grade is a number": in a sentence anything may follow.
        Shape::Any => (!prose && text.chars().any(char::is_alphanumeric)).then_some(text.len())?,
        Shape::Secret | Shape::Pin | Shape::Login => token::cell(text, rule.shape?).then_some(text.len())?,
    };
    let value = range.start..range.start + length;
    let fits = rule.check.is_none_or(|check| check(scene.text(value.clone())));
    fits.then_some(value)
}

/// Without the spaces, quotation marks and list marks around it.
fn trimmed(scene: &Scene<'_, '_>, range: Range<usize>) -> Range<usize> {
    let text = scene.text(range.clone());
    let lead = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '“' | '”' | '*'));
    let start = range.start + (text.len() - lead.len());
    let body =
        lead.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '“' | '”' | ',' | ';' | '*'));
    start..start + body.len()
}

/// What says that there is nothing to tell.
fn denied(text: &str) -> bool {
    const NOTHING: &[&str] = &[
        "nej",
        "nejtack",
        "no",
        "n",
        "false",
        "falskt",
        "ej",
        "ejangett",
        "ingakända",
        "ingenkänd",
        "ingakändaallergier",
        "inga",
        "ingenallergi",
        "ingaallergier",
        "frisk",
        "inteangivet",
        "noneknown",
        "notknown",
        "noknownallergies",
        "vilejuppge",
        "villejuppge",
        "villinteuppge",
        "ejtillämpligt",
        "notapplicable",
        "notspecified",
        "prefernottosay",
        "ejaktuellt",
        "inteaktuellt",
        "utan",
        "0",
        "ingasärskilda",
    ];
    let mut key = Vec::new();
    let answer = text.split([',', ';', '(']).next().unwrap_or_default();
    if answer.len() <= 32 {
        fold_into(answer.as_bytes(), &mut key);
    }
    NOTHING.iter().any(|word| word.as_bytes() == key.as_slice())
}

/// What stands where nothing was filled in.
pub(super) fn placeholder(text: &str) -> bool {
    const EMPTY: &[&str] = &[
        "na",
        "null",
        "none",
        "nil",
        "undefined",
        "saknas",
        "okänd",
        "okänt",
        "unknown",
        "tom",
        "tomt",
        "empty",
        "todo",
        "tbd",
        "ingen",
        "inget",
        "inga",
        "ej angivet",
        "ej angiven",
        "nan",
        "string",
        "text",
        "optional",
        "required",
        "obligatoriskt",
    ];
    let mut key = Vec::new();
    if text.len() <= 16 {
        fold_into(text.as_bytes(), &mut key);
        if key.is_empty() {
            return true;
        }
    }
    let first = text.as_bytes().first().copied().unwrap_or_default();
    let opens =
        matches!(first, b'<' | b'{' | b'[' | b'%') || text.starts_with("${") || text.starts_with("$(");
    let bytes = text.as_bytes();
    let same = bytes.len() > 1 && bytes.iter().all(|b| b == &first) && !first.is_ascii_digit();
    opens
        || same
        || text.contains("${")
        || text.contains("{{")
        || text.contains("...")
        || EMPTY
            .iter()
            .any(|word| word.as_bytes() == key.as_slice() || *word == text)
}

/// One word; in a sentence it must hold a digit or a mark, or it is just the next word.
fn token(text: &str, prose: bool) -> Option<usize> {
    let length = text.find(char::is_whitespace).unwrap_or(text.len());
    let word = text
        .get(..length)?
        .trim_end_matches(['.', ',', ';', ')', '"', '\'']);
    let marked = word
        .bytes()
        .any(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-' | b'@' | b'\\'));
    let fits = (2..=64).contains(&word.len())
        && !word.contains(['(', '{', '<', '$', '=', '*', '|'])
        && word.chars().any(char::is_alphanumeric)
        && !boolean(word)
        && (!prose || marked);
    fits.then_some(word.len())
}

fn boolean(word: &str) -> bool {
    ["true", "false", "ja", "nej", "yes", "no", "on", "off"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Letters, digits and what joins them, with a digit; groups of digits may be set apart by spaces.
fn code(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b'.' | b'#');
    let mut end = bytes.iter().take_while(|&&b| inside(b)).count();
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    while digits(bytes.get(..end)?) || bytes.get(..end)?.iter().all(|b| b.is_ascii_digit() || *b == b' ') {
        if bytes.get(end) != Some(&b' ') {
            break;
        }
        let more = bytes
            .get(end + 1..)?
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let closed = bytes.get(end + 1 + more).is_none_or(|b| !inside(*b));
        if !(2..=4).contains(&more) || !closed {
            break;
        }
        end += 1 + more;
    }
    while end > 0 && matches!(bytes[end - 1], b'-' | b'_' | b'/' | b'.' | b'#') {
        end -= 1;
    }
    let word = bytes.get(..end)?;
    let count = word.iter().filter(|b| b.is_ascii_digit()).count();
    // A date is no code.
    let date = end == 10 && word[4] == b'-' && word[7] == b'-';
    let whole = bytes.get(end).is_none_or(|b| {
        b.is_ascii() && *b != b'%' && (*b != b':' || bytes.get(end + 1).is_none_or(u8::is_ascii_whitespace))
    });
    ((3..=32).contains(&end) && count >= 2 && !date && whole).then_some(end)
}

/// A code in a column of codes: there a single digit is one.
pub(super) fn in_column(scene: &Scene<'_, '_>, rule: &Rule, cell: Range<usize>) -> Option<Range<usize>> {
    if let Some(range) = shaped(scene, rule, cell.clone(), false) {
        return Some(range);
    }
    let range = trimmed(scene, cell);
    let text = scene.text(range.clone());
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/');
    let short =
        (1..=8).contains(&text.len()) && text.bytes().all(inside) && text.bytes().any(|b| b.is_ascii_digit());
    (rule.shape == Some(Shape::Code) && short).then_some(range)
}

/// `38 500 kr`, `SEK 38500`, `38.500,00`: at least three digits, and what says that it is money.
fn amount(text: &str, prose: bool) -> Option<usize> {
    let lead = ["SEK ", "EUR ", "kr ", "ca ", "ca. ", "€"]
        .iter()
        .find(|lead| text.starts_with(**lead))
        .map_or(0, |lead| lead.len());
    let bytes = text.as_bytes().get(lead..)?;
    let mut end = 0;
    let mut digits = 0;
    // Digits since the last point: a coordinate has more than three, money has not.
    let mut since = None;
    while let Some(&byte) = bytes.get(end) {
        let next = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                since = since.map(|count: usize| count + 1);
            }
            b'.' | b',' if digits > 0 && next => since = Some(0),
            b' ' | b'\'' if digits > 0 && next => {}
            0xC2 if bytes.get(end + 1) == Some(&0xA0)
                && bytes.get(end + 2).is_some_and(u8::is_ascii_digit) =>
            {
                end += 1;
            }
            _ => break,
        }
        end += 1;
    }
    if !(3..=10).contains(&digits) || since.is_some_and(|count| count > 3) {
        return None;
    }
    let rest = text.get(lead + end..)?;
    if rest.starts_with(|c: char| {
        c.is_alphanumeric() || c == '-' && rest.len() > 2 && !rest.starts_with("-/") || c == '%'
    }) {
        return None;
    }
    const UNITS: &[&str] = &[
        " kr", " kronor", " SEK", " EUR", " euro", ":-", " :-", " €", " tkr",
    ];
    let unit = UNITS.iter().find(|unit| {
        rest.get(..unit.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(unit))
            && rest
                .get(unit.len()..)
                .is_none_or(|after| !after.starts_with(char::is_alphanumeric))
    });
    // "Lön 2025" is a year.
    let year = digits == 4 && end == 4 && lead == 0 && matches!(bytes.get(..2), Some(b"19" | b"20"));
    if prose && year && unit.is_none() {
        return None;
    }
    Some(lead + end + unit.map_or(0, |unit| unit.len()))
}

/// A few words with a letter among them.
fn words(text: &str) -> Option<usize> {
    let count = text.split_whitespace().count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 2 && count <= 10 && text.len() <= 120).then_some(text.len())
}

/// One of a closed list, as the whole value or its first words.
fn choice(text: &str, values: &[String]) -> Option<usize> {
    let mut key = Vec::new();
    fold_into(
        text.as_bytes().get(..text.len().min(64)).unwrap_or_default(),
        &mut key,
    );
    let mut known = Vec::new();
    let mut best = None;
    for value in values {
        known.clear();
        fold_into(value.as_bytes(), &mut known);
        if key == known {
            return Some(text.trim_end_matches(|c: char| !c.is_alphanumeric()).len());
        }
        if !known.is_empty() && key.starts_with(&known) {
            let length = value.len();
            let whole = text
                .get(length..)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
            if whole {
                best = Some(length);
            }
        }
    }
    best
}
