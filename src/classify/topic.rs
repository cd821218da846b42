//! Words that are a subject and no statement: "a course on diabetes", "the routine for protected identities".
//!
//! Anna who holds the course has no diabetes. So two things are looked for around a word: what makes it a subject (a
//! course, a policy, a book), and what makes a person somebody else than the one it is about (contact, lecturer).

use std::ops::Range;

use crate::model::{Batch, CELL_END, Candidate, Kind, MarkOf, ROW_END};
use crate::rules::{Plain, RuleSet, Topic, is_contact, is_topic, is_word_byte, makes_subject};

/// How far a subject's word may stand from what it governs, in bytes.
const REACH: usize = 100;

/// What a person's place says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// It may be the one who is spoken of.
    No,
    /// One to turn to: it is not who was spoken of before.
    Contact,
    /// A switchboard, a customer service: a number to call there is nobody's.
    Desk,
    /// One who speaks of the subject, or stands in a column of such.
    Author,
}

/// Whether a word of this kind may be a subject: of what persons write, buy or are taught it may well be the course.
pub(super) fn may_be_subject(kind: Kind) -> bool {
    kind.is_special()
        || matches!(
            kind,
            Kind::CreditRating | Kind::PaymentHistory | Kind::Complaint | Kind::CommunicationPreference
        )
}

/// Whether what stands in a cell stands under a header of a general sort of text: a course, an article, a contact.
pub(super) fn general_column(rules: &RuleSet, batch: &Batch<'_>, column: u32) -> bool {
    let Some(labels) = batch.columns.get((column as usize).wrapping_sub(1)) else {
        return false;
    };
    rules.vocabulary().header_marks(labels).any(|(of, _)| match of {
        MarkOf::Source(index) => rules
            .sources()
            .get(usize::from(index))
            .is_some_and(|source| source.general),
        MarkOf::Rule(_) => false,
    })
}

/// What the words before a person say of them.
pub(super) fn aside(batch: &Batch<'_>, person: &Candidate<'_>) -> Aside {
    let bytes = batch.text.as_bytes();
    let mut at = person.range.start;
    let floor = at.saturating_sub(REACH);
    let mut by = false;
    let mut named = 0usize;
    for _ in 0..12 {
        let Some((start, end, gap)) = word_before(bytes, floor, at) else {
            break;
        };
        // "tel. 070": an abbreviation ends no sentence.
        let over = ends_sentence(gap) && end - start > 4;
        if over
            || gap
                .iter()
                .any(|b| matches!(b, b';' | b'|' | b'\t' | &CELL_END | &ROW_END))
        {
            break;
        }
        at = start;
        let word = Plain::of(bytes.get(start..end).unwrap_or_default());
        let word = word.bytes();
        if by && is_topic(word, Topic::By) || is_topic(word, Topic::Author) {
            return Aside::Author;
        }
        if is_contact(word) {
            return Aside::Contact;
        }
        if is_topic(word, Topic::Desk) {
            return Aside::Desk;
        }
        by = matches!(word, b"av" | b"by");
        // "Frågor om rutinen: Anna": what a colon sets off is named by the words before it; another label's colon ends it.
        let colon = gap.iter().any(|b| matches!(b, b':' | b'='));
        if colon && end + gap.len() == person.range.start {
            named = 6;
        } else if colon && !is_topic(word, Topic::Small) || named > 0 && gap.contains(&b',') {
            break;
        }
        named = usize::saturating_sub(named, 1);
        let first = bytes.get(start).copied().unwrap_or_default();
        let value = first.is_ascii_uppercase() || first.is_ascii_digit() || first == 0xC3;
        let tied = start > 0 && matches!(bytes.get(start - 1), Some(b'.' | b'@' | b'_' | b'-'));
        if !(named > 0 || by || value || tied || is_topic(word, Topic::Small)) {
            break;
        }
    }
    Aside::No
}

/// Whether a word is a subject there: what stands nearest to it before is a course or a policy and no person; or, where
/// neither stands before it, what stands nearest after. `persons` are where persons stand.
pub(super) fn subject(batch: &Batch<'_>, range: &Range<usize>, persons: &[Range<usize>]) -> bool {
    let bytes = batch.text.as_bytes();
    let sentence = sentence(bytes, range);
    let before = persons
        .iter()
        .filter(|p| p.end <= range.start && p.end > sentence.start)
        .map(|p| p.end)
        .max();
    let after = persons
        .iter()
        .filter(|p| p.start >= range.end && p.start < sentence.end)
        .map(|p| p.start)
        .min();
    let mut at = range.start;
    let floor = sentence.start.max(before.unwrap_or(0));
    // The two words behind the one that is looked at.
    let mut behind = [Plain::default(); 2];
    while let Some((start, end, gap)) = word_before(bytes, floor, at) {
        let word = Plain::of(bytes.get(start..end).unwrap_or_default());
        let [next, second] = &behind;
        let does = is_topic(word.bytes(), Topic::Doing)
            && is_topic(next.bytes(), Topic::Tie)
            && !is_topic(second.bytes(), Topic::Own);
        // "She misses the course, ill until May": what a comma sets off is another matter.
        let apart = at == range.start && gap.contains(&b',');
        if !apart && (does || makes_subject(word.bytes())) {
            return true;
        }
        behind.rotate_right(1);
        behind[0] = word;
        at = start;
    }
    if before.is_some() {
        return false;
    }
    let ceiling = sentence.end.min(after.unwrap_or(usize::MAX));
    let mut at = range.end;
    while at < ceiling {
        let start = at;
        while at < ceiling && is_word_byte(bytes, at) {
            at += 1;
        }
        if at > start && makes_subject(Plain::of(bytes.get(start..at).unwrap_or_default()).bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// The sentence, line or cell around a word, at most [`REACH`] far.
fn sentence(bytes: &[u8], word: &Range<usize>) -> Range<usize> {
    let border = |at: usize| match bytes.get(at) {
        Some(b'\n' | b';' | &CELL_END | &ROW_END) => true,
        Some(b'.' | b'!' | b'?') => bytes
            .get(at + 1)
            .is_none_or(|b| matches!(b, b' ' | b'\n' | b'\r')),
        _ => false,
    };
    let floor = word.start.saturating_sub(REACH);
    let ceiling = bytes.len().min(word.end + REACH);
    let start = (floor..word.start)
        .rev()
        .find(|&at| border(at))
        .map_or(floor, |at| at + 1);
    let end = (word.end..ceiling).find(|&at| border(at)).unwrap_or(ceiling);
    start..end
}

fn ends_sentence(gap: &[u8]) -> bool {
    let stop = |pair: &[u8]| {
        matches!(
            pair,
            [b'.' | b'!' | b'?', b' ' | b'\n' | b'\r'] | [b'\n', b'\n' | b'\r']
        )
    };
    gap.windows(2).any(stop)
}

/// The word before `at`, and what stands between.
fn word_before(bytes: &[u8], floor: usize, at: usize) -> Option<(usize, usize, &[u8])> {
    let mut end = at;
    while end > floor && !is_word_byte(bytes, end - 1) {
        end -= 1;
    }
    if end <= floor {
        return None;
    }
    let mut start = end;
    while start > floor && is_word_byte(bytes, start - 1) {
        start -= 1;
    }
    Some((start, end, bytes.get(end..at)?))
}
