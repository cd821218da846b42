//! PDF: pages in content order, document information, form values, annotations, attachments.
//!
//! Two libraries share the work, each where it was measured best: lopdf opens, repairs and guards the file and
//! reads its structure; hayro reads fonts and operators, and the text layer on top of it is our own, since no
//! ready one finds the values of a table whose cells wrap.

mod budget;
mod content;
mod fonts;
mod guard;
mod joins;
mod layout;
mod pages;
mod prescan;
mod strings;
mod structure;
#[cfg(test)]
mod tests;
mod xml;

use std::borrow::Cow;
use std::sync::Arc;

use lopdf::{DecompressError, Document, Error, LoadOptions, Object};

use super::{Extractor, Input, Outlet, Trust};
use crate::model::{Issue, Reason};

/// The reader of PDF files.
pub(crate) struct Pdf;

impl Extractor for Pdf {
    fn trust(&self) -> Trust {
        Trust::Foreign
    }

    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let bytes = input.into_bytes()?;
        if !prescan::fits(&bytes) {
            return Err(Reason::MemoryLimit);
        }
        let options = LoadOptions::with_max_decompressed_size(guard::STREAM_LIMIT);
        let mut doc = Document::load_mem_with_options(&bytes, options).map_err(|error| reason(&error))?;
        let mended = decrypt_inline(&mut doc)?;
        if doc.is_encrypted() {
            return Err(Reason::Encrypted);
        }
        let Some(notes) = structure::tell(&doc, out) else {
            return Ok(());
        };
        let disarmed = guard::disarm(&mut doc, out);
        if disarmed.stopped {
            return Ok(());
        }
        let issues = [
            (Reason::ExpansionLimit, disarmed.bombs),
            (Reason::PartlyDamaged, disarmed.traps + disarmed.mended),
        ];
        for (reason, count) in issues.into_iter().filter(|(_, count)| *count > 0) {
            out.issue(Issue { reason, count });
        }
        match open(&mut doc, bytes, mended || disarmed.changed()) {
            Some(pdf) => {
                drop(doc);
                pages::tell(&pdf, notes, out);
            }
            None => pages::tell_plainly(&doc, out),
        }
        Ok(())
    }
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

/// Opens the document for its text: the file as it is where it is harmless, else what lopdf makes of it.
fn open(doc: &mut Document, bytes: Cow<'_, [u8]>, changed: bool) -> Option<hayro_syntax::Pdf> {
    let has_pages = |pdf: &hayro_syntax::Pdf| !pdf.pages().is_empty();
    if !changed
        && let Some(pdf) = hayro_syntax::Pdf::new(Arc::new(bytes.into_owned()))
            .ok()
            .filter(has_pages)
    {
        return Some(pdf);
    }
    let mut mended = Vec::new();
    doc.save_to(&mut mended).ok()?;
    hayro_syntax::Pdf::new(mended).ok().filter(has_pages)
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
