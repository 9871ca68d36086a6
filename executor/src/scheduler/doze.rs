//! The sleep of the monitor that watches the workers: while all of them sleep, until one wakes up; and while
//! none does, until one falls asleep.
//!
//! Monitor: M1. `dormant = true`; M2. fence; M3. look at every worker; if it has happened already, stay up.
//! Worker: A1. its sleep ends, or it enters the list of sleepers; A2. fence; A3. read `dormant`, and wake the
//! monitor if it is set. Of two fences one comes first: either M3 sees A1, or A3 sees M1.

use std::time::Instant;

use wane_channel::base::sync::atomic::{AtomicBool, Ordering, fence};
use wane_channel::base::sync::{Condvar, Mutex};

/// Whether the monitor sleeps until somebody stirs it.
#[derive(Debug)]
pub(crate) struct Doze {
    dormant: AtomicBool,
    stopping: Mutex<bool>,
    changed: Condvar,
}

impl Doze {
    pub(crate) fn new() -> Self {
        Self {
            dormant: AtomicBool::new(false),
            stopping: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// A2 and A3: ends the monitor's sleep, on behalf of a worker that is awake.
    #[inline]
    pub(crate) fn stir(&self) {
        // ORDERING: SeqCst fence: A2.
        fence(Ordering::SeqCst);
        // ORDERING: the fence orders it.
        if self.dormant.load(Ordering::Relaxed) {
            self.rouse();
        }
    }

    /// Ends the monitor's sleep or nap.
    #[cold]
    pub(crate) fn rouse(&self) {
        let stopping = self.stopping.lock();
        // ORDERING: the lock carries it to the monitor.
        self.dormant.store(false, Ordering::Relaxed);
        drop(stopping);
        self.changed.notify_all();
    }

    /// Ends it for good.
    pub(crate) fn stop(&self) {
        *self.stopping.lock() = true;
        self.changed.notify_all();
    }

    /// Lets time pass, unless it is roused; false where the runtime stops.
    pub(crate) fn nap(&self, until: Instant) -> bool {
        let mut stopping = self.stopping.lock();
        if !*stopping {
            self.changed.wait_until(&mut stopping, until);
        }
        !*stopping
    }

    /// Sleeps until somebody stirs or the deadline passes, unless it has happened already; false where the
    /// runtime stops.
    pub(crate) fn sleep(
        &self,
        until: Option<Instant>,
        has_happened: impl FnOnce() -> bool,
    ) -> bool {
        // ORDERING: M1, ordered by the fence.
        self.dormant.store(true, Ordering::Relaxed);
        // ORDERING: SeqCst fence: M2.
        fence(Ordering::SeqCst);
        let mut stopping = self.stopping.lock();
        let mut is_over = has_happened();
        // ORDERING: under the lock, as every write but M1.
        while !is_over && self.dormant.load(Ordering::Relaxed) && !*stopping {
            match until {
                None => self.changed.wait(&mut stopping),
                Some(until) => is_over = self.changed.wait_until(&mut stopping, until).timed_out(),
            }
        }
        // ORDERING: see above.
        self.dormant.store(false, Ordering::Relaxed);
        !*stopping
    }
}
