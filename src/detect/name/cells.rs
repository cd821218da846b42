//! Whole cells under a header that names persons: also what is in no list, and what begins with a small letter.

use std::ops::Range;

use super::super::Scene;
use super::tokens::{capital, letter_at, word_end};
use super::words::{Beside, says};
use crate::checks::names;
use crate::model::{Candidate, CellSpan, Evidence, Form, Signals};
use crate::text::fold::space_at;

/// Adds the cells of name columns.
pub(in super::super) fn detect<'a>(scene: &Scene<'_, 'a>, out: &mut Vec<Candidate<'a>>) {
    let index = &scene.engine.index;
    let Some(name) = index.name else { return };
    let part =
        |rule: Option<u16>, column: &crate::model::ColumnLabels| rule.filter(|&rule| column.is_label(rule));
    let columns: Vec<Option<(u16, bool)>> = scene
        .batch
        .columns
        .iter()
        .map(|column| {
            if let Some(rule) = part(index.given_name, column).or_else(|| part(index.family_name, column)) {
                // "Efternamn, förnamn": both in one.
                let both =
                    part(index.given_name, column).is_some() && part(index.family_name, column).is_some();
                return Some((rule, !both));
            }
            part(Some(name), column).map(|rule| (rule, false))
        })
        .collect();
    if columns.iter().all(Option::is_none) {
        return;
    }
    for cell in scene.batch.cells {
        let Some(&Some((rule, alone))) = columns.get((cell.column as usize).wrapping_sub(1)) else {
            continue;
        };
        if let Some((range, mut signals, words)) = looks_like_a_name(scene, cell) {
            let label = scene.outer_label(cell.start).and_then(|labels| labels.of(rule));
            let form = match (alone, words) {
                (true, _) => Form::NamePart,
                (_, 1) => Form::NameSingle,
                _ => Form::NameCell,
            };
            let known = signals.has(Evidence::GivenName) || signals.has(Evidence::FamilyName);
            let person = label.is_some_and(|met| of_persons(scene, rule, met.word));
            signals.add_if(
                person && !alone && words > 1 && capitals(scene, &range),
                Evidence::Role,
            );
            if form == Form::NameSingle && !known && !signals.has(Evidence::OrdinaryWord) {
                continue;
            }
            let label = label.map_or(Candidate::NO_LABEL, |met| met.word);
            scene.push(out, rule, range, form, signals.with(Evidence::Column), label);
        }
    }
}
/// One to five words of letters, neither a firm nor what says that there is none.
fn looks_like_a_name(scene: &Scene<'_, '_>, cell: &CellSpan) -> Option<(Range<usize>, Signals, u32)> {
    let range = trimmed(scene, cell.start..cell.end);
    let bytes = scene.bytes.get(range.clone())?;
    if bytes.is_empty() || bytes.len() > 64 || bytes.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let limit = range.end;
    let (mut at, mut words, mut letters) = (range.start, 0u32, 0usize);
    let mut signals = Signals::NONE;
    while at < limit {
        let end = word_end(scene.bytes.get(..limit)?, at);
        let word = scene.bytes.get(at..end)?;
        if word.is_empty() {
            return None;
        }
        if says(word, Beside::Firm) || words == 0 && says(word, Beside::Nobody) {
            return None;
        }
        words += 1;
        letters += (at..end).filter(|&i| letter_at(scene.bytes, i).is_some()).count();
        for part in word.split(|&b| b == b'-') {
            let known = names::known(part);
            signals.add_if(known.given() && !known.word(), Evidence::GivenName);
            signals.add_if(known.family() && !known.word(), Evidence::FamilyName);
            signals.add_if(known.name() && known.word(), Evidence::OrdinaryWord);
            signals.add_if(!known.name() && names::is_family_like(part), Evidence::NameEnding);
        }
        at = end;
        // Commas and full stops of initials, then the space.
        while matches!(scene.byte(at), b'.' | b',') && at < limit {
            at += 1;
        }
        at += (at < limit)
            .then(|| space_at(scene.bytes, at))
            .flatten()
            .unwrap_or(0);
        if at == end && at < limit {
            return None;
        }
    }
    if !(1..=5).contains(&words) || letters < 2 {
        return None;
    }
    if signals.has(Evidence::GivenName) || signals.has(Evidence::FamilyName) {
        signals = signals.without(Evidence::OrdinaryWord);
    }
    Some((range, signals, words))
}

/// Whether a label is one of persons alone: "namn" heads columns of all sorts, "kassör" and "tilltalad" do not.
pub(super) fn of_persons(scene: &Scene<'_, '_>, rule: u16, word: u16) -> bool {
    scene
        .engine
        .rules
        .get(rule)
        .and_then(|rule| rule.labels.get(usize::from(word)))
        .is_some_and(|label| !label.contains("namn") && !label.contains("name"))
}

/// Whether every word begins with a capital and goes on in small letters.
pub(super) fn capitals(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let text = scene.bytes.get(range.clone()).unwrap_or_default();
    let mut words = text.split(|&b| b == b' ');
    words.all(|word| capital(word) && word.len() > 1 && word.iter().skip(1).any(|b| !b.is_ascii_uppercase()))
}

fn trimmed(scene: &Scene<'_, '_>, range: Range<usize>) -> Range<usize> {
    let bytes = scene.bytes.get(range.clone()).unwrap_or_default();
    let lead = bytes.len() - bytes.trim_ascii_start().len();
    let start = (range.start + lead).min(range.end);
    start..start + bytes.trim_ascii().len()
}
