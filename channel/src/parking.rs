//! Where a thread sleeps until a partner is done with it: a flag under a lock of its own.
//!
//! `std::thread::park` would do the same for less, but its token is shared with all other code of
//! the thread, and the model checker cannot follow it beside a lock. A sleep costs a system call
//! either way.
//!
//! # Happens-before
//!
//! - [`Parking::wake`] → [`Parking::wait`] returns: the thread sees all that its partner did.

use crate::base::sync::{Condvar, Mutex, thread};

/// How often a thread that must wait looks again before it sleeps.
///
/// The partner of a channel is often one time slice away, and a yield is cheaper than a sleep.
#[cfg(not(loom))]
const YIELDS_BEFORE_SLEEP: u32 = 20;
/// The model has no use for a second way of waiting: it would only multiply the interleavings.
#[cfg(loom)]
const YIELDS_BEFORE_SLEEP: u32 = 0;

/// One sleep of one thread.
#[derive(Debug)]
pub(crate) struct Parking {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parking {
    pub(crate) fn new() -> Self {
        Self {
            woken: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Ends the sleep, now or before it begins.
    pub(crate) fn wake(&self) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }

    /// Sleeps until [`Parking::wake`].
    pub(crate) fn wait(&self) {
        if self.yielded_into_wake() {
            return;
        }
        let mut woken = self.woken.lock();
        while !*woken {
            self.changed.wait(&mut woken);
        }
    }

    fn yielded_into_wake(&self) -> bool {
        (0..YIELDS_BEFORE_SLEEP).any(|_| {
            thread::yield_now();
            *self.woken.lock()
        })
    }
}

#[cfg(not(loom))]
mod timed {
    //! The model has no clock, so that nothing in it waits for one.

    use super::Parking;
    use std::time::Instant;

    impl Parking {
        /// Sleeps until [`Parking::wake`] or the deadline; true where it was woken.
        #[must_use]
        pub(crate) fn wait_until(&self, deadline: Instant) -> bool {
            if self.yielded_into_wake() {
                return true;
            }
            let mut woken = self.woken.lock();
            while !*woken {
                if self.changed.wait_until(&mut woken, deadline).timed_out() {
                    return *woken;
                }
            }
            true
        }
    }
}
