//! What is known of one document when it has been looked through.

use std::collections::BTreeMap;

use super::Distinct;
use super::persons::persons;
use super::schema::{Bands, Persons};
use crate::model::{Confidence, Issue, Kind, Reason, Role, Status};

/// What is known of one document when it has been looked through.
#[derive(Debug)]
pub struct DocumentSum {
    /// Findings per kind and confidence.
    pub kinds: [Bands; Kind::COUNT],
    /// Findings at or above the minimum of test series, per kind.
    pub test: [u64; Kind::COUNT],
    /// Distinct values at or above the minimum, per kind; empty until there is one, since most documents have none.
    pub(super) values: Vec<Distinct>,
    /// Distinct identity numbers of test series.
    pub(super) test_values: Distinct,
    /// What was not read.
    pub issues: BTreeMap<Reason, u64>,
    /// Findings that entries of the allow list suppressed, by index.
    pub(super) suppressed: BTreeMap<usize, u64>,
}

impl Default for DocumentSum {
    fn default() -> Self {
        Self {
            kinds: [Bands::default(); Kind::COUNT],
            test: [0; Kind::COUNT],
            values: Vec::new(),
            test_values: Distinct::default(),
            issues: BTreeMap::new(),
            suppressed: BTreeMap::new(),
        }
    }
}

impl DocumentSum {
    /// Counts a value of a kind by its fingerprint; `test` says that it is of a test series.
    pub fn value(&mut self, kind: Kind, fingerprint: u64, test: bool) {
        self.values.resize_with(Kind::COUNT, Distinct::default);
        self.values[kind as usize].insert(fingerprint);
        if test {
            self.test[kind as usize] += 1;
            if kind.role() == Role::Identity {
                self.test_values.insert(fingerprint);
            }
        }
    }

    /// Counts a finding that an entry of the allow list suppresses.
    pub fn suppress(&mut self, entry: usize) {
        *self.suppressed.entry(entry).or_default() += 1;
    }

    /// How many findings are suppressed.
    pub fn suppressed(&self) -> u64 {
        self.suppressed.values().sum()
    }

    /// Notes an issue.
    pub fn issue(&mut self, issue: Issue) {
        *self.issues.entry(issue.reason).or_default() += issue.count.max(1);
    }

    /// How far it was read: as the worst issue says, and a document of which something was read is not failed.
    pub fn status(&self, something_read: bool) -> Status {
        let worst = self
            .issues
            .keys()
            .map(|reason| reason.status())
            .max()
            .unwrap_or(Status::Read);
        if worst > Status::Partial && something_read {
            Status::Partial
        } else {
            worst
        }
    }

    /// Whether there are findings of that confidence or better.
    pub fn has_findings(&self, least: Confidence) -> bool {
        self.kinds.iter().any(|bands| bands.at_least(least) > 0)
    }

    /// Distinct persons of the document.
    pub fn persons(&mut self) -> Persons {
        let values = Kind::ALL.iter().copied().zip(&mut self.values);
        persons(values, self.test_values.count().0)
    }
}
