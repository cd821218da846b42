//! Whole columns vote: where four cells of five are valid, the fifth witness is the column itself.

use std::collections::BTreeMap;

use crate::model::{Batch, Candidate, CellSpan, Evidence, Form, Kind};

/// How many cells of a column hold what a rule looks for, so far.
#[derive(Debug, Default)]
pub struct Votes {
    /// Cells that are not empty, by column.
    cells: BTreeMap<u32, u64>,
    /// Cells with a candidate of the rule that nothing speaks against, by column and rule.
    valid: BTreeMap<(u32, u16), u64>,
}

/// Fewer cells than this are no column.
const LEAST: u64 = 4;

impl Votes {
    /// Counts a block of rows.
    pub(super) fn count(&mut self, batch: &Batch<'_>, candidates: &[Candidate<'_>]) {
        for cell in batch
            .cells
            .iter()
            .filter(|cell| !cell.second_reading && cell.end > cell.start)
        {
            *self.cells.entry(cell.column).or_default() += 1;
        }
        let mut last = None;
        let mut sorted: Vec<&Candidate<'_>> = candidates.iter().collect();
        sorted.sort_by_key(|candidate| (candidate.range.start, candidate.rule));
        for candidate in sorted {
            let Some(cell) = cell_of(batch, candidate) else {
                continue;
            };
            let against = candidate.signals.has(Evidence::OtherLabel)
                || candidate.form == Form::LabelOnly
                || candidate.form == Form::NameCell && !known_name(candidate);
            // The value must fill its cell: a number inside a remark says nothing of the column.
            let fills = candidate.range.len() * 10 >= (cell.end - cell.start) * 8;
            let vote = (cell.start, candidate.rule);
            if fills && !against && last != Some(vote) {
                *self.valid.entry((cell.column, candidate.rule)).or_default() += 1;
                last = Some(vote);
            }
        }
    }

    /// Whether the column a candidate stands in carries it.
    pub(super) fn carried(&self, batch: &Batch<'_>, candidate: &Candidate<'_>) -> bool {
        let numeric = matches!(
            candidate.kind,
            Kind::Personnummer
                | Kind::Samordningsnummer
                | Kind::PhoneNumber
                | Kind::Organisationsnummer
                | Kind::Bankgiro
                | Kind::Plusgiro
                | Kind::BankAccount
                | Kind::PaymentCard
                | Kind::Imei
                | Kind::Iccid
                | Kind::VehicleRegistration
        );
        let named = candidate.form == Form::NameCell;
        let Some(cell) = cell_of(batch, candidate).filter(|_| numeric || named) else {
            return false;
        };
        let cells = self.cells.get(&cell.column).copied().unwrap_or(0);
        let valid = self
            .valid
            .get(&(cell.column, candidate.rule))
            .copied()
            .unwrap_or(0);
        cells >= LEAST && valid * 5 >= cells * 4
    }
}

/// A cell of a name column with a word of the lists in it, or one that ends like them.
fn known_name(candidate: &Candidate<'_>) -> bool {
    let known = [Evidence::GivenName, Evidence::FamilyName, Evidence::NameEnding];
    known.iter().any(|&evidence| candidate.signals.has(evidence))
}

fn cell_of<'b>(batch: &'b Batch<'_>, candidate: &Candidate<'_>) -> Option<&'b CellSpan> {
    let after = batch
        .cells
        .partition_point(|cell| cell.start <= candidate.range.start);
    after
        .checked_sub(1)
        .and_then(|i| batch.cells.get(i))
        .filter(|cell| candidate.range.start <= cell.end)
}
