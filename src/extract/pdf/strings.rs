//! The encodings of strings outside page text.
//!
//! They are few and fixed, but producers forget the marks that tell them apart.

use super::accents::{composed, is_combining};

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
    let text = without_languages(&decoded).replace("\r\n", "\n");
    plain(&text.replace('\r', "\n"))
}

/// A text as it is looked for: no controls, ligatures taken apart, accents put on their letters.
pub(super) fn plain(told: &str) -> String {
    let mut text = String::with_capacity(told.len());
    let mut chars = told.chars().peekable();
    while let Some(c) = chars.next() {
        let before = || text.chars().next_back();
        match c {
            '\n' | '\t' => text.push(c),
            // Between letters it only says where a word may be broken; elsewhere it is what is shown of it.
            '\u{AD}' => {
                let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                if !letter(before()) || !letter(chars.peek().copied()) {
                    text.push('-');
                }
            }
            '\u{FB00}' => text.push_str("ff"),
            '\u{FB01}' => text.push_str("fi"),
            '\u{FB02}' => text.push_str("fl"),
            '\u{FB03}' => text.push_str("ffi"),
            '\u{FB04}' => text.push_str("ffl"),
            '\u{FB05}' | '\u{FB06}' => text.push_str("st"),
            c if c.is_control() => {}
            c if is_combining(c) => match before().and_then(|base| composed(c, base)) {
                Some(letter) => {
                    text.pop();
                    text.push(letter);
                }
                None => text.push(c),
            },
            c => text.push(c),
        }
    }
    text
}

/// A text without the codes that tell which language its parts are in, each between two escapes.
fn without_languages(text: &str) -> String {
    let mut parts = text.split('\u{1B}');
    let mut kept = parts.next().unwrap_or_default().to_string();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let letters = part
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
        let language = letters && (2..=5).contains(&part.len()) && parts.peek().is_some();
        if !language {
            kept.push_str(part);
        } else if let Some(text) = parts.next() {
            kept.push_str(text);
        }
    }
    kept
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
        let strings: [(&[u8], &str); 9] = [
            (b"\xFE\xFF\x00\xE5\x00\xE4", "åä"),
            (b"\xFF\xFE\xE5\x00", "å"),
            (b"\xEF\xBB\xBF\xC3\xB6", "ö"),
            ("ö".as_bytes(), "ö"),
            (b"\xD6rebro \x8A \xA0", "Örebro − €"),
            (b"a\r\nb\rc\x00", "a\nb\nc"),
            (b"", ""),
            (
                b"\xFE\xFF\x00\x1B\x00s\x00v\x00S\x00E\x00\x1B\x00V\x00\x1B\x00e",
                "Ve",
            ),
            (b"\x93a o\xADs 9\xAD9 1\xAD", "fia os 9-9 1-"),
        ];
        for (bytes, expected) in strings {
            assert_eq!(text_string(bytes), expected);
        }
    }
}
