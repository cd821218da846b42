//! The bytes of an XML part on their way to a parser that keeps every token whole.
//!
//! quick-xml gathers a token (a text, a tag, a comment) in memory before it hands it out, so a part
//! that inflates to one endless token would take all memory. This reader ends such a part with an error first, and
//! repairs bytes that are not UTF-8, at which the parser would stop.

use std::io::{self, BufRead, Read};

use memchr::{memchr, memchr3};

use crate::extract::carry;
use crate::model::Reason;

const BUFFER: usize = 64 * 1024;
/// The longest run of bytes a parser may have to keep.
const LONGEST: usize = 32 << 20;
/// A text longer than this reaches the parser in pieces, so that one without end is read as far as it goes.
const PIECE: usize = 4 << 20;
/// What sets pieces apart: an instruction that nobody heeds, or the border of two sections.
const BETWEEN_TEXTS: &[u8] = b"<?_?>";
const BETWEEN_SECTIONS: &[u8] = b"]]><![CDATA[";

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After `<`.
    Open,
    /// In a tag; the quote it is inside, or 0.
    Tag(u8),
    /// After `<!`, before it is known of what kind.
    Bang,
    /// In a comment or CDATA section; the byte that its end doubles, and how many of them were just seen.
    Section(u8, u8),
    /// In a document type declaration; whether in its brackets.
    DocType(bool),
}

/// A reader of XML bytes with bounded tokens and valid UTF-8.
pub(in crate::extract) struct XmlSource<R> {
    inner: R,
    buffer: Vec<u8>,
    /// What may be handed out now.
    start: usize,
    end: usize,
    /// What is filled; the bytes from `end` are an unfinished character.
    filled: usize,
    state: State,
    run: usize,
    /// Whether the one who reads tells where tokens end, so that the markup need not be followed.
    told: bool,
    /// What is handed out before the buffer.
    between: &'static [u8],
}

impl<R: Read> XmlSource<R> {
    pub(in crate::extract) fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            filled: 0,
            state: State::Text,
            run: 0,
            told: false,
            between: b"",
        }
    }

    /// The same for one who calls [`token`](Self::token) before each token: that costs a fourth of the time less.
    pub(in crate::extract) fn counted(inner: R) -> Self {
        Self {
            told: true,
            ..Self::new(inner)
        }
    }

    /// A token begins.
    pub(in crate::extract) fn token(&mut self) {
        self.run = 0;
    }

    /// From here on, which is between two tokens, the markup is followed.
    pub(in crate::extract) fn followed(mut self) -> io::Result<Self> {
        self.told = false;
        self.run = 0;
        self.state = State::Text;
        // What lies ready was not looked at yet.
        self.scan(self.start, self.end)?;
        Ok(self)
    }

    /// Makes sure that there is something between `start` and `end`, unless the part is at its end.
    fn fill(&mut self) -> io::Result<usize> {
        while self.start >= self.end {
            self.buffer.copy_within(self.end..self.filled, 0);
            self.filled -= self.end;
            (self.start, self.end) = (0, 0);
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let read = match self.inner.read(room) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read == 0 && self.filled == 0 {
                return Ok(0);
            }
            self.filled += read;
            self.repair(read == 0);
        }
        Ok(self.end - self.start)
    }

    /// Replaces what is not UTF-8, and leaves an unfinished character for the next time.
    fn repair(&mut self, last: bool) {
        let mut from = 0;
        loop {
            let Some(bytes) = self.buffer.get_mut(from..self.filled) else {
                return;
            };
            let Err(error) = std::str::from_utf8(bytes) else {
                break self.end = self.filled;
            };
            let valid = error.valid_up_to();
            let bad = match error.error_len() {
                Some(len) => len,
                None if last => bytes.len() - valid,
                None => break self.end = from + valid,
            };
            bytes
                .iter_mut()
                .skip(valid)
                .take(bad)
                .for_each(|byte| *byte = b'?');
            from += valid + bad;
        }
    }

    /// Follows the markup between two offsets, and fails where a token has no end.
    fn scan(&mut self, start: usize, end: usize) -> io::Result<()> {
        let mut at = start;
        while at < end {
            let Some(bytes) = self.buffer.get(at..end) else {
                break;
            };
            let (used, next) = match self.state {
                State::Text => match memchr(b'<', bytes) {
                    Some(offset) => (offset + 1, State::Open),
                    None => (bytes.len(), State::Text),
                },
                State::Open if bytes.first() == Some(&b'!') => (1, State::Bang),
                State::Open => (0, State::Tag(0)),
                State::Tag(0) => match memchr3(b'>', b'"', b'\'', bytes) {
                    Some(offset) => match bytes.get(offset) {
                        Some(&quote @ (b'"' | b'\'')) => (offset + 1, State::Tag(quote)),
                        _ => (offset + 1, State::Text),
                    },
                    None => (bytes.len(), State::Tag(0)),
                },
                State::Tag(quote) => match memchr(quote, bytes) {
                    Some(offset) => (offset + 1, State::Tag(0)),
                    None => (bytes.len(), State::Tag(quote)),
                },
                State::Bang => match bytes.first() {
                    Some(b'-') => (1, State::Section(b'-', 0)),
                    Some(b'[') => (1, State::Section(b']', 0)),
                    _ => (0, State::DocType(false)),
                },
                State::Section(closer, seen) => section(bytes, closer, seen),
                State::DocType(bracket) => match memchr3(b'[', b']', b'>', bytes) {
                    Some(offset) => match bytes.get(offset) {
                        Some(b'[') => (offset + 1, State::DocType(true)),
                        Some(b']') => (offset + 1, State::DocType(false)),
                        _ if bracket => (offset + 1, State::DocType(true)),
                        _ => (offset + 1, State::Text),
                    },
                    None => (bytes.len(), State::DocType(bracket)),
                },
            };
            let was = std::mem::replace(&mut self.state, next);
            at += used;
            self.run += used;
            let border = matches!(
                (was, next),
                (State::Tag(_), State::Text) | (State::Text, State::Open)
            );
            if border {
                self.run = 0;
            }
            if self.run > LONGEST {
                return Err(carry(Reason::ContentLimit));
            }
        }
        Ok(())
    }
}

/// Follows a comment or CDATA section to its end, which is a doubled byte and `>`.
fn section(bytes: &[u8], closer: u8, seen: u8) -> (usize, State) {
    let mut seen = seen;
    let mut used = 0;
    for &byte in bytes {
        used += 1;
        match byte {
            b'>' if seen >= 2 => return (used, State::Text),
            _ if byte == closer => seen = seen.saturating_add(1),
            _ => seen = 0,
        }
    }
    (used, State::Section(closer, seen))
}

impl<R: Read> Read for XmlSource<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        for (to, from) in out.iter_mut().zip(available) {
            *to = *from;
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for XmlSource<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.between.is_empty() {
            return Ok(self.between);
        }
        if self.start >= self.end {
            let last = self.end.saturating_sub(16)..self.end;
            let last = self.buffer.get(last).unwrap_or_default();
            let in_entity = memchr::memrchr2(b'&', b';', last).is_some_and(|at| last.get(at) == Some(&b'&'));
            let long = !self.told && self.run > PIECE;
            match self.state {
                State::Text if long && !in_entity => self.between = BETWEEN_TEXTS,
                State::Section(b']', 0) if long => self.between = BETWEEN_SECTIONS,
                _ => {}
            }
            self.fill()?;
            if self.told {
                if self.run > LONGEST {
                    return Err(carry(Reason::ContentLimit));
                }
            } else {
                if !self.between.is_empty() {
                    self.run = 0;
                }
                self.scan(self.start, self.end)?;
                if !self.between.is_empty() {
                    return Ok(self.between);
                }
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        if !self.between.is_empty() {
            self.between = self.between.get(count..).unwrap_or_default();
            return;
        }
        self.start = (self.start + count).min(self.end);
        if self.told {
            self.run += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::reason_of;

    /// Hands out a few bytes at a time, so that every border falls everywhere.
    struct Crumbs<'a>(&'a [u8], usize);

    impl Read for Crumbs<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(self.1).min(out.len());
            let (now, later) = self.0.split_at(count);
            out[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn all(bytes: &[u8], crumb: usize) -> String {
        let mut text = String::new();
        XmlSource::new(Crumbs(bytes, crumb))
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn bytes_pass_and_what_is_not_utf8_is_replaced() {
        for crumb in 1..7 {
            assert_eq!(all("<a>åäö€𝄞</a>".as_bytes(), crumb), "<a>åäö€𝄞</a>");
            assert_eq!(all(b"<a>\xe5\xe4 ok \xc3", crumb), "<a>?? ok ?");
        }
    }

    #[test]
    fn a_long_text_comes_in_pieces_and_whole() {
        use quick_xml::events::Event;
        let long = "Åsa &amp; Bo ".repeat(1 << 20);
        for (head, tail) in [("<a>", "</a>"), ("<a><![CDATA[", "]]></a>")] {
            let xml = [head, &long, tail].concat();
            let mut reader = quick_xml::Reader::from_reader(XmlSource::new(xml.as_bytes()));
            let (mut buffer, mut text, mut longest) = (Vec::new(), String::new(), 0);
            loop {
                buffer.clear();
                match reader.read_event_into(&mut buffer).unwrap() {
                    Event::Text(piece) => text.push_str(&piece),
                    Event::CData(piece) => text.push_str(&piece),
                    Event::GeneralRef(_) => text.push_str("&amp;"),
                    Event::Eof => break,
                    _ => {}
                }
                longest = longest.max(buffer.len());
            }
            assert!(text == long, "{head}");
            assert!(longest < PIECE + 2 * BUFFER + 64, "{longest}");
        }
    }

    #[test]
    fn an_endless_token_ends_with_a_reason() {
        for head in ["<a b=\"", "<!-- ", "<!DOCTYPE a [<b>"] {
            let endless = head.as_bytes().chain(io::repeat(b'x'));
            let error = io::copy(&mut XmlSource::new(endless), &mut io::sink()).unwrap_err();
            assert_eq!(reason_of(&error), Reason::ContentLimit, "{head}");
        }
        let mut told = XmlSource::counted("<a>".as_bytes().chain(io::repeat(b'x')));
        let error = io::copy(&mut told, &mut io::sink()).unwrap_err();
        assert_eq!(reason_of(&error), Reason::ContentLimit);
    }
}
