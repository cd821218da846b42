//! What an xlsb says beside its cells: headers, pivot caches, cells of other workbooks, and text in any record.
//!
//! Comments, links and names are written in dozens of record shapes, in which text can be seen without knowing them;
//! numbers cannot.

use std::fmt::Write as _;
use std::io::Read;

use super::super::brt::{Records, wide};
use super::super::number::plain;
use crate::extract::carve;
use crate::extract::compound::{f64_at, u16_at};
use crate::extract::package::notes::Notes;
use crate::extract::package::parts::{header, push};
use crate::extract::{Flow, Outlet};
use crate::model::{Place, Reason};

/// Text is pushed when there is this much of it.
const GATHER: usize = 64 * 1024;
/// Whole numbers that may be a person's or a telephone's, where nothing says what is a number.
const LONG: std::ops::Range<f64> = 1e9..1e13;

/// Text of a part that is not in cells.
pub(super) struct Beside {
    part: String,
    text: String,
}

impl Beside {
    pub(super) fn new(part: String) -> Self {
        Self {
            part,
            text: String::new(),
        }
    }

    /// Looks for text in a record.
    pub(super) fn look(&mut self, kind: u16, data: &[u8], out: &mut dyn Outlet) -> Flow {
        let text = &mut self.text;
        match kind {
            0x1df => headers(data, text),
            // Numbers of a pivot cache, and of a cell of another workbook.
            0x15 | 0x1c => number(f64_at(data, 0), text),
            0x170 => number(f64_at(data, 4), text),
            0x19 | 0x20 => {
                if let (Some(year), Some(month), Some(day)) = (u16_at(data, 0), u16_at(data, 2), data.get(4))
                {
                    // Writing to a String cannot fail.
                    let _ = writeln!(text, "{year:04}-{month:02}-{day:02}");
                }
            }
            // A row of a pivot cache: only the columns know what stands in it.
            0x21 => {
                carve::wide(data, text);
                packed(data, text);
            }
            _ => carve::wide(data, text),
        }
        if self.text.len() > GATHER {
            return self.tell(out);
        }
        Flow::Continue
    }

    pub(super) fn tell(&mut self, out: &mut dyn Outlet) -> Flow {
        let place = Place::Part {
            name: self.part.as_str().into(),
        };
        let flow = push(&self.text, &place, None, out);
        self.text.clear();
        flow
    }
}

/// Headers and footers, behind their flags: of all pages, of even ones, of the first.
fn headers(data: &[u8], out: &mut String) {
    let mut at = 2;
    for _ in 0..6 {
        let mut text = String::new();
        let next = wide(data, at, &mut text);
        if !text.is_empty() {
            out.push_str(&header(&text));
            out.push('\n');
        }
        let Some(next) = next else { break };
        at = next;
    }
}

fn number(value: Option<f64>, out: &mut String) {
    if let Some(value) = value {
        plain(value, out);
        out.push('\n');
    }
}

/// Long whole numbers wherever they begin.
fn packed(data: &[u8], out: &mut String) {
    let mut at = 0;
    while let Some(value) = f64_at(data, at) {
        if LONG.contains(&value) && value.fract() == 0.0 {
            number(Some(value), out);
            at += 8;
        } else {
            at += 1;
        }
    }
}

/// Pushes the text in the records of a part without cells.
pub(super) fn look_through<R: Read>(
    mut records: Records<R>,
    name: &str,
    notes: &mut Notes,
    out: &mut dyn Outlet,
) -> Result<Flow, Reason> {
    let mut beside = Beside::new(name.to_owned());
    let mut steps = 0u64;
    let result = loop {
        let kind = match records.advance() {
            Ok(Some(kind)) => kind,
            Ok(None) => break Ok(()),
            Err(reason) => break Err(reason),
        };
        steps += 1;
        let flow = beside.look(kind, records.data(), out);
        if flow.is_stop() || (steps.is_multiple_of(4096) && out.tick().is_stop()) {
            return Ok(Flow::Stop);
        }
    };
    if records.cut() {
        notes.add(Reason::PartlyDamaged);
    }
    let flow = beside.tell(out);
    result.map(|()| flow)
}

#[cfg(test)]
mod tests {
    use super::super::super::brt::tests::string;
    use super::*;
    use crate::extract::sheet::testing::Heard;

    fn said(kind: u16, data: &[u8]) -> Vec<String> {
        let mut heard = Heard::default();
        let mut beside = Beside::new("p".to_owned());
        let _ = beside.look(kind, data, &mut heard);
        let _ = beside.tell(&mut heard);
        let lines = heard.lines.iter().filter_map(|line| line.strip_prefix("p: "));
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn headers_lose_their_codes() {
        let data = [
            &[0; 2][..],
            &string("&C19811228-9874"),
            &[0xff; 4],
            &string("A&Ra@example.se"),
        ]
        .concat();
        assert_eq!(said(0x1df, &data), ["19811228-9874", "A", "a@example.se"]);
        assert_eq!(said(0x1df, data.get(..20).unwrap()), ["19811"]);
    }

    #[test]
    fn numbers_and_dates_of_pivot_caches_and_other_workbooks_are_read() {
        let number = 198_112_289_874f64.to_le_bytes();
        assert_eq!(said(0x15, &number), ["198112289874"]);
        assert_eq!(said(0x170, &[&[0; 4][..], &number].concat()), ["198112289874"]);
        assert_eq!(said(0x19, &[0xbd, 0x07, 12, 0, 28, 0, 0, 0]), ["1981-12-28"]);
        let row = [
            &[3, 0, 0, 0][..],
            &number,
            &string("Anna"),
            &1234.5f64.to_le_bytes(),
        ]
        .concat();
        assert_eq!(said(0x21, &row), ["Anna", "198112289874"]);
    }
}
