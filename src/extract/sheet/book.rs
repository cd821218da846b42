//! What an xlsb workbook says of its sheets: their names and parts, the shared strings, the number formats.
//!
//! A cell is a number into these tables, so they are kept in memory, and what is kept of them is bounded.

use std::collections::{HashMap, HashSet};

use super::biff::builtin_format;
use super::brt::{Records, wide};
use super::number::Form;
use crate::extract::Outlet;
use crate::extract::compound::{u16_at, u32_at};
use crate::extract::package::Package;
use crate::extract::package::notes::Notes;
use crate::model::Reason;

/// What is kept of the shared strings, in bytes.
const KEPT: usize = 256 << 20;
/// Sheets, formats and cell formats that are kept of each.
const MOST: usize = 1 << 17;
/// Built-in number formats lie below this.
const BUILTIN: u16 = 164;
/// Work that pushes nothing asks now and then whether to go on.
const TICK: u64 = 4096;

/// A sheet: its name, and the index of its part.
#[derive(Debug, PartialEq)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) part: usize,
}

/// What a relationship of the workbook points to.
struct Target {
    chart: bool,
    /// Its part, if it is there.
    part: Option<usize>,
}

/// What the cells of a workbook refer to.
#[derive(Default)]
pub(super) struct Book {
    /// The sheets, in order.
    pub(super) sheets: Vec<Sheet>,
    /// Whether days are counted from 1904.
    pub(super) mac_epoch: bool,
    /// The part of the shared strings.
    pub(super) strings_part: Option<usize>,
    /// Whether all shared strings were kept.
    pub(super) strings_whole: bool,
    strings: Strings,
    formats: HashMap<u16, Form>,
    cell_formats: Vec<u16>,
}

/// Texts end to end, since millions of small ones would cost more than their letters.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Book {
    /// Reads what there is; what there is not goes into `notes`.
    pub(super) fn read(package: &mut Package<'_>, notes: &mut Notes, out: &mut dyn Outlet) -> Self {
        let main = package
            .relations("")
            .into_iter()
            .find(|relation| relation.kind == "officeDocument");
        let workbook = main.map_or_else(|| "xl/workbook.bin".to_owned(), |relation| relation.target);
        let mut book = Self {
            strings_whole: true,
            ..Self::default()
        };
        let (mut sheets, mut parts) = (Vec::new(), HashMap::new());
        let (mut strings, mut styles) = (None, None);
        for relation in package.relations(&workbook) {
            let part = package.find(&relation.target);
            match relation.kind.as_str() {
                "sharedStrings" => strings = part,
                "styles" => styles = part,
                kind => {
                    let chart = kind == "chartsheet";
                    parts.insert(relation.id, Target { chart, part });
                }
            }
        }
        let before = package.find(&workbook);
        book.strings_part = strings.or_else(|| package.find("xl/sharedStrings.bin"));
        let styles = styles.or_else(|| package.find("xl/styles.bin"));
        book.part(package, before, notes, out, &mut |book, kind, data| {
            book.workbook(kind, data, &mut sheets);
        });
        book.place(&sheets, &parts, package, notes);
        let mut of_cells = false;
        book.part(package, styles, notes, out, &mut |book, kind, data| {
            book.style(kind, data, &mut of_cells);
        });
        let part = book.strings_part;
        let whole = book.part(package, part, notes, out, &mut |book, kind, data| {
            if kind == 0x13 && !book.strings.push(data) {
                book.strings_whole = false;
            }
        });
        if !book.strings_whole {
            notes.add(Reason::ContentLimit);
        }
        book.strings_whole &= whole;
        book
    }

    /// Shows the records of a part to `see`; tells whether it came to their end.
    fn part(
        &mut self,
        package: &mut Package<'_>,
        part: Option<usize>,
        notes: &mut Notes,
        out: &mut dyn Outlet,
        see: &mut dyn FnMut(&mut Self, u16, &[u8]),
    ) -> bool {
        let Some(part) = part else { return true };
        let mut run = || -> Result<bool, Reason> {
            let mut records = Records::new(package.read(part)?);
            for step in 1u64.. {
                let Some(kind) = records.advance()? else { break };
                see(self, kind, records.data());
                if step.is_multiple_of(TICK) && out.tick().is_stop() {
                    return Ok(false);
                }
            }
            if records.cut() {
                Err(Reason::Damaged)
            } else {
                Ok(true)
            }
        };
        run().unwrap_or_else(|reason| {
            notes.add(reason);
            false
        })
    }

    fn workbook(&mut self, kind: u16, data: &[u8], sheets: &mut Vec<(String, String)>) {
        match kind {
            0x99 => self.mac_epoch = u32_at(data, 0).is_some_and(|flags| flags & 1 != 0),
            0x9c if sheets.len() < MOST => {
                let (mut id, mut name) = (String::new(), String::new());
                // A name that is cut off is still a name.
                let _ = wide(data, 8, &mut id).and_then(|at| wide(data, at, &mut name));
                sheets.push((id, name));
            }
            _ => {}
        }
    }

    /// Finds the parts of the sheets; those of sheets that the workbook does not name come last.
    fn place(
        &mut self,
        sheets: &[(String, String)],
        parts: &HashMap<String, Target>,
        package: &Package<'_>,
        notes: &mut Notes,
    ) {
        let mut placed = HashSet::new();
        for (id, name) in sheets {
            let target = parts.get(id);
            // A module is no part; a chart has no cells, and its part is looked through with the others.
            if id.is_empty() || target.is_some_and(|target| target.chart) {
                continue;
            }
            let Some(part) = target.and_then(|target| target.part) else {
                notes.add(Reason::PartlyDamaged);
                continue;
            };
            if placed.insert(part) {
                let name = name.clone();
                self.sheets.push(Sheet { name, part });
            }
        }
        for (part, entry) in package.parts.iter().enumerate() {
            if holds_cells(&entry.name.to_ascii_lowercase()) && placed.insert(part) {
                let name = entry.name.clone();
                self.sheets.push(Sheet { name, part });
            }
        }
    }

    fn style(&mut self, kind: u16, data: &[u8], of_cells: &mut bool) {
        match kind {
            0x2c if self.formats.len() < MOST => {
                let mut code = String::new();
                let whole = wide(data, 2, &mut code).is_some();
                if let Some(id) = u16_at(data, 0).filter(|_| whole) {
                    self.formats.insert(id, Form::parse(&code));
                }
            }
            0x269 => *of_cells = true,
            0x26a => *of_cells = false,
            0x2f if *of_cells && self.cell_formats.len() < MOST => {
                let id = u16_at(data, 2).unwrap_or(0);
                self.cell_formats.push(id);
                if id < BUILTIN {
                    self.formats
                        .entry(id)
                        .or_insert_with(|| Form::parse(builtin_format(id)));
                }
            }
            _ => {}
        }
    }

    /// The number format of a cell format.
    pub(super) fn form(&self, style: usize) -> &Form {
        self.cell_formats
            .get(style)
            .and_then(|id| self.formats.get(id))
            .unwrap_or(&Form::Plain)
    }

    /// How many shared strings were kept.
    pub(super) fn strings(&self) -> usize {
        self.strings.ends.len()
    }

    /// A shared string by its number.
    pub(super) fn string(&self, index: usize) -> Option<&str> {
        let end = *self.strings.ends.get(index)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.strings.ends.get(before)? as usize,
            None => 0,
        };
        self.strings.text.get(start..end)
    }
}

impl Strings {
    /// Keeps a string if there is room for it.
    fn push(&mut self, data: &[u8]) -> bool {
        if self.text.len() + self.ends.len() * size_of::<u32>() > KEPT {
            return false;
        }
        // Behind a byte that says what follows the text; one that is cut off is kept as far as it goes.
        let _ = wide(data, 1, &mut self.text);
        self.ends.push(self.text.len() as u32);
        true
    }
}

/// Whether a part is a sheet with cells, by its name.
fn holds_cells(lower: &str) -> bool {
    ["/worksheets/", "/macrosheets/", "/dialogsheets/"]
        .iter()
        .any(|folder| lower.contains(folder))
        && !lower.contains("binaryindex")
        && std::path::Path::new(lower)
            .extension()
            .is_some_and(|e| e == "bin")
}
