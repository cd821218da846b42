//! What formulas say that their results need not show.
//!
//! `IF(B1=1,"811228-9874","")` shows nothing and holds a number all the same. One rule for all formats: constants with
//! a letter or a digit, numbers of ten digits or more and links to other files, each once a sheet, at the first cell
//! that has it.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::{memchr, memchr2};

use super::biff::{Bytes, characters};
use super::number::plain;
use super::rows::Rows;
use crate::extract::carve;
use crate::extract::compound::{f64_at, u16_at};
use crate::extract::package::parts::push;
use crate::extract::{Flow, Outlet};
use crate::model::Place;

/// Constants that are remembered of a sheet; what comes beyond them is told at each cell.
const REMEMBERED: usize = 4096;
/// A constant longer than this is not remembered.
const LONGEST: usize = 256;
/// Numbers that are written out and have fewer digits are what is reckoned with.
const DIGITS: usize = 10;
/// The tokens of a text and of a number.
const TEXT: u8 = 0x17;
const NUMBER: u8 = 0x1f;

/// Which workbooks the tokens of a formula are of.
#[derive(Clone, Copy)]
pub(super) enum Age {
    /// BIFF 2 to 5.
    Old(Bytes),
    Biff8,
    /// xlsb.
    Biff12,
}

/// The constants in the formulas of a sheet.
#[derive(Default)]
pub(super) struct Formulas {
    seen: HashSet<String>,
    /// Those of one formula that were not seen before, a line each.
    new: String,
}

impl Formulas {
    fn add(&mut self, constant: &str) {
        if !constant.chars().any(char::is_alphanumeric) || self.seen.contains(constant) {
            return;
        }
        if self.seen.len() < REMEMBERED && constant.len() <= LONGEST {
            self.seen.insert(constant.to_owned());
        }
        self.new.push_str(constant);
        self.new.push('\n');
    }

    /// Takes the constants of a formula as it is written.
    pub(super) fn written(&mut self, formula: &str) {
        let mut rest = formula;
        let mut from = 0;
        while let Some(at) = memchr2(b'"', b'\'', rest.as_bytes().get(from..).unwrap_or_default()) {
            let at = from + at;
            let (before, quoted) = rest.split_at_checked(at).unwrap_or((rest, ""));
            // Names of sheets and files stand in single quotes, and may hold double ones.
            let name = quoted.starts_with('\'');
            match unquoted(quoted) {
                Some((constant, behind)) => {
                    self.numbers(before);
                    if !name || constant.contains("://") {
                        self.add(&constant);
                    }
                    (rest, from) = (behind, 0);
                }
                None if name => from = at + 1,
                None => {
                    // Cut off.
                    self.add(quoted.get(1..).unwrap_or_default());
                    rest = before;
                    break;
                }
            }
        }
        self.numbers(rest);
    }

    /// Takes the long numbers of a text without quotes.
    fn numbers(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let is_digit = |byte: &&u8| byte.is_ascii_digit();
        // A run as long as that is met at one of these steps.
        let mut at = DIGITS - 1;
        while let Some((before, behind)) = bytes.split_at_checked(at).filter(|(_, rest)| !rest.is_empty()) {
            let start = at - before.iter().rev().take_while(is_digit).count();
            let end = at + behind.iter().take_while(is_digit).count();
            let fraction = bytes.get(..start).is_some_and(|before| before.ends_with(b"."));
            if end > at && end - start >= DIGITS && !fraction {
                self.add(text.get(start..end).unwrap_or_default());
            }
            at = end + DIGITS;
        }
    }

    /// Takes the constants of a formula in tokens, and of what is kept behind them.
    pub(super) fn tokens(&mut self, tokens: &[u8], behind: &[u8], age: Age) {
        let mut rest = tokens;
        // Those of old workbooks have other widths: texts are looked for, which a token of another kind rarely seems.
        let mut known = !matches!(age, Age::Old(_));
        let mut found = String::new();
        while let Some(&kind) = rest.first() {
            let text = if kind == TEXT {
                constant(rest, age, known)
            } else {
                None
            };
            let width = match text {
                Some((text, width)) => {
                    self.add(&text);
                    Some(width)
                }
                _ if kind == NUMBER && known => {
                    let value = f64_at(rest, 1).filter(|value| value.fract() == 0.0 && *value >= 1e9);
                    let mut digits = String::new();
                    plain(value.unwrap_or(f64::NAN), &mut digits);
                    self.add(&digits);
                    Some(9)
                }
                _ if known => width(rest, age),
                _ => None,
            };
            if known && width.is_none() {
                known = false;
                // What is wide is carved, since it may seem to begin at any byte.
                carve::wide(rest, &mut found);
            }
            rest = rest.get(width.unwrap_or(1)..).unwrap_or_default();
        }
        // Of arrays, what looks like text.
        carve::wide(behind, &mut found);
        if matches!(age, Age::Biff8) {
            carve::narrow(behind, &|run| Bytes::Latin1.decode(run), &mut found);
        }
        found.lines().for_each(|line| self.add(line));
    }

    /// What was taken since the last time.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.new)
    }

    /// Pushes what was taken, as what the formula of a cell says.
    pub(super) fn tell(
        &mut self,
        sheet: &str,
        (row, column): (u64, u32),
        rows: &mut Rows<'_>,
        out: &mut dyn Outlet,
    ) -> Flow {
        if self.new.is_empty() {
            return Flow::Continue;
        }
        if !rows.limits().may_say(self.new.len()) {
            return Flow::Stop;
        }
        let place = Place::Cell {
            sheet: sheet.into(),
            row,
            column,
        };
        let flow = push(self.new.trim_end(), &place, None, out);
        self.new.clear();
        flow
    }
}

/// A quoted text without its quotes, of which two stand for one, and what stands behind it.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let quote = *text.as_bytes().first()?;
    let inside = text.get(1..)?;
    let mut end = memchr(quote, inside.as_bytes())?;
    if inside.as_bytes().get(end + 1) != Some(&quote) {
        return Some((Cow::Borrowed(inside.get(..end)?), inside.get(end + 1..)?));
    }
    let (mut whole, mut start) = (String::new(), 0);
    loop {
        if inside.as_bytes().get(end + 1) != Some(&quote) {
            whole.push_str(inside.get(start..end)?);
            return Some((Cow::Owned(whole), inside.get(end + 1..)?));
        }
        whole.push_str(inside.get(start..=end)?);
        start = end + 2;
        end = start + memchr(quote, inside.as_bytes().get(start..)?)?;
    }
}

/// The text of a token that is one, and how wide the token is. Where it is not `known` to be one it must look like one.
fn constant(token: &[u8], age: Age, known: bool) -> Option<(String, usize)> {
    let (start, count, wide) = match age {
        Age::Old(_) => (2, usize::from(*token.get(1)?), false),
        Age::Biff8 => (3, usize::from(*token.get(1)?), token.get(2)? & 1 != 0),
        Age::Biff12 => (3, usize::from(u16_at(token, 1)?), true),
    };
    let end = start + if wide { 2 * count } else { count };
    let text = token.get(start..end)?;
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    if !known && (wide || text.iter().any(control)) {
        return None;
    }
    let text = match age {
        Age::Old(bytes) => bytes.decode(text),
        _ => characters(text, count, wide),
    };
    Some((text, end))
}

/// How wide a token is; those with references are wider in xlsb, which has more rows and columns.
fn width(token: &[u8], age: Age) -> Option<usize> {
    let kind = *token.first()?;
    // Three classes of one token differ in two bits.
    let kind = if kind & 0x60 == 0 {
        kind
    } else {
        kind & 0x1f | 0x20
    };
    let (cell, area, array) = match age {
        Age::Biff12 => (7, 13, 15),
        _ => (5, 9, 8),
    };
    Some(match kind {
        0x03..=0x16 => 1,
        0x1c | 0x1d => 2,
        0x1e | 0x21 | 0x29 | 0x2e | 0x2f => 3,
        // A choice has a table of its cases.
        0x19 if token.get(1)? & 4 != 0 => 6 + 2 * usize::from(u16_at(token, 2)?),
        0x19 | 0x22 => 4,
        0x01 | 0x02 | 0x23 => 5,
        0x26..=0x28 | 0x39 => 7,
        0x20 => array,
        0x24 | 0x2a | 0x2c => cell,
        0x25 | 0x2b | 0x2d => area,
        0x3a | 0x3c => cell + 2,
        0x3b | 0x3d => area + 2,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(formula: &str) -> String {
        let mut formulas = Formulas::default();
        formulas.written(formula);
        formulas.take()
    }

    #[test]
    fn constants_and_long_numbers_are_what_a_formula_says() {
        for (formula, expected) in [
            (
                "HYPERLINK(\"mailto:a@example.se\",\"Bo\")",
                "mailto:a@example.se\nBo\n",
            ),
            ("IF(A1=\"07\"\"0\",1,\"x\")", "07\"0\nx\n"),
            ("IF(A1=191212121212,1,1234567)", "191212121212\n"),
            ("A1*0.12345678901234", ""),
            ("'Blad \"1\"'!A1&\"Ek\"&'it''s'!B2", "Ek\n"),
            ("'file:///home/bo/a.ods'#$Blad1.A1", "file:///home/bo/a.ods\n"),
            ("IF(A1=\"\",\" - \",B1)", ""),
            ("A1' & \"811228-98", "811228-98\n"),
            ("SUM(A1:XFD1048576)", ""),
            ("\"Å\"&\"Å\"", "Å\n"),
            ("", ""),
        ] {
            assert_eq!(said(formula), expected, "{formula}");
        }
    }

    #[test]
    fn numbers_are_found_wherever_they_begin() {
        for before in 0..25 {
            let formula = "+".repeat(before) + "1234567890";
            assert_eq!(said(&formula), "1234567890\n", "{before}");
            assert_eq!(said(&(formula + "+ 123456789 +")), "1234567890\n", "{before}");
        }
    }

    #[test]
    fn a_constant_is_said_once() {
        let mut formulas = Formulas::default();
        for expected in ["Ja\nNej\n", ""] {
            formulas.written("IF(A1,\"Ja\",\"Nej\")");
            assert_eq!(formulas.take(), expected);
        }
        let long = format!("\"{}\"", "x".repeat(LONGEST + 1));
        for _ in 0..2 {
            formulas.written(&long);
            assert_eq!(formulas.take().len(), LONGEST + 2);
        }
        (0..2 * REMEMBERED).for_each(|n| formulas.written(&format!("\"c{n}\"")));
        assert_eq!(formulas.seen.len(), REMEMBERED);
    }

    #[test]
    fn tokens_are_walked_and_texts_found_behind_what_is_not_known() {
        // A reference whose row looks like the beginning of a text, an int, a choice, a text, a number.
        let cell = [0x44, 0x17, 0x01, 0x00, 0xc0];
        let text = [&[0x17, 2, 0][..], b"Ek"].concat();
        let wide = [0x17, 2, 1, 0xc5, 0, b's', 0];
        let number = [&[0x1f][..], &198_112_289_874f64.to_le_bytes()].concat();
        let choice = [0x19, 4, 1, 0, 0, 0, 0, 0];
        let known = [&cell[..], &[0x1e, 7, 0], &choice, &text, &number, &wide, &[0x08]].concat();
        let mut formulas = Formulas::default();
        formulas.tokens(&known, &[], Age::Biff8);
        assert_eq!(formulas.take(), "Ek\n198112289874\nÅs\n");
        let mut formulas = Formulas::default();
        formulas.tokens(
            &[&[0x18, 0x17][..], &text, &[0x17, 9, 0, 1]].concat(),
            b"\x02\x04\0\0Alma",
            Age::Biff8,
        );
        assert_eq!(formulas.take(), "Ek\nAlma\n");
        let mut formulas = Formulas::default();
        let old = [&[0x44, 1, 2, 3][..], &[0x17, 3], b"\xc5sa", &[0x17]].concat();
        formulas.tokens(&old, &[], Age::Old(Bytes::of_code_page(1252)));
        assert_eq!(formulas.take(), "Åsa\n");
        let mut formulas = Formulas::default();
        let twelve = [&[0x24, 0, 0, 0, 0, 0, 0][..], &[0x17, 2, 0, b'E', 0, b'k', 0]].concat();
        formulas.tokens(&twelve, &[], Age::Biff12);
        assert_eq!(formulas.take(), "Ek\n");
        for length in 0..known.len() {
            Formulas::default().tokens(known.get(..length).unwrap(), &[], Age::Biff12);
        }
    }
}
