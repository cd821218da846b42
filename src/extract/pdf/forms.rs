//! The values of forms: fields with their names and labels, and the XML of forms made with XFA.
//!
//! Form values are the very thing a form was filled in for, and mostly stand in no page text.

use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::layout::squeeze;
use super::strings::text_string;
use super::structure::{MAX_OBJECTS, Teller};
use super::xml;
use crate::model::{Place, Segment, Text};

/// Options of one list that are told.
const MAX_OPTIONS: usize = 2_000;
/// XFA packets of one form.
const MAX_PACKETS: usize = 64;
/// What one packet may come to: pictures and attachments are kept in it.
const MAX_PACKET: usize = 32 << 20;
/// The longest name that is put in front of those of the fields below.
const LONGEST_NAME: usize = 4096;

impl<'d> Teller<'d, '_> {
    pub(super) fn form(&mut self) -> bool {
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
    pub(super) fn field(&mut self, root: &'d Object) -> bool {
        let mut open: Vec<(&Object, Rc<str>)> = vec![(root, "".into())];
        while let Some((object, above)) = open.pop() {
            if let Object::Reference(id) = object {
                if self.told.len() >= MAX_OBJECTS {
                    self.losses.cut();
                    break;
                }
                if !self.told.insert(*id) {
                    continue;
                }
            }
            let Some(dict) = self.dict(object) else {
                continue;
            };
            let part = self.string(dict, b"T");
            let name = match &part {
                Some(part) if above.is_empty() => part.as_str().into(),
                Some(part) if above.len() < LONGEST_NAME => format!("{above}.{part}").into(),
                _ => above,
            };
            if !self.field_values(dict, &name, part.as_deref()) {
                return false;
            }
            let kids = self.array(dict, b"Kids");
            let fit = kids.get(..self.kids).unwrap_or(kids);
            self.kids -= fit.len();
            if fit.len() < kids.len() {
                self.losses.cut();
            }
            open.extend(fit.iter().rev().map(|kid| (kid, Rc::clone(&name))));
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
        // The same with fonts and colours, or something else.
        if let Some(rich) = self.entry(dict, b"RV").and_then(|rich| self.long_text(rich)) {
            let rich = xml::text(&rich, &self.losses);
            let is_new = |value: &String| squeeze(value) != squeeze(&rich);
            if !rich.is_empty() && values.iter().all(is_new) {
                values.push(rich);
            }
        }
        // A help text mostly is the same for everybody; one with a value in it is data.
        let is_data =
            |text: &String| text.contains('@') || text.bytes().filter(u8::is_ascii_digit).count() >= 6;
        values.extend(self.string(dict, b"TU").filter(is_data));
        // What can be chosen: a list of persons, with what is shown of each beside what stands for it.
        let options = self.array(dict, b"Opt");
        if options.len() > MAX_OPTIONS {
            self.losses.cut();
        }
        for option in options.iter().take(MAX_OPTIONS) {
            let Ok((_, option)) = self.doc.dereference(option) else {
                continue;
            };
            let mut found = self.field_texts(option);
            found.retain(|text| !text.trim().is_empty() && !values.contains(text));
            values.append(&mut found);
        }
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
            Object::Stream(_) => self.long_text(value).iter().map(|b| text_string(b)).collect(),
            // A signature: who signed, where and how to reach them.
            Object::Dictionary(signature) => {
                let mut found: Vec<String> = [b"Name".as_slice(), b"Location", b"Reason", b"ContactInfo"]
                    .iter()
                    .filter_map(|key| self.string(signature, key))
                    .collect();
                if let Some(Object::String(der, _)) = self.entry(signature, b"Contents") {
                    found.extend(super::signature::names(der));
                }
                found
            }
            _ => Vec::new(),
        }
    }

    /// Forms made with XFA keep their values in one XML packet and what they ask for in others.
    fn form_data(&mut self, form: &'d Dictionary) -> bool {
        match self.entry(form, b"XFA") {
            Some(stream @ Object::Stream(_)) => self.packet(b"", stream),
            Some(Object::Array(parts)) => {
                if parts.len() > 2 * MAX_PACKETS {
                    self.losses.cut();
                }
                parts.chunks_exact(2).take(MAX_PACKETS).all(|pair| match pair {
                    [name, value] => self.packet(name.as_str().unwrap_or_default(), value),
                    _ => true,
                })
            }
            _ => true,
        }
    }

    /// Tells the values of a packet, or of all packets in it where it has no name of its own.
    fn packet(&mut self, name: &[u8], value: &'d Object) -> bool {
        let xml = match self.doc.dereference(value) {
            Ok((_, Object::Stream(stream))) => self.losses.decoded(self.doc, stream, MAX_PACKET),
            Ok((_, Object::String(bytes, _))) => Some(bytes.clone()),
            _ => None,
        };
        let Some(xml) = xml else {
            return true;
        };
        let mut fixed = String::new();
        for leaf in xml::leaves(&xml, &self.losses) {
            let packet = if name.is_empty() {
                leaf.packet.as_bytes()
            } else {
                name
            };
            match packet {
                // Names of months and settings of the program that shows the form.
                b"localeSet" | b"config" | b"PDFSecurity" | b"preamble" | b"postamble" => {}
                b"datasets" | b"form" => {
                    let name = leaf.name.as_str().into();
                    let text = Text::whole(&leaf.text, Place::Field { name }).labelled(&leaf.name);
                    if self.out.segment(&Segment::Text(&text)).is_stop() {
                        return false;
                    }
                }
                // Attributes of a template say how things look.
                _ if !leaf.is_attribute => {
                    fixed.push_str(&leaf.text);
                    fixed.push('\n');
                }
                _ => {}
            }
        }
        fixed.is_empty() || self.part("form template", None, &fixed)
    }
}
