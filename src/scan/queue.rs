//! The way from the walk to the threads that read: in order, bounded, and without waking anybody for every file.
//!
//! A channel that is full wakes its sender for each entry taken out of it, and reading is slower than walking, so
//! that it is always full: two switches of threads a file. Here the walk sleeps until half of the room is free.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Entries in the order they were put in.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    /// There is something to take, or the end.
    filled: Condvar,
    /// There is room again, or nobody takes any more.
    freed: Condvar,
    room: usize,
}

struct State<T> {
    entries: VecDeque<T>,
    takers_wait: usize,
    giver_waits: bool,
    /// No more will be put in.
    ended: bool,
    /// No more will be taken.
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(room: usize) -> Self {
        Self {
            state: Mutex::new(State {
                entries: VecDeque::new(),
                takers_wait: 0,
                giver_waits: false,
                ended: false,
                closed: false,
            }),
            filled: Condvar::new(),
            freed: Condvar::new(),
            room: room.max(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an entry in, and waits where there is no room; `false` when nobody will take it.
    pub(super) fn put(&self, entry: T) -> bool {
        let mut state = self.lock();
        if state.entries.len() >= self.room {
            state.giver_waits = true;
            while state.giver_waits && !state.closed {
                state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if state.closed {
            return false;
        }
        state.entries.push_back(entry);
        if state.takers_wait > 0 {
            self.filled.notify_one();
        }
        true
    }

    /// Says that no more will be put in.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.filled.notify_all();
    }

    /// The next entry, waited for; `None` at the end.
    pub(super) fn take(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(entry) = state.entries.pop_front() {
                if state.giver_waits && state.entries.len() <= self.room / 2 {
                    state.giver_waits = false;
                    self.freed.notify_one();
                }
                return Some(entry);
            }
            if state.ended || state.closed {
                return None;
            }
            state.takers_wait += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.takers_wait -= 1;
        }
    }

    /// Takes out all that is left; from now on nothing is put in or taken.
    pub(super) fn close(&self) -> VecDeque<T> {
        let mut state = self.lock();
        state.closed = true;
        self.freed.notify_all();
        self.filled.notify_all();
        std::mem::take(&mut state.entries)
    }
}

/// Says that no more will be put in when it is dropped, also by a panic: nobody must wait for an end that never comes.
pub(super) struct Giver<'q, T>(pub(super) &'q Queue<T>);

impl<T> Drop for Giver<'_, T> {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_taken_once_and_in_order() {
        for room in [1, 2, 7, 64] {
            let queue = Queue::new(room);
            let taken = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let giver = Giver(&queue);
                    assert!((0..10_000).all(|n| giver.0.put(n)));
                });
                for _ in 0..3 {
                    scope.spawn(|| {
                        let mut own = Vec::new();
                        while let Some(n) = queue.take() {
                            own.push(n);
                        }
                        assert!(own.is_sorted());
                        taken.lock().unwrap().extend(own);
                    });
                }
            });
            let mut taken = taken.into_inner().unwrap();
            taken.sort_unstable();
            assert!(taken.into_iter().eq(0..10_000));
        }
    }

    #[test]
    fn closing_wakes_everybody_and_gives_back_what_is_left() {
        let queue = Queue::new(2);
        std::thread::scope(|scope| {
            let giver = scope.spawn(|| (0..10).take_while(|&n| queue.put(n)).count());
            while queue.lock().entries.len() < 2 {
                std::thread::yield_now();
            }
            let left = queue.close();
            assert_eq!(left, [0, 1]);
            assert_eq!((giver.join().unwrap(), queue.take()), (2, None));
        });
    }
}
