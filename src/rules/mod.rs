//! What to look for, as data: rules with their labels, context words and examples, and the vocabulary made of them.
//!
//! Rules are TOML files of one theme each. The built-in ones are part of the program; `--rules DIR` lays more
//! on top. A rule either names a detector written in code or carries a pattern with an anchor.

mod load;
pub mod policy;
mod vocabulary;
mod words;

use std::collections::BTreeMap;

use crate::model::Kind;

pub use load::{RuleError, load_builtin, load_dir, parse_file};
pub use policy::{Policy, PolicyError};
pub use vocabulary::{ColumnLabels, Met, Surroundings, Vocabulary, WordRole};
pub use words::{fold_into, is_word_byte};

/// The built-in rule files, by theme.
const BUILTIN: &[(&str, &str)] = &[
    ("rules/identity.toml", include_str!("../../rules/identity.toml")),
    ("rules/contact.toml", include_str!("../../rules/contact.toml")),
    ("rules/names.toml", include_str!("../../rules/names.toml")),
    (
        "rules/organisation.toml",
        include_str!("../../rules/organisation.toml"),
    ),
];

/// A detector written in code, by the name rules call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detector {
    /// Personnummer and samordningsnummer.
    Personnummer,
    /// Telephone numbers.
    Phone,
    /// E-mail addresses.
    Email,
    /// Streets with numbers, post-office boxes, `c/o`, postcodes with towns.
    Address,
    /// The postcode column of a table.
    Postcode,
    /// The town column of a table.
    Town,
    /// Organisation and VAT numbers.
    Organisation,
    /// Names of persons.
    Name,
    /// The given-name column of a table.
    GivenName,
    /// The family-name column of a table.
    FamilyName,
    /// The rule's own pattern.
    Pattern,
}

impl Detector {
    /// Every name a rule may use, for error messages.
    pub const NAMES: &'static [&'static str] = &[
        "personnummer",
        "phone",
        "email",
        "address",
        "postcode",
        "town",
        "organisation",
        "name",
        "given-name",
        "family-name",
    ];

    fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "personnummer" => Self::Personnummer,
            "phone" => Self::Phone,
            "email" => Self::Email,
            "address" => Self::Address,
            "postcode" => Self::Postcode,
            "town" => Self::Town,
            "organisation" => Self::Organisation,
            "name" => Self::Name,
            "given-name" => Self::GivenName,
            "family-name" => Self::FamilyName,
            _ => return None,
        })
    }
}

/// Where a pattern is tried. Without an anchor a pattern would have to be searched through the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The first digit of a run of digits that does not follow a letter or digit.
    Digits,
    /// An `@`; the pattern is matched from the start of the word the `@` stands in.
    At,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Stable identifier, such as `se.personnummer`.
    pub id: String,
    /// What it finds.
    pub kind: Kind,
    /// Title in Swedish and English.
    pub title: Title,
    /// Why it matters: the law or standard behind it.
    pub why: String,
    /// Sources of its facts.
    pub references: Vec<String>,
    /// What does the finding.
    pub detector: Detector,
    /// The pattern, for [`Detector::Pattern`]; it begins at the anchor.
    pub pattern: Option<regex::bytes::Regex>,
    /// Where the pattern is tried.
    pub anchor: Anchor,
    /// A check of `checks::by_name` the match must pass.
    pub check: Option<fn(&str) -> bool>,
    /// Score of a bare match of the pattern, 0 to 1.
    pub score: f32,
    /// Nothing is reported without a label or header.
    pub label_required: bool,
    /// Labels and column headers.
    pub labels: Vec<String>,
    /// Words nearby that speak for it.
    pub context: Vec<String>,
    /// Labels and words that speak against it.
    pub negative: Vec<String>,
    /// What it must find and must refuse.
    pub examples: Vec<Example>,
    /// File and line it was defined at.
    pub origin: Origin,
}

/// A title in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

/// Where a rule or example stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, as it was named.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
}

/// An executable example: run through detection and classification with all rules loaded.
#[derive(Debug, Clone)]
pub struct Example {
    /// The text.
    pub text: String,
    /// A column header or field name beside it.
    pub label: Option<String>,
    /// What must be found of the rule's kind at confidence medium or above (exact texts); empty: nothing.
    pub finds: Vec<String>,
    /// The confidence band it must have, where that matters.
    pub confidence: Option<crate::model::Confidence>,
    /// Where it stands.
    pub origin: Origin,
}

/// All rules of a run and the vocabulary made of them.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Rule>,
    vocabulary: Vocabulary,
    digest: String,
}

impl RuleSet {
    /// Puts rules together. A later rule replaces an earlier one of the same id.
    pub fn new(rules: Vec<Rule>, digest: String) -> Self {
        let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
        let mut kept: Vec<Rule> = Vec::new();
        for rule in rules {
            if let Some(&at) = by_id.get(&rule.id) {
                kept[at] = rule;
            } else {
                by_id.insert(rule.id.clone(), kept.len());
                kept.push(rule);
            }
        }
        let vocabulary = Vocabulary::new(&kept);
        Self {
            rules: kept,
            vocabulary,
            digest,
        }
    }

    /// The rules, in order; candidates refer to them by index.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The kinds a rule looks for, in the order of the design.
    pub fn kinds(&self) -> Vec<Kind> {
        Kind::ALL
            .iter()
            .copied()
            .filter(|kind| self.rules.iter().any(|rule| rule.kind == *kind))
            .collect()
    }

    /// The rule of a candidate.
    pub fn get(&self, index: u16) -> Option<&Rule> {
        self.rules.get(usize::from(index))
    }

    /// The first rule with this detector and kind.
    pub fn index_of(&self, detector: Detector, kind: Kind) -> Option<u16> {
        self.rules
            .iter()
            .position(|r| r.detector == detector && r.kind == kind)
            .and_then(|i| u16::try_from(i).ok())
    }

    /// Labels and context words of all rules.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// A hash over everything the rules say: two runs with the same digest look for the same.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}
