//! What a page shows beside its text, to tell a picture of text from a page that says what it shows.
//!
//! A scanner's stamp, a line that a telephone writes across its picture or a footer on letters drawn as outlines are
//! text too, and would let the page count as read.

use hayro_syntax::object::ObjectIdentifier;

use super::content::Matrix;

/// So many curves without text are a page whose letters are drawn as outlines.
const MANY_CURVES: u64 = 400;
/// So many shapes that look like letters are a text.
const MANY_LETTERS: u64 = 300;
/// How high and wide, in points, a letter is.
const LETTER: std::ops::RangeInclusive<f64> = 2.0..=40.0;
/// So much hidden text is the text that a recogniser put behind its picture.
const MUCH_HIDDEN: u64 = 60;
/// What a stamp, a header and a footer come to.
const FEW_CHARACTERS: u64 = 400;
/// Which part of the page they take: large letters on a picture are the text of a slide.
const SMALL_PART: f64 = 0.03;
/// Which part of a page its pictures cover where it is one.
const MOST: f64 = 0.8;
/// Cells along each side of the grid that pictures are laid on.
const CELLS: u32 = 64;

/// The edges of a page: left, bottom, right, top.
pub(super) type Edges = [f64; 4];

/// What was seen on a page beside its text.
#[derive(Default)]
pub(super) struct Seen {
    page: Option<Edges>,
    pub(super) mapped: u64,
    pub(super) unmapped: u64,
    /// Characters that nobody sees: shown without ink, or behind a picture.
    hidden: u64,
    /// The area that characters take which are seen.
    ink: f64,
    /// What is drawn.
    drawn: Drawn,
    /// Streams that could not be decoded.
    pub(super) damaged: u64,
}

/// What is drawn on a page.
#[derive(Clone, Default)]
pub(super) struct Drawn {
    images: u64,
    covered: Cover,
    /// The picture that covers the page by itself.
    alone: Option<ObjectIdentifier>,
    /// Whether one picture of all covers the page.
    single: bool,
    curves: u64,
    lines: u64,
    letters: u64,
    shape: Shape,
    shapes: u64,
}

/// Whether a page is a picture of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pictured {
    /// It is not.
    No,
    /// It is.
    Yes,
    /// It is, unless this picture lies behind other pages as well.
    UnlessShared(ObjectIdentifier),
}

impl Seen {
    /// Nothing so far, on a page with these edges.
    pub(super) fn on(page: Edges) -> Self {
        let [left, bottom, right, top] = page;
        let has_area = right - left > 1.0 && top - bottom > 1.0;
        Self {
            page: has_area.then_some(page),
            ..Self::default()
        }
    }

    /// Whether what a person reads here is (nearly) all picture.
    pub(super) fn pictured(&self) -> Pictured {
        let drawn = &self.drawn;
        let is_bare = self.mapped < 10 && (drawn.images > 0 || drawn.curves >= MANY_CURVES);
        let is_outlined = drawn.letters >= MANY_LETTERS && drawn.letters > 2 * self.mapped;
        let one_covers = drawn.images == 1 && drawn.single && self.mapped < 60;
        if is_bare || is_outlined || one_covers {
            return Pictured::Yes;
        }
        let visible = self.mapped.saturating_sub(self.hidden);
        if drawn.covered.part() <= MOST
            || self.hidden >= MUCH_HIDDEN
            || visible >= FEW_CHARACTERS
            || self.ink > SMALL_PART * self.area()
        {
            return Pictured::No;
        }
        drawn.alone.map_or(Pictured::Yes, Pictured::UnlessShared)
    }

    /// The picture that covers the page by itself.
    pub(super) fn background(&self) -> Option<ObjectIdentifier> {
        self.drawn.alone
    }

    fn area(&self) -> f64 {
        self.page
            .map_or(0.0, |[left, bottom, right, top]| (right - left) * (top - bottom))
    }

    /// Notes a character: whether anybody knows what it says, and whether it has ink.
    pub(super) fn character(&mut self, mapped: bool, is_visible: bool) {
        if mapped {
            self.mapped += 1;
            self.hidden += u64::from(!is_visible);
        } else {
            self.unmapped += 1;
        }
    }

    /// Notes that visible text takes an area.
    pub(super) fn ink(&mut self, area: f64) {
        if area.is_finite() {
            self.ink += area;
        }
    }

    /// Notes a picture that `ctm` lays the unit square on.
    pub(super) fn picture(&mut self, id: Option<ObjectIdentifier>, ctm: &Matrix) {
        let drawn = &mut self.drawn;
        drawn.images += 1;
        let Some(page) = self.page else {
            return;
        };
        let own = Cover::of(ctm, page);
        drawn.covered.add(&own);
        if own.part() > MOST {
            drawn.alone = id;
            drawn.single = true;
            // Recognisers that know no text without ink put theirs behind the picture.
            self.hidden = self.mapped;
            self.ink = 0.0;
        }
    }

    /// Notes something that has no edges of its own.
    pub(super) fn shading(&mut self) {
        self.drawn.images += 1;
    }

    /// Begins a part of a path.
    pub(super) fn begin_shape(&mut self) {
        self.drawn.end_shape();
    }

    /// Adds a line to a path.
    pub(super) fn line(&mut self, to: (f64, f64), ctm: &Matrix) {
        self.drawn.lines += 1;
        self.drawn.shape.add(to, ctm);
        self.drawn.shape.lines += 1;
    }

    /// Adds a curve to a path.
    pub(super) fn curve(&mut self, to: (f64, f64), ctm: &Matrix) {
        self.drawn.curves += 1;
        self.drawn.shape.add(to, ctm);
        self.drawn.shape.curves += 1;
    }

    /// Ends a path, which is filled or not.
    pub(super) fn end_path(&mut self, filled: bool) {
        self.drawn.end_shape();
        let shapes = std::mem::take(&mut self.drawn.shapes);
        self.drawn.letters += if filled { shapes } else { 0 };
    }

    /// What is drawn so far.
    pub(super) fn drawn(&self) -> Drawn {
        self.drawn.clone()
    }

    /// Forgets what was drawn since.
    pub(super) fn set_drawn(&mut self, drawn: Drawn) {
        self.drawn = drawn;
    }

    /// Adds the characters of something shown upon the page.
    pub(super) fn add(&mut self, other: &Self) {
        self.mapped += other.mapped;
        self.unmapped += other.unmapped;
        self.hidden += other.hidden;
        self.ink += other.ink;
        self.damaged += other.damaged;
    }

    /// Whether the page shows nothing at all.
    pub(super) fn is_blank(&self) -> bool {
        let Drawn {
            images,
            curves,
            lines,
            ..
        } = self.drawn;
        self.mapped + self.unmapped + images + curves + lines == 0
    }

    /// Whether the characters are mostly anybody's guess.
    pub(super) fn is_unreadable(&self) -> bool {
        self.unmapped >= 10 && self.unmapped * 10 > (self.mapped + self.unmapped) * 3
    }
}

impl Drawn {
    fn end_shape(&mut self) {
        self.shapes += u64::from(self.shape.is_letter());
        self.shape = Shape::default();
    }
}

/// One closed part of a path.
#[derive(Clone, Default)]
struct Shape {
    curves: u64,
    lines: u64,
    /// Its edges so far.
    edges: Option<Edges>,
}

impl Shape {
    fn add(&mut self, (x, y): (f64, f64), ctm: &Matrix) {
        let [xx, xy, yx, yy, x0, y0] = *ctm;
        let (x, y) = (x * xx + y * yx + x0, x * xy + y * yy + y0);
        let [left, bottom, right, top] = self.edges.unwrap_or([x, y, x, y]);
        self.edges = Some([left.min(x), bottom.min(y), right.max(x), top.max(y)]);
    }

    /// Whether it has the size and the roundness of a letter. Four curves are a dot.
    fn is_letter(&self) -> bool {
        let Some([left, bottom, right, top]) = self.edges else {
            return false;
        };
        let is_dot = self.curves <= 4 && self.lines == 0;
        self.curves >= 2 && !is_dot && LETTER.contains(&(right - left)) && LETTER.contains(&(top - bottom))
    }
}

/// Which cells of a page are covered: a row of them in each number.
#[derive(Clone)]
struct Cover([u64; CELLS as usize]);

impl Default for Cover {
    fn default() -> Self {
        Self([0; CELLS as usize])
    }
}

impl Cover {
    /// The cells that a picture covers where `ctm` lays the unit square.
    fn of(ctm: &Matrix, page: Edges) -> Self {
        let [xx, xy, yx, yy, x, y] = *ctm;
        let (wide, high) = (xx.abs() + yx.abs(), xy.abs() + yy.abs());
        let mut cells = Self::default();
        // One that lies aslant covers little of the square around it.
        if (xx * yy - xy * yx).abs() < 0.7 * wide * high {
            return cells;
        }
        let (left, bottom) = (x + xx.min(0.0) + yx.min(0.0), y + xy.min(0.0) + yy.min(0.0));
        let [page_left, page_bottom, page_right, page_top] = page;
        let columns = span(left, left + wide, page_left, page_right);
        let rows = span(bottom, bottom + high, page_bottom, page_top);
        for (row, bits) in (0..).zip(&mut cells.0) {
            if rows & (1 << row) != 0 {
                *bits = columns;
            }
        }
        cells
    }

    fn add(&mut self, other: &Self) {
        for (row, more) in self.0.iter_mut().zip(&other.0) {
            *row |= more;
        }
    }

    /// Which part of the page is covered.
    fn part(&self) -> f64 {
        let cells: u32 = self.0.iter().map(|row| row.count_ones()).sum();
        f64::from(cells) / f64::from(CELLS * CELLS)
    }
}

/// The cells between `first` and `last` whose middle lies from `low` to `high`.
fn span(low: f64, high: f64, first: f64, last: f64) -> u64 {
    let cell = (last - first) / f64::from(CELLS);
    let middle = |n: u32| first + (f64::from(n) + 0.5) * cell;
    (0..CELLS)
        .filter(|n| (low..=high).contains(&middle(*n)))
        .fold(0, |bits, n| bits | 1 << n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Edges = [0.0, 0.0, 595.0, 842.0];

    #[test]
    fn pictures_cover_what_they_are_laid_on() {
        let part = |ctm: &Matrix| Cover::of(ctm, PAGE).part();
        assert!((part(&[595.0, 0.0, 0.0, 842.0, 0.0, 0.0]) - 1.0).abs() < 0.01);
        // Turned, upside down, beyond the page.
        assert!((part(&[0.0, 842.0, -595.0, 0.0, 595.0, 0.0]) - 1.0).abs() < 0.01);
        assert!((part(&[595.0, 0.0, 0.0, -421.0, 0.0, 842.0]) - 0.5).abs() < 0.02);
        assert!((part(&[9e9, 0.0, 0.0, 9e9, -1e9, -1e9]) - 1.0).abs() < 0.01);
        for none in [[f64::NAN; 6], [0.0; 6], [400.0, 400.0, -400.0, 400.0, 400.0, 0.0]] {
            assert!(part(&none) < 0.01);
        }
        let mut strips = Cover::default();
        for y in 0..10 {
            strips.add(&Cover::of(&[595.0, 0.0, 0.0, 84.2, 0.0, 84.2 * f64::from(y)], PAGE));
        }
        assert!((strips.part() - 1.0).abs() < 0.01);
    }
}
