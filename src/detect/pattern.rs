//! Rules that are patterns, verified at their anchor.

use std::ops::Range;

use super::{Detector, Scene};
use crate::model::{Candidate, Evidence, Form};

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

fn verify<'a>(scene: &Scene<'_, 'a>, index: u16, at: usize, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.rules.get(index) else {
        return;
    };
    let Some(pattern) = &rule.pattern else { return };
    let bounds = scene.bounds(at);
    let Some(window) = scene.bytes.get(at..bounds.end.min(at + REACH)) else {
        return;
    };
    let Some(range) = value_of(pattern, window, at) else {
        return;
    };
    let value = scene.text(range.clone());
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
