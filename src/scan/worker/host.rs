//! The engine's side: hands documents to parser processes and pushes on what they tell.
//!
//! A process that dies, says nothing for too long or makes no sense is ended; that costs the document it was at.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};

use super::wire::{self, Broken, Heading, Reader, Tag, Writer};
use crate::extract::identify::{FORMATS, Format};
use crate::extract::{Flow, Input, Member, Outlet, carry, reason_of};
use crate::model::{Issue, Reason, Row, Segment};
use crate::scan::budget::Limits;
use crate::scan::isolate;

/// Documents after which a process is replaced: what a parser leaks or breaks does not pile up.
const DOCUMENTS: u32 = 256;
/// How often the engine is asked for time and interrupt while a process says nothing.
const PATIENCE: Duration = Duration::from_millis(50);
const BUFFER: usize = 128 * 1024;
/// How long a process that hung up may take to end, in milliseconds.
const DYING: u32 = 200;
/// The signal of a system that has no memory left: nobody here has sent it yet.
const KILLED: i32 = 9;
/// A process that reads a document in a document gets half as much memory as the one around it, and never less.
const LEAST: u64 = 128 << 20;
/// What the allocator writes before it ends the process.
const OUT_OF_MEMORY: &str = "memory allocation of ";

thread_local! {
    /// Processes that wait until this thread has read what lies in their documents.
    static WAITING: Cell<u32> = const { Cell::new(0) };
}

/// One more process that waits.
struct Waiting;

impl Waiting {
    /// How many wait already, and one more as long as this lives.
    fn begin() -> (u32, Self) {
        let before = WAITING.get();
        WAITING.set(before + 1);
        (before, Self)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.set(WAITING.get().saturating_sub(1));
    }
}

/// Parser processes: those that are at rest, and how to start another.
///
/// One scan has as many as threads are at a document at once (more where documents lie in documents).
pub struct Workers {
    program: OsString,
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Processes of `program`, which must call [`super::serve()`] when its first argument is [`super::COMMAND`].
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            idle: Mutex::default(),
        }
    }

    /// Starts one process, to see whether that works here.
    pub fn prove(&self, limits: &Limits) -> io::Result<()> {
        let mut worker = Worker::start(&self.program, limits.parser_memory)?;
        // It says that it is there when it has given up its rights.
        let mut greeting = [0; wire::HEAD];
        worker.socket.set_read_timeout(Some(limits.stall))?;
        worker.socket.read_exact(&mut greeting)?;
        worker.socket.set_read_timeout(Some(PATIENCE))?;
        self.idle().push(worker);
        Ok(())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process at rest that may take so much memory.
    fn rested(&self, memory: u64) -> Option<Worker> {
        let mut idle = self.idle();
        let at = idle.iter().rposition(|worker| worker.memory == memory)?;
        Some(idle.swap_remove(at))
    }

    /// Lets a process read `input` and pushes what it tells into `out`.
    pub(in crate::scan) fn read(
        &self,
        format: &'static Format,
        input: Input<'_>,
        limits: &Limits,
        out: &mut dyn Outlet,
    ) -> Result<(), Reason> {
        let (around, _waiting) = Waiting::begin();
        let share = limits.parser_memory.checked_shr(around).unwrap_or(0);
        let memory = share.max(LEAST).min(limits.parser_memory);
        let pictures = out.wants_pictures();
        let mut worker = match self.rested(memory) {
            Some(worker) => worker,
            None => Worker::start(&self.program, memory).map_err(|_| Reason::IoError)?,
        };
        let deadline = limits.stall_for(input.size().unwrap_or(0));
        let (outcome, end) = match worker.send(format, input, limits, pictures) {
            Ok(()) => {
                let mut unseen = BTreeSet::new();
                let listened = worker.listen(deadline, &mut unseen, out);
                if !unseen.is_empty() {
                    out.issue(Issue {
                        reason: Reason::NeedsOcr,
                        count: unseen.len() as u64,
                    });
                }
                listened
            }
            Err(Failed::Input(reason)) => (Err(reason), End::Discard),
            Err(Failed::Process) => (Err(worker.cause_of_death()), End::Discard),
        };
        worker.documents += 1;
        if end == End::Keep && worker.documents < DOCUMENTS {
            self.idle().push(worker);
        }
        outcome
    }
}

/// Whether a process can take another document.
#[derive(PartialEq, Eq)]
enum End {
    Keep,
    Discard,
}

/// Why a document was not handed over.
enum Failed {
    /// It could not be read.
    Input(Reason),
    /// The process does not listen.
    Process,
}

/// One process.
struct Worker {
    child: Child,
    /// The most it may take.
    memory: u64,
    socket: UnixStream,
    errors: Option<ChildStderr>,
    documents: u32,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    fn start(program: &OsString, memory: u64) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PATIENCE))?;
        let mut child = Command::new(program)
            .arg0("datakarta")
            .arg(super::COMMAND)
            .arg(memory.to_string())
            .env_clear()
            .current_dir("/")
            // What is typed at the terminal is meant for the engine.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let errors = child.stderr.take();
        if let Some(errors) = &errors {
            rustix::fs::fcntl_setfl(errors, rustix::fs::OFlags::NONBLOCK)?;
        }
        Ok(Self {
            child,
            memory,
            socket: ours,
            errors,
            documents: 0,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
        })
    }

    /// Hands a document over: a file by its handle, anything else by its bytes.
    fn send(
        &mut self,
        format: &'static Format,
        input: Input<'_>,
        limits: &Limits,
        pictures: bool,
    ) -> Result<(), Failed> {
        let number = FORMATS.iter().position(|known| std::ptr::eq(*known, format));
        let handle = input.handle();
        let mut writer = Writer::default();
        writer
            .begin(Tag::Job)
            .number(number.unwrap_or(usize::MAX) as u64)
            .bytes(input.extension().as_bytes())
            .option(input.stem())
            .optional_number(input.size())
            .limits(&limits.content)
            .number(u64::from(pictures))
            .number(u64::from(handle.is_some()))
            .end();
        if let Some(file) = handle {
            return self.send_with(&writer.bytes, file).map_err(|_| Failed::Process);
        }
        self.socket
            .set_write_timeout(Some(limits.stall))
            .map_err(|_| Failed::Process)?;
        let mut left = limits.content.memory;
        let mut stream = input.into_stream();
        let mut piece = vec![0; BUFFER];
        loop {
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(count) if count as u64 > left => return Err(Failed::Input(Reason::MemoryLimit)),
                Ok(count) => {
                    left -= count as u64;
                    writer.begin(Tag::Bytes);
                    writer
                        .bytes
                        .extend_from_slice(piece.get(..count).unwrap_or_default());
                    writer.end();
                    self.socket
                        .write_all(&writer.bytes)
                        .map_err(|_| Failed::Process)?;
                    writer.bytes.clear();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failed::Input(reason_of(&error))),
            }
        }
        writer.begin(Tag::EndOfBytes).end();
        self.socket.write_all(&writer.bytes).map_err(|_| Failed::Process)
    }

    fn send_with(&mut self, bytes: &[u8], handle: &std::fs::File) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        let handles = [handle.as_fd()];
        beside.push(SendAncillaryMessage::ScmRights(&handles));
        let sent = rustix::net::sendmsg(
            &self.socket,
            &[IoSlice::new(bytes)],
            &mut beside,
            SendFlags::empty(),
        )?;
        self.socket.write_all(bytes.get(sent..).unwrap_or_default())
    }

    /// Pushes on what the process tells, until the document is done or the process is of no use any more. Pages whose
    /// pictures were not recognised are noted in `unseen`.
    fn listen(
        &mut self,
        deadline: Duration,
        unseen: &mut BTreeSet<u32>,
        out: &mut dyn Outlet,
    ) -> (Result<(), Reason>, End) {
        let mut heading = Heading::default();
        loop {
            match self.hear(&mut heading, unseen, out) {
                Ok(Heard::Starved) => match self.fill(deadline, &mut || out.tick()) {
                    Ok(()) => {}
                    Err(Silence::Stopped) => return (Ok(()), End::Discard),
                    Err(Silence::TooLong) => return (Err(Reason::Timeout), End::Discard),
                    Err(Silence::Dead) => return (Err(self.cause_of_death()), End::Discard),
                },
                Ok(Heard::Stop) => return (Ok(()), End::Discard),
                Ok(Heard::Done(Err(Reason::ParserDied))) => {
                    // It caught the panic itself, and now would wait for the next document.
                    let _ = self.socket.shutdown(std::net::Shutdown::Both);
                    return (Err(self.cause_of_death()), End::Discard);
                }
                Ok(Heard::Done(outcome)) => return (outcome, End::Keep),
                Ok(Heard::Member { name, size }) => {
                    let mut body = Body {
                        worker: self,
                        deadline,
                        silent: Duration::ZERO,
                        left: 0,
                        ended: false,
                    };
                    let content = Input::stream(&mut body, size, "");
                    let flow = out.member(Member { name: &name, content });
                    if flow.is_stop() {
                        return (Ok(()), End::Discard);
                    }
                    if let Err(end) = body.drain(out) {
                        return (end, End::Discard);
                    }
                }
                Err(Broken) => return (Err(self.cause_of_death()), End::Discard),
            }
        }
    }

    /// Pushes on the frames that are whole.
    fn hear(
        &mut self,
        heading: &mut Heading,
        unseen: &mut BTreeSet<u32>,
        out: &mut dyn Outlet,
    ) -> Result<Heard, Broken> {
        let (mut cells, mut shifts) = (Vec::new(), Vec::new());
        loop {
            let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
            let Some((tag, payload, length)) = wire::frame(unread)? else {
                return Ok(Heard::Starved);
            };
            self.start += length;
            let mut reader = Reader::new(payload);
            let flow = match tag {
                Tag::Text => out.segment(&Segment::Text(&reader.text(&mut shifts)?)),
                Tag::Table => {
                    *heading = reader.table()?;
                    Flow::Continue
                }
                Tag::Row => {
                    let number = reader.row(&mut cells)?;
                    out.segment(&Segment::Row(&Row {
                        table: &heading.table(),
                        number,
                        cells: &cells,
                    }))
                }
                Tag::Member => {
                    return Ok(Heard::Member {
                        name: reader.bytes()?.to_vec(),
                        size: reader.optional_number()?,
                    });
                }
                Tag::Unread => out.unread_member(reader.bytes()?, reader.number()?, reader.reason()?),
                Tag::Issue => {
                    out.issue(Issue {
                        reason: reader.reason()?,
                        count: reader.number()?,
                    });
                    Flow::Continue
                }
                Tag::Picture => {
                    let picture = reader.picture()?;
                    let page = picture.page;
                    if !out.picture(picture) {
                        unseen.insert(page);
                    }
                    out.tick()
                }
                Tag::Tick => out.tick(),
                Tag::Done => return Ok(Heard::Done(outcome(&mut reader)?)),
                Tag::Job | Tag::Bytes | Tag::EndOfBytes => return Err(Broken),
            };
            if flow.is_stop() {
                return Ok(Heard::Stop);
            }
        }
    }

    /// Waits for more bytes, asking `tick` now and then.
    fn fill(&mut self, deadline: Duration, tick: &mut dyn FnMut() -> Flow) -> Result<(), Silence> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            let more = (self.buffer.len() * 2).min(wire::LONGEST + wire::HEAD);
            self.buffer.resize(more, 0);
        }
        // What is counted is patience, not the clock: the whole scan may have been suspended meanwhile.
        let mut waited = Duration::ZERO;
        loop {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.socket.read(room) {
                Ok(0) => return Err(Silence::Dead),
                Ok(count) => {
                    self.end += count;
                    return Ok(());
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) =>
                {
                    if tick().is_stop() {
                        return Err(Silence::Stopped);
                    }
                    if error.kind() != io::ErrorKind::Interrupted {
                        waited += PATIENCE;
                    }
                    if waited > deadline {
                        return Err(Silence::TooLong);
                    }
                }
                Err(_) => return Err(Silence::Dead),
            }
        }
    }

    /// Why the process is of no use any more; where in the code a parser panicked is told where that is wanted.
    fn cause_of_death(&mut self) -> Reason {
        // One that hung up is ending by itself, and how is worth knowing; one that made no sense is not waited for.
        let mut ended = None;
        for _ in 0..DYING {
            ended = self.child.try_wait().ok().flatten();
            if ended.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let by_system = ended.is_some_and(|status| status.signal() == Some(KILLED));
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut told = Vec::new();
        if let Some(errors) = self.errors.take() {
            let _ = errors.take(64 * 1024).read_to_end(&mut told);
        }
        let told = String::from_utf8_lossy(&told);
        isolate::relay(&told);
        if by_system || told.contains(OUT_OF_MEMORY) {
            Reason::MemoryLimit
        } else {
            Reason::ParserDied
        }
    }
}

fn outcome(reader: &mut Reader<'_>) -> Result<Result<(), Reason>, Broken> {
    Ok(match reader.number()? {
        0 => Ok(()),
        _ => Err(reader.reason()?),
    })
}

/// What came of the frames at hand.
enum Heard {
    /// More bytes are needed.
    Starved,
    /// The engine wants to stop.
    Stop,
    /// The document is done.
    Done(Result<(), Reason>),
    /// A member; its bytes follow.
    Member { name: Vec<u8>, size: Option<u64> },
}

/// Why nothing more comes.
enum Silence {
    Stopped,
    TooLong,
    Dead,
}

/// The bytes of a member, as they come.
struct Body<'w> {
    worker: &'w mut Worker,
    deadline: Duration,
    /// How long nothing has come.
    silent: Duration,
    /// Bytes of the present piece that were not given out.
    left: usize,
    ended: bool,
}

impl Body<'_> {
    /// Makes sure that bytes of a piece are at hand; false at the end of the member.
    fn piece(&mut self, tick: &mut dyn FnMut() -> Flow) -> Result<bool, Lost> {
        while self.left == 0 && !self.ended {
            let worker = &mut *self.worker;
            let unread = worker.buffer.get(worker.start..worker.end).unwrap_or_default();
            match wire::frame(unread).map_err(|Broken| Lost::Process)? {
                Some((Tag::Bytes, payload, length)) => {
                    self.left = payload.len();
                    worker.start += length - payload.len();
                }
                Some((Tag::EndOfBytes, payload, length)) => {
                    let outcome = outcome(&mut Reader::new(payload)).map_err(|Broken| Lost::Process)?;
                    worker.start += length;
                    self.ended = true;
                    outcome.map_err(Lost::Member)?;
                }
                Some((Tag::Tick, _, length)) => worker.start += length,
                Some(_) => return Err(Lost::Process),
                None => worker
                    .fill(self.deadline, tick)
                    .map_err(|silence| match silence {
                        Silence::Stopped => Lost::Patience,
                        Silence::TooLong => Lost::Time,
                        Silence::Dead => Lost::Process,
                    })?,
            }
        }
        Ok(!self.ended)
    }

    /// Reads past what the engine did not want of the member. `Err` where the document ends with it.
    fn drain(mut self, out: &mut dyn Outlet) -> Result<(), Result<(), Reason>> {
        loop {
            match self.piece(&mut || out.tick()) {
                Ok(true) => {
                    self.worker.start += self.left;
                    self.left = 0;
                }
                // What was wrong with the member has been told where it was read.
                Ok(false) | Err(Lost::Member(_)) => return Ok(()),
                Err(Lost::Patience) => return Err(Ok(())),
                Err(Lost::Time) => return Err(Err(Reason::Timeout)),
                Err(Lost::Process) => return Err(Err(self.worker.cause_of_death())),
            }
        }
    }
}

/// Why a member's bytes end before its end.
enum Lost {
    /// The member itself cannot be read further.
    Member(Reason),
    /// The process is dead or makes no sense.
    Process,
    /// It says nothing for too long.
    Time,
    /// Whoever reads is to look whether to go on.
    Patience,
}

impl Read for Body<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // After every pause the reader around this one is asked again whether there is time.
        match self.piece(&mut || Flow::Stop) {
            Ok(false) => Ok(0),
            Ok(true) => {
                let worker = &mut *self.worker;
                let count = self.left.min(into.len()).min(worker.end - worker.start);
                let from = worker.buffer.get(worker.start..worker.start + count);
                if let (Some(into), Some(from)) = (into.get_mut(..count), from) {
                    into.copy_from_slice(from);
                }
                worker.start += count;
                self.left -= count;
                self.silent = Duration::ZERO;
                Ok(count)
            }
            Err(Lost::Member(reason)) => Err(carry(reason)),
            Err(Lost::Process) => Err(carry(Reason::ParserDied)),
            Err(Lost::Time) => Err(carry(Reason::Timeout)),
            Err(Lost::Patience) if self.silent > self.deadline => Err(carry(Reason::Timeout)),
            Err(Lost::Patience) => {
                self.silent += PATIENCE;
                Err(io::ErrorKind::Interrupted.into())
            }
        }
    }
}
