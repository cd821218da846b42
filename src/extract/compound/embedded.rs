//! What lies beside the main stream of a compound file: properties, embedded documents, macros, controls.
//!
//! A register pasted into a letter is a workbook in a storage of the letter's file; it is handed on as a member, so
//! that the engine reads it and its limits hold.

use super::properties::is_set;
use super::{Entry, MAGIC, Ole, OleKind, properties, tell, u16_at, u32_at, vba};
use crate::extract::carve;
use crate::extract::package::parts::push;
use crate::extract::{Flow, Input, Member, Outlet};
use crate::model::{Place, Reason};
use crate::text::Encoding;

/// Streams that say how things look or what program made them.
const SILENT: &[&str] = &[
    "\u{1}CompObj",
    "\u{3}ObjInfo",
    "\u{3}LinkInfo",
    "\u{3}PRINT",
    "\u{3}PIC",
    "\u{3}META",
    "\u{3}EPRINT",
    "\u{3}OCXNAME",
    "\u{3}OCXDATA",
    "\u{3}AccessObjSiteData",
    "_VBA_PROJECT",
    "dir",
    "PROJECT",
    "PROJECTwm",
    "Pictures",
    // A mark of the program that wrote the file.
    "\u{1}Sh33tJ5",
    "Properties",
    "Equation Native",
    "\u{1}CompObjStream",
    "_signatures",
    "_xmlsignatures",
];
/// Formats by their first bytes: a `CONTENTS` stream that is one of these is a document of its own.
const DOCUMENTS: &[&[u8]] = &[
    b"%PDF",
    b"PK\x03\x04",
    &MAGIC,
    b"{\\rtf",
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"II*\0",
    b"MM\0*",
];
/// A name in a package is no longer than this.
const LONGEST_NAME: usize = 4096;

/// How what lies beside the main stream is read.
pub(in crate::extract) struct Beside<'n> {
    /// Streams of the root that have been read already.
    pub(in crate::extract) read: &'n [&'n str],
    /// How one-byte text in streams of an unknown shape is encoded; `None`: they are not looked through for it.
    pub(in crate::extract) narrow: Option<Encoding>,
}

/// Reads everything beside the main streams. Whether text was carved out of streams of an unknown shape is told too.
pub(in crate::extract) fn beside(ole: &Ole<'_>, how: &Beside<'_>, out: &mut dyn Outlet) -> (Flow, bool) {
    let mut walk = Walk {
        ole,
        how,
        carved: false,
    };
    let flow = walk.run(out);
    (flow, walk.carved)
}

struct Walk<'w, 'b> {
    ole: &'w Ole<'b>,
    how: &'w Beside<'w>,
    carved: bool,
}

impl Walk<'_, '_> {
    fn run(&mut self, out: &mut dyn Outlet) -> Flow {
        let ole = self.ole;
        if tell(&properties(ole), out).is_stop() {
            return Flow::Stop;
        }
        let mut open = vec![ole.root()];
        let lost = ole.entries.iter().enumerate();
        let mut streams: Vec<usize> = lost
            .filter(|(_, entry)| entry.parent.is_none() && entry.is_stream())
            .map(|(id, _)| id)
            .collect();
        while let Some(storage) = open.pop() {
            for (id, entry) in ole.inside(storage) {
                if storage == ole.root() && self.is_read(entry) {
                    continue;
                }
                if entry.is_stream() {
                    streams.push(id);
                } else if self.is_document(id) {
                    if self.document(id, out).is_stop() {
                        return Flow::Stop;
                    }
                } else {
                    open.push(id);
                }
            }
            if out.tick().is_stop() {
                return Flow::Stop;
            }
        }
        streams.sort_unstable();
        for id in streams {
            if self.stream(id, out).is_stop() || out.tick().is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    /// Whether a stream or storage of the root has been read already.
    fn is_read(&self, entry: &Entry) -> bool {
        let mut read = self.how.read.iter();
        read.any(|name| name.eq_ignore_ascii_case(&entry.name))
    }

    /// Whether a storage is a document of its own.
    fn is_document(&self, storage: usize) -> bool {
        let has = |name| self.ole.find_in(storage, name).is_some();
        self.ole.kind_of(storage) != OleKind::Other || has("VisioDocument") || has("Quill")
    }

    fn document(&self, storage: usize, out: &mut dyn Outlet) -> Flow {
        let name = self.ole.path(storage);
        match super::rebuild::rebuild(self.ole, storage) {
            Some(file) => hand_on(&name, &file, out),
            None => out.unread_member(name.as_bytes(), 0, Reason::ContentLimit),
        }
    }

    fn stream(&mut self, id: usize, out: &mut dyn Outlet) -> Flow {
        let ole = self.ole;
        let Some(entry) = ole.entries.get(id) else {
            return Flow::Continue;
        };
        let in_root = entry.parent.is_none_or(|parent| parent == ole.root());
        if (in_root && self.is_read(entry)) || silent(entry) {
            return Flow::Continue;
        }
        let name = ole.path(id);
        match entry.name.as_str() {
            "\u{1}Ole10Native" => return packaged(&ole.stream(entry), &name, out),
            "Package" | "Item" => return hand_on(&name, &ole.stream(entry), out),
            _ => {}
        }
        let content = ole.stream(entry);
        if DOCUMENTS.iter().any(|start| content.starts_with(start)) {
            return hand_on(&name, &content, out);
        }
        if let Some(source) = vba::source(&content) {
            let name = std::borrow::Cow::Owned(format!("macros/{}", entry.plain_name()));
            return push(&source, &Place::Part { name }, None, out);
        }
        // The text of controls on a form is in bytes; a preview picture is not looked through.
        let control = ["contents", "o", "f", "revision log", "user names"]
            .contains(&entry.name.to_ascii_lowercase().as_str());
        let narrow = self.how.narrow.or(control.then_some(Encoding::Windows1252));
        self.carved |= self.how.narrow.is_some() && !content.is_empty();
        carve::tell(&content, narrow, &name, out)
    }
}

fn silent(entry: &Entry) -> bool {
    SILENT.contains(&entry.name.as_str())
        || is_set(&entry.name)
        || entry.name.starts_with("\u{2}OlePres")
        || entry.name.starts_with("__SRP_")
        // Says where a linked document lies, if it says anything.
        || (entry.name == "\u{1}Ole" && entry.size < 64)
}

/// Hands a member on.
pub(in crate::extract) fn hand_on(name: &str, content: &[u8], out: &mut dyn Outlet) -> Flow {
    if content.is_empty() {
        return Flow::Continue;
    }
    let plain = name.rsplit('/').next().unwrap_or_default();
    let extension = plain.rsplit_once('.').map_or("", |(_, extension)| extension);
    out.member(Member {
        name: name.as_bytes(),
        content: Input::memory(content, extension),
    })
}

/// A file that was put into a document as it is.
pub(in crate::extract) struct Native<'b> {
    pub(in crate::extract) name: String,
    /// Where it was taken from, which often names a user.
    pub(in crate::extract) paths: String,
    pub(in crate::extract) content: &'b [u8],
}

/// Takes a package apart: its size, a mark, its name, the path it had, two numbers, the path it was unpacked to, and
/// the file itself.
pub(in crate::extract) fn native(bytes: &[u8]) -> Option<Native<'_>> {
    let mut at = 6;
    let mut text = || -> Option<String> {
        let rest = bytes.get(at..)?;
        let length = rest.iter().take(LONGEST_NAME).position(|&byte| byte == 0)?;
        at += length + 1;
        Some(Encoding::Windows1252.string(rest.get(..length)?))
    };
    if u16_at(bytes, 4) != Some(2) {
        return None;
    }
    let (name, path) = (text()?, text()?);
    let length = u32_at(bytes, at + 4)? as usize;
    let unpacked = bytes.get(at + 8..)?.get(..length)?;
    at = at.checked_add(8)?.checked_add(length)?;
    let size = u32_at(bytes, at)? as usize;
    let content = bytes.get(at + 4..)?;
    let unpacked = Encoding::Windows1252.string(unpacked);
    let name = match file_name(&name) {
        "" => file_name(&path).to_owned(),
        name => name.to_owned(),
    };
    Some(Native {
        name,
        paths: format!("{path}\n{}\n", unpacked.trim_matches('\0')),
        content: content.get(..size).unwrap_or(content),
    })
}

fn file_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// Hands on what an embedded object's own stream holds.
pub(in crate::extract) fn packaged(bytes: &[u8], name: &str, out: &mut dyn Outlet) -> Flow {
    match native(bytes) {
        Some(file) => {
            let place = Place::Part {
                name: "embedded files".into(),
            };
            if push(&file.paths, &place, None, out).is_stop() {
                return Flow::Stop;
            }
            let own = if file.name.is_empty() { name } else { &file.name };
            hand_on(own, file.content, out)
        }
        None => hand_on(name, bytes.get(4..).unwrap_or_default(), out),
    }
}
