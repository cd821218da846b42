//! xlsx and xlsm: cells as a stream, and everything beside the cells by a pass over the other parts.
//!
//! Each part is inflated once. The shared strings stay in memory as far as they fit; what does not is read as it lies.

use std::collections::HashSet;

use super::beside::others;
use super::cells::{Cells, End, Values};
use super::rows::{Limits, Rows};
use super::strings::{Strings, forms};
use crate::extract::package::decoded::Decoded;
use crate::extract::package::notes::{Notes, Stopped};
use crate::extract::package::parts::TextPass;
use crate::extract::package::source::XmlSource;
use crate::extract::package::{Package, attribute};
use crate::extract::{Extractor, Flow, Input, Outlet, reason_of};
use crate::model::Reason;

/// Reads xlsx and xlsm.
pub(crate) struct Xlsx;

impl Extractor for Xlsx {
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
        package.tell(notes, out);
        Ok(())
    }
}

fn read(package: &mut Package<'_>, notes: &mut Notes, out: &mut dyn Outlet) -> Flow {
    let (workbook, sheets) = package.workbook();
    let relations = package.relations(&workbook);
    let part = |kind: &str, file: &str| {
        let named = relations.iter().find(|relation| relation.kind == kind);
        named.map_or_else(|| sibling(&workbook, file), |relation| relation.target.clone())
    };
    let shared = part("sharedStrings", "sharedStrings.xml");
    let mut limits = Limits::new(package.limits(), package.size());
    let mut values = Values {
        strings: Strings::default(),
        forms: forms(package, &part("styles", "styles.xml")),
        mac_epoch: mac_epoch(package, &workbook),
    };
    let memory = package.limits().memory / 2;
    let strings = values.strings.read(package, &shared, memory, &mut limits, out);
    if notes.after(strings).is_stop() {
        let _ = values.strings.tell_unused(&mut limits, out);
        limits.tell(out);
        return Flow::Stop;
    }
    let mut done: HashSet<String> = HashSet::from([shared.to_ascii_lowercase()]);
    for (id, (name, path)) in sheets.iter().enumerate() {
        if limits.reached() || !done.insert(path.to_ascii_lowercase()) {
            continue;
        }
        let sheet = Sheet {
            id: id as u32,
            name,
            path,
        };
        if sheet.read(package, &mut values, &mut limits, notes, out).is_err() {
            limits.tell(out);
            return Flow::Stop;
        }
    }
    let flow = values.strings.tell_unused(&mut limits, out);
    limits.tell(out);
    notes.add_times(Reason::Damaged, values.strings.missing());
    drop(values);
    if flow.is_stop() {
        return Flow::Stop;
    }
    others(package, &sheets, &done, notes, out)
}

/// Whether the days of a workbook are counted from 1904.
fn mac_epoch(package: &mut Package<'_>, workbook: &str) -> bool {
    let mut mac_epoch = false;
    package.elements(workbook, &mut |element| {
        if element.local_name().as_ref() == "workbookPr" {
            mac_epoch = attribute(element, "date1904").is_some_and(|on| on == "1" || on == "true");
        }
        element.local_name().as_ref() != "sheets"
    });
    mac_epoch
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
    /// Reads one sheet: its cells, and what stands behind them.
    fn read(
        &self,
        package: &mut Package<'_>,
        values: &mut Values,
        limits: &mut Limits,
        notes: &mut Notes,
        out: &mut dyn Outlet,
    ) -> Result<(), Stopped> {
        let part = match package.find(self.path).map(|index| package.read(index)) {
            Some(Ok(part)) => part,
            Some(Err(reason)) => {
                notes.add(reason);
                return Ok(());
            }
            None => {
                notes.add(Reason::PartlyDamaged);
                return Ok(());
            }
        };
        let mut rows = Rows::new(self.id, self.name, limits);
        let source = XmlSource::counted(Decoded::new(part));
        let read = Cells::new(self.name, values, &mut rows).read(source, out);
        // What was read is told, also where a limit ended it.
        let stopped = matches!(read, Ok((End::Stopped, _))) && !rows.limits().reached();
        if rows.finish(out).is_stop() || stopped {
            return Err(Stopped);
        }
        let behind = match read {
            // A limit: what is left of the part are more cells.
            Ok((End::Stopped, _)) => return Ok(()),
            Ok((End::Damaged, source)) => {
                notes.add(Reason::PartlyDamaged);
                Ok(source)
            }
            Ok((_, source)) => Ok(source),
            Err(reason) => Err(reason),
        };
        let pass = TextPass {
            name: self.path,
            sheet: Some(self.name),
        };
        let result = behind
            .and_then(|source| source.followed().map_err(|error| reason_of(&error)))
            .and_then(|source| pass.run_source(source, out));
        if notes.after(result).is_stop() {
            return Err(Stopped);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Heard, hear, xlsx, zip};
    use super::*;
    use crate::extract::ContentLimits;

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
        // Only the string that no cell uses.
        let beside = heard.lines.iter().filter(|line| line.contains("sharedStrings"));
        assert_eq!(beside.collect::<Vec<_>>(), ["xl/sharedStrings.xml: Anna"]);
        // Without its directory it is read as it lies.
        book.truncate(book.len() - 30);
        let (result, heard) = hear(&Xlsx, &book);
        assert_eq!(result, Ok(()));
        assert!(heard.mentions("850709-9805") && heard.has("xl/sharedStrings.xml: Anna"));
        assert!(heard.issues.contains(&Reason::PartlyDamaged));
    }

    #[test]
    fn strings_are_found_by_their_relation_and_missed_where_they_are_not() {
        let cells =
            row(r#"<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>Eva</v></c>"#);
        let strings = "<sst><si><t>Anna</t></si><si><t>Bo</t></si></sst>";
        let rels = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/sharedStrings" Target="strings1.xml"/></Relationships>"#;
        let workbook = r#"<workbook><sheets><sheet name="A" r:id="rId1"/></sheets></workbook>"#;
        let sheet = format!("<worksheet>{cells}</worksheet>");
        let mut parts = vec![
            ("xl/workbook.xml", workbook),
            ("xl/_rels/workbook.xml.rels", rels),
            ("xl/worksheets/sheet1.xml", sheet.as_str()),
            ("xl/strings1.xml", strings),
        ];
        let (_, heard) = hear(&Xlsx, &zip(&parts));
        assert_eq!(
            heard.lines,
            ["A!A1=Anna", "A!B1=Bo", "A!C1=Eva", "xl/workbook.xml: A"]
        );
        assert_eq!(heard.issues, [Reason::PartlyDamaged], "a number that is none");
        parts.pop();
        let (_, heard) = hear(&Xlsx, &zip(&parts));
        assert_eq!(heard.lines, ["A!C1=Eva", "xl/workbook.xml: A"]);
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
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
            ("xl/customProperty1.bin", "Bo Alm"),
            ("xl/printerSettings/printerSettings1.bin", "laser"),
            ("xl/model/item.data", "xVelocity"),
            ("xl/media/image1.png", "png"),
            (
                "xl/activeX/activeX1.bin",
                "(16 of its class)\u{1}\u{2}Gun Ek i listan\0",
            ),
            (
                "xl/ctrlProps/ctrlProp1.xml",
                "<formControlPr><itemLst><item val=\"Siv Ek\"/></itemLst></formControlPr>",
            ),
            ("xl/theme/theme1.xml", "<a:theme name=\"Tema\"/>"),
        ];
        let (result, heard) = hear(&Xlsx, &xlsx(&[("Blad1", &sheet)], &more));
        assert_eq!((result, heard.issues.len()), (Ok(()), 0));
        for line in [
            "Blad1!A1: mailto:dold@example.se",
            "Blad1!A1: x",
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
            "member xl/customProperty1.bin",
            "unread xl/model/item.data",
            "xl/ctrlProps/ctrlProp1.xml: Siv Ek",
            "xl/activeX/activeX1.bin: Gun Ek i listan",
        ] {
            assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
        }
        assert!(!heard.mentions("Tema") && !heard.mentions("printer") && !heard.mentions("media"));
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
    fn what_is_damaged_in_a_cell_costs_nothing_else() {
        let bad = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>läst</t></is></c></row><row r=\"2\"><c r=\"A2\" t=\"n\"><v>trasig</v></c><c r=\"ZZZZZZZZZZ2\" t=\"s\"><v>0</v></c><c t=\"s\"><v>7</v></c><!X><c r=\"D2\"><v>4</v></c></row></sheetData><headerFooter><oddHeader>sidhuvud</oddHeader></headerFooter>";
        // A count of strings that asks for all memory.
        let strings = "<sst uniqueCount=\"99999999999\"><si><t>delad</t><rPh><t>uttal</t></rPh></si></sst>";
        let (result, heard) = hear(&Xlsx, &xlsx(&[("B", bad)], &[("xl/sharedStrings.xml", strings)]));
        assert_eq!(result, Ok(()));
        for line in [
            "B!A1=läst",
            "B!A2=trasig",
            "B!B2=delad",
            "B!D2=4",
            "xl/worksheets/sheet1.xml: sidhuvud",
            "xl/sharedStrings.xml: uttal",
        ] {
            assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
        }
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
    }

    #[test]
    fn strings_that_do_not_fit_in_memory_are_read_as_they_lie() {
        let strings = "<sst><si><t>a@example.se</t></si><si><t>b@example.se</t></si></sst>";
        let cells = row(r#"<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>"#);
        let book = xlsx(&[("A", &cells)], &[("xl/sharedStrings.xml", strings)]);
        let read = |memory, text| {
            let limits = ContentLimits {
                text,
                ..ContentLimits::default()
            };
            let mut package = Package::of_office(Input::memory(&book, "").with_limits(limits)).unwrap();
            let mut heard = Heard::default();
            let mut values = Strings::default();
            let mut limits = Limits::new(limits, 0);
            let result = values.read(
                &mut package,
                "xl/sharedStrings.xml",
                memory,
                &mut limits,
                &mut heard,
            );
            assert_eq!(result, Ok(Flow::Continue));
            let _ = values.tell_unused(&mut limits, &mut heard);
            (heard.lines.len(), limits.reached())
        };
        assert_eq!(read(30, 1000), (2, false));
        assert_eq!(read(0, 12), (1, true));
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
