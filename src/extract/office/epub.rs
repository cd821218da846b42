//! EPUB books: chapters in the order they are read, and what the book says of itself.
//!
//! Handbooks and course material come as books too, and minutes exported from a notes program.

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;

use super::book::Book;
use super::names::{is_document, is_no_text};
use super::prose::Tongue;
use super::running::Spot;
use super::shared;
use crate::extract::package::parts::push;
use crate::extract::package::{Package, attribute, resolve};
use crate::extract::percent::percent_decoded;
use crate::extract::{Extractor, Flow, Input, Outlet};
use crate::model::{Issue, Place, Reason};

/// Chapters of a book.
const CHAPTERS: usize = 100_000;
/// Bytes of the names of their parts.
const NAMES: usize = 64 << 20;

/// Reads epub.
pub(crate) struct Epub;

impl Extractor for Epub {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        shared::ooxml(input, out, read)
    }
}

fn read(package: &mut Package<'_>, book: &mut Book, out: &mut dyn Outlet) -> Flow {
    let mut roots = Vec::new();
    package.elements("META-INF/container.xml", &mut |element| {
        if element.local_name().as_ref() == "rootfile" {
            roots.extend(attribute(element, "full-path"));
        }
        roots.len() < 16
    });
    let locked = locked(package);
    for root in &roots {
        for (chapter, number) in spine(package, root).into_iter().zip(1u32..) {
            if locked.contains(&chapter.to_ascii_lowercase()) {
                continue;
            }
            let spot = Spot::Part(format!("chapter {number}"));
            if book.prose(package, &chapter, spot, Tongue::Html, out).is_stop() {
                return Flow::Stop;
            }
        }
        if book
            .properties(package, root, "document properties", out)
            .is_stop()
        {
            return Flow::Stop;
        }
    }
    for index in 0..package.parts.len() {
        let Some(name) = package.parts.get(index).map(|part| part.name.clone()) else {
            break;
        };
        let lower = name.to_ascii_lowercase();
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        if locked.contains(&lower) {
            if !is_no_text(&lower) {
                out.issue(Issue::once(Reason::Encrypted));
            }
            continue;
        }
        let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
        let flow = match extension {
            "opf" => book.properties(package, &name, "document properties", out),
            "css" => style_sheet(package, index, &name, out),
            "xml" if lower.starts_with("meta-inf/") => Flow::Continue,
            "xhtml" | "html" | "htm" | "xml" | "ncx" | "svg" | "smil" => {
                let spot = Spot::Part(if extension == "ncx" {
                    "contents".to_owned()
                } else {
                    name.clone()
                });
                book.prose(package, &name, spot, Tongue::Html, out)
            }
            _ if is_document(&lower) => book.member(package, index, out),
            _ => Flow::Continue,
        };
        if flow.is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

/// The parts of the chapters, in the order they are read.
fn spine(package: &mut Package<'_>, root: &str) -> Vec<String> {
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut items: BTreeMap<String, String> = BTreeMap::new();
    let mut spine = Vec::new();
    let mut names = 0;
    package.elements(root, &mut |element| {
        match element.local_name().as_ref() {
            "item" => {
                if let (Some(id), Some(target)) = (attribute(element, "id"), attribute(element, "href")) {
                    let target = resolve(&folder, &percent_decoded(&target));
                    names += id.len() + target.len();
                    items.insert(id, target);
                }
            }
            "itemref" => {
                // Each once: they may all point to one chapter.
                let target = attribute(element, "idref").and_then(|id| items.remove(&id));
                spine.extend(target);
            }
            _ => {}
        }
        names < NAMES && items.len() < CHAPTERS && spine.len() < CHAPTERS
    });
    spine
}

/// Bytes of a style sheet that are looked at.
const STYLES: u64 = 4 << 20;

/// Tells the comments of a style sheet.
fn style_sheet(package: &mut Package<'_>, index: usize, name: &str, out: &mut dyn Outlet) -> Flow {
    let mut bytes = Vec::new();
    let read = package
        .read(index)
        .is_ok_and(|part| part.take(STYLES).read_to_end(&mut bytes).is_ok());
    let sheet = String::from_utf8_lossy(&bytes);
    if !read {
        return Flow::Continue;
    }
    let mut comments = String::new();
    for comment in sheet.split("/*").skip(1) {
        comments.push_str(comment.split("*/").next().unwrap_or_default().trim());
        comments.push('\n');
    }
    push(comments.trim_end(), &Place::Part { name: name.into() }, None, out)
}

/// Parts that are behind a key, in lower case.
fn locked(package: &mut Package<'_>) -> HashSet<String> {
    let mut locked = HashSet::new();
    package.elements("META-INF/encryption.xml", &mut |element| {
        if element.local_name().as_ref() == "CipherReference" {
            let part = attribute(element, "URI").unwrap_or_default();
            locked.insert(percent_decoded(&part).to_ascii_lowercase());
        }
        locked.len() < CHAPTERS
    });
    locked
}
