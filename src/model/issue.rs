//! What could not be read, and why: a closed list, so that no library's message (which may quote the document)
//! can reach a report.

use serde::{Deserialize, Serialize};

/// How far a document was read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All of it.
    Read,
    /// Some of it; an issue says what is missing.
    Partial,
    /// Not opened, by intent: the format is not supported, the file is special, too large or excluded.
    Skipped,
    /// It could not be read.
    Failed,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $status:ident, $text:literal, $advice:literal;)*) => {
        /// Why something was not read, or what was odd about it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
                 schemars::JsonSchema)]
        pub enum Reason { $($(#[$doc])* #[serde(rename = $id)] $name,)* }

        impl Reason {
            /// Every reason, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The stable identifier.
            pub fn id(self) -> &'static str { match self { $(Self::$name => $id),* } }
            /// The status a document has when this is the worst that was said of it.
            pub fn status(self) -> Status { match self { $(Self::$name => Status::$status),* } }
            /// A short sentence for people.
            pub fn text(self) -> &'static str { match self { $(Self::$name => $text),* } }
            /// What the owner can do about it.
            pub fn advice(self) -> &'static str { match self { $(Self::$name => $advice),* } }
        }
    };
}

reasons! {
    /// Needs a password.
    Encrypted = "encrypted", Failed, "protected by a password", "open it with its password and save a copy without one";
    /// The bytes contradict the format.
    Damaged = "damaged", Failed, "damaged or not what it claims to be", "open it in its own program, or restore it from a backup";
    /// Part of the document contradicts the format; the rest was read.
    PartlyDamaged = "partly-damaged", Partial, "damaged in part", "open it in its own program and save it anew";
    /// No extractor for this format.
    Unsupported = "unsupported", Skipped, "a format datakarta does not read", "look at it by hand, or convert it";
    /// Pages that are pictures, or a document that shows nothing else.
    NeedsOcr = "needs-ocr", Partial, "pages that are pictures of text", "run text recognition over it and scan the result";
    /// Text whose fonts give no characters.
    UnreadableFonts = "unreadable-fonts", Partial, "text whose fonts cannot be mapped to characters", "print it to a new PDF, or run text recognition";
    /// Larger than `--max-file-size`.
    TooLarge = "too-large", Skipped, "larger than --max-file-size", "raise --max-file-size";
    /// Gone when it was to be opened.
    NotFound = "not-found", Failed, "gone before it could be opened", "scan again";
    /// The system refused.
    PermissionDenied = "permission-denied", Failed, "no permission to read", "scan as a user who may read it";
    /// Reading failed.
    IoError = "io-error", Failed, "reading failed", "check the disk or the network, and scan again";
    /// Size or time changed while it was read.
    ChangedWhileRead = "changed-while-read", Partial, "changed while it was read", "scan again when it is at rest";
    /// A symbolic link, not followed.
    SymbolicLink = "symbolic-link", Skipped, "a symbolic link, not followed", "scan its target, or use --follow-links";
    /// A symbolic link that leads back to a folder above it.
    LinkLoop = "link-loop", Skipped, "a link that leads back to a folder above it", "none needed";
    /// FIFO, socket or device.
    SpecialFile = "special-file", Skipped, "not a regular file", "none needed";
    /// Left out by `--include`, `--exclude` or `--one-file-system`.
    Excluded = "excluded", Skipped, "left out by a filter", "none needed";
    /// The file this run writes.
    OwnOutput = "own-output", Skipped, "the output of this run", "write the output outside the scanned folder";
    /// Containers nested too deep.
    DepthLimit = "depth-limit", Partial, "containers nested deeper than the limit", "unpack it and scan the result";
    /// Too many members in a container.
    MemberLimit = "member-limit", Partial, "more members than the limit", "unpack it and scan the result";
    /// Too much came out of a container.
    ExpansionLimit = "expansion-limit", Partial, "expands beyond the limit", "look at it with care: it may be a decompression bomb";
    /// A document that must lie in memory whole is too large for that.
    MemoryLimit = "memory", Partial, "needs more memory than the limit", "split the document";
    /// Too many cells, operators or characters.
    ContentLimit = "content-limit", Partial, "holds more content than the limit", "split the document";
    /// Took too long.
    Timeout = "timeout", Partial, "took longer than the limit", "look at it by hand";
    /// The parser panicked; the rest of the scan went on.
    ParserDied = "parser-died", Failed, "the parser failed on it", "open it in its own program and save it anew; please report it";
    /// The run was interrupted before or while this was read.
    Interrupted = "interrupted", Failed, "the run was interrupted", "scan again";
    /// A member of this container was not read in full.
    MemberUnread = "member-unread", Partial, "holds a member that was not read in full", "see the member";
    /// The name says one format and the content another; the content was believed.
    ExtensionMismatch = "extension-mismatch", Read, "the extension does not fit the content", "none needed; the content was believed";
}

/// Something to tell about a document.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Issue {
    /// What.
    pub reason: Reason,
    /// How many times (pages, members, parts); at least 1.
    pub count: u64,
}

impl Issue {
    /// An issue met once.
    pub fn once(reason: Reason) -> Self {
        Self { reason, count: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kebab_case_unique_and_what_serde_writes() {
        let mut ids: Vec<_> = Reason::ALL.iter().map(|r| r.id()).collect();
        for reason in Reason::ALL {
            assert_eq!(
                serde_json::to_string(reason).unwrap(),
                format!("\"{}\"", reason.id())
            );
            assert!(reason.id().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Reason::ALL.len());
    }
}
