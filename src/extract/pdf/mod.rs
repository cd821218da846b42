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
mod inflate;
mod joins;
mod layout;
mod losses;
mod open;
mod pages;
mod prescan;
mod revisions;
mod rows;
mod seen;
mod signature;
mod sound;
mod spaced;
mod strings;
mod structure;
#[cfg(test)]
mod tests;
mod tex;
mod whole;
mod xml;

use budget::Budget;
use open::{Opened, Source};
use revisions::Told;

use super::{Extractor, Input, Outlet, Trust};
use crate::model::{Issue, Reason};

/// The reader of PDF files.
pub(crate) struct Pdf;

impl Extractor for Pdf {
    fn trust(&self) -> Trust {
        Trust::Foreign
    }

    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let source = {
            let operators = input.limits().operators;
            Source::new(input.into_bytes()?.into_owned(), operators)
        };
        let bytes = source.as_ref();
        if !prescan::fits(bytes) {
            return Err(Reason::MemoryLimit);
        }
        let opened = open::load(&source)?;
        // A root that had to be made is missing.
        let flaws = whole::flaws(&opened.doc, bytes) + u64::from(opened.changed && opened.hidden == 0);
        if flaws > 0 {
            out.issue(Issue {
                reason: Reason::PartlyDamaged,
                count: flaws,
            });
        }
        let ends = revisions::ends(bytes);
        let unlinked = pages::unlinked(&opened.doc);
        if unlinked.len() >= pages::MAX_UNLINKED {
            out.issue(Issue::once(Reason::ContentLimit));
        }
        if ends.is_empty() && unlinked.is_empty() {
            tell(opened, &source, None, out);
            return Ok(());
        }
        // What the document says now is remembered, so that of its past only the rest is told.
        let mut told = Told::default();
        let table = opened.doc.reference_table.clone();
        let Some(harmless) = tell(opened, &source, None, &mut told.noting(out)) else {
            return Ok(());
        };
        if harmless
            && !unlinked.is_empty()
            && let Some(pdf) = open::as_it_is(&source)
        {
            let mut past = told.past("unlinked ".into(), out);
            if pages::tell_unlinked(&pdf, &unlinked, Budget::new(source.operators()), &mut past).is_stop() {
                return Ok(());
            }
        }
        revisions::tell(&source, &ends, table, &mut told, out);
        Ok(())
    }
}

/// Tells all of a document, or only the given pages of it. `None` when the engine wants to stop, else whether the file
/// is harmless as it is.
fn tell(mut opened: Opened, source: &Source, only: Option<&[u32]>, out: &mut dyn Outlet) -> Option<bool> {
    let notes = structure::tell(&opened.doc, out)?;
    let disarmed = guard::disarm(&mut opened.doc, out);
    if disarmed.stopped {
        return None;
    }
    let issues = [
        (Reason::ExpansionLimit, disarmed.bombs + opened.hidden),
        (Reason::PartlyDamaged, disarmed.traps + disarmed.mended),
    ];
    for (reason, count) in issues.into_iter().filter(|(_, count)| *count > 0) {
        out.issue(Issue { reason, count });
    }
    opened.changed |= disarmed.changed();
    let harmless = !opened.changed;
    let flow = match open::for_text(&mut opened, source) {
        Some(pdf) => {
            drop(opened);
            pages::tell(&pdf, notes, only, Budget::new(source.operators()), out)
        }
        None => pages::tell_plainly(&opened.doc, only, out),
    };
    (!flow.is_stop()).then_some(harmless)
}
