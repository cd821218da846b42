//! One streaming pass over an XML part: its elements become running text.
//!
//! Every part of every office format goes through it, so that runs are joined, tables known and deleted text kept
//! apart in one place. There is no recursion: a document nested a million deep costs counters.

use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::book::{Book, ENOUGH};
use super::embedded;
use super::roles::{self, Role};
use super::running::{Mark, Running, Spot};
use crate::extract::package::decoded::Decoded;
use crate::extract::package::parts::{resolve, value_of};
use crate::extract::package::source::XmlSource;
use crate::extract::package::{attribute, lenient};
use crate::extract::{Flow, Outlet, given, reason_of};
use crate::model::Reason;

/// An instruction of a field is told in pieces beyond this.
const INSTRUCTION: usize = 64 * 1024;
/// Alternatives within alternatives beyond this are all read.
const ALTERNATES: usize = 64;
/// Lines of one alternative that are compared.
const LINES: usize = 256;

/// How a part is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    /// The XML of Microsoft Office, and whatever keeps white space.
    Office,
    /// OpenDocument.
    Odf,
    /// XHTML.
    Html,
}

/// Reads a part from where it stands, and pushes its text.
pub(super) fn read(
    part: impl Read,
    spot: Spot,
    tongue: Tongue,
    book: &mut Book,
    out: &mut dyn Outlet,
) -> Result<Flow, Reason> {
    let mut reader = Reader::from_reader(XmlSource::new(Decoded::new(part)));
    lenient(&mut reader);
    let mut prose = Prose {
        is_body: matches!(&spot, Spot::Page(_)) || spot == Spot::Part("document".to_owned()),
        home: spot.clone(),
        running: Running::new(spot, book.tables),
        tongue,
        book,
        silent: 0,
        deleted: 0,
        inserted: 0,
        instructing: 0,
        instruction: String::new(),
        changer: None,
        alternates: Vec::new(),
        beyond: 0,
        pages: 0,
        begun: false,
        workbooks: 0,
        height: String::new(),
    };
    let mut buffer = Vec::new();
    let mut events = 0u64;
    let result = loop {
        buffer.clear();
        events += 1;
        if prose.running.is_stopped() || (events.is_multiple_of(4096) && out.tick().is_stop()) {
            return Ok(Flow::Stop);
        }
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) if prose.is_workbook(&element) => {
                let name = format!("object {}", prose.workbooks);
                match embedded::hand_on(&mut reader, element, &name, out) {
                    Ok(Flow::Continue) => {}
                    Ok(Flow::Stop) => return Ok(Flow::Stop),
                    // The rest of the document is there.
                    Err(Reason::ContentLimit) => prose.book.notes.add(Reason::ContentLimit),
                    Err(reason) => break Err(reason),
                }
            }
            Ok(Event::Start(element)) => prose.start(&element, out),
            Ok(Event::Empty(element)) => {
                prose.start(&element, out);
                prose.end(element.local_name().as_ref(), element.name().as_ref(), out);
            }
            Ok(Event::End(element)) => {
                prose.end(element.local_name().as_ref(), element.name().as_ref(), out);
            }
            Ok(Event::Text(text)) => prose.text(&text, out),
            Ok(Event::CData(text)) => prose.text(&text, out),
            Ok(Event::GeneralRef(entity)) => prose.text(&resolve(&entity), out),
            Ok(Event::Comment(text)) => prose.running.aside(&text, out),
            Ok(Event::Eof) => break Ok(()),
            Ok(_) => {}
            Err(quick_xml::Error::Io(error)) => break Err(reason_of(&error)),
            Err(_) => break Err(Reason::Damaged),
        }
    };
    prose.running.finish(out);
    prose.book.tables = prose.running.next_table();
    if prose.running.is_stopped() {
        return Ok(Flow::Stop);
    }
    result.map(|()| Flow::Continue)
}

/// One thing written in two ways.
struct Alternate {
    /// The lines of the writings before, as numbers.
    said: Vec<u64>,
    /// Where the present one begins.
    mark: Option<Mark>,
}

struct Prose<'b> {
    /// Whether it is what the document is about, and not beside it.
    is_body: bool,
    /// Where the part stands, for when deleted text is over.
    home: Spot,
    running: Running,
    tongue: Tongue,
    book: &'b mut Book,
    /// How deep in elements of these roles it is.
    silent: u32,
    deleted: u32,
    inserted: u32,
    instructing: u32,
    instruction: String,
    /// Who made a change, while that is being read.
    changer: Option<String>,
    alternates: Vec<Alternate>,
    /// Alternatives beyond the bound.
    beyond: u32,
    /// Slides or pages so far.
    pages: u32,
    /// Whether an element has begun.
    begun: bool,
    /// Workbooks in the document's own file so far.
    workbooks: u32,
    /// Where on a page the last glyphs stand.
    height: String,
}

impl Prose<'_> {
    fn role(&self, local: &str, full: &str) -> Role {
        match self.tongue {
            Tongue::Html => roles::html(local),
            _ => roles::office(local, full),
        }
    }

    /// Whether a workbook begins inside the document; it is counted.
    fn is_workbook(&mut self, element: &BytesStart<'_>) -> bool {
        let inside = std::mem::replace(&mut self.begun, true) && self.tongue == Tongue::Odf;
        let found = inside && self.silent == 0 && embedded::is_workbook(element);
        self.workbooks += u32::from(found);
        found
    }

    fn start(&mut self, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        let (local, full) = (element.local_name(), element.name());
        let (local, full) = (local.as_ref(), full.as_ref());
        if self.silent > 0 {
            self.silent += 1;
            return;
        }
        match self.role(local, full) {
            Role::Inline => self.special(local, element, out),
            Role::Paragraph | Role::Aside => self.running.begin(out),
            Role::Block => self.running.end_loose(out),
            Role::LineBreak => self.running.break_line(out),
            // A tab stop of a style has a position.
            Role::Tab if attribute(element, "pos").is_none() => self.running.push_char('\t', out),
            Role::Tab => {}
            Role::Hyphen => self.running.push_char('-', out),
            Role::Spaces => {
                let count = attribute(element, "c").and_then(|count| count.trim().parse::<usize>().ok());
                for _ in 0..count.unwrap_or(1).clamp(1, 64) {
                    self.running.push_char(' ', out);
                }
            }
            Role::Table => self.running.table_start(out),
            Role::Caption => self.running.table_end(out),
            Role::Row => self.running.row_start(),
            Role::Cell => {
                let columns = match self.tongue {
                    Tongue::Office => None,
                    Tongue::Odf => attribute(element, "number-columns-repeated"),
                    Tongue::Html => attribute(element, "colspan"),
                };
                let columns = columns.and_then(|columns| columns.trim().parse().ok());
                self.running.cell_start(columns.unwrap_or(1), out);
            }
            Role::Deleted => {
                self.deleted += 1;
                self.author(element);
            }
            Role::Inserted => {
                self.inserted += 1;
                self.author(element);
            }
            Role::Instruction => self.instructing += 1,
            Role::Alternate if self.alternates.len() < ALTERNATES => self.alternates.push(Alternate {
                said: Vec::new(),
                mark: None,
            }),
            Role::Alternate => self.beyond += 1,
            Role::Choice => {
                if let Some(alternate) = self.alternates.last_mut().filter(|_| self.beyond == 0) {
                    alternate.mark = Some(self.running.mark());
                }
            }
            Role::Silent => self.silent = 1,
            Role::Glyphs => self.glyphs(element, out),
        }
        let spoken = match self.tongue {
            Tongue::Html => roles::spoken_html(local),
            _ => roles::spoken(local),
        };
        if !spoken.is_empty() {
            self.attributes(element, spoken, out);
        }
    }

    /// What single elements ask for.
    fn special(&mut self, local: &str, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        let count = |name| attribute(element, name).and_then(|count| count.trim().parse::<u32>().ok());
        match local {
            "gridSpan" => self.running.widen(count("val").unwrap_or(1)),
            "gridBefore" => self.running.skip_columns(count("val").unwrap_or(0)),
            "fldChar" => self.instructed(out),
            // Its text is a part of its own.
            "altChunk" => self.book.letters = ENOUGH,
            // A form's control has dozens of properties that say how it looks.
            "property" if self.tongue == Tongue::Odf => {
                let told = attribute(element, "property-name")
                    .is_some_and(|name| matches!(name.as_str(), "HelpText" | "DefaultText"));
                if told {
                    let value = attribute(element, "string-value").unwrap_or_default();
                    self.running.aside(&value, out);
                }
            }
            "comment" => {
                if let Some(author) = attribute(element, "author") {
                    self.book.author(&author);
                    self.running.aside(&author, out);
                }
            }
            "page" if self.tongue == Tongue::Odf => {
                self.pages += 1;
                if matches!(self.running.spot(), Spot::Page(_)) {
                    self.running.switch(Spot::Page(self.pages), out);
                }
            }
            "notes" if self.tongue == Tongue::Odf && self.pages > 0 => {
                let notes = format!("notes of slide {}", self.pages);
                self.running.switch(Spot::Part(notes), out);
            }
            "tracked-changes" => self.running.switch(Spot::Part("deleted text".to_owned()), out),
            "change-info" => {
                self.changer = Some(attribute(element, "chg-author").unwrap_or_default());
            }
            "Cell" => {
                // Visio keeps what people typed into a shape's data among thousands of measures.
                let typed = [
                    "Value",
                    "Label",
                    "Prompt",
                    "Address",
                    "Description",
                    "ExtraInfo",
                    "Comment",
                ];
                if attribute(element, "N").is_some_and(|name| typed.contains(&name.as_str())) {
                    let value = attribute(element, "V").unwrap_or_default();
                    self.running.aside(&value, out);
                }
            }
            _ if local.ends_with("Change") || local == "cellIns" || local == "cellDel" => {
                self.author(element);
            }
            _ => {}
        }
    }

    fn author(&mut self, element: &BytesStart<'_>) {
        if let Some(author) = attribute(element, "author") {
            self.book.author(&author);
        }
    }

    fn attributes(&mut self, element: &BytesStart<'_>, spoken: &[&str], out: &mut dyn Outlet) {
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.local_name();
            let key = key.as_ref();
            if !spoken.contains(&key) || attribute.value.len() < 2 {
                continue;
            }
            let value = value_of(&attribute);
            let silent = match key {
                "name" | "Name" => given::is_given(&value),
                "val" if element.local_name().as_ref() == "name" => given::is_given(&value),
                "instr" => given::said_by_code(&value).is_none(),
                "href" | "Address" => self.is_within(&value),
                _ => false,
            };
            if !silent {
                self.running.aside(&value, out);
            }
        }
    }

    /// Whether a link leads to a place within the document or the package.
    fn is_within(&self, link: &str) -> bool {
        let within = match self.tongue {
            // Files beside the document are behind `../`.
            Tongue::Odf => ["./", "Pictures/", "Object"]
                .iter()
                .any(|start| link.starts_with(start)),
            _ => true,
        };
        link.starts_with('#') || within && !link.contains([':', '@'])
    }

    fn end(&mut self, local: &str, full: &str, out: &mut dyn Outlet) {
        if self.silent > 1 {
            self.silent -= 1;
            return;
        }
        match self.role(local, full) {
            Role::Silent => self.silent = 0,
            Role::Paragraph => {
                self.instructed(out);
                self.running.end(out);
            }
            Role::Aside => self.running.end_aside(out),
            Role::Block => self.running.end_loose(out),
            Role::Table => self.running.table_end(out),
            Role::Caption => {
                self.running.end_loose(out);
                self.running.table_start(out);
            }
            Role::Row => self.running.row_end(out),
            Role::Cell => self.running.cell_end(out),
            Role::Deleted => self.deleted = self.deleted.saturating_sub(1),
            Role::Inserted => self.inserted = self.inserted.saturating_sub(1),
            Role::Instruction => self.instructing = self.instructing.saturating_sub(1),
            Role::Alternate if self.beyond > 0 => self.beyond -= 1,
            Role::Alternate => drop(self.alternates.pop()),
            Role::Choice if self.beyond == 0 => self.choice(),
            Role::Inline if self.tongue == Tongue::Odf => match local {
                "notes" if self.pages > 0 => self.running.switch(Spot::Page(self.pages), out),
                "tracked-changes" => self.running.switch(self.home.clone(), out),
                "change-info" => {
                    let changer = self.changer.take().unwrap_or_default();
                    self.book.author(changer.trim());
                }
                _ => self.running.end_loose(out),
            },
            // Text outside of any paragraph ends with its element.
            Role::Inline if self.tongue == Tongue::Office => self.running.end_loose(out),
            _ => {}
        }
    }

    /// One writing of an alternative ends: what another one said already is taken back.
    fn choice(&mut self) {
        let Some(alternate) = self.alternates.last_mut() else {
            return;
        };
        let Some(mark) = alternate.mark.take() else {
            return;
        };
        let Some(said) = self.running.said_since(&mark, LINES) else {
            return;
        };
        if said.iter().all(|line| alternate.said.contains(line)) {
            self.running.take_back(&mark);
        } else if alternate.said.len() < LINES {
            alternate.said.extend(said);
        }
    }

    /// The instruction of a field is complete.
    fn instructed(&mut self, out: &mut dyn Outlet) {
        if !self.instruction.is_empty() {
            let instruction = std::mem::take(&mut self.instruction);
            if let Some(said) = given::said_by_code(&instruction) {
                self.running.aside(&said, out);
            }
        }
    }

    fn text(&mut self, text: &str, out: &mut dyn Outlet) {
        if self.silent > 0 {
            return;
        }
        if let Some(changer) = &mut self.changer {
            if changer.len() < 256 {
                changer.push_str(text);
            }
            return;
        }
        if self.instructing > 0 {
            if self.instruction.len() > INSTRUCTION {
                self.instructed(out);
            }
            self.instruction.push_str(text);
            return;
        }
        if self.is_body && self.book.letters < ENOUGH {
            self.book.letters += text.chars().filter(|c| c.is_alphanumeric()).count();
        }
        let inserted = self.inserted > 0;
        if self.tongue != Tongue::Office {
            let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
            if !blank || self.running.in_paragraph() || self.tongue == Tongue::Html {
                self.running.push_collapsed(text, inserted, out);
            }
        } else if text.contains('\n') && text.trim().is_empty() {
            // White space with a line break between elements is the writer's indentation.
        } else {
            // A line ends in one character, whatever the writer's system.
            for text in text.split('\r').filter(|text| !text.is_empty()) {
                if self.deleted > 0 {
                    self.running.push_deleted(text, out);
                } else {
                    self.running.push(text, inserted, out);
                }
            }
        }
    }

    /// A run of glyphs: one line with the last if it stands at the same height.
    fn glyphs(&mut self, element: &BytesStart<'_>, out: &mut dyn Outlet) {
        let height = attribute(element, "OriginY").unwrap_or_default();
        if height != self.height {
            self.running.end_loose(out);
        }
        self.height = height;
        let text = attribute(element, "UnicodeString").unwrap_or_default();
        self.running
            .push(text.strip_prefix("{}").unwrap_or(&text), false, out);
    }
}
