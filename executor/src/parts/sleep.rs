//! One thread's sleep, on a condition variable or inside the driver, and the token that ends it.
//!
//! | word        | meaning                                                       |
//! |-------------|---------------------------------------------------------------|
//! | `EMPTY`     | the thread is awake, no token                                 |
//! | `NOTIFIED`  | a token: the next sleep ends at once                          |
//! | `ON_CONDVAR`| the thread waits, or is about to wait, on the condition       |
//! | `IN_DRIVER` | the thread waits, or is about to wait, in the driver          |
//!
//! Any number of tokens is one token.
//!
//! Invariants: E1. only the thread itself leaves `EMPTY` for a sleep and takes the token; E2. every
//! unpark leaves `NOTIFIED`, and whoever took the word from a sleep ends that sleep.
//!
//! # Happens-before
//!
//! - `unpark` (Release) → the end of the sleep (Acquire): the thread sees what its waker did before.
//!   `unpark` is a swap also where a token is there, so that the edge is there for each of several.
//!
//! Between the move to `ON_CONDVAR` and the wait the thread holds the lock; an unparker takes it
//! before it notifies, so that it cannot notify too early. A driver keeps an unpark for the next wait.
//!
//! Ways not taken: the token inside the lock (every unpark of a running thread would take the lock); a
//! bare `thread::park` (user code on the same thread may eat its token).

use wane_channel::base::sync::atomic::{AtomicU32, Ordering};
use wane_channel::base::sync::{Condvar, Mutex};

const EMPTY: u32 = 0;
const NOTIFIED: u32 = 1;
const ON_CONDVAR: u32 = 2;
const IN_DRIVER: u32 = 3;

/// The sleep of one thread.
#[derive(Debug)]
pub(crate) struct Sleep {
    word: AtomicU32,
    lock: Mutex<()>,
    condition: Condvar,
}

impl Sleep {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU32::new(EMPTY),
            lock: Mutex::new(()),
            condition: Condvar::new(),
        }
    }

    /// Ends the thread's sleep, or its next one. `wake_driver` ends a wait in the driver.
    pub(crate) fn unpark(&self, wake_driver: impl FnOnce()) {
        // ORDERING: Release as in the header; Acquire so that tokens chain.
        match self.word.swap(NOTIFIED, Ordering::AcqRel) {
            ON_CONDVAR => {
                drop(self.lock.lock());
                self.condition.notify_one();
            }
            IN_DRIVER => wake_driver(),
            _ => {}
        }
    }

    /// Whether the thread waits, or is about to.
    pub(crate) fn is_asleep(&self) -> bool {
        // ORDERING: a hint, but for the monitor's sleep, which orders it by a fence.
        matches!(self.word.load(Ordering::Relaxed), ON_CONDVAR | IN_DRIVER)
    }

    /// Whether the thread waits in the driver, or is about to.
    pub(crate) fn is_in_driver(&self) -> bool {
        // ORDERING: a hint.
        self.word.load(Ordering::Relaxed) == IN_DRIVER
    }

    /// Sleeps on the condition until there is a token, and takes it.
    pub(crate) fn park(&self) {
        let mut guard = self.lock.lock();
        if !self.enter(ON_CONDVAR) {
            return;
        }
        loop {
            self.condition.wait(&mut guard);
            if self.take_token() {
                return;
            }
        }
    }

    /// Sleeps in the driver, `wait`, unless there is a token. Takes the token if one is there.
    pub(crate) fn park_in_driver(&self, wait: impl FnOnce()) {
        if self.enter(IN_DRIVER) {
            wait();
            // ORDERING: Acquire pairs with `unpark`.
            self.word.swap(EMPTY, Ordering::AcqRel);
        }
    }

    /// `EMPTY → asleep`, or takes the token and returns false.
    fn enter(&self, asleep: u32) -> bool {
        // ORDERING: Acquire on failure pairs with `unpark`; AcqRel as every move.
        let entered =
            self.word
                .compare_exchange(EMPTY, asleep, Ordering::AcqRel, Ordering::Acquire);
        if entered.is_err() {
            let taken = self.take_token();
            debug_assert!(taken, "only the thread itself sleeps here (E1)");
        }
        entered.is_ok()
    }

    /// Takes the token; whether there was one.
    pub(crate) fn take_token(&self) -> bool {
        // ORDERING: Acquire pairs with `unpark`.
        let taken =
            self.word
                .compare_exchange(NOTIFIED, EMPTY, Ordering::AcqRel, Ordering::Acquire);
        taken.is_ok()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_token_from_before_ends_the_sleep_at_once() {
        let sleep = Sleep::new();
        sleep.unpark(|| unreachable!("nobody is in the driver"));
        sleep.park();
        sleep.unpark(|| unreachable!("nobody is in the driver"));
        sleep.park_in_driver(|| unreachable!("there is a token"));
    }

    #[test]
    fn a_sleeper_in_the_driver_is_woken_there() {
        let (sleep, woken) = (Sleep::new(), Cell::new(0));
        sleep.park_in_driver(|| {
            sleep.unpark(|| woken.set(woken.get() + 1));
            sleep.unpark(|| woken.set(woken.get() + 1));
        });
        assert_eq!(woken.get(), 1);
        sleep.park_in_driver(|| woken.set(9));
        assert_eq!(woken.get(), 9, "the token went with the sleep it ended");
    }
}
