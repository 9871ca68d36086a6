//! Blocking jobs as tasks: the same cell, the same handles, and a pool as their scheduler.
//!
//! A job is a future that runs the closure in its only poll. So it is aborted, joined and forgotten
//! like any task, and its closure's memory goes back before anybody can see the result.

use std::pin::Pin;
use std::task::{Context, Poll};

use wane_channel::base::budget;
use wane_channel::base::sync::Arc;

use super::config::Config;
use super::pool::{Job, Pool, Refused, Vitals};
use crate::cell::join::JoinHandle;
use crate::cell::region::Lease;
use crate::cell::runnable::{self, Runnable};
use crate::cell::schedule::{Place, Schedule};

/// The pool of a runtime.
#[derive(Debug)]
pub(crate) struct Blocking {
    pool: Pool<Runnable>,
    lease: Lease,
}

impl Blocking {
    pub(crate) fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            pool: Pool::new(config),
            lease: Lease::new(),
        })
    }

    /// Runs the closure on a thread of the pool. After shutdown the closure is dropped here and now,
    /// and the handle says cancelled.
    ///
    /// # Panics
    ///
    /// When the pool has no thread and the system refuses one.
    #[track_caller]
    pub(crate) fn spawn<F, R>(self: &Arc<Self>, closure: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (runnable, handle) = runnable::spawn(Call(Some(closure)), self, &self.lease);
        match self.pool.submit(runnable) {
            Ok(()) => {}
            Err(Refused::ShutDown(runnable)) => runnable.cancel(),
            Err(refused @ Refused::NoThread { .. }) => {
                let message = refused.to_string();
                refused.into_job().cancel();
                panic!("{message}");
            }
        }
        handle
    }

    /// Cancels queued jobs and lets the threads go as their jobs end.
    pub(crate) fn shut_down(&self) {
        self.pool.shutdown();
    }

    /// Waits for the threads; see [`Pool::join`].
    pub(crate) fn join(&self, timeout: Option<std::time::Duration>) -> usize {
        self.pool.join(timeout)
    }

    /// What the pool is doing.
    pub(crate) fn vitals(&self) -> Vitals {
        self.pool.vitals()
    }

    /// How many slots hold a job or a result.
    pub(crate) fn slots_in_use(&self) -> usize {
        self.lease.slots_in_use()
    }
}

/// A job as a future that is ready at its first poll.
struct Call<F>(Option<F>);

/// The closure is moved out, never pinned.
impl<F> Unpin for Call<F> {}

impl<F: FnOnce() -> R, R> Future for Call<F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _ctx: &mut Context<'_>) -> Poll<R> {
        let closure = self.0.take().expect("a job is ready at its first poll");
        // A closure that polls futures of its own is no task and has no budget.
        Poll::Ready(budget::unlimited(closure))
    }
}

impl Schedule for Blocking {
    fn schedule_here(
        _pool: *const Self,
        runnable: Runnable,
        _place: Place,
    ) -> Result<(), Runnable> {
        Err(runnable)
    }

    /// Nobody comes here: a job is queued once, by `spawn`, and never sleeps. Cancelling is right
    /// all the same.
    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        runnable.cancel();
    }
}

impl Job for Runnable {
    fn run(self) {
        // A job that was run is over: it never sleeps, and nothing wakes it.
        let _ = Self::run(self);
    }

    fn cancel(self) {
        Self::cancel(self);
    }
}
