//! Which of the many formats that are zips a zip is: by the names of its parts, as far as its head shows them.
//!
//! A letter called `.zip` or `.bin` by a mail program is still a letter. The list of content types is looked into
//! where the parts that would tell lie behind the head.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// What the head of a zip tells of its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Word,
    Excel,
    /// Excel's binary workbook.
    ExcelBinary,
    PowerPoint,
    Visio,
    Xps,
    OdfText,
    OdfSheet,
    OdfSlides,
    /// An OpenDocument that does not tell which; the extension may.
    Odf,
    Epub,
    /// A package of XML of another family.
    Package,
    /// A package of Microsoft's that does not tell which; the extension may.
    Unknown,
    /// An archive.
    Archive,
}

/// So much of a list of content types is looked into.
const TYPES: u64 = 64 * 1024;
/// Packages of programs, whose parts are read as those of any archive.
const PROGRAMS: &[&str] = &[
    "nupkg", "snupkg", "vsix", "appx", "msix", "jar", "whl", "apk", "xap",
];

/// The family of the zip that begins with `head`.
pub(super) fn family(head: &[u8], extension: &str) -> Family {
    let mut package = false;
    let mut odf = 0;
    let mut types: Option<Vec<u8>> = None;
    let mut folder: Option<Family> = None;
    for header in Headers::new(head) {
        let lower = header.name.to_ascii_lowercase();
        let found = match lower.as_slice() {
            b"mimetype" | b"meta-inf/manifest.xml" => declared(&header.content()),
            b"[content_types].xml" => {
                package = true;
                types = Some(header.content());
                None
            }
            b"_rels/.rels" => {
                package = true;
                None
            }
            b"content.xml" | b"styles.xml" | b"meta.xml" => {
                odf += u32::from(says(&header.content(), b"office:document-"));
                None
            }
            b"meta-inf/container.xml" if says(&header.content(), b"rootfile") => Some(Family::Epub),
            b"word/document.xml" => Some(Family::Word),
            b"ppt/presentation.xml" => Some(Family::PowerPoint),
            b"xl/workbook.xml" if extension == "xlsb" => Some(Family::ExcelBinary),
            b"xl/workbook.xml" => Some(Family::Excel),
            b"visio/document.xml" => Some(Family::Visio),
            // Iris writes workbooks whose parts lie in a folder.
            name if name.ends_with(b"xl/workbook.bin") => Some(Family::ExcelBinary),
            name if name.ends_with(b".fdseq") => Some(Family::Xps),
            name => {
                folder = folder.or_else(|| of_folder(name, extension));
                None
            }
        };
        if let Some(found) = found {
            return found;
        }
    }
    if odf >= 2 {
        return Family::Odf;
    }
    if !package || PROGRAMS.contains(&extension) {
        return Family::Archive;
    }
    folder.unwrap_or_else(|| types.map_or(Family::Unknown, |types| of_types(&types)))
}

/// By the folder of a part: people call their folders so too, and only a package has a list of its parts besides.
fn of_folder(name: &[u8], extension: &str) -> Option<Family> {
    let folder = name.split(|&byte| byte == b'/').next()?;
    Some(match folder {
        _ if folder == name => return None,
        b"word" => Family::Word,
        b"xl" if extension == "xlsb" => Family::ExcelBinary,
        b"xl" => Family::Excel,
        b"ppt" => Family::PowerPoint,
        b"visio" => Family::Visio,
        _ => return None,
    })
}

fn says(content: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(content, word).is_some()
}

/// By the list of content types.
fn of_types(types: &[u8]) -> Family {
    let says = |word: &[u8]| says(types, word);
    // A document may embed a workbook, whose type is not that of its main part.
    if says(b"wordprocessingml.document.main") || says(b"wordprocessingml.template.main") || says(b"/word/") {
        Family::Word
    } else if says(b"presentationml.") {
        Family::PowerPoint
    } else if says(b"sheet.binary") {
        Family::ExcelBinary
    } else if says(b"spreadsheetml.") {
        Family::Excel
    } else if says(b"ms-visio") {
        Family::Visio
    } else if says(b"fixeddocument") {
        Family::Xps
    } else {
        Family::Unknown
    }
}

/// By what `mimetype` or the manifest of an OpenDocument declares first.
fn declared(content: &[u8]) -> Option<Family> {
    let families: [(&[u8], Family); 10] = [
        (b"opendocument.text", Family::OdfText),
        (b"opendocument.spreadsheet", Family::OdfSheet),
        (b"opendocument.presentation", Family::OdfSlides),
        (b"opendocument.graphics", Family::OdfSlides),
        (b"sun.xml.writer", Family::OdfText),
        (b"sun.xml.calc", Family::OdfSheet),
        (b"sun.xml.impress", Family::OdfSlides),
        (b"sun.xml.draw", Family::OdfSlides),
        (b"epub+zip", Family::Epub),
        (b"opendocument.", Family::Package),
    ];
    families
        .into_iter()
        .filter_map(|(word, family)| Some((memchr::memmem::find(content, word)?, family)))
        .min_by_key(|&(at, _)| at)
        .map(|(_, family)| family)
}

/// The headers of the parts that a zip begins with. A part may be an archive itself, whose headers are not the zip's.
struct Headers<'h> {
    head: &'h [u8],
    at: usize,
}

impl<'h> Headers<'h> {
    fn new(head: &'h [u8]) -> Self {
        Self { head, at: 0 }
    }
}

impl<'h> Iterator for Headers<'h> {
    type Item = Header<'h>;

    fn next(&mut self) -> Option<Header<'h>> {
        loop {
            let rest = self.head.get(self.at..)?;
            let found = memchr::memmem::find(rest, b"PK\x03\x04")?;
            let Some(header) = rest.get(found..).and_then(Header::parse) else {
                self.at += found + 4;
                continue;
            };
            self.at += found + (rest.len() - found - header.rest.len()).max(4);
            // A part that was written as a stream does not say how long it is.
            if header.flags & 8 == 0 {
                self.at = self.at.saturating_add(header.packed);
            }
            return Some(header);
        }
    }
}

/// A part's header, and what lies behind it.
struct Header<'h> {
    flags: usize,
    name: &'h [u8],
    deflated: bool,
    packed: usize,
    rest: &'h [u8],
}

impl<'h> Header<'h> {
    fn parse(bytes: &'h [u8]) -> Option<Self> {
        let word = |at: usize| {
            let pair = bytes.get(at..)?.first_chunk::<2>()?;
            Some(usize::from(u16::from_le_bytes(*pair)))
        };
        let (name, extra) = (word(26)?, word(28)?);
        Some(Self {
            flags: word(6)?,
            name: bytes.get(30..30 + name)?,
            deflated: word(8)? == 8,
            packed: word(18)? | word(20)? << 16,
            rest: bytes.get(30 + name + extra..).unwrap_or_default(),
        })
    }

    /// The beginning of its content, as far as it is there.
    fn content(&self) -> Vec<u8> {
        if !self.deflated {
            let packed = if self.packed == 0 { 256 } else { self.packed };
            return self
                .rest
                .get(..packed.min(self.rest.len()))
                .unwrap_or_default()
                .to_vec();
        }
        let mut content = Vec::new();
        // What was inflated before the head ends stays.
        let _ = DeflateDecoder::new(self.rest)
            .take(TYPES)
            .read_to_end(&mut content);
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::sheet::testing::{stored, zip, zip_bytes};

    #[test]
    fn parts_tell_the_family_whatever_the_name() {
        for (part, family_of) in [
            ("word/document.xml", Family::Word),
            ("ppt/presentation.xml", Family::PowerPoint),
            ("xl/workbook.xml", Family::Excel),
            ("xl/workbook.bin", Family::ExcelBinary),
            ("visio/document.xml", Family::Visio),
            ("FixedDocumentSequence.fdseq", Family::Xps),
            ("docProps/app.xml", Family::Unknown),
        ] {
            let bytes = zip(&[("[Content_Types].xml", "<Types/>"), (part, "<a/>")]);
            assert_eq!(family(&bytes, "bin"), family_of, "{part}");
        }
        for folder in ["word", "ppt", "xl", "visio"] {
            let archive = zip(&[(&format!("{folder}/läs.txt"), "x"), ("mimetype", "x")]);
            assert_eq!(family(&archive, "zip"), Family::Archive, "{folder}");
        }
        let parts = zip(&[("[Content_Types].xml", "<Types/>"), ("word/media/bild.png", "")]);
        assert_eq!(family(&parts, "bin"), Family::Word);
        assert_eq!(family(&zip(&[("a.txt", "x")]), "zip"), Family::Archive);
    }

    #[test]
    fn content_types_tell_where_the_parts_lie_behind_the_head() {
        let types = "<Types><Override PartName='/word/document.xml' ContentType='application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>";
        let bytes = zip_bytes(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("media/bild.png", b"x"),
            ("word/document.xml", b"<a/>"),
        ]);
        let head = memchr::memmem::find(&bytes, b"word/document.xml").unwrap();
        assert_eq!(family(bytes.get(..head).unwrap(), ""), Family::Word);
    }

    #[test]
    fn documents_in_an_archive_are_not_the_archive() {
        let letter = zip_bytes(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("word/document.xml", b"<a/>"),
        ]);
        let archive = stored(&[("brev.docx", &letter), ("kunder.csv", b"x")]);
        assert_eq!(family(&archive, "zip"), Family::Archive);
        let sheet = zip(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]);
        assert_eq!(family(&stored(&[("a.ods", &sheet)]), "zip"), Family::Archive);
    }

    #[test]
    fn an_open_document_without_declaration_is_one() {
        let (content, styles) = ("<office:document-content/>", "<office:document-styles/>");
        let bytes = zip(&[("content.xml", content), ("styles.xml", styles)]);
        assert_eq!(family(&bytes, "ods"), Family::Odf);
    }

    #[test]
    fn what_is_declared_decides() {
        for (declared, family_of) in [
            ("application/vnd.oasis.opendocument.text-master", Family::OdfText),
            ("application/vnd.sun.xml.calc", Family::OdfSheet),
            (
                "application/vnd.oasis.opendocument.graphics-template",
                Family::OdfSlides,
            ),
            ("application/epub+zip", Family::Epub),
            ("application/vnd.oasis.opendocument.base", Family::Package),
        ] {
            let bytes = zip(&[("mimetype", declared), ("content.xml", "<a/>")]);
            assert_eq!(family(&bytes, ""), family_of, "{declared}");
        }
    }
}
