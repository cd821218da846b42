//! The bytes of an XML part on their way to a parser that keeps every token whole.
//!
//! quick-xml and calamine gather a token (a text, a tag, a comment) in memory before they hand it out, so a part
//! that inflates to one endless token would take all memory. This reader ends such a part with an error first, and
//! repairs bytes that are not UTF-8, at which the parser would stop.

use std::io::{self, BufRead, Read};

use memchr::{memchr, memchr3, memmem};

use crate::extract::carry;
use crate::model::Reason;

const BUFFER: usize = 64 * 1024;
/// The longest run of bytes a parser may have to keep.
const LONGEST: usize = 32 << 20;
/// Where formulas hide addresses.
const FORMULA_MARKS: [&[u8]; 2] = [b"HYPERLINK(", b"mailto:"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// In a tag; the quote it is inside, or 0.
    Tag(u8),
    /// After `<!`, before it is known of what kind.
    Bang,
    /// In a comment or CDATA section; the byte that its end doubles, and how many of them were just seen.
    Section(u8, u8),
    /// In a document type declaration; whether in its brackets.
    DocType(bool),
}

/// What the run of bytes is counted from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// From the last token.
    Tokens,
    /// From the last cell: calamine gathers all the texts of one.
    Cells,
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
    counting: Counting,
    run: usize,
    name: Vec<u8>,
    last: u8,
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
            counting: Counting::Tokens,
            run: 0,
            name: Vec::with_capacity(16),
            last: 0,
        }
    }

    /// Reads past the cells of a worksheet, so that what is read next stands behind them; tells whether a formula
    /// may hold an address. Fails where a cell is too large for calamine.
    pub(in crate::extract) fn skip_cells(&mut self, step: &mut dyn FnMut() -> bool) -> io::Result<bool> {
        self.counting = Counting::Cells;
        let mut marked = false;
        let mut border: Vec<u8> = Vec::new();
        loop {
            let chunk = self.fill()?;
            let (start, end) = (self.start, self.end);
            if chunk == 0 || !step() {
                break;
            }
            let bytes = self.buffer.get(start..end).unwrap_or_default();
            if !marked {
                border.extend_from_slice(bytes.get(..16).unwrap_or(bytes));
                let seen = |bytes: &[u8]| {
                    FORMULA_MARKS
                        .iter()
                        .any(|mark| memmem::find(bytes, mark).is_some())
                };
                marked = seen(&border) || seen(bytes);
                // The last bytes, for a mark that lies across the border; a short chunk was added whole.
                if let Some(last) = bytes.last_chunk::<16>() {
                    border.clear();
                    border.extend_from_slice(last);
                }
                let surplus = border.len().saturating_sub(16);
                border.drain(..surplus);
            }
            match self.scan(start, end)? {
                Some(behind) => {
                    self.start = behind;
                    break;
                }
                None => self.start = end,
            }
        }
        self.counting = Counting::Tokens;
        self.run = 0;
        Ok(marked)
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

    /// Follows the markup between two offsets; the offset behind the cells where they end, when counting cells.
    fn scan(&mut self, start: usize, end: usize) -> io::Result<Option<usize>> {
        let mut at = start;
        while at < end {
            let Some(bytes) = self.buffer.get(at..end) else {
                break;
            };
            let (used, next) = match self.state {
                State::Text => match memchr(b'<', bytes) {
                    Some(offset) => {
                        self.name.clear();
                        (offset + 1, State::Tag(0))
                    }
                    None => (bytes.len(), State::Text),
                },
                State::Tag(0) => {
                    if self.name.len() < 24 {
                        let room = 24 - self.name.len();
                        self.name
                            .extend(bytes.iter().take(room).take_while(|&&byte| byte != b'>'));
                    }
                    if self.name.first() == Some(&b'!') {
                        (1, State::Bang)
                    } else {
                        match memchr3(b'>', b'"', b'\'', bytes) {
                            Some(offset) if bytes.get(offset) == Some(&b'>') => {
                                let before = offset.checked_sub(1).and_then(|i| bytes.get(i)).copied();
                                self.last = before.unwrap_or(self.last);
                                (offset + 1, State::Text)
                            }
                            Some(offset) => (
                                offset + 1,
                                State::Tag(bytes.get(offset).copied().unwrap_or_default()),
                            ),
                            None => {
                                self.last = bytes.last().copied().unwrap_or_default();
                                (bytes.len(), State::Tag(0))
                            }
                        }
                    }
                }
                State::Tag(quote) => {
                    self.last = quote;
                    match memchr(quote, bytes) {
                        Some(offset) => (offset + 1, State::Tag(0)),
                        None => (bytes.len(), State::Tag(quote)),
                    }
                }
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
            if matches!(was, State::Tag(_)) && next == State::Text {
                if self.tag_ended() {
                    return Ok(Some(at));
                }
            } else if was == State::Text && next == State::Tag(0) && self.counting == Counting::Tokens {
                self.run = 0;
            }
            if self.run > LONGEST {
                return Err(carry(Reason::ContentLimit));
            }
        }
        Ok(None)
    }

    /// A tag has ended: starts the count anew where it may, and tells whether it was the end of the cells.
    fn tag_ended(&mut self) -> bool {
        let closing = self.name.first() == Some(&b'/');
        let name = self.name.get(usize::from(closing)..).unwrap_or_default();
        let name = name
            .split(|byte| byte.is_ascii_whitespace() || *byte == b'/')
            .next()
            .unwrap_or_default();
        let local = name.rsplit(|&byte| byte == b':').next().unwrap_or_default();
        match self.counting {
            Counting::Tokens => self.run = 0,
            Counting::Cells if matches!(local, b"c" | b"row" | b"sheetData") => self.run = 0,
            Counting::Cells => {}
        }
        self.counting == Counting::Cells && local == b"sheetData" && (closing || self.last == b'/')
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
        if self.start >= self.end {
            self.fill()?;
            self.scan(self.start, self.end)?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
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
    fn what_stands_behind_the_cells_is_found_across_every_border() {
        let sheets = [
            "<w><cols/><sheetData><row r=\"1\"><c><v>1</v></c></row></sheetData><tail/>",
            "<x:w><x:sheetData a='>'/><tail/>",
            "<w><!-- </sheetData> --><![CDATA[</sheetData>]]><sheetData><c/></x:sheetData ><tail/>",
            "<!DOCTYPE w [<!ENTITY a '</sheetData>'>]><w><sheetData ><c t=\"</sheetData>\"/></sheetData><tail/>",
        ];
        for sheet in sheets {
            for crumb in [1, 2, 3, 5, 1000] {
                let mut source = XmlSource::new(Crumbs(sheet.as_bytes(), crumb));
                let marked = source.skip_cells(&mut || true).unwrap();
                let mut rest = String::new();
                source.read_to_string(&mut rest).unwrap();
                assert_eq!((rest.as_str(), marked), ("<tail/>", false), "{sheet}");
            }
        }
    }

    #[test]
    fn addresses_in_formulas_are_noticed_across_every_border() {
        let sheet = b"<sheetData><c><f>HYPERLINK(\"mailto:a@example.se\")</f></c></sheetData>";
        for crumb in 1..20 {
            assert!(
                XmlSource::new(Crumbs(sheet, crumb))
                    .skip_cells(&mut || true)
                    .unwrap()
            );
        }
    }

    #[test]
    fn an_endless_token_ends_with_a_reason() {
        for head in ["<a>", "<a b=\"", "<!-- ", "<![CDATA[<a>", "<!DOCTYPE a [<b>"] {
            let endless = head.as_bytes().chain(io::repeat(b'x'));
            let error = io::copy(&mut XmlSource::new(endless), &mut io::sink()).unwrap_err();
            assert_eq!(reason_of(&error), Reason::ContentLimit, "{head}");
        }
        let nested = b"<sheetData><c><is><t>".chain(Repeat(b"x<b/>&amp;<!-- -->", 0));
        let error = XmlSource::new(nested).skip_cells(&mut || true).unwrap_err();
        assert_eq!(reason_of(&error), Reason::ContentLimit);
    }

    struct Repeat(&'static [u8], usize);

    impl Read for Repeat {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            for byte in out.iter_mut() {
                *byte = self.0[self.1 % self.0.len()];
                self.1 += 1;
            }
            Ok(out.len())
        }
    }
}
