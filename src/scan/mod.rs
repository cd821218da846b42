//! The engine: walks, reads in parallel, isolates, counts, and gives the sum back in an order that does not depend on
//! the number of threads.

mod budget;
mod document;
mod isolate;
mod names;
pub mod prove;
mod queue;
mod rows;
mod turnstile;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::document::{Done, FileFacts, FileScan, Papers, Sinks, record_of, write_line};
use self::queue::{Giver, Queue};
use self::turnstile::Turnstile;
use crate::checks::date::Date;
use crate::classify::Key;
use crate::detect::Engine;
use crate::extract::{Input, Outlet};
use crate::inventory::{Document, Event, Shelf, Sum, UnreadFolder};
use crate::model::{Confidence, Reason, Status, Trail};
use crate::rules::policy::months;
use crate::rules::{Policy, RuleSet};
use crate::walk::{self, Entry, Found, Identity, Walk, WalkError};

pub use budget::Limits;
pub use isolate::quiet_panics;

/// What a scan depends on.
pub struct Options {
    /// What to walk.
    pub walk: walk::Options,
    /// What to look for.
    pub rules: Arc<RuleSet>,
    /// What findings mean.
    pub policy: Policy,
    /// The key of fingerprints.
    pub key: Key,
    /// The day of the run: bounds dates of birth, and retention is measured from it.
    pub today: Date,
    /// Findings below this are only counted.
    pub least: Confidence,
    /// Raw values are given out.
    pub reveal: bool,
    /// Threads that read; at least 1.
    pub threads: usize,
    /// Larger files are not opened.
    pub max_file_size: Option<u64>,
    /// Limits per file.
    pub limits: Limits,
}

/// Told of what goes on, from many threads; must be cheap.
pub trait Progress: Send + Sync {
    /// A file was met by the walk.
    fn met(&self, _bytes: u64) {}
    /// The walk is over: no more files will be met.
    fn walked(&self) {}
    /// Bytes of a large file were read; they are part of what [`done`](Self::done) will tell.
    fn inside(&self, _bytes: u64) {}
    /// A file is done.
    fn done(&self, _bytes: u64) {}
    /// Findings were made.
    fn found(&self, _findings: u64) {}
}

/// Progress nobody looks at.
pub struct Silent;

impl Progress for Silent {}

/// Why a scan cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The walk cannot begin.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// The system gives no threads.
    #[error("the system gives no more threads; lower --threads, or raise the limit on processes")]
    NoThreads,
}

/// What came of a scan.
pub struct Outcome {
    /// The sum of all threads.
    pub sum: Sum,
    /// The records of documents, to be merged in order.
    pub shelves: Vec<Shelf>,
    /// The signal that interrupted it (2 or 15), if one did.
    pub interrupted: Option<usize>,
    /// Where JSON Lines went has failed.
    pub sink: Option<EventSink>,
}

/// JSON Lines on their way out.
pub struct EventSink(Arc<Turnstile>);

impl EventSink {
    /// Writes the last event and flushes. Gives the first error there was.
    pub fn finish(self, end: &Event) -> Result<(), std::io::ErrorKind> {
        let mut lines = Vec::new();
        write_line(&mut lines, end);
        self.0.finish(&lines)
    }
}

/// Entries the walk may be ahead of the readers.
const AHEAD: usize = 8192;
/// How long threads get to notice an interrupt before the inventory is sealed without them.
const GRACE: Duration = Duration::from_millis(1200);

struct Shared {
    options: Options,
    stop: Arc<AtomicUsize>,
    queue: Queue<(u64, Entry)>,
    turnstile: Option<Arc<Turnstile>>,
    progress: Arc<dyn Progress>,
    links: Mutex<HashMap<Identity, Option<Arc<Done>>>>,
    linked: Condvar,
    /// By thread.
    desks: Vec<Mutex<Papers>>,
    several_roots: bool,
    /// The longest retention of every category of the policy, in months.
    kept_for: Vec<Option<u32>>,
}

/// Runs a scan. `stop` is set to a signal's number to interrupt it. JSON Lines go to `events`, after `begin`.
pub fn scan(
    mut options: Options,
    stop: &Arc<AtomicUsize>,
    progress: Arc<dyn Progress>,
    events: Option<(Box<dyn Write + Send>, &Event)>,
) -> Result<Outcome, ScanError> {
    let several_roots = options.walk.roots.len() + usize::from(options.walk.files_from.is_some()) > 1;
    let walk = Walk::new(std::mem::take(&mut options.walk))?;
    let threads = options.threads.max(1);
    let turnstile = events.map(|(sink, begin)| {
        let turnstile = Turnstile::new(sink);
        let mut lines = Vec::new();
        write_line(&mut lines, begin);
        turnstile.open_with(&lines);
        Arc::new(turnstile)
    });
    let kept_for = kept_for(&options.policy);
    let shared = Arc::new(Shared {
        options,
        stop: Arc::clone(stop),
        queue: Queue::new(AHEAD),
        turnstile,
        progress,
        links: Mutex::default(),
        linked: Condvar::new(),
        desks: (0..threads).map(|_| Mutex::default()).collect(),
        several_roots,
        kept_for,
    });
    let walker = Arc::clone(&shared);
    let walking = std::thread::Builder::new()
        .name("walk".into())
        .spawn(move || run_walk(walk, &walker));
    let (done, finished) = sync_channel(threads);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(16 << 20)
        .build();
    match (walking, pool) {
        (Ok(_), Ok(pool)) => {
            for index in 0..threads {
                let (shared, done) = (Arc::clone(&shared), done.clone());
                pool.spawn(move || {
                    work(&shared, index);
                    let _ = done.send(());
                });
            }
            drop(done);
            if !await_workers(&shared, &finished) {
                // A thread that did not stop in time keeps the pool: leaving must not wait for it.
                std::mem::forget(pool);
            }
        }
        // The system gives no threads: nothing was read, and nothing is lost either.
        _ => {
            let _ = shared.queue.close();
            return Err(ScanError::NoThreads);
        }
    }
    Ok(seal(&shared))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run_walk(walk: Walk, shared: &Shared) {
    let giver = Giver(&shared.queue);
    for (sequence, entry) in (0u64..).zip(walk) {
        match &entry {
            Entry::File(found) => shared.progress.met(found.size),
            Entry::HardLink { .. } => shared.progress.met(0),
            Entry::NotRead { size, .. } => shared.progress.met(*size),
            _ => {}
        }
        if shared.stop.load(Ordering::Relaxed) != 0 || !giver.0.put((sequence, entry)) {
            return;
        }
    }
    shared.progress.walked();
}

/// Waits until every thread is done (`true`), or until the grace after an interrupt is over.
fn await_workers(shared: &Shared, finished: &Receiver<()>) -> bool {
    let mut stopped: Option<Instant> = None;
    loop {
        match finished.recv_timeout(Duration::from_millis(50)) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return true,
        }
        if shared.stop.load(Ordering::Relaxed) != 0
            && stopped.get_or_insert_with(Instant::now).elapsed() > GRACE
        {
            return false;
        }
        if shared
            .turnstile
            .as_ref()
            .is_some_and(|turnstile| turnstile.broken())
        {
            // Whoever read the events is gone, or the disk is full: going on would be work for nobody.
            let _ = shared
                .stop
                .compare_exchange(0, usize::MAX, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

/// One thread: takes files in the order of the walk until there are none.
fn work(shared: &Shared, index: usize) {
    let options = &shared.options;
    let rules = Arc::clone(&options.rules);
    let engine = Engine::new(&rules, options.today);
    while let Some((sequence, entry)) = shared.queue.take() {
        one(shared, &shared.desks[index], &engine, sequence, entry);
    }
}

fn one(shared: &Shared, desk: &Mutex<Papers>, engine: &Engine<'_>, sequence: u64, entry: Entry) {
    let interrupted = shared.stop.load(Ordering::Relaxed) != 0;
    match entry {
        Entry::File(found) => {
            let input = if interrupted {
                Err(Reason::Interrupted)
            } else {
                Ok(())
            };
            read_file(shared, desk, engine, sequence, found, input);
        }
        Entry::HardLink { found, first } => hard_link(shared, desk, engine, sequence, &found, first),
        Entry::NotRead {
            root,
            relative,
            size,
            reason,
        } => {
            read_file(
                shared,
                desk,
                engine,
                sequence,
                unopened(root, relative, size),
                Err(reason),
            );
        }
        Entry::FolderFailed {
            root,
            relative,
            reason,
        } => {
            let (at, _) = names::at(
                engine,
                &Trail::file(&relative),
                shared.several_roots.then_some(root),
                shared.options.reveal,
            );
            lock(desk).sum.unread_folder(UnreadFolder {
                path: at.path.clone(),
                root: at.root,
                reason,
            });
            let mut lines = Vec::new();
            write_line(&mut lines, &Event::Issue { at, reason, count: 1 });
            shared.pass(sequence, &mut lines, true);
        }
        Entry::FolderExcluded { .. } => {
            lock(desk).sum.excluded_folder();
            shared.pass(sequence, &mut Vec::new(), true);
        }
    }
}

fn read_file(
    shared: &Shared,
    desk: &Mutex<Papers>,
    engine: &Engine<'_>,
    sequence: u64,
    found: Found,
    wanted: Result<(), Reason>,
) {
    let options = &shared.options;
    let facts = facts(shared, sequence, &found);
    let trail = Trail::file(&found.relative);
    let found = Arc::new(found);
    lock(desk).at = Some((sequence, Arc::clone(&found)));
    let mut pass = |lines: &mut Vec<u8>| shared.pass(sequence, lines, false);
    let events: Option<document::Lines<'_>> = match &shared.turnstile {
        Some(_) => Some(&mut pass),
        None => None,
    };
    let sinks = Sinks {
        papers: desk,
        events,
        progress: &*shared.progress,
    };
    let too_large = options.max_file_size.is_some_and(|limit| found.size > limit);
    let opened = match wanted {
        Err(reason) => Err(reason),
        Ok(()) if too_large => Err(Reason::TooLarge),
        Ok(()) => walk::open(&found.path),
    };
    let run = FileScan::new(engine, options, &shared.stop, facts, sinks);
    let done = match &opened {
        Ok(opened) => {
            let extension = trail.extension();
            let stem = document::stem(&found.relative, &extension);
            let input = Input::file(&opened.file, opened.size, &extension).with_stem(stem);
            run.run(trail, Ok(input), || {
                opened.changed().then_some(Reason::ChangedWhileRead)
            })
        }
        Err(reason) => run.run(trail, Err(*reason), || None),
    };
    if let Some(identity) = found.inode {
        lock(&shared.links).insert(identity, Some(Arc::new(done)));
        shared.linked.notify_all();
    }
    shared.pass(sequence, &mut Vec::new(), true);
    shared.progress.done(found.size);
}

/// Another name of a file: its record repeats what was found under the first name, which is waited for.
fn hard_link(
    shared: &Shared,
    desk: &Mutex<Papers>,
    engine: &Engine<'_>,
    sequence: u64,
    found: &Found,
    first: Identity,
) {
    let facts = facts(shared, sequence, found);
    let (at, _) = names::at(
        engine,
        &Trail::file(&found.relative),
        facts.root,
        shared.options.reveal,
    );
    let mut links = lock(&shared.links);
    let done = loop {
        if let Some(Some(done)) = links.get(&first) {
            break Some(Arc::clone(done));
        }
        if shared.stop.load(Ordering::Relaxed) != 0 {
            break None;
        }
        (links, _) = shared
            .linked
            .wait_timeout(links, Duration::from_millis(50))
            .unwrap_or_else(PoisonError::into_inner);
    };
    drop(links);
    let status = done.as_ref().map_or(Status::Failed, |done| done.status);
    let mut papers = lock(desk);
    papers.sum.cover_hard_link(status);
    let mut lines = Vec::new();
    let kinds = done.as_ref().map(|done| done.kinds.clone()).unwrap_or_default();
    let name = done.as_ref().map(|done| done.at.path.clone());
    let format = done.as_ref().and_then(|done| done.format).map(str::to_owned);
    write_line(
        &mut lines,
        &Event::Document {
            at: at.clone(),
            format: format.clone(),
            bytes: found.size,
            status,
            hard_link_of: name.clone(),
            kinds: kinds.clone(),
        },
    );
    if !kinds.is_empty() || status != Status::Read {
        let document = Document {
            path: at.path,
            path_b64: at.path_b64,
            root: at.root,
            format,
            bytes: found.size,
            modified: facts.modified.map(crate::inventory::timestamp),
            owner: facts.owner.map(walk::owner_name),
            exposure: facts.exposure,
            status,
            hard_link_of: name,
            kinds,
            categories: done.map(|done| done.categories.clone()).unwrap_or_default(),
            persons: None,
            findings: Vec::new(),
            issues: Vec::new(),
        };
        if let Some(record) = record_of(&document) {
            papers.shelf.put(sequence, &record);
        }
    }
    drop(papers);
    shared.pass(sequence, &mut lines, true);
    shared.progress.done(0);
}

fn facts(shared: &Shared, sequence: u64, found: &Found) -> FileFacts {
    let slash = found.relative.iter().rposition(|&b| b == b'/');
    let folder = slash
        .and_then(|at| found.relative.get(..at))
        .unwrap_or(b".")
        .to_vec();
    let changed = found.modified.map(Date::from_unix);
    let today = &shared.options.today;
    let today = (
        u32::from(today.year),
        u32::from(today.month),
        u32::from(today.day),
    );
    let overdue = |longest: Option<u32>| {
        changed.zip(longest).is_some_and(|(changed, longest)| {
            let total = u32::from(changed.year) * 12 + u32::from(changed.month) - 1 + longest;
            (total / 12, total % 12 + 1, u32::from(changed.day)) < today
        })
    };
    FileFacts {
        sequence,
        root: shared.several_roots.then_some(found.root),
        folder: (found.root, folder),
        bytes: found.size,
        modified: found.modified,
        owner: found.owner,
        exposure: found.mode.map(walk::exposure),
        overdue: (0..)
            .zip(&shared.kept_for)
            .filter(|(_, longest)| overdue(**longest))
            .map(|(category, _)| category)
            .collect(),
    }
}

/// The longest retention of every category, in months.
fn kept_for(policy: &Policy) -> Vec<Option<u32>> {
    let longest = |category: &crate::rules::policy::Category| {
        let periods = category.retention.iter();
        periods
            .filter_map(|id| months(&policy.retention(id)?.period))
            .max()
    };
    policy.category.iter().map(longest).collect()
}

impl Shared {
    fn pass(&self, sequence: u64, lines: &mut Vec<u8>, last: bool) {
        match &self.turnstile {
            Some(turnstile) => turnstile.submit(sequence, lines, last),
            None => lines.clear(),
        }
    }
}

/// Puts the threads' sums together. What a thread is still at after an interrupt is told as interrupted.
fn seal(shared: &Arc<Shared>) -> Outcome {
    let signal = shared.stop.load(Ordering::Relaxed);
    let mut whole = Sum::default();
    let mut shelves = Vec::new();
    let mut unread = Vec::new();
    for desk in &shared.desks {
        let papers = std::mem::take(&mut *lock(desk));
        unread.extend(
            papers
                .at
                .map(|(sequence, found)| (sequence, found, Reason::Interrupted)),
        );
        whole.merge(papers.sum);
        shelves.push(papers.shelf);
    }
    if signal != 0 {
        leftovers(shared, &mut unread);
    }
    unread.sort_by_key(|(sequence, ..)| *sequence);
    let late = Mutex::default();
    for (sequence, found, reason) in unread {
        note_unread(shared, &late, sequence, &found, reason);
    }
    let late = std::mem::take(&mut *lock(&late));
    whole.merge(late.sum);
    shelves.push(late.shelf);
    let sink = shared
        .turnstile
        .as_ref()
        .map(|turnstile| EventSink(Arc::clone(turnstile)));
    Outcome {
        sum: whole,
        shelves,
        interrupted: (signal != 0 && signal != usize::MAX).then_some(signal),
        sink,
    }
}

/// Files that were met and that nobody has begun.
fn leftovers(shared: &Shared, unread: &mut Vec<(u64, Arc<Found>, Reason)>) {
    for (sequence, entry) in shared.queue.close() {
        match entry {
            Entry::File(found) | Entry::HardLink { found, .. } => {
                unread.push((sequence, Arc::new(found), Reason::Interrupted));
            }
            Entry::NotRead {
                root,
                relative,
                size,
                reason,
            } => unread.push((sequence, Arc::new(unopened(root, relative, size)), reason)),
            Entry::FolderFailed { .. } | Entry::FolderExcluded { .. } => {}
        }
    }
}

/// What is known of a file that is not to be opened.
fn unopened(root: u32, relative: Vec<u8>, size: u64) -> Found {
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

/// A file that was met and not read, told without its worker.
fn note_unread(shared: &Shared, late: &Mutex<Papers>, sequence: u64, found: &Found, reason: Reason) {
    let rules = Arc::clone(&shared.options.rules);
    let engine = Engine::new(&rules, shared.options.today);
    let never = AtomicUsize::new(0);
    let mut lines = Vec::new();
    let mut keep = |part: &mut Vec<u8>| lines.append(part);
    let sinks = Sinks {
        papers: late,
        events: Some(&mut keep),
        progress: &Silent,
    };
    let run = FileScan::new(
        &engine,
        &shared.options,
        &never,
        facts(shared, sequence, found),
        sinks,
    );
    let _ = run.run(Trail::file(&found.relative), Err(reason), || None);
    shared.pass(sequence, &mut lines, true);
}

/// Reads one file and pushes what it says into `outlet`: what `extract` shows. Members are told by name, not entered.
pub fn extract(path: &Path, outlet: &mut dyn Outlet) -> Result<&'static str, Reason> {
    let opened = walk::open_named(path)?;
    let name = path
        .file_name()
        .map(|name| name.as_encoded_bytes().to_vec())
        .unwrap_or_default();
    let extension = Trail::file(&name).extension();
    let mut input =
        Input::file(&opened.file, opened.size, &extension).with_stem(document::stem(&name, &extension));
    let size = opened.size;
    let head = input.head()?;
    if head.is_empty() {
        return Ok("empty");
    }
    let complete = size <= head.len() as u64;
    let format = crate::extract::identify::identify(head, complete, &extension).format;
    let extractor = format.extractor.ok_or(Reason::Unsupported)?;
    isolate::guarded(|| extractor.extract(input, outlet))?;
    Ok(format.id)
}
