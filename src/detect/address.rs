//! Postal addresses: a street with its number, a post-office box, a postcode with its town, `c/o`.

use std::ops::Range;

use super::{CELL_END, Detector, ROW_END, Scene};
use crate::checks::postcode;
use crate::model::{Candidate, Evidence, Form, Signals, WordRole};
use crate::text::fold::{dash_at, space_at, space_before};

/// Tried at a run of `length` digits: a house number, a box number or a postcode.
pub(super) struct Digits {
    pub(super) length: usize,
}

/// Tried at the slash of `c/o`.
pub(super) struct CareOf;

/// Endings that with a number make a street on their own.
const SAFE: &[&str] = &[
    "gatan",
    "vägen",
    "gränden",
    "gränd",
    "stigen",
    "torget",
    "allén",
    "allen",
    "esplanaden",
    "gata",
    "väg",
    "allé",
    "alle",
    "esplanad",
    "stig",
    "torg",
    "gårdsvägen",
    "byvägen",
    "gatorna",
];

/// Endings that are ordinary words too: they need a label or a postcode.
const WEAK: &[&str] = &[
    "plan",
    "planen",
    "plats",
    "platsen",
    "backen",
    "backe",
    "brinken",
    "brink",
    "kullen",
    "höjden",
    "kajen",
    "kaj",
    "bron",
    "stranden",
    "strand",
    "leden",
    "led",
    "ringen",
    "ring",
    "rondellen",
    "slingan",
    "svängen",
    "krokan",
    "vägskälet",
    "gången",
    "gång",
    "promenaden",
    "parken",
    "park",
    "terrassen",
    "trappan",
    "trappor",
    "udden",
    "viken",
    "näset",
    "holmen",
    "dalen",
    "ängen",
    "lunden",
    "hagen",
    "gärdet",
    "gården",
    "tunet",
    "tomten",
    "liden",
    "åsen",
    "bergen",
    "berget",
    "hamnen",
    "torpet",
    "kroken",
    "porten",
    "vallen",
    "passagen",
    "stråket",
    "gläntan",
    "skogen",
    "heden",
    "moen",
    "sten",
    "by",
];

/// Words that go before a street's name and belong to it.
const HEADS: &[&str] = &[
    "norra",
    "södra",
    "östra",
    "västra",
    "gamla",
    "nya",
    "stora",
    "lilla",
    "övre",
    "nedre",
    "inre",
    "yttre",
    "s:t",
    "s:ta",
    "sankt",
    "sankta",
    "bakre",
    "främre",
    "mellersta",
    "n.",
    "s.",
    "ö.",
    "v.",
];

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
        let spoken = scene.spoken(start, rule);
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

/// A street's name, backwards from the space before its number.
struct Street {
    start: usize,
    safe: bool,
    capital: bool,
    ending: bool,
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
    let spoken = scene.spoken(street.start, rule);
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

/// The street whose name ends at `end`.
fn street_before(scene: &Scene<'_, '_>, end: usize, rule: u16) -> Option<Street> {
    let floor = scene.bounds(end).start;
    let abbreviated = end > floor && scene.bytes[end - 1] == b'.';
    let word_end = if abbreviated { end - 1 } else { end };
    let word = word_before(scene, word_end, floor)?;
    let text = scene.text(word.clone());
    let lower = text.to_lowercase();
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    let ends = |list: &[&str]| {
        list.iter()
            .filter(|ending| lower.ends_with(**ending))
            .map(|ending| ending.len())
            .max()
    };
    let short =
        lower.chars().count() >= 4 && (lower.ends_with('g') || lower.ends_with('v') || lower.ends_with("gr"));
    let safe = ends(SAFE);
    let weak = ends(WEAK).filter(|&n| n < lower.len());
    let abbreviation = (abbreviated && short)
        || (short
            && capital
            && [
                "storg",
                "ringv",
                "björkv",
                "skolg",
                "kyrkog",
                "kungsg",
                "drottningg",
                "parkv",
                "skogsv",
                "byv",
                "skolv",
                "kyrkv",
            ]
            .contains(&lower.as_str()));
    let mut street = Street {
        start: word.start,
        safe: safe.is_some() || (abbreviated && short && capital),
        capital,
        ending: safe.is_some() || weak.is_some() || abbreviation,
    };
    if !street.ending && (!capital || abbreviated || lower.chars().count() < 3) {
        return None;
    }
    let whole_is_ending = SAFE.iter().chain(WEAK).any(|ending| *ending == lower);
    // "Karl XI:s gata", "Norra Allén": the ending stands as a word of its own and needs what goes before it.
    let mut taken = 0;
    let mut at = word.start;
    while taken < 3 {
        let Some(space) = space_before(scene.bytes, at).filter(|&n| at - n > floor) else {
            break;
        };
        let Some(previous) = word_before(scene, at - space, floor) else {
            break;
        };
        let name = scene.text(previous.clone());
        let name_lower = name.to_lowercase();
        let head = HEADS.contains(&name_lower.as_str());
        let proper = name.chars().next().is_some_and(char::is_uppercase) && !is_label(scene, name, rule);
        let genitive = name_lower.ends_with('s');
        if !(head && (proper || !capital))
            && !(whole_is_ending && proper)
            && !(taken > 0 && proper && whole_is_ending)
            && !(whole_is_ending && genitive && proper)
        {
            break;
        }
        at = previous.start;
        taken += 1;
    }
    if whole_is_ending && taken == 0 && !lone_name(&lower) {
        return None;
    }
    if taken > 0 {
        street.start = at;
        let first = scene.text(at..word.end);
        street.capital = first.chars().next().is_some_and(char::is_uppercase);
    }
    Some(street)
}

/// Endings that are a whole street name in many towns.
fn lone_name(lower: &str) -> bool {
    matches!(lower, "esplanaden" | "storgatan" | "strandvägen" | "allén")
}

/// The word that ends at `end`; `:` and `-` inside belong to it ("XI:s", "Nils-Ols").
fn word_before(scene: &Scene<'_, '_>, end: usize, floor: usize) -> Option<Range<usize>> {
    let mut start = end;
    while start > floor && end - start < 50 {
        let inside = scene.word_at(start - 1)
            || (start < end
                && matches!(scene.bytes[start - 1], b':' | b'-' | b'\'')
                && start - 1 > floor
                && scene.word_at(start - 2));
        if !inside {
            break;
        }
        start -= 1;
    }
    // "Adress:Storgatan": a label glued on with its colon is not part of the name.
    let word = scene.bytes.get(start..end)?;
    if let Some(colon) = word.iter().rposition(|&b| b == b':') {
        let after = &word[colon + 1..];
        if after.len() > 2 {
            start += colon + 1;
        }
    }
    let word = scene.bytes.get(start..end)?;
    (!word.is_empty() && word.iter().any(|b| !b.is_ascii_digit())).then_some(start..end)
}

fn is_label(scene: &Scene<'_, '_>, word: &str, rule: u16) -> bool {
    scene
        .engine
        .rules
        .vocabulary()
        .header(word)
        .of(rule)
        .is_some_and(|met| met.role != WordRole::Negative)
}

/// After the digits: a range, a letter. `None` when it is no house number after all.
fn house_number_end(scene: &Scene<'_, '_>, digits_end: usize) -> Option<usize> {
    let mut end = digits_end;
    if let Some(dash) = dash_at(scene.bytes, end) {
        let next = scene.bytes.get(end + dash..).map_or(0, |rest| {
            rest.iter().take(5).take_while(|b| b.is_ascii_digit()).count()
        });
        match next {
            1..=3 => end += dash + next,
            _ => return None,
        }
    }
    if scene.byte(end).is_ascii_alphabetic() && !scene.word_at(end + 1) {
        end += 1;
    } else if let Some(space) = space_at(scene.bytes, end) {
        let letter = scene.byte(end + space);
        if letter.is_ascii_uppercase()
            && !scene.word_at(end + space + 1)
            && !matches!(scene.byte(end + space + 1), b'.' | b'-' | b'&')
            && !(letter == b'W' || letter == b'V')
        {
            end += space + 1;
        }
    }
    let stops = !scene.word_at(end)
        && !(matches!(scene.byte(end), b'.' | b':' | b',' | b'/') && scene.byte(end + 1).is_ascii_digit())
        && scene.byte(end) != b'%';
    stops.then_some(end)
}

/// A flat: `lgh 1203`, `, 1203`, `2 tr`, `nb`, `bv`, `uppg B`.
fn flat(scene: &Scene<'_, '_>, from: usize) -> (usize, bool) {
    let mut end = from;
    let mut found = false;
    while let Some(next) = one_flat(scene, end) {
        end = next;
        found = true;
    }
    (end, found)
}

fn one_flat(scene: &Scene<'_, '_>, from: usize) -> Option<usize> {
    let mut i = from;
    if scene.byte(i) == b',' {
        i += 1;
    }
    let space = space_at(scene.bytes, i)?;
    i += space;
    let digits = |at: usize| {
        scene.bytes.get(at..).map_or(0, |rest| {
            rest.iter().take(5).take_while(|b| b.is_ascii_digit()).count()
        })
    };
    let rest = scene.bytes.get(i..)?;
    let word = |text: &str| {
        rest.get(..text.len())
            .is_some_and(|w| w.eq_ignore_ascii_case(text.as_bytes()))
            && !scene.word_at(i + text.len())
    };
    for name in ["lgh.", "lgh", "lägenhet", "lght"] {
        if word(name) {
            let gap = space_at(scene.bytes, i + name.len()).unwrap_or(0);
            let count = digits(i + name.len() + gap);
            return (1..=4).contains(&count).then_some(i + name.len() + gap + count);
        }
    }
    for name in ["nb", "bv", "ög", "n.b.", "b.v."] {
        if word(name) {
            return Some(i + name.len());
        }
    }
    if word("uppg") || word("uppgång") {
        let length = if word("uppg") { 4 } else { "uppgång".len() };
        let gap = space_at(scene.bytes, i + length)?;
        return (scene.byte(i + length + gap).is_ascii_uppercase() && !scene.word_at(i + length + gap + 1))
            .then_some(i + length + gap + 1);
    }
    // "2 tr", "3tr": floors; and the bare four digits of the flat register, 10nn to 19nn.
    let count = digits(i);
    if count == 1 {
        let gap = space_at(scene.bytes, i + 1).unwrap_or(0);
        let tail = scene.bytes.get(i + 1 + gap..)?;
        if tail.starts_with(b"tr") && !scene.word_at(i + 1 + gap + 2) {
            return Some(i + 1 + gap + 2);
        }
    }
    let register = count == 4 && rest[0] == b'1' && rest[2] == b'0' && !scene.word_at(i + 4);
    register.then_some(i + 4)
}

/// Postcode and town after a street or box, on the same line or the next: where it ends, whether the town fits.
fn tail(scene: &Scene<'_, '_>, from: usize) -> Option<(usize, bool)> {
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
fn postcode_and_town<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
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
    let spoken = scene.spoken(start, rule);
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
    if !["box", "postbox", "postlåda", "pl"].contains(&scene.text(word.clone()).to_lowercase().as_str())
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
        None if scene.spoken(word.start, rule).labelled() => {}
        None => return,
    }
    let after = scene.bytes.get(range.end..range.end + 4).unwrap_or_default();
    if matches!(after, b" av " | b" of ") || (length <= 5 && scene.byte(at + length) == b'/') {
        return;
    }
    let spoken = scene.spoken(range.start, rule);
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
fn company_near(scene: &Scene<'_, '_>, start: usize) -> bool {
    let floor = scene.bounds(start).start.max(start.saturating_sub(70));
    let before = scene.bytes.get(floor..start).unwrap_or_default();
    before
        .split(|&b| !(b.is_ascii_alphabetic() || b >= 0x80))
        .any(|word| matches!(word, b"AB" | b"HB" | b"KB" | b"Aktiebolag" | b"Handelsbolag"))
}

/// A unit or amount right after a number or town: it was no address.
fn unit_after(scene: &Scene<'_, '_>, end: usize) -> bool {
    let Some(space) = space_at(scene.bytes, end) else {
        return false;
    };
    let rest = scene.bytes.get(end + space..).unwrap_or_default();
    let word: Vec<u8> = rest
        .iter()
        .take(8)
        .take_while(|b| b.is_ascii_alphabetic() || **b == b'%')
        .map(u8::to_ascii_lowercase)
        .collect();
    matches!(
        word.as_slice(),
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
            | b"min"
            | b"tim"
            | b"av"
            | b"procent"
            | b"meter"
            | b"sek."
            | b"sidor"
    )
}
