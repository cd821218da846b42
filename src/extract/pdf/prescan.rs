//! Tells before a PDF is opened whether its objects would fit in memory.
//!
//! lopdf bounds what a stream may expand to, but every object of it then lies in memory: two bytes (`[]`) become
//! six hundred, so that 62 kB of nested compression cost 19 GB. Counting the tokens beforehand costs a
//! nanosecond a byte.

use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::memmem;

/// What the objects of one document may come to, estimated.
const ROOM: usize = 2 << 30;
/// What a number, name or string costs in lopdf's memory, measured.
const TOKEN: usize = 120;
/// What an array costs beyond that.
const ARRAY: usize = 480;
/// Bytes that are judged together as text or binary.
const BLOCK: usize = 4096;
/// So many bytes before a stream's data are its dictionary.
const DICTIONARY: usize = 4096;

/// Whether the objects in `bytes` fit.
pub(super) fn fits(bytes: &[u8]) -> bool {
    let mut room = ROOM;
    for block in bytes.chunks(BLOCK) {
        // Compressed data holds delimiters by chance: only what is (mostly) text can be objects.
        let binary = block.iter().filter(|byte| !is_text(**byte)).count();
        if binary * 5 < block.len() * 2 && !spend(&mut room, block) {
            return false;
        }
    }
    memmem::find_iter(bytes, b"stream").all(|at| {
        let before = bytes.get(at.saturating_sub(DICTIONARY)..at).unwrap_or_default();
        let own = before
            .get(memmem::rfind(before, b"obj").unwrap_or(0)..)
            .unwrap_or_default();
        // A name can be written with escapes.
        let holds_objects = memmem::rfind(before, b"ObjStm").is_some() || own.contains(&b'#');
        !holds_objects || object_stream_fits(bytes.get(at + 6..).unwrap_or_default(), &mut room)
    })
}

fn object_stream_fits(data: &[u8], room: &mut usize) -> bool {
    let line_end = data
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let mut decoder = ZlibDecoder::new(data.get(line_end..).unwrap_or_default());
    let mut buffer = [0; 8 * 1024];
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) | Err(_) => return true,
            Ok(length) if !spend(room, buffer.get(..length).unwrap_or_default()) => return false,
            Ok(_) => {}
        }
    }
}

/// Takes what the objects in `text` would cost out of `room`; false when it does not suffice.
fn spend(room: &mut usize, text: &[u8]) -> bool {
    let mut cost = 0;
    let mut inside = false;
    for byte in text {
        match byte {
            b'[' => (cost, inside) = (cost + TOKEN + ARRAY, false),
            b'(' | b'/' | b'<' => (cost, inside) = (cost + TOKEN, false),
            b' ' | b'\n' | b'\r' | b'\t' | 0 | 12 | b']' | b'>' | b')' => inside = false,
            _ if !inside => (cost, inside) = (cost + TOKEN, true),
            _ => {}
        }
    }
    let fits = cost <= *room;
    *room = room.saturating_sub(cost);
    fits
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 32..=126)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_objects_in_great_number_do_not_fit_and_binary_does_not_count() {
        assert!(fits(&b"[ 1 0 R ] ".repeat(10_000)));
        assert!(!fits(&b"[]".repeat(5 << 20)));
        let binary: Vec<u8> = (0..32_u32 << 20)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert!(fits(&binary));
    }

    #[test]
    fn what_is_compressed_counts_as_what_it_becomes() {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&b"[]".repeat(5 << 20)).unwrap();
        let packed = encoder.finish().unwrap();
        for (head, expected) in [
            ("/Type/ObjStm", false),
            ("/Type/Obj#53tm", false),
            ("/Type/X", true),
        ] {
            let mut file = format!("7 0 obj <<{head}/Filter/FlateDecode>> stream\n").into_bytes();
            file.extend_from_slice(&packed);
            file.extend_from_slice(b"\nendstream endobj");
            assert_eq!(fits(&file), expected);
        }
    }
}
