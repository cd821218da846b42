//! Characters that stand apart at equal distances: figures in the boxes of a form, and type set wide.
//!
//! Nobody finds `1 9 8 1 1 2 2 8`. Where the gaps are narrower than any space, the characters are one word; where
//! they are wider, they may as well be a row of figures, and the word is given beside the text.

use std::ops::Range;

use super::layout::{Run, Step, step};

/// So many characters are no accident.
const MIN_LENGTH: usize = 6;
/// No value in wide boxes is looked for that has fewer figures: axes and matrices have them too.
const MIN_FIGURES: usize = 10;
/// The last part of a number that a form shows in two groups of boxes.
const TAIL: usize = 4;
/// Its first part.
const HEADS: [usize; 2] = [6, 8];
/// The two groups are at most so far apart, in em.
const WIDEST: f64 = 6.0;
/// Distances are equal up to this, in em.
const TOLERANCE: f64 = 0.08;
/// No space is as narrow as this, in em.
const NARROW: f64 = 0.2;

/// Runs of one character each, at equal distances.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) runs: Range<usize>,
    /// What they say together.
    pub(super) text: String,
    /// Whether they are one word without doubt.
    pub(super) narrow: bool,
    /// From the start of the first to that of the next, and of the last but one to the last, in em: a hyphen on either
    /// side may stand closer.
    pitches: [f64; 2],
}

/// The chains of a page, in order.
pub(super) fn chains<'r>(runs: &[&'r Run], of: impl Fn(&'r Run) -> &'r str) -> Vec<Chain> {
    let mut found: Vec<Chain> = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let Some((end, equal)) = chain_from(runs, at, &of) else {
            at += 1;
            continue;
        };
        let said: String = runs
            .get(at..end)
            .into_iter()
            .flatten()
            .map(|run| of(run))
            .collect();
        let text = said.trim();
        if length(text) >= TAIL {
            found.push(Chain {
                runs: at..end,
                text: text.to_string(),
                narrow: equal.gap.is_some_and(|gap| gap <= NARROW),
                pitches: equal.pitches,
            });
        }
        // The last one may stand at another distance from those that follow.
        at = end - 1;
    }
    let mut whole: Vec<Chain> = Vec::new();
    for chain in found {
        match whole.last_mut() {
            Some(head) if belongs(head, &chain, runs, &of) => {
                head.text = format!("{}-{}", bare(&head.text), bare(&chain.text));
                head.runs.end = chain.runs.end;
                head.narrow = false;
            }
            _ => whole.push(chain),
        }
    }
    whole.retain(|chain| length(&chain.text) >= MIN_LENGTH && (chain.narrow || is_value(&chain.text)));
    whole
}

/// Whether a text can hold a value: leaders of dots and the terms of a formula stand apart as well.
fn is_value(text: &str) -> bool {
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    figures >= MIN_FIGURES || text.contains('@')
}

fn length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// How the characters of a chain stand.
struct Equal {
    /// The gap between any two, if it is the same.
    gap: Option<f64>,
    /// The first pitch and the last.
    pitches: [f64; 2],
}

/// Where a chain that begins with the run at `at` ends, if there are two runs in it at least.
fn chain_from<'r>(runs: &[&'r Run], at: usize, of: &impl Fn(&'r Run) -> &'r str) -> Option<(usize, Equal)> {
    let single = |run: &'r Run| of(run).chars().nth(1).is_none();
    let mut last = *runs.get(at).filter(|run| single(run))?;
    let mut first: Option<[f64; 3]> = None;
    // Figures in boxes have equal pitches, those of narrow ones in wide boxes from their middles; wide type has
    // equal gaps.
    let mut equal = [true; 3];
    let (mut end, mut last_pitch) = (at + 1, 0.0);
    for run in runs.get(end..)?.iter().copied().take_while(|run| single(run)) {
        if step(&last.end, &run.start) != Step::Space {
            break;
        }
        let em = last.start.em().max(run.start.em());
        let middle = |run: &Run| f64::midpoint(run.start.along(), run.end.along());
        let here = [
            (run.start.along() - last.end.along()) / em,
            (run.start.along() - last.start.along()) / em,
            (middle(run) - middle(last)) / em,
        ];
        let before = first.get_or_insert(here);
        let mut still = equal;
        for ((still, here), before) in still.iter_mut().zip(here).zip(before) {
            *still &= (here - *before).abs() <= TOLERANCE;
        }
        if still == [false; 3] {
            break;
        }
        equal = still;
        last_pitch = here[1];
        last = run;
        end += 1;
    }
    let [gap, pitch, _] = first.filter(|_| end > at + 1)?;
    let [gaps, ..] = equal;
    Some((
        end,
        Equal {
            gap: gaps.then_some(gap),
            pitches: [pitch, last_pitch],
        },
    ))
}

/// The figures of a group without the hyphen beside them.
fn bare(text: &str) -> &str {
    text.trim_matches('-').trim()
}

/// Whether two groups of figures are one number.
fn belongs<'r>(head: &Chain, tail: &Chain, runs: &[&'r Run], of: &impl Fn(&'r Run) -> &'r str) -> bool {
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, second) = (bare(&head.text), bare(&tail.text));
    if !(figures(first) && figures(second) && HEADS.contains(&first.len()) && second.len() == TAIL) {
        return false;
    }
    let between = runs.get(head.runs.end..tail.runs.start).unwrap_or_default();
    let parted = between.iter().all(|run| matches!(of(run).trim(), "" | "-"));
    // A hyphen between them may be counted to both.
    let next = tail.runs.start.max(head.runs.end);
    let ends = head.runs.end.checked_sub(1).and_then(|last| runs.get(last));
    let met = ends.zip(runs.get(next)).is_some_and(|(last, next)| {
        let gap = (next.start.along() - last.end.along()) / last.start.em();
        let level = matches!(step(&last.end, &next.start), Step::Space | Step::Cell);
        level && gap <= WIDEST
    });
    parted && between.len() <= 3 && met && (head.pitches[0] - tail.pitches[1]).abs() <= 2.0 * TOLERANCE
}
