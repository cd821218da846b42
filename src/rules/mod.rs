//! What to look for, as data: rules with their labels, context words and examples, and the vocabulary made of them.
//!
//! Rules are TOML files of one theme each. The built-in ones are part of the program; `--rules DIR` lays more
//! on top. A rule either names a detector written in code or carries a pattern with an anchor.

mod allow;
mod behind;
mod compile;
mod keys;
mod lexicon;
mod lint;
mod load;
pub mod policy;
mod topics;
mod vocabulary;
mod words;

use std::collections::BTreeMap;

use crate::model::Kind;

pub use allow::{AllowList, Allowed};
pub use behind::{Behind, Rules, Surroundings};
pub use lexicon::{Hit, Labels, Lexicon, Says};
pub use lint::lint;
pub use load::{RuleError, RuleFile, load_builtin, load_dir, parse_file};
pub use policy::{Policy, PolicyError};
pub use topics::{Topic, is_contact, is_topic, makes_subject, of_no_one};
pub use vocabulary::{ColumnLabels, Met, Vocabulary, WordRole};
pub use words::{Folded, Plain, WordHasher, fold_into, is_word_byte, without_dots};

/// The built-in rule files, by theme.
const BUILTIN: &[(&str, &str)] = &[
    ("rules/identity.toml", include_str!("../../rules/identity.toml")),
    ("rules/contact.toml", include_str!("../../rules/contact.toml")),
    ("rules/names.toml", include_str!("../../rules/names.toml")),
    (
        "rules/organisation.toml",
        include_str!("../../rules/organisation.toml"),
    ),
    ("rules/papers.toml", include_str!("../../rules/papers.toml")),
    ("rules/payment.toml", include_str!("../../rules/payment.toml")),
    ("rules/technical.toml", include_str!("../../rules/technical.toml")),
    ("rules/customer.toml", include_str!("../../rules/customer.toml")),
    ("rules/service.toml", include_str!("../../rules/service.toml")),
    ("rules/recorded.toml", include_str!("../../rules/recorded.toml")),
    ("rules/sources.toml", include_str!("../../rules/sources.toml")),
    ("rules/access.toml", include_str!("../../rules/access.toml")),
    ("rules/usage.toml", include_str!("../../rules/usage.toml")),
    ("rules/special.toml", include_str!("../../rules/special.toml")),
    ("rules/general.toml", include_str!("../../rules/general.toml")),
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
    /// Numbers of papers, payments and machines; the rule's kind says which.
    Number,
    /// Where clearing numbers of bank accounts stand.
    Clearing,
    /// Names of persons.
    Name,
    /// The given-name column of a table.
    GivenName,
    /// The family-name column of a table.
    FamilyName,
    /// The rule's own pattern.
    Pattern,
    /// A value after its label or under its header.
    Field,
    /// Words that say something of the person beside them.
    Term,
    /// A document of some sort, known by its marks.
    Document,
    /// Secrets and accounts that their form tells: hashes, `//user:secret@host`, arguments of commands.
    Credential,
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
        "number",
        "clearing",
        "name",
        "given-name",
        "family-name",
        "field",
        "term",
        "document",
        "credential",
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
            "number" => Self::Number,
            "clearing" => Self::Clearing,
            "name" => Self::Name,
            "given-name" => Self::GivenName,
            "family-name" => Self::FamilyName,
            "field" => Self::Field,
            "term" => Self::Term,
            "document" => Self::Document,
            "credential" => Self::Credential,
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
    /// One of the rule's keywords; the pattern is matched from its beginning.
    Keyword,
    /// An opening square bracket.
    Bracket,
    /// Everywhere: the pattern is searched through the whole text, which costs as much as all other rules together.
    Slow,
}

/// What the value of a field looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// One word without spaces.
    Token,
    /// Letters and digits with at least one digit: a number of a customer.
    Code,
    /// An amount of money.
    Amount,
    /// A few words.
    Words,
    /// One of the rule's `values`.
    Choice,
    /// Whatever stands there.
    Free,
    /// Whatever stands there and is not empty: a number, a date, a yes or a no.
    Any,
    /// A secret: one token that is no placeholder, no type and no call.
    Secret,
    /// A code of four to eight digits.
    Pin,
    /// The name of an account.
    Login,
}

/// What a document of some sort is known by.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Words of its text, of its folder and of its name.
    pub words: Vec<String>,
    /// Words of its name and of the folders it lies in.
    pub names: Vec<String>,
    /// Formats it comes in; empty: any.
    pub formats: Vec<String>,
    /// What its text begins with; one is enough.
    pub begins: Vec<String>,
    /// How many different words and headers it takes.
    pub least: usize,
}

/// A system that exports are made by, and what its exports are known by.
#[derive(Debug, Clone)]
pub struct Source {
    /// Stable identifier, such as `fortnox`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Column headers of its exports.
    pub labels: Vec<String>,
    /// Further marks.
    pub marks: Marks,
    /// It is no system but a sort of text that is about no person: a policy, a law, a price list.
    pub general: bool,
    /// File and line it was defined at.
    pub origin: Origin,
}

/// What evidence adds for a rule with a pattern or a field, where the rule says so itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Weights {
    /// The score with a label, a header or the rest of the column.
    pub label: Option<f32>,
    /// What a context word adds.
    pub context: Option<f32>,
    /// What a negative word nearby takes away.
    pub negative: Option<f32>,
}

/// What a rule itself says of the worth of what it finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// Score of the bare find, 0 to 1.
    pub score: f32,
    /// What evidence adds.
    pub weights: Weights,
    /// It means something only with a person in reach.
    pub person: bool,
    /// The same, of the cells of a table.
    pub row: bool,
}

impl Default for Worth {
    fn default() -> Self {
        Self {
            score: 0.5,
            weights: Weights::default(),
            person: false,
            row: false,
        }
    }
}

impl Rule {
    /// What it says of the worth of what it finds.
    pub fn worth(&self) -> Worth {
        Worth {
            score: self.score,
            weights: self.weights,
            person: self.person,
            row: self.row,
        }
    }
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
    /// How many digits a pattern at digits begins with, as bits 1 to 31: longer and shorter runs are not tried.
    pub digits: u32,
    /// A check of `checks::by_name` the match must pass.
    pub check: Option<fn(&str) -> bool>,
    /// Score of a bare match of the pattern, 0 to 1.
    pub score: f32,
    /// Nothing is reported without a label or header.
    pub label_required: bool,
    /// What evidence adds, where it is not the usual.
    pub weights: Weights,
    /// Words the pattern is tried at, for [`Anchor::Keyword`].
    pub keywords: Vec<String>,
    /// Words that say it, for [`Detector::Term`].
    pub terms: Vec<String>,
    /// Words that may say it; two of them, or one beside a term, are worth a term.
    pub weak: Vec<String>,
    /// What the value looks like, for [`Detector::Field`].
    pub shape: Option<Shape>,
    /// What the value may be, for [`Shape::Choice`].
    pub values: Vec<String>,
    /// It is personal data only with a person in reach.
    pub person: bool,
    /// In a table it is personal data only with a person in its row.
    pub row: bool,
    /// It is met as the header of a column alone, not as a label in a text.
    pub cells: bool,
    /// Something must stand before its pattern: what ends a letter begins none.
    pub behind: bool,
    /// Its words say as much when they are negated: "no newsletter" is a preference too.
    pub either: bool,
    /// What a document is known by, for [`Detector::Document`].
    pub marks: Marks,
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

/// Numbers that are looked at only where a word stands near that can name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// Dates of birth: every date is one by its form.
    Births = 0,
    /// Papers, payments, machines.
    Others = 1,
}

impl Rule {
    /// Of which set of numbers the rule's are; `None` where their form tells them, or where they are no numbers.
    pub fn numbered(&self) -> Option<Numbered> {
        match self.kind {
            _ if !matches!(self.detector, Detector::Number | Detector::Clearing) => None,
            Kind::BirthDate => Some(Numbered::Births),
            Kind::IpAddress
            | Kind::MacAddress
            | Kind::Iban
            | Kind::PropertyDesignation
            | Kind::VehicleRegistration => None,
            _ => Some(Numbered::Others),
        }
    }
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
    /// A row of a table in place of the text: headers and cells.
    pub row: Vec<(String, String)>,
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
    sources: Vec<Source>,
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    name_lexicon: Lexicon,
    digest: String,
}

impl RuleSet {
    /// Puts rule files together. A later rule replaces an earlier one of the same id, and a file can put out rules of
    /// the files before it.
    pub fn new(files: Vec<RuleFile>, digest: String) -> Self {
        let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
        let mut rules: Vec<Option<Rule>> = Vec::new();
        let mut sources: Vec<Source> = Vec::new();
        for file in files {
            for id in &file.disable {
                if let Some(rule) = by_id.get(id).and_then(|&at| rules.get_mut(at)) {
                    *rule = None;
                }
            }
            for rule in file.rules {
                if let Some(&at) = by_id.get(&rule.id) {
                    rules[at] = Some(rule);
                } else {
                    by_id.insert(rule.id.clone(), rules.len());
                    rules.push(Some(rule));
                }
            }
            for source in file.sources {
                sources.retain(|known| known.id != source.id);
                sources.push(source);
            }
        }
        let rules: Vec<Rule> = rules.into_iter().flatten().collect();
        Self {
            vocabulary: Vocabulary::new(&rules, &sources),
            lexicon: lexicon_of(&rules, &sources),
            name_lexicon: name_lexicon_of(&rules),
            rules,
            sources,
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

    /// The words that are looked for at every word of a text.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The words that are looked for in names of documents.
    pub fn name_lexicon(&self) -> &Lexicon {
        &self.name_lexicon
    }

    /// The systems whose exports are known.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// A hash over everything the rules say: two runs with the same digest look for the same.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn lexicon_of(rules: &[Rule], sources: &[Source]) -> Lexicon {
    let mut lexicon = Lexicon::default();
    let mut put = |list: &[String], rule: usize, says: Says| {
        for (word, text) in list.iter().enumerate() {
            lexicon.put(text, rule as u16, says, word as u16);
        }
    };
    for (index, rule) in rules.iter().enumerate() {
        put(&rule.terms, index, Says::Term { weak: false });
        put(&rule.weak, index, Says::Term { weak: true });
        put(&rule.keywords, index, Says::Keyword);
        put(&rule.marks.words, index, Says::Mark);
        if rule.detector == Detector::Field {
            put(&rule.labels, index, Says::Label);
        }
    }
    for (index, source) in sources.iter().enumerate() {
        put(&source.marks.words, index, Says::SourceMark);
    }
    for rule in rules {
        if let Some(set) = rule.numbered() {
            for label in &rule.labels {
                lexicon.put_label(label, set as u8);
            }
        }
    }
    lexicon
}

fn name_lexicon_of(rules: &[Rule]) -> Lexicon {
    let mut lexicon = Lexicon::default();
    for (index, rule) in (0u16..).zip(rules) {
        for (word, text) in (0u16..).zip(&rule.marks.names) {
            lexicon.put(text, index, Says::Mark, word);
        }
    }
    lexicon
}
