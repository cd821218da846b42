//! Words that are a subject and no statement: "a course on diabetes", "the routine for protected identities".
//!
//! Anna who holds the course has no diabetes. So two things are looked for around a word: what makes it a subject (a
//! course, a policy, a book), and what makes a person somebody else than the one it is about (contact, lecturer).

use std::ops::Range;

use crate::model::{Batch, CELL_END, Candidate, MarkOf, ROW_END};
use crate::rules::{RuleSet, fold_into, is_word_byte, without_dots};

/// How far a subject's word may stand from what it governs, in bytes.
const REACH: usize = 100;

/// Beginnings of words that make a subject of what stands beside them.
const STEMS: &[&str] = &[
    "forelas",
    "undervis",
    "utbilda",
    "seminari",
    "webbinari",
    "webinar",
    "workshop",
    "lecture",
    "lecturing",
    "teaches",
    "teaching",
    "taught",
    "statisti",
    "forskning",
    "forskar",
    "research",
    "publicera",
    "publikation",
    "modererar",
    "modererade",
    "installera",
    "installer",
    "rekryter",
    "recruit",
    "lagforslag",
    "lagstift",
    "legislat",
    "proposition",
    "remissvar",
    "informationsblad",
    "informationsmote",
    "informationstraff",
    "broschyr",
    "pressmeddel",
    "kampanj",
    "campaign",
    "sponsr",
    "skanker",
    "skankte",
    "insamling",
    "fundrais",
    "konferens",
    "conference",
    "symposi",
    "avhandling",
    "thesis",
    "dissert",
    "uppsats",
    "examensarbet",
    "larobok",
    "larobock",
    "textbook",
    "riktlinje",
    "guideline",
    "likabehandling",
    "jamstalldhet",
    "konsekvensbedomning",
    "checklist",
    "diplomering",
    "certifiering",
    "upphandl",
    "procure",
    "recension",
    "recensera",
    "diskrimineringslag",
    "arbetsmiljolag",
    "foreskrift",
];

/// Whole words, and ends of compounds, that do the same.
const ENDS: &[&str] = &[
    "kurs",
    "kursen",
    "kurser",
    "kurserna",
    "utbildning",
    "utbildningen",
    "utbildningar",
    "utbildningarna",
    "policy",
    "policyn",
    "policys",
    "policies",
    "policyer",
    "rutin",
    "rutinen",
    "rutiner",
    "rutinerna",
    "routine",
    "procedures",
    "courses",
    "curriculum",
    "syllabus",
    "artikel",
    "artikeln",
    "artiklar",
    "article",
    "articles",
    "bocker",
    "romaner",
    "annons",
    "annonsen",
    "annonser",
    "podd",
    "podden",
    "podcast",
    "reportage",
    "magasin",
    "temadag",
    "temakvall",
    "temavecka",
    "studiedag",
    "studiecirkel",
    "debatt",
    "debatten",
    "handbok",
    "handboken",
    "handbook",
    "manualen",
    "instruktioner",
    "dokumentar",
    "utstallning",
    "utstallningen",
    "exhibition",
    "konsert",
    "konserten",
    "concert",
    "projekt",
    "projektet",
    "forbundet",
    "fonden",
    "stiftelsen",
    "foundation",
    "charity",
    "kollektivavtal",
    "lagstiftning",
    "fragor",
    "lektion",
    "lektionen",
    "lesson",
    "leverantor",
    "butiken",
];

/// Words that do the same only where they stand alone.
const ALONE: &[&str] = &[
    "bok",
    "books",
    "novel",
    "film",
    "filmen",
    "law",
    "laws",
    "lagar",
    "modul",
    "module",
    "moment",
    "topic",
    "tema",
    "temat",
    "cirkel",
    "guide",
    "guiden",
    "expert",
    "professor",
    "docent",
    "forening",
    "foreningen",
    "stiftelse",
    "utredare",
    "produkt",
    "produkten",
    "produkter",
    "historia",
    "historien",
    "lag",
    "lagen",
    "boken",
    "course",
    "manual",
];
/// No subjects, though they end like one.
const NOT: &[&str] = &["konkurs", "konkursen", "diskurs", "diskursen", "rekurs"];

/// Words that call the person behind them a contact, and not the one spoken of before.
const CONTACT: &[&str] = &[
    "kontakt",
    "kontakta",
    "kontaktar",
    "kontakter",
    "kontaktperson",
    "kontaktpersoner",
    "kontaktuppgifter",
    "fragor",
    "upplysningar",
    "upplysning",
    "information",
    "info",
    "anmalan",
    "anmal",
    "anmala",
    "bokning",
    "boka",
    "bokas",
    "ansokan",
    "handlaggare",
    "handlaggaren",
    "ansvarig",
    "ansvariga",
    "ansvarar",
    "ansvarade",
    "samordnare",
    "koordinator",
    "samtalsledare",
    "lakare",
    "lakaren",
    "overlakare",
    "sjukskoterska",
    "psykolog",
    "kurator",
    "barnmorska",
    "sekreterare",
    "presskontakt",
    "presstjanst",
    "vaxel",
    "receptionen",
    "kundtjanst",
    "administrator",
    "dokumentagare",
    "projektledare",
    "verksamhetschef",
    "kontaktas",
    "hor",
    "rsvp",
    "contact",
    "questions",
    "enquiries",
    "inquiries",
    "officer",
    "responsible",
    "coordinator",
    "organiser",
    "organizer",
    "doctor",
    "dr",
    "physician",
    "nurse",
    "gp",
    "signed",
    "behandlare",
    "utredare",
    "forundersokningsledare",
    "domare",
    "aklagare",
    "advokat",
    "forsvarare",
    "polis",
    "ombud",
    "antecknat",
    "protokollet",
    "pressansvarig",
];
/// Words that call the person behind them one who speaks of the subject.
const AUTHOR: &[&str] = &[
    "forelasare",
    "forelasaren",
    "kursledare",
    "kursansvarig",
    "larare",
    "lararen",
    "utbildare",
    "instruktor",
    "forfattare",
    "forfattaren",
    "redaktor",
    "utgivare",
    "skribent",
    "journalist",
    "reporter",
    "fotograf",
    "foto",
    "illustrator",
    "oversattare",
    "moderator",
    "konferencier",
    "talare",
    "inledare",
    "lecturer",
    "speaker",
    "author",
    "editor",
    "publisher",
    "instructor",
    "teacher",
    "trainer",
    "presenter",
    "host",
    "byline",
    "installator",
    "montor",
    "tekniker",
    "installer",
    "technician",
    "forskare",
    "researcher",
    "professor",
    "docent",
    "experten",
    "expert",
    "pressekreterare",
    "presschef",
];
/// "Signed by Anna": what was done by the person behind, and says nothing of them.
const BY: &[&str] = &[
    "utfardad",
    "utfardat",
    "upprattad",
    "upprattat",
    "skriven",
    "skrivet",
    "skrivs",
    "noterat",
    "noterad",
    "faststalld",
    "faststallt",
    "godkand",
    "godkant",
    "reviderad",
    "granskad",
    "framtagen",
    "framtaget",
    "installerad",
    "underskriven",
    "undertecknat",
    "undertecknad",
    "beslutad",
    "handlagd",
    "publicerad",
    "publicerat",
    "oversatt",
    "ledd",
    "leds",
    "halls",
    "holls",
    "ges",
    "arrangeras",
    "besvaras",
    "lamnas",
    "registrerad",
    "antecknat",
    "inskickad",
    "issued",
    "signed",
    "written",
    "approved",
    "prepared",
    "noted",
    "published",
    "answered",
    "installed",
    "led",
    "given",
    "held",
    "reviewed",
    "presented",
    "taught",
    "intygas",
    "undervisas",
    "sammanstalld",
    "dokumenterat",
];
/// Small words between such a word and the person.
const SMALL: &[&str] = &[
    "av", "by", "till", "to", "pa", "at", "hos", "ar", "is", "eller", "och", "or", "and", "tel", "telefon",
    "tfn", "mobil", "mejl", "mail", "e", "post", "epost", "via", "med", "with", "din", "dig", "sig", "garna",
    "besvaras", "the", "utgivare", "for", "phone", "mobile", "direkt", "skickas", "lamnas", "senast", "oss",
    "us", "var", "our", "vart", "dr", "leg", "nr",
];

/// What a person's place says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// It may be the one who is spoken of.
    No,
    /// One to turn to: it is not who was spoken of before.
    Contact,
    /// One who speaks of the subject, or stands in a column of such.
    Author,
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
        let word = folded(bytes.get(start..end).unwrap_or_default());
        let word = word.as_str();
        if by && BY.contains(&word) || AUTHOR.contains(&word) {
            return Aside::Author;
        }
        if CONTACT.contains(&word) {
            return Aside::Contact;
        }
        by = matches!(word, "av" | "by");
        // Another label names the person.
        if gap.iter().any(|b| matches!(b, b':' | b'=')) && !SMALL.contains(&word) {
            break;
        }
        let first = bytes.get(start).copied().unwrap_or_default();
        let value = first.is_ascii_uppercase() || first.is_ascii_digit() || first == 0xC3;
        let tied = start > 0 && matches!(bytes.get(start - 1), Some(b'.' | b'@' | b'_' | b'-'));
        if !(by || value || tied || SMALL.contains(&word)) {
            break;
        }
    }
    Aside::No
}

/// Whether a word is a subject there: what stands nearest to it before is a course or a policy and no person; or, where
/// neither stands before it, what stands nearest after. `persons` are where persons stand.
pub(super) fn subject(batch: &Batch<'_>, word: &Range<usize>, persons: &[Range<usize>]) -> bool {
    let bytes = batch.text.as_bytes();
    let sentence = sentence(bytes, word);
    let before = persons
        .iter()
        .filter(|p| p.end <= word.start && p.end > sentence.start)
        .map(|p| p.end)
        .max();
    let after = persons
        .iter()
        .filter(|p| p.start >= word.end && p.start < sentence.end)
        .map(|p| p.start)
        .min();
    let mut at = word.start;
    let floor = sentence.start.max(before.unwrap_or(0));
    while let Some((start, end, gap)) = word_before(bytes, floor, at) {
        // "She misses the course, ill until May": what a comma sets off is another matter.
        let apart = at == word.start && gap.contains(&b',');
        if !apart && speaks(bytes.get(start..end).unwrap_or_default()) {
            return true;
        }
        at = start;
    }
    if before.is_some() {
        return false;
    }
    let ceiling = sentence.end.min(after.unwrap_or(usize::MAX));
    let mut at = word.end;
    while at < ceiling {
        let start = at;
        while at < ceiling && is_word_byte(bytes, at) {
            at += 1;
        }
        if at > start && speaks(bytes.get(start..at).unwrap_or_default()) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether a word makes a subject of what stands beside it.
fn speaks(word: &[u8]) -> bool {
    if word.len() < 3 {
        return false;
    }
    let word = folded(word);
    if NOT.contains(&word.as_str()) {
        return false;
    }
    ALONE.contains(&word.as_str())
        || STEMS.iter().any(|stem| word.starts_with(stem))
        || ENDS.iter().any(|end| word.ends_with(end))
}

fn folded(word: &[u8]) -> String {
    let mut key = Vec::new();
    fold_into(word, &mut key);
    String::from_utf8(without_dots(&key)).unwrap_or_default()
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
