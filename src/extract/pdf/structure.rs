//! What a PDF says beside its pages: document information, bookmarks, page labels, metadata, annotations.
//!
//! None of it is in the page text, and it names people: authors, reviewers, those a link leads to.

use std::collections::{BTreeMap, HashSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::guard::is_named;
use super::layout::squeeze;
use super::losses::Losses;
use super::pages;
use super::strings::text_string;
use super::xml;
use crate::extract::Outlet;
use crate::extract::percent::percent_decoded;
use crate::model::{Place, Segment, Text};

/// Objects of one kind (fields, bookmarks, annotations, attachments) that are looked at.
pub(super) const MAX_OBJECTS: usize = 200_000;
/// Nodes of the tree of page labels that are looked at.
const MAX_LABELS: usize = 10_000;
/// Actions that follow each other.
const MAX_ACTIONS: usize = 1000;
/// Metadata and form data larger than this are not read.
pub(super) const MAX_XML: usize = 8 << 20;

/// What a note takes beside its text, in bytes.
const NOTE: usize = 32;

/// A text that belongs to a page.
pub(super) struct Note {
    /// What it is called in front of the text: the author, the subject.
    pub(super) label: Option<&'static str>,
    /// The text.
    pub(super) text: String,
}

/// The notes of a document by page, from 1.
pub(super) type Notes = BTreeMap<u32, Vec<Note>>;

/// Tells what `doc` says beside its pages; the notes on pages are returned, to be told with them. `None` when
/// the engine wants to stop.
pub(super) fn tell(doc: &Document, out: &mut dyn Outlet) -> Option<Notes> {
    let mut teller = Teller {
        doc,
        out,
        told: HashSet::new(),
        known: HashSet::new(),
        losses: Losses::default(),
        kids: MAX_OBJECTS,
    };
    let go_on = teller.information()
        && teller.form()
        && teller.bookmarks()
        && teller.page_labels()
        && teller.destinations()
        && teller.first_action()
        && teller.metadata()
        && teller.everywhere();
    if !go_on {
        return None;
    }
    let notes = teller.annotations()?;
    teller.losses.tell(teller.out);
    Some(notes)
}

pub(super) struct Teller<'d, 'o> {
    pub(super) doc: &'d Document,
    pub(super) out: &'o mut dyn Outlet,
    /// Fields that were told.
    pub(super) told: HashSet<ObjectId>,
    /// Values of the document information: metadata says most of them again.
    known: HashSet<String>,
    pub(super) losses: Losses,
    /// Fields below fields that may still be looked at: many may share one list of them.
    pub(super) kids: usize,
}

impl<'d> Teller<'d, '_> {
    pub(super) fn dict(&self, object: &'d Object) -> Option<&'d Dictionary> {
        match self.doc.dereference(object).ok()?.1 {
            Object::Dictionary(dict) => Some(dict),
            Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    pub(super) fn entry(&self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
        Some(self.doc.dereference(dict.get(key).ok()?).ok()?.1)
    }

    pub(super) fn string(&self, dict: &'d Dictionary, key: &[u8]) -> Option<String> {
        let text = text_string(self.entry(dict, key)?.as_str().ok()?);
        (!text.trim().is_empty()).then_some(text)
    }

    pub(super) fn array(&self, dict: &'d Dictionary, key: &[u8]) -> &'d [Object] {
        match self.entry(dict, key) {
            Some(Object::Array(items)) => items,
            _ => &[],
        }
    }

    pub(super) fn part(&mut self, name: &str, label: Option<&str>, text: &str) -> bool {
        let mut segment = Text::whole(text, Place::Part { name: name.into() });
        segment.label = label;
        !self.out.segment(&Segment::Text(&segment)).is_stop()
    }

    fn information(&mut self) -> bool {
        let Some(info) = self
            .doc
            .trailer
            .get(b"Info")
            .ok()
            .and_then(|info| self.dict(info))
        else {
            return true;
        };
        for (key, _) in info {
            if matches!(key.as_slice(), b"CreationDate" | b"ModDate" | b"Trapped") {
                continue;
            }
            if let Some(value) = self.string(info, key) {
                let key = text_string(key);
                if !self.part(&format!("information/{key}"), Some(&key), &value) {
                    return false;
                }
                self.known.insert(value);
            }
        }
        true
    }

    fn bookmarks(&mut self) -> bool {
        let doc = self.doc;
        let first = |dict: &'d Dictionary| dict.get(b"First").ok();
        let root = doc
            .catalog()
            .ok()
            .and_then(|root| self.dict(root.get(b"Outlines").ok()?));
        let mut open: Vec<&Object> = root.and_then(first).into_iter().collect();
        let (mut met, mut titles) = (HashSet::new(), String::new());
        while let Some(object) = open.pop() {
            if met.len() >= MAX_OBJECTS {
                self.losses.cut();
                break;
            }
            if object.as_reference().is_ok_and(|id| !met.insert(id)) {
                continue;
            }
            // A title that all point to is told again and again.
            if titles.len() > MAX_XML {
                self.losses.cut();
                break;
            }
            let Some(dict) = self.dict(object) else {
                continue;
            };
            if let Some(title) = self.string(dict, b"Title") {
                titles.push_str(&title.replace('\n', " "));
                titles.push('\n');
            }
            for link in self.links(dict) {
                titles.push_str(&link);
                titles.push('\n');
            }
            // Only what has a number can be told from what was met before.
            open.extend(dict.get(b"Next").ok().filter(|next| next.as_reference().is_ok()));
            open.extend(first(dict).filter(|first| first.as_reference().is_ok()));
        }
        titles.is_empty() || self.part("bookmarks", None, &titles)
    }

    /// Adds the nodes below one of a tree, as many as are looked at: each may have the same long list.
    fn below(&mut self, node: &'d Dictionary, open: &mut Vec<&'d Object>) {
        let kids = self.array(node, b"Kids");
        let room = MAX_LABELS.saturating_sub(open.len());
        if kids.len() > room {
            self.losses.cut();
        }
        open.extend(kids.iter().take(room));
    }

    /// What is put in front of page numbers: the name of an appendix, or of whom it is about.
    fn page_labels(&mut self) -> bool {
        let doc = self.doc;
        let root = doc.catalog().ok().and_then(|root| root.get(b"PageLabels").ok());
        let mut open: Vec<&Object> = root.into_iter().collect();
        let (mut met, mut labels) = (0, String::new());
        while let Some(dict) = open.pop().and_then(|object| self.dict(object)) {
            met += 1;
            if met > MAX_LABELS || labels.len() > MAX_XML {
                self.losses.cut();
                break;
            }
            self.below(dict, &mut open);
            let ranges = self.array(dict, b"Nums");
            met += ranges.len() / 64;
            for range in ranges {
                if let Some(label) = self.dict(range).and_then(|range| self.string(range, b"P")) {
                    labels.push_str(&label);
                    labels.push('\n');
                }
            }
        }
        labels.is_empty() || self.part("page labels", None, &labels)
    }

    /// The names of places to go to, which a program that makes them of headings takes from what stands there.
    fn destinations(&mut self) -> bool {
        let Ok(root) = self.doc.catalog() else {
            return true;
        };
        let mut names: Vec<&[u8]> = Vec::new();
        // As they were kept before there were trees for them.
        if let Some(Object::Dictionary(all)) = self.entry(root, b"Dests") {
            names.extend(all.iter().map(|(name, _)| name.as_slice()));
        }
        let tree = root.get(b"Names").ok().and_then(|names| self.dict(names));
        let mut open: Vec<&Object> = tree
            .and_then(|tree| tree.get(b"Dests").ok())
            .into_iter()
            .collect();
        let (mut met, mut nodes) = (HashSet::new(), 0);
        while let Some(object) = open.pop() {
            nodes += 1;
            if nodes > MAX_LABELS {
                self.losses.cut();
                break;
            }
            if object.as_reference().is_ok_and(|id| !met.insert(id)) {
                continue;
            }
            let Some(dict) = self.dict(object) else {
                continue;
            };
            self.below(dict, &mut open);
            let pairs = self.array(dict, b"Names").iter().step_by(2);
            let found = pairs.filter_map(|name| self.doc.dereference(name).ok()?.1.as_str().ok());
            names.extend(found.take(MAX_OBJECTS.saturating_sub(names.len())));
        }
        let (mut told, mut read) = (String::new(), 0);
        if names.len() >= MAX_OBJECTS {
            self.losses.cut();
        }
        for name in names.iter().take(MAX_OBJECTS) {
            read += name.len();
            if read > 4 * MAX_XML {
                self.losses.cut();
                break;
            }
            let name = text_string(name);
            // Most are made of a word and running numbers, which look like the number of somebody.
            let is_data = name.contains(['@', ' ']) || has_hyphened_number(&name);
            if is_data && told.len() + name.len() > MAX_XML {
                self.losses.cut();
                break;
            }
            if is_data {
                told.push_str(&name.replace('\n', " "));
                told.push('\n');
            }
        }
        told.is_empty() || self.part("destinations", None, &told)
    }

    /// The address that is opened with the document.
    fn first_action(&mut self) -> bool {
        let action = self
            .doc
            .catalog()
            .ok()
            .and_then(|root| root.get(b"OpenAction").ok());
        let addresses = self.addresses(action);
        addresses
            .iter()
            .all(|address| self.part("open action", Some("link"), address))
    }

    fn metadata(&mut self) -> bool {
        let doc = self.doc;
        for object in doc.objects.values() {
            let Object::Stream(stream) = object else {
                continue;
            };
            if !is_named(doc, &stream.dict, b"Type", b"Metadata") {
                continue;
            }
            let Some(bytes) = self.losses.decoded(doc, stream, MAX_XML) else {
                continue;
            };
            for xml::Leaf {
                name, text: value, ..
            } in xml::leaves(&bytes, &self.losses)
            {
                // Dates and identifiers say nothing of people, and their digits look as if they did.
                let technical = [
                    "Date", "ID", "When", "image", "Tool", "Producer", "format", "toolkit", "xmptk",
                ];
                if technical.iter().any(|word| name.ends_with(word)) || self.known.contains(&value) {
                    continue;
                }
                if !self.part("metadata", Some(&name), &value) {
                    return false;
                }
                self.known.insert(value);
            }
        }
        true
    }

    /// The notes of all pages.
    fn annotations(&mut self) -> Option<Notes> {
        let doc = self.doc;
        let mut notes = Notes::new();
        let (mut left, mut room) = (MAX_OBJECTS, MAX_XML);
        let (pages, missing) = pages::listed(doc);
        if missing {
            self.losses.damaged();
        }
        for (page, id) in pages {
            let Ok(page_dict) = doc.get_dictionary(id) else {
                continue;
            };
            for object in self.array(page_dict, b"Annots") {
                let Some(dict) = self.dict(object) else {
                    continue;
                };
                if left == 0 {
                    self.losses.cut();
                    return Some(notes);
                }
                left -= 1;
                if is_named(doc, dict, b"Subtype", b"Widget") {
                    // A field that its form has forgotten is still a field.
                    if dict.has(b"V") && !self.field(object) {
                        return None;
                    }
                    continue;
                }
                if room == 0 {
                    self.losses.cut();
                    continue;
                }
                let found = self.annotation(dict);
                let taken = found.iter().map(|note| note.text.len() + NOTE).sum();
                room = room.saturating_sub(taken);
                if !found.is_empty() {
                    notes.entry(page).or_default().extend(found);
                }
            }
        }
        Some(notes)
    }

    fn annotation(&self, dict: &'d Dictionary) -> Vec<Note> {
        let keys = [
            (b"Contents".as_slice(), None),
            (b"T", Some("author")),
            (b"Subj", Some("subject")),
            // What is printed over what is to be blackened.
            (b"OverlayText", None),
        ];
        let mut found: Vec<Note> = keys
            .into_iter()
            .filter_map(|(key, label)| {
                Some(Note {
                    label,
                    text: self.string(dict, key)?,
                })
            })
            .collect();
        if let Some(rich) = self.entry(dict, b"RC").and_then(|rich| self.long_text(rich)) {
            let plain = xml::text(&rich, &self.losses);
            if !found.iter().any(|note| squeeze(&note.text) == squeeze(&plain)) {
                found.push(Note {
                    label: None,
                    text: plain,
                });
            }
        }
        found.extend(self.links(dict).into_iter().map(|text| Note {
            label: Some("link"),
            text,
        }));
        found
    }

    /// Where a link leads: addresses without their schemes, in plain characters, and names of files.
    fn links(&self, dict: &'d Dictionary) -> Vec<String> {
        self.addresses(dict.get(b"A").ok())
    }

    /// Where an action and those that follow it lead.
    fn addresses(&self, action: Option<&'d Object>) -> Vec<String> {
        let (mut open, mut found, mut met) = (Vec::from_iter(action), Vec::new(), 0);
        while let Some(object) = open.pop() {
            met += 1;
            if met > MAX_ACTIONS {
                self.losses.cut();
                break;
            }
            match self.doc.dereference(object) {
                Ok((_, Object::Array(all))) => open.extend(all.iter().rev()),
                Ok((_, Object::Dictionary(action))) => {
                    found.extend(self.address(action));
                    open.extend(action.get(b"Next"));
                }
                _ => {}
            }
        }
        found
    }

    fn address(&self, action: &'d Dictionary) -> Option<String> {
        let target = match self.entry(action, b"F").or_else(|| self.entry(action, b"Win")) {
            Some(Object::Dictionary(file)) => self.string(file, b"UF").or_else(|| self.string(file, b"F")),
            _ => self.string(action, b"F"),
        };
        let text = percent_decoded(self.string(action, b"URI").or(target)?.trim());
        let bare = ["mailto:", "tel:", "sms:"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        Some(bare.map_or_else(|| text.clone(), str::to_string))
    }

    /// The bytes of a text that can be a string or a stream.
    pub(super) fn long_text(&self, object: &Object) -> Option<Vec<u8>> {
        match object {
            Object::String(bytes, _) => Some(bytes.clone()),
            Object::Stream(stream) => self.losses.decoded(self.doc, stream, MAX_XML),
            _ => None,
        }
    }
}

/// Whether six digits, a hyphen and four digits stand in it.
fn has_hyphened_number(name: &str) -> bool {
    name.as_bytes().windows(11).any(|eleven| {
        eleven.iter().enumerate().all(|(place, byte)| match place {
            6 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    })
}
