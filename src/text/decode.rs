//! From the bytes of a reader to UTF-8 appended to a buffer, a chunk at a time.
//!
//! UTF-8 is read straight into the buffer and only checked. What the first bytes of a file could not tell (they
//! were all ASCII) is settled here, when the first other bytes come.

use std::io::{self, Read};

use super::Encoding;
use super::detect::{Utf8Tally, legacy};
use super::encoding::character;
use super::vote::Votes;

/// How much of a legacy encoding is decoded at a time.
const RAW_CHUNK: usize = 64 * 1024;

/// How much text to see after the first byte beyond ASCII before the encoding is decided.
const EVIDENCE: usize = 8 * 1024;

/// A decoder of one document.
pub(super) struct Decoder {
    encoding: Encoding,
    /// Whether later bytes may still change the encoding.
    settled: bool,
    rs: Option<encoding_rs::Decoder>,
    /// Raw bytes on their way, kept to be used again.
    raw: Vec<u8>,
    /// The beginning of a character whose rest has not been read yet.
    pending: Vec<u8>,
}

impl Decoder {
    /// A decoder that begins with `encoding`; `raw` is an empty buffer to work in.
    pub(super) fn new(encoding: Encoding, raw: Vec<u8>) -> Self {
        let mut decoder = Self {
            encoding,
            settled: !matches!(encoding, Encoding::Utf8 | Encoding::Windows1252),
            rs: None,
            raw,
            pending: Vec::new(),
        };
        decoder.switch(encoding);
        decoder
    }

    /// The working buffer, to be used again.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.raw
    }

    fn switch(&mut self, encoding: Encoding) {
        self.encoding = encoding;
        self.rs = match encoding {
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE),
            Encoding::Windows1252 => Some(encoding_rs::WINDOWS_1252),
            Encoding::MacRoman => Some(encoding_rs::MACINTOSH),
            Encoding::Other(other) => Some(other),
            _ => None,
        }
        .map(encoding_rs::Encoding::new_decoder_without_bom_handling);
    }

    /// Reads some `wanted` bytes and appends what they say to `text`, which stays valid UTF-8.
    ///
    /// Says whether the end was reached. What was read before an error is appended first.
    pub(super) fn fill(
        &mut self,
        reader: &mut dyn Read,
        text: &mut Vec<u8>,
        wanted: usize,
    ) -> (bool, io::Result<()>) {
        if self.encoding == Encoding::Utf8 {
            self.fill_utf8(reader, text, wanted)
        } else {
            self.fill_legacy(reader, text, wanted.min(RAW_CHUNK))
        }
    }

    fn fill_utf8(
        &mut self,
        reader: &mut dyn Read,
        text: &mut Vec<u8>,
        wanted: usize,
    ) -> (bool, io::Result<()>) {
        let start = text.len();
        text.append(&mut self.pending);
        let (mut ended, mut outcome) = read_some(reader, text, wanted);
        if !self.settled && !ended && evidence(text.get(start..).unwrap_or_default()) < EVIDENCE {
            (ended, outcome) = read_some(reader, text, EVIDENCE);
        }
        let chunk = text.get(start..).unwrap_or_default();
        let Err(error) = simdutf8::compat::from_utf8(chunk) else {
            // Without a character beyond ASCII the question stays open.
            self.settled = self.settled || !chunk.is_ascii();
            return (ended, outcome);
        };
        let mut keep = start + error.valid_up_to();
        if error.error_len().is_none() && !ended {
            self.pending
                .extend_from_slice(text.get(keep..).unwrap_or_default());
            text.truncate(keep);
            return (ended, outcome);
        }
        let tally = Utf8Tally::of(chunk, ended);
        if !self.settled && !tally.is_utf8() {
            // From the first byte beyond ASCII on, with the letters before it: they are part of the evidence.
            let first = chunk.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
            let (encoding, strong) = legacy(chunk.get(first.saturating_sub(1)..).unwrap_or_default());
            keep = start + first;
            self.settled = strong;
            self.switch(encoding);
        }
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        raw.extend_from_slice(text.get(keep..).unwrap_or_default());
        text.truncate(keep);
        if self.encoding == Encoding::Utf8 {
            self.repair(&raw, ended, text);
        } else {
            self.decode(&raw, ended, text);
        }
        self.raw = raw;
        (ended, outcome)
    }

    /// Appends UTF-8 with bad bytes in it: each of them is read as windows-1252, so that a line of another
    /// program in a log is not lost.
    fn repair(&mut self, raw: &[u8], ended: bool, text: &mut Vec<u8>) {
        let mut rest = raw;
        loop {
            let error = match simdutf8::compat::from_utf8(rest) {
                Ok(valid) => return text.extend_from_slice(valid.as_bytes()),
                Err(error) => error,
            };
            let (valid, bad) = rest.split_at(error.valid_up_to());
            text.extend_from_slice(valid);
            if error.error_len().is_none() && !ended {
                return self.pending.extend_from_slice(bad);
            }
            // At least one byte, so that this ends; a cut-off character at the end of the file is all bad.
            let length = error.error_len().unwrap_or(bad.len()).clamp(1, bad.len().max(1));
            let (bad, after) = bad.split_at_checked(length).unwrap_or((bad, &[]));
            if let Some(table) = Encoding::Windows1252.table() {
                append_by_table(table, bad, text);
            }
            rest = after;
        }
    }

    fn fill_legacy(
        &mut self,
        reader: &mut dyn Read,
        text: &mut Vec<u8>,
        wanted: usize,
    ) -> (bool, io::Result<()>) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        raw.append(&mut self.pending);
        let (ended, outcome) = read_some(reader, &mut raw, wanted);
        if !self.settled
            && !raw.is_ascii()
            && let Some(encoding) = Votes::of(&raw).winner()
        {
            self.settled = true;
            self.switch(encoding);
        }
        self.decode(&raw, ended, text);
        self.raw = raw;
        (ended, outcome)
    }

    fn decode(&mut self, raw: &[u8], ended: bool, text: &mut Vec<u8>) {
        if self.encoding.is_single_byte()
            && let Some(valid) = as_utf8(raw)
        {
            // Files are put together from parts: what is UTF-8 by more than chance is UTF-8.
            return text.extend_from_slice(valid);
        }
        if let Some(rs) = &mut self.rs {
            append_by_library(rs, raw, ended, text);
        } else if let Some(table) = self.encoding.table() {
            append_by_table(table, raw, text);
        } else {
            self.decode_utf32(raw, ended, text);
        }
    }

    fn decode_utf32(&mut self, raw: &[u8], ended: bool, text: &mut Vec<u8>) {
        let (quads, rest) = raw.as_chunks::<4>();
        for &quad in quads {
            let code = if self.encoding == Encoding::Utf32Be {
                u32::from_be_bytes(quad)
            } else {
                u32::from_le_bytes(quad)
            };
            append(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), text);
        }
        if !ended {
            self.pending.extend_from_slice(rest);
        } else if !rest.is_empty() {
            append(char::REPLACEMENT_CHARACTER, text);
        }
    }
}

/// How many bytes follow the first one beyond ASCII; plenty where all are ASCII.
fn evidence(chunk: &[u8]) -> usize {
    if chunk.is_ascii() {
        return EVIDENCE;
    }
    let first = chunk.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    chunk.len() - first
}

/// Appends up to `wanted` bytes of `reader`, and says whether it ended (an error ends it too).
fn read_some(reader: &mut dyn Read, into: &mut Vec<u8>, wanted: usize) -> (bool, io::Result<()>) {
    match reader.take(wanted as u64).read_to_end(into) {
        Ok(read) => (read < wanted, Ok(())),
        Err(error) => (true, Err(error)),
    }
}

/// A chunk of what should be a legacy encoding, if it is UTF-8 with at least two characters beyond ASCII.
fn as_utf8(raw: &[u8]) -> Option<&[u8]> {
    if raw.is_ascii() {
        return Some(raw);
    }
    let valid = simdutf8::basic::from_utf8(raw).ok()?;
    let characters = valid.bytes().filter(|&byte| byte >= 0xC0).take(2).count();
    (characters == 2).then_some(raw)
}

fn append(c: char, text: &mut Vec<u8>) {
    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn append_by_table(table: &[char; 128], raw: &[u8], text: &mut Vec<u8>) {
    let mut rest = raw;
    while !rest.is_empty() {
        let plain = rest
            .iter()
            .position(|byte| !byte.is_ascii())
            .unwrap_or(rest.len());
        let (ascii, after) = rest.split_at(plain);
        text.extend_from_slice(ascii);
        let Some((&byte, after)) = after.split_first() else {
            return;
        };
        append(character(table, byte), text);
        rest = after;
    }
}

fn append_by_library(rs: &mut encoding_rs::Decoder, raw: &[u8], ended: bool, text: &mut Vec<u8>) {
    let mut rest = raw;
    loop {
        let start = text.len();
        let room = rs
            .max_utf8_buffer_length(rest.len())
            .unwrap_or(rest.len() * 4 + 16);
        text.resize(start + room, 0);
        let into = text.get_mut(start..).unwrap_or_default();
        let (result, read, written, _) = rs.decode_to_utf8(rest, into, ended);
        text.truncate(start + written);
        rest = rest.get(read..).unwrap_or_default();
        if result == encoding_rs::CoderResult::InputEmpty || read == 0 && written == 0 {
            return;
        }
    }
}
