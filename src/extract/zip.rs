//! zip archives: every member in the order of the directory.
//!
//! A program that adds to an archive may leave members in it that no other shows any more, since a later one has their
//! name: what is in a file is read, whoever shows it.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

use super::{Extractor, Flow, Input, Member, Outlet, reason_of};
use crate::model::{Issue, Reason};

/// Reads zip archives.
pub(crate) struct Zip;

impl Extractor for Zip {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let reader = input.into_seekable()?;
        let mut archive = zip::ZipArchive::new(reader).map_err(|error| reason(&error))?;
        let count = archive.len();
        // How many members may be opened is the engine's to say.
        for index in 0..count {
            if out.tick().is_stop() {
                return Ok(());
            }
            let Ok(entry) = archive.by_index_raw(index) else {
                out.issue(Issue::once(Reason::PartlyDamaged));
                continue;
            };
            let (name, size) = (entry.name_raw().to_vec(), entry.size());
            // Some put content behind a name that ends as those of folders do.
            let (folder, encrypted) = (entry.is_dir() && size == 0, entry.encrypted());
            drop(entry);
            if folder {
                continue;
            }
            let name = utf8_name(name);
            if encrypted {
                if out.unread_member(&name, size, Reason::Encrypted).is_stop() {
                    return Ok(());
                }
                continue;
            }
            let flow = match archive.by_index(index) {
                Ok(mut entry) => {
                    let extension = extension_of(&name);
                    let content = Input::stream(&mut entry, Some(size), &extension);
                    out.member(Member { name: &name, content })
                }
                Err(error) => out.unread_member(&name, size, reason(&error)),
            };
            if flow.is_stop() {
                return Ok(());
            }
        }
        if archive.has_duplicate_names() {
            let (directory, offset) = (archive.central_directory_start(), archive.offset());
            tell_hidden(archive.into_inner(), directory, offset, out)?;
        }
        Ok(())
    }
}

/// A member behind whose name stands another.
struct Hidden {
    name: Vec<u8>,
    encrypted: bool,
    method: u16,
    packed: u64,
    size: u64,
    /// Where its header is, from the archive's start.
    header: u64,
}

/// Hands on the members whose name a later one has.
fn tell_hidden(
    reader: impl Read + Seek,
    directory: u64,
    offset: u64,
    out: &mut dyn Outlet,
) -> Result<(), Reason> {
    let mut reader = BufReader::new(reader);
    let hidden = hidden(&mut reader, directory).map_err(|error| reason_of(&error))?;
    for member in hidden {
        if out.tick().is_stop() || tell_one(&mut reader, offset, &member, out).is_stop() {
            break;
        }
    }
    Ok(())
}

fn tell_one(reader: &mut (impl Read + Seek), offset: u64, member: &Hidden, out: &mut dyn Outlet) -> Flow {
    let name = [&utf8_name(member.name.clone()), &b" (earlier)"[..]].concat();
    let mut unread = |reason| out.unread_member(&name, member.size, reason);
    if member.encrypted {
        return unread(Reason::Encrypted);
    }
    let Ok(content) = content(reader, offset.saturating_add(member.header)) else {
        return unread(Reason::Damaged);
    };
    let packed = content.take(member.packed);
    let (mut stored, mut inflated);
    let content: &mut dyn Read = match member.method {
        0 => {
            stored = packed;
            &mut stored
        }
        8 => {
            inflated = DeflateDecoder::new(packed);
            &mut inflated
        }
        _ => return unread(Reason::Unsupported),
    };
    let content = Input::stream(content, None, &extension_of(&member.name));
    out.member(Member { name: &name, content })
}

/// The reader, where the content behind a header begins.
fn content<R: Read + Seek>(reader: &mut R, header: u64) -> io::Result<&mut R> {
    reader.seek(SeekFrom::Start(header))?;
    let mut head = [0; 30];
    reader.read_exact(&mut head)?;
    if !head.starts_with(b"PK\x03\x04") {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let names = u64::from(number(&head, 26, 2)) + u64::from(number(&head, 28, 2));
    io::copy(&mut reader.by_ref().take(names), &mut io::sink())?;
    Ok(reader)
}

/// Reads the directory, and gives the members whose name a later one has.
fn hidden(reader: &mut (impl Read + Seek), directory: u64) -> io::Result<Vec<Hidden>> {
    reader.seek(SeekFrom::Start(directory))?;
    let mut last: HashMap<Vec<u8>, Hidden> = HashMap::new();
    let mut hidden = Vec::new();
    let mut head = [0; 46];
    while reader.read_exact(&mut head).is_ok() && head.starts_with(b"PK\x01\x02") {
        let mut name = Vec::new();
        let length = u64::from(number(&head, 28, 2));
        reader.by_ref().take(length).read_to_end(&mut name)?;
        let behind = u64::from(number(&head, 30, 2)) + u64::from(number(&head, 32, 2));
        io::copy(&mut reader.by_ref().take(behind), &mut io::sink())?;
        let member = Hidden {
            name: name.clone(),
            encrypted: number(&head, 8, 2) & 1 != 0,
            method: number(&head, 10, 2) as u16,
            packed: number(&head, 20, 4).into(),
            size: number(&head, 24, 4).into(),
            header: number(&head, 42, 4).into(),
        };
        hidden.extend(last.insert(name, member));
    }
    Ok(hidden)
}

/// A number of so many bytes in a header.
fn number(head: &[u8], at: usize, bytes: usize) -> u32 {
    let bytes = head.get(at..at + bytes).unwrap_or_default();
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Names without the UTF-8 flag are in an old code page: CP437 by the standard, CP850 from Swedish Windows. The two
/// agree on å, ä and ö.
fn utf8_name(raw: Vec<u8>) -> Vec<u8> {
    if std::str::from_utf8(&raw).is_ok() {
        return raw;
    }
    crate::text::decode_head(&raw, crate::text::Encoding::Cp850, 0).into_bytes()
}

fn extension_of(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let file = name.rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.')
        .map_or_else(String::new, |(_, extension)| extension.to_ascii_lowercase())
}

fn reason(error: &zip::result::ZipError) -> Reason {
    match error {
        zip::result::ZipError::Io(error) => reason_of(error),
        zip::result::ZipError::UnsupportedArchive(text) if text.contains("assword") => Reason::Encrypted,
        zip::result::ZipError::UnsupportedArchive(_) => Reason::Unsupported,
        _ => Reason::Damaged,
    }
}
