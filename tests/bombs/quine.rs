//! Archives that hold themselves: what is unpacked from them is the archive, byte for byte, without an end.
//!
//! A deflate stream is read here as a program of two orders. `put` writes the bytes that stand behind it (a stored
//! block), `again` writes the last so many bytes once more (a block with one match). As with every program that
//! prints itself, the trick is that a thing said once is written twice: once as order, once as what is put. Checksums
//! are linear, so the one that stands in the archive it is of is the solution of 32 equations.

use std::io::Read;

use flate2::{Crc, read::DeflateDecoder};

use super::make::{central, ending, local};

/// Bytes of every order but the last.
const ORDER: usize = 5;
/// Bytes before the stream: as many as let [`head_again`] come out at five bytes.
const HEAD: usize = 60;

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn put(&mut self, value: u32, count: usize) {
        for at in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= ((value >> at & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A Huffman code, which has its highest bit first.
    fn code(&mut self, value: u32, count: usize) {
        for at in (0..count).rev() {
            self.put(value >> at & 1, 1);
        }
    }

    fn order(self) -> Vec<u8> {
        assert_eq!(self.used, 8 * ORDER);
        self.bytes
    }
}

/// The code of a number, and what stands behind it: the first `2 * each` codes are one number each, then each number of
/// bits behind has `each` codes.
fn stepped(number: u32, each: u32) -> (u32, usize, u32) {
    let (mut code, mut start) = (0, 0);
    loop {
        let bits = (code / each).saturating_sub(1);
        if number < start + (1 << bits) {
            return (code, bits as usize, number - start);
        }
        start += 1 << bits;
        code += 1;
    }
}

/// A block with the fixed codes (RFC 1951, 3.2.5 and 3.2.6) of nothing but matches: lengths, all from so far back.
fn block(bits: &mut Bits, lengths: &[usize], distance: usize) {
    bits.put(0b010, 3);
    for length in lengths {
        let (code, more, rest) = stepped(*length as u32 - 3, 4);
        assert!(code < 23, "longer matches have codes of eight bits");
        bits.code(code + 1, 7);
        bits.put(rest, more);
        let (code, more, rest) = stepped(distance as u32 - 1, 2);
        bits.code(code, 5);
        bits.put(rest, more);
    }
    bits.code(0, 7);
}

/// The order to write what stands behind it: so many bytes.
fn put(count: usize) -> Vec<u8> {
    let count = count as u16;
    let mut order = vec![0];
    order.extend(count.to_le_bytes());
    order.extend((!count).to_le_bytes());
    order
}

/// The order to write the last 20 bytes once more, in as many bytes as [`put`] takes: two matches of ten.
fn twenty_again() -> Vec<u8> {
    let mut bits = Bits::default();
    block(&mut bits, &[10, 10], 20);
    bits.order()
}

/// The same for the head and an order, which are 65 bytes: one match, and an empty block.
fn head_again() -> Vec<u8> {
    let mut bits = Bits::default();
    block(&mut bits, &[HEAD + ORDER], HEAD + ORDER);
    block(&mut bits, &[], 0);
    bits.order()
}

/// The same for the tail and this order itself, with which the stream ends: an empty stored block is the last.
fn tail_again(tail: usize) -> Vec<u8> {
    let sized = |own: usize| {
        let mut bits = Bits::default();
        block(&mut bits, &[tail + own], tail + own);
        bits.put(1, 3);
        let mut order = bits.bytes;
        order.extend([0, 0, 0xff, 0xff]);
        Some(order).filter(|order| order.len() == own)
    };
    (7..12).find_map(sized).unwrap()
}

/// The deflate stream that writes `head`, itself and `tail`.
fn stream(head: &[u8], tail: &[u8]) -> Vec<u8> {
    assert_eq!(head.len(), HEAD);
    let (four, last) = (put(4 * ORDER), tail_again(tail.len()));
    let (head_order, tail_order) = (put(HEAD + ORDER), put(tail.len() + last.len()));
    let (one, again, nothing) = (put(ORDER), twenty_again(), put(0));
    let head_again = head_again();
    // Each line is an order and what it puts. `again` writes what was put last once more, by which the order itself
    // and the next are written.
    let orders: [&[&[u8]]; 13] = [
        &[&head_order, head, &head_order],
        &[&head_again],
        &[&one, &head_again],
        &[&one, &one],
        &[&four, &head_again, &one, &one, &four],
        &[&again],
        &[&four, &again, &four, &again, &four],
        &[&again],
        &[&four, &again, &nothing, &nothing, &tail_order],
        &[&again],
        &[&nothing, &nothing],
        &[&tail_order, &last, tail],
        &[&last],
    ];
    orders.map(<[&[u8]]>::concat).concat()
}

/// The checksum that a file has in which it stands itself: where `file` puts the checksum that it is given.
fn own_checksum(file: impl Fn(u32) -> Vec<u8>) -> Option<u32> {
    let sum = |bytes: &[u8]| {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum()
    };
    let none = sum(&file(0));
    // What each bit of the checksum turns in the checksum and in what stands there, and which bits were taken together.
    let mut rows: Vec<(u32, u32)> = (0..32)
        .map(|bit| 1 << bit)
        .map(|bit: u32| (sum(&file(bit)) ^ none ^ bit, bit))
        .collect();
    let (mut left, mut found) = (none, 0);
    for bit in (0..32).rev().map(|bit| 1u32 << bit) {
        let pivot = rows.iter().position(|row| row.0 & bit != 0);
        let Some(pivot) = pivot.map(|at| rows.swap_remove(at)) else {
            if left & bit != 0 {
                return None;
            }
            continue;
        };
        for row in rows.iter_mut().filter(|row| row.0 & bit != 0) {
            row.0 ^= pivot.0;
            row.1 ^= pivot.1;
        }
        if left & bit != 0 {
            left ^= pivot.0;
            found ^= pivot.1;
        }
    }
    Some(found)
}

/// A file that is what `frame` makes of a stream, its checksum and the lengths of both, and whose stream writes the file.
fn quine(frame: impl Fn(&[u8], u32, usize, usize) -> Vec<u8>) -> Vec<u8> {
    let parts = |crc, packed, size| frame(&[], crc, packed, size);
    let (packed, size) = {
        let empty = parts(0, 0, 0);
        let (head, tail) = empty.split_at(HEAD);
        let packed = stream(head, tail).len();
        (packed, packed + empty.len())
    };
    let file = |crc| {
        let around = parts(crc, packed, size);
        let (head, tail) = around.split_at(HEAD);
        frame(&stream(head, tail), crc, packed, size)
    };
    let file = file(own_checksum(file).unwrap());
    let mut unpacked = Vec::new();
    DeflateDecoder::new(&file[HEAD..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert!(unpacked == file, "it does not hold itself");
    file
}

/// A zip with one member: the zip.
pub fn zip() -> Vec<u8> {
    const NAME: &[u8] = b"arkiv-som-innehaller-sig-2.zip";
    let frame = |stream: &[u8], crc, packed: usize, size: usize| {
        let (packed, size) = (packed as u64, size as u64);
        let mut file = local(NAME, crc, packed, size);
        file.extend(stream);
        let directory = central(NAME, crc, packed, size, 0);
        file.extend(&directory);
        file.extend(ending(1, HEAD as u64 + packed, directory.len() as u64));
        file
    };
    quine(frame)
}

/// A gzip that unpacks to itself.
pub fn gzip() -> Vec<u8> {
    let frame = |stream: &[u8], crc: u32, _packed, size: usize| {
        let mut file = b"\x1f\x8b\x08\x08\0\0\0\0\x02\x03".to_vec();
        file.extend([b'q'; HEAD - 11 - 3]);
        file.extend(b".gz\0");
        file.extend(stream);
        file.extend(crc.to_le_bytes());
        file.extend((size as u32).to_le_bytes());
        file
    };
    quine(frame)
}
