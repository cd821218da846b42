//! What is known of a document while its parts are read one after another.
//!
//! Tables are numbered over all parts, and who wrote or changed something is told once and not at each change.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use super::names::{is_picture, numbered, stem};
use super::properties;
use super::prose::{self, Tongue};
use super::running::Spot;
use crate::extract::metafile;
use crate::extract::package::notes::Notes;
use crate::extract::package::parts::{has_extension, push};
use crate::extract::package::{Package, Part, attribute};
use crate::extract::{Flow, Outlet};
use crate::model::{Place, Reason};

/// Different authors kept.
const AUTHORS: usize = 10_000;
/// Bytes of link targets gathered before they are pushed.
const LINKS: usize = 64 * 1024;
/// Elements between two looks at time and interrupt.
const STEPS: u64 = 4096;

/// A body of fewer letters and digits than this is no text.
pub(super) const ENOUGH: usize = 40;
/// A smaller picture is a logo.
const PAGE: u64 = 20_000;

/// A document whose parts are being read.
#[derive(Default)]
pub(super) struct Book {
    /// The number of the next table.
    pub(super) tables: u32,
    authors: BTreeSet<String>,
    pub(super) notes: Notes,
    /// Letters and digits of its body, counted as far as needed.
    pub(super) letters: usize,
    /// Parts that have been read, in lower case.
    done: BTreeSet<String>,
}

impl Book {
    /// A document that begins with these notes.
    pub(super) fn new(notes: Notes) -> Self {
        Self {
            notes,
            ..Self::default()
        }
    }

    /// Remembers who wrote or changed something.
    pub(super) fn author(&mut self, name: &str) {
        let name = name.trim();
        if !name.is_empty()
            && name.len() <= 256
            && self.authors.len() < AUTHORS
            && !self.authors.contains(name)
        {
            self.authors.insert(name.to_owned());
        }
    }

    /// Whether a part has not been read yet; it counts as read from now on.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.done.insert(name.to_ascii_lowercase())
    }

    /// Reads a part as running text, unless it has been read.
    pub(super) fn prose(
        &mut self,
        package: &mut Package<'_>,
        name: &str,
        spot: Spot,
        tongue: Tongue,
        out: &mut dyn Outlet,
    ) -> Flow {
        self.once(package, name, |book, package, index| {
            let part = package.read(index);
            let result = part.and_then(|part| prose::read(part, spot, tongue, book, out));
            // Drawings of the old sort are half HTML, and programs write them so on purpose.
            if result == Err(Reason::Damaged) && has_extension(&name.to_ascii_lowercase(), &["vml"]) {
                return Ok(Flow::Continue);
            }
            result
        })
    }

    /// Lets `read` read a part, unless it has been read.
    fn once(
        &mut self,
        package: &mut Package<'_>,
        name: &str,
        read: impl FnOnce(&mut Self, &mut Package<'_>, usize) -> Result<Flow, Reason>,
    ) -> Flow {
        let Some(index) = package.find(name).filter(|_| self.take(name)) else {
            return Flow::Continue;
        };
        let result = read(self, package, index);
        self.notes.after(result)
    }

    /// Reads a part as properties, each with its name, unless it has been read.
    pub(super) fn properties(
        &mut self,
        package: &mut Package<'_>,
        name: &str,
        base: &str,
        out: &mut dyn Outlet,
    ) -> Flow {
        self.once(package, name, |_, package, index| {
            properties::read(package.read(index)?, base, out)
        })
    }

    /// Reads the text of a picture, unless it has been read.
    pub(super) fn metafile(&mut self, package: &mut Package<'_>, name: &str, out: &mut dyn Outlet) -> Flow {
        let word = if stem(name).eq_ignore_ascii_case("thumbnail") {
            "thumbnail"
        } else {
            "picture"
        };
        self.once(package, name, |_, package, index| {
            metafile::tell(package.read(index)?, &numbered(word, name), out)
        })
    }

    /// Notes that pictures are all a document shows, where that is so: somebody scanned a paper into it.
    pub(super) fn see_pictures(&mut self, package: &Package<'_>) {
        let shown = |name: &str| is_picture(name) && !name.contains("thumbnail");
        let large = |part: &Part| part.size >= PAGE && shown(&part.name.to_ascii_lowercase());
        if self.letters < ENOUGH && package.parts.iter().any(large) {
            self.notes.add(Reason::NeedsOcr);
        }
    }

    /// Hands a part on as a document of its own, unless it has been read.
    pub(super) fn member(&mut self, package: &mut Package<'_>, index: usize, out: &mut dyn Outlet) -> Flow {
        let name = package.parts.get(index).map(|part| part.name.clone());
        if name.is_some_and(|name| self.take(&name)) {
            return package.hand_on(index, out);
        }
        Flow::Continue
    }

    /// Reads a part as a control that people fill in, unless it has been read.
    pub(super) fn control(
        &mut self,
        package: &mut Package<'_>,
        name: &str,
        called: &str,
        out: &mut dyn Outlet,
    ) -> Flow {
        self.once(package, name, |_, package, index| {
            package.control(index, called, out)
        })
    }

    /// Tells where the document's links point to, out of itself.
    pub(super) fn links(&mut self, package: &mut Package<'_>, out: &mut dyn Outlet) -> Flow {
        let mut targets = String::new();
        let place = Place::Part {
            name: Cow::Borrowed("links"),
        };
        for index in 0..package.parts.len() {
            let Some(name) = package.parts.get(index).map(|part| part.name.clone()) else {
                break;
            };
            if !has_extension(&name.to_ascii_lowercase(), &["rels"]) || !self.take(&name) {
                continue;
            }
            let mut last = String::new();
            let (mut stopped, mut steps) = (false, 0u64);
            let result = package.look_through(index, &mut |element| {
                steps += 1;
                stopped |= steps.is_multiple_of(STEPS) && out.tick().is_stop();
                if element.local_name().as_ref() == "Relationship" {
                    let target = attribute(element, "Target").unwrap_or_default();
                    let outside = attribute(element, "TargetMode")
                        .is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
                    if (outside || target.contains(':')) && target != last {
                        targets.push_str(&target);
                        targets.push('\n');
                        last = target;
                    }
                    if targets.len() > LINKS {
                        stopped |= push(&targets, &place, None, out).is_stop();
                        targets.clear();
                    }
                }
                !stopped
            });
            if stopped || self.notes.after(result).is_stop() || out.tick().is_stop() {
                return Flow::Stop;
            }
        }
        push(&targets, &place, None, out)
    }

    /// Tells who wrote, changed and commented.
    pub(super) fn tell_authors(&mut self, out: &mut dyn Outlet) -> Flow {
        let place = Place::Part {
            name: Cow::Borrowed("authors"),
        };
        for author in std::mem::take(&mut self.authors) {
            if push(&author, &place, Some("author"), out).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}

/// Reads a document that is one XML file as running text.
pub(super) fn flat(content: impl Read, spot: Spot, tongue: Tongue, out: &mut dyn Outlet) {
    let mut book = Book::default();
    let result = prose::read(content, spot, tongue, &mut book, out);
    if !book.notes.after(result).is_stop() {
        let _: Flow = book.tell_authors(out);
    }
    book.notes.tell(out);
}
