//! Records and cells of the xlsb parts.
//!
//! A cell comes in two shapes: with its column, and, right behind its neighbour, without (`BrtShort...`, types 12
//! to 18). Some writers use the short shape for nearly all cells, and calamine passes over it without a word.

use std::io::{self, BufReader, Read};

use super::biff::rk;
use crate::extract::compound::{f64_at, u32_at};
use crate::extract::reason_of;
use crate::model::Reason;

/// Of a record longer than this only the beginning is read.
const LONGEST: usize = 1 << 20;

/// The records of a part, one after the other.
pub(super) struct Records<R> {
    reader: BufReader<R>,
    data: Vec<u8>,
    cut: bool,
}

impl<R: Read> Records<R> {
    pub(super) fn new(part: R) -> Self {
        Self {
            reader: BufReader::with_capacity(64 * 1024, part),
            data: Vec::new(),
            cut: false,
        }
    }

    /// Reads the next record and gives its type; `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<u16>, Reason> {
        self.read().map_err(|error| reason_of(&error))
    }

    /// What the record says.
    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    /// Whether a record was longer than what is read of one, or than the part.
    pub(super) fn cut(&self) -> bool {
        self.cut
    }

    fn read(&mut self) -> io::Result<Option<u16>> {
        self.data.clear();
        let Some(low) = self.byte()? else { return Ok(None) };
        let Some((kind, length)) = self.header(low)? else {
            self.cut = true;
            return Ok(None);
        };
        let kept = length.min(LONGEST) as u64;
        let read = (&mut self.reader).take(kept).read_to_end(&mut self.data)?;
        let rest = length as u64 - kept;
        let passed = io::copy(&mut (&mut self.reader).take(rest), &mut io::sink())?;
        self.cut |= rest > 0 || read as u64 + passed < length as u64;
        Ok(Some(kind))
    }

    /// Type and length; both are written seven bits a byte.
    fn header(&mut self, low: u8) -> io::Result<Option<(u16, usize)>> {
        let mut kind = u16::from(low & 0x7f);
        if low & 0x80 != 0 {
            let Some(high) = self.byte()? else { return Ok(None) };
            kind |= u16::from(high & 0x7f) << 7;
        }
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let Some(byte) = self.byte()? else { return Ok(None) };
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(Some((kind, length)))
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        Ok((self.reader.read(&mut byte)? == 1).then_some(byte[0]))
    }
}

/// Appends a string (a count of UTF-16 units and the units) and gives the offset behind it; `None` where the
/// record ends before the string does, after what there is of it.
pub(super) fn wide(data: &[u8], at: usize, out: &mut String) -> Option<usize> {
    let count = match u32_at(data, at)? {
        // No string at all.
        u32::MAX => 0,
        count => count as usize,
    };
    let start = at + 4;
    let units = data.get(start..)?.as_chunks::<2>().0;
    let there = units.get(..count).unwrap_or(units);
    let decoded = char::decode_utf16(there.iter().map(|&unit| u16::from_le_bytes(unit)));
    out.extend(decoded.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    (there.len() == count).then_some(start + 2 * count)
}

/// What a cell holds.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing, a truth value or an error: it only takes its place.
    Silent,
    /// A number.
    Number(f64),
    /// A text, now in the buffer that was given.
    Text,
    /// The shared string of that number.
    Shared(usize),
}

/// A cell as its record gives it.
#[derive(Debug, PartialEq)]
pub(super) struct Cell {
    /// Column from 0; `None`: the one behind the cell before.
    pub(super) column: Option<u32>,
    /// Number of its cell format.
    pub(super) style: usize,
    pub(super) value: Value,
    /// Where behind the value of a formula the formula itself begins.
    pub(super) formula: Option<usize>,
}

/// Whether records of a type are cells.
pub(super) fn is_cell(kind: u16) -> bool {
    matches!(kind, 1..=18 | RICH)
}

/// A cell with a text in several fonts.
const RICH: u16 = 62;

/// Reads a cell's record; a text is written into `text`. `None` where the record does not hold what it should.
pub(super) fn cell(kind: u16, data: &[u8], text: &mut String) -> Option<Cell> {
    text.clear();
    let short = (12..=18).contains(&kind);
    let (column, style) = if short {
        (None, u32_at(data, 0)?)
    } else {
        (Some(u32_at(data, 0)?), u32_at(data, 4)?)
    };
    let at = if short { 4 } else { 8 };
    let (value, end) = match if short { kind - 11 } else { kind } {
        1 => (Value::Silent, at),
        2 => (Value::Number(rk(u32_at(data, at)?)), at + 4),
        3 | 4 | 10 | 11 => (data.get(at).map(|_| Value::Silent)?, at + 1),
        5 | 9 => (Value::Number(f64_at(data, at)?), at + 8),
        6 | 8 => (Value::Text, wide(data, at, text)?),
        7 => (Value::Shared(u32_at(data, at)? as usize), at + 4),
        _ => (Value::Text, wide(data, at + 1, text)?),
    };
    Some(Cell {
        column,
        style: (style & 0x00ff_ffff) as usize,
        value,
        formula: (8..=11).contains(&kind).then_some(end),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn rec(kind: u16, data: &[u8]) -> Vec<u8> {
        let kind = if kind < 128 {
            vec![kind as u8]
        } else {
            vec![kind as u8 | 0x80, (kind >> 7) as u8]
        };
        [kind, vec![data.len() as u8], data.to_vec()].concat()
    }

    pub(in super::super) fn string(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let bytes = units.iter().flat_map(|unit| unit.to_le_bytes());
        (units.len() as u32)
            .to_le_bytes()
            .into_iter()
            .chain(bytes)
            .collect()
    }

    #[test]
    fn records_come_one_by_one_and_a_wrong_length_is_noticed() {
        let whole = [rec(7, b"abc"), rec(0x27d, b""), rec(0, &[1; 4])].concat();
        let mut records = Records::new(whole.as_slice());
        for (kind, data) in [(7, &b"abc"[..]), (0x27d, b""), (0, &[1; 4])] {
            assert_eq!(records.advance(), Ok(Some(kind)));
            assert_eq!(records.data(), data);
        }
        assert_eq!((records.advance(), records.cut()), (Ok(None), false));
        for length in [0, 5, 6, 8, 9, 10] {
            let mut records = Records::new(whole.get(..length).unwrap());
            while records.advance().unwrap().is_some() {}
            assert_eq!(records.cut(), ![0, 5, 8].contains(&length), "{length}");
        }
        // More than is kept of a record.
        let long = [
            &[6, 0x81, 0x80, 0xc0, 0][..],
            &vec![7; LONGEST + 1],
            &rec(9, b"x"),
        ]
        .concat();
        let mut records = Records::new(long.as_slice());
        assert_eq!((records.advance(), records.data().len()), (Ok(Some(6)), LONGEST));
        assert_eq!((records.advance(), records.cut()), (Ok(Some(9)), true));
    }

    #[test]
    fn cells_of_every_shape_are_read() {
        let mut text = String::new();
        let mut read = |kind, parts: &[&[u8]]| {
            let cell = cell(kind, &parts.concat(), &mut text)?;
            Some((cell.column, cell.style, cell.value, cell.formula, text.clone()))
        };
        let (column, style) = (&[3, 0, 0, 0][..], &[2, 1, 0, 0xff][..]);
        let ek = string("Ek");
        let real = 1.5f64.to_le_bytes();
        for (kind, value, expected, said) in [
            (1, &[][..], Value::Silent, ""),
            (2, &[10, 0, 0, 0], Value::Number(2.0), ""),
            (3, &[7], Value::Silent, ""),
            (4, &[1], Value::Silent, ""),
            (5, &real, Value::Number(1.5), ""),
            (6, &ek, Value::Text, "Ek"),
            (7, &[9, 0, 0, 0], Value::Shared(9), ""),
        ] {
            let full = read(kind, &[column, style, value]);
            assert_eq!(full, Some((Some(3), 0x102, expected, None, said.to_owned())));
            let (_, style_number, value_read, ..) = full.unwrap();
            let short = read(kind + 11, &[style, value]);
            assert_eq!(
                short,
                Some((None, style_number, value_read, None, said.to_owned()))
            );
            // A byte less is no cell.
            let cut = value.split_last().map_or(&[][..], |(_, rest)| rest);
            if kind != 1 {
                assert_eq!(read(kind, &[column, style, cut]), None);
                assert_eq!(read(kind + 11, &[style, cut]), None);
            }
            assert_eq!(read(kind, &[&[3, 0, 0]]), None);
            assert_eq!(read(kind + 11, &[&[3, 0, 0]]), None);
        }
        let results = [
            (8, &ek[..], Value::Text, 16, "Ek"),
            (9, &real, Value::Number(1.5), 16, ""),
            (10, &[1], Value::Silent, 9, ""),
            (11, &[42], Value::Silent, 9, ""),
        ];
        for (kind, value, expected, formula, said) in results {
            assert_eq!(
                read(kind, &[column, style, value, b"formula"]),
                Some((Some(3), 0x102, expected, Some(formula), said.to_owned()))
            );
        }
        assert_eq!(read(RICH, &[column, style, &[1], &ek, b"runs"]).unwrap().4, "Ek");
    }

    #[test]
    fn a_string_that_claims_too_much_gives_what_there_is() {
        let mut out = String::new();
        let mut bytes = string("Åsa😀");
        assert_eq!((wide(&bytes, 0, &mut out), out.as_str()), (Some(14), "Åsa😀"));
        bytes[0] = 200;
        out.clear();
        assert_eq!((wide(&bytes, 0, &mut out), out.as_str()), (None, "Åsa😀"));
        out.clear();
        assert_eq!((wide(&[0xff; 4], 0, &mut out), out.as_str()), (Some(4), ""));
        assert_eq!(wide(&[0xff, 0xff, 0xff], 0, &mut out), None);
        assert_eq!(wide(&[1, 0, 0, 0, 0x41], 0, &mut out), None);
    }
}
