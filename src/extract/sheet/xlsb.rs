//! xlsb: cells by a reader of our own, everything beside them by looking for text in the records.
//!
//! The parts are like those of xlsx but binary. calamine reads them too, but it passes over the short cells that
//! some writers use for nearly everything, panics on some workbooks that Excel opens, and keeps the number formats to
//! itself. Its strings, its formats and the parts of its sheets cannot be had either, so that to open the
//! workbook with it would only mean to read all of it twice: one pass of our own gives the cells, and what stands
//! beside them.

mod beside;

use std::collections::HashSet;
use std::io::Read;

use self::beside::{Beside, look_through};

use super::beside::others;
use super::book::{Book, Sheet};
use super::brt::{Cell, Records, Value, cell, is_cell};
use super::formula::{Age, Formulas};
use super::number::Readings;
use super::rows::{Limits, MAX_COLUMN, MAX_ROW, Rows};
use super::used::Used;
use crate::extract::compound::u32_at;
use crate::extract::package::Package;
use crate::extract::package::notes::{Notes, Stopped};
use crate::extract::package::parts::has_extension;
use crate::extract::{Extractor, Flow, Input, Outlet};
use crate::model::Reason;

/// Reads xlsb.
pub(crate) struct Xlsb;

impl Extractor for Xlsb {
    fn extract(&self, input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        let mut package = Package::of_office(input)?;
        if !package
            .parts
            .iter()
            .any(|part| has_extension(&part.name.to_ascii_lowercase(), &["bin"]))
        {
            return Err(Reason::Damaged);
        }
        let mut notes = package.notes();
        let _ = read(&mut package, &mut notes, out);
        package.tell(notes, out);
        Ok(())
    }
}

/// Parts that say nothing, or repeat what the cells say.
const SILENT: [&str; 4] = ["/styles.bin", "/calcchain.bin", "/tables/", "binaryindex"];
/// Parts that are no records, as they stand in xlsx too.
const FOREIGN: [&str; 6] = [
    "/vbaproject.bin",
    "/printersettings",
    "/customproperty",
    "/embeddings/",
    "/activex/",
    "/media/",
];

fn read(package: &mut Package<'_>, notes: &mut Notes, out: &mut dyn Outlet) -> Flow {
    let book = Book::read(package, notes, out);
    let mut limits = Limits::new(package.limits(), package.size());
    let mut used = Used::none_of(book.strings());
    for (id, sheet) in book.sheets.iter().enumerate() {
        let sheet = (id as u32, sheet);
        match read_sheet(package, &book, &mut used, sheet, &mut limits, notes, out) {
            Ok(()) => {}
            Err(Stopped) if limits.reached() => break,
            Err(Stopped) => return Flow::Stop,
        }
    }
    let part = book.strings_part.and_then(|part| package.parts.get(part));
    let part = part.map(|part| part.name.as_str()).unwrap_or_default();
    if used
        .tell_unused(|index| book.string(index), part, &mut limits, out)
        .is_stop()
    {
        return Flow::Stop;
    }
    limits.tell(out);
    notes.add_times(Reason::Damaged, used.missing());
    let mut done = HashSet::new();
    for index in 0..package.parts.len() {
        let Some(part) = package.parts.get(index).cloned() else {
            break;
        };
        let lower = part.name.to_ascii_lowercase();
        let silent = SILENT.iter().any(|silent| lower.contains(silent));
        let read = book.sheets.iter().any(|sheet| sheet.part == index)
            || (book.strings_part == Some(index) && book.strings_whole);
        if !has_extension(&lower, &["bin"]) || FOREIGN.iter().any(|foreign| lower.contains(foreign)) {
            continue;
        }
        done.insert(lower);
        if silent || read {
            continue;
        }
        let result = package
            .read(index)
            .and_then(|records| look_through(Records::new(records), &part.name, notes, out));
        if notes.after(result).is_stop() {
            return Flow::Stop;
        }
    }
    others(package, &[], &done, notes, out)
}

/// Reads a sheet.
fn read_sheet(
    package: &mut Package<'_>,
    book: &Book,
    used: &mut Used,
    (id, sheet): (u32, &Sheet),
    limits: &mut Limits,
    notes: &mut Notes,
    out: &mut dyn Outlet,
) -> Result<(), Stopped> {
    let part = package.parts.get(sheet.part).map(|part| part.name.clone());
    let mut cells = Cells {
        book,
        used,
        name: &sheet.name,
        rows: Rows::new(id, &sheet.name, limits),
        row: None,
        next: 0,
        over: false,
        broken: false,
        readings: Readings::default(),
        text: String::new(),
        formulas: Formulas::default(),
        beside: Beside::new(part.unwrap_or_default()),
    };
    let result = package.read(sheet.part).and_then(|part| {
        let mut records = Records::new(part);
        let flow = cells.read(&mut records, out)?;
        cells.broken |= records.cut() || (flow == Flow::Continue && !cells.over);
        Ok(flow)
    });
    if cells.broken {
        notes.add(Reason::PartlyDamaged);
    }
    let Cells {
        mut rows, mut beside, ..
    } = cells;
    let stopped = notes.after(result).is_stop();
    // At a limit the outlet still wants what was gathered.
    if stopped && !rows.limits().reached() {
        return Err(Stopped);
    }
    if rows.finish(out).is_stop() || beside.tell(out).is_stop() || stopped {
        return Err(Stopped);
    }
    Ok(())
}

/// One sheet on its way.
struct Cells<'s, 'l> {
    book: &'s Book,
    used: &'s mut Used,
    name: &'s str,
    rows: Rows<'l>,
    /// The row from 0, once there was one.
    row: Option<u32>,
    /// The column of a cell that does not say its own.
    next: u32,
    /// The cells have come to their end.
    over: bool,
    /// A cell, or the part, was not what it should be.
    broken: bool,
    readings: Readings,
    text: String,
    formulas: Formulas,
    beside: Beside,
}

impl Cells<'_, '_> {
    fn read<R: Read>(&mut self, records: &mut Records<R>, out: &mut dyn Outlet) -> Result<Flow, Reason> {
        while let Some(kind) = records.advance()? {
            if self.rows.limits().step(out).is_stop() {
                return Ok(Flow::Stop);
            }
            let data = records.data();
            let flow = match kind {
                0x92 => {
                    self.over = true;
                    Flow::Continue
                }
                0x00 if !self.over => {
                    self.row = u32_at(data, 0).filter(|&row| u64::from(row) < MAX_ROW);
                    self.broken |= self.row.is_none();
                    self.next = 0;
                    Flow::Continue
                }
                kind if is_cell(kind) && !self.over => self.cell(kind, data, out),
                // Of an array its flags stand before its formula.
                0x1aa => self.area(data, 17, out),
                0x1ab => self.area(data, 16, out),
                kind => self.beside.look(kind, data, out),
            };
            if flow.is_stop() {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    fn cell(&mut self, kind: u16, data: &[u8], out: &mut dyn Outlet) -> Flow {
        let placed = cell(kind, data, &mut self.text).and_then(|cell| {
            let column = cell.column.unwrap_or(self.next);
            let row = self.row.filter(|_| column < MAX_COLUMN)?;
            Some((cell, u64::from(row) + 1, column + 1))
        });
        let Some((cell, row, column)) = placed else {
            // What text it holds is not lost, only its place.
            self.broken = true;
            self.next = self.next.saturating_add(1);
            return self.beside.look(kind, data, out);
        };
        self.next = column;
        if self.value(&cell, row, column, out).is_stop() {
            return Flow::Stop;
        }
        match cell.formula.and_then(|at| data.get(at..)) {
            // Behind its flags.
            Some(formula) => self.formula(formula.get(2..).unwrap_or_default(), row, column, out),
            None => Flow::Continue,
        }
    }

    /// A formula that several cells share, or whose result is several cells.
    fn area(&mut self, data: &[u8], formula: usize, out: &mut dyn Outlet) -> Flow {
        let (row, column) = (u32_at(data, 0).unwrap_or(0), u32_at(data, 8).unwrap_or(0));
        let formula = data.get(formula..).unwrap_or_default();
        self.formula(formula, u64::from(row) + 1, column.saturating_add(1), out)
    }

    fn value(&mut self, cell: &Cell, row: u64, column: u32, out: &mut dyn Outlet) -> Flow {
        let book = self.book;
        let texts = match cell.value {
            Value::Silent => return Flow::Continue,
            Value::Text => [self.text.as_str(), ""],
            Value::Number(value) => {
                self.readings.read(value, book.form(cell.style), book.mac_epoch);
                [self.readings.first.as_str(), &self.readings.second]
            }
            Value::Shared(index) => {
                self.used.mark(index);
                match book.string(index) {
                    Some(text) if self.rows.limits().may_repeat(text, index) => [text, ""],
                    _ => return Flow::Continue,
                }
            }
        };
        self.rows.cell(row, column, texts, out)
    }

    /// The constants of a formula, whose size stands before its tokens.
    fn formula(&mut self, formula: &[u8], row: u64, column: u32, out: &mut dyn Outlet) -> Flow {
        let size = u32_at(formula, 0).unwrap_or(0) as usize;
        let rest = formula.get(4..).unwrap_or_default();
        let (tokens, behind) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        self.formulas.tokens(tokens, behind, Age::Biff12);
        self.formulas.tell(self.name, (row, column), &mut self.rows, out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::brt::tests::{rec, string};
    use super::super::testing::{Heard, hear, zip, zip_bytes};
    use super::*;

    fn full(kind: u16, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
        rec(
            kind,
            &[&column.to_le_bytes()[..], &style.to_le_bytes(), value].concat(),
        )
    }

    fn short(kind: u16, style: u32, value: &[u8]) -> Vec<u8> {
        rec(kind, &[&style.to_le_bytes()[..], value].concat())
    }

    fn row(number: u32) -> Vec<u8> {
        rec(0, &[&number.to_le_bytes()[..], &[0; 4]].concat())
    }

    fn sheet(cells: &[Vec<u8>]) -> Vec<u8> {
        [
            rec(0x81, &[]),
            rec(0x91, &[]),
            cells.concat(),
            rec(0x92, &[]),
            rec(
                0x1df,
                &[&[0; 2][..], &string("&LSidhuvud&Ra@example.se")].concat(),
            ),
        ]
        .concat()
    }

    const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet2.bin"/><Relationship Id="rId2" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;

    /// A workbook of two sheets, Blad1 with these records and Blad2 with one cell.
    fn book(blad1: &[u8]) -> Vec<u8> {
        let named = |id: &str, name: &str| rec(0x9c, &[&[0; 8][..], &string(id), &string(name)].concat());
        let workbook = [named("rId1", "Blad1"), named("rId2", "Blad2")].concat();
        let strings = [
            rec(0x9f, &[1, 0, 0, 0, 1, 0, 0, 0]),
            rec(0x13, &[&[0][..], &string("Anna Ek")].concat()),
            rec(0x13, &[&[0][..], &string("Bo Alm")].concat()),
        ]
        .concat();
        let format = |id: u8, code: &str| rec(0x2c, &[&[id, 0][..], &string(code)].concat());
        let cell_format = |id: u8| rec(0x2f, &[0, 0, id, 0, 0, 0, 0, 0]);
        let styles = [
            format(164, "000000-0000"),
            // Formats of named styles, which no cell counts.
            rec(0x272, &[1, 0, 0, 0]),
            cell_format(14),
            rec(0x273, &[]),
            rec(0x269, &[3, 0, 0, 0]),
            cell_format(0),
            cell_format(164),
            cell_format(14),
            rec(0x26a, &[]),
        ]
        .concat();
        zip_bytes(&[
            ("xl/_rels/workbook.bin.rels", RELATIONS.as_bytes()),
            ("xl/workbook.bin", &workbook),
            ("xl/sharedStrings.bin", &strings),
            ("xl/styles.bin", &styles),
            (
                "xl/worksheets/sheet1.bin",
                &sheet(&[row(0), full(6, 0, 0, &string("andra bladet"))]),
            ),
            ("xl/worksheets/sheet2.bin", blad1),
            (
                "xl/comments1.bin",
                &rec(0x27d, &[&[0][..], &string("ring 070-174 06 05")].concat()),
            ),
            ("docProps/core.xml", b"<c><dc:creator>Eva</dc:creator></c>"),
        ])
    }

    fn read(cells: &[Vec<u8>]) -> Heard {
        let (result, heard) = hear(&Xlsb, &book(&sheet(cells)));
        assert_eq!(result, Ok(()));
        heard
    }

    fn cells_of<'h>(heard: &'h Heard, sheet: &str) -> Vec<&'h str> {
        let cells = heard.lines.iter().filter_map(|line| line.strip_prefix(sheet));
        cells.filter_map(|cell| cell.strip_prefix('!')).collect()
    }

    #[test]
    fn cells_and_what_stands_beside_them_are_read() {
        let heard = read(&[
            row(6),
            full(7, 0, 0, &[0; 4]),
            full(5, 1, 0, &198_507_099_805f64.to_le_bytes()),
            full(6, 16_383, 0, &string("sist")),
        ]);
        assert_eq!(heard.issues, [], "{:#?}", heard.lines);
        for line in [
            "Blad1!A7=Anna Ek",
            "Blad1!B7=198507099805",
            "Blad1!XFD7=sist",
            "Blad2!A1=andra bladet",
            "xl/worksheets/sheet2.bin: Sidhuvud",
            "xl/comments1.bin: ring 070-174 06 05",
            "docProps/core.xml[creator]: Eva",
        ] {
            let times = heard.lines.iter().filter(|heard| *heard == line).count();
            assert_eq!(times, 1, "{line}\n{:#?}", heard.lines);
        }
        assert!(
            heard.has("xl/sharedStrings.bin: Bo Alm"),
            "no cell says it any more"
        );
    }

    #[test]
    fn short_cells_stand_behind_their_neighbour() {
        let heard = read(&[
            row(0),
            full(6, 1, 0, &string("B")),
            short(17, 0, &string("C")),
            short(18, 0, &[1, 0, 0, 0]),
            short(12, 0, &[]),
            short(13, 0, &[42, 0, 0, 0]),
            short(14, 0, &[42]),
            short(15, 0, &[1]),
            short(16, 1, &101_010_004f64.to_le_bytes()),
            full(1, 19, 0, &[]),
            short(17, 0, &string("U")),
            row(2),
            short(17, 0, &string("först")),
        ]);
        assert_eq!(heard.issues, []);
        let expected = [
            "B1=B",
            "C1=C",
            "D1=Bo Alm",
            "F1=10",
            "I1=010101-0004",
            "U1=U",
            "A3=först",
        ];
        assert_eq!(cells_of(&heard, "Blad1"), expected);
    }

    #[test]
    fn results_of_formulas_are_read_and_their_addresses_too() {
        let linked = [
            &string("här")[..],
            &[0; 2],
            // A text of two letters, one of more, and both in an array behind.
            &[53, 0, 0, 0],
            &[0x17, 2, 0, b'E', 0, b'k', 0],
            &[0x17, 21, 0],
            string("mailto:bo@example.com").get(4..).unwrap(),
            &[0x08],
            &[26, 0, 0, 0],
            &string("Alma Ek"),
        ]
        .concat();
        let heard = read(&[
            row(0),
            full(8, 0, 0, &linked),
            full(9, 1, 2, &45_000f64.to_le_bytes()),
            full(10, 2, 0, &[1]),
            row(1),
            full(8, 0, 0, &linked),
            full(62, 1, 0, &[&[1][..], &string("i flera stilar")].concat()),
        ]);
        assert_eq!(heard.issues, []);
        let expected = [
            "A1=här",
            "B1=2023-03-15",
            "B1 (2)=45000",
            "A2=här",
            "B2=i flera stilar",
        ];
        let mut cells = cells_of(&heard, "Blad1");
        let formulas: Vec<&str> = cells.extract_if(.., |cell| cell.contains(": ")).collect();
        assert_eq!(cells, expected);
        assert_eq!(formulas, ["A1: Ek", "A1: mailto:bo@example.com", "A1: Alma Ek"]);
    }

    #[test]
    fn what_is_broken_costs_itself_and_is_told() {
        let mut lying = string("070-174 06 05");
        lying[0] = 99;
        for (broken, said) in [
            (short(17, 0, &lying), "xl/worksheets/sheet2.bin: 070-174 06 05"),
            (full(6, 0, 0, &lying), "xl/worksheets/sheet2.bin: 070-174 06 05"),
            (
                full(6, 16_384, 0, &string("utanför")),
                "xl/worksheets/sheet2.bin: utanför",
            ),
            (short(18, 0, &[9, 0, 0, 0]), "xl/sharedStrings.bin: Bo Alm"),
            (short(16, 0, &[1, 2, 3]), "Blad2!A1=andra bladet"),
            (rec(18, &[]), "Blad2!A1=andra bladet"),
        ] {
            let heard = read(&[row(0), broken, row(1), short(17, 0, &string("efter"))]);
            assert_eq!(heard.issues, [Reason::PartlyDamaged], "{said}");
            assert!(
                heard.has(said) && heard.has("Blad1!A2=efter"),
                "{:#?}",
                heard.lines
            );
        }
        // No row to stand in, and a row that cannot be.
        for rows in [vec![], row(u32::MAX)] {
            let heard = read(&[rows, short(17, 0, &string("utan rad"))]);
            assert_eq!(heard.issues, [Reason::PartlyDamaged]);
            assert!(heard.has("xl/worksheets/sheet2.bin: utan rad"));
        }
    }

    #[test]
    fn a_sheet_that_is_cut_off_is_told_wherever_it_ends() {
        let whole = sheet(&[row(0), full(6, 0, 0, &string("ett")), short(18, 0, &[0; 4])]);
        let end = whole.len()
            - rec(
                0x1df,
                &[&[0; 2][..], &string("&LSidhuvud&Ra@example.se")].concat(),
            )
            .len();
        for length in 0..whole.len() {
            let (result, heard) = hear(&Xlsb, &book(whole.get(..length).unwrap()));
            assert_eq!(result, Ok(()));
            let issues: &[Reason] = if length == end {
                &[]
            } else {
                &[Reason::PartlyDamaged]
            };
            assert_eq!(heard.issues, issues, "{length}");
            assert!(
                heard.mentions("Anna Ek") && heard.has("Blad2!A1=andra bladet"),
                "{length}"
            );
        }
    }

    #[test]
    fn sheets_that_the_workbook_does_not_name_are_read() {
        let part = sheet(&[row(0), full(6, 0, 0, &string("kvar"))]);
        let heard = hear(&Xlsb, &zip_bytes(&[("xl/worksheets/sheet9.bin", &part)])).1;
        assert!(
            heard.has("xl/worksheets/sheet9.bin!A1=kvar"),
            "{:#?}",
            heard.lines
        );
        assert_eq!(heard.issues, []);
        assert_eq!(hear(&Xlsb, &zip(&[("a.txt", "x")])).0, Err(Reason::Damaged));
    }

    #[test]
    fn a_sheet_that_is_named_but_not_there_is_told() {
        let named = |id: &str| rec(0x9c, &[&[0; 8][..], &string(id), &string("Blad")].concat());
        for (sheets, told) in [
            (vec![named("rId9")], true),
            (vec![named("rId1")], true),
            (vec![named(""), named("rId3")], false),
        ] {
            let relations = RELATIONS.replace(
                "</",
                r#"<Relationship Id="rId3" Type="x/chartsheet" Target="chartsheets/sheet1.bin"/></"#,
            );
            let (_, heard) = hear(
                &Xlsb,
                &zip_bytes(&[
                    ("xl/_rels/workbook.bin.rels", relations.as_bytes()),
                    ("xl/workbook.bin", &sheets.concat()),
                ]),
            );
            assert_eq!(
                heard.issues.contains(&Reason::PartlyDamaged),
                told,
                "{:?}",
                heard.issues
            );
        }
    }

    #[test]
    fn stop_is_heeded() {
        let cells: Vec<_> = (0..100)
            .flat_map(|n| [row(n), short(17, 0, &string("x"))])
            .collect();
        let mut heard = Heard {
            patience: Some(3),
            ..Heard::default()
        };
        let book = book(&sheet(&cells));
        assert_eq!(Xlsb.extract(Input::memory(&book, ""), &mut heard), Ok(()));
        assert_eq!(heard.lines.len(), 3);
    }
}
