//! Words that say something of the person beside them: an illness, a union, a complaint.
//!
//! A word alone is never a finding. What is seen here is the word, whether it is negated, and what is said around it;
//! whether a person is in reach is seen where all candidates are known.

use std::ops::Range;

use super::Scene;
use crate::model::{CELL_END, Candidate, Evidence, Form, Kind, ROW_END, Signals, WordRole};
use crate::rules::{self, Plain, fold_into};

/// Words that negate what follows them.
const BEFORE: &[&[u8]] = &[
    b"inte",
    b"ej",
    b"ingen",
    b"inga",
    b"inget",
    b"utan",
    b"aldrig",
    b"icke",
    b"varken",
    b"not",
    b"no",
    b"never",
    b"without",
    b"nor",
    b"neither",
    b"isnt",
    b"dont",
    b"doesnt",
    b"hasnt",
    b"nekar",
    b"saknar",
    b"lacks",
    b"negativ",
    b"negative",
    b"non",
];
/// Answers that negate what stands before them.
const AFTER: &[&[u8]] = &[
    b"nej",
    b"no",
    b"false",
    b"falskt",
    b"n",
    b"ingen",
    b"inga",
    b"inget",
    b"none",
    b"null",
    b"saknas",
    b"nil",
    b"0",
    b"negativt",
    b"uteslutet",
    b"utesluten",
    b"not",
];

/// A term that was met, before anything is known of what stands around it.
pub(super) struct Met {
    rule: u16,
    kind: Kind,
    weak: bool,
    start: usize,
    end: usize,
}

/// How far around a term a person is looked for, in bytes; further than anything that links them reaches.
const PERSON: usize = 420;
/// How far around it another term of its kind is looked for.
const OTHER: usize = 420;

/// A text longer than this is about nobody in particular, in bytes.
const LETTER: usize = 64 * 1024;

/// A term of a rule stands at `range`.
pub(super) fn at(scene: &Scene<'_, '_>, rule: u16, weak: bool, range: &Range<usize>, met: &mut Vec<Met>) {
    let Some(kind) = scene.engine.rules.get(rule).map(|rule| rule.kind) else {
        return;
    };
    met.push(Met {
        rule,
        kind,
        weak,
        start: range.start,
        end: range.end,
    });
}

/// Makes candidates of the terms that can come to anything.
///
/// Running text is full of words that may say something, and what is said around a word costs far more than the word.
/// So a word that may mean something else is looked at only where a person stands near, or another word of its kind.
pub(super) fn settle<'a>(scene: &Scene<'_, 'a>, mut met: Vec<Met>, out: &mut Vec<Candidate<'a>>) {
    if met.is_empty() {
        return;
    }
    met.sort_unstable_by_key(|term| (term.start, term.end, term.rule, term.weak));
    met.dedup_by_key(|term| (term.start, term.end, term.rule, term.weak));
    let mut persons: Vec<usize> = out
        .iter()
        .filter(|candidate| candidate.kind.tells_who() || candidate.kind == Kind::IpAddress)
        .map(|candidate| candidate.range.start)
        .collect();
    persons.sort_unstable();
    let mut last: [usize; Kind::COUNT] = [usize::MAX; Kind::COUNT];
    let mut beside = vec![false; met.len()];
    // Which terms have another of their kind near: one pass, each looking back at the one before it.
    for (index, term) in met.iter().enumerate() {
        let before = &mut last[term.kind as usize];
        if let Some(other) = met
            .get(*before)
            .filter(|other| term.start - other.start <= OTHER && other.start != term.start)
        {
            debug_assert_eq!(other.kind, term.kind);
            beside[index] = true;
            beside[*before] = true;
        }
        *before = index;
    }
    for (term, second) in met.into_iter().zip(beside) {
        let reach = match scene.cell(term.start) {
            Some(_) => scene.row(term.start),
            None => term.start.saturating_sub(PERSON)..term.end + PERSON,
        };
        let from = persons.partition_point(|&person| person < reach.start);
        let near = persons.get(from).is_some_and(|&person| person < reach.end);
        // A term that nobody stands near waits for the end of a document that may be about somebody; a long one is not.
        let waits = scene.bytes.len() <= LETTER && (!term.weak || second);
        if near || waits {
            look(scene, &term, out);
        }
    }
}

/// Makes a candidate of a term, with what is said around it.
fn look<'a>(scene: &Scene<'_, 'a>, term: &Met, out: &mut Vec<Candidate<'a>>) {
    let (rule, range) = (term.rule, term.start..term.end);
    // A closing tag says what its opening tag said.
    if range.start >= 2 && scene.bytes.get(range.start - 2..range.start) == Some(b"</") {
        return;
    }
    let spoken = scene.spoken(&range, rule);
    let weak = term.weak || term.kind.is_special() && of_no_one(scene, &range);
    let mut signals: Signals = spoken
        .signals
        .with(if weak { Evidence::WeakTerm } else { Evidence::Term });
    let either = scene.engine.rules.get(rule).is_some_and(|rule| rule.either);
    signals.add_if(!either && negated(scene, &range), Evidence::Negated);
    signals.add_if(
        term.kind.is_special() && contradicted(scene, rule, range.end),
        Evidence::OtherLabel,
    );
    signals.add_if(of_the_writer(scene, &range), Evidence::FirstPerson);
    scene.push(out, rule, range, Form::Term, signals, spoken.label);
}

/// How far along its sentence a writer is looked for, in bytes.
const WRITER: usize = 100;

/// Whether the sentence a word stands in speaks of who writes it: "jag är sjukskriven", "I am pregnant".
fn of_the_writer(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    const WORDS: &[&[u8]] = &[b"jag", b"mig", b"min", b"mitt", b"mina", b"my", b"me", b"myself"];
    // My and Min are names, and min is minutes.
    let own = |word: &[u8], from: usize| {
        let name = matches!(word, b"My" | b"Min") && scene.byte(from + word.len() + 1).is_ascii_uppercase();
        let minutes = word == b"min" && from >= 2 && scene.bytes[from - 2].is_ascii_digit();
        !name && !minutes && WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let ends = |at: usize| match scene.byte(at) {
        b'.' | b'!' | b'?' => !scene.word_at(at + 1),
        b'\n' => scene.byte(at + 1) == b'\n',
        byte => matches!(byte, CELL_END | ROW_END | b';'),
    };
    let floor = scene
        .bounds(range.start)
        .start
        .max(range.start.saturating_sub(WRITER));
    let start = (floor..range.start)
        .rev()
        .find(|&at| ends(at))
        .map_or(floor, |at| at + 1);
    let ceiling = scene.bytes.len().min(range.end + WRITER);
    let end = (range.end..ceiling).find(|&at| ends(at)).unwrap_or(ceiling);
    let mut at = start;
    while at < end {
        let from = at;
        while at < end && scene.word_at(at) {
            at += 1;
        }
        let word = scene.bytes.get(from..at).unwrap_or_default();
        // "I" is a word of Swedish too, and of English where it goes on so.
        let i = word == b"I"
            && [
                &b" am "[..],
                b" have ",
                b" was ",
                b" had ",
                b" will ",
                b" would ",
                b" can",
                b" need ",
                b" take ",
                b"'m ",
                b"'ve ",
            ]
            .iter()
            .any(|next| scene.bytes.get(at..).is_some_and(|rest| rest.starts_with(next)));
        let cut = from == floor && floor > 0 && scene.word_at(from - 1);
        if !cut && (i || own(word, from)) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether the word is the beginning of a compound that is of no one in particular.
fn of_no_one(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let mut end = range.end;
    let goes_on = |end: usize| scene.word_at(end) || scene.byte(end) == b'-' && scene.word_at(end + 1);
    while end - range.end < 40 && goes_on(end) {
        end += 1;
    }
    let word = scene.bytes.get(range.start..end).unwrap_or_default();
    rules::of_no_one(Plain::of(word).bytes())
}

/// Whether the word right behind speaks against the rule: "fingerprint SHA256".
fn contradicted(scene: &Scene<'_, '_>, rule: u16, end: usize) -> bool {
    let start = end + usize::from(matches!(scene.byte(end), b' ' | b'-' | b'_' | b':'));
    let mut stop = start;
    while stop - start < 24 && scene.word_at(stop) {
        stop += 1;
    }
    let word = scene.bytes.get(start..stop).unwrap_or_default();
    start > end
        && scene
            .engine
            .rules
            .vocabulary()
            .phrase(word, rule)
            .is_some_and(|met| met.role == WordRole::Negative)
}

/// Whether one of the three words before it, or the answer after it, says that it is not so.
fn negated(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let mut at = range.start;
    let floor = range.start.saturating_sub(48);
    for _ in 0..3 {
        let mut end = at;
        while end > floor && !scene.word_at(end - 1) {
            // Another sentence, cell or item says nothing of this one.
            if matches!(
                scene.bytes[end - 1],
                b'.' | b'!' | b'?' | b';' | b':' | b'\n' | b',' | CELL_END | ROW_END
            ) {
                return answered(scene, range.start, range.end);
            }
            end -= 1;
        }
        let mut start = end;
        while start > floor && scene.word_at(start - 1) {
            start -= 1;
        }
        // Inga Labba is a person; "Inga ALLERGIER" is an answer.
        let named = scene.bytes.get(start..end) == Some(b"Inga")
            && (scene.byte(end) == b'-'
                || scene.byte(end + 1).is_ascii_uppercase() && end + 1 != range.start);
        if !named && folded(scene, start..end, BEFORE) {
            return true;
        }
        at = start;
    }
    answered(scene, range.start, range.end)
}

/// `Allergi: nej`, `gravid = false`, `"adhd": null`.
fn answered(scene: &Scene<'_, '_>, start: usize, end: usize) -> bool {
    let mut at = end;
    let mut asked = false;
    // `<Flag set="2024">NO`: past the attributes of a tag.
    if let Some(name) = start.checked_sub(1).filter(|&before| scene.bytes[before] == b'<') {
        let tag = scene
            .bytes
            .get(name..scene.bytes.len().min(name + 120))
            .unwrap_or_default();
        if let Some(close) = tag.iter().position(|&b| matches!(b, b'>' | b'\n')) {
            // `<Flag/>`: nothing was filled in.
            if close > 0 && tag[close - 1] == b'/' {
                return true;
            }
            at = end.max(name + close);
        }
    }
    // `Voiceprint enrolled: no`: one or two more words of the same label.
    at = longer_label(scene, at);
    let end = at;
    while at < scene.bytes.len() && at - end < 6 {
        match scene.bytes[at] {
            b':' | b'=' | b'?' | b'\t' | b'(' | b'>' => asked = true,
            b' ' | b'"' | b'\'' => {}
            _ => break,
        }
        at += 1;
    }
    if asked && unfilled(scene, at) {
        return true;
    }
    let mut stop = at;
    while stop - at < 12 && scene.word_at(stop) {
        stop += 1;
    }
    // 0 is an answer, 0.98 is a number.
    let number = matches!(scene.byte(stop), b'.' | b',') && scene.byte(stop + 1).is_ascii_digit();
    asked && !number && folded(scene, at..stop, AFTER)
}

/// Where the label ends that a term begins, if a colon or an equals sign stands behind it; `end` otherwise.
fn longer_label(scene: &Scene<'_, '_>, end: usize) -> usize {
    let mut at = end;
    let mut gaps = 0;
    while at - end < 28 {
        match scene.byte(at) {
            b':' => return at,
            b'=' if gaps == 0 => return at,
            b' ' | b'_' if gaps < 2 && scene.word_at(at + 1) => gaps += 1,
            _ if scene.word_at(at) => {}
            _ => break,
        }
        at += 1;
    }
    end
}

/// A dash or the line of a form stands where the answer would.
fn unfilled(scene: &Scene<'_, '_>, at: usize) -> bool {
    let rest = scene.bytes.get(at..).unwrap_or_default();
    let mut end = 0;
    loop {
        match rest.get(end) {
            Some(b'-' | b'_' | b'/') => end += 1,
            Some(0xE2) if rest.get(end + 1) == Some(&0x80) => end += 3,
            Some(b' ' | b'\n' | b'\r' | b'"' | b'\'' | b'<' | b'|' | b';' | b',' | &CELL_END | &ROW_END)
            | None => {
                return end > 0;
            }
            _ => return false,
        }
    }
}

fn folded(scene: &Scene<'_, '_>, word: Range<usize>, list: &[&[u8]]) -> bool {
    let Some(bytes) = scene
        .bytes
        .get(word)
        .filter(|word| !word.is_empty() && word.len() <= 12)
    else {
        return false;
    };
    let mut key = Key::default();
    fold_into(bytes, &mut key);
    let word = key.bytes.get(..key.length).unwrap_or_default();
    list.contains(&word)
}

/// A short word, folded on the stack.
#[derive(Default)]
struct Key {
    bytes: [u8; 12],
    length: usize,
}

impl crate::rules::Folded for Key {
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }
}
