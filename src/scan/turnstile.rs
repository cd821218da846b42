//! Output in the order of the walk, from threads that finish in any order, in bounded memory.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, PoisonError};

/// Hands bytes to a writer in the order of their sequence numbers.
///
/// Files are dispatched in order, so the thread that works on the lowest unfinished number is always running: it
/// never waits here, and everyone else waits for it only when too much is held back. So nothing deadlocks.
pub(super) struct Turnstile {
    state: Mutex<State>,
    moved: Condvar,
}

struct State {
    next: u64,
    held: BTreeMap<u64, (Vec<u8>, bool)>,
    held_bytes: usize,
    sink: Box<dyn Write + Send>,
    error: Option<io::ErrorKind>,
    open: bool,
}

/// Bytes held back for files that finished early.
const HELD: usize = 8 << 20;

impl Turnstile {
    pub(super) fn new(sink: Box<dyn Write + Send>) -> Self {
        let state = State {
            next: 0,
            held: BTreeMap::new(),
            held_bytes: 0,
            sink,
            error: None,
            open: false,
        };
        Self {
            state: Mutex::new(state),
            moved: Condvar::new(),
        }
    }

    /// Writes what stands before all files.
    pub(super) fn open_with(&self, head: &[u8]) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(head);
    }

    /// Takes the bytes of file `sequence` out of `bytes`; `last` says that no more of it follows.
    pub(super) fn submit(&self, sequence: u64, bytes: &mut Vec<u8>, last: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while sequence != state.next && state.held_bytes + bytes.len() > HELD && !state.open {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if sequence == state.next {
            // What was held of this very file comes first.
            if let Some((held, _)) = state.held.remove(&sequence) {
                state.held_bytes -= held.len();
                state.write(&held);
            }
            state.write(bytes);
            bytes.clear();
            if last {
                state.next += 1;
                state.release();
                self.moved.notify_all();
            }
            return;
        }
        state.held_bytes += bytes.len();
        let entry = state.held.entry(sequence).or_default();
        entry.0.append(bytes);
        entry.1 |= last;
    }

    /// From now on nobody waits for their turn: what comes early is held, however much it is.
    pub(super) fn open_up(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open = true;
        self.moved.notify_all();
    }

    /// Writes everything that is still held back, in order, whether its turn has come or not; from now on nobody
    /// waits. Returns the first error the writer gave.
    pub(super) fn finish(&self, tail: &[u8]) -> Result<(), io::ErrorKind> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = true;
        for (bytes, _) in std::mem::take(&mut state.held).into_values() {
            state.write(&bytes);
        }
        state.next = u64::MAX;
        state.write(tail);
        if state.error.is_none()
            && let Err(error) = state.sink.flush()
        {
            state.error = Some(error.kind());
        }
        // A thread that still works on something has nowhere to write it: the end has been written.
        state.sink = Box::new(io::sink());
        self.moved.notify_all();
        state.error.map_or(Ok(()), Err)
    }

    /// Whether the writer has failed: a reader that went away, a full disk.
    pub(super) fn broken(&self) -> bool {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .error
            .is_some()
    }
}

impl State {
    fn write(&mut self, bytes: &[u8]) {
        if self.error.is_none()
            && let Err(error) = self.sink.write_all(bytes)
        {
            self.error = Some(error.kind());
        }
    }

    fn release(&mut self) {
        while let Some((bytes, last)) = self.held.remove(&self.next) {
            self.held_bytes -= bytes.len();
            self.write(&bytes);
            if !last {
                break;
            }
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn whatever_order_they_finish_in_the_bytes_come_in_order() {
        let out = Shared::default();
        let turnstile = Turnstile::new(Box::new(out.clone()));
        for (sequence, text, last) in [
            (2, "c1 ", false),
            (1, "b ", true),
            (2, "c2 ", true),
            (0, "a1 ", false),
            (0, "a2 ", true),
            (4, "e ", true),
            (3, "d ", true),
        ] {
            turnstile.submit(sequence, &mut text.as_bytes().to_vec(), last);
        }
        turnstile.finish(b"end").unwrap();
        assert_eq!(out.0.lock().unwrap().as_slice(), b"a1 a2 b c1 c2 d e end");
    }

    #[test]
    fn many_threads_with_more_than_may_be_held() {
        let out = Shared::default();
        let turnstile = Turnstile::new(Box::new(out.clone()));
        let work = Mutex::new(0..40u64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let Some(sequence) = work.lock().unwrap().next() else {
                            break;
                        };
                        for part in 0..3u8 {
                            let mut bytes = vec![part; 1 << 20];
                            bytes.extend_from_slice(&sequence.to_le_bytes());
                            turnstile.submit(sequence, &mut bytes, part == 2);
                        }
                    }
                });
            }
        });
        turnstile.finish(b"").unwrap();
        let all = out.0.lock().unwrap();
        let size = (1 << 20) + 8;
        let order: Vec<u64> = all
            .chunks(size)
            .map(|c| u64::from_le_bytes(c[size - 8..].try_into().unwrap()))
            .collect();
        assert!(order.is_sorted() && order.len() == 120);
    }
}
