//! Deleted text of tracked changes, with the words that stood around it.
//!
//! People delete a number and do not know that it is still there. In the running text it would tear a number in two,
//! so it is pushed beside it: the neighbours are shown, and only the deleted text is its own.

use std::borrow::Cow;

use super::running::tail;
use crate::extract::{Flow, Outlet};
use crate::model::{Place, Segment, Text};

/// How much of the line before and of the text after is shown.
const BEFORE: usize = 256;
const AFTER: usize = 64;
/// More than this is pushed at once.
const MOST: usize = 64 * 1024;

/// The deletion that is being read.
#[derive(Default)]
pub(super) struct Deleted {
    text: String,
    /// Where the word starts that the deletion begins in, and where the last deletion ends.
    from: usize,
    to: usize,
    line: u64,
    stopped: bool,
}

impl Deleted {
    pub(super) fn is_open(&self) -> bool {
        self.to > 0
    }

    /// Whether the outlet said stop.
    pub(super) fn told_stop(&self) -> bool {
        self.stopped
    }

    /// A deletion begins after this text, on this line.
    pub(super) fn open(&mut self, before: &str, line: u64) {
        self.text.clear();
        self.text.push_str(tail(before, BEFORE));
        self.from = self
            .text
            .char_indices()
            .rfind(|(_, c)| c.is_whitespace())
            .map_or(0, |(at, space)| at + space.len_utf8());
        self.to = self.text.len().max(1);
        self.line = line;
    }

    /// Deleted text.
    pub(super) fn push(&mut self, text: &str, out: &mut dyn Outlet) {
        self.text.push_str(text);
        self.to = self.text.len();
        if self.to > MOST {
            self.close(out);
        }
    }

    /// Text that follows and is not deleted.
    pub(super) fn after(&mut self, text: &str, out: &mut dyn Outlet) {
        self.text.push_str(
            text.get(..super::running::border(text, AFTER))
                .unwrap_or_default(),
        );
        if self.text.len() - self.to.min(self.text.len()) >= AFTER {
            self.close(out);
        }
    }

    /// The paragraph ends.
    pub(super) fn end_of_paragraph(&mut self) {
        if self.is_open() {
            self.text.push('\n');
        }
    }

    /// Pushes the deletion.
    pub(super) fn close(&mut self, out: &mut dyn Outlet) {
        if !self.is_open() {
            return;
        }
        let (from, to) = (self.from, self.to.min(self.text.len()));
        if self.text.get(from..to).is_some_and(|own| !own.trim().is_empty()) {
            let stretch = Text {
                text: &self.text,
                own: from..to,
                place: Place::Stretch {
                    name: Cow::Borrowed("deleted text"),
                    line: self.line,
                },
                label: None,
            };
            self.stopped |= out.segment(&Segment::Text(&stretch)) == Flow::Stop;
        }
        self.text.clear();
        (self.from, self.to) = (0, 0);
    }
}
