//! xlsx and xlsm: cells by calamine's stream, everything beside the cells by our own pass over the parts.
//!
//! calamine keeps the shared strings and styles in memory and gives a workbook up at its first contradiction, so
//! what it would have to hold is measured before, and what it refuses is read as plain XML.

use std::collections::{HashMap, HashSet};
use std::io::BufReader;

use calamine::{DataRef, Reader as _, XlsxCellReader};
use quick_xml::events::Event;

use super::beside::others;

use super::fenced;
use super::number::{Form, Readings};
use super::rows::{Limits, Rows};
use crate::extract::package::notes::{Notes, Stopped};
use crate::extract::package::parts::{TextPass, cell_of, push, resolve};
use crate::extract::package::source::XmlSource;
use crate::extract::package::{Handle, Package, attribute, lenient};
use crate::extract::{Extractor, Flow, Input, Outlet, Trust, reason_of};
use crate::model::{Place, Reason};

/// What calamine may have to keep of the shared strings.
const SHARED: u64 = 256 << 20;
/// And of each other part it reads when it opens a workbook.
const OTHER: u64 = 64 << 20;
/// A cell format in calamine's memory, about.
const FORMAT: u64 = 512;

type Calamine<'a> = calamine::Xlsx<BufReader<Handle<'a>>>;

/// Reads xlsx and xlsm.
pub(crate) struct Xlsx;

impl Extractor for Xlsx {
    /// calamine keeps all shared strings of a workbook in memory, and panics at some references.
    fn trust(&self) -> Trust {
        Trust::Foreign
    }

    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let mut package = Package::of_office(input)?;
        if !package
            .parts
            .iter()
            .any(|part| part.name.contains("xl/") || part.name == "_rels/.rels")
        {
            return Err(Reason::Damaged);
        }
        let mut notes = package.notes();
        let _ = read(&mut package, &mut notes, out);
        notes.tell(out);
        Ok(())
    }
}

fn read(package: &mut Package<'_>, notes: &mut Notes, out: &mut dyn Outlet) -> Flow {
    let (workbook, sheets) = package.workbook();
    let shared = sibling(&workbook, "sharedStrings.xml");
    let mut calamine = match affordable(package, &workbook, &shared) {
        Ok(true) => open(package),
        Ok(false) => None,
        Err(reason) => {
            notes.add(reason);
            None
        }
    };
    let mut done: HashSet<String> = HashSet::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut limits = Limits::new();
    // Strings of sheets that calamine did not read to their end are not resolved: then they are read as they lie.
    let mut unresolved = calamine.is_none();
    for (id, (name, path)) in sheets.iter().enumerate() {
        if !done.insert(path.to_ascii_lowercase()) {
            continue;
        }
        // calamine knows sheets by name, and gives the first of that name.
        let readable = calamine.as_mut().filter(|_| seen.insert(name));
        let sheet = Sheet {
            id: id as u32,
            name,
            path,
        };
        let Ok(complete) = sheet.read(package, readable, &mut limits, notes, out) else {
            limits.tell(out);
            return Flow::Stop;
        };
        unresolved |= !complete;
    }
    limits.tell(out);
    if calamine.is_none() {
        notes.add(Reason::PartlyDamaged);
    }
    drop(calamine);
    if !unresolved {
        done.insert(shared.to_ascii_lowercase());
    }
    others(package, &sheets, &done, notes, out)
}

/// Whether what calamine keeps of a workbook is bounded.
fn affordable(package: &mut Package<'_>, workbook: &str, shared: &str) -> Result<bool, Reason> {
    let (folder, file) = workbook.rsplit_once('/').unwrap_or(("", workbook));
    let rels = format!("{folder}/_rels/{file}.rels");
    let styles = sibling(workbook, "styles.xml");
    let theme = sibling(workbook, "theme/theme1.xml");
    for part in [
        "_rels/.rels",
        "[Content_Types].xml",
        workbook,
        rels.trim_start_matches('/'),
        &styles,
        &theme,
    ] {
        if package.measure(part, OTHER)?.is_some_and(|size| size > OTHER) {
            return Ok(false);
        }
    }
    // Each cell format is kept with its own copy of its font: a small part can ask for much.
    let (mut formats, mut longest) = (0u64, 0u64);
    package.elements(&styles, &mut |element| {
        formats += u64::from(element.local_name().as_ref() == "xf");
        longest = longest.max(element.attributes_raw().len() as u64);
        true
    });
    if formats.saturating_mul(FORMAT + longest) > SHARED {
        return Ok(false);
    }
    let Some(size) = package.measure(shared, SHARED)? else {
        return Ok(true);
    };
    // calamine makes room for as many strings as the part says it has.
    let mut claimed = 0u64;
    package.elements(shared, &mut |element| {
        claimed = attribute(element, "uniqueCount")
            .and_then(|count| count.trim().parse().ok())
            .unwrap_or(0);
        element.local_name().as_ref() != "sst"
    });
    Ok(size <= SHARED && claimed <= size)
}

fn open<'a>(package: &Package<'a>) -> Option<Calamine<'a>> {
    let handle = package.handle();
    fenced(|| calamine::Xlsx::new(handle).ok())
}

fn sibling(workbook: &str, file: &str) -> String {
    match workbook.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{file}"),
        None => file.to_owned(),
    }
}

struct Sheet<'s> {
    id: u32,
    name: &'s str,
    path: &'s str,
}

impl Sheet<'_> {
    /// Reads one sheet; tells whether all its cells were read with their strings.
    fn read(
        &self,
        package: &mut Package<'_>,
        calamine: Option<&mut Calamine<'_>>,
        limits: &mut Limits,
        notes: &mut Notes,
        out: &mut dyn Outlet,
    ) -> Result<bool, Stopped> {
        let Some(index) = package.find(self.path) else {
            notes.add(Reason::PartlyDamaged);
            return Ok(true);
        };
        let mut marked = false;
        let beside = self.beside(package, index, &mut marked, out);
        let bounded = !matches!(beside, Err(Reason::ContentLimit));
        if beside == Err(Reason::ExpansionLimit) {
            package.allow_a_look();
            let pass = TextPass {
                name: self.path,
                sheet: Some(self.name),
                after_row: 0,
                cells_only: true,
            };
            // It ends at the limit again, which is told already.
            let _ = package.read(index).and_then(|part| pass.run(part, out));
        }
        if notes.after(beside).is_stop() {
            return Err(Stopped);
        }
        let mut rows = Rows::new(self.id, self.name, limits);
        let complete = match calamine {
            Some(calamine) if bounded => cells(calamine, self.name, &mut rows, out),
            _ => Ok(false),
        };
        let after_row = rows.number();
        let reached = rows.limits().reached();
        let complete = match (complete, rows.finish(out)) {
            (Err(Stopped), _) if reached => true,
            (Err(Stopped), _) | (_, Flow::Stop) => return Err(Stopped),
            (Ok(complete), _) => complete,
        };
        if marked && notes.after(self.formulas(package, index, out)).is_stop() {
            return Err(Stopped);
        }
        if complete {
            return Ok(true);
        }
        notes.add(Reason::PartlyDamaged);
        let pass = TextPass {
            name: self.path,
            sheet: Some(self.name),
            after_row,
            cells_only: true,
        };
        let result = package.read(index).and_then(|part| pass.run(part, out));
        if notes.after(result).is_stop() {
            return Err(Stopped);
        }
        Ok(false)
    }

    /// What stands behind the cells: headers, links, validations. Notices formulas that may hold an address.
    fn beside(
        &self,
        package: &mut Package<'_>,
        index: usize,
        marked: &mut bool,
        out: &mut dyn Outlet,
    ) -> Result<Flow, Reason> {
        let mut source = XmlSource::new(package.read(index)?);
        let mut stopped = false;
        let result = source.skip_cells(&mut || {
            stopped |= out.tick().is_stop();
            !stopped
        });
        *marked = result.map_err(|error| reason_of(&error))?;
        if stopped {
            return Ok(Flow::Stop);
        }
        TextPass {
            name: self.path,
            sheet: Some(self.name),
            after_row: 0,
            cells_only: false,
        }
        .run_source(source, out)
    }

    /// Formulas with text in them, which their results need not show: `HYPERLINK("mailto:...")`.
    fn formulas(
        &self,
        package: &mut Package<'_>,
        index: usize,
        out: &mut dyn Outlet,
    ) -> Result<Flow, Reason> {
        let mut reader = quick_xml::Reader::from_reader(XmlSource::new(package.read(index)?));
        lenient(&mut reader);
        let mut buffer = Vec::new();
        let mut at = None;
        let mut formula: Option<String> = None;
        for step in 1u64.. {
            buffer.clear();
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(element)) => match element.local_name().as_ref() {
                    "c" => at = attribute(&element, "r").and_then(|reference| cell_of(&reference)),
                    "f" => formula = Some(String::new()),
                    _ => {}
                },
                Ok(Event::Text(text)) => {
                    if let Some(formula) = &mut formula {
                        formula.push_str(&text);
                    }
                }
                Ok(Event::GeneralRef(entity)) => {
                    if let Some(formula) = &mut formula {
                        formula.push_str(&resolve(&entity));
                    }
                }
                Ok(Event::End(element)) if element.local_name().as_ref() == "f" => {
                    let formula = formula.take().filter(|formula| formula.contains('"'));
                    if let (Some(formula), Some((row, column))) = (formula, at) {
                        let place = Place::Cell {
                            sheet: self.name.into(),
                            row,
                            column,
                        };
                        if push(&formula, &place, None, out).is_stop() {
                            return Ok(Flow::Stop);
                        }
                    }
                }
                Ok(Event::Eof) | Err(_) => break,
                Ok(_) => {}
            }
            if step.is_multiple_of(4096) && out.tick().is_stop() {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }
}

/// Pushes the cells of a sheet; tells whether it came to their end.
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
    let mut forms: HashMap<usize, Form> = HashMap::new();
    let mut readings = Readings::default();
    loop {
        let next = fenced(|| reader.next_cell_with_style_id().ok());
        let (cell, style) = match next {
            Some(Some(cell)) => cell,
            Some(None) => return Ok(true),
            None => return Ok(false),
        };
        if rows.limits().step(out).is_stop() {
            return Err(Stopped);
        }
        let (row, column) = cell.get_position();
        let (row, column) = (u64::from(row) + 1, column.saturating_add(1));
        let mut number = |value: f64, date: bool| {
            if date {
                readings.read(value, &Form::Date, mac_epoch);
            } else {
                let form = forms.entry(style).or_insert_with(|| form_of(&reader, style));
                readings.read(value, form, mac_epoch);
            }
        };
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
                number(*value as f64, false);
                [readings.first.as_str(), &readings.second]
            }
            DataRef::Float(value) => {
                number(*value, false);
                [readings.first.as_str(), &readings.second]
            }
            DataRef::DateTime(date) => {
                number(date.as_f64(), true);
                [readings.first.as_str(), &readings.second]
            }
            DataRef::Bool(_) | DataRef::Error(_) | DataRef::Empty => continue,
        };
        if rows.cell(row, column, texts, out).is_stop() {
            return Err(Stopped);
        }
    }
}

fn form_of(reader: &XlsxCellReader<'_, BufReader<Handle<'_>>>, style: usize) -> Form {
    let format = reader
        .styles()
        .get(style)
        .and_then(|style| style.number_format.as_ref());
    format.map_or(Form::Plain, |format| Form::parse(&format.format_code))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Heard, hear, xlsx, zip};
    use super::*;

    fn row(cells: &str) -> String {
        format!("<sheetData><row r=\"1\">{cells}</row></sheetData>")
    }

    const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0000000000"/><numFmt numFmtId="165" formatCode="000000\-0000"/><numFmt numFmtId="166" formatCode="yyyymmdd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>"#;

    #[test]
    fn numbers_are_the_digits_a_person_meant() {
        let cells = row(
            r#"<c r="A1"><v>198507099805</v></c><c r="B1"><v>1.98507099805E11</v></c><c r="C1" s="1"><v>101010004</v></c><c r="D1" s="2"><v>101010004</v></c><c r="E1" s="3"><v>198507099805</v></c><c r="F1" s="3"><v>45000</v></c><c r="G1" t="b"><v>1</v></c><c r="H1" t="e"><v>#N/A</v></c>"#,
        );
        let (result, heard) = hear(&Xlsx, &xlsx(&[("Blad1", &cells)], &[("xl/styles.xml", STYLES)]));
        assert_eq!(result, Ok(()));
        let expected = [
            "Blad1!A1=198507099805",
            "Blad1!B1=198507099805",
            "Blad1!C1=0101010004",
            "Blad1!D1=010101-0004",
            "Blad1!E1=198507099805",
            "Blad1!F1=2023-03-15",
            "Blad1!F1 (2)=45000",
        ];
        assert_eq!(heard.lines.get(..7).unwrap(), expected);
        assert_eq!((heard.cells, heard.issues.len()), (7, 0));
    }

    #[test]
    fn strings_of_every_kind_and_hidden_sheets_are_read() {
        let strings = "<sst uniqueCount=\"2\"><si><t>Anna</t></si><si><r><t>850709</t></r><r><rPr><b/></rPr><t>-9805</t></r></si></sst>";
        let cells = row(
            r#"<c r="A1" t="s"><v>1</v></c><c r="B1" t="inlineStr"><is><t>Åsa &amp; Bo</t></is></c><c r="C1" t="str"><f>A1</f><v>x@example.se</v></c>"#,
        );
        let mut book = xlsx(&[("Dold", &cells)], &[("xl/sharedStrings.xml", strings)]);
        let (_, heard) = hear(&Xlsx, &book);
        for line in ["Dold!A1=850709-9805", "Dold!B1=Åsa & Bo", "Dold!C1=x@example.se"] {
            assert!(heard.has(line), "{line}");
        }
        assert!(!heard.mentions("sharedStrings"));
        // Without its directory it is read as it lies.
        book.truncate(book.len() - 30);
        let (result, heard) = hear(&Xlsx, &book);
        assert_eq!(result, Ok(()));
        assert!(heard.mentions("850709-9805") && heard.has("xl/sharedStrings.xml: Anna"));
        assert!(heard.issues.contains(&Reason::PartlyDamaged));
    }

    #[test]
    fn what_stands_beside_the_cells_is_read_with_its_place() {
        let sheet = row("<c r=\"A1\"><f>HYPERLINK(\"mailto:dold@example.se\",\"x\")</f><v>1</v></c>")
            + "<dataValidations><dataValidation prompt=\"fråga Bo\"><formula1>\"Anna,Bo\"</formula1></dataValidation></dataValidations><headerFooter><oddHeader>&amp;L&amp;\"Arial,Bold\"&amp;10Lönelista &amp;P</oddHeader></headerFooter>";
        let rels = r#"<Relationships><Relationship Id="r1" Type="http://x/comments" Target="../comments1.xml"/><Relationship Id="r2" Type="http://x/hyperlink" Target="mailto:bo@example.se" TargetMode="External"/></Relationships>"#;
        let comments = "<comments><authors><author>Eva Ek</author></authors><commentList><comment ref=\"B7\" authorId=\"0\"><text><r><t>ring 070-174</t></r><r><rPr><sz val=\"9\"/></rPr><t xml:space=\"preserve\"> 06 05</t></r></text></comment></commentList></comments>";
        let more = [
            ("xl/worksheets/_rels/sheet1.xml.rels", rels),
            ("xl/comments1.xml", comments),
            (
                "docProps/core.xml",
                "<cp:coreProperties><dc:creator>Anna Ek</dc:creator><lastModifiedBy>Bo</lastModifiedBy></cp:coreProperties>",
            ),
            (
                "xl/drawings/drawing1.xml",
                "<xdr:sp><xdr:cNvPr name=\"Rektangel\" descr=\"foto av Eva\"/><a:p><a:r><a:t>8507</a:t></a:r><a:r><a:t>09-9805</a:t></a:r></a:p></xdr:sp>",
            ),
            (
                "xl/pivotCache/pivotCacheRecords1.xml",
                "<pivotCacheRecords><r><s v=\"Raderad Person\"/></r></pivotCacheRecords>",
            ),
            (
                "xl/connections.xml",
                "<connections><connection name=\"k\" description=\"lön\"><dbPr connection=\"PWD=hemligt\"/></connection></connections>",
            ),
            ("xl/embeddings/Microsoft_Word1.docx", "PK"),
            ("xl/theme/theme1.xml", "<a:theme name=\"Tema\"/>"),
        ];
        let (result, heard) = hear(&Xlsx, &xlsx(&[("Blad1", &sheet)], &more));
        assert_eq!((result, heard.issues.len()), (Ok(()), 0));
        for line in [
            "Blad1!A1: HYPERLINK(\"mailto:dold@example.se\",\"x\")",
            "xl/worksheets/sheet1.xml: fråga Bo",
            "xl/worksheets/sheet1.xml: \"Anna,Bo\"",
            "xl/worksheets/sheet1.xml: Lönelista",
            "xl/worksheets/_rels/sheet1.xml.rels: mailto:bo@example.se",
            "xl/comments1.xml: Eva Ek",
            "Blad1!B7: ring 070-174 06 05",
            "docProps/core.xml[creator]: Anna Ek",
            "xl/drawings/drawing1.xml: foto av Eva",
            "xl/drawings/drawing1.xml: 850709-9805",
            "xl/pivotCache/pivotCacheRecords1.xml: Raderad Person",
            "xl/connections.xml: PWD=hemligt",
            "member xl/embeddings/Microsoft_Word1.docx",
        ] {
            assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
        }
        assert!(!heard.mentions("Tema"));
    }

    #[test]
    fn two_cells_in_the_corners_cost_two_cells() {
        let sheet = "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c><c r=\"XFE1048577\"><v>3</v></c></row></sheetData>";
        let (result, heard) = hear(&Xlsx, &xlsx(&[("B", sheet)], &[]));
        assert_eq!(result, Ok(()));
        assert_eq!(heard.cells, 2);
        assert!(heard.has("B!XFD1048576=2"));
    }

    #[test]
    fn a_long_shared_string_is_pushed_once() {
        let strings = format!(
            "<sst><si><t>{}</t></si><si><t>kort</t></si></sst>",
            "x".repeat(5000)
        );
        let cells = r#"<c t="s"><v>0</v></c><c t="s"><v>1</v></c>"#.repeat(25);
        let (_, heard) = hear(
            &Xlsx,
            &xlsx(&[("B", &row(&cells))], &[("xl/sharedStrings.xml", &strings)]),
        );
        assert_eq!(heard.cells, 26);
    }

    #[test]
    fn what_calamine_refuses_is_read_as_plain_xml() {
        let good = row("<c r=\"A1\" t=\"inlineStr\"><is><t>före</t></is></c>");
        let bad = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>läst</t></is></c></row><row r=\"2\"><c r=\"A2\" t=\"n\"><v>trasig</v></c><c r=\"B2\" t=\"s\"><v>0</v></c></row></sheetData><headerFooter><oddHeader>sidhuvud</oddHeader></headerFooter>";
        let strings = "<sst><si><t>delad</t></si></sst>";
        let (result, heard) = hear(
            &Xlsx,
            &xlsx(&[("A", &good), ("B", bad)], &[("xl/sharedStrings.xml", strings)]),
        );
        assert_eq!(result, Ok(()));
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
        for line in [
            "A!A1=före",
            "B!A1=läst",
            "xl/worksheets/sheet2.xml: trasig",
            "xl/sharedStrings.xml: delad",
        ] {
            assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
        }
        for once in ["läst", "sidhuvud"] {
            assert_eq!(
                heard.lines.iter().filter(|line| line.contains(once)).count(),
                1,
                "{once}"
            );
        }
        // A count of strings that asks for all memory.
        let strings = "<sst uniqueCount=\"99999999999\"><si><t>delad</t></si></sst>";
        let (_, heard) = hear(
            &Xlsx,
            &xlsx(&[("A", &good)], &[("xl/sharedStrings.xml", strings)]),
        );
        assert!(heard.mentions("före") && heard.mentions("delad"));
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
    }

    #[test]
    fn stop_is_heeded() {
        let cells = "<row><c><v>7</v></c></row>".repeat(100);
        let book = xlsx(&[("A", &format!("<sheetData>{cells}</sheetData>"))], &[]);
        let mut heard = Heard {
            patience: Some(3),
            ..Heard::default()
        };
        assert_eq!(Xlsx.extract(Input::memory(&book, ""), &mut heard), Ok(()));
        assert_eq!(heard.lines.len(), 3);
    }

    #[test]
    fn a_bomb_ends_at_the_limit_and_is_told() {
        let cells = format!(
            "<sheetData><row><c><v>1</v></c></row><!--{}--></sheetData>",
            " ".repeat(30 << 20)
        );
        let sheets: Vec<(String, &str)> = (0..4).map(|i| (format!("S{i}"), cells.as_str())).collect();
        let sheets: Vec<(&str, &str)> = sheets
            .iter()
            .map(|(name, cells)| (name.as_str(), *cells))
            .collect();
        let (result, heard) = hear(&Xlsx, &xlsx(&sheets, &[]));
        assert_eq!(result, Ok(()));
        assert!(
            heard.issues.contains(&Reason::ExpansionLimit),
            "{:?}",
            heard.issues
        );
        assert!(heard.mentions("S"), "the first sheets are read");
    }

    #[test]
    fn encrypted_and_foreign_files_are_told_apart() {
        let locked = crate::extract::compound::tests::file("EncryptedPackage", b"x");
        assert_eq!(hear(&Xlsx, &locked).0, Err(Reason::Encrypted));
        assert_eq!(hear(&Xlsx, b"no zip").0, Err(Reason::Damaged));
        assert_eq!(hear(&Xlsx, &zip(&[("a.txt", "x")])).0, Err(Reason::Damaged));
    }
}
