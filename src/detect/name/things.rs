//! What makes a name a street's, a firm's or a thing's: the words before and after it.

use std::ops::Range;

use super::super::Scene;
use super::super::street::Room;
use super::tokens::{before, capital, word_end, word_start};
use super::words::{Beside, one_of, says};
use crate::checks::names;
use crate::text::fold::space_at;

/// `Sun May 3`, `August 2004`: what is a month as well, before a number.
pub(super) fn date_follows(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let digit = scene.byte(range.end) == b' ' && scene.byte(range.end + 1).is_ascii_digit();
    digit && says(last_word(scene, range), Beside::Month)
}

fn last_word<'a>(scene: &Scene<'_, 'a>, range: &Range<usize>) -> &'a [u8] {
    let start = word_start(scene.bytes, range.end, range.start);
    scene.bytes.get(start..range.end).unwrap_or_default()
}

/// `Dahlbergsgatan`, `Staaffsvägen`: a street in one word.
fn street(word: &[u8]) -> bool {
    const ENDINGS: &[&str] = &[
        "gatan",
        "gata",
        "vägen",
        "väg",
        "torget",
        "skolan",
        "skola",
        "kyrkan",
        "kyrka",
        "parken",
        "gränd",
        "plan",
        "huset",
        "rätten",
        "rätt",
        "terminalen",
        "stigen",
        "backen",
        "gården",
        "bolaget",
        "banken",
    ];
    let mut room = Room::default();
    room.lowered(word).is_some_and(|lower| {
        ENDINGS
            .iter()
            .any(|end| lower.len() > end.len() + 2 && lower.ends_with(end.as_bytes()))
    })
}

/// Whether the last word of what is no listed name makes it a thing: `Stella Städ`, `Anna Park`.
pub(super) fn ends_as_a_thing(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let word = last_word(scene, range);
    street(word)
        || [Beside::Place, Beside::Trade, Beside::Legal]
            .iter()
            .any(|&thing| says(word, thing))
}

/// Whether what follows makes the name a street's, a firm's or a thing's.
pub(super) fn names_something_else(scene: &Scene<'_, '_>, end: usize) -> bool {
    let limit = scene.bounds(end).end;
    let mut at = end;
    for place in 0..4 {
        // The comma of "Karl Hedin, AB" ends the name; a hyphen glued on goes on with it.
        let Some(space) = space_at(scene.bytes, at) else {
            return false;
        };
        let from = at + space;
        if from >= limit {
            return false;
        }
        if scene.byte(from) == b'&' {
            let next = from + 1 + space_at(scene.bytes, from + 1).unwrap_or(0);
            let other = scene
                .bytes
                .get(next..word_end(scene.bytes, next))
                .unwrap_or_default();
            return !names::is_given(other);
        }
        let stop = word_end(scene.bytes.get(..limit).unwrap_or_default(), from);
        let word = scene.bytes.get(from..stop).unwrap_or_default();
        if word.is_empty() {
            return false;
        }
        let big = capital(word);
        if says(word, Beside::Legal) && big && (word.len() > 2 || word.iter().all(u8::is_ascii_uppercase)) {
            return true;
        }
        if place == 0 {
            if street(word) && big || says(word, Beside::Place) || big && says(word, Beside::Trade) {
                return true;
            }
            if one_of(word, &["och", "and"]) {
                let next = stop + space_at(scene.bytes, stop).unwrap_or(0);
                let other = scene
                    .bytes
                    .get(next..word_end(scene.bytes, next))
                    .unwrap_or_default();
                return one_of(
                    other,
                    &["söner", "son", "sons", "co", "partners", "döttrar", "company"],
                );
            }
        }
        if !big {
            return false;
        }
        at = stop;
    }
    false
}

/// Whether what stands before makes the name a thing's.
pub(super) fn named_after(scene: &Scene<'_, '_>, at: usize) -> bool {
    let floor = scene.bounds(at).start;
    before(scene, at, floor).is_some_and(|word| {
        // A ship is called M/S, ms or MS; a woman is called Ms.
        let word = scene.bytes.get(word).unwrap_or_default();
        word != b"Ms" && says(word, Beside::Thing)
    })
}

/// `new Theme('Ebba Grey')`: a text that is handed to a function.
pub(super) fn argument(scene: &Scene<'_, '_>, at: usize) -> bool {
    let from = at.saturating_sub(60);
    let head = scene.bytes.get(from..at).unwrap_or_default();
    let Some((b'"' | b'\'' | b'`', head)) = head.split_last() else {
        return false;
    };
    let line = head.rsplit(|&b| b == b'\n').next().unwrap_or_default();
    let Some(open) = line.iter().rposition(|&b| b == b'(') else {
        return false;
    };
    let name = line.get(..open).unwrap_or_default();
    let called = name
        .last()
        .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    called
        && !line.get(open..).unwrap_or_default().contains(&b')')
        && !name.to_ascii_lowercase().ends_with(b"values")
}

/// What is known as a firm, a make or a figure rather than as a person: `Clas Ohlson`.
pub(super) fn brand(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let mut key = [0u8; 32];
    let bytes = scene.bytes.get(range.clone()).unwrap_or_default();
    let Some(key) = key.get_mut(..bytes.len()) else {
        return false;
    };
    for (to, from) in key.iter_mut().zip(bytes) {
        *to = if *from == b' ' { b'_' } else { *from };
    }
    says(key, Beside::Brand)
}
