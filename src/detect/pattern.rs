//! Rules that are patterns, verified at their anchor.

use std::ops::Range;

use super::{Detector, Scene, token};
use crate::model::{CELL_END, Candidate, Evidence, Form, Kind, ROW_END};

/// Tried at the first digit of a run.
pub(super) struct AtDigits {
    pub(super) rule: u16,
}

/// Tried at the start of the word an `@` stands in.
pub(super) struct AtWord {
    pub(super) rule: u16,
}

/// No pattern sees further than this from its anchor: the cost of a rule is bounded per anchor.
pub(super) const REACH: usize = 256;

impl Detector for AtDigits {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        verify(scene, self.rule, at, out);
    }
}

impl Detector for AtWord {
    fn detect<'a>(&self, scene: &Scene<'_, 'a>, at: usize, out: &mut Vec<Candidate<'a>>) {
        let mut start = at;
        while start > 0
            && at - start < 64
            && (scene.word_at(start - 1) || b"._%+-".contains(&scene.bytes[start - 1]))
        {
            start -= 1;
        }
        verify(scene, self.rule, start, out);
    }
}

/// Tried where one of the rule's keywords begins.
pub(super) fn at_keyword<'a>(scene: &Scene<'_, 'a>, rule: u16, at: usize, out: &mut Vec<Candidate<'a>>) {
    verify(scene, rule, at, out);
}

/// Searched through everything, for a rule that says it is slow. A match does not reach beyond its cell or line.
pub(super) fn everywhere<'a>(scene: &Scene<'_, 'a>, index: u16, out: &mut Vec<Candidate<'a>>) {
    let Some(pattern) = scene
        .engine
        .rules
        .get(index)
        .and_then(|rule| rule.pattern.as_ref())
    else {
        return;
    };
    let mut from = 0;
    let borders = |b: &u8| matches!(*b, b'\n' | CELL_END | ROW_END);
    for line in scene.bytes.split(borders) {
        for found in pattern.captures_iter(line) {
            let whole = found.name("value").or_else(|| found.get(0));
            if let Some(value) = whole.filter(|value| value.len() <= REACH) {
                weigh(scene, index, from + value.start()..from + value.end(), out);
            }
        }
        from += line.len() + 1;
    }
}

fn verify<'a>(scene: &Scene<'_, 'a>, index: u16, at: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.rules.get(index) else {
        return;
    };
    let Some(pattern) = &rule.pattern else { return };
    let bounds = scene.bounds(at);
    if rule.behind && !spoken_before(scene, bounds.start, at) {
        return;
    }
    let Some(window) = scene.bytes.get(at..bounds.end.min(at + REACH)) else {
        return;
    };
    if let Some(range) = value_of(pattern, window, at) {
        weigh(scene, index, range, out);
    }
}

/// Whether a few words stand before `at`.
fn spoken_before(scene: &Scene<'_, '_>, floor: usize, at: usize) -> bool {
    let before = scene
        .bytes
        .get(floor.max(at.saturating_sub(64))..at)
        .unwrap_or_default();
    before.iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= 8
}

/// A match, checked and with what is said around it.
fn weigh<'a>(scene: &Scene<'_, 'a>, index: u16, range: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.rules.get(index) else {
        return;
    };
    let value = scene.text(range.clone());
    // The accounts of systems are nobody's.
    if rule.kind == Kind::Username && !token::account(value) {
        return;
    }
    if value.is_empty() || rule.check.is_some_and(|check| !check(value)) {
        return;
    }
    let spoken = scene.spoken(&range, index);
    if rule.label_required && (!spoken.labelled() || spoken.contradicted()) {
        return;
    }
    let mut signals = spoken.signals.with(Evidence::Pattern);
    signals.add_if(rule.check.is_some(), Evidence::Checksum);
    scene.push(out, index, range, Form::Pattern, signals, spoken.label);
}

/// The `value` group, or the whole match.
fn value_of(pattern: &regex::bytes::Regex, window: &[u8], at: usize) -> Option<Range<usize>> {
    if !pattern.is_match(window) {
        return None;
    }
    let captures = pattern.captures(window)?;
    let found = captures.name("value").or_else(|| captures.get(0))?;
    Some(at + found.start()..at + found.end())
}
