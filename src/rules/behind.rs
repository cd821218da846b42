//! Looking backwards from a candidate for the words that name it.
//!
//! Several rules ask at the same place, and nearly all of them in vain. So the words behind a place are read once,
//! each with the set of rules that know it; a rule goes through them and compares only where it is in the set.

use super::vocabulary::{Met, Vocabulary, WordRole};
use super::words::{Backwards, Key, LONGEST, fold_into, is_word_byte, trim_digits};

/// How far back is looked, in bytes and in words.
const WINDOW: usize = 120;
const MAX_WORDS: usize = 12;

/// Words between a noun and a number that turn from what the noun names to whom it concerns.
const TURNS: &[&[u8]] = &[
    "gäller".as_bytes(),
    "gällande".as_bytes(),
    b"avser",
    b"avseende",
    "rör".as_bytes(),
    "rörande".as_bytes(),
    b"ang",
    "angående".as_bytes(),
    "beträffande".as_bytes(),
    "för".as_bytes(),
    b"till",
    "från".as_bytes(),
    b"hos",
    b"om",
    b"kring",
    b"concerning",
    b"regarding",
    b"concerns",
    b"about",
    b"for",
];

fn turns(word: &[u8]) -> bool {
    matches!(
        word.first(),
        Some(b'g' | b'a' | b'r' | b'b' | b'f' | b't' | b'h' | b'o' | b'k' | b'c')
    ) && word.len() <= 13
        && TURNS.contains(&word)
}

/// What stands before a candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The label right before it.
    pub direct: Option<Met>,
    /// The nearest word of the rule further away.
    pub nearby: Option<Met>,
    /// An unknown word that names a number (`bokningsnr`) stands right before it.
    pub numbered: bool,
}

/// Rules by their index, as bits; more than 256 share them, which costs a look and changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules([u64; 4]);

impl Rules {
    /// Puts one in.
    pub fn put(&mut self, rule: u16) {
        self.0[usize::from(rule >> 6 & 3)] |= 1 << (rule & 63);
    }

    /// Whether they have one in common.
    fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).any(|(own, other)| own & other != 0)
    }

    fn join(&mut self, other: Self) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own |= more;
        }
    }

    /// Whether it, or one that shares its bit, is in.
    pub fn has(self, rule: u16) -> bool {
        self.0[usize::from(rule >> 6 & 3)] >> (rule & 63) & 1 == 1
    }
}

/// What is known of a word of the text, wherever one looks back from.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    start: usize,
    /// 0: none is known here yet.
    end: usize,
    /// It names a number itself: digits, more than two letters long.
    value: bool,
    /// It is one of [`TURNS`].
    turns: bool,
    /// The rules that may know a phrase that begins with it.
    phrases: Rules,
    /// The rules that know a part of it; found when the first rule asks.
    parts: Option<Rules>,
}

/// A word behind a place.
#[derive(Debug, Clone, Copy)]
struct Step {
    start: usize,
    end: usize,
    /// Where more is known of it.
    slot: usize,
    /// It ends the line above a line that has words of its own before the place.
    row_above: bool,
    /// Nothing that parts a label from its value stands behind it.
    joined: bool,
}

/// As many words are kept; a power of two.
const WORDS: usize = 256;

/// The words behind one place of a text, as far as they have been read; kept to be asked again.
#[derive(Debug)]
pub struct Behind {
    /// The place; none yet if `usize::MAX`.
    at: usize,
    floor: usize,
    steps: Vec<Step>,
    /// Words of the text by where they begin: the next place has most of them behind it too.
    words: Vec<Word>,
    /// Where reading goes on, and how many lines were crossed till there.
    next: usize,
    lines: usize,
    own_line: usize,
    /// All have been read: the rules that may know one of them, and whether the first names some number.
    known: Option<(Rules, bool)>,
}

impl Default for Behind {
    fn default() -> Self {
        Self {
            at: usize::MAX,
            floor: 0,
            steps: Vec::new(),
            words: Vec::new(),
            next: 0,
            lines: 0,
            own_line: 0,
            known: None,
        }
    }
}

impl Behind {
    /// Turns to another place, unless it is there already.
    fn turn_to(&mut self, floor: usize, at: usize) {
        let floor = floor.max(at.saturating_sub(WINDOW));
        if self.at == at && self.floor == floor {
            return;
        }
        self.steps.clear();
        self.at = at;
        self.floor = floor;
        self.next = at;
        self.lines = 0;
        self.own_line = 0;
        self.known = None;
    }

    fn word(&self, slot: usize) -> Word {
        self.words.get(slot).copied().unwrap_or_default()
    }

    /// Where the phrase of `length` words ends that begins with step `index`.
    fn end_of(&self, index: usize, length: usize) -> Option<usize> {
        Some(self.steps.get((index + 1).checked_sub(length)?)?.end)
    }
}

impl Vocabulary {
    /// Looks backwards from `at` for what is said of `rule`.
    ///
    /// Returns the label that stands directly before (at most one small word between), and the nearest other
    /// word of the rule within the window. `floor` is the first byte that may be looked at.
    pub fn before(&self, text: &[u8], floor: usize, at: usize, rule: u16) -> Surroundings {
        self.before_again(&mut Behind::default(), text, floor, at, rule)
    }

    /// The same, with what was read for another rule at the same place of the same text.
    pub fn before_again(
        &self,
        behind: &mut Behind,
        text: &[u8],
        floor: usize,
        at: usize,
        rule: u16,
    ) -> Surroundings {
        behind.turn_to(floor, at);
        let (known, numbered) = match behind.known {
            Some(known) => known,
            None => self.read_all(behind, text),
        };
        let mut found = Surroundings::default();
        // Nearly every rule asks in vain.
        if !known.has(rule) {
            found.numbered = numbered;
            return found;
        }
        let mut fillers = 0usize;
        let mut direct = true;
        let mut turned = false;
        let number = text.get(at).is_some_and(|&b| b.is_ascii_digit() || b == b'+');
        let mut index = 0;
        while let Some(&step) = behind.steps.get(index) {
            let word = behind.word(step.slot);
            direct &= !step.row_above && step.joined;
            let mut met = None;
            if word.phrases.has(rule) {
                met = self.phrase_at(behind, text, index, rule);
            }
            if met.is_none() && direct {
                let parts = word.parts.unwrap_or_else(|| self.parts_of(text, step));
                let mut key = Key::default();
                if parts.has(rule) {
                    fold_into(text.get(step.start..step.end).unwrap_or_default(), &mut key);
                    met = self.compound(trim_digits(key.bytes()), rule);
                }
                found.numbered |= index == 0 && numbered;
            }
            turned |= number && word.turns && met.is_none();
            match met {
                // "Ordern till 811228-9874", "ärendet gäller 811228-9874": the word names something else.
                Some(met) if turned && met.role == WordRole::Negative => fillers += 1,
                Some(met) if step.row_above && met.role == WordRole::Negative => fillers += 1,
                Some(met) if direct && fillers <= 2 && met.role != WordRole::Context => {
                    found.direct.get_or_insert(met);
                    break;
                }
                Some(met) => {
                    found.nearby.get_or_insert(met);
                    if direct && fillers <= 2 {
                        // A context word right before is as near as can be; nothing further away outweighs it.
                        break;
                    }
                }
                None => {
                    fillers += 1;
                    // Another value stands between: what is before it labels that one.
                    direct &= !word.value;
                }
            }
            index += 1;
        }
        found
    }

    /// Whether a word behind a place may be known to one of these rules.
    pub fn known_before(
        &self,
        behind: &mut Behind,
        text: &[u8],
        floor: usize,
        at: usize,
        rules: Rules,
    ) -> bool {
        behind.turn_to(floor, at);
        let (known, _) = match behind.known {
            Some(known) => known,
            None => self.read_all(behind, text),
        };
        known.meets(rules)
    }

    /// Reads the words behind a place, and says which rules may know one of them, and whether the first names a number.
    fn read_all(&self, behind: &mut Behind, text: &[u8]) -> (Rules, bool) {
        let mut known = Rules::default();
        let mut direct = true;
        let mut numbered = false;
        while self.read(behind, text) {
            let Some(&step) = behind.steps.last() else { break };
            let Some(word) = behind.words.get_mut(step.slot) else {
                break;
            };
            known.join(word.phrases);
            direct &= !step.row_above && step.joined;
            if direct {
                let parts = *word.parts.get_or_insert_with(|| self.parts_of(text, step));
                known.join(parts);
                numbered |= behind.steps.len() == 1 && names_a_number(text.get(step.start..step.end));
            }
            direct &= !word.value;
        }
        behind.known = Some((known, numbered));
        (known, numbered)
    }

    /// Reads one more word; `false` where there is none that could say anything.
    fn read(&self, behind: &mut Behind, text: &[u8]) -> bool {
        let count = behind.steps.len() + 1;
        if count > MAX_WORDS {
            return false;
        }
        let mut words = Backwards::resume(text, behind.floor, behind.next, behind.lines);
        let Some((start, end)) = words.next().filter(|_| words.crossed_lines <= 1) else {
            return false;
        };
        behind.next = start;
        behind.lines = words.crossed_lines;
        // A label may stand alone on the line above; the end of a line that is followed by other words on this
        // one (the row above in a table) names nothing here.
        let row_above = words.crossed_lines > 0 && behind.own_line > 0;
        behind.own_line += usize::from(words.crossed_lines == 0);
        // `Mobil<TAB>0701740605`, `Persnr;811228-9874`: between a label and its value one separator may stand.
        let joined = !words.crossed_stop || (count == 1 && words.stops == 1);
        let slot = start & (WORDS - 1);
        if behind.words.is_empty() {
            behind.words = vec![Word::default(); WORDS];
        }
        if let Some(known) = behind.words.get_mut(slot)
            && (known.start != start || known.end != end)
        {
            *known = self.word(text, start, end);
        }
        behind.steps.push(Step {
            start,
            end,
            slot,
            row_above,
            joined,
        });
        true
    }

    /// What is known of the word at `start..end`.
    fn word(&self, text: &[u8], start: usize, end: usize) -> Word {
        let bytes = text.get(start..end).unwrap_or_default();
        let mut key = Key::default();
        fold_into(bytes, &mut key);
        let mut word = Word {
            start,
            end,
            value: bytes.len() > 2 && bytes.iter().any(u8::is_ascii_digit),
            turns: turns(key.bytes()),
            phrases: Rules::default(),
            parts: None,
        };
        if self.may_begin(key.bytes()) {
            // The phrase that starts with this word and runs on to the right: one word, two, three.
            let mut at = end;
            for _ in 0..3 {
                let bare = trim_digits(key.bytes());
                for folded in [key.bytes(), bare] {
                    for entry in self.entries(folded).into_iter().flatten() {
                        word.phrases.put(entry.rule);
                    }
                }
                let from = (at..at + WINDOW).find(|&i| is_word_byte(text, i));
                let Some(from) = from.filter(|_| key.length < LONGEST) else {
                    break;
                };
                at = from;
                while is_word_byte(text, at) && at - from <= LONGEST {
                    at += 1;
                }
                fold_into(text.get(from..at).unwrap_or_default(), &mut key);
            }
        }
        word
    }

    /// What the longest phrase says of the rule that begins with a step.
    fn phrase_at(&self, behind: &Behind, text: &[u8], index: usize, rule: u16) -> Option<Met> {
        let step = behind.steps.get(index)?;
        let mut key = Key::default();
        let mut ends = [0; 3];
        let most = 3.min(index + 1);
        for (right, end) in ends.iter_mut().enumerate().take(most) {
            let word = behind.steps.get(index - right)?;
            fold_into(text.get(word.start..word.end).unwrap_or_default(), &mut key);
            *end = key.length;
        }
        (1..=most).rev().find_map(|length| {
            let folded = key.upto(*ends.get(length - 1)?);
            let found = self
                .find(folded, rule)
                .or_else(|| self.find(trim_digits(folded), rule))?;
            let end = behind.end_of(index, length)?;
            let words = Backwards::resume(text, behind.floor, step.start, 0);
            Some(self.longer(text, words, step.start, end, rule).unwrap_or(found))
        })
    }

    /// The rules that know a part of a step's word.
    fn parts_of(&self, text: &[u8], step: Step) -> Rules {
        let mut set = Rules::default();
        let mut key = Key::default();
        fold_into(text.get(step.start..step.end).unwrap_or_default(), &mut key);
        for entry in self.parts(trim_digits(key.bytes())).flatten() {
            set.put(entry.rule);
        }
        set
    }

    /// A longer phrase that ends where a phrase ends: "In-Reply-To" is no "to". Only words tied by one byte count.
    fn longer(
        &self,
        text: &[u8],
        mut words: Backwards<'_>,
        mut left: usize,
        end: usize,
        rule: u16,
    ) -> Option<Met> {
        let mut met = None;
        let mut key = Key::default();
        for _ in 0..3 {
            let Some((start, stop)) = words.next().filter(|_| !words.crossed_stop) else {
                break;
            };
            if left - stop != 1 || text.get(stop) == Some(&b'\n') {
                break;
            }
            left = start;
            key.clear();
            fold_into(text.get(start..end).unwrap_or_default(), &mut key);
            met = self.find(key.bytes(), rule).or(met);
        }
        met
    }
}

/// Whether the word is the name of some number: `bokningsnr`.
fn names_a_number(word: Option<&[u8]>) -> bool {
    let mut key = Key::default();
    fold_into(word.unwrap_or_default(), &mut key);
    let folded = trim_digits(key.bytes());
    folded.len() > 6
        && [&b"nr"[..], b"nummer", b"number", b"numret"]
            .iter()
            .any(|end| folded.ends_with(end))
}

#[cfg(test)]
mod tests {
    use crate::model::{Kind, WordRole};
    use crate::rules::{Detector, load_builtin};

    fn says(text: &str, detector: Detector, kind: Kind) -> Option<WordRole> {
        let rules = load_builtin().unwrap();
        let rule = rules.index_of(detector, kind).unwrap();
        let at = text.find('#').unwrap();
        let before = rules.vocabulary().before(text.as_bytes(), 0, at, rule);
        before.direct.map(|met| met.role)
    }

    #[test]
    fn one_separator_stands_between_a_label_and_its_value_two_do_not() {
        let phone = |text| says(text, Detector::Phone, Kind::PhoneNumber);
        for text in ["Mobil\t#", "Mobil = #", "mobil;#", "Mobil:\n#"] {
            assert_eq!(phone(text), Some(WordRole::Label), "{text:?}");
        }
        assert_eq!(phone("Mobil\t\t#"), None);
        assert_eq!(phone("Mobil 0701740605\t#"), None);
    }

    #[test]
    fn the_longest_phrase_decides() {
        let mail = |text| says(text, Detector::Email, Kind::EmailAddress);
        assert_eq!(mail("To: <#"), Some(WordRole::Label));
        assert_eq!(mail("In-Reply-To: <#"), Some(WordRole::Negative));
    }

    #[test]
    fn what_was_read_for_one_rule_serves_the_next_and_another_place() {
        let rules = load_builtin().unwrap();
        let words = rules.vocabulary();
        let text = b"Mobil 0701740605, personnummer 811228-9874, e-post alva@example.se";
        let mut behind = super::Behind::default();
        for _ in 0..2 {
            for at in [6, 31, 51, 6] {
                for rule in 0..rules.rules().len() as u16 {
                    let again = words.before_again(&mut behind, text, 0, at, rule);
                    assert_eq!(again, words.before(text, 0, at, rule), "{at} {rule}");
                }
            }
        }
    }
}
