//! PDF that points at itself, claims what is not there, and grows.

use super::make::{PERSON, zlib, zlib_repeated};
use super::{Bomb, Expect};

const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// Objects 1 (catalog, with `more`), 2 (pages), 3 (page, with `page`), 4 (a page's text), 5 (font); then these, from 6.
fn pdf(more: &str, page: &str, others: &[Vec<u8>]) -> Vec<u8> {
    let text = format!("BT /F1 12 Tf 72 720 Td (pnr {PERSON}) Tj ET /X Do");
    let mut objects: Vec<Vec<u8>> = vec![
        format!("<</Type/Catalog/Pages 2 0 R {more}>>").into_bytes(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R {page}>>").into_bytes(),
        stream("", text.as_bytes()),
        FONT.as_bytes().to_vec(),
    ];
    objects.extend(others.iter().cloned());
    file(&objects)
}

/// The same with plain resources.
fn plain(more: &str, others: &[Vec<u8>]) -> Vec<u8> {
    pdf(more, "/Resources<</Font<</F1 5 0 R>>>>", others)
}

fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n%\xe5\xe4\xf6\n".to_vec();
    let mut offsets = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    out.extend(format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<</Length {} {dictionary}>>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

fn object(text: impl Into<String>) -> Vec<u8> {
    text.into().into_bytes()
}

/// Everything that may point at something points at itself.
pub fn rings() -> Vec<Bomb> {
    let bomb = |name: &str, bytes| Bomb::new(name, bytes, Expect::Any);
    let own_font = "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding 6 0 R/DescendantFonts[6 0 R]/ToUnicode 6 0 R/FontDescriptor 6 0 R>>";
    let ring_of_cmaps = [
        object(
            "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding 7 0 R/ToUnicode 7 0 R/DescendantFonts[8 0 R]>>",
        ),
        stream("/UseCMap 7 0 R/CMapName/A", b"/A usecmap"),
        object("<</Type/Font/Subtype/CIDFontType2/W 8 0 R/CIDToGIDMap 8 0 R/FontDescriptor 8 0 R>>"),
    ];
    vec![
        bomb("typsnitt.pdf", pdf("", "/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>", &[object(own_font)])).found(),
        bomb("teckenkartor.pdf", pdf("", "/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>", &ring_of_cmaps)).found(),
        bomb("resurser.pdf", pdf("", "/Resources 6 0 R", &[object("<</Font<</F1 5 0 R>>/XObject 6 0 R/Resources 6 0 R/ExtGState 6 0 R/Pattern 6 0 R/ColorSpace 6 0 R/Properties 6 0 R>>")])).found(),
        bomb("förälder.pdf", pdf("", "/Parent 3 0 R/Resources<</Font<</F1 5 0 R>>>>", &[])),
        bomb("innehåll.pdf", pdf("", "/Resources<</Font<</F1 5 0 R>>>>/Contents 6 0 R", &[object("[4 0 R 6 0 R 6 0 R]")])),
        bomb("anteckningar.pdf", pdf("", "/Resources<</Font<</F1 5 0 R>>>>/Annots 6 0 R", &[object("[7 0 R 6 0 R 7 0 R]"), object("<</Type/Annot/Subtype/Text/Popup 7 0 R/IRT 7 0 R/Parent 7 0 R/AP<</N 7 0 R>>/Contents 7 0 R/A 8 0 R>>"), object("<</S/URI/URI(x)/Next[8 0 R 8 0 R]>>")])).found(),
        bomb("bokmärken.pdf", plain("/Outlines 6 0 R", &[object("<</Type/Outlines/First 7 0 R/Last 8 0 R>>"), object("<</Title(ett)/Next 8 0 R/First 6 0 R/Parent 7 0 R>>"), object("<</Title(tv\\345)/Next 7 0 R/First 7 0 R/Prev 7 0 R>>")])).found(),
        bomb("namnträd.pdf", plain("/Names<</EmbeddedFiles 6 0 R/Dests 6 0 R/JavaScript 6 0 R>>/Dests 6 0 R/PageLabels 6 0 R", &[object("<</Kids[6 0 R 7 0 R 6 0 R]>>"), object("<</Kids[6 0 R]/Names[(a) 7 0 R]/Nums[0 7 0 R]/EF<</F 7 0 R>>>>")])).found(),
        bomb("formulär.pdf", plain("/AcroForm<</Fields[6 0 R 6 0 R]/XFA 6 0 R/DR 6 0 R>>", &[object("<</T(a)/Kids[6 0 R 7 0 R]/Parent 7 0 R/V 6 0 R>>"), object("<</T(b)/Kids[6 0 R]/Parent 6 0 R/Opt 7 0 R>>")])).found(),
        bomb("struktur.pdf", plain("/StructTreeRoot 6 0 R/MarkInfo<</Marked true>>", &[object("<</Type/StructTreeRoot/K[7 0 R 6 0 R]/ParentTree 6 0 R/RoleMap 6 0 R>>"), object("<</S/P/K[7 0 R 6 0 R 7 0 R]/P 7 0 R/Alt 7 0 R>>")])).found(),
        bomb("längd i ring.pdf", plain("", &[b"<</Length 6 0 R>>\nstream\nq\nendstream".to_vec(), b"<</Length 8 0 R>>\nstream\nq\nendstream".to_vec(), b"7 0 R".to_vec()])).found(),
        bomb("metadata.pdf", plain("/Metadata 1 0 R/OCProperties 1 0 R/Lang 1 0 R/Version 6 0 R", &[object("6 0 R")])).found(),
        bomb("föregående.pdf", previous()),
        bomb("objektström.pdf", extends()),
    ]
}

/// Tables of objects that say each is after the other.
fn previous() -> Vec<u8> {
    let mut out = plain("", &[]);
    let at = memchr::memmem::rfind(&out, b"xref\n0").unwrap();
    let end = memchr::memmem::rfind(&out, b"/Root 1 0 R>>").unwrap();
    let tail = format!("/Root 1 0 R/Prev {at}/XRefStm {at}>>\nstartxref\n{at}\n%%EOF\n");
    out.truncate(end);
    out.extend(tail.bytes());
    out
}

/// A stream of objects that lies in itself and extends itself.
fn extends() -> Vec<u8> {
    let inner = b"6 0 7 6 <</A 6 0 R>> <</B 7 0 R>>";
    let mut out = plain(
        "/X 6 0 R/Y 7 0 R",
        &[stream("/Type/ObjStm/N 2/First 8/Extends 6 0 R", inner)],
    );
    out.extend(b"8 0 obj <</Type/XRef/Size 9/W[1 2 1]/Index[6 2]/Length 8/Root 1 0 R>>\nstream\n\x02\0\x06\0\x02\0\x06\x01\nendstream endobj\n");
    out
}

/// What grows when it is unpacked or drawn.
pub fn growing() -> Vec<Bomb> {
    let bomb = |name: &str, bytes, expect| Bomb::new(name, bytes, expect);
    let page = "/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>";
    let mib = 1 << 20;
    let words = "BT /F1 12 Tf (ord utan namn) Tj ET\n".repeat(mib / 35);
    let once = zlib_repeated(words.as_bytes(), 600);
    let twice = zlib(&zlib_repeated(&vec![b' '; 4 * mib], 512));
    let thrice = zlib(&zlib(&zlib_repeated(&vec![b'q'; 4 * mib], 512)));
    let contents = |filter: &str, data: &[u8]| {
        let mut objects = vec![
            object("<</Type/Catalog/Pages 2 0 R>>"),
            object("<</Type/Pages/Kids[3 0 R 7 0 R]/Count 2>>"),
            object(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
            ),
            stream("", format!("BT /F1 12 Tf (pnr {PERSON}) Tj ET").as_bytes()),
            object(FONT),
            stream(filter, data),
        ];
        objects.push(object(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 5 0 R>>>>/Contents 6 0 R>>",
        ));
        file(&objects)
    };
    let filters = format!("/Filter[{}]", "/FlateDecode ".repeat(2000));
    let hex = "/Filter[/ASCIIHexDecode /ASCIIHexDecode /ASCIIHexDecode /ASCII85Decode]";
    let run_length = [[129u8, b'q'].repeat(40_000), vec![128]].concat();
    let forms: Vec<Vec<u8>> = (0..14)
        .map(|n| {
            let resources = format!(
                "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {} 0 R>>>>",
                7 + n
            );
            stream(&resources, "/X Do ".repeat(12).as_bytes())
        })
        .chain([stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"q Q")])
        .collect();
    let kids = "7 0 R ".repeat(400_000);
    let same_page = file(&[
        object("<</Type/Catalog/Pages 2 0 R>>"),
        object(format!("<</Type/Pages/Kids[3 0 R {kids}]/Count 400001>>")),
        object(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        ),
        stream("", format!("BT /F1 12 Tf (pnr {PERSON}) Tj ET").as_bytes()),
        object(FONT),
        stream("/Filter/FlateDecode", &zlib(words.as_bytes())),
        object(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 5 0 R>>>>/Contents 6 0 R>>",
        ),
    ]);
    vec![
        bomb(
            "deflate.pdf",
            contents("/Filter/FlateDecode", &once),
            Expect::Told,
        )
        .found(),
        bomb(
            "två deflate.pdf",
            contents("/Filter[/FlateDecode/FlateDecode]", &twice),
            Expect::Any,
        )
        .found(),
        bomb(
            "tre deflate.pdf",
            contents("/Filter[/FlateDecode/FlateDecode/FlateDecode]", &thrice),
            Expect::Told,
        )
        .found(),
        bomb("tusen filter.pdf", contents(&filters, &zlib(b"q")), Expect::Any).found(),
        bomb("hex i hex.pdf", contents(hex, &b"33".repeat(30_000)), Expect::Any).found(),
        bomb(
            "körlängd.pdf",
            contents("/Filter/RunLengthDecode", &run_length),
            Expect::Any,
        )
        .found(),
        bomb("former.pdf", pdf("", page, &forms), Expect::Any).found(),
        bomb("en sida många gånger.pdf", same_page, Expect::Any).found(),
        bomb(
            "tio miljoner q.pdf",
            contents("/Filter/FlateDecode", &zlib_repeated(&b"q ".repeat(mib / 2), 20)),
            Expect::Any,
        )
        .found(),
        bomb(
            "ett ord.pdf",
            contents(
                "/Filter/FlateDecode",
                &zlib(&[b"BT /F1 9 Tf (".as_slice(), &vec![b'a'; 12 * mib], b") Tj ET"].concat()),
            ),
            Expect::Any,
        )
        .found(),
        bomb("objekt.pdf", many_objects(), Expect::Any),
    ]
}

/// A stream of two hundred thousand objects, none of them used, of which it says that they are a hundred million.
fn many_objects() -> Vec<u8> {
    let mut heads = String::new();
    for n in 0..200_000 {
        heads.push_str(&format!("{} {} ", 100 + n, n * 4));
    }
    let body = "null".repeat(200_000);
    let packed = zlib(format!("{heads}{body}").as_bytes());
    plain(
        "/X 6 0 R",
        &[stream(
            &format!(
                "/Type/ObjStm/N 100000000/First {}/Filter/FlateDecode",
                heads.len()
            ),
            &packed,
        )],
    )
}

/// Numbers that no reader should believe.
pub fn claims() -> Vec<Bomb> {
    let bomb = |name: &str, bytes| Bomb::new(name, bytes, Expect::Any);
    let fonts = "/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>";
    let drawing = |others: Vec<Vec<u8>>| {
        let mut objects = vec![
            object("<</Type/Catalog/Pages 2 0 R>>"),
            object("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
            object(format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]{fonts}/Contents 4 0 R>>"
            )),
            stream(
                "",
                format!("BT /F1 12 Tf (pnr {PERSON}) Tj /F2 12 Tf (abc) Tj <00410042> Tj ET").as_bytes(),
            ),
            object(FONT),
        ];
        objects.extend(others);
        file(&objects)
    };
    let cid =
        "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[7 0 R]/ToUnicode 8 0 R>>";
    let wide = "<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>/W[0 4294967295 500 0 2147483647 500 -1 2147483647 1]/W2[0 2147483647 1 2 3]/DW 99999999999999999999>>";
    let cmap = b"1 begincodespacerange <00000000> <ffffffff> endcodespacerange 2 beginbfrange <00000000> <ffffffff> <0041> <0000> <ffff> <0041> endbfrange 1 begincidrange <0000> <ffffffff> 0 endcidrange";
    let ranges = b"<0000> <ffff> <0041>\n".repeat(50_000);
    let mut plenty = b"50000 beginbfrange\n".to_vec();
    plenty.extend(ranges);
    plenty.extend(b"endbfrange");
    let deep = |open: &str, close: &str| {
        plain(
            &format!("/D {}{}", open.repeat(1_000_000), close.repeat(1_000_000)),
            &[],
        )
    };
    let unclosed = |open: &str| plain("", &[object(open.repeat(1_000_000))]);
    let nested = |text: Vec<u8>| {
        file(&[
            object("<</Type/Catalog/Pages 2 0 R>>"),
            object("<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>"),
            object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<>>>>"),
            stream("/Filter/FlateDecode", &zlib(&text)),
            object(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 6 0 R/Resources<</Font<</F1 7 0 R>>>>>>",
            ),
            stream("", format!("BT /F1 12 Tf (pnr {PERSON}) Tj ET").as_bytes()),
            object(FONT),
        ])
    };
    let predictor = |columns: &str| {
        let dictionary = format!("/Filter/FlateDecode/DecodeParms<</Predictor 15{columns}>>");
        plain("/Metadata 6 0 R", &[stream(&dictionary, &zlib(&[2u8; 4000]))])
    };
    let length = b"<</Length 9223372036854775807/Type/Metadata>>\nstream\nabc\nendstream".to_vec();
    vec![
        bomb("bredder.pdf", drawing(vec![object(cid), object(wide), stream("", cmap)])).found(),
        bomb("omfång.pdf", drawing(vec![object(cid), object("<</Type/Font/Subtype/CIDFontType2/BaseFont/X>>"), stream("/Filter/FlateDecode", &zlib(&plenty))])).found(),
        bomb("tecken.pdf", drawing(vec![object("<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar -2147483648/LastChar 2147483647/Widths[1]/Encoding<</Differences[2147483647/a -5/b 99999999999999999999/c]>>>>")])).found(),
        bomb("hakar.pdf", deep("[", "]")),
        bomb("lexikon.pdf", deep("<</A", ">>")),
        bomb("öppna hakar.pdf", unclosed("[")),
        bomb("öppna lexikon.pdf", unclosed("<<")),
        bomb("parenteser.pdf", nested(b"(".repeat(5_000_000))).found(),
        bomb("hakar på sidan.pdf", nested(b"[".repeat(5_000_000))).found(),
        bomb("lexikon på sidan.pdf", nested(b"<</A ".repeat(1_000_000))).found(),
        bomb("märkt på sidan.pdf", nested(b"/P <</MCID 0>> BDC ".repeat(1_000_000))).found(),
        bomb("bild på sidan.pdf", nested(b"BI /W 2147483647 /H 2147483647 /BPC 8 ID ".repeat(10_000))).found(),
        bomb("kolumner.pdf", predictor("/Columns 2147483647/Colors 2147483647/BitsPerComponent 16")).found(),
        bomb("minuskolumner.pdf", predictor("/Columns -1/Colors -1")).found(),
        bomb("längd.pdf", plain("/Metadata 6 0 R", &[length])).found(),
        bomb("tabell.pdf", table()),
        bomb("nummer.pdf", plain("/X 4294967295 65535 R/Y 99999999999999999999 0 R", &[object("4294967294 0 R")])).found(),
        bomb("bild.pdf", plain("", &[stream("/Type/XObject/Subtype/Image/Width 2147483647/Height 2147483647/BitsPerComponent 16/ColorSpace/DeviceCMYK/Filter/FlateDecode", &zlib(b"x"))])).found(),
        bomb("sidantal.pdf", file(&[object("<</Type/Catalog/Pages 2 0 R>>"), object("<</Type/Pages/Kids[]/Count 2147483647>>")])),
    ]
}

/// Much that is one thing, pointed to again and again; and documents in documents.
pub fn sharing() -> Vec<Bomb> {
    let bomb = |name: &str, bytes, expect| Bomb::new(name, bytes, expect).found();
    let long = || object(format!("({})", "ord och inga visor ".repeat(5_000)));
    let page = |more: String, others: &[Vec<u8>]| {
        pdf("", &format!("/Resources<</Font<</F1 5 0 R>>>>{more}"), others)
    };
    let many = 20_000;
    let mut bookmarks = vec![object("<</First 8 0 R>>"), long()];
    bookmarks.extend((0..many).map(|n| object(format!("<</Title 7 0 R/Next {} 0 R>>", n + 9))));
    let mut notes = vec![long()];
    notes.extend((0..many).map(|_| object("<</Subtype/Text/Contents 6 0 R>>")));
    let list: String = (0..many).map(|n| format!("{} 0 R ", n + 7)).collect();
    let name = "a".repeat(4000);
    let fields = [
        object(format!("<</T({name})/Kids[{}]>>", "7 0 R ".repeat(1_000_000))),
        object("<</V(x)>>"),
    ];
    let scripts = [
        object(format!("[{}]", "<</JS 7 0 R>>".repeat(50_000))),
        stream("/Filter/FlateDecode", &zlib(&b"x".repeat(8 << 20))),
    ];
    let mut heads = plain("", &[]);
    heads.extend(b"%");
    heads.extend(b"9 0 obj ".repeat(3_000_000));
    heads.extend(b"\n%%EOF\n");
    vec![
        bomb("titel.pdf", plain("/Outlines 6 0 R", &bookmarks), Expect::Told),
        bomb(
            "notis.pdf",
            page(format!("/Annots[{list}]"), &notes),
            Expect::Told,
        ),
        bomb(
            "fältnamn.pdf",
            plain("/AcroForm<</Fields[6 0 R]>>", &fields),
            Expect::Told,
        ),
        bomb("skript.pdf", plain("/X 6 0 R", &scripts), Expect::Any),
        bomb("objekthuvuden.pdf", heads, Expect::Any),
        bomb("bilaga i bilaga.pdf", nested(), Expect::Any),
    ]
}

/// Seven documents in each other, each of which takes a good deal of memory to read.
fn nested() -> Vec<u8> {
    let mut inner = Vec::new();
    for _ in 0..7 {
        let mut objects = vec![
            object("<</Type/Filespec/F(x.pdf)/EF<</F 7 0 R>>>>"),
            stream("/Type/EmbeddedFile/Filter/FlateDecode", &zlib(&inner)),
        ];
        objects.extend((0..40).map(|_| object(format!("[{}]", "[7 8 9] ".repeat(10_000)))));
        inner = plain("/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>", &objects);
    }
    inner
}

/// A table of objects that claims two thousand million.
fn table() -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let start = out.len();
    out.extend(b"1 0 obj <</Type/XRef/Size 2147483647/W[8 8 8]/Index[0 2147483647 -5 99999999999]/Root 2 0 R/Length 48>>\nstream\n");
    out.extend([1u8; 48]);
    out.extend(
        format!("\nendstream endobj\n2 0 obj<</Type/Catalog>>endobj\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    out
}
