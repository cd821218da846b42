//! The encodings of strings outside page text.
//!
//! They are few and fixed, but producers forget the marks that tell them apart.

/// A PDF text string: UTF-16 or UTF-8 with a mark, else PDFDocEncoding (or UTF-8 whose writer forgot the mark).
pub(super) fn text_string(bytes: &[u8]) -> String {
    let decoded = match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => bytes.iter().map(|byte| pdf_doc(*byte)).collect(),
        },
    };
    decoded
        .replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect()
}

/// PDFDocEncoding: Latin-1 but for two stretches.
fn pdf_doc(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const MARKS: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ',
        'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
    ];
    let from = |table: &[char], first: u8| table.get(usize::from(byte - first)).copied();
    let found = match byte {
        0x18..=0x1F => from(&ACCENTS, 0x18),
        0x80..=0xA0 => from(&MARKS, 0x80),
        _ => None,
    };
    found.unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_in_every_encoding_producers_use() {
        let strings: [(&[u8], &str); 7] = [
            (b"\xFE\xFF\x00\xE5\x00\xE4", "åä"),
            (b"\xFF\xFE\xE5\x00", "å"),
            (b"\xEF\xBB\xBF\xC3\xB6", "ö"),
            ("ö".as_bytes(), "ö"),
            (b"\xD6rebro \x8A \xA0", "Örebro − €"),
            (b"a\r\nb\rc\x00", "a\nb\nc"),
            (b"", ""),
        ];
        for (bytes, expected) in strings {
            assert_eq!(text_string(bytes), expected);
        }
    }
}
