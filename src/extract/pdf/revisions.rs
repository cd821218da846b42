//! What a PDF said before it was changed: values that were deleted or replaced still stand in the file.
//!
//! A program that changes a PDF mostly adds the new objects behind the old ones, so that every earlier revision is
//! the file up to an earlier end mark. Each is opened as the document it was, and only what no later one says is
//! told, under a name that says that it is the past.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use lopdf::xref::{Xref, XrefEntry};
use lopdf::{Document, Object, ObjectId};
use memchr::memmem;

use super::open::{self, Source};
use super::pages;
use super::whole::has_object;
use crate::extract::{Flow, Input, Member, Outlet, Picture};
use crate::model::{Issue, Place, Reason, Segment, Text};

/// Earlier revisions that are read.
const MAX_REVISIONS: usize = 64;
/// What their files may come to together.
const MAX_BYTES: usize = 256 << 20;
/// Objects of a page that are compared.
const MAX_VISITED: usize = 20_000;
/// Stretches of new lines of one page that are told one by one.
const MAX_STRETCHES: usize = 8;
/// So far before an end mark the place of its table is written.
const TABLE_PLACE: usize = 80;

/// Where the earlier revisions in `bytes` end, oldest first.
pub(super) fn ends(bytes: &[u8]) -> Vec<usize> {
    let marks: Vec<usize> = memmem::find_iter(bytes, b"%%EOF").map(|at| at + 5).collect();
    let mut ends = Vec::new();
    for (index, end) in marks.iter().enumerate() {
        let next = marks.get(index + 1).copied().unwrap_or(bytes.len());
        let went_on = has_object(bytes.get(*end..next).unwrap_or_default());
        if went_on && is_end(bytes.get(..*end).unwrap_or_default()) {
            ends.push(*end);
        }
    }
    ends
}

/// Whether `bytes` end as a document does. The first end mark of a file made for the web says that its table is at 0:
/// it ends nothing.
fn is_end(bytes: &[u8]) -> bool {
    let tail = bytes
        .get(bytes.len().saturating_sub(TABLE_PLACE)..)
        .unwrap_or_default();
    let number = memmem::rfind(tail, b"startxref").and_then(|at| {
        let digits = tail.get(at + 9..)?.trim_ascii_start();
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(digits.get(..length)?)
            .ok()?
            .parse::<usize>()
            .ok()
    });
    number.is_some_and(|at| at > 0 && at < bytes.len())
}

/// Tells what the revisions that end at `ends` said and no later one says. `newer` is the table of the document as it
/// is now.
pub(super) fn tell(source: &Source, ends: &[usize], newer: Xref, told: &mut Told, out: &mut dyn Outlet) {
    let mut newer = newer;
    let mut bytes = 0;
    for (index, end) in ends.iter().enumerate().rev() {
        bytes += end;
        if ends.len() - index > MAX_REVISIONS || bytes > MAX_BYTES {
            out.issue(Issue {
                reason: Reason::ContentLimit,
                count: index as u64 + 1,
            });
            return;
        }
        if out.tick().is_stop() {
            return;
        }
        let then = source.until(*end);
        let Ok(opened) = open::load(&then) else {
            continue;
        };
        // What looks like an end mark can stand in an attached document.
        if open::is_rebuilt(&opened.doc) {
            continue;
        }
        let changed = changed(&opened.doc.reference_table, &newer);
        newer = opened.doc.reference_table.clone();
        if changed.is_empty() {
            continue;
        }
        let pages = changed_pages(&opened.doc, &changed);
        let before = format!("earlier revision {}, ", index + 1);
        if super::tell(opened, &then, Some(&pages), &mut told.past(before, out)).is_none() {
            return;
        }
    }
}

/// The objects that a later revision replaced, freed or moved.
fn changed(then: &Xref, newer: &Xref) -> HashSet<u32> {
    let place = |table: &Xref, number: u32| match table.get(number) {
        Some(XrefEntry::Normal { offset, .. }) => Some((*offset, None)),
        Some(XrefEntry::Compressed { container, index }) => match table.get(*container) {
            Some(XrefEntry::Normal { offset, .. }) => Some((*offset, Some(*index))),
            _ => None,
        },
        _ => None,
    };
    let numbers = then.entries.keys().copied();
    numbers
        .filter(|number| {
            let here = place(then, *number);
            here.is_some() && here != place(newer, *number)
        })
        .collect()
}

/// The pages that show anything that was changed.
fn changed_pages(doc: &Document, changed: &HashSet<u32>) -> Vec<u32> {
    let (pages, _) = pages::listed(doc);
    pages
        .into_iter()
        .filter(|(_, id)| shows_changed(doc, *id, changed))
        .map(|(number, _)| number)
        .collect()
}

fn shows_changed(doc: &Document, page: ObjectId, changed: &HashSet<u32>) -> bool {
    let root = Object::Reference(page);
    let mut open = vec![&root];
    let mut visited = HashSet::new();
    while let Some(object) = open.pop() {
        match object {
            Object::Reference(id) => {
                if changed.contains(&id.0) {
                    return true;
                }
                if visited.len() < MAX_VISITED
                    && visited.insert(*id)
                    && let Some(object) = doc.objects.get(id)
                {
                    open.push(object);
                }
            }
            Object::Array(items) => open.extend(items),
            Object::Dictionary(dict) => open.extend(shown(dict)),
            Object::Stream(stream) => open.extend(shown(&stream.dict)),
            _ => {}
        }
    }
    false
}

/// What belongs to what a page shows, not to its surroundings.
fn shown(dict: &lopdf::Dictionary) -> impl Iterator<Item = &Object> {
    const AROUND: [&[u8]; 10] = [
        b"Parent",
        b"P",
        b"Dest",
        b"A",
        b"Popup",
        b"StructParents",
        b"Font",
        b"ColorSpace",
        b"SMask",
        b"B",
    ];
    dict.iter()
        .filter(|(key, _)| !AROUND.contains(&key.as_slice()))
        .map(|(_, value)| value)
}

/// What was told of a document, as hashes of its lines.
#[derive(Default)]
pub(super) struct Told(HashSet<u64>);

impl Told {
    /// Passes everything on to `out` and remembers it.
    pub(super) fn noting<'o>(&'o mut self, out: &'o mut dyn Outlet) -> Noting<'o> {
        Noting { told: self, out }
    }

    /// Passes on to `out` what was not told before, with `before` in front of every place.
    pub(super) fn past<'o>(&'o mut self, before: String, out: &'o mut dyn Outlet) -> Past<'o> {
        Past {
            before,
            told: self,
            out,
        }
    }

    /// Remembers a line; false where it was told before, or says nothing.
    fn note(&mut self, line: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        // The same words set with other gaps are the same line.
        let words = line.split_whitespace().map(|word| word.hash(&mut hasher)).count();
        words > 0 && self.0.insert(hasher.finish())
    }

    /// Remembers the lines of `text` that belong to it; gives the ranges of those that are new.
    fn note_lines(&mut self, text: &Text<'_>) -> Vec<Range<usize>> {
        let mut new: Vec<Range<usize>> = Vec::new();
        let mut at = text.own.start;
        let own = text.text.get(text.own.clone()).unwrap_or_default();
        for line in own.split_inclusive('\n') {
            let end = at + line.len();
            if self.note(line) {
                match new.last_mut() {
                    Some(last) if last.end == at => last.end = end,
                    _ => new.push(at..end),
                }
            }
            at = end;
        }
        new
    }

    /// Remembers a member; false where it was told before.
    fn note_member(&mut self, name: &[u8], content: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        (name, content).hash(&mut hasher);
        self.0.insert(hasher.finish())
    }
}

/// Notes what is told.
pub(super) struct Noting<'o> {
    told: &'o mut Told,
    out: &'o mut dyn Outlet,
}

impl Outlet for Noting<'_> {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        if let Segment::Text(text) = segment {
            self.told.note_lines(text);
        }
        self.out.segment(segment)
    }
    fn member(&mut self, member: Member<'_>) -> Flow {
        let (name, extension) = (member.name, member.content.extension().to_string());
        match member.content.into_bytes() {
            Ok(bytes) => {
                self.told.note_member(name, &bytes);
                let content = Input::memory(&bytes, &extension);
                self.out.member(Member { name, content })
            }
            Err(reason) => self.out.unread_member(name, 0, reason),
        }
    }
    fn unread_member(&mut self, name: &[u8], size: u64, reason: Reason) -> Flow {
        self.out.unread_member(name, size, reason)
    }
    fn issue(&mut self, issue: Issue) {
        self.out.issue(issue);
    }
    fn tick(&mut self) -> Flow {
        self.out.tick()
    }
    fn wants_pictures(&self) -> bool {
        self.out.wants_pictures()
    }
    fn picture(&mut self, picture: Picture<'_>) -> bool {
        self.out.picture(picture)
    }
}

/// Passes on what was not told before, with a word on where it stands in front of its place.
pub(super) struct Past<'o> {
    before: String,
    told: &'o mut Told,
    out: &'o mut dyn Outlet,
}

impl Past<'_> {
    fn name(&self, place: &Place<'_>) -> String {
        let before = &self.before;
        match place {
            Place::Page { page } => format!("{before}page {page}"),
            Place::Field { name } => format!("{before}field {name}"),
            Place::Part { name } => format!("{before}{name}"),
            _ => before.clone(),
        }
    }
}

impl Outlet for Past<'_> {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        let Segment::Text(text) = segment else {
            return Flow::Continue;
        };
        let name = self.name(&text.place);
        // What stands around the new lines is given with them, since labels stand there.
        let mut new = self.told.note_lines(text);
        if let (true, Some(first), Some(last)) = (new.len() > MAX_STRETCHES, new.first(), new.last()) {
            new = std::iter::once(first.start..last.end).collect();
        }
        for own in new {
            let part = Text {
                text: text.text,
                own,
                place: Place::Part {
                    name: name.as_str().into(),
                },
                label: text.label,
            };
            if self.out.segment(&Segment::Text(&part)).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
    fn member(&mut self, member: Member<'_>) -> Flow {
        let (name, extension) = (member.name, member.content.extension().to_string());
        match member.content.into_bytes() {
            Ok(bytes) if self.told.note_member(name, &bytes) => {
                let content = Input::memory(&bytes, &extension);
                self.out.member(Member { name, content })
            }
            _ => Flow::Continue,
        }
    }
    fn unread_member(&mut self, _: &[u8], _: u64, _: Reason) -> Flow {
        Flow::Continue
    }
    /// What is wrong with the past is mostly what was mended since: only limits are told.
    fn issue(&mut self, issue: Issue) {
        if matches!(issue.reason, Reason::ContentLimit | Reason::ExpansionLimit) {
            self.out.issue(issue);
        }
    }
    fn tick(&mut self) -> Flow {
        self.out.tick()
    }
}
