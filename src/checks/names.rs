//! Given and family names, and what ends like a Swedish family name.
//!
//! Every capitalised word of a text is asked about, and nearly all are no name: the first four bytes answer most
//! of them from a small set of bits, the rest costs one look into a table of hashes. Nothing is allocated.
//!
//! The lists say where they come from. A name that is an ordinary word as well is marked there: two such words
//! side by side are weak witnesses.

use std::sync::LazyLock;

/// What is known of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known(u8);

const GIVEN: u8 = 1;
const FAMILY: u8 = 2;
const WORD: u8 = 4;

impl Known {
    /// Nothing is known.
    pub const NOTHING: Self = Self(0);

    /// A given name.
    pub fn given(self) -> bool {
        self.0 & GIVEN != 0
    }

    /// A family name.
    pub fn family(self) -> bool {
        self.0 & FAMILY != 0
    }

    /// An ordinary word, a town or a product as well.
    pub fn word(self) -> bool {
        self.0 & WORD != 0
    }

    /// A name of either sort.
    pub fn name(self) -> bool {
        self.0 & (GIVEN | FAMILY) != 0
    }
}

/// Slots of the table; a power of two, at most half of them filled.
const SLOTS: usize = 1 << 16;
/// Bits of the set of beginnings.
const BITS: usize = 1 << 17;
/// The longest name that is looked up, folded.
const LONGEST: usize = 32;

struct Table {
    /// A hash of the folded name with what is known of it in the low byte; 0 is empty.
    slots: Box<[u64]>,
    beginnings: Box<[u64]>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        slots: vec![0; SLOTS].into_boxed_slice(),
        beginnings: vec![0; BITS / 64].into_boxed_slice(),
    };
    for (list, role) in [
        (include_str!("../../rules/words/given_names.txt"), GIVEN),
        (include_str!("../../rules/words/family_names.txt"), FAMILY),
    ] {
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let name = line.trim().trim_end_matches(['?', '!']);
            let word = if name.len() < line.trim().len() { WORD } else { 0 };
            table.insert(name, role | word);
        }
    }
    table
});

/// A key with the rings and dots of å, ä and ö as marks of their own, as old Macs write them.
fn decomposed<'r>(key: &[u8], room: &'r mut [u8; 2 * LONGEST]) -> &'r [u8] {
    let mut length = 0;
    let mut push = |byte: u8| {
        if let Some(slot) = room.get_mut(length) {
            *slot = byte;
            length += 1;
        }
    };
    let mut bytes = key.iter();
    while let Some(&byte) = bytes.next() {
        let letter = match (byte, bytes.as_slice().first()) {
            (0xC3, Some(0xA5)) => Some((b'a', 0x8A)),
            (0xC3, Some(0xA4)) => Some((b'a', 0x88)),
            (0xC3, Some(0xB6)) => Some((b'o', 0x88)),
            _ => None,
        };
        if let Some((letter, mark)) = letter {
            bytes.next();
            [letter, 0xCC, mark].into_iter().for_each(&mut push);
        } else {
            push(byte);
        }
    }
    room.get(..length).unwrap_or_default()
}

impl Table {
    fn insert(&mut self, name: &str, flags: u8) {
        let mut room = [0; LONGEST];
        let Some(key) = fold(name.as_bytes(), &mut room) else {
            return;
        };
        let hash = hash(key);
        // However it is written, the beginning is let through: without its accents, with marks apart, in capitals
        // (which beyond U+00FF are no bit away).
        let capitals = name.to_uppercase();
        let mut apart = [0; 2 * LONGEST];
        for begin in [
            beginning(name.as_bytes()),
            beginning(capitals.as_bytes()),
            beginning(key),
            beginning(decomposed(key, &mut apart)),
        ] {
            self.beginnings[begin / 64] |= 1 << (begin % 64);
        }
        let mut at = slot(hash);
        while self.slots[at] != 0 && self.slots[at] & !0xFF != hash {
            at = (at + 1) % SLOTS;
        }
        self.slots[at] = hash | self.slots[at] & 0xFF | u64::from(flags);
    }

    fn get(&self, hash: u64) -> Known {
        let mut at = slot(hash);
        loop {
            let found = self.slots[at];
            if found == 0 {
                return Known::NOTHING;
            }
            if found & !0xFF == hash {
                return Known((found & 0xFF) as u8);
            }
            at = (at + 1) % SLOTS;
        }
    }
}

fn slot(hash: u64) -> usize {
    (hash >> 40) as usize % SLOTS
}

/// FNV-1a, with its low byte free for what is known and never all zero.
fn hash(key: &[u8]) -> u64 {
    let mixed = key.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (mixed ^ mixed >> 29) & !0xFF | 0x100
}

/// The bit of a word's first four bytes, case aside; a shorter word has zeros in the rest.
#[inline]
fn beginning(word: &[u8]) -> usize {
    let mut first = [0u8; 4];
    for (to, from) in first.iter_mut().zip(word) {
        *to = *from;
    }
    let four = u32::from_le_bytes(first) | 0x2020_2020;
    (four.wrapping_mul(0x9E37_79B1) >> 15) as usize % BITS
}

/// Whether a word can be in a list; a few nanoseconds, and `false` for most words.
#[inline]
pub fn may_be(word: &[u8]) -> bool {
    let bit = beginning(word);
    TABLE.beginnings[bit / 64] & 1 << (bit % 64) != 0
}

/// What is known of a word, however it is written (`Åsa`, `ÅSA`, `åsa`).
pub fn known(word: &[u8]) -> Known {
    if !may_be(word) {
        return Known::NOTHING;
    }
    let mut room = [0; LONGEST];
    fold(word, &mut room).map_or(Known::NOTHING, |key| TABLE.get(hash(key)))
}

/// Whether it is a given name.
pub fn is_given(word: &[u8]) -> bool {
    known(word).given()
}

/// Whether it is a family name of the list.
pub fn is_family(word: &[u8]) -> bool {
    known(word).family()
}

/// Endings of Swedish and other family names, with the letters that must stand before.
const ENDINGS: &[(&str, usize)] = &[
    ("sson", 2),
    ("sén", 2),
    ("qvist", 2),
    ("kvist", 3),
    ("quist", 2),
    ("lund", 3),
    ("berg", 3),
    ("ström", 3),
    ("strom", 3),
    ("gren", 3),
    ("dahl", 3),
    ("man", 4),
    ("ell", 4),
    ("ius", 4),
    ("én", 3),
    ("blom", 3),
    ("blad", 4),
    ("stedt", 3),
    ("strand", 4),
    ("holm", 3),
    ("mark", 4),
    ("löf", 2),
    ("ander", 3),
    ("lin", 4),
    ("lind", 4),
    ("rot", 4),
    ("roth", 3),
    ("fors", 4),
    ("hielm", 2),
    ("sköld", 3),
    ("dotter", 4),
    ("nen", 5),
    ("sen", 4),
    ("ović", 2),
    ("ovic", 3),
    ("ević", 2),
    ("evic", 3),
    ("ić", 3),
    ("ski", 4),
    ("ska", 5),
    ("czyk", 2),
    ("wicz", 3),
    ("enko", 3),
    ("zadeh", 2),
    ("oğlu", 2),
    ("oglu", 3),
    ("poulos", 3),
];

/// Whether it ends as family names do; ordinary words do so too (`Dalgren`, but `Flygbolag` does not).
pub fn is_family_like(word: &[u8]) -> bool {
    let mut room = [0; 2 * LONGEST];
    let Some(lower) = lowered(word, &mut room) else {
        return false;
    };
    ENDINGS.iter().any(|(ending, more)| {
        lower.last() == ending.as_bytes().last()
            && lower.len() >= ending.len() + more
            && lower.ends_with(ending.as_bytes())
    })
}

/// ASCII and the letters of U+00C0..U+00DE in lower case.
fn lowered<'r>(word: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let room = room.get_mut(..word.len())?;
    room.copy_from_slice(word);
    room.make_ascii_lowercase();
    for i in 1..room.len() {
        if room[i - 1] == 0xC3 && matches!(room[i], 0x80..=0x9E) && room[i] != 0x97 {
            room[i] += 0x20;
        }
    }
    Some(room)
}

/// The key of a name: lower case, å, ä, ö and é kept (ø and æ are theirs), other accents dropped.
fn fold<'r>(word: &[u8], room: &'r mut [u8; LONGEST]) -> Option<&'r [u8]> {
    let mut length = 0;
    let mut push = |bytes: &[u8]| -> Option<()> {
        room.get_mut(length..length + bytes.len())?.copy_from_slice(bytes);
        length += bytes.len();
        Some(())
    };
    let mut i = 0;
    while let Some(&byte) = word.get(i) {
        if byte.is_ascii_alphabetic() {
            push(&[byte.to_ascii_lowercase()])?;
            i += 1;
            continue;
        }
        let next = word.get(i + 1).copied().unwrap_or(0);
        match byte {
            b'\'' => push(b"'")?,
            0xC3 => push(latin(next)?)?,
            0xC4 | 0xC5 | 0xC8 => push(extended(byte, next)?)?,
            // A combining ring or diaeresis belongs to the letter before; other marks are dropped.
            0xCC => match next {
                0x8A => push(b"\xCC")?,
                0x88 => push(b"\xCD")?,
                _ => {}
            },
            _ => return None,
        }
        i += if byte == b'\'' { 1 } else { 2 };
    }
    compose(room, length)
}

/// Puts a letter and the mark after it (kept as a placeholder) together.
fn compose(room: &mut [u8; LONGEST], length: usize) -> Option<&[u8]> {
    let mut i = 1;
    while i < length {
        let letter = match (room[i - 1], room[i]) {
            (b'a', 0xCC) => Some(0xA5),
            (b'a', 0xCD) => Some(0xA4),
            (b'o', 0xCD) => Some(0xB6),
            (_, 0xCC | 0xCD) => return None,
            _ => None,
        };
        if let Some(letter) = letter {
            room[i - 1] = 0xC3;
            room[i] = letter;
        }
        i += 1;
    }
    room.get(..length)
}

/// The letters of U+00C0..U+00FF.
fn latin(next: u8) -> Option<&'static [u8]> {
    Some(match next & !0x20 {
        0x85 => b"\xC3\xA5",
        0x84 | 0x86 => b"\xC3\xA4",
        0x96 | 0x98 => b"\xC3\xB6",
        0x80..=0x83 => b"a",
        0x87 => b"c",
        // Lindén is a name, linden a tree.
        0x89 => b"\xC3\xA9",
        0x88..=0x8B => b"e",
        0x8C..=0x8F => b"i",
        0x90 => b"d",
        0x91 => b"n",
        0x92..=0x95 => b"o",
        0x99..=0x9C => b"u",
        0x9D => b"y",
        0x9E => b"th",
        // ß; ÿ; the signs for times and divided are no letters.
        _ if next == 0x9F => b"ss",
        _ if next == 0xBF => b"y",
        _ => return None,
    })
}

/// The letters of U+0100..U+017F, and Romanian s and t of U+0218..U+021B.
fn extended(byte: u8, next: u8) -> Option<&'static [u8]> {
    Some(match (byte, next) {
        (0xC4, 0x80..=0x85) => b"a",
        (0xC4, 0x86..=0x8D) => b"c",
        (0xC4, 0x8E..=0x91) => b"d",
        (0xC4, 0x92..=0x9B) => b"e",
        (0xC4, 0x9C..=0xA3) => b"g",
        (0xC4, 0xA4..=0xA7) => b"h",
        (0xC4, 0xA8..=0xB1) => b"i",
        (0xC4, 0xB4..=0xB5) => b"j",
        (0xC4, 0xB6..=0xB8) => b"k",
        (0xC4, 0xB9..=0xBF) | (0xC5, 0x80..=0x82) => b"l",
        (0xC5, 0x83..=0x8B) => b"n",
        (0xC5, 0x8C..=0x91) => b"o",
        (0xC5, 0x94..=0x99) => b"r",
        (0xC5, 0x9A..=0xA1) | (0xC8, 0x98 | 0x99) => b"s",
        (0xC5, 0xA2..=0xA7) | (0xC8, 0x9A | 0x9B) => b"t",
        (0xC5, 0xA8..=0xB3) => b"u",
        (0xC5, 0xB4..=0xB5) => b"w",
        (0xC5, 0xB6..=0xB8) => b"y",
        (0xC5, 0xB9..=0xBE) => b"z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> Known {
        known(word.as_bytes())
    }

    #[test]
    fn names_are_known_however_they_are_written() {
        for name in [
            "Åsa",
            "ÅSA",
            "åsa",
            "A\u{30A}sa",
            "Björn",
            "BJÖRN",
            "Bjo\u{308}rn",
            "Hélène",
            "Łukasz",
            "Lukasz",
        ] {
            assert!(of(name).given(), "{name}");
        }
        for name in [
            "Lindqvist",
            "Åkerblom",
            "WIKSTRÖM",
            "Kowalska",
            "Yıldız",
            "Yildiz",
            "O'Brien",
            "Sørensen",
            "Hodžić",
        ] {
            assert!(of(name).family(), "{name}");
        }
        assert!(of("Björn").word() && of("Sten").word() && !of("Alva").word());
    }

    #[test]
    fn other_words_are_not() {
        for word in [
            "Faktura",
            "Kundnummer",
            "Och",
            "The",
            "Length",
            "",
            "x",
            "Å",
            "日本",
            "×÷",
        ] {
            assert!(!of(word).name(), "{word}");
        }
        assert!(!may_be(b"Qxzw") && may_be(b"Alva"));
    }

    #[test]
    fn endings_tell_family_names() {
        for name in [
            "Vreteqvist",
            "Snöblomsson",
            "Hammarlöf",
            "Kettunen",
            "Begović",
            "TRANEBERG",
            "Sjöstrén",
        ] {
            assert!(is_family_like(name.as_bytes()), "{name}");
        }
        for word in ["Berg", "Man", "Lund", "Hotell2", "Faktura", "Kaffe"] {
            assert!(!is_family_like(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn the_lists_are_large_and_clean() {
        for list in [
            include_str!("../../rules/words/given_names.txt"),
            include_str!("../../rules/words/family_names.txt"),
        ] {
            let names: Vec<_> = list.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(names.len() >= 2000);
            for line in names {
                let name = line.trim_end_matches(['?', '!']);
                assert!(
                    name.len() >= 2 && name.chars().all(|c| c.is_alphabetic() || c == '\''),
                    "{line}"
                );
                assert!(of(name).name(), "{line}");
            }
        }
    }
}
