//! xlsb: cells by calamine's stream, everything beside them by looking for text in the records.
//!
//! The parts are like those of xlsx but binary. calamine panics on some workbooks that Excel opens, so each call
//! is fenced, and what it refuses is looked through for text.

use std::collections::HashSet;
use std::io::{BufReader, Read};

use calamine::{DataRef, Reader as _};

use super::beside::{Notes, Stopped, others};
use super::carve;
use super::fenced;
use super::number::{Form, Readings};
use super::ole::{OleKind, ole_kind};
use super::package::{Handle, Package};
use super::parts::{has_extension, push};
use super::rows::{Limits, Rows};
use crate::extract::{Extractor, Flow, Input, Outlet, reason_of};
use crate::model::{Place, Reason};

/// What calamine may have to keep of the shared strings, and of each other part.
const KEPT: u64 = 256 << 20;
/// Records longer than this are looked through in part only.
const LONGEST: usize = 1 << 20;
/// Record types up to this are cells of a sheet.
const LAST_CELL: u16 = 11;

type Calamine<'a> = calamine::Xlsb<BufReader<Handle<'a>>>;

/// Reads xlsb.
pub(crate) struct Xlsb;

impl Extractor for Xlsb {
    fn extract(&self, mut input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        if ole_kind(input.head()?).is_some() {
            let bytes = input.into_bytes()?;
            return Err(match ole_kind(&bytes) {
                Some(OleKind::EncryptedPackage) => Reason::Encrypted,
                _ => Reason::Damaged,
            });
        }
        let mut package = Package::open(input)?;
        if package.encrypted() {
            return Err(Reason::Encrypted);
        }
        if !package
            .parts
            .iter()
            .any(|part| has_extension(&part.name.to_ascii_lowercase(), &["bin"]))
        {
            return Err(Reason::Damaged);
        }
        let mut notes = Notes::default();
        let _ = read(&mut package, &mut notes, out);
        notes.tell(out);
        Ok(())
    }
}

fn read(package: &mut Package<'_>, notes: &mut Notes, out: &mut dyn Outlet) -> Flow {
    let mut complete = false;
    match affordable(package) {
        Err(reason) => notes.add(reason),
        Ok(false) => {}
        Ok(true) => {
            let handle = package.handle();
            let opened = fenced(|| calamine::Xlsb::new(handle).ok());
            if let Some(calamine) = opened {
                match sheets(calamine, out) {
                    Ok(all) => complete = all,
                    Err(Stopped) => return Flow::Stop,
                }
            }
        }
    }
    if !complete {
        notes.add(Reason::PartlyDamaged);
    }
    for index in 0..package.parts.len() {
        let Some(part) = package.parts.get(index).cloned() else {
            break;
        };
        let lower = part.name.to_ascii_lowercase();
        let cells = lower.contains("/worksheets/") || lower.contains("/macrosheets/");
        let strings = lower.ends_with("/sharedstrings.bin");
        let silent = ["styles.bin", "vbaproject.bin", "calcchain.bin"]
            .iter()
            .any(|end| lower.ends_with(end))
            || [
                "/printersettings/",
                "/embeddings/",
                "/media/",
                "/tables/",
                "binaryindex",
            ]
            .iter()
            .any(|folder| lower.contains(folder));
        if !has_extension(&lower, &["bin"]) || silent || (strings && complete) {
            continue;
        }
        let result = package.read(index).and_then(|records| {
            let skip_cells = cells && complete;
            look_through(records, &part.name, skip_cells, out)
        });
        if notes.after(result).is_stop() {
            return Flow::Stop;
        }
    }
    others(package, &[], &HashSet::new(), notes, out)
}

/// Whether what calamine keeps of a workbook is bounded, and no cell of its sheets is without bounds.
fn affordable(package: &mut Package<'_>) -> Result<bool, Reason> {
    for part in [
        "xl/sharedStrings.bin",
        "xl/styles.bin",
        "xl/workbook.bin",
        "xl/_rels/workbook.bin.rels",
    ] {
        let Some(index) = package.find(part) else { continue };
        let mut bytes = package.read(index)?.take(KEPT + 1);
        let size = std::io::copy(&mut bytes, &mut std::io::sink()).map_err(|error| reason_of(&error))?;
        if size > KEPT {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Pushes the cells of all sheets; tells whether it came to the end of each.
fn sheets(mut calamine: Calamine<'_>, out: &mut dyn Outlet) -> Result<bool, Stopped> {
    let sheets: Vec<String> = calamine
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut limits = Limits::new();
    let mut complete = true;
    for (id, name) in sheets.iter().enumerate() {
        let mut rows = Rows::new(id as u32, name, &mut limits);
        let result = cells(&mut calamine, name, &mut rows, out);
        let reached = rows.limits().reached();
        let finished = rows.finish(out);
        match result {
            Err(Stopped) if reached => break,
            Err(Stopped) => return Err(Stopped),
            Ok(all) => complete &= all,
        }
        if finished.is_stop() {
            return Err(Stopped);
        }
    }
    limits.tell(out);
    Ok(complete)
}

fn cells(
    calamine: &mut Calamine<'_>,
    sheet: &str,
    rows: &mut Rows<'_>,
    out: &mut dyn Outlet,
) -> Result<bool, Stopped> {
    let mac_epoch = calamine.has_1904_epoch();
    let opened = fenced(|| calamine.worksheet_cells_reader(sheet).ok());
    let Some(mut reader) = opened else {
        return Ok(false);
    };
    let mut readings = Readings::default();
    loop {
        let cell = match fenced(|| reader.next_cell().ok()) {
            Some(Some(cell)) => cell,
            Some(None) => return Ok(true),
            None => return Ok(false),
        };
        if rows.limits().step(out).is_stop() {
            return Err(Stopped);
        }
        let texts = match cell.get_value() {
            DataRef::SharedString(text) => {
                if !rows.limits().may_repeat(text, text.as_ptr() as usize) {
                    continue;
                }
                [*text, ""]
            }
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                [text.as_str(), ""]
            }
            DataRef::Int(value) => {
                readings.read(*value as f64, &Form::Plain, mac_epoch);
                [readings.first.as_str(), ""]
            }
            DataRef::Float(value) => {
                readings.read(*value, &Form::Plain, mac_epoch);
                [readings.first.as_str(), ""]
            }
            DataRef::DateTime(date) => {
                readings.read(date.as_f64(), &Form::Date, mac_epoch);
                [readings.first.as_str(), &readings.second]
            }
            DataRef::Bool(_) | DataRef::Error(_) | DataRef::Empty => continue,
        };
        let (row, column) = cell.get_position();
        if rows
            .cell(u64::from(row) + 1, column.saturating_add(1), texts, out)
            .is_stop()
        {
            return Err(Stopped);
        }
    }
}

/// Pushes the text in the records of a binary part.
fn look_through(
    records: impl Read,
    name: &str,
    skip_cells: bool,
    out: &mut dyn Outlet,
) -> Result<Flow, Reason> {
    let mut reader = BufReader::new(records);
    let mut text = String::new();
    let mut payload = Vec::new();
    let mut steps = 0u64;
    loop {
        let header = header(&mut reader).map_err(|error| reason_of(&error))?;
        if text.len() > 64 * 1024 || (header.is_none() && !text.is_empty()) {
            if push(&text, &Place::Part { name: name.into() }, None, out).is_stop() {
                return Ok(Flow::Stop);
            }
            text.clear();
        }
        let Some((kind, length)) = header else {
            return Ok(Flow::Continue);
        };
        steps += 1;
        if steps.is_multiple_of(4096) && out.tick().is_stop() {
            return Ok(Flow::Stop);
        }
        payload.clear();
        let kept = length.min(LONGEST) as u64;
        reader
            .by_ref()
            .take(kept)
            .read_to_end(&mut payload)
            .map_err(|error| reason_of(&error))?;
        let rest = length as u64 - kept;
        std::io::copy(&mut reader.by_ref().take(rest), &mut std::io::sink())
            .map_err(|error| reason_of(&error))?;
        if !(skip_cells && kind <= LAST_CELL) {
            carve::wide(&payload, &mut text);
        }
    }
}

/// Type and length of the next record; both are written seven bits a byte. `None` at the end.
fn header(reader: &mut impl Read) -> std::io::Result<Option<(u16, usize)>> {
    let mut next = || -> std::io::Result<Option<u8>> {
        let mut byte = [0];
        Ok((reader.read(&mut byte)? == 1).then_some(byte[0]))
    };
    let Some(low) = next()? else { return Ok(None) };
    let mut kind = u16::from(low & 0x7f);
    if low & 0x80 != 0 {
        let Some(high) = next()? else { return Ok(None) };
        kind |= u16::from(high & 0x7f) << 7;
    }
    let mut length = 0usize;
    for shift in [0, 7, 14, 21] {
        let Some(byte) = next()? else { return Ok(None) };
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(Some((kind, length)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hear, zip, zip_bytes};
    use super::*;

    fn rec(kind: u16, data: &[u8]) -> Vec<u8> {
        let kind = if kind < 128 {
            vec![kind as u8]
        } else {
            vec![kind as u8 | 0x80, (kind >> 7) as u8]
        };
        [kind, vec![data.len() as u8], data.to_vec()].concat()
    }

    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        [
            (units.len() as u32).to_le_bytes().to_vec(),
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        ]
        .concat()
    }

    fn cell(kind: u16, column: u32, data: &[u8]) -> Vec<u8> {
        rec(kind, &[&column.to_le_bytes()[..], &[0; 4], data].concat())
    }

    fn book(sheet: &[Vec<u8>]) -> Vec<u8> {
        let workbook = [
            rec(0x9c, &[&[0; 8][..], &wide("rId1"), &wide("Blad1")].concat()),
            rec(0x90, &[]),
            rec(0x84, &[]),
        ]
        .concat();
        let strings = [
            rec(0x9f, &[1, 0, 0, 0, 1, 0, 0, 0]),
            rec(0x13, &[&[0][..], &wide("Anna Ek")].concat()),
        ]
        .concat();
        let sheet = [
            rec(0x81, &[]),
            rec(0x94, &[0; 16]),
            rec(0x91, &[]),
            rec(0x00, &[6, 0, 0, 0, 0, 0, 0, 0]),
            sheet.concat(),
            rec(0x92, &[]),
            rec(0x1df, &wide("Sidhuvud")),
        ]
        .concat();
        let rels = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;
        zip_bytes(&[
            ("xl/_rels/workbook.bin.rels", rels.as_bytes()),
            ("xl/workbook.bin", &workbook),
            ("xl/sharedStrings.bin", &strings),
            ("xl/worksheets/sheet1.bin", &sheet),
            (
                "xl/comments1.bin",
                &rec(0x27d, &[&[0][..], &wide("ring 070-174 06 05")].concat()),
            ),
            ("docProps/core.xml", b"<c><dc:creator>Eva</dc:creator></c>"),
        ])
    }

    #[test]
    fn cells_and_what_stands_beside_them_are_read() {
        let sheet = [
            cell(7, 0, &[0, 0, 0, 0]),
            cell(5, 1, &198_507_099_805f64.to_le_bytes()),
            cell(6, 16_383, &wide("sist")),
        ];
        let (result, heard) = hear(&Xlsb, &book(&sheet));
        assert_eq!(
            (result, heard.issues.as_slice()),
            (Ok(()), &[][..]),
            "{:#?}",
            heard.lines
        );
        for line in [
            "Blad1!A7=Anna Ek",
            "Blad1!B7=198507099805",
            "Blad1!XFD7=sist",
            "xl/worksheets/sheet1.bin: Sidhuvud",
            "xl/comments1.bin: ring 070-174 06 05",
            "docProps/core.xml[creator]: Eva",
        ] {
            assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
        }
        assert_eq!(heard.lines.iter().filter(|line| line.contains("sist")).count(), 1);
    }

    #[test]
    fn where_calamine_panics_the_text_is_still_found() {
        // A string number that does not exist.
        let (result, heard) = hear(
            &Xlsb,
            &book(&[cell(7, 0, &[9, 0, 0, 0]), cell(6, 1, &wide("efter"))]),
        );
        assert_eq!(result, Ok(()));
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
        assert!(heard.has("xl/worksheets/sheet1.bin: efter") && heard.mentions("Anna Ek"));
        assert_eq!(hear(&Xlsb, &zip(&[("a.txt", "x")])).0, Err(Reason::Damaged));
    }
}
