//! The end of a scheduler: every task dropped, nothing left.
//!
//! 1. `stop` tells the workers to leave. Each empties its queue into the shared one and counts
//!    itself out.
//! 2. The last one out drains: it closes the door for spawns, aborts every task of the lease (those
//!    that sleep are queued by that), and cancels what it finds in the queues until as many tasks
//!    are over as were admitted.
//! 3. It closes the driver: sockets and timers that outlive the runtime fail from now on.
//!
//! A foreign thread that has won a wake, or was admitted with a spawn, and has not yet queued the
//! task is waited for: its task is not over. It holds a count of the core meanwhile, and none of the
//! tasks'. A task that is found in a queue here is never polled: it may have been spawned after the
//! walk over the lease, and would sleep for ever.
//!
//! # Happens-before
//!
//! - `Exit::leave` of each worker (Release) → that of the last (Acquire): its counters and the tasks
//!   it left in the shared queue.
//! - `Exit::close` (lock) → `Exit::wait` (lock): whoever waited sees every task gone.

use std::time::Instant;

use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};
use wane_channel::base::sync::{Condvar, Mutex};

use super::worker::Worker;
use crate::cell::abort;

/// How many workers are still inside, and whether the drain is done.
#[derive(Debug)]
pub(crate) struct Exit {
    inside: AtomicUsize,
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Exit {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            inside: AtomicUsize::new(workers),
            closed: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Counts a worker out. Returns whether it was the last.
    fn leave(&self) -> bool {
        // ORDERING: see the header.
        self.inside.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Counts out workers whose threads never started. If no other is left nobody will drain, and
    /// nobody needs to: no task was ever spawned.
    pub(super) fn leave_unstarted(&self, workers: usize) {
        // ORDERING: see the header.
        self.inside.fetch_sub(workers, Ordering::AcqRel);
    }

    fn close(&self) {
        *self.closed.lock() = true;
        self.changed.notify_all();
    }

    /// Waits until every task is gone, or until the deadline. Returns whether they are.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut closed = self.closed.lock();
        while !*closed {
            match deadline {
                None => self.changed.wait(&mut closed),
                Some(deadline) => {
                    if self.changed.wait_until(&mut closed, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        *closed
    }
}

impl Worker {
    /// Leaves the scheduler; the last worker drains it.
    pub(super) fn leave(&mut self) {
        let mut left = Vec::new();
        while let Some(runnable) = self.own_task() {
            left.push(runnable);
        }
        self.core().injector.push_all(left.into_iter());
        if self.core().exit.leave() {
            self.drain();
        }
    }

    /// Drops every task and closes the driver.
    fn drain(&mut self) {
        let core = self.core().clone();
        self.seat.draining.set(true);
        core.admission.close();
        abort::abort_all(&core.lease);
        while self.cancel_queued() > 0 || core.alive() > 0 {
            if core.alive() > 0 {
                self.wait_for_entry();
            }
        }
        core.driver_handle().shutdown();
        let driver = core.driver.lock().take();
        drop(driver);
        core.exit.close();
    }

    /// Cancels what is queued; that may queue more. Returns how many there were.
    fn cancel_queued(&mut self) -> usize {
        let mut count = 0;
        while let Some(runnable) = self.own_task().or_else(|| self.take_share()) {
            runnable.cancel();
            self.seat.remote().retired.increment();
            count += 1;
        }
        count
    }

    /// Sleeps until a foreign thread has queued what it owes.
    fn wait_for_entry(&mut self) {
        let core = self.core().clone();
        let search = core
            .idle
            .fall_asleep(self.seat.index, std::mem::take(&mut self.is_searching));
        core.wake_one_if(search);
        self.seat.remote().sleep.park();
        self.is_searching = !core.idle.wake_self(self.seat.index);
        if std::mem::take(&mut self.is_searching) {
            let _ = core.idle.stop_searching();
        }
    }
}
