//! Records and strings of the xls stream (BIFF 2 to 8).
//!
//! calamine spreads the cells of an xls over a dense table, which a small file can make endless; reading the
//! records one by one needs no table, and keeps the number formats that calamine drops.

use crate::extract::compound::{u16_at, u32_at};
use crate::text::Encoding;

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Record<'b> {
    pub(super) kind: u16,
    pub(super) data: &'b [u8],
    /// Where the record behind it starts.
    pub(super) next: usize,
}

/// The record at an offset of a stream; the last one may be cut off.
pub(super) fn record(stream: &[u8], at: usize) -> Option<Record<'_>> {
    let kind = u16_at(stream, at)?;
    let length = usize::from(u16_at(stream, at + 2)?);
    let data = stream.get(at + 4..)?;
    let data = data.get(..length).unwrap_or(data);
    Some(Record {
        kind,
        data,
        next: at + 4 + length,
    })
}

/// The record at an offset and its continuations.
pub(super) fn continued(stream: &[u8], first: Record<'_>) -> (Vec<usize>, Vec<u8>, usize) {
    let mut borders = Vec::new();
    let mut data = first.data.to_vec();
    let mut next = first.next;
    while let Some(more) = record(stream, next).filter(|record| record.kind == 0x3c) {
        borders.push(data.len());
        data.extend_from_slice(more.data);
        next = more.next;
    }
    (borders, data, next)
}

/// The drawings of a workbook, which its pictures are kept in: records of one kind, put together.
pub(crate) fn drawings(workbook: &[u8]) -> Vec<u8> {
    const DRAWINGS: u16 = 0xeb;
    const END: u16 = 0x0a;
    let mut drawings = Vec::new();
    let mut at = 0;
    while let Some(found) = record(workbook, at).filter(|record| record.kind != END) {
        at = found.next;
        if found.kind == DRAWINGS {
            let (_, mut data, next) = continued(workbook, found);
            drawings.append(&mut data);
            at = next;
        }
    }
    drawings
}

/// How the one-byte strings of a workbook are encoded.
#[derive(Clone, Copy)]
pub(super) enum Bytes {
    /// In a code page.
    Known(Encoding),
    /// The lower half of UTF-16, as BIFF 8 compresses it.
    Latin1,
}

impl Bytes {
    /// The encoding of a code page number.
    pub(super) fn of_code_page(number: u16) -> Self {
        match number {
            1200 => Self::Latin1,
            number => Self::Known(Encoding::of_code_page(number.into())),
        }
    }

    /// Decodes a string.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Known(encoding) => encoding.string(bytes),
            Self::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
        }
    }
}

/// A string of a record: BIFF 8 has flags and may be wide, older ones are bytes. `wide_count` says whether the
/// count takes two bytes.
pub(super) fn string(data: &[u8], wide_count: bool, modern: bool, bytes: Bytes) -> Option<String> {
    let (count, rest) = if wide_count {
        (usize::from(u16_at(data, 0)?), data.get(2..)?)
    } else {
        (usize::from(*data.first()?), data.get(1..)?)
    };
    let text = if modern {
        let flags = *rest.first()?;
        characters(rest.get(1..)?, count, flags & 1 != 0)
    } else {
        bytes.decode(rest.get(..count).unwrap_or(rest))
    };
    Some(without_nuls(text))
}

/// `count` characters, as far as they are there.
pub(super) fn characters(data: &[u8], count: usize, wide: bool) -> String {
    if !wide {
        return Bytes::Latin1.decode(data.get(..count).unwrap_or(data));
    }
    let units: Vec<u16> = data
        .as_chunks::<2>()
        .0
        .iter()
        .take(count)
        .map(|&unit| u16::from_le_bytes(unit))
        .collect();
    String::from_utf16_lossy(&units)
}

/// Some writers put a zero behind each byte of a one-byte string.
fn without_nuls(mut text: String) -> String {
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    text
}

/// Reads the table of shared strings; gives also what stands behind the last one that could be read. A string that
/// runs over a border between records starts anew there with a byte that says whether it goes on wide.
pub(super) fn shared_strings<'d>(data: &'d [u8], borders: &[usize]) -> (Vec<String>, &'d [u8]) {
    let mut strings = Vec::new();
    let (mut at, mut behind) = (8, 8);
    while let Some(text) = shared_string(data, borders, &mut at) {
        strings.push(without_nuls(text));
        // What a string that claims more than there is has behind it may be strings.
        if at > data.len() {
            break;
        }
        behind = at;
    }
    (strings, data.get(behind..).unwrap_or_default())
}

fn shared_string(data: &[u8], borders: &[usize], at: &mut usize) -> Option<String> {
    let mut left = usize::from(u16_at(data, *at)?);
    let mut flags = *data.get(*at + 2)?;
    *at += 3;
    let mut skip = 0;
    if flags & 8 != 0 {
        skip += usize::from(u16_at(data, *at)?) * 4;
        *at += 2;
    }
    if flags & 4 != 0 {
        skip += u32_at(data, *at)? as usize;
        *at += 4;
    }
    let mut text = String::new();
    while left > 0 {
        // The border at the very start of the characters counts too: the flags are repeated there.
        let border = borders
            .get(borders.partition_point(|&border| border < *at))
            .copied();
        if border == Some(*at) {
            flags = *data.get(*at)?;
            *at += 1;
            let next = borders
                .get(borders.partition_point(|&border| border < *at))
                .copied();
            left = take(data, at, next.unwrap_or(data.len()), left, flags, &mut text)?;
        } else {
            left = take(data, at, border.unwrap_or(data.len()), left, flags, &mut text)?;
        }
    }
    *at = at.checked_add(skip)?;
    Some(text)
}

/// Takes characters up to a border; how many are still missing.
fn take(
    data: &[u8],
    at: &mut usize,
    border: usize,
    left: usize,
    flags: u8,
    text: &mut String,
) -> Option<usize> {
    let wide = flags & 1 != 0;
    let width = if wide { 2 } else { 1 };
    let count = left.min(border.saturating_sub(*at) / width);
    if count == 0 {
        // Cut off: nothing more to take here or behind.
        return None;
    }
    text.push_str(&characters(data.get(*at..)?, count, wide));
    *at += count * width;
    Some(left - count)
}

/// The number in four bytes that RK records use.
pub(super) fn rk(bits: u32) -> f64 {
    let value = if bits & 2 != 0 {
        f64::from(bits.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(bits & 0xffff_fffc) << 32)
    };
    if bits & 1 != 0 { value / 100.0 } else { value }
}

/// The text of number formats that every workbook has without saying so.
pub(super) fn builtin_format(id: u16) -> &'static str {
    match id {
        14..=17 | 27..=31 | 34..=36 | 50..=54 | 57..=58 => "yyyy-mm-dd",
        18..=22 | 32 | 33 | 45 | 47 | 55 | 56 => "yyyy-mm-dd hh:mm",
        46 => "[h]:mm:ss",
        _ => "General",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_unpack() {
        let unpacked = [
            (1234 << 2) | 2,
            (1234 << 2) | 3,
            (-5i32 << 2).cast_unsigned() | 2,
            0x3ff8_0000,
        ]
        .map(rk);
        assert_eq!(format!("{unpacked:?}"), "[1234.0, 12.34, -5.0, 1.5]");
    }

    #[test]
    fn shared_strings_run_over_borders() {
        let mut data = vec![0; 8];
        data.extend([5, 0, 0]);
        data.extend(b"Ann");
        let first = data.len();
        data.push(1);
        data.extend("aÖ".encode_utf16().flat_map(u16::to_le_bytes));
        data.extend([2, 0, 0]);
        let second = data.len();
        data.push(0);
        data.extend(b"Bo");
        data.extend([9, 0, 0, b'x']);
        let (strings, behind) = shared_strings(&data, &[first, second]);
        assert_eq!(
            (strings, behind),
            (vec!["AnnaÖ".into(), "Bo".into()], &[9, 0, 0, b'x'][..])
        );
        assert_eq!(shared_strings(&[0; 3], &[]), (vec![], &[][..]));
    }

    #[test]
    fn strings_of_every_age_are_decoded() {
        assert_eq!(
            string(b"\x03\0\x00abc", true, true, Bytes::Latin1).unwrap(),
            "abc"
        );
        assert_eq!(
            string(b"\x02\x01\xd6\0l\0", false, true, Bytes::Latin1).unwrap(),
            "Öl"
        );
        assert_eq!(
            string(b"\x04\xd6sth\xff", false, false, Bytes::of_code_page(1252)).unwrap(),
            "Össth".replacen("ss", "s", 1)
        );
        assert_eq!(Bytes::of_code_page(850).decode(b"\x8fsa \x94l"), "Åsa öl");
        assert_eq!(
            string(b"\x04\0H\0i\0", true, false, Bytes::of_code_page(1252)).unwrap(),
            "Hi"
        );
    }
}
