//! Labels that were shown before all values, each put in front of its own again.
//!
//! A form is often drawn in one go and filled in another: `Personnummer:` and `Namn:` come first in the content, the
//! values later. Only where they stand tells which belong together. All else stays in content order.

use std::ops::Range;

use super::layout::{Fragment, Layout};

/// A label is at most so long, in characters.
const LONGEST_LABEL: usize = 60;
/// Its value begins at most so far behind it, in em.
const FARTHEST: f64 = 25.0;
/// Lines at the height of a label that are looked at: no page has so many, unless it is made to.
const MAX_LEVEL: usize = 256;

impl Layout {
    /// The same page with values moved behind the labels on their left, where there are any.
    pub(super) fn with_labels(self) -> Self {
        let moves = self.moves();
        if moves.iter().all(Option::is_none) {
            return self;
        }
        let mut moved = vec![false; self.fragments.len()];
        for at in moves.iter().flatten().cloned().flatten() {
            mark(&mut moved, at);
        }
        let mut layout = Self::default();
        for (at, fragment) in self.fragments.iter().enumerate() {
            if is_marked(&moved, at) {
                continue;
            }
            layout.take(&self, fragment);
            let mut line = None;
            for at in moves.get(at).cloned().flatten().into_iter().flatten() {
                if let Some(value) = self.fragments.get(at) {
                    let same = line.is_none_or(|line| line == value.line);
                    layout.push_fragment(if same { "\t" } else { "\n" }, self.of(value), value);
                    line = Some(value.line);
                }
            }
        }
        layout
    }

    /// For every fragment the fragments that are to stand behind it.
    fn moves(&self) -> Vec<Option<Range<usize>>> {
        let mut moves = vec![None; self.fragments.len()];
        let pairs = self.pairs();
        let mut is_value = vec![false; self.fragments.len()];
        for (value, _) in &pairs {
            mark(&mut is_value, *value);
        }
        let mut moved_to = 0;
        for (value, label) in pairs {
            // Out of the middle of a paragraph or a cell nothing is taken, unless that moves as well.
            if value != moved_to && self.is_continued(value) {
                continue;
            }
            let mut end = self.end_of_line(value);
            // The lines below that belong to the value come with it.
            while self.is_continued(end) && !self.is_label(end) && !is_marked(&is_value, end) {
                end = self.end_of_line(end);
            }
            moved_to = end;
            if let Some(slot) = moves.get_mut(label) {
                *slot = Some(value..end);
            }
        }
        moves
    }

    /// Where the values and their labels are, in the order of the values.
    fn pairs(&self) -> Vec<(usize, usize)> {
        let labels: Vec<usize> = (0..self.fragments.len())
            .filter(|at| self.is_lone_label(*at))
            .collect();
        if labels.is_empty() {
            return Vec::new();
        }
        let mut by_height: Vec<usize> = (0..self.fragments.len())
            .filter(|at| self.begins_line(*at))
            .collect();
        let up = |at: &usize| self.fragments.get(*at).map_or(0.0, Fragment::up);
        by_height.sort_by(|a, b| up(a).total_cmp(&up(b)));
        let mut taken = vec![false; self.fragments.len()];
        let mut pairs = Vec::new();
        for at in labels {
            let Some(label) = self.fragments.get(at) else {
                continue;
            };
            let reach = label.em();
            let first = by_height.partition_point(|other| up(other) < label.up() - reach);
            let near = by_height
                .iter()
                .skip(first)
                .take_while(|other| up(other) <= label.up() + reach)
                .take(MAX_LEVEL);
            let value = near
                .filter(|other| **other != at && !is_marked(&taken, **other))
                .filter_map(|other| Some((*other, label.gap_to(self.fragments.get(*other)?)?)))
                .filter(|(other, gap)| *gap <= FARTHEST && !self.is_label(*other))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((value, _)) = value {
                mark(&mut taken, value);
                pairs.push((value, at));
            }
        }
        pairs.sort_unstable();
        pairs
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

    /// Whether the line that begins at `at` is the next one of a cell or a paragraph in the line before it.
    fn is_continued(&self, at: usize) -> bool {
        let lines = self.fragments.get(..at).zip(self.fragments.get(at));
        lines.is_some_and(|(before, next)| {
            let above = before.last().map(|last| last.line);
            let mut row = before.iter().rev().take_while(|one| Some(one.line) == above);
            row.any(|one| one.continues_in(next))
        })
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

    /// Adds a fragment of another layout as it followed there.
    fn take(&mut self, other: &Self, fragment: &Fragment) {
        let gap = match self.fragments.last() {
            None => "",
            Some(_) if self.source_line == Some(fragment.line) => "\t",
            Some(_) => "\n",
        };
        self.push_fragment(gap, other.of(fragment), fragment);
        self.source_line = Some(fragment.line);
    }
}

fn mark(marks: &mut [bool], at: usize) {
    if let Some(mark) = marks.get_mut(at) {
        *mark = true;
    }
}

fn is_marked(marks: &[bool], at: usize) -> bool {
    marks.get(at).copied().unwrap_or(false)
}
