//! Whether anything near a number can be the name of one of these numbers.
//!
//! Most numbers have no name, and a dozen rules would each look back for theirs. One look that only compares how words
//! begin and end with how the rules' labels do says no to nearly all of them; where it says maybe, the rules look.

use crate::detect::Scene;
use crate::rules::{Labels, Numbered, RuleSet, Rules};

/// How far back a word is of interest that was passed, in bytes: no look back reaches further.
const WINDOW: usize = 120;
/// How far behind a number its name may follow: `81234567 (passnummer)`.
const BEHIND: usize = 40;

/// The rules of either set.
pub(in crate::detect) struct Gate {
    rules: [Rules; 2],
}

/// Where the last words end that can belong to a label of either set, in a batch that is being passed through.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::detect) struct Passed([Option<usize>; 2]);

impl Passed {
    /// Takes note of a word that ends at `end` and can belong to these labels.
    #[inline]
    pub(in crate::detect) fn note(&mut self, labels: Labels, end: usize) {
        for (set, last) in self.0.iter_mut().enumerate() {
            if labels >> set & 1 == 1 {
                *last = Some(end);
            }
        }
    }
}

impl Gate {
    /// A gate for the labels of all rules of numbers that do not look for their words themselves.
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut gate = Self {
            rules: [Rules::default(); 2],
        };
        for (index, rule) in (0u16..).zip(rules.rules()) {
            if let Some(set) = rule.numbered() {
                gate.rules[set as usize].put(index);
            }
        }
        gate
    }

    /// Whether a number at `at`, whose first run of digits ends at `end`, can have a name.
    pub(super) fn open(&self, scene: &Scene<'_, '_>, of: Numbered, at: usize, end: usize) -> bool {
        // Columns are named by their headers and vote; a name may also stand in the cell to the left.
        if !scene.batch.cells.is_empty() {
            return true;
        }
        let rules = self.rules[of as usize];
        scene
            .batch
            .label
            .is_some_and(|labels| labels.iter().any(|(rule, _)| rules.has(rule)))
            || in_list(scene, at)
            || named_behind(scene, end)
            || scene.passed.get().0[of as usize].is_some_and(|passed| passed + WINDOW >= at)
                && (scene.known_before(at, rules) || referred(scene.bytes, at))
    }
}

/// "referensnummer 29184407" on a licence: what it refers to is named further away.
fn referred(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(24)..at).unwrap_or_default();
    before.windows(3).any(|three| three.eq_ignore_ascii_case(b"ref"))
}

/// A value of a statement or of a pasted row: its name stands further away.
fn in_list(scene: &Scene<'_, '_>, at: usize) -> bool {
    let mut i = at;
    while i > 0 && at - i < 4 && matches!(scene.bytes[i - 1], b' ' | b'\'' | b'"' | b'`' | b'+') {
        i -= 1;
    }
    match i.checked_sub(1).map_or(b'\n', |i| scene.bytes[i]) {
        b'(' | b',' | b';' | b'\t' | b'|' => true,
        b'\n' => {
            let line = scene
                .bytes
                .get(at..scene.bytes.len().min(at + 32))
                .unwrap_or_default();
            let next = line
                .iter()
                .find(|b| matches!(b, b';' | b'\t' | b'|' | b',' | b' ' | b':' | b'\n'));
            matches!(next, Some(b';' | b'\t' | b'|' | b','))
        }
        _ => false,
    }
}

/// Something in brackets or a verb follows the number, behind its further groups.
fn named_behind(scene: &Scene<'_, '_>, end: usize) -> bool {
    let after = scene
        .bytes
        .get(end..scene.bytes.len().min(end + BEHIND))
        .unwrap_or_default();
    let next = after
        .iter()
        .position(|b| !(b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'/' | b'.' | b':')));
    let rest = next.and_then(|next| after.get(next..)).unwrap_or_default();
    matches!(
        rest,
        [b'(' | b'[', ..] | [0xC3, 0xA4, b'r', b' ', ..] | [b'i', b's', b' ', ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::date::Date;
    use crate::detect::Engine;
    use crate::model::Batch;
    use crate::rules::{is_word_byte, load_builtin};

    #[test]
    fn names_open_it_and_other_words_do_not() {
        let rules = load_builtin().unwrap();
        let today = Date {
            year: 2026,
            month: 11,
            day: 23,
        };
        let engine = Engine::new(&rules, today);
        let named = |text: &str| {
            let batch = Batch {
                text,
                own: 0..text.len(),
                cells: &[],
                columns: &[],
                label: None,
            };
            let scene = Scene::new(&engine, &batch);
            let bytes = text.as_bytes();
            let (mut passed, mut start) = (Passed::default(), None);
            for i in 0..=bytes.len() {
                match (start, is_word_byte(bytes, i)) {
                    (None, true) => start = Some(i),
                    (Some(from), false) => {
                        passed.note(rules.lexicon().at(bytes, from, i, bytes.len(), |_, _| {}), i);
                        start = None;
                    }
                    _ => {}
                }
            }
            scene.passed.set(passed);
            let gate = &engine.index.numbers.gate;
            [Numbered::Births, Numbered::Others]
                .into_iter()
                .any(|of| gate.open(&scene, of, text.len(), text.len()))
        };
        for text in [
            "passnummer: ",
            "Bg ",
            "OCR-nr: ",
            "id kort nr ",
            "Swisha 150 kr till ",
            "lönekontonummer ",
            "FÖDELSEDATUM\n",
            "fodelsedatum=",
            "svenskt pass, nr ",
            "Kontonr2 ",
            "körkortets baksida, referensnummer ",
        ] {
            assert!(named(text), "{text}");
        }
        for text in [
            "worker[",
            "Klockan ",
            "under året ",
            "12 av ",
            "efter före ",
            "passnummer\n\n\n",
            "size=",
        ] {
            assert!(!named(text), "{text}");
        }
    }
}
