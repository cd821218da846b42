//! Running text on its way out: gathered paragraph by paragraph, pushed in stretches that overlap.
//!
//! A number may stand at the border of two paragraphs' worth of bytes but never at the border of two stretches: each
//! stretch carries some of its neighbours. So readers of prose write characters and do not count.

mod deleted;

use std::borrow::Cow;

use super::{Flow, Outlet, given};
use crate::model::{Place, Segment, Text};
use deleted::Deleted;

/// Text is pushed in stretches of this size, with some of the neighbours around it.
const STRETCH: usize = 1 << 20;
const OVERLAP: usize = 4096;
/// What waits for the end of its paragraph is told before it beyond this.
const MOST_ASIDE: usize = 64 * 1024;

/// The running text of one part of a document.
pub(super) struct Prose {
    place: Place<'static>,
    text: String,
    /// Where the text starts that was not pushed yet.
    own: usize,
    aside: String,
    deleted: Deleted,
    /// Where text stands that was inserted last, with changes tracked.
    inserted: std::ops::Range<usize>,
}

impl Prose {
    /// Text of a named part.
    pub(super) fn part(name: &str) -> Self {
        Self::at(Place::Part {
            name: Cow::Owned(name.to_owned()),
        })
    }

    /// Text of a place.
    pub(super) fn at(place: Place<'static>) -> Self {
        Self {
            place,
            text: String::new(),
            own: 0,
            aside: String::new(),
            deleted: Deleted::default(),
            inserted: 0..0,
        }
    }

    /// Adds a character.
    pub(super) fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    /// Adds text.
    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
        self.deleted.after(text);
    }

    /// Adds text that is deleted, with changes tracked: it is told beside the running text, where it must not tear a
    /// number in two.
    pub(super) fn push_deleted(&mut self, text: &str) {
        let replaced = self.inserted.end == self.text.len();
        let end = if replaced {
            self.inserted.start
        } else {
            self.text.len()
        };
        self.deleted.push(text, self.text.get(..end).unwrap_or_default());
    }

    /// Adds text that is inserted, with changes tracked: it did not stand beside what was deleted.
    pub(super) fn push_inserted(&mut self, text: &str) {
        if self.inserted.end != self.text.len() {
            self.inserted.start = self.text.len();
        }
        self.text.push_str(text);
        self.inserted.end = self.text.len();
    }

    /// Ends a line. What was said aside follows on lines of its own.
    pub(super) fn line(&mut self) {
        self.text.push('\n');
        self.deleted.line();
        if !self.aside.is_empty() {
            self.text.push_str(&self.aside);
            self.aside.clear();
        }
    }

    /// A text that belongs to this paragraph without being a part of it, such as the target of a link: it must not cut
    /// the paragraph in two.
    pub(super) fn aside(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.aside.push_str(text);
            self.aside.push('\n');
        }
    }

    /// The code of a field, aside, unless it says nothing.
    pub(super) fn code(&mut self, code: &str) {
        if let Some(said) = given::said_by_code(code) {
            self.aside(&said);
        }
    }

    /// Pushes what there is, if there is much.
    pub(super) fn flow(&mut self, out: &mut dyn Outlet) -> Flow {
        if self.deleted.flow(out).is_stop() {
            return Flow::Stop;
        }
        if self.aside.len() > MOST_ASIDE && self.tell_aside(out).is_stop() {
            return Flow::Stop;
        }
        if self.text.len() - self.own < STRETCH + OVERLAP {
            return Flow::Continue;
        }
        let end = border(&self.text, self.text.len() - OVERLAP);
        if self.tell(end, out).is_stop() {
            return Flow::Stop;
        }
        let kept = border(&self.text, end.saturating_sub(OVERLAP));
        self.text.drain(..kept);
        self.inserted = 0..0;
        self.own = end - kept;
        Flow::Continue
    }

    fn tell_aside(&mut self, out: &mut dyn Outlet) -> Flow {
        let aside = std::mem::take(&mut self.aside);
        out.segment(&Segment::Text(&Text {
            text: &aside,
            own: 0..aside.len(),
            place: self.place.clone(),
            label: None,
        }))
    }

    /// Pushes what is left. The part is over then; what is added later is another text of it.
    pub(super) fn finish(&mut self, out: &mut dyn Outlet) -> Flow {
        if !self.aside.is_empty() {
            self.line();
        }
        self.deleted.close();
        let mut flow = self.flow(out);
        let new = self.text.get(self.own..).unwrap_or_default();
        if flow == Flow::Continue && !new.trim().is_empty() {
            flow = self.tell(self.text.len(), out);
        }
        self.text.clear();
        self.own = 0;
        flow
    }

    fn tell(&self, end: usize, out: &mut dyn Outlet) -> Flow {
        out.segment(&Segment::Text(&Text {
            text: &self.text,
            own: self.own..end,
            place: self.place.clone(),
            label: None,
        }))
    }
}

/// The character border at or after an offset.
fn border(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::heard::Heard;
    use super::*;

    #[test]
    fn a_long_text_comes_out_whole_and_once() {
        let mut prose = Prose::part("document");
        let mut heard = Heard::default();
        let mut said = String::new();
        for i in 0..300_000 {
            let line = format!("rad {i} åäö");
            said.push_str(&line);
            said.push('\n');
            prose.push_str(&line);
            prose.line();
            let _ = prose.flow(&mut heard);
        }
        let _ = prose.finish(&mut heard);
        let own: String = heard.texts.iter().map(|(own, ..)| own.as_str()).collect();
        assert!(heard.texts.len() > 3);
        assert!(own == said);
    }

    #[test]
    fn deleted_text_is_told_beside_with_its_neighbours() {
        let mut prose = Prose::part("document");
        let mut heard = Heard::default();
        prose.push_str("Ring 811228");
        prose.push_deleted(" hos Åsa ");
        prose.push_str("-98");
        prose.push_deleted("19121212-1212");
        prose.push_str("74 nu");
        prose.line();
        let _ = prose.finish(&mut heard);
        let own: Vec<&str> = heard.texts.iter().map(|(own, ..)| own.as_str()).collect();
        assert_eq!(own, [" hos Åsa -9819121212-1212", "Ring 811228-9874 nu\n"]);
    }

    #[test]
    fn an_aside_that_is_long_displaces_no_other() {
        let mut prose = Prose::part("document");
        let mut heard = Heard::default();
        prose.push_str("Nr 811228-");
        prose.aside(&"x".repeat(MOST_ASIDE + 1));
        prose.aside("mailto:asa@example.se");
        let _ = prose.flow(&mut heard);
        prose.push_str("9874");
        let _ = prose.finish(&mut heard);
        assert!(heard.texts[0].0.ends_with("\nmailto:asa@example.se\n"));
        assert_eq!(heard.texts[1].0, "Nr 811228-9874");
    }

    #[test]
    fn asides_wait_for_the_end_of_the_line() {
        let mut prose = Prose::part("document");
        let mut heard = Heard::default();
        prose.push_str("skriv till ");
        prose.aside(" mailto:asa@example.se ");
        prose.push_str("Åsa");
        prose.line();
        prose.push_str("slut");
        let _ = prose.finish(&mut heard);
        assert_eq!(heard.texts[0].0, "skriv till Åsa\nmailto:asa@example.se\nslut");
        assert_eq!(heard.texts.len(), 1);
    }
}
