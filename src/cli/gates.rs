//! `--fail-on`: what makes a scan exit with 1.

use super::Failure;
use crate::inventory::Inventory;
use crate::model::Kind;
use crate::rules::Policy;

/// One gate.
pub(super) struct Gate {
    what: What,
    least: u64,
    text: String,
}

enum What {
    Category(String),
    Kind(Kind),
    Incomplete,
    Overdue,
    Exposed,
}

impl Gate {
    /// Reads `WHAT[:N]`.
    pub(super) fn parse(text: &str, policy: &Policy) -> Result<Self, Failure> {
        let (name, least) = match text.rsplit_once(':') {
            Some((name, number)) => match number.parse::<u64>() {
                Ok(least) if least > 0 => (name, least),
                _ => {
                    return Err(Failure::usage(format!(
                        "--fail-on `{text}`: `{number}` is no number above 0; write WHAT or WHAT:N"
                    )));
                }
            },
            None => (text, 1),
        };
        let what = match name {
            "incomplete" => What::Incomplete,
            "overdue" => What::Overdue,
            "exposed" => What::Exposed,
            _ => match (policy.category.iter().find(|c| c.id == name), name.parse()) {
                (Some(category), _) => What::Category(category.id.clone()),
                (None, Ok(kind)) => What::Kind(kind),
                (None, Err(())) => {
                    let ids: Vec<_> = policy.category.iter().map(|c| c.id.as_str()).collect();
                    return Err(Failure::usage(format!(
                        "--fail-on `{name}` is no category, kind, `incomplete`, `overdue` or `exposed`; the policy's categories are {}",
                        ids.join(", ")
                    )));
                }
            },
        };
        Ok(Self {
            what,
            least,
            text: text.to_owned(),
        })
    }

    /// How many there are, if that meets the gate. `exposed` counts documents with personal data that everyone may read.
    pub(super) fn met(&self, inventory: &Inventory, exposed: u64) -> Option<u64> {
        let least = inventory.settings.min_confidence;
        let count = match &self.what {
            What::Category(id) => inventory
                .categories
                .iter()
                .filter(|c| &c.id == id)
                .map(|c| c.findings)
                .sum(),
            What::Kind(kind) => inventory
                .kinds
                .iter()
                .filter(|k| k.kind == *kind)
                .map(|k| k.findings.at_least(least))
                .sum(),
            What::Incomplete => incomplete(inventory),
            What::Overdue => inventory.run.overdue.values().sum(),
            What::Exposed => exposed,
        };
        (count >= self.least).then_some(count)
    }

    /// As it was typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Files and folders that were not read in full. What the user left out, and links (their targets are read under their
/// own name), are not missing.
fn incomplete(inventory: &Inventory) -> u64 {
    use crate::model::Reason as R;
    let coverage = &inventory.coverage;
    let meant = [
        R::Excluded,
        R::SymbolicLink,
        R::LinkLoop,
        R::SpecialFile,
        R::OwnOutput,
        R::ExtensionMismatch,
        R::MemberUnread,
    ];
    let missing: u64 = coverage
        .reasons
        .iter()
        .filter(|r| !meant.contains(&r.reason))
        .map(|r| r.documents)
        .sum();
    missing + coverage.folders.failed + u64::from(inventory.run.interrupted)
}
