//! Where the jobs of a runtime wait, and where their aborts arrive.
//!
//! A job waits as a task that is asleep; the pool's queue has a [`Sleeper`] for it. So a thread that
//! comes to run it and an abort that calls it off make the same move of the state word, and one of
//! them gets the runnable. An aborter hands the runnable in here and goes on; the reaper, a thread of
//! its own that is there only while there is something to drop, drops the closure. The sleeper that
//! is left in the queue is taken out by the reaper, once half of the queue is such, or by the thread
//! that meets it.
//!
//! Three crews, so that none waits for another: the pool for users' jobs, the lane for the runtime's
//! own calls (name look-up), the reaper for users' destructors.
//!
//! Invariants:
//!
//! - D1. A task of a job refers to the depot by a bare pointer. So each entry of a queue has a count
//!   of the depot, and whoever finds its job called off keeps that count until an aborter has arrived
//!   for it ([`Depot::meet_aborter`]): aborters that have yet to arrive = entries not met − arrivals
//!   not met. Which entry belongs to which aborter does not matter.
//! - D2. What is handed in is dropped by the reaper. Where the system refuses its thread, a thread of
//!   the pool reaps; where that gets none either or the depot is closed, whoever meets an aborter next,
//!   or [`Depot::close`]. Never the aborter.
//!
//! Ways not taken: looking for the sleeper on each abort (a queue of n jobs that are all aborted
//! costs n²); a number of its queue place in each job (a random pick moves others, and each move
//! would have to reach into the task); a flag in the job that threads look at when they take it (the
//! closure stays until a thread is free, which is the fault that this file is there against).

mod called_off;

use std::panic::Location;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Arc;

use self::called_off::{CalledOff, HandIn};
use super::config::Config;
use super::pool::{Job, Pool, Served};
use super::refusal::Refused;
use super::roll::{AbandonedJob, Card};
use crate::cell::interrupts::{self, Overseer};
use crate::cell::runnable::{Runnable, Sleeper};
use crate::cell::schedule::{Place, Schedule};

/// Threads that the runtime keeps for its own calls.
const LANE_THREADS: usize = 4;

/// What waits for a thread of one of the crews.
#[derive(Debug)]
pub(super) enum Errand {
    /// A job.
    Job {
        /// The task.
        sleeper: Sleeper,
        /// Keeps the depot for an aborter (D1).
        depot: Arc<Depot>,
        /// Where the program spawned it.
        spawned_at: &'static Location<'static>,
        made_at: Instant,
    },
    /// Drop what aborters have handed in.
    Reap(Arc<Depot>),
}

#[derive(Debug)]
pub(super) struct Depot {
    pub(super) pool: Pool<Errand>,
    pub(super) lane: Pool<Errand>,
    reaper: Pool<Errand>,
    called_off: CalledOff<Runnable>,
}

impl Depot {
    pub(super) fn new(config: Config) -> Arc<Self> {
        let depot = Arc::new(Self {
            lane: Pool::new(config.crew_of(LANE_THREADS)),
            reaper: Pool::new(config.crew_of(1)),
            pool: Pool::new(config),
            called_off: CalledOff::new(),
        });
        interrupts::oversee(&depot);
        depot
    }

    /// Cancels queued jobs and lets the threads go as their errands end.
    pub(super) fn close(&self) {
        self.called_off.close();
        self.pool.shutdown();
        self.lane.shutdown();
        self.reaper.shutdown();
        let rest = self.called_off.take_rest();
        rest.into_iter().for_each(Runnable::cancel);
    }

    /// Waits for the threads; see [`Pool::join`].
    pub(super) fn join(&self, timeout: Option<Duration>) -> usize {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let crews = [&self.pool, &self.lane, &self.reaper];
        let left = crews.map(|crew| {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            crew.join(left)
        });
        left.into_iter().sum()
    }

    /// Threads beside those for users' jobs, idle or not: of the lane, of the reaper, and of the probes.
    pub(super) fn reserved_threads(&self) -> usize {
        let (lane, reaper) = (self.lane.vitals(), self.reaper.vitals());
        let probes = [self.pool.vitals(), lane, reaper].map(|crew| usize::from(crew.has_probe));
        lane.threads + reaper.threads + probes.into_iter().sum::<usize>()
    }

    /// Jobs that were aborted and run on.
    pub(super) fn abandoned(&self) -> usize {
        self.pool.vitals().abandoned + self.lane.vitals().abandoned
    }

    /// Which those are: users' jobs, the oldest abort first, then the runtime's own.
    pub(super) fn abandoned_jobs(&self) -> Vec<AbandonedJob> {
        let mut jobs = self.pool.abandoned_jobs();
        jobs.extend(self.lane.abandoned_jobs());
        jobs
    }

    /// Jobs that were aborted and still have an entry in a queue.
    pub(super) fn unmet(&self) -> usize {
        self.called_off.unmet()
    }

    /// An aborter has won the job: it will not run, and is dropped by somebody else.
    fn hand_in(self: &Arc<Self>, job: Runnable) {
        match self.called_off.hand_in(job) {
            HandIn::CallReaper => self.call_reaper(),
            HandIn::Nothing => {}
        }
    }

    fn call_reaper(self: &Arc<Self>) {
        let refused = match self.reaper.submit(Errand::Reap(Arc::clone(self))) {
            // The jobs' own threads are the next best: one takes it when it is free.
            Err(Refused::NoThread { job, .. }) => self.pool.submit(job),
            outcome => outcome,
        };
        if refused.is_err() {
            self.called_off.miss_reaper();
        }
    }

    /// Drops what was handed in, until nothing is left.
    fn reap(self: &Arc<Self>) {
        loop {
            self.take_out_called_off();
            let jobs = self.called_off.take_to_reap();
            if jobs.is_empty() {
                return;
            }
            jobs.into_iter().for_each(Runnable::cancel);
        }
    }

    /// Takes entries without a job out of the pool's queue. The lane's queue is as short as the lane,
    /// and its threads meet them.
    pub(super) fn take_out_called_off(&self) {
        let known = self.unmet();
        if known == 0 {
            return;
        }
        for errand in self.pool.take_called_off(known) {
            let _nothing = errand.run();
        }
    }

    /// To be called by whoever has found the job of an entry called off.
    fn meet_aborter(&self) {
        let left = self.called_off.meet_aborter();
        left.into_iter().for_each(Runnable::cancel);
    }
}

impl Overseer for Depot {
    fn aborted_in_poll(&self, id: u64) -> bool {
        self.pool.abandon(id) || self.lane.abandon(id)
    }
}

impl Drop for Depot {
    fn drop(&mut self) {
        interrupts::forget_overseers();
    }
}

impl Schedule for Depot {
    fn schedule_here(
        _desk: *const Self,
        runnable: Runnable,
        _place: Place,
    ) -> Result<(), Runnable> {
        Err(runnable)
    }

    /// Only an abort comes here: whoever takes the job from a queue wakes it there, and no waker of a
    /// job is ever used.
    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        self.hand_in(runnable);
    }
}

impl Job for Errand {
    fn run(self) -> Served {
        match self {
            Errand::Job { sleeper, depot, .. } => match sleeper.wake() {
                Some(runnable) => {
                    drop(depot);
                    // A job that was run is over: it never sleeps, and nothing wakes it.
                    let _over = runnable.run();
                    Served::Job
                }
                None => {
                    depot.meet_aborter();
                    Served::Nothing
                }
            },
            Errand::Reap(depot) => {
                depot.reap();
                Served::Nothing
            }
        }
    }

    fn cancel(self) {
        match self {
            Errand::Job { sleeper, depot, .. } => match sleeper.wake() {
                Some(runnable) => runnable.cancel(),
                None => depot.meet_aborter(),
            },
            Errand::Reap(depot) => depot.reap(),
        }
    }

    fn is_called_off(&self) -> bool {
        match self {
            Errand::Job { sleeper, .. } => sleeper.is_aborted(),
            Errand::Reap(_) => false,
        }
    }

    fn card(&self) -> Option<Card> {
        match self {
            Errand::Job {
                sleeper,
                spawned_at,
                ..
            } => Some(Card {
                id: sleeper.id(),
                spawned_at,
            }),
            Errand::Reap(_) => None,
        }
    }

    fn made_at(&self) -> Option<Instant> {
        match self {
            Errand::Job { made_at, .. } => Some(*made_at),
            Errand::Reap(_) => None,
        }
    }
}
