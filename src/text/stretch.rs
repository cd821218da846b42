//! A text of any size as overlapping stretches of valid UTF-8, each with its line and column.
//!
//! A file of 10 GiB, or one line of 1 GiB, takes the memory of a few stretches; the overlap lets a hit at a border be
//! seen whole, and it is owned by exactly one stretch.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::Range;

use super::Encoding;
use super::decode::Decoder;

/// A piece of a text. Every byte of the text is in the `own` range of exactly one stretch.
pub struct Stretch<'a> {
    /// The piece, with some context before and after what it owns.
    pub text: &'a str,
    /// What it owns, on character borders.
    pub own: Range<usize>,
    /// The line, from 1, on which `own` starts.
    pub line: u64,
    /// The column in characters, from 1, at which `own` starts.
    pub column: u64,
}

/// Debug output shows sizes only, never the text.
impl std::fmt::Debug for Stretch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stretch({} bytes, own {:?})", self.text.len(), self.own)
    }
}

/// How the text is cut, in bytes.
#[derive(Clone, Copy)]
struct Sizes {
    own: usize,
    context: usize,
    ahead: usize,
}

const SIZES: Sizes = Sizes {
    own: 256 * 1024,
    // Far enough back for the names of columns above a block of pasted rows or of an SQL statement.
    context: 32 * 1024,
    ahead: 4 * 1024,
};

/// The buffers of a thread: a share holds many small files, and fresh memory for each costs more than reading it.
#[derive(Default)]
struct Buffers {
    text: Vec<u8>,
    raw: Vec<u8>,
}

/// Buffers that grew beyond this are given back: one odd file must not hold memory for the rest of the run.
const KEPT: usize = 2 * 1024 * 1024;

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::default();
}

/// Decodes `reader` and calls `f` with one stretch after the other, until it says `false`.
///
/// `mark` bytes (a byte order mark) are passed over first. In a text whose lines end in a lone `\r`, as on old
/// Macs, each `\r` is given as `\n`, so that lines are counted alike everywhere. Says whether the end was reached;
/// where reading fails, what was read before is given first.
pub fn stretches(
    reader: &mut dyn Read,
    encoding: Encoding,
    mark: usize,
    f: &mut dyn FnMut(&Stretch<'_>) -> bool,
) -> io::Result<bool> {
    let mut buffers = BUFFERS.take();
    let outcome = run(reader, (encoding, mark), SIZES, &mut buffers, f);
    if buffers.text.capacity().max(buffers.raw.capacity()) <= KEPT {
        BUFFERS.replace(buffers);
    }
    outcome
}

/// The text of the first bytes of a document, to be looked at; what is cut off at their end comes as garbage.
pub fn decode_head(head: &[u8], encoding: Encoding, mark: usize) -> String {
    let mut text = String::new();
    let mut reader = head;
    // Memory does not fail to be read.
    let _ = stretches(&mut reader, encoding, mark, &mut |stretch| {
        text.push_str(stretch.text.get(stretch.own.clone()).unwrap_or_default());
        true
    });
    text
}

fn run(
    reader: &mut dyn Read,
    (encoding, mark): (Encoding, usize),
    sizes: Sizes,
    buffers: &mut Buffers,
    f: &mut dyn FnMut(&Stretch<'_>) -> bool,
) -> io::Result<bool> {
    io::copy(&mut reader.take(mark as u64), &mut io::sink())?;
    let mut decoder = Decoder::new(encoding, std::mem::take(&mut buffers.raw));
    buffers.text.clear();
    let outcome = cut_up(reader, &mut decoder, sizes, &mut buffers.text, f);
    buffers.raw = decoder.into_buffer();
    outcome
}

fn cut_up(
    reader: &mut dyn Read,
    decoder: &mut Decoder,
    sizes: Sizes,
    text: &mut Vec<u8>,
    f: &mut dyn FnMut(&Stretch<'_>) -> bool,
) -> io::Result<bool> {
    let mut line_ends = LineEnds::Unknown;
    let mut position = Position { line: 1, column: 1 };
    let mut own = 0;
    let mut ended = false;
    let mut outcome = Ok(true);
    loop {
        let full = own + sizes.own + sizes.ahead;
        while !ended && text.len() < full {
            let from = text.len();
            let (end, read) = decoder.fill(reader, text, full - from);
            line_ends.unify(text.get_mut(from..).unwrap_or_default());
            ended = end;
            outcome = outcome.and_then(|whole| read.map(|()| whole));
        }
        if own >= text.len() {
            return outcome;
        }
        let end = if ended && text.len() - own <= sizes.own {
            text.len()
        } else {
            cut(text, own, sizes.own)
        };
        let from = border_before(text, own.saturating_sub(sizes.context));
        let to = border_before(text, (end + sizes.ahead).min(text.len())).max(end);
        let piece = text.get(from..to).unwrap_or_default();
        // Checked a second time since a buffer of bytes cannot promise it; this costs a tenth of a nanosecond a byte.
        let Ok(valid) = simdutf8::basic::from_utf8(piece) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let stretch = Stretch {
            text: valid,
            own: own - from..end - from,
            line: position.line,
            column: position.column,
        };
        if !f(&stretch) {
            return outcome.map(|_| false);
        }
        position.pass(valid.get(stretch.own).unwrap_or_default());
        let keep = border_before(text, end.saturating_sub(sizes.context));
        text.drain(..keep);
        own = end - keep;
    }
}

/// Where the own part that starts at `own` ends: after a line end in its last quarter, else at a character border.
fn cut(text: &[u8], own: usize, size: usize) -> usize {
    let want = (own + size).min(text.len());
    let last = want - size / 4;
    if let Some(at) = memchr::memrchr(b'\n', text.get(last..want).unwrap_or_default()) {
        return last + at + 1;
    }
    let border = border_before(text, want);
    if border > own {
        return border;
    }
    (want..text.len())
        .find(|&at| is_border(text, at))
        .unwrap_or(text.len())
}

fn is_border(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| !(0x80..0xC0).contains(byte))
}

fn border_before(text: &[u8], mut at: usize) -> usize {
    while at > 0 && !is_border(text, at) {
        at -= 1;
    }
    at
}

struct Position {
    line: u64,
    column: u64,
}

impl Position {
    fn pass(&mut self, own: &str) {
        let bytes = own.as_bytes();
        let tail = match memchr::memrchr(b'\n', bytes) {
            Some(at) => {
                self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
                self.column = 1;
                own.get(at + 1..).unwrap_or_default()
            }
            None => own,
        };
        self.column += tail.chars().count() as u64;
    }
}

/// How the lines of a text end, as far as is known.
enum LineEnds {
    Unknown,
    /// In `\n`, perhaps with `\r` before it.
    Feed,
    /// In `\r` alone.
    Return,
}

impl LineEnds {
    /// Turns the line ends of an old Mac into `\n`.
    fn unify(&mut self, chunk: &mut [u8]) {
        if matches!(self, Self::Feed) {
            return;
        }
        if memchr::memchr(b'\n', chunk).is_some() {
            *self = Self::Feed;
            return;
        }
        // A `\r` that ends the first chunk may have its `\n` in the next one.
        let before_last = chunk.split_last().map_or(&[][..], |(_, rest)| rest);
        if matches!(self, Self::Unknown) && memchr::memchr(b'\r', before_last).is_some() {
            *self = Self::Return;
        }
        if matches!(self, Self::Return) {
            for byte in chunk.iter_mut().filter(|byte| **byte == b'\r') {
                *byte = b'\n';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::detect;
    use super::super::detect::tests::{ALL, encoded};
    use super::*;

    const TEXT: &str = "Åsa Ek, 811228-9874\r\nnästa rad är längre än den förra – och har 😀 i sig\n\n\
        på två ställen: bo.ek@example.com\n";

    /// A reader that gives `step` bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(n);
            into[..n].copy_from_slice(now);
            self.0 = later;
            Ok(n)
        }
    }

    /// What all stretches own together, after checking each of them against the whole.
    fn owned(bytes: &[u8], encoding: Encoding, mark: usize, sizes: Sizes, step: usize) -> String {
        let mut whole = String::new();
        let mut pieces = Vec::new();
        let more = run(
            &mut Drops(bytes, step),
            (encoding, mark),
            sizes,
            &mut Buffers::default(),
            &mut |stretch| {
                let own = stretch.text.get(stretch.own.clone()).unwrap();
                assert!(!own.is_empty());
                let before = whole.rsplit('\n').next().unwrap();
                assert_eq!(stretch.line, whole.matches('\n').count() as u64 + 1);
                assert_eq!(stretch.column, before.chars().count() as u64 + 1);
                let context = stretch.text.get(..stretch.own.start).unwrap();
                assert!(whole.ends_with(context));
                assert!(context.len() >= whole.len().min(sizes.context.saturating_sub(3)));
                pieces.push((
                    whole.len(),
                    stretch.text.get(stretch.own.start..).unwrap().to_owned(),
                ));
                whole.push_str(own);
                true
            },
        );
        assert!(more.unwrap());
        for (at, seen) in pieces {
            let after = whole.get(at..).unwrap();
            assert!(after.starts_with(&seen), "what is seen ahead is what comes");
        }
        whole
    }

    fn tiny(own: usize, context: usize, ahead: usize) -> Sizes {
        Sizes { own, context, ahead }
    }

    #[test]
    fn every_byte_is_owned_once_however_the_buffers_fall() {
        for own in 1..40 {
            for (context, ahead) in [(0, 0), (1, 1), (3, 7), (9, 4), (50, 50)] {
                for step in [1, 2, 5, 1000] {
                    let text = owned(
                        TEXT.as_bytes(),
                        Encoding::Utf8,
                        0,
                        tiny(own, context, ahead),
                        step,
                    );
                    assert_eq!(text, TEXT);
                }
            }
        }
    }

    #[test]
    fn every_encoding_gives_the_same_text_in_all_splits() {
        let plain = TEXT.replace('😀', "x").replace('–', "-");
        for encoding in ALL {
            let bytes = encoded(&plain, encoding);
            for own in [1, 3, 8, 64, 4096] {
                for step in [1, 3, 4096] {
                    assert_eq!(
                        owned(&bytes, encoding, 0, tiny(own, 5, 5), step),
                        plain,
                        "{encoding:?}"
                    );
                }
            }
        }
        let wide = encoded(TEXT, Encoding::Utf16Le);
        assert_eq!(owned(&wide, Encoding::Utf16Le, 0, tiny(4, 2, 2), 1), TEXT);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let bytes = [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat();
        let (encoding, mark) = detect(&bytes, true).unwrap();
        assert_eq!(owned(&bytes, encoding, mark, tiny(7, 2, 2), 2), TEXT);
    }

    #[test]
    fn bad_bytes_in_utf8_are_read_as_windows_1252() {
        let mut bytes = "första raden är rätt på alla sätt\n".as_bytes().to_vec();
        bytes.extend_from_slice(b"andra raden \xE4r fel \x80\xE5");
        for own in [1, 5, 100] {
            for step in [1, 7, 4096] {
                let text = owned(&bytes, Encoding::Utf8, 0, tiny(own, 30, 60), step);
                assert_eq!(text, "första raden är rätt på alla sätt\nandra raden är fel €å");
            }
        }
    }

    #[test]
    fn an_ascii_beginning_leaves_the_encoding_open() {
        let start = "rad 1: inget att se\n".repeat(40);
        for encoding in [
            Encoding::Windows1252,
            Encoding::Cp850,
            Encoding::MacRoman,
            Encoding::Utf8,
        ] {
            let text = format!(
                "{start}Våra kunder i Malmö och Växjö får höra av sig på måndag när de själva vill\n"
            );
            let bytes = encoded(&text, encoding);
            assert_eq!(
                owned(&bytes, Encoding::Utf8, 0, tiny(200, 9, 9), 4096),
                text,
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn a_few_odd_bytes_do_not_settle_what_later_ones_tell() {
        let start = "rad 1: inget att se\n".repeat(40);
        let text = format!("{start}å\n{start}Våra kunder i Malmö och Växjö får höra av sig\n");
        let bytes = encoded(&text, Encoding::Cp850);
        let read = owned(&bytes, Encoding::Utf8, 0, tiny(200, 9, 9), 4096);
        assert!(read.ends_with("Våra kunder i Malmö och Växjö får höra av sig\n"));
    }

    #[test]
    fn utf8_after_a_legacy_beginning_is_utf8() {
        let swedish = "Våra kunder i Malmö och Växjö får höra av sig på måndag\n".repeat(3000);
        let mut bytes = encoded(&swedish, Encoding::Windows1252);
        bytes.extend_from_slice(swedish.as_bytes());
        let text = owned(&bytes, Encoding::Windows1252, 0, SIZES, 1 << 20);
        // Only the chunk in which the two meet is read as the first of them.
        let half: String = swedish.split_inclusive('\n').take(1500).collect();
        assert!(text.starts_with(&half) && text.ends_with(&half));
    }

    #[test]
    fn zeros_and_cut_off_characters_are_no_obstacle() {
        assert_eq!(
            owned(b"a\0b\0\0c", Encoding::Utf8, 0, tiny(2, 1, 1), 3),
            "a\0b\0\0c"
        );
        assert_eq!(
            owned(b"B\0o\0x", Encoding::Utf16Le, 0, tiny(2, 1, 1), 3),
            "Bo\u{FFFD}"
        );
        assert_eq!(
            owned(b"B\0\0\0o\0", Encoding::Utf32Le, 0, tiny(2, 1, 1), 3),
            "B\u{FFFD}"
        );
        assert_eq!(owned(b"p\xC3", Encoding::Utf8, 0, tiny(2, 1, 1), 1), "pÃ");
        assert_eq!(owned(b"", Encoding::Utf8, 0, SIZES, 1), "");
    }

    #[test]
    fn lone_returns_end_lines_only_where_no_line_feed_does() {
        assert_eq!(owned(b"Bo\rEk\rx", Encoding::Utf8, 0, SIZES, 9), "Bo\nEk\nx");
        assert_eq!(owned(b"Bo\r\nEk\rx", Encoding::Utf8, 0, SIZES, 9), "Bo\r\nEk\rx");
        assert_eq!(
            owned(b"Bo\r\nEk", Encoding::Utf8, 0, tiny(2, 1, 1), 9),
            "Bo\r\nEk"
        );
    }

    #[test]
    fn a_long_text_is_cut_at_line_ends() {
        let text = "811228-9874 på rad\n".repeat(60_000);
        let mut stretched = 0;
        let end = stretches(&mut text.as_bytes(), Encoding::Utf8, 0, &mut |stretch| {
            let own = stretch.text.get(stretch.own.clone()).unwrap();
            assert!(own.ends_with('\n') && stretch.column == 1 && own.len() <= SIZES.own);
            stretched += own.len();
            true
        });
        assert!(end.unwrap());
        assert_eq!(stretched, text.len());
    }

    #[test]
    fn one_endless_line_is_cut_anywhere_and_f_can_stop() {
        let mut endless = io::repeat(b'x').take(1 << 24);
        let mut seen = 0_u64;
        let end = stretches(&mut endless, Encoding::Utf8, 0, &mut |stretch| {
            assert_eq!((stretch.line, stretch.column), (1, seen + 1));
            assert!(stretch.text.len() <= SIZES.own + SIZES.context + SIZES.ahead);
            seen += stretch.own.len() as u64;
            seen < 1 << 20
        });
        assert!(!end.unwrap());
        assert_eq!(seen, 1 << 20);
    }

    #[test]
    fn what_was_read_before_a_failure_is_given() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let mut seen = String::new();
        let mut reader = b"Bo Ek\xC3".chain(Fails);
        let outcome = stretches(&mut reader, Encoding::Utf8, 0, &mut |stretch| {
            seen.push_str(stretch.text);
            true
        });
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(seen, "Bo EkÃ");
    }
}
