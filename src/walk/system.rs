//! What differs between systems: opening for reading only, identities of files, owners and modes.
//!
//! Kept in one place so that the rest of the room is the same code everywhere, and so that the promise never to
//! change or leave the source can be checked by reading one file.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::{Exposure, Reason};

/// Device and inode: what a file is, whatever its name.
pub type Identity = (u64, u64);

/// Who may read a file with this mode.
///
/// The mode of the file alone is judged: a folder above it that is closed may protect it all the same.
pub fn exposure(mode: u32) -> Exposure {
    if mode & 0o004 != 0 {
        Exposure::Everyone
    } else if mode & 0o040 != 0 {
        Exposure::Group
    } else {
        Exposure::Owner
    }
}

/// The name of a user as `/etc/passwd` has it, or `uid:1000` where it has none.
///
/// The file is read once, at the first question. Users of a directory service are not in it and stay numbers:
/// asking such a service would send something from this machine.
pub fn owner_name(uid: u32) -> String {
    static USERS: OnceLock<HashMap<u32, String>> = OnceLock::new();
    let users = USERS.get_or_init(|| users(&std::fs::read("/etc/passwd").unwrap_or_default()));
    users.get(&uid).cloned().unwrap_or_else(|| format!("uid:{uid}"))
}

fn users(passwd: &[u8]) -> HashMap<u32, String> {
    let mut users = HashMap::new();
    for line in passwd.split(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let mut fields = line.split(':');
        if let (Some(name), Some(_), Some(uid)) = (fields.next(), fields.next(), fields.next())
            && let Ok(uid) = uid.parse()
            && !name.is_empty()
        {
            // The first line wins, as it does for the system's own look-up.
            users.entry(uid).or_insert_with(|| name.to_owned());
        }
    }
    users
}

/// A file opened for reading, and what it was at that moment.
pub struct Opened {
    /// The file, at its start.
    pub file: File,
    /// Its length when it was opened: read no further, or a growing log is never done.
    pub size: u64,
    modified: Option<SystemTime>,
}

impl Opened {
    /// Whether size or time of change are no longer what they were when it was opened.
    pub fn changed(&self) -> bool {
        self.file.metadata().map_or(true, |now| {
            now.len() != self.size || now.modified().ok() != self.modified
        })
    }
}

/// Opens a file for reading, and nothing but a regular file.
///
/// `path` must be free of symbolic links, as [`Found::path`](super::Found::path) is: where one has been put
/// in its place since it was listed, [`Reason::SymbolicLink`] is the answer. Opening waits for nothing (a FIFO
/// is refused, not read) and leaves the access time as it was where the system allows it.
pub fn open(path: &Path) -> Result<Opened, Reason> {
    let file = open_file(path).map_err(|error| reason(&error))?;
    let metadata = file.metadata().map_err(|error| reason(&error))?;
    if !metadata.is_file() {
        return Err(Reason::SpecialFile);
    }
    Ok(Opened {
        size: metadata.len(),
        modified: metadata.modified().ok(),
        file,
    })
}

/// Opens a file that a person named: links on the way to it are followed first.
pub fn open_named(path: &Path) -> Result<Opened, Reason> {
    let real = path.canonicalize().map_err(|error| reason(&error))?;
    open(&real)
}

/// Seconds since 1970 of the last change of the content.
pub(super) fn modified(metadata: &Metadata) -> Option<i64> {
    let time = metadata.modified().ok()?;
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok(),
        // Rounded down, as the system's own counter of seconds is.
        Err(before) => {
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).ok()?;
            Some(-whole - i64::from(before.subsec_nanos() > 0))
        }
    }
}

#[cfg(unix)]
use unix::open_file;
#[cfg(unix)]
pub(super) use unix::{device, is_kernel_view, links, mode, owner, path_of, slashed};
#[cfg(unix)]
pub use unix::{identity, reason};

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{CWD, Mode, OFlags};
    use rustix::io::Errno;

    use super::{File, Identity, Metadata, OsStr, Path, PathBuf, Reason, io};

    /// What an error of the system means for the document; its text is not kept.
    pub fn reason(error: &io::Error) -> Reason {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            // A folder on the way was replaced by a file: what was listed is gone.
            Some(Errno::NOENT | Errno::NOTDIR | Errno::STALE) => Reason::NotFound,
            Some(Errno::ACCESS | Errno::PERM) => Reason::PermissionDenied,
            Some(Errno::LOOP) => Reason::SymbolicLink,
            // A socket, or a device without a driver.
            Some(Errno::NXIO | Errno::NODEV) => Reason::SpecialFile,
            _ => match error.kind() {
                io::ErrorKind::NotFound => Reason::NotFound,
                io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
                _ => Reason::IoError,
            },
        }
    }

    /// What a file or folder is, whatever its name.
    #[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
    pub fn identity(metadata: &Metadata) -> Option<Identity> {
        Some((metadata.dev(), metadata.ino()))
    }

    pub(in super::super) fn device(metadata: &Metadata) -> u64 {
        metadata.dev()
    }

    /// How many names it has.
    pub(in super::super) fn links(metadata: &Metadata) -> u64 {
        metadata.nlink()
    }

    #[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
    pub(in super::super) fn owner(metadata: &Metadata) -> Option<u32> {
        Some(metadata.uid())
    }

    #[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
    pub(in super::super) fn mode(metadata: &Metadata) -> Option<u32> {
        Some(metadata.mode() & 0o7777)
    }

    pub(in super::super) fn path_of(bytes: &[u8]) -> PathBuf {
        PathBuf::from(OsStr::from_bytes(bytes))
    }

    /// The bytes of a path with `/` between its names.
    pub(in super::super) fn slashed(path: &Path) -> Vec<u8> {
        path.as_os_str().as_bytes().to_vec()
    }

    pub(super) fn open_file(path: &Path) -> io::Result<File> {
        // The access time may only be kept by the owner (or root); others are told EPERM.
        match open_with(path, keep_access_time()) {
            Err(Errno::PERM) => open_with(path, OFlags::empty()),
            result => result,
        }
        .map_err(io::Error::from)
    }

    fn open_with(path: &Path, extra: OFlags) -> Result<File, Errno> {
        let flags =
            OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | extra;
        loop {
            match open_beneath_no_link(path, flags) {
                Err(Errno::INTR) => {}
                result => return result.map(File::from),
            }
        }
    }

    /// `O_NOFOLLOW` guards the last name only; `openat2` guards every folder on the way too, so that a folder
    /// swapped for a link during the scan leads nowhere.
    #[cfg(target_os = "linux")]
    fn open_beneath_no_link(path: &Path, flags: OFlags) -> Result<std::os::fd::OwnedFd, Errno> {
        use rustix::fs::{ResolveFlags, openat2};
        match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
            // Kernels before 5.6, and sandboxes that do not know the call (they may say EPERM).
            Err(Errno::NOSYS | Errno::PERM) => rustix::fs::openat(CWD, path, flags, Mode::empty()),
            result => result,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_beneath_no_link(path: &Path, flags: OFlags) -> Result<std::os::fd::OwnedFd, Errno> {
        rustix::fs::openat(CWD, path, flags, Mode::empty())
    }

    #[cfg(target_os = "linux")]
    fn keep_access_time() -> OFlags {
        OFlags::NOATIME
    }

    #[cfg(not(target_os = "linux"))]
    fn keep_access_time() -> OFlags {
        OFlags::empty()
    }

    /// Whether a mount point shows the kernel's own tables: they are no documents, some have no end, and some
    /// act when they are read.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn is_kernel_view(path: &Path) -> bool {
        const KINDS: &[u64] = &[
            0x0000_9fa0, // proc
            0x6265_6572, // sysfs
            0x0027_e0eb, // cgroup
            0x6367_7270, // cgroup2
            0x6462_6720, // debugfs
            0x7472_6163, // tracefs
            0x7363_6673, // securityfs
            0x6265_6570, // configfs
            0x6165_676c, // pstore
            0xcafe_4a11, // bpf
            0xf97c_ff8c, // selinux
            0x4249_4e4d, // binfmt_misc
            0x1980_0202, // mqueue
            0x0000_1cd1, // devpts
            0xde5e_81e4, // efivarfs
        ];
        rustix::fs::statfs(path).is_ok_and(|found| {
            u64::try_from(found.f_type).is_ok_and(|kind| KINDS.contains(&(kind & 0xffff_ffff)))
        })
    }

    #[cfg(not(target_os = "linux"))]
    pub(in super::super) fn is_kernel_view(_: &Path) -> bool {
        false
    }
}

#[cfg(not(unix))]
use other::open_file;
#[cfg(not(unix))]
pub(super) use other::{device, is_kernel_view, links, mode, owner, path_of, slashed};
#[cfg(not(unix))]
pub use other::{identity, reason};

/// Systems without inodes, owners by number and modes: the answers that promise least.
#[cfg(not(unix))]
mod other {
    use super::{File, Identity, Metadata, Path, PathBuf, Reason, io};

    /// What an error of the system means for the document; its text is not kept.
    pub fn reason(error: &io::Error) -> Reason {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Reason::NotFound,
            io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
            _ => Reason::IoError,
        }
    }

    /// None: paths must tell files apart.
    pub fn identity(_: &Metadata) -> Option<Identity> {
        None
    }

    pub(in super::super) fn device(_: &Metadata) -> u64 {
        0
    }

    pub(in super::super) fn links(_: &Metadata) -> u64 {
        1
    }

    pub(in super::super) fn owner(_: &Metadata) -> Option<u32> {
        None
    }

    pub(in super::super) fn mode(_: &Metadata) -> Option<u32> {
        None
    }

    pub(in super::super) fn path_of(bytes: &[u8]) -> PathBuf {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }

    pub(in super::super) fn slashed(path: &Path) -> Vec<u8> {
        let mut bytes = path.as_os_str().as_encoded_bytes().to_vec();
        if std::path::MAIN_SEPARATOR == '\\' {
            bytes
                .iter_mut()
                .filter(|byte| **byte == b'\\')
                .for_each(|byte| *byte = b'/');
        }
        bytes
    }

    pub(super) fn open_file(path: &Path) -> io::Result<File> {
        if path.symlink_metadata()?.is_symlink() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        File::open(path)
    }

    pub(in super::super) fn is_kernel_view(_: &Path) -> bool {
        false
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::time::Duration;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let real = temp.path().canonicalize().unwrap();
        (temp, real)
    }

    #[test]
    fn only_regular_files_are_opened_and_a_fifo_is_not_waited_for() {
        let (_temp, dir) = folder();
        mknodat(CWD, dir.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap();
        for name in ["fifo", "socket", "."] {
            assert_eq!(open(&dir.join(name)).err(), Some(Reason::SpecialFile), "{name}");
        }
        assert_eq!(open(Path::new("/dev/null")).err(), Some(Reason::SpecialFile));
        assert_eq!(open(&dir.join("none")).err(), Some(Reason::NotFound));
        assert_eq!(open(&dir.join("a\0b")).err(), Some(Reason::IoError));
    }

    #[test]
    fn a_link_put_in_the_place_of_a_file_or_of_a_folder_is_refused() {
        let (_temp, dir) = folder();
        std::fs::create_dir(dir.join("real")).unwrap();
        std::fs::write(dir.join("real/a"), "abc").unwrap();
        symlink(dir.join("real/a"), dir.join("file")).unwrap();
        symlink(dir.join("real"), dir.join("folder")).unwrap();
        assert_eq!(open(&dir.join("real/a")).unwrap().size, 3);
        assert_eq!(open(&dir.join("file")).err(), Some(Reason::SymbolicLink));
        if cfg!(target_os = "linux") {
            assert_eq!(open(&dir.join("folder/a")).err(), Some(Reason::SymbolicLink));
        }
        assert_eq!(open_named(&dir.join("folder/a")).unwrap().size, 3);
    }

    #[test]
    fn reading_leaves_the_access_time_alone() {
        let (_temp, dir) = folder();
        let path = dir.join("a");
        std::fs::write(&path, "abc").unwrap();
        // Older than the change, so that relatime would move it.
        let old = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let times = std::fs::FileTimes::new().set_accessed(old);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_times(times)
            .unwrap();
        let mut text = String::new();
        open(&path).unwrap().file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        if cfg!(target_os = "linux") {
            assert_eq!(path.metadata().unwrap().atime(), 1_000_000_000);
        }
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_noticed() {
        let (_temp, dir) = folder();
        let path = dir.join("log");
        std::fs::write(&path, "abc").unwrap();
        let opened = open(&path).unwrap();
        assert!(!opened.changed());
        File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"d")
            .unwrap();
        assert!(opened.changed());
    }

    #[test]
    fn modes_say_who_may_read() {
        for (mode, who) in [
            (0o644, "everyone"),
            (0o640, "group"),
            (0o600, "owner"),
            (0o604, "everyone"),
            (0, "owner"),
        ] {
            assert_eq!(exposure(mode).id(), who);
        }
        assert!(Exposure::Owner < Exposure::Everyone);
    }

    #[test]
    fn owners_have_names_or_numbers() {
        let users = users(b"root:x:0:0::/:/bin/sh\nkim:x:1000:\nkim2:x:1000:\nbroken\n:x:7:\n+::\n");
        assert_eq!(users.len(), 2);
        assert_eq!(users[&1000], "kim");
        assert_eq!(owner_name(0), "root");
        assert_eq!(owner_name(4_000_000_001), "uid:4000000001");
    }

    #[test]
    fn times_before_1970_are_rounded_down() {
        let (_temp, dir) = folder();
        let path = dir.join("old");
        std::fs::write(&path, "").unwrap();
        let old = UNIX_EPOCH - Duration::from_millis(1500);
        let times = std::fs::FileTimes::new().set_modified(old);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_times(times)
            .unwrap();
        let metadata = path.metadata().unwrap();
        assert_eq!(modified(&metadata), Some(metadata.mtime()));
    }
}
