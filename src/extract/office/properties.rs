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
use crate::extract::{Flow, Outlet, given, reason_of};
use crate::model::{Place, Reason};

/// Attributes that say how, not what, beside those of [`parts::SILENT`].
const SILENT: &[&str] = &["id", "uri", "value-type", "string"];
/// What programs count.
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
    "BuildNumberCreated",
    "BuildNumberEdited",
];
/// Programs' names for themselves, with versions that look like numbers of something else.
const PROGRAMS: &[&str] = &["generator", "Application", "editing-duration"];
/// Elements that only hold the value of what stands around them.
const VALUES: &[&str] = &["value", "val", "v", "text", "string", "data", "content"];
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
        own: base.starts_with("custom data"),
        label: String::new(),
        named: String::new(),
        named_at: 0,
        depth: 0,
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
                list.end(out);
            }
            Ok(Event::End(_)) => list.end(out),
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
    /// Data of an organisation's own, where any element and attribute may say something.
    own: bool,
    label: String,
    /// The `name` attribute that labels what stands below its element (`property`, `config-item`).
    named: String,
    /// How deep that element stands, and how deep it is now.
    named_at: u64,
    depth: u64,
    value: String,
    place: String,
    stopped: bool,
}

impl List<'_> {
    fn start(&mut self, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        self.tell(out);
        self.depth += 1;
        let local = element.local_name();
        local.as_ref().clone_into(&mut self.label);
        let name = attribute(element, "name").or_else(|| attribute(element, "property"));
        let is_named = name.is_some();
        if let Some(name) = name {
            self.named = name;
            self.named_at = self.depth;
        }
        // What an organisation calls a value says more than who it is of.
        let is_value = is_named || !self.own || VALUES.iter().any(|v| v.eq_ignore_ascii_case(&self.label));
        // A label is told where the value stands: no number may be one.
        if !self.named.is_empty() && is_value && !given::has_number(&self.named) {
            self.named.clone_into(&mut self.label);
        }
        // Schemas name types, and so do lists of properties.
        let schema =
            matches!(element.name().prefix(), Some(prefix) if matches!(prefix.as_ref(), "xs" | "xsd"));
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.local_name();
            let key = key.as_ref();
            let how = SILENT.contains(&key) || parts::SILENT.contains(&key);
            let silent = attribute.key.as_ref().starts_with("xmlns")
                || how && (schema || !self.own) && !given::has_number(&attribute.value)
                || how && is_identity(&attribute.value);
            if !silent && attribute.value.len() > 1 && !attribute.value.starts_with("http://schemas.") {
                let element = std::mem::replace(&mut self.label, key.to_owned());
                self.value = value_of(&attribute);
                self.tell(out);
                self.label = element;
            }
        }
    }

    fn end(&mut self, out: &mut dyn Outlet) {
        self.tell(out);
        if self.depth <= self.named_at {
            self.named.clear();
        }
        self.depth = self.depth.saturating_sub(1);
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
        let blob = value.len() > BLOB && is_blob(value);
        let switch = matches!(value, "" | "true" | "false") || self.is_count(value);
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

    /// Whether a value is what programs count and say of themselves. A property of the same name is not.
    fn is_count(&self, value: &str) -> bool {
        let is = |names: &[&str]| names.contains(&self.label.as_str());
        let number = value.len() < 10 && !value.contains(char::is_alphabetic);
        !self.own && self.named.is_empty() && (number && is(COUNTS) || is(PROGRAMS) && !is_of_a_person(value))
    }
}

/// Whether a text holds what may be the number or the address of a person.
fn is_of_a_person(value: &str) -> bool {
    let number =
        |word: &str| word.len() > 9 && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+'));
    value.contains('@') || value.split_whitespace().any(number)
}

/// Whether an attribute is an identity that a program drew: `{8BD21D10-EC42-11CE-9E0D-00AA006002F3}`.
fn is_identity(value: &str) -> bool {
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    inner.is_some_and(|inner| inner.len() == 36 && inner.chars().all(hex))
}

/// Whether a value is bytes in letters, such as what a printer is set to: a person's lists have lines and separators.
fn is_blob(value: &str) -> bool {
    let mut lines = value.split_ascii_whitespace().rev();
    // The last line of it may be short.
    let letters = |line: &str| {
        line.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    lines.next().is_some_and(letters) && lines.all(|line| line.len() > 40 && letters(line))
}
