//! A postcode with its town.

use super::Scene;
use super::address::{company_near, unit_after};
use crate::checks::postcode;
use crate::model::{Candidate, Evidence, Form};
use crate::text::fold::{space_at, space_before};

/// Postcode and town after a street or box, on the same line or the next: where it ends, whether the town fits.
pub(super) fn tail(scene: &Scene<'_, '_>, from: usize) -> Option<(usize, bool)> {
    let limit = scene.bounds(from).end;
    let mut i = from;
    let mut lines = 0;
    while i < limit && i - from < 12 {
        match scene.bytes[i] {
            b',' | b'\r' | b';' | b'\t' => i += 1,
            b'\n' => {
                lines += 1;
                i += 1;
            }
            _ => match space_at(scene.bytes, i) {
                Some(length) => i += length,
                None => break,
            },
        }
    }
    if i == from || lines > 1 {
        return None;
    }
    for prefix in [&b"SE-"[..], b"S-", b"SE ", b"S "] {
        if scene.bytes.get(i..).is_some_and(|rest| rest.starts_with(prefix)) {
            i += prefix.len();
            break;
        }
    }
    let (code, code_end) = postcode_at(scene, i)?;
    match town_after(scene, code_end, code) {
        Some((end, known)) => Some((end, known)),
        None => Some((code_end, false)),
    }
}

/// Five digits, `NNN NN` or run together, that can be a postcode.
fn postcode_at(scene: &Scene<'_, '_>, at: usize) -> Option<(u32, usize)> {
    let run = scene
        .bytes
        .get(at..)?
        .iter()
        .take(6)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let (second, end) = match run {
        5 => (at + 3, at + 5),
        3 => {
            let mut gap = space_at(scene.bytes, at + 3)?;
            gap += space_at(scene.bytes, at + 3 + gap).unwrap_or(0);
            (at + 3 + gap, at + 3 + gap + 2)
        }
        _ => return None,
    };
    let two = scene.bytes.get(second..end)?;
    if !two.iter().all(u8::is_ascii_digit) || scene.byte(end).is_ascii_digit() {
        return None;
    }
    let digits = scene.bytes[at..at + 3].iter().chain(two);
    let code = digits.fold(0u32, |sum, b| sum * 10 + u32::from(b - b'0'));
    postcode::possible(code).then_some((code, end))
}

/// The town after a postcode: where it ends and whether the table knows that it fits. A capitalised word that is
/// no known town of the postcode still counts, unknown.
fn town_after(scene: &Scene<'_, '_>, code_end: usize, code: u32) -> Option<(usize, bool)> {
    let limit = scene.bounds(code_end).end;
    let mut i = code_end;
    if scene.byte(i) == b',' {
        i += 1;
    }
    let mut gaps = 0;
    while let Some(length) = space_at(scene.bytes, i).filter(|_| gaps < 4) {
        i += length;
        gaps += 1;
    }
    if gaps == 0 || i >= limit {
        return None;
    }
    let start = i;
    let mut ends = [0usize; 3];
    let mut words = 0;
    let mut at = start;
    while words < 3 && at < limit {
        let mut end = at;
        while end < limit && (scene.word_at(end) || (scene.bytes[end] == b'-' && scene.word_at(end + 1))) {
            end += 1;
        }
        if end == at || scene.bytes[at].is_ascii_digit() {
            break;
        }
        ends[words] = end;
        words += 1;
        match space_at(scene.bytes, end) {
            Some(length) => at = end + length,
            None => break,
        }
    }
    for &end in ends[..words].iter().rev() {
        let name = scene.text(start..end).to_lowercase().replace('\u{a0}', " ");
        if let Some(town) = postcode::town(&name) {
            if town.has_postcode(code) && !(town.common_word && unit_after(scene, end)) {
                return Some((end, true));
            }
        }
    }
    let first = *ends[..words].first()?;
    let word = scene.text(start..first);
    let capital = word.chars().next().is_some_and(char::is_uppercase) && word.chars().count() >= 3;
    capital.then_some((first, false))
}

/// `172 70 Sundbyberg`, `SE-113 43 Stockholm`.
pub(super) fn postcode_and_town<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.index.address else {
        return;
    };
    let Some((code, end)) = postcode_at(scene, at) else {
        return;
    };
    let mut start = at;
    let mut country = false;
    if at >= 2 && scene.bytes[at - 1] == b'-' {
        let two = at >= 3
            && scene.bytes[at - 3..at].eq_ignore_ascii_case(b"SE-")
            && !(at > 3 && scene.word_at(at - 4));
        let one = scene.bytes[at - 2].eq_ignore_ascii_case(&b'S') && !(at > 2 && scene.word_at(at - 3));
        if two || one {
            start = if two { at - 3 } else { at - 2 };
            country = true;
        } else {
            return;
        }
    } else if scene.tied_before(at)
        || (at >= 2 && matches!(scene.bytes[at - 1], b',' | b'.') && scene.bytes[at - 2].is_ascii_digit())
    {
        return;
    }
    // Digits right before, in groups: an amount or a longer number ("12 345 67 Umeå").
    if let Some(length) = space_before(scene.bytes, start).filter(|_| !country) {
        if start > length && scene.bytes[start - length - 1].is_ascii_digit() && scene.byte(at + 3) != b' ' {
            return;
        }
    }
    let Some((town_end, known)) = town_after(scene, end, code) else {
        return;
    };
    let spoken = scene.spoken(&(start..town_end), rule);
    if !known && !country && !spoken.labelled() {
        return;
    }
    let mut signals = spoken.signals.with(Evidence::Postcode);
    signals.add_if(known, Evidence::Town);
    signals.add_if(country, Evidence::International);
    signals.add_if(company_near(scene, start), Evidence::Company);
    scene.push(
        out,
        rule,
        start..town_end,
        Form::PostcodeTown,
        signals,
        spoken.label,
    );
}
