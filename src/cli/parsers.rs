//! Where parsers run: in processes of this same program, which is started anew for that.

use std::ffi::OsString;

use super::args::ParsingArgs;
use super::{Exit, say};
use crate::scan::{Isolation, Parsers, quiet_panics, worker};

/// When the program was started as a parser process: serves documents until the engine hangs up.
pub(super) fn serve(args: &[OsString]) -> Option<Exit> {
    let [_, command, memory] = args else { return None };
    if command != worker::COMMAND {
        return None;
    }
    #[cfg(unix)]
    {
        // Where a parser panicked goes to the engine, which tells it where that is wanted.
        quiet_panics(true);
        let memory = memory.to_str().and_then(|memory| memory.parse().ok());
        let served = memory.map(worker::serve);
        if matches!(served, Some(Ok(()))) {
            return Some(Exit::Done);
        }
    }
    say(&format!(
        "datakarta: `{}` is for the program itself, which talks to it; use `datakarta scan`",
        worker::COMMAND
    ));
    Some(Exit::Usage)
}

/// The parsers that were asked for. Where there can be no such processes, that is said: the scan then has less
/// protection, and goes on.
pub(super) fn parsers(args: &ParsingArgs) -> Parsers {
    let isolation = args.isolation();
    if isolation == Isolation::Never {
        return Parsers::here();
    }
    #[cfg(unix)]
    let started = program().and_then(|program| Parsers::of(program, isolation, &args.limits()));
    #[cfg(not(unix))]
    let started: std::io::Result<Parsers> = Err(std::io::ErrorKind::Unsupported.into());
    started.unwrap_or_else(|error| {
        say(&format!(
            "datakarta: parsers cannot run in processes of their own ({}), so a hostile file could end the scan; \
             --isolate never says that this is intended",
            error.kind()
        ));
        Parsers::here()
    })
}

/// This program, also when its file was replaced meanwhile.
#[cfg(unix)]
fn program() -> std::io::Result<OsString> {
    let same = std::path::Path::new("/proc/self/exe");
    if same.exists() {
        return Ok(same.into());
    }
    std::env::current_exe().map(Into::into)
}
