//! What only a table's columns tell: an address column's whole cells, and a postcode beside its town.

use super::{CellSpan, Scene};
use crate::checks::postcode;
use crate::model::{Candidate, Evidence, Form, Signals};

/// Adds candidates that the headers alone make, and joins what stands in several cells of a row.
///
/// One postal address of a row is one candidate: it stands at the street's cell and takes the postcode's and the
/// town's cells as witnesses; only a row without a street is reported at its postcode.
pub(super) fn detect<'a>(scene: &Scene<'_, 'a>, out: &mut Vec<Candidate<'a>>) {
    let index = &scene.engine.index;
    let (Some(address), Some(code_rule), Some(town_rule)) = (index.address, index.postcode, index.town)
    else {
        return;
    };
    let columns = scene.batch.columns;
    let labelled = |rule: u16| -> Vec<u32> {
        (1u32..)
            .zip(columns)
            .filter(|(_, labels)| labels.is_label(rule))
            .map(|(column, _)| column)
            .collect()
    };
    let (addresses, codes, towns) = (labelled(address), labelled(code_rule), labelled(town_rule));
    if addresses.is_empty() && (codes.is_empty() || towns.is_empty()) {
        return;
    }
    out.sort_by_key(|candidate| candidate.range.start);
    let mut extra = Vec::new();
    let mut seen = 0;
    let mut rest = scene.batch.cells;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|cell| cell.row == first.row).count();
        let (row, after) = rest.split_at(count);
        rest = after;
        let row_end = row.last().map_or(first.end, |cell| cell.end);
        while seen < out.len() && out[seen].range.start < first.start {
            seen += 1;
        }
        let mine = out[seen..]
            .iter()
            .take_while(|candidate| candidate.range.start <= row_end)
            .count();
        join(
            scene,
            row,
            &addresses,
            &codes,
            &towns,
            address,
            &mut out[seen..seen + mine],
            &mut extra,
        );
    }
    out.append(&mut extra);
}

#[allow(
    clippy::too_many_arguments,
    reason = "one row's worth of what the headers say, used once"
)]
fn join<'a>(
    scene: &Scene<'_, 'a>,
    row: &[CellSpan],
    addresses: &[u32],
    codes: &[u32],
    towns: &[u32],
    rule: u16,
    found: &mut [Candidate<'a>],
    extra: &mut Vec<Candidate<'a>>,
) {
    let cell_of = |columns: &[u32]| {
        row.iter()
            .find(|cell| columns.contains(&cell.column) && cell.end > cell.start)
    };
    let place = match (cell_of(codes), cell_of(towns)) {
        (Some(code), Some(town)) => fits(scene, code, town).map(|known| (code, known)),
        _ => None,
    };
    let mut witnesses = Signals::NONE;
    if let Some((_, known)) = place {
        witnesses.add(Evidence::Postcode);
        witnesses.add_if(known, Evidence::Town);
    }
    let street = found
        .iter_mut()
        .find(|c| c.rule == rule && !matches!(c.form, Form::PostcodeTown | Form::CareOf));
    if let Some(street) = street {
        street.signals = street.signals.merge(witnesses);
        return;
    }
    if let Some(cell) = cell_of(addresses).filter(|cell| looks_like_address(scene.text(cell.start..cell.end)))
    {
        let label = scene.spoken(&(cell.start..cell.end), rule).label;
        let signals = witnesses.with(Evidence::Column);
        scene.push(extra, rule, cell.start..cell.end, Form::WholeCell, signals, label);
        return;
    }
    if let Some((code, true)) = place {
        scene.push(
            extra,
            rule,
            code.start..code.end,
            Form::PostcodeTown,
            witnesses.with(Evidence::Column),
            Candidate::NO_LABEL,
        );
    }
}

/// Whether the postcode is one, and whether the town's table entry fits it.
fn fits(scene: &Scene<'_, '_>, code: &CellSpan, town: &CellSpan) -> Option<bool> {
    let text = scene.text(code.start..code.end);
    let text = text.trim().trim_start_matches("SE-").trim_start_matches("S-");
    let (digits, count) = crate::checks::digits::<5>(text.as_bytes())?;
    if count != 5 || text.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let number = digits.iter().fold(0u32, |sum, &d| sum * 10 + u32::from(d));
    if !postcode::possible(number) {
        return None;
    }
    let name = scene.text(town.start..town.end).trim().to_lowercase();
    Some(postcode::town(&name).is_some_and(|town| town.has_postcode(number)))
}

/// A cell under an address header that can be one: letters, a few of them, and no e-mail or web address.
fn looks_like_address(text: &str) -> bool {
    let text = text.trim();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    letters >= 3 && text.len() <= 120 && has_digit && !text.contains('@') && !text.contains("://")
}
