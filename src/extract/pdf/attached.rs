//! What can stand in any object of a PDF: attachments, scripts, and the texts that are read out in place of pictures.
//!
//! Attachments are pointed to from half a dozen places (the name tree, annotations, associated files of anything),
//! and so are scripts: looking at every dictionary once finds them all.

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId};

use super::guard::STREAM_LIMIT;
use super::strings::text_string;
use super::structure::{MAX_OBJECTS, MAX_XML, Teller};
use crate::extract::{Input, Member};

/// How often the engine is asked for time.
const TICK: usize = 4096;

/// What was gathered.
#[derive(Default)]
struct Said {
    texts: HashSet<Vec<u8>>,
    objects: HashSet<ObjectId>,
    /// Bytes of all texts, also of those that were met before.
    unpacked: usize,
}

impl<'d> Teller<'d, '_> {
    /// Looks at every dictionary of the document.
    pub(super) fn everywhere(&mut self) -> bool {
        let doc = self.doc;
        let mut met = HashSet::new();
        let mut said = Said::default();
        let (mut instead, mut scripts, mut elements) = (String::new(), String::new(), String::new());
        for (index, object) in doc.objects.values().enumerate() {
            if index % TICK == 0 && self.out.tick().is_stop() {
                return false;
            }
            let mut open = vec![object];
            while let Some(object) = open.pop() {
                let dict = match object {
                    Object::Dictionary(dict) => dict,
                    Object::Array(items) => {
                        open.extend(items.iter().filter(|item| is_composite(item)));
                        continue;
                    }
                    _ => continue,
                };
                for (key, value) in dict {
                    match key.as_slice() {
                        b"EF" if !self.attachment(dict, &mut met) => return false,
                        b"JS" => self.gather(value, &mut said, &mut scripts),
                        b"Alt" if is_picture_element(dict) => self.gather(value, &mut said, &mut instead),
                        b"E" | b"ActualText" | b"T" if is_element(dict) => {
                            self.gather(value, &mut said, &mut elements);
                        }
                        _ if is_composite(value) => open.push(value),
                        _ => {}
                    }
                }
            }
        }
        let parts = [
            ("scripts", scripts),
            ("alternative texts", instead),
            ("structure", elements),
        ];
        parts
            .iter()
            .all(|(name, text)| text.is_empty() || self.part(name, None, text))
    }

    /// Adds a text that was not met before as lines of its own.
    fn gather(&mut self, value: &'d Object, said: &mut Said, all: &mut String) {
        let Ok((id, resolved)) = self.doc.dereference(value) else {
            return;
        };
        // A stream is unpacked once, however often it is pointed to.
        if id.is_some_and(|id| !said.objects.insert(id)) {
            return;
        }
        if said.unpacked > 4 * MAX_XML {
            self.losses.cut();
            return;
        }
        let Some(bytes) = self.long_text(resolved) else {
            return;
        };
        said.unpacked += bytes.len();
        if all.len() + bytes.len() > MAX_XML || said.texts.len() >= MAX_OBJECTS {
            self.losses.cut();
            return;
        }
        let text = text_string(&bytes);
        if text.trim().chars().nth(1).is_some() && said.texts.insert(bytes) {
            all.push_str(text.trim());
            all.push('\n');
        }
    }

    /// Tells what is said of an attachment: a description, the columns of a portfolio (sender, subject ...).
    fn about_attachment(&mut self, spec: &'d Dictionary) -> bool {
        let mut texts: Vec<(String, String)> = Vec::new();
        texts.extend(
            self.string(spec, b"Desc")
                .map(|text| ("description".into(), text)),
        );
        if let Some(Object::Dictionary(columns)) = self.entry(spec, b"CI") {
            for (key, value) in columns {
                let value = self.doc.dereference(value).ok().map(|(_, value)| value);
                let text = match value {
                    Some(Object::String(bytes, _)) => Some(text_string(bytes)),
                    Some(Object::Dictionary(column)) => self.string(column, b"D"),
                    _ => None,
                };
                texts.extend(text.map(|text| (text_string(key), text)));
            }
        }
        texts
            .iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .all(|(label, text)| self.part("attachments", Some(label), text))
    }

    /// Hands on an embedded file; each stream once, however often it is pointed to.
    fn attachment(&mut self, spec: &'d Dictionary, met: &mut HashSet<ObjectId>) -> bool {
        if !self.about_attachment(spec) {
            return false;
        }
        let Some(files) = self.entry(spec, b"EF").and_then(|files| files.as_dict().ok()) else {
            return true;
        };
        for (key, value) in files {
            let Ok((Some(id), Object::Stream(stream))) = self.doc.dereference(value) else {
                continue;
            };
            if met.len() >= MAX_OBJECTS {
                self.losses.cut();
                continue;
            }
            if !met.insert(id) {
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
            let flow = match self.losses.content(self.doc, stream, STREAM_LIMIT) {
                Ok(bytes) => {
                    let content = Input::memory(&bytes, &extension);
                    self.out.member(Member {
                        name: name.as_bytes(),
                        content,
                    })
                }
                Err(reason) => {
                    let size = stream.content.len() as u64;
                    self.out.unread_member(name.as_bytes(), size, reason)
                }
            };
            if flow.is_stop() {
                return false;
            }
        }
        true
    }
}

/// Whether an element of the document's structure stands for a picture; what is said of links and words repeats them.
fn is_picture_element(dict: &Dictionary) -> bool {
    let kind = dict.get(b"S").and_then(Object::as_name);
    kind.is_ok_and(|kind| !matches!(kind, b"Link" | b"Span" | b"Reference" | b"Annot"))
}

/// Whether it is an element of the document's structure: those have titles, written-out abbreviations and texts.
fn is_element(dict: &Dictionary) -> bool {
    dict.has_type(b"StructElem")
        || (dict.get(b"S").is_ok_and(|kind| kind.as_name().is_ok())
            && dict.has(b"P")
            && (dict.has(b"K") || dict.has(b"Pg"))
            && !dict.has(b"Subtype"))
}

fn is_composite(object: &Object) -> bool {
    matches!(object, Object::Array(_) | Object::Dictionary(_))
}
