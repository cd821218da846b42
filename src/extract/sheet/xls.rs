//! xls, the binary workbooks of Excel 2 to 2003.
//!
//! Registers kept since the nineties are still in this format; its cells, comments, headers, links and properties
//! are read record by record from a compound file that need not be sound.

mod beside;
mod globals;
mod scenario;

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::beside::{caches, filter, foreign_cells, headers};
use self::globals::Globals;

use super::biff::{self, Bytes, Record, continued, record, rk, string};
use super::formula::Formulas;
use super::number::Readings;
use super::rows::{Limits, Rows};
use super::used::Used;
use crate::extract::carve;
use crate::extract::compound::{Ole, f64_at, u16_at, u32_at};
use crate::extract::package::parts::{header, push};
use crate::extract::{ContentLimits, Flow, Outlet};
use crate::model::{Issue, Place, Reason};

/// Comments kept until their cells are known.
const MAX_COMMENTS: usize = 100_000;

/// What a compound file holds of a workbook that is read here.
pub(crate) const XLS_STREAMS: &[&str] = &["Workbook", "Book", "_SX_DB_CUR", "_SX_DB"];

/// Reads the workbook in a compound file.
pub(crate) fn read_xls(ole: &Ole<'_>, limits: ContentLimits, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    // Some files hold the workbook for Excel 95 too.
    let stream = ole
        .named("Workbook")
        .or_else(|| ole.named("Book"))
        .ok_or(Reason::Damaged)?;
    if workbook(&stream, limits, out)?.is_stop() {
        return Ok(Flow::Stop);
    }
    Ok(caches(ole, out))
}

/// Whether bytes begin like a workbook that is its stream, as it was before Excel 5.
pub(crate) fn is_biff(head: &[u8]) -> bool {
    matches!(
        head,
        [
            9,
            0 | 2 | 4 | 8,
            4..=16,
            0,
            _,
            _,
            0x05 | 0x06 | 0x10 | 0x20 | 0x40,
            0 | 1,
            ..
        ]
    )
}

/// Reads such a workbook.
pub(crate) fn read_biff(bytes: &[u8], limits: ContentLimits, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    workbook(bytes, limits, out)
}

fn workbook(stream: &[u8], limits: ContentLimits, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let first = record(stream, 0).ok_or(Reason::Damaged)?;
    let age = match first.kind {
        0x0009 => 2,
        0x0209 => 3,
        0x0409 => 4,
        0x0809 => 5,
        _ => return Err(Reason::Damaged),
    };
    let mut globals = Globals::new(age, u16_at(first.data, 0) != Some(0x0500));
    let mut beside = String::new();
    globals.read(stream, &mut beside)?;
    if globals.sheets.is_empty() {
        globals.sheets.push((0, "Sheet1".to_owned()));
    }
    let mut limits = Limits::new(limits, stream.len() as u64);
    let mut used = Used::none_of(globals.strings.len());
    let mut damaged = u64::from(globals.strings_cut);
    for (id, (at, name)) in globals.sheets.iter().enumerate() {
        if record(stream, *at).is_none_or(|record| record.kind & 0xff != 0x09) {
            damaged += 1;
            continue;
        }
        let mut sheet = Sheet {
            globals: &globals,
            rows: Rows::new(id as u32, name, &mut limits),
            used: &mut used,
            formulas: Formulas::default(),
            name,
            readings: Readings::default(),
            beside: String::new(),
            charts: String::new(),
            object: 0,
            comments: BTreeMap::new(),
            formula: None,
        };
        let mut flow = sheet.read(stream, *at, out);
        damaged += u64::from(flow.is_none());
        let Sheet {
            rows,
            beside,
            charts,
            comments,
            ..
        } = sheet;
        let finished = rows.finish(out);
        if limits.reached() {
            flow = Some(Flow::Continue);
        }
        if flow == Some(Flow::Stop) || finished.is_stop() {
            return Ok(Flow::Stop);
        }
        // What was no comment of a cell is a text box.
        let texts = comments
            .into_values()
            .fold(beside, |texts, text| texts + &text + "\n");
        let told = [
            (texts, Cow::Borrowed(name.as_str())),
            (charts, Cow::Owned(format!("charts of {name}"))),
        ];
        for (texts, name) in told {
            if push(&texts, &Place::Part { name }, None, out).is_stop() {
                return Ok(Flow::Stop);
            }
        }
    }
    let string = |index: usize| globals.strings.get(index).map(String::as_str);
    if used
        .tell_unused(string, "shared strings", &mut limits, out)
        .is_stop()
    {
        return Ok(Flow::Stop);
    }
    limits.tell(out);
    damaged += used.missing();
    if damaged > 0 {
        out.issue(Issue {
            reason: Reason::PartlyDamaged,
            count: damaged,
        });
    }
    Ok(push(
        &beside,
        &Place::Part {
            name: Cow::Borrowed("workbook"),
        },
        None,
        out,
    ))
}

fn look_through(data: &[u8], bytes: Bytes, out: &mut String) {
    carve::wide(data, out);
    carve::narrow(data, &|run| bytes.decode(run), out);
}

struct Sheet<'s, 'l> {
    globals: &'s Globals,
    rows: Rows<'l>,
    used: &'s mut Used,
    formulas: Formulas,
    name: &'s str,
    readings: Readings,
    /// Text beside the cells.
    beside: String,
    /// Titles and names in charts.
    charts: String,
    /// The number of the drawing object before.
    object: u16,
    /// Texts of drawing objects, by number.
    comments: BTreeMap<u16, String>,
    /// The cell of a formula whose text comes in the next record.
    formula: Option<(u64, u32)>,
}

impl Sheet<'_, '_> {
    /// Reads a sheet's records; `None` when they end before the sheet does.
    fn read(&mut self, stream: &[u8], start: usize, out: &mut dyn Outlet) -> Option<Flow> {
        let mut at = start;
        let mut depth = 0u32;
        loop {
            let record = record(stream, at)?;
            at = record.next;
            if self.rows.limits().step(out).is_stop() {
                return Some(Flow::Stop);
            }
            match record.kind {
                0x0009 | 0x0209 | 0x0409 | 0x0809 => depth += 1,
                0x0a if depth <= 1 => return Some(Flow::Continue),
                0x0a => depth -= 1,
                0x100d => self.chart_text(record.data),
                // Embedded charts carry copies of cells.
                _ if depth > 1 && !matches!(record.kind, 0x1b6 | 0x5d) => {}
                0xaf => {
                    let (_, data, next) = continued(stream, record);
                    at = next;
                    if self.scenario(&data, out).is_stop() {
                        return Some(Flow::Stop);
                    }
                }
                0x1b6 => at = self.text_object(stream, record),
                0x1c => {
                    if self.note(stream, record, &mut at, out).is_stop() {
                        return Some(Flow::Stop);
                    }
                }
                _ => {
                    if self.cell(record, out).is_stop() {
                        return Some(Flow::Stop);
                    }
                }
            }
        }
    }

    fn cell(&mut self, record: Record<'_>, out: &mut dyn Outlet) -> Flow {
        let data = record.data;
        let globals = self.globals;
        let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) else {
            return Flow::Continue;
        };
        let at = (u64::from(row) + 1, u32::from(column) + 1);
        let format = u16_at(data, 4).unwrap_or(0);
        match record.kind {
            0x203 => self.number(at, f64_at(data, 6), format, out),
            0x27e => self.number(at, u32_at(data, 6).map(rk), format, out),
            0xbd => {
                let cells = data.get(4..data.len().saturating_sub(2)).unwrap_or_default();
                for (number, column) in cells.as_chunks::<6>().0.iter().zip(at.1..) {
                    let format = u16_at(number, 0).unwrap_or(0);
                    if self
                        .number((at.0, column), u32_at(number, 2).map(rk), format, out)
                        .is_stop()
                    {
                        return Flow::Stop;
                    }
                }
                Flow::Continue
            }
            0xfd => {
                let index = u32_at(data, 6).unwrap_or(u32::MAX) as usize;
                self.used.mark(index);
                match globals.strings.get(index) {
                    Some(text) if self.rows.limits().may_repeat(text, index) => {
                        self.rows.cell(at.0, at.1, [text, ""], out)
                    }
                    _ => Flow::Continue,
                }
            }
            0x204 | 0xd6 => {
                let text = data
                    .get(6..)
                    .and_then(|t| string(t, true, globals.modern, globals.bytes));
                self.text(at, text, out)
            }
            0x02 => self.number(at, u16_at(data, 7).map(f64::from), 0, out),
            0x03 => self.number(at, f64_at(data, 7), 0, out),
            0x04 => {
                let text = data
                    .get(7..)
                    .and_then(|text| string(text, false, false, globals.bytes));
                self.text(at, text, out)
            }
            0x06 | 0x206 | 0x406 => {
                self.formula = None;
                let result = if globals.age == 2 { 7 } else { 6 };
                let flow = match data.get(result..result + 8) {
                    // Not a number: the first byte says what else.
                    Some(&[kind, .., 0xff, 0xff]) => {
                        self.formula = (kind == 0).then_some(at);
                        Flow::Continue
                    }
                    _ => self.number(at, f64_at(data, result), format, out),
                };
                if flow.is_stop() {
                    return Flow::Stop;
                }
                self.said(data, 20, at, out)
            }
            // A formula that several cells share, and one whose result is several cells.
            0x4bc | 0x221 | 0x21 => {
                let column = u32::from(data.get(4).copied().unwrap_or(0)) + 1;
                let size = if record.kind == 0x4bc { 8 } else { 12 };
                self.said(data, size, (at.0, column), out)
            }
            // A condition of how cells look: its formulas stand at its end.
            0x1b1 => {
                let size = |at| usize::from(u16_at(data, at).unwrap_or(0));
                let start = data.len().saturating_sub(size(2) + size(4));
                let tokens = data.get(start..).unwrap_or_default();
                self.formulas.tokens(tokens, &[], globals.tokens());
                self.beside.push_str(&self.formulas.take());
                Flow::Continue
            }
            0x207 | 0x07 => {
                let wide_count = record.kind == 0x207;
                let text = string(data, wide_count, globals.modern, globals.bytes);
                match self.formula.take() {
                    Some(at) => self.text(at, text, out),
                    None => Flow::Continue,
                }
            }
            0x14 | 0x15 => {
                let text = string(data, globals.modern, globals.modern, globals.bytes).unwrap_or_default();
                self.beside.push_str(&header(&text));
                self.beside.push('\n');
                Flow::Continue
            }
            // A drawing object: its first part has its number.
            0x5d => {
                self.object = u16_at(data, 6).unwrap_or(0);
                Flow::Continue
            }
            0x89c => {
                headers(data, globals.bytes, &mut self.beside);
                Flow::Continue
            }
            0x9e => {
                filter(data, globals.modern, globals.bytes, &mut self.beside);
                Flow::Continue
            }
            0x5a => {
                foreign_cells(data, globals.modern, globals.bytes, &mut self.beside);
                Flow::Continue
            }
            // Links, validations, queries, newer filters and conditions.
            0x1b8 | 0x800 | 0x1be | 0xdc | 0xcd | 0x87e | 0x87a => {
                globals.look_through(data, &mut self.beside);
                Flow::Continue
            }
            _ => Flow::Continue,
        }
    }

    /// What a formula says, whose size stands at an offset of its record.
    fn said(&mut self, data: &[u8], size: usize, at: (u64, u32), out: &mut dyn Outlet) -> Flow {
        let (tokens, behind) = if self.globals.modern {
            let count = usize::from(u16_at(data, size).unwrap_or(0));
            let rest = data.get(size + 2..).unwrap_or_default();
            rest.split_at_checked(count).unwrap_or((rest, &[]))
        } else {
            // Those before have it a little earlier; texts are looked for in them anyway.
            (data.get(size - 4..).unwrap_or_default(), &[][..])
        };
        self.formulas.tokens(tokens, behind, self.globals.tokens());
        self.formulas.tell(self.name, at, &mut self.rows, out)
    }

    fn number(
        &mut self,
        (row, column): (u64, u32),
        value: Option<f64>,
        format: u16,
        out: &mut dyn Outlet,
    ) -> Flow {
        let Some(value) = value else { return Flow::Continue };
        self.readings
            .read(value, &self.globals.form(format), self.globals.mac_epoch);
        self.rows
            .cell(row, column, [&self.readings.first, &self.readings.second], out)
    }

    fn text(&mut self, (row, column): (u64, u32), text: Option<String>, out: &mut dyn Outlet) -> Flow {
        self.rows.cell(row, column, [&text.unwrap_or_default(), ""], out)
    }

    /// A title in a chart, or the name of what it shows.
    fn chart_text(&mut self, data: &[u8]) {
        let text = data
            .get(2..)
            .and_then(|text| string(text, false, self.globals.modern, self.globals.bytes));
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.charts.push_str(&text);
            self.charts.push('\n');
        }
    }

    /// The text of a drawing object, which stands in the record behind it. Where the next record is.
    fn text_object(&mut self, stream: &[u8], object: Record<'_>) -> usize {
        let count = usize::from(u16_at(object.data, 10).unwrap_or(0));
        let mut text = String::new();
        let mut next = object.next;
        while let Some(more) = record(stream, next).filter(|record| record.kind == 0x3c) {
            next = more.next;
            let left = count.saturating_sub(text.encode_utf16().count());
            if let (Some((flags, characters)), true) = (more.data.split_first(), left > 0) {
                text.push_str(&biff::characters(characters, left, flags & 1 != 0));
            }
        }
        if self.comments.len() < MAX_COMMENTS && !text.is_empty() {
            // Several objects may claim one number: none of their texts may be lost.
            let texts = self.comments.entry(self.object).or_default();
            texts.push_str(&text);
            texts.push('\n');
        }
        next
    }

    /// A comment: of BIFF 8 its cell and the number of its object, before that its cell and its text.
    fn note(&mut self, stream: &[u8], note: Record<'_>, at: &mut usize, out: &mut dyn Outlet) -> Flow {
        let data = note.data;
        let place = Place::Cell {
            sheet: Cow::Borrowed(self.name),
            row: u64::from(u16_at(data, 0).unwrap_or(0)) + 1,
            column: u32::from(u16_at(data, 2).unwrap_or(0)) + 1,
        };
        let text = if self.globals.modern {
            let author = data
                .get(8..)
                .and_then(|author| string(author, true, true, self.globals.bytes));
            let text = u16_at(data, 6).and_then(|number| self.comments.remove(&number));
            [author.unwrap_or_default(), text.unwrap_or_default()].join("\n")
        } else {
            let mut text = data.get(6..).unwrap_or_default().to_vec();
            // A long one goes on in notes of row -1.
            while let Some(more) =
                record(stream, *at).filter(|more| more.kind == 0x1c && u16_at(more.data, 0) == Some(0xffff))
            {
                text.extend_from_slice(more.data.get(6..).unwrap_or_default());
                *at = more.next;
            }
            self.globals.bytes.decode(&text)
        };
        push(text.trim(), &place, None, out)
    }
}

#[cfg(test)]
mod tests;
