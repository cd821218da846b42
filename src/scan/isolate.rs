//! One bad document costs one document: panics are caught, and their text, which quotes the document, goes nowhere.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::model::Reason;

static HOOK: Once = Once::new();
static TELL: AtomicBool = AtomicBool::new(false);
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Replaces the process's panic hook with one that never shows a panic's message (it may quote the text being read),
/// only where in the code it happened, and that only when `tell` is set.
pub fn quiet_panics(tell: bool) {
    TELL.store(tell, Ordering::Relaxed);
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            if TELL.load(Ordering::Relaxed) {
                let place = info.location().map_or_else(
                    || "unknown place".to_owned(),
                    |at| format!("{}:{}", file_name(at.file()), at.line()),
                );
                say(&format!("{PANICKED}{place}"));
            }
        }));
    });
}

/// What a line about a panic begins with.
const PANICKED: &str = "datakarta: a parser panicked at ";

/// The one place where the library itself writes to stderr: a hook has nobody to return to.
fn say(line: &str) {
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{line}\n"));
}

/// Passes on what a parser process wrote about its panics, where that is wanted; anything else it wrote goes nowhere.
#[cfg(unix)]
pub(super) fn relay(told: &str) {
    let lines = told.lines().filter(|line| line.starts_with(PANICKED));
    for line in lines.filter(|_| TELL.load(Ordering::Relaxed)) {
        let place = line.strip_prefix(PANICKED).unwrap_or_default();
        // A place in the code and nothing else: a hostile document may have taken the process over.
        if place.len() < 80 && place.bytes().all(|byte| byte.is_ascii_graphic()) {
            say(line);
        }
    }
}

/// The last part of a source path: the rest is about the machine the program was built on.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Runs a parser; a panic becomes a reason.
pub(super) fn guarded(run: impl FnOnce() -> Result<(), Reason>) -> Result<(), Reason> {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(Reason::ParserDied))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_reason() {
        quiet_panics(false);
        let text = String::from("Åsa 811228-9874");
        let outcome = guarded(|| {
            let at = text.len() / 3;
            assert!(at == usize::MAX, "{text}");
            Ok(())
        });
        assert_eq!(outcome, Err(Reason::ParserDied));
        assert!(PANICS.load(Ordering::Relaxed) > 0);
    }
}
