//! The engine: walks, reads in parallel, isolates, counts, and gives the sum back in an order that does not depend on
//! the number of threads.

mod budget;
mod desk;
mod document;
mod isolate;
mod names;
mod ocr;
mod part;
pub mod prove;
mod queue;
mod record;
mod rows;
pub mod score;
mod tell;
mod turnstile;
pub mod worker;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::desk::Desk;
use self::document::FileScan;
use self::isolate::guarded;
use self::part::{Done, FileFacts, Part, Sinks};
use self::queue::{Giver, Queue};
use self::record::write_line;
use self::turnstile::Turnstile;
use crate::checks::date::Date;
use crate::classify::Key;
use crate::detect::Engine;
use crate::extract::{Input, Member, Outlet};
use crate::inventory::{Document, Event, Shelf, Sum};
use crate::model::{Confidence, Reason, Status, Trail};
use crate::rules::policy::months;
use crate::rules::{AllowList, Policy, RuleSet};
use crate::walk::{self, Entry, Found, Identity, Walk, WalkError};

pub use budget::Limits;
pub use isolate::quiet_panics;
pub use ocr::{Ocr, OcrError, is_recognised, tell_pages};
pub use worker::{Isolation, Parsers};

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
    /// What is allowed; it is counted apart.
    pub allow: AllowList,
    /// The key outlives the run: fingerprints made with it are worth telling.
    pub lasting_key: bool,
    /// Raw values are given out.
    pub reveal: bool,
    /// Threads that read; at least 1.
    pub threads: usize,
    /// Larger files are not opened.
    pub max_file_size: Option<u64>,
    /// Limits per file.
    pub limits: Limits,
    /// In which process parsers run, and whether text of pictures is recognised.
    pub parsers: Parsers,
}

/// A name that was given on the command line, as it may be written down: a folder can be called after a person.
pub fn shown_name(rules: &RuleSet, today: Date, name: &str, reveal: bool) -> String {
    names::shown(&Engine::new(rules, today), name, reveal)
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
    desks: Vec<Desk>,
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
        desks: (0..threads).map(|_| Desk::default()).collect(),
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
    let (Ok(walking), Ok(pool)) = (walking, pool) else {
        // The system gives no threads: nothing was read, and nothing is lost either.
        let _ = shared.queue.close();
        return Err(ScanError::NoThreads);
    };
    for index in 0..threads {
        let (shared, done) = (Arc::clone(&shared), done.clone());
        pool.spawn(move || {
            work(&shared, index);
            let _ = done.send(());
        });
    }
    drop(done);
    let mut walked = true;
    if await_workers(&shared, &finished) {
        // Nothing is left in the queue, so the walk is over; a walk that died did not see everything.
        walked = walking.join().is_ok();
    } else {
        // A thread that did not stop in time keeps the pool: leaving must not wait for it.
        std::mem::forget(pool);
    }
    Ok(desk::seal(&shared, walked))
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
    let desk = &shared.desks[index];
    while let Some((sequence, entry)) = shared.queue.take() {
        let survived = guarded(|| {
            one(shared, desk, &engine, sequence, entry);
            Ok(())
        });
        if survived.is_err() {
            desk::died(shared, desk, &engine, sequence);
        }
    }
}

fn one(shared: &Shared, desk: &Desk, engine: &Engine<'_>, sequence: u64, entry: Entry) {
    let interrupted = shared.stop.load(Ordering::Relaxed) != 0;
    match entry {
        Entry::File(found) => {
            let wanted = if interrupted {
                Err(Reason::Interrupted)
            } else {
                Ok(())
            };
            read_file(shared, desk, engine, sequence, &found, wanted);
        }
        Entry::HardLink { found, first } => hard_link(shared, desk, engine, sequence, &found, first),
        Entry::NotRead {
            root,
            relative,
            size,
            reason,
        } => {
            let found = desk::unopened(root, relative, size);
            read_file(shared, desk, engine, sequence, &found, Err(reason));
        }
        Entry::FolderFailed {
            root,
            relative,
            reason,
        } => {
            let mut part = desk::failed_folder(shared, engine, root, &relative, reason);
            desk.commit(shared, sequence, &mut part, true);
        }
        Entry::FolderExcluded { .. } => {
            let mut part = Part::default();
            part.sum.excluded_folder();
            desk.commit(shared, sequence, &mut part, true);
        }
    }
}

fn read_file(
    shared: &Shared,
    desk: &Desk,
    engine: &Engine<'_>,
    sequence: u64,
    found: &Found,
    wanted: Result<(), Reason>,
) {
    let options = &shared.options;
    if !desk.begin(sequence, found) {
        return;
    }
    let facts = facts(shared, found);
    let trail = Trail::file(&found.relative);
    let mut commit = |part: &mut Part, last: bool| desk.commit(shared, sequence, part, last);
    let sinks = Sinks {
        commit: &mut commit,
        events: shared.turnstile.is_some(),
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
            let stem = record::stem(&found.relative, &extension);
            let input = Input::file(&opened.file, opened.size, &extension).with_stem(stem);
            run.run(trail, Ok(input), || {
                opened.changed().then_some(Reason::ChangedWhileRead)
            })
        }
        Err(reason) => run.run(trail, Err(*reason), || None),
    };
    shared.link(found, done);
    shared.progress.done(found.size);
}

/// Another name of a file: its record repeats what was found under the first name, which is waited for.
fn hard_link(
    shared: &Shared,
    desk: &Desk,
    engine: &Engine<'_>,
    sequence: u64,
    found: &Found,
    first: Identity,
) {
    if !desk.begin(sequence, found) {
        return;
    }
    let facts = facts(shared, found);
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
    let mut part = Part::default();
    let status = done.as_ref().map_or(Status::Failed, |done| done.status);
    part.sum.cover_hard_link(status);
    let kinds = done.as_ref().map(|done| done.kinds.clone()).unwrap_or_default();
    let name = done.as_ref().map(|done| done.at.path.clone());
    let format = done.as_ref().and_then(|done| done.format).map(str::to_owned);
    let event = Event::Document {
        at: at.clone(),
        format: format.clone(),
        bytes: found.size,
        status,
        hard_link_of: name.clone(),
        kinds: kinds.clone(),
        source: None,
        suppressed: 0,
    };
    write_line(&mut part.lines, &event);
    if !kinds.is_empty() || status != Status::Read {
        part.record(&Document {
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
            source: None,
            suppressed: 0,
            findings: Vec::new(),
            issues: Vec::new(),
        });
    }
    desk.commit(shared, sequence, &mut part, true);
    shared.progress.done(0);
}

fn facts(shared: &Shared, found: &Found) -> FileFacts {
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

    /// Keeps what came of a file for its other names.
    fn link(&self, found: &Found, done: Done) {
        if let Some(identity) = found.inode {
            lock(&self.links).insert(identity, Some(Arc::new(done)));
            self.linked.notify_all();
        }
    }
}

/// Reads one file and pushes what it says into `outlet`: what `extract` shows. Members are told by name, not entered;
/// see [`extract_member`].
pub fn extract(
    path: &Path,
    parsers: &Parsers,
    limits: &Limits,
    outlet: &mut dyn Outlet,
) -> Result<&'static str, Reason> {
    let opened = walk::open_named(path)?;
    let name = path
        .file_name()
        .map(|name| name.as_encoded_bytes().to_vec())
        .unwrap_or_default();
    let extension = Trail::file(&name).extension();
    let input = Input::file(&opened.file, opened.size, &extension).with_stem(record::stem(&name, &extension));
    extract_input(input, parsers, limits, outlet)
}

/// Reads a member of a container that an extractor has pushed, and pushes what it says.
pub fn extract_member(
    member: Member<'_>,
    parsers: &Parsers,
    limits: &Limits,
    outlet: &mut dyn Outlet,
) -> Result<&'static str, Reason> {
    let extension = Trail::file(member.name).extension();
    let size = member.content.size();
    let mut content = member.content.into_stream();
    let input =
        Input::stream(&mut content, size, &extension).with_stem(record::stem(member.name, &extension));
    extract_input(input, parsers, limits, outlet)
}

fn extract_input(
    mut input: Input<'_>,
    parsers: &Parsers,
    limits: &Limits,
    outlet: &mut dyn Outlet,
) -> Result<&'static str, Reason> {
    let size = input.size();
    let extension = input.extension().to_owned();
    let head = input.head()?;
    if head.is_empty() {
        return Ok("empty");
    }
    let complete = size.is_some_and(|size| size <= head.len() as u64);
    let format = crate::extract::identify::identify(head, complete, &extension).format;
    parsers.read(format, input, limits, outlet)?;
    Ok(format.id)
}
