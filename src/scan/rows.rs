//! Rows of one table, gathered into a block that is looked through at once.

use crate::model::{CELL_END, CellSpan, ROW_END, Row};

/// How many rows and bytes a block holds before it is looked through. The first block also decides the column
/// votes of what is in it, so it holds enough rows to be a fair sample.
const ROWS: usize = 1024;
const BYTES: usize = 256 * 1024;

/// The gathered rows: their cells joined with separators that belong to no pattern.
#[derive(Debug, Default)]
pub(crate) struct RowBlock {
    pub(crate) text: String,
    pub(crate) cells: Vec<CellSpan>,
    rows: usize,
}

impl RowBlock {
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        for cell in row.cells {
            let start = self.text.len();
            self.text.push_str(cell.text);
            let end = self.text.len();
            self.text.push(char::from(CELL_END));
            self.cells.push(CellSpan {
                start,
                end,
                column: cell.column,
                row: row.number,
                second_reading: cell.second_reading,
            });
        }
        self.text.push(char::from(ROW_END));
        self.rows += 1;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS || self.text.len() >= BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
        self.rows = 0;
    }
}
