//! Earlier revisions, files that were cut, and pictures that are handed on.

use std::fmt::Write as _;

use lopdf::{Dictionary, Object, Stream, dictionary};

use super::{Said, document, read, read_well, saved, tree_of};
use crate::extract::pdf::Pdf;
use crate::extract::{Extractor, Input};
use crate::model::Reason;

/// Adds objects behind a file as a program does that changes it: with their own table and end mark.
fn updated(mut bytes: Vec<u8>, objects: &[(u32, String)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let previous = text.rsplit_once("startxref").unwrap().1;
    let previous: usize = previous.split_whitespace().next().unwrap().parse().unwrap();
    let root = text
        .rsplit_once("/Root ")
        .unwrap()
        .1
        .split_once(" R")
        .unwrap()
        .0
        .to_string();
    let mut table = String::from("xref\n");
    bytes.push(b'\n');
    for (number, object) in objects {
        writeln!(table, "{number} 1\n{:010} 00000 n ", bytes.len()).unwrap();
        bytes.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let start = bytes.len();
    write!(
        table,
        "trailer\n<</Size 90 /Prev {previous} /Root {root} R>>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    bytes.extend_from_slice(table.as_bytes());
    bytes
}

fn stream(content: &str) -> String {
    format!("<</Length {}>>\nstream\n{content}\nendstream", content.len())
}

/// A file with classic tables and the number of the first page's content.
fn base(contents: &[&str]) -> (Vec<u8>, u32) {
    let mut doc = document(contents);
    doc.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let content = doc.get_page_contents(doc.get_pages()[&1])[0].0;
    (saved(doc), content)
}

#[test]
fn what_an_earlier_revision_said_and_no_later_one_says_is_told_once() {
    let other = "BT /F1 10 Tf 50 700 Td (kvar p\u{e5} sidan) Tj ET";
    let (first, content) = base(&[
        "BT /F1 10 Tf 14 TL 50 700 Td (Kund) Tj T* (19811218-9876) Tj T* (kvar) Tj ET",
        other,
    ]);
    let second = updated(
        first,
        &[(
            content,
            stream("BT /F1 10 Tf 14 TL 50 700 Td (Kund) Tj T* (kvar) Tj T* (ny) Tj ET"),
        )],
    );
    let third = updated(
        second,
        &[(
            content,
            stream("BT /F1 10 Tf 14 TL 50 700 Td (Kund) Tj T* (kvar) Tj ET"),
        )],
    );
    let (said, result) = read(&third);
    assert_eq!(result, Ok(()));
    assert_eq!(said.issues, []);
    assert_eq!(said.at("page 1"), ["Kund\nkvar"]);
    assert_eq!(said.at("page 2").len(), 1);
    // The text is given whole, for what stands around the value; only the value itself is its own.
    let own: Vec<&str> = said.own.iter().map(String::as_str).collect();
    assert_eq!(own.last_chunk(), Some(&["ny", "19811218-9876\n"]));
    assert_eq!(said.at("earlier revision 2, page 1"), ["Kund\nkvar\nny"]);
    assert_eq!(
        said.at("earlier revision 1, page 1"),
        ["Kund\n19811218-9876\nkvar"]
    );
    assert_eq!(said.texts.len(), 4);
}

#[test]
fn a_page_that_was_only_taken_out_of_the_tree_is_told_without_what_other_pages_say() {
    let content = |text: &str| format!("BT /F1 10 Tf 14 TL 50 700 Td (rubrik) Tj T* ({text}) Tj ET");
    let mut doc = document(&[&content("kvar"), &content("19811218-9876")]);
    let tree = tree_of(&doc);
    let tree = doc.get_dictionary_mut(tree).unwrap();
    tree.get_mut(b"Kids").unwrap().as_array_mut().unwrap().pop();
    tree.set("Count", 1);
    let said = read_well(doc);
    assert_eq!(said.issues, []);
    assert_eq!(said.at("page 1"), ["rubrik\nkvar"]);
    assert_eq!(said.own.last().map(String::as_str), Some("19811218-9876"));
    assert_eq!(
        said.texts.last().map(|(at, ..)| at.as_str()),
        Some("unlinked page 1")
    );
}

#[test]
fn a_form_value_that_was_replaced_is_told_with_its_field() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (blankett) Tj ET"]);
    doc.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let field =
        dictionary! { "T" => Object::string_literal("pnr"), "V" => Object::string_literal("811218-9876") };
    let field = doc.add_object(field);
    let form = dictionary! { "Fields" => vec![field.into()] };
    doc.catalog_mut().unwrap().set("AcroForm", form);
    let changed = updated(saved(doc), &[(field.0, "<</T (pnr) /V (raderat)>>".into())]);
    let (said, _) = read(&changed);
    assert_eq!(said.at("field pnr"), ["raderat"]);
    assert_eq!(said.at("earlier revision 1, field pnr"), ["811218-9876"]);
    assert_eq!(said.at("page 1"), ["blankett"]);
    assert_eq!(said.texts.len(), 3);
}

#[test]
fn a_cut_file_is_never_read_in_full_and_junk_behind_the_end_is_nothing() {
    let pages = ["BT /F1 10 Tf 50 700 Td (811218-9876) Tj ET"; 3];
    let (whole, _) = base(&pages);
    let said = |bytes: &[u8]| read(bytes);
    for end in ["", "\n\n", "\0\0\0", "<!-- proxy -->\n"] {
        let mut bytes = whole.clone();
        bytes.truncate(whole.trim_ascii_end().len());
        bytes.extend_from_slice(end.as_bytes());
        assert_eq!(said(&bytes).0.issues, []);
    }
    let last = whole.trim_ascii_end().len() - b"startxref\n1234\n%%EOF".len();
    for cut in 0..last {
        let (said, result) = said(&whole[..cut]);
        let told = said
            .issues
            .iter()
            .any(|(reason, _)| *reason == Reason::PartlyDamaged);
        assert!(told || result.is_err(), "cut at {cut}");
    }
}

#[test]
fn an_object_that_the_table_promises_and_that_is_not_there_is_told() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (kvar) Tj ET"]);
    doc.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let lost = doc.add_object(dictionary! { "Nums" => vec![1.into()] });
    doc.catalog_mut().unwrap().set("PageLabels", lost);
    let mut bytes = saved(doc);
    assert_eq!(read(&bytes).0.issues, []);
    let head = format!("\n{} 0 obj", lost.0);
    let at = bytes
        .windows(head.len())
        .position(|w| w == head.as_bytes())
        .unwrap();
    bytes[at + 1..at + head.len()].fill(b' ');
    let (said, _) = read(&bytes);
    assert_eq!(
        (said.issues, said.texts.len()),
        (vec![(Reason::PartlyDamaged, 1)], 1)
    );
}

/// A document whose one page is a picture.
fn picture(dict: Dictionary, content: Vec<u8>) -> Vec<u8> {
    let mut doc = document(&["q 0 842 -595 0 595 0 cm /I Do Q"]);
    let mut whole = dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 16, "Height" => 17 };
    whole.extend(&dict);
    let image = doc.add_object(Stream::new(whole, content));
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "XObject" => dictionary! { "I" => image } };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    saved(doc)
}

#[test]
fn pictures_of_pages_are_handed_on_as_files_where_they_are_wanted() {
    let name = |name: &str| Object::Name(name.as_bytes().to_vec());
    let fax = dictionary! { "K" => -1, "Columns" => 16, "BlackIs1" => true };
    let table = Object::string_literal(vec![1, 2, 3, 250, 251, 252]);
    let indexed = vec![name("Indexed"), name("DeviceRGB"), 1.into(), table];
    let cases: [(Dictionary, Vec<u8>, &str, Vec<u8>); 5] = [
        (
            dictionary! { "Filter" => "DCTDecode" },
            b"\xFF\xD8 whatever".to_vec(),
            "jpg",
            b"\xFF\xD8 whatever".to_vec(),
        ),
        (
            dictionary! { "BitsPerComponent" => 1, "ColorSpace" => "DeviceGray" },
            vec![0b1010_0000; 34],
            "pbm",
            [b"P4\n16 17\n".to_vec(), vec![0b0101_1111; 34]].concat(),
        ),
        (
            dictionary! { "BitsPerComponent" => 8, "ColorSpace" => "DeviceRGB", "Decode" => vec![1.into(), 0.into()] },
            vec![10; 3 * 16 * 17],
            "ppm",
            [b"P6\n16 17\n255\n".to_vec(), vec![245; 3 * 16 * 17]].concat(),
        ),
        (
            dictionary! { "BitsPerComponent" => 1, "ColorSpace" => indexed },
            vec![0b0101_0101; 34],
            "ppm",
            [
                b"P6\n16 17\n255\n".to_vec(),
                [1, 2, 3, 250, 251, 252].repeat(8 * 17),
            ]
            .concat(),
        ),
        (
            dictionary! { "Filter" => "CCITTFaxDecode", "DecodeParms" => fax },
            vec![1, 2, 3],
            "tif",
            Vec::new(),
        ),
    ];
    for (dict, content, extension, expected) in cases {
        let bytes = picture(dict, content);
        let (said, _) = read(&bytes);
        assert_eq!(
            (said.pictures.len(), said.issues),
            (0, vec![(Reason::NeedsOcr, 1)])
        );
        let mut said = Said {
            wants_pictures: true,
            ..Said::default()
        };
        assert_eq!(Pdf.extract(Input::memory(&bytes, "pdf"), &mut said), Ok(()));
        assert_eq!(said.issues, []);
        let [(page, turn, found, file)] = &said.pictures[..] else {
            panic!("one picture");
        };
        assert_eq!((*page, *turn, *found), (1, 270, extension));
        if extension == "tif" {
            assert!(file.starts_with(b"II*\0") && file.ends_with(&[1, 2, 3]));
        } else {
            assert_eq!(*file, expected);
        }
    }
}

#[test]
fn a_line_across_a_scanned_page_does_not_make_it_a_page_of_text() {
    let mut doc =
        document(&["q 595 0 0 842 0 0 cm /I Do Q BT /F1 9 Tf 50 20 Td (Skannad med telefonen) Tj ET"]);
    let page = doc.get_pages()[&1];
    let image = dictionary! { "Subtype" => "Image", "Width" => 1, "Height" => 1 };
    let image = doc.add_object(Stream::new(image, vec![0]));
    let id = doc
        .get_dictionary(page)
        .unwrap()
        .get(b"Resources")
        .unwrap()
        .as_reference()
        .unwrap();
    doc.get_dictionary_mut(id)
        .unwrap()
        .set("XObject", dictionary! { "I" => image });
    let said = read_well(doc);
    assert_eq!(said.issues, [(Reason::NeedsOcr, 1)]);
    assert_eq!(said.at("page 1"), ["Skannad med telefonen"]);
}
