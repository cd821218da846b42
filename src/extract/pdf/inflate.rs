//! Inflates packed content strictly, to tell content that breaks off from content that is all there.
//!
//! Both libraries hand out what came before an error as if it were all.

use flate2::{Decompress, FlushDecompress, Status};

use super::guard::STREAM_LIMIT;

/// What is written where a writer flushes.
const FLUSHED: &[u8] = &[0, 0, 0xFF, 0xFF];

/// What packed content inflates to, and whether that is all of it. A missing checksum and what stands behind the end
/// take nothing away. No more comes than [`STREAM_LIMIT`].
pub(super) fn inflated(content: &[u8]) -> (Vec<u8>, bool) {
    let mut plain = Vec::new();
    let is_whole = inflate(content, |bytes| {
        plain.extend_from_slice(bytes);
        plain.len() <= STREAM_LIMIT
    });
    (plain, is_whole)
}

/// Whether packed content is all there.
pub(super) fn is_whole(content: &[u8]) -> bool {
    let mut left = 2 * STREAM_LIMIT;
    inflate(content, |bytes| {
        left = left.saturating_sub(bytes.len());
        left > 0
    })
}

/// Inflates in parts, which are seen by `see` as long as it wants more; whether the end came and its checksum is right.
fn inflate(content: &[u8], mut see: impl FnMut(&[u8]) -> bool) -> bool {
    // An empty page is packed as nothing at all by some.
    if content.trim_ascii().is_empty() {
        return true;
    }
    let (packed, is_checked) = match content {
        [method, flags, rest @ ..]
            if method & 0x0F == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31) =>
        {
            (rest, true)
        }
        _ => (content, false),
    };
    let mut decoder = Decompress::new(false);
    let mut buffer = vec![0; 32 * 1024];
    let mut sum = Adler(1, 0);
    loop {
        let (taken, given) = (decoder.total_in(), decoder.total_out());
        let rest = |decoder: &Decompress| {
            let taken = usize::try_from(decoder.total_in()).ok();
            taken.and_then(|taken| packed.get(taken..)).unwrap_or_default()
        };
        let status = decoder.decompress(rest(&decoder), &mut buffer, FlushDecompress::None);
        let new = usize::try_from(decoder.total_out() - given).unwrap_or(0);
        let new = buffer.get(..new).unwrap_or_default();
        sum.add(new);
        if !see(new) {
            return false;
        }
        match status {
            Ok(Status::StreamEnd) => {
                let told = rest(&decoder).first_chunk::<4>();
                return !is_checked || told.is_none_or(|told| *told == sum.bytes());
            }
            Ok(_) if !new.is_empty() || decoder.total_in() > taken => {}
            // Some writers flush what they have and never say that it is all.
            Ok(_) => return packed.trim_ascii_end().ends_with(FLUSHED),
            Err(_) => return false,
        }
    }
}

/// The checksum of zlib.
struct Adler(u32, u32);

impl Adler {
    fn add(&mut self, bytes: &[u8]) {
        // So many can be added up before the second sum could run over.
        for part in bytes.chunks(5552) {
            for byte in part {
                self.0 += u32::from(*byte);
                self.1 += self.0;
            }
            self.0 %= 65_521;
            self.1 %= 65_521;
        }
    }

    fn bytes(&self) -> [u8; 4] {
        (self.1 << 16 | self.0).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn content_is_whole_with_its_end_and_without_its_checksum() {
        let plain: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plain).unwrap();
        let packed = encoder.finish().unwrap();
        let bare = packed.get(2..packed.len() - 4).unwrap();
        let unchecked = packed.get(..packed.len() - 4).unwrap();
        let more = [packed.as_slice(), b"\r\nmore"].concat();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plain).unwrap();
        encoder.flush().unwrap();
        let flushed = encoder.get_ref().clone();
        for whole in [&packed, bare, unchecked, &more, &flushed] {
            assert_eq!(inflated(whole), (plain.clone(), true));
            assert!(is_whole(whole));
        }
        assert!(is_whole(b"") && is_whole(b"\r\n"));
        let mut wrong = packed.clone();
        *wrong.last_mut().unwrap() ^= 1;
        let half = packed.get(..packed.len() / 2).unwrap();
        for damaged in [&wrong, half, b"x", b"no such thing", b"\x78\x9C"] {
            assert!(!is_whole(damaged));
        }
    }
}
