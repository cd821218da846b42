//! The text of an XML part, whatever its elements are called.
//!
//! Personal data in a workbook hides beside the cells: in comments, headers, text boxes, validation lists, link
//! targets, properties and the caches of pivot tables. One streaming pass reads them all; runs of one paragraph are
//! joined, since a number may lie in several.

use std::borrow::Cow;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::decoded::Decoded;
use super::source::XmlSource;
use super::{attribute, lenient};
use crate::extract::escapes::entity_char;
use crate::extract::{Flow, Outlet, reason_of};
use crate::model::{Place, Reason, Segment, Text};

/// Elements at whose border a text ends. Any other element may stand in the middle of a number.
const BLOCKS: &[&str] = &[
    "p",
    "h",
    "si",
    "is",
    "c",
    "row",
    "v",
    "f",
    "text",
    "comment",
    "threadedComment",
    "author",
    "authors",
    "pt",
    "formula",
    "formula1",
    "formula2",
    "definedName",
    "br",
    "line-break",
    "div",
    "td",
    "tr",
    "sp",
    "txBody",
    "annotation",
    "creator",
    "date",
    "table-cell",
    "table-row",
    "list-item",
    "title",
    "desc",
    "help-message",
    "error-message",
    "region-left",
    "region-center",
    "region-right",
    "ext",
    "rPh",
    "extLst",
    "dataValidation",
    "Row",
    "Column",
    "val",
];
/// Headers and footers of a workbook, which have codes in them; each is a text of its own, too.
const HEADERS: &[&str] = &[
    "oddHeader",
    "oddFooter",
    "evenHeader",
    "evenFooter",
    "firstHeader",
    "firstFooter",
];
/// Ranges of cells: workbooks hold them by the hundred thousand, and they say nothing.
const MERGED: &str = "mergeCell";
/// Attributes that people or their programs put text into.
const ATTRIBUTES: &[&str] = &[
    "v",
    "descr",
    "title",
    "tooltip",
    "display",
    "location",
    "prompt",
    "promptTitle",
    "error",
    "errorTitle",
    "connection",
    "odcFile",
    "command",
    "description",
    "displayName",
    "userId",
    "author",
    "user",
    "userName",
    "oldName",
    "newName",
    "sourceFile",
    "url",
    "href",
    "string-value",
    "content",
    "alt",
    "caption",
    "creator",
    "refreshedBy",
    "comment",
    "totalsRowLabel",
    "condition",
    "filter-name",
    "lastGuid",
    "string",
];
/// Attributes of properties that say how, not what.
pub(in crate::extract) const SILENT: &[&str] = &[
    "type",
    "fmtid",
    "pid",
    "lang",
    "name",
    "vt",
    "baseType",
    "schemaLocation",
    "version",
];
/// Text is pushed in stretches of this size, with some of the neighbours around it.
const STRETCH: usize = 1 << 20;
const OVERLAP: usize = 4096;
/// Short texts are gathered to this size before they are pushed.
const GATHER: usize = 64 * 1024;

/// Whether a text ends at the border of an element.
fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name) || HEADERS.contains(&name)
}

/// How a part is read.
pub(in crate::extract) struct TextPass<'p> {
    /// Its name, which is the place of its text.
    pub(in crate::extract) name: &'p str,
    /// The sheet its cell references are of.
    pub(in crate::extract) sheet: Option<&'p str>,
}

impl TextPass<'_> {
    /// Reads a part and pushes its text.
    pub(in crate::extract) fn run<R: Read>(&self, part: R, out: &mut dyn Outlet) -> Result<Flow, Reason> {
        self.run_source(XmlSource::new(Decoded::new(part)), out)
    }

    /// The same from a source that may stand in the middle of the part.
    pub(in crate::extract) fn run_source<R: Read>(
        &self,
        source: XmlSource<R>,
        out: &mut dyn Outlet,
    ) -> Result<Flow, Reason> {
        let mut reader = Reader::from_reader(source);
        lenient(&mut reader);
        let lower = self.name.to_ascii_lowercase();
        let mut gathered = Gathered {
            pass: self,
            properties: lower.contains("docprops/") || lower.contains("customxml/") || lower == "meta.xml",
            own: lower.contains("customxml/"),
            rels: has_extension(&lower, &["rels"]),
            piece: String::new(),
            pieces: String::new(),
            label: String::new(),
            place: None,
            skipping: false,
            stopped: false,
        };
        let mut buffer = Vec::new();
        let mut events = 0u64;
        loop {
            buffer.clear();
            events += 1;
            if gathered.stopped || (events.is_multiple_of(4096) && out.tick().is_stop()) {
                return Ok(Flow::Stop);
            }
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(element)) => gathered.start(&element, out),
                Ok(Event::Empty(element)) => {
                    gathered.start(&element, out);
                    gathered.end(element.local_name().as_ref(), out);
                }
                Ok(Event::End(element)) => {
                    let name = element.local_name();
                    gathered.end(name.as_ref(), out);
                }
                Ok(Event::Text(text)) => gathered.text(&text, out),
                Ok(Event::CData(text)) => gathered.text(&text, out),
                Ok(Event::GeneralRef(entity)) => gathered.text(&resolve(&entity), out),
                Ok(Event::Comment(text)) => {
                    gathered.cut(out);
                    gathered.text(&text, out);
                    gathered.cut(out);
                }
                Ok(Event::Eof) => {
                    gathered.cut(out);
                    gathered.flush(out);
                    return Ok(if gathered.stopped {
                        Flow::Stop
                    } else {
                        Flow::Continue
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    gathered.cut(out);
                    gathered.flush(out);
                    if gathered.stopped {
                        return Ok(Flow::Stop);
                    }
                    return Err(match error {
                        quick_xml::Error::Io(error) => reason_of(&error),
                        _ => Reason::Damaged,
                    });
                }
            }
        }
    }
}

struct Gathered<'p> {
    pass: &'p TextPass<'p>,
    /// A part of properties: each element's name is the label of its text.
    properties: bool,
    /// Properties of an organisation's own, where any attribute may say something.
    own: bool,
    rels: bool,
    piece: String,
    pieces: String,
    label: String,
    place: Option<(u64, u32)>,
    /// In a cell that only points to a shared string.
    skipping: bool,
    stopped: bool,
}

impl Gathered<'_> {
    fn start(&mut self, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        let name = element.local_name();
        let name = name.as_ref();
        if name == MERGED {
            return;
        }
        if self.properties || is_block(name) {
            self.cut(out);
        }
        match name {
            "tab" => self.piece.push('\t'),
            "s" if element.name().as_ref() == "text:s" => self.piece.push(' '),
            "comment" | "threadedComment" => {
                self.place = attribute(element, "ref").and_then(|reference| cell_of(&reference));
            }
            "c" => {
                self.skipping = attribute(element, "t").as_deref() == Some("s");
            }
            "Relationship" if self.rels => {
                let target = attribute(element, "Target").unwrap_or_default();
                let outside =
                    attribute(element, "TargetMode").is_some_and(|m| m.eq_ignore_ascii_case("external"));
                if outside || target.contains(':') {
                    self.piece.push_str(&target);
                    self.cut(out);
                }
            }
            "sheet" | "definedName" | "tableColumn" | "cNvPr" | "property" | "connection" | "person" => {
                self.aside(&attribute(element, "name").unwrap_or_default(), out);
            }
            // Of a control, an entry of its list; of a scenario, the value of a cell.
            "filter" | "customFilter" | "item" | "inputCells" => {
                self.aside(&attribute(element, "val").unwrap_or_default(), out);
            }
            "cfRule" => self.aside(&attribute(element, "text").unwrap_or_default(), out),
            _ => {}
        }
        if self.rels || self.skipping {
            return;
        }
        if self.properties {
            name.clone_into(&mut self.label);
            if let Some(key) = attribute(element, "name") {
                self.label = key;
            }
        }
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.local_name();
            let wanted = ATTRIBUTES.contains(&key.as_ref())
                || (self.properties
                    && (self.own || !SILENT.contains(&key.as_ref()))
                    && !attribute.key.as_ref().starts_with("xmlns"));
            if wanted && attribute.value.len() > 1 {
                self.aside(&value_of(&attribute), out);
            }
        }
    }

    fn end(&mut self, name: &str, out: &mut dyn Outlet) {
        if name == MERGED {
            return;
        }
        if HEADERS.contains(&name) {
            self.piece = header(&self.piece);
        }
        if self.properties || is_block(name) {
            self.cut(out);
        }
        match name {
            "comment" | "threadedComment" => self.place = None,
            "c" => self.skipping = false,
            _ => {}
        }
        if self.properties {
            self.label.clear();
        }
    }

    fn text(&mut self, text: &str, out: &mut dyn Outlet) {
        // White space with a line break between elements is the writer's indentation.
        if self.skipping || (text.contains('\n') && text.trim().is_empty()) {
            return;
        }
        self.piece.push_str(text);
        if self.piece.len() > 4 * STRETCH {
            self.cut(out);
        }
    }

    /// A text that stands in an attribute: it must not cut the running text in two.
    fn aside(&mut self, text: &str, out: &mut dyn Outlet) {
        let running = std::mem::replace(&mut self.piece, text.to_owned());
        self.cut(out);
        self.piece = running;
    }

    /// Ends the text that is being joined.
    fn cut(&mut self, out: &mut dyn Outlet) {
        let piece = without_codes(self.piece.trim());
        if piece.is_empty() || self.stopped {
            self.piece.clear();
            return;
        }
        if let (Some((row, column)), Some(sheet)) = (self.place, self.pass.sheet) {
            let place = Place::Cell {
                sheet: Cow::Borrowed(sheet),
                row,
                column,
            };
            self.stopped = push(&piece, &place, None, out).is_stop();
        } else if self.properties && !self.label.is_empty() {
            let place = Place::Part {
                name: Cow::Borrowed(self.pass.name),
            };
            self.stopped = push(&piece, &place, Some(&self.label), out).is_stop();
        } else {
            self.pieces.push_str(&piece);
            self.pieces.push('\n');
            if self.pieces.len() > GATHER {
                self.flush(out);
            }
        }
        self.piece.clear();
    }

    fn flush(&mut self, out: &mut dyn Outlet) {
        if !self.pieces.is_empty() && !self.stopped {
            let place = Place::Part {
                name: Cow::Borrowed(self.pass.name),
            };
            self.stopped = push(&self.pieces, &place, None, out).is_stop();
        }
        self.pieces.clear();
    }
}

/// Pushes a text in stretches that overlap.
pub(in crate::extract) fn push(
    text: &str,
    place: &Place<'_>,
    label: Option<&str>,
    out: &mut dyn Outlet,
) -> Flow {
    let mut start = 0;
    while start < text.len() {
        let end = border(text, start.saturating_add(STRETCH));
        let from = border(text, start.saturating_sub(OVERLAP));
        let to = border(text, end.saturating_add(OVERLAP));
        let stretch = Text {
            text: text.get(from..to).unwrap_or_default(),
            own: start - from..end - from,
            place: place.clone(),
            label,
        };
        if out.segment(&Segment::Text(&stretch)).is_stop() {
            return Flow::Stop;
        }
        start = end;
    }
    Flow::Continue
}

/// The character border at or after an offset.
fn border(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len())
}

/// What an entity stands for; one that is not known is kept as it is written.
pub(in crate::extract) fn resolve(entity: &BytesRef<'_>) -> Cow<'static, str> {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        return Cow::Owned(c.to_string());
    }
    Cow::Borrowed(match entity.as_ref() {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        name => {
            return Cow::Owned(match entity_char(name) {
                Some(c) => c.to_string(),
                None => format!("&{name};"),
            });
        }
    })
}

/// An attribute's value; as it is written where it holds an unknown entity.
pub(in crate::extract) fn value_of(attribute: &Attribute<'_>) -> String {
    match attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0) {
        Ok(value) => value.into_owned(),
        Err(_) => attribute.value.to_string(),
    }
}

/// Whether a name (in lower case) ends in one of these.
pub(in crate::extract) fn has_extension(lower: &str, extensions: &[&str]) -> bool {
    lower
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extensions.contains(&extension))
}

/// Whether a part (in lower case) is what a control that people fill in holds.
pub(in crate::extract) fn is_control(lower: &str) -> bool {
    lower.contains("/activex/") && has_extension(lower, &["bin"])
}

/// Row and column of a cell reference such as `B7` or `$B$7`; of a range, its first cell.
pub(in crate::extract) fn cell_of(reference: &str) -> Option<(u64, u32)> {
    let mut column = 0u32;
    let mut row = 0u64;
    for c in reference.split(':').next()?.chars().filter(|&c| c != '$') {
        match c {
            'A'..='Z' if row == 0 => {
                column = column.checked_mul(26)?.checked_add(c as u32 - 'A' as u32 + 1)?;
            }
            '0'..='9' => row = row.checked_mul(10)?.checked_add(u64::from(c) - u64::from('0'))?,
            _ => return None,
        }
    }
    (row > 0 && column > 0).then_some((row, column))
}

/// A header or footer without its codes: `&L&"Arial,Bold"&10Lista` says `Lista`. Other text passes as it is.
pub(in crate::extract) fn without_codes(text: &str) -> Cow<'_, str> {
    let coded = ["&L", "&C", "&R", "&\""]
        .iter()
        .any(|code| text.starts_with(code));
    if coded {
        Cow::Owned(header(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// What is known to be a header or footer, without its codes.
pub(in crate::extract) fn header(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '&' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('&') => plain.push('&'),
            Some('"') => drop(chars.by_ref().find(|&c| c == '"')),
            Some('K') => drop(chars.by_ref().nth(5)),
            Some('0'..='9') => while chars.next_if(char::is_ascii_digit).is_some() {},
            Some('L' | 'C' | 'R') if !plain.is_empty() => plain.push('\n'),
            _ => {}
        }
    }
    plain.trim().to_owned()
}
