//! OLE compound files, the little file systems old Office documents are.
//!
//! Every chain of sectors is followed with a bound and every offset is checked: a file whose sectors point in a
//! ring makes stricter readers run out of memory. What can be read of a damaged file is read.

/// What an OLE compound file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OleKind {
    /// An xls workbook.
    Workbook,
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
    let Some(ole) = Ole::open(bytes) else {
        return Some(OleKind::Other);
    };
    Some(if ole.find("EncryptedPackage").is_some() {
        OleKind::EncryptedPackage
    } else if ole.find("Workbook").or_else(|| ole.find("Book")).is_some() {
        OleKind::Workbook
    } else {
        OleKind::Other
    })
}

const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Sector numbers from here on mean something else than a sector.
const SPECIAL: u32 = 0xffff_fffa;
/// Streams below this lie in the small sectors.
const SMALL: u64 = 4096;
const MAX_ENTRIES: usize = 100_000;

/// One stream or storage.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    kind: u8,
    first: u32,
    size: u64,
}

/// An open compound file.
pub(super) struct Ole<'b> {
    bytes: &'b [u8],
    sector: usize,
    table: Vec<u32>,
    small_sector: usize,
    small_table: Vec<u32>,
    small: Vec<u8>,
    /// Streams and storages, in the order of the directory.
    pub(super) entries: Vec<Entry>,
}

impl<'b> Ole<'b> {
    /// Opens a compound file in memory.
    pub(super) fn open(bytes: &'b [u8]) -> Option<Self> {
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let shift = |at| {
            u16_at(bytes, at)
                .filter(|shift| (4..=16).contains(shift))
                .map(|shift| 1usize << shift)
        };
        let mut ole = Self {
            bytes,
            sector: shift(30)?,
            table: Vec::new(),
            small_sector: shift(32).unwrap_or(64),
            small_table: Vec::new(),
            small: Vec::new(),
            entries: Vec::new(),
        };
        ole.read_table();
        let directory = ole.chain(u32_at(bytes, 48)?, u64::MAX);
        ole.entries = directory
            .chunks_exact(128)
            .take(MAX_ENTRIES)
            .filter_map(|e| entry(e, ole.sector))
            .collect();
        ole.small_table = words(&ole.chain(u32_at(bytes, 60)?, u64::MAX));
        if let Some(root) = ole.entries.iter().find(|entry| entry.kind == 5) {
            ole.small = ole.chain(root.first, root.size);
        }
        Some(ole)
    }

    /// A stream or storage by name.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// A stream's content, as far as it is there.
    pub(super) fn stream(&self, entry: &Entry) -> Vec<u8> {
        if entry.kind != 2 {
            return Vec::new();
        }
        if entry.size >= SMALL {
            return self.chain(entry.first, entry.size);
        }
        let mut content = Vec::new();
        let mut sector = entry.first;
        for _ in 0..=self.small_table.len() {
            let start = (sector as usize).saturating_mul(self.small_sector);
            let Some(bytes) = self.small.get(start..) else {
                break;
            };
            content.extend_from_slice(bytes.get(..self.small_sector).unwrap_or(bytes));
            if content.len() as u64 >= entry.size {
                break;
            }
            match self.small_table.get(sector as usize) {
                Some(&next) if next < SPECIAL => sector = next,
                _ => break,
            }
        }
        content.truncate(entry.size as usize);
        content
    }

    /// The content of a chain of sectors, up to `size` bytes and never more than the file has.
    fn chain(&self, first: u32, size: u64) -> Vec<u8> {
        let mut content = Vec::new();
        let mut sector = first;
        let most = size.min(self.bytes.len() as u64) as usize;
        while content.len() < most && sector < SPECIAL {
            let Some(bytes) = self.sector(sector) else { break };
            content.extend_from_slice(bytes);
            match self.table.get(sector as usize) {
                Some(&next) => sector = next,
                None => break,
            }
        }
        content.truncate(most);
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
        for sector in lists.into_iter().take_while(|&sector| sector < SPECIAL) {
            let Some(bytes) = self.sector(sector) else {
                continue;
            };
            self.table.extend(words(bytes));
            if self.table.len() > most {
                break;
            }
        }
    }
}

fn entry(bytes: &[u8], sector: usize) -> Option<Entry> {
    let length = usize::from(u16_at(bytes, 64)?).min(64).saturating_sub(2);
    let units: Vec<u16> = bytes
        .get(..length)?
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&c| u16::from_le_bytes(c))
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
    })
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
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|&bytes| u16::from_le_bytes(bytes))
}

/// A little-endian number at an offset.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|&bytes| u32::from_le_bytes(bytes))
}

/// A little-endian float at an offset.
pub(super) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
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
}
