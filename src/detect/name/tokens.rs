//! The words a name is made of: where they begin and end, how they are written, what is known of them.
//!
//! Names have letters that no label has (š, ł, ğ), hyphens, apostrophes, initials and particles; a word here is what
//! one would call one name.

use std::ops::Range;

use super::super::Scene;
use crate::checks::names::{self, Known};
use crate::text::fold::space_at;

/// One word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    /// All capitals, more than one.
    pub(super) caps: bool,
    /// `A.`, `A`, `P-O`.
    pub(super) initial: bool,
    /// `von`, `af`, `al`.
    pub(super) particle: bool,
    pub(super) known: Known,
    /// Ends as family names do.
    pub(super) like: bool,
    /// How many bytes the genitive's s (`s`, `'s`) has, which is not part of the range.
    pub(super) genitive: usize,
}

impl Token {
    pub(super) fn given(&self) -> bool {
        self.known.given()
    }

    pub(super) fn family(&self) -> bool {
        self.known.family() || self.like
    }

    /// A name and nothing else.
    pub(super) fn sure(&self) -> bool {
        self.known.name() && !self.known.word()
    }
}

/// No name has more words.
pub(super) const MOST: usize = 6;
/// No word of a name is longer.
const LONG: usize = 40;

const PARTICLES: &[&str] = &[
    "von", "af", "de", "di", "da", "del", "della", "der", "den", "des", "dos", "das", "du", "la", "le", "el",
    "al", "van", "ter", "ten", "zu", "bin", "ben", "ibn", "bint", "abu", "e", "y", "st",
];

/// The words from `at` on, one space between.
pub(super) fn collect(scene: &Scene<'_, '_>, at: usize, limit: usize) -> ([Token; MOST], usize) {
    let mut tokens = [Token::default(); MOST];
    let mut count = 0;
    let mut from = at;
    while let Some(token) = token_at(scene, from, limit) {
        let Some(slot) = tokens.get_mut(count) else { break };
        *slot = token;
        count += 1;
        let after = token.end + token.genitive;
        let space = space_at(scene.bytes, after).or_else(|| broken_line(scene, &token, limit));
        let Some(space) = space.filter(|n| after + n < limit) else {
            break;
        };
        if token.genitive > 0 {
            break;
        }
        from = after + space;
    }
    while count > 1 && tokens[count - 1].particle {
        count -= 1;
    }
    (tokens, count)
}

/// A name that a long line breaks: the given name ends it, and the next begins with what is only a family name.
fn broken_line(scene: &Scene<'_, '_>, token: &Token, limit: usize) -> Option<usize> {
    if !token.given() || !token.sure() {
        return None;
    }
    let rest = scene.bytes.get(token.end..limit)?;
    let gap = rest
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    let breaks = rest
        .get(..gap)?
        .iter()
        .map(|&b| usize::from(b == b'\n'))
        .sum::<usize>();
    let from = token.start.saturating_sub(LINE);
    let head = scene.bytes.get(from..token.start)?;
    let long = !head.contains(&b'\n') && head.len() == LINE;
    let next = token_at(scene, token.end + gap, limit)?;
    let family = next.known.family() && !next.known.given() && !next.known.word() && !next.caps;
    (breaks == 1 && long && family).then_some(gap)
}

/// A line is broken no earlier than this.
const LINE: usize = 40;

/// The word at `at`: a capital begins it, or it is a particle.
pub(super) fn token_at(scene: &Scene<'_, '_>, at: usize, limit: usize) -> Option<Token> {
    let bytes = scene.bytes.get(..limit)?;
    let whole = word_end(bytes, at);
    let possessive = bytes.get(at..whole)?.ends_with(b"'s");
    let end = if possessive { whole - 2 } else { whole };
    let word = bytes
        .get(at..end)
        .filter(|word| !word.is_empty() && word.len() <= LONG)?;
    let next = bytes.get(whole).copied().unwrap_or(0);
    // Something glued on makes it an identifier, an address or a path.
    if next.is_ascii_digit() || matches!(next, b'_' | b'@' | b'\\' | b'(' | b'$' | b'^' | b'~') {
        return None;
    }
    let mut token = Token {
        start: at,
        end,
        genitive: whole - end,
        ..Token::default()
    };
    let particle = PARTICLES.iter().any(|p| word.eq_ignore_ascii_case(p.as_bytes()));
    if !capital(word) {
        if particle {
            token.particle = true;
            return Some(token);
        }
        // `al-Rashid`, `el-Khatib`.
        let tail = word.strip_prefix(b"al-").or_else(|| word.strip_prefix(b"el-"))?;
        token.known = names::known(tail);
        token.like = capital(tail);
        return token.like.then_some(token);
    }
    let shape = shape(word)?;
    token.caps = shape == Shape::Caps;
    let letters = word.iter().filter(|b| !(0x80..0xC0).contains(*b)).count();
    if shape == Shape::Initial {
        token.initial = true;
        if next == b'.' {
            token.end = end + 1;
        }
        return Some(token);
    }
    if particle && letters <= 4 && !names::known(word).name() {
        token.particle = true;
        return Some(token);
    }
    token.known = known(word);
    token.like = !token.known.family() && names::is_family_like(word);
    if !token.known.name() && !token.like && !token.caps && !possessive && word.last() == Some(&b's') {
        // Voss and Max have no genitive of their own.
        let stem = word
            .get(..word.len() - 1)
            .filter(|stem| !matches!(stem.last(), Some(b's' | b'x' | b'z')))
            .unwrap_or_default();
        let said = known(stem);
        let like = names::is_family_like(stem);
        if said.family() || like {
            token.known = said;
            token.like = like && !said.family();
            token.genitive = 1;
            token.end = end - 1;
        }
    }
    Some(token)
}

/// What is known of a word; of a double name what is known of its parts.
fn known(word: &[u8]) -> Known {
    let whole = names::known(word);
    if whole.name() || !word.contains(&b'-') {
        return whole;
    }
    let mut parts = word.split(|&b| b == b'-').map(names::known);
    let first = parts.next().unwrap_or(Known::NOTHING);
    if !first.name() {
        return first;
    }
    parts.fold(
        first,
        |all, part| if all.word() && part.name() { part } else { all },
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Name,
    Caps,
    Initial,
}

/// How a word that begins with a capital is written; `None` for what no name looks like (`userName`, `XMLfile`).
fn shape(word: &[u8]) -> Option<Shape> {
    let mut all_initial = true;
    let mut caps = true;
    let mut multi = false;
    for part in word.split(|&b| b == b'-') {
        let (mut i, mut letters, mut lower, mut upper) = (0, 0, 0, 0);
        while let Some(length) = letter_at(part, i).or_else(|| (part.get(i) == Some(&b'\'')).then_some(1)) {
            if part[i] != b'\'' {
                letters += 1;
                if capital(part.get(i..).unwrap_or_default()) {
                    upper += 1;
                } else {
                    lower += 1;
                }
            }
            i += length;
        }
        all_initial &= letters == 1 && upper == 1;
        caps &= lower == 0;
        multi |= letters > 1;
        if lower > 0 && upper > 1 && !prefixed(part) {
            return None;
        }
    }
    Some(if all_initial {
        Shape::Initial
    } else if caps && multi {
        Shape::Caps
    } else {
        Shape::Name
    })
}

/// `McDonald`, `O'Brien`, `DeVito`.
fn prefixed(part: &[u8]) -> bool {
    [
        &b"Mc"[..],
        b"Mac",
        b"O'",
        b"D'",
        b"De",
        b"Di",
        b"Van",
        b"Le",
        b"La",
        b"Fitz",
    ]
    .iter()
    .filter_map(|prefix| part.strip_prefix(*prefix))
    .any(|rest| capital(rest) && rest.iter().skip(1).all(|b| !b.is_ascii_uppercase()))
}

/// Where the word that begins at `at` ends: letters, and a hyphen or apostrophe between two of them.
#[inline]
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    loop {
        if end - at > 4 * LONG {
            // No word; and each of its letters may be asked.
            return end;
        }
        if let Some(length) = letter_at(bytes, end) {
            end += length;
        } else if end > at
            && matches!(bytes.get(end), Some(b'-' | b'\''))
            && letter_at(bytes, end + 1).is_some()
            && end - at < 2 * LONG
        {
            end += 1;
        } else {
            return end;
        }
    }
}

/// Where the word that ends at `end` begins; no further back than `floor`.
pub(super) fn word_start(bytes: &[u8], end: usize, floor: usize) -> usize {
    let mut start = end;
    while start > floor && end - start < LONG {
        let previous = bytes.get(start - 1).copied().unwrap_or(0);
        let back = if previous.is_ascii_alphabetic() {
            1
        } else if start >= floor + 2 && letter_at(bytes, start - 2) == Some(2) {
            2
        } else if start < end && matches!(previous, b'-' | b'\'' | b'/' | b':') && start >= floor + 2 {
            // Only between letters.
            if letter_ends(bytes, start - 1, floor) {
                1
            } else {
                break;
            }
        } else {
            break;
        };
        start -= back;
    }
    start
}

/// Whether a letter ends right before `at`.
#[inline]
pub(super) fn letter_ends(bytes: &[u8], at: usize, floor: usize) -> bool {
    at > floor
        && (bytes.get(at - 1).is_some_and(u8::is_ascii_alphabetic)
            || (at >= floor + 2 && letter_at(bytes, at - 2) == Some(2)))
}

/// The length of the letter at `i`.
#[inline]
pub(super) fn letter_at(bytes: &[u8], i: usize) -> Option<usize> {
    let first = *bytes.get(i)?;
    if first.is_ascii_alphabetic() {
        return Some(1);
    }
    let next = *bytes.get(i + 1)?;
    let letter = match first {
        0xC3 => (0x80..0xC0).contains(&next) && next != 0x97 && next != 0xB7,
        0xC4..=0xC8 | 0xCC => (0x80..0xC0).contains(&next),
        _ => false,
    };
    letter.then_some(2)
}

/// Whether a capital begins the word.
#[inline]
pub(super) fn capital(word: &[u8]) -> bool {
    match *word {
        [first, ..] if first.is_ascii() => first.is_ascii_uppercase(),
        [0xC3, second, ..] => matches!(second, 0x80..=0x9E) && second != 0x97,
        // U+0100..U+0137 and U+014A..U+0177 have capitals on even places, the rest on odd ones.
        [0xC4, second, ..] => (second & 1 == 0) == (second < 0xB8) && second != 0xB8,
        [0xC5, second, ..] => (second & 1 == 0) == (0x8A..0xB8).contains(&second),
        _ => false,
    }
}

/// The word right before `at`, one space between.
pub(super) fn before(scene: &Scene<'_, '_>, at: usize, floor: usize) -> Option<Range<usize>> {
    let space = crate::text::fold::space_before(scene.bytes, at).filter(|n| at - n > floor)?;
    let mut end = at - space;
    if scene.bytes[end - 1] == b'.' {
        end -= 1;
    }
    let start = word_start(scene.bytes, end, floor);
    (start < end).then_some(start..end)
}
