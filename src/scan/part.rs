//! What goes into the reading of one file, and what comes out of it piece by piece.

use std::collections::BTreeMap;

use super::Progress;
use super::rows::RowBlock;
use crate::classify::{Memory, Votes};
use crate::inventory::{self, At, Document, DocumentSum, Finding, Sum};
use crate::model::{ColumnLabels, Form, Kind, Location, MarkOf, Signals, Status, Trail, cell_name};

/// What is known of a file before it is opened; members inherit it.
pub(super) struct FileFacts {
    pub(super) root: Option<u32>,
    pub(super) folder: (u32, Vec<u8>),
    pub(super) bytes: u64,
    pub(super) modified: Option<i64>,
    /// The owner's number; the name is looked up where it is written.
    pub(super) owner: Option<u32>,
    pub(super) exposure: Option<crate::model::Exposure>,
    /// Categories whose retention has run out for it.
    pub(super) overdue: Vec<usize>,
}

/// What is left of a file when it is done.
pub(super) struct Done {
    pub(super) status: Status,
    pub(super) kinds: BTreeMap<Kind, inventory::Bands>,
    pub(super) at: At,
    pub(super) format: Option<&'static str>,
    pub(super) categories: BTreeMap<String, u64>,
}

/// What has come of a file since it last handed something on: counts, records and events of the same documents, so
/// that they are taken together or not at all.
#[derive(Default)]
pub(super) struct Part {
    pub(super) sum: Sum,
    /// Records of documents, one line of JSON each.
    pub(super) records: Vec<Vec<u8>>,
    /// JSON Lines.
    pub(super) lines: Vec<u8>,
    recorded: usize,
}

impl Part {
    /// About how much it holds.
    pub(super) fn size(&self) -> usize {
        self.lines.len() + self.recorded
    }

    /// Puts a document's record in.
    pub(super) fn record(&mut self, document: &Document) {
        if let Ok(line) = serde_json::to_vec(document) {
            self.recorded += line.len();
            self.records.push(line);
        }
    }
}

/// Where a file's results go.
pub(super) struct Sinks<'w> {
    /// Takes what there is, and leaves the part empty; told whether it is the file's last.
    pub(super) commit: &'w mut dyn FnMut(&mut Part, bool),
    /// JSON Lines are wanted.
    pub(super) events: bool,
    pub(super) progress: &'w dyn Progress,
}

/// A table being read.
pub(super) struct OpenTable {
    pub(super) id: u32,
    pub(super) sheet: Option<String>,
    pub(super) columns: Vec<ColumnLabels>,
    pub(super) votes: Votes,
}

impl OpenTable {
    /// The place of a cell.
    pub(super) fn place(&self, row: u64, column: u32) -> Location {
        match &self.sheet {
            Some(sheet) => Location::Cell {
                sheet: sheet.clone(),
                cell: cell_name(column, row),
            },
            None => Location::Row { row, column },
        }
    }
}

/// A finding that waits for the end of its document: it says something of a person, and none is in reach.
pub(super) struct Pending {
    pub(super) finding: Finding,
    /// As it was weighed, not rounded.
    pub(super) score: f32,
    pub(super) rule: u16,
    pub(super) form: Form,
    pub(super) signals: Signals,
    pub(super) fingerprint: u64,
}

/// A document being read: the file, or a member of it.
pub(super) struct Open {
    pub(super) trail: Trail,
    pub(super) at: At,
    pub(super) format: Option<&'static str>,
    pub(super) sum: DocumentSum,
    pub(super) samples: Vec<Finding>,
    pub(super) sampled: [u8; Kind::COUNT],
    pub(super) table: Option<OpenTable>,
    pub(super) block: RowBlock,
    pub(super) bytes: u64,
    pub(super) something_read: bool,
    pub(super) full_stop: bool,
    pub(super) memory: Memory,
    /// Where the first mark of each sort of document stands.
    pub(super) marked: BTreeMap<MarkOf, Location>,
    pub(super) pending: Vec<Pending>,
}

impl Open {
    pub(super) fn new(trail: Trail, at: At, bytes: u64) -> Self {
        Self {
            trail,
            at,
            format: None,
            sum: DocumentSum::default(),
            samples: Vec::new(),
            sampled: [0; Kind::COUNT],
            table: None,
            block: RowBlock::default(),
            bytes,
            something_read: false,
            full_stop: false,
            memory: Memory::default(),
            marked: BTreeMap::new(),
            pending: Vec::new(),
        }
    }
}
