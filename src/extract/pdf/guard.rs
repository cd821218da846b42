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
const FONTS_LIMIT: usize = 256 << 20;
/// Deflate expands by at most 1,032: below this size no stream can pass [`STREAM_LIMIT`].
const HARMLESS: usize = STREAM_LIMIT / 1032;
/// Character codes and glyph numbers are 16 bits wide; a larger number in a width table is an attack.
const LARGEST_CODE: f32 = 131_071.0;

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
    let mut traps = Vec::new();
    for (index, (id, object)) in doc.objects.iter().enumerate() {
        if index % 4096 == 0 && out.tick().is_stop() {
            done.stopped = true;
            return done;
        }
        if roles.note(doc, object) {
            traps.push(*id);
        }
    }
    done.traps = traps.len() as u64;
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

/// The streams that the text parser will decode whatever they call themselves.
#[derive(Default)]
struct Roles {
    decoded: HashSet<ObjectId>,
    fonts: HashSet<ObjectId>,
}

impl Roles {
    /// Notes the roles that `object` gives to streams; true when it holds a trap.
    fn note(&mut self, doc: &Document, object: &Object) -> bool {
        let mut trap = false;
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
                    _ => trap |= is_trap(doc, key, value),
                }
                if is_composite(value) {
                    open.push(value);
                }
            }
        }
        trap
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

/// Whether an entry of a dictionary would make the text parser allocate or loop without end.
fn is_trap(doc: &Document, key: &[u8], value: &Object) -> bool {
    let resolved = || doc.dereference(value).map(|(_, object)| object).ok();
    let too_large = |object: &Object, limit: f32| object.as_float().is_ok_and(|n| n > limit);
    match key {
        b"FirstChar" | b"LastChar" => resolved().is_some_and(|n| too_large(n, LARGEST_CODE)),
        b"W" | b"W2" => matches!(resolved(), Some(Object::Array(widths)) if widths.iter().any(|width| {
            doc.dereference(width).is_ok_and(|(_, n)| too_large(n, LARGEST_CODE))
        })),
        b"Columns" | b"Colors" | b"BitsPerComponent" => resolved().is_some_and(|n| too_large(n, 1_048_576.0)),
        // The parser knows a page it has met by its object number: one without a number can contain itself.
        b"Kids" => matches!(resolved(), Some(Object::Array(kids)) if kids.iter().any(|kid| {
            matches!(kid, Object::Dictionary(dict) if dict.has(b"Kids"))
        })),
        _ => false,
    }
}

enum Weight {
    Bytes(usize),
    Bomb,
    Damaged(Vec<u8>),
}

/// How large a stream becomes.
fn weigh(doc: &Document, stream: &Stream) -> Weight {
    let expanding = expanders(doc, &stream.dict);
    let all = filters(doc, &stream.dict);
    match (expanding.as_slice(), all.len()) {
        ([], _) => Weight::Bytes(stream.content.len()),
        ([b"FlateDecode"], 1) => inflated_size(&stream.content),
        ([_], _) => {
            // Anything rarer goes the slow way: decoded by lopdf, in memory but bounded.
            let names = all.into_iter().map(|name| Object::Name(name.to_vec()));
            let mut dict = Dictionary::new();
            dict.set("Filter", Object::Array(names.collect()));
            match Stream::new(dict, stream.content.clone()).decompressed_content_with_limit(STREAM_LIMIT) {
                Ok(bytes) => Weight::Bytes(bytes.len()),
                Err(Error::Decompress(DecompressError::MemoryLimitExceeded { .. })) => Weight::Bomb,
                Err(_) if stream.content.len() > HARMLESS => Weight::Damaged(Vec::new()),
                Err(_) => Weight::Bytes(0),
            }
        }
        _ => Weight::Bomb,
    }
}

/// Inflates without keeping anything.
fn inflated_size(content: &[u8]) -> Weight {
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
fn filters<'d>(doc: &'d Document, dict: &'d Dictionary) -> Vec<&'d [u8]> {
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
    names.retain(|name| {
        matches!(
            *name,
            b"FlateDecode" | b"LZWDecode" | b"RunLengthDecode" | b"BrotliDecode"
        )
    });
    names
}

/// Whether `dict` has `name` under `key`.
pub(super) fn is_named(doc: &Document, dict: &Dictionary, key: &[u8], name: &[u8]) -> bool {
    dict.get(key)
        .and_then(|value| doc.dereference(value))
        .is_ok_and(|(_, value)| value.as_name().is_ok_and(|found| found == name))
}
