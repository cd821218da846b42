//! From the bytes of a shown string to characters and widths.
//!
//! hayro-font knows the encodings of PDF fonts. What it leaves open is guessed in two steps (the embedded font's
//! own character map read backwards, then Windows-1252), since a guess that is wrong costs nothing and a name
//! that is missed is never found.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::sound::Fare;
use super::strings::plain;
use super::tex;
use encoding_rs::{MACINTOSH, WINDOWS_1252};
use hayro_font::hayro_cmap::BfString;
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontResolverFn, OutlineGlyph};
use hayro_syntax::object::{Array, Dict, Name, Object};
use skrifa::{FontRef, MetadataProvider};

/// A font file with no glyphs, in place of the fonts that are not embedded: characters and widths of those come
/// from tables, only their outlines would come from here.
const EMPTY_FONT: [u8; 12] = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Names of one encoding that are read.
const MAX_NAMES: usize = 1024;
/// More mappings than this are not read from a font's character map.
const MAX_MAPPINGS: usize = 70_000;

/// One character code of a font.
pub(super) struct Glyph {
    /// What it says: mostly one character, several for a ligature, U+FFFD when nobody knows.
    pub(super) text: Box<str>,
    /// How far it moves on, in thousandths of the font size.
    pub(super) advance: (f64, f64),
    /// Whether the document itself says which character it is.
    pub(super) mapped: bool,
}

/// The fonts of a document, each loaded once.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    resolver: FontResolverFn,
    cmaps: CMapResolverFn,
    /// By where the font's dictionary lies in memory, which does not move as long as the document lives.
    loaded: HashMap<(usize, usize), Rc<Typeface<'a>>>,
    /// Where no font was chosen or the chosen one does not exist.
    missing: Rc<Typeface<'a>>,
    fare: Fare,
    too_dear: u64,
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Self {
            cache: FontCache::new(),
            resolver: Arc::new(|_| Some((Arc::new(EMPTY_FONT), 0))),
            cmaps: Arc::new(|_| None),
            loaded: HashMap::new(),
            missing: Rc::new(Typeface::new(None, false, None)),
            fare: Fare::default(),
            too_dear: 0,
        }
    }

    /// The font that `dict` describes.
    pub(super) fn load(&mut self, dict: &Dict<'a>) -> Rc<Typeface<'a>> {
        let key = (dict.data().as_ptr() as usize, dict.data().len());
        if let Some(known) = self.loaded.get(&key) {
            return Rc::clone(known);
        }
        let wide = dict
            .get::<Name<'_>>("Subtype")
            .is_some_and(|kind| kind.as_ref() == b"Type0");
        let unicode = wide
            && dict
                .get::<Name<'_>>("Encoding")
                .is_some_and(|name| is_unicode(&name));
        let font = if unicode {
            None
        } else if self.fare.affords(dict) {
            self.cache.font(dict, &self.resolver, &self.cmaps)
        } else {
            self.too_dear += 1;
            None
        };
        let mut face = Typeface::new(font, wide, (!wide).then(|| dict.clone()));
        face.unicode = unicode;
        let face = Rc::new(face);
        self.loaded.insert(key, Rc::clone(&face));
        face
    }

    /// How many fonts were not loaded, since they would have cost too much.
    pub(super) fn too_dear(&self) -> u64 {
        self.too_dear
    }

    /// The stand-in for a font that is not there.
    pub(super) fn missing(&self) -> Rc<Typeface<'a>> {
        Rc::clone(&self.missing)
    }
}

/// A font with what is already known of its codes.
pub(super) struct Typeface<'a> {
    font: Option<Font<'a>>,
    wide: bool,
    /// Whether the codes are UTF-16.
    unicode: bool,
    glyphs: RefCell<HashMap<u32, Rc<Glyph>>>,
    reverse: OnceCell<HashMap<u32, char>>,
    /// The dictionary of a font with codes of one byte.
    dict: Option<Dict<'a>>,
    names: OnceCell<(HashMap<u32, String>, tex::Encoding)>,
}

impl<'a> Typeface<'a> {
    fn new(font: Option<Font<'a>>, wide: bool, dict: Option<Dict<'a>>) -> Self {
        Self {
            font,
            wide,
            unicode: false,
            glyphs: RefCell::default(),
            reverse: OnceCell::new(),
            dict,
            names: OnceCell::new(),
        }
    }

    /// Reads the next code of `bytes` at `at`: the code and how many bytes it takes, at least one.
    pub(super) fn read_code(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        match &self.font {
            _ if self.unicode => utf16(bytes, at),
            Some(font) if at < bytes.len() => {
                let (code, length) = font.read_code(bytes, at);
                (code, length.max(1))
            }
            _ => (bytes.get(at).copied().map_or(0, u32::from), 1),
        }
    }

    /// What a code says.
    pub(super) fn glyph(&self, code: u32) -> Rc<Glyph> {
        if let Some(known) = self.glyphs.borrow().get(&code) {
            return Rc::clone(known);
        }
        let glyph = Rc::new(self.look_up(code));
        self.glyphs.borrow_mut().insert(code, Rc::clone(&glyph));
        glyph
    }

    fn look_up(&self, code: u32) -> Glyph {
        if self.unicode {
            let text = char::from_u32(code).map(|c| text_of(BfString::Char(c)));
            // Only the letters of these scripts fill the square they stand in.
            let width = if code < 0x2E80 { 500.0 } else { 1000.0 };
            return Glyph::new(text, (width, 0.0), true);
        }
        let Some(font) = &self.font else {
            let guess = if self.wide { None } else { windows_1252(code) };
            return Glyph::new(guess.map(String::from), (500.0, 0.0), false);
        };
        let advance = font.code_advance(code);
        let glyph = font.glyph(font.map_code(code), code);
        let (told, outline) = match &glyph {
            FontGlyph::Outline(outline) => (outline.as_unicode(), Some(outline)),
            FontGlyph::Type3(drawn) => (drawn.as_unicode(), None),
        };
        let told = told.map(text_of).filter(|text| !text.is_empty());
        let by_charmap = || {
            let found = self.reverse(outline?).get(&outline?.glyph_id().to_u32()).copied();
            found.map(String::from)
        };
        // Without any table in the document the glyph numbers are often those of the original font, which
        // Microsoft's and Apple's fonts have in one order.
        let by_order = || {
            if self.wide {
                common_order(outline?.glyph_id().to_u32())
            } else {
                windows_1252(code)
            }
        };
        let mapped = told.or_else(by_charmap).or_else(|| self.by_name(code));
        let known = mapped.is_some();
        let text = mapped.or_else(|| by_order().map(String::from));
        Glyph::new(text, (advance.x, advance.y), known)
    }

    /// Fonts drawn by TeX and others name their glyphs after their codes (`a65`).
    fn by_name(&self, code: u32) -> Option<String> {
        let (names, encoding) = self.names.get_or_init(|| {
            let names = self.dict.as_ref().map(glyph_names).unwrap_or_default();
            let told = names.iter().filter(|(_, name)| *name != ".notdef");
            let encoding = tex::Encoding::of(told.map(|(code, _)| *code));
            (names, encoding)
        });
        let name = names.get(&code)?;
        let number = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let told: u32 = number.parse().ok()?;
        if told != code {
            return None;
        }
        let of_tex = (name.strip_prefix('a') == Some(number)).then(|| encoding.text(code));
        of_tex.flatten().or_else(|| windows_1252(code).map(String::from))
    }

    /// The embedded font's character map, backwards.
    fn reverse(&self, glyph: &OutlineGlyph) -> &HashMap<u32, char> {
        self.reverse.get_or_init(|| {
            let mut map = HashMap::new();
            let Some(data) = glyph.font_data() else {
                return map;
            };
            let Ok(font) = FontRef::new((*data.data).as_ref()) else {
                return map;
            };
            for (code, glyph) in font.charmap().mappings().take(MAX_MAPPINGS) {
                // Symbol fonts keep their characters in a private range whose low byte is the old code.
                let character = match code {
                    0xF020..=0xF0FF => windows_1252(code & 0xFF),
                    _ => char::from_u32(code),
                };
                if let Some(character) = character.filter(|c| !c.is_control()) {
                    map.entry(glyph.to_u32()).or_insert(character);
                }
            }
            map
        })
    }
}

impl Glyph {
    fn new(text: Option<String>, (x, y): (f64, f64), mapped: bool) -> Self {
        let finite = |n: f64| if n.is_finite() { n } else { 0.0 };
        Self {
            mapped: mapped && text.is_some(),
            text: text.unwrap_or_else(|| "\u{FFFD}".into()).into_boxed_str(),
            advance: (finite(x), finite(y)),
        }
    }
}

/// Whether an encoding of East Asian fonts has UTF-16 for its codes.
fn is_unicode(encoding: &[u8]) -> bool {
    let has = |part: &[u8]| encoding.windows(part.len()).any(|window| window == part);
    encoding.starts_with(b"Uni") && (has(b"-UCS2-") || has(b"-UTF16-"))
}

/// The character of UTF-16 at `at`, and how many bytes it takes.
fn utf16(bytes: &[u8], at: usize) -> (u32, usize) {
    let unit = |at: usize| {
        let pair = bytes.get(at..)?.first_chunk::<2>()?;
        Some(u32::from(u16::from_be_bytes(*pair)))
    };
    match (unit(at), unit(at + 2)) {
        (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
            (0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00), 4)
        }
        (Some(unit), _) => (unit, 2),
        (None, _) => (0, 1),
    }
}

/// The names that a font's encoding gives to codes.
fn glyph_names(dict: &Dict<'_>) -> HashMap<u32, String> {
    let mut names = HashMap::new();
    let differences = dict
        .get::<Dict<'_>>("Encoding")
        .and_then(|encoding| encoding.get::<Array<'_>>("Differences"));
    let mut code = 0;
    for item in differences
        .iter()
        .flat_map(Array::iter::<Object<'_>>)
        .take(MAX_NAMES)
    {
        match item {
            Object::Number(start) => code = u32::try_from(start.as_i64()).unwrap_or(u32::MAX),
            Object::Name(name) => {
                names.insert(code, String::from_utf8_lossy(name.as_ref()).into_owned());
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    names
}

/// The text of a mapping, as plain characters of one line.
fn text_of(told: BfString) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' => Some(' '),
        '\u{FFFD}' => None,
        // Symbol fonts keep their characters in a private range whose low byte is the old code.
        '\u{F020}'..='\u{F0FF}' => windows_1252(u32::from(c) & 0xFF),
        c => Some(c),
    };
    let text: String = match told {
        BfString::Char(c) => shown(c).into_iter().collect(),
        BfString::String(string) => string.chars().filter_map(shown).collect(),
    };
    plain(&text)
}

fn windows_1252(code: u32) -> Option<char> {
    let byte = u8::try_from(code).ok().filter(|byte| *byte >= 32)?;
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    text.chars().next().filter(|c| !c.is_control())
}

/// The character at a glyph number in the order that TrueType fonts have had since their first years.
fn common_order(glyph: u32) -> Option<char> {
    let byte = match glyph {
        3..=97 => glyph + 29,
        98..=171 => glyph + 30,
        _ => return None,
    };
    let bytes = [byte as u8];
    let (text, _) = MACINTOSH.decode_without_bom_handling(&bytes);
    text.chars().next()
}
