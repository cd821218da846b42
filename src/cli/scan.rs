//! `datakarta scan`.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::args::{ScanArgs, ScanFormat, When};
use super::gates::Gate;
use super::output::{Output, shown};
use super::progress::{Counters, Line};
use super::{Exit, Failure, coloured, say, stdout_is_terminal};
use crate::checks::date::Date;
use crate::classify::Key;
use crate::inventory::{Document, Event, Run, SCHEMA_ID, Seal, Settings, timestamp};
use crate::model::{Confidence, Status};
use crate::report::{Summary, assemble, escape, summary, tool, write_inventory};
use crate::rules::{AllowList, Origin, Policy, RuleSet};
use crate::scan::{Options, Outcome, quiet_panics, scan, shown_name};
use crate::walk;

/// Runs the command.
pub(super) fn run(args: &ScanArgs, colour: When) -> super::Outcome {
    let started = Instant::now();
    let now = seconds_now();
    quiet_panics(args.verbose >= 2);
    let rules = Arc::new(load_rules(args.rules.as_deref())?);
    let policy = Policy::load(&args.policy).map_err(Failure::usage)?;
    let gates = args
        .fail_on
        .iter()
        .map(|text| Gate::parse(text, &policy))
        .collect::<Result<Vec<_>, _>>()?;
    let key = key(args.key_file.as_deref())?;
    let least = Confidence::from(args.min_confidence);
    let today = Date::from_unix(now);
    let allow = allow_list(args, today)?;
    let to_terminal = args.output.is_none() && stdout_is_terminal();
    let format = args.format.unwrap_or(if to_terminal {
        ScanFormat::Table
    } else {
        ScanFormat::Json
    });
    let threads = args.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let written_down = |name: &str| shown_name(&rules, today, name, args.reveal);
    let settings = settings(args, least, &written_down);
    let roots: Vec<String> = args
        .paths
        .iter()
        .map(|path| written_down(&path.to_string_lossy()))
        .chain(
            args.files_from
                .iter()
                .map(|path| format!("--files-from {}", written_down(&path.to_string_lossy()))),
        )
        .collect();
    let files_from = match &args.files_from {
        Some(path) => Some(read_list(path)?),
        None => None,
    };
    let output = Output::open(args.output.as_deref())?;
    let mut own_outputs = output.own_paths();
    own_outputs.extend(args.output.clone());
    let walk = walk::Options {
        roots: args.paths.clone(),
        files_from,
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        one_file_system: args.one_file_system,
        follow_links: args.follow_links,
        own_outputs,
        own_temporary: output.temporary(),
        own_identities: own_stdout().into_iter().collect(),
    };
    let options = Options {
        walk,
        rules: Arc::clone(&rules),
        policy: policy.clone(),
        key: key.clone(),
        today,
        least,
        allow: allow.clone(),
        lasting_key: args.key_file.is_some(),
        reveal: args.reveal,
        threads,
        max_file_size: args.max_file_size,
        limits: args.parsing.limits(),
        parsers: super::parsers::parsers(&args.parsing)?,
    };
    let stop = Arc::new(AtomicUsize::new(0));
    catch_signals(&stop);
    let counters = Arc::new(Counters::default());
    let line = progress_wanted(args).then(|| Line::start(&counters));
    let begin = Event::Begin {
        schema: SCHEMA_ID.to_owned(),
        tool: tool(),
        rules_digest: rules.digest().to_owned(),
        policy: policy.id.clone(),
        settings: settings.clone(),
    };
    let events = match format {
        ScanFormat::Jsonl => Some((output.writer()?, &begin)),
        _ => None,
    };
    let outcome = scan(options, &stop, counters, events);
    if let Some(line) = line {
        line.stop();
    }
    let Outcome {
        mut sum,
        shelves,
        interrupted,
        sink,
    } = outcome.map_err(Failure::usage)?;
    let looked_for = rules.kinds();
    let seal = Seal {
        policy: &policy,
        least,
        looked_for: &looked_for,
        allow: &allow,
    };
    let run = Run {
        started: timestamp(now),
        finished: timestamp(seconds_now()),
        seconds: (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        threads: u32::try_from(threads).unwrap_or(u32::MAX),
        roots,
        key_id: key.id(),
        interrupted: interrupted.is_some(),
        overdue: sum.overdue(&policy),
    };
    let exposed = sum.exposed();
    let inventory = assemble(&mut sum, seal, rules.digest(), settings, run).map_err(Failure::fatal)?;
    let special: Vec<String> = policy
        .category
        .iter()
        .filter(|c| c.special)
        .map(|c| c.id.clone())
        .collect();
    let mut seen = Summary::default();
    let mut unread = Vec::new();
    let mut each = |record: &[u8]| {
        seen.see(record, &special, least);
        if args.verbose > 0 {
            unread.extend(unread_line(record));
        }
    };
    let name = output.name();
    let data_on_stdout = output.is_stdout() && format != ScanFormat::Table;
    let written = match (format, sink) {
        (ScanFormat::Jsonl, Some(sink)) => {
            let end = Event::End {
                coverage: inventory.coverage.clone(),
                persons: inventory.persons.distinct,
                run: inventory.run.clone(),
            };
            // The records still pass by, for the summary.
            let _ = write_inventory(&mut std::io::sink(), &inventory, shelves, &mut each);
            sink.finish(&end).map_err(std::io::Error::from)
        }
        (ScanFormat::Json, _) => {
            let mut writer = output.writer()?;
            write_inventory(&mut *writer, &inventory, shelves, &mut each).and_then(|()| writer.flush())
        }
        _ => {
            let _ = write_inventory(&mut std::io::sink(), &inventory, shelves, &mut each);
            Ok(())
        }
    };
    if let Err(error) = written {
        return Err(if output.is_stdout() {
            Failure::stdout(&error)
        } else {
            Failure::fatal(format!(
                "cannot write the inventory ({}); free some space or name another output",
                error.kind()
            ))
        });
    }
    if format == ScanFormat::Table && !output.is_stdout() {
        let text = summary(&inventory, &seen, None, false);
        let mut writer = output.writer()?;
        writer
            .write_all(text.as_bytes())
            .and_then(|()| writer.flush())
            .map_err(|error| Failure::fatal(format!("cannot write the summary ({})", error.kind())))?;
    }
    output.finish()?;
    for line in unread {
        say(&line);
    }
    if !args.quiet && !data_on_stdout {
        super::print(&summary(
            &inventory,
            &seen,
            name.as_deref(),
            coloured(colour, stdout_is_terminal()),
        ))?;
    }
    if let Some(signal) = interrupted {
        return Ok(Exit::Interrupted(u8::try_from(signal).unwrap_or(2)));
    }
    let mut exit = Exit::Done;
    for gate in &gates {
        if let Some(count) = gate.met(&inventory, exposed) {
            say(&format!("datakarta: gate `{}` met: {count}", escape(gate.text())));
            exit = Exit::Gate;
        }
    }
    Ok(exit)
}

/// The rules, with every example of added files proved: a rule that does not do what it says is refused.
pub(super) fn load_rules(dir: Option<&Path>) -> Result<RuleSet, Failure> {
    let Some(dir) = dir else {
        return crate::rules::load_builtin().map_err(Failure::usage);
    };
    let rules = crate::rules::load_dir(dir).map_err(Failure::usage)?;
    let engine = crate::detect::Engine::new(&rules, Date::from_unix(seconds_now()));
    let failures = crate::scan::prove::prove(&engine);
    match failures.first() {
        None => Ok(rules),
        Some(first) => Err(Failure::usage(format!(
            "{}:{}:{}: {}; mend the rule or its example, `datakarta rules check --rules DIR` shows all {}",
            first.origin.file,
            first.origin.line,
            first.origin.column,
            first.message,
            failures.len()
        ))),
    }
}

/// The allow list. What has expired is said: what it allowed is reported again.
fn allow_list(args: &ScanArgs, today: Date) -> Result<AllowList, Failure> {
    let Some(path) = &args.allow else {
        return Ok(AllowList::default());
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!(
            "the allow list `{}` cannot be read ({}); check the path, and save it as UTF-8",
            shown(path),
            error.kind()
        ))
    })?;
    let list = AllowList::parse(&shown(path), &text, today).map_err(Failure::usage)?;
    if list.needs_key() && args.key_file.is_none() {
        return Err(Failure::usage(
            "the allow list names values by their fingerprints, which need the key they were made with; add --key-file",
        ));
    }
    for entry in list.entries().iter().filter(|entry| entry.expired) {
        let Origin { file, line, .. } = &entry.origin;
        say(&format!(
            "datakarta: {file}:{line}: allowed until {}, which has passed; what it allowed is reported again",
            escape(&entry.expires)
        ));
    }
    Ok(list)
}

fn settings(args: &ScanArgs, least: Confidence, written_down: &dyn Fn(&str) -> String) -> Settings {
    Settings {
        min_confidence: least,
        reveal: args.reveal,
        include: args.include.iter().map(|glob| written_down(glob)).collect(),
        exclude: args.exclude.iter().map(|glob| written_down(glob)).collect(),
        max_file_size: args.max_file_size,
        follow_links: args.follow_links,
        one_file_system: args.one_file_system,
        ocr: args.parsing.ocr,
        limits: args.parsing.told(),
    }
}

fn seconds_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn progress_wanted(args: &ScanArgs) -> bool {
    match args.progress {
        _ if args.quiet => false,
        When::Always => true,
        When::Never => false,
        When::Auto => std::io::stderr().is_terminal(),
    }
}

/// The key file must be long enough and closed to others: whoever has it can try all personnummer against the
/// fingerprints.
fn key(path: Option<&Path>) -> Result<Key, Failure> {
    let Some(path) = path else {
        return Key::random()
            .ok_or_else(|| Failure::fatal("the system gives no random bytes; use --key-file"));
    };
    let fail = |what: &str| Failure::usage(format!("key file `{}` {what}", shown(path)));
    let mut file = std::fs::File::open(path)
        .map_err(|error| fail(&format!("cannot be opened ({}); check the path", error.kind())))?;
    let metadata = file
        .metadata()
        .map_err(|_| fail("cannot be looked at; check its permissions"))?;
    if !metadata.is_file() {
        return Err(fail(
            "is no regular file; make one with `head -c 32 /dev/urandom`",
        ));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(fail("can be read by others; close it with `chmod 600`"));
        }
    }
    let mut material = Vec::new();
    file.by_ref()
        .take(64 * 1024)
        .read_to_end(&mut material)
        .map_err(|_| fail("cannot be read"))?;
    Key::from_material(&material)
        .ok_or_else(|| fail("holds less than 32 bytes; make one with `head -c 32 /dev/urandom`"))
}

fn read_list(path: &Path) -> Result<Vec<std::path::PathBuf>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::usage(format!(
            "cannot read the list `{}` ({}); check the path",
            shown(path),
            error.kind()
        ))
    })?;
    Ok(walk::parse_list(&bytes))
}

/// The file stdout was redirected to, where it is one: it may lie in a scanned folder.
fn own_stdout() -> Option<walk::Identity> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let stdout = std::io::stdout();
        let file = std::fs::File::from(stdout.as_fd().try_clone_to_owned().ok()?);
        let metadata = file.metadata().ok()?;
        metadata.is_file().then(|| walk::identity(&metadata)).flatten()
    }
    #[cfg(not(unix))]
    None
}

/// The first signal stops the scan in order; the second ends the program at once. The end of the session counts as
/// a signal to end, once and no more: the system and the shell both tell of it.
fn catch_signals(stop: &Arc<AtomicUsize>) {
    let again = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // In this order: the conditional shutdown must see the flag of an earlier signal, not of this one.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again));
        let _ = signal_hook::flag::register(signal, Arc::clone(&again));
        let _ = signal_hook::flag::register_usize(signal, Arc::clone(stop), signal.unsigned_abs() as usize);
    }
    if !hangup_is_ignored() {
        let _ = signal_hook::flag::register_usize(
            signal_hook::consts::SIGHUP,
            Arc::clone(stop),
            signal_hook::consts::SIGTERM.unsigned_abs() as usize,
        );
    }
    debug_assert_eq!(stop.load(Ordering::Relaxed), 0);
}

/// Whether whoever started the program wants it to outlive the session, as `nohup` does. Where that cannot be known,
/// the signal is left to the system.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_none_or(|mask| mask & 1 != 0)
}

/// A line about a document that was not read in full, for `-v`. Its path is masked like everywhere.
fn unread_line(record: &[u8]) -> Option<String> {
    let document: Document = serde_json::from_slice(record).ok()?;
    if document.status == Status::Read || document.issues.is_empty() {
        return None;
    }
    let reasons: Vec<_> = document.issues.iter().map(|issue| issue.reason.id()).collect();
    Some(format!(
        "datakarta: {}: {}",
        escape(&document.path),
        reasons.join(", ")
    ))
}
