//! The zip an office document is: its parts, how they belong together, and how much may come out of them.
//!
//! Whatever is inflated is counted against one limit, on real bytes and never on sizes the archive claims.

pub(super) mod decoded;
pub(super) mod notes;
pub(super) mod parts;
mod salvage;
pub(super) mod source;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::read::ZipFile;

use self::decoded::Decoded;
use self::notes::Notes;
use self::salvage::{Found, Salvaged};
use self::source::XmlSource;
use crate::extract::compound::{OleKind, control, ole_kind};
use crate::extract::{ContentLimits, Flow, Input, Member, Outlet, ReadSeek, carry, reason_of};
use crate::model::Reason;

/// What any document may inflate to.
const FREE: u64 = 64 << 20;
/// How many times its own size it may inflate to beyond that, whatever the limits say: no ordinary one does.
const BOMB_RATIO: u64 = 250;
/// Elements of a document that are looked through for how its parts belong together: nothing is told meanwhile.
const ELEMENTS: u64 = 4 << 20;
/// What the relationships of a document may take, in bytes, and what each takes beside its texts.
const RELATIONS: usize = 128 << 20;
const RELATION: usize = 128;

/// A control is no larger than this, with its picture.
const CONTROL: u64 = 16 << 20;

/// One reader's view of the shared source.
pub(super) struct Handle<'a> {
    source: Rc<RefCell<Box<dyn ReadSeek + 'a>>>,
    at: u64,
    size: u64,
}

impl Read for Handle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut source = self.source.try_borrow_mut().map_err(io::Error::other)?;
        source.seek(SeekFrom::Start(self.at))?;
        let count = source.read(out)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Handle<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(offset) => (self.size, offset),
            SeekFrom::Current(offset) => (self.at, offset),
        };
        self.at = base
            .checked_add_signed(offset)
            .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// A part of the archive.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) encrypted: bool,
}

/// How the parts are reached.
enum Archive<'a> {
    Zip(ZipArchive<BufReader<Handle<'a>>>),
    /// The directory is lost.
    Salvaged(Vec<Found>),
}

/// The archive.
pub(super) struct Package<'a> {
    source: Rc<RefCell<Box<dyn ReadSeek + 'a>>>,
    size: u64,
    archive: Archive<'a>,
    /// The parts, by index.
    pub(super) parts: Vec<Part>,
    by_name: HashMap<String, usize>,
    left: u64,
    limits: ContentLimits,
    /// Why parts that say how the others belong together could not be read.
    failed: Vec<Reason>,
    /// Elements that may still be looked through.
    elements: u64,
    /// Room for relationships.
    room: usize,
    /// One of the two was not enough.
    cut: bool,
}

impl<'a> Package<'a> {
    /// Opens a document of the zip-based family. One with a password is a compound file around an encrypted package,
    /// or an archive whose parts are encrypted.
    pub(super) fn of_office(mut input: Input<'a>) -> Result<Self, Reason> {
        if ole_kind(input.head()?).is_some() {
            let bytes = input.into_bytes()?;
            return Err(match ole_kind(&bytes) {
                Some(OleKind::EncryptedPackage) => Reason::Encrypted,
                _ => Reason::Damaged,
            });
        }
        let package = Self::open(input)?;
        if package.encrypted() {
            return Err(Reason::Encrypted);
        }
        Ok(package)
    }

    /// Opens an OpenDocument; the manifest tells which of its parts are behind a password.
    pub(super) fn of_odf(input: Input<'a>) -> Result<Self, Reason> {
        let mut package = Self::open(input)?;
        let mut encrypted = package.encrypted();
        package.elements("META-INF/manifest.xml", &mut |element| {
            encrypted |= element.local_name().as_ref() == "encryption-data";
            !encrypted
        });
        if encrypted {
            return Err(Reason::Encrypted);
        }
        Ok(package)
    }

    /// Opens the archive.
    pub(super) fn open(input: Input<'a>) -> Result<Self, Reason> {
        let limits = input.limits();
        let mut source = input.into_seekable()?;
        let size = source.seek(SeekFrom::End(0)).map_err(|error| reason_of(&error))?;
        let source = Rc::new(RefCell::new(source));
        let (archive, mut parts): (_, Vec<Part>) = match ZipArchive::new(handle(&source, size)) {
            Ok(zip) => {
                let parts = listed(&zip);
                (Archive::Zip(zip), parts)
            }
            Err(error) => {
                let found = salvage::find(handle(&source, size).into_inner(), size);
                let found = found.map_err(|error| reason_of(&error))?;
                if found.is_empty() {
                    return Err(reason_of_zip(&error));
                }
                let parts = found.iter().map(Part::from).collect();
                (Archive::Salvaged(found), parts)
            }
        };
        let left = size
            .saturating_mul(limits.ratio)
            .max(limits.expanded)
            .min(size.saturating_mul(BOMB_RATIO).max(FREE));
        for part in parts.iter_mut().filter(|part| part.name.contains('\\')) {
            // Some writers know only the paths of their own system.
            part.name = part.name.replace('\\', "/");
        }
        let by_name = parts
            .iter()
            .enumerate()
            .map(|(i, part)| (part.name.to_ascii_lowercase(), i))
            .collect();
        Ok(Self {
            source,
            size,
            archive,
            parts,
            by_name,
            left,
            limits,
            failed: Vec::new(),
            elements: ELEMENTS,
            room: RELATIONS,
            cut: false,
        })
    }

    /// Notes on how it goes from here. Where the archive's directory is lost, or names stand in it twice, parts may be
    /// missing.
    pub(super) fn notes(&self) -> Notes {
        let mut notes = Notes::default();
        // Of parts of one name only the last is seen.
        if match &self.archive {
            Archive::Zip(zip) => zip.has_duplicate_names(),
            Archive::Salvaged(_) => true,
        } {
            notes.add(Reason::PartlyDamaged);
        }
        if self.cut {
            notes.add(Reason::ContentLimit);
        }
        notes
    }

    /// Tells notes, and what of how the parts belong together could not be read, or was too much.
    pub(super) fn tell(&mut self, mut notes: Notes, out: &mut dyn Outlet) {
        self.failed.drain(..).for_each(|reason| notes.add(reason));
        if self.cut {
            notes.add(Reason::ContentLimit);
        }
        notes.tell(out);
    }

    /// Whether a part is behind a password.
    pub(super) fn encrypted(&self) -> bool {
        self.parts.iter().any(|part| part.encrypted)
    }

    /// What the document may cost.
    pub(super) fn limits(&self) -> ContentLimits {
        self.limits
    }

    /// How large the archive is.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The index of a part; names differ in case between writers.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// Opens a part.
    pub(super) fn read(&mut self, index: usize) -> Result<PartReader<'_, 'a>, Reason> {
        let content = match &mut self.archive {
            Archive::Zip(zip) => {
                PartContent::Zip(zip.by_index(index).map_err(|error| reason_of_zip(&error))?)
            }
            Archive::Salvaged(found) => {
                let found = found.get(index).ok_or(Reason::Damaged)?;
                let source = handle(&self.source, self.size).into_inner();
                PartContent::Salvaged(Salvaged::open(found, source).map_err(|error| reason_of(&error))?)
            }
        };
        Ok(PartReader {
            content,
            left: &mut self.left,
        })
    }

    /// Hands a part on as a document of its own.
    pub(super) fn hand_on(&mut self, index: usize, out: &mut dyn Outlet) -> Flow {
        let Some(Part { name, size, .. }) = self.parts.get(index).cloned() else {
            return Flow::Continue;
        };
        let file = name.rsplit('/').next().unwrap_or_default();
        let extension = file
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
            .to_owned();
        match self.read(index) {
            Ok(mut part) => {
                let content = Input::stream(&mut part, None, &extension);
                out.member(Member {
                    name: name.as_bytes(),
                    content,
                })
            }
            Err(reason) => out.unread_member(name.as_bytes(), size, reason),
        }
    }

    /// Tells what a control holds, at `name`.
    pub(super) fn control(&mut self, index: usize, name: &str, out: &mut dyn Outlet) -> Result<Flow, Reason> {
        let mut bytes = Vec::new();
        self.read(index)?
            .take(CONTROL + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| reason_of(&error))?;
        let flow = control(&bytes, name, out)?;
        if bytes.len() as u64 > CONTROL && !flow.is_stop() {
            return Err(Reason::ContentLimit);
        }
        Ok(flow)
    }

    /// The targets of a part's relationships, resolved to part names; external ones are left out.
    pub(super) fn relations(&mut self, name: &str) -> Vec<Relation> {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let rels = if folder.is_empty() {
            format!("_rels/{file}.rels")
        } else {
            format!("{folder}/_rels/{file}.rels")
        };
        let mut relations = Vec::new();
        let mut room = Some(self.room);
        self.elements(&rels, &mut |element| {
            let inside = element.local_name().as_ref() == "Relationship"
                && !attribute(element, "TargetMode")
                    .is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
            if !inside {
                return true;
            }
            if let (Some(target), Some(kind)) = (attribute(element, "Target"), attribute(element, "Type")) {
                let relation = Relation {
                    id: attribute(element, "Id").unwrap_or_default(),
                    kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                    target: resolve(folder, &target),
                };
                let texts = relation.id.len() + relation.kind.len() + relation.target.len();
                room = room.and_then(|room| room.checked_sub(RELATION + texts));
                if room.is_some() {
                    relations.push(relation);
                }
            }
            room.is_some()
        });
        self.cut |= room.is_none();
        self.room = room.unwrap_or(0);
        relations
    }

    /// The sheets of an Office workbook: names and parts, in order and each part once, and the part of the workbook
    /// itself.
    pub(super) fn workbook(&mut self) -> (String, Vec<(String, String)>) {
        let main = self
            .relations("")
            .into_iter()
            .find(|relation| relation.kind == "officeDocument");
        let workbook = main.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.target);
        // Charts and macros have no table of cells; their parts are read with the others.
        let mut targets: HashMap<String, String> = self
            .relations(&workbook)
            .into_iter()
            .filter(|relation| relation.kind == "worksheet")
            .map(|relation| (relation.id, relation.target))
            .collect();
        let mut sheets = Vec::new();
        let mut room = Some(self.room);
        self.elements(&workbook, &mut |element| {
            if element.local_name().as_ref() == "sheet" {
                let id = attribute(element, "id").unwrap_or_default();
                if let Some(target) = targets.remove(&id) {
                    let name = attribute(element, "name").unwrap_or_default();
                    room = room.and_then(|room| room.checked_sub(name.len() + target.len()));
                    if room.is_some() {
                        sheets.push((name, target));
                    }
                }
            }
            room.is_some()
        });
        self.cut |= room.is_none();
        self.room = room.unwrap_or(0);
        (workbook, sheets)
    }

    /// Shows the elements of a part, as far as it can be read and `see` wants more.
    pub(super) fn elements(&mut self, name: &str, see: &mut dyn FnMut(&BytesStart<'_>) -> bool) {
        if let Some(index) = self.find(name)
            && let Err(reason) = self.look_through(index, see)
        {
            // Most of these parts are not read for their text, where it would be told too.
            if !self.failed.contains(&reason) {
                self.failed.push(reason);
            }
        }
    }

    /// The same of a part by its index, and how it ended.
    pub(super) fn look_through(
        &mut self,
        index: usize,
        see: &mut dyn FnMut(&BytesStart<'_>) -> bool,
    ) -> Result<Flow, Reason> {
        let mut left = self.elements;
        let result = self.shown(index, &mut |element| {
            left = left.saturating_sub(1);
            left > 0 && see(element)
        });
        self.elements = left;
        self.cut |= left == 0;
        result
    }

    fn shown(&mut self, index: usize, see: &mut dyn FnMut(&BytesStart<'_>) -> bool) -> Result<Flow, Reason> {
        let part = self.read(index)?;
        let mut reader = quick_xml::Reader::from_reader(XmlSource::new(Decoded::new(part)));
        lenient(&mut reader);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(element) | Event::Empty(element)) => {
                    if !see(&element) {
                        return Ok(Flow::Continue);
                    }
                }
                Ok(Event::Eof) => return Ok(Flow::Continue),
                Err(quick_xml::Error::Io(error)) => return Err(reason_of(&error)),
                Err(_) => return Err(Reason::Damaged),
                Ok(_) => {}
            }
        }
    }
}

/// The parts an archive's directory lists.
fn listed(zip: &ZipArchive<BufReader<Handle<'_>>>) -> Vec<Part> {
    let part = |index| match zip.by_index_data(index) {
        Ok(entry) => Part {
            name: entry.name().map(std::borrow::Cow::into_owned).unwrap_or_default(),
            size: entry.size(),
            encrypted: entry.encrypted(),
        },
        Err(_) => Part {
            name: String::new(),
            size: 0,
            encrypted: false,
        },
    };
    (0..zip.len()).map(part).collect()
}

impl From<&Found> for Part {
    fn from(found: &Found) -> Self {
        Self {
            name: found.name.clone(),
            size: 0,
            encrypted: found.encrypted,
        }
    }
}

fn handle<'a>(source: &Rc<RefCell<Box<dyn ReadSeek + 'a>>>, size: u64) -> BufReader<Handle<'a>> {
    BufReader::with_capacity(
        64 * 1024,
        Handle {
            source: Rc::clone(source),
            at: 0,
            size,
        },
    )
}

/// One relationship between parts.
pub(super) struct Relation {
    pub(super) id: String,
    /// The last word of its type: `worksheet`, `comments`.
    pub(super) kind: String,
    /// The part it points to.
    pub(super) target: String,
}

/// A part's content, counted.
pub(super) struct PartReader<'p, 'a> {
    content: PartContent<'p, 'a>,
    left: &'p mut u64,
}

enum PartContent<'p, 'a> {
    Zip(ZipFile<'p, BufReader<Handle<'a>>>),
    Salvaged(Salvaged<'a>),
}

impl Read for PartReader<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if *self.left == 0 {
            return Err(carry(Reason::ExpansionLimit));
        }
        let count = match &mut self.content {
            PartContent::Zip(file) => file.read(out)?,
            PartContent::Salvaged(content) => content.read(out)?,
        };
        *self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

/// What a zip error stands for.
pub(super) fn reason_of_zip(error: &zip::result::ZipError) -> Reason {
    use zip::result::ZipError;
    match error {
        ZipError::Io(error) => reason_of(error),
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            Reason::Encrypted
        }
        ZipError::UnsupportedArchive(_) => Reason::Unsupported,
        _ => Reason::Damaged,
    }
}

/// An attribute by its local name, unescaped.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|a| a.key.local_name().as_ref() == name)?;
    Some(parts::value_of(&found))
}

/// Settings with which quick-xml goes on wherever it can.
pub(super) fn lenient<R>(reader: &mut quick_xml::Reader<R>) {
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    config.check_comments = false;
}

/// A relationship's target as a part name.
pub(super) fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::sheet::testing::{Heard, zip_bytes};

    const RELATIONS: &str =
        r#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet1.xml"/></Relationships>"#;

    #[test]
    fn parts_are_found_whatever_writes_their_names_and_their_text() {
        let wide: Vec<u8> = std::iter::once(0xfeff)
            .chain(RELATIONS.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let bytes = zip_bytes(&[
            ("xl\\workbook.xml", b"<a/>"),
            ("xl\\_rels/workbook.xml.rels", &wide),
        ]);
        for length in [bytes.len(), bytes.len() - 30] {
            let bytes = bytes.get(..length).unwrap();
            let mut package = Package::open(Input::memory(bytes, "")).unwrap();
            assert!(package.find("XL/workbook.xml").is_some());
            let relations = package.relations("xl/workbook.xml");
            assert_eq!(
                relations.first().map(|found| found.target.as_str()),
                Some("xl/sheet1.xml")
            );
            let mut heard = Heard::default();
            package.tell(Notes::default(), &mut heard);
            assert_eq!(heard.issues, []);
        }
    }

    #[test]
    fn a_part_that_says_how_others_belong_together_and_is_damaged_is_told() {
        let cut = RELATIONS.get(..60).unwrap();
        let bytes = zip_bytes(&[("_rels/a.rels", cut.as_bytes()), ("_rels/b.rels", cut.as_bytes())]);
        let mut package = Package::open(Input::memory(&bytes, "")).unwrap();
        assert!(package.relations("a").is_empty() && package.relations("b").is_empty());
        let mut heard = Heard::default();
        package.tell(Notes::default(), &mut heard);
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
    }

    #[test]
    fn targets_are_resolved_from_the_folder_of_their_part() {
        assert_eq!(resolve("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/worksheets", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(resolve("xl", "/xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(resolve("", "../../x"), "x");
    }
}
