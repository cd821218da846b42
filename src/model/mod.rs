//! The words of the house: what a document, a place, a segment, a candidate, a finding and an issue are.
//!
//! Floor 0. Everything else speaks in these types; they know nothing of files, rules or reports.

mod batch;
mod exposure;
mod finding;
mod issue;
mod kind;
mod segment;
mod trail;

pub use batch::{
    Batch, CELL_END, CellSpan, ColumnLabels, Counted, Mark, MarkList, MarkOf, Met, Passes, ROW_END, Seen,
    Tally, WordRole,
};
pub use exposure::Exposure;
pub use finding::{Candidate, Confidence, Evidence, Form, Severity, Signals};
pub use issue::{Issue, Reason, Status};
pub use kind::{Kind, Role};
pub use segment::{Cell, Location, Place, Row, Segment, Shift, Table, Text, cell_name};
pub use trail::Trail;
