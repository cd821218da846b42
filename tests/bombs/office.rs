//! Packages of Office, OpenDocument and plain archives that grow, nest, point and lie.

use super::make::{Entry, PERSON, Packed, central, ending, entry, local, repeated, stored_name, zip};
use super::{Bomb, Expect, quine};

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const XL: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
const ODF: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\"";
const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const MIB: usize = 1 << 20;

fn part(name: &str, head: &str, chunk: &str, times: usize, tail: &str) -> Entry {
    Entry {
        name: name.into(),
        packed: repeated(head.as_bytes(), chunk.as_bytes(), times, tail.as_bytes()),
    }
}

fn filled(text: &str, size: usize) -> String {
    text.repeat(size / text.len())
}

/// A Word document whose main part is this.
fn docx(main: Entry) -> Vec<u8> {
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    let rels = format!(
        "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{RELS}/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
    );
    zip(vec![
        entry("[Content_Types].xml", types.as_bytes()),
        entry("_rels/.rels", rels.as_bytes()),
        main,
    ])
}

/// A workbook of one sheet and its strings.
fn xlsx(sheet: Entry, strings: Entry) -> Vec<u8> {
    let mut parts = parts_of_xlsx("<sheet name=\"Blad1\" sheetId=\"1\" r:id=\"rId1\"/>");
    parts.extend([sheet, strings]);
    zip(parts)
}

/// What a workbook has but for its sheet.
fn parts_of_xlsx(sheets: &str) -> Vec<Entry> {
    let main = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{main}.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{main}.worksheet+xml\"/><Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"{main}.sharedStrings+xml\"/></Types>"
    );
    let rels = format!(
        "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{RELS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!("<workbook {XL} xmlns:r=\"{RELS}\"><sheets>{sheets}</sheets></workbook>");
    let inner = format!(
        "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{RELS}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{RELS}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
    );
    vec![
        entry("[Content_Types].xml", types.as_bytes()),
        entry("_rels/.rels", rels.as_bytes()),
        entry("xl/workbook.xml", book.as_bytes()),
        entry("xl/_rels/workbook.xml.rels", inner.as_bytes()),
    ]
}

fn odf(kind: &str, content: Entry) -> Vec<u8> {
    let mut mimetype = entry("mimetype", b"");
    let said = format!("application/vnd.oasis.opendocument.{kind}");
    mimetype.packed = repeated(said.as_bytes(), b"", 0, b"");
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>";
    zip(vec![
        mimetype,
        entry("META-INF/manifest.xml", manifest.as_bytes()),
        content,
    ])
}

/// Parts that inflate to gigabytes.
pub fn flat() -> Vec<Bomb> {
    let paragraph = filled(
        "<w:p><w:r><w:t>Ord på rad utan slut och utan namn.</w:t></w:r></w:p>",
        4 * MIB,
    );
    let head = format!("<w:document {W}><w:body><w:p><w:r><w:t>pnr {PERSON}</w:t></w:r></w:p>");
    let text = part(
        "word/document.xml",
        &head,
        &paragraph,
        96,
        "</w:body></w:document>",
    );
    let zeros = part("word/document.xml", &head, &"\0".repeat(4 * MIB), 1024, "");
    let one_word = part(
        "word/document.xml",
        &format!("<w:document {W}><w:body><w:p><w:r><w:t>pnr {PERSON} "),
        &filled("ettlångtordutanslut", 4 * MIB),
        24,
        "</w:t></w:r></w:p></w:body></w:document>",
    );
    let name = part(
        "word/document.xml",
        &format!("<w:document {W}><w:body><w:p w:"),
        &"a".repeat(4 * MIB),
        24,
        "=\"x\"/></w:body></w:document>",
    );
    let row = filled(
        "<row><c t=\"inlineStr\"><is><t>ord och inga visor</t></is></c></row>",
        4 * MIB,
    );
    let sheet = part(
        "xl/worksheets/sheet1.xml",
        &format!("<worksheet {XL}><sheetData>"),
        &row,
        24,
        "</sheetData></worksheet>",
    );
    let strings = part(
        "xl/sharedStrings.xml",
        &format!("<sst {XL}>"),
        &filled("<si><t>ord</t></si>", 4 * MIB),
        24,
        "</sst>",
    );
    let one = entry("xl/worksheets/sheet1.xml", format!("<worksheet {XL}><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData></worksheet>").as_bytes());
    let none = || entry("xl/sharedStrings.xml", format!("<sst {XL}/>").as_bytes());
    let odt = part(
        "content.xml",
        &format!("<office:document-content {ODF}><office:body><office:text><text:p>pnr {PERSON}</text:p>"),
        &filled("<text:p>Ord på rad.</text:p>", 4 * MIB),
        96,
        "</office:text></office:body></office:document-content>",
    );
    vec![
        Bomb::new("text.docx", docx(text), Expect::Told),
        Bomb::new("nollor.docx", docx(zeros), Expect::Told),
        Bomb::new("ord.docx", docx(one_word), Expect::Told),
        Bomb::new("namn.docx", docx(name), Expect::Told),
        Bomb::new("blad.xlsx", xlsx(sheet, none()), Expect::Told),
        Bomb::new("strängar.xlsx", xlsx(one, strings), Expect::Told),
        Bomb::new("text.odt", odf("text", odt), Expect::Told),
    ]
}

/// Entities that grow, and entities that reach out of the document.
pub fn entities(secret: &str) -> Vec<Bomb> {
    use std::fmt::Write;
    let mut laughs = String::from("<!DOCTYPE x [<!ENTITY a0 \"ha ha ha ha ha ha ha ha \">");
    for n in 1..11 {
        let inner = format!("&a{};", n - 1).repeat(10);
        write!(laughs, "<!ENTITY a{n} \"{inner}\">").unwrap();
    }
    laughs.push_str("]>");
    let quadratic = format!("<!DOCTYPE x [<!ENTITY a10 \"{}\">]>", "ha ".repeat(60_000));
    let outside = format!(
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"file://{secret}\"> %p; <!ENTITY a10 SYSTEM \"file://{secret}\">]>"
    );
    let mut bombs = Vec::new();
    for (kind, doctype, uses) in [
        ("skratt", &laughs, 1),
        ("kvadrat", &quadratic, 15_000),
        ("utifrån", &outside, 1),
    ] {
        let many = "&a10;".repeat(uses);
        let word = format!(
            "{doctype}<w:document {W}><w:body><w:p><w:r><w:t>pnr {PERSON}</w:t></w:r></w:p><w:p><w:r><w:t>{many}</w:t></w:r></w:p></w:body></w:document>"
        );
        let strings = format!("{doctype}<sst {XL}><si><t>pnr {PERSON}</t></si><si><t>{many}</t></si></sst>");
        let sheet = format!(
            "<worksheet {XL}><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row></sheetData></worksheet>"
        );
        let odt = format!(
            "{doctype}<office:document-content {ODF}><office:body><office:text><text:p>pnr {PERSON}</text:p><text:p>{many}</text:p></office:text></office:body></office:document-content>"
        );
        let svg = format!(
            "{doctype}<svg xmlns=\"http://www.w3.org/2000/svg\"><text>pnr {PERSON} {many}</text></svg>"
        );
        let book = xlsx(
            entry("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            entry("xl/sharedStrings.xml", strings.as_bytes()),
        );
        for (ext, bytes) in [
            ("docx", docx(entry("word/document.xml", word.as_bytes()))),
            ("xlsx", book),
            ("odt", odf("text", entry("content.xml", odt.as_bytes()))),
            ("svg", svg.into_bytes()),
        ] {
            bombs.push(Bomb::new(format!("{kind}.{ext}"), bytes, Expect::Any));
        }
    }
    bombs
}

/// A million elements in each other.
pub fn deep() -> Vec<Bomb> {
    let open = |tag: &str| filled(&format!("<{tag}>"), MIB);
    let levels = |tag: &str| MIB * 6 / (tag.len() + 2);
    assert!(levels("w:p") > 1_000_000);
    let word = |tag: &str| {
        part(
            "word/document.xml",
            &format!("<w:document {W}><w:body><w:p><w:r><w:t>pnr {PERSON}</w:t></w:r></w:p>"),
            &open(tag),
            6,
            "",
        )
    };
    let odt = |tag: &str| {
        part(
            "content.xml",
            &format!(
                "<office:document-content {ODF}><office:body><office:text><text:p>pnr {PERSON}</text:p>"
            ),
            &open(tag),
            8,
            "",
        )
    };
    let sheet = part(
        "xl/worksheets/sheet1.xml",
        &format!(
            "<worksheet {XL}><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>pnr {PERSON}</t></is></c></row>"
        ),
        &open("row"),
        6,
        "",
    );
    vec![
        Bomb::new("stycken.docx", docx(word("w:p")), Expect::Any),
        Bomb::new("tabeller.docx", docx(word("w:tbl")), Expect::Any),
        Bomb::new("rutor.docx", docx(word("w:txbxContent")), Expect::Any),
        Bomb::new("fält.docx", docx(word("w:sdt")), Expect::Any),
        Bomb::new("stycken.odt", odf("text", odt("text:p")), Expect::Any),
        Bomb::new("listor.odt", odf("text", odt("text:list")), Expect::Any),
        Bomb::new(
            "rader.xlsx",
            xlsx(sheet, entry("xl/sharedStrings.xml", b"<sst/>")),
            Expect::Any,
        ),
    ]
}

/// Spreadsheets that are larger than they look.
pub fn grids() -> Vec<Bomb> {
    let mib = filled("ett ord till ", MIB);
    let strings = format!("<sst {XL}><si><t>pnr {PERSON}</t></si><si><t>{mib}</t></si></sst>");
    let cells = "<row><c t=\"s\"><v>1</v></c></row>".repeat(12_000);
    let sheet = format!(
        "<worksheet {XL}><sheetData><row><c t=\"s\"><v>0</v></c></row>{cells}</sheetData></worksheet>"
    );
    let long = xlsx(
        entry("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        entry("xl/sharedStrings.xml", strings.as_bytes()),
    );
    let grid = part(
        "xl/worksheets/sheet1.xml",
        &format!(
            "<worksheet {XL}><dimension ref=\"A1:XFD1048576\"/><cols><col min=\"1\" max=\"16384\"/></cols><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>pnr {PERSON}</t></is></c></row>"
        ),
        &filled("<row><c><v>1</v></c></row>", MIB),
        12,
        "</sheetData></worksheet>",
    );
    let cell = format!(
        "<table:table-cell table:number-columns-repeated=\"16384\"><text:p>{PERSON}</text:p></table:table-cell>"
    );
    let rows = format!("<table:table-row table:number-rows-repeated=\"1048576\">{cell}</table:table-row>")
        .repeat(300);
    let spaces = "<text:s text:c=\"2147483647\"/>".repeat(500);
    let ods = format!(
        "<office:document-content {ODF}><office:body><office:spreadsheet><table:table table:name=\"B\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let odt = format!(
        "<office:document-content {ODF}><office:body><office:text><text:p>pnr {PERSON} {spaces}</text:p></office:text></office:body></office:document-content>"
    );
    let wide = format!(
        "<w:document {W}><w:body><w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2147483647\"/></w:tcPr><w:p><w:r><w:t>pnr {PERSON}</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"
    );
    vec![
        Bomb::new("lång sträng.xlsx", long, Expect::Any),
        Bomb::new(
            "rutnät.xlsx",
            xlsx(grid, entry("xl/sharedStrings.xml", b"<sst/>")),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "upprepat.ods",
            odf("spreadsheet", entry("content.xml", ods.as_bytes())),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "mellanslag.odt",
            odf("text", entry("content.xml", odt.as_bytes())),
            Expect::Any,
        )
        .found(),
        Bomb::new(
            "bred.docx",
            docx(entry("word/document.xml", wide.as_bytes())),
            Expect::Any,
        )
        .found(),
    ]
}

/// Packages whose parts point to each other too often, and a number format that is larger than a workbook.
pub fn pointing() -> Vec<Bomb> {
    let word = format!(
        "<w:document {W}><w:body><w:p><w:r><w:t>pnr {PERSON}</w:t></w:r></w:p></w:body></w:document>"
    );
    let relation = "<Relationship Id=\"a\" Target=\"a\" Type=\"b\"/>";
    let padding = Entry {
        name: "word/media/bild.png".into(),
        packed: Packed {
            deflated: vec![0xff; 3 * MIB],
            crc: flate2::Crc::new(),
            size: 0,
        },
    };
    let relations = zip(vec![
        part(
            "_rels/.rels",
            "<Relationships>",
            &filled(relation, MIB),
            450,
            "</Relationships>",
        ),
        entry("word/document.xml", word.as_bytes()),
        padding,
    ]);
    let sheet = || {
        entry(
            "xl/worksheets/sheet1.xml",
            format!("<worksheet {XL}><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>pnr {PERSON}</t></is></c></row></sheetData></worksheet>").as_bytes(),
        )
    };
    let mut sheets = parts_of_xlsx(&"<sheet name=\"a\" r:id=\"rId1\"/>".repeat(800_000));
    sheets.push(sheet());
    sheets.push(entry("xl/worksheets/_rels/sheet1.xml.rels", b"<Relationships/>"));
    let styles = format!(
        "<styleSheet {XL}><numFmts><numFmt numFmtId=\"164\" formatCode=\"00{}\"/></numFmts><cellXfs>{}</cellXfs></styleSheet>",
        "-".repeat(20_000),
        "<xf numFmtId=\"164\"/>".repeat(120_000)
    );
    let format = xlsx(sheet(), entry("xl/styles.xml", styles.as_bytes()));
    vec![
        Bomb::new("pekare.docx", relations, Expect::Told).found(),
        Bomb::new("ett blad.xlsx", zip(sheets), Expect::Any).found(),
        Bomb::new("talformat.xlsx", format, Expect::Any).found(),
    ]
}

/// Archives of archives, and archives whose entries lie on top of each other.
pub fn archives() -> Vec<Bomb> {
    let zeros = |name: &str, mib: usize| part(name, "", &"\0".repeat(MIB), mib, "");
    let mut level = zip((0..5).map(|n| zeros(&format!("{n}.bin"), 64)).collect());
    for _ in 0..2 {
        level = zip((0..5).map(|n| entry(&format!("{n}.zip"), &level)).collect());
    }
    let names: Vec<Entry> = [
        b"../../ute.txt".as_slice(),
        b"/rot.txt",
        b"C:\\temp\\fil.txt",
        b"med\nradslut.txt",
        b"med\x1b[31mf\xc3\xa4rg.txt",
        b"med\0nolla.txt",
        b"med\xe2\x80\xaetxt.exe",
        b"latin\xe5\xe4\xf6.txt",
        b"",
        b".",
        b"..",
        b"a!/b.txt",
        b"con.txt",
    ]
    .iter()
    .map(|name| stored_name(name, format!("pnr {PERSON}\n").as_bytes()))
    .chain([stored_name(&b"lang/".repeat(13_000), b"pnr")])
    .collect();
    vec![
        Bomb::new("fem gånger fem.zip", level, Expect::Told),
        Bomb::new("sig själv.zip", quine::zip(), Expect::Told),
        Bomb::new("sig själv.gz", quine::gzip(), Expect::Told),
        Bomb::new("bredvid.zip", beside(&quine::zip()), Expect::Told).found(),
        Bomb::new("namn.zip", zip(names), Expect::Any).found(),
        Bomb::new("samma plats.zip", same_place(), Expect::Told),
        Bomb::new("citerade.zip", quoted(), Expect::Told),
        Bomb::new("tomma.zip", many(), Expect::Told),
        Bomb::new("många.docx", many_parts(), Expect::Any),
    ]
}

/// An archive with a text behind it.
fn beside(archive: &[u8]) -> Vec<u8> {
    let text = format!("pnr {PERSON}\n");
    zip(vec![
        entry("arkiv.zip", archive),
        entry("text.txt", text.as_bytes()),
    ])
}

/// Two thousand entries that are all the same ten megabytes.
fn same_place() -> Vec<u8> {
    let kernel = repeated(b"", &vec![b'0'; MIB], 10, b"");
    let (crc, packed) = (kernel.crc.sum(), kernel.deflated.len() as u64);
    let mut out = local(b"k.txt", crc, packed, kernel.size);
    out.extend(kernel.deflated);
    let mut directory = Vec::new();
    for n in 0..2000 {
        let name = format!("{n}.txt");
        directory.extend(central(name.as_bytes(), crc, packed, kernel.size, 0));
    }
    let (at, size) = (out.len() as u64, directory.len() as u64);
    out.extend(directory);
    out.extend(ending(2000, at, size));
    out
}

/// Each entry quotes the header of the next in a stored block and then runs on into its data (D. Fifield, 2019).
fn quoted() -> Vec<u8> {
    const ENTRIES: usize = 1500;
    let kernel = repeated(b"", &vec![b'a'; MIB], 12, b"");
    let mut body = kernel.deflated;
    let mut crc = kernel.crc;
    let mut size = kernel.size;
    // Built from the last entry to the first; `body` is the data of the entry that was built last.
    let mut heads: Vec<(Vec<u8>, u32, u64, u64)> = Vec::new();
    let mut front: Vec<Vec<u8>> = Vec::new();
    let mut packed = body.len() as u64;
    for n in (0..ENTRIES).rev() {
        let name = format!("{n:04}.txt").into_bytes();
        let header = local(&name, crc.sum(), packed, size);
        heads.push((name, crc.sum(), packed, size));
        front.push(header.clone());
        if n == 0 {
            break;
        }
        let length = header.len() as u16;
        let mut block = vec![0];
        block.extend(length.to_le_bytes());
        block.extend((!length).to_le_bytes());
        front.push(block);
        let mut whole = flate2::Crc::new();
        whole.update(&header);
        whole.combine(&crc);
        crc = whole;
        size += header.len() as u64;
        packed += 5 + header.len() as u64;
    }
    let mut out: Vec<u8> = Vec::new();
    let mut offsets = Vec::new();
    for piece in front.iter().rev() {
        if piece.len() > 5 {
            offsets.push(out.len() as u64);
        }
        out.extend(piece);
    }
    out.append(&mut body);
    let mut directory = Vec::new();
    for ((name, crc, packed, size), offset) in heads.iter().rev().zip(offsets) {
        directory.extend(central(name, *crc, *packed, *size, offset));
    }
    let (at, length) = (out.len() as u64, directory.len() as u64);
    out.extend(directory);
    out.extend(ending(ENTRIES as u64, at, length));
    out
}

/// Three hundred thousand entries of nothing, all in one place.
fn many() -> Vec<u8> {
    let mut out = local(b"tom.txt", 0, 2, 0);
    out.extend([3, 0]);
    let mut directory = Vec::new();
    for n in 0..300_000 {
        directory.extend(central(format!("{n}").as_bytes(), 0, 2, 0, 0));
    }
    let (at, size) = (out.len() as u64, directory.len() as u64);
    out.extend(directory);
    out.extend(ending(300_000, at, size));
    out
}

/// A document of forty thousand parts.
fn many_parts() -> Vec<u8> {
    let header = format!("<w:hdr {W}><w:p><w:r><w:t>Sidhuvud</w:t></w:r></w:p></w:hdr>");
    let main = format!(
        "<w:document {W}><w:body><w:p><w:r><w:t>pnr {PERSON}</w:t></w:r></w:p></w:body></w:document>"
    );
    let mut parts = vec![
        entry("[Content_Types].xml", b"<Types/>"),
        entry("word/document.xml", main.as_bytes()),
    ];
    for n in 0..20_000 {
        parts.push(entry(&format!("word/header{n}.xml"), header.as_bytes()));
    }
    zip(parts)
}
