//! Parts that are lists of properties: who wrote a document, for which company, which custom fields it has.
//!
//! There the name of an element, or its `name` attribute, is the label of its text: a custom property "Personnummer"
//! says what its value is.

use std::borrow::Cow;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::extract::package::decoded::Decoded;
use crate::extract::package::parts::{self, push, resolve, value_of};
use crate::extract::package::source::XmlSource;
use crate::extract::package::{attribute, lenient};
use crate::extract::{Flow, Outlet, reason_of};
use crate::model::{Place, Reason};

/// Attributes that say how, not what, beside those of [`parts::SILENT`].
const SILENT: &[&str] = &["id", "uri", "value-type", "string"];
/// What programs count and switch.
const COUNTS: &[&str] = &[
    "TotalTime",
    "Pages",
    "Words",
    "Characters",
    "Lines",
    "Paragraphs",
    "CharactersWithSpaces",
    "DocSecurity",
    "AppVersion",
    "i4",
    "Slides",
    "Notes",
    "HiddenSlides",
    "MMClips",
    "editing-cycles",
    "editing-duration",
    "document-statistic",
    "page-count",
    "table-count",
    "image-count",
    "object-count",
    "paragraph-count",
    "word-count",
    "character-count",
    "non-whitespace-character-count",
    "revision",
    "generator",
    "Application",
    "BuildNumberCreated",
    "BuildNumberEdited",
];
/// Values that no program reads as text are longer than a person writes.
const BLOB: usize = 4096;
/// A value is pushed in pieces beyond this.
const MOST: usize = 4 << 20;

/// Reads a part and pushes each value with its name, at `base/name`.
pub(super) fn read(part: impl Read, base: &str, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let mut reader = Reader::from_reader(XmlSource::new(Decoded::new(part)));
    lenient(&mut reader);
    let mut buffer = Vec::new();
    let mut list = List {
        base,
        label: String::new(),
        named: String::new(),
        value: String::new(),
        place: String::new(),
        stopped: false,
    };
    for step in 1u64.. {
        buffer.clear();
        if list.stopped || (step.is_multiple_of(4096) && out.tick().is_stop()) {
            return Ok(Flow::Stop);
        }
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => list.start(&element, out),
            Ok(Event::Empty(element)) => {
                list.start(&element, out);
                list.end(element.local_name().as_ref(), out);
            }
            Ok(Event::End(element)) => list.end(element.local_name().as_ref(), out),
            Ok(Event::Text(text)) => list.text(&text, out),
            Ok(Event::CData(text)) => list.text(&text, out),
            Ok(Event::GeneralRef(entity)) => list.text(&resolve(&entity), out),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                list.tell(out);
                return Err(match error {
                    quick_xml::Error::Io(error) => reason_of(&error),
                    _ => Reason::Damaged,
                });
            }
        }
    }
    list.tell(out);
    Ok(if list.stopped { Flow::Stop } else { Flow::Continue })
}

struct List<'b> {
    base: &'b str,
    label: String,
    /// The `name` attribute that labels what stands below its element (`property`, `config-item`).
    named: String,
    value: String,
    place: String,
    stopped: bool,
}

impl List<'_> {
    fn start(&mut self, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        self.tell(out);
        let name = element.local_name();
        name.as_ref().clone_into(&mut self.label);
        if let Some(name) = attribute(element, "name").or_else(|| attribute(element, "property")) {
            self.named = name;
        }
        if !self.named.is_empty() {
            self.named.clone_into(&mut self.label);
        }
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.local_name();
            let silent = (SILENT.contains(&key.as_ref()) || parts::SILENT.contains(&key.as_ref()))
                && !self.is_number_of_a_person(key.as_ref(), &attribute.value)
                || attribute.key.as_ref().starts_with("xmlns");
            if !silent && attribute.value.len() > 1 && !attribute.value.starts_with("http://schemas.") {
                let element = std::mem::replace(&mut self.label, key.as_ref().to_owned());
                self.value = value_of(&attribute);
                self.tell(out);
                self.label = element;
            }
        }
    }

    /// Data of an organisation call a person's number `id` too.
    fn is_number_of_a_person(&self, key: &str, value: &str) -> bool {
        let digit = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+');
        key == "id" && self.base.starts_with("custom data") && value.len() > 9 && value.chars().all(digit)
    }

    fn end(&mut self, name: &str, out: &mut dyn Outlet) {
        self.tell(out);
        if matches!(name, "property" | "user-defined" | "config-item" | "meta") {
            self.named.clear();
        }
        self.label.clear();
    }

    fn text(&mut self, text: &str, out: &mut dyn Outlet) {
        self.value.push_str(text);
        if self.value.len() > MOST {
            self.tell(out);
        }
    }

    fn tell(&mut self, out: &mut dyn Outlet) {
        let value = self.value.trim();
        let blob = value.len() > BLOB && !value.contains(' ');
        let switch = matches!(value, "" | "true" | "false") || COUNTS.contains(&self.label.as_str());
        // Settings are measures of windows and papers, but for those that name a printer or a source of addresses.
        let measure = self.base == "settings" && value.len() < 9 && !value.contains(char::is_alphabetic);
        if !self.stopped && !blob && !switch && !measure {
            self.place.clear();
            self.place.push_str(self.base);
            if !self.label.is_empty() {
                self.place.push('/');
                self.place.push_str(&self.label);
            }
            let place = Place::Part {
                name: Cow::Borrowed(&self.place),
            };
            let label = Some(self.label.as_str()).filter(|label| !label.is_empty());
            self.stopped = push(value, &place, label, out).is_stop();
        }
        self.value.clear();
    }
}
