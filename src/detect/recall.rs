//! What was read of a batch for one rule, kept for the next that asks at the same place.
//!
//! A dozen rules ask what stands around the same number; the words, the cell and the header are the same for all.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::{Scene, named};
use crate::model::{CellSpan, ColumnLabels, Met};
use crate::rules::{Behind, Rules, Surroundings};

/// As many headers of pasted rows are kept; more columns than that cost a look each.
const HEADERS: usize = 64;

/// Empty at the beginning of a batch; grows with nothing that is scanned.
#[derive(Default)]
pub(super) struct Recall {
    behind: RefCell<Behind>,
    /// The index of the cell that was asked for last.
    cell: Cell<usize>,
    /// The value whose name was looked for last.
    name: Cell<Option<Named>>,
    /// What the names of columns in running text say, by where they stand.
    headers: RefCell<Vec<(Range<usize>, ColumnLabels)>>,
}

/// Where a value begins and ends, and the name of its column, if it has one.
#[derive(Clone, Copy)]
struct Named {
    value: (usize, usize),
    name: Option<(usize, usize)>,
}

impl Scene<'_, '_> {
    /// What stands before `at`, no further back than `floor`.
    pub(super) fn before(&self, floor: usize, at: usize, rule: u16) -> Surroundings {
        let vocabulary = self.engine.rules.vocabulary();
        match self.recall.behind.try_borrow_mut() {
            Ok(mut behind) => vocabulary.before_again(&mut behind, self.bytes, floor, at, rule),
            Err(_) => vocabulary.before(self.bytes, floor, at, rule),
        }
    }

    /// Whether one of these rules may know a word that stands before `at`.
    pub(super) fn known_before(&self, at: usize, rules: Rules) -> bool {
        let vocabulary = self.engine.rules.vocabulary();
        let floor = self.bounds(at).start;
        self.recall.behind.try_borrow_mut().map_or(true, |mut behind| {
            vocabulary.known_before(&mut behind, self.bytes, floor, at, rules)
        })
    }

    /// The index of the cell an offset stands in.
    #[inline]
    pub(super) fn cell_index(&self, at: usize) -> Option<usize> {
        let cells = self.batch.cells;
        let holds = |index: usize| {
            cells
                .get(index)
                .is_some_and(|cell| (cell.start..=cell.end).contains(&at))
        };
        let last = self.recall.cell.get();
        // Nearly always the same again, or the next.
        let index = if holds(last) {
            last
        } else if holds(last + 1) {
            last + 1
        } else {
            let index = cells.partition_point(|cell| cell.start <= at).checked_sub(1)?;
            if !holds(index) {
                return None;
            }
            index
        };
        self.recall.cell.set(index);
        Some(index)
    }

    /// What the name of a value of running text says of a rule: the column of an SQL statement or of pasted rows.
    pub(super) fn name_of(&self, value: &Range<usize>, rule: u16) -> Option<Met> {
        let asked = (value.start, value.end);
        let name = if let Some(known) = self.recall.name.get().filter(|known| known.value == asked) {
            known.name
        } else {
            let name = named::name_of(self, value).map(|name| (name.start, name.end));
            self.recall.name.set(Some(Named { value: asked, name }));
            name
        };
        let (start, end) = name?;
        let text = self.text(start..end);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        (text.len() <= 40 && digits <= 2).then_some(())?;
        self.header_at(start..end, rule)
    }

    /// The label left of a cell, in a sheet of labels and values.
    pub(super) fn label_left_of(&self, cell: &CellSpan, rule: u16) -> Option<Met> {
        let before = self.batch.cells.partition_point(|c| c.start < cell.start);
        let left = before
            .checked_sub(1)
            .and_then(|i| self.batch.cells.get(i))
            .filter(|left| left.row == cell.row)?;
        let text = self.text(left.start..left.end);
        let plain = text.len() <= 40
            && !text.bytes().any(|b| b == b'@')
            && text.bytes().filter(u8::is_ascii_digit).count() <= 2;
        plain
            .then(|| self.header_at(left.start..left.end, rule))
            .flatten()
    }

    /// What the header at `range` says of a rule.
    fn header_at(&self, range: Range<usize>, rule: u16) -> Option<Met> {
        let vocabulary = self.engine.rules.vocabulary();
        let Ok(mut headers) = self.recall.headers.try_borrow_mut() else {
            return vocabulary.header(self.text(range)).of(rule);
        };
        if let Some((_, labels)) = headers.iter().rev().find(|(known, _)| *known == range) {
            return labels.of(rule);
        }
        let labels = vocabulary.header(self.text(range.clone()));
        let met = labels.of(rule);
        if headers.len() == HEADERS {
            headers.clear();
        }
        headers.push((range, labels));
        met
    }
}
