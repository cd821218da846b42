//! What is looked through at once, and what stands beside it: the word that detection and classification share.

use std::ops::Range;

/// Between two cells of a row.
pub const CELL_END: u8 = 0x1F;
/// Between two rows.
pub const ROW_END: u8 = 0x1E;

/// Where a cell stands in a batch's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellSpan {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Column from 1.
    pub column: u32,
    /// Row from 1.
    pub row: u64,
    /// A second reading of the cell before it.
    pub second_reading: bool,
}

/// What is looked through at once: a stretch of running text, or many rows of one table joined with
/// [`CELL_END`] and [`ROW_END`] (which belong to no pattern, so that none crosses a cell).
pub struct Batch<'a> {
    /// The text.
    pub text: &'a str,
    /// Where a candidate may start.
    pub own: Range<usize>,
    /// The cells, in order; empty for running text.
    pub cells: &'a [CellSpan],
    /// What the column headers say, by column (index 0 is column 1).
    pub columns: &'a [ColumnLabels],
    /// What a label outside the text says.
    pub label: Option<&'a ColumnLabels>,
}

/// What a word says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordRole {
    /// A label or column header.
    Label,
    /// A word that speaks for it.
    Context,
    /// A word or label that speaks against it.
    Negative,
}

/// A word met for a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// What it says.
    pub role: WordRole,
    /// Index in the rule's list of that role.
    pub word: u16,
}

/// What a column header (or a form field's name) says of each rule.
#[derive(Debug, Clone, Default)]
pub struct ColumnLabels {
    met: Vec<(u16, Met)>,
}

impl ColumnLabels {
    /// What was met, by the rule's index; one word per rule.
    pub fn new(met: Vec<(u16, Met)>) -> Self {
        Self { met }
    }

    /// What it says of a rule.
    pub fn of(&self, rule: u16) -> Option<Met> {
        self.met.iter().find(|(r, _)| *r == rule).map(|(_, met)| *met)
    }

    /// Whether it is a label of the rule.
    pub fn is_label(&self, rule: u16) -> bool {
        self.of(rule).is_some_and(|met| met.role == WordRole::Label)
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.met.is_empty()
    }
}
