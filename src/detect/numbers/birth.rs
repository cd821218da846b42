//! Dates of birth: a date that a label says to be one.

use std::ops::Range;

use super::{Need, put};
use crate::checks::date::Date;
use crate::checks::day;
use crate::detect::Scene;
use crate::model::{Candidate, Evidence, Form, Kind, Signals};
use crate::rules::Numbered;
use crate::text::fold::{dash_at, space_at, space_before};

/// A date of birth at a run of digits.
pub(super) fn date<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    if scene.tied_before(at) && scene.byte(at - 1) != b'_' {
        return;
    }
    let Some(range) = read(scene, at, length, scene.engine.today) else {
        return;
    };
    let Some(rule) = scene.engine.index.numbers.of(Kind::BirthDate) else {
        return;
    };
    if timed(scene, range.end) {
        return;
    }
    if !abbreviated(scene, range.start)
        && !scene
            .engine
            .index
            .numbers
            .gate
            .open(scene, Numbered::Births, range.start, range.end)
    {
        return;
    }
    let own = Signals::NONE.with(Evidence::Date);
    if abbreviated(scene, range.start) {
        scene.push(
            out,
            rule,
            range,
            Form::Printed,
            own.with(Evidence::Label),
            Candidate::NO_LABEL,
        );
    } else {
        put(
            scene,
            out,
            Kind::BirthDate,
            range,
            Form::Printed,
            own,
            Need::Label,
        );
    }
}

/// `f. 1985-03-12`, `f 850312`, as registers of persons write it; a capital F may be a heading.
fn abbreviated(scene: &Scene<'_, '_>, at: usize) -> bool {
    let back = |n: usize| at.checked_sub(n).map_or(0, |i| scene.byte(i));
    if back(1) != b' ' {
        return false;
    }
    // "(f 1950-12-31)", "f. 1950-12-31"
    if back(2) == b'f' {
        return back(3) == b'(';
    }
    back(2) == b'.'
        && back(3) == b'f'
        && !scene.word_at(at.wrapping_sub(4))
        && !matches!(back(4), b'.' | b'-')
}

/// A moment of the day follows: of an event, and not of a birth. Midnight is how programs write a day.
fn timed(scene: &Scene<'_, '_>, end: usize) -> bool {
    let Some([b' ' | b'T', a, b, b':', c, d]) = scene.bytes.get(end..end + 6) else {
        return false;
    };
    let digits = [a, b, c, d];
    digits.iter().all(|b| b.is_ascii_digit()) && digits != [&b'0'; 4]
}

/// A real date, not in the future and not before 1900, of which the first run of digits stands at `at`.
fn read(scene: &Scene<'_, '_>, at: usize, length: usize, today: Date) -> Option<Range<usize>> {
    let end = at + length;
    match length {
        8 => {
            let (year, month, day) = (
                number(scene, at, 4)?,
                number(scene, at + 4, 2)?,
                number(scene, at + 6, 2)?,
            );
            day::of(year, false, month as u8, day as u8, today)?;
            alone(scene, end).then_some(at..end)
        }
        6 => {
            let (year, month, day) = (
                number(scene, at, 2)?,
                number(scene, at + 2, 2)?,
                number(scene, at + 4, 2)?,
            );
            day::of(year, true, month as u8, day as u8, today)?;
            alone(scene, end).then_some(at..end)
        }
        4 => {
            let year = number(scene, at, 4)?;
            if !(1900..=today.year).contains(&year) {
                return None;
            }
            let (gap, width) = gap_at(scene, end)?;
            let (month, next) = run(scene, end + width)?;
            let (again, width) = gap_at(scene, next).filter(|(again, _)| *again == gap)?;
            let (day, last) = run(scene, next + width)?;
            let _ = again;
            day::of(year, false, month, day, today)?;
            alone(scene, last).then_some(at..last)
        }
        _ => day_first(scene, at, length, today),
    }
}

/// Forms that begin with the day, the month or a year of two digits.
fn day_first(scene: &Scene<'_, '_>, at: usize, length: usize, today: Date) -> Option<Range<usize>> {
    let first = number(scene, at, length)?;
    let mut end = at + length;
    // "den 12:e mars", "12th of March".
    for suffix in [&b":e"[..], b":a", b"th", b"st", b"nd", b"rd", b"."] {
        if scene.bytes.get(end..end + suffix.len()) == Some(suffix) && scene.byte(end + suffix.len()) == b' '
        {
            end += suffix.len();
            break;
        }
    }
    if let Some(start) = month_before(scene, at) {
        let month = day::month(
            scene
                .bytes
                .get(start..)?
                .split(|b| !b.is_ascii_alphabetic())
                .next()?,
        )?;
        let comma = usize::from(scene.byte(end) == b',');
        let space = space_at(scene.bytes, end + comma)?;
        let year = number(scene, end + comma + space, 4)?;
        let last = end + comma + space + 4;
        day::of(year, false, month, first as u8, today)?;
        return alone(scene, last).then_some(start..last);
    }
    if let Some((month, next)) = month_after(scene, end) {
        let (year, short, last) = year_at(scene, next)?;
        day::of(year, short, month, first as u8, today)?;
        return alone(scene, last).then_some(at..last);
    }
    let (gap, width) = gap_at(scene, at + length)?;
    let (second, next) = run(scene, at + length + width)?;
    // "12/3 1985", "12/3-85", "12.3.1985", "03/12/1985", "85-03-12".
    let (third, width) = gap_at(scene, next)?;
    if third != gap && !(gap == b'/' && matches!(third, b' ' | b'-')) {
        return None;
    }
    let start = next + width;
    let digits = scene
        .bytes
        .get(start..)?
        .iter()
        .take(5)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let value = number(scene, start, digits)?;
    let (first, last) = (first as u8, start + digits);
    let real = match digits {
        4 => day::of(value, false, second, first, today)
            .or_else(|| day::of(value, false, first, second, today)),
        2 if gap == b'-' || gap == b' ' => day::of(u16::from(first), true, second, value as u8, today)
            .filter(|_| length == 2)
            .or_else(|| day::of(value, true, second, first, today)),
        2 => day::of(value, true, second, first, today)
            .or_else(|| day::of(value, true, first, second, today))
            .or_else(|| day::of(u16::from(first), true, second, value as u8, today)),
        _ => None,
    };
    real?;
    alone(scene, last).then_some(at..last)
}

fn number(scene: &Scene<'_, '_>, at: usize, count: usize) -> Option<u16> {
    let run = scene.bytes.get(at..at + count)?;
    (count <= 4 && count > 0 && run.iter().all(u8::is_ascii_digit))
        .then(|| run.iter().fold(0, |sum, b| sum * 10 + u16::from(b - b'0')))
}

/// One or two digits, and where they end.
fn run(scene: &Scene<'_, '_>, at: usize) -> Option<(u8, usize)> {
    let count = scene
        .bytes
        .get(at..)?
        .iter()
        .take(3)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let value = number(scene, at, count).filter(|_| count <= 2)?;
    Some((value as u8, at + count))
}

/// What parts day, month and year, and how long it is.
fn gap_at(scene: &Scene<'_, '_>, at: usize) -> Option<(u8, usize)> {
    if let Some(dash) = dash_at(scene.bytes, at) {
        return Some((b'-', dash));
    }
    if let Some(space) = space_at(scene.bytes, at) {
        // "12/3 -85".
        return Some(dash_at(scene.bytes, at + space).map_or((b' ', space), |dash| (b'-', space + dash)));
    }
    matches!(scene.byte(at), b'/' | b'.').then(|| (scene.byte(at), 1))
}

/// Where the name of a month that ends right before `at` begins: `March 12`.
fn month_before(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let mut end = at - space_before(scene.bytes, at)?;
    if end > 0 && scene.byte(end - 1) == b'.' {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && end - start < 10 && scene.bytes[start - 1].is_ascii_alphabetic() {
        start -= 1;
    }
    let free = !(start > 0 && scene.word_at(start - 1));
    day::month(scene.bytes.get(start..end)?)
        .filter(|_| free)
        .map(|_| start)
}

/// The month whose name follows, and where it ends: ` mars`, ` of March`, `-MAR-`.
fn month_after(scene: &Scene<'_, '_>, at: usize) -> Option<(u8, usize)> {
    let mut start = at + space_at(scene.bytes, at).or_else(|| dash_at(scene.bytes, at))?;
    if scene.bytes.get(start..start + 3) == Some(b"of ") {
        start += 3;
    }
    let length = scene
        .bytes
        .get(start..)?
        .iter()
        .take(11)
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    let month = day::month(scene.bytes.get(start..start + length)?)?;
    let end = start + length;
    Some((month, end + usize::from(matches!(scene.byte(end), b'.' | b','))))
}

/// The year after a month's name, of four digits or two, and where it ends.
fn year_at(scene: &Scene<'_, '_>, at: usize) -> Option<(u16, bool, usize)> {
    let mut start = at + space_at(scene.bytes, at).unwrap_or(0);
    start += dash_at(scene.bytes, start).unwrap_or(0);
    start += usize::from(scene.byte(start) == b'\'');
    if start == at {
        return None;
    }
    let digits = scene
        .bytes
        .get(start..)?
        .iter()
        .take(5)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let year = number(scene, start, digits).filter(|_| matches!(digits, 2 | 4))?;
    Some((year, digits == 2, start + digits))
}

/// Nothing of a longer number or name follows; a time of day may.
fn alone(scene: &Scene<'_, '_>, end: usize) -> bool {
    let next = scene.byte(end);
    let time = next == b'T' && scene.byte(end + 1).is_ascii_digit();
    let longer = matches!(next, b'/' | b':' | b'+') && scene.byte(end + 1).is_ascii_digit();
    (time || !scene.word_at(end)) && !scene.tied_after(end) && !longer
}
