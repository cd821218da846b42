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
/// Which part of a page they are on at least: squares that machines read are small.
const SPREAD: f64 = 0.025;
/// How high and wide, in points, a letter is.
const LETTER: std::ops::RangeInclusive<f64> = 3.0..=40.0;
/// So much hidden text is the text that a recogniser put behind its picture.
const MUCH_HIDDEN: u64 = 60;
/// What a stamp, a header and a footer come to.
const FEW_CHARACTERS: u64 = 400;
/// Which part of the page they take: large letters on a picture are the text of a slide.
const SMALL_PART: f64 = 0.03;
/// Which part of a page its pictures cover where it is one.
const MOST: f64 = 0.8;
/// So many characters in a row that nobody can name are a word that is missed.
const LONG_WORD: u64 = 4;
/// Fewer than so many on a page are signs, of which there are fonts without names.
const SOME: u64 = 10;
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
    drawn: Drawn,
    /// Streams that could not be decoded.
    pub(super) damaged: u64,
    /// Things left out, since there are too many or they lie too deep.
    pub(super) cut: u64,
    word: Word,
    /// Words of which nobody can name a character, and how many characters they have.
    nameless: (u64, u64),
}

/// A word of characters that nobody can name.
#[derive(Default)]
struct Word {
    length: u64,
    code: u32,
    /// Whether more than one code stands in it: a line of dots is no word.
    is_mixed: bool,
    /// Where the next string stands that is part of it.
    end: (f64, f64),
}

/// What is drawn on a page.
#[derive(Clone, Default)]
pub(super) struct Drawn {
    /// Characters that nobody sees: shown without ink, or behind a picture.
    hidden: u64,
    /// The area that the others take.
    ink: f64,
    images: u64,
    /// Pictures that text recognition cannot be given.
    kept_back: u64,
    covered: Cover,
    /// The picture that covers the page by itself.
    alone: Option<ObjectIdentifier>,
    /// Whether one picture of all covers the page.
    single: bool,
    curves: u64,
    lines: u64,
    letters: u64,
    /// Where the letters stand.
    lettered: Option<Edges>,
    shape: Shape,
    /// Letters of a path that may still be filled, and where they stand.
    shapes: (u64, Option<Edges>),
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
        let is_outlined = drawn.letters >= MANY_LETTERS
            && drawn.letters > 2 * self.mapped
            && drawn.lettered.map_or(0.0, area) >= SPREAD * self.area();
        let one_covers = drawn.images == 1 && drawn.single && self.mapped < 60;
        if is_bare || is_outlined || one_covers {
            return Pictured::Yes;
        }
        let visible = self.mapped.saturating_sub(drawn.hidden);
        if drawn.covered.part() <= MOST
            || drawn.hidden >= MUCH_HIDDEN
            || visible >= FEW_CHARACTERS
            || drawn.ink > SMALL_PART * self.area()
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
        self.page.map_or(0.0, area)
    }

    /// Notes a character: whether the document says what it is, whether anybody knows, and whether it has ink.
    pub(super) fn character(&mut self, code: u32, mapped: bool, is_known: bool, is_visible: bool) {
        if is_known {
            self.end_word();
        } else {
            let word = &mut self.word;
            word.is_mixed |= word.length > 0 && word.code != code;
            word.code = code;
            word.length += 1;
        }
        if mapped {
            self.mapped += 1;
            self.drawn.hidden += u64::from(!is_visible);
        } else {
            self.unmapped += 1;
        }
    }

    /// Notes that visible text takes an area.
    pub(super) fn ink(&mut self, area: f64) {
        if area.is_finite() {
            self.drawn.ink += area;
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
            drawn.hidden = self.mapped;
            drawn.ink = 0.0;
        }
    }

    /// Notes that a picture cannot be given to text recognition.
    pub(super) fn keep_back(&mut self) {
        self.drawn.kept_back += 1;
    }

    /// Whether text recognition can be given all pictures.
    pub(super) fn gives_all(&self) -> bool {
        self.drawn.kept_back == 0
    }

    /// Notes that a string begins at a place.
    pub(super) fn string_begins(&mut self, at: (f64, f64), em: f64) {
        let (x, y) = (at.0 - self.word.end.0, at.1 - self.word.end.1);
        if x.hypot(y) > 1.5 * em {
            self.end_word();
        }
    }

    /// Notes that it ends.
    pub(super) fn string_ends(&mut self, at: (f64, f64)) {
        self.word.end = at;
    }

    fn end_word(&mut self) {
        self.nameless = self.all_nameless();
        self.word = Word {
            end: self.word.end,
            ..Word::default()
        };
    }

    /// Words without names with the one that has not ended yet. One alone is a bullet or a sign.
    fn all_nameless(&self) -> (u64, u64) {
        let (words, characters) = self.nameless;
        let Word { length, is_mixed, .. } = self.word;
        if length < 2 || !is_mixed {
            return self.nameless;
        }
        (words + u64::from(length >= LONG_WORD), characters + length)
    }

    /// Notes something that has no edges of its own.
    pub(super) fn shading(&mut self) {
        self.drawn.images += 1;
    }

    /// Begins a part of a path.
    pub(super) fn begin_shape(&mut self, from: Option<(f64, f64)>, ctm: &Matrix) {
        self.drawn.end_shape();
        if let Some(from) = from {
            self.drawn.shape.add(from, ctm);
        }
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
        let (letters, edges) = std::mem::take(&mut self.drawn.shapes);
        if filled {
            self.drawn.letters += letters;
            self.drawn.lettered = around(self.drawn.lettered, edges);
        }
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
        self.drawn.hidden += other.drawn.hidden;
        self.drawn.ink += other.drawn.ink;
        self.damaged += other.damaged;
        self.cut += other.cut;
        let (words, characters) = other.all_nameless();
        self.nameless.0 += words;
        self.nameless.1 += characters;
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

    /// Whether the characters are mostly anybody's guess, or a word or some of them are not even that.
    pub(super) fn is_unreadable(&self) -> bool {
        let all = self.mapped + self.unmapped;
        let (words, characters) = self.all_nameless();
        (self.unmapped >= 10 && self.unmapped * 10 > all * 3)
            || words > 0
            || (characters >= SOME && characters * 50 > all)
    }
}

impl Drawn {
    fn end_shape(&mut self) {
        let shape = std::mem::take(&mut self.shape);
        if shape.is_letter() {
            self.shapes = (self.shapes.0 + 1, around(self.shapes.1, shape.edges));
        }
    }
}

/// The edges around both.
fn around(one: Option<Edges>, other: Option<Edges>) -> Option<Edges> {
    let (Some([left, bottom, right, top]), Some([l, b, r, t])) = (one, other) else {
        return one.or(other);
    };
    Some([left.min(l), bottom.min(b), right.max(r), top.max(t)])
}

fn area([left, bottom, right, top]: Edges) -> f64 {
    (right - left) * (top - bottom)
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
        self.edges = around(self.edges, Some([x, y, x, y]));
    }

    /// Whether it has the size and the roundness of a letter. Four curves are a dot.
    fn is_letter(&self) -> bool {
        let Some([left, bottom, right, top]) = self.edges else {
            return false;
        };
        let is_dot = self.curves == 4 && self.lines == 0;
        self.curves > 0 && !is_dot && LETTER.contains(&(right - left)) && LETTER.contains(&(top - bottom))
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
            strips.add(&Cover::of(
                &[595.0, 0.0, 0.0, 84.2, 0.0, 84.2 * f64::from(y)],
                PAGE,
            ));
        }
        assert!((strips.part() - 1.0).abs() < 0.01);
    }
}
