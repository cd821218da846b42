//! What JSON Lines say, one event a line.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{Bands, Coverage, Finding, Run, Settings, Source, Tool, is_zero};
use crate::model::{Kind, Reason, Status};

/// An event of `--format jsonl`. Events of one document stand together: its findings in the order of the document, then
/// those that only the whole document decides, the document itself, its issues; documents come in the order of the walk.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "lowercase", deny_unknown_fields)]
pub enum Event {
    /// The first line.
    Begin {
        /// The identifier of the schema.
        schema: String,
        /// What made it.
        tool: Tool,
        /// A hash over all rules.
        rules_digest: String,
        /// The policy's identifier.
        policy: String,
        /// What the result depends on besides the input.
        settings: Settings,
    },
    /// A finding at or above the minimum confidence.
    Finding {
        /// Where its document is.
        #[serde(flatten)]
        at: At,
        /// The finding.
        #[serde(flatten)]
        finding: Finding,
    },
    /// A document met, clean or not; container members too.
    Document {
        /// Where it is.
        #[serde(flatten)]
        at: At,
        /// Format by content; absent where it was not opened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Size in bytes.
        bytes: u64,
        /// How far it was read.
        status: Status,
        /// The name under which it was read, for another hard link to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hard_link_of: Option<String>,
        /// Findings per kind and confidence, low ones too.
        kinds: BTreeMap<Kind, Bands>,
        /// The system it seems to have been exported from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Source>,
        /// Findings that the allow list suppresses.
        #[serde(default, skip_serializing_if = "is_zero")]
        suppressed: u64,
    },
    /// Something that was not read, or was odd.
    Issue {
        /// Where: a document, or a folder that could not be listed.
        #[serde(flatten)]
        at: At,
        /// What.
        reason: Reason,
        /// How many times.
        count: u64,
    },
    /// The last line.
    End {
        /// What was met and how far it was read.
        coverage: Coverage,
        /// Distinct persons.
        persons: u64,
        /// All that may differ between two runs over the same input.
        run: Run,
    },
}

/// The path of a document as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct At {
    /// Path relative to the root, container members after `!/`; hits in it are masked.
    pub path: String,
    /// The path's bytes in base64, where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_b64: Option<String>,
    /// Which root, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<u32>,
}
