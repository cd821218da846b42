//! The directory of a compound file: what lies in which storage, and what the whole is.
//!
//! A document holds others in storages of its own, so a name alone does not tell what a file is: an embedded
//! workbook has a `Workbook` too.

use super::{Ole, OleKind, u32_at};

/// Entries beyond this are not looked at.
const MAX_ENTRIES: usize = 100_000;
/// Storages in storages that a path shows.
const DEEPEST: usize = 12;

/// One stream or storage.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(super) kind: u8,
    pub(super) first: u32,
    pub(crate) size: u64,
    pub(super) class: [u8; 16],
    links: [u32; 3],
    /// The storage it is in; `None` where the tree does not lead to it.
    pub(super) parent: Option<usize>,
}

impl Entry {
    /// Whether it is a stream.
    pub(crate) fn is_stream(&self) -> bool {
        self.kind == 2
    }

    /// Whether it is a storage.
    pub(crate) fn is_storage(&self) -> bool {
        self.kind == 1
    }

    /// Its name without the control character that some begin with.
    pub(crate) fn plain_name(&self) -> &str {
        self.name.trim_matches(|c: char| c.is_control())
    }
}

impl Ole<'_> {
    pub(super) fn read_directory(&mut self, bytes: &[u8]) {
        self.entries = bytes
            .as_chunks::<128>()
            .0
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(|bytes| entry(bytes, self.sector))
            .collect();
        self.root = self.entries.iter().position(|entry| entry.kind == 5).unwrap_or(0);
        let mut met = vec![false; self.entries.len()];
        let child = self.entries.get(self.root).map_or(u32::MAX, |root| root.links[2]);
        let mut open = vec![(child, self.root)];
        while let Some((id, parent)) = open.pop() {
            let (Some(entry), Some(met)) = (self.entries.get_mut(id as usize), met.get_mut(id as usize))
            else {
                continue;
            };
            if std::mem::replace(met, true) || entry.kind == 0 || entry.kind == 5 {
                continue;
            }
            entry.parent = Some(parent);
            let [left, right, child] = entry.links;
            open.extend([(left, parent), (right, parent)]);
            if entry.kind == 1 {
                open.push((child, id as usize));
            }
        }
        let entries = self.entries.iter().enumerate();
        self.inside = entries
            .filter_map(|(id, entry)| Some((entry.parent?, id)))
            .collect();
        self.inside.sort_unstable();
    }

    /// The root storage.
    pub(in crate::extract) fn root(&self) -> usize {
        self.root
    }

    /// Whether there is a directory at all.
    pub(in crate::extract) fn has_root(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == 5)
    }

    /// What lies in a storage.
    pub(in crate::extract) fn inside(&self, storage: usize) -> impl Iterator<Item = (usize, &Entry)> {
        let start = self.inside.partition_point(|&(parent, _)| parent < storage);
        let of_it = self.inside.get(start..).unwrap_or_default().iter();
        of_it
            .take_while(move |(parent, _)| *parent == storage)
            .filter_map(|&(_, id)| Some((id, self.entries.get(id)?)))
    }

    /// A stream or storage of the root by name, or one that the tree does not lead to.
    pub(in crate::extract) fn find(&self, name: &str) -> Option<&Entry> {
        let named = |entry: &&Entry| entry.name.eq_ignore_ascii_case(name);
        self.find_in(self.root, name).or_else(|| {
            self.entries
                .iter()
                .filter(|entry| entry.parent.is_none() && matches!(entry.kind, 1 | 2))
                .find(named)
        })
    }

    /// A stream or storage by name.
    pub(in crate::extract) fn find_in(&self, storage: usize, name: &str) -> Option<&Entry> {
        self.inside(storage)
            .map(|(_, entry)| entry)
            .find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// A stream of the root, as far as it is there.
    pub(in crate::extract) fn named(&self, name: &str) -> Option<Vec<u8>> {
        self.find(name)
            .filter(|entry| entry.is_stream())
            .map(|entry| self.stream(entry))
    }

    /// The way from the root to an entry.
    pub(in crate::extract) fn path(&self, id: usize) -> String {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|&id| id != self.root && names.len() < DEEPEST) {
            let Some(entry) = self.entries.get(id) else { break };
            names.push(entry.plain_name());
            next = entry.parent;
        }
        names.reverse();
        names.join("/")
    }

    /// What the file is, by what lies in its root.
    pub(in crate::extract) fn kind(&self) -> OleKind {
        kind(&|name| self.find(name).is_some())
    }

    /// What a storage would be as a file.
    pub(super) fn kind_of(&self, storage: usize) -> OleKind {
        kind(&|name| self.find_in(storage, name).is_some())
    }
}

fn kind(has: &dyn Fn(&str) -> bool) -> OleKind {
    if has("EncryptedPackage") {
        OleKind::EncryptedPackage
    } else if has("WordDocument") {
        OleKind::Document
    } else if has("PowerPoint Document") || has("PP40") || has("PP97_DUALSTORAGE") {
        OleKind::Presentation
    } else if has("Workbook") || has("Book") {
        OleKind::Workbook
    } else if has("__properties_version1.0") {
        OleKind::Message
    } else {
        OleKind::Other
    }
}

fn entry(bytes: &[u8; 128], sector: usize) -> Option<Entry> {
    let units: Vec<u16> = bytes
        .get(..64)?
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&unit| u16::from_le_bytes(unit))
        .take_while(|&unit| unit != 0)
        .collect();
    let size = u64::from(u32_at(bytes, 120)?);
    // Small-sector files keep rubbish in the upper half.
    let upper = if sector > 512 {
        u64::from(u32_at(bytes, 124)?) << 32
    } else {
        0
    };
    Some(Entry {
        name: String::from_utf16_lossy(&units),
        kind: *bytes.get(66)?,
        first: u32_at(bytes, 116)?,
        size: upper | size,
        class: *bytes.get(80..)?.first_chunk()?,
        links: [u32_at(bytes, 68)?, u32_at(bytes, 72)?, u32_at(bytes, 76)?],
        parent: None,
    })
}
