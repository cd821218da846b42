//! Telephone numbers at a run of digits, read against the numbering plan.

use std::ops::Range;

use super::{Detector, Scene};
use crate::checks::names;
use crate::checks::phone::{self, Class, Number};
use crate::model::{Candidate, Evidence, Form};
use crate::text::fold::{dash_at, space_at, space_before};

/// Tried at a run of `length` digits that does not follow a letter or digit.
pub(super) struct Digits {
    pub(super) length: usize,
}

/// What stands between two groups of digits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Dash,
    Space,
    Dot,
    Slash,
    /// A closing bracket around the area code, `(08) ` or `+46 (0)`.
    Bracket,
}

/// Groups of digits with what stands before each.
struct Groups {
    digits: [u8; 16],
    /// Digits up to and including each group; byte offset after it; what stands before it.
    parts: [(usize, usize, Gap); 7],
    count: usize,
}

impl Detector for Digits {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let Some(rule) = scene.engine.index.phone else {
            return;
        };
        let first = scene.bytes[at];
        let plus = at > 0 && scene.bytes[at - 1] == b'+';
        let whole_cell = (7..=9).contains(&self.length)
            && first != b'0'
            && scene
                .cell(at)
                .is_some_and(|c| c.start == at && c.end == at + self.length);
        let lost_zero = whole_cell || self.length == 9 && first == b'7';
        let starts =
            first == b'0' || (first == b'4' && scene.byte(at + 1) == b'6' && (plus || self.length >= 10));
        // A zero alone begins a number only in brackets.
        let alone = self.length == 1 && scene.byte(at + 1) != b')';
        if alone || !starts && !lost_zero {
            return;
        }
        let start = opening(scene, at, plus);
        if tied(scene, start) {
            return;
        }
        if lost_zero && !starts {
            zero_lost(scene, at..at + self.length, whole_cell, rule, out);
            return;
        }
        let groups = read(scene.bytes, at, self.length);
        let Some((number, end, last)) = longest(scene, &groups, plus) else {
            return;
        };
        let form = form(
            &groups,
            last,
            &number,
            plus || scene.bytes[at..].starts_with(b"0046"),
        );
        let spoken = scene.spoken(&(at..end), rule);
        let mut signals = spoken.signals.with(Evidence::Plan);
        signals.add_if(form == Form::PhoneInternational, Evidence::International);
        signals.add_if(number.class == Class::Mobile, Evidence::Mobile);
        signals.add_if(last > 1, Evidence::Grouped);
        signals.add_if(number.fiction, Evidence::TestNumber);
        // Nobody's own number, or a machine's.
        signals.add_if(
            matches!(number.class, Class::Service | Class::Machine),
            Evidence::OtherContext,
        );
        let crowded = last == 1
            && !plus
            && !spoken.labelled()
            && scene.among_failures(&(at..end), |token| {
                phone::parse(std::str::from_utf8(token).unwrap_or_default()).is_some()
            });
        // "46701740605" without its plus is any number of eleven digits until a label says otherwise.
        let no_plus = first == b'4' && !plus && !spoken.labelled();
        let within = !plus && !spoken.labelled() && in_series(scene, start, end);
        signals.add_if(crowded || no_plus || within, Evidence::OtherContext);
        signals.add_if(name_before(scene, start), Evidence::NameBeside);
        scene.push(out, rule, start..end, form, signals, spoken.label);
    }
}

/// Whether a name stands right before, set off by a comma, a colon, a bracket or nothing: "Emelie Tuvesson, 0701740688".
fn name_before(scene: &Scene<'_, '_>, start: usize) -> bool {
    let floor = scene.bounds(start).start.max(start.saturating_sub(60));
    let head = scene.bytes.get(floor..start).unwrap_or_default();
    let head = head
        .strip_suffix(b", ")
        .or_else(|| head.strip_suffix(b" ("))
        .or_else(|| head.strip_suffix(b": "))
        .or_else(|| head.strip_suffix(b" "))
        .unwrap_or_default();
    let mut words = head.rsplit(|&b| b == b' ' || b == b'\n');
    let (last, first) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let capital = |word: &[u8]| word.len() > 1 && matches!(word[0], b'A'..=b'Z' | 0xC3..=0xC5);
    let known = |word: &[u8]| word.split(|&b| b == b'-').any(|part| names::known(part).name());
    capital(last) && capital(first) && (known(last) || known(first))
}

/// Whether digits stand right before and right after, set apart by one space: part of a series of numbers.
fn in_series(scene: &Scene<'_, '_>, start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| at.is_some_and(|at| scene.byte(at).is_ascii_digit());
    let before = start > 1 && scene.bytes[start - 1] == b' ' && digit(start.checked_sub(2));
    before && scene.byte(end) == b' ' && digit(Some(end + 1))
}

/// The number may begin with its `+` or the bracket around its area code.
fn opening(scene: &Scene<'_, '_>, at: usize, plus: bool) -> usize {
    let mut start = if plus { at - 1 } else { at };
    if start > 0 && scene.bytes[start - 1] == b'(' {
        // Only when the bracket closes inside the number.
        let closes = scene
            .bytes
            .get(at..at + 6)
            .is_some_and(|next| next.iter().position(|&b| b == b')').is_some_and(|p| p >= 2));
        if closes {
            start -= 1;
        }
    }
    start
}

/// Part of something longer: `10.0.70.174`, `2024-0701-74`, `A/070`, `3,0701`.
fn tied(scene: &Scene<'_, '_>, start: usize) -> bool {
    if scene.tied_before(start) {
        return true;
    }
    if start >= 2
        && matches!(scene.bytes[start - 1], b'/' | b',' | b':')
        && scene.bytes[start - 2].is_ascii_digit()
    {
        // A second number after a slash ("08-465 004 00/01") or a CSV field is allowed; a date or a ratio is not.
        return scene.bytes[start - 1] != b',';
    }
    start > 0
        && (matches!(scene.bytes[start - 1], b'=' | b'#') && start >= 2 && scene.bytes[start - 2] == b'&'
            || scene.word_at(start - 1))
}

fn read(bytes: &[u8], at: usize, first_length: usize) -> Groups {
    let mut found = Groups {
        digits: [0; 16],
        parts: [(0, 0, Gap::Space); 7],
        count: 0,
    };
    let mut total = 0;
    let mut i = at;
    let mut length = first_length;
    let mut gap = Gap::Space;
    while found.count < found.parts.len() && total + length <= found.digits.len() {
        for offset in 0..length {
            found.digits[total + offset] = bytes[i + offset] - b'0';
        }
        total += length;
        i += length;
        found.parts[found.count] = (total, i, gap);
        found.count += 1;
        let Some((next_gap, size)) = gap_at(bytes, i) else {
            break;
        };
        let next = i + size;
        length = bytes.get(next..).map_or(0, |rest| {
            rest.iter().take(14).take_while(|b| b.is_ascii_digit()).count()
        });
        if length == 0 {
            break;
        }
        gap = next_gap;
        i = next;
    }
    found
}

/// What separates two groups of one number, and how long it is.
fn gap_at(bytes: &[u8], at: usize) -> Option<(Gap, usize)> {
    let mut i = at;
    let mut gap = None;
    if bytes.get(i) == Some(&b')') {
        gap = Some(Gap::Bracket);
        i += 1;
    }
    let space = space_at(bytes, i).unwrap_or(0);
    i += space;
    if let Some(dash) = dash_at(bytes, i) {
        i += dash;
        i += space_at(bytes, i).unwrap_or(0);
        gap = gap.or(Some(Gap::Dash));
    } else if space == 0 && gap.is_none() {
        match bytes.get(i) {
            Some(b'.') => (gap, i) = (Some(Gap::Dot), i + 1),
            Some(b'/') => (gap, i) = (Some(Gap::Slash), i + 1),
            _ => {}
        }
    } else if space > 0 && bytes.get(i) == Some(&b'/') {
        (gap, i) = (Some(Gap::Slash), i + 1 + space_at(bytes, i + 1).unwrap_or(0));
    }
    if gap.is_none() && space > 0 {
        gap = Some(Gap::Space);
    }
    // "+46 (0)70": the bracket opens here, and holds the zero alone; "08–18 (08–15)" are opening hours.
    if bytes.get(i..i + 3) == Some(b"(0)") {
        gap = Some(Gap::Bracket);
        i += 1;
    }
    gap.map(|gap| (gap, i - at))
}

/// The longest run of groups that the plan has as a number and that is grouped as numbers are.
fn longest(scene: &Scene<'_, '_>, found: &Groups, plus: bool) -> Option<(Number, usize, usize)> {
    for last in (1..=found.count).rev() {
        let (digits, end, _) = found.parts[last - 1];
        if scene.word_at(end) || ends_inside(scene, end, last == found.count) {
            continue;
        }
        let Some(number) = phone::from_digits(&found.digits[..digits], plus) else {
            continue;
        };
        if grouped_well(found, last, &number) {
            return Some((number, end, last));
        }
    }
    None
}

/// More digits follow so closely that the number would be cut.
fn ends_inside(scene: &Scene<'_, '_>, end: usize, is_last: bool) -> bool {
    if is_last {
        return scene.tied_after(end) || (scene.byte(end) == b':' && scene.byte(end + 1).is_ascii_digit());
    }
    // Groups left over after a dash or a dot belong to something longer; after a space or slash they need not.
    dash_at(scene.bytes, end).is_some_and(|n| scene.byte(end + n).is_ascii_digit()) || scene.byte(end) == b'.'
}

/// Whether the digits after the area code are in groups people write: all in one, or twos and threes.
fn grouped_well(found: &Groups, last: usize, number: &Number) -> bool {
    let total = found.parts[last - 1].0;
    // Digits of the subscriber number, counted from the end: everything after the area code.
    let national = number.national.checked_ilog10().map_or(1, |log| log as usize + 1);
    let subscriber_start = total - (national + 1 - usize::from(number.code));
    let mut sizes = [0usize; 7];
    let mut groups = 0;
    let mut before = 0;
    let mut dashes = 0;
    for (index, &(upto, _, gap)) in found.parts[..last].iter().enumerate() {
        let from = before.max(subscriber_start);
        if upto > from {
            sizes[groups] = upto - from;
            groups += 1;
        }
        if index > 0 && gap == Gap::Dash {
            dashes += 1;
        }
        // The area code is a group of its own, or stands in one run with what comes next, or (0701-74 06 05) is
        // a mobile number's first four digits.
        if before < subscriber_start && upto > subscriber_start && index == 0 && last > 1 {
            let mobile_four = number.class == Class::Mobile && upto == subscriber_start + 1;
            let international = found.digits[0] != 0 || found.digits[1] == 0;
            // "070174 0605": only a label makes it one, see `form`.
            let halves = number.class == Class::Mobile && upto == 6 && last == 2;
            if !mobile_four && !international && !halves {
                return false;
            }
        }
        // The area code is never torn: "0 -250 533" and "07 06 05 04 03" are lists of numbers.
        if index == 0 && upto < usize::from(number.code) && found.digits[0] == 0 && found.digits[1] != 0 {
            return false;
        }
        before = upto;
    }
    let sizes = &sizes[..groups];
    // 070-17-40-605 happens; 07-12-2024 must not.
    if dashes > 1 && number.class == Class::Geographic && sizes.len() < 3 {
        return false;
    }
    match sizes {
        [_] => true,
        [first, .., end] if number.class == Class::Mobile => {
            sizes.iter().all(|&n| (1..=6).contains(&n)) && *end >= 2 && *first >= 1
        }
        [.., end] => {
            sizes.iter().all(|&n| (2..=4).contains(&n))
                && *end <= 4
                && sizes.iter().filter(|&&n| n == 4).count() <= 1
                && !matches!(sizes, [2, 4])
        }
        [] => false,
    }
}

fn form(found: &Groups, last: usize, number: &Number, international: bool) -> Form {
    let gaps: &[(usize, usize, Gap)] = found.parts.get(1..last).unwrap_or_default();
    let first_gap = gaps.first().map(|&(_, _, gap)| gap);
    // "0046.6324556" is a number with decimals.
    if international && !(first_gap == Some(Gap::Dot) && found.digits[0] == 0) {
        return Form::PhoneInternational;
    }
    match (number.class, first_gap) {
        (_, None | Some(Gap::Dot)) => Form::PhoneBare,
        (Class::Mobile, Some(_)) if found.parts[0].0 > 4 => Form::PhoneBare,
        (Class::Mobile, Some(_)) => Form::PhoneMobile,
        // A landline in spaces only looks like many other numbers.
        (_, Some(Gap::Dash | Gap::Slash | Gap::Bracket)) => Form::PhoneGrouped,
        (_, Some(Gap::Space)) => Form::PhoneBare,
    }
}

/// A number whose zero a spreadsheet took: only with a label or header; a landline only as the whole of a cell.
fn zero_lost<'a>(
    scene: &Scene<'_, 'a>,
    value: Range<usize>,
    whole_cell: bool,
    rule: u16,
    out: &mut Vec<Candidate<'a>>,
) {
    let (at, end) = (value.start, value.end);
    let Some((digits, count)) = scene.bytes.get(value).and_then(crate::checks::digits::<9>) else {
        return;
    };
    let number = digits.get(..count).and_then(phone::significant_number);
    let Some(number) =
        number.filter(|n| n.class == Class::Mobile || whole_cell && n.class == Class::Geographic)
    else {
        return;
    };
    if scene.word_at(end)
        || scene.tied_after(end)
        || space_before(scene.bytes, at).is_some()
            && !whole_cell
            && scene.byte(at.wrapping_sub(2)).is_ascii_digit()
    {
        return;
    }
    let spoken = scene.spoken(&(at..end), rule);
    if !spoken.labelled() || spoken.contradicted() {
        return;
    }
    let mut signals = spoken.signals.with(Evidence::Plan).with(Evidence::ZeroRestored);
    signals.add_if(number.class == Class::Mobile, Evidence::Mobile);
    signals.add_if(number.fiction, Evidence::TestNumber);
    scene.push(out, rule, at..end, Form::PhoneBare, signals, spoken.label);
}
