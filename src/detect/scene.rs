//! A batch being looked through, and what is said around a candidate in it.

use std::cell::Cell;
use std::ops::Range;

use super::recall::Recall;
use super::{Engine, named, numbers, sql};
use crate::model::{
    Batch, CELL_END, Candidate, CellSpan, ColumnLabels, Counted, Evidence, Form, ROW_END, Signals, Tally,
    WordRole,
};
use crate::rules::is_word_byte;
use crate::text::fold::{dash_before, space_before};

/// How far around a number its likes are counted.
const NEAR: usize = 256;

/// A batch being looked through.
pub(super) struct Scene<'s, 'a> {
    pub(super) engine: &'s Engine<'s>,
    pub(super) batch: &'s Batch<'a>,
    pub(super) bytes: &'a [u8],
    /// What the last look for a value's name learnt; the next value mostly stands in the same list.
    pub(super) named: named::Memory,
    /// What the rule before this one has read already.
    pub(super) recall: Recall,
    /// The columns of the last SQL statement.
    pub(super) sql: sql::Memory,
    /// The last words that can name a number.
    pub(super) passed: Cell<numbers::Passed>,
    /// How many numbers of the own range pass their checks.
    pub(super) tally: Cell<Tally>,
}

/// What is said around a candidate of a rule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spoken {
    pub(super) signals: Signals,
    pub(super) label: u16,
    /// An unknown word that names a number stands right before it.
    pub(super) numbered: bool,
}

impl Spoken {
    pub(super) fn labelled(self) -> bool {
        self.signals.has(Evidence::Label) || self.signals.has(Evidence::Column)
    }

    pub(super) fn contradicted(self) -> bool {
        self.signals.has(Evidence::OtherLabel)
    }
}

impl<'s, 'a> Scene<'s, 'a> {
    pub(super) fn new(engine: &'s Engine<'s>, batch: &'s Batch<'a>) -> Self {
        Self {
            engine,
            batch,
            bytes: batch.text.as_bytes(),
            named: named::Memory::default(),
            recall: Recall::default(),
            sql: sql::Memory::default(),
            passed: Cell::default(),
            tally: Cell::default(),
        }
    }

    #[inline]
    pub(super) fn byte(&self, i: usize) -> u8 {
        self.bytes.get(i).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn text(&self, range: Range<usize>) -> &'a str {
        self.batch.text.get(range).unwrap_or_default()
    }

    /// Whether a letter or digit stands at `i`.
    #[inline]
    pub(super) fn word_at(&self, i: usize) -> bool {
        is_word_byte(self.bytes, i)
    }

    /// Counts a number of the own range, and whether it passes its check.
    pub(super) fn count(&self, at: usize, form: Counted, passes: bool) {
        if self.batch.own.contains(&at) {
            let mut tally = self.tally.get();
            let count = tally.of(form);
            count.tried = count.tried.saturating_add(1);
            count.passed = count.passed.saturating_add(u32::from(passes));
            self.tally.set(tally);
        }
    }

    /// The cell an offset stands in.
    #[inline]
    pub(super) fn cell(&self, at: usize) -> Option<&CellSpan> {
        self.cell_index(at).and_then(|index| self.batch.cells.get(index))
    }

    /// Where the row of a table begins and ends that `at` stands in.
    pub(super) fn row(&self, at: usize) -> Range<usize> {
        let cells = self.batch.cells;
        let Some(own) = self.cell(at) else {
            return at..at;
        };
        let first = cells.partition_point(|cell| cell.row < own.row);
        let last = cells.partition_point(|cell| cell.row <= own.row);
        let start = cells.get(first).map_or(at, |cell| cell.start);
        let end = last
            .checked_sub(1)
            .and_then(|i| cells.get(i))
            .map_or(at, |cell| cell.end);
        start..end + 1
    }

    /// Where the text a candidate at `at` belongs to begins and ends: its cell, or the whole batch.
    #[inline]
    pub(super) fn bounds(&self, at: usize) -> Range<usize> {
        self.cell(at)
            .map_or(0..self.bytes.len(), |cell| cell.start..cell.end)
    }

    /// The label of the column or field a candidate stands in.
    pub(super) fn outer_label(&self, at: usize) -> Option<&ColumnLabels> {
        match self.cell(at) {
            Some(cell) => self
                .batch
                .columns
                .get(cell.column as usize - 1)
                .filter(|labels| !labels.is_empty()),
            None => self.batch.label,
        }
    }

    /// What header, label and the words around `value` say of a rule.
    pub(super) fn spoken(&self, value: &Range<usize>, rule: u16) -> Spoken {
        let at = value.start;
        let mut spoken = Spoken {
            label: Candidate::NO_LABEL,
            ..Spoken::default()
        };
        let vocabulary = self.engine.rules.vocabulary();
        let cell = self.cell(at);
        if let Some(met) = self.outer_label(at).and_then(|labels| labels.of(rule)) {
            spoken.take(met.role, met.word, Evidence::Column);
        }
        let bounds = cell.map_or(0..self.bytes.len(), |cell| cell.start..cell.end);
        let around = self.before(bounds.start, at, rule);
        spoken.numbered = around.numbered;
        // `…, land) VALUES ('Ruth …`: the word before belongs to the list of names, which says itself what stands here.
        let against = around.direct.is_some_and(|met| met.role == WordRole::Negative) && cell.is_none();
        if let Some(met) = against
            .then(|| self.name_of(value, rule))
            .flatten()
            .filter(|met| met.role == WordRole::Label)
        {
            spoken.signals = spoken.signals.without(Evidence::OtherLabel);
            spoken.take(met.role, met.word, Evidence::Column);
        } else if let Some(met) = around.direct {
            // What stands right before the value outranks the header.
            spoken.signals = spoken.signals.without(Evidence::OtherLabel);
            spoken.take(met.role, met.word, Evidence::Label);
        } else if let Some(met) = vocabulary.after(self.bytes, value.end, bounds.end, rule) {
            spoken.take(met.role, met.word, Evidence::Label);
        } else if let Some(met) = cell.map_or_else(|| self.name_of(value, rule), |_| None) {
            spoken.take(met.role, met.word, Evidence::Column);
        } else if let Some(met) = around.nearby {
            match met.role {
                WordRole::Negative => spoken.signals.add(Evidence::OtherContext),
                WordRole::Label | WordRole::Context => spoken.signals.add(Evidence::Context),
            }
        }
        if let Some(cell) = cell.filter(|_| spoken.signals == Signals::NONE && self.outer_label(at).is_none())
            && let Some(met) = self.label_left_of(cell, rule)
        {
            spoken.take(met.role, met.word, Evidence::Label);
        }
        spoken
    }

    /// Whether many numbers of the same shape stand near and most of them are not valid: among order numbers or in a
    /// log, one in ten thousand passes by chance, and one in ten of those that begin with a date.
    pub(super) fn among_failures(&self, value: &Range<usize>, valid: impl Fn(&[u8]) -> bool) -> bool {
        let from = value.start.saturating_sub(NEAR);
        let until = self.bytes.len().min(value.end + NEAR);
        let around = self.bytes.get(from..until).unwrap_or_default();
        let dash = |token: &[u8]| token.iter().position(|b| *b == b'-');
        let own = self.bytes.get(value.clone()).unwrap_or_default();
        let (mut passed, mut failed) = (0, 0);
        for token in around.split(|b| !b.is_ascii_digit() && *b != b'-') {
            if token.len() == own.len() && dash(token) == dash(own) {
                if valid(token) {
                    passed += 1;
                } else {
                    failed += 1;
                }
            }
        }
        failed >= 3 && failed > 2 * passed
    }

    /// A dash or separator before `at` that ties it to a longer number or identifier.
    pub(super) fn tied_before(&self, at: usize) -> bool {
        if let Some(length) = dash_before(self.bytes, at) {
            return at > length && self.word_at(at - length - 1);
        }
        at >= 2 && matches!(self.bytes[at - 1], b'.' | b'_') && self.word_at(at - 2)
    }

    /// The same after `at`.
    pub(super) fn tied_after(&self, at: usize) -> bool {
        if let Some(length) = crate::text::fold::dash_at(self.bytes, at) {
            return self.word_at(at + length);
        }
        match self.byte(at) {
            b'.' => self.byte(at + 1).is_ascii_digit(),
            b'_' => true,
            _ => false,
        }
    }

    pub(super) fn push(
        &self,
        out: &mut Vec<Candidate<'a>>,
        rule: u16,
        range: Range<usize>,
        form: Form,
        signals: Signals,
        label: u16,
    ) {
        let Some(kind) = self.engine.rules.get(rule).map(|r| r.kind) else {
            return;
        };
        let value = self.text(range.clone());
        if !value.is_empty() {
            out.push(Candidate {
                rule,
                kind,
                range,
                value,
                form,
                signals,
                label,
            });
        }
    }

    /// Whether only spaces stand between the line's start and `at`.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        let mut i = at;
        let floor = self.bounds(at).start;
        while i > floor {
            match space_before(self.bytes, i) {
                Some(length) => i -= length,
                None => {
                    return matches!(
                        self.bytes[i - 1],
                        b'\n' | b'\r' | b'>' | b'"' | b'\t' | b';' | b',' | CELL_END | ROW_END
                    );
                }
            }
        }
        true
    }
}

impl Spoken {
    pub(super) fn take(&mut self, role: WordRole, word: u16, evidence: Evidence) {
        match role {
            WordRole::Label => {
                self.signals.add(evidence);
                self.label = word;
            }
            WordRole::Context => self.signals.add(Evidence::Context),
            WordRole::Negative => self.signals.add(Evidence::OtherLabel),
        }
    }
}
