//! The running text of a part while it is gathered: paragraphs, tables, stretches.
//!
//! A number is found only where its text is whole and its label stands near, so runs are joined to paragraphs,
//! paragraphs to long stretches, and tables with a header become rows that know their columns.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::deleted::Deleted;
use super::grid::Grid;
use crate::extract::package::parts::push;
use crate::extract::{Flow, Outlet};
use crate::model::{Place, Segment, Text};

/// Text is pushed in stretches of this size, with some of the neighbours around it.
pub(super) const STRETCH: usize = 1 << 20;
const OVERLAP: usize = 4096;
/// Paragraphs in paragraphs (a text box in a note in a text box) beyond this are lines of their host.
const NESTED: usize = 64;

/// Where a running text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// A part, in words.
    Part(String),
    /// A slide or page.
    Page(u32),
}

impl Spot {
    /// The place of a stretch that begins on `line`.
    fn place(&self, line: u64) -> Place<'_> {
        match self {
            Self::Part(name) => Place::Stretch {
                name: Cow::Borrowed(name),
                line,
            },
            Self::Page(page) => Place::Page { page: *page },
        }
    }

    /// What a table there is called: `table 2`, `table 1 on slide 3`.
    pub(super) fn table(&self, number: u32) -> String {
        match self {
            Self::Part(part) if part == "document" => format!("table {number}"),
            Self::Part(part) => format!("table {number} in {part}"),
            Self::Page(page) => format!("table {number} on page {page}"),
        }
    }
}

/// How much was there at a moment, to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    done: usize,
    open: usize,
    cells: usize,
    /// How often text had been pushed: offsets mean nothing after that.
    pushed: u64,
}

/// The running text of one part.
pub(super) struct Running {
    spot: Spot,
    /// Lines that are complete.
    done: String,
    /// Lines being written: the innermost is the last.
    open: String,
    /// Where each of the lines being written starts.
    starts: Vec<usize>,
    /// Where what has not been pushed begins, and on which line.
    own: usize,
    line: u64,
    pushed: u64,
    grid: Grid,
    deleted: Deleted,
    /// Where in the open lines text stands that was inserted last: what is deleted right behind it stood there instead.
    inserted: std::ops::Range<usize>,
    stopped: bool,
}

impl Running {
    /// The text that stands at `spot`; its tables are numbered from `table`.
    pub(super) fn new(spot: Spot, table: u32) -> Self {
        Self {
            spot,
            done: String::new(),
            open: String::new(),
            starts: Vec::new(),
            own: 0,
            line: 1,
            pushed: 0,
            grid: Grid::new(table),
            deleted: Deleted::default(),
            inserted: 0..0,
            stopped: false,
        }
    }

    /// The number of the next table of the document.
    pub(super) fn next_table(&self) -> u32 {
        self.grid.next()
    }

    /// Whether the outlet said stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Goes on at another place.
    pub(super) fn switch(&mut self, spot: Spot, out: &mut dyn Outlet) {
        if self.spot != spot {
            self.finish(out);
            self.spot = spot;
            self.line = 1;
            self.grid.restart();
        }
    }

    /// Where it stands.
    pub(super) fn spot(&self) -> &Spot {
        &self.spot
    }

    /// Begins a paragraph, inside of the one being written if there is one.
    pub(super) fn begin(&mut self, out: &mut dyn Outlet) {
        if self.starts.is_empty() {
            // What stood outside of any paragraph is a line of its own.
            self.end_loose(out);
        } else if self.starts.len() >= NESTED {
            self.break_line(out);
            return;
        }
        self.starts.push(self.open.len());
    }

    /// Ends the innermost paragraph; an empty one is a line too.
    pub(super) fn end(&mut self, out: &mut dyn Outlet) {
        let start = self.starts.pop().unwrap_or(0);
        self.take_open(start, out);
        self.deleted.end_of_paragraph();
    }

    /// Ends the innermost paragraph, which is no line if it is empty.
    pub(super) fn end_aside(&mut self, out: &mut dyn Outlet) {
        let start = self.starts.pop().unwrap_or(0);
        if self.open.len() > start {
            self.take_open(start, out);
        }
    }

    /// Ends the line being written and goes on in the same paragraph.
    pub(super) fn break_line(&mut self, out: &mut dyn Outlet) {
        let start = self.starts.last().copied().unwrap_or(0);
        self.take_open(start, out);
    }

    /// Ends a line that is being written outside of any paragraph.
    pub(super) fn end_loose(&mut self, out: &mut dyn Outlet) {
        if self.starts.is_empty() && !self.open.is_empty() {
            self.take_open(0, out);
        }
    }

    /// Whether a paragraph is being written.
    pub(super) fn in_paragraph(&self) -> bool {
        !self.starts.is_empty()
    }

    fn take_open(&mut self, start: usize, out: &mut dyn Outlet) {
        self.done.push_str(self.open.get(start..).unwrap_or_default());
        self.open.truncate(start);
        self.inserted = 0..0;
        self.done.push('\n');
        self.full(out);
    }

    /// Adds text to the innermost line.
    pub(super) fn push(&mut self, text: &str, inserted: bool, out: &mut dyn Outlet) {
        if self.deleted.is_open() && !inserted {
            self.deleted.after(text, out);
        }
        if inserted {
            if self.inserted.end != self.open.len() {
                self.inserted.start = self.open.len();
            }
            self.inserted.end = self.open.len() + text.len();
        }
        self.open.push_str(text);
        self.spill(out);
    }

    /// Adds a character to the innermost line.
    pub(super) fn push_char(&mut self, c: char, out: &mut dyn Outlet) {
        self.push(c.encode_utf8(&mut [0; 4]), false, out);
    }

    /// Adds text whose white space means no more than one space.
    pub(super) fn push_collapsed(&mut self, text: &str, inserted: bool, out: &mut dyn Outlet) {
        let blank = |c: char| matches!(c, ' ' | '\n' | '\r' | '\t');
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(blank).unwrap_or(rest.len());
            let (now, later) = rest.split_at(word);
            if !now.is_empty() {
                self.push(now, inserted, out);
            }
            rest = later.trim_start_matches(blank);
            let start = self.starts.last().copied().unwrap_or(0);
            let written = self.open.get(start..).unwrap_or_default();
            if !later.is_empty() && !written.is_empty() && !written.ends_with(' ') {
                self.push(" ", inserted, out);
            }
        }
    }

    /// Adds deleted text, which the innermost line does not say any more.
    pub(super) fn push_deleted(&mut self, text: &str, out: &mut dyn Outlet) {
        if !self.deleted.is_open() {
            let start = self.starts.last().copied().unwrap_or(0);
            let line = self.line + newlines(self.done.get(self.own..));
            let replaced = self.inserted.end == self.open.len() && self.inserted.start >= start;
            let end = if replaced {
                self.inserted.start
            } else {
                self.open.len()
            };
            self.deleted
                .open(self.open.get(start..end).unwrap_or_default(), line);
        }
        self.deleted.push(text, out);
    }

    /// A text that stands in an attribute, on a line of its own: it must not cut the running text in two.
    pub(super) fn aside(&mut self, text: &str, out: &mut dyn Outlet) {
        let text = text.trim();
        if !text.is_empty() {
            self.done.push_str(text);
            self.done.push('\n');
            self.full(out);
        }
    }

    /// Moves a line that grows and grows to what is pushed next.
    fn spill(&mut self, out: &mut dyn Outlet) {
        let start = self.starts.last().copied().unwrap_or(0);
        if self.open.len() - start > STRETCH {
            self.done.push_str(self.open.get(start..).unwrap_or_default());
            self.open.truncate(start);
            self.full(out);
        }
    }

    /// Pushes what has become too much to keep.
    fn full(&mut self, out: &mut dyn Outlet) {
        self.stopped |= self.deleted.told_stop();
        if self.grid.holds() {
            if self.grid.is_too_much(self.done.len()) {
                self.settle(true, out);
            }
        } else if self.done.len() - self.own > STRETCH + OVERLAP {
            self.flush(self.done.len(), false, out);
        }
    }

    /// Pushes the text up to `to`; unless it is the last, as long as there are whole stretches.
    fn flush(&mut self, to: usize, last: bool, out: &mut dyn Outlet) {
        while self.own < to && !self.stopped {
            let rest = to - self.own;
            if !last && rest <= STRETCH {
                break;
            }
            let end = if rest <= STRETCH + OVERLAP && last {
                to
            } else {
                border(&self.done, self.own + STRETCH)
            };
            let from = border(&self.done, self.own.saturating_sub(OVERLAP));
            let until = border(&self.done, end.saturating_add(OVERLAP).min(to));
            let text = self.done.get(from..until).unwrap_or_default();
            // Lines of a page are counted from the start of the text that is pushed.
            let stretch = Text {
                text,
                own: self.own - from..end - from,
                place: self.spot.place(self.line),
                label: None,
            };
            if !text.trim().is_empty() {
                self.stopped |= out.segment(&Segment::Text(&stretch)).is_stop();
            }
            self.line += newlines(self.done.get(self.own..end));
            self.own = end;
            self.pushed += 1;
        }
        let kept = border(&self.done, self.own.saturating_sub(OVERLAP));
        if !last && kept > 0 {
            self.done.drain(..kept);
            self.own -= kept;
        }
    }

    /// Pushes everything there is.
    pub(super) fn finish(&mut self, out: &mut dyn Outlet) {
        while !self.starts.is_empty() {
            self.end(out);
        }
        self.end_loose(out);
        self.end_tables(out);
        self.deleted.close(out);
        self.stopped |= self.deleted.told_stop();
        self.flush(self.done.len(), true, out);
        self.done.clear();
        self.own = 0;
    }

    fn end_tables(&mut self, out: &mut dyn Outlet) {
        while self.grid.is_open() {
            self.table_end(out);
        }
    }

    /// A table begins.
    pub(super) fn table_start(&mut self, out: &mut dyn Outlet) {
        self.end_loose(out);
        self.grid.begin(self.done.len());
    }

    /// A row of it begins, leaving out some columns.
    pub(super) fn row_start(&mut self) {
        self.grid.row();
    }

    /// Columns that have no cell, or a cell over several.
    pub(super) fn skip_columns(&mut self, count: u32) {
        self.grid.skip(count);
    }

    /// A cell begins that is as wide as `columns`.
    pub(super) fn cell_start(&mut self, columns: u32, out: &mut dyn Outlet) {
        self.end_loose(out);
        self.grid.cell(self.done.len(), columns);
    }

    /// The cell being read is as wide as `columns`.
    pub(super) fn widen(&mut self, columns: u32) {
        self.grid.widen(columns);
    }

    /// It ends.
    pub(super) fn cell_end(&mut self, out: &mut dyn Outlet) {
        self.end_loose(out);
        if let Some(start) = self.grid.cell_started() {
            let start = start.max(self.own);
            while self.done.len() > start && self.done.ends_with('\n') {
                self.done.pop();
            }
            self.grid.cell_end(self.done.len());
            self.done.push('\t');
        }
    }

    /// The row ends.
    pub(super) fn row_end(&mut self, out: &mut dyn Outlet) {
        while self.done.len() > self.own && self.done.ends_with('\t') {
            self.done.pop();
        }
        self.done.push('\n');
        if self.grid.is_full(self.done.len()) {
            self.settle(false, out);
        }
        self.full(out);
    }

    /// The table ends.
    pub(super) fn table_end(&mut self, out: &mut dyn Outlet) {
        self.end_loose(out);
        if self.grid.end() {
            self.settle(false, out);
        }
        if !self.grid.is_open() {
            self.stopped |= self.grid.finish(out).is_stop();
        }
    }

    /// Pushes the rows gathered so far, if the table is one; `giant`: a row of it is too large to be kept.
    fn settle(&mut self, giant: bool, out: &mut dyn Outlet) {
        if self.grid.is_rows(giant, &self.done) {
            let start = self.grid.start();
            self.flush(start, true, out);
            if self.stopped {
                return;
            }
            let between = self.grid.between(&self.done);
            let place = self.spot.place(self.line);
            let flow = match push(&between, &place, None, out) {
                Flow::Continue => self.grid.tell(&self.done, &self.spot, out),
                Flow::Stop => Flow::Stop,
            };
            self.stopped |= flow.is_stop();
            // What is pushed as rows has its lines too.
            let end = self.grid.told();
            self.line += newlines(self.done.get(self.own..end));
            self.done.drain(..end);
            self.own = 0;
            self.pushed += 1;
        }
        self.grid.settled(giant, self.done.len());
    }

    /// How much there is now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            done: self.done.len(),
            open: self.open.len(),
            cells: self.grid.cells(),
            pushed: self.pushed,
        }
    }

    /// Numbers that tell apart the lines added since a mark, at most so many; `None` when they are gone or are more.
    pub(super) fn said_since(&self, mark: &Mark, most: usize) -> Option<Vec<u64>> {
        if mark.pushed != self.pushed {
            return None;
        }
        let done = self.done.get(mark.done..)?.lines();
        let open = self.open.get(mark.open..)?;
        let mut said = Vec::new();
        for line in done.chain([open]).map(str::trim).filter(|line| !line.is_empty()) {
            if said.len() == most {
                return None;
            }
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            said.push(hasher.finish());
        }
        Some(said)
    }

    /// Takes back what was added since a mark.
    pub(super) fn take_back(&mut self, mark: &Mark) {
        if mark.pushed == self.pushed {
            self.done.truncate(mark.done);
            self.open.truncate(mark.open);
            self.grid.forget(mark.cells);
        }
    }
}

/// Newlines in a text.
fn newlines(text: Option<&str>) -> u64 {
    memchr::memchr_iter(b'\n', text.unwrap_or_default().as_bytes()).count() as u64
}

/// The character border at or after an offset.
pub(super) fn border(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len())
}

/// The end of a text, at most so many bytes of it.
pub(super) fn tail(text: &str, most: usize) -> &str {
    text.get(border(text, text.len().saturating_sub(most))..)
        .unwrap_or_default()
}
