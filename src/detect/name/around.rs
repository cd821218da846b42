//! What stands around a name: greetings and closings, contact details beside it, the sentence it is in.
//!
//! Nothing here looks further than a few hundred bytes, so that a text read in pieces says the same as the whole.

use std::ops::Range;

use super::super::Scene;
use super::super::street::Room;
use super::tokens::{before, capital, letter_at, word_start};
use super::words::{Beside, one_of, says};
use crate::checks::names;
use crate::model::{CELL_END, ROW_END};

/// How far a line is looked along.
const LINE: usize = 200;

/// Whether a greeting stands right before `at`, at the start of a line or sentence.
pub(super) fn greeted(scene: &Scene<'_, '_>, at: usize) -> bool {
    let floor = scene.bounds(at).start;
    let Some(word) = before(scene, at, floor) else {
        return false;
    };
    let bytes = scene.bytes.get(word.clone()).unwrap_or_default();
    if one_of(bytes, &["och", "and"]) {
        // "Hej Alva och Bo,": the other one was greeted.
        return before(scene, word.start, floor).is_some_and(|other| {
            names::is_given(scene.bytes.get(other.clone()).unwrap_or_default())
                && before(scene, other.start, floor).is_some_and(|first| greets(scene, &first))
        });
    }
    greets(scene, &word)
}

fn greets(scene: &Scene<'_, '_>, word: &Range<usize>) -> bool {
    let bytes = scene.bytes.get(word.clone()).unwrap_or_default();
    if !says(bytes, Beside::Greeting) {
        return false;
    }
    let floor = scene.bounds(word.start).start;
    if one_of(
        bytes,
        &["morgon", "morning", "afternoon", "evening", "kväll", "dag"],
    ) {
        return before(scene, word.start, floor).is_some_and(|first| {
            one_of(
                scene.bytes.get(first).unwrap_or_default(),
                &["god", "good", "goda"],
            )
        });
    }
    if scene.begins_line(word.start) {
        return true;
    }
    let trimmed = scene
        .bytes
        .get(floor..word.start)
        .unwrap_or_default()
        .trim_ascii_end();
    matches!(
        trimmed.last(),
        None | Some(b'.' | b'!' | b'?' | b':' | b'>' | b'"' | b'-' | b')' | b']' | b'\'')
    )
}

/// Whether the word greets or thanks, or is no part of a name for another reason.
pub(super) fn opens(scene: &Scene<'_, '_>, word: &Range<usize>) -> bool {
    let bytes = scene.bytes.get(word.clone()).unwrap_or_default();
    says(bytes, Beside::Greeting) || says(bytes, Beside::Opener)
}

/// Whether a long line above ends in a capitalised word, which a broken line goes on.
pub(super) fn wrapped(scene: &Scene<'_, '_>, at: usize) -> bool {
    let from = scene.bounds(at).start.max(at.saturating_sub(LINE));
    let head = scene.bytes.get(from..at).unwrap_or_default();
    let trimmed = head.trim_ascii_end();
    if !head.get(trimmed.len()..).unwrap_or_default().contains(&b'\n') {
        return false;
    }
    let line = trimmed.rsplit(|&b| b == b'\n').next().unwrap_or_default();
    let end = trimmed.len() - usize::from(trimmed.last() == Some(&b'.'));
    let start = word_start(trimmed, end, 0);
    line.len() >= 40 && capital(trimmed.get(start..end).unwrap_or_default())
}

/// Whether a value stands alone: in quotation marks or tags, or up to the end of the line.
pub(super) fn enclosed(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let opened = range.start > 0
        && matches!(
            scene.bytes[range.start - 1],
            b'"' | b'\'' | b'>' | b'\t' | b';' | b'|'
        );
    match scene.byte(range.end) {
        b'"' | b'\'' | b'<' | b'\t' | b';' | b'|' => opened,
        b'\n' | b'\r' | CELL_END | ROW_END => true,
        _ => range.end >= scene.bounds(range.start).end,
    }
}

/// Whether a sentence begins with the name and goes on in small letters.
pub(super) fn opens_sentence(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let bounds = scene.bounds(range.start);
    let head = scene.bytes.get(bounds.start..range.start).unwrap_or_default();
    let starts = head.is_empty()
        || head.ends_with(b"\n")
        || head.ends_with(b". ")
        || head.ends_with(b"! ")
        || head.ends_with(b"? ");
    let rest = scene.bytes.get(range.end..bounds.end).unwrap_or_default();
    starts && matches!(rest, [b' ', next @ ..] if letter_at(next, 0).is_some() && !capital(next))
}

/// Whether the name stands where a letter is signed: after a closing phrase, and nothing follows on its line.
pub(super) fn signed(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let bounds = scene.bounds(range.start);
    let rest = scene.bytes.get(range.end..bounds.end).unwrap_or_default();
    let ends = matches!(
        rest,
        [] | [b'\n' | b'\r' | b'<' | b'"' | b'|' | b'\\', ..]
            | [b',' | b'.', b'\n' | b'\r', ..]
            | [b',', b' ', ..]
            | [b' ', b' ' | b'\n' | b'|' | b'<', ..]
    ) || matches!(rest, [b'.' | b' ' | b'!'])
        || [&b" i "[..], b" p\xC3\xA5 ", b" fr\xC3\xA5n ", b" at ", b" from "]
            .iter()
            .any(|place| rest.starts_with(place));
    if !ends {
        return false;
    }
    let from = bounds.start.max(range.start.saturating_sub(90));
    let head = scene.bytes.get(from..range.start).unwrap_or_default();
    let trimmed = head.trim_ascii_end();
    let gap = head.get(trimmed.len()..).unwrap_or_default();
    let breaks = gap.iter().map(|&b| usize::from(b == b'\n')).sum::<usize>();
    if let Some(before) = trimmed.strip_suffix(b"/") {
        let before = before.strip_suffix(b"/").unwrap_or(before);
        return breaks == 0 && matches!(before.last(), None | Some(b'\n' | b' ' | b'.'));
    }
    let trimmed = trimmed
        .strip_suffix(b"<br>")
        .or_else(|| trimmed.strip_suffix(b"<br/>"))
        .unwrap_or(trimmed);
    let line = trimmed
        .rsplit(|&b| b == b'\n' || b == b'.')
        .find(|part| !part.trim_ascii().is_empty())
        .unwrap_or_default();
    if breaks > 3 || line.len() > 60 {
        return false;
    }
    let last = last_word(line.get(line.len().saturating_sub(50)..).unwrap_or_default());
    // "Hej\nAlva" is a greeting, "… hej" at the end of a letter a closing: both name a person.
    says(last, Beside::Closing) && (breaks > 0 || last.len() > 1)
}

/// The last word of a line, without the comma or the exclamation mark that ends it.
fn last_word(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_end();
    let line = line
        .strip_suffix(b",")
        .or_else(|| line.strip_suffix(b"!"))
        .unwrap_or(line);
    line.rsplit(|&b| b == b' ' || b == b'\n')
        .next()
        .unwrap_or_default()
}

/// Whether an address of mail follows in brackets: `Alva <alva@example.se>`.
pub(super) fn mail_follows(scene: &Scene<'_, '_>, end: usize) -> bool {
    let rest = scene
        .bytes
        .get(end..scene.bytes.len().min(end + 90))
        .unwrap_or_default();
    let skip = rest
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b' ' | b'"' | b'\'' | b'\\'))
        .count();
    let Some([b'<' | b'[' | b'(', inside @ ..]) = rest.get(skip..) else {
        return false;
    };
    inside
        .iter()
        .take_while(|b| !matches!(b, b'>' | b']' | b')' | b'\n' | b' '))
        .any(|&b| b == b'@')
}

/// Whether an identity number, a telephone number or a mail address stands in the same line or row, or an address
/// below.
pub(super) fn contact_beside(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let end_of_line = |b: &u8| matches!(*b, b'\n' | ROW_END);
    let from = range.start.saturating_sub(LINE);
    let head = scene.bytes.get(from..range.start).unwrap_or_default();
    let head = head.rsplit(end_of_line).next().unwrap_or_default();
    let tail = scene
        .bytes
        .get(range.end..scene.bytes.len().min(range.end + LINE))
        .unwrap_or_default();
    let mut lines = tail.split(end_of_line);
    let own = lines.next().unwrap_or_default();
    reaches(head) || reaches(own) || lines.take(3).any(postcode)
}

fn reaches(line: &[u8]) -> bool {
    let between = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(
                *b,
                b',' | b';' | b'|' | b'<' | b'>' | b'"' | b'\'' | b'(' | b')' | b':' | CELL_END
            )
    };
    line.split(between).any(|word| {
        if let Some(at) = word.iter().position(|&b| b == b'@') {
            return at > 0 && word.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        }
        let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
        let plain = word
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'/' | b'.'));
        plain
            && (word.starts_with(b"+") && digits >= 2
                || word.first() == Some(&b'0') && digits >= 5 && word.contains(&b'-')
                || (9..=12).contains(&digits) && !word.contains(&b'.'))
    })
}

/// `114 55 Ö…` in a line.
fn postcode(line: &[u8]) -> bool {
    line.windows(8).any(|w| {
        let digit = |i: usize| w[i].is_ascii_digit();
        digit(0)
            && digit(1)
            && digit(2)
            && w[3] == b' '
            && digit(4)
            && digit(5)
            && w[6] == b' '
            && (w[7].is_ascii_uppercase() || w[7] == 0xC3)
    })
}

/// Whether the name stands in the middle of a sentence of small letters, where a capital means something.
pub(super) fn in_prose(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let bounds = scene.bounds(range.start);
    let Some(word) = before(scene, range.start, bounds.start) else {
        // "Frågor: Henrik Tjäder, gatukontoret."
        let head = scene.bytes.get(bounds.start..range.start).unwrap_or_default();
        let set_off = head.ends_with(b", ") && scene.byte(range.end) == b',';
        return set_off
            || head.ends_with(b": ") && matches!(scene.byte(range.end), b',' | b'.' | b'\n' | b'\r');
    };
    // The full stop of a sentence that ended.
    if scene.bytes.get(word.end) == Some(&b'.') && word.len() > 4 {
        return false;
    }
    let small = |word: &[u8]| letter_at(word, 0).is_some() && !capital(word);
    if !small(scene.bytes.get(word).unwrap_or_default()) {
        return false;
    }
    let rest = scene.bytes.get(range.end..bounds.end).unwrap_or_default();
    match rest {
        [] => true,
        [b' ', next @ ..] => !capital(next),
        [
            b',' | b'.' | b';' | b':' | b'!' | b'?' | b')' | b'"' | b'\n' | b'\r' | b's',
            ..,
        ] => true,
        _ => false,
    }
}

/// Whether a title, a role or a kinship stands right before: "Ms. Hye-jin Bae", "elev Tuva Lejonhjärta".
pub(super) fn role_before(scene: &Scene<'_, '_>, at: usize) -> bool {
    let floor = scene.bounds(at).start;
    before(scene, at, floor).is_some_and(|word| is_role(scene.bytes.get(word).unwrap_or_default()))
}

/// Whether a word names an office, a kinship or a title: `sektionschef` too.
fn is_role(word: &[u8]) -> bool {
    const ENDINGS: &[&str] = &[
        "chef",
        "chefen",
        "ledare",
        "ledaren",
        "l\u{e4}rare",
        "l\u{e4}raren",
        "l\u{e4}kare",
        "l\u{e4}karen",
        "sk\u{f6}terska",
        "sk\u{f6}terskan",
        "tekniker",
        "teknikern",
        "handl\u{e4}ggare",
        "handl\u{e4}ggaren",
        "sekreterare",
        "sekreteraren",
        "ordf\u{f6}rande",
        "ordf\u{f6}randen",
        "direkt\u{f6}r",
        "direkt\u{f6}ren",
        "samordnare",
        "samordnaren",
        "assistent",
        "assistenten",
        "konsult",
        "konsulten",
        "ingenj\u{f6}r",
        "ingenj\u{f6}ren",
        "m\u{e4}klare",
        "m\u{e4}klaren",
        "jurist",
        "juristen",
        "manager",
        "officer",
        "ansvarig",
        "f\u{f6}rest\u{e5}ndare",
    ];
    if says(word, Beside::Role) {
        return true;
    }
    let mut room = Room::default();
    let last = word.last().map(u8::to_ascii_lowercase);
    // What it ends in is mostly none of these.
    if word.len() < 6 || !matches!(last, Some(b'f' | b'n' | b'e' | b'a' | b'r' | b't' | b'g')) {
        return false;
    }
    room.lowered(word)
        .is_some_and(|lower| ENDINGS.iter().any(|end| lower.ends_with(end.as_bytes())))
}

/// Whether what stands right before closes a letter: a name follows, whatever it is.
pub(super) fn closed_before(scene: &Scene<'_, '_>, at: usize) -> bool {
    let from = scene.bounds(at).start.max(at.saturating_sub(40));
    let head = scene.bytes.get(from..at).unwrap_or_default();
    match head.last() {
        Some(b'/') => matches!(
            head.get(head.len().wrapping_sub(2)),
            None | Some(b' ' | b'\n' | b'/')
        ),
        Some(b' ' | b'\n') => {
            let last = last_word(head);
            last.len() > 1 && says(last, Beside::Closing)
        }
        _ => false,
    }
}

fn opens_line_or_sentence(scene: &Scene<'_, '_>, at: usize) -> bool {
    let head = scene.bytes.get(scene.bounds(at).start..at).unwrap_or_default();
    head.is_empty()
        || [&b"\n"[..], b". ", b"! ", b"? ", b": "]
            .iter()
            .any(|end| head.ends_with(end))
}

/// Whether a word follows that is said of persons: "Saga Lövdal har", "Rosa Ek ringde".
pub(super) fn does(scene: &Scene<'_, '_>, end: usize) -> bool {
    const VERBS: &[&str] = &[
        "har",
        "\u{e4}r",
        "vill",
        "ringde",
        "\u{f6}nskar",
        "bor",
        "s\u{e4}ger",
        "sa",
        "fick",
        "kom",
        "undrar",
        "beh\u{f6}ver",
        "heter",
        "ber\u{e4}ttar",
        "uppger",
        "anger",
        "jobbar",
        "arbetar",
        "studerar",
        "g\u{e5}r",
        "has",
        "is",
        "was",
        "says",
        "said",
        "wants",
        "called",
        "needs",
        "lives",
        "works",
        "asked",
        "reports",
        "reported",
        "confirmed",
    ];
    if scene.byte(end) != b' ' {
        return false;
    }
    let until = scene.bytes.len().min(end + 20);
    let rest = scene.bytes.get(end + 1..until).unwrap_or_default();
    let word = rest
        .split(|b| matches!(b, b' ' | b'\n' | b',' | b'.'))
        .next()
        .unwrap_or_default();
    VERBS.iter().any(|verb| verb.as_bytes() == word)
}

/// Whether a name stands for itself: neither side goes on with a capital, as titles, firms and places do.
pub(super) fn apart(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let bounds = scene.bounds(range.start);
    let before = before(scene, range.start, bounds.start);
    let small = |word: &[u8]| letter_at(word, 0).is_some() && !capital(word);
    let opened = match before {
        // The full stop of a sentence that ended, or a small word: anything else goes on with it.
        Some(word) => {
            let ended = scene.bytes.get(word.end) == Some(&b'.');
            let first = opens_line_or_sentence(scene, word.start);
            let word = scene.bytes.get(word).unwrap_or_default();
            // A sentence's first word has its capital from there: "Tillhör Aron Steczko."
            let begins =
                first && !ended && word.len() > 2 && !says(word, Beside::Thing) && !names::known(word).name();
            small(word) && !ended || begins || is_role(word)
        }
        None => true,
    };
    let rest = scene.bytes.get(range.end..bounds.end).unwrap_or_default();
    let rest = rest
        .strip_prefix(b"'s")
        .or_else(|| rest.strip_prefix(b"s"))
        .unwrap_or(rest);
    let closed = match rest {
        [b' ', next @ ..] => !capital(next) && !matches!(next, [b'&', ..]),
        [b'-' | b'/' | b'@' | b'_' | b'+' | b'&' | b'\'', ..] => false,
        _ => true,
    };
    opened && closed
}

/// `ref Maja 070-…`: the word right before says that a person's name follows.
pub(super) fn introduced(scene: &Scene<'_, '_>, at: usize) -> bool {
    let floor = scene.bounds(at).start;
    before(scene, at, floor).is_some_and(|word| {
        one_of(
            scene.bytes.get(word).unwrap_or_default(),
            &[
                "ref",
                "referens",
                "kontakt",
                "kontaktperson",
                "kund",
                "kunden",
                "handläggare",
                "namn",
                "attn",
                "heter",
            ],
        )
    })
}

/// Whether the byte before `at` puts it where a label's value stands. `line`: the start of a line counts too.
pub(super) fn value_place(scene: &Scene<'_, '_>, at: usize, line: bool) -> bool {
    let bounds = scene.bounds(at);
    let mut i = at;
    while i > bounds.start && at - i < 40 && matches!(scene.bytes[i - 1], b' ' | b'"' | b'\'') {
        i -= 1;
    }
    if i == bounds.start {
        return scene.outer_label(at).is_some();
    }
    match scene.bytes[i - 1] {
        b':' | b'=' | b'>' | b';' | b'\t' | b'|' => true,
        b',' | b'(' => i < at && matches!(scene.bytes[at - 1], b'\'' | b'"') || i == at,
        b'\n' => line || i < at && matches!(scene.bytes[at - 1], b'\'' | b'"'),
        _ => {
            // "jag heter Alva", "my name is Alva".
            let start = word_start(scene.bytes, i, bounds.start);
            one_of(
                scene.bytes.get(start..i).unwrap_or_default(),
                &["heter", "is", "är", "namnet"],
            )
        }
    }
}
