//! Bank accounts: a clearing number and a number, in one stretch or in fields of their own.

use std::ops::Range;

use super::groups::{Gap, Groups};
use super::payment::ends_inside;
use super::{Need, put};
use crate::checks::account::{self, Verdict};
use crate::checks::personnummer;
use crate::detect::Scene;
use crate::model::{Candidate, CellSpan, Evidence, Form, Kind, Signals};

/// How far before a number its clearing number may stand.
const NEAR: usize = 72;

/// An account at these groups.
pub(super) fn account<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    if scene.tied_before(at) {
        return;
    }
    if let Some((end, form, verdict)) = whole(scene, groups) {
        let mut own = Signals::NONE.with(Evidence::Issuer);
        own.add_if(verdict == Verdict::Right, Evidence::Checksum);
        let need = if form == Form::Printed {
            Need::LabelOrCell
        } else {
            Need::Label
        };
        put(scene, out, Kind::BankAccount, at..end, form, own, need);
        return;
    }
    apart(scene, at, groups, out);
}

/// An account in a record of fixed columns that begins a line (Bankgirot): a mandate of Autogiro (record 04: clearing
/// number in columns 29-32, account in 33-44) or a payee of Leverantörsbetalningar (record 40: 13-16 and 17-28).
pub(super) fn record<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let run = scene.bytes.get(at..at + length).unwrap_or_default();
    let begins = at == 0 || matches!(scene.bytes[at - 1], b'\n' | b'\r');
    let start = match run {
        [b'0', b'4', ..] if length >= 56 && run.get(12..16) == Some(b"0000") => 28,
        [b'4', b'0', b'0', b'0', b'0', b'0', ..] if length == 28 => 12,
        _ => return,
    };
    let range = at + start..at + start + 16;
    let digits = scene
        .bytes
        .get(range.clone())
        .and_then(crate::checks::digits::<16>);
    let (Some((digits, 16)), true) = (digits, begins) else {
        return;
    };
    let (clearing, padded) = digits.split_at(4);
    let zeros = padded.iter().take_while(|digit| **digit == 0).count();
    let lengths = (6..=12 - zeros.min(5)).rev();
    let verdict = lengths
        .filter_map(|length| padded.get(12 - length..))
        .map(|rest| account::check(number(clearing), rest))
        .find(|verdict| *verdict == Verdict::Right);
    let Some(rule) = scene
        .engine
        .index
        .numbers
        .of(Kind::BankAccount)
        .filter(|_| verdict.is_some())
    else {
        return;
    };
    let own = Signals::NONE
        .with(Evidence::Issuer)
        .with(Evidence::Checksum)
        .with(Evidence::Column);
    scene.push(out, rule, range, Form::Printed, own, Candidate::NO_LABEL);
}

/// Clearing number and number in one: where they end.
fn whole(scene: &Scene<'_, '_>, groups: &Groups) -> Option<(usize, Form, Verdict)> {
    let parts = groups.parts();
    let clearing = number(groups.digits(4));
    account::structure(clearing)?;
    let first = groups.first();
    if !matches!(first, 4 | 5 | 11..=15) {
        return None;
    }
    for part in parts.iter().rev() {
        let all = groups.digits(part.upto);
        // Swedbank's fifth digit is written with the clearing number or left out.
        let fifth = all
            .get(4)
            .is_some_and(|&fifth| account::fifth_digit(clearing, fifth));
        let apart = first == 5 || first == 4 && parts.get(1).is_some_and(|second| second.size == 1);
        let starts: &[usize] = match (first, apart, fifth) {
            (5, _, true) | (4, true, true) => &[5],
            (5, ..) => &[],
            (4, ..) => &[4],
            (_, _, true) => &[5, 4],
            _ => &[4],
        };
        for &start in starts {
            let Some(rest) = all.get(start..).filter(|rest| rest.len() >= 6) else {
                continue;
            };
            let verdict = account::check(clearing, rest);
            if verdict == Verdict::Wrong || ends_inside(scene, part.end) {
                continue;
            }
            // Nordea's personal accounts are the owner's identity number, and are told as that.
            if is_person(scene, rest) {
                return None;
            }
            let form = if parts.len() > 1 && first < 6 {
                Form::Printed
            } else {
                Form::Bare
            };
            return Some((part.end, form, verdict));
        }
    }
    None
}

fn is_person(scene: &Scene<'_, '_>, digits: &[u8]) -> bool {
    <&[u8; 10]>::try_from(digits)
        .is_ok_and(|ten| personnummer::from_ten(ten, None, false, Some(scene.engine.today)).is_valid())
}

fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |sum, &digit| sum * 10 + u16::from(digit))
}

/// A number whose clearing number stands in a field of its own.
fn apart<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    let parts = groups.parts();
    let joined = parts
        .iter()
        .skip(1)
        .take_while(|part| matches!(part.gap, Gap::Space | Gap::Dash))
        .count();
    let last = parts
        .get(..=joined)
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|part| (6..=10).contains(&part.upto) && !ends_inside(scene, part.end));
    let Some(last) = last else { return };
    let (digits, range) = (groups.digits(last.upto), at..last.end);
    let index = &scene.engine.index.numbers;
    let (Some(rule), Some(clearing_rule)) = (index.of(Kind::BankAccount), index.clearing) else {
        return;
    };
    if is_person(scene, digits) || !scene.spoken(&range, rule).labelled() {
        return;
    }
    let clearing = match scene.cell(at) {
        Some(cell) => in_row(scene, cell, clearing_rule),
        None => in_text(scene, at, clearing_rule),
    };
    let Some(clearing) = clearing else { return };
    let verdict = account::check(clearing, digits);
    if verdict == Verdict::Wrong {
        return;
    }
    let mut own = Signals::NONE.with(Evidence::Issuer);
    own.add_if(verdict == Verdict::Right, Evidence::Checksum);
    put(
        scene,
        out,
        Kind::BankAccount,
        range,
        Form::Printed,
        own,
        Need::Label,
    );
}

/// The clearing number in another cell of the same row: under its header, or right of its label.
fn in_row(scene: &Scene<'_, '_>, cell: &CellSpan, rule: u16) -> Option<u16> {
    let cells = scene.batch.cells;
    let first = cells.partition_point(|c| c.row < cell.row);
    let row = cells.get(first..)?.iter().take_while(|c| c.row == cell.row);
    let labelled = |c: &&CellSpan| {
        scene
            .batch
            .columns
            .get(c.column as usize - 1)
            .is_some_and(|labels| labels.is_label(rule))
    };
    row.filter(labelled)
        .find_map(|c| clearing_in(scene, c.start..c.end))
}

/// The clearing number shortly before, after its label.
fn in_text(scene: &Scene<'_, '_>, at: usize, rule: u16) -> Option<u16> {
    let mut i = at;
    let floor = at.saturating_sub(NEAR);
    while i > floor {
        let end = i;
        while i > floor && scene.bytes[i - 1].is_ascii_digit() {
            i -= 1;
        }
        if matches!(end - i, 4 | 5)
            && !(i > 0 && scene.word_at(i - 1))
            && scene.spoken(&(i..end), rule).labelled()
        {
            return clearing_in(scene, i..end);
        }
        i = if i == end { i - 1 } else { i };
    }
    None
}

/// Four digits, a bank's; a fifth one after them is passed over.
fn clearing_in(scene: &Scene<'_, '_>, range: Range<usize>) -> Option<u16> {
    let (digits, count) = crate::checks::digits::<5>(scene.bytes.get(range)?)?;
    let clearing = number(digits.get(..4)?);
    (count >= 4 && account::structure(clearing).is_some()).then_some(clearing)
}
