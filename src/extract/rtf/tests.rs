#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "documents are built by hand"
)]

use super::*;
use crate::extract::compound::testing::{compound, told};

fn lines(rtf: &str) -> Vec<String> {
    told(&Rtf, rtf.as_bytes()).1.lines
}

#[test]
fn text_is_read_in_the_code_page_of_its_font() {
    let rtf = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}\f0 \'c5sa {\f1\'cf\'f0} \u214?st \uc2\u229\'e5\'e5r {\uc0\u55357\u56832}\par}";
    assert_eq!(lines(rtf), ["document: Åsa Пр Öst år 😀"]);
    assert_eq!(lines(r"{\rtf1\mac \'81sa\par}"), ["document: Åsa"]);
    assert_eq!(
        lines(r"{\rtf1\ansi\ansicpg932 \'93\'fa\'96{\b x}\par}")[0]
            .chars()
            .nth(10),
        Some('日')
    );
}

#[test]
fn much_text_of_two_bytes_a_character_is_told_in_pieces_and_torn_nowhere() {
    let part = "ord \\'83\\'5c".repeat(300_000);
    let rtf = format!("{{\\rtf1\\ansi\\ansicpg932 {part}\\par}}");
    let told: String = lines(&rtf).join("").replace("document: ", "");
    assert_eq!(told.matches("ord").count(), 300_000);
    assert_eq!(told.matches('ソ').count(), 300_000);
    assert!(!told.contains('\u{fffd}'));
}

#[test]
fn a_number_in_several_runs_is_one() {
    let rtf = "{\\rtf1 811{\\b 228-\r\n98}74\\tab x\\cell y\\cell\\row z\\_z\\~z\\line{\\*\\unknown no}slut}";
    assert_eq!(
        lines(rtf),
        [
            "document: 811228-9874\tx\ty\t",
            "document: z-z\u{a0}z",
            "document: slut"
        ]
    );
}

#[test]
fn parts_properties_and_authors_are_told_apart() {
    let rtf = r#"{\rtf1{\info{\title Avtal}{\author Åsa Ek}{\operator Bo \'d6st}{\creatim\yr2003}}{\*\userprops{\propname Personnr}\proptype30{\staticval 811228-9874}}{\*\revtbl{Unknown;}{Eva Ek;}}{\header sidhuvud\par}text{\footnote fotnot}{\*\atnid BÖ}{\*\atnauthor Bo Ek}{\*\annotation{\*\atnref 1}anm\'e4rkning} mer {\field{\*\fldinst HYPERLINK "mailto:asa@example.se"}{\fldrslt länk}}{\deleted  borta}\par{\shp{\*\shpinst{\sp{\sn wzDescription}{\sv bild av Bo}}{\sp{\sn dx}{\sv 3}}{\shptxt ruta\par}}}}"#;
    let bytes: Vec<u8> = rtf.chars().map(|c| c as u8).collect();
    assert_eq!(
        told(&Rtf, &bytes).1.lines,
        [
            "document properties/title[title]: Avtal",
            "document properties/author[author]: Åsa Ek",
            "document properties/last saved by[author]: Bo Öst",
            "document properties/Personnr[Personnr]: 811228-9874",
            "tracked changes[author]: Eva Ek",
            "deleted text:  borta",
            "document: text mer länk",
            "document: HYPERLINK \"mailto:asa@example.se\"",
            "headers and footers: sidhuvud",
            "headers and footers: ",
            "footnotes: fotnot",
            "comments: Bo Ek",
            "comments: anmärkning",
            "text boxes: bild av Bo",
            "text boxes: ruta",
            "text boxes: ",
        ]
    );
}

#[test]
fn deleted_text_and_notes_at_the_end_have_their_parts() {
    let rtf = r"{\rtf1 Nr 811228{\deleted borta}-98{\deleted\b 1{\deleted0 74}}{\*\footnote\ftnalt slutnot} nu\par}";
    assert_eq!(
        lines(rtf),
        [
            "deleted text: 811228borta-981",
            "document: Nr 811228-9874 nu",
            "endnotes: slutnot"
        ]
    );
}

#[test]
fn what_was_put_in_the_place_of_deleted_text_is_not_glued_to_it() {
    let rtf = r"{\rtf1 Nr {\deleted 811228-9874}{\revised 19121212-1212}{\deleted  eller} nu\par}";
    let told = lines(rtf);
    assert!(
        told.contains(&"deleted text: 811228-9874".to_owned())
            || told.contains(&"deleted text: 811228-9874 eller".to_owned()),
        "{told:?}"
    );
}

#[test]
fn tags_of_html_tell_their_links_and_tear_nothing() {
    let rtf = r#"{\rtf1 Nr 811228{\*\htmltag84 <a href="mailto:asa@example.se">}\htmlrtf {\htmlrtf0 -98{\*\htmltag92 </a>}\htmlrtf }\htmlrtf0 74\par}"#;
    assert_eq!(
        lines(rtf),
        ["document: Nr 811228-9874", "document: mailto:asa@example.se"]
    );
}

#[test]
fn pictures_say_what_is_drawn_and_what_is_said_of_them() {
    let mut picture = [1u16, 9, 0x300, 0, 0, 0, 0, 0, 0].map(u16::to_le_bytes).concat();
    for (height, text) in [(1u16, "Nr"), (2, "811228-9874.")] {
        picture.extend((7 + text.len() as u32 / 2).to_le_bytes());
        picture.extend(
            [0x0a32, height, 0, text.len() as u16, 0]
                .map(u16::to_le_bytes)
                .concat(),
        );
        picture.extend(text.as_bytes());
    }
    picture.extend([3, 0, 0, 0, 0, 0]);
    let hex: String = picture.iter().map(|byte| format!("{byte:02x}")).collect();
    let alt = r"{\*\picprop{\sp{\sn wzDescription}{\sv Foto av \u197?sa}}}{\*\blipuid 00ff}";
    let rtf = format!(
        "{{\\rtf1 a{{\\*\\shppict{{\\pict{alt}\\pngblip 00}}}}{{\\nonshppict{{\\pict{alt}\\wmetafile8 {hex}}}}}b\\par}}"
    );
    assert_eq!(
        lines(&rtf),
        [
            "pictures: Nr",
            "pictures: 811228-9874.",
            "document: ab",
            "text boxes: Foto av Åsa"
        ]
    );
}

#[test]
fn objects_are_members() {
    let biff = [
        &[0x09, 0x08, 4, 0, 0, 5, 0x10, 0][..],
        &[0x04, 0x02, 11, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xc5, b's', b'a'],
        &[0x0a, 0, 0, 0],
    ]
    .concat();
    let file = compound(&[("Book", &biff)]);
    let mut object = [1u32, 2, 7].map(u32::to_le_bytes).concat();
    object.extend(b"Excel.\0");
    object.extend([0u32, 0, file.len() as u32].map(u32::to_le_bytes).concat());
    object.extend(&file);
    let hex: String = object.iter().map(|byte| format!("{byte:02x}")).collect();
    let rtf = format!("{{\\rtf1 a{{\\object{{\\*\\objdata {hex}}}{{\\result b}}}}\\par}}");
    assert_eq!(
        lines(&rtf),
        ["member object 1", "object 1!/row: Åsa", "document: ab"]
    );
}

#[test]
fn pictures_and_depth_cost_nothing_and_cuts_are_told() {
    let picture = "00ff".repeat(100_000);
    let rtf = format!("{{\\rtf1 a{{\\pict\\wmetafile8 {picture}\n{{x}}\\bin5 }}}}}}}}}}y}}b\\par}}");
    assert_eq!(lines(&rtf), ["document: ab"]);
    let deep = format!(
        "{{\\rtf1 {}x{}y\\par}}",
        "{".repeat(1_000_000),
        "}".repeat(1_000_000)
    );
    assert_eq!(lines(&deep), ["document: xy"]);
    let (result, said) = told(&Rtf, b"{\\rtf1 a{\\footnote b");
    assert_eq!((result, said.issues), (Ok(()), vec![Reason::PartlyDamaged]));
    assert_eq!(said.lines, ["document: a", "footnotes: b"]);
    for cut in [
        &b"{\\rtf1 \\"[..],
        b"{\\rtf1 \\'",
        b"{\\rtf1 \\u-",
        b"{\\rtf1 \\bin99999999999 x",
        b"{\\rtf1 \\u99999999999x",
    ] {
        assert_eq!(told(&Rtf, cut).0, Ok(()));
    }
}

#[test]
fn what_stands_beside_the_text_is_told() {
    let rtf = r"{\rtf1{\stylesheet{\s1 heading 1;}{\*\cs2 Kund 811228-9871;}}{\*\listtable{\list{\listlevel{\leveltext\'02\'00.;}}{\listname 811228-9872;}}}{\*\mailmerge{\mmconnectstr PWD=hemligt}{\mmquery SELECT 811228-9873}}{\*\bkmkstart Anna811228}{\*\bkmkstart _Toc811228}\trowd{\*\tblcaption 811228-9874}a\cell\row{\*\xmlopen\xmlns1{\factoidname x}{\xmlattr{\xmlattrname p}{\xmlattrvalue 811228-9875}}}b{\*\datastore 3831313232382d39383736}{\field{\*\fldinst HYPERLINK kund-811228{\*\datafield 6b756e642d383131323238003831313232382d39383737}}}\par}";
    assert_eq!(
        lines(rtf),
        [
            "styles: Kund 811228-9871;",
            "lists: 811228-9872;",
            "mail merge: PWD=hemligt",
            "mail merge: SELECT 811228-9873",
            "tables: 811228-9874",
            "attributes: 811228-9875",
            "custom data: 811228-9876",
            "document: a\t",
            "document: Anna811228",
            "document: b",
            "document: 811228-9877",
            "document: HYPERLINK kund-811228",
        ]
    );
}

#[test]
fn what_is_written_twice_is_told_once() {
    let rtf = r"{\rtf1 {\upr{811228-9874}{\*\ud{811228-9875}}}{\upr{\title a}{\*\ud{\title b}}}\par}";
    assert_eq!(
        lines(rtf),
        ["document properties/title[title]: b", "document: 811228-9875"]
    );
    let (_, said) = told(&Rtf, br"{\rtf1 {\upr{811228-9874}}\par}");
    assert_eq!(said.issues, [Reason::PartlyDamaged]);
}

#[test]
fn texts_that_are_cut_or_nested_are_told() {
    let rtf = format!(
        r"{{\rtf1{{\*\docvar {{namn}}{{{}}}}}x\par}}",
        "ord ".repeat(300_000)
    );
    assert_eq!(told(&Rtf, rtf.as_bytes()).1.issues, [Reason::ContentLimit]);
    assert_eq!(
        lines(r"{\rtf1{\*\docvar 811228-9874{\*\bkmkstart x}}\par}"),
        ["document variables: 811228-9874x"]
    );
}
