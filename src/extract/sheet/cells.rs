//! The cells of a worksheet part, in one pass over its XML.
//!
//! What stands in a cell may be damaged, its neighbours are read all the same: a reference that is none is counted on
//! from the cell before, a number that is none is text.

use std::io::Read;

use memchr::memchr;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::formula::Formulas;
use super::number::{Form, Readings};
use super::rows::Rows;
use super::strings::{FAULTS, Strings, trim_from, unescape};
use crate::extract::package::lenient;
use crate::extract::package::parts::resolve;
use crate::extract::package::source::XmlSource;
use crate::extract::{Outlet, reason_of};
use crate::model::Reason;

/// A cell's text beyond this is pushed in pieces.
const LARGE: usize = 4 << 20;

/// What the cells of a workbook point to.
pub(super) struct Values {
    pub(super) strings: Strings,
    pub(super) forms: Vec<Form>,
    pub(super) mac_epoch: bool,
}

/// What a cell's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Shared,
    Text,
    /// A truth value or an error.
    Silent,
}

/// What text is read into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Nothing,
    Value,
    Formula,
}

/// How reading the cells ended.
pub(super) enum End {
    /// At the end of the cells.
    Whole,
    /// There, with faults on the way, or before it.
    Damaged,
    /// The outlet or a limit on the workbook said stop.
    Stopped,
}

/// The cells of one sheet on their way to its rows.
pub(super) struct Cells<'s, 'l> {
    sheet: &'s str,
    values: &'s mut Values,
    rows: &'s mut Rows<'l>,
    row: u64,
    column: u32,
    kind: Kind,
    style: usize,
    value: String,
    formula: String,
    formulas: Formulas,
    reading: Reading,
    /// In a phonetic run, whose text is no part of the cell's.
    phonetic: bool,
    begun: usize,
    preserve: bool,
    readings: Readings,
    stopped: bool,
    /// A cell has begun and not ended.
    open: bool,
    /// Markup that contradicts itself.
    faults: usize,
}

impl<'s, 'l> Cells<'s, 'l> {
    pub(super) fn new(sheet: &'s str, values: &'s mut Values, rows: &'s mut Rows<'l>) -> Self {
        Self {
            sheet,
            values,
            rows,
            row: 0,
            column: 0,
            kind: Kind::Number,
            style: 0,
            value: String::new(),
            formula: String::new(),
            formulas: Formulas::default(),
            reading: Reading::Nothing,
            phonetic: false,
            begun: 0,
            preserve: false,
            readings: Readings::default(),
            stopped: false,
            open: false,
            faults: 0,
        }
    }

    /// Reads up to the end of the cells; gives the source back, which stands behind them.
    pub(super) fn read<R: Read>(
        mut self,
        source: XmlSource<R>,
        out: &mut dyn Outlet,
    ) -> Result<(End, XmlSource<R>), Reason> {
        let mut reader = Reader::from_reader(source);
        lenient(&mut reader);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            reader.get_mut().token();
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(element)) => self.start(&element, out),
                Ok(Event::Text(text)) => self.text(&text, out),
                Ok(Event::End(element)) => match local(element.name().as_ref()) {
                    "c" => self.cell(out),
                    "v" => self.reading = Reading::Nothing,
                    "t" => {
                        if !self.preserve && self.reading == Reading::Value {
                            trim_from(&mut self.value, self.begun);
                        }
                        self.reading = Reading::Nothing;
                    }
                    "f" => self.reading = Reading::Nothing,
                    "rPh" => self.phonetic = false,
                    "sheetData" => break,
                    _ => {}
                },
                Ok(Event::Empty(element)) => match element.local_name().as_ref() {
                    "c" => self.place(&element),
                    "row" => self.row(&element),
                    "sheetData" => break,
                    _ => {}
                },
                Ok(Event::CData(text)) => self.text(&text, out),
                Ok(Event::GeneralRef(entity)) => self.text(&resolve(&entity), out),
                Ok(Event::Eof) => {
                    self.faults += 1;
                    break;
                }
                Ok(_) => {}
                Err(quick_xml::Error::Io(error)) => {
                    self.cell(out);
                    return Err(reason_of(&error));
                }
                Err(_) => {
                    self.faults += 1;
                    if self.faults > FAULTS {
                        return Err(Reason::Damaged);
                    }
                    // The reader has given up; a new one goes on where it stood.
                    reader = Reader::from_reader(reader.into_inner());
                    lenient(&mut reader);
                }
            }
            if self.stopped {
                return Ok((End::Stopped, reader.into_inner()));
            }
        }
        self.break_off(out);
        let end = if self.faults > 0 { End::Damaged } else { End::Whole };
        Ok((end, reader.into_inner()))
    }

    /// Ends a cell that does not end itself: what it said up to here stays.
    fn break_off(&mut self, out: &mut dyn Outlet) {
        if self.open {
            self.faults += 1;
            self.cell(out);
        }
    }

    fn start(&mut self, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        match local(element.name().as_ref()) {
            "c" => {
                self.break_off(out);
                self.place(element);
                self.open = true;
            }
            "v" => self.reading = Reading::Value,
            "f" => self.reading = Reading::Formula,
            "t" if !self.phonetic => {
                self.reading = Reading::Value;
                self.preserve = element.attributes_raw().contains("preserve");
                self.begun = self.value.len();
            }
            "rPh" => self.phonetic = true,
            "row" => self.row(element),
            _ => {}
        }
    }

    fn row(&mut self, element: &BytesStart<'_>) {
        let number = raw_attributes(element)
            .find(|(key, _)| *key == "r")
            .and_then(|(_, number)| number.parse().ok());
        self.row = number.unwrap_or(self.row + 1);
        self.column = 0;
    }

    /// A cell begins.
    fn place(&mut self, element: &BytesStart<'_>) {
        self.value.clear();
        self.formula.clear();
        self.phonetic = false;
        self.kind = Kind::Number;
        self.style = 0;
        let mut placed = false;
        for (key, value) in raw_attributes(element) {
            match key {
                "r" => {
                    if let Some((row, column)) = reference(value) {
                        (self.row, self.column) = (row, column);
                        placed = true;
                    }
                }
                "s" => self.style = value.parse().unwrap_or(0),
                "t" => {
                    self.kind = match value {
                        "n" => Kind::Number,
                        "s" => Kind::Shared,
                        "b" | "e" => Kind::Silent,
                        _ => Kind::Text,
                    }
                }
                _ => {}
            }
        }
        if !placed {
            self.column = self.column.saturating_add(1);
            self.row = self.row.max(1);
        }
    }

    fn text(&mut self, text: &str, out: &mut dyn Outlet) {
        match self.reading {
            Reading::Nothing => {}
            Reading::Value => {
                self.value.push_str(text);
                if self.value.len() > LARGE {
                    self.push(out);
                    self.value.clear();
                    self.begun = 0;
                }
            }
            Reading::Formula => {
                if self.formula.len() < LARGE {
                    self.formula.push_str(text);
                }
            }
        }
    }

    /// A cell ends.
    fn cell(&mut self, out: &mut dyn Outlet) {
        self.open = false;
        self.reading = Reading::Nothing;
        self.stopped |= self.rows.limits().step(out).is_stop();
        if !self.formula.is_empty() {
            self.formulas.written(&self.formula);
            let at = (self.row, self.column);
            self.stopped |= self.formulas.tell(self.sheet, at, self.rows, out).is_stop();
        }
        if !self.value.is_empty() {
            self.push(out);
            self.value.clear();
        }
        self.formula.clear();
    }

    fn push(&mut self, out: &mut dyn Outlet) {
        let (row, column) = (self.row, self.column);
        let flow = match self.kind {
            Kind::Silent => return,
            Kind::Shared => {
                if let Ok(index) = self.value.trim().parse::<usize>() {
                    match self.values.strings.get(index) {
                        Some(text) if self.rows.limits().may_repeat(text, index) => {
                            self.rows.cell(row, column, [text, ""], out)
                        }
                        _ => return,
                    }
                } else {
                    self.values.strings.miss();
                    self.rows.cell(row, column, [&self.value, ""], out)
                }
            }
            Kind::Number => {
                let form = self.values.forms.get(self.style).unwrap_or(&Form::Plain);
                if *form == Form::Plain && is_plain(&self.value) {
                    self.rows.cell(row, column, [&self.value, ""], out)
                } else if let Ok(number) = self.value.trim().parse::<f64>() {
                    self.readings.read(number, form, self.values.mac_epoch);
                    let texts = [self.readings.first.as_str(), &self.readings.second];
                    self.rows.cell(row, column, texts, out)
                } else {
                    self.rows.cell(row, column, [&self.value, ""], out)
                }
            }
            Kind::Text => {
                unescape(&mut self.value);
                self.rows.cell(row, column, [&self.value, ""], out)
            }
        };
        self.stopped |= flow.is_stop();
    }
}

/// Whether a number is written as one would write it after reading it: most are, and need not be read.
fn is_plain(number: &str) -> bool {
    let bytes = number.as_bytes();
    let whole = match memchr(b'.', bytes) {
        Some(point) => {
            let (whole, part) = (bytes.get(..point), bytes.get(point + 1..).unwrap_or_default());
            if part.is_empty() || part.ends_with(b"0") || !part.iter().all(u8::is_ascii_digit) {
                return false;
            }
            whole.unwrap_or_default()
        }
        None => bytes,
    };
    bytes.len() <= 15
        && whole.iter().all(u8::is_ascii_digit)
        && whole.first().is_some_and(|&first| first != b'0')
}

/// A name without its prefix; the shortest, which are nearly all, have none.
fn local(name: &str) -> &str {
    if name.len() < 3 {
        return name;
    }
    name.rsplit(':').next().unwrap_or(name)
}

/// The attributes of a tag as they are written; what is odd ends them.
fn raw_attributes<'e>(element: &'e BytesStart<'_>) -> impl Iterator<Item = (&'e str, &'e str)> {
    let mut rest = element.attributes_raw();
    std::iter::from_fn(move || {
        let (key, after) = rest.split_at_checked(memchr(b'=', rest.as_bytes())?)?;
        let after = after.get(1..)?.trim_start();
        let quote = after.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''))?;
        let inside = after.get(1..)?;
        let end = memchr(quote, inside.as_bytes())?;
        rest = inside.get(end + 1..)?;
        Some((key.trim(), inside.get(..end)?))
    })
}

/// Row and column of a cell reference.
fn reference(text: &str) -> Option<(u64, u32)> {
    let (mut column, mut row) = (0u32, 0u64);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 => {
                let digit = u32::from(byte.to_ascii_uppercase() - b'A') + 1;
                column = column.checked_mul(26)?.checked_add(digit)?;
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            _ => return None,
        }
    }
    (row > 0 && column > 0).then_some((row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_need_no_reading_are_written_the_same_when_read() {
        for number in ["1", "1234.5", "198507099805", "811228987401", "12.000001"] {
            assert!(is_plain(number), "{number}");
            let mut readings = Readings::default();
            readings.read(number.parse().unwrap(), &Form::Plain, false);
            assert_eq!(readings.first, number);
        }
        for number in [
            "",
            "0",
            "007",
            "1.50",
            "1e5",
            "-1",
            ".5",
            "1.",
            "1234567890123456",
            " 1",
        ] {
            assert!(!is_plain(number), "{number}");
        }
    }

    #[test]
    fn references_are_bounded() {
        assert_eq!(reference("XFD1048576"), Some((1_048_576, 16_384)));
        for odd in [
            "",
            "A",
            "7",
            "A1B",
            "ÅÄ1",
            "ZZZZZZZZZZZZ1",
            "A99999999999999999999999",
        ] {
            assert_eq!(reference(odd), None, "{odd}");
        }
    }
}
