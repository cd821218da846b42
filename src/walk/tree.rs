//! The walk itself: folders are listed one after the other as the caller asks for more.
//!
//! Every place is walked under one name only. The places the walk starts from (roots, listed paths, targets of
//! links that lead out of the roots) are known by their real paths, and each is passed over when it is met
//! inside another: its files are told where it is a start of its own.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::vec;

use walkdir::{DirEntry, WalkDir};

use super::filter::Filter;
use super::list::listed_name;
use super::{Entry, Found, Identity, Options, WalkError, system};
use crate::model::Reason;

/// The files below the roots, and what stands in the way of reading them.
pub struct Walk {
    filter: Filter,
    one_file_system: bool,
    follow_links: bool,
    own_outputs: HashSet<PathBuf>,
    own_temporary: Option<PathBuf>,
    own_identities: HashSet<Identity>,
    starts: vec::IntoIter<Start>,
    /// Real paths of all starts.
    territory: HashSet<PathBuf>,
    /// Files with several names of which one was handed out.
    named: HashSet<Identity>,
    /// Whether a device shows the kernel's own tables.
    kernel: HashMap<u64, bool>,
    /// The folder being walked, below it those whose links led to it.
    trees: Vec<Tree>,
}

/// A place to start from.
struct Start {
    root: u32,
    /// What stands before the names of what is in it; the whole name if it is a file.
    name: Vec<u8>,
    real: Result<PathBuf, Reason>,
    listed: bool,
}

/// A folder being walked.
struct Tree {
    root: u32,
    prefix: Vec<u8>,
    real: PathBuf,
    device: u64,
    entries: walkdir::IntoIter,
    /// The folder listed last: errors within a listing do not say whose they are.
    folder: Vec<u8>,
}

impl Walk {
    /// Prepares a walk; a missing root and a bad pattern are told now, before anything is scanned.
    pub fn new(options: Options) -> Result<Self, WalkError> {
        if options.roots.is_empty() && options.files_from.is_none() {
            return Err(WalkError::Nothing);
        }
        let filter = Filter::new(&options.include, &options.exclude)?;
        let mut territory = HashSet::new();
        let mut starts = Vec::new();
        let list = u32::try_from(options.roots.len()).unwrap_or(u32::MAX);
        for (root, path) in (0..).zip(options.roots) {
            let real = path.canonicalize().map_err(|error| broken(&error));
            match real {
                Err(Reason::NotFound) => return Err(WalkError::MissingRoot { path }),
                Ok(real) if !territory.insert(real.clone()) => continue,
                _ => {}
            }
            let name = path.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
            starts.push(Start {
                root,
                name,
                real,
                listed: false,
            });
        }
        for path in options.files_from.unwrap_or_default() {
            let real = if options.follow_links {
                path.canonicalize()
            } else {
                located(&path)
            };
            let real = real.map_err(|error| broken(&error));
            if real.as_ref().is_ok_and(|real| !territory.insert(real.clone())) {
                continue;
            }
            starts.push(Start {
                root: list,
                name: listed_name(&path),
                real,
                listed: true,
            });
        }
        // An output that is a link is known by both its ends.
        let ends = |path: &PathBuf| [located(path).ok(), path.canonicalize().ok()];
        let own_outputs = options.own_outputs.iter().flat_map(ends).flatten().collect();
        Ok(Self {
            filter,
            one_file_system: options.one_file_system,
            follow_links: options.follow_links,
            own_outputs,
            own_temporary: options.own_temporary.and_then(|path| located(&path).ok()),
            own_identities: options.own_identities.into_iter().collect(),
            starts: starts.into_iter(),
            territory,
            named: HashSet::new(),
            kernel: HashMap::new(),
            trees: Vec::new(),
        })
    }

    fn start(&mut self, start: Start) -> Option<Entry> {
        let Start {
            root,
            name,
            real,
            listed,
        } = start;
        let looked = real.and_then(|real| match fs::symlink_metadata(&real) {
            Ok(metadata) => Ok((real, metadata)),
            Err(error) => Err(system::reason(&error)),
        });
        if listed && self.filter.omits_parent(&name) {
            return Some(not_read(root, name, 0, Reason::Excluded));
        }
        match looked {
            Ok((real, metadata)) if metadata.is_dir() => {
                if listed && self.filter.omits_folder(&name) {
                    return Some(Entry::FolderExcluded {
                        root,
                        relative: or_dot(name),
                        reason: Reason::Excluded,
                    });
                }
                let prefix = if listed { name } else { Vec::new() };
                self.enter(root, prefix, real, system::device(&metadata));
                None
            }
            Ok((real, metadata)) => self.file(root, name, real, &metadata),
            Err(reason) if listed => Some(not_read(root, name, 0, reason)),
            // Nobody can say whether it is a folder, so the answer is the one that promises less.
            Err(reason) => Some(Entry::FolderFailed {
                root,
                relative: or_dot(Vec::new()),
                reason,
            }),
        }
    }

    fn enter(&mut self, root: u32, prefix: Vec<u8>, real: PathBuf, device: u64) {
        let entries = WalkDir::new(&real).min_depth(1).sort_by_file_name().into_iter();
        let folder = prefix.clone();
        self.trees.push(Tree {
            root,
            prefix,
            real,
            device,
            entries,
            folder,
        });
    }

    fn step(&mut self, step: walkdir::Result<DirEntry>) -> Option<Entry> {
        let tree = self.trees.last_mut()?;
        let root = tree.root;
        let entry = match step {
            Ok(entry) => entry,
            Err(error) => return Some(tree.failed(&error)),
        };
        let relative = tree.relative(entry.path());
        let folder = entry.file_type().is_dir();
        if self.territory.contains(entry.path()) {
            if folder {
                tree.entries.skip_current_dir();
            }
            return None;
        }
        if folder {
            return self.folder(&entry, relative);
        }
        match entry.metadata() {
            Ok(metadata) => self.file(root, relative, entry.into_path(), &metadata),
            Err(error) => {
                let reason = error.io_error().map_or(Reason::IoError, system::reason);
                Some(not_read(root, relative, 0, reason))
            }
        }
    }

    /// A folder met below a start. The walk has it listed already when it comes here, so leaving it out means
    /// to drop that listing.
    fn folder(&mut self, entry: &DirEntry, relative: Vec<u8>) -> Option<Entry> {
        let reason = if self.filter.omits_folder(&relative) {
            Some(Reason::Excluded)
        } else {
            // If it is gone, its listing tells.
            let device = entry.metadata().map(|metadata| system::device(&metadata));
            device.ok().and_then(|device| self.foreign(entry.path(), device))
        };
        let tree = self.trees.last_mut()?;
        if let Some(reason) = reason {
            tree.entries.skip_current_dir();
            return Some(Entry::FolderExcluded {
                root: tree.root,
                relative,
                reason,
            });
        }
        tree.folder = relative;
        None
    }

    /// Anything that is no folder, by what it is now.
    fn file(&mut self, root: u32, relative: Vec<u8>, path: PathBuf, metadata: &Metadata) -> Option<Entry> {
        if self.own_temporary.as_ref() == Some(&path) {
            return None;
        }
        let size = if metadata.is_file() { metadata.len() } else { 0 };
        if metadata.is_symlink() && self.follow_links {
            return self.follow(root, relative, &path);
        }
        if let Some(reason) = self.refusal(&relative, &path, metadata) {
            return Some(not_read(root, relative, size, reason));
        }
        let inode = system::identity(metadata).filter(|_| system::links(metadata) > 1);
        let found = Found {
            root,
            relative,
            path,
            size,
            modified: system::modified(metadata),
            owner: system::owner(metadata),
            mode: system::mode(metadata),
            inode,
        };
        Some(match inode {
            Some(first) if !self.named.insert(first) => Entry::HardLink { found, first },
            _ => Entry::File(found),
        })
    }

    /// Why a file is not to be opened, if it is not.
    fn refusal(&self, relative: &[u8], path: &Path, metadata: &Metadata) -> Option<Reason> {
        let own = || {
            self.own_outputs.contains(path)
                || system::identity(metadata).is_some_and(|identity| self.own_identities.contains(&identity))
        };
        if self.filter.omits_file(relative) {
            Some(Reason::Excluded)
        } else if metadata.is_symlink() {
            Some(Reason::SymbolicLink)
        } else if metadata.is_dir() {
            // It was a file when its folder was listed: that file is gone.
            Some(Reason::NotFound)
        } else if !metadata.is_file() {
            Some(Reason::SpecialFile)
        } else {
            own().then_some(Reason::OwnOutput)
        }
    }

    /// Why something on another device than the start is left out, if it is.
    fn foreign(&mut self, path: &Path, device: u64) -> Option<Reason> {
        if self.trees.last().is_none_or(|tree| tree.device == device) {
            None
        } else if self.one_file_system {
            Some(Reason::Excluded)
        } else {
            let kernel = self
                .kernel
                .entry(device)
                .or_insert_with(|| system::is_kernel_view(path));
            kernel.then_some(Reason::SpecialFile)
        }
    }

    /// A link to be followed: its target becomes a start of its own, unless it lies in one already and so is
    /// read under its own name.
    fn follow(&mut self, root: u32, relative: Vec<u8>, link: &Path) -> Option<Entry> {
        let looked = link
            .canonicalize()
            .and_then(|target| Ok((fs::symlink_metadata(&target)?, target)));
        let (metadata, target) = match looked {
            Ok(looked) => looked,
            Err(error) => return Some(not_read(root, relative, 0, broken(&error))),
        };
        if target.ancestors().any(|above| self.territory.contains(above)) {
            let above = |path: &Path| path.starts_with(&target);
            let leads_back = above(link) || self.trees.iter().any(|tree| above(&tree.real));
            let reason = if leads_back {
                Reason::LinkLoop
            } else {
                Reason::SymbolicLink
            };
            return Some(not_read(root, relative, 0, reason));
        }
        let device = system::device(&metadata);
        let foreign = self.foreign(&target, device);
        if !metadata.is_dir() {
            if let Some(reason) = foreign {
                return Some(not_read(root, relative, metadata.len(), reason));
            }
            // A name that the filter refuses must not hide the file from another link.
            if !self.filter.omits_file(&relative) {
                self.territory.insert(target.clone());
            }
            return self.file(root, relative, target, &metadata);
        }
        let omitted = self.filter.omits_folder(&relative).then_some(Reason::Excluded);
        if let Some(reason) = omitted.or(foreign) {
            return Some(Entry::FolderExcluded {
                root,
                relative,
                reason,
            });
        }
        self.territory.insert(target.clone());
        self.enter(root, relative, target, device);
        None
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let entry = if let Some(tree) = self.trees.last_mut() {
                let Some(step) = tree.entries.next() else {
                    self.trees.pop();
                    continue;
                };
                self.step(step)
            } else {
                let start = self.starts.next()?;
                self.start(start)
            };
            if entry.is_some() {
                return entry;
            }
        }
    }
}

impl Tree {
    /// The name under which something in this tree is told.
    fn relative(&self, path: &Path) -> Vec<u8> {
        let below = system::slashed(path.strip_prefix(&self.real).unwrap_or(path));
        let mut name = self.prefix.clone();
        if !name.is_empty() && name.last() != Some(&b'/') && !below.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(&below);
        name
    }

    fn failed(&self, error: &walkdir::Error) -> Entry {
        let relative = error
            .path()
            .map_or_else(|| self.folder.clone(), |path| self.relative(path));
        let reason = error.io_error().map_or(Reason::IoError, system::reason);
        Entry::FolderFailed {
            root: self.root,
            relative: or_dot(relative),
            reason,
        }
    }
}

fn not_read(root: u32, relative: Vec<u8>, size: u64, reason: Reason) -> Entry {
    Entry::NotRead {
        root,
        relative,
        size,
        reason,
    }
}

/// The root has no name below itself.
fn or_dot(relative: Vec<u8>) -> Vec<u8> {
    if relative.is_empty() {
        b".".to_vec()
    } else {
        relative
    }
}

/// Why a path could not be resolved; links that only lead to each other are a loop.
fn broken(error: &io::Error) -> Reason {
    match system::reason(error) {
        Reason::SymbolicLink => Reason::LinkLoop,
        reason => reason,
    }
}

/// The real path of something that need not exist and, if it is a link, is not followed.
fn located(path: &Path) -> io::Result<PathBuf> {
    match path.components().next_back() {
        Some(Component::Normal(name)) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Ok(folder.unwrap_or(Path::new(".")).canonicalize()?.join(name))
        }
        _ => path.canonicalize(),
    }
}
