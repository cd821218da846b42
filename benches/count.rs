//! An outlet that only counts, so that what is measured is reading alone.

use datakarta::extract::{Flow, Member, Outlet};
use datakarta::model::{Issue, Reason, Segment};

/// Counts what it is told.
#[derive(Default)]
pub struct Count {
    /// Segments.
    pub segments: u64,
    /// Bytes of text in them.
    pub text: u64,
}

impl Outlet for Count {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        self.segments += 1;
        self.text += match segment {
            Segment::Text(text) => text.own.len() as u64,
            Segment::Row(row) => row.cells.iter().map(|cell| cell.text.len() as u64).sum(),
        };
        Flow::Continue
    }

    fn member(&mut self, _: Member<'_>) -> Flow {
        Flow::Continue
    }

    fn unread_member(&mut self, _: &[u8], _: u64, _: Reason) -> Flow {
        Flow::Continue
    }

    fn issue(&mut self, _: Issue) {}

    fn tick(&mut self) -> Flow {
        Flow::Continue
    }
}
