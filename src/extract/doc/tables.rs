//! Names that a Word document keeps beside its text: who commented, who changed, who saved, what a link is called.
//!
//! A text without a single name in it still says who worked on it.

use super::fib::{Fib, Part};
use crate::extract::compound::{u16_at, u32_at};
use crate::extract::package::parts::push;
use crate::extract::prose::Prose;
use crate::extract::{Flow, Outlet, carve};
use crate::model::Place;
use crate::text::Encoding;

/// Names of a list that are looked at.
const MOST: usize = 20_000;
/// Authors of comments are named in no more bytes.
const MOST_AUTHORS: usize = 4 << 20;
/// What documents are called that are saved under several names, and so on: lists, by their number and how they are told.
const LISTS: &[(usize, &str, Option<&str>)] = &[
    (21, "bookmarks", None),
    (51, "tracked changes", Some("author")),
    (71, "saved by", Some("author")),
];

/// Tells the names.
pub(super) fn tell(fib: &Fib, table: &[u8], out: &mut dyn Outlet) -> Flow {
    for &(number, name, label) in LISTS {
        let mut text = String::new();
        for entry in strings(fib.find(number, table), fib.encoding) {
            let silent = entry.is_empty() || entry.starts_with('_') || entry == "Unknown";
            if !silent {
                text.push_str(&entry);
                text.push('\n');
            }
        }
        let place = Place::Part { name: name.into() };
        if push(&text, &place, label, out).is_stop() {
            return Flow::Stop;
        }
    }
    if associated(fib, table, out).is_stop() {
        return Flow::Stop;
    }
    // Where it was saved for a rescue, and to whom it was to be sent in turn.
    let mut prose = Prose::part("saved by");
    for number in [35, 70] {
        let mut text = String::new();
        let bytes = fib.find(number, table);
        carve::wide(bytes, &mut text);
        if number == 70 || !fib.modern {
            carve::words(bytes, fib.encoding, &mut text);
        }
        prose.push_str(&text);
    }
    if prose.finish(out).is_stop() {
        return Flow::Stop;
    }
    if fib.modern {
        // Descriptions of pictures, and text that is drawn as letters.
        return carve::tell(fib.find(50, table), None, "drawings", out);
    }
    Flow::Continue
}

/// Properties that a document keeps a second time: since Word 6, in a list with a fixed order.
fn associated(fib: &Fib, table: &[u8], out: &mut dyn Outlet) -> Flow {
    for (i, text) in strings(fib.find(32, table), fib.encoding).iter().enumerate() {
        let (name, label) = match i {
            2 => ("title", "title"),
            3 => ("subject", "subject"),
            4 => ("keywords", "keywords"),
            5 => ("comments", "comments"),
            6 => ("author", "author"),
            7 => ("last saved by", "author"),
            8 | 9 => ("merged from", "source"),
            _ => continue,
        };
        let place = Place::Part {
            name: format!("document properties/{name}").into(),
        };
        if push(text.trim(), &place, Some(label), out).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

/// The strings of a table: UTF-16 where it begins with a mark, bytes where not.
fn strings(table: &[u8], encoding: Encoding) -> Vec<String> {
    let wide = u16_at(table, 0) == Some(0xffff);
    let mut found = Vec::new();
    let (count, extra, mut at) = if wide {
        (u16_at(table, 2), u16_at(table, 4).unwrap_or(0), 6)
    } else {
        // Before Word 97 the size of the table in bytes stands before the strings, and no count.
        (u16_at(table, 0), 0, 2)
    };
    for _ in 0..usize::from(count.unwrap_or(0)).min(MOST) {
        let length = if wide {
            u16_at(table, at).map(|count| usize::from(count) * 2)
        } else {
            table.get(at).map(|&count| usize::from(count))
        };
        let Some(length) = length else { break };
        at += if wide { 2 } else { 1 };
        let Some(bytes) = table.get(at..at + length) else {
            break;
        };
        found.push(if wide { Encoding::Utf16Le } else { encoding }.string(bytes));
        at += length + usize::from(extra);
    }
    found
}

/// The encoding that the fonts of an old document speak for, beyond that of its language: Russian was written on
/// English Windows too. `text` decides where the letters of a script have none in common with Latin.
pub(super) fn encoding_of_fonts(fib: &Fib, table: &[u8], text: &[u8]) -> Option<Encoding> {
    let fonts = fib.find(15, table);
    let mut counts = [0u32; 256];
    let mut at = 2;
    while let (Some(&length), Some(&set)) = (fonts.get(at), fonts.get(at + 4)) {
        if let Some(count) = counts.get_mut(usize::from(set)) {
            *count += 1;
        }
        at += usize::from(length) + 1;
    }
    let others = counts
        .iter()
        .zip(0u32..)
        .filter(|&(_, set)| !matches!(set, 0..=2 | 77));
    let (&count, set) = others
        .max_by_key(|&(&count, _)| count)
        .filter(|&(&count, _)| count > 0)?;
    let high = text.iter().filter(|byte| **byte >= 0xc0).count();
    let low = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let speaks = match set {
        // Cyrillic, Greek, Hebrew, Arabic.
        204 | 161 | 177 | 178 => high > low / 2,
        _ => count > counts.iter().sum::<u32>() / 2,
    };
    speaks.then(|| Encoding::of_charset(set)).flatten()
}

/// Splits the part of the comments into comments, each with its author.
pub(super) fn split_comments(parts: &mut Vec<Part>, fib: &Fib, table: &[u8]) {
    let starts = fib.find(5, table);
    let references = fib.find(4, table);
    let authors = authors(fib.find(36, table));
    let each = 30;
    let count = references.len().saturating_sub(4) / (4 + each);
    let Some(index) = parts
        .iter()
        .position(|part| part.name == "comments")
        .filter(|_| fib.modern && count > 0 && !authors.is_empty())
    else {
        return;
    };
    let whole = parts.remove(index);
    let base = fib.comments();
    let mut start = whole.characters.start;
    let mut split = Vec::new();
    let mut named = 0;
    for i in 0..count.min(MOST) {
        let next = u32_at(starts, i * 4 + 4).map(|next| base.saturating_add(next));
        let end = next
            .unwrap_or(whole.characters.end)
            .clamp(start, whole.characters.end);
        let author = u16_at(references, (count + 1) * 4 + i * each + 20)
            .and_then(|author| authors.get(usize::from(author)))
            .filter(|author| {
                named += author.len();
                named < MOST_AUTHORS
            });
        split.push(Part {
            name: whole.name,
            characters: start..end,
            author: author.cloned(),
        });
        start = end;
    }
    split.push(Part {
        name: whole.name,
        characters: start..whole.characters.end,
        author: None,
    });
    parts.splice(index..index, split);
}

fn authors(list: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(count) = u16_at(list, at) {
        let end = at + 2 + usize::from(count) * 2;
        let Some(bytes) = list.get(at + 2..end) else { break };
        found.push(Encoding::Utf16Le.string(bytes));
        at = end;
    }
    found
}
