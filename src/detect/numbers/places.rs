//! Designations of real property: `ÖREBRO TESTBO 1:23`.

use std::ops::Range;

use super::{Need, put};
use crate::checks::property;
use crate::detect::Scene;
use crate::model::{Candidate, Evidence, Form, Kind, Signals};
use crate::text::fold::{space_at, space_before};

/// How many words a municipality and a district have at most.
const WORDS: usize = 4;

/// A designation whose block begins at `at`, or whose unit does after the letter of common property: `TESTBO S:3`.
pub(super) fn property<'a>(scene: &Scene<'_, 'a>, at: usize, length: usize, out: &mut Vec<Candidate<'a>>) {
    if matches!(scene.byte(at + length), b':' | b'>') {
        designation(scene, at, out);
        return;
    }
    let back = |n: usize| at.checked_sub(n).map_or(0, |i| scene.byte(i));
    if !matches!(back(1), b':' | b'>') {
        return;
    }
    match (back(2).to_ascii_uppercase(), back(3).to_ascii_uppercase()) {
        (b'S', _) if !scene.word_at(at.wrapping_sub(3)) => designation(scene, at - 2, out),
        (b'A', b'G') if !scene.word_at(at.wrapping_sub(4)) => designation(scene, at - 3, out),
        _ => {}
    }
}

fn designation<'a>(scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(length) = scene.bytes.get(at..).and_then(property::unit_length) else {
        return;
    };
    let end = at + length;
    if scene.word_at(end)
        || matches!(scene.byte(end), b':' | b'>')
        || scene.byte(end) == b'.' && scene.byte(end + 1).is_ascii_digit()
    {
        return;
    }
    let Some((start, municipality)) = words_before(scene, at) else {
        return;
    };
    let unit = scene.bytes.get(at..end).unwrap_or_default();
    let words = scene.text(start..at);
    if words
        .split_whitespace()
        .next_back()
        .is_some_and(property::is_club)
    {
        return;
    }
    let mut own = Signals::NONE.with(Evidence::Syntax);
    own.add_if(municipality, Evidence::Municipality);
    // 3:1 may be a result, where the words are not all in capitals as registers write them.
    let result = unit.len() == 3 && words.chars().any(char::is_lowercase);
    let doubtful = clock(unit) || result;
    let form = if clock(unit) { Form::Bare } else { Form::Printed };
    let need = if municipality && !doubtful {
        Need::Nothing
    } else {
        Need::Word
    };
    put(scene, out, Kind::PropertyDesignation, start..end, form, own, need);
}

/// `10:30` may be a time of day.
fn clock(unit: &[u8]) -> bool {
    matches!(unit, [a @ b'0'..=b'2', b, b':', c @ b'0'..=b'5', d]
        if b.is_ascii_digit() && d.is_ascii_digit() && *c <= b'5' && (*a < b'2' || *b < b'4'))
}

/// The capitalised words before block and unit: where they begin, and whether a municipality is the first.
fn words_before(scene: &Scene<'_, '_>, at: usize) -> Option<(usize, bool)> {
    let floor = scene.bounds(at).start;
    let mut starts = [0usize; WORDS];
    let mut count = 0;
    let mut i = at;
    while count < WORDS {
        let Some(space) = space_before(scene.bytes, i).filter(|space| i >= floor + space) else {
            break;
        };
        let end = i - space;
        let mut start = end;
        while start > floor
            && end - start < 40
            && (scene.word_at(start - 1)
                || scene.bytes[start - 1] == b'-' && start < end && scene.word_at(start.wrapping_sub(2)))
        {
            start -= 1;
        }
        // "Fastigheten Testbo 1:23": the label is no part of it.
        if start == end || !capital(scene, start..end) || said(scene, start..end) {
            break;
        }
        starts[count] = start;
        count += 1;
        i = start;
    }
    let first = starts[..count].last().copied()?;
    let district = starts[..count].first().copied()?;
    for &start in starts[..count].iter().rev() {
        for words in [1, 2] {
            let end = nth_word_end(scene, start, words);
            if end <= district && is_municipality(scene, start..end) {
                return Some((start, true));
            }
        }
    }
    Some((if count <= 2 { first } else { district }, false))
}

/// Whether the word is one of the rule's own.
fn said(scene: &Scene<'_, '_>, word: Range<usize>) -> bool {
    let rule = scene.engine.index.numbers.of(Kind::PropertyDesignation);
    let bytes = scene.bytes.get(word).unwrap_or_default();
    rule.is_some_and(|rule| scene.engine.rules.vocabulary().phrase(bytes, rule).is_some())
}

/// Begins with a capital, is no numeral and has letters only.
fn capital(scene: &Scene<'_, '_>, word: Range<usize>) -> bool {
    let text = scene.text(word);
    text.chars().next().is_some_and(char::is_uppercase)
        && text.chars().count() >= 2
        && !text.bytes().any(|b| b.is_ascii_digit())
}

fn nth_word_end(scene: &Scene<'_, '_>, start: usize, words: usize) -> usize {
    let mut i = start;
    for word in 0..words {
        if word > 0 {
            i += space_at(scene.bytes, i).unwrap_or(0);
        }
        while scene.word_at(i) || scene.byte(i) == b'-' {
            i += 1;
        }
    }
    i
}

fn is_municipality(scene: &Scene<'_, '_>, range: Range<usize>) -> bool {
    let text = scene.text(range);
    let mut lowered = [0u8; 48];
    let mut length = 0;
    for c in text.chars().flat_map(char::to_lowercase) {
        let Some(room) = lowered.get_mut(length..length + c.len_utf8()) else {
            return false;
        };
        c.encode_utf8(room);
        length += c.len_utf8();
    }
    let name = lowered
        .get(..length)
        .and_then(|name| std::str::from_utf8(name).ok());
    name.is_some_and(property::is_municipality)
}
