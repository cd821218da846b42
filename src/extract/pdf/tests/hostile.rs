//! Numbers for which a library would take all memory, never end, or die.

use std::fmt::Write as _;

use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use super::{Pdf, Said, deflated, document, read, saved, with_pages};
use crate::extract::{ContentLimits, Extractor, Input};
use crate::model::Reason;

/// Where lopdf writes this, [`with_lost_objects`] puts a number that it cannot read.
const UNREADABLE: &[u8] = b"aaaaaaaaaaaaaaaaaaaa";

/// A page with a value in a font without harm, and the same in the font `F2` that `font` makes.
fn two_fonts(shown: &str, font: impl FnOnce(&mut Document) -> Dictionary) -> Document {
    let content = format!("BT /F1 10 Tf 50 700 Td (19121212-1212) Tj /F2 10 Tf 0 -20 Td {shown} Tj ET");
    let mut doc = with_pages(&[content.into_bytes()], Dictionary::new());
    let font = font(&mut doc);
    let font = doc.add_object(font);
    let good = dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    };
    let fonts = dictionary! { "F1" => good, "F2" => font };
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "Font" => fonts };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    doc
}

fn composite(doc: &mut Document, more: Dictionary, cmap: &[u8]) -> Dictionary {
    let mut below = dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "X" };
    below.extend(&more);
    let below = doc.add_object(below);
    let cmap = deflated(cmap);
    let cmap = doc.add_object(Stream::new(dictionary! { "Filter" => "FlateDecode" }, cmap));
    dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "X", "Encoding" => "Identity-H",
        "DescendantFonts" => vec![below.into()], "ToUnicode" => cmap,
    }
}

fn integers(numbers: &[i64]) -> Object {
    Object::Array(numbers.iter().map(|number| Object::Integer(*number)).collect())
}

/// The file, with numbers in some objects that lopdf cannot read and hayro can.
fn with_lost_objects(doc: Document) -> Said {
    let mut file = saved(doc);
    while let Some(at) = memchr::memmem::find(&file, UNREADABLE) {
        // The stroke of the name goes as well.
        file[at - 1] = b' ';
        file[at..at + UNREADABLE.len()].fill(b'9');
    }
    read(&file).0
}

fn unreadable() -> Object {
    Object::Name(UNREADABLE.to_vec())
}

fn is_damaged(said: &Said) -> bool {
    said.issues
        .iter()
        .any(|(reason, _)| *reason == Reason::PartlyDamaged)
}

const TO_LATIN: &[u8] = b"1 beginbfrange <0000> <00ff> <0000> endbfrange";

#[test]
fn text_of_a_font_is_found_without_its_endless_widths() {
    let mut shown = String::from("<");
    for c in "811228-9874".chars() {
        _ = write!(shown, "{:04x}", u32::from(c));
    }
    shown.push('>');
    let often = |range: &[i64]| integers(&range.repeat(100_000));
    for (key, widths) in [
        ("W", integers(&[0, 4_294_967_295, 500])),
        ("W", integers(&[-1, 65_535, 500, 3, i64::MAX, 1])),
        ("W", often(&[0, 65_535, 500])),
        ("W2", integers(&[0, 2_147_483_647, 1, 2, 3])),
        ("W2", often(&[0, 65_535, 1, 2, 3])),
    ] {
        let widths = dictionary! { key => widths };
        let doc = two_fonts(&shown, |doc| composite(doc, widths, TO_LATIN));
        let said = read(&saved(doc)).0;
        assert_eq!(said.at("page 1"), ["19121212-1212\n811228-9874"], "{key}");
        assert_eq!(said.issues, [(Reason::PartlyDamaged, 1)]);
    }
}

#[test]
fn text_of_a_font_is_found_with_codes_beyond_all_codes() {
    let fonts = [
        dictionary! { "FirstChar" => i64::from(i32::MIN), "LastChar" => i64::from(i32::MAX) },
        dictionary! { "FirstChar" => 9_000_000_000_000_i64, "LastChar" => 9_000_000_000_001_i64 },
        dictionary! { "FirstChar" => Object::Real(4e9), "LastChar" => 255 },
        dictionary! { "Encoding" => dictionary! {
            "BaseEncoding" => "WinAnsiEncoding",
            "Differences" => vec![i64::MAX.into(), "a".into(), "b".into(), i64::MIN.into(), "c".into()],
        } },
    ];
    for subtype in ["Type1", "TrueType"] {
        for mut font in fonts.clone() {
            font.set("Subtype", subtype);
            font.set("BaseFont", "X");
            font.set("Widths", vec![500.into()]);
            if !font.has(b"Encoding") {
                font.set("Encoding", "WinAnsiEncoding");
            }
            let said = read(&saved(two_fonts("(811228-9874)", |_| font))).0;
            assert_eq!(said.at("page 1"), ["19121212-1212\n811228-9874"]);
            assert!(is_damaged(&said));
        }
    }
}

#[test]
fn what_only_one_of_the_parsers_reads_is_weighed_too() {
    let bomb = |dict: Dictionary| {
        let mut dict = dict;
        dict.set("Filter", "FlateDecode");
        dict.set("X", unreadable());
        Stream::new(dict, deflated(&vec![b' '; 70 << 20]))
    };
    let wide = dictionary! { "W" => integers(&[0, 4_294_967_295, 500]), "DW" => unreadable() };
    let simple = dictionary! {
        "Subtype" => "TrueType", "FirstChar" => 4_294_967_295_i64, "LastChar" => 4_294_967_295_i64,
        "Widths" => vec![1.into()], "X" => unreadable(),
    };
    let endless = dictionary! {
        "Subtype" => "TrueType", "X" => unreadable(),
        "Encoding" => dictionary! { "Differences" => vec![i64::MAX.into(), "a".into(), "b".into()] },
    };
    let docs = [
        two_fonts("<0041>", |doc| composite(doc, wide, TO_LATIN)),
        two_fonts("(a)", |_| simple),
        two_fonts("(a)", |_| endless),
        two_fonts("<0041>", |doc| {
            let mut font = composite(doc, Dictionary::new(), TO_LATIN);
            font.set("ToUnicode", doc.add_object(bomb(Dictionary::new())));
            font
        }),
        two_fonts("(a)", |doc| {
            let file = doc.add_object(bomb(Dictionary::new()));
            let descriptor = dictionary! { "FontFile2" => file };
            dictionary! { "Subtype" => "TrueType", "FontDescriptor" => descriptor }
        }),
        {
            let mut doc = document(&["BT /F1 10 Tf 50 700 Td (19121212-1212) Tj ET /X Do", ""]);
            let form = doc.add_object(bomb(dictionary! { "Subtype" => "Form" }));
            let content = doc.add_object(bomb(Dictionary::new()));
            let pages = doc.get_pages();
            let page = doc.get_dictionary(pages[&1]).unwrap();
            let resources = page.get(b"Resources").unwrap().as_reference().unwrap();
            let resources = doc.get_dictionary_mut(resources).unwrap();
            resources.set("XObject", dictionary! { "X" => form });
            doc.get_dictionary_mut(pages[&2])
                .unwrap()
                .set("Contents", content);
            doc
        },
    ];
    for doc in docs {
        let said = with_lost_objects(doc);
        assert!(said.at("page 1").concat().starts_with("19121212-1212"));
        assert!(is_damaged(&said));
    }
}

#[test]
fn strings_in_character_maps_are_short() {
    let long = format!(
        "1 beginbfrange <0000> <ffff> <{}> endbfrange",
        "0041".repeat(1 << 20)
    );
    let shown = format!("<{}>", "00420043".repeat(10_000));
    let doc = two_fonts(&shown, |doc| composite(doc, Dictionary::new(), long.as_bytes()));
    let said = read(&saved(doc)).0;
    assert!(said.at("page 1").concat().starts_with("19121212-1212"));
    assert!(is_damaged(&said));
}

#[test]
fn predictors_whose_numbers_multiply_to_anything_lose_only_their_page() {
    let plain = "BT /F1 10 Tf 50 700 Td (19121212-1212) Tj ET";
    for (columns, colors, bits) in [
        (0, 1, 8),
        (1, 0, 8),
        (i64::MAX, 1, 8),
        (1_000_000, 15, 16),
        (1, 255, 16),
        (1_048_576, 31, 8),
    ] {
        for predictor in [2, 12, 15] {
            for readable in [true, false] {
                let mut doc = document(&[plain, ""]);
                let params = dictionary! {
                    "Predictor" => predictor, "Columns" => columns, "Colors" => colors, "BitsPerComponent" => bits,
                };
                let mut dict = dictionary! { "Filter" => "FlateDecode", "DecodeParms" => params };
                if !readable {
                    dict.set("X", unreadable());
                }
                let content = doc.add_object(Stream::new(dict, deflated(&[2; 4000])));
                let page = doc.get_pages()[&2];
                doc.get_dictionary_mut(page).unwrap().set("Contents", content);
                let said = with_lost_objects(doc);
                assert_eq!(said.at("page 1"), ["19121212-1212"]);
                assert!(is_damaged(&said), "{columns} {colors} {bits}");
            }
        }
    }
}

#[test]
fn pages_are_found_without_a_root_that_can_be_read() {
    for deep in ["[", "<</A"] {
        let close = if deep == "[" { "]" } else { ">>" };
        let mut doc = document(&["BT /F1 10 Tf 50 700 Td (19121212-1212) Tj ET"]);
        doc.catalog_mut().unwrap().set("D", unreadable());
        let file = saved(doc);
        let at = memchr::memmem::find(&file, UNREADABLE).unwrap();
        let (before, after) = (&file[..at - 1], &file[at + UNREADABLE.len()..]);
        let nested = format!(" {}{}", deep.repeat(100_000), close.repeat(100_000));
        let said = read(&[before, nested.as_bytes(), after].concat()).0;
        assert_eq!(said.at("page 1"), ["19121212-1212"]);
        assert!(is_damaged(&said));
    }
}

#[test]
fn as_many_operators_are_run_as_the_engine_allows() {
    let bytes = saved(document(&[
        "BT /F1 10 Tf 50 700 Td (19121212-1212) Tj ET",
        "q Q q Q",
        "q Q",
    ]));
    for (operators, limited) in [(8, true), (100, false)] {
        let limits = ContentLimits {
            operators,
            ..ContentLimits::default()
        };
        let mut said = Said::default();
        let input = Input::memory(&bytes, "pdf").with_limits(limits);
        assert_eq!(Pdf.extract(input, &mut said), Ok(()));
        assert_eq!(said.issues.contains(&(Reason::ContentLimit, 1)), limited);
        assert_eq!(said.at("page 1"), ["19121212-1212"]);
    }
}

#[test]
fn streams_of_objects_that_lopdf_gives_up_on_are_weighed() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (19121212-1212) Tj ET"]);
    let content = deflated(&vec![b' '; 70 << 20]);
    let dict = dictionary! { "Type" => "Obj", "N" => 1, "First" => 4, "Filter" => "FlateDecode", "X" => unreadable() };
    doc.add_object(Stream::new(dict, content));
    let said = with_lost_objects(doc);
    assert_eq!(said.at("page 1"), ["19121212-1212"]);
    assert!(said.issues.contains(&(Reason::ExpansionLimit, 1)));
}
