//! From runs with positions to words and lines.
//!
//! A PDF has no spaces or lines of its own: strings are put at points. Where the next one stands tells whether
//! it continues a word, begins another one, another cell or another line.

use std::ops::Range;

use super::accents::composed;
use super::spaced::{Chain, chains};

/// Perpendicular shift, in em, up to which two strings stand on one line.
const SAME_LINE: f64 = 0.35;
/// Gap, in em, up to which they are one word.
const SAME_WORD: f64 = 0.12;
/// Overlap, in em, up to which they are one word.
const OVERLAP: f64 = 0.5;
/// Gap, in em, from which they are two cells: a tab, so that no pattern runs from one into the other.
const NEXT_CELL: f64 = 2.0;

/// A point on a page, with the direction and size of the writing there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    x: f64,
    y: f64,
    dx: f64,
    dy: f64,
    em: f64,
}

impl Spot {
    /// A spot at `at`, writing along `along`; numbers that are none become harmless ones.
    pub(super) fn new(at: (f64, f64), along: (f64, f64), em: f64) -> Self {
        let finite = |n: f64| if n.is_finite() { n.clamp(-1e7, 1e7) } else { 0.0 };
        let length = along.0.hypot(along.1);
        let (dx, dy) = if length.is_finite() && length > 1e-9 {
            (along.0 / length, along.1 / length)
        } else {
            (1.0, 0.0)
        };
        Self {
            x: finite(at.0),
            y: finite(at.1),
            dx,
            dy,
            em: finite(em).max(0.01),
        }
    }

    /// How far along the line.
    pub(super) fn along(&self) -> f64 {
        self.x * self.dx + self.y * self.dy
    }

    /// How far up the page, seen by one who reads along the line.
    fn up(&self) -> f64 {
        self.y * self.dx - self.x * self.dy
    }

    /// The size of the type.
    pub(super) fn em(&self) -> f64 {
        self.em
    }

    fn same_direction(&self, other: &Self) -> bool {
        self.dx * other.dx + self.dy * other.dy > 0.95
    }
}

/// How a run follows the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Word,
    Space,
    Cell,
    Line,
}

pub(super) fn step(before: &Spot, next: &Spot) -> Step {
    let em = before.em.max(next.em);
    if !before.same_direction(next) {
        return Step::Line;
    }
    let (x, y) = (next.x - before.x, next.y - before.y);
    let shift = (y * before.dx - x * before.dy).abs() / em;
    let gap = (x * before.dx + y * before.dy) / em;
    if shift >= SAME_LINE || gap < -OVERLAP {
        Step::Line
    } else if gap <= SAME_WORD {
        Step::Word
    } else if gap < NEXT_CELL {
        Step::Space
    } else {
        Step::Cell
    }
}

/// Whether what starts at `start` stands under an accent that ended at `end`.
fn overlies(end: &Spot, start: &Spot) -> bool {
    let em = end.em.max(start.em);
    let (x, y) = (start.x - end.x, start.y - end.y);
    let gap = (x * end.dx + y * end.dy) / em;
    let shift = (y * end.dx - x * end.dy).abs() / em;
    end.same_direction(start) && (-1.0..0.05).contains(&gap) && shift < SAME_LINE
}

/// Text shown without a gap.
#[derive(Clone, Debug)]
pub(super) struct Run {
    text: Range<usize>,
    pub(super) start: Spot,
    pub(super) end: Spot,
}

/// All that a page shows, in the order in which it shows it.
#[derive(Default)]
pub(super) struct Runs {
    text: String,
    shown: Vec<Run>,
    last: Option<(Range<usize>, Spot)>,
}

impl Runs {
    /// Begins a string; what is returned is given to [`end`](Self::end).
    pub(super) fn begin(&self) -> usize {
        self.text.len()
    }

    /// Adds to the string that was begun.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends a string that was shown from `start` to `end`; returns how many bytes were kept.
    pub(super) fn end(&mut self, begun: usize, start: &Spot, end: &Spot) -> usize {
        let text = self.compose(begun, start)..self.text.len();
        if text.is_empty() {
            return 0;
        }
        let begun = text.start;
        if self.is_overprint(&text, start) {
            self.text.truncate(begun);
            return 0;
        }
        self.last = Some((text.clone(), *start));
        match self.shown.last_mut() {
            Some(run) if run.text.end == begun && step(&run.end, start) == Step::Word => {
                run.text.end = text.end;
                run.end = *end;
            }
            _ => self.shown.push(Run {
                text: text.clone(),
                start: *start,
                end: *end,
            }),
        }
        text.len()
    }

    /// Puts an accent that ends what was shown before together with the letter that was shown over it from `begun`.
    /// Returns where the string begins now.
    fn compose(&mut self, begun: usize, start: &Spot) -> usize {
        let (accent, base) = (
            self.text.get(..begun).and_then(|text| text.chars().next_back()),
            self.text.get(begun..).and_then(|text| text.chars().next()),
        );
        let (Some(accent), Some(base), Some(run)) = (accent, base, self.shown.last_mut()) else {
            return begun;
        };
        // Most strings follow a plain letter.
        if accent.is_ascii_alphanumeric() || run.text.end != begun || !overlies(&run.end, start) {
            return begun;
        }
        let Some(letter) = composed(accent, base) else {
            return begun;
        };
        let from = begun - accent.len_utf8();
        let mut buffer = [0; 4];
        self.text
            .replace_range(from..begun + base.len_utf8(), letter.encode_utf8(&mut buffer));
        run.text.end = from;
        run.end = *start;
        if run.text.is_empty() {
            self.shown.pop();
        }
        // What was shown last is part of the letter now, and no twin of it.
        self.last = None;
        from
    }

    /// Bold type is often made by showing the same string twice with a tiny shift.
    fn is_overprint(&self, text: &Range<usize>, start: &Spot) -> bool {
        self.last.as_ref().is_some_and(|(before, spot)| {
            let near = (start.x - spot.x).hypot(start.y - spot.y) < 0.1 * spot.em;
            near && self.text.get(before.clone()) == self.text.get(text.clone())
        })
    }

    /// The text without any white space, to tell whether two texts say the same.
    pub(super) fn squeezed(&self) -> String {
        squeeze(&self.text)
    }

    /// Adds all of `other` behind this.
    pub(super) fn append(&mut self, other: &Self) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        self.shown.extend(other.shown.iter().map(|run| Run {
            text: run.text.start + shift..run.text.end + shift,
            ..run.clone()
        }));
        self.last = None;
    }

    /// Whether the strings are single glyphs strewn over the page, so that only geometry can order them.
    fn is_scattered(&self) -> bool {
        let single = |run: &&Run| self.of(run).trim().chars().nth(1).is_none();
        self.shown.len() >= 20 && self.shown.iter().filter(single).count() * 2 > self.shown.len()
    }

    fn of(&self, run: &Run) -> &str {
        self.text.get(run.text.clone()).unwrap_or_default()
    }

    /// Lays the page out.
    pub(super) fn lay_out(&self) -> Layout {
        if self.is_scattered() {
            return self.in_order(&self.by_geometry());
        }
        let order: Vec<&Run> = self.shown.iter().collect();
        self.in_order(&order).with_labels()
    }

    fn in_order(&self, order: &[&Run]) -> Layout {
        let mut layout = Layout::default();
        let mut chains = chains(order, |run| self.of(run)).into_iter().peekable();
        let mut chain: Option<Chain> = None;
        for (at, run) in order.iter().enumerate() {
            let inside = |chain: &Chain| chain.narrow && at < chain.runs.end;
            let tight = chain.as_ref().is_some_and(inside);
            layout.add(run, self.of(run), tight);
            if let Some(next) = chains.next_if(|next| next.runs.start <= at) {
                if !next.narrow {
                    layout.say_beside(self.of(run).len(), next.text.clone());
                }
                chain = Some(next);
            }
        }
        layout
    }

    /// The runs by direction, line and place on it, without those that lie on top of an equal one.
    fn by_geometry(&self) -> Vec<&Run> {
        let mut order: Vec<&Run> = self.shown.iter().collect();
        let turn = |run: &Run| (run.start.dy.atan2(run.start.dx) * 50.0).round();
        order.sort_by(|a, b| {
            turn(a)
                .total_cmp(&turn(b))
                .then(b.start.up().total_cmp(&a.start.up()))
        });
        let mut lines: Vec<Vec<&Run>> = Vec::new();
        for run in order {
            match lines.last_mut() {
                Some(line) if line.first().is_some_and(|first| shares_line(first, run)) => line.push(run),
                _ => lines.push(vec![run]),
            }
        }
        for line in &mut lines {
            line.sort_by(|a, b| a.start.along().total_cmp(&b.start.along()));
            line.dedup_by(|b, a| {
                let near = (b.start.along() - a.start.along()).abs() < 0.1 * a.start.em;
                near && self.of(a) == self.of(b)
            });
        }
        lines.concat()
    }
}

fn shares_line(first: &Run, run: &Run) -> bool {
    first.start.same_direction(&run.start)
        && (first.start.up() - run.start.up()).abs() < SAME_LINE * first.start.em.max(run.start.em)
}

/// A text without any white space.
pub(super) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A stretch of one line that no wide gap interrupts: one line of a paragraph or of a cell.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    /// Where it stands in the page's text.
    pub(super) text: Range<usize>,
    /// Its line, from 0.
    pub(super) line: usize,
    /// What its spaced characters say when they are closed up, and where in it they begin.
    pub(super) spaced: Vec<(usize, String)>,
    start: Spot,
    end: Spot,
}

impl Fragment {
    /// How wide it is, in em.
    pub(super) fn width(&self) -> f64 {
        (self.end.along() - self.start.along()) / self.start.em
    }

    /// How far up the page it stands.
    pub(super) fn up(&self) -> f64 {
        self.start.up()
    }

    /// The size of its type.
    pub(super) fn em(&self) -> f64 {
        self.start.em
    }

    /// How far behind this `next` begins on the same line, in em.
    pub(super) fn gap_to(&self, next: &Self) -> Option<f64> {
        let em = self.start.em.max(next.start.em);
        let gap = (next.start.along() - self.end.along()) / em;
        let level = (self.start.up() - next.start.up()).abs() < SAME_LINE * em;
        (level && gap > -OVERLAP && self.start.same_direction(&next.start)).then_some(gap)
    }

    /// Whether `next` stands directly below, at the same left edge: the next line of the same cell.
    pub(super) fn continues_in(&self, next: &Self) -> bool {
        let em = self.start.em.max(next.start.em);
        let down = (self.start.up() - next.start.up()) / em;
        self.start.same_direction(&next.start)
            && (SAME_LINE..=1.6).contains(&down)
            && (self.start.along() - next.start.along()).abs() <= 1.0
    }

    /// How far below this `next` stands, in em, if it may be the next line of a cell whose lines are all set to one side
    /// or centred.
    pub(super) fn leading_to(&self, next: &Self) -> Option<f64> {
        let em = self.start.em.max(next.start.em);
        let leading = (self.start.up() - next.start.up()) / em;
        let (left, right) = (
            next.start.along() - self.start.along(),
            next.end.along() - self.end.along(),
        );
        let aligned = left.abs() <= 1.0 || right.abs() <= 1.0 || f64::midpoint(left, right).abs() <= 2.0;
        (leading >= SAME_LINE && aligned && self.start.same_direction(&next.start)).then_some(leading)
    }
}

/// The text of a page and the fragments it consists of.
#[derive(Default)]
pub(super) struct Layout {
    /// The text, lines parted by newlines.
    pub(super) text: String,
    /// Its fragments, in order.
    pub(super) fragments: Vec<Fragment>,
    lines: usize,
    /// The line of the layout this one is made from that it was taken from last.
    pub(super) source_line: Option<usize>,
}

impl Layout {
    /// The text of a fragment.
    pub(super) fn of(&self, fragment: &Fragment) -> &str {
        self.text.get(fragment.text.clone()).unwrap_or_default()
    }

    /// Adds a fragment as it is, behind `gap`.
    pub(super) fn push_fragment(&mut self, gap: &str, text: &str, like: &Fragment) {
        self.text.push_str(gap);
        self.lines += usize::from(gap == "\n");
        let start = self.text.len();
        self.text.push_str(text);
        self.fragments.push(Fragment {
            text: start..self.text.len(),
            line: self.lines,
            ..like.clone()
        });
    }

    /// Remembers what begins with the last so many bytes, when it is closed up.
    fn say_beside(&mut self, last: usize, text: String) {
        if let Some(fragment) = self.fragments.last_mut() {
            let offset = fragment.text.len().saturating_sub(last);
            fragment.spaced.push((offset, text));
        }
    }

    /// Adds a run; a `tight` one without any space, where it stands on the same line.
    fn add(&mut self, run: &Run, text: &str, tight: bool) {
        let step = self.fragments.last().map(|last| step(&last.end, &run.start));
        let gap = match step {
            None | Some(Step::Word) => "",
            Some(Step::Space) if tight => "",
            Some(Step::Space) if self.text.ends_with(' ') || text.starts_with(' ') => "",
            Some(Step::Space) => " ",
            Some(Step::Cell) => "\t",
            Some(Step::Line) => "\n",
        };
        self.text.push_str(gap);
        self.lines += usize::from(gap == "\n");
        let start = self.text.len();
        // A string of its own never holds a newline: the lines are counted here.
        self.text
            .extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
        match self.fragments.last_mut() {
            Some(last) if !matches!(step, None | Some(Step::Cell | Step::Line)) => {
                last.text.end = self.text.len();
                last.end = run.end;
            }
            _ => self.fragments.push(Fragment {
                text: start..self.text.len(),
                line: self.lines,
                spaced: Vec::new(),
                start: run.start,
                end: run.end,
            }),
        }
    }
}
