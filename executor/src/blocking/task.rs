//! Blocking jobs as tasks: the same cell, the same handles, and a depot as their scheduler.
//!
//! A job is a future that runs the closure in its only poll. So it is aborted, joined and forgotten
//! like any task, and its closure's memory goes back before anybody can see the result.

use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use wane_channel::base::budget;
use wane_channel::base::sync::{Arc, Mutex};

use super::alarm::{Stall, StalledPool};
use super::config::Config;
use super::depot::{Depot, Errand};
use super::interrupt::{BlockingContext, Desk, EndOfJob, Interruption};
use super::pool::{Job, Vitals};
use super::post;
use super::refusal::{Refused, TrySpawnBlockingError};
use super::roll::AbandonedJob;
use crate::cell::abort::abort_all;
use crate::cell::join::JoinHandle;
use crate::cell::origin::{self, Sighting, TaskOrigin};
use crate::cell::region::Lease;
use crate::cell::runnable;
use crate::parts::clock;

/// The pool of a runtime. Dropping it closes it without waiting.
#[derive(Debug)]
pub(crate) struct Blocking {
    depot: Arc<Depot>,
    lease: Lease,
    queue_max: usize,
    desk: Arc<Desk>,
}

impl Blocking {
    pub(crate) fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            queue_max: config.queue_max,
            desk: Desk::new(config.signal),
            depot: Depot::new(config),
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
    pub(crate) fn spawn<F, R>(&self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (errand, handle) = self.make(closure);
        accept(self.depot.pool.submit(errand));
        handle
    }

    /// As [`Blocking::spawn`], for a closure that can be told of an abort while it runs.
    ///
    /// # Panics
    ///
    /// As for [`Blocking::spawn`].
    #[track_caller]
    pub(crate) fn spawn_with<F, R>(&self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce(BlockingContext) -> R + Send + 'static,
        R: Send + 'static,
    {
        let interruption = Interruption::new(&self.desk);
        let end = EndOfJob(Arc::clone(&interruption));
        let ctx = BlockingContext::new(Arc::clone(&interruption));
        let (errand, handle) = self.make(move || {
            // Dropped after the closure, and with it where the closure is dropped unrun.
            let _end = end;
            closure(ctx)
        });
        interruption.listen(handle.id());
        accept(self.depot.pool.submit(errand));
        handle
    }

    /// [`Blocking::spawn`], unless the closure would have to wait behind as many as may. What is
    /// run is `run` with the closure.
    #[track_caller]
    pub(crate) fn try_spawn<F, R>(
        &self,
        closure: F,
        run: impl FnOnce(F) -> R + Send + 'static,
    ) -> Result<JoinHandle<R>, TrySpawnBlockingError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        // A task does not give its future back, so the closure is left where both can take it.
        let place = Arc::new(Mutex::new(Some(closure)));
        let taken = Arc::clone(&place);
        let (errand, handle) = self.make(move || {
            let closure = taken.lock().take();
            drop(taken);
            run(closure.expect("the submitter leaves a job that was taken its closure"))
        });
        let called_off = self.depot.unmet();
        let room = self.queue_max.saturating_add(called_off);
        let Err(refused) = self.depot.pool.submit_within(errand, room) else {
            return Ok(handle);
        };
        let closure = place.lock().take();
        let closure = closure.expect("a job that was refused did not run");
        let (error, errand) = TrySpawnBlockingError::new(closure, refused, called_off);
        errand.cancel();
        Err(error)
    }

    /// [`Blocking::spawn`] for calls of the runtime's own: on its lane while a thread is free there,
    /// so that a pool at its cap, full of jobs that are stuck, does not hold them up.
    ///
    /// # Errors
    ///
    /// The system's, where neither has a thread and it refuses one.
    #[track_caller]
    pub(crate) fn spawn_own<F, R>(&self, closure: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (errand, handle) = self.make(closure);
        let outcome = match self.depot.lane.submit_within(errand, 0) {
            Err(Refused::Full { job, .. } | Refused::NoThread { job, .. }) => {
                self.depot.pool.submit(job)
            }
            outcome => outcome,
        };
        if let Err(Refused::NoThread { job, error, .. }) = outcome {
            job.cancel();
            return Err(error);
        }
        accept(outcome);
        Ok(handle)
    }

    #[track_caller]
    fn make<F, R>(&self, closure: F) -> (Errand, JoinHandle<R>)
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (sleeper, handle) =
            runnable::spawn_asleep(Call(Some(closure)), &self.depot, &self.lease);
        let errand = Errand::Job {
            sleeper,
            depot: Arc::clone(&self.depot),
            spawned_at: Location::caller(),
            made_at: clock::now(),
        };
        (errand, handle)
    }

    /// Cancels queued jobs, interrupts those that can be, and lets the threads go as their jobs end.
    pub(crate) fn shut_down(&self) {
        self.depot.close();
        // Whatever a queue had taken has its slot already, and the walk comes past it. The abort marks
        // all of them; what runs and cannot be interrupted goes on to its end. A job that sleeps even
        // now has left its queue, or never comes to one: whoever has its errand meets this aborter (D1
        // of the depot) and drops it.
        abort_all(&self.lease);
        self.desk.signals.shut_down();
    }

    /// Waits for the threads; see [`Pool::join`](super::pool::Pool::join).
    pub(crate) fn join(&self, timeout: Option<Duration>) -> usize {
        let left = self.depot.join(timeout);
        if left == 0 {
            self.desk.signals.join();
        }
        left
    }

    /// What the pool is doing, its own lane apart.
    pub(crate) fn vitals(&self) -> Vitals {
        let called_off = self.depot.unmet();
        let vitals = self.depot.pool.vitals();
        Vitals {
            queued: vitals.queued.saturating_sub(called_off),
            ..vitals
        }
    }

    /// Threads beside those for users' jobs, idle or not.
    pub(crate) fn reserved_threads(&self) -> usize {
        self.depot.reserved_threads() + usize::from(self.desk.signals.has_sender())
    }

    /// How many jobs were aborted in the middle and still run.
    pub(crate) fn abandoned(&self) -> usize {
        self.depot.abandoned()
    }

    /// Which jobs those are, the oldest abort first.
    pub(crate) fn abandoned_jobs(&self) -> Vec<AbandonedJob> {
        self.depot.abandoned_jobs()
    }

    /// The jobs that run.
    pub(crate) fn running(&self) -> Vec<TaskOrigin> {
        origin::running(&self.lease)
    }

    /// How long the oldest of the jobs that wait for a thread has waited.
    pub(crate) fn longest_wait(&self) -> Option<Duration> {
        let made_at = self.depot.pool.oldest()?;
        Some(clock::now().saturating_duration_since(made_at))
    }

    /// The stall that the pool is in.
    pub(crate) fn stalled(&self) -> Option<StalledPool> {
        let vitals = self.vitals();
        let stall = Stall {
            queued: vitals.queued,
            threads: vitals.threads,
            lasts: clock::now().saturating_duration_since(vitals.starved_since?),
        };
        Some(StalledPool::new(stall, self.running()))
    }

    /// The jobs, and the results that nobody has taken.
    pub(crate) fn survey(&self, visit: impl FnMut(&Sighting)) {
        origin::survey(&self.lease, visit);
    }

    /// How many slots hold a job or a result.
    pub(crate) fn slots_in_use(&self) -> usize {
        self.lease.slots_in_use()
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// The end of a submission whose handle the user has in any case.
#[track_caller]
fn accept(outcome: Result<(), Refused<Errand>>) {
    match outcome {
        Ok(()) => {}
        Err(Refused::ShutDown(errand)) => errand.cancel(),
        Err(refused) => {
            let message = refused.to_string();
            refused.into_job().cancel();
            panic!("{message}");
        }
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
        let _end = EndOfClosure;
        // A closure that polls futures of its own is no task and has no budget.
        Poll::Ready(budget::unlimited(closure))
    }
}

/// Tells the pool when it is dropped: with the closure and what it captured, and before anybody can see
/// the result.
struct EndOfClosure;

impl Drop for EndOfClosure {
    fn drop(&mut self) {
        post::end_closure();
    }
}
