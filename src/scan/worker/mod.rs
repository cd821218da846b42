//! Parsers in processes of their own: what takes a parser down takes one document, and the scan goes on.
//!
//! A panic can be caught. Memory that runs out, a stack that overflows and a loop that never asks for the time can
//! not: they end the process. So readers that are not trusted with that ([`Trust::Foreign`]) run in processes of
//! the same program, each with a limit on memory, without a way to open a file, a socket or a program, and each
//! under the eyes of the engine, which ends it when it has been silent for too long. The processes live on from
//! document to document, so that a document costs a message and not a start.
//!
//! The document goes over as an open handle, or as its bytes where it is a member of a container. What comes back
//! is what the extractor pushes, frame by frame, while it goes on: the engine detects meanwhile. Nothing needs an
//! answer; when the engine has had enough, it ends the process.

#[cfg(unix)]
mod host;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod wire;

use super::budget::Limits;
use super::isolate::guarded;
use crate::extract::identify::Format;
use crate::extract::{Extractor, Input, Outlet, Trust};
use crate::model::Reason;

#[cfg(unix)]
pub use host::Workers;
#[cfg(unix)]
pub use serve::serve;

/// The first argument of a program that is started as a parser process; the second is its limit on memory, in bytes.
pub const COMMAND: &str = "parser-process";

/// Which readers run in a process of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Those that could take the scan down with them.
    #[default]
    Auto,
    /// All but those that keep no more than a stretch of a document in memory.
    Always,
    /// None.
    Never,
}

impl Isolation {
    /// Whether documents of a format are read in a process of their own.
    pub(super) fn covers(self, format: &Format) -> bool {
        let trust = format.extractor.map_or(Trust::Streams, Extractor::trust);
        match self {
            Self::Auto => trust == Trust::Foreign,
            Self::Always => trust != Trust::Streams,
            Self::Never => false,
        }
    }
}

/// How documents are read: by which parsers, and in which process.
#[derive(Default)]
pub struct Parsers {
    isolation: Isolation,
    #[cfg(unix)]
    workers: Option<Workers>,
}

impl Parsers {
    /// All in this process, behind a fence that catches panics: for whoever embeds the library, and where the system
    /// has no such processes.
    pub fn here() -> Self {
        Self {
            isolation: Isolation::Never,
            ..Self::default()
        }
    }

    /// In processes of `program`, which calls [`serve()`] when its first argument is [`COMMAND`]. Starts the first
    /// one, and fails where that fails.
    #[cfg(unix)]
    pub fn of(
        program: impl Into<std::ffi::OsString>,
        isolation: Isolation,
        limits: &Limits,
    ) -> std::io::Result<Self> {
        let workers = Workers::new(program);
        if isolation != Isolation::Never {
            workers.prove(limits)?;
        }
        Ok(Self {
            isolation,
            workers: Some(workers),
        })
    }

    /// Reads a document of a known format and pushes what it says into `out`.
    pub(super) fn read(
        &self,
        format: &'static Format,
        input: Input<'_>,
        limits: &Limits,
        out: &mut dyn Outlet,
    ) -> Result<(), Reason> {
        let extractor = format.extractor.ok_or(Reason::Unsupported)?;
        let input = input.with_memory_limit(limits.memory);
        #[cfg(unix)]
        if let Some(workers) = self.workers.as_ref().filter(|_| self.isolation.covers(format)) {
            return guarded(|| workers.read(format, input, limits, out));
        }
        guarded(|| extractor.extract(input, out))
    }
}
