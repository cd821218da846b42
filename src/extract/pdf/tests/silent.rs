//! What would look as if it had been read: pictures behind a stamp, content that breaks off, limits nobody hears of.

use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use super::{Pdf, Said, deflated, document, literal, read_well, saved, tree_of, with_pages};
use crate::extract::{Extractor, Input};
use crate::model::Reason;

const NUMBER: &str = "BT /F1 10 Tf 50 700 Td (811228-9874) Tj ET";

/// A page with two pictures, `I` and `L`, and text in Helvetica.
fn pictured(content: &str) -> Document {
    let mut doc = document(&[content]);
    let page = doc.get_pages()[&1];
    let mut resources = dictionary! { "Font" => dictionary! { "F1" => dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    } } };
    let mut pictures = Dictionary::new();
    for name in ["I", "L"] {
        let dict = dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1 };
        pictures.set(name, doc.add_object(Stream::new(dict, vec![0])));
    }
    resources.set("XObject", pictures);
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    doc
}

fn with_xobjects(content: &str, objects: Vec<(&str, Stream)>) -> Document {
    let mut doc = pictured(content);
    for (name, stream) in objects {
        let id = doc.add_object(stream);
        let page = doc.get_pages()[&1];
        let resources = doc.get_dictionary_mut(page).unwrap().get_mut(b"Resources");
        let all = resources.unwrap().as_dict_mut().unwrap().get_mut(b"XObject");
        all.unwrap().as_dict_mut().unwrap().set(name, id);
    }
    doc
}

fn form(content: &str) -> Stream {
    Stream::new(
        dictionary! { "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 600.into(), 900.into()] },
        content.as_bytes().to_vec(),
    )
}

#[test]
fn a_scan_with_a_stamp_or_in_strips_needs_text_recognition() {
    let scan = "q 595 0 0 842 0 0 cm /I Do Q";
    let strips: String = (0..10)
        .map(|n| format!("q 595 0 0 84.2 0 {} cm /I Do Q ", f64::from(n) * 84.2))
        .collect();
    let line = "BT /F1 8 Tf 50 815 Td (Inkom till kommunen 2024-05-01, diarienummer 2024/1234, aktbilaga 3 av 7) Tj ET";
    let lines = |mode: &str, size: u32| {
        let shown: String = (0..40)
            .map(|n| {
                format!(
                    "1 0 0 1 40 {} Tm (en rad av flera med vanliga ord i en text) Tj ",
                    800 - 18 * n
                )
            })
            .collect();
        format!("BT {mode} /F1 {size} Tf {shown} ET")
    };
    let ocr = vec![(Reason::NeedsOcr, 1)];
    let pages = [
        (format!("{scan} {line}"), ocr.clone()),
        (format!("{scan} q 40 0 0 20 5 5 cm /L Do Q {line}"), ocr.clone()),
        (format!("{strips} {line}"), ocr),
        // Recognised already: without ink, and behind the picture.
        (format!("{scan} {}", lines("3 Tr", 8)), vec![]),
        (format!("{} {scan} {line}", lines("", 8)), vec![]),
        // A text upon a picture, and a slide with few large words.
        (format!("{scan} {}", lines("", 8)), vec![]),
        (
            format!(
                "{scan} q 90 0 0 90 5 5 cm /L Do Q BT /F1 60 Tf 60 600 Td (Verksamheten) Tj 0 -90 Td (under det nya) Tj \
                 0 -90 Td (rapporterade) Tj ET"
            ),
            vec![],
        ),
        // A picture of half the page.
        (
            format!("q 595 0 0 400 0 0 cm /I Do Q q 9 0 0 9 5 5 cm /L Do Q {line}"),
            vec![],
        ),
    ];
    for (content, expected) in pages {
        assert_eq!(read_well(pictured(&content)).issues, expected, "{content}");
    }
}

#[test]
fn a_picture_shown_in_a_mirror_is_not_recognised_and_a_logo_need_not_be() {
    let told = |content: &str| {
        let mut doc = pictured(content);
        for object in doc.objects.values_mut() {
            if let Object::Stream(stream) = object
                && stream.dict.has(b"Width")
            {
                stream.dict.set("Width", 16);
                stream.dict.set("Height", 16);
                stream.dict.set("Filter", "DCTDecode");
            }
        }
        let mut said = Said {
            wants_pictures: true,
            ..Said::default()
        };
        let read = Pdf.extract(Input::memory(&saved(doc), "pdf"), &mut said);
        assert_eq!(read, Ok(()));
        (said.pictures.len(), said.issues)
    };
    let needs_ocr = vec![(Reason::NeedsOcr, 1)];
    assert_eq!(told("q -595 0 0 842 595 0 cm /I Do Q"), (0, needs_ocr.clone()));
    assert_eq!(told("q 595 0 0 -842 0 842 cm /I Do Q"), (0, needs_ocr.clone()));
    assert_eq!(told("q -595 0 0 -842 595 842 cm /I Do Q"), (1, vec![]));
    let logo = "q 595 0 0 842 0 0 cm /I Do Q q -40 0 0 20 45 5 cm /L Do Q";
    assert_eq!(told(logo), (1, vec![]));
    // One that stands in the content itself is not handed on.
    let within = "q 595 0 0 842 0 0 cm /I Do Q q 9 0 0 9 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q";
    assert_eq!(told(within), (1, needs_ocr));
}

#[test]
fn a_picture_that_lies_behind_several_pages_is_no_scan() {
    let mut doc = pictured(
        "q 595 0 0 842 0 0 cm /I Do Q q 9 0 0 9 5 5 cm /L Do Q BT /F1 10 Tf 50 700 Td (en titel med ett par ord) Tj ET",
    );
    let page = doc.get_pages()[&1];
    assert_eq!(read_well(doc.clone()).issues, [(Reason::NeedsOcr, 1)]);
    let again = doc.get_object(page).unwrap().clone();
    let again = doc.add_object(again);
    let tree = tree_of(&doc);
    let tree = doc.get_dictionary_mut(tree).unwrap();
    tree.get_mut(b"Kids")
        .unwrap()
        .as_array_mut()
        .unwrap()
        .push(again.into());
    tree.set("Count", 2);
    assert_eq!(read_well(doc).issues, []);
}

#[test]
fn letters_drawn_as_outlines_need_text_recognition_beside_a_footer() {
    let letter = |n: u32| {
        let (x, y) = (40 + n % 50 * 10, 780 - n / 50 * 20);
        format!(
            "{x} {y} m {} {y} {} {} {x} {} c {} {y} l h f ",
            x + 4,
            x + 6,
            y + 3,
            y + 8,
            x + 5
        )
    };
    let outlined: String = (0..1000).map(letter).collect();
    let footer = "BT /F1 8 Tf 50 20 Td (Sida 1 av 3, Bolaget AB) Tj ET";
    assert_eq!(
        read_well(document(&[&format!("{outlined} {footer}")])).issues,
        [(Reason::NeedsOcr, 1)]
    );
    // Lines of a drawing are none, nor are dots.
    let drawing = outlined.replace(" f ", " S ");
    let dots: String = (0..1000)
        .map(|n| format!("{n} 9 m {n} 9 7 7 5 5 c 1 1 2 2 3 3 c 4 4 5 5 6 9 c 1 1 2 2 {n} 14 c f "))
        .collect();
    for content in [drawing, dots] {
        assert_eq!(read_well(document(&[&format!("{content} {footer}")])).issues, []);
    }
}

#[test]
fn a_content_that_breaks_off_is_read_as_far_as_it_goes_and_told() {
    let lines: String = (0..300)
        .map(|n| format!("BT /F1 10 Tf 50 700 Td (rad {n} {}) Tj ET\n", n * 7919 % 1009))
        .collect();
    let packed = deflated(lines.as_bytes());
    let half = &packed[..packed.len() / 2];
    let mut broken = packed.clone();
    broken[packed.len() / 2] ^= 0xFF;
    let damaged = vec![(Reason::PartlyDamaged, 1)];
    let contents = [
        (packed.clone(), vec![]),
        // Without its checksum, and with more behind its end.
        (packed[..packed.len() - 4].to_vec(), vec![]),
        ([packed.as_slice(), b"\r\n\0\0"].concat(), vec![]),
        (half.to_vec(), damaged.clone()),
        (broken, damaged),
    ];
    for (content, expected) in contents {
        let mut doc = document(&[""]);
        let id = doc.get_page_contents(doc.get_pages()[&1])[0];
        let stream = Stream::new(dictionary! { "Filter" => "FlateDecode" }, content.clone());
        doc.objects.insert(id, stream.into());
        let said = read_well(doc);
        assert_eq!(said.issues, expected);
        assert!(said.at("page 1")[0].contains("rad 9 "));

        let mut doc = document(&[NUMBER]);
        let dict = dictionary! { "Type" => "EmbeddedFile", "Filter" => "FlateDecode" };
        let file = doc.add_object(Stream::new(dict, content));
        let spec = dictionary! {
            "Type" => "Filespec", "UF" => literal(b"lista.txt"), "EF" => dictionary! { "F" => file },
        };
        doc.add_object(spec);
        let said = read_well(doc);
        assert_eq!(said.issues, expected);
        assert!(said.members[0].1.starts_with(b"BT /F1 10 Tf"));
    }
}

#[test]
fn content_packed_in_an_unknown_way_is_not_taken_for_plain() {
    for filter in [
        Object::from("FooDecode"),
        vec![Object::from("FooDecode"), "FlateDecode".into()].into(),
    ] {
        let mut doc = document(&["", NUMBER]);
        let id = doc.get_page_contents(doc.get_pages()[&1])[0];
        let stream = Stream::new(dictionary! { "Filter" => filter.clone() }, NUMBER.into());
        doc.objects.insert(id, stream.into());
        let said = read_well(doc);
        assert_eq!(said.issues, [(Reason::PartlyDamaged, 1)]);
        assert!(said.at("page 1").is_empty());

        let mut shown = form("00");
        shown.dict.set("Filter", filter);
        let said = read_well(with_xobjects(&format!("{NUMBER} /X Do"), vec![("X", shown)]));
        assert_eq!(said.issues, [(Reason::PartlyDamaged, 1)]);
    }
}

#[test]
fn short_and_indirect_names_of_filters_are_understood_in_attachments() {
    let mut doc = document(&[NUMBER]);
    let name = doc.add_object(Object::Name(b"Fl".to_vec()));
    for (file, filter) in [
        ("a.txt", Object::from("Fl")),
        ("b.txt", name.into()),
        ("c.txt", "Foo".into()),
    ] {
        let stream = Stream::new(dictionary! { "Filter" => filter }, deflated(b"namn;pnr"));
        let content = doc.add_object(stream);
        doc.add_object(
            dictionary! { "UF" => literal(file.as_bytes()), "EF" => dictionary! { "F" => content } },
        );
    }
    let said = read_well(doc);
    let plain = |name: &str| (name.to_string(), b"namn;pnr".to_vec());
    assert_eq!(said.members, [plain("a.txt"), plain("b.txt")]);
    assert_eq!(said.issues, [(Reason::Unsupported, 1)]);
}

#[test]
fn a_text_that_stands_for_what_is_shown_hides_nothing_of_it() {
    let shown = |mark: &str, text: &str| {
        let said = read_well(document(&[&format!(
            "BT /F1 10 Tf 50 700 Td (fore) Tj ET /Span <</ActualText ({mark})>> BDC \
             BT /F1 10 Tf 50 600 Td ({text}) Tj ET EMC BT /F1 10 Tf 50 500 Td (efter) Tj ET"
        )]));
        said.at("page 1").join("|")
    };
    assert_eq!(shown("", "811228-9874"), "fore\n811228-9874\nefter");
    assert_eq!(shown("bild", "811228-9874"), "fore\n811228-9874\nbild\nefter");
    assert_eq!(shown("fi", "\u{de}"), "fore\nfi\nefter");
    // A mark that nobody ends.
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td (fore) Tj /Span <</ActualText (x)>> BDC (-) Tj ET \
         BT /F1 10 Tf 50 600 Td (811228-9874) Tj ET",
        "/Span <</ActualText (x)>> BDC BT /F1 10 Tf 50 600 Td (811228-9874) Tj ET",
    ]));
    assert_eq!(said.at("page 1"), ["forex\n811228-9874"]);
    assert!(said.at("page 2")[0].starts_with("811228-9874"));
}

#[test]
fn form_data_is_read_behind_an_error_and_beyond_a_picture() {
    let told = |xml: Vec<u8>| {
        let mut doc = document(&[NUMBER]);
        let data = doc.add_object(Stream::new(dictionary! {}, xml));
        let form = dictionary! { "Fields" => Vec::<Object>::new(), "XFA" => data };
        doc.catalog_mut().unwrap().set("AcroForm", form);
        read_well(doc)
    };
    let said =
        told(b"<xdp><datasets><a>x</a><b><!y></b></c><pnr>811228-9874 & 9</pnr></datasets></xdp>".to_vec());
    assert_eq!(said.at("field pnr"), ["811228-9874 & 9"]);
    assert_eq!(said.issues, [(Reason::PartlyDamaged, 1)]);
    let picture = "A".repeat(9 << 20);
    let said =
        told(format!("<xdp><datasets><pnr>811228-9874</pnr><bild>{picture}</bild></datasets></xdp>").into());
    assert_eq!(said.at("field pnr"), ["811228-9874"]);
    assert_eq!(said.issues, []);
    let said = told(vec![b' '; 33 << 20]);
    assert_eq!(said.issues, [(Reason::ContentLimit, 1)]);
    // Errors without end.
    let said = told(b"<!--".repeat(1 << 20));
    assert_eq!(said.issues, [(Reason::PartlyDamaged, 1)]);
}

#[test]
fn a_word_that_no_font_names_is_told_and_bullets_are_not() {
    let told = |content: &str| {
        let mut doc = with_pages(&[content.into()], Dictionary::new());
        let below = dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "X" };
        let below = doc.add_object(below);
        let strange = dictionary! {
            "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "X", "Encoding" => "Identity-H",
            "DescendantFonts" => vec![below.into()],
        };
        let plain = dictionary! {
            "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
        };
        let page = doc.get_pages()[&1];
        let resources = dictionary! { "Font" => dictionary! { "F1" => plain, "F2" => strange } };
        doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
        read_well(doc).issues
    };
    let text =
        "BT /F1 10 Tf 50 700 Td (En sida med mycket vanlig text som alla kan lasa, rad efter rad.) Tj ET "
            .repeat(8);
    let number = "BT /F2 10 Tf 50 400 Td <F001F002F003F004F005F006> Tj ET";
    assert_eq!(told(&format!("{text} {number}")), [(Reason::UnreadableFonts, 1)]);
    let bullets: String = (0..9)
        .map(|n| {
            format!(
                "BT /F2 10 Tf 40 {} Td <F00{n}> Tj ET BT /F1 10 Tf 60 {} Td (punkt) Tj ET ",
                9 * n,
                9 * n
            )
        })
        .collect();
    let column: String = (0..9)
        .map(|n| format!("BT /F2 10 Tf 40 {} Td <F00{n}> Tj ET ", 600 - 20 * n))
        .collect();
    let dots = format!("BT /F2 10 Tf 50 400 Td <{}> Tj ET", "F001".repeat(30));
    for harmless in [bullets, column] {
        assert_eq!(told(&format!("{text} {harmless}")), []);
    }
    assert_eq!(told(&format!("{} {dots}", text.repeat(2))), []);
}

#[test]
fn limits_that_are_hit_are_told() {
    let ids: Vec<_> = (100..130).map(|number| (number, 0)).collect();
    let at = |level: usize| {
        let mut stream = form("/X0 Do");
        let next = ids
            .get(level + 1)
            .map_or(Object::Null, |id| Object::Reference(*id));
        stream.dict.set(
            "Resources",
            dictionary! { "XObject" => dictionary! { "X0" => next } },
        );
        stream
    };
    let mut doc = with_xobjects(&format!("{NUMBER} /X0 Do"), vec![("X0", at(0))]);
    doc.max_id = 200;
    for (level, id) in ids.iter().enumerate().skip(1) {
        doc.objects.insert(*id, at(level).into());
    }
    assert_eq!(read_well(doc).issues, [(Reason::ContentLimit, 1)]);

    let mut doc = document(&[NUMBER]);
    let options: Vec<Object> = (0..2001)
        .map(|n| literal(format!("val {n}").as_bytes()))
        .collect();
    let list = doc.add_object(dictionary! { "T" => literal(b"lista"), "Opt" => options });
    let mut field = doc.add_object(dictionary! { "T" => literal(b"pnr"), "V" => literal(b"811228-9874") });
    for _ in 0..4 {
        let name = literal(&[b'x'; 2000]);
        field = doc.add_object(dictionary! { "T" => name, "Kids" => vec![field.into()] });
    }
    let form = dictionary! { "Fields" => vec![list.into(), field.into()] };
    doc.catalog_mut().unwrap().set("AcroForm", form);
    let said = read_well(doc);
    assert_eq!(said.issues, [(Reason::ContentLimit, 1)]);
    assert!(
        said.texts
            .iter()
            .any(|(at, _, text)| at.starts_with("field x") && text == "811228-9874")
    );
}

#[test]
fn actions_that_follow_and_files_that_are_opened_are_told() {
    let mut doc = document(&[NUMBER]);
    let mail = |to: &str| dictionary! { "S" => "URI", "URI" => literal(format!("mailto:{to}").as_bytes()) };
    let own = doc.new_object_id();
    let mut endless = mail("ulf@example.se");
    endless.set("Next", own);
    doc.objects.insert(own, endless.into());
    let actions = [
        dictionary! { "S" => "Launch", "F" => literal(b"vera@example.se.txt") },
        dictionary! { "S" => "Launch", "Win" => dictionary! { "F" => literal(b"siv@example.se.txt") } },
        dictionary! { "S" => "GoTo", "Next" => vec![mail("eva@example.se").into(), mail("bo@example.se").into()] },
    ];
    let links = actions.map(|action| dictionary! { "Subtype" => "Link", "A" => action }.into());
    let page = doc.get_pages()[&1];
    doc.get_dictionary_mut(page)
        .unwrap()
        .set("Annots", links.to_vec());
    let said = read_well(doc.clone());
    assert_eq!(
        said.at("annotation, page 1"),
        [
            "vera@example.se.txt",
            "siv@example.se.txt",
            "eva@example.se",
            "bo@example.se"
        ]
    );
    assert_eq!(said.issues, []);
    doc.catalog_mut().unwrap().set("OpenAction", own);
    let said = read_well(doc);
    assert_eq!(said.issues, [(Reason::ContentLimit, 1)]);
}

#[test]
fn what_masks_tiles_and_looks_without_a_state_show_is_read() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (en blankett) Tj ET /G gs 0 0 9 9 re f"]);
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    };
    let fonts = dictionary! { "Font" => dictionary! { "F1" => font } };
    let shows = |text: &str, more: Option<Dictionary>| {
        let mut stream = form(&format!(
            "BT /F1 10 Tf 5 5 Td ({text}) Tj ET /Pattern cs /P scn 0 0 9 9 re f"
        ));
        let mut resources = fonts.clone();
        resources.extend(&more.unwrap_or_default());
        stream.dict.set("Resources", resources);
        stream
    };
    let tile = doc.add_object(shows("811228-9874", None));
    let look = doc.add_object(shows(
        "stamp",
        Some(dictionary! { "Pattern" => dictionary! { "P" => tile } }),
    ));
    let mask = doc.add_object(shows("i masken", None));
    let page = doc.get_pages()[&1];
    let mut resources = fonts.clone();
    let state = dictionary! { "SMask" => dictionary! { "S" => "Luminosity", "G" => mask } };
    resources.set("ExtGState", dictionary! { "G" => state });
    let looks = dictionary! { "N" => dictionary! { "On" => look } };
    let rect: Vec<Object> = vec![50.into(), 600.into(), 250.into(), 620.into()];
    let of = |kind: &str| dictionary! { "Subtype" => kind, "Rect" => rect.clone(), "AP" => looks.clone() };
    let page = doc.get_dictionary_mut(page).unwrap();
    page.set("Resources", resources);
    page.set("Annots", vec![of("Stamp").into()]);
    let said = read_well(doc.clone());
    let text = said.at("page 1").join("|");
    for part in ["en blankett", "i masken", "stamp", "811228-9874"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // A box that is in no state shows nothing.
    let page = doc.get_pages()[&1];
    doc.get_dictionary_mut(page)
        .unwrap()
        .set("Annots", vec![of("Widget").into()]);
    assert!(!read_well(doc).at("page 1").join("|").contains("stamp"));
}

#[test]
fn notes_behind_a_page_that_is_not_there_are_told() {
    let mut doc = document(&[
        "BT /F1 10 Tf 50 700 Td (ett) Tj ET",
        "",
        "BT /F1 10 Tf 50 700 Td (tre) Tj ET",
    ]);
    let note = doc.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Text", "Contents" => literal(b"Ring 070-1740606"),
        "Rect" => vec![0.into(), 0.into(), 9.into(), 9.into()],
    });
    let pages = doc.get_pages();
    let third = doc.get_dictionary_mut(pages[&3]).unwrap();
    third.set("Annots", vec![note.into()]);
    doc.objects.remove(&pages[&2]);
    let said = read_well(doc);
    assert_eq!(said.at("page 2"), ["tre"]);
    assert_eq!(said.at("annotation, page 2"), ["Ring 070-1740606"]);
    assert_eq!(said.issues, [(Reason::PartlyDamaged, 1)]);
}
