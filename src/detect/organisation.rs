//! Organisation numbers and VAT numbers: context for what stands beside them.

use std::ops::Range;

use super::{Detector, Scene};
use crate::checks::{orgnr, personnummer};
use crate::model::{Candidate, Counted, Evidence, Form};
use crate::text::fold::{dash_at, space_at};

/// Tried at a run of `length` digits.
pub(super) struct Digits {
    pub(super) length: usize,
}

/// Tried at a run of digits right after an `E`: `SE556624167401`.
pub(super) struct Vat {
    pub(super) length: usize,
}

impl Detector for Digits {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let Some(rule) = scene.engine.index.organisation else {
            return;
        };
        let (digits, end, form) = match self.length {
            6 | 8 => {
                let Some(dash) = dash_at(scene.bytes, at + self.length) else {
                    return;
                };
                let tail = at + self.length + dash;
                let run = scene.bytes.get(tail..).map_or(0, |rest| {
                    rest.iter().take(5).take_while(|b| b.is_ascii_digit()).count()
                });
                if run != 4 {
                    return;
                }
                (collect(scene, at, tail + 4), tail + 4, Form::TenSeparated)
            }
            10 => (collect(scene, at, at + 10), at + 10, Form::TenBare),
            12 => (collect(scene, at, at + 12), at + 12, Form::TenBare),
            _ => return,
        };
        let Some((digits, count)) = digits else { return };
        if spaced_vat(scene, at, end, out) {
            return;
        }
        let valid = match count {
            10 => orgnr::valid_ten(&digits[..10]),
            12 => matches!((digits[0], digits[1]), (1, 6)) && orgnr::valid_ten(&digits[2..12]),
            _ => false,
        };
        if form == Form::TenSeparated {
            scene.count(at, Counted::Organisation, valid);
        }
        // 999999-9999 is a filled-in form, no number.
        let filler = digits[1..count].iter().all(|digit| *digit == digits[0]);
        if !valid || filler || scene.word_at(end) || scene.tied_before(at) || scene.tied_after(end) {
            return;
        }
        let spoken = scene.spoken(&(at..end), rule);
        let mut signals = spoken.signals.with(Evidence::Checksum);
        signals.add_if(form == Form::TenSeparated, Evidence::Separator);
        scene.push(out, rule, at..end, form, signals, spoken.label);
    }
}

fn collect(scene: &Scene<'_, '_>, start: usize, end: usize) -> Option<([u8; 12], usize)> {
    crate::checks::digits::<12>(scene.bytes.get(start..end)?)
}

/// `SE 556624-1674 01`.
fn spaced_vat<'a>(scene: &Scene<'_, 'a>, at: usize, end: usize, out: &mut Vec<Candidate<'a>>) -> bool {
    let Some(rule) = scene.engine.index.vat else {
        return false;
    };
    let prefix = at >= 3
        && matches!(
            scene.bytes.get(at - 3..at),
            Some([b'S' | b's', b'E' | b'e', b' '])
        )
        && !(at > 3 && scene.word_at(at - 4));
    let Some(space) = space_at(scene.bytes, end).filter(|_| prefix) else {
        return false;
    };
    let tail = end + space;
    if scene.bytes.get(tail..tail + 2) != Some(b"01") || scene.word_at(tail + 2) {
        return false;
    }
    let Some((digits, 10)) = collect(scene, at, end) else {
        return false;
    };
    number(
        scene,
        rule,
        at - 3..tail + 2,
        at..end,
        digits[..10].try_into().unwrap_or([0; 10]),
        out,
    )
}

impl Detector for Vat {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let Some(rule) = scene.engine.index.vat else {
            return;
        };
        let start = at.wrapping_sub(2);
        let prefix = at >= 2
            && matches!(scene.bytes.get(start..at), Some([b'S' | b's', b'E' | b'e']))
            && !(start > 0 && scene.word_at(start - 1));
        if !prefix
            || self.length != 12
            || scene.bytes.get(at + 10..at + 12) != Some(b"01")
            || scene.word_at(at + 12)
        {
            return;
        }
        let Some((digits, 10)) = collect(scene, at, at + 10) else {
            return;
        };
        number(
            scene,
            rule,
            start..at + 12,
            at..at + 10,
            digits[..10].try_into().unwrap_or([0; 10]),
            out,
        );
    }
}

/// A legal person's VAT number, or a sole trader's, which is the owner's personnummer.
fn number<'a>(
    scene: &Scene<'_, 'a>,
    rule: u16,
    whole: Range<usize>,
    digits: Range<usize>,
    ten: [u8; 10],
    out: &mut Vec<Candidate<'a>>,
) -> bool {
    if orgnr::valid_ten(&ten) {
        let spoken = scene.spoken(&whole, rule);
        scene.push(
            out,
            rule,
            whole,
            Form::TenSeparated,
            spoken.signals.with(Evidence::Checksum).with(Evidence::Syntax),
            spoken.label,
        );
        return true;
    }
    let person = personnummer::from_ten(&ten, None, false, Some(scene.engine.today));
    let Some(person_rule) = scene
        .engine
        .index
        .personnummer
        .filter(|_| person.is_valid() && !person.coordination)
    else {
        return false;
    };
    let mut signals = crate::model::Signals::NONE
        .with(Evidence::Checksum)
        .with(Evidence::Date)
        .with(Evidence::SoleTrader)
        .with(Evidence::CenturyInferred);
    signals.add_if(person.is_test_series(), Evidence::TestNumber);
    scene.push(
        out,
        person_rule,
        digits,
        Form::TenSeparated,
        signals,
        Candidate::NO_LABEL,
    );
    true
}
