//! Scenarios: other values that somebody tried in the cells of a sheet.
//!
//! They stay in the workbook, with a comment and the name of who wrote it, and no cell shows them.

use std::borrow::Cow;

use super::Sheet;
use crate::extract::compound::u16_at;
use crate::extract::package::parts::push;
use crate::extract::sheet::biff::characters;
use crate::extract::{Flow, Outlet};
use crate::model::Place;

/// What stands before the name: counts of cells and of characters, and whether it is locked and hidden.
const HEAD: usize = 7;

impl Sheet<'_, '_> {
    /// Tells a scenario: its name, who wrote it and the comment, and its values, each at its cell.
    pub(super) fn scenario(&self, data: &[u8], out: &mut dyn Outlet) -> Flow {
        let mut said = String::new();
        let mut at = data.len();
        if self.globals.modern {
            at = words(data, &mut said);
        } else {
            self.globals.look_through(data, &mut said);
        }
        let place = Place::Part {
            name: format!("scenarios of {}", self.name).into(),
        };
        if push(&said, &place, None, out).is_stop() {
            return Flow::Stop;
        }
        let count = usize::from(u16_at(data, 0).unwrap_or(0));
        let cells = data.get(at..).unwrap_or_default().as_chunks::<4>().0;
        at += count * 4;
        for cell in cells.iter().take(count) {
            let Some(value) = counted(data, &mut at) else {
                break;
            };
            let place = Place::Cell {
                sheet: Cow::Borrowed(self.name),
                row: u64::from(u16_at(cell, 0).unwrap_or(0)) + 1,
                column: u32::from(u16_at(cell, 2).unwrap_or(0)) + 1,
            };
            if push(value.trim(), &place, None, out).is_stop() {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}

/// Reads the name, who wrote it and the comment, a line each; gives where the cells begin.
fn words(data: &[u8], said: &mut String) -> usize {
    let there = |at: usize| data.get(at).is_some_and(|&count| count > 0);
    let mut at = HEAD;
    // The count of the name stands in the head only.
    let name = data.get(4).and_then(|&count| text(data, &mut at, count.into()));
    let user = there(6).then(|| counted(data, &mut at)).flatten();
    let comment = there(5).then(|| counted(data, &mut at)).flatten();
    for text in [name, user, comment].into_iter().flatten() {
        said.push_str(&text);
        said.push('\n');
    }
    at
}

/// A string behind the count of its characters.
fn counted(data: &[u8], at: &mut usize) -> Option<String> {
    let count = u16_at(data, *at)?;
    *at += 2;
    text(data, at, count.into())
}

/// A string: a byte that says whether it is wide, and its characters.
fn text(data: &[u8], at: &mut usize, count: usize) -> Option<String> {
    let wide = data.get(*at)? & 1 != 0;
    let found = characters(data.get(*at + 1..)?, count, wide);
    *at += 1 + count * if wide { 2 } else { 1 };
    Some(found)
}
