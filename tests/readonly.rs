//! A scan changes nothing: not the contents, not the times, and it leaves nothing behind.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::harness::{Run, copy, fixtures, small_tree};

#[derive(Debug, PartialEq)]
struct Stamp {
    size: u64,
    mode: u32,
    modified: (i64, i64),
    changed: (i64, i64),
    accessed: (i64, i64),
    links: u64,
    inode: u64,
    content: Option<blake3::Hash>,
}

/// What a tree is, its folders included. Contents are read only where `contents`, since reading them moves the time
/// of access that is to be looked at.
fn stamps(below: &Path, contents: bool) -> BTreeMap<PathBuf, Stamp> {
    let mut all = BTreeMap::new();
    let mut left = vec![below.to_owned()];
    while let Some(path) = left.pop() {
        let metadata = path.symlink_metadata().unwrap();
        let content = (contents && metadata.is_file()).then(|| blake3::hash(&std::fs::read(&path).unwrap()));
        if metadata.is_dir() {
            left.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
        // Listing a folder moves its time of access, here and in the scan; nobody can list without.
        let accessed = if metadata.is_file() {
            (metadata.atime(), metadata.atime_nsec())
        } else {
            (0, 0)
        };
        let stamp = Stamp {
            size: metadata.len(),
            mode: metadata.mode(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            accessed,
            links: metadata.nlink(),
            inode: metadata.ino(),
            content,
        };
        all.insert(path, stamp);
    }
    all
}

#[test]
fn a_scan_changes_nothing() {
    let mut run = Run::new();
    let tree = run.dir().join("tree");
    copy(&fixtures("share"), &tree);
    copy(&fixtures("hostile"), &tree.join("hostile"));
    small_tree(&tree.join("small"));
    // Long unread: on a file system mounted `relatime`, a careless read would move this time.
    let long_ago = SystemTime::now() - Duration::from_hours(90 * 24);
    let times = std::fs::FileTimes::new()
        .set_accessed(long_ago)
        .set_modified(long_ago);
    for file in crate::harness::files(&tree) {
        if file.symlink_metadata().unwrap().is_file() {
            std::fs::File::options()
                .write(true)
                .open(file)
                .unwrap()
                .set_times(times)
                .unwrap();
        }
    }
    let contents = stamps(&tree, true)
        .into_values()
        .map(|s| s.content)
        .collect::<Vec<_>>();
    // Reading the contents above moved the times: set them once more.
    for file in crate::harness::files(&tree) {
        if file.symlink_metadata().unwrap().is_file() {
            std::fs::File::options()
                .write(true)
                .open(file)
                .unwrap()
                .set_times(times)
                .unwrap();
        }
    }
    let before = stamps(&tree, false);
    for args in [
        &["scan", "tree", "-o", "out.json"][..],
        &["scan", "tree", "--format", "jsonl"],
        &["scan", "tree", "--follow-links", "--reveal", "--threads", "8"],
        &["extract", "tree/kunder/kundregister.xlsx", "--reveal"],
    ] {
        run.set_args(args);
        run.run_again().code(0);
        let after = stamps(&tree, false);
        assert_eq!(before.len(), after.len(), "{args:?}");
        for (path, stamp) in &before {
            assert_eq!(Some(stamp), after.get(path), "{} after {args:?}", path.display());
        }
    }
    let after = stamps(&tree, true)
        .into_values()
        .map(|s| s.content)
        .collect::<Vec<_>>();
    assert!(contents == after);
    let beside: Vec<_> = std::fs::read_dir(run.dir())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(beside.len(), 2, "only tree and out.json: {beside:?}");
}
