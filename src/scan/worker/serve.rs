//! The process a parser runs in: takes one document after another and tells what the extractor pushes.
//!
//! It can reach nothing: before the first document it gives up every right it does not need, and no descriptor is
//! left with which a file, a socket or a program could be opened.

use std::fs::File;
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use rustix::process::{Resource, Rlimit};

use super::wire::{self, Broken, Tag, Writer};
use crate::extract::identify::FORMATS;
use crate::extract::{Flow, Input, Member, Outlet, reason_of};
use crate::model::{Issue, Reason, Segment};
use crate::scan::isolate::guarded;

/// What is said is gathered to this size.
const GATHER: usize = 64 * 1024;
/// And told after this time at the latest, so that slow work is not taken for none.
const SILENCE: Duration = Duration::from_millis(200);
/// Room for what maps memory without using it: the program itself, stacks, the allocator's reserves.
const RESERVED: u64 = 512 << 20;

/// Serves documents until the engine hangs up. `memory` is the most that may be allocated, in bytes.
///
/// Fails where the standard input is not the socket of an engine, or the limits cannot be set.
pub fn serve(memory: u64) -> io::Result<()> {
    let socket = rustix::stdio::stdin();
    // Not an engine's socket: say so before anything is given up.
    rustix::net::sockopt::socket_type(socket)?;
    confine(socket, memory)?;
    let mut line = Line {
        socket,
        buffer: vec![0; GATHER],
        start: 0,
        end: 0,
        handle: None,
    };
    let mut speaker = Speaker::new(socket);
    speaker.frames.begin(Tag::Tick).end();
    speaker.flush()?;
    loop {
        let Some(job) = line.job()? else {
            return Ok(());
        };
        let outcome = match &job.bytes {
            Some(bytes) => job.run(Input::memory(bytes, &job.extension), &mut speaker),
            None => match line.handle.take() {
                Some(handle) => job.run_file(handle, &mut speaker),
                None => Err(Reason::IoError),
            },
        };
        speaker.done(outcome)?;
    }
}

/// Gives up what a parser does not need: memory beyond the limit, files, sockets, programs, core dumps.
fn confine(socket: BorrowedFd<'static>, memory: u64) -> io::Result<()> {
    std::thread::Builder::new()
        .stack_size(64 * 1024)
        .spawn(move || leave_with_the_engine(socket))?;
    let set = |resource, most: u64| {
        // A limit can be lowered by everybody and raised by nobody.
        let least = rustix::process::getrlimit(resource)
            .maximum
            .map_or(most, |now| now.min(most));
        let limit = Rlimit {
            current: Some(least),
            maximum: Some(least),
        };
        rustix::process::setrlimit(resource, limit)
    };
    // The only free descriptor is the one a document's handle takes.
    let free = rustix::io::dup(socket)?;
    let first_free = std::os::fd::AsRawFd::as_raw_fd(&free);
    drop(free);
    set(Resource::Nofile, u64::try_from(first_free).unwrap_or(3) + 1)?;
    set(Resource::Core, 0)?;
    set(Resource::Fsize, 0)?;
    set(Resource::Nproc, 0)?;
    set(Resource::Data, memory)?;
    set(Resource::As, memory.saturating_add(RESERVED))?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// Ends the process when the engine has gone, whatever the parser is at.
fn leave_with_the_engine(socket: BorrowedFd<'static>) {
    use rustix::event::{PollFd, PollFlags, poll};
    loop {
        let mut watched = [PollFd::new(&socket, PollFlags::empty())];
        let met = poll(&mut watched, None);
        let [watched] = watched;
        if met.is_ok()
            && watched
                .revents()
                .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
        {
            #[expect(
                clippy::exit,
                reason = "nobody is left to return to, and the parser does not listen"
            )]
            std::process::exit(0);
        }
    }
}

/// The socket, read.
struct Line {
    socket: BorrowedFd<'static>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// A document's handle that came with the bytes.
    handle: Option<OwnedFd>,
}

/// A document to read.
struct Job {
    format: usize,
    extension: String,
    stem: Option<String>,
    size: Option<u64>,
    memory: u64,
    bytes: Option<Vec<u8>>,
}

impl Line {
    /// The next job, with its bytes; `None` when the engine has hung up.
    fn job(&mut self) -> io::Result<Option<Job>> {
        let Some((tag, payload)) = self.frame()? else {
            return Ok(None);
        };
        if tag != Tag::Job {
            return Err(broken(Broken));
        }
        let (mut job, with_handle) = job(self.payload(payload)).map_err(broken)?;
        if with_handle {
            return Ok(Some(job));
        }
        // A document without a handle: nothing may take the place that is free for one.
        let _door = rustix::io::dup(self.socket);
        let mut bytes = Vec::new();
        loop {
            match self.frame()? {
                Some((Tag::Bytes, payload)) => bytes.extend_from_slice(self.payload(payload)),
                Some((Tag::EndOfBytes, _)) => break,
                _ => return Err(broken(Broken)),
            }
        }
        job.bytes = Some(bytes);
        Ok(Some(job))
    }

    fn payload(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// The next frame: its tag and where it lies in the buffer.
    fn frame(&mut self) -> io::Result<Option<(Tag, std::ops::Range<usize>)>> {
        loop {
            let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
            if let Some((tag, payload, length)) = wire::frame(unread).map_err(broken)? {
                let from = self.start + length - payload.len();
                self.start += length;
                return Ok(Some((tag, from..self.start)));
            }
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            match rustix::net::recvmsg(
                self.socket,
                &mut [IoSliceMut::new(room)],
                &mut beside,
                RecvFlags::CMSG_CLOEXEC,
            ) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other?,
            }
        };
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(handles) = message {
                self.handle = handles.last().or(self.handle.take());
            }
        }
        self.end += received.bytes;
        Ok(received.bytes)
    }
}

fn job(payload: &[u8]) -> Result<(Job, bool), Broken> {
    let mut reader = wire::Reader::new(payload);
    let job = Job {
        format: usize::try_from(reader.number()?).map_err(|_| Broken)?,
        extension: reader.string()?.to_owned(),
        stem: reader.option()?.map(str::to_owned),
        size: reader.optional_number()?,
        memory: reader.number()?,
        bytes: None,
    };
    Ok((job, reader.number()? == 1))
}

fn broken(_: Broken) -> io::Error {
    io::ErrorKind::InvalidData.into()
}

impl Job {
    fn run_file(&self, handle: OwnedFd, speaker: &mut Speaker) -> Result<(), Reason> {
        let mut file = File::from(handle);
        // The engine has looked at the head; the place in the file is shared with it.
        file.seek(SeekFrom::Start(0)).map_err(|error| reason_of(&error))?;
        let size = self.size.unwrap_or_default();
        self.run(Input::file(&file, size, &self.extension), speaker)
    }

    fn run(&self, input: Input<'_>, speaker: &mut Speaker) -> Result<(), Reason> {
        let Some(extractor) = FORMATS.get(self.format).and_then(|format| format.extractor) else {
            return Err(Reason::Unsupported);
        };
        let input = input
            .with_memory_limit(self.memory)
            .with_stem(self.stem.clone().unwrap_or_default());
        guarded(|| extractor.extract(input, speaker))
    }
}

/// Tells the engine what an extractor pushes.
struct Speaker {
    socket: BorrowedFd<'static>,
    frames: Writer,
    told: Instant,
    /// The table that the engine knows of: its id and the number of its headers.
    table: Option<(u32, usize)>,
}

impl Speaker {
    fn new(socket: BorrowedFd<'static>) -> Self {
        Self {
            socket,
            frames: Writer::default(),
            told: Instant::now(),
            table: None,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut rest = self.frames.bytes.as_slice();
        while !rest.is_empty() {
            match rustix::io::write(self.socket, rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.frames.bytes.clear();
        self.told = Instant::now();
        Ok(())
    }

    /// Goes on, unless the engine has gone.
    fn flow(&mut self) -> Flow {
        let due = self.frames.bytes.len() >= GATHER || self.told.elapsed() > SILENCE;
        if due && self.flush().is_err() {
            return Flow::Stop;
        }
        Flow::Continue
    }

    fn done(&mut self, outcome: Result<(), Reason>) -> io::Result<()> {
        self.frames.begin(Tag::Done);
        self.outcome(outcome);
        self.table = None;
        self.flush()
    }

    fn outcome(&mut self, outcome: Result<(), Reason>) {
        match outcome {
            Ok(()) => self.frames.number(0),
            Err(reason) => self.frames.number(1).reason(reason),
        };
        self.frames.end();
    }
}

impl Outlet for Speaker {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        match segment {
            Segment::Text(text) => self.frames.text(text),
            Segment::Row(row) => {
                let table = Some((row.table.id, row.table.header.len()));
                if self.table != table {
                    self.frames.table(row.table);
                    self.table = table;
                }
                self.frames.row(row);
            }
        }
        self.flow()
    }

    fn member(&mut self, member: Member<'_>) -> Flow {
        self.frames
            .begin(Tag::Member)
            .bytes(member.name)
            .optional_number(member.content.size())
            .end();
        let mut content = member.content.into_stream();
        let mut piece = vec![0; GATHER];
        let outcome = loop {
            match content.read(&mut piece) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    self.frames.begin(Tag::Bytes);
                    self.frames
                        .bytes
                        .extend_from_slice(piece.get(..count).unwrap_or_default());
                    self.frames.end();
                    if self.flow().is_stop() {
                        return Flow::Stop;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(reason_of(&error)),
            }
        };
        self.frames.begin(Tag::EndOfBytes);
        self.outcome(outcome);
        // The engine is at the member now, which may need a process of its own: it must not wait for us.
        if self.flush().is_err() {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    fn unread_member(&mut self, name: &[u8], size: u64, reason: Reason) -> Flow {
        self.frames
            .begin(Tag::Unread)
            .bytes(name)
            .number(size)
            .reason(reason)
            .end();
        self.flow()
    }

    fn issue(&mut self, issue: Issue) {
        self.frames
            .begin(Tag::Issue)
            .reason(issue.reason)
            .number(issue.count)
            .end();
    }

    fn tick(&mut self) -> Flow {
        if self.told.elapsed() > SILENCE {
            self.frames.begin(Tag::Tick).end();
        }
        self.flow()
    }
}
