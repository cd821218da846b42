//! Walking: from the roots a person named to the files below them, each told exactly once.
//!
//! Whatever is not handed on to be read (links, devices, filtered files, folders that cannot be listed) is an
//! [`Entry`] too, since an inventory that is silent about what it did not read would promise too much.
//!
//! The walk streams: it keeps the folders on the way down, files that have several names, and the places it
//! started from, but no list of files. Within a folder, names come in byte order, so that two runs agree.

mod filter;
mod list;
mod system;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::Reason;

pub use list::parse_list;
pub use system::{Identity, Opened, exposure, identity, open, open_named, owner_name, reason};
pub use tree::Walk;

/// What to walk.
#[derive(Clone, Default)]
pub struct Options {
    /// Files and folders named on the command line. A root that is a symbolic link is followed.
    pub roots: Vec<PathBuf>,
    /// Paths of a list (see [`parse_list`]). A folder in it is walked; a link in it is treated as any other link.
    pub files_from: Option<Vec<PathBuf>>,
    /// Globs of files to read, against the path below the root; empty reads all.
    pub include: Vec<String>,
    /// Globs of files and folders to leave out; stronger than `include`.
    pub exclude: Vec<String>,
    /// Leave out what is mounted below a root.
    pub one_file_system: bool,
    /// Follow symbolic links.
    pub follow_links: bool,
    /// Files this run writes, by path; they need not exist yet.
    pub own_outputs: Vec<PathBuf>,
    /// The file this run writes to until its output is whole: passed over in silence, since it was not there before and
    /// will not be there after.
    pub own_temporary: Option<PathBuf>,
    /// Files this run writes, by identity: where stdout goes, when it was redirected into a scanned folder.
    pub own_identities: Vec<Identity>,
}

/// A file to read.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Index of its root in [`Options::roots`]; files of the list have the index after the last root.
    pub root: u32,
    /// Its path below the root, as bytes with `/`: the name of the file when the root is a file, and the path as
    /// it was listed for a file of the list.
    pub relative: Vec<u8>,
    /// Where to open it: a path without symbolic links.
    pub path: PathBuf,
    /// Its length when it was listed.
    pub size: u64,
    /// When its content last changed, in seconds since 1970.
    pub modified: Option<i64>,
    /// The number of the user who owns it, where the system has such numbers.
    pub owner: Option<u32>,
    /// Its permission bits, where the system has them.
    pub mode: Option<u32>,
    /// Its identity when it has more than one name.
    pub inode: Option<Identity>,
}

/// What the walk met.
#[derive(Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file to read.
    File(Found),
    /// One more name of a file that was handed out before.
    HardLink {
        /// This name.
        found: Found,
        /// The [`Found::inode`] of the file under its first name.
        first: Identity,
    },
    /// Something that is not to be read, or could not be looked at.
    NotRead {
        /// Its root, as in [`Found::root`].
        root: u32,
        /// Its path, as in [`Found::relative`].
        relative: Vec<u8>,
        /// Its length if it is a regular file, else 0.
        size: u64,
        /// Why.
        reason: Reason,
    },
    /// A folder that could not be listed, or not to its end; what is in it is unknown.
    FolderFailed {
        /// Its root, as in [`Found::root`].
        root: u32,
        /// Its path; `.` is the root itself.
        relative: Vec<u8>,
        /// Why.
        reason: Reason,
    },
    /// A folder that was left out with all that is in it.
    FolderExcluded {
        /// Its root, as in [`Found::root`].
        root: u32,
        /// Its path; `.` is the root itself.
        relative: Vec<u8>,
        /// [`Reason::Excluded`] by a filter, [`Reason::SpecialFile`] for the kernel's own tables (`/proc`).
        reason: Reason,
    },
}

impl Entry {
    /// The root it belongs to.
    pub fn root(&self) -> u32 {
        match self {
            Self::File(found) | Self::HardLink { found, .. } => found.root,
            Self::NotRead { root, .. }
            | Self::FolderFailed { root, .. }
            | Self::FolderExcluded { root, .. } => *root,
        }
    }

    /// Its path below that root.
    pub fn relative(&self) -> &[u8] {
        match self {
            Self::File(found) | Self::HardLink { found, .. } => &found.relative,
            Self::NotRead { relative, .. }
            | Self::FolderFailed { relative, .. }
            | Self::FolderExcluded { relative, .. } => relative,
        }
    }
}

/// Debug output shows no names: a file name can be personal data.
impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Found({} bytes of name, {} bytes)",
            self.relative.len(),
            self.size
        )
    }
}

/// Debug output shows no names: a file name can be personal data.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(found) => write!(f, "File({found:?})"),
            Self::HardLink { found, .. } => write!(f, "HardLink({found:?})"),
            Self::NotRead { reason, .. } => write!(f, "NotRead({reason:?})"),
            Self::FolderFailed { reason, .. } => write!(f, "FolderFailed({reason:?})"),
            Self::FolderExcluded { reason, .. } => write!(f, "FolderExcluded({reason:?})"),
        }
    }
}

/// Why a walk cannot begin. What goes wrong later is an [`Entry`].
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// Neither a root nor a list was given.
    #[error("nothing to scan; name a file or a folder, or give a list with --files-from")]
    Nothing,
    /// A root does not exist.
    #[error(
        "`{}` does not exist; check the spelling, and that the share is mounted",
        shown(path)
    )]
    MissingRoot {
        /// The root as given.
        path: PathBuf,
    },
    /// A pattern is no glob.
    #[error(
        "`{}`, given to {option}, is not a valid pattern ({}); correct it, or put `\\` before a character that \
         stands for itself",
        shown(Path::new(glob)),
        shown(Path::new(problem))
    )]
    Glob {
        /// `--include` or `--exclude`.
        option: &'static str,
        /// The pattern as given.
        glob: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// What the command line gave may hold control characters, which must not reach a terminal.
fn shown(path: &Path) -> String {
    let mut text = String::new();
    for character in path.to_string_lossy().chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
