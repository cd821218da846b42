//! Reading rule files; an error says file, line, column and what to do.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::{Anchor, BUILTIN, Detector, Example, Origin, Rule, RuleSet, Title};
use crate::checks;
use crate::model::{Confidence, Kind};

/// A rule file that cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Where.
    pub origin: Origin,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { file, line, column } = &self.origin;
        write!(f, "{file}:{line}:{column}: {}", self.message)
    }
}

impl std::error::Error for RuleError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    kind: Spanned<String>,
    title: Title,
    why: String,
    #[serde(default)]
    references: Vec<String>,
    detector: Option<Spanned<String>>,
    pattern: Option<Spanned<String>>,
    anchor: Option<Spanned<String>>,
    check: Option<Spanned<String>>,
    score: Option<Spanned<f32>>,
    #[serde(default)]
    label_required: bool,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    context: Vec<String>,
    #[serde(default)]
    negative: Vec<String>,
    #[serde(default)]
    examples: Vec<Spanned<RawExample>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExample {
    text: String,
    label: Option<String>,
    finds: Finds,
    confidence: Option<Confidence>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Finds {
    One(String),
    Many(Vec<String>),
}

/// The built-in rules.
pub fn load_builtin() -> Result<RuleSet, RuleError> {
    let mut rules = Vec::new();
    let mut hasher = blake3::Hasher::new();
    for (name, text) in BUILTIN {
        hasher.update(text.as_bytes());
        rules.extend(parse_file(name, text)?);
    }
    Ok(RuleSet::new(rules, short(&hasher)))
}

/// The built-in rules with those of a folder's `*.toml` files on top, in the order of their names.
pub fn load_dir(dir: &Path) -> Result<RuleSet, RuleError> {
    let here = |message: String| RuleError {
        origin: Origin {
            file: dir.display().to_string(),
            line: 1,
            column: 1,
        },
        message,
    };
    let listing = std::fs::read_dir(dir)
        .map_err(|_| here("cannot read the rules folder; check that it exists and may be read".into()))?;
    let mut files: Vec<_> = listing
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(here(
            "holds no `*.toml` rule file; name a folder of rule files".into(),
        ));
    }
    let mut rules = Vec::new();
    let mut hasher = blake3::Hasher::new();
    for (name, text) in BUILTIN {
        hasher.update(text.as_bytes());
        rules.extend(parse_file(name, text)?);
    }
    for path in files {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|_| RuleError {
            origin: Origin {
                file: name.clone(),
                line: 1,
                column: 1,
            },
            message: "cannot be read as UTF-8 text; save it as UTF-8".into(),
        })?;
        hasher.update(text.as_bytes());
        rules.extend(parse_file(&name, &text)?);
    }
    Ok(RuleSet::new(rules, short(&hasher)))
}

fn short(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// Reads one rule file.
pub fn parse_file(file: &str, text: &str) -> Result<Vec<Rule>, RuleError> {
    let at = |offset: usize| origin(file, text, offset);
    let raw: RawFile = toml::from_str(text).map_err(|error| RuleError {
        origin: at(error.span().map_or(0, |span| span.start)),
        message: format!("{}; see docs/RULES.md for what a rule holds", error.message()),
    })?;
    let mut rules: Vec<Rule> = Vec::new();
    for spanned in raw.rule {
        let rule_at = spanned.span().start;
        let raw = spanned.into_inner();
        let id_at = raw.id.span().start;
        if rules.iter().any(|rule| rule.id == *raw.id.get_ref()) {
            return Err(RuleError {
                origin: at(id_at),
                message: format!(
                    "the id `{}` stands twice in this file; give each rule its own",
                    raw.id.get_ref()
                ),
            });
        }
        rules.push(build(raw, rule_at, &at)?);
    }
    Ok(rules)
}

fn build(raw: RawRule, rule_at: usize, at: &dyn Fn(usize) -> Origin) -> Result<Rule, RuleError> {
    let fail = |offset: usize, message: String| RuleError {
        origin: at(offset),
        message,
    };
    let id = raw.id.get_ref();
    let well_formed = !id.is_empty()
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
    if !well_formed {
        return Err(fail(
            raw.id.span().start,
            format!("`{id}` is no rule id; use lower-case letters, digits, `.` and `-`"),
        ));
    }
    let kind: Kind = raw.kind.get_ref().parse().map_err(|()| {
        fail(
            raw.kind.span().start,
            format!(
                "unknown kind `{}`; `datakarta rules list` shows the kinds",
                raw.kind.get_ref()
            ),
        )
    })?;
    let detector = match (&raw.detector, &raw.pattern) {
        (Some(name), None) => Detector::by_name(name.get_ref()).ok_or_else(|| {
            fail(
                name.span().start,
                format!(
                    "unknown detector `{}`; there are {}",
                    name.get_ref(),
                    Detector::NAMES.join(", ")
                ),
            )
        })?,
        (None, Some(_)) => Detector::Pattern,
        _ => {
            return Err(fail(
                rule_at,
                format!("rule `{id}` needs either a `detector` or a `pattern`"),
            ));
        }
    };
    let pattern = match &raw.pattern {
        Some(pattern) => Some(compile(pattern, &fail)?),
        None => None,
    };
    let anchor = match raw
        .anchor
        .as_ref()
        .map(|a| (a.get_ref().as_str(), a.span().start))
    {
        None if detector == Detector::Pattern => {
            return Err(fail(
                rule_at,
                format!(
                    "rule `{id}` has a pattern but no anchor; add `anchor = \"digits\"` or `anchor = \"at\"`"
                ),
            ));
        }
        None | Some(("digits", _)) => Anchor::Digits,
        Some(("at", _)) => Anchor::At,
        Some((other, offset)) => {
            return Err(fail(
                offset,
                format!("unknown anchor `{other}`; there are digits, at"),
            ));
        }
    };
    let check = match &raw.check {
        None => None,
        Some(name) => Some(checks::by_name(name.get_ref()).ok_or_else(|| {
            fail(
                name.span().start,
                format!(
                    "unknown check `{}`; there are {}",
                    name.get_ref(),
                    checks::NAMES.join(", ")
                ),
            )
        })?),
    };
    let score = match &raw.score {
        None => 0.5,
        Some(score) if (0.0..=1.0).contains(score.get_ref()) => *score.get_ref(),
        Some(score) => return Err(fail(score.span().start, "a score lies between 0 and 1".into())),
    };
    let examples = raw.examples.into_iter().map(|spanned| {
        let origin = at(spanned.span().start);
        let raw = spanned.into_inner();
        let finds = match raw.finds {
            Finds::One(one) if one.is_empty() => Vec::new(),
            Finds::One(one) => vec![one],
            Finds::Many(many) => many,
        };
        Example {
            text: raw.text,
            label: raw.label,
            finds,
            confidence: raw.confidence,
            origin,
        }
    });
    Ok(Rule {
        id: raw.id.get_ref().clone(),
        kind,
        title: raw.title,
        why: raw.why,
        references: raw.references,
        detector,
        pattern,
        anchor,
        check,
        score,
        label_required: raw.label_required,
        labels: raw.labels,
        context: raw.context,
        negative: raw.negative,
        examples: examples.collect(),
        origin: at(rule_at),
    })
}

/// A pattern is compiled to match at the anchor only, within size limits: a rule file cannot make the scan slow.
fn compile(
    pattern: &Spanned<String>,
    fail: &dyn Fn(usize, String) -> RuleError,
) -> Result<regex::bytes::Regex, RuleError> {
    let offset = pattern.span().start;
    let anchored = format!(r"\A(?:{})", pattern.get_ref());
    let regex = regex::bytes::RegexBuilder::new(&anchored)
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build()
        .map_err(|error| {
            let text = error.to_string();
            let last = text
                .lines()
                .last()
                .unwrap_or("not a regular expression")
                .trim_start_matches("error: ");
            fail(
                offset,
                format!("the pattern does not compile: {last}; see the syntax of the regex crate"),
            )
        })?;
    if regex.capture_names().flatten().any(|name| name != "value")
        || regex.capture_names().flatten().count() > 1
    {
        return Err(fail(
            offset,
            "a pattern may have one named group only, `value`".into(),
        ));
    }
    Ok(regex)
}

fn origin(file: &str, text: &str, offset: usize) -> Origin {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(1, |last| last.chars().count() + 1);
    Origin {
        file: file.to_owned(),
        line,
        column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse_file("my.toml", text).unwrap_err().to_string()
    }

    const GOOD: &str =
        "[[rule]]\nid = \"x.y\"\nkind = \"name\"\ntitle = { sv = \"a\", en = \"b\" }\nwhy = \"c\"\n";

    #[test]
    fn errors_say_file_line_and_column() {
        assert!(error("[[rule]]\nid = 3\n").starts_with("my.toml:2:6: "));
        assert!(error("[[rule]\n").starts_with("my.toml:1:"));
        assert_eq!(
            error(&format!("{GOOD}detector = \"nope\"\n")).split(": ").next(),
            Some("my.toml:6:12")
        );
        assert!(
            error(&format!("{GOOD}pattern = '('\nanchor = \"digits\"\n"))
                .starts_with("my.toml:6:11: the pattern does not compile")
        );
        assert!(error(&format!("{GOOD}pattern = 'x'\n")).contains("no anchor"));
        assert!(error(GOOD).contains("needs either"));
        assert!(error(&GOOD.replace("\"name\"", "\"nmae\"")).starts_with("my.toml:3:8: unknown kind `nmae`"));
        assert!(error(&format!("{GOOD}detector = \"phone\"\nlabel = 1\n")).contains("unknown field"));
    }

    #[test]
    fn the_built_in_rules_load() {
        let rules = load_builtin().unwrap();
        assert!(rules.rules().len() >= 8);
        assert_eq!(rules.digest().len(), 16);
    }
}
