//! Which records of a presentation are its present state, and which its slides, in their order.
//!
//! Each time it is saved fast, new versions of records are added at the end with a table of where they are; the last
//! table goes before those it points back to.

use std::collections::HashMap;

use super::records::{Record, record, text_of};
use super::{CRYPT_SESSION, PERSIST, TEXTS_OF_SLIDES, USER_EDIT};
use crate::extract::compound::u32_at;

/// Records that are kept in the table.
const MOST: usize = 1 << 20;
/// A slide of the outline begins.
const SLIDE_BEGINS: u16 = 1011;

/// The present state.
#[derive(Default)]
pub(super) struct Persist {
    places: HashMap<u32, usize>,
    /// Words of tables that may still be read: many may lie in each other, or be pointed to again and again.
    left: usize,
    /// They were not enough.
    pub(super) cut: bool,
    /// Where the record about the whole presentation is.
    pub(super) document: Option<usize>,
    pub(super) locked: bool,
}

/// One slide.
pub(super) struct Slide {
    pub(super) id: u32,
    /// Where its record is.
    pub(super) at: Option<usize>,
    /// Its text in the outline.
    pub(super) outline: String,
}

impl Persist {
    pub(super) fn read(stream: &[u8], user: &[u8]) -> Self {
        let mut persist = Self {
            left: stream.len() / 4,
            ..Self::default()
        };
        let is_edit = |at: &usize| record(stream, *at).is_some_and(|record| record.kind == USER_EDIT);
        let mut next = u32_at(user, 16)
            .map(|at| at as usize)
            .filter(is_edit)
            .or_else(|| last_edit(stream));
        let mut document = None;
        // Each points to an earlier one, so that this ends.
        while let Some(at) = next {
            let Some(edit) = record(stream, at).filter(|record| record.kind == USER_EDIT) else {
                break;
            };
            if let Some(table) = u32_at(edit.data, 12).and_then(|at| record(stream, at as usize)) {
                persist.table(&table);
            }
            document = document.or_else(|| u32_at(edit.data, 16));
            persist.locked |= edit.data.len() >= 32 && u32_at(edit.data, 28).is_some_and(|id| id != 0);
            next = u32_at(edit.data, 8)
                .map(|before| before as usize)
                .filter(|&before| before != 0 && before < at);
        }
        persist.document = document.and_then(|id| persist.places.get(&id).copied());
        persist.locked &= persist
            .places
            .values()
            .any(|&at| record(stream, at).is_some_and(|record| record.kind == CRYPT_SESSION));
        persist
    }

    /// Runs of places: the number of the first, and how many there are.
    fn table(&mut self, table: &Record<'_>) {
        if table.kind != PERSIST {
            return;
        }
        let words = table.data.as_chunks::<4>().0;
        let Some(left) = self.left.checked_sub(words.len()) else {
            self.cut = true;
            return;
        };
        self.left = left;
        let mut words = words.iter().map(|&word| u32::from_le_bytes(word));
        while let Some(run) = words.next() {
            for id in (run & 0xf_ffff..).take((run >> 20) as usize) {
                let Some(at) = words.next() else { return };
                if self.places.len() < MOST {
                    self.places.entry(id).or_insert(at as usize);
                }
            }
        }
    }

    /// Where the present records are.
    pub(super) fn offsets(&self) -> impl Iterator<Item = usize> {
        self.places.values().copied()
    }

    /// The slides, in their order.
    pub(super) fn slides(&self, stream: &[u8]) -> Vec<Slide> {
        let mut slides: Vec<Slide> = Vec::new();
        let document = self.document.and_then(|at| record(stream, at));
        let lists = document.iter().flat_map(Record::children);
        for list in lists.filter(|list| list.kind == TEXTS_OF_SLIDES && list.instance == 0) {
            for child in list.children() {
                if child.kind == SLIDE_BEGINS {
                    let place = u32_at(child.data, 0).and_then(|id| self.places.get(&id).copied());
                    slides.push(Slide {
                        id: u32_at(child.data, 12).unwrap_or(0),
                        at: place,
                        outline: String::new(),
                    });
                } else if let Some(slide) = slides.last_mut() {
                    text_of(&child, &mut slide.outline, &|_| true);
                }
            }
        }
        slides
    }
}

/// The last record that says where things are, where nothing points to it.
fn last_edit(stream: &[u8]) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    while let Some(record) = record(stream, at) {
        if record.kind == USER_EDIT {
            last = Some(at);
        }
        at = record.next;
    }
    last
}
