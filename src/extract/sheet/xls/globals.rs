//! What an xls says before its first sheet: number formats, shared strings, and where the sheets begin.
//!
//! A cell is a number into these tables, so they are kept in memory; none is larger than the stream it comes from.

use std::collections::HashMap;

use super::super::biff::{Bytes, builtin_format, continued, record, shared_strings, string};
use super::super::formula::Age;
use super::super::number::Form;
use super::beside::foreign_cells;
use super::look_through;
use crate::extract::compound::{u16_at, u32_at};
use crate::model::Reason;

/// What the whole workbook says of its sheets.
pub(super) struct Globals {
    /// Which BIFF it is, 2 to 5; 5 stands for 8 too.
    pub(super) age: u8,
    pub(super) modern: bool,
    pub(super) bytes: Bytes,
    pub(super) mac_epoch: bool,
    formats: HashMap<u16, Form>,
    cell_formats: Vec<u16>,
    pub(super) strings: Vec<String>,
    /// Strings are missing.
    pub(super) strings_cut: bool,
    pub(super) sheets: Vec<(usize, String)>,
}

impl Globals {
    pub(super) fn new(age: u8, modern: bool) -> Self {
        Self {
            age,
            modern: age == 5 && modern,
            bytes: Bytes::of_code_page(1252),
            mac_epoch: false,
            formats: HashMap::new(),
            cell_formats: Vec::new(),
            strings: Vec::new(),
            strings_cut: false,
            sheets: Vec::new(),
        }
    }

    /// Reads the records before the first sheet; of the ages without workbooks, the only sheet's own.
    pub(super) fn read(&mut self, stream: &[u8], beside: &mut String) -> Result<(), Reason> {
        let mut at = 0;
        while let Some(record) = record(stream, at) {
            at = record.next;
            let data = record.data;
            match record.kind {
                0x2f => return Err(Reason::Encrypted),
                0x42 => self.bytes = Bytes::of_code_page(u16_at(data, 0).unwrap_or(1252)),
                0x22 => self.mac_epoch = u16_at(data, 0) == Some(1),
                0x1e => self.format(self.formats.len() as u16, string(data, false, false, self.bytes)),
                0x41e if self.age < 5 => {
                    let text = data
                        .get(2..)
                        .and_then(|data| string(data, false, false, self.bytes));
                    self.format(self.formats.len() as u16, text);
                }
                0x41e => {
                    let text = data
                        .get(2..)
                        .and_then(|d| string(d, self.modern, self.modern, self.bytes));
                    self.format(u16_at(data, 0).unwrap_or(0), text);
                }
                0xe0 => self.cell_formats.push(u16_at(data, 2).unwrap_or(0)),
                0x243 | 0x443 => self.cell_formats.push(data.get(1).copied().unwrap_or(0).into()),
                0x85 => {
                    let name = data
                        .get(6..)
                        .and_then(|name| string(name, false, self.modern, self.bytes));
                    let start = u32_at(data, 0).unwrap_or(u32::MAX) as usize;
                    self.sheets.push((start, name.unwrap_or_default()));
                }
                0xfc => {
                    let (borders, data, next) = continued(stream, record);
                    let (strings, behind) = shared_strings(&data, &borders);
                    // Behind a string with a wrong length the others cannot be told apart, only seen.
                    let claimed = u32_at(&data, 4).unwrap_or(0) as usize;
                    self.strings_cut = !behind.is_empty() && strings.len() < claimed;
                    self.look_through(behind, beside);
                    self.strings = strings;
                    at = next;
                }
                0x5a => {
                    let (_, data, next) = continued(stream, record);
                    foreign_cells(&data, self.modern, self.bytes, beside);
                    at = next;
                }
                // Who saved it last, defined names, other workbooks, queries.
                0x5c | 0x18 | 0x218 | 0x1ae | 0xdc | 0xcd | 0x863 => self.look_through(data, beside),
                0x0a => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn format(&mut self, id: u16, text: Option<String>) {
        self.formats.insert(id, Form::parse(&text.unwrap_or_default()));
    }

    pub(super) fn form(&self, cell_format: u16) -> Form {
        let id = self
            .cell_formats
            .get(usize::from(cell_format))
            .copied()
            .unwrap_or(0);
        self.formats
            .get(&id)
            .cloned()
            .unwrap_or_else(|| Form::parse(builtin_format(id)))
    }

    pub(super) fn look_through(&self, data: &[u8], out: &mut String) {
        look_through(data, self.bytes, out);
    }

    /// Of which age the tokens of its formulas are.
    pub(super) fn tokens(&self) -> Age {
        if self.modern {
            Age::Biff8
        } else {
            Age::Old(self.bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, rec, stream};
    use crate::extract::compound::tests::file;
    use crate::extract::ole::Office;
    use crate::extract::sheet::testing::{Heard, hear};
    use crate::model::Reason;

    /// A workbook with these shared strings, one of which claims to be longer than it is, and cells for these numbers.
    fn read(strings: &[&str], lying: Option<usize>, cells: &[u32]) -> Heard {
        let mut table = [strings.len() as u32; 2].map(u32::to_le_bytes).concat();
        for (index, text) in strings.iter().enumerate() {
            let count = if lying == Some(index) {
                60_000
            } else {
                text.len() as u16
            };
            table.extend([&count.to_le_bytes()[..], &[0], text.as_bytes()].concat());
        }
        let cells: Vec<_> = (0..)
            .zip(cells)
            .map(|(row, index)| rec(0xfd, &at(row, 0, 0, &index.to_le_bytes())))
            .collect();
        let (result, heard) = hear(&Office, &file("Workbook", &stream(&[rec(0xfc, &table)], &cells)));
        assert_eq!(result, Ok(()));
        heard
    }

    #[test]
    fn strings_that_no_cell_uses_are_what_somebody_deleted() {
        let heard = read(&["Anna", "Bo"], None, &[0]);
        assert_eq!(heard.lines, ["Blad1!A1=Anna", "shared strings: Bo"]);
        assert_eq!(heard.issues, []);
    }

    #[test]
    fn a_string_that_is_damaged_or_not_there_is_told() {
        let heard = read(&["Anna", "Bo", "811228-9874"], Some(1), &[0, 1, 2]);
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
        assert!(
            heard.has("Blad1!A1=Anna") && heard.mentions("811228-9874"),
            "{:#?}",
            heard.lines
        );
        assert_eq!(read(&["Anna"], None, &[0, 77]).issues, [Reason::PartlyDamaged]);
    }
}
