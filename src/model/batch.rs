//! What is looked through at once, and what stands beside it: the word that detection and classification share.

use std::ops::Range;

use super::{Candidate, Form};

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

/// What was seen in a batch.
#[derive(Debug, Default)]
pub struct Seen<'a> {
    /// Candidates, in no particular order; they may overlap. Those that start outside the batch's own range are
    /// neighbours: they speak for what is beside them, and belong to another batch.
    pub candidates: Vec<Candidate<'a>>,
    /// Marks of documents and of systems.
    pub marks: Vec<Mark>,
    /// How many numbers that could be identity numbers are some.
    pub tally: Tally,
}

impl Seen<'_> {
    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty() && self.marks.is_empty()
    }
}

/// A word that a sort of document, or a system's export, is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose mark it is.
    pub of: MarkOf,
    /// Which of its words; headers and words have numbers of their own.
    pub word: (MarkList, u16),
    /// Where it stands in the batch.
    pub range: Range<usize>,
}

/// Whose mark it is, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkOf {
    /// A rule for a sort of document.
    Rule(u16),
    /// A system that makes exports.
    Source(u16),
}

/// Which list of a rule a mark is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkList {
    /// Words of the text.
    Word,
    /// Headers and names of fields.
    Header,
    /// What it begins with.
    Begins,
    /// Words of its name.
    Name,
}

/// How many numbers of one form were met, and how many of them pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passes {
    /// Met.
    pub tried: u32,
    /// With a real date and the right check digit.
    pub passed: u32,
}

/// Numbers of one form, for the count of how many of them pass their check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Ten digits run together, as identity numbers.
    Bare,
    /// Six digits, a separator, four digits, as identity numbers.
    Separated,
    /// With the century, as identity numbers.
    Twelve,
    /// Six digits, a hyphen, four digits, as numbers of organisations.
    Organisation,
    /// Payment cards as they are printed.
    Card,
}

impl Counted {
    /// The form an identity number is counted in.
    pub fn identity(form: Form) -> Self {
        match form {
            Form::Twelve => Self::Twelve,
            Form::TenSeparated => Self::Separated,
            _ => Self::Bare,
        }
    }
}

/// How many numbers were met, and how many pass, by form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([Passes; 5]);

impl Tally {
    /// The count of a form.
    pub fn of(&mut self, form: Counted) -> &mut Passes {
        &mut self.0[form as usize]
    }

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            own.tried = own.tried.saturating_add(other.tried);
            own.passed = own.passed.saturating_add(other.passed);
        }
    }
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

    /// Every rule it says something of.
    pub fn iter(&self) -> impl Iterator<Item = (u16, Met)> + '_ {
        self.met.iter().copied()
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.met.is_empty()
    }
}
