//! What an xls says beside its cells in records of their own shapes: headers, filters, cells of other workbooks, and
//! the source rows of pivot tables.
//!
//! A record that is not what it should be is looked through for text.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::biff::{Bytes, characters, record, rk, string};
use super::super::number::plain;
use super::look_through;
use crate::extract::compound::{Ole, f64_at, u16_at, u32_at};
use crate::extract::package::parts::{header, push};
use crate::extract::{Flow, Outlet};
use crate::model::Place;

/// Headers and footers of even and first pages.
pub(super) fn headers(data: &[u8], bytes: Bytes, out: &mut String) {
    let mut at = 38;
    for count in (30..38).step_by(2).map(|at| u16_at(data, at).unwrap_or(0)) {
        if count == 0 {
            continue;
        }
        let text = data.get(at..).and_then(|data| string(data, true, true, bytes));
        let Some(text) = text else {
            return look_through(data, bytes, out);
        };
        let wide = data.get(at + 2).is_some_and(|flags| flags & 1 != 0);
        at += 3 + usize::from(count) * if wide { 2 } else { 1 };
        line(&header(&text), out);
    }
}

/// What a column is filtered by: two conditions, whose texts stand behind them.
pub(super) fn filter(data: &[u8], modern: bool, bytes: Bytes, out: &mut String) {
    let mut at = 24;
    for condition in [4, 14] {
        match data.get(condition) {
            Some(2) => number(u32_at(data, condition + 2).map(rk), out),
            Some(4) => number(f64_at(data, condition + 2), out),
            Some(6) => {
                let count = usize::from(data.get(condition + 6).copied().unwrap_or(0));
                let wide = modern && data.get(at).is_some_and(|flags| flags & 1 != 0);
                let start = at + usize::from(modern);
                let rest = data.get(start..).unwrap_or_default();
                let text = if modern {
                    characters(rest, count, wide)
                } else {
                    bytes.decode(rest.get(..count).unwrap_or(rest))
                };
                line(&text, out);
                at = start + count * if wide { 2 } else { 1 };
            }
            _ => {}
        }
    }
}

/// Cells of another workbook, as they were when it was last open.
pub(super) fn foreign_cells(data: &[u8], modern: bool, bytes: Bytes, out: &mut String) {
    let mut rest = data.get(4..).unwrap_or_default();
    while let Some((&kind, value)) = rest.split_first() {
        let width = match kind {
            1 => {
                number(f64_at(value, 0), out);
                8
            }
            2 => {
                line(&string(value, modern, modern, bytes).unwrap_or_default(), out);
                let wide = modern && value.get(2).is_some_and(|flags| flags & 1 != 0);
                match (modern, u16_at(value, 0), value.first()) {
                    (true, Some(count), _) => 3 + usize::from(count) * if wide { 2 } else { 1 },
                    (false, _, Some(&count)) => 1 + usize::from(count),
                    _ => return,
                }
            }
            // Nothing, a truth value, an error.
            0 | 4 | 16 => 8,
            _ => return look_through(value, bytes, out),
        };
        rest = value.get(width..).unwrap_or_default();
    }
}

fn number(value: Option<f64>, out: &mut String) {
    if let Some(value) = value {
        plain(value, out);
        out.push('\n');
    }
}

fn line(text: &str, out: &mut String) {
    out.push_str(text);
    out.push('\n');
}

/// The source rows that pivot tables keep.
pub(super) fn caches(ole: &Ole<'_>, out: &mut dyn Outlet) -> Flow {
    for entry in &ole.entries {
        // Streams with a number for a name.
        if entry.name.len() != 4 || !entry.name.chars().all(|c| c.is_ascii_hexdigit()) {
            continue;
        }
        let text = cache(&ole.stream(entry));
        let name = Cow::Borrowed(entry.plain_name());
        if push(&text, &Place::Part { name }, None, out).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

fn cache(stream: &[u8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(item) = record(stream, at) {
        at = item.next;
        let data = item.data;
        match item.kind {
            // A text, and the name of a field.
            0xcd => line(
                &string(data, true, true, Bytes::Latin1).unwrap_or_default(),
                &mut text,
            ),
            0xc7 => {
                let name = data
                    .get(14..)
                    .and_then(|name| string(name, true, true, Bytes::Latin1));
                line(&name.unwrap_or_default(), &mut text);
            }
            0xc9 => number(f64_at(data, 0), &mut text),
            0xce => {
                if let (Some(year), Some(month), Some(day)) = (u16_at(data, 0), u16_at(data, 2), data.get(4))
                {
                    // Writing to a String cannot fail.
                    let _ = writeln!(text, "{year:04}-{month:02}-{day:02}");
                }
            }
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATIN: Bytes = Bytes::Latin1;

    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u16).to_le_bytes()[..], &[0], text.as_bytes()].concat()
    }

    #[test]
    fn headers_of_first_and_even_pages_lose_their_codes() {
        let counts = [3u16, 0, 0, 6, 4].map(u16::to_le_bytes).concat();
        let data = [&[0; 28][..], &counts, &text("&CAnna"), &text("B&REk")].concat();
        let mut out = String::new();
        headers(&data, LATIN, &mut out);
        assert_eq!(out, "Anna\nB\nEk\n");
        for length in 0..data.len() {
            headers(data.get(..length).unwrap(), LATIN, &mut String::new());
        }
    }

    #[test]
    fn filters_say_what_is_looked_for() {
        let condition = |count: u8| [&[6, 2, 0, 0, 0, 0, count][..], &[0; 3]].concat();
        let data = [
            &[0; 4][..],
            &condition(4),
            &condition(2),
            b"\0Anna",
            &[1, b'E', 0, b'k', 0],
        ]
        .concat();
        let mut out = String::new();
        filter(&data, true, LATIN, &mut out);
        assert_eq!(out, "Anna\nEk\n");
        out.clear();
        let real = [&[4, 2][..], &198_112_289_874f64.to_le_bytes()].concat();
        filter(
            &[&[0; 4][..], &real, &condition(2), b"Bo"].concat(),
            false,
            LATIN,
            &mut out,
        );
        assert_eq!(out, "198112289874\nBo\n");
    }

    #[test]
    fn cells_of_other_workbooks_are_read() {
        let number = [&[1][..], &7f64.to_le_bytes()].concat();
        let data = [
            &[1, 0, 0, 0][..],
            &number,
            &[0; 9],
            &[2],
            &text("Bo"),
            &[2, 2, 0, 1, b'E', 0, b'k', 0],
        ]
        .concat();
        let mut out = String::new();
        foreign_cells(&data, true, LATIN, &mut out);
        assert_eq!(out, "7\nBo\nEk\n");
        out.clear();
        foreign_cells(b"\0\0\0\0\x02\x02Bo\x63Almar", false, LATIN, &mut out);
        assert_eq!(out, "Bo\nAlmar\n");
    }

    #[test]
    fn pivot_caches_keep_texts_numbers_and_dates() {
        let item = |kind: u16, data: &[u8]| {
            [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
        };
        let stream = [
            item(0xc7, &[&[0; 14][..], &text("Personnummer")].concat()),
            item(0xc9, &198_112_289_874f64.to_le_bytes()),
            item(0xcd, &text("Anna")),
            item(0xce, &[0xbd, 0x07, 12, 0, 28, 0, 0, 0]),
        ]
        .concat();
        assert_eq!(cache(&stream), "Personnummer\n198112289874\nAnna\n1981-12-28\n");
    }
}
