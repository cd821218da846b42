//! Names are data too: file names, member names, sheet names and field names are looked through, and hits in them are
//! masked wherever the name is shown.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::checks::personnummer;
use crate::classify::{self, Memory, mask_into};
use crate::detect::Engine;
use crate::inventory::At;
use crate::model::{Batch, Kind, Role, Seen, Signals, Trail};

/// A hit in a name.
pub(super) struct NameHit {
    pub(super) kind: Kind,
    pub(super) score: f32,
    pub(super) confidence: crate::model::Confidence,
    pub(super) evidence: Vec<String>,
    pub(super) signals: Signals,
    pub(super) value: String,
    pub(super) test: bool,
    /// It stands in the last part of the name (behind the last slash).
    pub(super) in_last: bool,
}

/// Looks a name through. Returns it masked where that changes it, and the hits.
pub(super) fn look(engine: &Engine<'_>, name: &str) -> (Option<String>, Vec<NameHit>) {
    // Underscores stand for spaces in file names: `rec_0701740605_2024.wav`.
    let text = name.replace('_', " ");
    let batch = Batch {
        text: &text,
        own: 0..text.len(),
        cells: &[],
        columns: &[],
        label: None,
    };
    let mut seen = Seen::default();
    engine.detect(&batch, &mut seen);
    let unsure = identity_numbers(&text);
    let glued = addresses(&text);
    if seen.candidates.is_empty() && unsure.is_empty() && glued.is_empty() {
        return (None, Vec::new());
    }
    let verdicts = classify::classify(engine.rules(), &batch, &mut seen, None, &mut Memory::default());
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let mut hits = Vec::new();
    let mut hidden = unsure;
    for verdict in &verdicts {
        // A name is shown everywhere, so what is masked in it need not be certain. What nobody takes for personal
        // data (an organisation's number) stays readable,
        // and so do words that say something of nobody.
        if matches!(verdict.candidate.kind.role(), Role::Context | Role::Statement) {
            continue;
        }
        let range = verdict.candidate.range.clone();
        hidden.push((range.clone(), verdict.candidate.kind));
        hits.push(NameHit {
            kind: verdict.candidate.kind,
            score: verdict.score,
            confidence: verdict.confidence,
            evidence: classify::evidence(engine.rules(), &verdict.candidate),
            signals: verdict.candidate.signals,
            value: verdict.candidate.value.to_owned(),
            test: classify::is_test(verdict.candidate.signals),
            in_last: range.start >= last,
        });
    }
    for (range, kind) in glued {
        let known = hidden
            .iter()
            .any(|(other, _)| other.start < range.end && range.start < other.end);
        if !known {
            hidden.push((range, kind));
        }
    }
    if hidden.is_empty() {
        return (None, hits);
    }
    hidden.sort_by_key(|(range, _)| (range.start, range.end));
    let mut masked = String::with_capacity(name.len());
    let mut done = 0;
    for (range, kind) in hidden {
        let start = range.start.max(done);
        masked.push_str(name.get(done..start).unwrap_or_default());
        mask_into(kind, name.get(start..range.end).unwrap_or_default(), &mut masked);
        done = range.end.max(done);
    }
    masked.push_str(name.get(done..).unwrap_or_default());
    (Some(masked), hits)
}

/// Whatever could be an identity number, by date and check digit alone: too little to report it without a word that
/// says so, and enough not to show it.
fn identity_numbers(text: &str) -> Vec<(Range<usize>, Kind)> {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("(?:[0-9]{8}|[0-9]{6})[ .+\\-\u{2010}-\u{2015}\u{2212}]{0,3}[0-9]{4}").ok()
    });
    let Some(form) = FORM.as_ref() else {
        return Vec::new();
    };
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    form.find_iter(text)
        .filter(|hit| {
            let before = hit.start().checked_sub(1).and_then(|at| text.as_bytes().get(at));
            !digit(before) && !digit(text.as_bytes().get(hit.end()))
        })
        .filter(|hit| {
            let digits: String = hit.as_str().chars().filter(char::is_ascii_digit).collect();
            personnummer::parse(&digits, None).is_some_and(|parsed| parsed.is_valid())
        })
        .map(|hit| (hit.range(), Kind::Personnummer))
        .collect()
}

/// Whatever could be a mail address with something glued to it: `anna.berg@example.se-avtal.txt` is none by its form.
/// A version (`name@2.1`) and a mark of size (`name@2x`) begin with a digit.
fn addresses(text: &str) -> Vec<(Range<usize>, Kind)> {
    static FORM: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[\w.+%-]*\p{L}[\w.+%-]*@\p{L}[\w-]*(?:\.[\w-]+)+").ok());
    let hits = FORM.iter().flat_map(|form| form.find_iter(text));
    hits.map(|hit| (hit.range(), Kind::EmailAddress)).collect()
}

/// A name as it may be shown.
pub(super) fn shown(engine: &Engine<'_>, name: &str, reveal: bool) -> String {
    if reveal {
        return name.to_owned();
    }
    look(engine, name).0.unwrap_or_else(|| name.to_owned())
}

/// A trail as it may be shown, and the hits in its last name.
pub(super) fn at(engine: &Engine<'_>, trail: &Trail, root: Option<u32>, reveal: bool) -> (At, Vec<NameHit>) {
    let bytes = trail.as_bytes();
    let text = String::from_utf8_lossy(bytes);
    let (masked, hits) = look(engine, &text);
    let b64 = match (std::str::from_utf8(bytes).is_err(), &masked) {
        (false, _) => None,
        (true, Some(masked)) if !reveal => Some(base64(masked.as_bytes())),
        (true, _) => Some(base64(bytes)),
    };
    let path = match masked {
        Some(masked) if !reveal => masked,
        _ => text.into_owned(),
    };
    (
        At {
            path,
            path_b64: b64,
            root,
        },
        hits,
    )
}

/// Base64 (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, &b| word << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_the_rfc_has_it() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn what_may_be_an_identity_number_is_not_shown() {
        for (name, start) in [
            ("19811228 9874.pdf", 0),
            ("avtal 811228 – 9874", 6),
            ("rec 8112289874 x", 4),
        ] {
            assert_eq!(
                identity_numbers(name).first().map(|(r, _)| r.start),
                Some(start),
                "{name}"
            );
        }
        for name in ["19811228 9875", "20240131 1201 export", "1198112289874"] {
            assert!(identity_numbers(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn an_address_with_something_glued_to_it_is_not_shown() {
        let hidden = |name: &str| addresses(name).first().map(|(range, _)| range.clone());
        assert_eq!(hidden("anna.berg@example.se-avtal.txt"), Some(0..30));
        assert_eq!(hidden("från åsa@example.txt"), Some(6..22));
        for name in [
            "bild@2x.png",
            "paket@2.1.3.tgz",
            "@types/node.d.ts",
            "1@example.se",
            "a@b",
        ] {
            assert_eq!(hidden(name), None, "{name}");
        }
    }

    #[test]
    fn hits_in_names_are_masked() {
        let rules = crate::rules::load_builtin().unwrap();
        let engine = Engine::new(
            &rules,
            crate::checks::date::Date {
                year: 2026,
                month: 11,
                day: 23,
            },
        );
        let trail = Trail::file("HR/19811228-9874 avtal.pdf".as_bytes()).member(b"rec_0701740605_x.wav");
        let (at, hits) = at(&engine, &trail, None, false);
        assert_eq!(at.path, "HR/########-#### avtal.pdf!/rec_##########_x.wav");
        assert_eq!(hits.iter().filter(|hit| hit.in_last).count(), 1);
        let odd = Trail::file(b"\xff bo@example.com.txt");
        let (at, _) = super::at(&engine, &odd, None, false);
        assert!(!at.path.contains("example") && !at.path_b64.unwrap().is_empty());
    }
}
