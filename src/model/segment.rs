//! What extractors say about a document: stretches of text and rows of tables, each with its place.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One piece of what a document says, borrowed from the extractor's buffers.
#[derive(Debug, Clone, Copy)]
pub enum Segment<'a> {
    /// Running text.
    Text(&'a Text<'a>),
    /// One row of a table.
    Row(&'a Row<'a>),
}

/// A stretch of running text.
///
/// A long text arrives as several stretches that overlap: a hit belongs to the stretch in whose
/// [`own`](Self::own) range it *starts*; what stands before is context, what stands after lets a match that
/// starts at the end of the range be seen whole.
#[derive(Clone)]
pub struct Text<'a> {
    /// The text, valid UTF-8 after decoding.
    pub text: &'a str,
    /// Byte range of `text` in which a hit may start; on character borders.
    pub own: Range<usize>,
    /// How an offset becomes a location.
    pub place: Place<'a>,
    /// A label that stands outside the text (a form field's name, a metadata key), if there is one.
    pub label: Option<&'a str>,
}

impl<'a> Text<'a> {
    /// A whole text that is its own only stretch.
    pub fn whole(text: &'a str, place: Place<'a>) -> Self {
        Self {
            text,
            own: 0..text.len(),
            place,
            label: None,
        }
    }

    /// The same with a label beside it.
    #[must_use]
    pub fn labelled(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }
}

/// Debug output shows sizes only, never the text.
impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} bytes, own {:?})", self.text.len(), self.own)
    }
}

/// A place from which on a line has fewer characters than in the document: `&aring;` was read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Offset in the text behind what was read so.
    pub at: usize,
    /// How many characters the document has there that the text has not.
    pub skipped: usize,
}

/// How an offset in a [`Text`] becomes a [`Location`]. All numbers count from 1.
#[derive(Debug, Clone)]
pub enum Place<'a> {
    /// Lines of a file: line and column (in characters) of the first byte of `own`.
    Lines {
        /// Line on which `own` starts.
        line: u64,
        /// Column at which `own` starts.
        column: u64,
        /// Where `own` is shorter than the document, by offset; empty where the text is the document's own.
        shifts: &'a [Shift],
    },
    /// A page; lines are counted within the page's text, from 1 at the start of the text.
    Page {
        /// Page number.
        page: u32,
    },
    /// A form field, by its full name.
    Field {
        /// The field's name; it is scanned and masked like a file name.
        name: Cow<'a, str>,
    },
    /// A part of a document that has no page or cell: a comment, a header, a property.
    Part {
        /// What part: `comments`, `docProps/core`, `annotation, page 3`, `information/Author` ...
        name: Cow<'a, str>,
    },
    /// A part whose text comes in several stretches: told like [`Place::Part`], its lines counted on from one
    /// stretch to the next.
    Stretch {
        /// What part, as in [`Place::Part`].
        name: Cow<'a, str>,
        /// Line of the part on which `own` starts.
        line: u64,
    },
    /// A cell, for what is attached to a cell but is no row (a comment).
    Cell {
        /// Sheet name; scanned and masked like a file name.
        sheet: Cow<'a, str>,
        /// Row from 1.
        row: u64,
        /// Column from 1.
        column: u32,
    },
}

/// A table whose rows follow: a sheet, or a delimited file.
#[derive(Clone)]
pub struct Table<'a> {
    /// Distinct within the document, in the order of appearance, from 0.
    pub id: u32,
    /// The sheet's name; `None` for a delimited text file.
    pub sheet: Option<&'a str>,
    /// Column headers by column (index 0 is column 1); empty where no header row was recognised.
    pub header: &'a [String],
}

impl Table<'_> {
    /// The header of a column (from 1), if it has one.
    pub fn label(&self, column: u32) -> Option<&str> {
        let at = usize::try_from(column).ok()?.checked_sub(1)?;
        self.header.get(at).map(String::as_str).filter(|s| !s.is_empty())
    }
}

/// Debug output shows sizes only: headers and sheet names can hold personal data.
impl std::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({}, {} headers)", self.id, self.header.len())
    }
}

/// One row of a table; its cells are kept apart so that no pattern crosses a cell.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The table it belongs to.
    pub table: &'a Table<'a>,
    /// Row number from 1: of the sheet, or the record of a delimited file (its header is record 1).
    pub number: u64,
    /// The cells that are not empty, by ascending column.
    pub cells: &'a [Cell<'a>],
}

/// One cell of a row.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    /// Column from 1.
    pub column: u32,
    /// What a person reads there, or the digits meant by a number.
    pub text: &'a str,
    /// A second reading of the cell before it (the raw number beside a date): scanned, not counted as a cell.
    pub second_reading: bool,
}

impl<'a> Cell<'a> {
    /// A cell's first reading.
    pub fn new(column: u32, text: &'a str) -> Self {
        Self {
            column,
            text,
            second_reading: false,
        }
    }
}

/// Debug output shows sizes only, never the text.
impl std::fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cell({}, {} bytes)", self.column, self.text.len())
    }
}

/// The place of a hit in the owner's words. All numbers count from 1.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "at", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Location {
    /// Line and column (in characters) of a text file.
    Line {
        /// Line.
        line: u64,
        /// Column, in characters.
        column: u64,
    },
    /// A cell of a spreadsheet.
    Cell {
        /// Sheet name, masked where it holds personal data.
        sheet: String,
        /// Cell name, such as `B7`.
        cell: String,
    },
    /// Row and column of a delimited text table.
    Row {
        /// Record number; the header is record 1.
        row: u64,
        /// Column number.
        column: u32,
    },
    /// Page and line of a paged document.
    Page {
        /// Page.
        page: u32,
        /// Line within the page's text.
        line: u64,
    },
    /// A form field.
    Field {
        /// Full name of the field, masked where it holds personal data.
        name: String,
    },
    /// A part that has no page or cell.
    Part {
        /// Name of the part, masked where it holds personal data.
        name: String,
        /// Line within the part.
        line: u64,
    },
    /// The name of the document itself.
    Name,
}

/// The spreadsheet name of a cell: column 28, row 3 is `AB3`.
pub fn cell_name(column: u32, row: u64) -> String {
    let mut letters = Vec::new();
    let mut n = column.max(1);
    while n > 0 {
        letters.push(b'A' + ((n - 1) % 26) as u8);
        n = (n - 1) / 26;
    }
    letters.reverse();
    let mut name: String = letters.into_iter().map(char::from).collect();
    name.push_str(&row.to_string());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        let names = [
            (1, 1, "A1"),
            (26, 2, "Z2"),
            (27, 3, "AA3"),
            (28, 3, "AB3"),
            (702, 1, "ZZ1"),
            (703, 9, "AAA9"),
        ];
        for (column, row, name) in names {
            assert_eq!(cell_name(column, row), name);
        }
        assert_eq!(cell_name(16384, 1_048_576), "XFD1048576");
    }

    #[test]
    fn a_location_serialises_as_the_contract_says() {
        let cell = Location::Cell {
            sheet: "Blad1".into(),
            cell: "B7".into(),
        };
        let json = serde_json::to_string(&cell).unwrap();
        assert_eq!(json, r#"{"at":"cell","sheet":"Blad1","cell":"B7"}"#);
        assert_eq!(
            serde_json::to_string(&Location::Name).unwrap(),
            r#"{"at":"name"}"#
        );
    }
}
