//! Which shared strings of a binary workbook its cells use.
//!
//! One that no cell uses is what somebody deleted and the program kept; one that a cell uses and that is not there is
//! a cell that was not read.

use crate::extract::package::parts::push;
use crate::extract::{Flow, Outlet};
use crate::model::Place;

use super::rows::Limits;

/// Text that stands in no cell is pushed when there is this much of it.
const GATHER: usize = 64 * 1024;

/// The strings by their numbers, and the cells that point to none.
pub(super) struct Used {
    used: Vec<bool>,
    missing: u64,
}

impl Used {
    /// None of so many strings is used yet.
    pub(super) fn none_of(strings: usize) -> Self {
        Self {
            used: vec![false; strings],
            missing: 0,
        }
    }

    /// A cell uses the string of a number; whether there is one.
    pub(super) fn mark(&mut self, index: usize) -> bool {
        let there = self.used.get_mut(index).map(|used| *used = true).is_some();
        self.missing += u64::from(!there);
        there
    }

    /// How many cells point to a string that is not there.
    pub(super) fn missing(&self) -> u64 {
        self.missing
    }

    /// Pushes the strings that no cell used.
    pub(super) fn tell_unused<'t>(
        &self,
        string: impl Fn(usize) -> Option<&'t str>,
        part: &str,
        limits: &mut Limits,
        out: &mut dyn Outlet,
    ) -> Flow {
        let place = Place::Part { name: part.into() };
        let mut beside = String::new();
        for (index, _) in self.used.iter().enumerate().filter(|(_, used)| !**used) {
            let text = string(index).unwrap_or_default();
            if limits.step(out).is_stop() {
                return Flow::Stop;
            }
            if text.trim().is_empty() {
                continue;
            }
            if !limits.may_say(text.len()) {
                break;
            }
            beside.push_str(text);
            beside.push('\n');
            if beside.len() > GATHER {
                if push(&beside, &place, None, out).is_stop() {
                    return Flow::Stop;
                }
                beside.clear();
            }
        }
        push(&beside, &place, None, out)
    }
}
