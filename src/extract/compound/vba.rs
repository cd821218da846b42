//! The source of macros, which lies compressed behind what was compiled of it.
//!
//! Macros of an office hold the passwords and paths of its databases.

use super::u16_at;

/// More source than this in one module is not unpacked.
const LONGEST: usize = 8 << 20;
/// How a module's source begins once it is unpacked; compressed, its first eight letters still stand there.
const START: &[u8] = b"\0Attribut";

/// The source in a module's stream, if it is one.
pub(super) fn source(stream: &[u8]) -> Option<String> {
    // One byte that marks the beginning, two of the chunk's header, then the zero of the first eight.
    let at = memchr::memmem::find_iter(stream, START).find(|&at| {
        at.checked_sub(3)
            .is_some_and(|start| stream.get(start) == Some(&1))
    })?;
    let source = unpack(stream.get(at - 2..)?);
    Some(crate::text::Encoding::Windows1252.string(&source))
}

/// Unpacks chunk by chunk, as far as they are sound.
fn unpack(mut packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    while let Some(header) = u16_at(packed, 0).filter(|header| header & 0x7000 == 0x3000) {
        let length = usize::from(header & 0xfff) + 1;
        let rest = packed.get(2..).unwrap_or_default();
        let chunk = rest.get(..length).unwrap_or(rest);
        packed = rest.get(length..).unwrap_or_default();
        if header & 0x8000 == 0 {
            plain.extend_from_slice(chunk);
        } else if unpack_chunk(chunk, &mut plain).is_none() {
            break;
        }
        if plain.len() > LONGEST {
            break;
        }
    }
    plain
}

/// A byte says of the next eight which are themselves and which point back.
fn unpack_chunk(chunk: &[u8], plain: &mut Vec<u8>) -> Option<()> {
    let start = plain.len();
    let mut at = 0;
    while let Some(&flags) = chunk.get(at) {
        at += 1;
        for bit in 0..8 {
            if at >= chunk.len() || plain.len() - start > 4096 {
                break;
            }
            if flags >> bit & 1 == 0 {
                plain.push(*chunk.get(at)?);
                at += 1;
                continue;
            }
            let token = u16_at(chunk, at)?;
            at += 2;
            let done = plain.len() - start;
            let bits = (done.max(2) - 1).ilog2().max(3) + 1;
            let length = usize::from(token & (0xffff >> bits)) + 3;
            let back = usize::from(token >> (16 - bits)) + 1;
            let from = plain.len().checked_sub(back).filter(|&from| from >= start)?;
            for i in from..from + length {
                let byte = *plain.get(i)?;
                plain.push(byte);
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_found_and_unpacked() {
        // The example of the format's description: "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa".
        let packed = [
            0x2f, 0xb0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66, 0x00, 0x70, 0x61,
            0x67, 0x68, 0x69, 0x6a, 0x01, 0x38, 0x08, 0x61, 0x6b, 0x6c, 0x00, 0x30, 0x6d, 0x6e, 0x6f, 0x70,
            0x06, 0x71, 0x02, 0x70, 0x04, 0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7a,
            0x00, 0x3c,
        ];
        assert_eq!(
            unpack(&packed),
            b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
        );
        let mut stream = b"compiled\x01\x1d\xb0\0Attribut\0e VB_Nam\0e = \"A\"\r\0\nx".to_vec();
        assert_eq!(source(&stream).unwrap(), "Attribute VB_Name = \"A\"\r\nx");
        stream[8] = 7;
        assert_eq!(source(&stream), None);
    }
}
