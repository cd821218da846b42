//! Cards, giro numbers, payment references, Swish and international account numbers.

use super::groups::{Gap, Groups};
use super::{Need, put};
use crate::checks::{card as cards, giro as giros, iban as ibans, ocr, phone};
use crate::detect::Scene;
use crate::model::{Candidate, Counted, Evidence, Form, Kind, Signals};
use crate::text::fold::{dash_at, space_at, space_before};

/// How cards are printed.
const CARD_GROUPS: &[&[usize]] = &[&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

/// A payment card: in its printed groups or run together.
pub(super) fn card<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    let printed = || {
        CARD_GROUPS.iter().find_map(|sizes| {
            groups
                .sized(sizes)
                .map(|end| (end, sizes.iter().sum(), Form::Printed, sizes.len()))
        })
    };
    let shape = match groups.first() {
        4 => printed(),
        length @ 13..=19 => Some((at + length, length, Form::Bare, 1)),
        _ => None,
    };
    let Some((end, count, form, parts)) = shape else {
        return;
    };
    let digits = groups.digits(count);
    let valid = cards::valid(digits);
    if form == Form::Printed {
        scene.count(at, Counted::Card, valid);
    }
    if !valid || ends_inside(scene, end) || scene.tied_before(at) {
        return;
    }
    // A table of four-digit numbers: more groups like these stand before or after.
    let more_after = groups
        .parts()
        .get(parts)
        .is_some_and(|next| next.gap == Gap::Space && next.size == 4);
    let more_before = form == Form::Printed
        && space_before(scene.bytes, at)
            .is_some_and(|space| at > space && scene.byte(at - space - 1).is_ascii_digit());
    if more_after || more_before {
        return;
    }
    let mut own = Signals::NONE.with(Evidence::Checksum).with(Evidence::Issuer);
    own.add_if(form == Form::Printed, Evidence::Separator);
    own.add_if(cards::is_test(digits), Evidence::TestNumber);
    own.add_if(expiry_after(scene, end), Evidence::Context);
    put(scene, out, Kind::PaymentCard, at..end, form, own, Need::Nothing);
}

/// `12/27` right after a card: month and year it is valid to.
fn expiry_after(scene: &Scene<'_, '_>, end: usize) -> bool {
    let after = scene
        .bytes
        .get(end..scene.bytes.len().min(end + 24))
        .unwrap_or_default();
    let line = after.split(|b| *b == b'\n').next().unwrap_or_default();
    line.windows(5).any(|w| {
        matches!(w, [b'0', b'1'..=b'9', b'/', b'2' | b'3', y] | [b'1', b'0'..=b'2', b'/', b'2' | b'3', y] if y.is_ascii_digit())
    })
}

/// More of a number follows: a letter, or a dash, dot or underscore with more behind it.
pub(super) fn ends_inside(scene: &Scene<'_, '_>, end: usize) -> bool {
    scene.word_at(end) || scene.tied_after(end)
}

/// Bankgiro and plusgiro.
pub(super) fn giro<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    if scene.tied_before(at) {
        return;
    }
    let parts = groups.parts();
    let bankgiro = match parts {
        [first, second, ..]
            if matches!(first.size, 3 | 4) && second.size == 4 && second.gap != Gap::Comma =>
        {
            Some((
                second.end,
                second.upto,
                if second.gap == Gap::Dash {
                    Form::Printed
                } else {
                    Form::Bare
                },
            ))
        }
        [first, ..] if matches!(first.size, 7 | 8) => Some((first.end, first.upto, Form::Bare)),
        _ => None,
    };
    if let Some((end, count, form)) = bankgiro
        && giros::bankgiro(groups.digits(count))
        && !ends_inside(scene, end)
    {
        let mut own = Signals::NONE.with(Evidence::Checksum);
        own.add_if(form == Form::Printed, Evidence::Separator);
        put(scene, out, Kind::Bankgiro, at..end, form, own, Need::LabelOrCell);
    }
    // "28 65 43-4": the check digit stands apart.
    let last = parts.iter().position(|part| part.gap == Gap::Dash).filter(|&i| {
        parts[i].size == 1
            && parts[1..i]
                .iter()
                .all(|part| part.gap == Gap::Space && part.size <= 3)
    });
    let plusgiro = match last {
        Some(i) => Some((parts[i].end, parts[i].upto, Form::Printed)),
        None if (4..=8).contains(&groups.first()) => Some((parts[0].end, parts[0].upto, Form::Bare)),
        None => None,
    };
    if let Some((end, count, form)) = plusgiro
        && giros::plusgiro(groups.digits(count))
        && !ends_inside(scene, end)
    {
        let mut own = Signals::NONE.with(Evidence::Checksum);
        own.add_if(form == Form::Printed, Evidence::Separator);
        // 8716-3 in a column is Swedbank's clearing number.
        let clearing = count == 5 && last == Some(1) && groups.digits(1) == [8];
        put(
            scene,
            out,
            Kind::Plusgiro,
            at..end,
            form,
            own,
            if form == Form::Printed && !clearing {
                Need::LabelOrCell
            } else {
                Need::Label
            },
        );
    }
}

/// An OCR reference, under its label alone: one in ten numbers has the check digit.
pub(super) fn reference<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    let parts = groups.parts();
    // In groups the longest that has the check digit, where no group but the last is a short one.
    let spaced = parts
        .iter()
        .skip(1)
        .take_while(|part| part.gap == Gap::Space)
        .count();
    let whole = parts.get(..=spaced).unwrap_or_default();
    let even = whole.len() > 1
        && whole[..whole.len() - 1].iter().all(|part| part.size >= 3)
        && whole.last().is_some_and(|part| part.size > 1 || whole.len() > 2);
    let lone = parts.first().filter(|part| part.size >= 4);
    let grouped = whole.last().filter(|_| even);
    for part in [lone.filter(|part| part.size >= 6), grouped, lone]
        .into_iter()
        .flatten()
    {
        let digits = groups.digits(part.upto);
        if !ocr::valid(digits)
            || ends_inside(scene, part.end)
            || scene.tied_before(at)
            || decimals(scene, part.end)
        {
            continue;
        }
        // "OCR 2024": a year.
        if digits.len() == 4 && matches!(digits, [1, 9, ..] | [2, 0, ..]) {
            continue;
        }
        let mut own = Signals::NONE.with(Evidence::Checksum);
        own.add_if(ocr::tells_length(digits), Evidence::LengthDigit);
        put(
            scene,
            out,
            Kind::OcrReference,
            at..part.end,
            Form::Bare,
            own,
            Need::Label,
        );
        return;
    }
}

/// `1250,00`: an amount.
fn decimals(scene: &Scene<'_, '_>, end: usize) -> bool {
    scene.byte(end) == b','
        && scene.byte(end + 1).is_ascii_digit()
        && scene.byte(end + 2).is_ascii_digit()
        && !scene.byte(end + 3).is_ascii_digit()
}

/// A number that is paid to with Swish: a private mobile number or a firm's 123.
pub(super) fn swish<'a>(scene: &Scene<'_, 'a>, at: usize, groups: &Groups, out: &mut Vec<Candidate<'a>>) {
    let first = groups.digits(3);
    let plus = at > 0 && scene.byte(at - 1) == b'+';
    let starts = matches!(
        first,
        [0, 7, _] | [1, 2, 3] | [4, 6, _] | [0, 0, 4] | [7, 0 | 2 | 3 | 6 | 9, _]
    ) || groups.first() == 2 && plus;
    if !starts || scene.tied_before(at) {
        return;
    }
    let begin = if plus { at - 1 } else { at };
    for part in groups.parts().iter().rev() {
        let digits = groups.digits(part.upto);
        let company = matches!(digits, [1, 2, 3, ..]) && digits.len() == 10 && !plus;
        let mobile =
            || phone::from_digits(digits, plus).filter(|number| number.class == phone::Class::Mobile);
        let national = if digits.len() == 9 {
            phone::significant_number(digits)
        } else {
            None
        };
        let number = mobile().or(national.filter(|number| number.class == phone::Class::Mobile));
        if !company && number.is_none() || ends_inside(scene, part.end) {
            continue;
        }
        let mut own = Signals::NONE;
        own.add_if(number.is_some(), Evidence::Mobile);
        own.add_if(number.is_some_and(|number| number.fiction), Evidence::TestNumber);
        own.add_if(number.is_none(), Evidence::Company);
        put(
            scene,
            out,
            Kind::SwishNumber,
            begin..part.end,
            Form::Printed,
            own,
            Need::Label,
        );
        return;
    }
}

/// An international account number that begins at `start` with its two letters.
pub(super) fn iban<'a>(scene: &Scene<'_, 'a>, start: usize, out: &mut Vec<Candidate<'a>>) {
    let country = [scene.byte(start), scene.byte(start + 1)];
    let Some(length) = ibans::length(country) else {
        return;
    };
    let mut number = [0u8; ibans::LONGEST];
    let (mut count, mut i, mut even, mut in_group) = (0, start, true, 0);
    let mut gaps = 0;
    while count < length {
        let byte = scene.byte(i);
        if byte.is_ascii_alphanumeric() {
            let Some(slot) = number.get_mut(count) else { return };
            *slot = byte;
            count += 1;
            in_group += 1;
            i += 1;
            continue;
        }
        let Some(width) = space_at(scene.bytes, i).or_else(|| dash_at(scene.bytes, i)) else {
            return;
        };
        even &= in_group == 4;
        gaps += 1;
        in_group = 0;
        i += width;
    }
    let number = number.get(..length).unwrap_or_default();
    if scene.word_at(i) || scene.tied_after(i) || !ibans::valid(number) {
        return;
    }
    // In fours or all in one; other groups are some other number's until a label says otherwise.
    // Small letters are hexadecimal digits far more often than a country.
    let capital = country.iter().all(u8::is_ascii_uppercase);
    let form = if capital && (gaps == 0 || even && in_group <= 4) {
        Form::Printed
    } else {
        Form::Bare
    };
    let swedish = country.eq_ignore_ascii_case(b"SE");
    let mut own = Signals::NONE.with(Evidence::Checksum).with(Evidence::Syntax);
    own.add_if(!swedish || ibans::swedish_bank(number), Evidence::Issuer);
    own.add_if(ibans::is_example(number), Evidence::TestNumber);
    put(
        scene,
        out,
        Kind::Iban,
        start..i,
        form,
        own,
        if form == Form::Printed {
            Need::Nothing
        } else {
            Need::Label
        },
    );
}
