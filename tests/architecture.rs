//! The plan of the house holds: rooms use lower floors only, and what is allowed in one place is found in no other.

use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::files;

/// Which room stands how high. A room uses rooms that stand lower, and none beside it.
///
/// The rooms of floor 1 stand on steps, in the order they build on each other: the rules check numbers, and both
/// checking and ruling fold text.
const HEIGHTS: &[(&str, u32)] = &[
    ("model", 0),
    ("text", 10),
    ("checks", 11),
    ("rules", 12),
    ("walk", 20),
    ("extract", 20),
    ("detect", 20),
    ("classify", 20),
    ("inventory", 20),
    ("report", 30),
    ("scan", 30),
    ("cli", 40),
];

/// What a file may do that others may not.
const ALLOWED: &[(&str, &[&str])] = &[
    // A parser process ends when the engine has gone, whatever it is at.
    ("process::exit", &["scan/worker/serve.rs"]),
    ("process::abort", &[]),
    ("fs::write", &[]),
    ("File::create", &[]),
    ("OpenOptions", &["cli/output.rs"]),
    ("fs::remove", &[]),
    ("fs::rename", &[]),
    ("fs::set_permissions", &[]),
    ("create_dir", &[]),
    ("tempfile", &["cli/output.rs"]),
    ("TcpStream", &[]),
    ("UdpSocket", &[]),
    // Parser processes, and text recognition where it is asked for.
    ("Command::new", &["scan/worker/host.rs", "scan/ocr.rs"]),
    ("UnixStream", &["scan/worker/host.rs"]),
    ("indicatif", &["cli/progress.rs"]),
    ("mmap", &[]),
];

/// Files may be this long; tests in them count too.
const LONGEST: usize = 600;
struct Source {
    /// Below `src/`.
    name: String,
    room: String,
    /// Without comments and tests.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all: Vec<Source> = files(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let room = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            Source {
                lines: text.lines().count(),
                code: code(&name, &text),
                room,
                name,
            }
        })
        .collect();
    assert!(all.len() > 60, "{} files", all.len());
    all
}

/// The text without comments, and without its tests, which stand at the end.
fn code(name: &str, text: &str) -> String {
    let file = name.rsplit('/').next().unwrap();
    if ["tests.rs", "testing.rs", "heard.rs"].contains(&file) {
        return String::new();
    }
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.ends_with("mod tests {")) {
            break;
        }
        let bare = line.split("//").next().unwrap_or_default();
        code.push_str(bare);
        code.push('\n');
    }
    code
}

/// The rooms that `crate::…` leads to, braces and all.
fn rooms_used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    for (at, path) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + path.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            used.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut first = true;
        for (offset, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => first = true,
                c if first && depth == 0 && !c.is_whitespace() => {
                    used.push(word(&list[offset..]));
                    first = false;
                }
                _ => {}
            }
        }
    }
    used
}

#[test]
fn rooms_use_lower_floors_only() {
    let heights: BTreeMap<&str, u32> = HEIGHTS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut looked = 0;
    for source in sources() {
        let Some(&own) = heights.get(source.room.as_str()) else {
            assert!(
                ["lib", "main"].contains(&source.room.as_str()),
                "`{}` has no floor",
                source.room
            );
            continue;
        };
        for room in rooms_used(&source.code) {
            if room == source.room {
                continue;
            }
            looked += 1;
            match heights.get(room.as_str()) {
                Some(&height) if height < own => {}
                _ => wrong.push(format!("{} uses `{room}`", source.name)),
            }
        }
    }
    assert!(looked > 100, "only {looked} imports were seen");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_seen_in_every_notation() {
    let code =
        "use crate::{model::{Kind, Role}, text, scan::{a, b::{c}}};\nfn f() { crate::cli::run(); $crate::x }";
    assert_eq!(rooms_used(code), ["model", "text", "scan", "cli"]);
    let tested = "use crate::a;\n// use crate::b\n#[cfg(test)]\nmod tests {\n use crate::c;\n}\n";
    assert_eq!(rooms_used(&self::code("x.rs", tested)), ["a"]);
}

#[test]
fn what_is_allowed_in_one_place_is_found_in_no_other() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (what, places) in ALLOWED {
            if source.code.contains(what) && !places.contains(&source.name.as_str()) {
                wrong.push(format!("{} holds `{what}`", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_of_rooms_and_files_say_what_is_in_them() {
    for source in sources() {
        for part in source.name.trim_end_matches(".rs").split('/') {
            let vague = ["util", "utils", "common", "helper", "helpers", "misc"];
            assert!(!vague.contains(&part), "{}", source.name);
        }
    }
}

#[test]
fn files_stay_readable() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.lines > LONGEST {
            wrong.push(format!("{} has {} lines", source.name, source.lines));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_begins_with_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, _) in HEIGHTS {
        let text = std::fs::read_to_string(root.join(room).join("mod.rs")).unwrap();
        assert!(text.starts_with("//! "), "src/{room}/mod.rs");
    }
}
