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
    for at in memchr::memmem::find_iter(head, b"PK\x03\x04") {
        let Some(header) = head.get(at..).and_then(Header::parse) else {
            continue;
        };
        let lower = header.name.to_ascii_lowercase();
        match lower.as_slice() {
            b"mimetype" => return declared(&header.content()),
            b"[content_types].xml" => {
                package = true;
                types = Some(header.content());
            }
            b"_rels/.rels" => package = true,
            b"content.xml" | b"styles.xml" | b"meta.xml" => odf += 1,
            b"meta-inf/manifest.xml" => {
                if let Some(found) = Some(declared(&header.content())).filter(|&f| f != Family::Package) {
                    return found;
                }
            }
            b"meta-inf/container.xml" => return Family::Epub,
            // Iris writes workbooks whose parts lie in a folder.
            name if name.ends_with(b"xl/workbook.bin") => return Family::ExcelBinary,
            name if name.starts_with(b"xl/") && extension == "xlsb" => return Family::ExcelBinary,
            name if name.starts_with(b"xl/") => return Family::Excel,
            name if name.starts_with(b"word/") => return Family::Word,
            name if name.starts_with(b"ppt/") => return Family::PowerPoint,
            name if name.starts_with(b"visio/") => return Family::Visio,
            name if name.ends_with(b".fdseq") => return Family::Xps,
            _ => {}
        }
    }
    if odf >= 2 {
        return Family::Odf;
    }
    if !package || PROGRAMS.contains(&extension) {
        return Family::Archive;
    }
    types.map_or(Family::Unknown, |types| of_types(&types))
}

/// By the list of content types.
fn of_types(types: &[u8]) -> Family {
    let says = |word: &[u8]| memchr::memmem::find(types, word).is_some();
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
fn declared(content: &[u8]) -> Family {
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
        .map_or(Family::Package, |(_, family)| family)
}

/// A part's header, and what lies behind it.
struct Header<'h> {
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
    use crate::extract::sheet::testing::{zip, zip_bytes};

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
        let archive = zip(&[("word/läs.txt", "x")]);
        assert_eq!(family(&archive, "zip"), Family::Word);
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
    fn an_open_document_without_declaration_is_one() {
        let bytes = zip(&[("content.xml", "<a/>"), ("styles.xml", "<a/>")]);
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
