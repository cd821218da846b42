//! Embedded objects: hexadecimal digits of what the first version of OLE wrote.
//!
//! Within is a compound file, or a package with a file of any kind and its name.

use super::source::hex;
use crate::extract::compound::{Beside, Ole, beside, hand_on, packaged, u32_at};
use crate::extract::package::parts::push;
use crate::extract::{Flow, Outlet, carve};
use crate::model::{Place, Reason};
use crate::text::Encoding;

/// An object of more bytes is not kept.
const LARGEST: usize = 128 << 20;
/// How compound files and packed documents begin.
const STARTS: [&[u8]; 3] = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"%PDF-"];

/// An object on its way in.
#[derive(Default)]
pub(super) struct Object {
    bytes: Vec<u8>,
    high: Option<u8>,
    size: u64,
}

impl Object {
    /// Takes hexadecimal digits, and passes over everything else.
    pub(super) fn digits(&mut self, text: &[u8]) {
        for digit in text.iter().filter_map(|&byte| hex(byte)) {
            match self.high.take() {
                None => self.high = Some(digit),
                Some(high) => self.bytes(&[high << 4 | digit]),
            }
        }
    }

    /// Takes bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if self.bytes.len() + bytes.len() <= LARGEST {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The bytes, if all of them were kept.
    pub(super) fn whole(self) -> Option<Vec<u8>> {
        (self.size == self.bytes.len() as u64).then_some(self.bytes)
    }

    /// Tells the data of an organisation's own that Word keeps with a document: as a rule in a compound file.
    pub(super) fn tell_store(self, out: &mut dyn Outlet) -> Flow {
        let size = self.size;
        let Some(bytes) = self.whole() else {
            return out.unread_member(b"custom data", size, Reason::MemoryLimit);
        };
        let within = STARTS
            .first()
            .and_then(|start| memchr::memmem::find(&bytes, start));
        match within.and_then(|at| Ole::open(bytes.get(at..)?)) {
            Some(ole) => {
                let how = Beside {
                    read: &[],
                    narrow: None,
                };
                beside(&ole, &how, out).0
            }
            None => carve::tell(&bytes, Some(Encoding::Windows1252), "custom data", out),
        }
    }

    /// The texts in what a field keeps, a line each.
    pub(super) fn words(&self) -> String {
        let mut text = String::new();
        carve::wide(&self.bytes, &mut text);
        carve::words(&self.bytes, Encoding::Windows1252, &mut text);
        text
    }

    /// Hands the object on.
    pub(super) fn tell(self, number: u32, out: &mut dyn Outlet) -> Flow {
        let name = format!("object {number}");
        if self.size > self.bytes.len() as u64 {
            return out.unread_member(name.as_bytes(), self.size, Reason::MemoryLimit);
        }
        if self.bytes.is_empty() {
            return Flow::Continue;
        }
        let Some(header) = Header::of(&self.bytes) else {
            let within = STARTS
                .iter()
                .find_map(|start| memchr::memmem::find(&self.bytes, start));
            return match within.and_then(|at| self.bytes.get(at..)) {
                Some(content) => hand_on(&name, content, out),
                None => carve::tell(&self.bytes, Some(Encoding::Windows1252), &name, out),
            };
        };
        let place = Place::Part {
            name: "embedded files".into(),
        };
        if push(header.paths.trim(), &place, None, out).is_stop() {
            return Flow::Stop;
        }
        let content = self.bytes.get(header.size_at + 4..).unwrap_or_default();
        let size = u32_at(&self.bytes, header.size_at).unwrap_or(0) as usize;
        let content = content.get(..size).unwrap_or(content);
        if header.class.eq_ignore_ascii_case("package") {
            let with_size = self.bytes.get(header.size_at..).unwrap_or_default();
            return packaged(with_size, &name, out);
        }
        hand_on(&name, content, out)
    }
}

/// What stands before an object's content.
struct Header {
    class: String,
    /// Where a linked object lies.
    paths: String,
    size_at: usize,
}

impl Header {
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut at = 8;
        let mut text = || -> Option<String> {
            let length = u32_at(bytes, at)? as usize;
            let text = bytes.get(at + 4..)?.get(..length)?;
            at += 4 + length;
            Some(Encoding::Windows1252.string(text).trim_matches('\0').to_owned())
        };
        if !matches!(u32_at(bytes, 4)?, 1 | 2) {
            return None;
        }
        let (class, topic, item) = (text()?, text()?, text()?);
        Some(Self {
            class,
            paths: [topic, item].join("\n"),
            size_at: at,
        })
    }
}
