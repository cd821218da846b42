//! Rows on their way out of a sheet or a delimited file, with the table's header row recognised first.
//!
//! A column header is the best label a value can have, so the first rows are held back until it is known which of
//! them, if any, is the header: it may stand below title lines, and many exports have none.

use std::ops::Range;

use crate::model::{Cell, Row, Segment, Table};
use crate::text::fold_key;

use super::{Flow, Outlet};

/// How many rows are held back at most before the header is decided.
const HELD_ROWS: usize = 12;
/// How many bytes of text are held back at most.
const HELD_BYTES: usize = 64 * 1024;
/// Columns beyond this have no label: a hostile sheet may name column 4,294,967,295.
const LABELLED_COLUMNS: u32 = 16_384;
/// A header is at most this many characters.
const HEADER_CHARS: usize = 60;

/// Pushes the rows of one table, recognising its header row first.
pub(crate) struct Tabulator {
    id: u32,
    sheet: Option<String>,
    header: Vec<String>,
    decided: bool,
    text: String,
    cells: Vec<HeldCell>,
    rows: Vec<HeldRow>,
}

struct HeldCell {
    column: u32,
    text: Range<usize>,
    second_reading: bool,
}

struct HeldRow {
    number: u64,
    cells: Range<usize>,
}

impl Tabulator {
    /// A table; `id` is distinct within the document, `sheet` is `None` for a delimited file.
    pub(crate) fn new(id: u32, sheet: Option<&str>) -> Self {
        Self {
            id,
            sheet: sheet.map(str::to_owned),
            header: Vec::new(),
            decided: false,
            text: String::new(),
            cells: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Takes a row. `number` counts from 1, `cells` are in ascending order of columns and not empty; what the
    /// outlet said is returned.
    pub(crate) fn row(&mut self, number: u64, cells: &[Cell<'_>], out: &mut dyn Outlet) -> Flow {
        if cells.is_empty() {
            return Flow::Continue;
        }
        if self.decided {
            return push(&self.table(&self.header), number, cells, out);
        }
        self.hold(number, cells);
        if self.rows.len() >= HELD_ROWS || self.text.len() >= HELD_BYTES {
            return self.release(out);
        }
        Flow::Continue
    }

    /// Pushes what is still held back. To be called at the end of the table.
    pub(crate) fn finish(&mut self, out: &mut dyn Outlet) -> Flow {
        if self.decided {
            return Flow::Continue;
        }
        self.release(out)
    }

    fn table<'a>(&'a self, header: &'a [String]) -> Table<'a> {
        Table {
            id: self.id,
            sheet: self.sheet.as_deref(),
            header,
        }
    }

    fn hold(&mut self, number: u64, cells: &[Cell<'_>]) {
        let first = self.cells.len();
        for cell in cells {
            let start = self.text.len();
            self.text.push_str(cell.text);
            self.cells.push(HeldCell {
                column: cell.column,
                text: start..self.text.len(),
                second_reading: cell.second_reading,
            });
        }
        self.rows.push(HeldRow {
            number,
            cells: first..self.cells.len(),
        });
    }

    /// Decides the header and pushes the held rows: those up to the header row without labels, the rest with.
    fn release(&mut self, out: &mut dyn Outlet) -> Flow {
        self.decided = true;
        let rows: Vec<Vec<Cell<'_>>> = self.rows.iter().map(|row| self.cells_of(row)).collect();
        let header_row = find_header(&rows);
        let labels = header_row
            .and_then(|at| rows.get(at))
            .map(|row| labels(row))
            .unwrap_or_default();
        let mut flow = Flow::Continue;
        for (at, (held, cells)) in self.rows.iter().zip(&rows).enumerate() {
            let header = match header_row {
                Some(header) if at > header => labels.as_slice(),
                _ => &[],
            };
            flow = push(&self.table(header), held.number, cells, out);
            if flow.is_stop() {
                break;
            }
        }
        drop(rows);
        self.header = labels;
        self.text = String::new();
        self.cells = Vec::new();
        self.rows = Vec::new();
        flow
    }

    fn cells_of(&self, row: &HeldRow) -> Vec<Cell<'_>> {
        let held = self.cells.get(row.cells.clone()).unwrap_or_default();
        held.iter()
            .map(|cell| Cell {
                column: cell.column,
                text: self.text.get(cell.text.clone()).unwrap_or_default(),
                second_reading: cell.second_reading,
            })
            .collect()
    }
}

fn push(table: &Table<'_>, number: u64, cells: &[Cell<'_>], out: &mut dyn Outlet) -> Flow {
    out.segment(&Segment::Row(&Row { table, number, cells }))
}

/// The labels of a header row, by column.
fn labels(row: &[Cell<'_>]) -> Vec<String> {
    let mut labels = Vec::new();
    for cell in first_readings(row).filter(|cell| (1..=LABELLED_COLUMNS).contains(&cell.column)) {
        let column = cell.column as usize;
        if labels.len() < column {
            labels.resize(column, String::new());
        }
        if let Some(label) = labels.get_mut(column - 1) {
            cell.text.trim().clone_into(label);
        }
    }
    labels
}

fn first_readings<'r, 'a>(row: &'r [Cell<'a>]) -> impl Iterator<Item = &'r Cell<'a>> {
    row.iter().filter(|cell| !cell.second_reading)
}

fn width(row: &[Cell<'_>]) -> usize {
    first_readings(row).count()
}

/// Whether one of the first rows of a table is its header.
pub(crate) fn has_header(rows: &[Vec<Cell<'_>>]) -> bool {
    find_header(rows.get(..HELD_ROWS).unwrap_or(rows)).is_some()
}

/// Whether this is a form rather than a table.
pub(crate) fn is_form(rows: &[Vec<Cell<'_>>]) -> bool {
    is_key_value(rows.get(..HELD_ROWS).unwrap_or(rows))
}

/// Which of the first rows is the header, if any: the one with the most to say for it, the first of equals.
fn find_header(rows: &[Vec<Cell<'_>>]) -> Option<usize> {
    if is_key_value(rows) {
        return None;
    }
    let mut best = None;
    let mut widest_above = 0;
    for (at, row) in rows.iter().enumerate() {
        // What stands above a header is titles, and they fill fewer columns.
        if width(row) > widest_above {
            let below = rows.get(at + 1..).unwrap_or_default();
            let score = header_score(row, below);
            if score > best.map_or(0, |(_, score)| score) {
                best = Some((at, score));
            }
        }
        widest_above = widest_above.max(width(row));
    }
    best.map(|(at, _)| at)
}

/// How much speaks for `row` as the header of the rows below it; 0 is not enough.
fn header_score(row: &[Cell<'_>], below: &[Vec<Cell<'_>>]) -> usize {
    let width = width(row);
    let mut widths: Vec<usize> = below.iter().map(|row| self::width(row)).collect();
    widths.sort_unstable();
    let usual = widths
        .get(widths.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0);
    let widest = widths.last().copied().unwrap_or(0);
    let one_column = width == 1 && widest == 1;
    // A row much narrower than what follows is a title or a remark.
    if (width < 2 && !one_column) || width * 10 < usual * 6 || !first_readings(row).all(is_header_like) {
        return 0;
    }
    let known = first_readings(row)
        .filter(|cell| is_known_header(cell.text))
        .count();
    let differing = first_readings(row).filter(|cell| differs(cell, below)).count();
    if !are_distinct(row) && known < 2 {
        return 0;
    }
    let known_enough = known >= 2 || known * 3 >= width && known > 0;
    // Without a known word, one word above numbers may be a value that was missing (`Ek;Bo;okänt`).
    let differs_enough = differing > usize::from(known == 0) || differing * 2 >= width && differing > 0;
    if (known_enough && !(one_column && below.is_empty())) || differs_enough {
        known * 2 + differing
    } else {
        0
    }
}

/// Whether the column below a would-be header holds another sort of thing (numbers, addresses, long text).
fn differs(header: &Cell<'_>, below: &[Vec<Cell<'_>>]) -> bool {
    let mut alike = 0;
    let mut other = 0;
    for cell in below
        .iter()
        .filter_map(|row| first_readings(row).find(|cell| cell.column == header.column))
    {
        if is_header_like(cell) {
            alike += 1;
        } else {
            other += 1;
        }
    }
    other > alike
}

/// Whether a cell could be a header: short text with letters, no address and next to no digits.
fn is_header_like(cell: &Cell<'_>) -> bool {
    let text = cell.text.trim();
    if text.is_empty() || text.chars().take(HEADER_CHARS).count() == HEADER_CHARS {
        return false;
    }
    let (mut letters, mut digits, mut run, mut longest) = (0, 0, 0, 0);
    for c in text.chars() {
        match c {
            '@' => return false,
            '0'..='9' => {
                digits += 1;
                run += 1;
                longest = run.max(longest);
            }
            _ => {
                run = 0;
                letters += usize::from(c.is_alphabetic());
            }
        }
    }
    // `#` and `%` head columns too; `Telefon 1` and `Budget 2024` do, `Q1-2023-04` and `AB12345` do not.
    (letters > 0 || text.chars().count() <= 2)
        && letters >= digits
        && longest <= 4
        && digits <= 5
        && !text.contains("://")
}

fn are_distinct(row: &[Cell<'_>]) -> bool {
    let mut keys: Vec<String> = first_readings(row).map(|cell| fold_key(cell.text)).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    keys.len() == all
}

/// Words that head columns, as keys. They are here to tell a header row from a row, not to say what a column is:
/// that is for the rules.
#[rustfmt::skip]
const WHOLE: &[&str] = &[
    "address", "adress", "aktiv", "ålder", "amount", "användare", "anställd", "anteckning", "anteckningar", "antal",
    "ärende", "år", "avdelning", "belopp", "beskrivning", "betyg", "city", "co", "coadress", "code", "comment",
    "comments", "company", "country", "currency", "customer", "date", "datum", "description", "email", "enhet",
    "epost", "fax", "född", "företag", "gata", "gender", "grupp", "id", "ip", "kategori", "klass", "kommentar",
    "kommun", "kön", "konto", "kontakt", "kontaktperson", "kontonr", "kund", "län", "land", "lgh", "lön", "lösenord",
    "mail", "medlem", "mobil", "mobile", "mobiltel", "name", "namn", "notering", "nr", "number", "orgnr", "ort",
    "övrigt", "password", "phone", "pnr", "pris", "price", "quantity", "referens", "role", "roll", "saldo", "sex",
    "stad", "status", "summa", "tel", "telefon", "telephone", "text", "tid", "time", "titel", "title", "total",
    "typ", "type", "url", "user", "username", "valuta", "värde", "zip", "zipcode",
];
const ENDINGS: &[&str] = &[
    "adress", "address", "belopp", "datum", "date", "epost", "mail", "namn", "name", "nr", "nummer",
    "number", "phone", "telefon", "status", "kod",
];
const BEGINNINGS: &[&str] = &[
    "adress", "telefon", "personn", "mobilt", "mobiln", "epost", "kundn",
];

fn is_known_header(text: &str) -> bool {
    let text = text.trim();
    let key = fold_key(text);
    let key = key.trim_end_matches(|c: char| c.is_ascii_digit());
    is_identifier(text)
        || WHOLE.contains(&key)
        || ENDINGS.iter().any(|end| key.ends_with(end))
        || BEGINNINGS.iter().any(|start| key.starts_with(start))
}

/// Column names of databases: `first_name`, `customerId`.
fn is_identifier(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(word)
        && (text.trim_matches('_').contains('_')
            || text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.contains(|c: char| c.is_ascii_uppercase()))
}

/// Whether this is a form rather than a table: labels in its first column, values beside them.
fn is_key_value(rows: &[Vec<Cell<'_>>]) -> bool {
    let Some(column) = rows
        .iter()
        .filter_map(|row| row.first())
        .map(|cell| cell.column)
        .min()
    else {
        return false;
    };
    if rows.iter().any(|row| width(row) > 4) {
        return false;
    }
    let (mut labels, mut colons, mut known, mut known_beside) = (0, 0, 0, 0);
    for row in rows.iter().filter(|row| width(row) >= 2) {
        let Some(first) = row.first().filter(|cell| cell.column == column) else {
            continue;
        };
        labels += 1;
        colons += usize::from(first.text.trim_end().ends_with(':'));
        known += usize::from(is_known_header(first.text));
        known_beside += usize::from(first_readings(row).skip(1).any(|cell| is_known_header(cell.text)));
    }
    labels >= 1 && colons * 10 >= labels * 8
        || labels >= 2 && known >= 2 && known * 10 >= labels * 6 && known_beside * 2 < known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::heard::Heard;

    /// Runs a table given as lines of cells set apart by `;`, one sheet row a line, and tells the labelled rows.
    fn told(sheet: &str) -> Vec<String> {
        let mut heard = Heard::default();
        let mut tabulator = Tabulator::new(0, Some("Blad1"));
        for (line, number) in sheet.lines().zip(1..) {
            let cells: Vec<Cell<'_>> = line
                .split(';')
                .zip(1..)
                .filter(|(text, _)| !text.is_empty())
                .map(|(text, column)| Cell::new(column, text))
                .collect();
            assert_eq!(tabulator.row(number, &cells, &mut heard), Flow::Continue);
        }
        assert_eq!(tabulator.finish(&mut heard), Flow::Continue);
        heard.rows
    }

    #[test]
    fn a_header_labels_the_rows_below_it_and_is_a_row_itself() {
        assert_eq!(
            told("Namn;Personnr; Telefon1 \nBo Ek;811228-9874;070-174 06 05\nLi Al;;070-174 06 06"),
            [
                "1: 1=Namn 2=Personnr 3= Telefon1 ",
                "2: 1[Namn]=Bo Ek 2[Personnr]=811228-9874 3[Telefon1]=070-174 06 05",
                "3: 1[Namn]=Li Al 3[Telefon1]=070-174 06 06",
            ]
        );
    }

    #[test]
    fn a_header_stands_below_titles_and_blank_rows() {
        let rows =
            told("Kundlista 2024\n\nEnhet:;Sundbyberg\nKundnr;Namn;E-post\n17;Bo Ek;bo.ek@example.com");
        assert_eq!(
            rows.last().unwrap(),
            "5: 1[Kundnr]=17 2[Namn]=Bo Ek 3[E-post]=bo.ek@example.com"
        );
        assert_eq!(rows[2], "4: 1=Kundnr 2=Namn 3=E-post");
    }

    #[test]
    fn a_table_of_persons_without_a_header_has_none() {
        for sheet in [
            "Ek;Bo;19811228-9874\nAl;Li;19900305-2392",
            "Ek;Bo;Storgatan 12\nAl;Li;Ringvägen 3\nLund;Åsa;Box 22",
            "Ek;Bo;okänt\nAl;Li;070-174 06 05\nLund;Åsa;070-174 06 06",
            "Ek;Bo;bo@example.com\nAl;Li;li@example.com",
            "Bo Ek\nLi Al\nÅsa Lund",
            "811228-9874\n19900305-2392",
            "Ek;Bo;19811228-9874",
        ] {
            for row in told(sheet) {
                assert!(!row.contains('['), "{row}");
            }
        }
    }

    #[test]
    fn words_alone_make_a_header_where_they_are_words_of_headers() {
        let rows = told("Förnamn;Efternamn;Ort\nBo;Ek;Solna\nLi;Al;Kil");
        assert_eq!(rows[2], "3: 1[Förnamn]=Li 2[Efternamn]=Al 3[Ort]=Kil");
        let rows = told("first_name;last_name\nBo;Ek");
        assert_eq!(rows[1], "2: 1[first_name]=Bo 2[last_name]=Ek");
    }

    #[test]
    fn foreign_headers_are_known_by_what_stands_below() {
        let rows = told("Nom;Naissance;Ville\nEk;1981-12-28;17270\nAl;1990-03-05;17271");
        assert_eq!(rows[1], "2: 1[Nom]=Ek 2[Naissance]=1981-12-28 3[Ville]=17270");
    }

    #[test]
    fn a_form_has_no_header_row() {
        for sheet in [
            "Namn:;Bo Ek\nPersonnr:;811228-9874\nTelefon:;070-174 06 05",
            "Namn;Bo Ek\nPersonnr;811228-9874\nTelefon;070-174 06 05",
            "Namn:;Bo Ek",
        ] {
            for row in told(sheet) {
                assert!(!row.contains('['), "{row}");
            }
        }
    }

    #[test]
    fn one_column_may_have_a_header() {
        let rows = told("Personnummer\n811228-9874\n19900305-2392");
        assert_eq!(rows[1], "2: 1[Personnummer]=811228-9874");
        let rows = told("Medlemslista;;\nNamn;Ort;Telefon\nBo;Kil;070-174 06 05");
        assert_eq!(rows[2], "3: 1[Namn]=Bo 2[Ort]=Kil 3[Telefon]=070-174 06 05");
    }

    #[test]
    fn columns_keep_their_labels_past_gaps_and_numbers_head_columns() {
        let rows = told(";Namn;;Belopp 2023;Belopp 2024\n1;Bo;x;12;13\n2;Li;y;14;15");
        assert_eq!(
            rows[1],
            "2: 1=1 2[Namn]=Bo 3=x 4[Belopp 2023]=12 5[Belopp 2024]=13"
        );
    }

    #[test]
    fn rows_beyond_the_held_ones_go_straight_through() {
        let mut sheet = String::from("Namn;Personnr\n");
        for _ in 0..40 {
            sheet.push_str("Bo;811228-9874\n");
        }
        let rows = told(&sheet);
        assert_eq!(rows.len(), 41);
        assert_eq!(rows[40], "41: 1[Namn]=Bo 2[Personnr]=811228-9874");
    }

    #[test]
    fn hostile_columns_and_long_cells_cost_nothing() {
        let mut heard = Heard::default();
        let mut tabulator = Tabulator::new(0, None);
        let long = "x".repeat(100_000);
        let rows: [&[Cell<'_>]; 3] = [
            &[Cell::new(1, "Namn"), Cell::new(u32::MAX, "Ort")],
            &[Cell::new(0, "a"), Cell::new(7, &long)],
            &[],
        ];
        for (cells, number) in rows.iter().zip(1..) {
            assert_eq!(tabulator.row(number, cells, &mut heard), Flow::Continue);
        }
        assert_eq!(heard.rows.len(), 2);
        assert_eq!(tabulator.finish(&mut heard), Flow::Continue);
        assert!(tabulator.header.len() <= 16_384);
    }

    #[test]
    fn a_stop_is_passed_on() {
        let mut heard = Heard::stopping_after(1);
        let mut tabulator = Tabulator::new(0, None);
        for number in 1..12 {
            assert_eq!(
                tabulator.row(number, &[Cell::new(1, "Bo")], &mut heard),
                Flow::Continue
            );
        }
        assert_eq!(tabulator.row(12, &[Cell::new(1, "Bo")], &mut heard), Flow::Stop);
        assert_eq!(heard.rows.len(), 1);
    }
}
