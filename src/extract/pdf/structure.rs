//! What a PDF says beside its pages: document information, form values, annotations, bookmarks, metadata,
//! attachments.
//!
//! None of it is in the page text, and form values are the very thing a form was filled in for.

use std::collections::{BTreeMap, HashSet};

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::guard::{STREAM_LIMIT, is_named};
use super::strings::{percent_decoded, text_string};
use super::xml;
use crate::extract::{Input, Member, Outlet};
use crate::model::{Place, Reason, Segment, Text};

/// Objects of one kind (fields, bookmarks, annotations, attachments) that are looked at.
const MAX_OBJECTS: usize = 200_000;
/// Metadata and form data larger than this are not read.
const MAX_XML: usize = 8 << 20;

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
    };
    let go_on = teller.information()
        && teller.form()
        && teller.bookmarks()
        && teller.metadata()
        && teller.attachments();
    if !go_on {
        return None;
    }
    teller.annotations()
}

struct Teller<'d, 'o> {
    doc: &'d Document,
    out: &'o mut dyn Outlet,
    /// Fields that were told.
    told: HashSet<ObjectId>,
    /// Values of the document information: metadata says most of them again.
    known: HashSet<String>,
}

impl<'d> Teller<'d, '_> {
    fn dict(&self, object: &'d Object) -> Option<&'d Dictionary> {
        match self.doc.dereference(object).ok()?.1 {
            Object::Dictionary(dict) => Some(dict),
            Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    fn entry(&self, dict: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
        Some(self.doc.dereference(dict.get(key).ok()?).ok()?.1)
    }

    fn string(&self, dict: &'d Dictionary, key: &[u8]) -> Option<String> {
        let text = text_string(self.entry(dict, key)?.as_str().ok()?);
        (!text.trim().is_empty()).then_some(text)
    }

    fn array(&self, dict: &'d Dictionary, key: &[u8]) -> &'d [Object] {
        match self.entry(dict, key) {
            Some(Object::Array(items)) => items,
            _ => &[],
        }
    }

    fn part(&mut self, name: &str, label: Option<&str>, text: &str) -> bool {
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

    fn form(&mut self) -> bool {
        let doc = self.doc;
        let Some(form) = doc
            .catalog()
            .ok()
            .and_then(|root| self.dict(root.get(b"AcroForm").ok()?))
        else {
            return true;
        };
        let fields = self.array(form, b"Fields");
        fields.iter().all(|field| self.field(field)) && self.form_data(form)
    }

    /// Tells a field and those below it.
    fn field(&mut self, root: &'d Object) -> bool {
        let mut open = vec![(root, String::new())];
        while let Some((object, above)) = open.pop() {
            if let Object::Reference(id) = object
                && (self.told.len() >= MAX_OBJECTS || !self.told.insert(*id))
            {
                continue;
            }
            let Some(dict) = self.dict(object) else {
                continue;
            };
            let part = self.string(dict, b"T");
            let name = match &part {
                Some(part) if above.is_empty() => part.clone(),
                Some(part) => format!("{above}.{part}"),
                None => above,
            };
            if !self.field_values(dict, &name, part.as_deref()) {
                return false;
            }
            if name.len() < 4096 {
                open.extend(
                    self.array(dict, b"Kids")
                        .iter()
                        .rev()
                        .map(|kid| (kid, name.clone())),
                );
            }
        }
        true
    }

    fn field_values(&mut self, dict: &'d Dictionary, name: &str, part: Option<&str>) -> bool {
        let label = self.string(dict, b"TU").or_else(|| part.map(str::to_string));
        let label = label.as_deref().or(Some(name)).filter(|label| !label.is_empty());
        let mut values = Vec::new();
        for key in [b"V".as_slice(), b"DV"] {
            let Some(value) = self.entry(dict, key) else {
                continue;
            };
            let mut found = self.field_texts(value);
            found.retain(|text| !text.trim().is_empty() && !values.contains(text));
            values.append(&mut found);
        }
        // A help text mostly is the same for everybody; one with a value in it is data.
        let is_data =
            |text: &String| text.contains('@') || text.bytes().filter(u8::is_ascii_digit).count() >= 6;
        values.extend(self.string(dict, b"TU").filter(is_data));
        values.iter().all(|value| {
            let mut text = Text::whole(value, Place::Field { name: name.into() });
            text.label = label;
            !self.out.segment(&Segment::Text(&text)).is_stop()
        })
    }

    fn field_texts(&self, value: &'d Object) -> Vec<String> {
        match value {
            Object::String(bytes, _) => vec![text_string(bytes)],
            Object::Array(items) => items
                .iter()
                .filter_map(|item| self.doc.dereference(item).ok()?.1.as_str().ok())
                .map(text_string)
                .collect(),
            Object::Stream(stream) => decoded(stream, MAX_XML).iter().map(|b| text_string(b)).collect(),
            // A signature: who signed, where and how to reach them.
            Object::Dictionary(signature) => [b"Name".as_slice(), b"Location", b"Reason", b"ContactInfo"]
                .iter()
                .filter_map(|key| self.string(signature, key))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Forms made with XFA keep their values in XML.
    fn form_data(&mut self, form: &'d Dictionary) -> bool {
        let streams: Vec<&Stream> = match self.entry(form, b"XFA") {
            Some(Object::Stream(stream)) => vec![stream],
            Some(Object::Array(parts)) => parts
                .chunks_exact(2)
                .filter(|pair| {
                    pair.first()
                        .is_some_and(|name| name.as_str().is_ok_and(|n| n == b"datasets"))
                })
                .filter_map(|pair| self.doc.dereference(pair.get(1)?).ok()?.1.as_stream().ok())
                .collect(),
            _ => return true,
        };
        for stream in streams {
            let Some(bytes) = decoded(stream, MAX_XML) else {
                continue;
            };
            for (name, value) in xml::leaves(&bytes) {
                let text = Text::whole(
                    &value,
                    Place::Field {
                        name: name.as_str().into(),
                    },
                )
                .labelled(&name);
                if self.out.segment(&Segment::Text(&text)).is_stop() {
                    return false;
                }
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
            if met.len() >= MAX_OBJECTS || object.as_reference().is_ok_and(|id| !met.insert(id)) {
                continue;
            }
            let Some(dict) = self.dict(object) else {
                continue;
            };
            if let Some(title) = self.string(dict, b"Title") {
                titles.push_str(&title.replace('\n', " "));
                titles.push('\n');
            }
            // Only what has a number can be told from what was met before.
            open.extend(dict.get(b"Next").ok().filter(|next| next.as_reference().is_ok()));
            open.extend(first(dict).filter(|first| first.as_reference().is_ok()));
        }
        titles.is_empty() || self.part("bookmarks", None, &titles)
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
            let Some(bytes) = decoded(stream, MAX_XML) else {
                continue;
            };
            for (name, value) in xml::leaves(&bytes) {
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

    fn attachments(&mut self) -> bool {
        let doc = self.doc;
        let mut met = HashSet::new();
        for object in doc.objects.values() {
            let mut open = vec![object];
            while let Some(object) = open.pop() {
                let dict = match object {
                    Object::Dictionary(dict) => dict,
                    Object::Array(items) => {
                        open.extend(
                            items
                                .iter()
                                .filter(|i| matches!(i, Object::Array(_) | Object::Dictionary(_))),
                        );
                        continue;
                    }
                    _ => continue,
                };
                if dict.has(b"EF") && !self.attachment(dict, &mut met) {
                    return false;
                }
                let inner = dict.iter().map(|(_, value)| value);
                open.extend(inner.filter(|i| matches!(i, Object::Array(_) | Object::Dictionary(_))));
            }
        }
        true
    }

    /// Hands on an embedded file; each stream once, however often it is pointed to.
    fn attachment(&mut self, spec: &'d Dictionary, met: &mut HashSet<ObjectId>) -> bool {
        let Some(files) = self.entry(spec, b"EF").and_then(|files| files.as_dict().ok()) else {
            return true;
        };
        for (key, value) in files {
            let Ok((Some(id), Object::Stream(stream))) = self.doc.dereference(value) else {
                continue;
            };
            if met.len() >= MAX_OBJECTS || !met.insert(id) {
                continue;
            }
            let name = [b"UF".as_slice(), b"F", key]
                .iter()
                .find_map(|key| self.string(spec, key))
                .unwrap_or_else(|| "attachment".into());
            let extension = name
                .rsplit_once('.')
                .map(|(_, end)| end.to_string())
                .unwrap_or_default();
            let flow = if let Some(bytes) = decoded(stream, STREAM_LIMIT) {
                let content = Input::memory(&bytes, &extension);
                self.out.member(Member {
                    name: name.as_bytes(),
                    content,
                })
            } else {
                let reason = Reason::ExpansionLimit;
                self.out
                    .unread_member(name.as_bytes(), stream.content.len() as u64, reason)
            };
            if flow.is_stop() {
                return false;
            }
        }
        true
    }

    /// The notes of all pages.
    fn annotations(&mut self) -> Option<Notes> {
        let doc = self.doc;
        let mut notes = Notes::new();
        let mut left = MAX_OBJECTS;
        for (page, id) in doc.get_pages() {
            let Ok(page_dict) = doc.get_dictionary(id) else {
                continue;
            };
            for object in self.array(page_dict, b"Annots") {
                let (Some(dict), true) = (self.dict(object), left > 0) else {
                    continue;
                };
                left -= 1;
                if is_named(doc, dict, b"Subtype", b"Widget") {
                    // A field that its form has forgotten is still a field.
                    if dict.has(b"V") && !self.field(object) {
                        return None;
                    }
                    continue;
                }
                let found = self.annotation(dict);
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
        if let Some(action) = dict.get(b"A").ok().and_then(|action| self.dict(action))
            && let Some(link) = self.string(action, b"URI")
        {
            let text = percent_decoded(link.trim());
            let bare = ["mailto:", "tel:", "sms:"]
                .iter()
                .find_map(|scheme| text.strip_prefix(scheme));
            found.push(Note {
                label: Some("link"),
                text: bare.unwrap_or(&text).to_string(),
            });
        }
        found
    }
}

fn decoded(stream: &Stream, limit: usize) -> Option<Vec<u8>> {
    stream.get_plain_content_with_limit(limit).ok()
}
