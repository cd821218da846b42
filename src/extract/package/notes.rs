//! How the reading of parts went, to be told once at the end.
//!
//! A part that cannot be read costs that part: the document is read in part then, and not given up.

use crate::extract::{Flow, Outlet};
use crate::model::{Issue, Reason};

/// What went wrong on the way, to be told once at the end.
#[derive(Default)]
pub(in crate::extract) struct Notes {
    reasons: Vec<Issue>,
}

impl Notes {
    /// Notes a reason; a part that is damaged makes the document damaged in part.
    pub(in crate::extract) fn add(&mut self, reason: Reason) {
        self.add_times(reason, 1);
    }

    /// Notes a reason that was met so many times, if it was.
    pub(in crate::extract) fn add_times(&mut self, reason: Reason, times: u64) {
        if times == 0 {
            return;
        }
        let reason = if reason == Reason::Damaged {
            Reason::PartlyDamaged
        } else {
            reason
        };
        match self.reasons.iter_mut().find(|issue| issue.reason == reason) {
            Some(issue) => issue.count += times,
            None => self.reasons.push(Issue { reason, count: times }),
        }
    }

    /// Notes how reading a part ended, and gives its flow; a limit on the whole document ends the reading.
    pub(in crate::extract) fn after(&mut self, result: Result<Flow, Reason>) -> Flow {
        match result {
            Ok(flow) => flow,
            Err(reason) => {
                self.add(reason);
                if reason == Reason::ExpansionLimit {
                    Flow::Stop
                } else {
                    Flow::Continue
                }
            }
        }
    }

    pub(in crate::extract) fn tell(self, out: &mut dyn Outlet) {
        self.reasons.into_iter().for_each(|issue| out.issue(issue));
    }
}

/// The outlet, or a limit on the whole document, said stop.
pub(in crate::extract) struct Stopped;
