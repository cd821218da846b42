//! Delimited tables: CSV, TSV and their kin, in any encoding and of any size.
//!
//! Exports are where most personal data lies, and no two programs write them alike: quotes may be unbalanced,
//! records ragged, and one stray quote must not swallow a file.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use crate::model::{Cell, Reason};
use crate::text::{decode_head, detect, stretches};

use super::input::HEAD;
use super::table::Tabulator;
use super::{Extractor, Flow, Input, Outlet, Trust, reason_of};

pub(crate) use super::dialect::{Dialect, sniff, sniff_named};

/// A quoted cell longer than this, or of more lines, is an unbalanced quote.
const QUOTED_BYTES: usize = 64 * 1024;
const QUOTED_LINES: usize = 1000;
/// A record longer than this is pushed in parts.
const RECORD_BYTES: usize = 1024 * 1024;

/// The reader of delimited tables.
pub(crate) struct Delimited;

impl Extractor for Delimited {
    fn trust(&self) -> Trust {
        Trust::Streams
    }

    fn extract(&self, mut input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let extension = input.extension().to_owned();
        let head = input.head()?;
        let (encoding, mark) = detect(head, head.len() < HEAD).ok_or(Reason::Unsupported)?;
        let head_text = decode_head(head, encoding, mark);
        let dialect = sniff(&head_text).unwrap_or_else(|| sniff_named(&head_text, &extension));
        drop(head_text);
        let mut records = Records::new(dialect);
        // The beginning of a record whose end has not been read yet.
        let mut pending = String::new();
        let mut stream = input.into_stream();
        let outcome = stretches(&mut stream, encoding, mark, &mut |stretch| {
            let own = stretch.text.get(stretch.own.clone()).unwrap_or_default();
            if pending.is_empty() {
                let (used, flow) = records.feed(own, false, out);
                pending.push_str(own.get(used..).unwrap_or_default());
                return flow == Flow::Continue;
            }
            pending.push_str(own);
            let (used, flow) = records.feed(&pending, false, out);
            pending.drain(..used);
            flow == Flow::Continue
        });
        if !matches!(outcome, Ok(false))
            && !records.feed(&pending, true, out).1.is_stop()
            && records.tabulator.finish(out).is_stop()
        {
            return Ok(());
        }
        outcome.map(|_| ()).map_err(|error| reason_of(&error))
    }
}

/// The records of one table.
struct Records {
    delimiter: u8,
    /// Whether the `sep=` line is still to be passed over.
    sep_line: bool,
    /// How many records came before.
    number: u64,
    /// The column at which the next part of a very long record begins; else 1.
    column: u32,
    spans: Vec<Span>,
    unescaped: String,
    tabulator: Tabulator,
}

/// A cell of a record that has quotes.
struct Span {
    column: u32,
    range: Range<usize>,
    /// Whether the range is one of the unescaped text.
    unescaped: bool,
}

/// Where a quoted cell ends.
enum Quoted {
    /// Before this closing quote; the cell's end follows it.
    Closed { quote: usize, doubled: bool },
    /// On this line, but more stands behind the quote: the cell goes on there.
    GoesOn(usize),
    /// Nowhere near: the quote is an ordinary character.
    Literal,
    /// Not in what has been read.
    Unknown,
}

impl Records {
    fn new(dialect: Dialect) -> Self {
        Self {
            delimiter: dialect.delimiter,
            sep_line: dialect.sep_line,
            number: 0,
            column: 1,
            spans: Vec::new(),
            unescaped: String::new(),
            tabulator: Tabulator::new(0, None),
        }
    }

    /// Pushes the records of `text` that are complete (all of them where it is the `last`), and says how much
    /// of it they were.
    fn feed(&mut self, text: &str, last: bool, out: &mut dyn Outlet) -> (usize, Flow) {
        let bytes = text.as_bytes();
        let mut cells: Vec<Cell<'_>> = Vec::new();
        let mut at = 0;
        let mut next_quote = find(b'"', bytes, 0);
        while at < bytes.len() {
            if next_quote < at {
                next_quote = find(b'"', bytes, at);
            }
            let line_end = find(b'\n', bytes, at);
            let complete = line_end < bytes.len() || last;
            let mut next = None;
            cells.clear();
            if complete && next_quote >= line_end {
                self.split(text, at..line_end, &mut cells);
                next = Some(line_end + 1);
            } else if next_quote < line_end {
                next = self.split_quoted(bytes, at, last);
            }
            let flow = if next.is_none() && bytes.len() - at < RECORD_BYTES {
                return (at, Flow::Continue);
            } else if let Some(after) = next {
                at = after;
                self.end_record(text, &mut cells, out)
            } else {
                let (end, after) = self.part(bytes, at);
                self.column = self.split(text, at..end, &mut cells);
                at = after;
                self.tabulator.row(self.number + 1, &cells, out)
            };
            if flow.is_stop() {
                return (at.min(bytes.len()), flow);
            }
        }
        (bytes.len(), Flow::Continue)
    }

    fn end_record<'t>(&mut self, text: &'t str, cells: &mut Vec<Cell<'t>>, out: &mut dyn Outlet) -> Flow {
        self.column = 1;
        if std::mem::take(&mut self.sep_line) {
            self.spans.clear();
            return Flow::Continue;
        }
        self.number += 1;
        if !self.spans.iter().any(|span| span.unescaped) {
            for span in self.spans.drain(..) {
                push_cell(cells, span.column, text.get(span.range));
            }
            return self.tabulator.row(self.number, cells, out);
        }
        let mut mixed: Vec<Cell<'_>> = Vec::with_capacity(self.spans.len());
        for span in &self.spans {
            let source = if span.unescaped {
                self.unescaped.as_str()
            } else {
                text
            };
            push_cell(&mut mixed, span.column, source.get(span.range.clone()));
        }
        let flow = self.tabulator.row(self.number, &mixed, out);
        drop(mixed);
        self.spans.clear();
        flow
    }

    /// Splits a stretch without quotes, and says which column its last cell has.
    fn split<'t>(&self, text: &'t str, range: Range<usize>, cells: &mut Vec<Cell<'t>>) -> u32 {
        let line = text.as_bytes().get(range.clone()).unwrap_or_default();
        let mut column = self.column;
        let mut start = range.start;
        for at in memchr_iter(self.delimiter, line) {
            let end = range.start + at;
            push_cell(cells, column, text.get(start..end));
            column = column.saturating_add(1);
            start = end + 1;
        }
        push_cell(cells, column, text.get(start..range.end));
        column
    }

    /// Takes the record at `at`, which has quotes, into `spans`, and says where the next one starts; `None` where its
    /// end has not been read.
    fn split_quoted(&mut self, bytes: &[u8], at: usize, last: bool) -> Option<usize> {
        self.spans.clear();
        self.unescaped.clear();
        let mut column = self.column;
        let mut start = at;
        loop {
            let mut scan_from = start;
            let quote = start + leading_spaces(bytes.get(start..).unwrap_or_default());
            let mut span = None;
            if bytes.get(quote) == Some(&b'"') {
                match self.close(bytes, quote, last) {
                    Quoted::Closed { quote: end, doubled } => {
                        span = Some(self.quoted_span(bytes, column, quote + 1..end, doubled));
                        scan_from = end + 1;
                    }
                    Quoted::GoesOn(from) => scan_from = from,
                    Quoted::Literal => {}
                    Quoted::Unknown => return None,
                }
            }
            let rest = bytes.get(scan_from..).unwrap_or_default();
            let end = memchr2(self.delimiter, b'\n', rest).map_or(bytes.len(), |i| scan_from + i);
            if end == bytes.len() && !last {
                return None;
            }
            self.spans.push(span.unwrap_or(Span {
                column,
                range: start..end,
                unescaped: false,
            }));
            if bytes.get(end) != Some(&self.delimiter) {
                return Some(end + 1);
            }
            column = column.saturating_add(1);
            start = end + 1;
        }
    }

    fn quoted_span(&mut self, bytes: &[u8], column: u32, range: Range<usize>, doubled: bool) -> Span {
        if !doubled {
            return Span {
                column,
                range,
                unescaped: false,
            };
        }
        let start = self.unescaped.len();
        let inner = bytes.get(range).unwrap_or_default();
        // Cut at quotes only, which are characters of their own: what is between stays valid.
        self.unescaped
            .push_str(&String::from_utf8_lossy(inner).replace("\"\"", "\""));
        Span {
            column,
            range: start..self.unescaped.len(),
            unescaped: true,
        }
    }

    /// Where the cell that is quoted from `open` on ends.
    fn close(&self, bytes: &[u8], open: usize, last: bool) -> Quoted {
        let (mut lines, mut doubled) = (0, false);
        let mut at = open + 1;
        while let Some(found) = memchr2(b'"', b'\n', bytes.get(at..).unwrap_or_default()) {
            at += found;
            if at - open > QUOTED_BYTES || lines > QUOTED_LINES {
                return Quoted::Literal;
            }
            if bytes.get(at) == Some(&b'\n') {
                lines += 1;
                at += 1;
                continue;
            }
            match bytes.get(at + 1) {
                Some(b'"') => {
                    doubled = true;
                    at += 2;
                    continue;
                }
                None if !last => return Quoted::Unknown,
                _ => {}
            }
            let after = bytes.get(at + 1..).unwrap_or_default();
            let blanks = after
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\r'))
                .count();
            return match after.get(blanks) {
                Some(&byte) if byte != b'\n' && byte != self.delimiter => {
                    // Behind a line end it was the opening quote of a later cell.
                    if lines > 0 {
                        Quoted::Literal
                    } else {
                        Quoted::GoesOn(at + 1)
                    }
                }
                None if !last => Quoted::Unknown,
                _ => Quoted::Closed { quote: at, doubled },
            };
        }
        if last || bytes.len() - open > QUOTED_BYTES {
            Quoted::Literal
        } else {
            Quoted::Unknown
        }
    }

    /// Where the part of a very long record that begins at `at` ends, and where the next one begins: behind a
    /// delimiter, else behind a space, else at a character border.
    fn part(&self, bytes: &[u8], at: usize) -> (usize, usize) {
        let rest = bytes.get(at..).unwrap_or_default();
        let rest = rest.get(..RECORD_BYTES).unwrap_or(rest);
        if let Some(end) = memrchr(self.delimiter, rest) {
            // The cell behind the delimiter is the first of the next part: the empty one tells its column.
            return (at + end + 1, at + end + 1);
        }
        let border =
            || (1..rest.len()).rfind(|&i| !rest.get(i).is_some_and(|byte| (0x80..0xC0).contains(byte)));
        let end = memrchr(b' ', rest)
            .filter(|&end| end > 0)
            .or_else(border)
            .unwrap_or(rest.len());
        (at + end, at + end)
    }
}

fn push_cell<'t>(cells: &mut Vec<Cell<'t>>, column: u32, text: Option<&'t str>) {
    let text = text.unwrap_or_default().trim_ascii();
    if !text.is_empty() {
        cells.push(Cell::new(column, text));
    }
}

fn leading_spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&byte| byte == b' ').count()
}

/// The first `byte` from `at` on, or the end.
fn find(byte: u8, bytes: &[u8], at: usize) -> usize {
    memchr(byte, bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |i| at + i)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::heard::Heard;
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<String> {
        let mut heard = Heard::default();
        Delimited
            .extract(Input::memory(bytes, "csv"), &mut heard)
            .unwrap();
        heard.rows
    }

    #[test]
    fn a_swedish_export_is_read_with_its_header() {
        let text = "Namn;Personnr;Ort\r\nÅsa Ek;811228-9874;Malmö\r\n;19900305-2392; Kil \r\n";
        let wanted = [
            "1: 1=Namn 2=Personnr 3=Ort",
            "2: 1[Namn]=Åsa Ek 2[Personnr]=811228-9874 3[Ort]=Malmö",
            "3: 2[Personnr]=19900305-2392 3[Ort]=Kil",
        ];
        let windows: Vec<u8> = text.chars().map(|c| c as u8).collect();
        let utf16: Vec<u8> = "\u{FEFF}"
            .chars()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let marked = format!("\u{FEFF}{text}");
        for bytes in [text.as_bytes(), &windows, &utf16, marked.as_bytes()] {
            assert_eq!(rows(bytes), wanted);
        }
    }

    #[test]
    fn persons_without_a_header_have_no_labels() {
        assert_eq!(
            rows(b"Ek;Bo;19811228-9874\nAl;Li;19900305-2392"),
            ["1: 1=Ek 2=Bo 3=19811228-9874", "2: 1=Al 2=Li 3=19900305-2392",]
        );
    }

    #[test]
    fn quotes_hold_delimiters_line_ends_and_quotes() {
        let text = "Namn,Text,Nr\n\"Ek, Bo\",\"rad 1\nrad \"\"2\"\"\",7\nLi, \"x\" ,8\n\"\",\"\"\"\",9\n";
        assert_eq!(
            rows(text.as_bytes()),
            [
                "1: 1=Namn 2=Text 3=Nr",
                "2: 1[Namn]=Ek, Bo 2[Text]=rad 1\nrad \"2\" 3[Nr]=7",
                "3: 1[Namn]=Li 2[Text]=x 3[Nr]=8",
                "4: 2[Text]=\" 3[Nr]=9",
            ]
        );
    }

    #[test]
    fn an_address_behind_a_quoted_name_stays_in_its_cell() {
        let text = "a;b\n\"Ek; Bo\" <bo.ek@example.com>;1\n";
        assert_eq!(
            rows(text.as_bytes())[1],
            "2: 1[a]=\"Ek; Bo\" <bo.ek@example.com> 2[b]=1"
        );
    }

    #[test]
    fn an_unbalanced_quote_costs_its_own_cell() {
        let mut text = String::from("Namn;Personnr\n\"Bo;811228-9874\n");
        for _ in 0..3000 {
            text.push_str("Li;19900305-2392\n");
        }
        for tail in ["", "\"Al\";19900305-2392\n"] {
            let rows = rows(format!("{text}{tail}").as_bytes());
            assert_eq!(rows[1], "2: 1[Namn]=\"Bo 2[Personnr]=811228-9874");
            assert_eq!(rows[3001], "3002: 1[Namn]=Li 2[Personnr]=19900305-2392");
        }
        // A closing quote that opens a later cell is none.
        let rows = rows(b"Namn;Personnr\n\"Bo;811228-9874\n\"Li\";19900305-2392\n");
        assert_eq!(rows[2], "3: 1[Namn]=Li 2[Personnr]=19900305-2392");
    }

    #[test]
    fn a_sep_line_is_no_record_and_blank_lines_are() {
        assert_eq!(
            rows(b"sep=|\r\nNamn|Ort\r\n\r\nBo|Kil\r\n"),
            ["1: 1=Namn 2=Ort", "3: 1[Namn]=Bo 2[Ort]=Kil"]
        );
    }

    /// What is heard of `text` in pieces of `size` characters.
    fn fed(text: &str, size: usize) -> Vec<String> {
        let mut heard = Heard::default();
        let mut records = Records::new(Dialect {
            delimiter: b';',
            sep_line: false,
        });
        let mut pending = String::new();
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(size) {
            pending.extend(piece);
            let (used, _) = records.feed(&pending, false, &mut heard);
            pending.drain(..used);
        }
        assert_eq!(records.feed(&pending, true, &mut heard).0, pending.len());
        assert_eq!(records.tabulator.finish(&mut heard), Flow::Continue);
        heard.rows
    }

    #[test]
    fn records_are_the_same_however_they_are_fed() {
        let text = "Namn;Text\n\"Ek; Bo\";\"rad 1\nrad \"\"2\"\"\"\nÅsa;x\n\n\"Li\" ;y\r\nsist;\"z\"";
        for size in 1..text.len() {
            assert_eq!(fed(text, size), fed(text, usize::MAX), "in pieces of {size}");
        }
    }

    #[test]
    fn any_mess_of_quotes_is_the_same_however_it_is_fed() {
        let mut noise = 7_u32;
        for _ in 0..3000 {
            let text: String = (0..24)
                .map(|_| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ['"', ';', '\n', 'å', '"', ' ', '\r', 'b'][(noise >> 29) as usize]
                })
                .collect();
            let whole = fed(&text, usize::MAX);
            for size in [1, 2, 3, 7] {
                assert_eq!(fed(&text, size), whole, "{text:?} in pieces of {size}");
            }
            let letters = |text: &str| text.matches(['å', 'b']).count();
            // Each part after a `[` begins with a label, which is told beside the cell.
            let unlabelled = |part: &str| letters(part.split_once(']').map_or(part, |(_, text)| text));
            let told: usize = whole.iter().flat_map(|row| row.split('[')).map(unlabelled).sum();
            assert_eq!(told, letters(&text), "nothing is lost or told twice: {text:?}");
        }
    }

    #[test]
    fn a_record_without_end_is_pushed_in_parts() {
        let mut text = String::from("Namn;Personnr\nBo;811228-9874\n");
        for _ in 0..400_000 {
            text.push_str("å1;b2;");
        }
        text.push_str("sist\nLi;19900305-2392\n");
        let rows = rows(text.as_bytes());
        assert!(rows.len() > 5);
        let mut column = 0;
        for row in rows.iter().filter(|row| row.starts_with("3:")) {
            for cell in row.split(' ').skip(1) {
                column += 1;
                let number = cell.split(['[', '=']).next().unwrap();
                assert_eq!(number, column.to_string());
            }
        }
        assert_eq!(column, 800_001);
        assert_eq!(rows.last().unwrap(), "4: 1[Namn]=Li 2[Personnr]=19900305-2392");
    }

    #[test]
    fn one_endless_cell_is_pushed_in_parts_too() {
        for unit in ["x", "å", "å \"", "\""] {
            let text = unit.repeat(3 << 20);
            let rows = rows(text.as_bytes());
            let said: usize = rows.iter().map(String::len).sum();
            assert!(said * 2 > text.len() && rows.len() > 1, "{unit}");
        }
    }

    #[test]
    fn a_failing_reader_gives_what_it_had() {
        struct Fails;
        impl io::Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        let text = "Namn;Personnr\nBo;811228-9874\n".repeat(9000);
        let mut reader = io::Read::chain(text.as_bytes(), Fails);
        let mut heard = Heard::default();
        let outcome = Delimited.extract(Input::stream(&mut reader, None, "csv"), &mut heard);
        assert_eq!(outcome, Err(Reason::IoError));
        assert_eq!(heard.rows.len(), 18_000);
    }

    #[test]
    fn a_stop_is_heeded() {
        let mut heard = Heard::stopping_after(14);
        let text = "Bo;811228-9874\n".repeat(100);
        assert_eq!(
            Delimited.extract(Input::memory(text.as_bytes(), "csv"), &mut heard),
            Ok(())
        );
        assert_eq!(heard.rows.len(), 14);
    }
}
