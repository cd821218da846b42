//! xls, the binary workbooks of Excel 2 to 2003.
//!
//! Registers kept since the nineties are still in this format; its cells, comments, headers, links and properties
//! are read record by record from a compound file that need not be sound.

mod scenario;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::biff::{self, Bytes, Record, builtin_format, continued, record, rk, shared_strings, string};
use super::number::{Form, Readings};
use super::rows::{Limits, Rows};
use crate::extract::carve;
use crate::extract::compound::{Ole, f64_at, u16_at, u32_at};
use crate::extract::package::parts::{push, without_codes};
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

/// What the whole workbook says of its sheets.
struct Globals {
    modern: bool,
    bytes: Bytes,
    mac_epoch: bool,
    formats: HashMap<u16, Form>,
    cell_formats: Vec<u16>,
    strings: Vec<String>,
    sheets: Vec<(usize, String)>,
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
    let mut globals = Globals {
        modern: age == 5 && u16_at(first.data, 0) != Some(0x0500),
        bytes: Bytes::of_code_page(1252),
        mac_epoch: false,
        formats: HashMap::new(),
        cell_formats: Vec::new(),
        strings: Vec::new(),
        sheets: Vec::new(),
    };
    let mut beside = String::new();
    globals.read(stream, age, &mut beside)?;
    if globals.sheets.is_empty() {
        globals.sheets.push((0, "Sheet1".to_owned()));
    }
    let mut limits = Limits::new(limits, stream.len() as u64);
    let mut damaged = 0;
    for (id, (at, name)) in globals.sheets.iter().enumerate() {
        if record(stream, *at).is_none_or(|record| record.kind & 0xff != 0x09) {
            damaged += 1;
            continue;
        }
        let mut sheet = Sheet {
            globals: &globals,
            rows: Rows::new(id as u32, name, &mut limits),
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
    limits.tell(out);
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

impl Globals {
    /// Reads the records before the first sheet; of the ages without workbooks, the only sheet's own.
    fn read(&mut self, stream: &[u8], age: u8, beside: &mut String) -> Result<(), Reason> {
        let mut at = 0;
        while let Some(record) = record(stream, at) {
            at = record.next;
            let data = record.data;
            match record.kind {
                0x2f => return Err(Reason::Encrypted),
                0x42 => self.bytes = Bytes::of_code_page(u16_at(data, 0).unwrap_or(1252)),
                0x22 => self.mac_epoch = u16_at(data, 0) == Some(1),
                0x1e => self.format(self.formats.len() as u16, string(data, false, false, self.bytes)),
                0x41e if age < 5 => {
                    let text = data
                        .get(2..)
                        .and_then(|data| string(data, false, false, self.bytes));
                    self.format(self.formats.len() as u16, text);
                }
                0x41e => {
                    let text = data
                        .get(2..)
                        .and_then(|d| string(d, self.modern, self.modern, self.bytes));
                    self.format(u16_at(data, 0).unwrap_or(0), text);
                }
                0xe0 => self.cell_formats.push(u16_at(data, 2).unwrap_or(0)),
                0x243 | 0x443 => self.cell_formats.push(data.get(1).copied().unwrap_or(0).into()),
                0x85 => {
                    let name = data
                        .get(6..)
                        .and_then(|name| string(name, false, self.modern, self.bytes));
                    let start = u32_at(data, 0).unwrap_or(u32::MAX) as usize;
                    self.sheets.push((start, name.unwrap_or_default()));
                }
                0xfc => {
                    let (borders, data, next) = continued(stream, record);
                    self.strings = shared_strings(&data, &borders);
                    at = next;
                }
                // Who saved it last, defined names, other workbooks, queries.
                0x5c | 0x18 | 0x218 | 0x1ae | 0xdc | 0xcd | 0x863 => self.look_through(data, beside),
                0x0a => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn format(&mut self, id: u16, text: Option<String>) {
        self.formats.insert(id, Form::parse(&text.unwrap_or_default()));
    }

    fn form(&self, cell_format: u16) -> Form {
        let id = self
            .cell_formats
            .get(usize::from(cell_format))
            .copied()
            .unwrap_or(0);
        self.formats
            .get(&id)
            .cloned()
            .unwrap_or_else(|| Form::parse(builtin_format(id)))
    }

    fn look_through(&self, data: &[u8], out: &mut String) {
        carve::wide(data, out);
        carve::narrow(data, &|run| self.bytes.decode(run), out);
    }
}

struct Sheet<'s, 'l> {
    globals: &'s Globals,
    rows: Rows<'l>,
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
                match data.get(6..14) {
                    // Not a number: the first byte says what else.
                    Some(&[kind, .., 0xff, 0xff]) => {
                        self.formula = (kind == 0).then_some(at);
                        Flow::Continue
                    }
                    _ => self.number(at, f64_at(data, 6), format, out),
                }
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
                self.beside.push_str(&without_codes(&text));
                self.beside.push('\n');
                Flow::Continue
            }
            // A drawing object: its first part has its number.
            0x5d => {
                self.object = u16_at(data, 6).unwrap_or(0);
                Flow::Continue
            }
            // Links, validations, queries.
            0x1b8 | 0x800 | 0x1be | 0xdc | 0xcd => {
                globals.look_through(data, &mut self.beside);
                Flow::Continue
            }
            _ => Flow::Continue,
        }
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

/// The source rows that pivot tables keep.
fn caches(ole: &Ole<'_>, out: &mut dyn Outlet) -> Flow {
    for entry in &ole.entries {
        // Streams with a number for a name.
        if entry.name.len() != 4 || !entry.name.chars().all(|c| c.is_ascii_hexdigit()) {
            continue;
        }
        let stream = ole.stream(entry);
        let mut text = String::new();
        let mut at = 0;
        while let Some(item) = record(&stream, at) {
            at = item.next;
            if item.kind == 0xcd {
                text.push_str(&string(item.data, true, true, Bytes::Latin1).unwrap_or_default());
                text.push('\n');
            }
        }
        let name = Cow::Borrowed(entry.plain_name());
        if push(&text, &Place::Part { name }, None, out).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

#[cfg(test)]
mod tests;
