//! Asks of what hayro is about to decode whether it can afford to.
//!
//! The guard in front looks at what lopdf read. An object that lopdf gave up on, for a number of twenty digits, hayro
//! reads all the same: what costs memory is weighed once more here, as hayro sees it.

use std::borrow::Cow;
use std::collections::HashMap;

use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Object, ObjectIdentifier, Stream};
use lopdf::{Document, ObjectId};
use memchr::memmem;

use super::guard::{
    FONTS_LIMIT, HARMLESS, LARGEST_CODE, MAX_WIDTHS, STREAM_LIMIT, Weight, expands, inflated_size,
    predictor_fits, weigh_content,
};
use super::images::unpacked;
use super::inflate;

/// Widths of all fonts of a document: each is an entry of a table in memory.
const ALL_WIDTHS: u64 = 4 * MAX_WIDTHS;
/// Strings in the character maps of all fonts of a document: each pair is an entry of a table in memory.
const ALL_STRINGS: u64 = 8_000_000;
/// A string in a character map, which is copied for each code that it stands for; ligatures are a few bytes.
const LONGEST_STRING: usize = 2048;
/// Streams that lopdf did not read and that are weighed; a file with more of them is made to be one.
const MAX_HIDDEN: usize = 1000;
const STREAM: &[u8] = b"stream";
/// What may stand in front of a stream.
const LONGEST_HEAD: usize = 64 * 1024;
/// Kinds of one composite font; there is one by definition.
const MAX_DESCENDANTS: usize = 8;

/// How many streams in the file become too large that lopdf gave up on before it could tell: streams of objects and
/// tables of objects are unpacked by hayro while it opens the file.
pub(super) fn hidden_bombs(doc: &Document, bytes: &[u8]) -> u64 {
    let mut left = MAX_HIDDEN;
    let mut bombs = 0;
    let (mut ends, mut streams) = (Next::of(bytes, b"endobj"), Next::of(bytes, STREAM));
    for at in memmem::find_iter(bytes, b"obj") {
        let before = bytes.get(..at).unwrap_or_default();
        if object_number(before).is_none_or(|id| doc.objects.contains_key(&id)) {
            continue;
        }
        let head = at + 3;
        let start = streams.from(head) + STREAM.len();
        if start > ends.from(head).min(head + LONGEST_HEAD) {
            continue;
        }
        let content = bytes.get(start..).unwrap_or_default();
        let content = content.trim_ascii_start();
        if content.len() <= HARMLESS {
            continue;
        }
        if left == 0 {
            return bombs + 1;
        }
        left -= 1;
        bombs += u64::from(matches!(inflated_size(content), Weight::Bomb));
    }
    bombs
}

/// Where a word stands next, looked for anew only where it was passed: the file may be full of heads without an end.
struct Next<'b> {
    bytes: &'b [u8],
    word: &'static [u8],
    at: Option<usize>,
}

impl<'b> Next<'b> {
    fn of(bytes: &'b [u8], word: &'static [u8]) -> Self {
        Self {
            bytes,
            word,
            at: None,
        }
    }

    /// At or behind `from`, which only grows; the end of the file where it is not there.
    fn from(&mut self, from: usize) -> usize {
        if let Some(at) = self.at.filter(|at| *at >= from) {
            return at;
        }
        let rest = self.bytes.get(from..).unwrap_or_default();
        let at = memmem::find(rest, self.word).map_or(self.bytes.len(), |at| from + at);
        self.at = Some(at);
        at
    }
}

/// The number of the object whose keyword follows on `before`.
fn object_number(before: &[u8]) -> Option<ObjectId> {
    let tail = before.get(before.len().saturating_sub(24)..)?;
    if !tail.last()?.is_ascii_whitespace() {
        return None;
    }
    let mut numbers = tail
        .rsplit(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    let generation = str::from_utf8(numbers.next()?).ok()?.parse().ok()?;
    let number = str::from_utf8(numbers.next()?).ok()?.parse().ok()?;
    Some((number, generation))
}

/// The content of a stream.
pub(super) struct Content<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether nothing of it is missing.
    pub(super) is_whole: bool,
}

/// The content of a stream; `None` where it cannot be decoded or becomes too large.
pub(super) fn decoded<'a>(stream: &Stream<'a>) -> Option<Content<'a>> {
    if !predictors_fit(stream.dict()) || has_unknown_filter(stream) {
        return None;
    }
    match weight(stream, HARMLESS) {
        Weight::Bytes(_) => {}
        Weight::Bomb => return None,
        Weight::Damaged(readable) => {
            return Some(Content {
                bytes: Cow::Owned(readable),
                is_whole: false,
            });
        }
    }
    let filters = stream.filters();
    let is_plainly_packed = filters.as_slice() == [Filter::FlateDecode]
        && ["DecodeParms", "DP"]
            .iter()
            .all(|key| !stream.dict().contains_key(*key));
    if is_plainly_packed {
        let (bytes, is_whole) = inflate::inflated(&stream.raw_data());
        if is_whole {
            return Some(Content {
                bytes: Cow::Owned(bytes),
                is_whole,
            });
        }
    }
    // Where it breaks off hayro goes on beyond the break as well as it can.
    let bytes = stream.decoded_data().ok()?;
    let breaks_off = |(index, filter): (usize, &Filter)| {
        *filter == Filter::FlateDecode
            && unpacked(stream, index).is_none_or(|packed| !inflate::is_whole(&packed))
    };
    let is_whole = !filters.iter().enumerate().any(breaks_off);
    Some(Content { bytes, is_whole })
}

/// Whether a stream names a filter that hayro does not know: it leaves those out, and takes what is packed for plain.
fn has_unknown_filter(stream: &Stream<'_>) -> bool {
    let dict = stream.dict();
    let named = ["F", "Filter"]
        .into_iter()
        .find_map(|key| match dict.get::<Object<'_>>(key)? {
            Object::Name(_) => Some(1),
            Object::Array(names) => Some(names.raw_iter().count()),
            _ => None,
        });
    named.unwrap_or(0) > stream.filters().len()
}

/// How large a stream becomes; one whose packed size is up to `harmless` and that is packed once is not unpacked for
/// it.
fn weight(stream: &Stream<'_>, harmless: usize) -> Weight {
    let filters: Vec<&[u8]> = stream.filters().iter().copied().filter_map(name).collect();
    let expanders = filters.iter().filter(|name| expands(name)).count();
    let raw = stream.raw_data();
    if expanders == 0 || (expanders == 1 && raw.len() <= harmless) {
        return Weight::Bytes(raw.len());
    }
    weigh_content(&filters, &raw)
}

/// A filter's full name, of those that are no picture's own.
pub(super) fn name(filter: Filter) -> Option<&'static [u8]> {
    match filter {
        Filter::FlateDecode => Some(b"FlateDecode"),
        Filter::LzwDecode => Some(b"LZWDecode"),
        Filter::RunLengthDecode => Some(b"RunLengthDecode"),
        Filter::Ascii85Decode => Some(b"ASCII85Decode"),
        Filter::AsciiHexDecode => Some(b"ASCIIHexDecode"),
        _ => None,
    }
}

/// Whether hayro can undo the predictors of a stream: it multiplies their numbers and divides by them.
fn predictors_fit(dict: &Dict<'_>) -> bool {
    let fits = |params: &Dict<'_>| {
        let number = |key: &str| params.get::<i64>(key);
        predictor_fits(
            number("Predictor"),
            number("Colors"),
            number("BitsPerComponent"),
            number("Columns"),
        )
    };
    ["DP", "DecodeParms"]
        .into_iter()
        .all(|key| match dict.get::<Object<'_>>(key) {
            Some(Object::Dict(params)) => fits(&params),
            Some(Object::Array(all)) => all
                .iter::<Object<'_>>()
                .filter_map(Object::into_dict)
                .all(|params| fits(&params)),
            _ => true,
        })
}

/// What the fonts of a document have cost so far.
#[derive(Default)]
pub(super) struct Fare {
    widths: u64,
    strings: u64,
    bytes: usize,
    /// The streams that were weighed: fonts share them.
    streams: HashMap<ObjectIdentifier, bool>,
}

impl Fare {
    /// Whether hayro can load the font.
    pub(super) fn affords(&mut self, font: &Dict<'_>) -> bool {
        let descendants = font.get::<Array<'_>>("DescendantFonts");
        self.affords_one(font)
            && descendants.is_none_or(|all| {
                all.iter::<Dict<'_>>()
                    .take(MAX_DESCENDANTS)
                    .all(|one| self.affords_one(&one))
            })
    }

    fn affords_one(&mut self, font: &Dict<'_>) -> bool {
        for (key, wide) in [("W", false), ("W2", true)] {
            if let Some(widths) = font.get::<Array<'_>>(key) {
                self.widths = self.widths.saturating_add(codes(&widths, wide));
            }
        }
        self.widths <= ALL_WIDTHS
            && font.get::<i64>("FirstChar").is_none_or(is_code)
            && font
                .get::<Dict<'_>>("Encoding")
                .and_then(|encoding| encoding.get::<Array<'_>>("Differences"))
                .is_none_or(|differences| has_codes(&differences))
            && ["ToUnicode", "Encoding"]
                .into_iter()
                .all(|key| self.stream(font, key, Self::affords_map))
            && self.stream(font, "CIDToGIDMap", Self::affords_file)
            && font.get::<Dict<'_>>("FontDescriptor").is_none_or(|descriptor| {
                ["FontFile", "FontFile2", "FontFile3"]
                    .into_iter()
                    .all(|key| self.stream(&descriptor, key, Self::affords_file))
            })
    }

    fn stream(&mut self, dict: &Dict<'_>, key: &str, affords: fn(&mut Self, &Stream<'_>) -> bool) -> bool {
        let Some(stream) = dict.get::<Stream<'_>>(key) else {
            return true;
        };
        let id = stream.obj_id();
        if let Some(known) = self.streams.get(&id) {
            return *known;
        }
        let fits = predictors_fit(stream.dict()) && affords(self, &stream);
        self.streams.insert(id, fits);
        fits
    }

    fn affords_file(&mut self, stream: &Stream<'_>) -> bool {
        match weight(stream, 0) {
            Weight::Bytes(bytes) => {
                self.bytes = self.bytes.saturating_add(bytes);
                self.bytes <= FONTS_LIMIT
            }
            Weight::Bomb | Weight::Damaged(_) => false,
        }
    }

    /// A character map: short strings, and not too many of them.
    fn affords_map(&mut self, stream: &Stream<'_>) -> bool {
        let Weight::Bytes(bytes) = weight(stream, HARMLESS) else {
            return false;
        };
        if bytes > STREAM_LIMIT {
            return false;
        }
        // What cannot be decoded costs nothing.
        let Ok(map) = stream.decoded_data() else {
            return true;
        };
        let mut are_short = memchr::memchr2_iter(b'<', b'(', &map).map(|start| {
            self.strings = self.strings.saturating_add(1);
            let string = map.get(start..).unwrap_or_default();
            let string = string.get(..LONGEST_STRING).unwrap_or(string);
            string.len() < LONGEST_STRING || memchr::memchr2(b'>', b')', string).is_some()
        });
        are_short.all(|is_short| is_short) && self.strings <= ALL_STRINGS
    }
}

fn is_code(code: i64) -> bool {
    code <= LARGEST_CODE
}

/// Whether all numbers between the names of an encoding are such that one can count on from them.
fn has_codes(differences: &Array<'_>) -> bool {
    differences.iter::<Object<'_>>().all(|item| match item {
        Object::Number(code) => (-LARGEST_CODE..=LARGEST_CODE).contains(&code.as_i64()),
        _ => true,
    })
}

/// How many codes a table of widths is for, read as hayro reads it: a number and its widths, or the first and the last
/// code and the width (for lines from top to bottom: the three numbers) of all between.
fn codes(widths: &Array<'_>, vertical: bool) -> u64 {
    let mut items = widths.flex_iter();
    let mut total: u64 = 0;
    loop {
        let more = if let Some((_, listed)) = items.next::<(u32, Array<'_>)>() {
            listed.raw_iter().count() as u64
        } else {
            let range = if vertical {
                items
                    .next::<(u32, u32, f32, f32, f32)>()
                    .map(|(first, last, ..)| (first, last))
            } else {
                items
                    .next::<(u32, u32, f32)>()
                    .map(|(first, last, _)| (first, last))
            };
            match range {
                Some((first, last)) => u64::from(last.saturating_sub(first)) + 1,
                None => return total,
            }
        };
        total = total.saturating_add(more);
    }
}
