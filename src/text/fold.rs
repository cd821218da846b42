//! Keys that ignore how a label was typed, and the many dashes and spaces of real text.
//!
//! `Pers.nr`, `pers-nr` and `PERS_NR` are one label, and a number copied from a word processor carries an en dash
//! or a no-break space: both facts are wanted by several rooms, and must mean the same in each.

/// The key of a label: its letters and digits, lower-cased; `Pers.nr`, `PERS_NR` and `pers-nr` are all `persnr`.
///
/// å, ä and ö are letters of their own and stay; other accents are dropped (`Idé` is `ide`). Letters written as a
/// base letter and a combining mark, as old Macs do, give the same key as the composed ones.
pub fn fold_key(label: &str) -> String {
    let mut key = String::with_capacity(label.len());
    fold_key_into(label, &mut key);
    key
}

/// Writes the key of `label` into `key`, which is emptied first; nothing is allocated once `key` has grown.
pub fn fold_key_into(label: &str, key: &mut String) {
    key.clear();
    for c in label.chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() {
            fold_other(c, key);
        }
    }
}

fn fold_other(c: char, key: &mut String) {
    // A combining ring or diaeresis belongs to the letter before it.
    let composed = match (key.chars().next_back(), c) {
        (Some('a'), '\u{30A}') => Some('å'),
        (Some('a'), '\u{308}') => Some('ä'),
        (Some('o'), '\u{308}') => Some('ö'),
        _ => None,
    };
    if let Some(letter) = composed {
        key.pop();
        key.push(letter);
    } else if c.is_alphanumeric() {
        for lower in c.to_lowercase().filter(|l| l.is_alphanumeric()) {
            key.push(without_accent(lower));
        }
    }
}

fn without_accent(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        _ => c,
    }
}

/// The length of the dash that starts at byte `i`: `-`, U+2010 to U+2015, or the minus sign U+2212.
#[inline]
pub fn dash_at(bytes: &[u8], i: usize) -> Option<usize> {
    match *bytes.get(i)? {
        b'-' => Some(1),
        0xE2 => is_wide_dash(bytes.get(i..i + 3)?).then_some(3),
        _ => None,
    }
}

/// The length of the dash that ends just before byte `i`.
#[inline]
pub fn dash_before(bytes: &[u8], i: usize) -> Option<usize> {
    if *bytes.get(i.checked_sub(1)?)? == b'-' {
        return Some(1);
    }
    is_wide_dash(bytes.get(i.checked_sub(3)?..i)?).then_some(3)
}

fn is_wide_dash(three: &[u8]) -> bool {
    matches!(three, [0xE2, 0x80, 0x90..=0x95] | [0xE2, 0x88, 0x92])
}

/// The length of the space that starts at byte `i`: an ordinary one, or a no-break, figure, thin or narrow one
/// (U+00A0, U+2007, U+2009, U+202F).
#[inline]
pub fn space_at(bytes: &[u8], i: usize) -> Option<usize> {
    match *bytes.get(i)? {
        b' ' => Some(1),
        0xC2 => (*bytes.get(i + 1)? == 0xA0).then_some(2),
        0xE2 => is_wide_space(bytes.get(i..i + 3)?).then_some(3),
        _ => None,
    }
}

/// The length of the space that ends just before byte `i`.
#[inline]
pub fn space_before(bytes: &[u8], i: usize) -> Option<usize> {
    if *bytes.get(i.checked_sub(1)?)? == b' ' {
        return Some(1);
    }
    if bytes.get(i.checked_sub(2)?..i)? == [0xC2, 0xA0] {
        return Some(2);
    }
    is_wide_space(bytes.get(i.checked_sub(3)?..i)?).then_some(3)
}

fn is_wide_space(three: &[u8]) -> bool {
    matches!(three, [0xE2, 0x80, 0x87 | 0x89 | 0xAF])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_key_however_it_is_typed() {
        for label in ["Pers.nr", "pers-nr", "PersNr", "PERS_NR", " pers nr: "] {
            assert_eq!(fold_key(label), "persnr");
        }
        assert_eq!(fold_key("Kund-ID 2"), "kundid2");
        assert_eq!(fold_key("FÖRNAMN"), "förnamn");
        assert_eq!(fold_key("Idé/Übersicht"), "ideubersicht");
        assert_eq!(fold_key("— (*) "), "");
    }

    #[test]
    fn decomposed_letters_give_the_key_of_composed_ones() {
        assert_eq!(fold_key("Fo\u{308}rnamn A\u{30A}r a\u{308}"), "förnamnårä");
        assert_eq!(fold_key("Ide\u{301}"), "ide");
    }

    #[test]
    fn a_buffer_is_reused() {
        let mut key = String::from("old");
        fold_key_into("E-post", &mut key);
        assert_eq!(key, "epost");
    }

    #[test]
    fn dashes_and_spaces_are_seen_from_both_sides() {
        for dash in ['-', '\u{2010}', '\u{2013}', '\u{2015}', '\u{2212}'] {
            let text = format!("811228{dash}9874");
            let len = dash.len_utf8();
            assert_eq!(dash_at(text.as_bytes(), 6), Some(len));
            assert_eq!(dash_before(text.as_bytes(), 6 + len), Some(len));
            assert_eq!(space_at(text.as_bytes(), 6), None);
        }
        for space in [' ', '\u{A0}', '\u{2007}', '\u{2009}', '\u{202F}'] {
            let text = format!("08{space}465 004 01");
            let len = space.len_utf8();
            assert_eq!(space_at(text.as_bytes(), 2), Some(len));
            assert_eq!(space_before(text.as_bytes(), 2 + len), Some(len));
            assert_eq!(dash_before(text.as_bytes(), 2 + len), None);
        }
    }

    #[test]
    fn the_ends_of_the_text_hold_nothing() {
        assert_eq!(dash_at(b"", 0), None);
        assert_eq!(dash_at(&[0xE2, 0x80], 0), None);
        assert_eq!(dash_before(b"-", 0), None);
        assert_eq!(dash_before(b"-", 9), None);
        assert_eq!(space_at(&[0xC2], 0), None);
        assert_eq!(space_before(&[0xA0], 1), None);
    }
}
