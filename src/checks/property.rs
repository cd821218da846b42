//! Designations of real property (Fastighetsregisterlagen; Lantmäteriet): municipality, district, block and unit,
//! such as `ÖREBRO TESTBO 1:23`.

use std::collections::HashSet;
use std::sync::LazyLock;

static MUNICIPALITIES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../rules/words/municipalities.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
});

/// Whether it is the name of a municipality; `name` in lower case.
pub fn is_municipality(name: &str) -> bool {
    MUNICIPALITIES.contains(name)
}

/// What names of sports clubs end in: `Kalmar FF 3:1` is a result.
const CLUBS: &[&str] = &[
    "if", "ik", "bk", "ff", "fk", "sk", "hk", "is", "fc", "aik", "aif", "gif", "ifk", "bois", "hc", "hf",
    "hif", "ibk", "ibf", "btk", "goif", "bf", "united", "city", "hockey", "lakers", "redhawks", "tigers",
    "basket", "dff", "fbc", "kfum",
];

/// Whether the word ends the name of a sports club; any case.
pub fn is_club(word: &str) -> bool {
    CLUBS.iter().any(|club| word.eq_ignore_ascii_case(club))
}

/// Where block and unit that begin at the start of `text` end: `1:23`, `1>23`, `S:3`, `GA:5`.
///
/// Numbers have up to four digits and no leading zero; a unit with a part (`1:23-2`) ends before the part.
pub fn unit_length(text: &[u8]) -> Option<usize> {
    let block = match text {
        [b'S' | b's', b':' | b'>', ..] => 1,
        [b'G' | b'g', b'A' | b'a', b':' | b'>', ..] => 2,
        _ => number(text)?,
    };
    matches!(text.get(block), Some(b':' | b'>')).then_some(())?;
    let unit = number(text.get(block + 1..)?)?;
    Some(block + 1 + unit)
}

fn number(text: &[u8]) -> Option<usize> {
    let length = text.iter().take(5).take_while(|b| b.is_ascii_digit()).count();
    ((1..=4).contains(&length) && text.first() != Some(&b'0')).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_municipalities_are_there() {
        assert_eq!(MUNICIPALITIES.len(), 290);
        assert!(is_municipality("örebro") && is_municipality("lilla edet") && !is_municipality("testbo"));
        assert!(is_club("FF") && !is_club("Testbo"));
    }

    #[test]
    fn block_and_unit() {
        for (text, length) in [("1:23", 4), ("S:3,", 3), ("GA:5", 4), ("12>104 i", 6)] {
            assert_eq!(unit_length(text.as_bytes()), Some(length), "{text}");
        }
        for text in ["0:1", "1:0", "12345:1", "1.23", "A:3", "1:"] {
            assert_eq!(unit_length(text.as_bytes()), None, "{text}");
        }
    }
}
