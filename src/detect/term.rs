//! Words that say something of the person beside them: an illness, a union, a complaint.
//!
//! A word alone is never a finding. What is seen here is the word, whether it is negated, and what is said around it;
//! whether a person is in reach is seen where all candidates are known.

use std::ops::Range;

use super::Scene;
use crate::model::{CELL_END, Candidate, Evidence, Form, ROW_END, Signals};
use crate::rules::fold_into;

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

/// A term of a rule stands at `range`.
pub(super) fn at<'a>(
    scene: &Scene<'_, 'a>,
    rule: u16,
    weak: bool,
    range: Range<usize>,
    out: &mut Vec<Candidate<'a>>,
) {
    let spoken = scene.spoken(&range, rule);
    let mut signals: Signals = spoken
        .signals
        .with(if weak { Evidence::WeakTerm } else { Evidence::Term });
    let either = scene.engine.rules.get(rule).is_some_and(|rule| rule.either);
    signals.add_if(!either && negated(scene, &range), Evidence::Negated);
    scene.push(out, rule, range, Form::Term, signals, spoken.label);
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
                return answered(scene, range.end);
            }
            end -= 1;
        }
        let mut start = end;
        while start > floor && scene.word_at(start - 1) {
            start -= 1;
        }
        if folded(scene, start..end, BEFORE) {
            return true;
        }
        at = start;
    }
    answered(scene, range.end)
}

/// `Allergi: nej`, `gravid = false`, `"adhd": null`.
fn answered(scene: &Scene<'_, '_>, end: usize) -> bool {
    let mut at = end;
    let mut asked = false;
    while at < scene.bytes.len() && at - end < 6 {
        match scene.bytes[at] {
            b':' | b'=' | b'?' | b'\t' | b'(' => asked = true,
            b' ' | b'"' | b'\'' | b'>' => {}
            _ => break,
        }
        at += 1;
    }
    let mut stop = at;
    while stop - at < 12 && scene.word_at(stop) {
        stop += 1;
    }
    asked && folded(scene, at..stop, AFTER)
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
