//! Word documents: the body and the dozen places beside it where people write.
//!
//! Headers, notes, comments and tracked deletions leave the house with a document although nobody sees them; each
//! is a part of its own and is told by its own name.

use super::book::Book;
use super::names::numbered;
use super::prose::Tongue;
use super::running::Spot;
use super::shared;
use crate::extract::package::parts::push;
use crate::extract::package::{Package, attribute};
use crate::extract::{Extractor, Flow, Input, Outlet, given};
use crate::model::{Place, Reason};

/// Reads docx, docm, dotx and dotm.
pub(crate) struct Docx;

impl Extractor for Docx {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        shared::ooxml(input, out, read)
    }
}

fn read(package: &mut Package<'_>, book: &mut Book, out: &mut dyn Outlet) -> Flow {
    let main = shared::main_part(package, "word/document.xml");
    let body = Spot::Part("document".to_owned());
    if package.find(&main).is_none() {
        book.notes.add(Reason::Damaged);
    }
    if book.prose(package, &main, body, Tongue::Office, out).is_stop() {
        return Flow::Stop;
    }
    book.see_pictures(package);
    if styles(package, out).is_stop() {
        return Flow::Stop;
    }
    shared::rest(package, book, out, &|part| {
        let stem = super::names::stem(part).trim_end_matches(|c: char| c.is_ascii_digit());
        Some(match stem {
            "header" => numbered("header", part),
            "footer" => numbered("footer", part),
            "footnotes" => "footnotes".to_owned(),
            "endnotes" => "endnotes".to_owned(),
            "comments" => "comments".to_owned(),
            "people" => "people".to_owned(),
            "settings" => "settings".to_owned(),
            "document" if part.contains("glossary/") => "building blocks".to_owned(),
            _ => return None,
        })
    })
}

/// The text of a list without its counters: `%1.%2`.
fn without_counters(text: &str) -> String {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |own, piece| {
        own + piece.strip_prefix(|c: char| c.is_ascii_digit()).unwrap_or(piece)
    })
}

/// Bytes of names of styles and lists that are told at most.
const NAMES: usize = 64 * 1024;

/// Tells names of styles, and texts of lists, that hold a number or an address: of the hundreds of others nobody is
/// named.
fn styles(package: &mut Package<'_>, out: &mut dyn Outlet) -> Flow {
    for (part, called) in [("word/styles.xml", "styles"), ("word/numbering.xml", "lists")] {
        let mut names = String::new();
        package.elements(part, &mut |element| {
            if matches!(element.local_name().as_ref(), "name" | "aliases" | "lvlText") {
                let name = attribute(element, "val").unwrap_or_default();
                if given::has_number(&without_counters(&name)) {
                    names.push_str(&name);
                    names.push('\n');
                }
            }
            names.len() < NAMES
        });
        let place = Place::Part { name: called.into() };
        if push(&names, &place, None, out).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}
