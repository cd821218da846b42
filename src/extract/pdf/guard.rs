//! Takes out of an opened PDF what would cost the text parser gigabytes or an endless loop.
//!
//! lopdf bounds what it decompresses, hayro does not: a few kilobytes that inflate to gigabytes, a width table
//! for four thousand million characters or a page tree that contains itself would take the whole scan down,
//! and none of that is a panic that could be caught. What is dangerous is emptied here, counted, and told.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use lopdf::{DecompressError, Dictionary, Document, Error, Object, ObjectId, Stream};

use super::open::is_left_out;
use crate::extract::Outlet;

/// What one stream may decompress to.
pub(super) const STREAM_LIMIT: usize = 64 << 20;
/// What all fonts of a document may decompress to: the text parser keeps them all.
pub(super) const FONTS_LIMIT: usize = 256 << 20;
/// Deflate expands by at most 1,032: below this size no stream can pass [`STREAM_LIMIT`].
pub(super) const HARMLESS: usize = STREAM_LIMIT / 1032;
/// Character codes and glyph numbers are 16 bits wide; a larger number in a width table is an attack.
pub(super) const LARGEST_CODE: i64 = 131_071;
/// Widths of one font; ranges of codes that say the same again and again are an attack.
pub(super) const MAX_WIDTHS: u64 = 1 << 20;
/// Behind all codes of one byte: a glyph that is put here is nowhere.
const NO_CODE: i64 = 256;

/// What was taken out.
#[derive(Default)]
pub(super) struct Disarmed {
    /// Streams that expand beyond the limit.
    pub(super) bombs: u64,
    /// Objects with numbers or loops that would exhaust the text parser.
    pub(super) traps: u64,
    /// Streams whose compression is damaged, replaced with what could be inflated.
    pub(super) mended: u64,
    /// The budget ran out or the run was interrupted meanwhile.
    pub(super) stopped: bool,
}

impl Disarmed {
    /// Whether the document is no longer what the file says.
    pub(super) fn changed(&self) -> bool {
        self.bombs + self.traps + self.mended > 0
    }
}

/// Empties what is dangerous in `doc`.
pub(super) fn disarm(doc: &mut Document, out: &mut dyn Outlet) -> Disarmed {
    let mut done = Disarmed::default();
    let mut roles = Roles::default();
    let (mut traps, mut wild) = (Vec::new(), Vec::new());
    for (index, (id, object)) in doc.objects.iter().enumerate() {
        if index % 4096 == 0 && out.tick().is_stop() {
            done.stopped = true;
            return done;
        }
        match roles.note(doc, object) {
            Danger::None => {}
            Danger::Numbers => wild.push((*id, tamed(doc, object.clone()))),
            Danger::Whole => traps.push(*id),
        }
    }
    done.traps = (traps.len() + wild.len()) as u64;
    doc.objects.extend(wild);
    for id in traps {
        doc.objects.insert(id, Object::Null);
    }

    let mut fonts = 0;
    let mut replaced = Vec::new();
    for (id, object) in &doc.objects {
        let Object::Stream(stream) = object else {
            continue;
        };
        let font = roles.fonts.contains(id);
        if !font && !roles.decoded.contains(id) && is_named(doc, &stream.dict, b"Subtype", b"Image") {
            continue;
        }
        if !font
            && stream.content.len() <= HARMLESS
            && !is_left_out(stream)
            && expanders(doc, &stream.dict).len() <= 1
        {
            continue;
        }
        let weight = if is_left_out(stream) {
            // It calls itself a picture and is used as something else: nobody but an attacker does that.
            Weight::Bomb
        } else {
            weigh(doc, stream)
        };
        match weight {
            Weight::Bytes(bytes) if !font => debug_assert!(bytes <= STREAM_LIMIT),
            Weight::Bytes(bytes) if fonts + bytes <= FONTS_LIMIT => fonts += bytes,
            Weight::Bytes(_) | Weight::Bomb => {
                done.bombs += 1;
                replaced.push((*id, Stream::new(Dictionary::new(), Vec::new())));
            }
            Weight::Damaged(readable) => {
                done.mended += 1;
                let mut dict = stream.dict.clone();
                for key in [b"Filter".as_slice(), b"F", b"DecodeParms", b"DP"] {
                    dict.remove(key);
                }
                replaced.push((*id, Stream::new(dict, readable)));
            }
        }
        if out.tick().is_stop() {
            done.stopped = true;
            break;
        }
    }
    for (id, stream) in replaced {
        doc.objects.insert(id, Object::Stream(stream));
    }
    done
}

/// What is wrong with an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Danger {
    None,
    /// Numbers of a font that it can do without.
    Numbers,
    /// It is of no use.
    Whole,
}

/// The streams that the text parser will decode whatever they call themselves.
#[derive(Default)]
struct Roles {
    decoded: HashSet<ObjectId>,
    fonts: HashSet<ObjectId>,
}

impl Roles {
    /// Notes the roles that `object` gives to streams, and returns what is wrong with it.
    fn note(&mut self, doc: &Document, object: &Object) -> Danger {
        let mut danger = Danger::None;
        let mut open = vec![object];
        while let Some(object) = open.pop() {
            let dict = match object {
                Object::Array(items) => {
                    open.extend(items.iter().filter(|item| is_composite(item)));
                    continue;
                }
                Object::Dictionary(dict) => dict,
                Object::Stream(stream) => &stream.dict,
                _ => continue,
            };
            for (key, value) in dict {
                match key.as_slice() {
                    b"FontFile" | b"FontFile2" | b"FontFile3" | b"ToUnicode" | b"CIDToGIDMap"
                    | b"Encoding" => {
                        if let Object::Reference(id) = value {
                            self.fonts.insert(*id);
                        }
                    }
                    b"Contents" => self.note_contents(doc, value),
                    _ if is_trap(doc, key, value) => danger = Danger::Whole,
                    _ if is_wild(doc, key, value) => danger = danger.max(Danger::Numbers),
                    _ => {}
                }
                if is_composite(value) {
                    open.push(value);
                }
            }
        }
        danger
    }

    fn note_contents(&mut self, doc: &Document, value: &Object) {
        if let Object::Reference(id) = value {
            self.decoded.insert(*id);
        }
        if let Ok((_, Object::Array(parts))) = doc.dereference(value) {
            self.decoded
                .extend(parts.iter().filter_map(|part| part.as_reference().ok()));
        }
    }
}

fn is_composite(object: &Object) -> bool {
    matches!(
        object,
        Object::Array(_) | Object::Dictionary(_) | Object::Stream(_)
    )
}

/// Whether an entry of a dictionary would make the text parser allocate or loop without end, or die.
fn is_trap(doc: &Document, key: &[u8], value: &Object) -> bool {
    let Ok((_, value)) = doc.dereference(value) else {
        return false;
    };
    match (key, value) {
        (b"DecodeParms" | b"DP", Object::Dictionary(params)) => !has_predictor_that_fits(doc, params),
        (b"DecodeParms" | b"DP", Object::Array(all)) => all.iter().any(|params| {
            let params = doc.dereference(params).and_then(|(_, params)| params.as_dict());
            params.is_ok_and(|params| !has_predictor_that_fits(doc, params))
        }),
        // The parser knows a page it has met by its object number: one without a number can contain itself.
        (b"Kids", Object::Array(kids)) => kids
            .iter()
            .any(|kid| matches!(kid, Object::Dictionary(dict) if dict.has(b"Kids"))),
        _ => false,
    }
}

fn has_predictor_that_fits(doc: &Document, params: &Dictionary) -> bool {
    let number = |key: &[u8]| whole(doc.dereference(params.get(key).ok()?).ok()?.1);
    predictor_fits(
        number(b"Predictor"),
        number(b"Colors"),
        number(b"BitsPerComponent"),
        number(b"Columns"),
    )
}

/// Whether the text parser can undo a predictor: it multiplies these numbers, the first two of them in eight bits,
/// and divides by what comes out. What it cannot take for a number is its default.
pub(super) fn predictor_fits(
    predictor: Option<i64>,
    colors: Option<i64>,
    bits: Option<i64>,
    columns: Option<i64>,
) -> bool {
    let small =
        |number: Option<i64>, default: u8| number.map_or(Ok(default), u8::try_from).unwrap_or(default);
    if small(predictor, 1) == 1 {
        return true;
    }
    let columns = columns.map_or(Ok(1), usize::try_from).unwrap_or(1);
    let pixel = small(colors, 1).checked_mul(small(bits, 8)).map(usize::from);
    let row = pixel.and_then(|bits| bits.checked_mul(columns));
    row.is_some_and(|bits| (1..=STREAM_LIMIT).contains(&bits))
}

/// Whether an entry of a font has numbers for which the text parser would allocate or loop without end, or die.
fn is_wild(doc: &Document, key: &[u8], value: &Object) -> bool {
    let Ok((_, value)) = doc.dereference(value) else {
        return false;
    };
    match (key, value) {
        (b"FirstChar" | b"LastChar", number) => whole(number).is_some_and(|code| code > LARGEST_CODE),
        (b"Differences", Object::Array(items)) => items.iter().any(|item| is_no_code(doc, item)),
        (b"W", Object::Array(widths)) => has_wild_widths(doc, widths, 3),
        (b"W2", Object::Array(widths)) => has_wild_widths(doc, widths, 5),
        _ => false,
    }
}

fn is_no_code(doc: &Document, item: &Object) -> bool {
    let number = doc.dereference(item).ok().and_then(|(_, item)| whole(item));
    number.is_some_and(|code| !(-LARGEST_CODE..=LARGEST_CODE).contains(&code))
}

/// Whether a table of widths is for more codes than there are. Its items are a code and a list of widths, or a first
/// and a last code and what holds for all between: `range` numbers in all.
fn has_wild_widths(doc: &Document, widths: &[Object], range: usize) -> bool {
    let mut numbers: Vec<i64> = Vec::new();
    let mut codes: u64 = 0;
    for item in widths {
        let Ok((_, item)) = doc.dereference(item) else {
            continue;
        };
        if let Object::Array(listed) = item {
            codes = codes.saturating_add(listed.len() as u64);
            numbers.clear();
        } else if let Some(number) = whole(item) {
            if number > LARGEST_CODE {
                return true;
            }
            numbers.push(number);
        }
        if numbers.len() == range {
            if let [first, last, ..] = numbers.as_slice() {
                codes = codes.saturating_add(u64::try_from(last.saturating_sub(*first)).unwrap_or_default());
            }
            numbers.clear();
        }
    }
    codes > MAX_WIDTHS
}

/// A number without what is behind its point; the largest there is where it is larger, since casts saturate.
fn whole(object: &Object) -> Option<i64> {
    match object {
        Object::Integer(number) => Some(*number),
        Object::Real(number) => Some(*number as i64),
        _ => None,
    }
}

/// Takes the numbers out of a font that it can do without: its text is found without its widths.
fn tamed(doc: &Document, mut object: Object) -> Object {
    let mut open = vec![&mut object];
    while let Some(object) = open.pop() {
        let dict = match object {
            Object::Array(items) => {
                open.extend(items.iter_mut());
                continue;
            }
            Object::Dictionary(dict) => dict,
            Object::Stream(stream) => &mut stream.dict,
            _ => continue,
        };
        let wild = dict.iter().filter(|(key, value)| is_wild(doc, key, value));
        let keys: Vec<Vec<u8>> = wild.map(|(key, _)| key.clone()).collect();
        for key in keys {
            let value = dict.remove(&key);
            let listed = value.as_ref().and_then(|value| doc.dereference(value).ok());
            if let (b"Differences", Some((_, Object::Array(items)))) = (key.as_slice(), listed) {
                let within = items.iter().map(|item| {
                    if is_no_code(doc, item) {
                        Object::Integer(NO_CODE)
                    } else {
                        item.clone()
                    }
                });
                dict.set(key, Object::Array(within.collect()));
            }
        }
        open.extend(dict.iter_mut().map(|(_, value)| value));
    }
    object
}

/// How large a stream becomes.
pub(super) enum Weight {
    Bytes(usize),
    Bomb,
    Damaged(Vec<u8>),
}

fn weigh(doc: &Document, stream: &Stream) -> Weight {
    weigh_content(&filters(doc, &stream.dict), &stream.content)
}

/// How large the content of a stream becomes that is packed with these filters.
pub(super) fn weigh_content(filters: &[&[u8]], content: &[u8]) -> Weight {
    let expanding: Vec<&[u8]> = filters.iter().copied().filter(|name| expands(name)).collect();
    match (expanding.as_slice(), filters.len()) {
        ([], _) => Weight::Bytes(content.len()),
        ([b"FlateDecode"], 1) => inflated_size(content),
        ([_], _) => {
            // Anything rarer goes the slow way: decoded by lopdf, in memory but bounded.
            let names = filters.iter().map(|name| Object::Name(name.to_vec()));
            let mut dict = Dictionary::new();
            dict.set("Filter", Object::Array(names.collect()));
            match Stream::new(dict, content.to_vec()).decompressed_content_with_limit(STREAM_LIMIT) {
                Ok(bytes) => Weight::Bytes(bytes.len()),
                Err(Error::Decompress(DecompressError::MemoryLimitExceeded { .. })) => Weight::Bomb,
                Err(_) if content.len() > HARMLESS => Weight::Damaged(Vec::new()),
                Err(_) => Weight::Bytes(0),
            }
        }
        _ => Weight::Bomb,
    }
}

/// Inflates without keeping anything.
pub(super) fn inflated_size(content: &[u8]) -> Weight {
    let mut largest = 0;
    for result in [
        count(ZlibDecoder::new(content)),
        count(DeflateDecoder::new(content)),
    ] {
        match result {
            Ok(bytes) if bytes > STREAM_LIMIT => return Weight::Bomb,
            Ok(bytes) => return Weight::Bytes(bytes),
            Err(bytes) => largest = largest.max(bytes),
        }
    }
    if largest > STREAM_LIMIT {
        return Weight::Bomb;
    }
    if content.len() <= HARMLESS {
        return Weight::Bytes(largest);
    }
    // The text parser has a third, lenient decoder whose output nothing bounds: it is not let loose on this.
    let mut readable = Vec::new();
    let limit = STREAM_LIMIT as u64;
    let _ = ZlibDecoder::new(content).take(limit).read_to_end(&mut readable);
    if readable.is_empty() {
        let _ = DeflateDecoder::new(content)
            .take(limit)
            .read_to_end(&mut readable);
    }
    Weight::Damaged(readable)
}

/// How many bytes come, up to just beyond the limit; an error carries how many came before it.
fn count(mut decoder: impl Read) -> Result<usize, usize> {
    let mut buffer = [0; 8 * 1024];
    let mut total = 0;
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(bytes) => total += bytes,
            Err(_) => return Err(total),
        }
        if total > STREAM_LIMIT {
            return Ok(total);
        }
    }
}

/// The filters of a stream under their full names, as the text parser reads them: `F` before `Filter`.
pub(super) fn filters<'d>(doc: &'d Document, dict: &'d Dictionary) -> Vec<&'d [u8]> {
    let value = [b"F".as_slice(), b"Filter"].into_iter().find_map(|key| {
        let (_, value) = doc.dereference(dict.get(key).ok()?).ok()?;
        matches!(value, Object::Name(_) | Object::Array(_)).then_some(value)
    });
    let names: Vec<&[u8]> = match value {
        Some(Object::Name(name)) => vec![name],
        Some(Object::Array(items)) => items
            .iter()
            .filter_map(|item| doc.dereference(item).ok()?.1.as_name().ok())
            .collect(),
        _ => Vec::new(),
    };
    names.into_iter().map(full_name).collect()
}

fn full_name(name: &[u8]) -> &[u8] {
    match name {
        b"Fl" => b"FlateDecode",
        b"LZW" => b"LZWDecode",
        b"RL" => b"RunLengthDecode",
        b"A85" => b"ASCII85Decode",
        b"AHx" => b"ASCIIHexDecode",
        other => other,
    }
}

/// The filters that make data larger.
fn expanders<'d>(doc: &'d Document, dict: &'d Dictionary) -> Vec<&'d [u8]> {
    let mut names = filters(doc, dict);
    names.retain(|name| expands(name));
    names
}

/// Whether a filter makes data larger.
pub(super) fn expands(filter: &[u8]) -> bool {
    matches!(
        filter,
        b"FlateDecode" | b"LZWDecode" | b"RunLengthDecode" | b"BrotliDecode"
    )
}

/// Whether `dict` has `name` under `key`.
pub(super) fn is_named(doc: &Document, dict: &Dictionary, key: &[u8], name: &[u8]) -> bool {
    dict.get(key)
        .and_then(|value| doc.dereference(value))
        .is_ok_and(|(_, value)| value.as_name().is_ok_and(|found| found == name))
}
