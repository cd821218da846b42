//! Words beside names, by what they say: greetings, streets, firms, things.
//!
//! They stand in `rules/words/beside_names.txt` and are looked up at candidates only.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use super::super::street::Room;
use crate::rules::WordHasher;

/// What a word says of the name beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Greets.
    Greeting,
    /// Closes a letter.
    Closing,
    /// Stands before a name and is no part of it.
    Opener,
    /// After a name: a street, a place, what is called after a person.
    Place,
    /// After a name: what a firm does.
    Trade,
    /// A firm's legal form.
    Legal,
    /// Before a name: whose name it is, by their office, their kin or their title.
    Role,
    /// Before a name: what it names is no person.
    Thing,
    /// A month that is a name too.
    Month,
    /// Two words that are known as a firm, a make or a figure; `_` between them.
    Brand,
    /// In a cell: there is no name.
    Nobody,
    /// In a cell: a firm or an association.
    Firm,
}

const SECTIONS: &[(&str, Beside)] = &[
    ("[greeting]", Beside::Greeting),
    ("[closing]", Beside::Closing),
    ("[opener]", Beside::Opener),
    ("[place]", Beside::Place),
    ("[trade]", Beside::Trade),
    ("[legal]", Beside::Legal),
    ("[role]", Beside::Role),
    ("[thing]", Beside::Thing),
    ("[month]", Beside::Month),
    ("[brand]", Beside::Brand),
    ("[nobody]", Beside::Nobody),
    ("[firm]", Beside::Firm),
];

type Words = HashMap<&'static [u8], u16, BuildHasherDefault<WordHasher>>;

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    let mut bit = 0;
    for line in include_str!("../../../rules/words/beside_names.txt").lines() {
        if let Some((_, beside)) = SECTIONS.iter().find(|(name, _)| *name == line) {
            bit = 1 << *beside as u16;
        } else if !line.starts_with('#') {
            for word in line.split_ascii_whitespace() {
                *words.entry(word.as_bytes()).or_default() |= bit;
            }
        }
    }
    words
});

/// Whether the word, however it is written, says this.
pub(super) fn says(word: &[u8], beside: Beside) -> bool {
    let mut room = Room::default();
    room.lowered(word)
        .and_then(|lower| WORDS.get(lower))
        .is_some_and(|bits| bits & 1 << beside as u16 != 0)
}

/// Whether the word is one of a few.
pub(super) fn one_of(word: &[u8], few: &[&str]) -> bool {
    let mut room = Room::default();
    room.lowered(word)
        .is_some_and(|lower| few.iter().any(|known| known.as_bytes() == lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_has_words() {
        for (word, beside) in [
            ("Hej", Beside::Greeting),
            ("mvh", Beside::Closing),
            ("Author", Beside::Opener),
            ("GATA", Beside::Place),
            ("Bygg", Beside::Trade),
            ("AB", Beside::Legal),
            ("Dr", Beside::Role),
            ("Team", Beside::Thing),
            ("maj", Beside::Month),
            ("Clas_Ohlson", Beside::Brand),
            ("Okänd", Beside::Nobody),
            ("Brf", Beside::Firm),
        ] {
            assert!(says(word.as_bytes(), beside), "{word}");
        }
        assert!(!says(b"Hej", Beside::Legal) && !says(b"Alva", Beside::Greeting));
    }
}
