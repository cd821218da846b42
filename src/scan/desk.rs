//! What each thread has done and what it is at, and the putting together of it all at the end.
//!
//! A thread that does not stop in time after an interrupt is left behind. From then on its desk is sealed: what it
//! still brings is dropped whole, so that counts, records and events always tell of the same documents.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::document::FileScan;
use super::isolate::guarded;
use super::part::{Done, Part, Sinks};
use super::record::write_line;
use super::{EventSink, Outcome, Shared, Silent, facts, lock, names, read_file};
use crate::detect::Engine;
use crate::inventory::{At, Document, Event, Shelf, Sum, UnreadFolder};
use crate::model::{Issue, Reason, Status, Trail};
use crate::walk::{Entry, Found};

/// One thread's results, and what it is at.
#[derive(Default)]
pub(super) struct Desk {
    sum: Mutex<Sum>,
    shelf: Mutex<Shelf>,
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    At(u64, Box<Found>),
    Sealed,
}

impl Desk {
    /// Notes what the thread is at; `false` when the sum has been made and nothing more is taken.
    pub(super) fn begin(&self, sequence: u64, found: &Found) -> bool {
        let mut state = lock(&self.state);
        if matches!(*state, State::Sealed) {
            return false;
        }
        *state = State::At(sequence, Box::new(found.clone()));
        true
    }

    /// Takes a part of what came of a file; with the `last` the file is done.
    pub(super) fn commit(&self, shared: &Shared, sequence: u64, part: &mut Part, last: bool) {
        let mut state = lock(&self.state);
        let mut part = std::mem::take(part);
        if matches!(*state, State::Sealed) {
            return;
        }
        lock(&self.sum).merge(part.sum);
        let mut shelf = lock(&self.shelf);
        for record in part.records {
            shelf.put(sequence, &record);
        }
        drop(shelf);
        // This may wait for other threads, with the desk locked; sealing opens the turnstile before it locks desks.
        shared.pass(sequence, &mut part.lines, last);
        if last {
            *state = State::Idle;
        }
    }

    /// What the thread is at, which it then no longer is. A sealed desk stays sealed.
    fn take(&self) -> Option<(u64, Found)> {
        let mut state = lock(&self.state);
        if matches!(*state, State::Sealed) {
            return None;
        }
        match std::mem::take(&mut *state) {
            State::At(sequence, found) => Some((sequence, *found)),
            State::Idle | State::Sealed => None,
        }
    }

    fn seal(&self) -> Option<(u64, Found)> {
        match std::mem::replace(&mut *lock(&self.state), State::Sealed) {
            State::At(sequence, found) => Some((sequence, *found)),
            State::Idle | State::Sealed => None,
        }
    }
}

/// Something outside the parsers panicked over an entry: it is told as such, and the thread goes on.
pub(super) fn died(shared: &Shared, desk: &Desk, engine: &Engine<'_>, sequence: u64) {
    let Some((_, found)) = desk.take() else {
        shared.pass(sequence, &mut Vec::new(), true);
        return;
    };
    let told = guarded(|| {
        read_file(shared, desk, engine, sequence, &found, Err(Reason::ParserDied));
        Ok(())
    });
    if told.is_ok() {
        return;
    }
    // Its very name cannot be looked through, so it cannot be shown either.
    let _ = desk.take();
    let at = At {
        path: "(a name that cannot be shown)".to_owned(),
        ..At::default()
    };
    let mut part = Part::default();
    part.sum.cover(
        Status::Failed,
        found.size,
        false,
        [Reason::ParserDied].into_iter(),
    );
    let document = Event::Document {
        at: at.clone(),
        format: None,
        bytes: found.size,
        status: Status::Failed,
        hard_link_of: None,
        kinds: std::collections::BTreeMap::new(),
        source: None,
        suppressed: 0,
    };
    write_line(&mut part.lines, &document);
    let Issue { reason, count } = Issue::once(Reason::ParserDied);
    write_line(
        &mut part.lines,
        &Event::Issue {
            at: at.clone(),
            reason,
            count,
        },
    );
    part.record(&Document {
        path: at.path.clone(),
        path_b64: None,
        root: None,
        format: None,
        bytes: found.size,
        modified: None,
        owner: None,
        exposure: None,
        status: Status::Failed,
        hard_link_of: None,
        kinds: std::collections::BTreeMap::new(),
        categories: std::collections::BTreeMap::new(),
        persons: None,
        source: None,
        suppressed: 0,
        findings: Vec::new(),
        issues: vec![Issue::once(Reason::ParserDied)],
    });
    desk.commit(shared, sequence, &mut part, true);
    let done = Done {
        status: Status::Failed,
        kinds: std::collections::BTreeMap::new(),
        at,
        format: None,
        categories: std::collections::BTreeMap::new(),
    };
    shared.link(&found, done);
}

/// A folder that could not be listed.
pub(super) fn failed_folder(
    shared: &Shared,
    engine: &Engine<'_>,
    root: u32,
    relative: &[u8],
    reason: Reason,
) -> Part {
    let root = shared.several_roots.then_some(root);
    let (at, _) = names::at(engine, &Trail::file(relative), root, shared.options.reveal);
    let mut part = Part::default();
    part.sum.unread_folder(UnreadFolder {
        path: at.path.clone(),
        root: at.root,
        reason,
    });
    write_line(&mut part.lines, &Event::Issue { at, reason, count: 1 });
    part
}

/// Puts the threads' sums together. What a thread is still at after an interrupt is told as interrupted; `walked` says
/// that the walk came to its end, or was stopped.
pub(super) fn seal(shared: &Arc<Shared>, walked: bool) -> Outcome {
    let signal = shared.stop.load(Ordering::Relaxed);
    if let Some(turnstile) = &shared.turnstile {
        turnstile.open_up();
    }
    let mut end = End {
        shared,
        sum: Sum::default(),
        shelf: Shelf::default(),
    };
    let mut shelves = Vec::new();
    let mut unread = Vec::new();
    for desk in &shared.desks {
        let left = desk.seal();
        unread.extend(left.map(|(sequence, found)| (sequence, found, Reason::Interrupted)));
        end.sum.merge(std::mem::take(&mut *lock(&desk.sum)));
        shelves.push(std::mem::take(&mut *lock(&desk.shelf)));
    }
    let rules = Arc::clone(&shared.options.rules);
    let engine = Engine::new(&rules, shared.options.today);
    if signal != 0 {
        end.leftovers(&engine, &mut unread);
    }
    if !walked {
        let mut part = failed_folder(shared, &engine, 0, b".", Reason::IoError);
        end.commit(u64::MAX - 1, &mut part);
    }
    unread.sort_by_key(|(sequence, ..)| *sequence);
    for (sequence, found, reason) in unread {
        end.note_unread(&engine, sequence, &found, reason);
    }
    let End { sum, shelf, .. } = end;
    shelves.push(shelf);
    let sink = shared
        .turnstile
        .as_ref()
        .map(|turnstile| EventSink(Arc::clone(turnstile)));
    Outcome {
        sum,
        shelves,
        interrupted: (signal != 0 && signal != usize::MAX).then_some(signal),
        sink,
    }
}

/// What is told at the end, without the threads.
struct End<'s> {
    shared: &'s Shared,
    sum: Sum,
    shelf: Shelf,
}

impl End<'_> {
    fn commit(&mut self, sequence: u64, part: &mut Part) {
        let mut part = std::mem::take(part);
        self.sum.merge(part.sum);
        for record in part.records {
            self.shelf.put(sequence, &record);
        }
        self.shared.pass(sequence, &mut part.lines, true);
    }

    /// What was met and nobody has begun.
    fn leftovers(&mut self, engine: &Engine<'_>, unread: &mut Vec<(u64, Found, Reason)>) {
        for (sequence, entry) in self.shared.queue.close() {
            match entry {
                Entry::File(found) | Entry::HardLink { found, .. } => {
                    unread.push((sequence, found, Reason::Interrupted));
                }
                Entry::NotRead {
                    root,
                    relative,
                    size,
                    reason,
                } => unread.push((sequence, unopened(root, relative, size), reason)),
                Entry::FolderFailed {
                    root,
                    relative,
                    reason,
                } => {
                    let mut part = failed_folder(self.shared, engine, root, &relative, reason);
                    self.commit(sequence, &mut part);
                }
                Entry::FolderExcluded { .. } => self.sum.excluded_folder(),
            }
        }
    }

    /// A file that was met and not read.
    fn note_unread(&mut self, engine: &Engine<'_>, sequence: u64, found: &Found, reason: Reason) {
        let shared = self.shared;
        let never = AtomicUsize::new(0);
        let mut commit = |part: &mut Part, _: bool| self.commit(sequence, part);
        let sinks = Sinks {
            commit: &mut commit,
            events: shared.turnstile.is_some(),
            progress: &Silent,
        };
        let facts = facts(shared, found);
        let run = FileScan::new(engine, &shared.options, &never, facts, sinks);
        let _ = run.run(Trail::file(&found.relative), Err(reason), || None);
    }
}

/// What is known of a file that is not to be opened.
pub(super) fn unopened(root: u32, relative: Vec<u8>, size: u64) -> Found {
    Found {
        root,
        relative,
        path: std::path::PathBuf::new(),
        size,
        modified: None,
        owner: None,
        mode: None,
        inode: None,
    }
}
