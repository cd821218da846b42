//! Documents in compound files: doc, ppt, xls, and what else there is, told apart by the directory.
//!
//! The directory may lie behind everything that identification looks at, so one reader opens every compound file and
//! does what is right for what it holds. Of one that nobody here knows (Publisher, Visio, Project, Works), properties,
//! embedded documents and all readable text are told, and that it is not supported.

use super::compound::{Beside, Ole, OleKind, beside};
use super::{Extractor, Flow, Input, Outlet, carve, doc, metafile, ppt, sheet};
use crate::model::{Issue, Reason};
use crate::text::Encoding;

/// Reads compound files, and what their formats were before they were in one.
pub(crate) struct Office;

impl Extractor for Office {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let limits = input.limits();
        let bytes = input.into_bytes()?;
        if doc::is_old(&bytes) {
            return doc::old(&bytes, out).map(|_| ());
        }
        if sheet::is_biff(&bytes) {
            return sheet::read_biff(&bytes, limits, out).map(|_| ());
        }
        let ole = Ole::open(&bytes).ok_or(Reason::Damaged)?;
        let kind = ole.kind();
        if kind == OleKind::EncryptedPackage {
            return Err(Reason::Encrypted);
        }
        if kind == OleKind::Message {
            return Err(Reason::Unsupported);
        }
        if !ole.has_root() {
            // Nothing to go by: cut off before its directory, or overwritten.
            return match carve::tell(&bytes, Some(Encoding::Windows1252), "document", out) {
                Flow::Stop => Ok(()),
                Flow::Continue => Err(Reason::Damaged),
            };
        }
        let (outcome, read) = match kind {
            OleKind::Document => (doc::read(&ole, out), doc::STREAMS),
            OleKind::Presentation => (ppt::read(&ole, out), ppt::STREAMS),
            OleKind::Workbook => (sheet::read_xls(&ole, limits, out), sheet::XLS_STREAMS),
            _ => (Ok(Flow::Continue), &[][..]),
        };
        if outcome == Ok(Flow::Stop) || (outcome.is_ok() && pictures(&ole, kind, out).is_stop()) {
            return Ok(());
        }
        let unknown = kind == OleKind::Other || outcome == Err(Reason::Unsupported);
        let how = Beside {
            read: if unknown { &[] } else { read },
            narrow: unknown.then_some(Encoding::Windows1252),
        };
        // Where the main stream is locked, the properties often are not.
        let (flow, carved) = beside(&ole, &how, out);
        if flow.is_stop() {
            return Ok(());
        }
        let _: Flow = outcome?;
        if ole.flawed() {
            out.issue(Issue::once(Reason::PartlyDamaged));
        }
        if carved {
            return Err(Reason::Unsupported);
        }
        Ok(())
    }
}

/// Tells the text in the pictures of a document, wherever its program keeps them.
fn pictures(ole: &Ole<'_>, kind: OleKind, out: &mut dyn Outlet) -> Flow {
    let streams: &[&str] = match kind {
        OleKind::Document => &["Data", "WordDocument"],
        OleKind::Presentation => &["Pictures"],
        OleKind::Workbook => &["Workbook"],
        _ => &[],
    };
    let mut pictures = Vec::new();
    for stream in streams.iter().filter_map(|name| ole.named(name)) {
        match kind {
            OleKind::Workbook => pictures.append(&mut sheet::drawings(&stream)),
            _ => pictures.extend(stream),
        }
    }
    metafile::tell_pictures(&pictures, out)
}
