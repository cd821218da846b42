//! Postal addresses: a street with its number, a post-office box, a postcode with its town, `c/o`.

use super::postcode::{postcode_and_town, tail};
use super::street::{flat, house_number_end, street_before, word_before};
use super::{CELL_END, Detector, ROW_END, Scene};
use crate::model::{Candidate, Evidence, Form, Signals};
use crate::text::fold::{space_at, space_before};

/// Tried at a run of `length` digits: a house number, a box number or a postcode.
pub(super) struct Digits {
    pub(super) length: usize,
}

/// Tried at the slash of `c/o`.
pub(super) struct CareOf;

impl Detector for Digits {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        if self.length <= 3 {
            house(scene, at, self.length, out);
        }
        box_number(scene, at, self.length, out);
        if matches!(self.length, 3 | 5) {
            postcode_and_town(scene, at, out);
        }
    }
}

impl Detector for CareOf {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let Some(rule) = scene.engine.index.address else {
            return;
        };
        let around = at >= 1
            && matches!(scene.bytes[at - 1], b'c' | b'C')
            && matches!(scene.byte(at + 1), b'o' | b'O');
        if !around || (at >= 2 && scene.word_at(at - 2)) || scene.word_at(at + 2) {
            return;
        }
        let start = at - 1;
        let limit = scene.bounds(at).end;
        let mut end = at + 2;
        while end < limit
            && end - start < 60
            && !matches!(
                scene.bytes[end],
                b',' | b'\n' | b'\r' | b';' | b'\t' | b'|' | b'<' | b'"' | CELL_END | ROW_END
            )
            && !scene.bytes[end].is_ascii_digit()
        {
            end += 1;
        }
        let name = scene.text(at + 2..end).trim();
        if name.chars().next().is_none_or(|c| !c.is_uppercase()) {
            return;
        }
        let trimmed = end - (scene.text(at + 2..end).len() - scene.text(at + 2..end).trim_end().len());
        let spoken = scene.spoken(&(start..trimmed), rule);
        scene.push(
            out,
            rule,
            start..trimmed,
            Form::CareOf,
            spoken.signals.with(Evidence::CareOf),
            spoken.label,
        );
    }
}

fn house<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.index.address else {
        return;
    };
    if scene.bytes[at] == b'0' {
        return;
    }
    let Some(space) = space_before(scene.bytes, at) else {
        return;
    };
    let Some(street) = street_before(scene, at - space, rule) else {
        return;
    };
    let Some(number_end) = house_number_end(scene, at + length) else {
        return;
    };
    let (flat_end, flat) = flat(scene, number_end);
    let mut range = street.start..flat_end;
    let mut signals = Signals::NONE.with(Evidence::HouseNumber);
    signals.add_if(street.ending, Evidence::StreetEnding);
    signals.add_if(flat, Evidence::Flat);
    if let Some((town_end, known)) = tail(scene, flat_end) {
        signals.add(Evidence::Postcode);
        signals.add_if(known, Evidence::Town);
        range.end = town_end;
    }
    let spoken = scene.spoken(&(street.start..range.end), rule);
    signals = signals.merge(spoken.signals);
    // Without an ending only a label, a header or a postcode with its town makes a place name an address.
    if !street.ending && !signals.has(Evidence::Town) && !spoken.labelled() {
        return;
    }
    if !street.capital && !signals.has(Evidence::Postcode) && !spoken.labelled() {
        return;
    }
    if let Some(start) = care_of_before(scene, street.start) {
        range.start = start;
        signals.add(Evidence::CareOf);
    }
    signals.add_if(company_near(scene, range.start), Evidence::Company);
    let unit = unit_after(scene, flat_end) && !signals.has(Evidence::Postcode);
    signals.add_if(unit, Evidence::OtherContext);
    scene.push(
        out,
        rule,
        range,
        if street.safe {
            Form::StreetSafe
        } else {
            Form::StreetWeak
        },
        signals,
        spoken.label,
    );
}

/// `Box 22, 641 21 Katrineholm`.
fn box_number<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.index.address else {
        return;
    };
    let Some(space) = space_before(scene.bytes, at) else {
        return;
    };
    let end = at - space;
    let floor = scene.bounds(at).start;
    let Some(word) = word_before(scene, end, floor) else {
        return;
    };
    let name = scene.bytes.get(word.clone()).unwrap_or_default();
    if !["box", "postbox", "postlåda", "POSTLÅDA", "pl"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
        || scene.word_at(at + length)
    {
        return;
    }
    let mut signals = Signals::NONE.with(Evidence::PostBox);
    let mut range = word.start..at + length;
    match tail(scene, at + length) {
        Some((town_end, known)) => {
            signals.add(Evidence::Postcode);
            signals.add_if(known, Evidence::Town);
            range.end = town_end;
        }
        None if length >= 2 && scene.begins_line(word.start) => {}
        None if scene.spoken(&range, rule).labelled() => {}
        None => return,
    }
    let after = scene.bytes.get(range.end..range.end + 4).unwrap_or_default();
    if matches!(after, b" av " | b" of ") || (length <= 5 && scene.byte(at + length) == b'/') {
        return;
    }
    let spoken = scene.spoken(&range, rule);
    signals = signals.merge(spoken.signals);
    if let Some(start) = care_of_before(scene, range.start) {
        range.start = start;
        signals.add(Evidence::CareOf);
    }
    signals.add_if(company_near(scene, range.start), Evidence::Company);
    scene.push(out, rule, range, Form::PostBox, signals, spoken.label);
}

/// `c/o Ek, ` or a `c/o` line right before an address belongs to it.
fn care_of_before(scene: &Scene<'_, '_>, start: usize) -> Option<usize> {
    let floor = scene.bounds(start).start.max(start.saturating_sub(60));
    let before = scene.bytes.get(floor..start)?;
    let slash = before.windows(3).rposition(|w| w.eq_ignore_ascii_case(b"c/o"))?;
    let between = &before[slash + 3..];
    let separated = between
        .iter()
        .filter(|&&b| matches!(b, b',' | b'\n' | b';' | b'\t'))
        .count()
        == 1
        && !between.iter().any(u8::is_ascii_digit);
    let at = floor + slash;
    (separated && !(at > 0 && scene.word_at(at - 1))).then_some(at)
}

/// A legal form right before the address ("Exempel AB\nStorgatan 1"): a firm's address says less of a person.
pub(super) fn company_near(scene: &Scene<'_, '_>, start: usize) -> bool {
    let floor = scene.bounds(start).start.max(start.saturating_sub(70));
    let before = scene.bytes.get(floor..start).unwrap_or_default();
    before
        .split(|&b| !(b.is_ascii_alphabetic() || b >= 0x80))
        .any(|word| matches!(word, b"AB" | b"HB" | b"KB" | b"Aktiebolag" | b"Handelsbolag"))
}

/// A unit or amount right after a number or town: it was no address.
pub(super) fn unit_after(scene: &Scene<'_, '_>, end: usize) -> bool {
    let Some(space) = space_at(scene.bytes, end) else {
        return false;
    };
    let rest = scene.bytes.get(end + space..).unwrap_or_default();
    let mut room = [0u8; 8];
    let mut length = 0;
    for (slot, byte) in room.iter_mut().zip(rest) {
        if !(byte.is_ascii_alphabetic() || *byte == b'%') {
            break;
        }
        *slot = byte.to_ascii_lowercase();
        length += 1;
    }
    matches!(
        room.get(..length).unwrap_or_default(),
        b"kr"
            | b"sek"
            | b"st"
            | b"mm"
            | b"cm"
            | b"kg"
            | b"km"
            | b"m"
            | b"w"
            | b"kw"
            | b"kwh"
            | b"gb"
            | b"mb"
            | b"%"
            | b"v"
            | b"euro"
            | b"eur"
            | b"mil"
            | b"min"
            | b"tim"
            | b"av"
            | b"procent"
            | b"meter"
            | b"sidor"
    )
}
