//! Runs the operators of a page that matter for text and gives its runs in content order.
//!
//! Content order, not geometry, is what producers write cells and paragraphs in: sorting by position tears
//! wrapped cells apart. Positions are kept all the same, since they alone say where words and lines end.

use std::collections::HashSet;
use std::rc::Rc;

use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, ObjectIdentifier, Stream, String as Bytes};

use super::budget::Budget;
use super::fonts::{Fonts, Typeface};
use super::images::{MAX_PICTURES, Shown, is_picture};
use super::layout::{Runs, Spot};
use super::seen::Seen;
use super::sound;
use crate::extract::Outlet;

/// Forms nested deeper than this are not followed.
const MAX_DEPTH: usize = 24;
/// Graphics states that are remembered; deeper ones only count.
const MAX_STATES: usize = 512;
/// A text that stands for glyphs may say so many letters less: one for a letter made of three.
const FEW_LETTERS: usize = 4;
/// Tiles of one page that are looked at.
const MAX_TILES: usize = 20_000;

/// Six numbers of an affine map: `[a b c d e f]`.
pub(super) type Matrix = [f64; 6];
pub(super) const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `inner`, then `outer`.
pub(super) fn concat(inner: &Matrix, outer: &Matrix) -> Matrix {
    let row = |x: f64, y: f64, z: f64| {
        let [xx, xy, yx, yy, zx, zy] = *outer;
        (x * xx + y * yx + z * zx, x * xy + y * yy + z * zy)
    };
    let [xx, xy, yx, yy, zx, zy] = *inner;
    let ((ax, ay), (bx, by), (cx, cy)) = (row(xx, xy, 0.0), row(yx, yy, 0.0), row(zx, zy, 1.0));
    [ax, ay, bx, by, cx, cy]
}

/// Where names in a content stream are looked up.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    pub(super) resources: Dict<'a>,
    pub(super) form_fonts: Dict<'a>,
}

impl<'a> Scope<'a> {
    fn entry<T>(&self, kind: &str, find: impl Fn(&Dict<'a>) -> Option<T>) -> Option<T> {
        find(&self.resources.get::<Dict<'a>>(kind)?)
    }
}

#[derive(Clone)]
struct State<'a> {
    ctm: Matrix,
    font: Option<Rc<Typeface<'a>>>,
    size: f64,
    char_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    /// Whether what is shown has ink: recognised text mostly lies behind its picture without.
    visible: bool,
}

/// Marked content that is open, and the text that stands for it if it says one.
struct Mark {
    replacement: Option<String>,
    /// Whether it began between the ends of a text object, where it has to end as well.
    in_text: bool,
}

/// A tile and where the names in it are looked up.
struct Tile<'a> {
    stream: Stream<'a>,
    scope: Scope<'a>,
}

/// Runs content streams.
pub(super) struct Interpreter<'a, 'r> {
    pub(super) fonts: &'r mut Fonts<'a>,
    pub(super) budget: &'r mut Budget,
    pub(super) out: &'r mut dyn Outlet,
    pub(super) runs: &'r mut Runs,
    pub(super) seen: &'r mut Seen,
    open_forms: HashSet<ObjectIdentifier>,
    depth: usize,
    /// How many open marks say their own text.
    replaced: usize,
    /// What was shown before the first of them; what is shown meanwhile is kept apart.
    before: Runs,
    /// Where the first of what is kept apart stands.
    first: Option<Spot>,
    /// Tiles that something is painted with, which can show text as forms do.
    tiles: Vec<Tile<'a>>,
    met_tiles: HashSet<ObjectIdentifier>,
    /// The pictures that were shown, where they are wanted.
    pub(super) pictures: Option<Vec<Shown<'a>>>,
}

impl<'a, 'r> Interpreter<'a, 'r> {
    pub(super) fn new(
        fonts: &'r mut Fonts<'a>,
        budget: &'r mut Budget,
        out: &'r mut dyn Outlet,
        runs: &'r mut Runs,
        seen: &'r mut Seen,
    ) -> Self {
        Self {
            fonts,
            budget,
            out,
            runs,
            seen,
            open_forms: HashSet::new(),
            depth: 0,
            replaced: 0,
            before: Runs::default(),
            first: None,
            tiles: Vec::new(),
            met_tiles: HashSet::new(),
            pictures: None,
        }
    }

    /// Runs `content` with names from `scope`. Stops quietly when the budget is spent.
    pub(super) fn run(&mut self, content: &[u8], scope: &Scope<'a>, ctm: Matrix) {
        let mut frame = Frame {
            state: State {
                ctm,
                font: None,
                size: 0.0,
                char_space: 0.0,
                word_space: 0.0,
                scale: 1.0,
                leading: 0.0,
                rise: 0.0,
                visible: true,
            },
            saved: Vec::new(),
            unsaved: 0,
            text: IDENTITY,
            line: IDENTITY,
            marks: Vec::new(),
            in_text: false,
        };
        self.budget.charge_bytes(content.len());
        let mut operations = TypedIter::new(content);
        while self.budget.operation(self.out) {
            let Some(operation) = operations.next() else {
                break;
            };
            self.operation(&operation, &mut frame, scope);
        }
        while let Some(mark) = frame.marks.pop() {
            self.replace(mark.replacement, &frame);
        }
        if self.depth == 0 {
            self.tiles(&ctm);
        }
    }

    fn operation(&mut self, operation: &Op<'_, '_>, frame: &mut Frame<'a>, scope: &Scope<'a>) {
        match operation {
            Op::SaveState(_) => frame.save(),
            Op::RestoreState(_) => frame.restore(),
            Op::Transform(m) => {
                let matrix = numbers([m.0, m.1, m.2, m.3, m.4, m.5]);
                frame.state.ctm = concat(&matrix, &frame.state.ctm);
            }
            Op::BeginText(_) => {
                frame.begin_line(IDENTITY);
                frame.in_text = true;
            }
            Op::EndText(_) => self.end_text(frame),
            Op::SetTextMatrix(m) => frame.begin_line(numbers([m.0, m.1, m.2, m.3, m.4, m.5])),
            Op::NextLine(by) => frame.next_line(by.0.as_f64(), by.1.as_f64()),
            Op::NextLineAndSetLeading(by) => {
                frame.state.leading = -by.1.as_f64();
                frame.next_line(by.0.as_f64(), by.1.as_f64());
            }
            Op::NextLineUsingLeading(_) => frame.next_line(0.0, -frame.state.leading),
            Op::CharacterSpacing(n) => frame.state.char_space = n.0.as_f64(),
            Op::WordSpacing(n) => frame.state.word_space = n.0.as_f64(),
            Op::HorizontalScaling(n) => frame.state.scale = n.0.as_f64() / 100.0,
            Op::TextLeading(n) => frame.state.leading = n.0.as_f64(),
            Op::TextRenderingMode(n) => frame.state.visible = !matches!(n.0.as_i64(), 3 | 7),
            Op::TextRise(n) => frame.state.rise = n.0.as_f64(),
            Op::TextFont(f) => {
                frame.state.font = Some(self.font(f.0, scope));
                frame.state.size = f.1.as_f64();
            }
            Op::SetGraphicsState(name) => self.graphics_state(name.0, frame, scope),
            Op::ShowText(text) => self.show(text.0.as_bytes(), frame),
            Op::ShowTexts(items) => self.show_all(items.0, frame),
            Op::NextLineAndShowText(text) => {
                frame.next_line(0.0, -frame.state.leading);
                self.show(text.0.as_bytes(), frame);
            }
            Op::ShowTextWithParameters(with) => {
                frame.state.word_space = with.0.as_f64();
                frame.state.char_space = with.1.as_f64();
                frame.next_line(0.0, -frame.state.leading);
                self.show(with.2.as_bytes(), frame);
            }
            Op::BeginMarkedContent(_) => self.open(None, frame),
            Op::BeginMarkedContentWithProperties(mark) => {
                self.open(actual_text(mark.1, scope), frame);
            }
            Op::EndMarkedContent(_) => {
                if let Some(mark) = frame.marks.pop() {
                    self.replace(mark.replacement, frame);
                }
            }
            Op::XObject(name) => self.object(name.0, frame, scope),
            Op::NonStrokeColorNamed(color) => self.painted_with(color.1, scope),
            Op::StrokeColorNamed(color) => self.painted_with(color.1, scope),
            Op::InlineImage(_) => {
                self.seen.picture(None, &frame.state.ctm);
                self.seen.keep_back();
            }
            Op::Shading(_) => self.seen.shading(),
            _ => self.path(operation, &frame.state.ctm),
        }
    }

    /// What is drawn with lines and curves.
    fn path(&mut self, operation: &Op<'_, '_>, ctm: &Matrix) {
        let at = |x: Number, y: Number| (x.as_f64(), y.as_f64());
        let seen = &mut *self.seen;
        match operation {
            Op::MoveTo(from) => seen.begin_shape(Some(at(from.0, from.1)), ctm),
            Op::ClosePath(_) => seen.begin_shape(None, ctm),
            Op::LineTo(to) => seen.line(at(to.0, to.1), ctm),
            Op::RectPath(rect) => {
                seen.begin_shape(None, ctm);
                seen.line(at(rect.0, rect.1), ctm);
            }
            Op::CubicTo(to) => seen.curve(at(to.4, to.5), ctm),
            Op::CubicStartTo(to) => seen.curve(at(to.2, to.3), ctm),
            Op::CubicEndTo(to) => seen.curve(at(to.2, to.3), ctm),
            Op::FillPathNonZero(_)
            | Op::FillPathNonZeroCompatibility(_)
            | Op::FillPathEvenOdd(_)
            | Op::FillAndStrokeNonZero(_)
            | Op::FillAndStrokeEvenOdd(_)
            | Op::CloseFillAndStrokeNonZero(_)
            | Op::CloseFillAndStrokeEvenOdd(_) => seen.end_path(true),
            Op::StrokePath(_) | Op::CloseAndStrokePath(_) | Op::EndPath(_) => seen.end_path(false),
            _ => {}
        }
    }

    fn font(&mut self, name: &Name<'_>, scope: &Scope<'a>) -> Rc<Typeface<'a>> {
        let key = name.as_ref();
        let dict = scope
            .entry("Font", |fonts| fonts.get::<Dict<'a>>(key))
            .or_else(|| scope.form_fonts.get::<Dict<'a>>(key));
        match dict {
            Some(dict) => self.fonts.load(&dict),
            None => self.fonts.missing(),
        }
    }

    fn graphics_state(&mut self, name: &Name<'_>, frame: &mut Frame<'a>, scope: &Scope<'a>) {
        let chosen = scope.entry("ExtGState", |states| {
            let font = states.get::<Dict<'a>>(name.as_ref())?.get::<Array<'a>>("Font")?;
            let dict = font.iter::<Object<'a>>().next()?.into_dict()?;
            let size = font.iter::<Object<'a>>().nth(1)?.into_number()?;
            Some((dict, size.as_f64()))
        });
        if let Some((dict, size)) = chosen {
            frame.state.font = Some(self.fonts.load(&dict));
            frame.state.size = size;
        }
        // A mask that is drawn can show letters.
        let mask = scope.entry("ExtGState", |states| {
            let mask = states.get::<Dict<'a>>(name.as_ref())?.get::<Dict<'a>>("SMask")?;
            mask.get::<Stream<'a>>("G")
        });
        if let Some(mask) = mask {
            self.lay(mask, scope);
        }
    }

    fn object(&mut self, name: &Name<'_>, frame: &Frame<'a>, scope: &Scope<'a>) {
        let Some(stream) = scope.entry("XObject", |all| all.get::<Stream<'a>>(name.as_ref())) else {
            return;
        };
        if !is_picture(&stream) {
            self.form(&stream, scope, &frame.state.ctm);
            return;
        }
        let ctm = frame.state.ctm;
        self.seen.picture(Some(stream.obj_id()), &ctm);
        match &mut self.pictures {
            Some(pictures) if pictures.len() < MAX_PICTURES => pictures.push(Shown { stream, ctm }),
            _ => self.seen.keep_back(),
        }
    }

    fn painted_with(&mut self, name: Option<&Name<'_>>, scope: &Scope<'a>) {
        let tile = name.and_then(|name| scope.entry("Pattern", |all| all.get::<Stream<'a>>(name.as_ref())));
        if let Some(stream) = tile {
            self.lay(stream, scope);
        }
    }

    /// Notes a form that is shown in another way than by its name.
    fn lay(&mut self, stream: Stream<'a>, scope: &Scope<'a>) {
        let id = stream.obj_id();
        if self.met_tiles.contains(&id) {
            return;
        }
        if self.met_tiles.len() >= MAX_TILES {
            self.seen.cut += 1;
            return;
        }
        self.met_tiles.insert(id);
        let scope = scope.clone();
        self.tiles.push(Tile { stream, scope });
    }

    /// Runs the tiles: each once, however often it is laid, and behind the page, whose lines it would tear. What they
    /// draw beside text says nothing of the page.
    fn tiles(&mut self, ctm: &Matrix) {
        let pictures = self.pictures.take();
        while let Some(tile) = self.tiles.pop() {
            let before = self.seen.drawn();
            self.form(&tile.stream, &tile.scope, ctm);
            self.seen.set_drawn(before);
        }
        self.pictures = pictures;
    }

    /// Runs what an annotation shows, with the tiles it is painted with.
    pub(super) fn appearance(&mut self, stream: &Stream<'a>, scope: &Scope<'a>, ctm: &Matrix) {
        self.form(stream, scope, ctm);
        self.tiles(ctm);
    }

    /// Runs a form with its own resources; those of its surroundings stand in where it has none.
    fn form(&mut self, stream: &Stream<'a>, around: &Scope<'a>, ctm: &Matrix) {
        let id = stream.obj_id();
        if self.depth >= MAX_DEPTH {
            self.seen.cut += 1;
            return;
        }
        if !self.open_forms.insert(id) {
            return;
        }
        if let Some(content) = sound::decoded(stream) {
            self.seen.damaged += u64::from(!content.is_whole);
            let dict = stream.dict();
            let matrix = dict.get::<[f64; 6]>("Matrix").unwrap_or(IDENTITY);
            let scope = Scope {
                resources: dict
                    .get::<Dict<'a>>("Resources")
                    .unwrap_or_else(|| around.resources.clone()),
                form_fonts: around.form_fonts.clone(),
            };
            self.depth += 1;
            self.run(&content.bytes, &scope, concat(&matrix, ctm));
            self.depth -= 1;
        } else {
            self.seen.damaged += 1;
        }
        self.open_forms.remove(&id);
    }

    fn show_all(&mut self, items: &Array<'_>, frame: &mut Frame<'a>) {
        for item in items.iter::<Object<'_>>() {
            match item {
                Object::String(text) if self.budget.string(self.out) => self.show(text.as_bytes(), frame),
                Object::Number(back) => {
                    frame.advance(
                        -back.as_f64() / 1000.0 * frame.state.size * frame.state.scale,
                        0.0,
                    );
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, bytes: &[u8], frame: &mut Frame<'a>) {
        let face = frame.state.font.clone().unwrap_or_else(|| self.fonts.missing());
        let (start, from) = (frame.spot(), frame.place());
        let before = self.runs.begin();
        self.seen.string_begins(from, frame.em());
        let mut at = 0;
        while at < bytes.len() {
            let (code, length) = face.read_code(bytes, at);
            at += length;
            if at % 65_536 < length && !self.budget.string(self.out) {
                break;
            }
            let glyph = face.glyph(code);
            if glyph.text.chars().any(|c| !c.is_whitespace()) {
                let is_known = &*glyph.text != "\u{FFFD}";
                self.seen
                    .character(code, glyph.mapped, is_known, frame.state.visible);
            }
            self.runs.push(&glyph.text);
            let state = &frame.state;
            let gap = state.char_space
                + if code == 32 && length == 1 {
                    state.word_space
                } else {
                    0.0
                };
            let (x, y) = glyph.advance;
            if y == 0.0 {
                frame.advance((x / 1000.0 * state.size + gap) * state.scale, 0.0);
            } else {
                frame.advance(0.0, y / 1000.0 * state.size + gap);
            }
        }
        let (to, em) = (frame.place(), frame.em());
        self.seen.string_ends(to);
        if frame.state.visible {
            self.seen.ink((to.0 - from.0).hypot(to.1 - from.1) * em);
        }
        if self.replaced > 0 {
            self.first.get_or_insert(start);
        }
        let written = self.runs.end(before, &start, &frame.spot());
        self.budget.characters(written);
    }

    fn open(&mut self, replacement: Option<String>, frame: &mut Frame<'a>) {
        if replacement.is_some() {
            if self.replaced == 0 {
                self.before = std::mem::take(self.runs);
            }
            self.replaced += 1;
        }
        frame.marks.push(Mark {
            replacement,
            in_text: frame.in_text,
        });
    }

    /// Ends a text object, and with it what was marked in it: a forgotten end would take the rest of the page along.
    fn end_text(&mut self, frame: &mut Frame<'a>) {
        frame.in_text = false;
        let mut marks = std::mem::take(&mut frame.marks);
        for mark in marks.iter_mut().rev().take_while(|mark| mark.in_text) {
            self.replace(mark.replacement.take(), frame);
        }
        frame.marks = marks;
    }

    /// Ends marked content; where it says its text, that stands at the place where it was shown. What was shown stays
    /// where the text that stands for it says far less.
    fn replace(&mut self, replacement: Option<String>, frame: &Frame<'a>) {
        let Some(text) = replacement else {
            return;
        };
        self.replaced = self.replaced.saturating_sub(1);
        if self.replaced > 0 {
            return;
        }
        let shown = std::mem::replace(self.runs, std::mem::take(&mut self.before));
        let (said, seen) = (letters(&text), letters(&shown.squeezed()));
        if seen > said * 2 && seen >= said + FEW_LETTERS {
            self.runs.append(&shown);
        }
        let start = self.first.take().unwrap_or_else(|| frame.spot());
        let before = self.runs.begin();
        self.runs.push(&text);
        let written = self.runs.end(before, &start, &frame.spot());
        self.budget.characters(written);
    }
}

/// How many letters and digits stand in a text.
fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// The state of one content stream.
struct Frame<'a> {
    state: State<'a>,
    saved: Vec<State<'a>>,
    unsaved: usize,
    text: Matrix,
    line: Matrix,
    marks: Vec<Mark>,
    in_text: bool,
}

impl Frame<'_> {
    fn save(&mut self) {
        if self.saved.len() < MAX_STATES {
            self.saved.push(self.state.clone());
        } else {
            self.unsaved += 1;
        }
    }

    fn restore(&mut self) {
        if self.unsaved > 0 {
            self.unsaved -= 1;
        } else if let Some(state) = self.saved.pop() {
            self.state = state;
        }
    }

    fn begin_line(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.text = matrix;
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.begin_line(concat(&[1.0, 0.0, 0.0, 1.0, x, y], &self.line));
    }

    fn advance(&mut self, x: f64, y: f64) {
        self.text = concat(&[1.0, 0.0, 0.0, 1.0, x, y], &self.text);
    }

    /// Where the next glyph stands, in the space of the page, with the direction of the writing.
    fn spot(&self) -> Spot {
        let [xx, xy, .., x, y] = self.map();
        Spot::new((x, y), (xx, xy), self.em())
    }

    fn place(&self) -> (f64, f64) {
        let [.., x, y] = self.map();
        (x, y)
    }

    /// The size of the writing in the space of the page.
    fn em(&self) -> f64 {
        let [_, _, yx, yy, ..] = self.map();
        self.state.size.abs() * yx.hypot(yy)
    }

    fn map(&self) -> Matrix {
        let rise = [1.0, 0.0, 0.0, 1.0, 0.0, self.state.rise];
        concat(&rise, &concat(&self.text, &self.state.ctm))
    }
}

fn numbers(six: [Number; 6]) -> Matrix {
    six.map(|n| n.as_f64())
}

/// The text that a marked content's properties put in place of its glyphs.
fn actual_text(properties: &Object<'_>, scope: &Scope<'_>) -> Option<String> {
    let told = match properties {
        Object::Dict(dict) => dict.get::<Bytes<'_>>("ActualText")?.as_bytes().to_vec(),
        Object::Name(name) => scope.entry("Properties", |all| {
            let dict = all.get::<Dict<'_>>(name.as_ref())?;
            Some(dict.get::<Bytes<'_>>("ActualText")?.as_bytes().to_vec())
        })?,
        _ => return None,
    };
    Some(super::strings::text_string(&told))
}
