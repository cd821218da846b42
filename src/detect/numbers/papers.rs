//! Passports, identity cards, driving licences and number plates.

use std::ops::Range;

use super::groups::Groups;
use super::{Need, heard, put, word_before};
use crate::checks::date::Date;
use crate::checks::{mrz, personnummer, plate as plates};
use crate::detect::Scene;
use crate::model::{Candidate, Evidence, Form, Kind, Signals};
use crate::text::fold::{space_at, space_before};

/// A line of a machine-readable zone, known by its birth, sex and expiry: seven digits, a letter, seven digits.
pub(super) fn machine_readable<'a>(
    scene: &Scene<'_, 'a>,
    at: usize,
    length: usize,
    out: &mut Vec<Candidate<'a>>,
) {
    if at < 5 {
        return;
    }
    let before = scene.byte(at - 1);
    if length == 7
        && matches!(scene.byte(at + 7), b'M' | b'F' | b'X' | b'<')
        && (before.is_ascii_uppercase() || before == b'<')
    {
        let Some(start) = at.checked_sub(13) else { return };
        let line = |size: usize| token(scene, start, size);
        if line(44).is_some_and(mrz::passport_line) {
            push_zone(scene, Kind::PassportNumber, start..start + 44, out);
        } else if line(36).is_some_and(mrz::card_line) {
            push_zone(scene, Kind::IdentityCardNumber, start..start + 36, out);
        }
        return;
    }
    if !(before.is_ascii_uppercase() || before == b'<') {
        return;
    }
    // The first line of a card: `I<SWE`, the number from the sixth character on.
    let letters = (0..5usize).find_map(|letters| {
        let start = at.checked_sub(5 + letters)?;
        let begins =
            matches!(scene.byte(start), b'I' | b'A' | b'C') && scene.byte(start + 2).is_ascii_uppercase();
        (begins && token(scene, start, 30).is_some_and(mrz::first_card_line)).then_some(start)
    });
    if let Some(start) = letters {
        push_zone(scene, Kind::IdentityCardNumber, start..start + 30, out);
    }
}

/// Exactly `size` bytes that no letter, digit or filler is tied to.
fn token<'a>(scene: &Scene<'_, 'a>, start: usize, size: usize) -> Option<&'a [u8]> {
    let tied = |i: usize| scene.word_at(i) || scene.byte(i) == b'<';
    // `<MRZ>I<SWE…</MRZ>`: what closes the line in a document of elements begins with a slash.
    let after =
        tied(start + size) && !(scene.byte(start + size) == b'<' && scene.byte(start + size + 1) == b'/');
    scene
        .bytes
        .get(start..start + size)
        .filter(|_| !(after || start > 0 && tied(start - 1)))
}

fn push_zone<'a>(scene: &Scene<'_, 'a>, kind: Kind, range: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    let own = Signals::NONE
        .with(Evidence::MachineReadable)
        .with(Evidence::Checksum);
    put(scene, out, kind, range, Form::MachineReadable, own, Need::Nothing);
}

/// A number of letters and digits that begins at `start`: under a label a paper's.
pub(super) fn lettered<'a>(scene: &Scene<'_, 'a>, start: usize, out: &mut Vec<Candidate<'a>>) {
    let bytes = scene
        .bytes
        .get(start..scene.bytes.len().min(start + 17))
        .unwrap_or_default();
    let length = bytes
        .iter()
        .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        .count();
    let digits = bytes[..length].iter().filter(|b| b.is_ascii_digit()).count();
    let end = start + length;
    if !(7..=16).contains(&length) || digits < 5 || scene.word_at(end) || tied(scene, start, end) {
        return;
    }
    let letters = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
    // Two letters and seven digits: Swedish passports and cards since 2022.
    let swedish = letters == 2 && length == 9 && digits == 7;
    let form = if swedish { Form::Printed } else { Form::Bare };
    if length <= 9 {
        document(scene, Kind::PassportNumber, start..end, form, out);
    }
    if length <= 12 {
        document(scene, Kind::IdentityCardNumber, start..end, form, out);
    }
    document(scene, Kind::DrivingLicenceNumber, start..end, form, out);
}

/// Digits alone, or after two letters and a space: under a label a paper's.
pub(super) fn plain<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    let end = at + length;
    if !(6..=12).contains(&length) || ends(scene, end) || scene.tied_before(at) {
        return;
    }
    let spaced = (length == 7).then(|| two_letters_before(scene, at)).flatten();
    let (start, form) = spaced.map_or((at, Form::Bare), |start| (start, Form::Printed));
    if spaced.is_none() && (looks_like_day(scene, at, length) || is_person(scene, at, length)) {
        return;
    }
    if matches!(length, 8 | 9) || spaced.is_some() {
        document(scene, Kind::PassportNumber, start..end, form, out);
    }
    if (7..=10).contains(&length) {
        document(scene, Kind::IdentityCardNumber, start..end, form, out);
    }
    document(scene, Kind::DrivingLicenceNumber, start..end, form, out);
}

/// `512 884 907`, `9752 0048 113`, `40017726-1`: groups that a licence or a card has, under its label.
pub(super) fn grouped<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    if scene.tied_before(at) {
        return;
    }
    let whole = |end: usize| {
        (!ends(scene, end) && groups.parts().last().is_some_and(|last| last.end == end)).then_some(end)
    };
    let three = [&[3, 3, 3][..], &[4, 4, 4], &[4, 4, 3], &[3, 3, 2]]
        .into_iter()
        .find_map(|sizes| groups.sized(sizes).and_then(whole));
    if let Some(end) = three {
        document(scene, Kind::DrivingLicenceNumber, at..end, Form::Bare, out);
    }
    let card = three.or_else(|| groups.sized(&[8, 1]).and_then(whole));
    if let Some(end) = card {
        document(scene, Kind::IdentityCardNumber, at..end, Form::Bare, out);
    }
}

fn ends(scene: &Scene<'_, '_>, end: usize) -> bool {
    scene.word_at(end) || scene.tied_after(end)
}

fn tied(scene: &Scene<'_, '_>, start: usize, end: usize) -> bool {
    scene.tied_before(start) || scene.tied_after(end)
}

/// `AA 1234567`: two capitals of their own before the digits, and no word for number.
fn two_letters_before(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let space = space_before(scene.bytes, at)?;
    let start = at.checked_sub(space + 2)?;
    let two = scene.bytes.get(start..start + 2)?;
    (two.iter().all(u8::is_ascii_uppercase)
        && !matches!(two, b"NR" | b"NO" | b"ID")
        && !(start > 0 && scene.word_at(start - 1)))
    .then_some(start)
}

/// 20240511 under "pass" is a day, no passport.
fn looks_like_day(scene: &Scene<'_, '_>, at: usize, length: usize) -> bool {
    let number = |from: usize, count: usize| {
        scene.bytes.get(at + from..at + from + count).map_or(0, |run| {
            run.iter().fold(0u16, |sum, b| sum * 10 + u16::from(b - b'0'))
        })
    };
    match length {
        8 => {
            (1900..2100).contains(&number(0, 4))
                && Date::new(2000, number(4, 2) as u8, number(6, 2) as u8).is_some()
        }
        6 => Date::new(2000, number(2, 2) as u8, number(4, 2) as u8).is_some(),
        _ => false,
    }
}

/// A valid identity number is that, whatever card it stands on.
fn is_person(scene: &Scene<'_, '_>, at: usize, length: usize) -> bool {
    matches!(length, 10 | 12)
        && personnummer::parse(scene.text(at..at + length), Some(scene.engine.today))
            .is_some_and(|parsed| parsed.is_valid())
}

fn document<'a>(
    scene: &Scene<'_, 'a>,
    kind: Kind,
    range: Range<usize>,
    form: Form,
    out: &mut Vec<Candidate<'a>>,
) {
    let Some(rule) = scene.engine.index.numbers.of(kind) else {
        return;
    };
    let mut spoken = heard(scene, &range, rule);
    let context = spoken.signals.has(Evidence::Context) && !spoken.contradicted();
    // "referensnummer 29184407" on a licence: the licence is named further away.
    let referred = || {
        let word = word_before(scene, range.start);
        let word = scene.bytes.get(word).unwrap_or_default();
        kind == Kind::DrivingLicenceNumber
            && [&b"referensnummer"[..], b"referensnr", b"refnr"]
                .iter()
                .any(|w| word.eq_ignore_ascii_case(w))
    };
    let labelled = spoken.labelled() && !spoken.contradicted();
    if !labelled && !(context && (form == Form::Printed || referred())) {
        return;
    }
    if !labelled && form == Form::Bare {
        spoken.signals.add(Evidence::Label);
    }
    let mut own = spoken.signals;
    own.add_if(form == Form::Printed, Evidence::Syntax);
    scene.push(out, rule, range, form, own, spoken.label);
}

/// `ABC123`, `ABC12D`: a plate that begins at `start`.
pub(super) fn plate<'a>(scene: &Scene<'_, 'a>, start: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(six) = scene
        .bytes
        .get(start..start + 6)
        .filter(|six| plates::valid(six) && !plates::is_abbreviation(six))
    else {
        return;
    };
    let end = start + 6;
    if ends(scene, end) || tied(scene, start, end) {
        return;
    }
    let capitals = six.iter().all(|b| !b.is_ascii_lowercase());
    put_plate(scene, start..end, capitals, out);
}

/// `ABC 123`: a plate whose digits begin at `at`.
pub(super) fn spaced_plate<'a>(
    scene: &Scene<'_, 'a>,
    at: usize,
    length: usize,
    out: &mut Vec<Candidate<'a>>,
) {
    let Some(space) = space_before(scene.bytes, at).or((scene.byte(at - 1) == b'-').then_some(1)) else {
        return;
    };
    let Some(start) = at.checked_sub(space + 3) else {
        return;
    };
    let end = at + 3;
    let mut six = [0u8; 6];
    let halves = (scene.bytes.get(start..start + 3), scene.bytes.get(at..end));
    let (Some(letters), Some(rest)) = halves else {
        return;
    };
    six[..3].copy_from_slice(letters);
    six[3..].copy_from_slice(rest);
    let capitals = six.iter().all(|b| !b.is_ascii_lowercase());
    // The letter of a new plate is glued to its digits; small letters before a space are a word.
    let whole = length == 3 || length == 2 && rest[2].is_ascii_alphabetic();
    if !capitals
        || !whole
        || !plates::valid(&six)
        || plates::is_abbreviation(&six)
        || start > 0 && scene.word_at(start - 1)
        || ends(scene, end)
        || tied(scene, start, end)
    {
        return;
    }
    // `ABC 123 456`: more of a number.
    if space_at(scene.bytes, end)
        .is_some_and(|n| scene.byte(end + n).is_ascii_digit() && scene.byte(end + n + 2).is_ascii_digit())
    {
        return;
    }
    put_plate(scene, start..end, true, out);
}

fn put_plate<'a>(scene: &Scene<'_, 'a>, range: Range<usize>, capitals: bool, out: &mut Vec<Candidate<'a>>) {
    let own = Signals::NONE.with(Evidence::Syntax);
    let (form, need) = if capitals {
        (Form::Printed, Need::Word)
    } else {
        (Form::Bare, Need::LabelOrCell)
    };
    put(scene, out, Kind::VehicleRegistration, range, form, own, need);
}
