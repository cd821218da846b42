//! Deleted text of tracked changes, on its way out beside the running text.
//!
//! The neighbours are shown with it, and only the deleted text is its own, from the start of the word it begins in: of
//! a number half of which was deleted the other half stands before it.

use std::borrow::Cow;
use std::ops::Range;

use super::border;
use crate::extract::{Flow, Outlet};
use crate::model::{Place, Segment, Text};

/// How much of the text before and of the text after is shown.
const BEFORE: usize = 256;
const AFTER: usize = 64;
/// A deletion that is longer is told in several texts.
const MOST: usize = 64 * 1024;

/// Deletions of one part.
#[derive(Default)]
pub(super) struct Deleted {
    /// The one that is read: its text, where its own begins, and where that ends if it is open.
    text: String,
    from: usize,
    to: Option<usize>,
    /// Those that wait to be pushed.
    over: Vec<(String, Range<usize>)>,
}

impl Deleted {
    /// Deleted text, behind `before`.
    pub(super) fn push(&mut self, text: &str, before: &str) {
        if self.to.is_none() {
            let start = border(before, before.len().saturating_sub(BEFORE));
            self.text.push_str(before.get(start..).unwrap_or_default());
            let word = self
                .text
                .char_indices()
                .rfind(|(_, c)| c.is_whitespace())
                .map_or(0, |(at, space)| at + space.len_utf8());
            self.from = if text.starts_with(char::is_whitespace) {
                self.text.len()
            } else {
                word
            };
        }
        self.text.push_str(text);
        self.to = Some(self.text.len());
        if self.text.len() > MOST {
            // A number may stand at the border: what follows shows the end of this.
            let last = border(&self.text, self.text.len() - BEFORE);
            let shown = self.text.get(last..).unwrap_or_default().to_owned();
            self.close();
            self.from = shown.len();
            self.text = shown;
            self.to = Some(self.from);
        }
    }

    /// Text that follows and is not deleted.
    pub(super) fn after(&mut self, text: &str) {
        let Some(to) = self.to else { return };
        let end = border(text, AFTER.min(text.len()));
        self.text.push_str(text.get(..end).unwrap_or_default());
        if self.text.len() - to >= AFTER {
            self.close();
        }
    }

    /// The line ends.
    pub(super) fn line(&mut self) {
        self.after("\n");
    }

    /// The deletion is over.
    pub(super) fn close(&mut self) {
        let text = std::mem::take(&mut self.text);
        let own = std::mem::take(&mut self.from)..self.to.take().unwrap_or(0);
        if text.get(own.clone()).is_some_and(|own| !own.trim().is_empty()) {
            self.over.push((text, own));
        }
    }

    /// Pushes the deletions that are over.
    pub(super) fn flow(&mut self, out: &mut dyn Outlet) -> Flow {
        for (text, own) in self.over.drain(..) {
            let stretch = Text {
                text: &text,
                own,
                place: Place::Part {
                    name: Cow::Borrowed("deleted text"),
                },
                label: None,
            };
            if out.segment(&Segment::Text(&stretch)).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}
