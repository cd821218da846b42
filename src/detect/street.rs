//! The name of a street before its number, the number, and the flat after it.

use std::ops::Range;

use super::Scene;
use crate::rules::WordRole;
use crate::text::fold::{dash_at, space_at, space_before};

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

/// Roads have numbers too, and nobody lives in them.
const ROADS: &[&str] = &[
    "riksväg",
    "länsväg",
    "europaväg",
    "motorväg",
    "landsväg",
    "riksvägen",
    "länsvägen",
    "europavägen",
    "motorvägen",
];

/// Endings that are a whole street's name in many towns.
const LONE: &[&str] = &["esplanaden", "storgatan", "strandvägen", "allén"];

/// Abbreviations that are written without their full stop.
const ABBREVIATED: &[&str] = &[
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
];

/// Words that begin a sentence before "vägen" or "gatan" and are no name.
const PLAIN: &[&str] = &[
    "hela", "halva", "samma", "denna", "den", "det", "detta", "på", "i", "till", "från", "vid", "längs",
    "enda", "rätta", "långa", "korta", "över", "under", "efter", "se", "kör", "ta", "via", "utmed", "mot",
    "av", "och", "men", "om", "när", "där",
];

/// A street's name, backwards from the space before its number.
pub(super) struct Street {
    pub(super) start: usize,
    pub(super) safe: bool,
    pub(super) capital: bool,
    pub(super) ending: bool,
}

/// The street whose name ends at `end`.
pub(super) fn street_before(scene: &Scene<'_, '_>, end: usize, rule: u16) -> Option<Street> {
    let floor = scene.bounds(end).start;
    let abbreviated = end > floor && scene.bytes[end - 1] == b'.';
    let word_end = if abbreviated { end - 1 } else { end };
    let word = word_before(scene, word_end, floor)?;
    let bytes = scene.bytes.get(word.clone())?;
    let capital = is_capital(bytes);
    let mut room = Room::default();
    let lower = room.lowered(bytes)?;
    let short = lower.len() >= 4 && (matches!(lower.last(), Some(b'g' | b'v')) || lower.ends_with(b"gr"));
    let safe = has_ending(lower, SAFE, 0);
    let weak = has_ending(lower, WEAK, 1);
    let abbreviation =
        short && (abbreviated || capital && ABBREVIATED.iter().any(|known| known.as_bytes() == lower));
    let mut street = Street {
        start: word.start,
        safe: safe || (abbreviated && short && capital),
        capital,
        ending: safe || weak || abbreviation,
    };
    if !street.ending && (!capital || lower.len() < 3 || abbreviated && lower.len() < 4) {
        return None;
    }
    if ROADS.iter().any(|road| road.as_bytes() == lower) {
        return None;
    }
    let whole_is_ending = SAFE.iter().chain(WEAK).any(|ending| ending.as_bytes() == lower);
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
        let name = scene.bytes.get(previous.clone())?;
        let mut room = Room::default();
        let Some(name_lower) = room.lowered(name) else {
            break;
        };
        let head = HEADS.iter().any(|head| head.as_bytes() == name_lower);
        if !head && !whole_is_ending {
            break;
        }
        let plain = PLAIN.iter().any(|word| word.as_bytes() == name_lower);
        let proper = is_capital(name) && !plain && !is_label(scene, name, rule);
        if !(head && (proper || !capital)) && !(whole_is_ending && proper) {
            break;
        }
        at = previous.start;
        taken += 1;
    }
    if whole_is_ending && taken == 0 && !(capital && LONE.iter().any(|name| name.as_bytes() == lower)) {
        return None;
    }
    if taken > 0 {
        street.start = at;
        street.capital = is_capital(scene.bytes.get(at..word.end)?);
    }
    Some(street)
}

/// A word in lower case, on the stack.
struct Room {
    bytes: [u8; ROOM],
}

/// No word of a street's name is longer.
const ROOM: usize = 56;

impl Default for Room {
    fn default() -> Self {
        Self { bytes: [0; ROOM] }
    }
}

impl Room {
    /// ASCII and the letters of U+00C0..U+00DE lowered; `None` when the word is too long.
    fn lowered(&mut self, word: &[u8]) -> Option<&[u8]> {
        let room = self.bytes.get_mut(..word.len())?;
        room.copy_from_slice(word);
        room.make_ascii_lowercase();
        for i in 1..room.len() {
            if room[i - 1] == 0xC3 && matches!(room[i], 0x80..=0x9E) && room[i] != 0x97 {
                room[i] += 0x20;
            }
        }
        Some(room)
    }
}

/// Whether the first letter is a capital.
fn is_capital(word: &[u8]) -> bool {
    match word {
        [first, ..] if first.is_ascii() => first.is_ascii_uppercase(),
        [0xC3, second, ..] => matches!(second, 0x80..=0x9E) && *second != 0x97,
        _ => false,
    }
}

/// Whether the word ends as one of the list, with at least `more` bytes before.
fn has_ending(lower: &[u8], list: &[&str], more: usize) -> bool {
    list.iter().any(|ending| {
        lower.last() == ending.as_bytes().last()
            && lower.len() >= ending.len() + more
            && lower.ends_with(ending.as_bytes())
    })
}

/// The word that ends at `end`; `:` and `-` inside belong to it ("XI:s", "Nils-Ols").
pub(super) fn word_before(scene: &Scene<'_, '_>, end: usize, floor: usize) -> Option<Range<usize>> {
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

fn is_label(scene: &Scene<'_, '_>, word: &[u8], rule: u16) -> bool {
    scene
        .engine
        .rules
        .vocabulary()
        .phrase(word, rule)
        .is_some_and(|met| met.role != WordRole::Negative)
}

/// After the digits: a range, a letter. `None` when it is no house number after all.
pub(super) fn house_number_end(scene: &Scene<'_, '_>, digits_end: usize) -> Option<usize> {
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
pub(super) fn flat(scene: &Scene<'_, '_>, from: usize) -> (usize, bool) {
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
