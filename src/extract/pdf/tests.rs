//! PDFs built here, and what is said about them.

#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "documents are built by hand"
)]

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};

use super::Pdf;
use crate::extract::{Extractor, Flow, Input, Member, Outlet, Picture};
use crate::model::{Issue, Place, Reason, Segment};

mod beside;
mod hostile;
mod past;
mod silent;
mod torn;

/// Keeps what was said.
#[derive(Default)]
pub(super) struct Said {
    pub(super) texts: Vec<(String, Option<String>, String)>,
    pub(super) members: Vec<(String, Vec<u8>)>,
    pub(super) issues: Vec<(Reason, u64)>,
    pub(super) ticks: u64,
    pub(super) own: Vec<String>,
    pub(super) pictures: Vec<(u32, u16, &'static str, Vec<u8>)>,
    pub(super) wants_pictures: bool,
    stop_after: Option<usize>,
}

impl Said {
    fn flow(&self) -> Flow {
        let said = self.texts.len() + self.members.len();
        if self.stop_after.is_some_and(|most| said >= most) {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    pub(super) fn at(&self, place: &str) -> Vec<&str> {
        let here = self.texts.iter().filter(|(at, ..)| at == place);
        here.map(|(.., text)| text.as_str()).collect()
    }
}

impl Outlet for Said {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        let Segment::Text(text) = segment else {
            panic!("a PDF has no rows");
        };
        assert!(
            text.text.get(text.own.clone()).is_some(),
            "own lies on character borders"
        );
        self.own.push(text.text[text.own.clone()].to_string());
        let place = match &text.place {
            Place::Page { page } if text.own == (0..text.text.len()) => format!("page {page}"),
            Place::Page { page } => format!("join {page}"),
            Place::Field { name } => format!("field {name}"),
            Place::Part { name } => name.to_string(),
            other => panic!("unexpected place {other:?}"),
        };
        self.texts
            .push((place, text.label.map(str::to_string), text.text.to_string()));
        self.flow()
    }
    fn member(&mut self, member: Member<'_>) -> Flow {
        let name = String::from_utf8_lossy(member.name).into_owned();
        self.members
            .push((name, member.content.into_bytes().unwrap().into_owned()));
        self.flow()
    }
    fn unread_member(&mut self, _: &[u8], _: u64, reason: Reason) -> Flow {
        self.issues.push((reason, 1));
        self.flow()
    }
    fn issue(&mut self, issue: Issue) {
        self.issues.push((issue.reason, issue.count));
    }
    fn tick(&mut self) -> Flow {
        self.ticks += 1;
        self.flow()
    }
    fn wants_pictures(&self) -> bool {
        self.wants_pictures
    }
    fn picture(&mut self, picture: Picture<'_>) -> bool {
        let file = picture.bytes.to_vec();
        self.pictures
            .push((picture.page, picture.turn, picture.extension, file));
        true
    }
}

pub(super) fn read(bytes: &[u8]) -> (Said, Result<(), Reason>) {
    let mut said = Said::default();
    let result = Pdf.extract(Input::memory(bytes, "pdf"), &mut said);
    (said, result)
}

fn read_well(doc: Document) -> Said {
    let (said, result) = read(&saved(doc));
    assert_eq!(result, Ok(()));
    said
}

fn saved(mut doc: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).unwrap();
    bytes
}

/// A document with these page contents; text is in Helvetica as `F1`, encoded as Windows-1252.
fn document(contents: &[&str]) -> Document {
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    };
    let resources = dictionary! { "Font" => dictionary! { "F1" => font } };
    let contents: Vec<Vec<u8>> = contents.iter().map(|text| latin(text)).collect();
    with_pages(&contents, resources)
}

fn latin(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

fn with_pages(contents: &[Vec<u8>], resources: Dictionary) -> Document {
    let mut doc = Document::with_version("1.5");
    let tree = doc.new_object_id();
    let resources = doc.add_object(resources);
    let mut kids = Vec::new();
    for content in contents {
        let content = doc.add_object(Stream::new(dictionary! {}, content.clone()));
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        };
        kids.push(doc.add_object(page).into());
    }
    let count = i64::try_from(kids.len()).unwrap();
    doc.objects.insert(
        tree,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into(),
    );
    let root = doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    doc.trailer.set("Root", root);
    doc
}

/// The root of the tree of pages.
fn tree_of(doc: &Document) -> ObjectId {
    let catalog = doc.catalog().unwrap();
    catalog.get(b"Pages").unwrap().as_reference().unwrap()
}

fn literal(text: &[u8]) -> Object {
    Object::String(text.to_vec(), StringFormat::Literal)
}

#[test]
fn words_lines_and_cells_come_from_where_the_strings_stand() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td (Bj\u{f6}rn) Tj [(\u{c5}s) -50 (a) -600 (Pil)] TJ 0 -14 Td (n\u{e4}sta) Tj ET \
         BT /F1 10 Tf 300 686 Td (cell) Tj ET",
        "BT /F1 10 Tf 50 700 Td (sida tv\u{e5}) Tj ET",
    ]));
    assert_eq!(said.at("page 1"), ["BjörnÅsa Pil\nnästa\tcell"]);
    assert_eq!(said.at("page 2"), ["sida två"]);
    assert_eq!(said.issues, []);
}

#[test]
fn to_unicode_tells_what_glyph_numbers_mean() {
    let cmap = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> \
        endcodespacerange 2 beginbfchar <0001> <00E5> <0002> <00660069> endbfchar endcmap end end";
    let mut doc = with_pages(
        &[b"BT /F1 10 Tf 50 700 Td <00010002> Tj ET".to_vec()],
        Dictionary::new(),
    );
    let cmap = doc.add_object(Stream::new(dictionary! {}, cmap.to_vec()));
    let below = dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "X" };
    let below = doc.add_object(below);
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "X", "Encoding" => "Identity-H",
        "DescendantFonts" => vec![below.into()], "ToUnicode" => cmap,
    };
    let font = doc.add_object(font);
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "Font" => dictionary! { "F1" => font } };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    assert_eq!(read_well(doc).at("page 1"), ["åfi"]);
}

#[test]
fn a_value_torn_inside_a_cell_is_joined_beside_the_page() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 12 TL 50 700 Td (Personnummer) Tj T* (19811218-) Tj T* (9876) Tj ET \
         BT /F1 10 Tf 12 TL 200 700 Td (asa.oberg@e) Tj T* (xample.se) Tj ET \
         BT /F1 10 Tf 12 TL 350 700 Td (ett stycke text som) Tj T* (bara forts\u{e4}tter) Tj ET",
    ]));
    let text = "Personnummer\n19811218-\n9876\nasa.oberg@e\nxample.se\nett stycke text som\nbara fortsätter";
    assert_eq!(said.at("page 1"), [text]);
    // Newlines in front keep the line of the upper part.
    assert_eq!(
        said.at("join 1"),
        ["\n19811218-9876", "\n\n\nasa.oberg@example.se"]
    );
}

#[test]
fn a_value_torn_over_many_lines_or_between_its_groups_is_joined() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 12 TL 50 700 Td (maja_k@) Tj T* (mail.exam) Tj T* (ple.org) Tj ET \
         BT /F1 10 Tf 12 TL 150 700 Td (+46 70 ) Tj T* (174 06 ) Tj T* (73) Tj ET \
         BT /F1 10 Tf 12 TL 250 700 Td (Tel 070-174) Tj T* (06 76) Tj ET \
         BT /F1 10 Tf 12 TL 350 700 Td (Gatan 22 lgh 1203) Tj T* (118 26 Stockholm) Tj ET",
    ]));
    let joins: Vec<&str> = said.at("join 1").iter().map(|text| text.trim_start()).collect();
    assert_eq!(
        joins,
        ["maja_k@mail.example.org", "+46 70 174 06 73", "Tel 070-174 06 76"]
    );
}

#[test]
fn whole_values_below_each_other_are_not_joined() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 12 TL 50 700 Td (19811218-9876) Tj T* (19750101-1234) Tj T* (bo@example.se) Tj \
         T* (eva@example.se) Tj T* (12345) Tj T* (67890) Tj ET",
    ]));
    assert_eq!(said.at("join 1"), [] as [&str; 0]);
}

#[test]
fn text_in_forms_is_read_and_a_form_in_itself_ends() {
    let mut doc = document(&["/X Do"]);
    let (resources, _) = doc
        .get_page_resources(doc.get_pages()[&1])
        .map(|(r, ids)| (r.cloned(), ids))
        .unwrap();
    let mut resources = resources.unwrap_or_else(|| {
        let page = doc.get_dictionary(doc.get_pages()[&1]).unwrap();
        doc.get_dictionary(page.get(b"Resources").unwrap().as_reference().unwrap())
            .unwrap()
            .clone()
    });
    let form = doc.new_object_id();
    resources.set("XObject", dictionary! { "X" => form });
    let dict = dictionary! { "Type" => "XObject", "Subtype" => "Form", "Resources" => resources.clone() };
    let content = b"BT /F1 10 Tf 5 5 Td (inne) Tj ET /X Do".to_vec();
    doc.objects.insert(form, Stream::new(dict, content).into());
    let page = doc.get_pages()[&1];
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    assert_eq!(read_well(doc).at("page 1"), ["inne"]);
}

#[test]
fn actual_text_stands_for_its_glyphs_and_bold_by_overprint_is_read_once() {
    let said = read_well(document(&[
        "BT /F1 10 Tf 50 700 Td /Span <</ActualText <FEFF00E5>>> BDC (xyz) Tj EMC ET \
         BT /F1 10 Tf 50 600 Td (fet) Tj ET BT /F1 10 Tf 50.2 600 Td (fet) Tj ET",
    ]));
    assert_eq!(said.at("page 1"), ["å\nfet"]);
}

#[test]
fn scattered_glyphs_are_ordered_by_geometry() {
    let mut order: Vec<(usize, char)> = "personnummer 811218-9876 hos".chars().enumerate().collect();
    order.sort_by_key(|(at, _)| (at * 17) % 29);
    let content: Vec<String> = order
        .iter()
        .map(|(at, c)| format!("BT /F1 10 Tf {} 700 Td ({c}) Tj ET ", 50 + at * 6))
        .collect();
    assert_eq!(
        read_well(document(&[&content.concat()]))
            .at("page 1")
            .concat()
            .replace(' ', ""),
        "personnummer811218-9876hos"
    );
}

#[test]
fn information_fields_annotations_and_attachments_are_told_with_their_names() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (se eva@example.se) Tj ET"]);
    let info =
        dictionary! { "Author" => literal(b"\xFE\xFF\x00\xC5\x00s\x00a"), "Title" => literal(b"F\xE4lt") };
    let info = doc.add_object(info);
    doc.trailer.set("Info", info);
    let parent = doc.new_object_id();
    let kid = dictionary! {
        "T" => literal(b"pnr"), "Parent" => parent, "FT" => "Tx", "V" => literal(b"811218-9876"),
        "TU" => literal(b"Personnummer"),
    };
    let kid = doc.add_object(kid);
    doc.objects.insert(
        parent,
        dictionary! { "T" => literal(b"kund"), "Kids" => vec![kid.into()] }.into(),
    );
    let link = |uri: &str| {
        dictionary! {
            "Subtype" => "Link", "A" => dictionary! { "S" => "URI", "URI" => literal(uri.as_bytes()) },
        }
    };
    let attached = doc.add_object(Stream::new(dictionary! {}, b"namn;pnr".to_vec()));
    let note = dictionary! {
        "Subtype" => "FileAttachment", "Contents" => literal(b"ring 070-1234567"), "T" => literal(b"Bo"),
        "FS" => dictionary! { "Type" => "Filespec", "UF" => literal(b"lista.csv"),
                              "EF" => dictionary! { "F" => attached } },
    };
    let page = doc.get_pages()[&1];
    let annotations = vec![
        link("mailto:eva@example.se").into(),
        link("mailto:%C3%A5sa@example.se").into(),
        note.into(),
    ];
    doc.get_dictionary_mut(page).unwrap().set("Annots", annotations);
    let form = dictionary! { "Fields" => vec![parent.into()] };
    doc.catalog_mut().unwrap().set("AcroForm", form);

    let said = read_well(doc);
    assert_eq!(said.at("information/Author"), ["Åsa"]);
    assert_eq!(said.at("information/Title"), ["Fält"]);
    let field = said.texts.iter().find(|(at, ..)| at == "field kund.pnr").unwrap();
    assert_eq!(
        (field.1.as_deref(), field.2.as_str()),
        (Some("Personnummer"), "811218-9876")
    );
    // A link to what the page shows says nothing new.
    assert_eq!(
        said.at("annotation, page 1"),
        ["åsa@example.se", "ring 070-1234567", "Bo"]
    );
    assert_eq!(said.members, [("lista.csv".to_string(), b"namn;pnr".to_vec())]);
}

#[test]
fn pages_that_are_pictures_need_text_recognition() {
    let mut doc = document(&[
        "q 595 0 0 842 0 0 cm /I Do Q",
        "BT /F1 10 Tf 50 700 Td (en sida med text) Tj ET",
    ]);
    let dict = dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1 };
    let image = doc.add_object(Stream::new(dict, vec![0]));
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "XObject" => dictionary! { "I" => image } };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    let said = read_well(doc);
    assert_eq!(said.issues, [(Reason::NeedsOcr, 1)]);
    assert_eq!(said.at("page 2"), ["en sida med text"]);
}

#[test]
fn glyphs_nobody_can_name_are_told() {
    let mut doc = with_pages(
        &[format!("BT /F1 10 Tf 50 700 Td <{}> Tj ET", "F001".repeat(20)).into()],
        Dictionary::new(),
    );
    let below =
        doc.add_object(dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "X" });
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "X", "Encoding" => "Identity-H",
        "DescendantFonts" => vec![below.into()],
    };
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "Font" => dictionary! { "F1" => font } };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    assert_eq!(read_well(doc).issues, [(Reason::UnreadableFonts, 1)]);
}

#[test]
fn a_password_is_told_unless_it_is_empty() {
    for (user, expected) in [("", Ok(())), ("hemligt", Err(Reason::Encrypted))] {
        let mut doc = document(&["BT /F1 10 Tf 50 700 Td (skyddad) Tj ET"]);
        doc.trailer.set("ID", vec![literal(&[7; 16]), literal(&[7; 16])]);
        let version = lopdf::EncryptionVersion::V2 {
            document: &doc,
            owner_password: "chef",
            user_password: user,
            key_length: 128,
            permissions: lopdf::Permissions::all(),
        };
        let state = lopdf::EncryptionState::try_from(version).unwrap();
        doc.encrypt(&state).unwrap();
        let (said, result) = read(&saved(doc));
        assert_eq!(result, expected);
        assert_eq!(said.at("page 1").len(), usize::from(expected.is_ok()));
    }
}

#[test]
fn an_encryption_dictionary_in_the_trailer_itself_is_seen() {
    // Fonts nobody decrypted would look like a damaged document, not like one that needs its password.
    let mut doc = document(&["BT /F1 12 Tf (811228-9874) Tj ET"]);
    doc.trailer.set(
        "Encrypt",
        dictionary! {
            "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -4,
            "O" => Object::String(vec![7; 32], StringFormat::Hexadecimal),
            "U" => Object::String(vec![9; 32], StringFormat::Hexadecimal),
        },
    );
    assert_eq!(read(&saved(doc)).1, Err(Reason::Encrypted));
}

#[test]
fn a_document_whose_inline_encryption_takes_the_empty_password_is_read_whole() {
    let mut doc = document(&["BT /F1 10 Tf 50 700 Td (skyddad) Tj ET"]);
    let info = doc.add_object(dictionary! { "Author" => literal(b"Eva Test") });
    doc.trailer.set("Info", info);
    doc.trailer.set("ID", vec![literal(&[7; 16]), literal(&[7; 16])]);
    doc.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let version = lopdf::EncryptionVersion::V2 {
        document: &doc,
        owner_password: "chef",
        user_password: "",
        key_length: 128,
        permissions: lopdf::Permissions::all(),
    };
    let state = lopdf::EncryptionState::try_from(version).unwrap();
    doc.encrypt(&state).unwrap();
    let id = doc.trailer.get(b"Encrypt").unwrap().as_reference().unwrap();
    let inline = doc.objects.remove(&id).unwrap();
    doc.trailer.set("Encrypt", inline);
    let (said, result) = read(&saved(doc));
    assert_eq!((result, said.issues), (Ok(()), vec![]));
    let told: Vec<&str> = said.texts.iter().map(|(.., text)| text.as_str()).collect();
    assert_eq!(told, ["Eva Test", "skyddad"]);
}

#[test]
fn what_is_no_pdf_is_damaged() {
    for bytes in [
        b"".as_slice(),
        b"%PDF-1.7",
        b"%PDF-1.4\n1 0 obj << /Type /Catalog",
        &[0x25; 300],
    ] {
        assert_eq!(read(bytes).1, Err(Reason::Damaged));
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_bomb_is_taken_out_and_the_other_pages_are_read() {
    let plain = "BT /F1 10 Tf 50 700 Td (ofarlig) Tj ET";
    let chunk = deflated(&vec![b' '; 70 << 20]);
    let twice = deflated(&chunk);
    for (content, filter) in [
        (chunk, Object::Name(b"FlateDecode".to_vec())),
        (
            twice,
            vec!["Fl".into(), Object::Name(b"FlateDecode".to_vec())].into(),
        ),
    ] {
        let mut doc = document(&[plain, "", plain]);
        let id = doc.get_page_contents(doc.get_pages()[&2])[0];
        let stream = Stream::new(dictionary! { "Filter" => filter, "Subtype" => "Image" }, content);
        doc.objects.insert(id, stream.into());
        let said = read_well(doc);
        assert_eq!(said.issues, [(Reason::ExpansionLimit, 1)]);
        assert_eq!(
            (said.at("page 1"), said.at("page 3")),
            (vec!["ofarlig"], vec!["ofarlig"])
        );
    }
}

#[test]
fn traps_for_the_text_parser_are_taken_out() {
    let mut doc = document(&[
        "BT /F1 10 Tf 50 700 Td (kvar) Tj ET",
        "BT /F2 10 Tf 50 700 Td (borta) Tj ET",
    ]);
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "FirstChar" => 4_000_000_000_i64,
        "LastChar" => 4_000_000_001_i64, "Widths" => vec![500.into()],
    };
    let font = doc.add_object(font);
    let kids = doc.new_object_id();
    let endless = |_| dictionary! { "Type" => "Pages", "Kids" => kids }.into();
    doc.objects
        .insert(kids, Object::Array((0..2).map(endless).collect()));
    let tree = tree_of(&doc);
    let extra =
        doc.add_object(dictionary! { "Type" => "Pages", "Kids" => kids, "Parent" => tree, "F" => font });
    let tree = doc.get_dictionary_mut(tree).unwrap();
    tree.get_mut(b"Kids")
        .unwrap()
        .as_array_mut()
        .unwrap()
        .push(extra.into());
    let said = read_well(doc);
    assert_eq!(said.at("page 1"), ["kvar"]);
    assert_eq!(
        said.issues.first().map(|(reason, _)| *reason),
        Some(Reason::PartlyDamaged)
    );
}

#[test]
fn endless_work_is_bounded() {
    let mut doc = document(&["/X0 Do"]);
    let ids: Vec<_> = (0..14).map(|_| doc.new_object_id()).collect();
    for (level, id) in ids.iter().enumerate() {
        let next = ids
            .get(level + 1)
            .map_or(Object::Null, |id| Object::Reference(*id));
        let resources = dictionary! { "XObject" => dictionary! { "X0" => next } };
        let dict = dictionary! { "Subtype" => "Form", "Resources" => resources };
        doc.objects
            .insert(*id, Stream::new(dict, b"/X0 Do ".repeat(12)).into());
    }
    let page = doc.get_pages()[&1];
    let resources = dictionary! { "XObject" => dictionary! { "X0" => ids[0] } };
    doc.get_dictionary_mut(page).unwrap().set("Resources", resources);
    let said = read_well(doc);
    assert_eq!(said.issues, [(Reason::ContentLimit, 1)]);
    assert!(said.ticks > 1000);
}

#[test]
fn the_engine_can_stop_at_any_time() {
    let content = "BT /F1 10 Tf 50 700 Td (sida) Tj ET";
    for most in 0..4 {
        let mut said = Said {
            stop_after: Some(most),
            ..Said::default()
        };
        let bytes = saved(document(&[content; 5]));
        assert_eq!(Pdf.extract(Input::memory(&bytes, "pdf"), &mut said), Ok(()));
        assert!(said.texts.len() <= most.max(1));
    }
}

#[test]
fn every_cut_and_flipped_file_ends() {
    let whole = saved(document(&["BT /F1 10 Tf 50 700 Td (811218-9876) Tj ET"]));
    for cut in 0..whole.len() {
        let _ = read(&whole[..cut]);
        let mut flipped = whole.clone();
        flipped[cut] ^= 1 << (cut % 8);
        let _ = read(&flipped);
    }
}

#[test]
fn a_document_that_shows_nothing_is_not_silently_clean() {
    assert_eq!(
        read_well(document(&["q Q", ""])).issues,
        [(Reason::PartlyDamaged, 1)]
    );
    assert_eq!(read_well(document(&["0 0 9 9 re f"])).issues, []);
}

#[test]
fn a_page_without_the_content_it_points_to_is_damaged() {
    let content = "BT /F1 10 Tf 50 700 Td (kvar) Tj ET";
    let mut doc = document(&[content, content]);
    let pages = doc.get_pages();
    let there = doc.get_page_contents(pages[&1])[0];
    let parts = vec![Object::Reference((900, 0)), there.into()];
    doc.get_dictionary_mut(pages[&1]).unwrap().set("Contents", parts);
    doc.get_dictionary_mut(pages[&2])
        .unwrap()
        .set("Contents", Object::Reference((901, 0)));
    let said = read_well(doc);
    assert_eq!(said.at("page 1"), ["kvar"]);
    assert_eq!(said.issues, [(Reason::PartlyDamaged, 2)]);
}
