//! What stands beside the pages, and where on a page labels and accents stand.

use lopdf::{Object, Stream, dictionary};

use super::{document, literal, read_well};

#[test]
fn labels_that_came_before_all_values_stand_before_their_own() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 20 TL 50 700 Td (Namn:) Tj T* (Personnummer:) Tj T* (Adress:) Tj ET \
         BT /F1 10 Tf 20 TL 200 700 Td (Eva Test) Tj T* (19811228-9874) Tj T* (Storgatan 1) Tj ET \
         BT /F1 10 Tf 50 500 Td (f\u{f6}ljande:) Tj 0 -12 Td (i samma spalt) Tj ET",
    ]));
    let text =
        "Namn:\tEva Test\nPersonnummer:\t19811228-9874\nAdress:\tStorgatan 1\nföljande:\ni samma spalt";
    assert_eq!(said.at("page 1"), [text]);
}

#[test]
fn a_value_moves_behind_its_label_with_all_its_lines() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td (Personnummer:) Tj 0 -40 Td (E-post:) Tj 0 -40 Td (Telefon:) Tj ET \
         BT /F1 10 Tf 200 700 Td (19811228-) Tj 0 -12 Td (9874) Tj 0 -28 Td (eva.test@exa) Tj 0 -12 Td (mple.se) Tj \
         0 -14 Td (och fler) Tj 0 -14 Td (08-465 004 23) Tj ET",
    ]));
    let text =
        "Personnummer:\t19811228-\n9874\nE-post:\teva.test@exa\nmple.se\noch fler\nTelefon:\t08-465 004 23";
    assert_eq!(said.at("page 1"), [text]);
    assert_eq!(said.own, [text, "19811228-", "eva.test@exa"]);
}

#[test]
fn a_paragraph_beside_a_label_is_not_torn() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td (Bilagor:) Tj ET BT /F1 10 Tf 50 670 Td (Ett intyg) Tj ET \
         BT /F1 10 Tf 12 TL 300 712 Td (Kunden som avses) Tj T* (har telefon 08-465) Tj T* (004 23 hemma) Tj ET",
    ]));
    let text = "Bilagor:\nEtt intyg\nKunden som avses\nhar telefon 08-465\n004 23 hemma";
    assert_eq!(said.at("page 1").first(), Some(&text));
}

#[test]
fn two_columns_of_prose_stay_apart() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 12 TL 50 700 Td (en text som g\u{e5}r \u{f6}ver) Tj T* (rader och slutar med:) Tj ET \
         BT /F1 10 Tf 12 TL 300 700 Td (h\u{f6}ger spalt har) Tj T* (ocks\u{e5} tv\u{e5} rader) Tj ET",
    ]));
    let text = "en text som går över\nrader och slutar med:\thöger spalt har\nockså två rader";
    assert_eq!(
        said.at("page 1").concat().replace('\n', "\t"),
        text.replace('\n', "\t")
    );
}

#[test]
fn accents_shown_apart_from_their_letters_are_put_on_them() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td [(Bj) -20 (\u{a8}) 400 (orn) -400 (\u{b4}) 330 (Ase)] TJ 0 -20 Td (a \u{a8} b) Tj ET",
    ]));
    assert_eq!(said.at("page 1"), ["Björn Áse\na ¨ b"]);
}

#[test]
fn a_letter_that_is_shown_alone_under_its_accent_is_no_twin_of_it() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td [(kl) -20 (\u{a8}) 330 (a) -400 (caf) (\u{b4}) 330 (e) -400 (nu)] TJ Tj ET",
    ]));
    assert_eq!(said.at("page 1"), ["klä café nu"]);
}

#[test]
fn scripts_alternative_texts_page_labels_options_and_columns_of_attachments_are_told() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (sida) Tj ET"]);
    let script = doc.add_object(Stream::new(dictionary! {}, b"ring('070-1740606')".to_vec()));
    doc.add_object(dictionary! { "S" => "JavaScript", "JS" => script });
    doc.add_object(dictionary! { "S" => "Figure", "Alt" => literal(b"Foto av Eva Test") });
    doc.add_object(dictionary! { "S" => "Link", "Alt" => literal(b"upprepning") });
    let attached = doc.add_object(Stream::new(dictionary! {}, b"hej".to_vec()));
    doc.add_object(dictionary! {
        "Type" => "Filespec", "F" => literal(b"brev.txt"), "EF" => dictionary! { "F" => attached },
        "Desc" => literal(b"Brev till Bo"), "CI" => dictionary! { "From" => literal(b"eva@example.se") },
    });
    let field = dictionary! {
        "T" => literal(b"vem"), "FT" => "Ch", "V" => literal(b"1"),
        "Opt" => vec![vec![literal(b"1"), literal(b"Eva Test")].into(), literal(b"Bo Prov")],
    };
    let field = doc.add_object(field);
    let labels = vec![0.into(), dictionary! { "P" => literal(b"Bilaga Bo-") }.into()];
    let root = doc.catalog_mut().unwrap();
    root.set("AcroForm", dictionary! { "Fields" => vec![field.into()] });
    root.set("PageLabels", dictionary! { "Nums" => labels });
    let rich = "<body><p>rik <b>text</b></p></body>";
    let note =
        dictionary! { "Subtype" => "Text", "Contents" => literal(b"not"), "RC" => literal(rich.as_bytes()) };
    let page = doc.get_pages()[&1];
    doc.get_dictionary_mut(page)
        .unwrap()
        .set("Annots", vec![note.into()]);

    let said = read_well(doc);
    assert_eq!(said.at("scripts"), ["ring('070-1740606')\n"]);
    assert_eq!(said.at("alternative texts"), ["Foto av Eva Test\n"]);
    assert_eq!(said.at("page labels"), ["Bilaga Bo-\n"]);
    assert_eq!(said.at("attachments"), ["Brev till Bo", "eva@example.se"]);
    assert_eq!(said.at("field vem"), ["1", "Eva Test", "Bo Prov"]);
    assert_eq!(said.at("annotation, page 1"), ["not", "rik text"]);
    assert_eq!(said.members.len(), 1);
}

#[test]
fn every_packet_of_an_xfa_form_is_read_but_its_settings() {
    let packets = [
        (
            "template",
            "<t><field name=\"f\"><text>Personnummer</text></field></t>",
        ),
        ("datasets", "<d><data><pnr>19121212-1212</pnr></data></d>"),
        ("localeSet", "<l><month>januari</month></l>"),
    ];
    for whole in [false, true] {
        let mut doc = document(&["BT /F1 10 Tf 50 700 Td (sida) Tj ET"]);
        let mut parts: Vec<Object> = Vec::new();
        let mut all = String::from("<xdp>");
        for (name, xml) in packets {
            parts.push(literal(name.as_bytes()));
            parts.push(doc.add_object(Stream::new(dictionary! {}, xml.into())).into());
            all.push_str(&format!("<{name}>{xml}</{name}>"));
        }
        let all = doc.add_object(Stream::new(dictionary! {}, format!("{all}</xdp>").into()));
        let xfa: Object = if whole { all.into() } else { parts.into() };
        doc.catalog_mut()
            .unwrap()
            .set("AcroForm", dictionary! { "XFA" => xfa });
        let said = read_well(doc);
        assert_eq!(said.at("form template"), ["Personnummer\n"]);
        assert_eq!(said.at("field pnr"), ["19121212-1212"]);
        assert_eq!(said.texts.len(), 3);
    }
}

#[test]
fn what_is_behind_values_notes_and_elements_is_told() {
    let tile = dictionary! { "PatternType" => 1, "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()] };
    let mut doc = document(&["/P1 scn BT /F1 10 Tf 50 700 Td (en) Tj /P1 scn 20 0 Td (rad) Tj ET"]);
    let tile = doc.add_object(Stream::new(tile, b"BT /F1 10 Tf (19121212-1212) Tj ET".to_vec()));
    doc.add_object(dictionary! {
        "Type" => "StructElem", "S" => "Span", "T" => literal(b"rubrik"), "E" => literal(b"811228-9874"),
        "ActualText" => literal(b"eva@example.se"),
    });
    doc.add_object(dictionary! { "S" => "GoToR", "T" => literal(b"inget element") });
    let field = dictionary! {
        "T" => literal(b"om"), "FT" => "Tx", "V" => literal(b"kort"), "RV" => literal(b"<body><p>kort</p> rik</body>"),
    };
    let field = doc.add_object(field);
    let page = doc.get_pages()[&1];
    let names = vec![
        literal(b"section.1234567890"),
        page.into(),
        literal(b"till eva@example.se"),
        page.into(),
    ];
    let leaf = doc.add_object(dictionary! { "Names" => names });
    let root = doc.catalog_mut().unwrap();
    root.set("AcroForm", dictionary! { "Fields" => vec![field.into()] });
    root.set(
        "Names",
        dictionary! { "Dests" => dictionary! { "Kids" => vec![leaf.into(), leaf.into()] } },
    );
    root.set(
        "Dests",
        dictionary! { "Bo Prov" => page, "b-1-2-9912121212" => page },
    );
    root.set(
        "OpenAction",
        dictionary! { "S" => "URI", "URI" => literal(b"mailto:bo@example.se") },
    );
    let note = dictionary! {
        "Subtype" => "Redact", "OverlayText" => literal(b"811228-9874"), "RC" => literal(b"<body><p>utan slut"),
    };
    let page = doc.get_dictionary_mut(page).unwrap();
    page.set("Annots", vec![note.into()]);
    let resources = page.get(b"Resources").unwrap().as_reference().unwrap();
    let resources = doc.get_dictionary_mut(resources).unwrap();
    resources.set("Pattern", dictionary! { "P1" => tile });

    let said = read_well(doc);
    let shown = said.at("page 1").concat();
    assert!(shown.starts_with("en rad"), "{shown}");
    assert_eq!(shown.matches("19121212-1212").count(), 1);
    assert_eq!(said.at("structure").concat().lines().count(), 3);
    assert_eq!(said.at("field om"), ["kort", "kort rik"]);
    assert_eq!(said.at("destinations"), ["Bo Prov\ntill eva@example.se\n"]);
    assert_eq!(said.at("open action"), ["bo@example.se"]);
    assert_eq!(said.at("annotation, page 1"), ["811228-9874", "utan slut"]);
}

#[test]
fn codes_that_are_unicode_themselves_need_no_table() {
    let content = "BT /F2 10 Tf 50 700 Td <004C0075006E0064002000E5D842DFB7> Tj ET";
    let mut doc = document(&[content]);
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "X", "Encoding" => "UniGB-UTF16-H",
        "DescendantFonts" => vec![dictionary! { "Subtype" => "CIDFontType0", "BaseFont" => "X" }.into()],
    };
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "Font" => dictionary! { "F2" => font } };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    let said = read_well(doc);
    assert_eq!(said.at("page 1"), ["Lund å𠮷"]);
    assert_eq!(said.issues, []);
}
