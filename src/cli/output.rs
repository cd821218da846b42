//! Where results are written: atomically, readable by their owner alone, or straight to what is no regular file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Failure;

/// A result on its way.
pub(super) enum Output {
    /// A file that appears under its name when it is whole.
    Atomic {
        temporary: NamedTempFile,
        target: PathBuf,
    },
    /// A device or pipe that exists already.
    Device(File),
    /// Standard output.
    Stdout,
}

impl Output {
    /// Opens the output before anything is scanned, so that an output that cannot be written costs nothing.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self::Stdout);
        };
        let fail = |error: &io::Error| {
            Failure::fatal(format!(
                "cannot write `{}` ({}); name a file in a folder you may write to",
                shown(path),
                error.kind()
            ))
        };
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::fatal(format!(
                    "`{}` is a folder; name a file in it",
                    shown(path)
                )));
            }
            Ok(metadata) if !metadata.is_file() => {
                return Ok(Self::Device(
                    OpenOptions::new()
                        .write(true)
                        .open(path)
                        .map_err(|error| fail(&error))?,
                ));
            }
            _ => {}
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        // Created with mode 0600 from the first byte, and gone when the program is.
        let temporary = tempfile::Builder::new()
            .prefix(".datakarta-")
            .suffix(".tmp")
            .tempfile_in(folder)
            .map_err(|error| fail(&error))?;
        Ok(Self::Atomic {
            temporary,
            target: path.to_owned(),
        })
    }

    /// Paths the scan must not read.
    pub(super) fn own_paths(&self) -> Vec<PathBuf> {
        match self {
            Self::Atomic { target, .. } => vec![target.clone()],
            _ => Vec::new(),
        }
    }

    /// The file that is there only while the scan runs: no part of what is scanned.
    pub(super) fn temporary(&self) -> Option<PathBuf> {
        match self {
            Self::Atomic { temporary, .. } => Some(temporary.path().to_owned()),
            _ => None,
        }
    }

    /// The name to tell; `None` for stdout.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Atomic { target, .. } => Some(target.display().to_string()),
            _ => None,
        }
    }

    /// Whether this is standard output.
    pub(super) fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// A writer to it; [`finish`](Self::finish) must follow.
    pub(super) fn writer(&self) -> Result<Box<dyn Write + Send>, Failure> {
        let clone = |file: &File| {
            file.try_clone()
                .map_err(|error| Failure::fatal(format!("cannot write ({})", error.kind())))
        };
        Ok(match self {
            Self::Atomic { temporary, .. } => {
                Box::new(BufWriter::with_capacity(128 * 1024, clone(temporary.as_file())?))
            }
            Self::Device(file) => Box::new(BufWriter::with_capacity(128 * 1024, clone(file)?)),
            Self::Stdout => Box::new(BufWriter::with_capacity(64 * 1024, io::stdout())),
        })
    }

    /// Lets the file appear under its name.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if let Self::Atomic { temporary, target } = self {
            let fail = |error: &io::Error| {
                Failure::fatal(format!(
                    "cannot write `{}` ({}); what was there before is unchanged",
                    shown(&target),
                    error.kind()
                ))
            };
            temporary.as_file().sync_all().map_err(|error| fail(&error))?;
            temporary.persist(&target).map_err(|error| fail(&error.error))?;
        }
        Ok(())
    }
}

/// A path given by the user, safe for a terminal.
pub(super) fn shown(path: &Path) -> String {
    crate::report::escape(&path.to_string_lossy())
}
