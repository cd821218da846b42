//! A cell of an ods: its value as the attributes give it, and as it is shown.
//!
//! The digits a person meant may stand in either: a number loses its zeros in one, all but five of its digits in the
//! other.

use std::borrow::Cow;

use quick_xml::events::BytesStart;

use super::super::number::plain;
use super::super::rows::MAX_ROW;
use crate::extract::package::attribute;
use crate::extract::package::parts::value_of;

/// A cell that is being read.
#[derive(Default)]
pub(super) struct Open {
    pub(super) column: u32,
    pub(super) repeated: u32,
    kind: String,
    value: String,
    pub(super) shown: String,
    pub(super) links: String,
    pub(super) formula: String,
    /// What boxes, shapes and pictures on the cell say.
    pub(super) shapes: String,
}

impl Open {
    pub(super) fn new(element: &BytesStart<'_>, column: u32) -> Self {
        let mut open = Self {
            column,
            repeated: repeated(element, "number-columns-repeated"),
            ..Self::default()
        };
        for at in element.attributes().with_checks(false).flatten() {
            let key = at.key.local_name();
            match key.as_ref() {
                "value-type" => at.value.as_ref().clone_into(&mut open.kind),
                "value" | "date-value" | "time-value" => at.value.as_ref().clone_into(&mut open.value),
                "string-value" => open.value = value_of(&at),
                "formula" => open.formula = value_of(&at),
                _ => {}
            }
        }
        open
    }

    /// The readings of the cell: the digits meant first.
    pub(super) fn readings(&self) -> [Cow<'_, str>; 2] {
        let shown = self.shown.trim();
        match self.kind.as_str() {
            "float" | "currency" | "percentage" => {
                let mut digits = String::new();
                match self.value.trim().parse::<f64>() {
                    Ok(value) => plain(value, &mut digits),
                    Err(_) => digits.push_str(&self.value),
                }
                if restores(shown, &digits) {
                    return [Cow::Borrowed(shown), Cow::Borrowed("")];
                }
                // A number has one line.
                let second = if shown.contains('\n') { shown } else { "" };
                [Cow::Owned(digits), Cow::Borrowed(second)]
            }
            "date" => {
                let date = self.value.replacen('T', " ", 1);
                let second = if shown == date { "" } else { shown };
                [Cow::Owned(date), Cow::Borrowed(second)]
            }
            // True or false, in any language, is a word.
            "boolean" if shown.contains(|c: char| c.is_ascii_digit() || c == '\n') => {
                [Cow::Borrowed(shown), Cow::Borrowed("")]
            }
            "boolean" => [Cow::Borrowed(""), Cow::Borrowed("")],
            // A string that is not shown stands in an attribute only.
            _ if shown.is_empty() => [Cow::Borrowed(self.value.as_str()), Cow::Borrowed("")],
            _ => {
                let same = shown.split_whitespace().eq(self.value.split_whitespace());
                let second = if same { "" } else { self.value.as_str() };
                [Cow::Borrowed(shown), Cow::Borrowed(second)]
            }
        }
    }
}

/// Whether the shown text of a number has its digits with lost zeros restored or a hyphen set.
fn restores(shown: &str, digits: &str) -> bool {
    let fitting = shown
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '+' | '(' | ')' | '\u{a0}'));
    let bare: String = shown.chars().filter(char::is_ascii_digit).collect();
    let same = bare.trim_start_matches('0') == digits;
    fitting && same && !shown.starts_with('-') && (bare.len() > digits.len() || shown.contains('-'))
}

pub(super) fn repeated(element: &BytesStart<'_>, name: &str) -> u32 {
    let count = attribute(element, name)
        .and_then(|count| count.trim().parse::<u64>().ok())
        .unwrap_or(1);
    count.clamp(1, MAX_ROW) as u32
}
