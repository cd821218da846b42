//! Adding up documents, and sealing the sum.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Distinct;
use super::document::DocumentSum;
use super::persons::persons;
use super::schema::{
    Bands, Category, Count, Coverage, CoverageCounts, Element, Folder, KindCount, NotInPolicy, Persons,
    ReasonCount, Retention, Suppressed, UnreadFolder,
};
use crate::model::{Confidence, Kind, Reason, Role, Status};
use crate::rules::{AllowList, Policy, Title};

#[derive(Debug, Clone, Default)]
struct CategorySum {
    documents: u64,
    oldest: Option<i64>,
    newest: Option<i64>,
}

#[derive(Debug)]
struct FolderSum {
    documents: u64,
    categories: BTreeMap<usize, u64>,
    values: BTreeMap<Kind, Distinct>,
    test: Distinct,
}

/// The sum of what one thread has looked through.
#[derive(Default)]
pub struct Sum {
    coverage: Coverage,
    reasons: BTreeMap<Reason, (u64, u64)>,
    kinds: Vec<KindSum>,
    categories: Vec<CategorySum>,
    elements: BTreeMap<(usize, usize), u64>,
    test_values: Distinct,
    folders: BTreeMap<(u32, Vec<u8>), (String, FolderSum)>,
    unread_folders: Vec<UnreadFolder>,
    overdue: BTreeMap<usize, u64>,
    suppressed: BTreeMap<usize, u64>,
    exposed: u64,
}

#[derive(Debug, Clone, Default)]
struct KindSum {
    findings: Bands,
    documents: u64,
    test: u64,
    values: Distinct,
}

/// Where a document is, for the sum.
#[derive(Debug, Clone, Copy)]
pub struct Seal<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Findings below this are only counted.
    pub least: Confidence,
    /// Kinds that a rule looks for.
    pub looked_for: &'a [Kind],
    /// What is allowed.
    pub allow: &'a AllowList,
}

/// Distinct values a folder's persons are counted with, exactly; beyond it estimated.
const FOLDER_VALUES: usize = 4096;

impl Sum {
    /// Counts a file or member that was met.
    pub fn cover(&mut self, status: Status, bytes: u64, member: bool, issues: impl Iterator<Item = Reason>) {
        if member {
            self.coverage.members.add(status, 1);
        } else {
            self.coverage.files.add(status, 1);
            self.coverage.bytes.add(status, bytes);
        }
        for reason in issues {
            let entry = self.reasons.entry(reason).or_default();
            entry.0 += 1;
            entry.1 += if member { 0 } else { bytes };
        }
    }

    /// Counts another name of a file already read; its bytes were counted there.
    pub fn cover_hard_link(&mut self, status: Status) {
        self.coverage.files.add(status, 1);
        self.coverage.hard_links += 1;
    }

    /// Notes a folder that could not be listed.
    pub fn unread_folder(&mut self, folder: UnreadFolder) {
        self.coverage.folders.failed += 1;
        self.unread_folders.push(folder);
    }

    /// Notes a folder that a filter left out.
    pub fn excluded_folder(&mut self) {
        self.coverage.folders.excluded += 1;
    }

    /// Adds a document's findings. `folder` is the key of the folder its file lies in, and what gives its shown path
    /// when it is met for the first time; `modified` is in seconds since 1970; `overdue` lists categories whose
    /// retention has run out for it; `exposed` says that every user may read it.
    pub fn add(
        &mut self,
        seal: Seal<'_>,
        document: &DocumentSum,
        folder: (&(u32, Vec<u8>), &dyn Fn() -> String),
        modified: Option<i64>,
        overdue: &[usize],
        exposed: bool,
    ) {
        for (&entry, &count) in &document.suppressed {
            *self.suppressed.entry(entry).or_default() += count;
        }
        if document.kinds.iter().all(Bands::is_empty) {
            return;
        }
        self.kinds.resize_with(Kind::COUNT, KindSum::default);
        self.categories
            .resize_with(seal.policy.category.len(), CategorySum::default);
        let mut in_categories: BTreeMap<usize, u64> = BTreeMap::new();
        let mut in_elements = BTreeSet::new();
        let mut any = false;
        for &kind in Kind::ALL {
            let bands = document.kinds[kind as usize];
            if bands.is_empty() {
                continue;
            }
            let sum = &mut self.kinds[kind as usize];
            sum.findings.merge(bands);
            let reported = bands.at_least(seal.least);
            if reported == 0 {
                continue;
            }
            any = true;
            sum.documents += 1;
            sum.test += document.test[kind as usize];
            if let Some(values) = document.values.get(kind as usize) {
                sum.values.merge(values);
            }
            if let Some((category, element)) = seal.policy.place(kind) {
                *in_categories.entry(category).or_default() += reported;
                in_elements.insert((category, element));
            }
        }
        for element in in_elements {
            *self.elements.entry(element).or_default() += 1;
        }
        self.test_values.merge(&document.test_values);
        if !any {
            return;
        }
        for &category in in_categories.keys() {
            let sum = &mut self.categories[category];
            sum.documents += 1;
            sum.oldest = [sum.oldest, modified].into_iter().flatten().min();
            sum.newest = [sum.newest, modified].into_iter().flatten().max();
        }
        if in_categories.is_empty() {
            return;
        }
        for category in overdue
            .iter()
            .filter(|category| in_categories.contains_key(category))
        {
            *self.overdue.entry(*category).or_default() += 1;
        }
        self.exposed += u64::from(exposed);
        let (key, shown) = folder;
        if !self.folders.contains_key(key) {
            self.folders.insert(key.clone(), (shown(), FolderSum::new()));
        }
        let Some((_, sum)) = self.folders.get_mut(key) else {
            return;
        };
        sum.documents += 1;
        for (category, count) in in_categories {
            *sum.categories.entry(category).or_default() += count;
        }
        for &kind in Kind::ALL
            .iter()
            .filter(|kind| matches!(kind.role(), Role::Identity | Role::Contact))
        {
            if let Some(values) = document.values.get(kind as usize).filter(|v| !v.is_empty()) {
                sum.values
                    .entry(kind)
                    .or_insert_with(|| Distinct::with_limit(FOLDER_VALUES))
                    .merge(values);
            }
        }
        sum.test.merge(&document.test_values);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Self) {
        self.coverage.files.merge(other.coverage.files);
        self.coverage.bytes.merge(other.coverage.bytes);
        self.coverage.members.merge(other.coverage.members);
        self.coverage.folders.failed += other.coverage.folders.failed;
        self.coverage.folders.excluded += other.coverage.folders.excluded;
        self.coverage.hard_links += other.coverage.hard_links;
        for (reason, (documents, bytes)) in other.reasons {
            let entry = self.reasons.entry(reason).or_default();
            entry.0 += documents;
            entry.1 += bytes;
        }
        self.kinds
            .resize_with(self.kinds.len().max(other.kinds.len()), KindSum::default);
        for (sum, other) in self.kinds.iter_mut().zip(other.kinds) {
            sum.findings.merge(other.findings);
            sum.documents += other.documents;
            sum.test += other.test;
            sum.values.absorb(other.values);
        }
        let categories = self.categories.len().max(other.categories.len());
        self.categories.resize_with(categories, CategorySum::default);
        for (sum, other) in self.categories.iter_mut().zip(&other.categories) {
            sum.documents += other.documents;
            sum.oldest = [sum.oldest, other.oldest].into_iter().flatten().min();
            sum.newest = [sum.newest, other.newest].into_iter().flatten().max();
        }
        for (key, count) in other.elements {
            *self.elements.entry(key).or_default() += count;
        }
        self.test_values.absorb(other.test_values);
        for (key, (shown, folder)) in other.folders {
            let (_, sum) = self
                .folders
                .entry(key)
                .or_insert_with(|| (shown, FolderSum::new()));
            sum.documents += folder.documents;
            for (category, count) in folder.categories {
                *sum.categories.entry(category).or_default() += count;
            }
            for (kind, values) in folder.values {
                sum.values
                    .entry(kind)
                    .or_insert_with(|| Distinct::with_limit(FOLDER_VALUES))
                    .absorb(values);
            }
            sum.test.absorb(folder.test);
        }
        self.unread_folders.extend(other.unread_folders);
        for (category, count) in other.overdue {
            *self.overdue.entry(category).or_default() += count;
        }
        for (entry, count) in other.suppressed {
            *self.suppressed.entry(entry).or_default() += count;
        }
        self.exposed += other.exposed;
    }

    /// Checks that nothing was lost and gives the coverage.
    pub fn coverage(&self) -> Result<Coverage, Unbalanced> {
        let mut coverage = self.coverage.clone();
        let balanced = |counts: &CoverageCounts| counts.balances();
        if !(balanced(&coverage.files) && balanced(&coverage.bytes) && balanced(&coverage.members)) {
            return Err(Unbalanced);
        }
        coverage.reasons = self
            .reasons
            .iter()
            .map(|(&reason, &(documents, bytes))| ReasonCount {
                reason,
                documents,
                bytes,
            })
            .collect();
        coverage
            .reasons
            .sort_by(|a, b| b.documents.cmp(&a.documents).then(a.reason.cmp(&b.reason)));
        Ok(coverage)
    }

    /// Distinct persons of the whole scan.
    pub fn persons(&mut self) -> Persons {
        persons(kind_values(&mut self.kinds, |_| true), self.test_values.count().0)
    }

    /// Every kind that was found.
    pub fn kind_counts(&mut self, policy: &Policy) -> Vec<KindCount> {
        let mut counts = Vec::new();
        for (&kind, sum) in Kind::ALL.iter().zip(&mut self.kinds) {
            if sum.findings.is_empty() {
                continue;
            }
            let place = policy.place(kind);
            let (distinct, estimated) = sum.values.count();
            counts.push(KindCount {
                kind,
                name: Title {
                    sv: kind.swedish().into(),
                    en: kind.english().into(),
                },
                category: place.map(|(c, _)| policy.category[c].id.clone()),
                element: place.map(|(c, e)| policy.category[c].element[e].id.clone()),
                findings: sum.findings,
                documents: sum.documents,
                values: Count { distinct, estimated },
                test: sum.test,
            });
        }
        counts
    }

    /// Every category of the policy, found or not.
    pub fn category_counts(&mut self, seal: Seal<'_>) -> Vec<Category> {
        self.kinds.resize_with(Kind::COUNT, KindSum::default);
        self.categories
            .resize_with(seal.policy.category.len(), CategorySum::default);
        let mut categories = Vec::new();
        for (index, category) in seal.policy.category.iter().enumerate() {
            let mut bands = Bands::default();
            let mut elements = Vec::new();
            for (e, element) in category.element.iter().enumerate() {
                let mut found = Bands::default();
                for &kind in &element.kinds {
                    found.merge(self.kinds[kind as usize].findings);
                }
                bands.merge(found);
                elements.push(Element {
                    id: element.id.clone(),
                    name: element.name.clone(),
                    named: element.named,
                    see: element.see.clone(),
                    kinds: element.kinds.clone(),
                    looked_for: element.kinds.iter().any(|kind| seal.looked_for.contains(kind)),
                    findings: found.at_least(seal.least),
                    documents: self.elements.get(&(index, e)).copied().unwrap_or(0),
                });
            }
            let own = |kind: Kind| seal.policy.place(kind).is_some_and(|(c, _)| c == index);
            let test = if own(Kind::Personnummer) {
                self.test_values.count().0
            } else {
                0
            };
            let sum = &self.categories[index];
            categories.push(Category {
                id: category.id.clone(),
                name: category.name.clone(),
                section: category.section.clone(),
                special: category.special,
                looked_for: elements.iter().any(|element| element.looked_for),
                legal_basis: category.legal_basis.clone(),
                retention: retention(seal.policy, &category.retention),
                sources: category.sources.clone(),
                dpv: category.dpv.clone(),
                fides: category.fides.clone(),
                findings: bands.at_least(seal.least),
                confidence: bands,
                documents: sum.documents,
                persons: persons(kind_values(&mut self.kinds, own), test),
                oldest: sum.oldest.map(super::timestamp),
                newest: sum.newest.map(super::timestamp),
                elements,
            });
        }
        categories
    }

    /// Kinds that were found and that the policy's text does not name.
    pub fn not_in_policy(&self, seal: Seal<'_>) -> Vec<NotInPolicy> {
        let mut found = Vec::new();
        for (&kind, sum) in Kind::ALL.iter().zip(&self.kinds) {
            let findings = sum.findings.at_least(seal.least);
            let place = seal.policy.place(kind);
            let named = place.is_some_and(|(c, e)| seal.policy.category[c].element[e].named);
            if findings > 0 && !named && !seal.policy.context_kinds.contains(&kind) {
                let mapped_to = place.map(|(c, _)| seal.policy.category[c].id.clone());
                found.push(NotInPolicy {
                    kind,
                    findings,
                    documents: sum.documents,
                    mapped_to,
                });
            }
        }
        found
    }

    /// Folders with findings. `several` says whether there is more than one root.
    pub fn folder_counts(&mut self, policy: &Policy, several: bool) -> Vec<Folder> {
        let mut folders = Vec::new();
        for ((root, _), (shown, sum)) in &mut self.folders {
            let values = sum.values.iter_mut().map(|(&kind, values)| (kind, values));
            folders.push(Folder {
                path: shown.clone(),
                root: several.then_some(*root),
                documents: sum.documents,
                categories: sum
                    .categories
                    .iter()
                    .map(|(&c, &count)| (policy.category[c].id.clone(), count))
                    .collect(),
                persons: persons(values, sum.test.count().0),
            });
        }
        folders
    }

    /// Folders that could not be listed, by name.
    pub fn unread_folders(&mut self) -> Vec<UnreadFolder> {
        self.unread_folders.sort();
        self.unread_folders.clone()
    }

    /// Documents older than their category's longest retention, by category.
    pub fn overdue(&self, policy: &Policy) -> BTreeMap<String, u64> {
        self.overdue
            .iter()
            .map(|(&c, &count)| (policy.category[c].id.clone(), count))
            .collect()
    }

    /// What each entry of the allow list suppressed.
    pub fn suppressed(&self, allow: &AllowList) -> Vec<Suppressed> {
        let entries = allow.entries().iter().enumerate();
        entries
            .map(|(index, entry)| Suppressed {
                reason: entry.reason.clone(),
                expires: entry.expires.clone(),
                expired: entry.expired,
                findings: self.suppressed.get(&index).copied().unwrap_or(0),
            })
            .collect()
    }

    /// Documents with personal data that every user may read.
    pub fn exposed(&self) -> u64 {
        self.exposed
    }

    /// Findings of a kind at or above a confidence.
    pub fn findings_of(&self, kind: Kind, least: Confidence) -> u64 {
        self.kinds
            .get(kind as usize)
            .map_or(0, |sum| sum.findings.at_least(least))
    }
}

/// The values of the kinds that are wanted.
fn kind_values(
    kinds: &mut [KindSum],
    wanted: impl Fn(Kind) -> bool,
) -> impl Iterator<Item = (Kind, &mut Distinct)> {
    Kind::ALL
        .iter()
        .copied()
        .zip(kinds)
        .filter(move |(kind, _)| wanted(*kind))
        .map(|(kind, sum)| (kind, &mut sum.values))
}

impl FolderSum {
    fn new() -> Self {
        Self {
            documents: 0,
            categories: BTreeMap::new(),
            values: BTreeMap::new(),
            test: Distinct::with_limit(FOLDER_VALUES),
        }
    }
}

fn retention(policy: &Policy, ids: &[String]) -> Vec<Retention> {
    let rules = ids.iter().filter_map(|id| policy.retention(id));
    rules
        .map(|r| Retention {
            id: r.id.clone(),
            period: r.period.clone(),
            starts: r.starts.clone(),
            law: r.law.clone(),
        })
        .collect()
}

/// The coverage does not add up: a document was lost on the way. Never expected; the inventory is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unbalanced;

impl fmt::Display for Unbalanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the coverage does not add up: a document was lost on the way; please report this")
    }
}

impl std::error::Error for Unbalanced {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder remembers fewer values than a document: beyond them it tells an estimate, not the bound.
    #[test]
    fn persons_of_a_large_folder_are_estimated() {
        let policy = Policy::load(crate::rules::policy::DEFAULT).unwrap();
        let seal = Seal {
            policy: &policy,
            least: Confidence::Medium,
            looked_for: &[],
            allow: &AllowList::default(),
        };
        let mut document = DocumentSum::default();
        for n in 0..20_000u64 {
            document.kinds[Kind::Personnummer as usize].add(Confidence::High);
            document.value(Kind::Personnummer, n.wrapping_mul(0x9E37_79B9_7F4A_7C15), false);
        }
        let mut sum = Sum::default();
        let key = (0, b"mapp".to_vec());
        sum.add(seal, &document, (&key, &|| "mapp".into()), None, &[], false);
        let persons = sum.folder_counts(&policy, false)[0].persons.clone();
        assert!(persons.estimated && (19_000..21_000).contains(&persons.distinct));
        assert_eq!(sum.persons().distinct, 20_000);
        assert_eq!(document.persons().distinct, 20_000);
    }
}
