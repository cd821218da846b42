//! What a document is: by its content first, by its name only where the content does not decide.

use super::zipped::{self, Family};
use super::{Extractor, delimited, dialect, doc, gzip, metafile, office, ole, pdf, plain, rtf, sheet, zip};
use crate::text;

/// A format: how it is called, which extensions it goes by, and what reads it.
pub struct Format {
    /// Stable identifier, as in the inventory.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Extensions its files usually have, lower case.
    pub extensions: &'static [&'static str],
    /// What reads it; `None`: it is identified and reported as unsupported.
    pub extractor: Option<&'static dyn Extractor>,
}

macro_rules! formats {
    ($($name:ident = $id:literal, $title:literal, [$($ext:literal),*], $extractor:expr;)*) => {
        $(#[doc = $title] pub static $name: Format = Format {
            id: $id, title: $title, extensions: &[$($ext),*], extractor: $extractor,
        };)*

        /// Every format datakarta knows; one line per format.
        pub static FORMATS: &[&Format] = &[$(&$name),*];
    };
}

formats! {
    TEXT = "text", "plain text, logs, source, JSON, XML, HTML, SQL",
        ["txt", "log", "md", "json", "jsonl", "ndjson", "xml", "html", "htm", "xhtml", "sql", "ini", "cfg", "conf", "yaml", "yml", "toml", "se", "si", "sie", "sru",
         "py", "rs", "c", "h", "cpp", "java", "js", "ts", "css", "sh", "bat", "ps1", "pl", "pm", "rb", "php", "go", "cs", "vcf", "ics", "ldif", "tex", "svg", "properties", "po", "env", "reg", "srt", "vtt"],
        Some(&plain::Plain);
    DELIMITED = "csv", "delimited table (CSV, TSV, PSV)", ["csv", "tsv", "tab", "psv", "skv"], Some(&delimited::Delimited);
    PDF = "pdf", "PDF", ["pdf"], Some(&pdf::Pdf);
    XLSX = "xlsx", "Excel workbook", ["xlsx", "xlsm", "xltx", "xltm", "xlam"], Some(&sheet::Xlsx);
    XLSB = "xlsb", "Excel binary workbook", ["xlsb"], Some(&sheet::Xlsb);
    XLS = "xls", "Excel 97-2003 workbook", ["xls", "xlt", "xla"], Some(&ole::Office);
    ODS = "ods", "OpenDocument spreadsheet", ["ods", "ots", "fods", "sxc", "stc"], Some(&sheet::Ods);
    ZIP = "zip", "zip archive", ["zip"], Some(&zip::Zip);
    GZIP = "gzip", "gzip stream", ["gz", "tgz"], Some(&gzip::Gzip);
    DOCX = "docx", "Word document", ["docx", "docm", "dotx", "dotm"], Some(&office::Docx);
    PPTX = "pptx", "PowerPoint presentation", ["pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "sldx"], Some(&office::Pptx);
    ODT = "odt", "OpenDocument text", ["odt", "ott", "odm", "oth", "sxw", "stw", "sxg", "fodt"], Some(&office::Odt);
    ODP = "odp", "OpenDocument presentation or drawing", ["odp", "otp", "odg", "otg", "sxi", "sti", "sxd", "fodp", "fodg"], Some(&office::Odp);
    EPUB = "epub", "EPUB book", ["epub"], Some(&office::Epub);
    VSDX = "vsdx", "Visio drawing", ["vsdx", "vsdm", "vstx", "vssx", "vstm", "vssm"], Some(&office::Other);
    XPS = "xps", "XPS document", ["xps", "oxps"], Some(&office::Other);
    OFFICE = "office-xml", "package of XML documents", ["odf", "odc", "odb", "sxm"], Some(&office::Other);
    WORDXML = "word-xml", "Word document in one XML file", [], Some(&office::WordXml);
    DOC = "doc", "Word 97-2003 document", ["doc", "dot"], Some(&ole::Office);
    PPT = "ppt", "PowerPoint 97-2003 presentation", ["ppt", "pps", "pot"], Some(&ole::Office);
    MSG = "msg", "Outlook message", ["msg"], None;
    OLE = "ole", "compound file", [], Some(&ole::Office);
    RTF = "rtf", "Rich Text Format", ["rtf"], Some(&rtf::Rtf);
    METAFILE = "metafile", "Windows metafile", ["emf", "wmf"], Some(&metafile::Metafile);
    MAIL = "eml", "mail message", ["eml", "mht", "mhtml"], None;
    MBOX = "mbox", "mailbox", ["mbox"], None;
    PST = "pst", "Outlook data file", ["pst", "ost"], None;
    TAR = "tar", "tar archive", ["tar"], None;
    BZIP2 = "bzip2", "bzip2 stream", ["bz2", "tbz2"], None;
    XZ = "xz", "xz stream", ["xz", "txz"], None;
    ZSTD = "zstd", "Zstandard stream", ["zst", "tzst"], None;
    LZ4 = "lz4", "LZ4 stream", ["lz4"], None;
    COMPRESS = "compress", "compress stream", ["z"], None;
    SEVENZ = "7z", "7-Zip archive", ["7z"], None;
    RAR = "rar", "RAR archive", ["rar"], None;
    CAB = "cab", "cabinet archive", ["cab"], None;
    AR = "ar", "ar archive (deb, static library)", ["a", "deb", "ar"], None;
    RPM = "rpm", "RPM package", ["rpm"], None;
    ISO = "iso", "disc image", ["iso"], None;
    SQLITE = "sqlite", "SQLite database", ["sqlite", "sqlite3", "db", "db3"], None;
    ACCESS = "access", "Access database", ["mdb", "accdb"], None;
    MTF = "mtf", "Microsoft tape format backup", ["bak"], None;
    PGDUMP = "pgdump", "PostgreSQL custom dump", ["dump", "pgdump"], None;
    PARQUET = "parquet", "Parquet table", ["parquet"], None;
    AVRO = "avro", "Avro container", ["avro"], None;
    PNG = "png", "PNG image", ["png"], None;
    JPEG = "jpeg", "JPEG image", ["jpg", "jpeg", "jpe"], None;
    GIF = "gif", "GIF image", ["gif"], None;
    TIFF = "tiff", "TIFF image", ["tif", "tiff"], None;
    BMP = "bmp", "bitmap image", ["bmp"], None;
    WEBP = "webp", "WebP image", ["webp"], None;
    HEIF = "heif", "HEIF image", ["heic", "heif", "avif"], None;
    ICON = "ico", "icon", ["ico", "cur"], None;
    WAV = "wav", "WAVE recording", ["wav"], None;
    AVI = "avi", "AVI video", ["avi"], None;
    MP3 = "mp3", "MP3 recording", ["mp3"], None;
    OGG = "ogg", "Ogg recording", ["ogg", "opus", "oga"], None;
    FLAC = "flac", "FLAC recording", ["flac"], None;
    AMR = "amr", "AMR recording", ["amr"], None;
    MP4 = "mp4", "MPEG-4 video or recording", ["mp4", "m4a", "m4v", "mov", "3gp"], None;
    MATROSKA = "matroska", "Matroska or WebM video", ["mkv", "webm", "mka"], None;
    ELF = "elf", "program (ELF)", ["so", "o", "elf"], None;
    PE = "exe", "program (Windows)", ["exe", "dll", "sys"], None;
    CLASS = "class", "Java class", ["class"], None;
    WASM = "wasm", "WebAssembly module", ["wasm"], None;
    FONT = "font", "font", ["ttf", "otf", "woff", "woff2", "ttc"], None;
    BINARY = "binary", "unknown binary", [], None;
}

/// What identification came to.
pub struct Identified {
    /// The format.
    pub format: &'static Format,
    /// The name's extension is that of another format; the content was believed.
    pub mismatch: bool,
}

/// Identifies a document by its first bytes and its extension. `complete` says that `head` is the whole document.
pub fn identify(head: &[u8], complete: bool, extension: &str) -> Identified {
    let format = by_signature(head, extension)
        .or_else(|| pdf_behind(head, complete, extension))
        .unwrap_or_else(|| by_text(head, complete, extension));
    Identified {
        format,
        mismatch: mismatched(format, extension),
    }
}

/// An extension of another format. Any extension may stand on a text.
fn mismatched(format: &Format, extension: &str) -> bool {
    let claimed = FORMATS.iter().find(|known| known.extensions.contains(&extension));
    match claimed {
        None => false,
        Some(claimed) if claimed.id == format.id => false,
        // Text and tables go by each other's names, and text by nearly any.
        Some(claimed)
            if [TEXT.id, DELIMITED.id].contains(&claimed.id)
                && [TEXT.id, DELIMITED.id].contains(&format.id) =>
        {
            false
        }
        // ".db", ".bak", ".a", ".o", ".dump" and the like name no format.
        Some(_) if ["bak", "db", "a", "o", "z", "dump", "dot", "pot", "ts", "h"].contains(&extension) => {
            false
        }
        // Documents that are one XML file.
        Some(_) if extension == "xml" && [WORDXML.id, ODT.id, ODS.id, ODP.id].contains(&format.id) => false,
        // "tgz" is a gzip stream; a compound file nobody knows may be anything made of one.
        Some(claimed) if format.id == OLE.id && [DOC.id, XLS.id, PPT.id, MSG.id].contains(&claimed.id) => {
            false
        }
        Some(_) => format.id != BINARY.id || !head_free(extension),
    }
}

/// Formats whose first bytes vary; an unknown binary of that name is no contradiction.
fn head_free(extension: &str) -> bool {
    ["mp3", "ico", "ttf", "wav"].contains(&extension)
}

const PDF_MARK: &[u8] = b"%PDF-";

/// Readers of PDF look for its mark in so many bytes: printers and mail programs put lines of their own before it. A
/// text that only speaks of the mark is a text, and an archive that begins with a PDF is an archive.
fn pdf_behind(head: &[u8], complete: bool, extension: &str) -> Option<&'static Format> {
    let start = head.get(..1024).unwrap_or(head);
    let at = memchr::memmem::find(start, PDF_MARK)?;
    let version = start.get(at + PDF_MARK.len()..)?.starts_with(b"1.");
    let version = version || start.get(at + PDF_MARK.len()..)?.starts_with(b"2.");
    let own = PDF.extensions.contains(&extension) || text::detect(head, complete).is_none();
    (version && own).then_some(&PDF)
}

fn by_signature(head: &[u8], extension: &str) -> Option<&'static Format> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    Some(match head {
        _ if head
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(head)
            .trim_ascii_start()
            .starts_with(PDF_MARK) =>
        {
            &PDF
        }
        _ if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || starts(b"PK\x07\x08") => {
            zip_kind(head, extension)
        }
        _ if starts(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) => ole_kind(head, extension),
        _ if doc::is_old(head) => &DOC,
        _ if sheet::is_biff(head) => &XLS,
        _ if metafile::is_metafile(head) => &METAFILE,
        _ if starts(&[0x1F, 0x8B]) => &GZIP,
        _ if starts(b"BZh") && at(4, b"1AY&SY") => &BZIP2,
        _ if starts(&[0xFD, b'7', b'z', b'X', b'Z', 0]) => &XZ,
        _ if starts(&[0x28, 0xB5, 0x2F, 0xFD]) => &ZSTD,
        _ if starts(&[0x04, 0x22, 0x4D, 0x18]) => &LZ4,
        _ if starts(&[0x1F, 0x9D]) => &COMPRESS,
        _ if starts(&[b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C]) => &SEVENZ,
        _ if starts(b"Rar!\x1A\x07") => &RAR,
        _ if starts(b"MSCF\0\0\0\0") => &CAB,
        _ if starts(b"!<arch>\n") => &AR,
        _ if starts(&[0xED, 0xAB, 0xEE, 0xDB]) => &RPM,
        _ if at(257, b"ustar") => &TAR,
        _ if at(0x8001, b"CD001") => &ISO,
        _ if starts(b"{\\rtf") => &RTF,
        _ if starts(b"!BDN") => &PST,
        _ if starts(b"SQLite format 3\0") => &SQLITE,
        _ if at(4, b"Standard Jet DB") || at(4, b"Standard ACE DB") => &ACCESS,
        _ if starts(b"TAPE\0") => &MTF,
        _ if starts(b"PGDMP") => &PGDUMP,
        _ if starts(b"PAR1") => &PARQUET,
        _ if starts(b"Obj\x01") => &AVRO,
        _ if starts(b"\x89PNG\r\n\x1A\n") => &PNG,
        _ if starts(&[0xFF, 0xD8, 0xFF]) => &JPEG,
        _ if starts(b"GIF87a") || starts(b"GIF89a") => &GIF,
        _ if starts(b"II*\0") || starts(b"MM\0*") => &TIFF,
        _ if starts(b"BM") && at(6, &[0, 0, 0, 0]) => &BMP,
        _ if starts(b"RIFF") && at(8, b"WEBP") => &WEBP,
        _ if starts(b"RIFF") && at(8, b"WAVE") => &WAV,
        _ if starts(b"RIFF") && at(8, b"AVI ") => &AVI,
        _ if starts(b"ID3") || (matches!(head, [0xFF, 0xFB | 0xF3 | 0xF2, ..]) && extension == "mp3") => &MP3,
        _ if starts(b"OggS") => &OGG,
        _ if starts(b"fLaC") => &FLAC,
        _ if starts(b"#!AMR") => &AMR,
        _ if at(4, b"ftyp") && (at(8, b"heic") || at(8, b"mif1") || at(8, b"avif")) => &HEIF,
        _ if at(4, b"ftyp") => &MP4,
        _ if starts(&[0x1A, 0x45, 0xDF, 0xA3]) => &MATROSKA,
        _ if starts(b"\x7FELF") => &ELF,
        _ if starts(b"MZ") && head.len() > 64 && head.iter().take(64).any(|&b| b == 0) => &PE,
        _ if starts(&[0xCA, 0xFE, 0xBA, 0xBE]) => &CLASS,
        _ if starts(b"\0asm") => &WASM,
        _ if starts(&[0, 1, 0, 0, 0])
            || starts(b"OTTO\0")
            || starts(b"wOFF")
            || starts(b"wOF2")
            || starts(b"ttcf") =>
        {
            &FONT
        }
        _ if starts(&[0, 0, 1, 0]) && extension == "ico" => &ICON,
        _ => return None,
    })
}

/// Which of the many zip-based formats it is, by the names of its parts as far as the head shows them.
fn zip_kind(head: &[u8], extension: &str) -> &'static Format {
    // Where large parts come first, those that decide lie behind the head. The name is believed then.
    let named = || {
        let zips = [
            &XLSX, &XLSB, &DOCX, &PPTX, &ODS, &ODT, &ODP, &EPUB, &VSDX, &XPS, &OFFICE,
        ];
        zips.into_iter()
            .find(|format| format.extensions.contains(&extension))
    };
    match zipped::family(head, extension) {
        Family::Word => &DOCX,
        Family::Excel => &XLSX,
        Family::ExcelBinary => &XLSB,
        Family::PowerPoint => &PPTX,
        Family::Visio => &VSDX,
        Family::Xps => &XPS,
        Family::OdfText => &ODT,
        Family::OdfSheet => &ODS,
        Family::OdfSlides => &ODP,
        Family::Odf => named().unwrap_or(&ODT),
        Family::Epub => &EPUB,
        Family::Package => &OFFICE,
        Family::Unknown => named().unwrap_or(&OFFICE),
        Family::Archive => named().unwrap_or(&ZIP),
    }
}

/// Office documents that are one XML file.
fn flat_kind(sample: &str) -> Option<&'static Format> {
    let start = sample.get(..sample.floor_char_boundary(4096)).unwrap_or(sample);
    if !start.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return None;
    }
    let says = |word: &str| memchr::memmem::find(start.as_bytes(), word.as_bytes()).is_some();
    if says("<w:wordDocument") || says("progid=\"Word.Document\"") || says("<pkg:package") {
        return Some(&WORDXML);
    }
    if !says("<office:document ") {
        return None;
    }
    let mimes = [
        ("opendocument.text", &ODT),
        ("opendocument.spreadsheet", &ODS),
        ("opendocument.", &ODP),
    ];
    let sample = sample.as_bytes();
    let declared = memchr::memmem::find(sample, b"office:mimetype=").and_then(|at| sample.get(at..));
    let declared = declared.and_then(|rest| rest.get(..rest.len().min(100)))?;
    mimes
        .into_iter()
        .find(|(mime, _)| memchr::memmem::find(declared, mime.as_bytes()).is_some())
        .map(|(_, format)| format)
}

/// The size of an entry in the directory of a compound file.
const OLE_ENTRY: usize = 128;

/// Which compound file: its directory holds stream names in UTF-16; it often lies within the head.
fn ole_kind(head: &[u8], extension: &str) -> &'static Format {
    // Names stand at the start of an entry, with zeros behind: styles are called `Book Title` too.
    let has = |name: &str| {
        let mut wide: Vec<u8> = name.bytes().flat_map(|b| [b, 0]).collect();
        wide.extend([0, 0]);
        memchr::memmem::find_iter(head, &wide).any(|at| at.is_multiple_of(OLE_ENTRY))
    };
    let named = |formats: &[&'static Format]| {
        formats
            .iter()
            .copied()
            .find(|format| format.extensions.contains(&extension))
    };
    // A protected workbook is a compound file around an encrypted package.
    if has("EncryptedPackage") {
        return named(&[&DOCX, &PPTX]).unwrap_or(&XLS);
    }
    let holds: [(&'static Format, &[&str]); 4] = [
        (&DOC, &["WordDocument"]),
        (&PPT, &["PowerPoint Document"]),
        (&MSG, &["__properties_version1.0", "__nameid_version1.0"]),
        (&XLS, &["Workbook", "Book"]),
    ];
    let held: Vec<&'static Format> = holds
        .into_iter()
        .filter(|(_, names)| names.iter().any(|name| has(name)))
        .map(|(format, _)| format)
        .collect();
    // A document that is embedded in one of another kind has its entries beside those of its host.
    if let Some(format) = named(&held).or_else(|| held.first().copied()) {
        return format;
    }
    match extension {
        "xls" | "xlt" | "xla" | "xlsx" | "xlsm" | "xlsb" => &XLS,
        "doc" | "dot" => &DOC,
        "ppt" | "pps" | "pot" => &PPT,
        "msg" => &MSG,
        _ => &OLE,
    }
}

fn by_text(head: &[u8], complete: bool, extension: &str) -> &'static Format {
    let Some((encoding, bom)) = text::detect(head, complete) else {
        return &BINARY;
    };
    let sample = text::decode_head(head, encoding, bom);
    if let Some(mail) = mail_kind(&sample, extension) {
        return mail;
    }
    if let Some(flat) = flat_kind(&sample) {
        return flat;
    }
    let table = DELIMITED.extensions.contains(&extension) || dialect::sniff(&sample).is_some();
    if table { &DELIMITED } else { &TEXT }
}

/// Mail as text: header fields at its very start, at least one that only mail has.
fn mail_kind(sample: &str, extension: &str) -> Option<&'static Format> {
    if sample.starts_with("From ")
        && sample
            .lines()
            .take(40)
            .any(|l| l.starts_with("From: ") || l.starts_with("Received: "))
    {
        return Some(&MBOX);
    }
    let mut fields = 0;
    let mut mail_only = 0;
    for line in sample.lines().take(60) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let name = line.split_once(':')?.0;
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return None;
        }
        fields += 1;
        let known = [
            "received",
            "return-path",
            "message-id",
            "mime-version",
            "delivered-to",
            "x-mailer",
            "content-type",
            "from",
            "to",
            "subject",
            "date",
        ];
        mail_only += usize::from(known.contains(&name.to_ascii_lowercase().as_str()));
    }
    let named = MAIL.extensions.contains(&extension);
    (fields >= 3 && mail_only >= if named { 2 } else { 4 }).then_some(&MAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(head: &[u8], extension: &str) -> (&'static str, bool) {
        let identified = identify(head, true, extension);
        (identified.format.id, identified.mismatch)
    }

    #[test]
    fn content_decides_and_a_lie_is_told() {
        assert_eq!(id(b"%PDF-1.7\n", "pdf"), ("pdf", false));
        assert_eq!(id(b"%PDF-1.7\n", "txt"), ("pdf", true));
        assert_eq!(id(b"\xEF\xBB\xBF\n%PDF-1.7\n", "pdf"), ("pdf", false));
        assert_eq!(id(b"@PJL ENTER LANGUAGE=PDF\n%PDF-1.4\n", "pdf"), ("pdf", false));
        assert_eq!(id(b"\0\x01\x02\xff%PDF-1.4\n\0\x01\x02", "bin"), ("pdf", false));
        assert_eq!(id(b"En PDF b\xf6rjar med %PDF-1.4\n", "txt"), ("text", false));
        assert_eq!(id(b"Hej hopp\n", "xlsx"), ("text", true));
        assert_eq!(id(b"Hej hopp\n", "okänd"), ("text", false));
        assert_eq!(id(b"\x89PNG\r\n\x1A\n", "png"), ("png", false));
        assert_eq!(id(b"PK\x03\x04rest", "zip"), ("zip", false));
        assert_eq!(id(&[0, 1, 2, 3, 0, 0, 7], "dat"), ("binary", false));
    }

    #[test]
    fn compound_files_are_known_by_whole_names() {
        let file = |names: &[&str]| {
            let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
            bytes.resize(512, 0);
            for (number, name) in names.iter().enumerate() {
                bytes.resize(512 + number * OLE_ENTRY, 0);
                bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            }
            bytes.resize(2048, 0);
            bytes
        };
        assert_eq!(id(&file(&["Book"]), "").0, "xls");
        assert_eq!(id(&file(&["Book Title"]), "doc"), ("doc", false));
        assert_eq!(id(&file(&["Workbook", "WordDocument"]), "").0, "doc");
        assert_eq!(id(&file(&["Workbook", "WordDocument"]), "xls").0, "xls");
    }

    #[test]
    fn mail_is_known_by_its_header() {
        let mail = b"Received: by x\nFrom: a@example.com\nTo: b@example.com\nSubject: hej\nMIME-Version: 1.0\n\nHej\n";
        assert_eq!(id(mail, "").0, "eml");
        assert_eq!(id(b"Name: x\nAge: 3\nTown: y\n\n", "").0, "text");
    }

    #[test]
    fn no_extension_stands_for_two_formats() {
        let mut all: Vec<_> = FORMATS.iter().flat_map(|f| f.extensions).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
