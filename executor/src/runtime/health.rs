//! Whether a runtime goes on as it should.

use std::fmt;
use std::time::Duration;

use crate::blocking::{AbandonedJob, StalledPool};
use crate::parts::clock;
use crate::scheduler::core::Core;
use crate::scheduler::herald::{RefusedThread, StuckWorker};

/// How long a runnable task may wait in a healthy runtime.
const QUEUED_MAX: Duration = Duration::from_secs(1);

/// How long a thread that the system refused is an illness.
const REFUSED_FOR: Duration = Duration::from_secs(10);

/// The troubles of a runtime at one moment. From [`Handle::health`](super::Handle::health);
/// [`Display`](fmt::Display) is a text for people, a line for each trouble.
///
/// What it knows of the workers is the watching thread's: of a current-thread runtime, or with
/// [`rescue_threads(0)`](super::Builder::rescue_threads), it has no stuck workers.
///
/// ```
/// let runtime = wane::runtime::Runtime::new()?;
/// let health = runtime.health();
/// assert!(health.is_healthy(), "{health}");
/// assert!(health.stuck_workers().is_empty());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Health {
    stuck_workers: Vec<StuckWorker>,
    oldest_queued: Option<Duration>,
    blocking_queue_depth: usize,
    oldest_blocking_job: Option<Duration>,
    stalled_pool: Option<StalledPool>,
    abandoned_blocking_jobs: Vec<AbandonedJob>,
    last_refused_thread: Option<RefusedThread>,
}

impl Health {
    pub(super) fn of(core: &Core) -> Self {
        let blocking = core.blocking();
        Self {
            stuck_workers: core.stuck_workers(),
            oldest_queued: core.look_at_backlog(clock::now()),
            blocking_queue_depth: blocking.vitals().queued,
            oldest_blocking_job: blocking.longest_wait(),
            stalled_pool: blocking.stalled(),
            abandoned_blocking_jobs: blocking.abandoned_jobs(),
            last_refused_thread: core.herald().last_refused(),
        }
    }

    /// Whether there is no trouble: no worker is stuck, no task has been runnable for more than a second,
    /// the pool of blocking threads is not stalled, no aborted job goes on, and the system has refused no
    /// thread in the last ten seconds.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.stuck_workers.is_empty()
            && self.oldest_queued.is_none_or(|wait| wait < QUEUED_MAX)
            && self.stalled_pool.is_none()
            && self.abandoned_blocking_jobs.is_empty()
            && self.recently_refused().is_none()
    }

    /// The workers that have been in one poll for longer than
    /// [`rescue_after`](super::Builder::rescue_after).
    #[must_use]
    pub fn stuck_workers(&self) -> &[StuckWorker] {
        &self.stuck_workers
    }

    /// How long a task that is runnable has not been polled; `None` where none is queued.
    ///
    /// An estimate from outside, and never too much: at some look of the watching thread, or call of
    /// [`Handle::health`](super::Handle::health), so long ago, more tasks were queued than polls have
    /// begun since.
    #[must_use]
    pub fn oldest_queued(&self) -> Option<Duration> {
        self.oldest_queued
    }

    /// How many blocking jobs wait for a thread.
    #[must_use]
    pub fn blocking_queue_depth(&self) -> usize {
        self.blocking_queue_depth
    }

    /// How long the oldest of them has waited.
    #[must_use]
    pub fn oldest_blocking_job(&self) -> Option<Duration> {
        self.oldest_blocking_job
    }

    /// The pool of blocking threads, where jobs wait in it, nothing moves, and no thread can be added.
    #[must_use]
    pub fn stalled_pool(&self) -> Option<&StalledPool> {
        self.stalled_pool.as_ref()
    }

    /// The blocking jobs that were aborted and have not ended; see
    /// [`RuntimeMetrics::abandoned_blocking_jobs`](super::RuntimeMetrics::abandoned_blocking_jobs).
    #[must_use]
    pub fn abandoned_blocking_jobs(&self) -> &[AbandonedJob] {
        &self.abandoned_blocking_jobs
    }

    /// The last thread that the system refused, however long ago.
    #[must_use]
    pub fn last_refused_thread(&self) -> Option<&RefusedThread> {
        self.last_refused_thread.as_ref()
    }

    fn recently_refused(&self) -> Option<&RefusedThread> {
        let refused = self.last_refused_thread.as_ref();
        refused.filter(|refused| refused.age() < REFUSED_FOR)
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.is_healthy() {
            true => "healthy",
            false => "not healthy",
        })?;
        for stuck in &self.stuck_workers {
            write!(f, "\n{stuck}")?;
        }
        if let Some(wait) = self.oldest_queued.filter(|wait| *wait >= QUEUED_MAX) {
            write!(f, "\na runnable task has not been polled for {wait:?}")?;
        }
        if let Some(pool) = &self.stalled_pool {
            write!(f, "\n{pool}")?;
        }
        if let Some(wait) = self.oldest_blocking_job {
            let depth = self.blocking_queue_depth;
            write!(
                f,
                "\nblocking jobs wait for a thread: {depth}, the oldest for {wait:?}"
            )?;
        }
        for job in &self.abandoned_blocking_jobs {
            write!(f, "\n{job}")?;
        }
        match self.recently_refused() {
            Some(refused) => write!(f, "\n{refused}, {:?} ago", refused.age()),
            None => Ok(()),
        }
    }
}
