//! ods (and fods): one streaming pass over the content, which calamine would spread over a dense table.
//!
//! A repeated cell is pushed once and the grid is clamped, so a file that claims a billion equal cells costs what
//! one costs; comments, link targets and tracked changes are read in the same pass.

mod cell;
mod changes;

use std::borrow::Cow;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use self::cell::{Open, repeated};
use super::formula::Formulas;
use super::rows::{Limits, MAX_COLUMN, MAX_ROW, Rows};
use crate::extract::package::decoded::Decoded;
use crate::extract::package::notes::{Notes, Stopped};
use crate::extract::package::parts::{TextPass, has_extension, push, resolve};
use crate::extract::package::source::XmlSource;
use crate::extract::package::{Package, attribute, lenient};
use crate::extract::{Extractor, Flow, Input, Member, Outlet, reason_of};
use crate::model::{Place, Reason};

/// A cell's text is cut here; nobody writes more into one.
const MAX_TEXT: usize = 4 << 20;

/// Reads ods, ots and fods.
pub(crate) struct Ods;

impl Extractor for Ods {
    fn extract(&self, mut input: Input<'_>, out: &mut dyn Outlet) -> Result<(), Reason> {
        if !input.head()?.starts_with(b"PK") {
            let limits = Limits::new(input.limits(), input.size().unwrap_or(0));
            let _ = content(input.into_stream(), "content", limits, out)?;
            return Ok(());
        }
        let mut package = Package::of_odf(input)?;
        let mut notes = package.notes();
        let _ = read(&mut package, &mut notes, out);
        package.tell(notes, out);
        Ok(())
    }
}

fn read(package: &mut Package<'_>, notes: &mut Notes, out: &mut dyn Outlet) -> Flow {
    match package.find("content.xml") {
        Some(index) => {
            let limits = Limits::new(package.limits(), package.size());
            let result = package
                .read(index)
                .and_then(|part| content(part, "content.xml", limits, out));
            if notes.after(result).is_stop() {
                return Flow::Stop;
            }
        }
        None => notes.add(Reason::PartlyDamaged),
    }
    for index in 0..package.parts.len() {
        let Some(part) = package.parts.get(index).cloned() else {
            break;
        };
        let lower = part.name.to_ascii_lowercase();
        if out.tick().is_stop() {
            return Flow::Stop;
        }
        let silent = [
            "content.xml",
            "manifest.rdf",
            "settings.xml",
            "meta-inf/manifest.xml",
        ]
        .contains(&lower.as_str())
            || lower.starts_with("configurations2/")
            || lower.ends_with("/styles.xml")
            || lower.ends_with("/settings.xml");
        let result = if has_extension(&lower, &["xml"]) && !silent {
            let pass = TextPass {
                name: &part.name,
                sheet: None,
            };
            package.read(index).and_then(|part| pass.run(part, out))
        } else if lower.starts_with("versions/") || lower.starts_with("object ") && !lower.contains('/') {
            // An embedded document in a format of its own, or an older version of this one.
            package.read(index).map(|mut content| {
                let content = Input::stream(&mut content, None, "");
                out.member(Member {
                    name: part.name.as_bytes(),
                    content,
                })
            })
        } else {
            continue;
        };
        if notes.after(result).is_stop() {
            return Flow::Stop;
        }
    }
    Flow::Continue
}

/// Reads the content: tables as rows, everything else as text.
fn content(part: impl Read, name: &str, mut limits: Limits, out: &mut dyn Outlet) -> Result<Flow, Reason> {
    let mut reader = Reader::from_reader(XmlSource::new(Decoded::new(part)));
    lenient(&mut reader);
    let mut walk = Walk::new(name);
    let mut buffer = Vec::new();
    let mut failed = None;
    while failed.is_none() {
        let Some(sheet) = next_table(&mut reader, &mut walk, &mut buffer, &mut failed, out) else {
            break;
        };
        let Ok(sheet) = sheet else { return Ok(Flow::Stop) };
        let mut rows = Rows::new(walk.tables, &sheet, &mut limits);
        walk.tables += 1;
        walk.sheet = sheet;
        walk.formulas = Formulas::default();
        let ended = table(&mut reader, &mut walk, &mut rows, &mut buffer, &mut failed, out);
        let reached = rows.limits().reached();
        if rows.finish(out).is_stop() || (ended.is_err() && !reached) {
            return Ok(Flow::Stop);
        }
        if reached {
            break;
        }
    }
    limits.tell(out);
    if walk.flush(out).is_stop() {
        return Ok(Flow::Stop);
    }
    failed.map_or(Ok(Flow::Continue), Err)
}

/// Where the walk through the content is.
struct Walk<'n> {
    name: &'n str,
    tables: u32,
    sheet: String,
    formulas: Formulas,
    /// Text outside the cells.
    outside: String,
    steps: u64,
}

type Xml<R> = Reader<XmlSource<Decoded<R>>>;

impl<'n> Walk<'n> {
    fn new(name: &'n str) -> Self {
        Self {
            name,
            tables: 0,
            sheet: String::new(),
            formulas: Formulas::default(),
            outside: String::new(),
            steps: 0,
        }
    }

    fn tick(&mut self, out: &mut dyn Outlet) -> Result<(), Stopped> {
        self.steps += 1;
        let full = self.outside.len() > 64 * 1024 && self.flush(out).is_stop();
        if full || (self.steps.is_multiple_of(4096) && out.tick().is_stop()) {
            return Err(Stopped);
        }
        Ok(())
    }

    fn flush(&mut self, out: &mut dyn Outlet) -> Flow {
        let place = Place::Part {
            name: Cow::Borrowed(self.name),
        };
        let flow = push(self.outside.trim(), &place, None, out);
        self.outside.clear();
        flow
    }

    fn comment(&mut self, text: &str, row: u64, column: u32, out: &mut dyn Outlet) -> Result<(), Stopped> {
        let place = Place::Cell {
            sheet: Cow::Borrowed(&self.sheet),
            row,
            column,
        };
        if push(text.trim(), &place, None, out).is_stop() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }
}

/// The next event; `None` at the end, or where the part cannot be read on.
fn event<'b, R: Read>(
    reader: &mut Xml<R>,
    buffer: &'b mut Vec<u8>,
    failed: &mut Option<Reason>,
) -> Option<Event<'b>> {
    buffer.clear();
    match reader.read_event_into(buffer) {
        Ok(Event::Eof) => None,
        Ok(event) => Some(event),
        Err(quick_xml::Error::Io(error)) => {
            *failed = Some(reason_of(&error));
            None
        }
        Err(_) => {
            *failed = Some(Reason::Damaged);
            None
        }
    }
}

/// Reads up to the next table and gives its name; text on the way is kept.
fn next_table<R: Read>(
    reader: &mut Xml<R>,
    walk: &mut Walk<'_>,
    buffer: &mut Vec<u8>,
    failed: &mut Option<Reason>,
    out: &mut dyn Outlet,
) -> Option<Result<String, Stopped>> {
    loop {
        if walk.tick(out).is_err() {
            return Some(Err(Stopped));
        }
        match event(reader, buffer, failed)? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {
                return Some(Ok(attribute(&element, "name").unwrap_or_default()));
            }
            Event::Start(element) if element.local_name().as_ref() == "tracked-changes" => {
                if changes::read(reader, walk, buffer, failed, out).is_err() {
                    return Some(Err(Stopped));
                }
            }
            other => text(&other, &mut walk.outside),
        }
    }
}

/// Attributes of elements beside the cells that people put text into.
fn spoken(local: &str) -> &'static [&'static str] {
    match local {
        "content-validation" => &["condition"],
        "named-expression" => &["expression"],
        "scenario" => &["comment"],
        "help-message" | "error-message" => &["title"],
        // Of forms.
        "text" | "textarea" | "combobox" | "formatted-text" | "fixed-text" | "hidden" => {
            &["current-value", "value", "label"]
        }
        "option" | "item" => &["label"],
        "filter-condition" => &["value"],
        // Where a sheet or a range comes from: a path with the name of somebody.
        "table-source" | "cell-range-source" => &["href"],
        _ => &[],
    }
}

/// Adds what an event says to a text; ends of paragraphs are line breaks.
fn text(event: &Event<'_>, out: &mut String) {
    if out.len() > MAX_TEXT {
        return;
    }
    match event {
        Event::Text(text) if !(text.contains('\n') && text.trim().is_empty()) => out.push_str(text),
        Event::CData(text) => out.push_str(text),
        Event::GeneralRef(entity) => out.push_str(&resolve(entity)),
        Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
            "tab" => out.push('\t'),
            "s" => out.push(' '),
            "line-break" => out.push('\n'),
            "a" => {
                if let Some(target) = attribute(element, "href") {
                    out.push_str(&target);
                    out.push('\n');
                }
            }
            name => {
                for key in spoken(name) {
                    let value = attribute(element, key).unwrap_or_default();
                    // Of what is reckoned with, only constants say something.
                    if !value.is_empty()
                        && (!matches!(*key, "condition" | "expression") || value.contains('"'))
                    {
                        out.push_str(&value);
                        out.push('\n');
                    }
                }
            }
        },
        Event::End(element)
            if matches!(
                element.local_name().as_ref(),
                "p" | "h" | "creator" | "date" | "date-string" | "title" | "desc" | "table-cell"
                    // Properties, and settings, which stand in the one file of a flat workbook.
                    | "initial-creator" | "printed-by" | "subject" | "description" | "keyword" | "language"
                    | "creation-date" | "print-date" | "generator" | "editing-duration" | "editing-cycles"
                    | "user-defined" | "config-item"
            ) && !out.ends_with('\n') =>
        {
            out.push('\n');
        }
        _ => {}
    }
}

/// Reads one table to its end.
fn table<R: Read>(
    reader: &mut Xml<R>,
    walk: &mut Walk<'_>,
    rows: &mut Rows<'_>,
    buffer: &mut Vec<u8>,
    failed: &mut Option<Reason>,
    out: &mut dyn Outlet,
) -> Result<(), Stopped> {
    let (mut row, mut column) = (0u64, 0u32);
    let mut rows_repeated = 1u32;
    let mut cell: Option<Open> = None;
    let mut comment: Option<String> = None;
    // Tables inside a cell belong to it.
    let mut inner = 0u32;
    // How deep in a shape on the cell.
    let mut shape = 0u32;
    loop {
        walk.tick(out)?;
        if rows.limits().step(out).is_stop() {
            return Err(Stopped);
        }
        let Some(event) = event(reader, buffer, failed) else {
            return Ok(());
        };
        let (element, empty) = match &event {
            Event::Start(element) => (Some(element), false),
            Event::Empty(element) => (Some(element), true),
            _ => (None, false),
        };
        let name = element.map(BytesStart::local_name);
        let end = match &event {
            Event::End(element) => Some(element.local_name()),
            _ => None,
        };
        let end = end.as_ref().map(AsRef::as_ref);
        match (name.as_ref().map(AsRef::as_ref), element) {
            (Some("table" | "sub-table"), _) if !empty => inner += 1,
            (Some("table-row"), Some(element)) if cell.is_none() => {
                row = (row + 1).min(MAX_ROW + 1);
                column = 0;
                rows_repeated = repeated(element, "number-rows-repeated");
                if empty {
                    row += u64::from(rows_repeated) - 1;
                }
            }
            (Some("table-cell" | "covered-table-cell"), Some(element)) if cell.is_none() => {
                column = (column + 1).min(MAX_COLUMN + 1);
                let open = Open::new(element, column);
                if empty {
                    column = column.saturating_add(open.repeated - 1).min(MAX_COLUMN + 1);
                    emit(&open, row, rows, walk, out)?;
                } else {
                    cell = Some(open);
                    shape = 0;
                }
            }
            (Some("annotation"), _) if !empty => comment = Some(String::new()),
            (Some("a"), Some(element)) if comment.is_none() => {
                if let (Some(open), Some(target)) = (cell.as_mut(), attribute(element, "href")) {
                    open.links.push_str(&target);
                    open.links.push('\n');
                }
            }
            _ => {}
        }
        match end {
            Some("table" | "sub-table") if inner == 0 => return Ok(()),
            Some("table" | "sub-table") => inner -= 1,
            Some("table-row") if cell.is_none() => row += u64::from(rows_repeated) - 1,
            Some("table-cell" | "covered-table-cell") if inner == 0 => {
                if let Some(open) = cell.take() {
                    column = column.saturating_add(open.repeated - 1).min(MAX_COLUMN + 1);
                    emit(&open, row, rows, walk, out)?;
                }
                continue;
            }
            Some("annotation") => {
                if let Some(said) = comment.take() {
                    walk.comment(&said, row, column, out)?;
                }
                continue;
            }
            _ => {}
        }
        if let (Some(element), Some(_), false) = (element, &cell, empty) {
            let drawn = shape > 0 || is_shape(element);
            shape += u32::from(drawn);
        }
        let link = name.as_ref().is_some_and(|name| name.as_ref() == "a");
        match (&mut comment, &mut cell) {
            (Some(comment), _) => text(&event, comment),
            (None, Some(_)) if link => {}
            (None, Some(cell)) if shape > 0 => text(&event, &mut cell.shapes),
            (None, Some(cell)) => text(&event, &mut cell.shown),
            (None, None) => text(&event, &mut walk.outside),
        }
        if end.is_some() {
            shape = shape.saturating_sub(1);
        }
    }
}

/// Whether an element is something drawn, whose text is not the cell's.
fn is_shape(element: &BytesStart<'_>) -> bool {
    let name = element.name();
    ["draw:", "dr3d:"]
        .iter()
        .any(|prefix| name.as_ref().starts_with(prefix))
}

/// Pushes a cell and the targets of its links.
fn emit(
    open: &Open,
    row: u64,
    rows: &mut Rows<'_>,
    walk: &mut Walk<'_>,
    out: &mut dyn Outlet,
) -> Result<(), Stopped> {
    let [first, second] = open.readings();
    if rows
        .cell(row, open.column, [first.as_ref(), second.as_ref()], out)
        .is_stop()
    {
        return Err(Stopped);
    }
    for beside in [&open.links, &open.shapes] {
        walk.comment(beside, row, open.column, out)?;
    }
    walk.formulas.written(&open.formula);
    let at = (row, open.column);
    if walk.formulas.tell(&walk.sheet, at, rows, out).is_stop() {
        return Err(Stopped);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hear, zip};
    use super::*;

    fn ods(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
        let content = format!(
            "<office:document-content><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
        );
        let mut parts = vec![("content.xml", content.as_str())];
        parts.extend(more);
        zip(&parts)
    }

    #[test]
    fn cells_are_read_with_the_digits_meant() {
        let body = r#"<table:table table:name="Blad1"><table:table-column/><table:table-row><table:table-cell office:value-type="string"><text:p>850709<text:span>-98</text:span>05</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="198507099805"><text:p>1,98507E+11</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="101010004"><text:p>010101-0004</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="8507099805"><text:p>8 507 099 805</text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2023-03-15"><text:p>15/3 -23</text:p></table:table-cell><table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>SANT</text:p></table:table-cell></table:table-row></table:table>"#;
        let (result, heard) = hear(&Ods, &ods(body, &[]));
        assert_eq!((result, heard.issues.len()), (Ok(()), 0));
        assert_eq!(
            heard.lines,
            [
                "Blad1!A1=850709-9805",
                "Blad1!B1=198507099805",
                "Blad1!C1=010101-0004",
                "Blad1!D1=8507099805",
                "Blad1!E1=2023-03-15",
                "Blad1!E1 (2)=15/3 -23",
            ]
        );
    }

    #[test]
    fn repeats_cost_one_cell_and_keep_the_places_right() {
        let body = r#"<table:table table:name="T"><table:table-row table:number-rows-repeated="999999999999"><table:table-cell table:number-columns-repeated="3"/><table:table-cell table:number-columns-repeated="4000000000" office:value-type="string"><text:p>x</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>utanför</text:p></table:table-cell></table:table-row></table:table><table:table table:name="U"><table:table-row table:number-rows-repeated="6"><table:table-cell/></table:table-row><table:table-row><table:table-cell/><table:table-cell office:value-type="string"><text:p>y</text:p></table:table-cell></table:table-row></table:table>"#;
        let (_, heard) = hear(&Ods, &ods(body, &[]));
        assert_eq!(heard.lines, ["T!D1=x", "U!B7=y"]);
    }

    #[test]
    fn comments_links_boxes_and_properties_are_read() {
        let body = r#"<table:content-validations><table:help-message><text:p>skriv personnummer</text:p></table:help-message></table:content-validations><table:table table:name="T"><table:shapes><draw:frame><draw:text-box><text:p>ruta</text:p></draw:text-box></draw:frame></table:shapes><table:table-row><table:table-cell office:value-type="string"><office:annotation><dc:creator>Eva</dc:creator><text:p>sjuk&#x65; &okänd;</text:p></office:annotation><text:p><text:a xlink:href="mailto:bo@example.se">Bo</text:a></text:p></table:table-cell></table:table-row></table:table>"#;
        let more = [
            (
                "meta.xml",
                "<office:meta><dc:creator>Anna Ek</dc:creator><meta:user-defined meta:name=\"Kund\">Bo</meta:user-defined></office:meta>",
            ),
            (
                "styles.xml",
                "<style:header><text:p>Sidhuvud</text:p></style:header>",
            ),
        ];
        let (result, heard) = hear(&Ods, &ods(body, &more));
        assert_eq!((result, heard.issues.len()), (Ok(()), 0));
        for line in [
            "content.xml: skriv personnummer",
            "content.xml: ruta",
            "T!A1: Eva",
            "T!A1: sjuke &okänd;",
            "T!A1: mailto:bo@example.se",
            "T!A1=Bo",
            "meta.xml[creator]: Anna Ek",
            "meta.xml[Kund]: Bo",
            "styles.xml: Sidhuvud",
        ] {
            assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
        }
    }

    #[test]
    fn shapes_on_a_cell_and_its_formula_say_more_than_its_value() {
        for kind in [
            r#"value-type="float" office:value="42""#,
            r#"value-type="percentage" office:value="0.5""#,
            r#"value-type="boolean" office:boolean-value="true""#,
            r#"value-type="string""#,
        ] {
            let body = format!(
                r#"<table:table table:name="T"><table:table-row><table:table-cell table:formula="of:=IF([.B1]=1;&quot;19811228-9874&quot;;[.C1])" office:{kind}><draw:frame draw:name="n"><draw:text-box><text:p>ruta 8112<text:span>28</text:span></text:p></draw:text-box><svg:desc>Foto av Bo</svg:desc></draw:frame><text:p>42</text:p></table:table-cell><table:table-cell office:value-type="string" office:string-value="Eva"><text:p>visad</text:p></table:table-cell></table:table-row></table:table>"#
            );
            let (_, heard) = hear(&Ods, &ods(&body, &[]));
            for line in [
                "T!A1: ruta 811228",
                "T!A1: Foto av Bo",
                "T!A1: 19811228-9874",
                "T!B1=visad",
                "T!B1 (2)=Eva",
            ] {
                assert!(heard.has(line), "{kind} {line}\n{:#?}", heard.lines);
            }
        }
    }

    #[test]
    fn encrypted_is_told_and_cut_off_is_read_as_far_as_it_goes() {
        let manifest = (
            "META-INF/manifest.xml",
            "<m><file-entry><encryption-data/></file-entry></m>",
        );
        assert_eq!(hear(&Ods, &ods("", &[manifest])).0, Err(Reason::Encrypted));
        let cut = "<table:table table:name=\"T\"><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell a=\"";
        let (_, heard) = hear(&Ods, &zip(&[("content.xml", cut)]));
        assert!(heard.has("T!A1=x"));
        assert_eq!(heard.issues, [Reason::PartlyDamaged]);
        let (result, heard) = hear(&Ods, b"<office:document><table:table table:name=\"F\"><table:table-row><table:table-cell><text:p>platt</text:p></table:table-cell></table:table-row></table:table></office:document>");
        assert_eq!(result, Ok(()));
        assert!(heard.has("F!A1=platt"));
    }
}
