//! Escapes of JSON, XML and HTML, read as the characters they stand for.
//!
//! `Linn\u00e9gatan`, `isak71&#64;example.com` and `Tallv<b>ägen</b> 29` say what a person reads plainly, but no
//! pattern sees it. Only documents of these families are touched, and only stretches that hold such marks; what is
//! neither an escape nor a tag between letters stays as it is, with its labels and attributes. Lines stay lines, and
//! a table of shifts tells which column of the document a place in the text was.

use std::ops::Range;

use crate::model::{Place, Shift, Text};
use crate::text::Stretch;

mod entity;
mod tag;

/// The character an entity of HTML stands for.
pub(super) fn entity_char(name: &str) -> Option<char> {
    entity::named(name.as_bytes())
}

/// How far into a document its family is looked for.
const HEAD: usize = 1024;
/// Buffers that grew beyond this are given back.
const KEPT: usize = 1 << 20;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Anything else.
    Plain,
    Json,
    Markup,
}

impl Family {
    fn of(head: &str, extension: &str) -> Self {
        if ["json", "jsonl", "ndjson", "geojson"].contains(&extension) || is_json(head) {
            return Self::Json;
        }
        let named = ["html", "htm", "xhtml", "xml", "svg", "kml", "gpx", "rss"].contains(&extension);
        if named || is_markup(head) {
            return Self::Markup;
        }
        Self::Plain
    }
}

/// An opened object or list with a first key or value: `[section]`, `[2024-11-02 10:00]` and `{{name}}` are none.
fn is_json(head: &str) -> bool {
    let inside = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || "[{".contains(c));
    let opened = head.get(..head.len() - inside.len()).unwrap_or_default();
    let Some(last) = opened.trim_end().chars().next_back() else {
        return false;
    };
    let number = inside.trim_start_matches(|c: char| c.is_ascii_digit() || "-+.eE".contains(c));
    match (last, inside.chars().next()) {
        ('{' | '[', Some('"')) | ('{', Some('}')) | ('[', Some(']')) => true,
        ('[', Some('0'..='9' | '-')) => number.trim_start().starts_with(','),
        ('[', Some('n' | 't' | 'f')) => ["null", "true", "false"].iter().any(|word| {
            inside
                .strip_prefix(word)
                .is_some_and(|rest| rest.trim_start().starts_with(','))
        }),
        _ => false,
    }
}

fn is_markup(head: &str) -> bool {
    let start = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if let Some(rest) = start.strip_prefix('<') {
        let name = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || b"-_:.".contains(b))
            .count();
        let ended = matches!(
            rest.as_bytes().get(name),
            Some(b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n')
        );
        let element = ended && rest.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        if element || rest.starts_with("?xml") || rest.starts_with("!--") {
            return true;
        }
    }
    let mut bytes = head.as_bytes();
    bytes = bytes.get(..HEAD).unwrap_or(bytes);
    memchr::memchr_iter(b'<', bytes).any(|at| {
        let begins = |tag: &[u8]| {
            bytes
                .get(at..at + tag.len())
                .is_some_and(|b| b.eq_ignore_ascii_case(tag))
        };
        begins(b"<html>") || begins(b"<html ") || begins(b"<!doctype")
    })
}

/// Reads the escapes of one document, stretch by stretch.
pub(super) struct Escapes<'e> {
    extension: &'e str,
    family: Option<Family>,
    /// By how many bytes the last mark of the stretch before reaches into this one.
    over: usize,
    text: String,
    shifts: Vec<Shift>,
}

impl<'e> Escapes<'e> {
    pub(super) fn new(extension: &'e str) -> Self {
        Self {
            extension,
            family: None,
            over: 0,
            text: String::new(),
            shifts: Vec::new(),
        }
    }

    /// The stretch with its escapes read. Stretches come in order; a mark belongs to the one it begins in.
    pub(super) fn read<'s>(&'s mut self, stretch: &Stretch<'s>) -> Text<'s> {
        let family = *self
            .family
            .get_or_insert_with(|| Family::of(stretch.text, self.extension));
        let plain = family == Family::Plain
            || (self.over == 0 && memchr::memchr3(b'\\', b'&', b'<', stretch.text.as_bytes()).is_none());
        if plain {
            return text(
                stretch.text,
                stretch.own.clone(),
                (stretch.line, stretch.column),
                &[],
            );
        }
        if self.text.capacity() > KEPT {
            self.text = String::new();
        }
        self.text.clear();
        self.shifts.clear();
        let mut pass = Pass {
            json: family == Family::Json,
            text: stretch.text,
            raw: 0,
            out: &mut self.text,
            shifts: &mut self.shifts,
        };
        let (start, end) = (stretch.own.start, stretch.own.end);
        let first = (start + self.over).min(stretch.text.len());
        let skipped = stretch.text.get(start..first).unwrap_or_default().chars().count();
        pass.run(0..first, first);
        let (own_start, before) = (pass.reached(first), pass.shifts.len());
        let last = pass.run(first..end, stretch.text.len());
        self.over = last - end;
        let own = own_start..pass.reached(last);
        pass.run(last..stretch.text.len(), stretch.text.len());
        let place = (stretch.line, stretch.column + skipped as u64);
        if pass.raw == 0 {
            // No mark that changes anything.
            return text(stretch.text, own, place, &[]);
        }
        pass.keep_to(stretch.text.len());
        text(
            &self.text,
            own,
            place,
            self.shifts.get(before..).unwrap_or_default(),
        )
    }
}

fn text<'s>(text: &'s str, own: Range<usize>, (line, column): (u64, u64), shifts: &'s [Shift]) -> Text<'s> {
    Text {
        text,
        own,
        place: Place::Lines { line, column, shifts },
        label: None,
    }
}

/// What a mark is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Itself.
    Kept,
    /// Nothing.
    Gone,
    /// A character.
    Char(char),
}

/// One stretch on its way through.
struct Pass<'p> {
    json: bool,
    text: &'p str,
    /// Up to here the text has been written.
    raw: usize,
    out: &'p mut String,
    shifts: &'p mut Vec<Shift>,
}

impl Pass<'_> {
    /// Reads the marks that begin in a range, none of which may reach over `limit`; tells where the last one
    /// ended, or the range.
    fn run(&mut self, range: Range<usize>, limit: usize) -> usize {
        let text = self.text.get(..limit).unwrap_or_default();
        let mut at = range.start;
        while at < range.end {
            let rest = text.as_bytes().get(at..range.end).unwrap_or_default();
            let Some(found) = memchr::memchr3(b'\\', b'&', b'<', rest) else {
                return range.end;
            };
            at += found;
            let (length, reading) = self.mark(text, at);
            if reading != Reading::Kept {
                self.replace(at..at + length, reading, text);
            }
            at += length;
        }
        at.max(range.end)
    }

    fn mark(&self, text: &str, at: usize) -> (usize, Reading) {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        match rest.first() {
            Some(b'\\') => escape(rest, self.json),
            Some(b'&') => entity::read(rest),
            _ => {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                tag::read(rest, before.is_some_and(char::is_alphanumeric))
            }
        }
    }

    /// Where in the rewritten text an offset of the stretch is that no mark covers.
    fn reached(&self, at: usize) -> usize {
        self.out.len() + (at - self.raw)
    }

    /// Writes the text before an offset as it is.
    fn keep_to(&mut self, at: usize) {
        self.out.push_str(self.text.get(self.raw..at).unwrap_or_default());
        self.raw = at;
    }

    fn replace(&mut self, mark: Range<usize>, reading: Reading, text: &str) {
        self.keep_to(mark.start);
        self.raw = mark.end;
        let read = match reading {
            Reading::Char(c) => Some(c),
            // A tag between a word and a number keeps them apart: `<b>Personnummer</b>1986...`.
            _ if text.as_bytes().get(mark.start) == Some(&b'<') => {
                let before = self.out.chars().next_back();
                let after = text.get(mark.end..).and_then(|rest| rest.chars().next());
                let apart = before.zip(after).is_some_and(|(before, after)| {
                    (before.is_alphabetic() && after.is_ascii_digit())
                        || (before.is_ascii_digit() && after.is_alphabetic())
                });
                apart.then_some(' ')
            }
            _ => None,
        };
        self.out.extend(read);
        // Marks are written in ASCII: a byte is a character.
        let skipped = mark.len() - usize::from(read.is_some());
        self.shifts.push(Shift {
            at: self.out.len(),
            skipped,
        });
    }
}

/// A name of up to eight bytes as a number, since tables of numbers are searched faster; 0 for a longer one.
const fn key(name: &[u8]) -> u64 {
    if name.len() > 8 {
        return 0;
    }
    let mut key = 0;
    let mut at = 0;
    while at < name.len() {
        key = key << 8 | name[at] as u64;
        at += 1;
    }
    key
}

const fn keys<const N: usize>(names: [&[u8]; N]) -> [u64; N] {
    let mut keys = [0; N];
    let mut at = 0;
    while at < N {
        keys[at] = key(names[at]);
        at += 1;
    }
    keys
}

/// A backslash and what belongs to it. Outside JSON only `\u` is one, as scripts in pages have it.
fn escape(rest: &[u8], json: bool) -> (usize, Reading) {
    match rest.get(1) {
        Some(b'u') => match utf16(rest) {
            Some((length, c)) => (length, shown(c)),
            None => (1, Reading::Kept),
        },
        Some(b'/') if json => (2, Reading::Char('/')),
        Some(b'n' | b'r' | b't' | b'b' | b'f') if json => (2, Reading::Char(' ')),
        // An escaped backslash or quote is no beginning of another escape.
        Some(b'\\' | b'"') => (2, Reading::Kept),
        _ => (1, Reading::Kept),
    }
}

/// `\uXXXX`, or two of them where they are one character.
fn utf16(rest: &[u8]) -> Option<(usize, char)> {
    let unit = |at: usize| -> Option<u32> {
        let digits = rest.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &digit| {
            Some(unit << 4 | char::from(digit).to_digit(16)?)
        })
    };
    let first = unit(0)?;
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, unit(6)) {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((12, char::from_u32(code)?));
    }
    Some((6, char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)))
}

/// A decoded character as it is put into the text: none that nobody sees, and none that would break a line.
fn shown(c: char) -> Reading {
    match c {
        // Soft hyphen, zero-width spaces and joiners, byte order mark.
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => Reading::Gone,
        '\u{2028}' | '\u{2029}' => Reading::Char(' '),
        c if c.is_control() => Reading::Char(' '),
        c => Reading::Char(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The owned text as read, with the line and column of each character in the document.
    type Places = Vec<(char, u64, u64)>;

    fn places(text: &Text<'_>) -> Places {
        let Place::Lines {
            mut line,
            mut column,
            shifts,
        } = text.place
        else {
            panic!("no lines")
        };
        let mut shifts = shifts.iter().peekable();
        let own = text.text.get(text.own.clone()).unwrap();
        own.char_indices()
            .map(|(at, c)| {
                while let Some(shift) = shifts.next_if(|shift| shift.at <= text.own.start + at) {
                    column += shift.skipped as u64;
                }
                let place = (c, line, column);
                column += 1;
                if c == '\n' {
                    (line, column) = (line + 1, 1);
                }
                place
            })
            .collect()
    }

    /// Reads a document in stretches that end at these offsets and see so much around them.
    fn read_in(document: &str, extension: &str, cuts: &[usize], around: usize) -> Places {
        let border = |at: usize| {
            (0..=at.min(document.len()))
                .rfind(|&at| document.is_char_boundary(at))
                .unwrap()
        };
        let mut ends: Vec<usize> = cuts
            .iter()
            .map(|&cut| border(cut))
            .chain([document.len()])
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let mut escapes = Escapes::new(extension);
        let mut read = Vec::new();
        let mut start = 0usize;
        for end in ends {
            let from = border(start.saturating_sub(around));
            let before = document.get(..start).unwrap();
            let stretch = Stretch {
                text: document.get(from..border(end + around)).unwrap(),
                own: start - from..end - from,
                line: before.matches('\n').count() as u64 + 1,
                column: before.rsplit('\n').next().unwrap().chars().count() as u64 + 1,
            };
            read.extend(places(&escapes.read(&stretch)));
            start = end;
        }
        read
    }

    fn read(document: &str, extension: &str) -> String {
        read_in(document, extension, &[], 0)
            .into_iter()
            .map(|(c, ..)| c)
            .collect()
    }

    #[test]
    fn escapes_of_json_are_read() {
        for (written, said) in [
            (
                r#"{"adress": "Linn\u00e9gatan 25"}"#,
                r#"{"adress": "Linnégatan 25"}"#,
            ),
            (
                r#"["Linn\u00E9gatan\/25\n302 43\tHalmstad"]"#,
                r#"["Linnégatan/25 302 43 Halmstad"]"#,
            ),
            (
                r#"["\ud83d\ude00 \ud83d \ude00\u0000\u2028"]"#,
                "[\"😀 \u{fffd} \u{fffd}  \"]",
            ),
            (
                r#"["C:\\u00e5\\n \"x\" \\\u00e5 \u00zz \u00"]"#,
                r#"["C:\\u00e5\\n \"x\" \\å \u00zz \u00"]"#,
            ),
            (r#"["070\u00ad174 06\u00a005"]"#, "[\"070174 06\u{a0}05\"]"),
            (r#"["Tallv&auml;gen 29<br>302 43"]"#, r#"["Tallvägen 29 302 43"]"#),
        ] {
            assert_eq!(read(written, "json"), said);
            assert_eq!(read(written, "txt"), said);
        }
    }

    #[test]
    fn escapes_of_markup_are_read() {
        for (written, said) in [
            (
                "<p>isak71&#64;example.com &amp; &#x40;</p>",
                "<p>isak71@example.com & @ ",
            ),
            (
                "<td>Tallv&auml;gen 29 lgh 1203<br>302 43 Halmstad</td>",
                "<td>Tallvägen 29 lgh 1203 302 43 Halmstad ",
            ),
            (
                "<p>Linn<b>&eacute;</b>g<wbr>at&shy;an <i>25</i>",
                "<p>Linnégatan 25",
            ),
            ("<p>Linn<span class=\"hit\">égatan</span> 25", "<p>Linnégatan 25"),
            (
                "<p><b>Personnummer</b>19860506-2386",
                "<p>Personnummer 19860506-2386",
            ),
            ("<p>1986<b>0506</b>-<i>2386</i>", "<p>19860506-2386"),
            (
                "<a href=\"mailto:bo&#64;example.com\">Bo</a><PersonNr>19860506-2386</PersonNr>",
                "<a href=\"mailto:bo@example.com\">Bo<PersonNr>19860506-2386</PersonNr>",
            ),
            (
                "<script>{\"ort\": \"V\\u00e4xj\\u00f6\\n\"}",
                "<script>{\"ort\": \"Växjö\\n\"}",
            ),
            ("<x>\n&#10;\n", "<x>\n \n"),
        ] {
            assert_eq!(read(written, "html"), said);
            assert_eq!(read(written, ""), said);
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            r"[bibliotek] C:\users\nisse\u00e5 &aring;",
            r"[2024-11-02 10:00] C:\temp &aring;",
            r"[[rule]] a = '\u00e5'",
            r"{{name}} \u00e5",
            r"{\rtf1 \u00e5 &aring;",
            r"[fel] \u00e5",
            "Anna <anna@example.com> &aring; <br>",
            "<anna@example.com> &aring;",
            "<14>Oct 11 &aring;",
            "fn main() { let a = \"&aring;<b>\"; }",
            "",
            "\u{feff}",
        ] {
            assert_eq!(read(text, "txt"), text);
        }
        for json in ["{}", "[ ]", "[1, \"", "[null,", "\u{feff}\n [ { \"", "[[-1.5e3 ,"] {
            assert!(is_json(json), "{json}");
        }
        for markup in [
            "<!DOCTYPE html>",
            "\u{feff}<?xml version",
            " <ns:a-b x",
            "<a/>",
            "HTTP/1.1\n<HTML>",
        ] {
            assert!(is_markup(markup), "{markup}");
        }
    }

    #[test]
    fn a_mark_belongs_to_the_stretch_it_begins_in() {
        let document = "<p>åsa&auml;<b>ö</b>\nx&#64;y<br/>z&ouml;";
        let whole = read_in(document, "", &[], 0);
        let columns: Vec<(char, u64, u64)> = whole
            .iter()
            .copied()
            .filter(|(c, ..)| "äöxzy@".contains(*c))
            .collect();
        let expected = [
            ('ä', 1, 7),
            ('ö', 1, 16),
            ('x', 2, 1),
            ('@', 2, 2),
            ('y', 2, 7),
            ('z', 2, 13),
            ('ö', 2, 14),
        ];
        assert_eq!(columns, expected);
        for cut in 0..document.len() {
            for second in cut..document.len() {
                assert_eq!(
                    read_in(document, "", &[cut, second], 100),
                    whole,
                    "{cut} {second}"
                );
            }
        }
    }

    fn marked() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-zåäö0-9 \n\"'>;]{0,4}",
            "&(#64|aring|shy|x);?",
            r"\\{1,3}(u00e5|ud83d\\ude00|n|/|)?",
            "</?(b|i|br|span class=x|a href='&#64;'|PersonNr|p)/?>?",
        ];
        proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn stretches_own_what_the_whole_says(
            document in marked(),
            json in any::<bool>(),
            cuts in proptest::collection::vec(0usize..200, 0..4),
        ) {
            let extension = if json { "json" } else { "html" };
            let whole = read_in(&document, extension, &[], 0);
            prop_assert_eq!(read_in(&document, extension, &cuts, 1000), whole.clone());
            let lines = whole.iter().filter(|(c, ..)| *c == '\n').count();
            prop_assert_eq!(lines, document.matches('\n').count());
        }

        #[test]
        fn what_is_seen_around_never_changes_what_is_owned_how_often(
            document in marked(),
            cuts in proptest::collection::vec(0usize..200, 0..6),
            around in 0usize..30,
        ) {
            let read = read_in(&document, "html", &cuts, around);
            let places: Vec<_> = read.iter().map(|&(_, line, column)| (line, column)).collect();
            prop_assert!(places.is_sorted_by(|a, b| a < b));
        }

        #[test]
        fn without_marks_a_text_is_untouched(document in "[^\\\\&<]{0,200}", cut in 0usize..200) {
            let read: String = read_in(&document, "html", &[cut], 50).into_iter().map(|(c, ..)| c).collect();
            prop_assert_eq!(read, document);
        }
    }
}
