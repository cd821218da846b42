//! Reading rule files; an error says file, line, column and what to do.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::compile::{compile, run_lengths};
use super::{
    Anchor, BUILTIN, Detector, Example, Marks, Origin, Rule, RuleSet, Shape, Source, Title, Weights,
};
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
    disable: Vec<Spanned<String>>,
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
    #[serde(default)]
    source: Vec<Spanned<RawSource>>,
}

/// What a rule file holds.
#[derive(Debug, Clone, Default)]
pub struct RuleFile {
    /// Ids of rules of earlier files that are put out.
    pub disable: Vec<String>,
    /// Where each of them stands.
    pub(super) disable_at: Vec<Origin>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Systems whose exports it knows.
    pub sources: Vec<Source>,
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
    digits: Option<Spanned<Vec<u8>>>,
    check: Option<Spanned<String>>,
    score: Option<Spanned<f32>>,
    #[serde(default)]
    label_required: bool,
    #[serde(default)]
    slow: bool,
    #[serde(default)]
    weights: RawWeights,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    terms: Vec<String>,
    #[serde(default)]
    weak: Vec<String>,
    value: Option<Shape>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    person: bool,
    #[serde(default)]
    row: bool,
    #[serde(default)]
    either: bool,
    #[serde(default)]
    cells: bool,
    #[serde(default)]
    behind: bool,
    #[serde(default)]
    marks: RawMarks,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    context: Vec<String>,
    #[serde(default)]
    negative: Vec<String>,
    #[serde(default)]
    examples: Vec<Spanned<RawExample>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeights {
    label: Option<f32>,
    context: Option<f32>,
    negative: Option<f32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMarks {
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    formats: Vec<String>,
    #[serde(default)]
    begins: Vec<String>,
    least: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    id: Spanned<String>,
    name: String,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    marks: RawMarks,
    #[serde(default)]
    general: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExample {
    #[serde(default)]
    text: String,
    label: Option<String>,
    #[serde(default)]
    row: Vec<(String, String)>,
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
    let mut hasher = blake3::Hasher::new();
    let files = builtin(&mut hasher)?;
    Ok(RuleSet::new(files, short(&hasher)))
}

fn builtin(hasher: &mut blake3::Hasher) -> Result<Vec<RuleFile>, RuleError> {
    let mut files = Vec::new();
    for (name, text) in BUILTIN {
        hasher.update(text.as_bytes());
        files.push(parse_file(name, text)?);
    }
    Ok(files)
}

/// The built-in rules with those of a folder's `*.toml` files on top, in the order of their names.
pub fn load_dir(dir: &Path) -> Result<RuleSet, RuleError> {
    let at = |path: &Path, message: String| RuleError {
        origin: Origin {
            file: path.display().to_string(),
            line: 1,
            column: 1,
        },
        message,
    };
    let listing = std::fs::read_dir(dir).map_err(|_| {
        at(
            dir,
            "cannot read the rules folder; check that it exists and may be read".into(),
        )
    })?;
    let mut paths: Vec<_> = listing
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(at(
            dir,
            "holds no `*.toml` rule file; name a folder of rule files".into(),
        ));
    }
    let mut hasher = blake3::Hasher::new();
    let mut files = builtin(&mut hasher)?;
    for path in paths {
        let text = std::fs::read_to_string(&path)
            .map_err(|_| at(&path, "cannot be read as UTF-8 text; save it as UTF-8".into()))?;
        hasher.update(text.as_bytes());
        let file = parse_file(&path.display().to_string(), &text)?;
        unknown_disabled(&files, &file)?;
        files.push(file);
    }
    Ok(RuleSet::new(files, short(&hasher)))
}

/// A rule that is put out and does not exist is a spelling mistake, and would otherwise do nothing, silently.
fn unknown_disabled(before: &[RuleFile], file: &RuleFile) -> Result<(), RuleError> {
    let exists = |id: &String| {
        before
            .iter()
            .flat_map(|file| &file.rules)
            .any(|rule| rule.id == *id)
    };
    match file
        .disable
        .iter()
        .zip(&file.disable_at)
        .find(|(id, _)| !exists(id))
    {
        None => Ok(()),
        Some((id, origin)) => Err(RuleError {
            origin: origin.clone(),
            message: format!("there is no rule `{id}` to disable; `datakarta rules list` shows the ids"),
        }),
    }
}

fn short(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// Reads one rule file.
pub fn parse_file(file: &str, text: &str) -> Result<RuleFile, RuleError> {
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
    let disable_at = raw.disable.iter().map(|id| at(id.span().start)).collect();
    let mut sources = Vec::new();
    for spanned in raw.source {
        let origin = at(spanned.span().start);
        sources.push(source(spanned.into_inner(), origin, &at)?);
    }
    Ok(RuleFile {
        disable: raw.disable.into_iter().map(Spanned::into_inner).collect(),
        disable_at,
        rules,
        sources,
    })
}

fn source(raw: RawSource, origin: Origin, at: &dyn Fn(usize) -> Origin) -> Result<Source, RuleError> {
    let marks = raw.marks.built();
    if raw.labels.is_empty() && marks.words.is_empty() && marks.begins.is_empty() && marks.formats.is_empty()
    {
        return Err(RuleError {
            origin: at(raw.id.span().start),
            message: format!(
                "source `{}` is known by nothing; give it `labels` or `marks` (words, begins, formats)",
                raw.id.get_ref()
            ),
        });
    }
    Ok(Source {
        id: raw.id.into_inner(),
        name: raw.name,
        labels: raw.labels,
        marks,
        general: raw.general,
        origin,
    })
}

impl RawMarks {
    fn built(self) -> Marks {
        Marks {
            least: self.least.unwrap_or(3).max(1),
            words: self.words,
            names: self.names,
            formats: self.formats,
            begins: self.begins,
        }
    }
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
        Some(pattern) => Some(compile(pattern, raw.slow, &fail)?),
        None => None,
    };
    let anchor = match raw
        .anchor
        .as_ref()
        .map(|a| (a.get_ref().as_str(), a.span().start))
    {
        None if detector == Detector::Pattern && raw.slow => Anchor::Slow,
        None if detector == Detector::Pattern && !raw.keywords.is_empty() => Anchor::Keyword,
        None if detector == Detector::Pattern => {
            return Err(fail(
                rule_at,
                format!(
                    "rule `{id}` has a pattern but no anchor; add `anchor = \"digits\"`, `\"at\"`, `\"bracket\"` or `keywords`, \
                     or say `slow = true`"
                ),
            ));
        }
        None | Some(("digits", _)) => Anchor::Digits,
        Some(("at", _)) => Anchor::At,
        Some(("bracket", _)) => Anchor::Bracket,
        Some(("keyword", _)) if !raw.keywords.is_empty() => Anchor::Keyword,
        Some((other, offset)) => {
            return Err(fail(
                offset,
                format!(
                    "unknown anchor `{other}`; there are digits, at, bracket, and keyword with a list of `keywords`"
                ),
            ));
        }
    };
    let digits = match &raw.digits {
        None => u32::MAX,
        Some(lengths) => run_lengths(lengths.get_ref())
            .filter(|_| detector == Detector::Pattern && anchor == Anchor::Digits)
            .ok_or_else(|| {
                let message = "`digits` lists how many digits a pattern with `anchor = \"digits\"` begins with, 1 to 31";
                fail(lengths.span().start, message.to_owned())
            })?,
    };
    needs(&raw, detector).map_err(|message| fail(rule_at, format!("rule `{id}` {message}")))?;
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
        None if detector == Detector::Document => 0.80,
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
            row: raw.row,
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
        digits,
        check,
        score,
        label_required: raw.label_required,
        weights: Weights {
            label: raw.weights.label,
            context: raw.weights.context,
            negative: raw.weights.negative,
        },
        keywords: raw.keywords,
        terms: raw.terms,
        weak: raw.weak,
        shape: raw.value,
        values: raw.values,
        person: raw.person,
        row: raw.row,
        either: raw.either,
        cells: raw.cells,
        behind: raw.behind,
        marks: raw.marks.built(),
        labels: raw.labels,
        context: raw.context,
        negative: raw.negative,
        examples: examples.collect(),
        origin: at(rule_at),
    })
}

/// What a rule of this detector cannot do without.
fn needs(raw: &RawRule, detector: Detector) -> Result<(), &'static str> {
    match detector {
        Detector::Field if raw.labels.is_empty() => Err("finds values by their labels; give it `labels`"),
        Detector::Field if raw.value.is_none() => Err(
            "finds values by their labels; say what they look like: `value = \"token\"`, \"code\", \"amount\", \"words\", \"choice\", \"secret\", \"pin\", \"login\", \"any\" or \"free\"",
        ),
        Detector::Field if raw.value == Some(Shape::Choice) && raw.values.is_empty() => {
            Err("has values of a closed list; give it `values`")
        }
        Detector::Term if raw.terms.is_empty() && raw.weak.is_empty() => {
            Err("looks for words; give it `terms`")
        }
        Detector::Document
            if raw.labels.is_empty()
                && raw.marks.words.is_empty()
                && raw.marks.begins.is_empty()
                && raw.marks.formats.is_empty() =>
        {
            Err("knows documents by their marks; give it `labels` or `marks`")
        }
        _ => Ok(()),
    }
}

/// The line and column of an offset, as the origin of what stands there.
pub(super) fn origin(file: &str, text: &str, offset: usize) -> Origin {
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
        let digits = |rest: &str| error(&format!("{GOOD}pattern = '1'\nanchor = {rest}\n"));
        assert!(digits("\"digits\"\ndigits = [0]").starts_with("my.toml:8:10: `digits` lists"));
        assert!(digits("\"at\"\ndigits = [4]").contains("`digits` lists"));
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
