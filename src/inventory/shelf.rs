//! Documents of the inventory on their way to the report: kept compressed, so that memory grows by tens of bytes a
//! document and not by its whole record.

use std::io::{self, BufRead, BufReader, Write};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// Records in the order they were put in: a sequence number and one line of JSON each.
#[derive(Default)]
pub struct Shelf {
    encoder: Option<DeflateEncoder<Vec<u8>>>,
    count: u64,
}

impl Shelf {
    /// Puts a record in. `line` holds no line break.
    pub fn put(&mut self, sequence: u64, line: &[u8]) {
        let encoder = self
            .encoder
            .get_or_insert_with(|| DeflateEncoder::new(Vec::new(), Compression::fast()));
        // Writing into memory cannot fail.
        let _ = write!(encoder, "{sequence} ")
            .and_then(|()| encoder.write_all(line))
            .and_then(|()| encoder.write_all(b"\n"));
        self.count += 1;
    }

    /// How many records are in it.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Reads the records back, in order.
    pub fn read(self) -> io::Result<ShelfReader> {
        let packed = match self.encoder {
            Some(encoder) => encoder.finish()?,
            None => Vec::new(),
        };
        Ok(ShelfReader {
            reader: BufReader::with_capacity(64 * 1024, DeflateDecoder::new(io::Cursor::new(packed))),
            left: self.count,
        })
    }
}

/// Reads a shelf from its start.
pub struct ShelfReader {
    reader: BufReader<DeflateDecoder<io::Cursor<Vec<u8>>>>,
    left: u64,
}

impl ShelfReader {
    /// The next record: its sequence number and its JSON, without the line break.
    pub fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut number = Vec::new();
        self.reader.read_until(b' ', &mut number)?;
        let sequence = std::str::from_utf8(&number)
            .ok()
            .and_then(|n| n.trim_end().parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        line.clear();
        self.reader.read_until(b'\n', line)?;
        line.pop();
        Ok(Some(sequence))
    }
}

/// Merges shelves that are each in order of their sequence numbers, calling `each` for every record in order.
pub fn merge(shelves: Vec<Shelf>, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut heads = Vec::new();
    for shelf in shelves {
        let mut reader = shelf.read()?;
        let mut line = Vec::new();
        if let Some(sequence) = reader.next(&mut line)? {
            heads.push((sequence, line, reader));
        }
    }
    // A handful of threads, so a handful of heads: looking at all of them is cheap. Records of one file share its
    // number and lie on one shelf, where they stay in order.
    while let Some(at) = (0..heads.len()).min_by_key(|&i| heads[i].0) {
        let (sequence, line, reader) = &mut heads[at];
        each(line)?;
        match reader.next(line)? {
            Some(next) => *sequence = next,
            None => {
                heads.swap_remove(at);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shelves_merge_into_one_order() {
        let mut shelves = [Shelf::default(), Shelf::default(), Shelf::default()];
        for n in 0..1000u64 {
            shelves[(n * 7 % 3) as usize].put(n, format!("{{\"n\":{n}}}").as_bytes());
        }
        shelves[1].put(2000, b"a");
        shelves[1].put(2000, b"b");
        let mut seen = Vec::new();
        merge(shelves.into(), &mut |line| {
            seen.push(String::from_utf8(line.to_vec()).unwrap());
            Ok(())
        })
        .unwrap();
        assert_eq!(seen.len(), 1002);
        assert_eq!(&seen[998..], ["{\"n\":998}", "{\"n\":999}", "a", "b"]);
    }
}
