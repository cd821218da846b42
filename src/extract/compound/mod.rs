//! OLE compound files, the little file systems old Office documents are.
//!
//! Every chain of sectors is followed with a bound and every offset is checked: a file whose sectors point in a
//! ring makes stricter readers run out of memory. What can be read of a damaged file is read.

mod control;
mod directory;
mod embedded;
mod properties;
mod rebuild;
#[cfg(test)]
pub(crate) mod testing;
mod vba;

use std::cell::{Cell, RefCell};

pub(super) use control::control;
pub(super) use directory::Entry;
pub(super) use embedded::{Beside, beside, hand_on, packaged};
use properties::{properties, tell};

/// What an OLE compound file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OleKind {
    /// An xls workbook.
    Workbook,
    /// A Word document.
    Document,
    /// A PowerPoint presentation.
    Presentation,
    /// An Outlook message.
    Message,
    /// An Office document behind a password.
    EncryptedPackage,
    /// Something else.
    Other,
}

/// What kind of OLE file these bytes are; `None` when they are none. The head of a file is enough to tell that
/// it is one, but rarely what it holds.
pub(crate) fn ole_kind(bytes: &[u8]) -> Option<OleKind> {
    if !bytes.starts_with(&MAGIC) {
        return None;
    }
    Some(Ole::open(bytes).map_or(OleKind::Other, |ole| ole.kind()))
}

pub(super) const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Sector numbers from here on mean something else than a sector.
const SPECIAL: u32 = 0xffff_fffa;
/// Stands in the table for what was cut off with the end of the file.
const LOST: u32 = 0xffff_fff0;
/// Streams below this lie in the small sectors.
const SMALL: u64 = 4096;
/// All streams together may give this many times the file: entries of a hostile directory share their sectors.
const MOST_READ: u64 = 8;

/// An open compound file.
pub(crate) struct Ole<'b> {
    bytes: &'b [u8],
    sector: usize,
    table: Vec<u32>,
    small_sector: usize,
    small_table: Vec<u32>,
    small: Vec<u8>,
    /// Streams and storages, in the order of the directory.
    pub(super) entries: Vec<Entry>,
    /// Entries by the storage they are in.
    inside: Vec<(usize, usize)>,
    root: usize,
    /// In which chain a sector was met last: a chain that comes back to itself ends there.
    met: RefCell<(u32, Vec<u32>)>,
    left: Cell<u64>,
    flawed: Cell<bool>,
}

impl<'b> Ole<'b> {
    /// Opens a compound file in memory.
    pub(super) fn open(bytes: &'b [u8]) -> Option<Self> {
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let shift = |at, usual: u16| {
            let shift = u16_at(bytes, at).filter(|shift| (4..=16).contains(shift));
            1usize << shift.unwrap_or(usual)
        };
        let sector = shift(30, 9);
        let mut ole = Self {
            bytes,
            sector,
            table: Vec::new(),
            small_sector: shift(32, 6),
            small_table: Vec::new(),
            small: Vec::new(),
            entries: Vec::new(),
            inside: Vec::new(),
            root: 0,
            met: RefCell::new((0, vec![0; bytes.len() / sector + 1])),
            left: Cell::new(MOST_READ.saturating_mul(bytes.len() as u64)),
            flawed: Cell::new(false),
        };
        ole.read_table();
        let directory = ole.chain(u32_at(bytes, 48)?, u64::MAX);
        ole.read_directory(&directory);
        if let Some(first) = u32_at(bytes, 60).filter(|&first| first < SPECIAL) {
            ole.small_table = words(&ole.chain(first, u64::MAX));
        }
        if let Some(root) = ole.entries.get(ole.root).filter(|root| root.first < SPECIAL) {
            // As far as the chain goes: a size that is too small would cut off small streams.
            ole.small = ole.chain(root.first, u64::MAX);
        }
        Some(ole)
    }

    /// Whether something did not fit: sectors that are not there, chains that end too early or come back to themselves.
    pub(super) fn flawed(&self) -> bool {
        self.flawed.get()
    }

    /// A stream's content, as far as it is there.
    pub(super) fn stream(&self, entry: &Entry) -> Vec<u8> {
        if entry.kind != 2 || entry.size == 0 {
            return Vec::new();
        }
        let content = if entry.size >= SMALL {
            self.chain(entry.first, entry.size)
        } else {
            self.small_chain(entry)
        };
        if (content.len() as u64) < entry.size {
            self.flawed.set(true);
        }
        content
    }

    fn small_chain(&self, entry: &Entry) -> Vec<u8> {
        let mut content = Vec::new();
        let mut sector = entry.first;
        // Fewer than 4096 bytes, so a ring is short.
        while (content.len() as u64) < entry.size && sector < SPECIAL {
            let start = (sector as usize).saturating_mul(self.small_sector);
            let Some(bytes) = self.small.get(start..).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            content.extend_from_slice(bytes.get(..self.small_sector).unwrap_or(bytes));
            match self.small_table.get(sector as usize) {
                Some(&next) => sector = next,
                None => break,
            }
        }
        content.truncate(entry.size as usize);
        self.spend(content.len());
        content
    }

    fn spend(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes as u64));
    }

    /// The content of a chain of sectors, up to `size` bytes and never more than the file has.
    fn chain(&self, first: u32, size: u64) -> Vec<u8> {
        let mut content = Vec::new();
        let mut sector = first;
        let most = size.min(self.bytes.len() as u64).min(self.left.get()) as usize;
        let mut met = self.met.borrow_mut();
        let (chains, met) = &mut *met;
        *chains += 1;
        while content.len() < most && sector < SPECIAL {
            let bytes = self.sector(sector);
            let before = met.get_mut(sector as usize);
            let (Some(bytes), Some(before)) = (bytes, before.filter(|before| **before != *chains)) else {
                self.flawed.set(true);
                break;
            };
            *before = *chains;
            content.extend_from_slice(bytes);
            sector = match self.table.get(sector as usize) {
                Some(&next) if next != LOST => next,
                // Most files were written in one go, each stream's sectors behind each other.
                _ => {
                    self.flawed.set(true);
                    sector.saturating_add(1)
                }
            };
        }
        content.truncate(most);
        self.spend(content.len());
        content
    }

    fn sector(&self, number: u32) -> Option<&'b [u8]> {
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let bytes = self.bytes.get(start..).filter(|bytes| !bytes.is_empty())?;
        Some(bytes.get(..self.sector).unwrap_or(bytes))
    }

    /// Reads the table of sector chains: its first sectors are listed in the header, the others in a chain of lists.
    fn read_table(&mut self) {
        let most = self.bytes.len() / self.sector + 1;
        let mut lists = words(self.bytes.get(76..512).unwrap_or_default());
        let mut next = u32_at(self.bytes, 68).unwrap_or(u32::MAX);
        for _ in 0..=most {
            let Some(list) = (next < SPECIAL).then(|| self.sector(next)).flatten() else {
                break;
            };
            let mut more = words(list);
            next = more.pop().unwrap_or(u32::MAX);
            lists.append(&mut more);
            if lists.len() > most {
                break;
            }
        }
        let each = self.sector / 4;
        for sector in lists.into_iter().take_while(|&sector| sector < SPECIAL) {
            let end = self.table.len() + each;
            // A part that is cut off must not shift the parts behind it.
            self.table.extend(words(self.sector(sector).unwrap_or_default()));
            self.table.resize(end, LOST);
            if self.table.len() > most {
                break;
            }
        }
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|&word| u32::from_le_bytes(word))
        .collect()
}

/// A little-endian number at an offset.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|&bytes| u16::from_le_bytes(bytes))
}

/// A little-endian number at an offset.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|&bytes| u32::from_le_bytes(bytes))
}

/// A little-endian float at an offset.
pub(crate) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|&bytes| f64::from_le_bytes(bytes))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A compound file with one stream, of big sectors.
    pub(crate) fn file(name: &str, content: &[u8]) -> Vec<u8> {
        let content = &{
            let mut padded = content.to_vec();
            padded.resize(content.len().max(4096).next_multiple_of(512), 0);
            padded
        };
        let sectors = content.len() / 512;
        let tables = (sectors + 2).div_ceil(127);
        let mut file = MAGIC.to_vec();
        file.resize(512, 0xff);
        file[30..32].copy_from_slice(&9u16.to_le_bytes());
        file[32..34].copy_from_slice(&6u16.to_le_bytes());
        file[48..52].copy_from_slice(&(tables as u32).to_le_bytes());
        for table in 0..tables {
            file[76 + table * 4..80 + table * 4].copy_from_slice(&(table as u32).to_le_bytes());
        }
        let mut chains = vec![0xffff_fffdu32; tables];
        chains.push(0xffff_fffe);
        chains.extend((1..sectors).map(|i| (tables + 1 + i) as u32));
        chains.push(0xffff_fffe);
        chains.resize(tables * 128, u32::MAX);
        file.extend(chains.iter().flat_map(|word| word.to_le_bytes()));
        for (name, kind, first, size) in [
            ("Root Entry", 5, u32::MAX, 0),
            (name, 2, tables as u32 + 1, content.len() as u32),
        ] {
            let mut entry = vec![0; 128];
            for (i, unit) in name.encode_utf16().enumerate() {
                entry[i * 2..i * 2 + 2].copy_from_slice(&unit.to_le_bytes());
            }
            entry[64..66].copy_from_slice(&(name.len() as u16 * 2 + 2).to_le_bytes());
            entry[66] = kind;
            entry[116..120].copy_from_slice(&first.to_le_bytes());
            entry[120..124].copy_from_slice(&size.to_le_bytes());
            file.extend(entry);
        }
        file.resize(512 * (tables + 2), 0);
        file.extend(content);
        file
    }

    #[test]
    fn a_stream_comes_out_as_it_went_in() {
        let content: Vec<u8> = (0..100_000u32).map(|i| (i / 7) as u8).collect();
        let bytes = file("Workbook", &content);
        let ole = Ole::open(&bytes).unwrap();
        let stream = ole.stream(ole.find("workbook").unwrap());
        assert!(stream.starts_with(&content));
        assert_eq!(ole_kind(&bytes), Some(OleKind::Workbook));
        assert_eq!(
            ole_kind(&file("EncryptedPackage", b"x")),
            Some(OleKind::EncryptedPackage)
        );
        assert_eq!(ole_kind(b"PK\x03\x04"), None);
    }

    #[test]
    fn sectors_in_a_ring_end() {
        let mut bytes = file("Workbook", &vec![7; 50_000]);
        for sector in 2..128 {
            let at = 512 + sector * 4;
            bytes[at..at + 4].copy_from_slice(&2u32.to_le_bytes());
        }
        let ole = Ole::open(&bytes).unwrap();
        assert!(ole.stream(ole.find("Workbook").unwrap()).len() <= bytes.len());
        // The lists of the table in a ring of their own.
        bytes[68..72].copy_from_slice(&3u32.to_le_bytes());
        assert!(Ole::open(&bytes).is_some());
    }

    #[test]
    fn a_document_in_a_storage_is_a_file_again() {
        let big: Vec<u8> = (0..9000u32).map(|i| (i / 5) as u8).collect();
        let bytes = testing::compound(&[
            ("WordDocument", b"x"),
            ("ObjectPool/_1/Workbook", &big),
            ("ObjectPool/_1/inner/small", b"liten"),
        ]);
        let ole = Ole::open(&bytes).unwrap();
        assert_eq!(
            (ole.kind(), ole.find("Workbook").is_none()),
            (OleKind::Document, true)
        );
        let storage = ole.entries.iter().position(|entry| entry.name == "_1").unwrap();
        let file = rebuild::rebuild(&ole, storage).unwrap();
        let inner = Ole::open(&file).unwrap();
        assert_eq!(inner.kind(), OleKind::Workbook);
        assert_eq!(inner.named("Workbook").unwrap(), big);
        let small = inner
            .entries
            .iter()
            .position(|entry| entry.name == "small")
            .unwrap();
        assert_eq!(inner.path(small), "inner/small");
        assert_eq!(inner.stream(&inner.entries[small]), b"liten");
        assert!(!ole.flawed() && !inner.flawed());
    }

    #[test]
    fn what_is_cut_off_is_told_and_the_rest_is_read() {
        let big = vec![7; 60_000];
        let bytes = testing::compound(&[("Workbook", &big), ("a", b"liten")]);
        for length in 0..bytes.len().min(3000) {
            if let Some(ole) = Ole::open(&bytes[..length]) {
                let _ = ole.named("Workbook");
            }
        }
        let ole = Ole::open(&bytes[..bytes.len() - 20_000]).unwrap();
        let stream = ole.named("Workbook").unwrap();
        assert!(ole.flawed() && stream.len() > 39_000 && big.starts_with(&stream));
    }

    #[test]
    fn streams_that_share_their_sectors_do_not_multiply_them() {
        let mut bytes = testing::compound(&[("a", &vec![7; 50_000]), ("b", &vec![8; 50_000])]);
        let names: Vec<usize> = (0..bytes.len() / 128)
            .map(|i| i * 128)
            .filter(|&at| matches!(bytes.get(at..at + 4), Some([b'a' | b'b', 0, 0, 0])))
            .collect();
        for at in names {
            bytes[at + 120..at + 124].copy_from_slice(&u32::MAX.to_le_bytes());
        }
        let ole = Ole::open(&bytes).unwrap();
        let most = bytes.len() as u64 * MOST_READ;
        let all: u64 = (0..1000).map(|_| ole.named("a").unwrap().len() as u64).sum();
        assert!(all <= most && all > 50_000);
    }
}
