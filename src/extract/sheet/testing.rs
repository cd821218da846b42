//! What the tests of this room share: an outlet that remembers, and workbooks written by hand.

use std::io::{Cursor, Write as _};

use crate::extract::{Extractor, Flow, Input, Member, Outlet};
use crate::model::{Issue, Place, Reason, Segment, cell_name};

/// An outlet that remembers what it was told, a line each.
#[derive(Default)]
pub(in crate::extract) struct Heard {
    pub(in crate::extract) lines: Vec<String>,
    pub(in crate::extract) issues: Vec<Reason>,
    pub(in crate::extract) cells: usize,
    /// Says stop after so many segments, if any.
    pub(in crate::extract) patience: Option<usize>,
}

impl Heard {
    pub(in crate::extract) fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|heard| heard == line)
    }

    pub(in crate::extract) fn mentions(&self, text: &str) -> bool {
        self.lines.iter().any(|heard| heard.contains(text))
    }
}

impl Outlet for Heard {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        match segment {
            Segment::Row(row) => {
                self.cells += row.cells.len();
                for cell in row.cells {
                    let second = if cell.second_reading { " (2)" } else { "" };
                    self.lines.push(format!(
                        "{}!{}{second}={}",
                        row.table.sheet.unwrap_or_default(),
                        cell_name(cell.column, row.number),
                        cell.text
                    ));
                }
            }
            Segment::Text(text) => {
                let place = match &text.place {
                    Place::Cell { sheet, row, column } => format!("{sheet}!{}", cell_name(*column, *row)),
                    Place::Part { name } | Place::Stretch { name, .. } => name.to_string(),
                    Place::Page { page } => format!("page {page}"),
                    _ => "?".to_owned(),
                };
                let label = text.label.map(|label| format!("[{label}]")).unwrap_or_default();
                let own = text.text.get(text.own.clone()).unwrap();
                for line in own.lines() {
                    self.lines.push(format!("{place}{label}: {line}"));
                }
            }
        }
        if self.patience.is_some_and(|patience| self.lines.len() >= patience) {
            return Flow::Stop;
        }
        Flow::Continue
    }

    fn member(&mut self, member: Member<'_>) -> Flow {
        self.lines
            .push(format!("member {}", String::from_utf8_lossy(member.name)));
        let _ = member.content.into_bytes();
        Flow::Continue
    }

    fn unread_member(&mut self, name: &[u8], _size: u64, _reason: Reason) -> Flow {
        self.lines
            .push(format!("unread {}", String::from_utf8_lossy(name)));
        Flow::Continue
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue.reason);
    }

    fn tick(&mut self) -> Flow {
        Flow::Continue
    }
}

/// Reads `bytes` and gives what was heard.
pub(in crate::extract) fn hear(extractor: &dyn Extractor, bytes: &[u8]) -> (Result<(), Reason>, Heard) {
    let mut heard = Heard::default();
    let result = extractor.extract(Input::memory(bytes, ""), &mut heard);
    (result, heard)
}

/// A zip of these parts.
pub(in crate::extract) fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts: Vec<_> = parts
        .iter()
        .map(|&(name, content)| (name, content.as_bytes()))
        .collect();
    zip_bytes(&parts)
}

/// The same of parts that are no text.
pub(in crate::extract) fn zip_bytes(parts: &[(&str, &[u8])]) -> Vec<u8> {
    packed(parts, zip::CompressionMethod::Deflated)
}

/// The same without packing them.
pub(in crate::extract) fn stored(parts: &[(&str, &[u8])]) -> Vec<u8> {
    packed(parts, zip::CompressionMethod::Stored)
}

fn packed(parts: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// An xlsx with these sheets (name, what stands in the worksheet element) and further parts.
pub(in crate::extract) fn xlsx(sheets: &[(&str, &str)], more: &[(&str, &str)]) -> Vec<u8> {
    let mut list = String::new();
    let mut rels = String::new();
    let mut parts: Vec<(String, String)> = Vec::new();
    for (i, (name, inside)) in sheets.iter().enumerate() {
        let n = i + 1;
        list.push_str(
            &[
                "<sheet name=\"",
                name,
                "\" sheetId=\"1\" r:id=\"rId",
                &n.to_string(),
                "\"/>",
            ]
            .concat(),
        );
        let target = format!("worksheets/sheet{n}.xml");
        rels.push_str(
            &[
                "<Relationship Id=\"rId",
                &n.to_string(),
                "\" Type=\"",
                RELATIONS,
                "/worksheet\" Target=\"",
                &target,
                "\"/>",
            ]
            .concat(),
        );
        parts.push((
            format!("xl/worksheets/sheet{n}.xml"),
            format!("<worksheet>{inside}</worksheet>"),
        ));
    }
    parts.push((
        "_rels/.rels".into(),
        format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!("<Relationships>{rels}</Relationships>"),
    ));
    parts.push((
        "xl/workbook.xml".into(),
        format!("<workbook xmlns:r=\"{RELATIONS}\"><sheets>{list}</sheets></workbook>"),
    ));
    parts.extend(
        more.iter()
            .map(|&(name, content)| (name.to_owned(), content.to_owned())),
    );
    let parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_str()))
        .collect();
    zip(&parts)
}
