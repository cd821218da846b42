//! What bombs are made of: deflate streams that repeat themselves, zip entries that say what they like.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder, write::ZlibEncoder};

/// A personnummer of the test series that stands in what must be found.
pub const PERSON: &str = "19811228-9874";

/// Bytes with all that a zip says of them.
pub struct Packed {
    pub deflated: Vec<u8>,
    pub crc: Crc,
    pub size: u64,
}

/// Ends on a byte and looks back at nothing before it: what follows can be put behind it.
fn flushed(chunk: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(chunk).unwrap();
    encoder.flush().unwrap();
    encoder.get_ref().clone()
}

/// `head`, then `chunk` so many times, then `tail`, without any of it being written out.
pub fn repeated(head: &[u8], chunk: &[u8], times: usize, tail: &[u8]) -> Packed {
    let mut deflated = flushed(head);
    let mut crc = Crc::new();
    crc.update(head);
    let mut own = Crc::new();
    own.update(chunk);
    let middle = flushed(chunk);
    for _ in 0..times {
        deflated.extend(&middle);
        crc.combine(&own);
    }
    crc.update(tail);
    deflated.extend(flushed(tail));
    // An empty last block.
    deflated.extend([3, 0]);
    Packed {
        deflated,
        crc,
        size: (head.len() + chunk.len() * times + tail.len()) as u64,
    }
}

/// The same as a zlib stream; its checksum is wrong, as few readers care.
pub fn zlib_repeated(chunk: &[u8], times: usize) -> Vec<u8> {
    let mut stream = vec![0x78, 0xda];
    stream.extend(repeated(b"", chunk, times, b"").deflated);
    stream.extend([0; 4]);
    stream
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One entry of a zip.
pub struct Entry {
    pub name: Vec<u8>,
    pub packed: Packed,
}

pub fn entry(name: &str, bytes: &[u8]) -> Entry {
    Entry {
        name: name.into(),
        packed: repeated(bytes, b"", 0, b""),
    }
}

pub fn stored_name(name: &[u8], bytes: &[u8]) -> Entry {
    Entry {
        name: name.to_vec(),
        packed: repeated(bytes, b"", 0, b""),
    }
}

fn sizes(into: &mut Vec<u8>, crc: u32, packed: u64, size: u64) {
    into.extend(crc.to_le_bytes());
    for count in [packed, size] {
        into.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }
}

/// A local header.
pub fn local(name: &[u8], crc: u32, packed: u64, size: u64) -> Vec<u8> {
    let mut out = b"PK\x03\x04\x14\x00\x00\x08\x08\x00\x00\x00\x21\x58".to_vec();
    sizes(&mut out, crc, packed, size);
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0, 0]);
    out.extend(name);
    out
}

/// A line of the directory.
pub fn central(name: &[u8], crc: u32, packed: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut out = b"PK\x01\x02\x14\x00\x14\x00\x00\x08\x08\x00\x00\x00\x21\x58".to_vec();
    sizes(&mut out, crc, packed, size);
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0; 12]);
    out.extend((offset as u32).to_le_bytes());
    out.extend(name);
    out
}

/// What ends a zip; with the record for many entries where there are many.
pub fn ending(entries: u64, at: u64, size: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if entries > 0xfffe {
        let here = at + size;
        out.extend(b"PK\x06\x06");
        out.extend(44u64.to_le_bytes());
        out.extend([45, 0, 45, 0]);
        out.extend([0; 8]);
        for count in [entries, entries, size, at] {
            out.extend(count.to_le_bytes());
        }
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend(here.to_le_bytes());
        out.extend(1u32.to_le_bytes());
    }
    let short = (entries.min(0xffff) as u16).to_le_bytes();
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(short);
    out.extend(short);
    out.extend((size as u32).to_le_bytes());
    out.extend((at as u32).to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A zip of such entries.
pub fn zip(entries: Vec<Entry>) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let count = entries.len() as u64;
    for Entry { name, packed } in entries {
        let crc = packed.crc.sum();
        let length = packed.deflated.len() as u64;
        directory.extend(central(&name, crc, length, packed.size, out.len() as u64));
        out.extend(local(&name, crc, length, packed.size));
        out.extend(packed.deflated);
    }
    let at = out.len() as u64;
    let size = directory.len() as u64;
    out.extend(directory);
    out.extend(ending(count, at, size));
    out
}
