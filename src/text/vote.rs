//! A vote on the encoding of Swedish text, by the letters å, ä and ö inside words.
//!
//! These letters are some four in a hundred, and each encoding puts them elsewhere; where they fall between other
//! letters, in the right case, they tell code pages apart that a general detector never names.

use super::Encoding;
use super::encoding::character;

/// The votes of bytes from 128 beside letters, for each encoding that may hold Swedish.
pub(super) struct Votes {
    windows: Tally,
    dos: Tally,
    mac: Tally,
    /// Where code pages 437 and 850 differ: above 0 for 850.
    page_850: i32,
    /// How many bytes beyond ASCII were asked.
    pub(super) high: usize,
}

#[derive(Default)]
struct Tally {
    net: i32,
    /// How many letters stand inside words. Without one nothing is decided: a byte at the edge of a word is too often
    /// a sign of another encoding.
    inside: u32,
}

impl Tally {
    fn add(&mut self, vote: i32) {
        self.net += vote;
        self.inside += u32::from(vote == INSIDE);
    }

    fn votes(&self) -> i32 {
        if self.inside > 0 { self.net } else { 0 }
    }
}

/// What å, ä, ö (and é) are in one encoding. The é of windows-1252 is that of windows-1250 too: it has no vote.
struct Letters {
    lower: &'static [u8],
    upper: &'static [u8],
    encoding: Encoding,
}

const WINDOWS: Letters = Letters {
    lower: &[0xE5, 0xE4, 0xF6],
    upper: &[0xC5, 0xC4, 0xD6],
    encoding: Encoding::Windows1252,
};
const DOS: Letters = Letters {
    lower: &[0x86, 0x84, 0x94, 0x82],
    upper: &[0x8F, 0x8E, 0x99, 0x90],
    encoding: Encoding::Cp850,
};
const MAC: Letters = Letters {
    lower: &[0x8C, 0x8A, 0x9A, 0x8E],
    upper: &[0x81, 0x80, 0x85, 0x83],
    encoding: Encoding::MacRoman,
};

/// A letter inside a word has two votes, one at its edge has one.
const INSIDE: i32 = 2;
/// So many are asked at most: more would only cost time.
const VOTERS: usize = 1000;
/// Two net votes of letters inside words decide.
const ENOUGH: i32 = 2 * INSIDE;

impl Votes {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut votes = Self {
            windows: Tally::default(),
            dos: Tally::default(),
            mac: Tally::default(),
            page_850: 0,
            high: 0,
        };
        let beyond_ascii = text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii());
        for (at, &byte) in beyond_ascii.take(VOTERS) {
            let before = at
                .checked_sub(1)
                .and_then(|i| text.get(i))
                .copied()
                .unwrap_or(b' ');
            let after = text.get(at + 1).copied().unwrap_or(b' ');
            votes.high += 1;
            votes.windows.add(WINDOWS.vote(before, byte, after));
            votes.dos.add(DOS.vote(before, byte, after));
            votes.mac.add(MAC.vote(before, byte, after));
            votes.page_850 += page_850(before, byte, after);
        }
        votes
    }

    /// The encoding with enough votes, if one has more than the others.
    pub(super) fn winner(&self) -> Option<Encoding> {
        let (windows, dos) = (self.windows.votes(), self.dos.votes());
        let most = windows.max(dos).max(self.mac.votes());
        if most < ENOUGH {
            None
        } else if windows == most {
            Some(Encoding::Windows1252)
        } else if dos == most && self.page_850 < 0 {
            Some(Encoding::Cp437)
        } else if dos == most {
            Some(Encoding::Cp850)
        } else {
            Some(Encoding::MacRoman)
        }
    }

    pub(super) fn are_for(&self, encoding: Encoding) -> bool {
        self.winner() == Some(encoding)
    }
}

impl Letters {
    fn vote(&self, before: u8, byte: u8, after: u8) -> i32 {
        let inside = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
        let edge =
            before.is_ascii_alphabetic() && is_gap(after) || is_gap(before) && after.is_ascii_alphabetic();
        // A capital within lower-case letters, or the other way about, is another encoding's letter.
        let fits = if self.lower.contains(&byte) {
            before.is_ascii_lowercase() || after.is_ascii_lowercase()
        } else if self.upper.contains(&byte) {
            !before.is_ascii_lowercase() && (after.is_ascii_uppercase() || !inside)
        } else {
            let strange = self.encoding.table().is_some_and(|table| {
                let c = character(table, byte);
                inside && !c.is_alphabetic() || before.is_ascii_lowercase() && c.is_uppercase()
            });
            return if strange { -INSIDE } else { 0 };
        };
        match (fits, inside, edge) {
            (true, true, _) => INSIDE,
            (true, _, true) => INSIDE / 2,
            _ => 0,
        }
    }
}

fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'.' | b';' | b'"')
}

/// Where the DOS code pages differ: letters within words speak for 850, and so does `§`; mixed frames for 437.
fn page_850(before: u8, byte: u8, after: u8) -> i32 {
    let letters = matches!(
        byte,
        0x9B | 0x9D | 0xB5..=0xB7 | 0xC6 | 0xC7 | 0xD0..=0xD8 | 0xDE | 0xE0 | 0xE2..=0xE5 | 0xE7..=0xED
    );
    let frames = matches!(byte, 0xB5..=0xB8 | 0xBD | 0xBE | 0xC6 | 0xC7 | 0xCF..=0xD8);
    let frame = 0xB3..=0xDA_u8;
    if letters && (before.is_ascii_alphabetic() || after.is_ascii_alphabetic())
        || byte == 0xF5 && (after == b' ' || before == b' ')
    {
        1
    } else if frames && (frame.contains(&before) || frame.contains(&after)) {
        -1
    } else {
        0
    }
}
