//! Tables of a text document: which of them are tables of data, and their cells.
//!
//! Word tables are registers as often as they are layout. One with a header row is pushed as rows, so that
//! "Personnummer" above a value speaks for it; a form or a layout stays running text, where label and value stand
//! side by side and a person is near what is said of them.

use std::iter;
use std::ops::Range;

use super::running::Spot;
use crate::extract::table::{Tabulator, has_header, is_form};
use crate::extract::{Flow, Outlet};
use crate::model::Cell;

/// So much of a table is kept before it is decided what it is, and pushed at once.
const HELD: usize = 64 * 1024;
/// A row larger than this is no row of a register.
const GIANT: usize = 512 * 1024;
/// Cells kept at most.
const CELLS: usize = 16 * 1024;
/// Columns a table of a text document can have.
const COLUMNS: u32 = 16_384;
/// Cells of prose make a layout.
const PROSE: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Undecided,
    Rows,
    Prose,
}

struct Held {
    row: u64,
    column: u32,
    text: Range<usize>,
}

/// The outermost table that is being read; tables in its cells are text of the cell.
pub(super) struct Grid {
    /// Number of the next table of the document, from 0.
    next: u32,
    /// Its number at the present place, from 1.
    number: u32,
    depth: usize,
    kind: Kind,
    /// Where what is kept of the table starts in the running text.
    start: usize,
    /// Where the last complete row ends.
    end: usize,
    row: u64,
    column: u32,
    /// Starts of the cells being read, the outermost first; what lies deeper than this has no cells of its own.
    open: Vec<(usize, u32)>,
    held: Vec<Held>,
    table: Option<Tabulator>,
}

/// Cells in cells beyond this are text.
const NESTED: usize = 64;

impl Grid {
    /// Numbers tables from `next`.
    pub(super) fn new(next: u32) -> Self {
        Self {
            next,
            number: 0,
            depth: 0,
            kind: Kind::Prose,
            start: 0,
            end: 0,
            row: 0,
            column: 0,
            open: Vec::new(),
            held: Vec::new(),
            table: None,
        }
    }

    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Counts the tables of another place from 1.
    pub(super) fn restart(&mut self) {
        self.number = 0;
    }

    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Whether the text since its start must be kept.
    pub(super) fn holds(&self) -> bool {
        self.depth > 0 && self.kind != Kind::Prose
    }

    /// Whether a row is too large.
    pub(super) fn is_too_much(&self, len: usize) -> bool {
        len - self.end.min(len) > GIANT
    }

    /// Whether there are enough complete rows to push them.
    pub(super) fn is_full(&mut self, len: usize) -> bool {
        if self.depth != 1 || self.kind == Kind::Prose {
            return false;
        }
        self.end = len;
        len - self.start.min(len) > HELD || self.held.len() > CELLS
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn cells(&self) -> usize {
        self.held.len()
    }

    /// Forgets cells that were taken back.
    pub(super) fn forget(&mut self, cells: usize) {
        self.held.truncate(cells);
    }

    pub(super) fn begin(&mut self, at: usize) {
        self.depth += 1;
        if self.depth == 1 {
            self.number += 1;
            self.kind = Kind::Undecided;
            (self.start, self.end) = (at, at);
            (self.row, self.column) = (0, 0);
            self.open.clear();
            self.held.clear();
        }
    }

    pub(super) fn row(&mut self) {
        if self.depth == 1 {
            self.row += 1;
            self.column = 0;
            self.open.clear();
        }
    }

    pub(super) fn skip(&mut self, columns: u32) {
        if self.depth == 1 {
            self.column = self.column.saturating_add(columns).min(COLUMNS);
        }
    }

    pub(super) fn cell(&mut self, at: usize, columns: u32) {
        if self.open.len() < NESTED {
            self.open.push((at, columns));
        }
    }

    /// Where the innermost cell starts.
    pub(super) fn cell_started(&self) -> Option<usize> {
        self.open.last().map(|(start, _)| *start)
    }

    pub(super) fn cell_end(&mut self, at: usize) {
        let Some((start, columns)) = self.open.pop() else {
            return;
        };
        if self.depth != 1 || !self.open.is_empty() {
            return;
        }
        if self.kind != Kind::Prose && start < at && self.column < COLUMNS {
            self.held.push(Held {
                row: self.row,
                column: self.column + 1,
                text: start..at,
            });
        }
        self.skip(columns.max(1));
    }

    /// The cell being read is as wide as `columns`.
    pub(super) fn widen(&mut self, columns: u32) {
        if let Some((_, width)) = self.open.last_mut() {
            *width = columns;
        }
    }

    /// A table ends; whether it is the outermost and its rows are kept.
    pub(super) fn end(&mut self) -> bool {
        self.depth = self.depth.saturating_sub(1);
        self.depth == 0 && self.kind != Kind::Prose
    }

    /// Whether what is kept is rows of data, as far as can be seen. `giant`: it cannot be kept any longer.
    pub(super) fn is_rows(&mut self, giant: bool, text: &str) -> bool {
        if self.kind == Kind::Undecided {
            self.kind = if !giant && self.is_data(text) {
                Kind::Rows
            } else {
                Kind::Prose
            };
        }
        self.kind == Kind::Rows
    }

    fn is_data(&self, text: &str) -> bool {
        let mut rows: Vec<Vec<Cell<'_>>> = Vec::new();
        let mut last = 0;
        for held in &self.held {
            if held.row != last {
                if rows.len() == 24 {
                    break;
                }
                rows.push(Vec::new());
                last = held.row;
            }
            if let (Some(row), Some(text)) = (rows.last_mut(), text.get(held.text.clone())) {
                row.push(Cell::new(held.column, text));
            }
        }
        let wide = rows.iter().filter(|row| row.len() >= 2).count();
        let cells = rows.iter().flatten();
        let prose = cells.clone().filter(|cell| cell.text.len() > PROSE).count();
        if wide < 2 || prose * 4 > cells.count() || is_form(&rows) {
            return false;
        }
        let columns = rows.iter().filter(|row| row.len() >= 3).count();
        has_header(&rows) || columns >= 3 && columns * 2 > rows.len()
    }

    /// What stands in the rows that are kept and in none of their cells: what is chosen from around a cell, notes on
    /// rows.
    pub(super) fn between(&self, text: &str) -> String {
        let mut out = String::new();
        let mut at = self.start;
        let cells = self.held.iter().map(|held| held.text.clone());
        let end = self
            .held
            .last()
            .map_or(self.end, |last| self.end.max(last.text.end));
        for cell in cells.chain(iter::once(end..end)) {
            let stretch = text.get(at..cell.start).unwrap_or_default();
            for line in stretch
                .split(['\n', '\t'])
                .map(str::trim)
                .filter(|line| !line.is_empty())
            {
                out.push_str(line);
                out.push('\n');
            }
            at = cell.end.max(at);
        }
        out
    }

    /// Pushes the rows that are kept.
    pub(super) fn tell(&mut self, text: &str, spot: &Spot, out: &mut dyn Outlet) -> Flow {
        let number = self.number;
        let next = &mut self.next;
        let table = self.table.get_or_insert_with(|| {
            *next += 1;
            Tabulator::new(*next - 1, Some(&spot.table(number)))
        });
        let mut rest = self.held.as_slice();
        while let Some(first) = rest.first() {
            let count = rest.iter().take_while(|held| held.row == first.row).count();
            let (row, later) = rest.split_at(count);
            rest = later;
            // Of a row too large to be kept, the cells that are complete have been told with this.
            self.end = row.last().map_or(self.end, |last| self.end.max(last.text.end));
            let cells: Vec<Cell<'_>> = row
                .iter()
                .filter_map(|held| Some(Cell::new(held.column, text.get(held.text.clone())?.trim())))
                .filter(|cell| !cell.text.is_empty())
                .collect();
            if table.row(first.row, &cells, out).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    /// Up to where the text has been told as rows.
    pub(super) fn told(&self) -> usize {
        self.end
    }

    /// What was kept is told, or is running text.
    pub(super) fn settled(&mut self, giant: bool, len: usize) {
        self.held.clear();
        (self.start, self.end) = match self.kind {
            Kind::Rows => (0, 0),
            _ => (len, len),
        };
        if giant {
            self.kind = Kind::Prose;
        }
    }

    /// Pushes what the table still holds back.
    pub(super) fn finish(&mut self, out: &mut dyn Outlet) -> Flow {
        self.kind = Kind::Prose;
        self.open.clear();
        match self.table.take() {
            Some(mut table) => table.finish(out),
            None => Flow::Continue,
        }
    }
}
