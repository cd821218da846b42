//! The command line: arguments in, exit code out. Thin: what it calls is the library.

mod args;
mod extract;
mod gates;
mod output;
mod parsers;
mod policy;
mod progress;
mod rules;
mod scan;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Cli, Command, SchemaOf, When};

/// What the exit codes mean; a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Done. Findings alone are normal for an inventory.
    Done,
    /// A `--fail-on` gate was met.
    Gate,
    /// Wrong usage, rule or policy.
    Usage,
    /// No inventory was written.
    Fatal,
    /// Interrupted by this signal, with a valid partial inventory.
    Interrupted(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Gate => 1,
            Exit::Usage => 2,
            Exit::Fatal => 3,
            Exit::Interrupted(signal) => 128 + signal,
        })
    }
}

/// An error with its exit code; the message ends with what to do.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    fn usage(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }

    fn fatal(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Fatal,
            message: message.to_string(),
        }
    }

    /// A failed write to stdout. A reader that has gone away is no failure.
    fn stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self {
                exit: Exit::Done,
                message: String::new(),
            };
        }
        Self::fatal(format!(
            "cannot write to stdout ({}); check the disk or the pipe",
            error.kind()
        ))
    }
}

type Outcome = Result<Exit, Failure>;

/// Runs the program.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    crate::scan::quiet_panics(false);
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(exit) = parsers::serve(&args) {
        return exit.into();
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no error; a closed stdout is none either.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            let _ = error.print();
            return exit.into();
        }
    };
    let colour = cli.color;
    let outcome = match cli.command {
        Command::Scan(args) => scan::run(&args, colour),
        Command::Extract(args) => extract::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Schema { of } => print(&match of {
            SchemaOf::Inventory => pretty(&crate::inventory::json_schema()),
            SchemaOf::Events => pretty(&crate::inventory::event_schema()),
        }),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "datakarta", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
        Command::Man => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered
                .map_err(|error| Failure::stdout(&error))
                .and_then(|()| print(&String::from_utf8_lossy(&page)))
        }
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if !failure.message.is_empty() {
                // Messages quote what was typed, and what libraries say of it.
                let lines: Vec<String> = failure.message.lines().map(crate::report::escape).collect();
                say(&format!("datakarta: {}", lines.join("\n")));
            }
            failure.exit.into()
        }
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Data to stdout.
fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::stdout(&error))?;
    Ok(Exit::Done)
}

/// A message to stderr. When that is closed there is nobody to tell.
fn say(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{message}");
}

/// Whether a stream is to be coloured.
fn coloured(when: When, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            terminal && !no_color && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}
