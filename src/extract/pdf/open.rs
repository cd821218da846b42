//! Opens a PDF twice: with lopdf for its structure, with hayro for its text.
//!
//! Both are given the same bytes, and what a large file's pictures weigh is not copied: two parsers and a file of
//! two hundred megabytes would else need a gigabyte.

use std::sync::Arc;

use lopdf::xref::XrefRecovery;
use lopdf::{DecompressError, Document, Error, LoadOptions, Object, ObjectId};

use super::guard;
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
}

impl Source {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let end = bytes.len();
        Self {
            bytes: Arc::new(bytes),
            end,
        }
    }

    /// The same file as it was when it ended at `end`.
    pub(super) fn until(&self, end: usize) -> Self {
        Self {
            bytes: Arc::clone(&self.bytes),
            end,
        }
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
    let changed = decrypt_inline(&mut doc)?;
    if doc.is_encrypted() {
        return Err(Reason::Encrypted);
    }
    Ok(Opened { doc, changed })
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

/// Some writers put the encryption dictionary into the trailer itself, where lopdf does not look for it and takes the
/// cipher for text. Moved to where it does look, the empty password is tried; `true` where that opened it.
fn decrypt_inline(doc: &mut Document) -> Result<bool, Reason> {
    let Ok(Object::Dictionary(dictionary)) = doc.trailer.get(b"Encrypt") else {
        return Ok(false);
    };
    let id = doc.add_object(dictionary.clone());
    doc.trailer.set("Encrypt", Object::Reference(id));
    match doc.decrypt("") {
        Ok(()) => Ok(true),
        Err(_) => Err(Reason::Encrypted),
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
