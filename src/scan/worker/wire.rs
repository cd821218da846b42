//! What a parser process and the engine say to each other: frames of bytes over a socket.
//!
//! Everything an extractor pushes is a few numbers and texts, so the frames are written by hand: they are decoded
//! where they lie, without a copy, and a frame that makes no sense ends the process that sent it and nothing else.

use std::borrow::Cow;

use crate::extract::{ContentLimits, Picture};
use crate::model::{Cell, Place, Reason, Row, Shift, Table, Text};

/// Bytes in front of every frame: its tag, and the length of what follows.
pub(super) const HEAD: usize = 5;
/// No frame is longer: more than the longest text that any extractor gives at once.
pub(super) const LONGEST: usize = 256 << 20;

/// Cells of a row, columns of a table, shifts of a text: each takes more memory than it takes bytes of a frame.
const MOST: usize = 1 << 20;

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// To the process: a document to read; the next frames are its bytes unless its handle came along.
    Job = 1,
    /// A piece of a document's, or of a member's bytes.
    Bytes,
    /// No more of them.
    EndOfBytes,
    /// A stretch of text.
    Text,
    /// The table that the next rows are of.
    Table,
    /// A row.
    Row,
    /// A member: its name, size and extension; its bytes follow.
    Member,
    /// A member that cannot be opened.
    Unread,
    /// A picture of a page.
    Picture,
    /// Something to tell of the document.
    Issue,
    /// The process is alive.
    Tick,
    /// The document is done.
    Done,
}

impl Tag {
    const ALL: [Self; 12] = [
        Self::Job,
        Self::Bytes,
        Self::EndOfBytes,
        Self::Text,
        Self::Table,
        Self::Row,
        Self::Member,
        Self::Unread,
        Self::Picture,
        Self::Issue,
        Self::Tick,
        Self::Done,
    ];

    pub(super) fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| *tag as u8 == byte)
    }
}

/// A whole frame: its tag, what it says, and how long it is.
type Frame<'f> = (Tag, &'f [u8], usize);

/// The frame at the beginning of `bytes`, where it is whole. `Err` where these bytes are no frame.
pub(super) fn frame(bytes: &[u8]) -> Result<Option<Frame<'_>>, Broken> {
    let Some((&[tag, a, b, c, d], rest)) = bytes.split_first_chunk::<HEAD>() else {
        return Ok(None);
    };
    let tag = Tag::of(tag).ok_or(Broken)?;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > LONGEST {
        return Err(Broken);
    }
    Ok(rest.get(..length).map(|payload| (tag, payload, HEAD + length)))
}

/// What came is no frame, or does not say what its tag promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// Writes frames into a buffer.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    begun: usize,
}

impl Writer {
    /// Begins a frame.
    pub(super) fn begin(&mut self, tag: Tag) -> &mut Self {
        self.begun = self.bytes.len();
        self.bytes.extend_from_slice(&[tag as u8, 0, 0, 0, 0]);
        self
    }

    /// Ends the frame that was begun.
    pub(super) fn end(&mut self) {
        let length = self.bytes.len().saturating_sub(self.begun + HEAD) as u32;
        if let Some(place) = self.bytes.get_mut(self.begun + 1..self.begun + HEAD) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        // Seven bits a byte, the lowest first: nearly all numbers here are small.
        let mut rest = number;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
        self
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn option(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.number(1).bytes(text.as_bytes()),
            None => self.number(0),
        }
    }

    pub(super) fn optional_number(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(1).number(number),
            None => self.number(0),
        }
    }

    pub(super) fn reason(&mut self, reason: Reason) -> &mut Self {
        let index = Reason::ALL.iter().position(|known| *known == reason);
        self.number(index.unwrap_or_default() as u64)
    }

    pub(super) fn limits(&mut self, limits: &ContentLimits) -> &mut Self {
        self.number(limits.memory)
            .number(limits.expanded)
            .number(limits.ratio)
            .number(limits.cells)
            .number(limits.text)
            .number(limits.operators)
    }

    /// A whole frame of text.
    pub(super) fn text(&mut self, text: &Text<'_>) {
        self.begin(Tag::Text)
            .bytes(text.text.as_bytes())
            .number(text.own.start as u64)
            .number(text.own.end as u64)
            .option(text.label);
        self.place(&text.place);
        self.end();
    }

    fn place(&mut self, place: &Place<'_>) {
        match place {
            Place::Lines { line, column, shifts } => {
                self.number(0).number(*line).number(*column);
                self.number(shifts.len() as u64);
                for shift in *shifts {
                    self.number(shift.at as u64).number(shift.skipped as u64);
                }
            }
            Place::Page { page } => {
                self.number(1).number(u64::from(*page));
            }
            Place::Field { name } => {
                self.number(2).bytes(name.as_bytes());
            }
            Place::Part { name } => {
                self.number(3).bytes(name.as_bytes());
            }
            Place::Stretch { name, line } => {
                self.number(5).bytes(name.as_bytes()).number(*line);
            }
            Place::Cell { sheet, row, column } => {
                self.number(4)
                    .bytes(sheet.as_bytes())
                    .number(*row)
                    .number(u64::from(*column));
            }
        }
    }

    /// A whole frame of a table, without its rows.
    pub(super) fn table(&mut self, table: &Table<'_>) {
        self.begin(Tag::Table)
            .number(u64::from(table.id))
            .option(table.sheet)
            .number(table.header.len() as u64);
        for header in table.header {
            self.bytes(header.as_bytes());
        }
        self.end();
    }

    /// A whole frame of a row.
    pub(super) fn row(&mut self, row: &Row<'_>) {
        self.begin(Tag::Row)
            .number(row.number)
            .number(row.cells.len() as u64);
        for cell in row.cells {
            self.number(u64::from(cell.column) << 1 | u64::from(cell.second_reading))
                .bytes(cell.text.as_bytes());
        }
        self.end();
    }
}

/// Reads what a frame says.
pub(super) struct Reader<'f> {
    rest: &'f [u8],
}

impl<'f> Reader<'f> {
    pub(super) fn new(payload: &'f [u8]) -> Self {
        Self { rest: payload }
    }

    pub(super) fn number(&mut self) -> Result<u64, Broken> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(Broken)?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Broken)
    }

    fn small(&mut self) -> Result<u32, Broken> {
        u32::try_from(self.number()?).map_err(|_| Broken)
    }

    fn size(&mut self) -> Result<usize, Broken> {
        usize::try_from(self.number()?).map_err(|_| Broken)
    }

    /// How many parts follow: no more than an extractor tells at once.
    fn count(&mut self) -> Result<usize, Broken> {
        self.size()
            .and_then(|count| if count > MOST { Err(Broken) } else { Ok(count) })
    }

    pub(super) fn bytes(&mut self) -> Result<&'f [u8], Broken> {
        let length = self.size()?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Broken)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn string(&mut self) -> Result<&'f str, Broken> {
        simdutf8::basic::from_utf8(self.bytes()?).map_err(|_| Broken)
    }

    pub(super) fn option(&mut self) -> Result<Option<&'f str>, Broken> {
        match self.number()? {
            0 => Ok(None),
            _ => self.string().map(Some),
        }
    }

    pub(super) fn optional_number(&mut self) -> Result<Option<u64>, Broken> {
        match self.number()? {
            0 => Ok(None),
            _ => self.number().map(Some),
        }
    }

    pub(super) fn reason(&mut self) -> Result<Reason, Broken> {
        let index = self.size()?;
        Reason::ALL.get(index).copied().ok_or(Broken)
    }

    pub(super) fn limits(&mut self) -> Result<ContentLimits, Broken> {
        Ok(ContentLimits {
            memory: self.number()?,
            expanded: self.number()?,
            ratio: self.number()?,
            cells: self.number()?,
            text: self.number()?,
            operators: self.number()?,
        })
    }

    /// A stretch of text; what it needs beside the frame goes into `shifts`.
    pub(super) fn text<'s>(&mut self, shifts: &'s mut Vec<Shift>) -> Result<Text<'s>, Broken>
    where
        'f: 's,
    {
        let text = self.string()?;
        let own = self.size()?..self.size()?;
        // Everybody who reads a text takes for granted that its own range lies in it.
        text.get(own.clone()).ok_or(Broken)?;
        let label = self.option()?;
        let place = self.place(shifts)?;
        Ok(Text {
            text,
            own,
            place,
            label,
        })
    }

    fn place<'s>(&mut self, shifts: &'s mut Vec<Shift>) -> Result<Place<'s>, Broken>
    where
        'f: 's,
    {
        Ok(match self.number()? {
            0 => {
                let (line, column, count) = (self.number()?, self.number()?, self.count()?);
                shifts.clear();
                for _ in 0..count {
                    shifts.push(Shift {
                        at: self.size()?,
                        skipped: self.size()?,
                    });
                }
                Place::Lines { line, column, shifts }
            }
            1 => Place::Page { page: self.small()? },
            2 => Place::Field {
                name: Cow::Borrowed(self.string()?),
            },
            3 => Place::Part {
                name: Cow::Borrowed(self.string()?),
            },
            4 => Place::Cell {
                sheet: Cow::Borrowed(self.string()?),
                row: self.number()?,
                column: self.small()?,
            },
            5 => Place::Stretch {
                name: Cow::Borrowed(self.string()?),
                line: self.number()?,
            },
            _ => return Err(Broken),
        })
    }

    /// A picture of a page.
    pub(super) fn picture(&mut self) -> Result<Picture<'f>, Broken> {
        let (page, number) = (self.small()?, self.small()?);
        let turn = u16::try_from(self.number()?).map_err(|_| Broken)?;
        let extension = self.string()?;
        let known = ["jpg", "jp2", "tif", "pbm", "pgm", "ppm"];
        Ok(Picture {
            page,
            number,
            turn,
            extension: known
                .into_iter()
                .find(|known| *known == extension)
                .ok_or(Broken)?,
            bytes: self.bytes()?,
        })
    }

    /// A table without its rows.
    pub(super) fn table(&mut self) -> Result<Heading, Broken> {
        let (id, sheet) = (self.small()?, self.option()?.map(str::to_owned));
        let count = self.count()?;
        let mut header = Vec::new();
        for _ in 0..count {
            header.push(self.string()?.to_owned());
        }
        Ok(Heading { id, sheet, header })
    }

    /// A row's number; its cells go into `cells`.
    pub(super) fn row(&mut self, cells: &mut Vec<Cell<'f>>) -> Result<u64, Broken> {
        let (number, count) = (self.number()?, self.count()?);
        cells.clear();
        for _ in 0..count {
            let head = self.number()?;
            cells.push(Cell {
                column: u32::try_from(head >> 1).map_err(|_| Broken)?,
                text: self.string()?,
                second_reading: head & 1 == 1,
            });
        }
        Ok(number)
    }
}

/// A table as it came.
#[derive(Default)]
pub(super) struct Heading {
    id: u32,
    sheet: Option<String>,
    header: Vec<String>,
}

impl Heading {
    pub(super) fn table(&self) -> Table<'_> {
        Table {
            id: self.id,
            sheet: self.sheet.as_deref(),
            header: &self.header,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let shifts = [Shift { at: 3, skipped: 5 }];
        let places = [
            Place::Lines {
                line: 300,
                column: 1,
                shifts: &shifts,
            },
            Place::Page { page: 7 },
            Place::Field { name: "Fält".into() },
            Place::Part { name: "del".into() },
            Place::Stretch {
                name: "fotnoter".into(),
                line: 1 << 40,
            },
            Place::Cell {
                sheet: "Blad å".into(),
                row: 1 << 20,
                column: 16_384,
            },
        ];
        for place in places {
            let text = Text {
                text: "Åsa, 811228-9874",
                own: 0..7,
                place,
                label: Some("pnr"),
            };
            let mut writer = Writer::default();
            writer.text(&text);
            let (tag, payload, length) = frame(&writer.bytes).unwrap().unwrap();
            assert_eq!((tag, length), (Tag::Text, writer.bytes.len()));
            let mut kept = Vec::new();
            let read = Reader::new(payload).text(&mut kept).unwrap();
            assert_eq!(
                (read.text, &read.own, read.label),
                (text.text, &text.own, text.label)
            );
            assert_eq!(format!("{:?}", read.place), format!("{:?}", text.place));
        }
    }

    #[test]
    fn rows_keep_their_table_and_their_second_readings() {
        let header = ["Namn".to_owned(), String::new()];
        let table = Table {
            id: 3,
            sheet: Some("Blad1"),
            header: &header,
        };
        let mut second = Cell::new(2, "19811228");
        second.second_reading = true;
        let row = Row {
            table: &table,
            number: 12,
            cells: &[Cell::new(1, "Åsa"), second],
        };
        let mut writer = Writer::default();
        writer.table(&table);
        writer.row(&row);
        let (_, payload, length) = frame(&writer.bytes).unwrap().unwrap();
        let heading = Reader::new(payload).table().unwrap();
        assert_eq!(
            (heading.table().label(1), heading.table().sheet),
            (Some("Namn"), Some("Blad1"))
        );
        let (_, payload, _) = frame(&writer.bytes[length..]).unwrap().unwrap();
        let mut cells = Vec::new();
        assert_eq!(Reader::new(payload).row(&mut cells), Ok(12));
        assert_eq!((cells[0].text, cells[1].second_reading), ("Åsa", true));
    }

    #[test]
    fn a_frame_of_nothing_but_empty_cells_is_not_believed() {
        for (count, read) in [(MOST, Ok(1)), (MOST + 1, Err(Broken))] {
            let mut writer = Writer::default();
            writer.number(1).number(count as u64);
            writer.bytes.resize(writer.bytes.len() + 2 * count, 0);
            assert_eq!(Reader::new(&writer.bytes).row(&mut Vec::new()), read);
        }
    }

    #[test]
    fn nonsense_is_told_and_never_believed() {
        assert_eq!(frame(&[0, 0, 0, 0, 0]), Err(Broken));
        assert_eq!(frame(&[Tag::Text as u8, 255, 255, 255, 255]), Err(Broken));
        assert_eq!(frame(&[Tag::Text as u8, 9, 0, 0, 0, 1]), Ok(None));
        let mut writer = Writer::default();
        writer.text(&Text::whole("Åsa", Place::Page { page: 1 }));
        let (_, payload, _) = frame(&writer.bytes).unwrap().unwrap();
        let mut shifts = Vec::new();
        for cut in 0..payload.len() {
            assert!(Reader::new(&payload[..cut]).text(&mut shifts).is_err());
        }
        // The own range must lie on the borders of characters.
        let mut bent = payload.to_vec();
        bent[5] = 1;
        assert!(Reader::new(&bent).text(&mut shifts).is_err());
        for seed in 0..2000u32 {
            let noise: Vec<u8> = (0..40u32)
                .map(|at| (seed.wrapping_mul(2_654_435_761).rotate_left(at) >> 7) as u8)
                .collect();
            let _ = Reader::new(&noise).text(&mut shifts);
            let _ = Reader::new(&noise).table();
            let _ = Reader::new(&noise).row(&mut Vec::new());
        }
    }
}
