//! Entities: `&aring;`, `&#64;`, `&#x40;`.
//!
//! Only those that end in a semicolon: in an address `?a=1&copy=2` is none.

use super::{Reading, key, keys, shown};

/// An entity is no longer than this, with its marks.
const LONGEST: usize = 12;

/// The Latin-1 letters and signs from U+00A0 on.
const LATIN1: [u64; 96] = keys([
    b"nbsp", b"iexcl", b"cent", b"pound", b"curren", b"yen", b"brvbar", b"sect", b"uml", b"copy", b"ordf",
    b"laquo", b"not", b"shy", b"reg", b"macr", b"deg", b"plusmn", b"sup2", b"sup3", b"acute", b"micro",
    b"para", b"middot", b"cedil", b"sup1", b"ordm", b"raquo", b"frac14", b"frac12", b"frac34", b"iquest",
    b"Agrave", b"Aacute", b"Acirc", b"Atilde", b"Auml", b"Aring", b"AElig", b"Ccedil", b"Egrave", b"Eacute",
    b"Ecirc", b"Euml", b"Igrave", b"Iacute", b"Icirc", b"Iuml", b"ETH", b"Ntilde", b"Ograve", b"Oacute",
    b"Ocirc", b"Otilde", b"Ouml", b"times", b"Oslash", b"Ugrave", b"Uacute", b"Ucirc", b"Uuml", b"Yacute",
    b"THORN", b"szlig", b"agrave", b"aacute", b"acirc", b"atilde", b"auml", b"aring", b"aelig", b"ccedil",
    b"egrave", b"eacute", b"ecirc", b"euml", b"igrave", b"iacute", b"icirc", b"iuml", b"eth", b"ntilde",
    b"ograve", b"oacute", b"ocirc", b"otilde", b"ouml", b"divide", b"oslash", b"ugrave", b"uacute", b"ucirc",
    b"uuml", b"yacute", b"thorn", b"yuml",
]);

/// Others that stand in names, numbers and addresses.
const OTHERS: [(u64, char); 37] = [
    (key(b"amp"), '&'),
    (key(b"lt"), '<'),
    (key(b"gt"), '>'),
    (key(b"quot"), '"'),
    (key(b"apos"), '\''),
    (key(b"AMP"), '&'),
    (key(b"LT"), '<'),
    (key(b"GT"), '>'),
    (key(b"QUOT"), '"'),
    (key(b"commat"), '@'),
    (key(b"period"), '.'),
    (key(b"lowbar"), '_'),
    (key(b"colon"), ':'),
    (key(b"sol"), '/'),
    (key(b"plus"), '+'),
    (key(b"num"), '#'),
    (key(b"lpar"), '('),
    (key(b"rpar"), ')'),
    (key(b"ensp"), '\u{2002}'),
    (key(b"emsp"), '\u{2003}'),
    (key(b"thinsp"), '\u{2009}'),
    (key(b"zwnj"), '\u{200c}'),
    (key(b"zwj"), '\u{200d}'),
    (key(b"hyphen"), '‐'),
    (key(b"dash"), '‐'),
    (key(b"ndash"), '–'),
    (key(b"mdash"), '—'),
    (key(b"minus"), '−'),
    (key(b"lsquo"), '‘'),
    (key(b"rsquo"), '’'),
    (key(b"ldquo"), '“'),
    (key(b"rdquo"), '”'),
    (key(b"bdquo"), '„'),
    (key(b"hellip"), '…'),
    (key(b"euro"), '€'),
    (key(b"scaron"), 'š'),
    (key(b"Scaron"), 'Š'),
];

/// What windows-1252 has from 0x80 on; pages that say `&#150;` mean it.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The entity at the start of `rest`, which is an ampersand.
pub(super) fn read(rest: &[u8]) -> (usize, Reading) {
    let near = rest.get(..LONGEST).unwrap_or(rest);
    let decoded = memchr::memchr(b';', near).and_then(|end| {
        let name = near.get(1..end)?;
        let c = match name.strip_prefix(b"#") {
            Some(number) => numeric(number)?,
            None => named(name)?,
        };
        Some((end + 1, shown(c)))
    });
    decoded.unwrap_or((1, Reading::Kept))
}

fn numeric(digits: &[u8]) -> Option<char> {
    let (digits, radix) = match digits.split_first()? {
        (b'x' | b'X', digits) => (digits, 16),
        _ => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    let code = digits.iter().try_fold(0u32, |code, &digit| {
        code.checked_mul(radix)?
            .checked_add(char::from(digit).to_digit(radix)?)
    })?;
    let windows = (code as usize).checked_sub(0x80).and_then(|at| WINDOWS.get(at));
    Some(
        windows
            .copied()
            .unwrap_or_else(|| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    )
}

pub(super) fn named(name: &[u8]) -> Option<char> {
    let name = Some(key(name)).filter(|&name| name != 0)?;
    if let Some(at) = LATIN1.iter().position(|&latin| latin == name) {
        return char::from_u32(0xa0 + at as u32);
    }
    OTHERS.iter().find(|(other, _)| *other == name).map(|(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_read_and_what_only_looks_like_one_is_not() {
        let c = Reading::Char;
        for (entity, read_as) in [
            ("&aring;", c('å')),
            ("&Auml;", c('Ä')),
            ("&yuml;", c('ÿ')),
            ("&nbsp;", c('\u{a0}')),
            ("&amp;", c('&')),
            ("&commat;", c('@')),
            ("&ndash;", c('–')),
            ("&shy;", Reading::Gone),
            ("&zwj;", Reading::Gone),
            ("&#64;", c('@')),
            ("&#x40;", c('@')),
            ("&#X40;", c('@')),
            ("&#0000064;", c('@')),
            ("&#150;", c('–')),
            ("&#10;", c(' ')),
            ("&#0;", c(' ')),
            ("&#173;", Reading::Gone),
            ("&#xD800;", c('\u{fffd}')),
            ("&#x1F600;", c('😀')),
            ("&#9999999;", c('\u{fffd}')),
        ] {
            assert_eq!(read(entity.as_bytes()), (entity.len(), read_as), "{entity}");
            assert_eq!(read(format!("{entity};x").as_bytes()).0, entity.len());
        }
        for kept in [
            "&",
            "& ",
            "&;",
            "&#;",
            "&#x;",
            "&#6a;",
            "&copy=2",
            "&aring",
            "&aringen;",
            "&okänd;",
            "&#99999999999;",
            "&&aring;",
        ] {
            assert_eq!(read(kept.as_bytes()), (1, Reading::Kept), "{kept}");
        }
    }
}
