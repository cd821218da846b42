//! XML parts in another encoding than UTF-8, on their way to a parser that knows only that.
//!
//! Custom parts of Office documents are often UTF-16 and pages of old books Latin-1; read as UTF-8 they say nothing.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// So much is looked at to know the encoding, and read at a time.
const HEAD: usize = 256;
const CHUNK: usize = 16 * 1024;

/// The bytes of a part, as UTF-8.
pub(in crate::extract) struct Decoded<R> {
    inner: R,
    begun: bool,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub(in crate::extract) fn new(inner: R) -> Self {
        Self {
            inner,
            begun: false,
            decoder: None,
            raw: Vec::new(),
            ready: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        self.inner
            .by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut self.ready)?;
        self.begun = true;
        if let Some(encoding) = encoding_of(&self.ready) {
            let mut decoder = encoding.new_decoder_with_bom_removal();
            std::mem::swap(&mut self.raw, &mut self.ready);
            decode(&mut decoder, &self.raw, &mut self.ready, false);
            self.decoder = Some(decoder);
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        let Some(decoder) = self.decoder.as_mut() else {
            return Ok(());
        };
        while self.at >= self.ready.len() && !self.ended {
            self.raw.resize(CHUNK, 0);
            let count = self.inner.read(&mut self.raw)?;
            self.ended = count == 0;
            self.ready.clear();
            self.at = 0;
            let raw = self.raw.get(..count).unwrap_or_default();
            decode(decoder, raw, &mut self.ready, self.ended);
        }
        Ok(())
    }
}

fn decode(decoder: &mut Decoder, raw: &[u8], ready: &mut Vec<u8>, last: bool) {
    let most = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(4 * CHUNK);
    ready.resize(most, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(raw, ready, last);
    ready.truncate(written);
}

/// The encoding a part begins in, where it is not UTF-8.
fn encoding_of(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] | [0, b'<', ..] => return Some(UTF_16BE),
        _ => {}
    }
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', declaration)?;
    let declaration = declaration.get(..end)?;
    let at = memchr::memmem::find(declaration, b"encoding")?;
    let mut quoted = declaration.get(at..)?.split(|byte| matches!(byte, b'"' | b'\''));
    let label = quoted.nth(1)?;
    // A declaration one can read in single bytes does not stand in UTF-16.
    Encoding::for_label(label).filter(|&found| found != UTF_8 && found != UTF_16LE && found != UTF_16BE)
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            self.begin()?;
        }
        if self.at >= self.ready.len() {
            if self.decoder.is_none() {
                return self.inner.read(out);
            }
            self.fill()?;
        }
        let mut rest = self.ready.get(self.at..).unwrap_or_default();
        let count = rest.read(out)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        Decoded::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn other_encodings_become_utf8() {
        let long = format!("<a>{}</a>", "Åsa ".repeat(20_000));
        for bom in [&[][..], &[0xff, 0xfe]] {
            let wide: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert!(read(&[bom, &wide].concat()) == long);
        }
        let old = b"<?xml version='1.0' encoding='ISO-8859-1'?><p>\xc5sa</p>";
        assert!(read(old).ends_with("<p>Åsa</p>"));
        assert_eq!(read("<p>Åsa</p>".as_bytes()), "<p>Åsa</p>");
        assert!(read(b"<?xml encoding=\"utf-16\"?><p>a</p>").ends_with("<p>a</p>"));
        assert_eq!(read(b""), "");
    }
}
