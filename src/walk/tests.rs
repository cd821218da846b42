//! What the walk promises, on trees made for it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

/// A folder to walk, by its real path.
struct Share {
    _temp: tempfile::TempDir,
    path: PathBuf,
}

impl Share {
    fn new(files: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().canonicalize().unwrap();
        let share = Self { _temp: temp, path };
        for file in files {
            share.write(file.as_bytes());
        }
        share
    }

    fn at(&self, name: impl AsRef<[u8]>) -> PathBuf {
        self.path.join(OsStr::from_bytes(name.as_ref()))
    }

    /// Each file holds its own name's length in bytes.
    fn write(&self, name: &[u8]) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }

    fn options(&self) -> Options {
        Options {
            roots: vec![self.path.clone()],
            ..Options::default()
        }
    }
}

fn walk(options: Options) -> Vec<Entry> {
    Walk::new(options).unwrap().collect()
}

/// One line per entry: `0 file a/b`, `0 not-read:symbolic-link c`.
fn told(options: Options) -> Vec<String> {
    walk(options).iter().map(line).collect()
}

fn line(entry: &Entry) -> String {
    let what = match entry {
        Entry::File(_) => "file".to_owned(),
        Entry::HardLink { .. } => "hard-link".to_owned(),
        Entry::NotRead { reason, .. } => format!("not-read:{}", reason.id()),
        Entry::FolderFailed { reason, .. } => format!("folder-failed:{}", reason.id()),
        Entry::FolderExcluded { reason, .. } => format!("folder-left-out:{}", reason.id()),
    };
    format!("{} {what} {}", entry.root(), entry.relative().escape_ascii())
}

#[test]
fn files_come_in_byte_order_hidden_ones_too_with_what_is_known_of_them() {
    let share = Share::new(&["b/x", "a", "B", ".hidden/.y", "b/1", "b.txt"]);
    assert_eq!(
        told(share.options()),
        [
            "0 file .hidden/.y",
            "0 file B",
            "0 file a",
            "0 file b/1",
            "0 file b/x",
            "0 file b.txt"
        ]
    );
    let entries = walk(share.options());
    let Some(Entry::File(found)) = entries.first() else {
        panic!("no file")
    };
    assert_eq!(found.size, 10);
    assert_eq!(found.path, share.at(".hidden/.y"));
    assert!(found.modified.is_some_and(|time| time > 1_500_000_000));
    assert_eq!(found.owner, Some(rustix::process::geteuid().as_raw()));
    assert!(found.mode.is_some_and(|mode| mode & 0o600 == 0o600));
    assert_eq!(found.inode, None);
}

#[test]
fn any_bytes_are_a_name() {
    let share = Share::new(&[]);
    for name in [&b"l\xf6n/\xff\xfe"[..], b"new\nline", b"\x1b[31mred", b"\\back"] {
        share.write(name);
    }
    let names: Vec<_> = walk(share.options())
        .iter()
        .map(|entry| entry.relative().to_vec())
        .collect();
    assert_eq!(
        names,
        [&b"\x1b[31mred"[..], b"\\back", b"l\xf6n/\xff\xfe", b"new\nline"]
    );
}

#[test]
fn debug_output_shows_no_names() {
    let share = Share::new(&["kim"]);
    symlink("kim", share.at("kim.link")).unwrap();
    assert!(!format!("{:?}", walk(share.options())).contains("kim"));
}

#[test]
fn a_root_that_is_a_file_has_its_own_name_and_one_that_is_a_link_is_followed() {
    let share = Share::new(&["a/b.txt"]);
    symlink("a", share.at("folder")).unwrap();
    symlink("a/b.txt", share.at("link.txt")).unwrap();
    let roots = |name: &str| Options {
        roots: vec![share.at(name)],
        ..Options::default()
    };
    assert_eq!(told(roots("a/b.txt")), ["0 file b.txt"]);
    assert_eq!(told(roots("link.txt")), ["0 file link.txt"]);
    assert_eq!(told(roots("folder")), ["0 file b.txt"]);
}

#[test]
fn a_walk_that_cannot_begin_says_what_to_do() {
    let share = Share::new(&["a"]);
    let missing = Options {
        roots: vec![share.at("a"), share.at("no\x1bne")],
        ..Options::default()
    };
    let text = Walk::new(missing).err().unwrap().to_string();
    assert!(text.contains("no\\u{1b}ne` does not exist; check"), "{text}");
    let text = Walk::new(Options::default()).err().unwrap().to_string();
    assert!(text.contains("--files-from"), "{text}");
    let bad = Options {
        include: vec!["[".to_owned()],
        ..share.options()
    };
    let text = Walk::new(bad).err().unwrap().to_string();
    assert!(text.contains("`[`, given to --include,"), "{text}");
}

#[test]
fn links_are_told_and_not_followed() {
    let share = Share::new(&["a/b"]);
    symlink("a/b", share.at("file")).unwrap();
    symlink("a", share.at("folder")).unwrap();
    symlink("nowhere", share.at("dangling")).unwrap();
    symlink("self", share.at("self")).unwrap();
    let lines = told(share.options());
    assert_eq!(
        lines,
        [
            "0 file a/b",
            "0 not-read:symbolic-link dangling",
            "0 not-read:symbolic-link file",
            "0 not-read:symbolic-link folder",
            "0 not-read:symbolic-link self",
        ]
    );
}

#[test]
fn followed_links_end_and_no_file_is_read_twice() {
    let outside = Share::new(&["x/1", "x/y/2", "z"]);
    let share = Share::new(&["a/b"]);
    for (target, link) in [
        (PathBuf::from(".."), "a/up"),
        (share.path.clone(), "a/whole"),
        ("a/b".into(), "inside"),
        ("nowhere".into(), "dangling"),
        ("self".into(), "self"),
        (outside.at("x/y"), "out1"),
        (outside.at("x"), "out2"),
        (outside.at("x/y/2"), "out3"),
        (outside.at("z"), "out4"),
        (outside.at("z"), "out5"),
    ] {
        symlink(target, share.at(link)).unwrap();
    }
    symlink("..", outside.at("x/y/round")).unwrap();
    symlink(&share.path, outside.at("x/back")).unwrap();
    let options = Options {
        follow_links: true,
        ..share.options()
    };
    assert_eq!(
        told(options),
        [
            "0 file a/b",
            "0 not-read:link-loop a/up",
            "0 not-read:link-loop a/whole",
            "0 not-read:not-found dangling",
            "0 not-read:symbolic-link inside",
            "0 file out1/2",
            // `..` of `out1` is a folder not walked yet; `out2` is then the same folder.
            "0 file out1/round/1",
            "0 not-read:link-loop out1/round/back",
            "0 not-read:symbolic-link out2",
            "0 not-read:symbolic-link out3",
            "0 file out4",
            "0 not-read:symbolic-link out5",
            "0 not-read:link-loop self",
        ]
    );
}

#[test]
fn a_followed_link_is_opened_by_its_real_path() {
    let outside = Share::new(&["z"]);
    let share = Share::new(&[]);
    symlink(outside.at("z"), share.at("link")).unwrap();
    let entries = walk(Options {
        follow_links: true,
        ..share.options()
    });
    let [Entry::File(found)] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(open(&found.path).unwrap().size, 1);
}

#[test]
fn a_link_above_the_root_leads_to_a_walk_that_ends() {
    let share = Share::new(&["root/a", "other/b"]);
    symlink("..", share.at("root/up")).unwrap();
    let options = Options {
        roots: vec![share.at("root")],
        follow_links: true,
        ..Options::default()
    };
    assert_eq!(told(options), ["0 file a", "0 file up/other/b"]);
}

#[test]
fn special_files_are_told_and_not_opened() {
    let share = Share::new(&["a"]);
    mknodat(CWD, share.at("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(share.at("socket")).unwrap();
    let options = Options {
        roots: vec![share.path.clone(), "/dev/null".into()],
        ..Options::default()
    };
    assert_eq!(
        told(options),
        [
            "0 file a",
            "0 not-read:special-file fifo",
            "0 not-read:special-file socket",
            "1 not-read:special-file null"
        ]
    );
}

#[test]
fn later_names_of_a_file_point_to_the_first() {
    let share = Share::new(&["b/first", "alone"]);
    fs::hard_link(share.at("b/first"), share.at("c")).unwrap();
    fs::hard_link(share.at("b/first"), share.at("d")).unwrap();
    let options = share.options();
    assert_eq!(
        told(options.clone()),
        ["0 file alone", "0 file b/first", "0 hard-link c", "0 hard-link d"]
    );
    let entries = walk(options.clone());
    let (Entry::File(file), Entry::HardLink { found, first }) = (&entries[1], &entries[2]) else {
        panic!("{entries:?}")
    };
    assert_eq!(file.inode, Some(*first));
    assert_eq!(found.inode, Some(*first));
    // A name that is left out is not the first.
    let exclude = vec!["first".to_owned()];
    assert_eq!(
        told(Options { exclude, ..options }),
        [
            "0 file alone",
            "0 not-read:excluded b/first",
            "0 file c",
            "0 hard-link d"
        ]
    );
}

#[test]
fn a_folder_that_may_not_be_listed_is_told_and_passed() {
    let share = Share::new(&["a/1", "closed/2", "d"]);
    fs::set_permissions(share.at("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let lines = told(share.options());
    let rooted = told(Options {
        roots: vec![share.at("closed")],
        ..Options::default()
    });
    let denied = fs::read_dir(share.at("closed")).is_err();
    fs::set_permissions(share.at("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    // Root may list it all the same; then there is nothing to see here but that the walk goes on.
    if denied {
        assert_eq!(
            lines,
            [
                "0 file a/1",
                "0 folder-failed:permission-denied closed",
                "0 file d"
            ]
        );
        assert_eq!(rooted, ["0 folder-failed:permission-denied ."]);
    } else {
        assert_eq!(lines, ["0 file a/1", "0 file closed/2", "0 file d"]);
    }
}

#[test]
fn what_vanishes_during_the_walk_is_told() {
    let share = Share::new(&["a", "b/1", "c", "d"]);
    let mut walk = Walk::new(share.options()).unwrap();
    assert_eq!(line(&walk.next().unwrap()), "0 file a");
    fs::remove_dir_all(share.at("b")).unwrap();
    fs::remove_file(share.at("c")).unwrap();
    fs::remove_file(share.at("d")).unwrap();
    fs::create_dir(share.at("d")).unwrap();
    let lines: Vec<_> = walk.map(|entry| line(&entry)).collect();
    assert_eq!(
        lines,
        [
            "0 folder-failed:not-found b",
            "0 not-read:not-found c",
            "0 not-read:not-found d"
        ]
    );
}

#[test]
fn a_root_that_vanishes_after_the_start_is_told() {
    let share = Share::new(&["a/1", "b/1"]);
    let options = Options {
        roots: vec![share.at("a"), share.at("b")],
        ..Options::default()
    };
    let walk = Walk::new(options).unwrap();
    fs::remove_dir_all(share.at("b")).unwrap();
    let lines: Vec<_> = walk.map(|entry| line(&entry)).collect();
    assert_eq!(lines, ["0 file 1", "1 folder-failed:not-found ."]);
}

#[test]
fn filtered_files_are_told_with_their_size_and_filtered_folders_once() {
    let share = Share::new(&[
        "a.txt",
        "b.pdf",
        "node_modules/x/1.txt",
        "node_modules/2.txt",
        "new\nline.log",
    ]);
    symlink("a.txt", share.at("link.pdf")).unwrap();
    let options = Options {
        include: vec!["*.txt".to_owned()],
        exclude: vec!["node_modules/".to_owned()],
        ..share.options()
    };
    assert_eq!(
        told(options.clone()),
        [
            "0 file a.txt",
            "0 not-read:excluded b.pdf",
            "0 not-read:excluded link.pdf",
            "0 not-read:excluded new\\nline.log",
            "0 folder-left-out:excluded node_modules",
        ]
    );
    assert!(matches!(walk(options)[1], Entry::NotRead { size: 5, .. }));
}

#[test]
fn own_outputs_are_told_by_path_even_before_they_exist_and_by_identity() {
    let share = Share::new(&["a", "new.json", "stdout.json", "target"]);
    symlink("target", share.at("link")).unwrap();
    let stdout = identity(&fs::metadata(share.at("stdout.json")).unwrap()).unwrap();
    fs::remove_file(share.at("new.json")).unwrap();
    let options = Options {
        own_outputs: vec![share.at("./new.json"), share.at("link"), "/none/x".into()],
        own_identities: vec![stdout],
        ..share.options()
    };
    let walk = Walk::new(options).unwrap();
    share.write(b"new.json");
    let lines: Vec<_> = walk.map(|entry| line(&entry)).collect();
    assert_eq!(
        lines,
        [
            "0 file a",
            "0 not-read:symbolic-link link",
            "0 not-read:own-output new.json",
            "0 not-read:own-output stdout.json",
            "0 not-read:own-output target",
        ]
    );
}

#[test]
fn overlapping_roots_tell_each_file_once() {
    let share = Share::new(&["a/1", "a/b/2", "a/b/c/3"]);
    symlink("a/b", share.at("link")).unwrap();
    let roots = |names: &[&str]| Options {
        roots: names.iter().map(|name| share.at(name)).collect(),
        ..Options::default()
    };
    assert_eq!(told(roots(&["a", "a/b"])), ["0 file 1", "1 file 2", "1 file c/3"]);
    assert_eq!(told(roots(&["a/b", "a"])), ["0 file 2", "0 file c/3", "1 file 1"]);
    assert_eq!(
        told(roots(&["a/b", "link", "a/../a/b"])),
        ["0 file 2", "0 file c/3"]
    );
    assert_eq!(
        told(roots(&["a", "a/b/2"])),
        ["0 file 1", "0 file b/c/3", "1 file 2"]
    );
    // A root is walked even where the filter of another would leave it out.
    let options = Options {
        exclude: vec!["b/".to_owned()],
        ..roots(&["a", "a/b"])
    };
    assert_eq!(told(options), ["0 file 1", "1 file 2", "1 file c/3"]);
}

#[test]
fn a_list_is_read_in_its_order_under_its_own_names() {
    let share = Share::new(&["a/1", "a/b/2", "c", "skip/x"]);
    symlink("c", share.at("link")).unwrap();
    let name = |name: &str| format!("{}/{name}", share.path.display());
    let listed = ["c", "none", "a", "a/b/2", "link", "c", "skip/x"];
    let text = listed.map(name).join("\r\n");
    let options = Options {
        files_from: Some(parse_list(text.as_bytes())),
        exclude: vec!["skip/".to_owned()],
        ..Options::default()
    };
    let expected = [
        ("file", "c"),
        ("not-read:not-found", "none"),
        ("file", "a/1"),
        ("file", "a/b/2"),
        ("not-read:symbolic-link", "link"),
        ("not-read:excluded", "skip/x"),
    ];
    let expected = expected.map(|(what, path)| format!("0 {what} {}", name(path)));
    assert_eq!(told(options.clone()), expected);
    // Beside a root, what is listed is told as listed, and once.
    let beside = Options {
        roots: vec![share.at("a")],
        ..options
    };
    let lines = told(beside);
    assert_eq!(lines.len(), 6);
    assert_eq!(lines.iter().filter(|line| line.ends_with("a/b/2")).count(), 1);
    assert_eq!(
        told(Options {
            files_from: Some(Vec::new()),
            ..Options::default()
        }),
        [""; 0]
    );
}

#[test]
fn a_list_of_links_may_be_followed() {
    let share = Share::new(&["a", "b"]);
    symlink("a", share.at("link")).unwrap();
    let list = ["link", "a", "b"].map(|name| share.at(name)).to_vec();
    let lines = told(Options {
        files_from: Some(list),
        follow_links: true,
        ..Options::default()
    });
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("0 file") && lines[0].ends_with("/link"));
}

#[test]
fn the_tables_of_the_kernel_are_left_out() {
    // Needs a place where one is mounted below a folder that can be listed quickly.
    if !Path::new("/proc/sys/fs").exists() {
        return;
    }
    let exclude = vec!["/*".to_owned()];
    let root = |exclude| Options {
        roots: vec!["/".into()],
        exclude,
        ..Options::default()
    };
    assert!(
        told(root(exclude))
            .iter()
            .any(|line| line == "0 folder-left-out:excluded proc")
    );
    let others: Vec<_> = fs::read_dir("/")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != "proc")
        .map(|name| format!("/{name}"))
        .collect();
    assert!(told(root(others.clone())).contains(&"0 folder-left-out:special-file proc".to_owned()));
    let one = Options {
        one_file_system: true,
        ..root(others)
    };
    assert!(told(one).contains(&"0 folder-left-out:excluded proc".to_owned()));
}

#[test]
fn a_deep_tree_costs_no_stack_and_a_path_too_long_is_told() {
    let share = Share::new(&[]);
    let name = "d".repeat(200);
    let mut path = share.path.clone();
    while path.as_os_str().len() < 3800 {
        path.push(&name);
    }
    fs::create_dir_all(&path).unwrap();
    // Beyond the longest path the system takes, only a folder that is open can be gone into.
    let mut at = rustix::fs::openat(CWD, &path, rustix::fs::OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..3 {
        rustix::fs::mkdirat(&at, &name, Mode::RWXU).unwrap();
        at = rustix::fs::openat(&at, &name, rustix::fs::OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
    let entries = walk(share.options());
    assert!(
        matches!(
            &entries[..],
            [Entry::FolderFailed {
                reason: Reason::IoError,
                ..
            }]
        ),
        "{entries:?}"
    );
}
