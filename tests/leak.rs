//! Nothing personal leaves: values planted everywhere they can stand are looked for in all that the program writes, in
//! the forms they could have been written in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use regex::bytes::Regex;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{
    EVERYTHING, Output, Run, collect, copy, files, fixtures, gzip, inventory, personnummer, put, text, zip,
};

// ------------------------------------------------------------------------------------------------- what is planted

/// One planted person: the values in the forms they are written in.
struct Person {
    number: String,
    phone: String,
    mail: String,
    street: String,
    secret: String,
}

impl Person {
    fn new(n: u64) -> Self {
        let p = personnummer(n * 31 + 5);
        let number = match n % 5 {
            0 => format!("{}-{}", &p[..8], &p[8..]),
            1 => format!("{}-{}", &p[2..8], &p[8..]),
            2 => p.clone(),
            3 => format!("{} {}", &p[..8], &p[8..]),
            _ => format!("{}\u{2013}{}", &p[2..8], &p[8..]),
        };
        // The ranges set aside for fiction: 070-174 06 05 to 99, 08-465 004 00 to 99.
        let phone = match n % 4 {
            0 => format!("070-174 06 {:02}", n % 95 + 5),
            1 => format!("+46 70 174 06 {:02}", n % 95 + 5),
            2 => format!("08-465 004 {:02}", n % 100),
            _ => format!("0701-7406{:02}", n % 95 + 5),
        };
        let mail = match n % 3 {
            0 => format!("kanarie{n:04}@example.com"),
            1 => format!("Kanarie.Nr{n:04}@Example.org"),
            _ => format!("kanarie-{n:04}+x@example.net"),
        };
        let street = format!("Kanariegatan {}, 702 11 Örebro", 100 + n);
        Self {
            number,
            phone,
            mail,
            street,
            secret: format!("Kvist{n:04}!kanarie"),
        }
    }

    fn line(&self) -> String {
        format!(
            "Personnummer: {}, telefon: {}, e-post: {}, adress: {}, lösenord: {}\n",
            self.number, self.phone, self.mail, self.street, self.secret
        )
    }

    fn plant(&self, canaries: &mut BTreeSet<String>) {
        let values = [&self.number, &self.phone, &self.mail, &self.street, &self.secret];
        canaries.extend(values.map(Clone::clone));
    }
}

/// Puts canaries into everything a test can write, and gives them back.
fn plant(tree: &Path) -> BTreeSet<String> {
    let mut canaries = BTreeSet::new();
    let mut next = 0;
    let mut person = || {
        next += 1;
        let person = Person::new(next);
        person.plant(&mut canaries);
        person
    };
    let lines = |person: &mut dyn FnMut() -> Person| (0..6).map(|_| person().line()).collect::<String>();
    let put = |name: &str, bytes: &[u8]| put(&tree.join(name), bytes);

    // Text in three encodings.
    put("text/utf8.txt", lines(&mut person).as_bytes());
    let wide: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(lines(&mut person).encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    put("text/utf16.txt", &wide);
    let latin: Vec<u8> = lines(&mut person)
        .chars()
        .map(|c| {
            if c == '\u{2013}' {
                0x96
            } else {
                u8::try_from(u32::from(c)).unwrap()
            }
        })
        .collect();
    put("text/latin.txt", &latin);

    // Tables: values in cells, in headers, with broken quotes.
    let row = |p: &Person| format!("{};{};{};\"{}\"\n", p.number, p.phone, p.mail, p.street);
    let rows = |person: &mut dyn FnMut() -> Person| (0..8).map(|_| row(&person())).collect::<String>();
    put(
        "tabell/hel.csv",
        format!("persnr;tel;e-post;adress\n{}", rows(&mut person)).as_bytes(),
    );
    let head = person();
    let header = format!("persnr {};{};{};adress\n", head.number, head.phone, head.mail);
    put(
        "tabell/rubrik.csv",
        format!("{header}{}", rows(&mut person)).as_bytes(),
    );
    put(
        "tabell/citat.csv",
        format!("a;b;c;d\n\"{}{}", rows(&mut person), rows(&mut person)).as_bytes(),
    );

    // A workbook and a form, with values in names as well as in contents.
    put("kontor/blad.xlsx", &workbook(&mut person));
    put("kontor/formulär.pdf", &form(&mut person));

    // Archives, in archives, with values in the names of members; streams.
    let inner = zip(&[(&format!("{}.txt", person().number), lines(&mut person).as_bytes())]);
    let (a, b) = (person(), person());
    let outer = zip(&[
        (
            &format!("{}/{}.txt", a.number, a.mail),
            lines(&mut person).as_bytes(),
        ),
        ("inre.zip", &inner),
        ("logg.txt.gz", &gzip(lines(&mut person).as_bytes())),
        (
            &format!("{}.docx", b.number),
            b"PK\x03\x04[Content_Types].xml word/",
        ),
    ]);
    put("arkiv/allt.zip", &outer);
    put(
        &format!("arkiv/{}.txt.gz", person().number),
        &gzip(lines(&mut person).as_bytes()),
    );
    put("arkiv/kapad.zip", &outer[..outer.len() - 30]);
    put("arkiv/halv.zip", &outer[..outer.len() / 2]);
    let mut turned = outer.clone();
    for at in (60..turned.len()).step_by(97) {
        turned[at] ^= 0x10;
    }
    put("arkiv/vänd.zip", &turned);
    put("arkiv/halv.txt.gz", &gzip(lines(&mut person).as_bytes())[..80]);

    // Names of files and folders, read, unread and broken.
    for (n, ending) in ["txt", "pdf", "docx", "xlsx", "zip", "csv", "bin"]
        .into_iter()
        .enumerate()
    {
        let (p, q) = (person(), person());
        put(
            &format!("namn/{}/{}.{ending}", p.number, q.number),
            b"%PDF-1.4 nothing",
        );
        put(
            &format!("namn/rec_{}_{n}.{ending}", p.phone.replace([' ', '-'], "")),
            b"\0\x01\x02 x",
        );
        put(&format!("namn/{} {}.{ending}", q.mail, p.number), b"PK\x03\x04");
    }
    let raw = [b"namn/l\xf6n ", person().number.as_bytes(), b".txt"].concat();
    crate::harness::put(&tree.join(std::ffi::OsStr::from_bytes(&raw)), b"x\xff\0");
    std::os::unix::fs::symlink("nowhere", tree.join(format!("länk {}", person().number))).unwrap();

    // What others planted: the formats and the share, whole, cut and with bits turned.
    for file in files(&fixtures("formats")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&file).unwrap();
        if name.ends_with(".plants.json") {
            let plants: Value = serde_json::from_slice(&bytes).unwrap();
            for plant in plants.as_array().unwrap() {
                canaries.insert(text(&plant["value"]).to_owned());
            }
            continue;
        }
        put(&format!("formats/{name}"), &bytes);
        put(&format!("formats/kapad {name}"), &bytes[..bytes.len() * 3 / 5]);
        let mut turned = bytes;
        for at in (20..turned.len()).step_by(331) {
            turned[at] ^= 0x04;
        }
        put(&format!("formats/vänd {name}"), &turned);
    }
    copy(&fixtures("share"), &tree.join("share"));
    let truth: Value = serde_json::from_slice(&std::fs::read(fixtures("share.truth.json")).unwrap()).unwrap();
    for document in truth["documents"].as_array().unwrap() {
        for finding in document["findings"].as_array().unwrap() {
            // A company's own number is no personal data.
            if finding["kind"] != "organisationsnummer" && finding["kind"] != "vat-number" {
                canaries.insert(text(&finding["value"]).to_owned());
            }
        }
    }
    canaries.retain(|value| value.chars().count() >= 8);
    canaries
}

/// A workbook whose sheet names, headers, cells and properties hold values.
fn workbook(person: &mut dyn FnMut() -> Person) -> Vec<u8> {
    let cells: String = (0..6)
        .map(|row| {
            let p = person();
            let values = if row == 0 {
                [format!("persnr {}", p.number), p.phone, p.mail, "adress".into()]
            } else {
                [p.number, p.phone, p.mail, p.street]
            };
            let cells: String = values
                .iter()
                .map(|value| format!("<c t=\"inlineStr\"><is><t>{value}</t></is></c>"))
                .collect();
            format!("<row>{cells}</row>")
        })
        .collect();
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{cells}</sheetData></worksheet>"
    );
    let name = person().number;
    let book = format!(
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"{name}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"{id}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
    let p = person();
    let properties = format!(
        "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator></cp:coreProperties>",
        p.number, p.mail
    );
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        (
            "_rels/.rels",
            relation("rId1", "officeDocument", "xl/workbook.xml").as_bytes(),
        ),
        ("xl/workbook.xml", book.as_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            relation("rId1", "worksheet", "worksheets/sheet1.xml").as_bytes(),
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("docProps/core.xml", properties.as_bytes()),
    ])
}

/// A PDF with values in its information, in the names and values of form fields, and in a comment.
fn form(person: &mut dyn FnMut() -> Person) -> Vec<u8> {
    use lopdf::{Document, Object, dictionary};
    let mut pdf = Document::with_version("1.5");
    let pages = pdf.new_object_id();
    let mut widgets: Vec<Object> = Vec::new();
    for n in 0..4 {
        let p = person();
        let name = if n % 2 == 0 {
            p.number.clone()
        } else {
            p.mail.clone()
        };
        let name: String = name
            .chars()
            .map(|c| if c == '\u{2013}' { '-' } else { c })
            .collect();
        let field = dictionary! {
            "Type" => "Annot", "Subtype" => "Widget", "FT" => "Tx",
            "T" => Object::string_literal(name.as_str()),
            "TU" => Object::string_literal(p.phone.as_str()),
            "V" => Object::string_literal(p.mail.as_str()),
            "Rect" => vec![0.into(), 0.into(), 100.into(), 20.into()],
        };
        widgets.push(pdf.add_object(field).into());
    }
    let note = dictionary! {
        "Type" => "Annot", "Subtype" => "Text", "Rect" => vec![0.into(), 0.into(), 9.into(), 9.into()],
        "Contents" => Object::string_literal(person().phone.as_str()),
    };
    let note = pdf.add_object(note);
    let mut annotations = widgets.clone();
    annotations.push(note.into());
    let page = pdf.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Annots" => annotations,
    });
    pdf.objects.insert(
        pages,
        Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 }),
    );
    let catalog = pdf.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => pages,
        "AcroForm" => dictionary! { "Fields" => widgets },
    });
    let p = person();
    let information = pdf.add_object(dictionary! {
        "Title" => Object::string_literal(p.mail.as_str()),
        "Author" => Object::string_literal(p.phone.as_str()),
    });
    pdf.trailer.set("Root", catalog);
    pdf.trailer.set("Info", information);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

// ------------------------------------------------------------------------------------------------- what is looked for

/// The forms a value could come out in, with what to call each.
fn forms(value: &str) -> Vec<(Vec<u8>, &'static str)> {
    let mut forms: Vec<(Vec<u8>, &'static str)> = vec![
        (value.into(), "as written"),
        (value.to_lowercase().into_bytes(), "in lower case"),
        (percent(value, b"-._~").into_bytes(), "percent-encoded"),
        (
            percent(value, b"-._~@+, ").into_bytes(),
            "percent-encoded in part",
        ),
        (hex(value.as_bytes()).into_bytes(), "in hex"),
        (
            value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "in UTF-16",
        ),
        (
            value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            "in UTF-16",
        ),
        (
            blake3::hash(value.as_bytes()).to_hex().as_bytes().to_vec(),
            "as a plain hash",
        ),
        (
            blake3::hash(value.as_bytes()).to_hex()[..16].as_bytes().to_vec(),
            "as a short plain hash",
        ),
    ];
    let escaped: String = value
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                format!("\\u{:04x}", c as u32)
            }
        })
        .collect();
    forms.push((escaped.into_bytes(), "escaped"));
    for before in 0..3 {
        forms.push((base64_inside(value.as_bytes(), before), "in base64"));
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= 9 && !value.contains('@') && !value.contains("gatan") {
        let national = digits
            .strip_prefix("46")
            .map_or_else(|| digits.clone(), |rest| format!("0{rest}"));
        for digits in [
            digits.clone(),
            national,
            digits[digits.len() - 10.min(digits.len())..].to_owned(),
        ] {
            forms.push((hex(digits.as_bytes()).into_bytes(), "digits in hex"));
            forms.push((
                blake3::hash(digits.as_bytes()).to_hex().as_bytes().to_vec(),
                "digits as a plain hash",
            ));
            forms.push((digits.into_bytes(), "digits only"));
        }
    }
    if let Some((local, _)) = value.split_once('@')
        && local.to_lowercase().starts_with("kanarie")
    {
        forms.push((local.into(), "the name of the address"));
        forms.push((local.to_lowercase().into_bytes(), "the name of the address"));
    }
    if let Some((street, _)) = value
        .split_once(", ")
        .filter(|(street, _)| street.starts_with("Kanarie"))
    {
        forms.push((street.into(), "the street"));
    }
    forms
}

fn percent(value: &str, plain: &[u8]) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The part of the base64 of a text that holds these bytes after `before` others, whatever stands around them.
fn base64_inside(bytes: &[u8], before: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded = [vec![0; before], bytes.to_vec()].concat();
    let bits = |at: usize| {
        (0..6).fold(0, |digit, bit| {
            let place = at * 6 + bit;
            digit << 1 | usize::from(padded[place / 8] >> (7 - place % 8) & 1)
        })
    };
    (0..padded.len() * 8 / 6)
        .filter(|at| at * 6 >= before * 8)
        .map(|at| DIGITS[bits(at)])
        .collect()
}

/// All forms of all canaries in one search.
struct Search {
    pattern: Regex,
    forms: Vec<(Vec<u8>, String)>,
}

impl Search {
    fn new(canaries: &BTreeSet<String>) -> Self {
        let mut all = Vec::new();
        for canary in canaries {
            for (form, name) in forms(canary) {
                assert!(form.len() >= 8, "{canary} {name}");
                all.push((form, format!("`{canary}` {name}")));
            }
        }
        let mut pattern = String::from("(?-u)");
        for (at, (form, _)) in all.iter().enumerate() {
            if at > 0 {
                pattern.push('|');
            }
            for byte in form {
                if byte.is_ascii_alphanumeric() {
                    pattern.push(char::from(*byte));
                } else {
                    write!(pattern, "\\x{byte:02x}").unwrap();
                }
            }
        }
        let pattern = regex::bytes::RegexBuilder::new(&pattern)
            .size_limit(1 << 30)
            .build()
            .unwrap();
        Self { pattern, forms: all }
    }

    fn hits(&self, bytes: &[u8]) -> Vec<String> {
        self.pattern
            .find_iter(bytes)
            .take(8)
            .map(|hit| {
                let name = self
                    .forms
                    .iter()
                    .find(|(form, _)| form == hit.as_bytes())
                    .map_or("", |(_, name)| name);
                let around = hit.start().saturating_sub(60)..(hit.end() + 30).min(bytes.len());
                format!("{name} in …{}…", String::from_utf8_lossy(&bytes[around]))
            })
            .collect()
    }

    #[track_caller]
    fn finds_nothing(&self, what: &str, out: &Output, file: &[u8]) {
        for (name, bytes) in [
            ("stdout", &out.stdout[..]),
            ("stderr", out.stderr.as_bytes()),
            ("the output", file),
        ] {
            let hits = self.hits(bytes);
            assert!(hits.is_empty(), "{what}, {name}:\n{}", hits.join("\n"));
        }
    }
}

#[test]
fn nothing_personal_leaves() {
    let mut run = Run::new();
    let canaries = plant(&run.dir().join("tree"));
    assert!(canaries.len() > 500, "{}", canaries.len());
    let search = Search::new(&canaries);
    for args in [
        &["--format", "json"][..],
        &["--format", "jsonl", "--min-confidence", "low"],
        &["--format", "table", "-vv"],
        &["--format", "json", "-vv", "--progress", "always", "-o", "ut"],
        &[
            "--format",
            "jsonl",
            "-o",
            "ut",
            "--fail-on",
            "personnummer",
            "--fail-on",
            "incomplete",
            "--follow-links",
        ],
    ] {
        run.set_args(["scan", "tree"].iter().chain(args));
        let out = run.run_again();
        assert!(out.code <= 1, "{}", out.stderr);
        let file = std::fs::read(run.dir().join("ut")).unwrap_or_default();
        let written = out.stdout.len() + file.len();
        assert!(written > 1000, "{args:?}: only {written} bytes to look through");
        assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
        search.finds_nothing(&format!("{args:?}"), &out, &file);
    }
    // The test can fail: what is hidden above is there when it is asked for.
    run.set_args(EVERYTHING);
    let out = run.run_again();
    out.code(0);
    let shown = |canary: &&String| {
        let json = serde_json::to_string(canary).unwrap();
        memchr::memmem::find(&out.stdout, &json.as_bytes()[1..json.len() - 1]).is_some()
    };
    let (secrets, values): (Vec<_>, Vec<_>) = canaries.iter().partition(|canary| canary.starts_with("Kvist"));
    let revealed = values.iter().copied().filter(shown).count();
    assert!(
        revealed * 10 > values.len() * 9,
        "{revealed} of {} with --reveal",
        values.len()
    );
    // A password is found, and not told even then.
    let told = memchr::memmem::find_iter(&out.stdout, b"\"password\"").count();
    assert!(told * 2 > secrets.len(), "{told} passwords of {}", secrets.len());
    assert_eq!(secrets.into_iter().find(shown), None);
}

#[test]
fn roots_named_after_a_person_are_masked() {
    let p = Person::new(1);
    let mut canaries = BTreeSet::new();
    p.plant(&mut canaries);
    let search = Search::new(&canaries);
    let mut run = Run::new();
    let folder = format!("tree/{}", p.number);
    put(&run.dir().join(&folder).join("a.txt"), p.line().as_bytes());
    put(&run.dir().join(format!("tree/{}.txt", p.mail)), b"%PDF-1.4");
    let file = format!("tree/{}.txt", p.mail);
    for format in ["json", "jsonl", "table"] {
        run.set_args(["scan", &folder, &file, "--format", format, "-v"]);
        let out = run.run_again();
        out.code(0);
        search.finds_nothing(format, &out, b"");
    }
}

#[test]
fn an_interrupted_run_tells_nothing_either() {
    let mut run = Run::new();
    let mut canaries = BTreeSet::new();
    let lines: String = (0..400)
        .map(|n| {
            let person = Person::new(n);
            person.plant(&mut canaries);
            person.line()
        })
        .collect();
    for n in 0..12 {
        put(
            &run.at(format!("{n} {}.txt", Person::new(n).number)),
            lines.repeat(60).as_bytes(),
        );
    }
    canaries.retain(|value| value.chars().count() >= 8);
    let search = Search::new(&canaries);
    run.set_args(["scan", "tree", "-vv", "--progress", "always"]);
    let child = run.spawn();
    std::thread::sleep(Duration::from_millis(400));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let out = collect(child, Vec::new());
    out.code(130);
    inventory(&out.stdout);
    search.finds_nothing("interrupted", &out, b"");
}

#[test]
fn the_search_finds_every_form() {
    let canaries = BTreeSet::from([
        "19950502-2393".to_owned(),
        "Kanarie.Nr0001@Example.org".to_owned(),
    ]);
    let search = Search::new(&canaries);
    for text in [
        "x 19950502-2393 y",
        "199505022393",
        "9505022393",
        "31393935303530322d32333933",
        "MTk5NTA1MDItMjM5Mw==",
        "eDE5OTUwNTAyLTIzOTM=",
        "eHgxOTk1MDUwMi0yMzkz",
        "kanarie.nr0001",
        "Kanarie.Nr0001%40Example.org",
        blake3::hash(b"199505022393").to_hex().as_str(),
    ] {
        assert!(!search.hits(text.as_bytes()).is_empty(), "{text}");
    }
    assert!(
        search
            .hits("########-#### and ***.***#@***.***".as_bytes())
            .is_empty()
    );
}
