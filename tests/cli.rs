//! The contracts of the command line: exit codes, what a wrong input is told, what stdout and stderr hold.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{
    Run, collect, count, document, events, fixtures, inventory, is_root, of, personnummer, put, reasons,
    scan_events, text,
};

const KUND: &str = "Vera Lind, personnummer 19950502-2393, tel 070-174 06 05, vera.lind@example.com\n";

fn mode(path: &std::path::Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

// ------------------------------------------------------------------------------------------------- exit codes

#[test]
fn findings_alone_are_normal() {
    let ran = Run::new().file("a.txt", KUND).args(["scan", "tree"]).run();
    let inventory = ran.code(0).inventory();
    assert!(count(&inventory["persons"]["distinct"]) == 1);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_wrong_call_exits_with_2_and_says_what_to_do() {
    for (args, told) in [
        (&["scan"][..], "PATH"),
        (&["scan", "gone"], "`gone` does not exist; check the spelling"),
        (&["scan", "tree", "--threads", "0"], "--threads"),
        (&["scan", "tree", "--threads", "many"], "--threads"),
        (&["scan", "tree", "--max-file-size", "huge"], "such as 500M"),
        (
            &["scan", "tree", "--max-file-size", "99999999999T"],
            "larger than any file",
        ),
        (&["scan", "tree", "--max-file-size=-1"], "--max-file-size"),
        (&["scan", "tree", "--include", "[a"], "`[a`, given to --include"),
        (
            &["scan", "tree", "--exclude", "{a,b"],
            "`{a,b`, given to --exclude",
        ),
        (&["scan", "tree", "--exclude", ""], "--exclude"),
        (&["scan", "tree", "--policy", "nobodys"], "nobodys"),
        (&["scan", "tree", "--rules", "gone"], "gone"),
        (
            &["scan", "tree", "--fail-on", "everything"],
            "--fail-on `everything`",
        ),
        (&["scan", "tree", "--fail-on", "personnummer:0"], "above 0"),
        (
            &["scan", "tree", "--fail-on", "personnummer:many"],
            "`many` is no number",
        ),
        (&["scan", "tree", "--key-file", "gone"], "key file `gone`"),
        (&["scan", "tree", "--key-file", "tree"], "no regular file"),
        (&["scan", "--files-from", "gone"], "cannot read the list `gone`"),
        (&["scan", "tree", "--format", "xml"], "xml"),
        (&["scan", "tree", "--min-confidence", "certain"], "certain"),
        (&["rules", "explain", "shoe-size"], "unknown kind `shoe-size`"),
        (&["policy", "check", "gone.toml"], "gone.toml"),
        (&["extract", "tree/a.txt"], "--reveal"),
        (&["schema", "houses"], "houses"),
        (&["completions", "tcsh"], "tcsh"),
        (&["dance"], "dance"),
        (&[], "Usage"),
    ] {
        let ran = Run::new().file("a.txt", KUND).args(args).run();
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{args:?}");
        assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_key_file_must_be_long_and_closed() {
    for (length, bits, told) in [
        (31, 0o600, "less than 32 bytes"),
        (32, 0o644, "chmod 600"),
        (32, 0o640, "chmod 600"),
    ] {
        let run = Run::new()
            .beside("key", vec![5; length])
            .args(["scan", "tree", "--key-file", "key"]);
        mode(&run.dir().join("key"), bits);
        run.run().code(2).says(told);
    }
    let run = Run::new()
        .beside("key", [5; 32])
        .args(["scan", "tree", "--key-file", "key"]);
    mode(&run.dir().join("key"), 0o600);
    run.run().code(0);
}

#[test]
fn a_broken_rule_is_refused_with_its_place() {
    let syntax = "[[rule]]\nid = \"x\"\nkind = = \"health\"\n";
    let unknown = "[[rule]]\nid = \"x\"\nkind = \"shoe-size\"\ntitle = { sv = \"x\", en = \"x\" }\nwhy = \"x\"\npattern = \"x\"\n";
    for (content, line) in [(syntax, 3), (unknown, 3)] {
        let run = Run::new().beside("mine/my.toml", content);
        let ran = run.args(["scan", "tree", "--rules", "mine"]).run();
        ran.code(2);
        let place = format!("my.toml:{line}:");
        assert!(ran.stderr.contains(&place), "{}", ran.stderr);
        let column = ran.stderr.split_once(&place).unwrap().1;
        assert!(column.starts_with(|c: char| c.is_ascii_digit()), "{}", ran.stderr);
    }
}

#[test]
fn a_broken_policy_is_refused_with_its_place() {
    let run = Run::new().beside("p.toml", "id = \"x\"\nname = 3 4\n");
    let ran = run.args(["scan", "tree", "--policy", "p.toml"]).run();
    ran.code(2).says("p.toml:2:");
}

#[test]
fn no_output_is_fatal_before_anything_is_read() {
    for target in ["gone/out.json", "tree", "/proc/out.json"] {
        let ran = Run::new()
            .file("a.txt", KUND)
            .args(["scan", "tree", "-o", target])
            .run();
        ran.code(3).says(target);
        assert!(ran.stdout.is_empty());
    }
    let run = Run::new()
        .beside("closed/x", "")
        .args(["scan", "tree", "-o", "closed/out.json"]);
    mode(&run.dir().join("closed"), 0o555);
    run.without_rights().run().code(3).says("closed/out.json");
}

#[test]
fn a_full_disk_is_fatal_and_no_panic() {
    for format in ["json", "jsonl", "table"] {
        let to_file = Run::new().file("a.txt", KUND);
        let ran = to_file
            .args(["scan", "tree", "-o", "/dev/full", "--format", format])
            .run();
        ran.code(3);
        assert!(
            ran.stderr.starts_with("datakarta: cannot write"),
            "{format}: {}",
            ran.stderr
        );
        let to_stdout = Run::new().file("a.txt", KUND).stdout_to("/dev/full");
        let ran = to_stdout.args(["scan", "tree", "--format", format]).run();
        ran.code(3);
        assert!(
            ran.stderr.starts_with("datakarta: cannot write"),
            "{format}: {}",
            ran.stderr
        );
    }
    for args in [
        &["rules", "list"][..],
        &["schema"],
        &["man"],
        &["extract", "tree/a.txt", "--reveal"],
    ] {
        let run = Run::new().file("a.txt", KUND).stdout_to("/dev/full");
        run.args(args).run().code(3).says("cannot write to stdout");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for args in [
        &["scan", "tree", "--format", "jsonl"][..],
        &["scan", "tree", "--format", "json"],
        &["scan", "tree", "--format", "table"],
        &["extract", "tree/a.txt", "--reveal"],
        &["schema"],
        &["rules", "list"],
    ] {
        let run = Run::new().file("a.txt", KUND.repeat(20_000)).args(args);
        let mut child = run.spawn();
        drop(child.stdout.take());
        let out = collect(child, Vec::new());
        assert_eq!((out.code, out.stderr.as_str()), (0, ""), "{args:?}");
    }
    // A reader that takes a line first, as `head -1` does.
    let run = Run::new()
        .file("a.txt", KUND.repeat(20_000))
        .args(["scan", "tree", "--format", "jsonl"]);
    let mut child = run.spawn();
    child.stdout.take().unwrap().read_exact(&mut [0; 64]).unwrap();
    let out = collect(child, Vec::new());
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
}

// ------------------------------------------------------------------------------------------------- what is met

#[test]
fn what_may_not_be_read_is_told() {
    let run = Run::new()
        .file("closed/a.txt", KUND)
        .file("b.txt", KUND)
        .file("c.txt", KUND);
    mode(&run.at("closed"), 0o000);
    mode(&run.at("b.txt"), 0o000);
    let run = run.without_rights().args(["scan", "tree", "--format", "jsonl"]);
    let ran = run.run_again();
    mode(&run.at("closed"), 0o755);
    let events = ran.code(0).events();
    assert_eq!(document(&events, "b.txt")["status"], "failed");
    assert_eq!(reasons(&events, "b.txt"), ["permission-denied"]);
    assert_eq!(document(&events, "c.txt")["status"], "read");
    assert_eq!(reasons(&events, "closed"), ["permission-denied"]);
    assert_eq!(count(&events.last().unwrap()["coverage"]["folders"]["failed"]), 1);
}

#[test]
fn an_empty_file_is_read() {
    let events = scan_events(
        Run::new()
            .file("tom.txt", "")
            .file("tom.xlsx", "")
            .file("tom.pdf", ""),
    );
    for name in ["tom.txt", "tom.xlsx", "tom.pdf"] {
        assert_eq!(document(&events, name)["status"], "read");
    }
}

#[test]
fn files_that_grow_shrink_and_vanish_cost_nothing_but_themselves() {
    let mut run = Run::new();
    for n in 0..40 {
        put(&run.at(format!("{n:02}.txt")), KUND.repeat(400).as_bytes());
    }
    run.set_args(["scan", "tree", "--format", "jsonl", "--threads", "2"]);
    let over = Arc::new(AtomicBool::new(false));
    let (stop, tree) = (Arc::clone(&over), run.dir().join("tree"));
    let disturbing = std::thread::spawn(move || {
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            let path = tree.join(format!("{:02}.txt", n % 40));
            match n % 3 {
                0 => drop(std::fs::remove_file(&path)),
                1 => {
                    if let Ok(mut file) = std::fs::File::options().append(true).create(true).open(&path) {
                        file.write_all(KUND.repeat(50).as_bytes()).unwrap();
                    }
                }
                _ => {
                    if let Ok(file) = std::fs::File::options().write(true).open(&path) {
                        file.set_len(100).unwrap();
                    }
                }
            }
            n += 1;
        }
    });
    let mut odd = 0;
    for _ in 0..6 {
        let ran = run.run_again();
        let events = ran.code(0).events();
        for issue in of(&events, "issue") {
            let expected = ["changed-while-read", "not-found", "damaged", "io-error"];
            assert!(expected.contains(&text(&issue["reason"])), "{issue}");
            odd += 1;
        }
    }
    over.store(true, Ordering::Relaxed);
    disturbing.join().unwrap();
    println!("{odd} files were met while they changed");
}

#[test]
fn a_file_that_grows_while_it_is_read_is_told() {
    let run = Run::new().file("logg.txt", KUND.repeat(60_000));
    let run = run.args(["scan", "tree", "--format", "jsonl"]);
    let over = Arc::new(AtomicBool::new(false));
    let (stop, path) = (Arc::clone(&over), run.at("logg.txt"));
    let growing = std::thread::spawn(move || {
        let mut file = std::fs::File::options().append(true).open(path).unwrap();
        while !stop.load(Ordering::Relaxed) {
            file.write_all(b"rad\n").unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let ran = run.run_again();
    over.store(true, Ordering::Relaxed);
    growing.join().unwrap();
    let events = ran.code(0).events();
    assert_eq!(document(&events, "logg.txt")["status"], "partial");
    assert_eq!(reasons(&events, "logg.txt"), ["changed-while-read"]);
}

#[test]
fn a_list_of_paths_in_every_form() {
    let make = || {
        Run::new()
            .file("a.txt", KUND)
            .file("b\nb.txt", KUND)
            .file("ö/c.txt", KUND)
            .file("d.txt", KUND)
    };
    let listed = |events: &[Value]| -> Vec<String> {
        of(events, "document")
            .iter()
            .map(|d| text(&d["path"]).to_owned())
            .collect()
    };
    let lines = make().beside("list", "tree/a.txt\r\n\ntree/ö\n");
    let ran = lines
        .args(["scan", "--files-from", "list", "--format", "jsonl"])
        .run();
    assert_eq!(listed(&ran.code(0).events()), ["tree/a.txt", "tree/ö/c.txt"]);
    let nul = make().stdin("tree/a.txt\0tree/b\nb.txt\0gone.txt\0");
    let ran = nul.args(["scan", "--files-from", "-", "--format", "jsonl"]).run();
    let events = ran.code(0).events();
    assert_eq!(listed(&events), ["tree/a.txt", "tree/b\nb.txt", "gone.txt"]);
    assert_eq!(reasons(&events, "gone.txt"), ["not-found"]);
    let none = make().stdin("");
    let ran = none
        .args(["scan", "--files-from", "-", "--format", "jsonl"])
        .run();
    assert!(listed(&ran.code(0).events()).is_empty());
    let both = make().stdin("tree/d.txt\n");
    let ran = both
        .args(["scan", "tree/a.txt", "--files-from", "-", "--format", "jsonl"])
        .run();
    assert_eq!(listed(&ran.code(0).events()), ["a.txt", "tree/d.txt"]);
}

#[test]
fn filters_leave_out_and_count() {
    let run = Run::new()
        .file("a.txt", KUND)
        .file("a.log", KUND)
        .file(".dold", KUND)
        .file("node_modules/x/a.txt", KUND)
        .file("node_modules/b.txt", KUND);
    let run = run.args([
        "scan",
        "tree",
        "--format",
        "jsonl",
        "--include",
        "*.txt",
        "--include",
        ".dold",
    ]);
    let ran = run.args(["--exclude", "node_modules/"]).run();
    let events = ran.code(0).events();
    let read: Vec<_> = of(&events, "document")
        .into_iter()
        .filter(|d| d["status"] == "read")
        .collect();
    assert_eq!(read.len(), 2, "{read:?}");
    assert_eq!(document(&events, "a.log")["status"], "skipped");
    assert_eq!(reasons(&events, "a.log"), ["excluded"]);
    let coverage = &events.last().unwrap()["coverage"];
    assert_eq!(count(&coverage["files"]["enumerated"]), 3);
    assert_eq!(count(&coverage["folders"]["excluded"]), 1);
    assert_eq!(
        document(&events, ".dold")["status"],
        "read",
        "hidden files are scanned"
    );
}

#[test]
fn links_pipes_and_other_names() {
    let run = Run::new().file("a/a.txt", KUND).beside("ute/u.txt", KUND);
    symlink("a.txt", run.at("a/länk.txt")).unwrap();
    symlink("../../tree", run.at("a/upp")).unwrap();
    symlink("nowhere", run.at("bruten")).unwrap();
    symlink(run.dir().join("ute"), run.at("ute")).unwrap();
    symlink("ring2", run.at("ring1")).unwrap();
    symlink("ring1", run.at("ring2")).unwrap();
    mknodat(CWD, run.at("rör.txt"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    std::fs::hard_link(run.at("a/a.txt"), run.at("b.txt")).unwrap();
    std::fs::hard_link(run.at("a/a.txt"), run.at("a/c.txt")).unwrap();
    let run = run.args(["scan", "tree", "--format", "jsonl"]);
    let ran = run.run_again();
    let events = ran.code(0).events();
    for name in ["a/länk.txt", "a/upp", "bruten", "ute", "ring1"] {
        assert_eq!(reasons(&events, name), ["symbolic-link"], "{name}");
        assert_eq!(document(&events, name)["status"], "skipped");
    }
    assert_eq!(reasons(&events, "rör.txt"), ["special-file"]);
    // Read once, listed under every name; counted once.
    for name in ["a/c.txt", "b.txt"] {
        let other = document(&events, name);
        assert_eq!(
            (&other["status"], &other["hard_link_of"]),
            (&"read".into(), &"a/a.txt".into())
        );
        assert_eq!(other["kinds"], document(&events, "a/a.txt")["kinds"]);
    }
    let end = events.last().unwrap();
    assert_eq!(
        (count(&end["coverage"]["hard_links"]), count(&end["persons"])),
        (2, 1)
    );
    let json = Run::run_again(&{
        let mut run = run;
        run.set_args(["scan", "tree", "--follow-links", "--format", "jsonl"]);
        run
    });
    let events = json.code(0).events();
    assert_eq!(reasons(&events, "a/upp"), ["link-loop"]);
    assert_eq!(document(&events, "ute/u.txt")["status"], "read");
    assert_eq!(reasons(&events, "bruten"), ["not-found"]);
    assert_eq!(reasons(&events, "ring1"), ["link-loop"]);
}

#[test]
fn odd_names_reach_no_terminal_and_are_kept_in_json() {
    let raw = OsStr::from_bytes(b"l\xf6n.pdf");
    let escape = "a\u{1b}[31mröd.txt";
    let run = Run::new()
        .file("rad\nbrytning.pdf", "%PDF-1.4")
        .file(escape, "PK\x03\x04")
        .file(raw, "%PDF-1.4");
    let run = run.args(["scan", "tree", "--format", "jsonl"]);
    let mut run = run;
    let events = run.run_again().code(0).events();
    document(&events, "rad\nbrytning.pdf");
    document(&events, escape);
    let latin = document(&events, "l\u{fffd}n.pdf");
    assert_eq!(latin["path_b64"], "bPZuLnBkZg==");
    for args in [
        &["scan", "tree", "-vv", "-o", "ut.json"][..],
        &["scan", "tree", "--format", "table", "-v"],
        &["scan", "tree", "gone\u{1b}[31m"],
        &["extract", "gone\u{1b}[31m", "--reveal"],
        &["scan", "tree", "-o", "gone\u{1b}[31m/x"],
        &["scan", "tree", "--key-file", "gone\u{1b}[31m"],
        &["scan", "tree", "--policy", "gone\u{1b}[31m"],
        &["scan", "tree", "--rules", "gone\u{1b}[31m"],
        &["scan", "tree", "--fail-on", "gone\u{1b}[31m"],
        &["scan", "tree", "--fail-on", "personnummer:\u{1b}[31m"],
        &["scan", "tree", "--include", "[\u{1b}[31m"],
        &["rules", "explain", "gone\u{1b}[31m"],
        &["policy", "check", "gone\u{1b}[31m"],
    ] {
        run.set_args(args);
        let ran = run.run_again();
        for (name, bytes) in [("stdout", &ran.stdout[..]), ("stderr", ran.stderr.as_bytes())] {
            assert!(
                !bytes.contains(&0x1b),
                "{args:?}: ESC on {name}: {}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}

#[test]
fn the_output_is_not_scanned_when_it_lies_in_the_tree() {
    let run = Run::new().file("a.txt", KUND).file("ut.json", KUND);
    let ran = run.args(["scan", "tree", "-o", "tree/ut.json"]).run();
    ran.code(0);
    let first = inventory(&std::fs::read(ran.dir.path().join("tree/ut.json")).unwrap());
    assert_eq!(
        count(&first["coverage"]["files"]["enumerated"]),
        2,
        "the file written to first is no part of it"
    );
    assert_eq!(
        count(&first["coverage"]["files"]["skipped"]),
        1,
        "{}",
        first["documents"]
    );
    assert_eq!(count(&first["kinds"][0]["documents"]), 1);
    assert!(
        !first.to_string().contains(".datakarta-"),
        "the file it is written to first is told: {first}"
    );
    // Redirected by the shell.
    let run = Run::new().file("a.txt", KUND).file("ut.json", "");
    let target = run.at("ut.json");
    let ran = run
        .args(["scan", "tree", "--format", "jsonl"])
        .stdout_to(&target)
        .run();
    ran.code(0);
    let events = events(&std::fs::read(&target).unwrap());
    assert_eq!(reasons(&events, "ut.json"), ["own-output"]);
}

// ------------------------------------------------------------------------------------------------- output

#[test]
fn the_output_is_closed_to_others_and_appears_when_it_is_whole() {
    let run = Run::new()
        .file("a.txt", KUND)
        .umask("000")
        .args(["scan", "tree", "-o", "ut.json"]);
    let ran = run.run();
    ran.code(0);
    let path = ran.dir.path().join("ut.json");
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    inventory(&std::fs::read(path).unwrap());

    // Open to all before, closed after; another file, not the old one written over.
    let run = Run::new()
        .file("a.txt", KUND)
        .beside("ut.json", "old")
        .args(["scan", "tree", "-o", "ut.json"]);
    let path = run.dir().join("ut.json");
    mode(&path, 0o666);
    let old = std::fs::File::open(&path).unwrap();
    let ran = run.run();
    ran.code(0);
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    assert_ne!(old.metadata().unwrap().ino(), path.metadata().unwrap().ino());
    assert_eq!(std::io::read_to_string(old).unwrap(), "old");
    assert!(ran.stderr.is_empty());
    assert!(ran.text().contains("ut.json"), "the summary names the file");
}

#[test]
fn what_was_there_stays_when_a_run_fails() {
    for args in [
        &["scan", "gone", "-o", "ut.json"][..],
        &["scan", "tree", "-o", "ut.json", "--include", "[a"],
        &["scan", "tree", "-o", "ut.json", "--policy", "nobodys"],
    ] {
        let ran = Run::new()
            .file("a.txt", KUND)
            .beside("ut.json", "old")
            .args(args)
            .run();
        ran.code(2);
        assert_eq!(std::fs::read(ran.dir.path().join("ut.json")).unwrap(), b"old");
        assert_eq!(
            std::fs::read_dir(ran.dir.path()).unwrap().count(),
            2,
            "nothing is left behind"
        );
    }
    // A write that fails half way: the limit on the size of files stands in for a full disk.
    let run = Run::new().beside("ut.json", "old");
    for n in 0..40 {
        put(&run.at(format!("{n}.txt")), KUND.as_bytes());
    }
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"])
        .arg(crate::harness::program())
        .args(["scan", "tree", "-o", "ut.json"])
        .current_dir(run.dir())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let out = collect(command.spawn().unwrap(), Vec::new());
    out.code(3).says("cannot write");
    assert_eq!(std::fs::read(run.dir().join("ut.json")).unwrap(), b"old");
    assert_eq!(
        std::fs::read_dir(run.dir()).unwrap().count(),
        2,
        "nothing is left behind"
    );
}

/// A tree that takes long enough to be interrupted.
pub fn big_tree(run: &Run) {
    let mut block = String::new();
    for n in 0..3000 {
        let p = personnummer(n);
        block.push_str(&format!(
            "{n} {}-{} 070-174 06 {:02} kund{n}@example.com\n",
            &p[..8],
            &p[8..],
            n % 95 + 5
        ));
    }
    let large = block.repeat(20);
    for n in 0..24 {
        put(&run.at(format!("m{}/{n}.txt", n % 4)), large.as_bytes());
    }
    for n in 0..200 {
        put(&run.at(format!("z/{n}.txt")), KUND.as_bytes());
    }
}

#[test]
fn an_interrupt_ends_the_run_soon_with_a_valid_inventory() {
    let mut run = Run::new();
    big_tree(&run);
    for (signal, code, format) in [
        (Signal::INT, 130, "json"),
        (Signal::TERM, 143, "jsonl"),
        (Signal::INT, 130, "jsonl"),
        (Signal::TERM, 143, "json"),
        // The session has ended.
        #[cfg(target_os = "linux")]
        (Signal::HUP, 143, "json"),
    ] {
        let output = run.dir().join("ut");
        run.set_args(["scan", "tree", "--format", format, "--threads", "2", "-o", "ut"]);
        let child = run.spawn();
        // Scanning has begun when the output is open; a little more, so that some of it is done.
        let started = Instant::now();
        let opened = || {
            std::fs::read_dir(run.dir())
                .unwrap()
                .any(|e| e.unwrap().file_name().as_bytes().starts_with(b".datakarta-"))
        };
        while !opened() {
            assert!(started.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(150));
        let interrupted = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let out = collect(child, Vec::new());
        let took = interrupted.elapsed();
        out.code(code);
        assert!(took < Duration::from_secs(2), "{took:?}");
        let bytes = std::fs::read(&output).unwrap();
        let (run_block, coverage) = if format == "json" {
            let inventory = inventory(&bytes);
            (inventory["run"].clone(), inventory["coverage"].clone())
        } else {
            let end = events(&bytes).pop().unwrap();
            (end["run"].clone(), end["coverage"].clone())
        };
        assert_eq!(run_block["interrupted"], true);
        assert!(count(&coverage["files"]["read"]) < 224, "{coverage}");
        let told = coverage["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .any(|r| r["reason"] == "interrupted");
        assert!(told, "{coverage}");
        std::fs::remove_file(output).unwrap();
    }
}

#[test]
fn a_gate_exits_with_1_when_it_is_met() {
    let make = || {
        let run = Run::new()
            .file("a.txt", KUND)
            .file("b.txt", KUND)
            .file("c.wasm", "\0asm\x01\0\0\0");
        mode(&run.at("a.txt"), 0o644);
        mode(&run.at("b.txt"), 0o600);
        mode(&run.at("c.wasm"), 0o644);
        run
    };
    for (gates, code) in [
        (&["personnummer"][..], 1),
        (&["personnummer:2"], 1),
        (&["personnummer:3"], 0),
        (&["customer-information"], 1),
        (&["customer-information:1000"], 0),
        (&["special-categories"], 0),
        (&["incomplete"], 1),
        (&["incomplete:2"], 0),
        (&["exposed"], 1),
        (&["exposed:2"], 0),
        (&["overdue"], 0),
        (&["special-categories", "iban", "personnummer:2"], 1),
    ] {
        let gates = gates.iter().flat_map(|gate| ["--fail-on", gate]);
        let ran = make().args(["scan", "tree"]).args(gates.clone()).run();
        assert_eq!(ran.code, code, "{:?}: {}", gates.collect::<Vec<_>>(), ran.stderr);
        assert_eq!(ran.stderr.contains("met"), code == 1, "{}", ran.stderr);
        ran.inventory();
    }
    // Left out on purpose is not incomplete.
    let ran = make()
        .args(["scan", "tree", "--fail-on", "incomplete", "--exclude", "*.wasm"])
        .run();
    ran.code(0);
    // Old enough that every retention has run out.
    let run = make();
    let long_ago = std::time::UNIX_EPOCH + Duration::from_hours(24);
    std::fs::File::options()
        .write(true)
        .open(run.at("a.txt"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    run.args(["scan", "tree", "--fail-on", "overdue"])
        .run()
        .code(1)
        .says("overdue");
}

// ------------------------------------------------------------------------------------------------- the rest

#[test]
fn help_begins_with_examples() {
    for args in [
        &["-h"][..],
        &["--help"],
        &["scan", "-h"],
        &["scan", "--help"],
        &["extract", "-h"],
    ] {
        let ran = Run::new().args(args).run();
        assert!(
            ran.code(0).text().trim_start().starts_with("Example"),
            "{args:?}: {}",
            ran.text()
        );
        assert_eq!(ran.stderr, "");
    }
    let help = Run::new().args(["-h"]).run().text();
    assert!(help.contains("Exit codes: 0 done"), "{help}");
}

#[test]
fn the_small_commands_run() {
    for (args, holds) in [
        (&["completions", "bash"][..], "datakarta"),
        (&["completions", "zsh"], "#compdef datakarta"),
        (&["completions", "fish"], "datakarta"),
        (&["man"], ".TH datakarta"),
        (&["schema"], "\"$schema\""),
        (&["schema", "events"], "\"$schema\""),
        (&["policy", "list"], "categories"),
        (&["policy", "check"], "every kind in one of them"),
        (&["rules", "list"], "personnummer"),
        (&["rules", "check"], "all as they say"),
        (&["rules", "explain", "personnummer"], "Witnesses"),
        (&["--version"], "datakarta 0."),
    ] {
        let ran = Run::new().args(args).run();
        assert!(ran.code(0).text().contains(holds), "{args:?}: {}", ran.text());
        assert_eq!(ran.stderr, "", "{args:?}");
        assert!(!ran.stdout.contains(&0x1b), "{args:?}");
    }
}

#[test]
fn a_policy_that_is_shown_can_be_loaded_again() {
    let shown = Run::new().args(["policy", "show"]).run();
    shown.code(0);
    let again = Run::new().beside("p.toml", &shown.stdout);
    let mut again = again.args(["policy", "check", "p.toml"]);
    again.run_again().code(0);
    again.set_args(["policy", "show", "p.toml"]);
    assert_eq!(again.run_again().stdout, shown.stdout);
    again.set_args(["scan", "tree", "--policy", "p.toml"]);
    let ran = again.run_again();
    assert_eq!(ran.code(0).inventory()["categories"].as_array().unwrap().len(), 7);
}

#[test]
fn extract_shows_the_raw_text_when_it_is_asked_to() {
    let ran = Run::new()
        .file("a.txt", KUND)
        .args(["extract", "tree/a.txt", "--reveal"])
        .run();
    assert!(ran.code(0).text().contains("19950502-2393"));
    let ran = Run::new().file("a.csv", "namn;persnr\nVera;19950502-2393\nBo;19830903-2392\n");
    let ran = ran
        .args(["extract", "tree/a.csv", "--reveal", "--format", "jsonl"])
        .run();
    let lines: Vec<Value> = ran
        .code(0)
        .text()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(
        lines
            .iter()
            .any(|l| l["text"] == "19950502-2393" && l["label"] == "persnr"),
        "{lines:?}"
    );
    let ran = Run::new().file("a.wasm", "\0asm\x01\0\0\0");
    ran.args(["extract", "tree/a.wasm", "--reveal"])
        .run()
        .code(3)
        .says("unsupported");
    Run::new().args(["extract", "tree", "--reveal"]).run().code(3);
    Run::new()
        .args(["extract", "gone", "--reveal"])
        .run()
        .code(3)
        .says("not-found");
}

#[test]
fn colour_and_progress_are_for_terminals() {
    for (args, env) in [
        (&["scan", "tree", "--format", "table"][..], None),
        (&["scan", "tree", "-o", "ut.json"], None),
        (&["scan", "tree", "-o", "ut.json", "--progress", "always"], None),
        (&["scan", "tree", "--format", "table"], Some("1")),
        (&["--color", "never", "scan", "tree", "--format", "table"], None),
    ] {
        let mut run = Run::new().file("a.txt", KUND).args(args);
        if let Some(value) = env {
            run = run.env("NO_COLOR", value);
        }
        let ran = run.run();
        ran.code(0);
        assert!(
            !ran.stdout.contains(&0x1b) && !ran.stderr.contains('\u{1b}'),
            "{args:?}"
        );
        assert!(ran.text().contains("persons"), "{}", ran.text());
        assert_eq!(ran.stderr, "", "{args:?}");
    }
    let ran = Run::new()
        .file("a.txt", KUND)
        .args(["--color", "always", "scan", "tree", "-o", "u", "-q"])
        .run();
    assert_eq!(
        (ran.code(0).stdout.len(), ran.stderr.as_str()),
        (0, ""),
        "-q says nothing"
    );
}

#[test]
fn verbose_tells_what_was_not_read() {
    let run = Run::new().file("c.wasm", "\0asm\x01\0\0\0").file("a.txt", KUND);
    let ran = run.args(["scan", "tree", "-o", "ut.json", "-v"]).run();
    ran.code(0);
    assert_eq!(ran.stderr, "datakarta: c.wasm: unsupported\n");
}

#[test]
fn a_root_that_is_a_file_has_its_name() {
    let ran = Run::new()
        .file("a.txt", KUND)
        .args(["scan", "tree/a.txt", "--format", "jsonl"])
        .run();
    document(&ran.code(0).events(), "a.txt");
    let ran = Run::new().file("x/a.txt", KUND).file("y/a.txt", KUND);
    let ran = ran.args(["scan", "tree/x", "tree/y", "--format", "jsonl"]).run();
    let events = ran.code(0).events();
    let roots: Vec<_> = of(&events, "document")
        .iter()
        .map(|d| count(&d["root"]))
        .collect();
    assert_eq!(roots, [0, 1]);
}

#[test]
fn a_link_as_output_is_not_written_through() {
    if is_root() {
        // Nothing depends on it; said so that nobody wonders.
        println!("running as root");
    }
    let run = Run::new()
        .file("a.txt", KUND)
        .beside("viktig.txt", "old")
        .args(["scan", "tree", "-o", "ut.json"]);
    symlink("viktig.txt", run.dir().join("ut.json")).unwrap();
    let ran = run.run();
    ran.code(0);
    assert_eq!(std::fs::read(ran.dir.path().join("viktig.txt")).unwrap(), b"old");
    assert!(fixtures("share").exists());
}
