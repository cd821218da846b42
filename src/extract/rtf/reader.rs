//! From the marks of rtf to the text of its parts.
//!
//! Groups hold what is set until they end. They may be a million deep in a hostile file, so they lie on a stack of
//! small entries and not on the program's own.

use std::collections::HashMap;
use std::io::Read;

use super::object::Object;
use super::property;
use super::source::{Source, Token};
use super::tag;
use super::words::{Part, Said, To, Twice, destination, said};
use crate::extract::metafile;
use crate::extract::package::parts::push;
use crate::extract::prose::Prose;
use crate::extract::{Flow, Outlet, given};
use crate::model::{Issue, Place, Reason};
use crate::text::Encoding;

/// Groups deeper than this change nothing.
const DEEPEST: usize = 10_000;
/// Fonts that are kept.
const MOST_FONTS: usize = 10_000;
/// Texts that are gathered whole (properties, codes of fields) are no longer than this.
const LONGEST: usize = 1 << 20;
/// Work that pushes nothing asks now and then whether to go on.
const TICK: u64 = 4096;
/// Properties of drawings that are text.
const TEXTS_OF_SHAPES: &[&str] = &["wzDescription", "wzTooltip", "gtextUNICODE"];

/// What holds until a group ends.
#[derive(Clone, Copy)]
struct Group {
    to: To,
    part: Part,
    encoding: Encoding,
    /// How many bytes stand behind a character for readers that do not know it.
    fallback: u32,
    /// Whether the group was sent somewhere itself.
    sent: bool,
    /// The text is deleted, with changes tracked.
    deleted: bool,
    /// The text is inserted, with changes tracked.
    inserted: bool,
    twice: Twice,
}

/// Reads a document.
pub(super) fn read(stream: &mut dyn Read, out: &mut dyn Outlet) -> Result<(), Reason> {
    let mut source = Source::new(stream);
    let mut reader = Reader::new();
    let mut count = 0u64;
    while let Some(token) = source.token(reader.skipping()) {
        count += 1;
        if reader.token(token, &mut source, out).is_stop()
            // Text that is numbers of characters throughout has no runs.
            || (count.is_multiple_of(TICK) && (reader.flow(out).is_stop() || out.tick().is_stop()))
        {
            return Ok(());
        }
    }
    let damaged = !reader.groups.is_empty() || reader.halved;
    let cut = reader.cut;
    if reader.finish(out).is_stop() {
        return Ok(());
    }
    if let Some(reason) = source.failed() {
        return Err(reason);
    }
    if cut {
        out.issue(Issue::once(Reason::ContentLimit));
    }
    if damaged {
        out.issue(Issue::once(Reason::PartlyDamaged));
    }
    Ok(())
}

struct Reader {
    here: Group,
    groups: Vec<Group>,
    /// Groups that are open beyond the deepest.
    deeper: u64,
    parts: [Prose; 6],
    fonts: HashMap<i32, Encoding>,
    font: i32,
    default_font: i32,
    encoding: Encoding,
    /// Bytes of text that are not decoded yet: a character may take two.
    bytes: Vec<u8>,
    /// The first half of a character that takes two numbers.
    half: Option<u16>,
    /// How many bytes are still to be passed over behind a character.
    fallback: u32,
    /// The group was just opened, or a mark followed that.
    opened: bool,
    optional: bool,
    small: String,
    code: String,
    property: String,
    shape: String,
    /// The last text of a drawing: pictures are there twice, for readers of two ages.
    drawing: String,
    object: Object,
    objects: u32,
    picture: Object,
    metafile: bool,
    /// The last text in a picture.
    pictured: String,
    /// A text was longer than what is gathered.
    cut: bool,
    /// What says the same twice had no second writing.
    halved: bool,
}

impl Reader {
    fn new() -> Self {
        Self {
            here: Group {
                to: To::Part(Part::Document),
                part: Part::Document,
                encoding: Encoding::Windows1252,
                fallback: 1,
                sent: false,
                deleted: false,
                inserted: false,
                twice: Twice::No,
            },
            groups: Vec::new(),
            deeper: 0,
            parts: Part::ALL.map(|(_, name)| Prose::part(name)),
            fonts: HashMap::new(),
            font: 0,
            default_font: 0,
            encoding: Encoding::Windows1252,
            bytes: Vec::new(),
            half: None,
            fallback: 0,
            opened: false,
            optional: false,
            small: String::new(),
            code: String::new(),
            property: String::new(),
            shape: String::new(),
            drawing: String::new(),
            object: Object::default(),
            objects: 0,
            picture: Object::default(),
            metafile: false,
            pictured: String::new(),
            cut: false,
            halved: false,
        }
    }

    fn skipping(&self) -> bool {
        matches!(self.here.to, To::Nowhere | To::Picture)
    }

    fn token(&mut self, token: Token, source: &mut Source<'_>, out: &mut dyn Outlet) -> Flow {
        let opened = std::mem::replace(&mut self.opened, token == Token::Open);
        if !matches!(token, Token::Text | Token::Hex(_)) {
            self.decode();
            self.fallback = 0;
        }
        match token {
            Token::Open => self.open(),
            Token::Close => return self.close(out),
            Token::Text => {
                self.text(source.text());
                return self.flow(out);
            }
            Token::Hex(byte) => self.hex(byte),
            Token::Symbol(b'*') => self.optional = opened,
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Word(number) => {
                let optional = std::mem::take(&mut self.optional);
                if source.word() == b"bin" {
                    let count = u64::try_from(number.unwrap_or(0)).unwrap_or(0);
                    let object = match (self.here.to, self.metafile) {
                        (To::Object | To::DataStore | To::DataField, _) => Some(&mut self.object),
                        (To::Picture, true) => Some(&mut self.picture),
                        _ => None,
                    };
                    match object {
                        Some(object) => source.binary(count, &mut |bytes| object.bytes(bytes)),
                        None => source.binary(count, &mut |_| {}),
                    }
                } else {
                    self.word(source.word(), number, optional);
                }
            }
        }
        if !matches!(token, Token::Symbol(b'*')) {
            self.optional = false;
        }
        Flow::Continue
    }

    fn open(&mut self) {
        if self.groups.len() < DEEPEST {
            let mut host = self.here;
            self.here.sent = false;
            self.here.twice = Twice::No;
            if host.twice == Twice::First {
                host.twice = Twice::Second;
                self.here.to = To::Nowhere;
            }
            self.groups.push(host);
        } else {
            self.deeper += 1;
        }
    }

    fn close(&mut self, out: &mut dyn Outlet) -> Flow {
        if self.deeper > 0 {
            self.deeper -= 1;
            return Flow::Continue;
        }
        if let To::Small(_) | To::Names(_) | To::Authors = self.here.to {
            self.say("\n");
        }
        let Some(before) = self.groups.pop() else {
            return Flow::Continue;
        };
        let ended = std::mem::replace(&mut self.here, before);
        self.halved |= ended.twice == Twice::Second;
        if ended.sent && ended.to != To::Nowhere {
            return self.ended(ended.to, out);
        }
        Flow::Continue
    }

    /// A group ends that was sent somewhere.
    fn ended(&mut self, to: To, out: &mut dyn Outlet) -> Flow {
        match to {
            To::Part(part) => self.prose(part).line(),
            // A field in the code of a field is a part of that code.
            To::Aside if self.here.to != To::Aside => {
                let code = std::mem::take(&mut self.code);
                self.prose(self.here.part).code(&code);
                return self.prose(self.here.part).flow(out);
            }
            To::Aside => self.code.push(' '),
            To::Object => {
                let object = std::mem::take(&mut self.object);
                self.objects += 1;
                return object.tell(self.objects, out);
            }
            To::DataStore => return std::mem::take(&mut self.object).tell_store(out),
            To::DataField => self.data_of_field(),
            To::Author => {
                let author = std::mem::take(&mut self.small);
                self.prose(Part::Comments).push_str(author.trim());
                self.prose(Part::Comments).line();
            }
            To::PropertyName => self.property = std::mem::take(&mut self.small),
            To::ShapeName => self.shape = std::mem::take(&mut self.small),
            To::ShapeValue => {
                let text = std::mem::take(&mut self.small);
                let text = text.trim();
                let says = !text.is_empty() && TEXTS_OF_SHAPES.contains(&self.shape.trim());
                if says && self.drawing != text {
                    self.prose(Part::Boxes).push_str(text);
                    self.prose(Part::Boxes).line();
                    text.clone_into(&mut self.drawing);
                }
            }
            To::PropertyValue => {
                let (name, text) = (
                    std::mem::take(&mut self.property),
                    std::mem::take(&mut self.small),
                );
                return property(name.trim(), name.trim(), text.trim(), out);
            }
            To::Property(name, label) => {
                let text = std::mem::take(&mut self.small);
                return property(name, label, text.trim(), out);
            }
            To::Authors => {
                let text = std::mem::take(&mut self.small).replace(';', "\n");
                let names: Vec<&str> = text
                    .lines()
                    .map(str::trim)
                    .filter(|name| !matches!(*name, "" | "Unknown"))
                    .collect();
                let place = Place::Part {
                    name: "tracked changes".into(),
                };
                return push(&names.join("\n"), &place, Some("author"), out);
            }
            To::Small(name) => {
                let text = std::mem::take(&mut self.small);
                return push(text.trim(), &Place::Part { name: name.into() }, None, out);
            }
            To::Picture => {
                self.metafile = false;
                let picture = std::mem::take(&mut self.picture).whole();
                let text = picture.map_or_else(String::new, |picture| metafile::text(&picture));
                if !text.is_empty() && self.pictured != text {
                    self.pictured.clone_from(&text);
                    let place = Place::Part {
                        name: "pictures".into(),
                    };
                    return push(&text, &place, None, out);
                }
            }
            To::Tag => {
                let text = tag::text(&std::mem::take(&mut self.small));
                self.prose(self.here.part).aside(&text);
                return self.prose(self.here.part).flow(out);
            }
            To::Bookmark => {
                let name = std::mem::take(&mut self.small);
                if !given::is_given(name.trim()) {
                    self.prose(self.here.part).aside(&name);
                }
            }
            To::Names(part) => {
                let text = std::mem::take(&mut self.small);
                let names: Vec<&str> = text.lines().filter(|name| given::has_number(name)).collect();
                return push(&names.join("\n"), &Place::Part { name: part.into() }, None, out);
            }
            To::Nowhere | To::Fonts | To::Here => {}
        }
        Flow::Continue
    }

    /// What a field keeps as bytes, where its code does not say it.
    fn data_of_field(&mut self) {
        let words = std::mem::take(&mut self.object).words();
        let code = std::mem::take(&mut self.code);
        for line in words.lines() {
            if !code.contains(line) && !given::is_given(line) {
                self.prose(self.here.part).aside(line);
            }
        }
        self.code = code;
    }

    fn prose(&mut self, part: Part) -> &mut Prose {
        let [document, headers, footnotes, endnotes, comments, boxes] = &mut self.parts;
        match part {
            Part::Document => document,
            Part::Headers => headers,
            Part::Footnotes => footnotes,
            Part::Endnotes => endnotes,
            Part::Comments => comments,
            Part::Boxes => boxes,
        }
    }

    fn flow(&mut self, out: &mut dyn Outlet) -> Flow {
        match self.here.to {
            To::Part(part) => self.prose(part).flow(out),
            _ => Flow::Continue,
        }
    }

    fn text(&mut self, text: &[u8]) {
        let passed = (self.fallback as usize).min(text.len());
        self.fallback -= passed as u32;
        let text = text.get(passed..).unwrap_or_default();
        match self.here.to {
            To::Nowhere | To::Fonts => {}
            To::Object | To::DataStore | To::DataField => self.object.digits(text),
            To::Picture => {
                if self.metafile {
                    self.picture.digits(text);
                }
            }
            _ => self.bytes.extend_from_slice(text),
        }
        if self.here.encoding.is_double_byte() {
            self.relieve();
        } else {
            self.decode();
        }
    }

    fn hex(&mut self, byte: u8) {
        if self.fallback > 0 {
            self.fallback -= 1;
        } else if self.here.to.is_gathered() || matches!(self.here.to, To::Part(_) | To::Aside) {
            self.bytes.push(byte);
            self.relieve();
        }
    }

    /// Says much of what waits, if it is too much: up to a byte that is no second half of a character anywhere.
    fn relieve(&mut self) {
        if self.bytes.len() <= LONGEST {
            return;
        }
        let border = self.bytes.iter().rposition(|&byte| byte < b'0');
        let rest = self.bytes.split_off(border.map_or(self.bytes.len(), |at| at + 1));
        self.decode();
        self.bytes = rest;
    }

    /// Says the bytes that wait.
    fn decode(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let text = self.here.encoding.string(&self.bytes);
        self.bytes.clear();
        self.say(&text);
    }

    fn say(&mut self, text: &str) {
        match self.here.to {
            To::Part(part) if self.here.deleted => self.prose(part).push_deleted(text),
            To::Part(part) if self.here.inserted => self.prose(part).push_inserted(text),
            To::Part(part) => self.prose(part).push_str(text),
            To::Aside => {
                if self.code.len() < LONGEST {
                    self.code.push_str(text);
                } else {
                    self.cut = true;
                }
            }
            to if to.is_gathered() => {
                if self.small.len() < LONGEST {
                    self.small.push_str(text);
                } else {
                    self.cut = true;
                }
            }
            _ => {}
        }
    }

    fn line(&mut self) {
        match self.here.to {
            To::Part(part) => self.prose(part).line(),
            To::Aside => self.say(" "),
            _ => self.say("\n"),
        }
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'\\' | b'{' | b'}' => self.say(char::from(symbol).encode_utf8(&mut [0; 4])),
            b'~' => self.say("\u{a0}"),
            b'_' => self.say("-"),
            b'\r' | b'\n' => self.line(),
            b'\t' => self.say("\t"),
            _ => {}
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>, optional: bool) {
        if self.here.to == To::Nowhere {
            return;
        }
        if self.here.to == To::Picture {
            return self.word_of_picture(word, optional);
        }
        match (word, number) {
            (b"u", Some(number)) => return self.character(number),
            (b"uc", number) => self.here.fallback = number.unwrap_or(1).clamp(0, 100).unsigned_abs(),
            (b"f", Some(font)) if self.here.to == To::Fonts => self.font = font,
            (b"f", Some(font)) => self.here.encoding = self.encoding_of(font),
            (b"plain", _) => {
                self.here.encoding = self.encoding_of(self.default_font);
                self.here.deleted = false;
                self.here.inserted = false;
            }
            (b"deleted", number) => self.here.deleted = number != Some(0),
            (b"revised", number) => self.here.inserted = number != Some(0),
            (b"deff", Some(font)) => self.default_font = font,
            (b"fcharset", Some(set)) if self.here.to == To::Fonts => {
                if let Some(encoding) = u32::try_from(set).ok().and_then(Encoding::of_charset) {
                    self.keep_font(encoding);
                }
            }
            (b"cpg", Some(page)) if self.here.to == To::Fonts => {
                self.keep_font(Encoding::of_code_page(page.unsigned_abs()));
            }
            (b"ansicpg", Some(page)) if page > 0 => self.set_encoding(page.unsigned_abs()),
            (b"mac", _) => self.set_encoding(10_000),
            (b"pc", _) => self.set_encoding(437),
            (b"pca", _) => self.set_encoding(850),
            _ => {}
        }
        if let Some(said) = said(word) {
            match said {
                Said::Line => self.line(),
                Said::Character(c) => self.say(c.encode_utf8(&mut [0; 4])),
            }
            return;
        }
        match word {
            b"upr" => self.here.twice = Twice::First,
            b"ud" => {
                if let Some(host) = self.groups.last_mut() {
                    host.twice = Twice::No;
                }
            }
            _ => {}
        }
        match destination(word) {
            Some(To::Here) => {}
            Some(to) => self.send(to),
            None if optional => self.send(To::Nowhere),
            None => {}
        }
    }

    /// Pictures are digits, but for their kind and for what is said of them.
    fn word_of_picture(&mut self, word: &[u8], optional: bool) {
        match (word, destination(word)) {
            (b"wmetafile" | b"emfblip", _) => self.metafile = true,
            (b"picprop", _) => {}
            (_, Some(to @ (To::ShapeName | To::ShapeValue))) => self.send(to),
            _ if optional => self.send(To::Nowhere),
            _ => {}
        }
    }

    fn send(&mut self, to: To) {
        if self.deeper > 0 {
            return;
        }
        // The font table stands before the text, and what is in it is only in it.
        if self.here.to == To::Fonts && to != To::Nowhere {
            return;
        }
        // A text that is being gathered is not given up for one within it.
        if self.here.to.is_gathered() && to.is_gathered() {
            return;
        }
        self.here.to = to;
        self.here.sent = true;
        match to {
            To::Part(part) => self.here.part = part,
            To::Object | To::DataStore | To::DataField => self.object = Object::default(),
            To::Picture => {
                self.picture = Object::default();
                self.metafile = false;
            }
            to if to.is_gathered() => self.small.clear(),
            _ => {}
        }
    }

    fn keep_font(&mut self, encoding: Encoding) {
        if self.fonts.len() < MOST_FONTS {
            self.fonts.insert(self.font, encoding);
        }
    }

    fn encoding_of(&self, font: i32) -> Encoding {
        self.fonts.get(&font).copied().unwrap_or(self.encoding)
    }

    fn set_encoding(&mut self, page: u32) {
        self.encoding = Encoding::of_code_page(page);
        self.here.encoding = self.encoding;
    }

    /// A character by its number, with bytes behind it for readers that do not know the number.
    fn character(&mut self, number: i32) {
        self.fallback = self.here.fallback;
        // Numbers are signed by 16 bits.
        let unit = number.cast_unsigned() as u16;
        match (self.half.take(), unit) {
            (_, 0xd800..=0xdbff) => self.half = Some(unit),
            (Some(half), 0xdc00..=0xdfff) => {
                self.say(&String::from_utf16_lossy(&[half, unit]));
            }
            _ => {
                let c = char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.say(c.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// Tells what is left.
    fn finish(mut self, out: &mut dyn Outlet) -> Flow {
        self.decode();
        // Of a document that is cut off.
        while let Some(before) = self.groups.pop() {
            let ended = std::mem::replace(&mut self.here, before);
            if ended.sent && self.ended(ended.to, out).is_stop() {
                return Flow::Stop;
            }
        }
        for part in &mut self.parts {
            if part.finish(out).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}
