//! Runs the program over a folder made for one test, and reads what it wrote.
//!
//! Every JSON and JSON Lines output that passes through here is checked against the published schema, and its
//! coverage must add up: no test has to remember to ask.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A scan of the tree that tells every finding, and its value.
pub const EVERYTHING: [&str; 7] = [
    "scan",
    "tree",
    "--format",
    "jsonl",
    "--reveal",
    "--min-confidence",
    "low",
];

/// No run of a test takes longer than this, hanging included.
const LONGEST: Duration = Duration::from_mins(2);

/// The program.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_datakarta"))
}

/// A path below `fixtures/`.
pub fn fixtures(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(below)
}

/// A folder of its own, and a command to run in it.
pub struct Run {
    dir: TempDir,
    args: Vec<OsString>,
    stdin: Vec<u8>,
    env: Vec<(String, String)>,
    stdout_to: Option<PathBuf>,
    user: Option<u32>,
    umask: Option<&'static str>,
}

impl Run {
    /// An empty folder `tree` to scan, in a folder of its own that is also the working directory.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("tree")).unwrap();
        Self {
            dir,
            args: Vec::new(),
            stdin: Vec::new(),
            env: Vec::new(),
            stdout_to: None,
            user: None,
            umask: None,
        }
    }

    /// Where the folders of this test are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A path below `tree`.
    pub fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dir.path().join("tree").join(name.as_ref())
    }

    /// Puts a file into `tree`.
    pub fn file(self, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) -> Self {
        put(&self.at(name), content.as_ref());
        self
    }

    /// Puts a file beside `tree`.
    pub fn beside(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        put(&self.dir.path().join(name), content.as_ref());
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Sets what stands on stdin.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sends stdout to a file or device that exists.
    pub fn stdout_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.stdout_to = Some(path.into());
        self
    }

    /// Runs as a user without rights, where the tests run as root, to whom nothing is forbidden.
    pub fn without_rights(mut self) -> Self {
        use std::os::unix::fs::PermissionsExt;
        if is_root() {
            self.user = Some(65534);
            let open = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(self.dir.path(), open).unwrap();
        }
        self
    }

    /// Runs with this umask.
    pub fn umask(mut self, umask: &'static str) -> Self {
        self.umask = Some(umask);
        self
    }

    /// Starts it with both outputs piped.
    pub fn spawn(&self) -> Child {
        use std::os::unix::process::CommandExt;
        let mut command = match self.umask {
            None => Command::new(program()),
            Some(umask) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]);
                shell.arg(program());
                shell
            }
        };
        command
            .args(&self.args)
            .current_dir(self.dir.path())
            .env_remove("NO_COLOR")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped());
        match &self.stdout_to {
            None => command.stdout(Stdio::piped()),
            Some(path) => {
                let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
                command.stdout(file)
            }
        };
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command.spawn().unwrap()
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        let child = self.spawn();
        finish(child, self.stdin.clone(), self.dir)
    }

    /// Runs it to its end and keeps the folder for another run.
    pub fn run_again(&self) -> Output {
        collect(self.spawn(), self.stdin.clone())
    }

    /// Replaces the arguments, for another run over the same folder.
    pub fn set_args<A: AsRef<OsStr>>(&mut self, args: impl IntoIterator<Item = A>) {
        self.args = args.into_iter().map(|a| a.as_ref().to_owned()).collect();
    }
}

/// What came out of a run.
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub code: i32,
    pub took: Duration,
}

/// A finished run and its folder.
pub struct Ran {
    pub out: Output,
    pub dir: TempDir,
}

impl std::ops::Deref for Ran {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.out
    }
}

impl Output {
    /// stdout as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Fails unless the exit code is this.
    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "stderr: {}", self.stderr);
        self
    }

    /// Fails unless stderr holds this.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "`{text}` is not in: {}", self.stderr);
        self
    }

    /// The inventory on stdout, checked.
    #[track_caller]
    pub fn inventory(&self) -> Value {
        inventory(&self.stdout)
    }

    /// The events on stdout, checked.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        events(&self.stdout)
    }
}

fn finish(child: Child, stdin: Vec<u8>, dir: TempDir) -> Ran {
    Ran {
        out: collect(child, stdin),
        dir,
    }
}

/// Feeds a child, reads what it says, and ends it when it hangs.
pub fn collect(mut child: Child, stdin: Vec<u8>) -> Output {
    let started = Instant::now();
    let mut input = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let reading = child.stdout.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            bytes
        })
    });
    let mut errors = child.stderr.take().unwrap();
    let erring = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        errors.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > LONGEST {
            child.kill().unwrap();
            panic!("the program hangs");
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    let took = started.elapsed();
    feeding.join().unwrap();
    Output {
        stdout: reading.map_or_else(Vec::new, |thread| thread.join().unwrap()),
        stderr: String::from_utf8(erring.join().unwrap()).unwrap(),
        code: status
            .code()
            .unwrap_or_else(|| panic!("ended by signal {:?}", status.signal())),
        took,
    }
}

/// Writes a file and the folders above it.
pub fn put(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a folder, in order.
pub fn files(below: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                all.push(entry.path());
            }
        }
    }
    all.sort();
    all
}

/// A zip of these members.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A gzip stream.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Parses an inventory and checks it against the schema and its own sums.
#[track_caller]
pub fn inventory(bytes: &[u8]) -> Value {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let value: Value = serde_json::from_slice(bytes).expect("an inventory");
    let schema = SCHEMA.get_or_init(|| validator(&datakarta::inventory::json_schema()));
    check(schema, &value);
    adds_up(&value["coverage"]);
    explains_itself(&value);
    value
}

/// Parses JSON Lines and checks every line against the schema, and the whole against its own sums.
#[track_caller]
pub fn events(bytes: &[u8]) -> Vec<Value> {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| validator(&datakarta::inventory::event_schema()));
    let events: Vec<Value> = std::str::from_utf8(bytes)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("one event a line"))
        .collect();
    for event in &events {
        check(schema, event);
    }
    assert_eq!(events.first().expect("a first event")["event"], "begin");
    let end = events.last().unwrap();
    assert_eq!(end["event"], "end");
    adds_up(&end["coverage"]);
    // A member's path has the container's before it; no file of the tests has `!/` in its own name.
    let documents = |member: bool| {
        events
            .iter()
            .filter(|e| e["event"] == "document" && text(&e["path"]).contains("!/") == member)
            .count() as u64
    };
    assert_eq!(documents(false), count(&end["coverage"]["files"]["enumerated"]));
    assert_eq!(documents(true), count(&end["coverage"]["members"]["enumerated"]));
    events
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).unwrap()
}

#[track_caller]
fn check(schema: &jsonschema::Validator, value: &Value) {
    if !schema.is_valid(value) {
        let wrong: Vec<String> = schema
            .iter_errors(value)
            .take(5)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        panic!("against the schema: {}", wrong.join("\n"));
    }
}

/// Every word of evidence is explained in the inventory itself, in both languages.
#[track_caller]
fn explains_itself(inventory: &Value) {
    for document in inventory["documents"].as_array().unwrap() {
        for finding in document["findings"].as_array().into_iter().flatten() {
            for word in finding["evidence"].as_array().unwrap() {
                let word = text(word).split(':').next().unwrap();
                let said = &inventory["evidence_texts"][word];
                assert!(
                    !text(&said["sv"]).is_empty() && !text(&said["en"]).is_empty(),
                    "{word}"
                );
            }
        }
    }
}

/// Nothing is silent: what was met is read, partly read, skipped or failed, and nothing besides.
#[track_caller]
pub fn adds_up(coverage: &Value) {
    for of in ["files", "bytes", "members"] {
        let counts = &coverage[of];
        let sum: u64 = ["read", "partial", "skipped", "failed"]
            .iter()
            .map(|status| count(&counts[status]))
            .sum();
        assert_eq!(count(&counts["enumerated"]), sum, "{of}: {counts}");
    }
}

/// A number in JSON.
#[track_caller]
pub fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

/// A string in JSON.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The events of one kind.
pub fn of<'e>(events: &'e [Value], event: &str) -> Vec<&'e Value> {
    events.iter().filter(|e| e["event"] == event).collect()
}

/// The document event of a path.
#[track_caller]
pub fn document<'e>(events: &'e [Value], path: &str) -> &'e Value {
    of(events, "document")
        .into_iter()
        .find(|e| e["path"] == path)
        .unwrap_or_else(|| panic!("no document `{path}`"))
}

/// The reasons told of a path.
pub fn reasons<'e>(events: &'e [Value], path: &str) -> Vec<&'e str> {
    of(events, "issue")
        .into_iter()
        .filter(|e| e["path"] == path)
        .map(|e| text(&e["reason"]))
        .collect()
}

/// A run of `scan tree --format jsonl` with its events; the exit code must be 0.
#[track_caller]
pub fn scan_events(run: Run) -> Vec<Value> {
    let ran = run.args(["scan", "tree", "--format", "jsonl"]).run();
    ran.code(0).events()
}

/// A small, repeatable source of numbers (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// The next number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end.max(1)
    }
}

/// A personnummer of Skatteverket's test series, as twelve digits: `n` gives another date each.
pub fn personnummer(n: u64) -> String {
    let (year, month, day) = (1940 + n / 336 % 60, 1 + n / 28 % 12, 1 + n % 28);
    let serial = 238 + n / 20_160 % 2;
    let nine = format!("{:02}{month:02}{day:02}{serial}", year % 100);
    let sum: u32 = nine
        .bytes()
        .enumerate()
        .map(|(at, digit)| {
            let doubled = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{}{nine}{}", year / 100, (10 - sum % 10) % 10)
}

/// A generated tree of some three hundred small files: text, tables, archives in archives, links, broken files.
pub fn small_tree(into: &Path) {
    let mut dice = Dice(7);
    let line = |n: u64| {
        let p = personnummer(n);
        format!(
            "Kund {n}: {}-{}, tel 070-174 06 {:02}, kund{n}@example.com, Ringvägen {}, 702 11 Örebro\n",
            &p[..8],
            &p[8..],
            n % 95 + 5,
            n % 90 + 1
        )
    };
    for n in 0..260u64 {
        let lines: String = (0..=dice.below(12)).map(|i| line(n * 7 + i)).collect();
        let folder = format!("m{}/n{}", n % 5, n % 3);
        let (name, content) = match n % 13 {
            0 => (
                format!("{n}.zip"),
                zip(&[("a.txt", lines.as_bytes()), ("b/c.csv", lines.as_bytes())]),
            ),
            1 => {
                let inner = zip(&[("inre.txt", lines.as_bytes()), ("tom.txt", b"")]);
                let gz = gzip(lines.as_bytes());
                (
                    format!("{n}.zip"),
                    zip(&[("inre.zip", &inner), ("logg.txt.gz", &gz)]),
                )
            }
            2 => (format!("{n}.log.gz"), gzip(lines.as_bytes())),
            3 => {
                let whole = zip(&[("a.txt", lines.as_bytes()), ("b.txt", lines.as_bytes())]);
                let cut = whole.len() * 2 / 3;
                (format!("{n} trasig.zip"), whole[..cut].to_vec())
            }
            4 => {
                let mut bytes = zip(&[("a.txt", lines.as_bytes()), ("b.txt", lines.as_bytes())]);
                let at = dice.below(bytes.len() as u64) as usize;
                bytes[at] ^= 0x20;
                (format!("{n} vänd.zip"), bytes)
            }
            5 => {
                let rows: String = (0..40)
                    .map(|i| format!("{};{};kund{i}@example.com\n", i, personnummer(n + i)))
                    .collect();
                (
                    format!("{n}.csv"),
                    format!("nr;personnummer;e-post\n{rows}").into_bytes(),
                )
            }
            6 => (format!("{n}.bin"), (0..=255u8).cycle().take(700).collect()),
            7 => (format!("{}.txt", personnummer(n)), lines.into_bytes()),
            _ => (format!("{n}.txt"), lines.into_bytes()),
        };
        put(&into.join(folder).join(name), &content);
    }
    for n in 0..20u64 {
        // Names that sort before and after the first ones.
        let first = into.join(format!("m{}/n{}/{}.txt", 8 % 5, 8 % 3, 8));
        std::fs::hard_link(
            first,
            into.join(format!("{}länk{n}.txt", if n % 2 == 0 { "a" } else { "z" })),
        )
        .unwrap();
    }
    for file in [
        "xlsx/openpyxl.xlsx",
        "pdf/reportlab.pdf",
        "ods/odfpy.ods",
        "xls/xlwt.xls",
    ] {
        let bytes = std::fs::read(fixtures("formats").join(file)).unwrap();
        let name = Path::new(file).file_name().unwrap();
        put(&into.join("kontor").join(name), &bytes);
        put(&into.join("kontor/halva").join(name), &bytes[..bytes.len() / 2]);
    }
    std::os::unix::fs::symlink("kontor", into.join("genväg")).unwrap();
}
