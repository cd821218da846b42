//! The marks and the text of rtf, byte by byte from a stream.
//!
//! A picture of a hundred megabytes in hexadecimal digits passes through one small buffer.

use std::io::{self, Read};

use crate::extract::reason_of;
use crate::model::Reason;

const BUFFER: usize = 64 * 1024;
/// Control words are shorter than this; what is longer is cut.
const LONGEST_WORD: usize = 32;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    /// Text; [`Source::text`] gives it.
    Text,
    /// A control word; [`Source::word`] gives its name.
    Word(Option<i32>),
    /// A control character.
    Symbol(u8),
    /// A byte in hexadecimal digits.
    Hex(u8),
}

/// A stream of rtf.
pub(super) struct Source<'r> {
    reader: &'r mut dyn Read,
    buffer: Vec<u8>,
    at: usize,
    text: std::ops::Range<usize>,
    word: Vec<u8>,
    failed: Option<Reason>,
}

impl<'r> Source<'r> {
    pub(super) fn new(reader: &'r mut dyn Read) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            at: 0,
            text: 0..0,
            word: Vec::new(),
            failed: None,
        }
    }

    /// Why reading ended before the end, if it did.
    pub(super) fn failed(&self) -> Option<Reason> {
        self.failed
    }

    /// The text of the last token.
    pub(super) fn text(&self) -> &[u8] {
        self.buffer.get(self.text.clone()).unwrap_or_default()
    }

    /// The name of the last control word.
    pub(super) fn word(&self) -> &[u8] {
        &self.word
    }

    /// The next token. `skipping`: text is not wanted, and may come in any pieces.
    pub(super) fn token(&mut self, skipping: bool) -> Option<Token> {
        loop {
            return Some(match self.peek()? {
                b'{' => self.take(Token::Open),
                b'}' => self.take(Token::Close),
                b'\\' => {
                    self.at += 1;
                    self.control()?
                }
                b'\r' | b'\n' | 0 if !skipping => {
                    self.at += 1;
                    continue;
                }
                _ => self.run(skipping),
            });
        }
    }

    fn take(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn run(&mut self, skipping: bool) -> Token {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let length = if skipping {
            memchr::memchr3(b'{', b'}', b'\\', rest)
        } else {
            rest.iter()
                .position(|byte| matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0))
        };
        let length = length.unwrap_or(rest.len());
        self.text = self.at..self.at + length;
        self.at += length;
        Token::Text
    }

    fn control(&mut self) -> Option<Token> {
        let first = self.peek()?;
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            if first != b'\'' {
                return Some(Token::Symbol(first));
            }
            let high = self.digit();
            let low = self.digit();
            return Some(match (high, low) {
                (Some(high), Some(low)) => Token::Hex(high << 4 | low),
                _ => Token::Symbol(b'\''),
            });
        }
        self.word.clear();
        while let Some(byte) = self.peek().filter(u8::is_ascii_alphabetic) {
            if self.word.len() < LONGEST_WORD {
                self.word.push(byte);
            }
            self.at += 1;
        }
        let minus = self.peek() == Some(b'-');
        if minus {
            self.at += 1;
        }
        let mut number = None;
        while let Some(byte) = self.peek().filter(u8::is_ascii_digit) {
            let before: i32 = number.unwrap_or(0);
            number = Some(before.saturating_mul(10).saturating_add(i32::from(byte - b'0')));
            self.at += 1;
        }
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        Some(Token::Word(
            number.map(|number| if minus { -number } else { number }),
        ))
    }

    fn digit(&mut self) -> Option<u8> {
        let digit = hex(self.peek()?)?;
        self.at += 1;
        Some(digit)
    }

    /// Takes so many bytes as they are, and shows them piece by piece.
    pub(super) fn binary(&mut self, mut count: u64, see: &mut dyn FnMut(&[u8])) {
        while count > 0 && self.peek().is_some() {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let length = usize::try_from(count).unwrap_or(usize::MAX).min(rest.len());
            see(rest.get(..length).unwrap_or_default());
            self.at += length;
            count -= length as u64;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        if self.at >= self.buffer.len() {
            self.fill();
        }
        self.buffer.get(self.at).copied()
    }

    fn fill(&mut self) {
        self.buffer.resize(BUFFER, 0);
        self.at = 0;
        self.text = 0..0;
        let count = loop {
            match self.reader.read(&mut self.buffer) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(reason_of(&error));
                    break 0;
                }
            }
        };
        self.buffer.truncate(count);
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}
