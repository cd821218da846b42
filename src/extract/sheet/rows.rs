//! Cells as they come, gathered into rows, within limits.
//!
//! Readers give cells one by one; the rest of the road wants rows with ascending columns, and a hostile workbook
//! must not be able to say more than a bounded amount.

use std::collections::HashSet;

use crate::extract::table::Tabulator;
use crate::extract::{ContentLimits, Flow, Outlet};
use crate::model::{Cell, Issue, Reason};

/// Rows and columns a spreadsheet can have.
pub(super) const MAX_ROW: u64 = 1_048_576;
pub(super) const MAX_COLUMN: u32 = 16_384;
/// A workbook may say so many times its own size, where that is more than the limit on text.
const TEXT_RATIO: u64 = 20;
/// A shared string longer than this is pushed at its first cell only.
const LONG_STRING: usize = 4096;
/// A row is pushed in pieces beyond this, so that a hostile one does not gather in memory.
const MAX_ROW_TEXT: usize = 16 << 20;
const TICK: u64 = 4096;
/// Cells that stand outside of what a spreadsheet can have, after which nothing more is expected of a sheet.
const OUTSIDE: u64 = 1 << 20;

/// What is left of a workbook's limits.
pub(super) struct Limits {
    cells: u64,
    text: u64,
    steps: u64,
    long: HashSet<usize>,
    outside: u64,
    reached: bool,
}

impl Limits {
    /// The limits of a workbook of `size` bytes: shared strings let a small file say very much.
    pub(super) fn new(limits: ContentLimits, size: u64) -> Self {
        Self {
            cells: limits.cells,
            text: limits.text.max(size.saturating_mul(TEXT_RATIO)),
            steps: 0,
            long: HashSet::new(),
            outside: 0,
            reached: false,
        }
    }

    /// Whether a shared string (known by any number that is its own) may be pushed here.
    pub(super) fn may_repeat(&mut self, text: &str, id: usize) -> bool {
        text.len() <= LONG_STRING || self.long.insert(id)
    }

    /// Counts a step of work that may push nothing.
    pub(super) fn step(&mut self, out: &mut dyn Outlet) -> Flow {
        self.steps += 1;
        if self.steps.is_multiple_of(TICK) {
            return out.tick();
        }
        Flow::Continue
    }

    /// Whether reading cells has come to its limit.
    pub(super) fn reached(&self) -> bool {
        self.reached
    }

    /// Tells of a limit that was reached.
    pub(super) fn tell(&self, out: &mut dyn Outlet) {
        if self.reached {
            out.issue(Issue::once(Reason::ContentLimit));
        }
    }

    /// Spends text that stands in no cell; `false` where the limit is reached.
    pub(super) fn may_say(&mut self, bytes: usize) -> bool {
        let left = self.text.checked_sub(bytes as u64);
        self.reached |= left.is_none();
        self.text = left.unwrap_or(self.text);
        left.is_some()
    }

    /// Whether so many shared strings may be kept: more than cells nobody needs.
    pub(super) fn may_keep(&mut self, strings: usize) -> bool {
        self.reached |= strings as u64 > self.cells;
        !self.reached
    }

    /// Counts a cell outside of the grid.
    fn pass_by(&mut self) -> Flow {
        self.outside += 1;
        self.reached |= self.outside > OUTSIDE;
        if self.reached { Flow::Stop } else { Flow::Continue }
    }

    fn spend(&mut self, bytes: usize) -> bool {
        if self.cells == 0 || !self.may_say(bytes) {
            self.reached = true;
            return false;
        }
        self.cells -= 1;
        true
    }
}

struct Span {
    column: u32,
    start: usize,
    end: usize,
    second_reading: bool,
}

/// The rows of one sheet.
pub(super) struct Rows<'l> {
    table: Tabulator,
    limits: &'l mut Limits,
    number: u64,
    text: String,
    spans: Vec<Span>,
}

impl<'l> Rows<'l> {
    /// The rows of table `id`, the sheet of that name.
    pub(super) fn new(id: u32, sheet: &str, limits: &'l mut Limits) -> Self {
        Self {
            table: Tabulator::new(id, Some(sheet)),
            limits,
            number: 0,
            text: String::new(),
            spans: Vec::new(),
        }
    }

    /// The limits of the workbook.
    pub(super) fn limits(&mut self) -> &mut Limits {
        self.limits
    }

    /// A cell, and its second reading where there is one. Row and column count from 1.
    pub(super) fn cell(&mut self, row: u64, column: u32, readings: [&str; 2], out: &mut dyn Outlet) -> Flow {
        if !(1..=MAX_ROW).contains(&row) || !(1..=MAX_COLUMN).contains(&column) {
            return self.limits.pass_by();
        }
        if (row != self.number
            || self.text.len() > MAX_ROW_TEXT
            || self.spans.len() > 2 * MAX_COLUMN as usize)
            && self.flush(out).is_stop()
        {
            return Flow::Stop;
        }
        self.number = row;
        for (reading, second_reading) in readings.into_iter().zip([false, true]) {
            if reading.trim().is_empty() {
                continue;
            }
            if !self.limits.spend(reading.len()) {
                return Flow::Stop;
            }
            let start = self.text.len();
            self.text.push_str(reading);
            self.spans.push(Span {
                column,
                start,
                end: self.text.len(),
                second_reading,
            });
        }
        Flow::Continue
    }

    /// Pushes the row that is being gathered.
    fn flush(&mut self, out: &mut dyn Outlet) -> Flow {
        if self.spans.is_empty() {
            return Flow::Continue;
        }
        if !self.spans.is_sorted_by_key(|span| span.column) {
            self.spans.sort_by_key(|span| span.column);
        }
        let cells: Vec<Cell<'_>> = self
            .spans
            .iter()
            .filter_map(|span| {
                let mut cell = Cell::new(span.column, self.text.get(span.start..span.end)?);
                cell.second_reading = span.second_reading;
                Some(cell)
            })
            .collect();
        let flow = self.table.row(self.number, &cells, out);
        self.spans.clear();
        self.text.clear();
        flow
    }

    /// Pushes what is left.
    pub(super) fn finish(mut self, out: &mut dyn Outlet) -> Flow {
        if self.flush(out).is_stop() {
            return Flow::Stop;
        }
        self.table.finish(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::sheet::testing::Heard;

    #[test]
    fn a_sheet_of_cells_outside_the_grid_ends() {
        let mut limits = Limits::new(ContentLimits::default(), 0);
        let mut heard = Heard::default();
        let mut rows = Rows::new(0, "A", &mut limits);
        let mut passed = 0u64;
        while !rows.cell(MAX_ROW + 1, 1, ["1", ""], &mut heard).is_stop() {
            passed += 1;
        }
        assert_eq!((passed, rows.limits().reached()), (OUTSIDE, true));
    }

    #[test]
    fn text_is_bounded_by_the_limit_or_the_size() {
        let limits = ContentLimits {
            text: 10,
            cells: 2,
            ..ContentLimits::default()
        };
        assert!(!Limits::new(limits, 0).may_say(11));
        assert!(Limits::new(limits, 1).may_say(20));
        assert!(Limits::new(limits, 0).may_keep(2));
        assert!(!Limits::new(limits, 0).may_keep(3));
    }
}
