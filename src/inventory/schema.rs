//! The inventory as it is written: one type per object, documented field by field (docs/INVENTORY.md) and turned into
//! the published JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Confidence, Exposure, Issue, Kind, Location, Reason, Severity, Status};
use crate::rules::Title;
use crate::rules::policy::{Controller, Party};

/// The identifier of this version of the inventory's shape; a change that breaks readers changes it.
pub const SCHEMA_ID: &str = "datakarta-inventory/1";

/// The whole inventory.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Always `datakarta-inventory/1`.
    pub schema: String,
    /// What made it.
    pub tool: Tool,
    /// A hash over all rules: equal digests looked for the same.
    pub rules_digest: String,
    /// The policy the findings are mapped onto.
    pub policy: PolicyInfo,
    /// What the result depends on besides the input.
    pub settings: Settings,
    /// All that may differ between two runs over the same input.
    pub run: Run,
    /// What was met and how far it was read.
    pub coverage: Coverage,
    /// Distinct persons.
    pub persons: Persons,
    /// Every kind that was found.
    pub kinds: Vec<KindCount>,
    /// Every category of the policy, found or not, in the policy's order.
    pub categories: Vec<Category>,
    /// Kinds that were found and that the policy's text does not name.
    pub not_in_policy: Vec<NotInPolicy>,
    /// Entries of the allow list, and what each suppressed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Suppressed>,
    /// Folders with findings, by name.
    pub folders: Vec<Folder>,
    /// Folders that could not be listed.
    pub unread_folders: Vec<UnreadFolder>,
    /// What the words under a finding's `evidence` say, in both languages.
    pub evidence_texts: BTreeMap<String, Title>,
    /// Documents with findings or issues, in the order they were met.
    pub documents: Vec<Document>,
}

/// The program.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `datakarta`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The policy in short.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyInfo {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Title,
    /// Edition of the policy's text.
    pub version: String,
    /// The controller.
    #[schemars(with = "BTreeMap<String, String>")]
    pub controller: Controller,
    /// Recipients of personal data.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub recipients: Vec<Party>,
}

/// What the result depends on besides the input, the rules and the policy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Findings below this are only counted.
    pub min_confidence: Confidence,
    /// Whether raw values are in this inventory.
    pub reveal: bool,
    /// `--include` patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// `--exclude` patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// `--max-file-size` in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_file_size: Option<u64>,
    /// Whether symbolic links were followed.
    pub follow_links: bool,
    /// Whether other file systems were left out.
    pub one_file_system: bool,
    /// Whether text of pictures was recognised (`--ocr`).
    #[serde(default)]
    pub ocr: bool,
    /// What one file may have cost.
    pub limits: Limits,
}

/// What one file may cost; what is beyond is told as an issue.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// `--max-depth`: containers in containers.
    pub depth: u64,
    /// `--max-members`: members of all its containers.
    pub members: u64,
    /// `--max-expanded`: bytes that come out of its containers, at least.
    pub expanded: u64,
    /// `--max-ratio`: the same as a multiple of its size.
    pub ratio: u64,
    /// `--max-memory`: bytes of a document in memory.
    pub memory: u64,
    /// `--max-cells`: cells of a workbook.
    pub cells: u64,
    /// `--max-text`: bytes of text of a workbook.
    pub text: u64,
    /// `--max-operators`: operators of a PDF.
    pub operators: u64,
    /// `--parser-memory`: bytes of memory of a parser process.
    pub parser_memory: u64,
    /// `--stall-timeout`: seconds without anything read.
    pub stall_seconds: u64,
    /// `--max-time`: seconds for the file.
    pub seconds: u64,
}

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// When it ended.
    pub finished: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Threads that read.
    pub threads: u32,
    /// The roots as they were given; `documents` refer to them by `root` where there are several.
    pub roots: Vec<String>,
    /// A short name of the key the fingerprints were made with; two inventories with the same can be compared by person.
    pub key_id: String,
    /// Whether it was interrupted: the inventory is valid, but does not cover everything.
    pub interrupted: bool,
    /// Categories with documents whose last change is older than the category's longest retention, and how many.
    pub overdue: BTreeMap<String, u64>,
}

/// Coverage: `enumerated = read + partial + skipped + failed`, in files and in bytes, always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Files of the file system (links and special files too).
    pub files: CoverageCounts,
    /// Their bytes, by the size they had when they were met. A hard link's bytes count once.
    pub bytes: CoverageCounts,
    /// Members of containers.
    pub members: CoverageCounts,
    /// Folders.
    pub folders: FolderCounts,
    /// Hard links to files already read under another name (they count among `files`).
    pub hard_links: u64,
    /// Why documents were not read in full, worst first.
    pub reasons: Vec<ReasonCount>,
}

/// How many, by how far they were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverageCounts {
    /// All.
    pub enumerated: u64,
    /// In full.
    pub read: u64,
    /// In part.
    pub partial: u64,
    /// Not opened, by intent.
    pub skipped: u64,
    /// Not readable.
    pub failed: u64,
}

impl CoverageCounts {
    /// Counts `amount` of one status.
    pub fn add(&mut self, status: Status, amount: u64) {
        self.enumerated += amount;
        match status {
            Status::Read => self.read += amount,
            Status::Partial => self.partial += amount,
            Status::Skipped => self.skipped += amount,
            Status::Failed => self.failed += amount,
        }
    }

    /// Adds another count.
    pub fn merge(&mut self, other: Self) {
        self.enumerated += other.enumerated;
        self.read += other.read;
        self.partial += other.partial;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }

    /// Whether it adds up.
    pub fn balances(&self) -> bool {
        self.enumerated == self.read + self.partial + self.skipped + self.failed
    }
}

/// Folders met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderCounts {
    /// Left out by a filter, with all that is in them.
    pub excluded: u64,
    /// Could not be listed; what is in them is unknown.
    pub failed: u64,
}

/// A reason and how often it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonCount {
    /// The reason.
    pub reason: Reason,
    /// Documents (files and members) it was met in.
    pub documents: u64,
    /// Bytes of the files among them.
    pub bytes: u64,
}

/// Distinct persons.
///
/// One person is one personnummer, samordningsnummer or interim number. Where there are more distinct e-mail addresses than
/// identity numbers, their count is the estimate, and where there is neither, that of telephone numbers: identifiers of
/// different kinds are never added, since they may be the same person's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persons {
    /// How many.
    pub distinct: u64,
    /// The kind whose values were counted; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_by: Option<Kind>,
    /// The number is an estimate (above 131,072 distinct values; error about 0.3 %).
    pub estimated: bool,
    /// Identity numbers of series set aside for tests among them.
    pub test: u64,
}

/// How many findings of each confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// High.
    #[serde(default)]
    pub high: u64,
    /// Medium.
    #[serde(default)]
    pub medium: u64,
    /// Low.
    #[serde(default)]
    pub low: u64,
}

impl Bands {
    /// Counts one.
    pub fn add(&mut self, confidence: Confidence) {
        match confidence {
            Confidence::High => self.high += 1,
            Confidence::Medium => self.medium += 1,
            Confidence::Low => self.low += 1,
        }
    }

    /// Adds another count.
    pub fn merge(&mut self, other: Self) {
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
    }

    /// How many have at least this confidence.
    pub fn at_least(&self, confidence: Confidence) -> u64 {
        match confidence {
            Confidence::High => self.high,
            Confidence::Medium => self.high + self.medium,
            Confidence::Low => self.high + self.medium + self.low,
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Distinct values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// How many.
    pub distinct: u64,
    /// Whether that is an estimate.
    pub estimated: bool,
}

/// A kind in the whole scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KindCount {
    /// The kind.
    pub kind: Kind,
    /// Its name.
    pub name: Title,
    /// The category it falls in; absent for context that is no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Findings by confidence, those below the reported minimum too.
    pub findings: Bands,
    /// Documents with findings at or above the minimum.
    pub documents: u64,
    /// Distinct values at or above the minimum.
    pub values: Count,
    /// Findings at or above the minimum that are of a series set aside for tests or fiction.
    pub test: u64,
}

/// A category of the policy. All counts are of findings at or above the minimum confidence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Title,
    /// Section of the policy.
    pub section: String,
    /// GDPR Art. 9 data.
    pub special: bool,
    /// Whether any rule looks for what it holds. Where none does, no findings say nothing.
    pub looked_for: bool,
    /// Legal bases.
    pub legal_basis: Vec<String>,
    /// How long it is kept.
    pub retention: Vec<Retention>,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// W3C Data Privacy Vocabulary terms.
    pub dpv: Vec<String>,
    /// fides taxonomy terms.
    pub fides: Vec<String>,
    /// Findings.
    pub findings: u64,
    /// Findings by confidence, low ones too.
    pub confidence: Bands,
    /// Documents with findings.
    pub documents: u64,
    /// Distinct persons.
    pub persons: Persons,
    /// Oldest last change of those documents, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<String>,
    /// Newest last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// Its elements.
    pub elements: Vec<Element>,
}

/// An element of a category.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Title,
    /// Whether the policy's text names it.
    pub named: bool,
    /// The element that carries the findings, where the policy names a thing twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub see: Option<String>,
    /// The kinds it holds.
    pub kinds: Vec<Kind>,
    /// Whether any rule looks for them.
    pub looked_for: bool,
    /// Findings.
    pub findings: u64,
    /// Documents with findings.
    pub documents: u64,
}

/// A retention rule of a category.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Identifier.
    pub id: String,
    /// ISO 8601 period.
    pub period: String,
    /// What starts the clock.
    pub starts: String,
    /// The law behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
}

/// A kind that was found and that the policy's text does not name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotInPolicy {
    /// The kind.
    pub kind: Kind,
    /// Findings at or above the minimum.
    pub findings: u64,
    /// Documents with them.
    pub documents: u64,
    /// The category they were mapped to, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapped_to: Option<String>,
}

/// A folder with findings, not counting folders below it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Its path relative to the root, `.` for the root; masked like a document's.
    pub path: String,
    /// Which root, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<u32>,
    /// Documents with findings.
    pub documents: u64,
    /// Findings by category.
    pub categories: BTreeMap<String, u64>,
    /// Distinct persons.
    pub persons: Persons,
}

/// A folder that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadFolder {
    /// Its path relative to the root.
    pub path: String,
    /// Which root, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<u32>,
    /// Why.
    pub reason: Reason,
}

/// A document with findings or issues.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Path relative to the root, container members after `!/`; hits in it are masked.
    pub path: String,
    /// The path's bytes in base64, where they are not UTF-8; masked alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_b64: Option<String>,
    /// Which root, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<u32>,
    /// Format by content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// Last change, RFC 3339 in UTC; of the file, for members too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Owner of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    /// How far it was read.
    pub status: Status,
    /// Another name of a file that was read under this one; its findings are counted there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hard_link_of: Option<String>,
    /// Findings per kind and confidence.
    #[serde(default)]
    pub kinds: BTreeMap<Kind, Bands>,
    /// Findings per category at or above the minimum confidence.
    #[serde(default)]
    pub categories: BTreeMap<String, u64>,
    /// Distinct persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<Persons>,
    /// The system it seems to have been exported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Findings that the allow list suppresses; they are counted nowhere else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suppressed: u64,
    /// Up to five samples per kind, the first in the document.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What was not read, and what was odd.
    #[serde(default)]
    pub issues: Vec<Issue>,
}

/// A system that a document seems to come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Stable identifier, such as `fortnox`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The headers, words and signatures it was known by, in the words of the rules; at most eight.
    pub evidence: Vec<String>,
}

/// Whether there is nothing to tell.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
pub(super) fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What an entry of the allow list suppressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppressed {
    /// Why, in the words of the list.
    pub reason: String,
    /// The last day it is allowed, `YYYY-MM-DD`.
    pub expires: String,
    /// The day has passed: it suppressed nothing.
    pub expired: bool,
    /// Findings suppressed.
    pub findings: u64,
}

/// One finding.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// The policy's category; absent for context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The policy's element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// How sure.
    pub confidence: Confidence,
    /// The score behind it, 0 to 1.
    pub score: f64,
    /// How grave it is, where it is graver than others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Where.
    pub location: Location,
    /// Why: witnesses for and against.
    pub evidence: Vec<String>,
    /// The value with its letters and digits masked.
    pub masked: String,
    /// The keyed fingerprint of the value, 16 hexadecimal digits; only with `--key-file`, whose key made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The value as found, only with `--reveal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The JSON Schema of the inventory.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Inventory).to_value()
}

/// The JSON Schema of one line of JSON Lines.
pub fn event_schema() -> serde_json::Value {
    schemars::schema_for!(super::Event).to_value()
}
