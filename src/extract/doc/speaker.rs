//! From the characters of a Word document to running text: what its marks mean.
//!
//! Fields are code and result in one stream: the code of a link holds an address that the text does not show.

use std::collections::HashSet;

use super::deleted::{Change, Changes};
use crate::extract::prose::Prose;
use crate::extract::{Flow, Outlet};
use crate::text::Encoding;

/// Fields in fields beyond this are not told apart.
const DEEPEST: usize = 1000;
/// A field's code is no longer than this: what is longer is text behind a mark that nothing ends.
const LONGEST_CODE: usize = 16 * 1024;
/// How much is decoded at a time.
const CHUNK: usize = 64 * 1024;
/// Reads the marks in a document's characters.
pub(super) struct Speaker<'r> {
    encoding: Encoding,
    rows: &'r HashSet<u32>,
    changes: &'r Changes,
    /// What was done to what is read.
    change: Change,
    /// For each open field whether it is in its code.
    fields: Vec<bool>,
    codes: usize,
    code: String,
    cell_before: bool,
}

impl<'r> Speaker<'r> {
    pub(super) fn new(encoding: Encoding, rows: &'r HashSet<u32>, changes: &'r Changes) -> Self {
        Self {
            encoding,
            rows,
            changes,
            change: Change::None,
            fields: Vec::new(),
            codes: 0,
            code: String::new(),
            cell_before: false,
        }
    }

    /// Reads a piece that starts at `start` of the stream.
    pub(super) fn piece(
        &mut self,
        bytes: &[u8],
        start: usize,
        wide: bool,
        prose: &mut Prose,
        out: &mut dyn Outlet,
    ) -> Flow {
        let mut rest = bytes;
        let mut at = start;
        while !rest.is_empty() {
            let (change, end) = self.changes.at(at);
            self.change = change;
            // Characters of two bytes are not torn, whatever the borders of a change say.
            let length = (end - at).min(CHUNK).next_multiple_of(if wide { 2 } else { 1 });
            let (chunk, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            if wide {
                self.wide(chunk, at, prose);
            } else {
                self.narrow(chunk, at, prose);
            }
            if prose.flow(out).is_stop() || out.tick().is_stop() {
                return Flow::Stop;
            }
            rest = behind;
            at += length;
        }
        Flow::Continue
    }

    fn wide(&mut self, bytes: &[u8], start: usize, prose: &mut Prose) {
        let mut end = start;
        let units = bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|&unit| u16::from_le_bytes(unit));
        for character in char::decode_utf16(units) {
            let c = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            end += c.len_utf16() * 2;
            if u32::from(c) < 0x20 {
                self.mark(c as u8, end, prose);
            } else {
                self.say(c, prose);
            }
        }
    }

    fn narrow(&mut self, bytes: &[u8], start: usize, prose: &mut Prose) {
        let mut end = start;
        for run in bytes.split_inclusive(|&byte| byte < 0x20) {
            end += run.len();
            let (text, mark) = match run.split_last() {
                Some((&mark, text)) if mark < 0x20 => (text, Some(mark)),
                _ => (run, None),
            };
            if !text.is_empty() {
                self.cell_before = false;
                if self.codes > 0 {
                    self.code.push_str(&self.encoding.string(text));
                    self.limit_code(prose);
                } else {
                    self.tell(&self.encoding.string(text), prose);
                }
            }
            if let Some(mark) = mark {
                self.mark(mark, end, prose);
            }
        }
    }

    fn say(&mut self, c: char, prose: &mut Prose) {
        self.cell_before = false;
        if self.codes == 0 {
            self.tell(c.encode_utf8(&mut [0; 4]), prose);
        } else {
            self.code.push(c);
            self.limit_code(prose);
        }
    }

    /// A code that is too long was text, and text it is from here on.
    fn limit_code(&mut self, prose: &mut Prose) {
        if self.code.len() > LONGEST_CODE {
            self.fields.fill(false);
            self.no_code(prose);
        }
    }

    fn no_code(&mut self, prose: &mut Prose) {
        self.codes = 0;
        self.tell(&self.code, prose);
        self.code.clear();
    }

    fn tell(&self, text: &str, prose: &mut Prose) {
        match self.change {
            Change::None => prose.push_str(text),
            Change::Deleted => prose.push_deleted(text),
            Change::Inserted => prose.push_inserted(text),
        }
    }

    fn mark(&mut self, mark: u8, end: usize, prose: &mut Prose) {
        match mark {
            0x07 => {
                let row = if self.rows.is_empty() {
                    self.cell_before
                } else {
                    u32::try_from(end).is_ok_and(|end| self.rows.contains(&end))
                };
                if row {
                    prose.line();
                } else {
                    prose.push('\t');
                }
                self.cell_before = !row;
                return;
            }
            0x09 => self.say('\t', prose),
            // A line, a page, a column or a paragraph ends; what is open in a code goes on.
            0x0a..=0x0e if self.codes == 0 => prose.line(),
            0x0a..=0x0e => self.say(' ', prose),
            0x13 => {
                if self.fields.len() < DEEPEST {
                    self.fields.push(true);
                    self.codes += 1;
                }
            }
            0x14 => {
                if let Some(code @ true) = self.fields.last_mut() {
                    *code = false;
                    self.codes -= 1;
                    self.end_code(prose);
                }
            }
            0x15 => {
                if self.fields.pop() == Some(true) {
                    self.codes -= 1;
                    self.end_code(prose);
                }
            }
            0x1e => self.say('-', prose),
            // Pictures, numbers of notes, soft hyphens.
            _ => return,
        }
        self.cell_before = false;
    }

    fn end_code(&mut self, prose: &mut Prose) {
        if self.codes > 0 {
            self.code.push(' ');
            return;
        }
        prose.code(&self.code);
        self.code.clear();
    }

    /// Ends a part: a field does not reach into the next one.
    pub(super) fn end(&mut self, prose: &mut Prose) {
        self.fields.clear();
        self.no_code(prose);
        self.cell_before = false;
    }
}
