//! What findings mean to an organisation: its privacy policy as data.
//!
//! One TOML file per policy; the built-in one is the company policy datakarta was made for. `--policy FILE`
//! takes another.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Title;
use crate::model::Kind;

/// The built-in policies, by id.
const BUILTIN: &[(&str, &str)] = &[("infrasec", include_str!("../../rules/policies/infrasec.toml"))];

/// The policy used where none is named.
pub const DEFAULT: &str = "infrasec";

/// A policy file that cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError(String);

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PolicyError {}

/// An organisation's privacy policy.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    schema: u32,
    /// Short name, for `--policy` and the inventory.
    pub id: String,
    /// Name.
    pub name: Title,
    /// What edition of the policy's text this describes.
    pub version: String,
    /// Kinds that explain what stands beside them and fall in no category.
    #[serde(default)]
    pub context_kinds: Vec<Kind>,
    /// Who is responsible.
    pub controller: Controller,
    /// How long data is kept.
    #[serde(default)]
    pub retention: Vec<Retention>,
    /// Where data comes from.
    #[serde(default)]
    pub source: Vec<Party>,
    /// Who gets it.
    #[serde(default)]
    pub recipient: Vec<Party>,
    /// On what ground it is processed.
    #[serde(default)]
    pub legal_basis: Vec<LegalBasis>,
    /// The categories of data.
    pub category: Vec<Category>,
}

/// The controller (GDPR Art. 4.7) and how to reach it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the GDPR's own terms")]
pub struct Controller {
    pub name: String,
    #[serde(default)]
    pub organisation_number: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub web: String,
    #[serde(default)]
    pub data_protection_officer: String,
    #[serde(default)]
    pub supervisory_authority: String,
}

/// How long data is kept, and from when.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Identifier categories refer to.
    pub id: String,
    /// ISO 8601 period in years and months, such as `P36M` or `P7Y`.
    pub period: String,
    /// What starts the clock, such as `contract-end` or `financial-year-end`.
    pub starts: String,
    /// Section of the policy.
    #[serde(default)]
    pub section: String,
    /// The law that demands it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Title>,
}

/// A source or recipient of data.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Title,
    /// Section of the policy.
    #[serde(default)]
    pub section: String,
}

/// A legal basis (GDPR Art. 6.1) and what it is used for.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// Identifier categories refer to.
    pub id: String,
    /// Name.
    pub name: Title,
    /// Article.
    pub gdpr: String,
    /// Section of the policy.
    #[serde(default)]
    pub section: String,
    /// Purposes.
    #[serde(default)]
    pub purposes: Vec<Title>,
}

/// A category of personal data.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Identifier, such as `customer-information`.
    pub id: String,
    /// Name.
    pub name: Title,
    /// Section of the policy.
    pub section: String,
    /// GDPR Art. 9 data.
    #[serde(default)]
    pub special: bool,
    /// Ids of legal bases.
    #[serde(default)]
    pub legal_basis: Vec<String>,
    /// Ids of retention rules.
    #[serde(default)]
    pub retention: Vec<String>,
    /// Ids of sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Terms of the W3C Data Privacy Vocabulary.
    #[serde(default)]
    pub dpv: Vec<String>,
    /// Terms of the fides taxonomy.
    #[serde(default)]
    pub fides: Vec<String>,
    /// What the category holds.
    #[serde(default)]
    pub element: Vec<Element>,
}

/// An element of a category.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Title,
    /// The kinds that are this element.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Whether the policy's text names it; otherwise it is only mapped here.
    #[serde(default = "yes")]
    pub named: bool,
    /// `category/element` that carries the kinds, where the policy names a thing twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub see: Option<String>,
}

fn yes() -> bool {
    true
}

impl Policy {
    /// Ids of the built-in policies.
    pub fn builtin_ids() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(id, _)| *id)
    }

    /// A built-in policy by id, or a policy file by path.
    pub fn load(name_or_path: &str) -> Result<Self, PolicyError> {
        if let Some((_, text)) = BUILTIN.iter().find(|(id, _)| *id == name_or_path) {
            return Self::parse(&format!("rules/policies/{name_or_path}.toml"), text);
        }
        if !Path::new(name_or_path).exists() {
            let known: Vec<_> = Self::builtin_ids().collect();
            return Err(PolicyError(format!(
                "no policy `{name_or_path}`: neither a file nor a built-in policy; built in: {}",
                known.join(", ")
            )));
        }
        let text = std::fs::read_to_string(name_or_path).map_err(|_| {
            PolicyError(format!(
                "cannot read the policy `{name_or_path}` as UTF-8 text; check its permissions and encoding"
            ))
        })?;
        Self::parse(name_or_path, &text)
    }

    /// Reads and checks a policy.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let raw: Spanned<Self> = toml::from_str(text).map_err(|error| {
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before
                .rsplit('\n')
                .next()
                .map_or(1, |last| last.chars().count() + 1);
            PolicyError(format!(
                "{file}:{line}:{column}: {}; see `datakarta policy show` for a whole policy",
                error.message()
            ))
        })?;
        let policy = raw.into_inner();
        policy.validate().map_err(|(needle, message)| {
            // The value is found again in the text, so that the message can say where.
            let line = text
                .lines()
                .position(|line| line.contains(&format!("\"{needle}\"")))
                .map_or(1, |at| at + 1);
            PolicyError(format!("{file}:{line}:1: {message}"))
        })?;
        Ok(policy)
    }

    fn validate(&self) -> Result<(), (String, String)> {
        if self.schema != 1 {
            return Err((
                "schema".into(),
                format!("schema {} is unknown; this program reads schema 1", self.schema),
            ));
        }
        if self.category.is_empty() {
            return Err((self.id.clone(), "a policy needs at least one [[category]]".into()));
        }
        let mut seen = std::collections::BTreeMap::new();
        let mut ids = std::collections::BTreeSet::new();
        for category in &self.category {
            if !ids.insert(&category.id) {
                return Err((
                    category.id.clone(),
                    format!(
                        "the category `{}` stands twice; give each its own id",
                        category.id
                    ),
                ));
            }
            for (list, known, what) in [
                (
                    &category.retention,
                    self.retention.iter().map(|r| &r.id).collect::<Vec<_>>(),
                    "retention",
                ),
                (
                    &category.sources,
                    self.source.iter().map(|s| &s.id).collect(),
                    "source",
                ),
                (
                    &category.legal_basis,
                    self.legal_basis.iter().map(|l| &l.id).collect(),
                    "legal_basis",
                ),
            ] {
                if let Some(missing) = list.iter().find(|id| !known.contains(id)) {
                    return Err((
                        missing.clone(),
                        format!(
                            "category `{}` names the {what} `{missing}`, which no [[{what}]] defines",
                            category.id
                        ),
                    ));
                }
            }
            for element in &category.element {
                for kind in &element.kinds {
                    if let Some(other) = seen.insert(*kind, &element.id) {
                        return Err((
                            kind.id().into(),
                            format!(
                                "the kind `{kind}` stands in the elements `{other}` and `{}`; map it once",
                                element.id
                            ),
                        ));
                    }
                }
            }
        }
        for retention in &self.retention {
            if months(&retention.period).is_none() {
                return Err((
                    retention.period.clone(),
                    format!(
                        "`{}` is no period; write years and months as in P7Y or P36M",
                        retention.period
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Category and element of a kind, as indices.
    pub fn place(&self, kind: Kind) -> Option<(usize, usize)> {
        self.category.iter().enumerate().find_map(|(c, category)| {
            category
                .element
                .iter()
                .position(|element| element.kinds.contains(&kind))
                .map(|e| (c, e))
        })
    }

    /// Kinds that are in no element and are not context.
    pub fn unmapped(&self) -> Vec<Kind> {
        let loose = |kind: &Kind| self.place(*kind).is_none() && !self.context_kinds.contains(kind);
        Kind::ALL.iter().copied().filter(loose).collect()
    }

    /// The retention rule of that id.
    pub fn retention(&self, id: &str) -> Option<&Retention> {
        self.retention.iter().find(|retention| retention.id == id)
    }
}

/// An ISO 8601 period of years and months, in months.
pub fn months(period: &str) -> Option<u32> {
    let mut rest = period.strip_prefix('P')?;
    let mut total = 0u32;
    let mut any = false;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let value: u32 = number.parse().ok()?;
        let (unit, next) = tail.split_at_checked(1)?;
        total = total.checked_add(match unit {
            "Y" => value.checked_mul(12)?,
            "M" => value,
            _ => return None,
        })?;
        any = true;
        rest = next;
    }
    any.then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policy_maps_every_kind_once() {
        let policy = Policy::load(DEFAULT).unwrap();
        assert_eq!(policy.unmapped(), []);
        let ids: Vec<_> = policy.category.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "customer-information",
                "purchase-data",
                "technical-data",
                "service-records",
                "usage-data",
                "recorded-data",
                "special-categories"
            ]
        );
        let (category, element) = policy.place(Kind::Personnummer).unwrap();
        assert!(
            !policy.category[category].element[element].named,
            "the policy's text does not name personnummer"
        );
    }

    #[test]
    fn periods() {
        assert_eq!(
            (months("P36M"), months("P7Y"), months("P1Y6M")),
            (Some(36), Some(84), Some(18))
        );
        assert_eq!(
            (months("7Y"), months("P"), months("P1D"), months("P99999999999Y")),
            (None, None, None, None)
        );
    }

    #[test]
    fn errors_say_where() {
        let text = BUILTIN[0].1;
        let twice = text.replacen("kinds = [\"name\"]", "kinds = [\"name\", \"email-address\"]", 1);
        let message = Policy::parse("p.toml", &twice).unwrap_err().to_string();
        assert!(
            message.starts_with("p.toml:") && message.contains("map it once"),
            "{message}"
        );
        let message = Policy::parse("p.toml", "schema = 1\nid = [\n")
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("p.toml:"), "{message}");
        assert!(Policy::load("nope").unwrap_err().to_string().contains("infrasec"));
    }
}
