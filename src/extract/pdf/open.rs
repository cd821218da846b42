//! Opens a PDF twice: with lopdf for its structure, with hayro for its text.
//!
//! Both are given the same bytes, and what a large file's pictures weigh is not copied: two parsers and a file of
//! two hundred megabytes would else need a gigabyte.

use std::sync::Arc;

use lopdf::xref::XrefRecovery;
use lopdf::{DecompressError, Dictionary, Document, Error, LoadOptions, Object, ObjectId};

use super::{guard, sound};
use crate::model::Reason;

/// From this size on the pictures are left out of what lopdf keeps.
const LARGE: usize = 8 << 20;
/// A picture smaller than this is not worth leaving out.
const SMALL_PICTURE: usize = 4096;
/// Marks a stream whose content was left out; no name in a file can have a line break in front.
const LEFT_OUT: &[u8] = b"\nLeftOut";

/// The beginning of a file: all of it, or up to where an earlier revision ended.
#[derive(Clone)]
pub(super) struct Source {
    bytes: Arc<Vec<u8>>,
    end: usize,
    operators: u64,
}

impl Source {
    /// A whole file, of which so many operators may be run.
    pub(super) fn new(bytes: Vec<u8>, operators: u64) -> Self {
        let end = bytes.len();
        Self {
            bytes: Arc::new(bytes),
            end,
            operators,
        }
    }

    /// The same file as it was when it ended at `end`.
    pub(super) fn until(&self, end: usize) -> Self {
        Self {
            bytes: Arc::clone(&self.bytes),
            end,
            operators: self.operators,
        }
    }

    /// How many operators may be run.
    pub(super) fn operators(&self) -> u64 {
        self.operators
    }
}

impl AsRef<[u8]> for Source {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or(&self.bytes)
    }
}

/// A document that lopdf has opened.
pub(super) struct Opened {
    pub(super) doc: Document,
    /// Whether it differs from what the file says, so that hayro must not be given the file.
    pub(super) changed: bool,
    /// Streams that lopdf did not read, that hayro might, and that become too large.
    pub(super) hidden: u64,
}

/// Opens `source`, with the empty password where it is protected.
pub(super) fn load(source: &Source) -> Result<Opened, Reason> {
    let bytes = source.as_ref();
    let mut options = LoadOptions::with_max_decompressed_size(guard::STREAM_LIMIT);
    if bytes.len() >= LARGE {
        options.filter = Some(without_picture);
    }
    let filtered = options.filter.is_some();
    let mut doc = Document::load_mem_with_options(bytes, options.clone()).map_err(|error| reason(&error))?;
    // A filtered load does not repair itself.
    if filtered && doc.get_pages().is_empty() {
        options.force_reconstruct = true;
        doc = Document::load_mem_with_options(bytes, options).map_err(|error| reason(&error))?;
    }
    if let Some(apart) = with_encryption_apart(&doc, bytes) {
        let options = LoadOptions::with_max_decompressed_size(guard::STREAM_LIMIT);
        doc = Document::load_mem_with_options(&apart, options).map_err(|error| reason(&error))?;
    }
    let inline = matches!(doc.trailer.get(b"Encrypt"), Ok(Object::Dictionary(_)));
    if doc.is_encrypted() || inline {
        return Err(Reason::Encrypted);
    }
    let hidden = sound::hidden_bombs(&doc, bytes);
    let changed = gave_root(&mut doc) || hidden > 0;
    Ok(Opened { doc, changed, hidden })
}

/// Gives a document a root where it has none that can be read, but a tree of pages; true when it did.
fn gave_root(doc: &mut Document) -> bool {
    if doc.catalog().is_ok() {
        return false;
    }
    let tree = doc.objects.iter().find_map(|(id, object)| {
        let dict = object.as_dict().ok()?;
        (dict.has_type(b"Pages") && !dict.has(b"Parent")).then_some(*id)
    });
    let Some(tree) = tree else {
        return false;
    };
    let mut root = Dictionary::new();
    root.set("Type", Object::Name(b"Catalog".to_vec()));
    root.set("Pages", tree);
    let root = doc.add_object(root);
    doc.trailer.set("Root", root);
    true
}

/// Opens the document for its text: the file as it is where it is harmless, else what lopdf makes of it.
pub(super) fn for_text(opened: &mut Opened, source: &Source) -> Option<hayro_syntax::Pdf> {
    if !opened.changed
        && let Some(pdf) = as_it_is(source)
    {
        return Some(pdf);
    }
    let mut mended = Vec::new();
    opened.doc.save_to(&mut mended).ok()?;
    hayro_syntax::Pdf::new(mended).ok().filter(has_pages)
}

/// Opens the file as it is, which must be harmless.
pub(super) fn as_it_is(source: &Source) -> Option<hayro_syntax::Pdf> {
    hayro_syntax::Pdf::new(Arc::new(source.clone()))
        .ok()
        .filter(has_pages)
}

fn has_pages(pdf: &hayro_syntax::Pdf) -> bool {
    !pdf.pages().is_empty()
}

/// Whether the cross-reference table was found by looking for objects, since what the file has is none.
pub(super) fn is_rebuilt(doc: &Document) -> bool {
    doc.xref_recovery == Some(XrefRecovery::Reconstructed)
}

/// Whether the content of a stream was left out at opening.
pub(super) fn is_left_out(stream: &lopdf::Stream) -> bool {
    stream.dict.has(LEFT_OUT)
}

/// Empties a large picture. One byte stays: lopdf would fetch the content of an empty stream again.
#[expect(clippy::unnecessary_wraps, reason = "lopdf asks for this shape")]
fn without_picture(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let Object::Stream(stream) = object else {
        // What comes out of an object stream is taken from here, all else from where it is.
        return Some((id, object.clone()));
    };
    let is_picture = stream
        .dict
        .get(b"Subtype")
        .is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Image"));
    if is_picture && stream.content.len() > SMALL_PICTURE {
        stream.content = vec![0];
        stream.dict.set(LEFT_OUT, true);
    }
    Some((id, Object::Null))
}

/// Some writers put the encryption dictionary into the trailer itself, where lopdf does not look for it and reads
/// nothing at all. As an update behind the file says it once more, as an object of its own, it does.
fn with_encryption_apart(doc: &Document, bytes: &[u8]) -> Option<Vec<u8>> {
    let Ok(encryption @ Object::Dictionary(_)) = doc.trailer.get(b"Encrypt") else {
        return None;
    };
    let number = doc.max_id.checked_add(1)?;
    let mut file = bytes.get(memchr::memmem::find(bytes, b"%PDF-")?..)?.to_vec();
    file.push(b'\n');
    let place = file.len();
    file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    write(encryption, &mut file, 0);
    file.extend_from_slice(b"\nendobj\n");
    let table = file.len();
    let size = number.checked_add(1)?;
    file.extend_from_slice(format!("xref\n{number} 1\n{place:010} 00000 n \ntrailer\n").as_bytes());
    let mut trailer = Dictionary::new();
    for key in [b"Root".as_slice(), b"ID", b"Info"] {
        if let Ok(value) = doc.trailer.get(key) {
            trailer.set(key, value.clone());
        }
    }
    trailer.set("Size", i64::from(size));
    trailer.set("Encrypt", Object::Reference((number, 0)));
    if doc.xref_start > 0 {
        trailer.set("Prev", i64::try_from(doc.xref_start).ok()?);
    }
    write(&Object::Dictionary(trailer), &mut file, 0);
    file.extend_from_slice(format!("\nstartxref\n{table}\n%%EOF\n").as_bytes());
    Some(file)
}

/// Writes an object as it stands in a file; what no trailer has is left out.
fn write(object: &Object, file: &mut Vec<u8>, depth: usize) {
    let hex = |bytes: &[u8], file: &mut Vec<u8>| {
        for byte in bytes {
            file.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
    };
    match object {
        Object::Boolean(value) => file.extend_from_slice(value.to_string().as_bytes()),
        Object::Integer(value) => file.extend_from_slice(value.to_string().as_bytes()),
        Object::Reference((number, generation)) => {
            file.extend_from_slice(format!("{number} {generation} R").as_bytes());
        }
        Object::Name(name) => write_name(name, file),
        Object::String(bytes, _) => {
            file.push(b'<');
            hex(bytes, file);
            file.push(b'>');
        }
        Object::Array(items) if depth < 8 => {
            file.push(b'[');
            for item in items {
                write(item, file, depth + 1);
                file.push(b' ');
            }
            file.push(b']');
        }
        Object::Dictionary(dict) if depth < 8 => {
            file.extend_from_slice(b"<<");
            for (key, value) in dict {
                write_name(key, file);
                file.push(b' ');
                write(value, file, depth + 1);
            }
            file.extend_from_slice(b">>");
        }
        _ => file.extend_from_slice(b"null"),
    }
}

fn write_name(name: &[u8], file: &mut Vec<u8>) {
    file.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() {
            file.push(*byte);
        } else {
            file.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

/// What an error of lopdf means; its text, which may quote the document, ends here.
fn reason(error: &Error) -> Reason {
    match error {
        Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_) => {
            Reason::Encrypted
        }
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Reason::ExpansionLimit,
        _ => Reason::Damaged,
    }
}
