//! Allow lists: findings that someone has looked at and answers for.
//!
//! An entry says what it allows, why, and until when. What it suppresses is counted apart and told with its reason: a
//! list that made findings vanish would be a way to a clean report, not to clean data.

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;
use toml::Spanned;

use super::load::origin;
use super::{Origin, RuleError};
use crate::checks::date::Date;
use crate::model::Kind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    allow: Vec<Spanned<RawEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    fingerprint: Option<Spanned<String>>,
    kind: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Spanned<String>,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// The value, by its keyed fingerprint.
    pub fingerprint: Option<u64>,
    /// The kind.
    pub kind: Option<Kind>,
    path: Option<GlobMatcher>,
    /// Why it is allowed.
    pub reason: String,
    /// The last day it is, `YYYY-MM-DD`.
    pub expires: String,
    /// The day has passed: it allows nothing any more.
    pub expired: bool,
    /// Where it stands.
    pub origin: Origin,
}

/// What is allowed.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    entries: Vec<Allowed>,
    by_value: HashMap<u64, Vec<usize>>,
    others: Vec<usize>,
}

impl AllowList {
    /// Reads a list. `today` decides which entries have expired.
    pub fn parse(file: &str, text: &str, today: Date) -> Result<Self, RuleError> {
        let fail = |offset: usize, message: String| RuleError {
            origin: origin(file, text, offset),
            message,
        };
        let raw: RawFile = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            fail(
                offset,
                format!("{}; see docs/RULES.md for what an entry holds", error.message()),
            )
        })?;
        let mut list = Self::default();
        for spanned in raw.allow {
            let at = spanned.span().start;
            let entry = build(spanned.into_inner(), at, today, &fail, origin(file, text, at))?;
            let index = list.entries.len();
            if !entry.expired {
                match entry.fingerprint {
                    Some(value) => list.by_value.entry(value).or_default().push(index),
                    None => list.others.push(index),
                }
            }
            list.entries.push(entry);
        }
        Ok(list)
    }

    /// Its entries, in the order of the file.
    pub fn entries(&self) -> &[Allowed] {
        &self.entries
    }

    /// Whether it allows nothing (any more).
    pub fn is_empty(&self) -> bool {
        self.by_value.is_empty() && self.others.is_empty()
    }

    /// Whether it names values: their fingerprints mean something with the key they were made with only.
    pub fn needs_key(&self) -> bool {
        self.entries.iter().any(|entry| entry.fingerprint.is_some())
    }

    /// The entry that allows a value of a kind in a document, by its index.
    pub fn covers(&self, kind: Kind, fingerprint: u64, path: &str) -> Option<usize> {
        let of_value = self.by_value.get(&fingerprint).into_iter().flatten();
        of_value.chain(&self.others).copied().find(|&index| {
            self.entries
                .get(index)
                .is_some_and(|entry| entry.fits(kind, path))
        })
    }
}

impl Allowed {
    fn fits(&self, kind: Kind, path: &str) -> bool {
        self.kind.is_none_or(|own| own == kind) && self.path.as_ref().is_none_or(|glob| glob.is_match(path))
    }
}

fn build(
    raw: RawEntry,
    at: usize,
    today: Date,
    fail: &dyn Fn(usize, String) -> RuleError,
    origin: Origin,
) -> Result<Allowed, RuleError> {
    let fingerprint = match &raw.fingerprint {
        None => None,
        Some(text) => {
            let value = u64::from_str_radix(text.get_ref(), 16)
                .ok()
                .filter(|_| text.get_ref().len() == 16);
            Some(value.ok_or_else(|| {
                let what =
                    "a fingerprint is 16 hexadecimal digits, as findings of a scan with --key-file have them";
                fail(text.span().start, what.into())
            })?)
        }
    };
    let kind = match &raw.kind {
        None => None,
        Some(id) => Some(id.get_ref().parse::<Kind>().map_err(|()| {
            let what = format!(
                "unknown kind `{}`; `datakarta rules list` shows the kinds",
                id.get_ref()
            );
            fail(id.span().start, what)
        })?),
    };
    let path = match &raw.path {
        None => None,
        Some(glob) => Some(
            GlobBuilder::new(glob.get_ref())
                .literal_separator(true)
                .build()
                .map_err(|_| fail(glob.span().start, format!("`{}` is no glob", glob.get_ref())))?
                .compile_matcher(),
        ),
    };
    if fingerprint.is_none() && kind.is_none() && path.is_none() {
        return Err(fail(
            at,
            "an entry without `fingerprint`, `kind` and `path` would allow everything; say what it allows"
                .into(),
        ));
    }
    if raw.reason.get_ref().trim().is_empty() {
        return Err(fail(raw.reason.span().start, "say why it is allowed".into()));
    }
    let last = day(raw.expires.get_ref()).ok_or_else(|| {
        fail(
            raw.expires.span().start,
            "write the last day it is allowed as `YYYY-MM-DD`".into(),
        )
    })?;
    Ok(Allowed {
        fingerprint,
        kind,
        path,
        reason: raw.reason.into_inner(),
        expires: raw.expires.into_inner(),
        expired: last < today,
        origin,
    })
}

fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    whole.then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date {
        year: 2026,
        month: 11,
        day: 23,
    };

    fn list(text: &str) -> Result<AllowList, RuleError> {
        AllowList::parse("datakarta.toml", text, TODAY)
    }

    #[test]
    fn values_kinds_and_paths_are_allowed_until_their_day() {
        let list = list(
            "[[allow]]\nfingerprint = \"00000000000000ff\"\nreason = \"our own switchboard\"\nexpires = \"2026-11-23\"\n\
             [[allow]]\nkind = \"personnummer\"\npath = \"test/**\"\nreason = \"test data\"\nexpires = \"2027-01-01\"\n\
             [[allow]]\nkind = \"name\"\nreason = \"old\"\nexpires = \"2026-11-22\"\n",
        )
        .unwrap();
        assert!(list.needs_key());
        assert_eq!(list.covers(Kind::PhoneNumber, 255, "a.txt"), Some(0));
        assert_eq!(list.covers(Kind::PhoneNumber, 254, "a.txt"), None);
        assert_eq!(list.covers(Kind::Personnummer, 1, "test/a/b.csv"), Some(1));
        assert_eq!(list.covers(Kind::Personnummer, 1, "kund/b.csv"), None);
        assert_eq!(list.covers(Kind::Name, 1, "a.txt"), None);
        assert!(list.entries()[2].expired && !list.entries()[0].expired);
    }

    #[test]
    fn errors_say_where_and_what_to_do() {
        let error = |text: &str| list(text).unwrap_err().to_string();
        let whole = "[[allow]]\nkind = \"name\"\nreason = \"x\"\nexpires = \"2027-01-01\"\n";
        assert!(list(whole).is_ok());
        assert!(error(&whole.replace("kind = \"name\"\n", "")).contains("would allow everything"));
        assert!(
            error(&whole.replace("\"name\"", "\"nmae\"")).starts_with("datakarta.toml:2:8: unknown kind")
        );
        assert!(error(&whole.replace("2027-01-01", "2027-02-30")).contains("YYYY-MM-DD"));
        assert!(error(&whole.replace("expires", "expire")).contains("unknown field"));
        assert!(
            error(&whole.replace("kind = \"name\"", "fingerprint = \"12\""))
                .contains("16 hexadecimal digits")
        );
        assert!(error(&whole.replace("\"x\"", "\" \"")).contains("say why"));
    }
}
