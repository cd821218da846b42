//! Names of parts, in the owner's words.
//!
//! "word/header2.xml" tells an owner little; "header 2" tells where to look.

use crate::extract::package::parts::has_extension;

/// The file name of a part, without folders and extension.
pub(super) fn stem(part: &str) -> &str {
    let file = part.rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// The number a part's name ends in.
pub(super) fn number(part: &str) -> Option<u32> {
    let stem = stem(part);
    let digits = stem.len() - stem.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    stem.get(stem.len() - digits..)?.parse().ok()
}

/// A word with the number of a part, where it has one: `header 2`.
pub(super) fn numbered(word: &str, part: &str) -> String {
    match number(part) {
        Some(number) => format!("{word} {number}"),
        None => word.to_owned(),
    }
}

/// Extensions (in lower case) of what is no text in a package: pictures, sounds, fonts, programs' own data.
const NO_TEXT: &[&str] = &[
    "png", "jpg", "jpeg", "jpe", "jfif", "gif", "tif", "tiff", "bmp", "wdp", "hdp", "jxr", "webp", "heic",
    "ico", "pict", "pct", "pcx", "eps", "svm", "psd", "mp3", "m4a", "wav", "wma", "mid", "midi", "aac",
    "mp4", "m4v", "mov", "avi", "wmv", "mpg", "mpeg", "mkv", "ogg", "oga", "ogv", "ttf", "otf", "ttc",
    "woff", "woff2", "odttf", "fntdata", "glb", "gltf", "obj", "sigs", "psmdcp", "rdf", "css", "js", "icc",
    "dat", "key", "crl", "cer", "dll", "thmx", "ttml", "model3d", "prn", "sor", "wmphoto",
];

/// Whether a part's content is no text.
pub(in crate::extract) fn is_no_text(lower: &str) -> bool {
    lower
        .rsplit_once('.')
        .is_some_and(|(_, extension)| NO_TEXT.contains(&extension))
}

/// Whether a part is a picture made of dots, as scanners make them.
pub(super) fn is_picture(lower: &str) -> bool {
    has_extension(
        lower,
        &[
            "png", "jpg", "jpeg", "jpe", "jfif", "gif", "tif", "tiff", "bmp", "wdp", "hdp", "jxr", "webp",
            "heic",
        ],
    )
}

/// Documents that are attached as parts of their own.
const DOCUMENTS: &[&str] = &[
    "docx", "docm", "dotx", "xlsx", "xlsm", "xlsb", "pptx", "pptm", "ppsx", "sldx", "doc", "xls", "ppt",
    "odt", "ods", "odp", "rtf", "htm", "html", "mht", "mhtml", "txt", "csv", "pdf", "eml", "msg", "vsd",
    "vsdx", "pub", "zip", "ole", "json", "sql",
];

/// Whether a part is a document of its own: embedded, attached, or imported in its own format.
pub(super) fn is_document(lower: &str) -> bool {
    // Macros are a compound file of their own.
    if lower.ends_with("vbaproject.bin") {
        return true;
    }
    if lower.contains("/embeddings/") || lower.starts_with("embeddings/") || lower.contains("/attachments/") {
        return !is_no_text(lower);
    }
    lower
        .rsplit_once('.')
        .is_some_and(|(_, extension)| DOCUMENTS.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_called_as_people_call_them() {
        assert_eq!(numbered("header", "word/header2.xml"), "header 2");
        assert_eq!(numbered("header", "word/header.xml"), "header");
        assert!(is_document("word/embeddings/oleobject1.bin"));
        assert!(is_document("word/afchunk1.mht"));
        assert!(!is_document("word/media/image1.png"));
        assert!(is_document("word/vbaproject.bin"));
    }
}
