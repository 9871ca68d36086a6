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
use wane_channel::base::sync::{Condvar, Mutex, Transition};

use super::team::{Team, WakeDriver};
use crate::cell::runnable::Runnable;

/// How many workers are still inside, and whether the drain is done.
#[derive(Debug)]
pub(crate) struct Exit {
    inside: AtomicUsize,
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Exit {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            inside: AtomicUsize::new(workers),
            closed: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Counts a spare worker in, unless all have left.
    pub(crate) fn enter(&self) -> bool {
        // ORDERING: see the header; who enters continues the chain.
        self.inside
            .transition(Ordering::AcqRel, |inside| {
                (inside > 0).then_some(inside + 1)
            })
            .is_ok()
    }

    /// Counts a worker out. Returns whether it was the last.
    fn leave(&self) -> bool {
        // ORDERING: see the header.
        self.inside.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Counts out workers whose threads never started. If no other is left nobody will drain, and
    /// nobody needs to: no task was ever spawned.
    pub(crate) fn leave_unstarted(&self, workers: usize) {
        // ORDERING: see the header.
        self.inside.fetch_sub(workers, Ordering::AcqRel);
    }

    /// How many workers have not left.
    pub(crate) fn inside(&self) -> usize {
        // ORDERING: for a report.
        self.inside.load(Ordering::Relaxed)
    }

    fn close(&self) {
        let was_closed = std::mem::replace(&mut *self.closed.lock(), true);
        debug_assert!(!was_closed, "one worker drains, once");
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

/// A worker that leaves, as far as its leaving is concerned.
pub(crate) trait Leaver {
    /// Ends sleeps in the driver.
    type Driver: WakeDriver;

    /// What all workers share.
    fn team(&self) -> &Team<Self::Driver>;
    /// Which of them this one is.
    fn index(&self) -> usize;
    /// Who is still inside.
    fn exit(&self) -> &Exit;
    /// Takes a task that only this worker would run.
    fn own_task(&mut self) -> Option<Runnable>;
    /// Takes a task from the shared queue.
    fn shared_task(&mut self) -> Option<Runnable>;
    /// From now on tasks that are spawned on this thread are cancelled at once. Asks for every other
    /// task to be dropped.
    fn abort_all(&self);
    /// Drops a task.
    fn cancel(&self, runnable: Runnable);
    /// Closes the driver.
    fn close_driver(&self);
}

/// Leaves the scheduler; the last worker drains it.
pub(crate) fn leave(worker: &mut impl Leaver) {
    let left: Vec<_> = std::iter::from_fn(|| worker.own_task()).collect();
    worker.team().injector.push_all(left.into_iter());
    if worker.exit().leave() {
        drain(worker);
    }
}

/// Drops every task and closes the driver.
fn drain(worker: &mut impl Leaver) {
    worker.team().admission.close();
    worker.abort_all();
    cancel_queued(worker);
    while worker.team().alive() > 0 {
        wait_for_entry(worker);
        cancel_queued(worker);
    }
    worker.close_driver();
    worker.exit().close();
}

/// Cancels what is queued; that may queue more.
fn cancel_queued(worker: &mut impl Leaver) {
    while let Some(runnable) = worker.own_task().or_else(|| worker.shared_task()) {
        worker.cancel(runnable);
        worker.team().remotes[worker.index()].retired.increment();
    }
}

/// Sleeps until a foreign thread has queued what it owes.
fn wait_for_entry(worker: &impl Leaver) {
    let (team, index) = (worker.team(), worker.index());
    team.fall_asleep(index, false);
    team.remotes[index].sleep.park();
    if team.wake_up(index) {
        team.stop_searching();
    }
}
