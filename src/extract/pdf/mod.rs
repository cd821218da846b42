//! PDF: pages in content order, document information, form values, annotations, attachments, earlier revisions.
//!
//! Two libraries share the work, each where it was measured best: lopdf opens, repairs and guards the file and
//! reads its structure; hayro reads fonts and operators, and the text layer on top of it is our own, since no
//! ready one finds the values of a table whose cells wrap.

mod accents;
mod attached;
mod budget;
mod content;
mod fonts;
mod forms;
mod guard;
mod images;
mod joins;
mod layout;
mod open;
mod pages;
mod prescan;
mod revisions;
mod rows;
mod signature;
mod strings;
mod structure;
#[cfg(test)]
mod tests;
mod whole;
mod xml;

use open::{Opened, Source};
use revisions::Told;

use super::{Extractor, Flow, Input, Outlet};
use crate::model::{Issue, Reason};

/// The reader of PDF files.
pub(crate) struct Pdf;

impl Extractor for Pdf {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let source = Source::new(input.into_bytes()?.into_owned());
        let bytes = source.as_ref();
        if !prescan::fits(bytes) {
            return Err(Reason::MemoryLimit);
        }
        let opened = open::load(&source)?;
        let flaws = whole::flaws(&opened.doc, bytes);
        if flaws > 0 {
            out.issue(Issue {
                reason: Reason::PartlyDamaged,
                count: flaws,
            });
        }
        let ends = revisions::ends(bytes);
        if ends.is_empty() {
            let _ = tell(opened, &source, None, out);
            return Ok(());
        }
        // What the document says now is remembered, so that of its past only the rest is told.
        let mut told = Told::default();
        let table = opened.doc.reference_table.clone();
        if !tell(opened, &source, None, &mut told.noting(out)).is_stop() {
            revisions::tell(&source, &ends, table, &mut told, out);
        }
        Ok(())
    }
}

/// Tells all of a document, or only the given pages of it.
fn tell(mut opened: Opened, source: &Source, only: Option<&[u32]>, out: &mut dyn Outlet) -> Flow {
    let Some(notes) = structure::tell(&opened.doc, out) else {
        return Flow::Stop;
    };
    let disarmed = guard::disarm(&mut opened.doc, out);
    if disarmed.stopped {
        return Flow::Stop;
    }
    let issues = [
        (Reason::ExpansionLimit, disarmed.bombs),
        (Reason::PartlyDamaged, disarmed.traps + disarmed.mended),
    ];
    for (reason, count) in issues.into_iter().filter(|(_, count)| *count > 0) {
        out.issue(Issue { reason, count });
    }
    opened.changed |= disarmed.changed();
    match open::for_text(&mut opened, source) {
        Some(pdf) => {
            drop(opened);
            pages::tell(&pdf, notes, only, out)
        }
        None => pages::tell_plainly(&opened.doc, only, out),
    }
}
