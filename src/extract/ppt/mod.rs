//! ppt, the presentations of PowerPoint 97 to 2003.
//!
//! What is shown to a room was pasted from registers before; and presentations keep what was deleted, since saving fast
//! only adds. So all records are read, those of the slides in the order of the slides.
//!
//! Places: the page of a slide is its number. Parts: `notes, slide 3`, `masters`, `presentation` (links, headers and
//! footers, names of shows), `earlier versions` (slides as they were before), `document properties/...`; embedded
//! objects are members.

mod persist;
mod records;

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use super::compound::{Entry, Ole, u32_at};
use super::prose::Prose;
use super::{Flow, Input, Member, Outlet};
use crate::model::{Issue, Place, Reason};
use persist::{Persist, Slide};
use records::{Record, record, text_of};

/// Streams of a presentation that are read here.
pub(super) const STREAMS: &[&str] = &[
    "PowerPoint Document",
    "Current User",
    "Pictures",
    "PP97_DUALSTORAGE",
];

const SLIDE: u16 = 1006;
const NOTES: u16 = 1008;
const NOTES_ATOM: u16 = 1009;
const MASTER: u16 = 1016;
const HANDOUT: u16 = 4041;
const TEXTS_OF_SLIDES: u16 = 4080;
const USER_EDIT: u16 = 4085;
const OBJECT: u16 = 4113;
const PERSIST: u16 = 6002;
const CRYPT_SESSION: u16 = 12_052;
/// What a record is about is told by one of its first ones.
const FIRST: usize = 16;
/// The mark of an encrypted presentation in the stream about its user.
const LOCKED: u32 = 0xf3d1_c4df;

/// Reads the text of a presentation.
pub(super) fn read(ole: &Ole<'_>, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    // Saved for PowerPoint 95 too: the newer one lies in a storage of its own.
    let both = ole
        .inside(ole.root())
        .find(|(_, entry)| entry.is_storage() && entry.name == "PP97_DUALSTORAGE");
    let storage = both.map_or(ole.root(), |(id, _)| id);
    let named = |name: &str| -> Option<Vec<u8>> {
        let entry: Option<&Entry> = if storage == ole.root() {
            ole.find(name)
        } else {
            ole.find_in(storage, name)
        };
        entry.map(|entry| ole.stream(entry))
    };
    // PowerPoint 4 and 95 have records of another kind.
    let stream = named("PowerPoint Document").ok_or(Reason::Unsupported)?;
    let user = named("Current User").unwrap_or_default();
    if u32_at(&user, 12) == Some(LOCKED) || ole.find("EncryptedSummary").is_some() {
        return Err(Reason::Encrypted);
    }
    if user.is_empty() && ole.find("PP40").is_some() {
        return Err(Reason::Unsupported);
    }
    let mut reader = Reader {
        stream: &stream,
        told: HashSet::new(),
        read: HashSet::new(),
        left: stream.len().saturating_mul(4),
    };
    reader.run(&user, out)
}

struct Reader<'s> {
    stream: &'s [u8],
    /// Lines that were told, by hash: earlier versions repeat them.
    told: HashSet<u64>,
    /// Records that were read, by offset.
    read: HashSet<usize>,
    /// How much may still be read: a hostile table lets records share their bytes.
    left: usize,
}

impl<'s> Reader<'s> {
    fn run(&mut self, user: &[u8], out: &mut dyn Outlet) -> Result<Flow, Reason> {
        let persist = Persist::read(self.stream, user);
        if persist.locked {
            return Err(Reason::Encrypted);
        }
        let slides = persist.slides(self.stream);
        for (slide, number) in slides.iter().zip(1..) {
            if self.slide(slide, number, out).is_stop() {
                return Ok(Flow::Stop);
            }
        }
        if self.notes(&persist, &slides, out).is_stop() {
            return Ok(Flow::Stop);
        }
        let known = persist.document.is_some();
        if let Some(at) = persist.document
            && self.whole(at, "presentation", out).is_stop()
        {
            return Ok(Flow::Stop);
        }
        if !known {
            out.issue(Issue::once(Reason::PartlyDamaged));
        }
        let flow = self.rest(known, out);
        if self.left == 0 || persist.cut {
            out.issue(Issue::once(Reason::ContentLimit));
        }
        Ok(flow)
    }

    /// A record that was not read before.
    fn take(&mut self, at: usize) -> Option<Record<'s>> {
        let record = record(self.stream, at)?;
        if self.left == 0 || !self.read.insert(at) {
            return None;
        }
        self.left = self.left.saturating_sub(record.data.len());
        Some(record)
    }

    /// A slide: its texts in the outline, and what stands on it.
    fn slide(&mut self, slide: &Slide, number: u32, out: &mut dyn Outlet) -> Flow {
        let mut prose = Prose::at(Place::Page { page: number });
        self.note_lines(&slide.outline);
        prose.push_str(&slide.outline);
        let at = slide
            .at
            .filter(|&at| record(self.stream, at).is_some_and(|record| record.kind == SLIDE));
        if let Some(record) = at.and_then(|at| self.take(at)) {
            let mut text = String::new();
            text_of(&record, &mut text, &|_| true);
            self.note_lines(&text);
            prose.push_str(&text);
        }
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        prose.finish(out)
    }

    fn notes(&mut self, persist: &Persist, slides: &[Slide], out: &mut dyn Outlet) -> Flow {
        let numbers: HashMap<u32, usize> = slides.iter().map(|slide| slide.id).zip(1..).collect();
        let mut notes: Vec<(usize, usize)> = Vec::new();
        for at in persist.offsets() {
            let Some(record) = record(self.stream, at).filter(|record| record.kind == NOTES) else {
                continue;
            };
            let of = record
                .children()
                .take(FIRST)
                .find(|child| child.kind == NOTES_ATOM)
                .and_then(|atom| u32_at(atom.data, 0));
            let number = of.and_then(|id| numbers.get(&id).copied());
            notes.push((number.unwrap_or(usize::MAX), at));
        }
        notes.sort_unstable();
        for (number, at) in notes {
            let name = match number {
                usize::MAX => "notes".to_owned(),
                number => format!("notes, slide {number}"),
            };
            if self.whole(at, &name, out).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    /// A record with all that is in it, as a part.
    fn whole(&mut self, at: usize, name: &str, out: &mut dyn Outlet) -> Flow {
        let Some(record) = self.take(at) else {
            return Flow::Continue;
        };
        let mut text = String::new();
        // The outline was told slide by slide.
        let outline = |record: &Record<'_>| record.kind == TEXTS_OF_SLIDES && record.instance == 0;
        text_of(&record, &mut text, &|record| !outline(record));
        self.note_lines(&text);
        let mut prose = Prose::part(name);
        prose.push_str(&text);
        prose.finish(out)
    }

    /// What is left: masters, objects, and slides as they were before.
    fn rest(&mut self, known: bool, out: &mut dyn Outlet) -> Flow {
        let mut masters = Prose::part("masters");
        let mut earlier = Prose::part(if known { "earlier versions" } else { "presentation" });
        let mut at = 0;
        let mut objects = 0;
        while let Some(record) = record(self.stream, at) {
            let here = std::mem::replace(&mut at, record.next);
            if self.read.contains(&here) {
                continue;
            }
            match record.kind {
                OBJECT => {
                    objects += 1;
                    if object(&record, objects, out).is_stop() {
                        return Flow::Stop;
                    }
                }
                USER_EDIT | PERSIST => {}
                kind => {
                    let mut text = String::new();
                    text_of(&record, &mut text, &|_| true);
                    let master = matches!(kind, MASTER | HANDOUT);
                    let prose = if master { &mut masters } else { &mut earlier };
                    for line in text.lines() {
                        if !known || self.told.insert(hash(line)) {
                            prose.push_str(line);
                            prose.line();
                        }
                    }
                    if prose.flow(out).is_stop() {
                        return Flow::Stop;
                    }
                }
            }
            if out.tick().is_stop() {
                return Flow::Stop;
            }
        }
        if masters.finish(out).is_stop() {
            return Flow::Stop;
        }
        earlier.finish(out)
    }

    fn note_lines(&mut self, text: &str) {
        self.told.extend(text.lines().map(hash));
    }
}

fn hash(line: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}

/// Hands an embedded object on: a compound file, mostly compressed behind its size.
fn object(record: &Record<'_>, number: u32, out: &mut dyn Outlet) -> Flow {
    let name = format!("object {number}");
    if record.instance == 0 {
        return out.member(Member {
            name: name.as_bytes(),
            content: Input::memory(record.data, ""),
        });
    }
    let mut unpacked = Unpacked {
        inner: flate2::read::ZlibDecoder::new(record.data.get(4..).unwrap_or_default()),
        missing: u32_at(record.data, 0).unwrap_or(0).into(),
    };
    let flow = out.member(Member {
        name: name.as_bytes(),
        content: Input::stream(&mut unpacked, None, ""),
    });
    if unpacked.missing > 0 && flow == Flow::Continue {
        out.issue(Issue::once(Reason::PartlyDamaged));
    }
    flow
}

/// What comes out of a compressed object. Many end without the end mark that a decoder wants; what counts is whether
/// all came that should.
struct Unpacked<R> {
    inner: R,
    missing: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into).unwrap_or(0);
        self.missing = self.missing.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
