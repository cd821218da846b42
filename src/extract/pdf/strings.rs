//! The encodings of strings outside page text.
//!
//! They are few and fixed, but producers forget the marks that tell them apart.

/// `%C3%A5` becomes `å`; what is no escape stays.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|b| char::from(*b).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, hex(0), hex(1)) {
            bytes.push((high * 16 + low) as u8);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

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

    #[test]
    fn escapes_of_links_are_resolved_and_broken_ones_stay() {
        assert_eq!(percent_decoded("%C3%A5sa%40x.se%4"), "åsa@x.se%4");
    }
}
