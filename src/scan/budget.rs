//! What one file may cost: bytes that come out of it, members, time. Counted on real bytes, over all levels of
//! nesting.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::extract::{ContentLimits, carry};
use crate::model::Reason;

/// Limits per file of the tree. Hitting one is an issue of the document, never silence.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Containers in containers.
    pub depth: u8,
    /// Members of all containers of a file together.
    pub members: u64,
    /// What each document may cost; `expanded` and `ratio` also hold for all containers of a file together.
    pub content: ContentLimits,
    /// Memory that a parser process may take for one document, in bytes. One that reads a document in a document may take
    /// half as much as the one around it, but never less than 128 MiB.
    pub parser_memory: u64,
    /// Time without anything read, for a small file; see [`stall_for`](Self::stall_for).
    pub stall: Duration,
    /// Time for a file with all its members.
    pub time: Duration,
}

/// Large files take longer before their first word: so many bytes give one more second.
const BYTES_A_SECOND: u64 = 4 << 20;

impl Limits {
    /// How long nothing may be read of a file of this size before it is given up.
    pub fn stall_for(&self, size: u64) -> Duration {
        self.stall
            .saturating_add(Duration::from_secs(size / BYTES_A_SECOND))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            members: 200_000,
            content: ContentLimits::default(),
            parser_memory: 1 << 30,
            stall: Duration::from_secs(20),
            time: Duration::from_mins(30),
        }
    }
}

/// What one file has cost so far.
pub(super) struct Budget<'s> {
    limits: &'s Limits,
    stop: &'s AtomicUsize,
    expanded: Cell<u64>,
    allowed: u64,
    members: Cell<u64>,
    stall: Duration,
    /// When it was last looked at the clock.
    looked: Cell<Instant>,
    /// How long nothing was read, and how long all has taken.
    silent: Cell<Duration>,
    spent: Cell<Duration>,
}

/// Between two looks at the clock no more than this part of the time without anything read counts: a scan that was
/// suspended, or a share that hung, did not work longer.
const STEP: u32 = 4;

/// Where a decompression bomb shows: this much came out, at more than this ratio.
const BOMB_AFTER: u64 = 64 << 20;
const BOMB_RATIO: u64 = 250;

impl<'s> Budget<'s> {
    pub(super) fn new(limits: &'s Limits, stop: &'s AtomicUsize, file_size: u64) -> Self {
        let by_ratio = file_size.saturating_mul(limits.content.ratio);
        // No archive of ordinary files expands 250 times; beyond that it is a bomb long before the other limit.
        let by_bomb = file_size.saturating_mul(BOMB_RATIO).max(BOMB_AFTER);
        Self {
            limits,
            stop,
            expanded: Cell::new(0),
            allowed: limits.content.expanded.max(by_ratio).min(by_bomb).min(1 << 40),
            members: Cell::new(0),
            stall: limits.stall_for(file_size),
            looked: Cell::new(Instant::now()),
            silent: Cell::new(Duration::ZERO),
            spent: Cell::new(Duration::ZERO),
        }
    }

    pub(super) fn limits(&self) -> &'s Limits {
        self.limits
    }

    /// Something was read: the stall clock starts anew.
    pub(super) fn moved(&self) {
        self.look();
        self.silent.set(Duration::ZERO);
    }

    /// Counts the time since it was last counted.
    fn look(&self) {
        let now = Instant::now();
        let most = (self.stall / STEP).max(Duration::from_millis(1));
        let step = now.duration_since(self.looked.replace(now)).min(most);
        self.silent.set(self.silent.get() + step);
        self.spent.set(self.spent.get() + step);
    }

    /// Why to stop, if there is a reason.
    pub(super) fn verdict(&self) -> Option<Reason> {
        if self.stop.load(Ordering::Relaxed) != 0 {
            return Some(Reason::Interrupted);
        }
        if self.expanded.get() > self.allowed {
            return Some(Reason::ExpansionLimit);
        }
        self.look();
        let late = self.silent.get() > self.stall || self.spent.get() > self.limits.time;
        late.then_some(Reason::Timeout)
    }

    /// Counts a member; `false` when there are too many.
    pub(super) fn member(&self) -> bool {
        self.members.set(self.members.get() + 1);
        self.members.get() <= self.limits.members
    }
}

/// A member's bytes, counted.
pub(super) struct Metered<'b, R> {
    pub(super) inner: R,
    /// The file's budget: what members of members cost counts too.
    pub(super) budget: Rc<Budget<'b>>,
    pub(super) read: u64,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = self.budget.verdict() {
            return Err(carry(reason));
        }
        let count = self.inner.read(into)?;
        self.read += count as u64;
        self.budget
            .expanded
            .set(self.budget.expanded.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::reason_of;

    #[test]
    fn a_bomb_is_stopped_on_real_bytes() {
        let (limits, stop) = (Limits::default(), AtomicUsize::new(0));
        let budget = Rc::new(Budget::new(&limits, &stop, 1000));
        let mut reader = Metered {
            inner: io::repeat(0),
            budget: Rc::clone(&budget),
            read: 0,
        };
        let error = io::copy(&mut reader, &mut io::sink()).unwrap_err();
        assert_eq!(reason_of(&error), Reason::ExpansionLimit);
        assert!(reader.read < BOMB_AFTER + (1 << 20));
    }

    #[test]
    fn a_pause_is_not_taken_for_work() {
        let (limits, stop) = (Limits::default(), AtomicUsize::new(0));
        let budget = Budget::new(&limits, &stop, 1000);
        let pause = |seconds| {
            let before = Instant::now().checked_sub(Duration::from_secs(seconds));
            budget.looked.set(before.unwrap());
            budget.verdict()
        };
        assert_eq!(pause(600), None);
        budget.moved();
        assert_eq!([4; 6].map(pause).last(), Some(&Some(Reason::Timeout)));
    }

    #[test]
    fn an_interrupt_stops_reading() {
        let (limits, stop) = (Limits::default(), AtomicUsize::new(2));
        let budget = Rc::new(Budget::new(&limits, &stop, 1000));
        let mut reader = Metered {
            inner: io::repeat(0),
            budget: Rc::clone(&budget),
            read: 0,
        };
        assert_eq!(
            reason_of(&reader.read(&mut [0; 8]).unwrap_err()),
            Reason::Interrupted
        );
    }
}
