//! How much work one PDF may cost, counted where the work is done.
//!
//! A form that shows itself twelve times, fourteen levels deep, is a few hundred bytes and never ends.

use crate::extract::Outlet;

/// So many characters may be written for each operator that may be run.
const CHARACTERS_PER_OPERATOR: u64 = 4;
/// Reading and decoding cost too: so many bytes of content count as one operator.
const BYTES_PER_OPERATOR: usize = 256;
/// The engine is asked for time and interrupt after so many operators.
const TICK: u64 = 4096;
const STRINGS_PER_TICK: u64 = 65_536;

/// What is left to spend on a document.
pub(super) struct Budget {
    most_operators: u64,
    operators: u64,
    next_tick: u64,
    characters: u64,
    strings: u64,
    stopped: bool,
}

impl Budget {
    /// So many operators may be run.
    pub(super) fn new(most_operators: u64) -> Self {
        Self {
            most_operators,
            operators: 0,
            next_tick: TICK,
            characters: 0,
            strings: 0,
            stopped: false,
        }
    }

    /// Counts an operator; false when no more may be run.
    pub(super) fn operation(&mut self, out: &mut dyn Outlet) -> bool {
        self.operators += 1;
        if self.operators >= self.next_tick && !self.stopped {
            self.next_tick = self.operators + TICK;
            self.stopped = out.tick().is_stop();
        }
        !self.stopped && !self.is_spent()
    }

    /// Counts a shown string, of which one operator can have millions; false when the engine wants to stop.
    pub(super) fn string(&mut self, out: &mut dyn Outlet) -> bool {
        self.strings += 1;
        if self.strings.is_multiple_of(STRINGS_PER_TICK) && !self.stopped {
            self.stopped = out.tick().is_stop();
        }
        !self.stopped
    }

    /// Counts content that was decoded.
    pub(super) fn charge_bytes(&mut self, bytes: usize) {
        self.operators += (bytes / BYTES_PER_OPERATOR) as u64;
    }

    /// Counts characters that were written.
    pub(super) fn characters(&mut self, written: usize) {
        self.characters += written as u64;
    }

    /// Whether the document holds more than it may.
    pub(super) fn is_spent(&self) -> bool {
        let most_characters = self.most_operators.saturating_mul(CHARACTERS_PER_OPERATOR);
        self.operators > self.most_operators || self.characters > most_characters
    }

    /// Notes that the engine wants to stop.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether the engine wants to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }
}
