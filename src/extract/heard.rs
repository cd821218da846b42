//! An outlet for tests that writes down what it hears.
//!
//! Every extractor's tests want the same thing: what was said, in one line each, to compare with.

use std::fmt::Write as _;

use crate::model::{Issue, Place, Reason, Segment};

use super::{Flow, Member, Outlet};

/// What was heard: rows as `number: column[label]=text ...`, own text with its line and column, the rest as is.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) rows: Vec<String>,
    pub(crate) texts: Vec<(String, u64, u64)>,
    pub(crate) issues: Vec<Issue>,
    stop_after: Option<usize>,
}

impl Heard {
    /// Says stop at the given segment.
    pub(crate) fn stopping_after(segments: usize) -> Self {
        Self {
            stop_after: Some(segments),
            ..Self::default()
        }
    }
}

impl Outlet for Heard {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        match segment {
            Segment::Text(text) => {
                let own = text.text.get(text.own.clone()).unwrap().to_owned();
                let (line, column) = match text.place {
                    Place::Lines { line, column, .. } => (line, column),
                    _ => (0, 0),
                };
                self.texts.push((own, line, column));
            }
            Segment::Row(row) => {
                let mut told = format!("{}:", row.number);
                for cell in row.cells {
                    write!(told, " {}", cell.column).unwrap();
                    if let Some(label) = row.table.label(cell.column) {
                        write!(told, "[{label}]").unwrap();
                    }
                    write!(told, "={}", cell.text).unwrap();
                }
                self.rows.push(told);
            }
        }
        match self.stop_after {
            Some(most) if self.rows.len() + self.texts.len() >= most => Flow::Stop,
            _ => Flow::Continue,
        }
    }

    fn member(&mut self, _: Member<'_>) -> Flow {
        Flow::Continue
    }

    fn unread_member(&mut self, _: &[u8], _: u64, _: Reason) -> Flow {
        Flow::Continue
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    fn tick(&mut self) -> Flow {
        Flow::Continue
    }
}
