//! What stands where nobody looks, and must be told all the same.

use super::*;

fn custom(xml: &str) -> Heard {
    word("", &[("customXml/item1.xml", xml)])
}

#[test]
fn data_of_an_organisation_is_told_whatever_its_names_are() {
    let heard = custom(
        "<a><Notes>Ring 811228-9874</Notes><Application>811228-9874</Application><patient pid=\"811228-9875\" type=\"ny kund\" name=\"Åsa Ek\" u=\"{8BD21D10-EC42-11CE-9E0D-00AA006002F3}\"/></a>",
    );
    expect(
        &heard,
        &[
            "custom data 1/Notes[Notes]: Ring 811228-9874",
            "custom data 1/Application[Application]: 811228-9874",
            "custom data 1/pid[pid]: 811228-9875",
            "custom data 1/type[type]: ny kund",
            "custom data 1/name[name]: Åsa Ek",
        ],
    );
    let heard = custom(&format!("<a><lista>{}</lista></a>", "811228-9874\n".repeat(500)));
    expect(&heard, &["custom data 1/lista[lista]: 811228-9874"]);
    let heard = custom(&format!(
        "<a><bild>{}QUJD</bild></a>",
        format!("{}\n", "iVBORw0KGgo+".repeat(6)).repeat(100)
    ));
    assert!(!heard.mentions("iVBOR"));
}

#[test]
fn properties_that_are_counted_are_silent_unless_they_are_something_else() {
    let heard = word(
        "",
        &[
            (
                "docProps/app.xml",
                "<P><Notes>0</Notes><Application>Microsoft Office Word</Application><Words>19811228-9874</Words></P>",
            ),
            (
                "docProps/custom.xml",
                "<P><property pid=\"2\" name=\"Notes\"><vt:lpwstr>811228-9874</vt:lpwstr></property><property pid=\"3\" name=\"Kund 811228-9874\"><vt:i4>7</vt:i4></property></P>",
            ),
        ],
    );
    assert_eq!(
        heard.lines,
        [
            "document properties/Words[Words]: 19811228-9874",
            "document properties/Notes[Notes]: 811228-9874",
            "document properties/name[name]: Kund 811228-9874",
            "document properties/i4[i4]: 7",
        ]
    );
}

#[test]
fn a_name_labels_what_stands_in_its_element_and_no_more() {
    let heard = custom(
        "<a><person name=\"811228-9874\"><personnummer>811228-9874</personnummer></person><fält name=\"Ort\"><value>Kil</value></fält><post>Falun</post></a>",
    );
    expect(
        &heard,
        &[
            "custom data 1/name[name]: 811228-9874",
            "custom data 1/personnummer[personnummer]: 811228-9874",
            "custom data 1/Ort[Ort]: Kil",
            "custom data 1/post[post]: Falun",
        ],
    );
}

#[test]
fn codes_of_fields_are_silent_by_one_rule() {
    let field = |code: &str| {
        format!("<w:p><w:r><w:fldChar/><w:instrText>{code}</w:instrText><w:fldChar/></w:r></w:p>")
    };
    let heard = word(
        &[
            r"EQ \o(811228-9874;x)",
            "REF 811228-9875",
            r"PAGEREF _Toc811228987 \h",
        ]
        .map(field)
        .concat(),
        &[],
    );
    expect(&heard, &["document: 811228-9874", "document: REF 811228-9875"]);
    assert!(!heard.mentions("PAGEREF"));
}

#[test]
fn what_stands_between_the_cells_of_a_table_is_told() {
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph(text));
    let row = |cells: [String; 3]| format!("<w:tr>{}</w:tr>", cells.concat());
    let choice = |inner: &str| {
        format!(
            "<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText=\"Åsa 811228-9874\"/></w:dropDownList></w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"
        )
    };
    let body = [
        row(["Namn", "Personnummer", "Ort"].map(cell)),
        row([cell("Bo Ek"), cell("811228-9875"), choice(&cell("vald"))]),
        choice(&row(["Li Al", "811228-9876", "Kil"].map(cell))),
    ];
    let heard = word(
        &format!("{}<w:tbl>{}</w:tbl>", paragraph("Före"), body.concat()),
        &[],
    );
    let told = heard
        .lines
        .iter()
        .filter(|line| *line == "document: Åsa 811228-9874");
    assert_eq!(told.count(), 2, "{:#?}", heard.lines);
    assert!(heard.mentions("vald") && heard.mentions("Kil"));
}

#[test]
fn attributes_that_people_write_into_are_told() {
    let heard = word(
        "<w:tbl><w:tblPr><w:tblCaption w:val=\"Nr 811228-9871\"/><w:tblDescription w:val=\"Nr 811228-9872\"/></w:tblPr></w:tbl><w:p><w:smartTag><w:smartTagPr><w:attr w:name=\"p\" w:val=\"811228-9873\"/></w:smartTagPr></w:smartTag></w:p>",
        &[
            (
                "word/settings.xml",
                "<w:settings><w:mailMerge><w:mailSubject w:val=\"Nr 811228-9874\"/></w:mailMerge></w:settings>",
            ),
            (
                "word/numbering.xml",
                "<w:numbering><w:lvl><w:lvlText w:val=\"%1.%2.%3.%4.%5.%6\"/></w:lvl><w:lvl><w:lvlText w:val=\"Nr 811228-9875 %1\"/></w:lvl></w:numbering>",
            ),
        ],
    );
    expect(
        &heard,
        &[
            "document: Nr 811228-9871",
            "document: Nr 811228-9872",
            "document: 811228-9873",
            "settings: Nr 811228-9874",
            "lists: Nr 811228-9875 %1",
        ],
    );
    assert!(!heard.mentions("%1.%2"));
    let heard = odt(
        "<text:section><text:section-source xlink:href=\"../811228-9876.odt\"/></text:section><text:p><draw:image xlink:href=\"file:///C:/811228-9877.png\"/><draw:image xlink:href=\"Pictures/100000.png\"/></text:p>",
        &[],
    );
    expect(
        &heard,
        &[
            "document: ../811228-9876.odt",
            "document: file:///C:/811228-9877.png",
        ],
    );
    assert!(!heard.mentions("Pictures"));
}

#[test]
fn parts_that_are_not_xml_are_members() {
    let heard = word(
        "",
        &[
            ("word/afchunk1.xhtml", "<p>811228-9874</p>"),
            ("word/media/a.png", "x"),
            ("word/printerSettings/a.bin", "x"),
        ],
    );
    let members = |heard: &Heard| heard.lines.iter().filter(|line| line.contains("member")).count();
    assert!(
        heard.mentions("afchunk1.xhtml") && members(&heard) == 1,
        "{:#?}",
        heard.lines
    );
    let heard = odt(
        "",
        &[
            ("Scripts/python/m.py", "p"),
            ("Scripts/javascript/m.js", "p"),
            ("layout-cache", "x"),
        ],
    );
    assert_eq!(members(&heard), 2, "{:#?}", heard.lines);
}

#[test]
fn a_document_that_shows_only_pictures_is_told() {
    let picture = "x".repeat(20_000);
    let scan = [("word/media/image1.png", picture.as_str())];
    assert_eq!(word(&paragraph("Sida 1"), &scan).issues, [Reason::NeedsOcr]);
    assert!(word(&paragraph(&"ord ".repeat(20)), &scan).issues.is_empty());
    let logo = [("word/media/image1.png", "liten")];
    assert!(word("", &logo).issues.is_empty());
    assert_eq!(
        odt("", &[("Pictures/1.jpg", &picture)]).issues,
        [Reason::NeedsOcr]
    );
}
