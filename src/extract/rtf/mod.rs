//! rtf, documents as marked text: Word and WordPad, exports of journal and case systems, mail with formatting.
//!
//! An export of a case file is often rtf, and its text is told part by part without the whole ever lying in memory:
//! what makes these files large is pictures, and they are passed over as they come.
//!
//! Parts: `document`, `headers and footers`, `footnotes`, `endnotes`, `comments` (each behind its author), `text boxes`,
//! `deleted text`, `tracked changes` (their authors), `form fields`, `document variables`, `mail merge`, `tables` (what is
//! said of them), `attributes` (of elements in the text), `styles` and `lists` (those named with a number), `files`,
//! `custom data`, `pictures` (text that is drawn in them), `document properties/...`; embedded objects are members.

mod object;
mod reader;
mod source;
mod tag;
mod words;

use super::package::parts::push;
use super::{Extractor, Flow, Input, Outlet};
use crate::model::{Place, Reason};

/// Reads rtf.
pub(crate) struct Rtf;

impl Extractor for Rtf {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        reader::read(&mut input.into_stream(), out)
    }
}

/// Tells a property of the document.
fn property(name: &str, label: &str, text: &str, out: &mut dyn Outlet) -> Flow {
    let name = if name.is_empty() { "other" } else { name };
    let place = Place::Part {
        name: format!("document properties/{name}").into(),
    };
    push(text, &place, Some(label).filter(|label| !label.is_empty()), out)
}

#[cfg(test)]
mod tests;
