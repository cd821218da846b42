//! The progress line on stderr: a spinner while files are still being found, a bar with the time left once the walk
//! is over. Threads only add to counters; the line is drawn from them at most ten times a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::number;
use crate::scan::Progress;

/// What has happened so far.
#[derive(Default)]
pub(super) struct Counters {
    met_files: AtomicU64,
    met_bytes: AtomicU64,
    done_files: AtomicU64,
    done_bytes: AtomicU64,
    inside: AtomicU64,
    found: AtomicU64,
    walked: AtomicBool,
    over: AtomicBool,
}

impl Progress for Counters {
    fn met(&self, bytes: u64) {
        self.met_files.fetch_add(1, Ordering::Relaxed);
        self.met_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn walked(&self) {
        self.walked.store(true, Ordering::Relaxed);
    }

    fn inside(&self, bytes: u64) {
        self.inside.fetch_add(bytes, Ordering::Relaxed);
    }

    fn done(&self, bytes: u64) {
        self.done_files.fetch_add(1, Ordering::Relaxed);
        self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn found(&self, findings: u64) {
        self.found.fetch_add(findings, Ordering::Relaxed);
    }
}

/// The drawn line.
pub(super) struct Line {
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    /// Starts drawing.
    pub(super) fn start(counters: &Arc<Counters>) -> Self {
        let shared = Arc::clone(counters);
        let thread = std::thread::Builder::new()
            .name("progress".into())
            .spawn(move || draw(&shared))
            .ok();
        Self {
            counters: Arc::clone(counters),
            thread,
        }
    }

    /// Takes the line away.
    pub(super) fn stop(mut self) {
        self.counters.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn draw(counters: &Counters) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = |template: &str| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    };
    bar.set_style(style(
        "{spinner} {msg}  {bytes} read  {binary_bytes_per_sec}  {elapsed}",
    ));
    let mut bar_shown = false;
    while !counters.over.load(Ordering::Relaxed) {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let walked = counters.walked.load(Ordering::Relaxed);
        let met = load(&counters.met_bytes);
        if walked && !bar_shown {
            bar_shown = true;
            bar.set_length(met);
            bar.set_style(
                style("[{bar:28}] {msg}  {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta} left")
                    .progress_chars("=> "),
            );
        }
        // Large text tells of its bytes while it is read; the sum of both never passes what was met.
        bar.set_position(load(&counters.done_bytes).max(load(&counters.inside)).min(met));
        let more = if walked { "" } else { "+" };
        bar.set_message(format!(
            "{} of {}{more} files, {} findings",
            number(load(&counters.done_files)),
            number(load(&counters.met_files)),
            number(load(&counters.found))
        ));
        bar.tick();
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}
