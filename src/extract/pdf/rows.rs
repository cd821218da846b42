//! Labels that were shown before all values, each put in front of its own again.
//!
//! A form is often drawn in one go and filled in another: `Personnummer:` and `Namn:` come first in the content, the
//! values later. Only where they stand tells which belong together. All else stays in content order.

use super::layout::{Fragment, Layout};

/// A label is at most so long, in characters.
const LONGEST_LABEL: usize = 60;
/// Its value begins at most so far behind it, in em.
const FARTHEST: f64 = 25.0;

impl Layout {
    /// The same page with values moved behind the labels on their left, where there are any.
    pub(super) fn with_labels(self) -> Self {
        let moves = self.moves();
        if moves.iter().all(Option::is_none) {
            return self;
        }
        let mut moved = vec![false; self.fragments.len()];
        for values in moves.iter().flatten() {
            for at in values.clone() {
                if let Some(moved) = moved.get_mut(at) {
                    *moved = true;
                }
            }
        }
        let mut layout = Self::default();
        for (at, fragment) in self.fragments.iter().enumerate() {
            if moved.get(at).copied().unwrap_or(false) {
                continue;
            }
            layout.take(&self, fragment, false);
            for at in moves.get(at).cloned().flatten().into_iter().flatten() {
                if let Some(value) = self.fragments.get(at) {
                    layout.take(&self, value, true);
                }
            }
        }
        layout
    }

    /// For every fragment the fragments that are to stand behind it.
    fn moves(&self) -> Vec<Option<std::ops::Range<usize>>> {
        let mut moves = vec![None; self.fragments.len()];
        let labels: Vec<usize> = (0..self.fragments.len())
            .filter(|at| self.is_lone_label(*at))
            .collect();
        if labels.is_empty() {
            return moves;
        }
        let mut by_height: Vec<usize> = (0..self.fragments.len())
            .filter(|at| self.begins_line(*at))
            .collect();
        let up = |at: &usize| self.fragments.get(*at).map_or(0.0, Fragment::up);
        by_height.sort_by(|a, b| up(a).total_cmp(&up(b)));
        let mut taken = vec![false; self.fragments.len()];
        for at in labels {
            let Some(label) = self.fragments.get(at) else {
                continue;
            };
            let reach = label.em();
            let first = by_height.partition_point(|other| up(other) < label.up() - reach);
            let near = by_height
                .iter()
                .skip(first)
                .take_while(|other| up(other) <= label.up() + reach);
            let value = near
                .filter(|other| **other != at && !taken.get(**other).copied().unwrap_or(true))
                .filter_map(|other| Some((*other, label.gap_to(self.fragments.get(*other)?)?)))
                .filter(|(other, gap)| *gap <= FARTHEST && !self.is_label(*other))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((value, _)) = value {
                let end = self.end_of_line(value);
                for at in value..end {
                    if let Some(taken) = taken.get_mut(at) {
                        *taken = true;
                    }
                }
                if let Some(slot) = moves.get_mut(at) {
                    *slot = Some(value..end);
                }
            }
        }
        moves
    }

    fn is_label(&self, at: usize) -> bool {
        self.fragments.get(at).is_some_and(|fragment| {
            let text = self.of(fragment).trim_end();
            text.ends_with(':') && text.chars().nth(LONGEST_LABEL).is_none()
        })
    }

    /// Whether a label stands alone on its line, and is no end of a paragraph.
    fn is_lone_label(&self, at: usize) -> bool {
        self.is_label(at)
            && self.begins_line(at)
            && self.end_of_line(at) == at + 1
            && !at
                .checked_sub(1)
                .is_some_and(|before| self.continues(before, at) && !self.is_label(before))
    }

    fn continues(&self, above: usize, below: usize) -> bool {
        let pair = self.fragments.get(above).zip(self.fragments.get(below));
        pair.is_some_and(|(above, below)| above.continues_in(below))
    }

    fn begins_line(&self, at: usize) -> bool {
        let line = |at: usize| self.fragments.get(at).map(|fragment| fragment.line);
        at.checked_sub(1).is_none_or(|before| line(before) != line(at))
    }

    fn end_of_line(&self, at: usize) -> usize {
        let line = self.fragments.get(at).map(|fragment| fragment.line);
        let rest = self.fragments.get(at..).unwrap_or_default();
        at + rest
            .iter()
            .take_while(|fragment| Some(fragment.line) == line)
            .count()
    }

    /// Adds a fragment of another layout: behind what is there, or as it followed there.
    fn take(&mut self, other: &Self, fragment: &Fragment, beside: bool) {
        let gap = match self.fragments.last() {
            None => "",
            Some(_) if beside || self.source_line == Some(fragment.line) => "\t",
            Some(_) => "\n",
        };
        self.push_fragment(gap, other.of(fragment), fragment);
        if !beside {
            self.source_line = Some(fragment.line);
        }
    }
}
