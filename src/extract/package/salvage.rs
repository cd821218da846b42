//! Archives whose directory is lost: parts are found by the headers that stand before them.
//!
//! A document cut off on a full disk has no directory, and all of its first parts. One in twenty damaged office
//! documents opens only this way.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::read::DeflateDecoder;

use super::Handle;

/// How far an archive is looked through.
const FARTHEST: u64 = 1 << 30;
/// Parts found at most.
const PARTS: usize = 200_000;
const CHUNK: usize = 64 * 1024;
/// A header without its name.
const HEADER: usize = 30;
const NAME: usize = 1024;
const MARK: &[u8] = b"PK\x03\x04";

/// A part as its header tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) encrypted: bool,
    /// Where its content starts, and how far it can reach.
    start: u64,
    end: u64,
    deflated: bool,
}

/// A part's content.
pub(super) enum Salvaged<'a> {
    Stored(Take<Handle<'a>>),
    Deflated(Box<DeflateDecoder<BufReader<Take<Handle<'a>>>>>),
}

impl<'a> Salvaged<'a> {
    pub(super) fn open(found: &Found, mut source: Handle<'a>) -> io::Result<Self> {
        source.seek(SeekFrom::Start(found.start))?;
        let content = source.take(found.end.saturating_sub(found.start));
        Ok(if found.deflated {
            Self::Deflated(Box::new(DeflateDecoder::new(BufReader::with_capacity(
                CHUNK, content,
            ))))
        } else {
            Self::Stored(content)
        })
    }
}

impl Read for Salvaged<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(content) => content.read(out),
            Self::Deflated(content) => content.read(out),
        }
    }
}

/// Finds the parts of an archive of `size` bytes.
pub(super) fn find(mut source: Handle<'_>, size: u64) -> io::Result<Vec<Found>> {
    let size = size.min(FARTHEST);
    let mut found: Vec<Found> = Vec::new();
    let mut buffer = vec![0; CHUNK];
    let mut at = 0u64;
    while at + HEADER as u64 <= size && found.len() < PARTS {
        source.seek(SeekFrom::Start(at))?;
        let filled = fill(&mut source, &mut buffer)?;
        let bytes = buffer.get(..filled).unwrap_or_default();
        // From the second half on a header may not be whole, unless the archive ends here.
        let last = filled < CHUNK;
        let reach = if last { filled } else { CHUNK / 2 };
        let mut offset = 0;
        while offset < reach && found.len() < PARTS {
            let rest = bytes.get(offset..).unwrap_or_default();
            let Some(mark) = memchr::memmem::find(rest, MARK).map(|mark| offset + mark) else {
                offset = if last { filled } else { filled - MARK.len() };
                break;
            };
            offset = mark;
            if mark >= reach {
                break;
            }
            let header = at + mark as u64;
            match parse(bytes.get(mark..).unwrap_or_default(), header, size) {
                Some((part, known)) => {
                    if let Some(before) = found.last_mut() {
                        before.end = before.end.min(header);
                    }
                    // Content of a known size may be an archive itself.
                    let behind = if known { part.end } else { part.start };
                    offset = usize::try_from(behind - at).unwrap_or(usize::MAX);
                    found.push(part);
                }
                None => offset = mark + MARK.len(),
            }
        }
        at = at.saturating_add(offset as u64);
    }
    Ok(found)
}

fn fill(source: &mut Handle<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// Reads a header; also whether it tells the size of the content.
fn parse(bytes: &[u8], at: u64, size: u64) -> Option<(Found, bool)> {
    let word = |offset: usize| {
        let pair = bytes.get(offset..)?.first_chunk::<2>()?;
        Some(u16::from_le_bytes(*pair))
    };
    let flags = word(6)?;
    let method = word(8)?;
    let packed = u64::from(word(18)?) | u64::from(word(20)?) << 16;
    let (name, extra) = (usize::from(word(26)?), u64::from(word(28)?));
    if !matches!(method, 0 | 8) || name == 0 || name > NAME {
        return None;
    }
    let raw = bytes.get(HEADER..HEADER + name)?;
    let start = at + (HEADER + name) as u64 + extra;
    let known = flags & 8 == 0 && packed > 0 && packed < u64::from(u32::MAX) && start + packed <= size;
    Some((
        Found {
            name: String::from_utf8_lossy(raw).into_owned(),
            encrypted: flags & 1 != 0,
            start,
            end: if known { start + packed } else { size },
            deflated: method == 8,
        },
        known,
    ))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::Cursor;
    use std::rc::Rc;

    use super::*;
    use crate::extract::ReadSeek;
    use crate::extract::sheet::testing::zip_bytes;

    fn names(bytes: Vec<u8>) -> Vec<String> {
        let size = bytes.len() as u64;
        let source: Box<dyn ReadSeek> = Box::new(Cursor::new(bytes));
        let source = Rc::new(RefCell::new(source));
        let handle = Handle { source, at: 0, size };
        let found = find(handle, size).unwrap();
        found.into_iter().map(|part| part.name).collect()
    }

    #[test]
    fn parts_are_found_wherever_their_headers_fall() {
        let noise: Vec<u8> = (0..70_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let parts: Vec<(String, &[u8])> = (0..40)
            .map(|i| (format!("p{i}"), noise.get(..i * 1700).unwrap()))
            .collect();
        let listed: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (name.as_str(), *part)).collect();
        let mut bytes = zip_bytes(&listed);
        let end = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes.truncate(end);
        let expected: Vec<String> = parts.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names(bytes), expected);
    }

    #[test]
    fn marks_without_headers_cost_little() {
        assert!(names(b"PK\x03\x04".repeat(3_000_000)).is_empty());
    }
}
