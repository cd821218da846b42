//! Documents of every family, built by hand.

#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "documents are built by hand"
)]

mod hidden;
mod limits;

use super::*;
use crate::extract::compound::testing::told;
use crate::extract::sheet::testing::{Heard, hear, zip, zip_bytes};
use crate::model::Reason;

const TYPES: (&str, &str) = ("[Content_Types].xml", "<Types/>");

fn word(body: &str, more: &[(&str, &str)]) -> Heard {
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    let mut parts = vec![TYPES, ("word/document.xml", document.as_str())];
    parts.extend(more);
    let (result, heard) = hear(&Docx, &zip(&parts));
    assert_eq!(result, Ok(()));
    heard
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn expect(heard: &Heard, lines: &[&str]) {
    for line in lines {
        assert!(heard.has(line), "{line}\n{:#?}", heard.lines);
    }
}

#[test]
fn runs_are_joined_and_breaks_are_breaks() {
    let heard = word(
        "<w:p><w:pPr><w:tabs><w:tab w:val=\"left\" w:pos=\"720\"/></w:tabs></w:pPr><w:r><w:t>Personnr: 8112</w:t></w:r><w:proofErr/><w:r><w:t>28</w:t></w:r><w:r><w:noBreakHyphen/><w:t>98</w:t></w:r><w:r><w:t>74</w:t></w:r></w:p><w:p/><w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>",
        &[],
    );
    assert_eq!(
        heard.lines,
        [
            "document: Personnr: 811228-9874",
            "document: ",
            "document: a\tb",
            "document: c"
        ]
    );
    assert!(heard.issues.is_empty());
}

#[test]
fn deleted_text_stands_beside_with_its_neighbours() {
    let heard = word(
        "<w:p><w:r><w:t xml:space=\"preserve\">Personnr 8112</w:t></w:r><w:del w:author=\"Eva Ek\"><w:r><w:delText>28-98</w:delText></w:r></w:del><w:ins w:author=\"Bo Al\"><w:r><w:t>XX</w:t></w:r></w:ins><w:r><w:t>74 gäller</w:t></w:r></w:p><w:p><w:moveFrom><w:r><w:t>flyttat</w:t></w:r></w:moveFrom></w:p>",
        &[],
    );
    // What is its own begins with the word the deletion tore; deletions near each other are told together.
    expect(
        &heard,
        &[
            "document: Personnr 8112XX74 gäller",
            "deleted text: 811228-9874 gäller",
            "deleted text: flyttat",
            "authors[author]: Eva Ek",
            "authors[author]: Bo Al",
        ],
    );
    assert!(!heard.mentions("document: flyttat"));
}

#[test]
fn what_was_put_in_the_place_of_deleted_text_is_not_glued_to_it() {
    let heard = word(
        "<w:p><w:r><w:t xml:space=\"preserve\">Personnr </w:t></w:r><w:ins><w:r><w:t>19121212-1212</w:t></w:r></w:ins><w:del><w:r><w:delText>811228-9874</w:delText></w:r></w:del></w:p>",
        &[],
    );
    expect(
        &heard,
        &["document: Personnr 19121212-1212", "deleted text: 811228-9874"],
    );
}

#[test]
fn fields_text_boxes_and_forms_are_read_and_tear_nothing() {
    let text_box = "<w:txbxContent><w:p><w:r><w:t>I rutan</w:t></w:r></w:p></w:txbxContent>";
    let body = format!(
        "<w:p><w:r><w:t>811228-</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><wps:wsp><wp:posOffset>914400</wp:posOffset><wp:docPr name=\"Bild 1\" descr=\"Foto av kund\"/>{text_box}</wps:wsp></mc:Choice><mc:Fallback><v:textbox>{text_box}</v:textbox></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>9874</w:t></w:r></w:p>\
         <mc:AlternateContent><mc:Choice><w:p><w:r><w:t>ett</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>annat</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>\
         <w:p><w:r><w:fldChar/><w:instrText> HYPERLINK \"mailto:anna@</w:instrText></w:r><w:r><w:instrText>example.se\" </w:instrText><w:fldChar/></w:r><w:r><w:t>Anna</w:t></w:r></w:p>\
         <w:p><w:fldSimple w:instr=\"PAGE\"/><w:sdt><w:sdtPr><w:alias w:val=\"Kundens namn\"/><w:dropDownList><w:listItem w:displayText=\"Val ett\" w:value=\"811228-9874\"/></w:dropDownList></w:sdtPr><w:sdtContent><w:r><w:t>ifyllt</w:t></w:r></w:sdtContent></w:sdt></w:p>"
    );
    let heard = word(&body, &[]);
    expect(
        &heard,
        &[
            "document: 811228-9874",
            "document: Foto av kund",
            "document: ett",
            "document: annat",
            "document: HYPERLINK \"mailto:anna@example.se\"",
            "document: Anna",
            "document: Kundens namn",
            "document: Val ett",
            "document: ifyllt",
        ],
    );
    assert_eq!(
        heard.lines.iter().filter(|line| line.contains("I rutan")).count(),
        1
    );
    assert!(!heard.mentions("914400") && !heard.mentions("PAGE") && !heard.mentions("Bild 1"));
}

#[test]
fn parts_beside_the_body_are_called_as_people_call_them() {
    let comment = format!(
        "<w:comments><w:comment w:author=\"Eva Ek\">{}</w:comment></w:comments>",
        paragraph("Ring henne")
    );
    let part = |text: &str| format!("<w:x>{}</w:x>", paragraph(text));
    let (header, footer, notes, glossary) = (part("Huvud"), part("Fot"), part("Not"), part("Byggblock"));
    let heard = word(
        &paragraph("Brev"),
        &[
            ("word/header2.xml", &header),
            ("word/footer1.xml", &footer),
            ("word/footnotes.xml", &notes),
            ("word/comments.xml", &comment),
            ("word/glossary/document.xml", &glossary),
            (
                "word/settings.xml",
                "<w:settings><w:docVars><w:docVar w:name=\"Kund\" w:val=\"811228-9874\"/></w:docVars></w:settings>",
            ),
            (
                "word/people.xml",
                "<w15:people><w15:person w15:author=\"Eva Ek\"><w15:presenceInfo w15:userId=\"S::eva.ek@example.se::1\"/></w15:person></w15:people>",
            ),
            (
                "docProps/core.xml",
                "<cp:coreProperties><dc:creator>Eva Ek</dc:creator></cp:coreProperties>",
            ),
            (
                "docProps/custom.xml",
                "<Properties><property fmtid=\"{D5}\" pid=\"2\" name=\"Personnummer\"><vt:lpwstr>811228-9874</vt:lpwstr></property></Properties>",
            ),
            (
                "customXml/item1.xml",
                "<kund><namn>Eva Ek</namn><nr id=\"x\">17</nr></kund>",
            ),
            (
                "word/_rels/document.xml.rels",
                "<Relationships><Relationship Target=\"mailto:eva.ek@example.se\" TargetMode=\"External\"/><Relationship Target=\"styles.xml\"/></Relationships>",
            ),
            (
                "word/charts/chart1.xml",
                "<c:chart><c:cat><c:f>Blad1!A2</c:f><c:pt><c:v>Nord</c:v></c:pt><c:pt><c:v>Syd</c:v></c:pt></c:cat></c:chart>",
            ),
            (
                "word/diagrams/data1.xml",
                "<dgm:pt><dgm:t><a:p><a:r><a:t>Ruta </a:t></a:r><a:r><a:t>ett</a:t></a:r></a:p></dgm:t></dgm:pt>",
            ),
            (
                "word/diagrams/drawing1.xml",
                "<a:p><a:r><a:t>Ruta ett</a:t></a:r></a:p>",
            ),
            ("word/embeddings/Microsoft_Excel.xlsx", "PK"),
            ("word/embeddings/oleObject1.bin", "OLE"),
            ("word/media/image1.png", "PNG"),
            ("word/vbaProject.bin", "VBA"),
            ("word/afchunk1.html", "<p>Hej</p>"),
        ],
    );
    expect(
        &heard,
        &[
            "document: Brev",
            "header 2: Huvud",
            "footer 1: Fot",
            "footnotes: Not",
            "comments: Eva Ek",
            "comments: Ring henne",
            "building blocks: Byggblock",
            "settings: 811228-9874",
            "people: S::eva.ek@example.se::1",
            "document properties/creator[creator]: Eva Ek",
            "document properties/Personnummer[Personnummer]: 811228-9874",
            "custom data 1/namn[namn]: Eva Ek",
            "links: mailto:eva.ek@example.se",
            "chart 1: Nord",
            "chart 1: Syd",
            "diagram 1: Ruta ett",
            "member word/embeddings/Microsoft_Excel.xlsx",
            "member word/embeddings/oleObject1.bin",
            "member word/afchunk1.html",
            "authors[author]: Eva Ek",
        ],
    );
    assert_eq!(heard.lines.iter().filter(|line| line.contains("Ruta")).count(), 1);
    assert!(
        !heard.mentions("media") && heard.has("member word/vbaProject.bin") && !heard.mentions("styles.xml")
    );
}

fn table(rows: &[&[&str]]) -> String {
    let cells = |row: &[&str]| -> String {
        row.iter()
            .map(|cell| format!("<w:tc><w:tcPr/>{}</w:tc>", paragraph(cell)))
            .collect()
    };
    let rows: String = rows
        .iter()
        .map(|row| format!("<w:tr>{}</w:tr>", cells(row)))
        .collect();
    format!("<w:tbl>{rows}</w:tbl>")
}

#[test]
fn a_table_with_a_header_becomes_rows_and_a_form_stays_text() {
    let register = table(&[
        &["Namn", "Personnummer", "Ort"],
        &["Bo Ek", "811228-9874", "Solna"],
        &["Li Al", "19121212-1212", "Kil"],
    ]);
    let form = table(&[&["Namn:", "Bo Ek"], &["Personnummer:", "811228-9874"]]);
    let heard = word(
        &format!(
            "{}{register}{}{form}{}",
            paragraph("Före"),
            paragraph("Mellan"),
            paragraph("Efter")
        ),
        &[],
    );
    expect(
        &heard,
        &[
            "document: Före",
            "table 1!B1=Personnummer",
            "table 1!B2=811228-9874",
            "table 1!C3=Kil",
            "document: Mellan",
            "document: Namn:\tBo Ek",
            "document: Personnummer:\t811228-9874",
            "document: Efter",
        ],
    );
    let before = heard.lines.iter().position(|line| line == "document: Före");
    let rows = heard.lines.iter().position(|line| line.starts_with("table 1"));
    assert!(before < rows, "the order of the document is kept");
}

#[test]
fn spans_nested_tables_and_long_tables_keep_their_columns() {
    let wide = "<w:tr><w:trPr><w:gridBefore w:val=\"1\"/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p><w:r><w:t>dubbel</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>sist</w:t></w:r></w:p></w:tc></w:tr>";
    let mut rows = String::new();
    for number in 0..3000 {
        rows.push_str(&format!(
            "<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>",
            paragraph(&number.to_string()),
            paragraph("811228-9874"),
            table(&[&["inre", "cell"]]),
            paragraph("070-174 06 05")
        ));
    }
    let head = "<w:tr><w:tc><w:p><w:t>Nr</w:t></w:p></w:tc><w:tc><w:p><w:t>Personnr</w:t></w:p></w:tc><w:tc><w:p><w:t>Text</w:t></w:p></w:tc><w:tc><w:p><w:t>Telefon</w:t></w:p></w:tc></w:tr>";
    let heard = word(
        &format!("<w:tbl>{head}{rows}{wide}</w:tbl>{}", paragraph("slut")),
        &[],
    );
    expect(
        &heard,
        &[
            "table 1!B3001=811228-9874",
            "table 1!C2=inre\tcell",
            "table 1!B3002=dubbel",
            "table 1!D3002=sist",
            "document: slut",
        ],
    );
    assert_eq!(heard.cells, 4 * 3001 + 2);
    assert!(!heard.has("document: 811228-9874"));
}

#[test]
fn slides_come_in_the_order_they_are_shown_with_what_belongs_to_them() {
    let slide = |text: &str| {
        format!(
            "<p:sld><p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Title 1\" descr=\"Alt {text}\"/></p:nvSpPr><p:txBody><a:p><a:r><a:t>{text} 8112</a:t></a:r><a:r><a:t>28-9874</a:t></a:r><a:br/><a:r><a:t>rad</a:t></a:r></a:p></p:txBody></p:sp></p:sld>"
        )
    };
    let (first, second, third) = (slide("ett"), slide("två"), slide("tre"));
    let (result, heard) = hear(
        &Pptx,
        &zip(&[
            TYPES,
            (
                "ppt/presentation.xml",
                "<p:presentation><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId9\"/><p:sldId id=\"257\" r:id=\"rId3\"/></p:sldIdLst></p:presentation>",
            ),
            (
                "ppt/_rels/presentation.xml.rels",
                "<Relationships><Relationship Id=\"rId3\" Type=\"x/slide\" Target=\"slides/slide1.xml\"/><Relationship Id=\"rId9\" Type=\"x/slide\" Target=\"slides/slide2.xml\"/></Relationships>",
            ),
            ("ppt/slides/slide1.xml", &first),
            ("ppt/slides/slide2.xml", &second),
            ("ppt/slides/slide3.xml", &third),
            (
                "ppt/slides/_rels/slide2.xml.rels",
                "<Relationships><Relationship Id=\"a\" Type=\"x/notesSlide\" Target=\"../notesSlides/notesSlide7.xml\"/><Relationship Id=\"b\" Type=\"x/comments\" Target=\"../comments/comment1.xml\"/></Relationships>",
            ),
            (
                "ppt/notesSlides/notesSlide7.xml",
                "<p:notes><a:p><a:r><a:t>Säg inte det</a:t></a:r></a:p></p:notes>",
            ),
            (
                "ppt/comments/comment1.xml",
                "<p:cmLst><p:cm authorId=\"0\"><p:pos x=\"1\"/><p:text>Vem är hon?</p:text></p:cm><p:cm><p:text>Nästa</p:text></p:cm></p:cmLst>",
            ),
            (
                "ppt/commentAuthors.xml",
                "<p:cmAuthorLst><p:cmAuthor name=\"Eva Ek\"/></p:cmAuthorLst>",
            ),
            (
                "ppt/slideMasters/slideMaster1.xml",
                "<p:sldMaster><a:p><a:r><a:t>Sidfot</a:t></a:r></a:p></p:sldMaster>",
            ),
        ]),
    );
    assert_eq!(result, Ok(()));
    expect(
        &heard,
        &[
            "page 1: två 811228-9874",
            "page 1: rad",
            "page 1: Alt två",
            "page 2: ett 811228-9874",
            "slide that is not shown, slide3: tre 811228-9874",
            "notes of slide 1: Säg inte det",
            "comments on slide 1: Vem är hon?",
            "comments on slide 1: Nästa",
            "authors of comments: Eva Ek",
            "slide master 1: Sidfot",
        ],
    );
}

fn odt(body: &str, more: &[(&str, &str)]) -> Heard {
    let content = format!(
        "<office:document-content><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    );
    let mut parts = vec![
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_str()),
    ];
    parts.extend(more);
    let (result, heard) = hear(&Odt, &zip(&parts));
    assert_eq!(result, Ok(()));
    heard
}

#[test]
fn open_document_text_is_read_with_all_that_stands_in_the_middle_of_it() {
    let heard = odt(
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>Eva Ek</dc:creator><dc:date>2024-01-01T10:00:00</dc:date></office:change-info><text:p>struket 811228-9874</text:p></text:deletion></text:changed-region></text:tracked-changes>\
         <text:user-field-decls><text:user-field-decl office:string-value=\"fältvärde\" text:name=\"x\"/></text:user-field-decls>\n  \
         <text:p>811228<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>en not</text:p></text:note-body></text:note><text:span>-98</text:span><office:annotation><dc:creator>Bo Al</dc:creator><dc:date>2024-01-01</dc:date><text:p>ett ord</text:p></office:annotation>74<draw:frame draw:name=\"Ram1\"><draw:text-box><text:p>i ruta</text:p></draw:text-box><svg:desc>bild av Eva</svg:desc></draw:frame></text:p>\
         <text:p>a<text:s text:c=\"2\"/>b<text:tab/>c<text:line-break/>d\n   e <text:a xlink:href=\"mailto:eva.ek@example.se\">Eva</text:a></text:p>\
         <table:table table:name=\"T\"><table:table-row><table:table-cell><text:p>Namn</text:p></table:table-cell><table:table-cell><text:p>Personnummer</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>Li Al</text:p></table:table-cell><table:table-cell><text:p>19121212-1212</text:p></table:table-cell></table:table-row></table:table>\
         <office:forms><form:text form:current-value=\"ifyllt\"/></office:forms>",
        &[
            (
                "styles.xml",
                "<office:styles><number:date-style><number:text>-</number:text></number:date-style></office:styles><office:master-styles><style:header><text:p>Huvud</text:p></style:header><style:footer><text:p>Fot</text:p></style:footer></office:master-styles>",
            ),
            (
                "meta.xml",
                "<office:meta><dc:creator>Eva Ek</dc:creator><meta:user-defined meta:name=\"Kund\">Bo</meta:user-defined></office:meta>",
            ),
            (
                "settings.xml",
                "<config:config-item config:name=\"PrinterName\">Hos Eva Ek</config:config-item><config:config-item config:name=\"ZoomFactor\">100</config:config-item>",
            ),
            (
                "Object 1/content.xml",
                "<office:chart><text:p>Diagram</text:p></office:chart>",
            ),
            ("Object 2", "OLE"),
            ("ObjectReplacements/Object 2", "EMF"),
            ("Versions/Version1", "PK"),
        ],
    );
    expect(
        &heard,
        &[
            "deleted text: struket 811228-9874",
            "authors[author]: Eva Ek",
            "document: fältvärde",
            "document: 811228-9874",
            "document: en not",
            "document: Bo Al",
            "document: ett ord",
            "document: i ruta",
            "document: bild av Eva",
            "document: a  b\tc",
            "document: d e Eva",
            "document: mailto:eva.ek@example.se",
            "table 1!B2=19121212-1212",
            "document: ifyllt",
            "headers and footers: Huvud",
            "headers and footers: Fot",
            "document properties/creator[creator]: Eva Ek",
            "document properties/Kund[Kund]: Bo",
            "settings/PrinterName[PrinterName]: Hos Eva Ek",
            "object 1: Diagram",
            "member Object 2",
            "member Versions/Version1",
        ],
    );
    assert!(
        !heard.mentions("2024-01-01") && !heard.mentions("ZoomFactor") && !heard.mentions("Replacements")
    );
    assert!(!heard.has("headers and footers: -"));
}

#[test]
fn open_document_slides_are_pages_with_their_notes() {
    let content = "<office:presentation><draw:page draw:name=\"page1\"><text:p>ett</text:p><presentation:notes><text:p>viskat</text:p></presentation:notes></draw:page><draw:page><text:p>två</text:p></draw:page></office:presentation>";
    let (_, heard) = hear(&Odp, &zip(&[("content.xml", content)]));
    expect(
        &heard,
        &["page 1: ett", "notes of slide 1: viskat", "page 2: två"],
    );
    let flat = format!(
        "<?xml version='1.0'?><office:document office:mimetype='application/vnd.oasis.opendocument.presentation'>{content}<office:binary-data>QUJD</office:binary-data></office:document>"
    );
    let (result, heard) = hear(&Odp, flat.as_bytes());
    assert_eq!(result, Ok(()));
    expect(&heard, &["page 2: två"]);
    assert!(!heard.mentions("QUJD"));
}

#[test]
fn books_are_read_by_chapters() {
    let parts = [
        ("mimetype", "application/epub+zip"),
        (
            "META-INF/container.xml",
            "<container><rootfiles><rootfile full-path=\"OEBPS/bok.opf\"/></rootfiles></container>",
        ),
        (
            "OEBPS/bok.opf",
            "<package><metadata><dc:creator opf:role=\"aut\">Eva Ek</dc:creator></metadata><manifest><item id=\"b\" href=\"b%20b.xhtml\"/><item id=\"a\" href=\"a.xhtml\"/></manifest><spine><itemref idref=\"b\"/><itemref idref=\"a\"/></spine></package>",
        ),
        (
            "OEBPS/a.xhtml",
            "<html><head><style>p{}</style></head><body><p>Sist</p></body></html>",
        ),
        (
            "OEBPS/b b.xhtml",
            "<html><body><h1>F&ouml;rst</h1><p>8112<b>28</b>-98\n  <i/>74 <a href=\"mailto:eva.ek@example.se\">post</a></p><ul><li>ett<li>två</li></li></ul></body></html>",
        ),
    ];
    let (result, heard) = hear(&Epub, &zip(&parts));
    assert_eq!(result, Ok(()));
    expect(
        &heard,
        &[
            "chapter 1: Först",
            "chapter 1: 811228-98 74 post",
            "chapter 1: mailto:eva.ek@example.se",
            "chapter 1: två",
            "chapter 2: Sist",
            "document properties/creator[creator]: Eva Ek",
        ],
    );
    let mut locked = parts.to_vec();
    locked.push((
        "META-INF/encryption.xml",
        "<e><CipherReference URI=\"OEBPS/a.xhtml\"/></e>",
    ));
    let (_, heard) = hear(&Epub, &zip(&locked));
    assert!(heard.issues.contains(&Reason::Encrypted) && !heard.has("chapter 2: Sist"));
}

#[test]
fn other_packages_and_flat_documents_are_read() {
    let (_, heard) = hear(
        &Other,
        &zip(&[
            TYPES,
            ("visio/document.xml", "<VisioDocument/>"),
            (
                "visio/pages/page1.xml",
                "<Shape Name=\"Kund Ek\"><Section N=\"Property\"><Row><Cell N=\"Value\" V=\"811228-9874\"/><Cell N=\"PinX\" V=\"4.25\"/></Row></Section><Text><cp/>Eva <pp/>Ek</Text></Shape>",
            ),
        ]),
    );
    expect(
        &heard,
        &["page 1: Kund Ek", "page 1: 811228-9874", "page 1: Eva Ek"],
    );
    assert!(!heard.mentions("4.25"));
    let (_, heard) = hear(
        &Other,
        &zip(&[
            TYPES,
            (
                "Documents/1/Pages/1.fpage",
                "<FixedPage><Glyphs OriginY=\"10\" UnicodeString=\"811228-\"/><Glyphs OriginY=\"10\" UnicodeString=\"9874\"/><Glyphs OriginY=\"20\" UnicodeString=\"{}{x}\"/></FixedPage>",
            ),
        ]),
    );
    expect(&heard, &["page 1: 811228-9874", "page 1: {x}"]);
    let wide: Vec<u8> = "<kund>Åsa Ek</kund>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (_, heard) = hear(
        &Other,
        &zip_bytes(&[
            ("mimetype", b"application/x-egen"),
            ("kund.xml", &wide),
            ("bilaga", b"x"),
        ]),
    );
    expect(&heard, &["kund.xml: Åsa Ek", "member bilaga"]);
    let flat = format!(
        "<?xml version='1.0'?><pkg:package><pkg:part><pkg:binaryData>QUJD</pkg:binaryData></pkg:part>{}</pkg:package>",
        paragraph("Platt")
    );
    let (_, heard) = hear(&WordXml, flat.as_bytes());
    assert_eq!(heard.lines, ["document: Platt"]);
}

#[test]
fn a_workbook_in_a_flat_document_is_a_member() {
    let sheet = r#"<office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><table:table table:name="Å &amp; Ö"><table:table-row><table:table-cell office:value-type="float" office:value="198112289874"><text:p>1,98E+11</text:p></table:table-cell></table:table-row></table:table></office:body></office:document>"#;
    let chart = sheet.replace("spreadsheet", "chart");
    let document = format!(
        r#"<office:document office:mimetype="application/vnd.oasis.opendocument.text"><office:body><text:p>Se <draw:object>{sheet}</draw:object>här</text:p><draw:object>{chart}</draw:object></office:body></office:document>"#
    );
    let (result, heard) = told(&Odt, document.as_bytes());
    assert_eq!((result, heard.issues.len()), (Ok(()), 0));
    assert_eq!(
        heard.lines,
        [
            "member object 1",
            "object 1!/row: 198112289874",
            "?: Se här",
            "?: 1,98E+11",
        ]
    );
    // Cut off in a cell.
    let cut = document.split_once("</text:p>").unwrap().0;
    let (_, heard) = told(&Odt, cut.as_bytes());
    assert_eq!(heard.lines.first().map(String::as_str), Some("member object 1"));
    assert_eq!(heard.lines.last().map(String::as_str), Some("?: Se "));
}
