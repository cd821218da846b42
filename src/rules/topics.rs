//! Words around a word that say whether it is a statement about a person or a subject: "a course on diabetes".
//!
//! They are data (`rules/words/topics.txt`), since there are hundreds of them and they say nothing of any one kind.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use super::words::WordHasher;

/// What a word says of what stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Topic {
    /// Words that begin so make a subject of what stands beside them.
    Stem = 1,
    /// Words that are or end so.
    End = 1 << 1,
    /// Words that do so only where they stand alone.
    Alone = 1 << 2,
    /// Words that end so and do not.
    Not = 1 << 3,
    /// Doings that do so with a tie behind them.
    Doing = 1 << 4,
    /// What ties them.
    Tie = 1 << 5,
    /// What says that it is one's own.
    Own = 1 << 6,
    /// Who comes after is somebody to turn to.
    Contact = 1 << 7,
    /// Words that end so are contacts too.
    Office = 1 << 13,
    /// What comes after is answered by whoever is on duty.
    Desk = 1 << 12,
    /// Who comes after speaks of the subject.
    Author = 1 << 8,
    /// Done "by" whom comes after.
    By = 1 << 9,
    /// What may stand between one of these and the person.
    Small = 1 << 10,
    /// Compounds that end so are of no one in particular.
    Tail = 1 << 11,
}

const CLASSES: &[(&str, Topic)] = &[
    ("stem", Topic::Stem),
    ("end", Topic::End),
    ("alone", Topic::Alone),
    ("not", Topic::Not),
    ("doing", Topic::Doing),
    ("tie", Topic::Tie),
    ("own", Topic::Own),
    ("contact", Topic::Contact),
    ("office", Topic::Office),
    ("desk", Topic::Desk),
    ("author", Topic::Author),
    ("by", Topic::By),
    ("small", Topic::Small),
    ("tail", Topic::Tail),
];

type Words = HashMap<&'static [u8], u16, BuildHasherDefault<WordHasher>>;

/// The classes of each word, and how long the longest is.
static WORDS: LazyLock<(Words, usize)> = LazyLock::new(|| {
    let mut words = Words::default();
    let mut longest = 0;
    for line in include_str!("../../rules/words/topics.txt").lines() {
        let mut parts = line.split(' ');
        let class = parts.next().unwrap_or_default();
        let Some((_, topic)) = CLASSES.iter().find(|(name, _)| *name == class) else {
            continue;
        };
        for word in parts.filter(|word| !word.is_empty()) {
            *words.entry(word.as_bytes()).or_insert(0) |= *topic as u16;
            longest = longest.max(word.len());
        }
    }
    (words, longest)
});

/// Whether a word, folded and without dots, is of a class.
pub fn is_topic(word: &[u8], topic: Topic) -> bool {
    WORDS
        .0
        .get(word)
        .is_some_and(|classes| classes & topic as u16 != 0)
}

/// Whether a word, folded and without dots, makes a subject of what stands beside it.
pub fn makes_subject(word: &[u8]) -> bool {
    if word.len() < 3 || is_topic(word, Topic::Not) {
        return false;
    }
    is_topic(word, Topic::Alone)
        || ends(word, Topic::End, 0)
        || (3..=word.len().min(WORDS.1))
            .any(|end| word.get(..end).is_some_and(|stem| is_topic(stem, Topic::Stem)))
}

/// Whether who comes after a word, folded and without dots, is somebody to turn to.
pub fn is_contact(word: &[u8]) -> bool {
    is_topic(word, Topic::Contact) || ends(word, Topic::Office, 0)
}

/// Whether a word, folded and without dots, is a compound that is of no one in particular.
pub fn of_no_one(word: &[u8]) -> bool {
    ends(word, Topic::Tail, 1)
}

fn ends(word: &[u8], topic: Topic, from: usize) -> bool {
    let first = word.len().saturating_sub(WORDS.1).max(from);
    (first..word.len().saturating_sub(2))
        .any(|start| word.get(start..).is_some_and(|end| is_topic(end, topic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_class_and_words_without_dots() {
        for line in include_str!("../../rules/words/topics.txt").lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts = line.split(' ');
            let class = parts.next().unwrap();
            assert!(CLASSES.iter().any(|(name, _)| *name == class), "{line}");
            assert!(
                parts.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
                "{line}"
            );
        }
    }

    #[test]
    fn courses_and_policies_make_subjects() {
        for word in [
            "kurs",
            "grundkursen",
            "forelaser",
            "policyn",
            "undervisar",
            "guidelines",
        ] {
            assert!(makes_subject(word.as_bytes()), "{word}");
        }
        for word in ["konkurs", "sjukskriven", "bolagen", "diagnos", "of"] {
            assert!(!makes_subject(word.as_bytes()), "{word}");
        }
        assert!(of_no_one(b"cancerforskare") && of_no_one(b"hbtqifragor"));
        assert!(!of_no_one(b"forskare") && !of_no_one(b"brostcancer"));
    }
}
