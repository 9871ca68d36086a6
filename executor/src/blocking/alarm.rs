//! What the pool complains of, and how it is told to those above.
//!
//! An alarm is raised on a thread of the pool, or on the one that submits a job for which there is no
//! thread; never under a lock, since a user's function may be at the other end.

use std::fmt;
use std::io;
use std::time::Duration;

use wane_channel::base::sync::Arc;

use crate::cell::origin::TaskOrigin;

/// What a crew of threads finds.
#[derive(Debug)]
pub(crate) enum Alarm<'a> {
    /// Jobs wait, nothing moves, and no thread can be added.
    Stalled(Stall),
    /// The end of that.
    Moves(Stall),
    /// The system refused a thread.
    Refused(&'a io::Error),
    /// A job was aborted while it runs. Said on the thread that aborts, where no user code may run.
    Interrupted,
}

/// A stall, in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stall {
    pub(super) queued: usize,
    pub(super) threads: usize,
    pub(super) lasts: Duration,
}

/// Hears of alarms.
pub(crate) type Listener = Arc<dyn Fn(Alarm<'_>) + Send + Sync>;

/// Nobody hears.
pub(super) fn nobody() -> Listener {
    Arc::new(|_alarm| {})
}

/// A pool of blocking threads in which jobs wait and nothing moves, because there is no thread to be
/// had: as many are stuck as there may be, or the system gives none.
///
/// From [`Event`](crate::runtime::Event) and [`Health::stalled_pool`](crate::runtime::Health::stalled_pool).
///
/// ```
/// use std::sync::mpsc;
/// use wane::runtime::{Builder, Event};
///
/// let (tell, told) = mpsc::channel();
/// let runtime = Builder::new_current_thread()
///     .max_blocking_threads(1)
///     .on_event(move |event| drop(tell.send(event.clone())))
///     .build()?;
/// let (release, released) = mpsc::channel::<()>();
/// let stuck = runtime.spawn_blocking(move || released.recv());
/// let waits = runtime.spawn_blocking(|| 5);
/// let Event::BlockingPoolStalled(pool) = told.recv().unwrap() else {
///     panic!("nothing else is wrong");
/// };
/// assert_eq!((pool.threads(), pool.queued()), (1, 1));
/// assert_eq!(pool.running_jobs()[0].id(), stuck.id());
///
/// drop(release);
/// assert_eq!(runtime.block_on(waits).unwrap(), 5);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct StalledPool {
    queued: usize,
    threads: usize,
    lasts: Duration,
    jobs: Vec<TaskOrigin>,
}

impl StalledPool {
    pub(crate) fn new(stall: Stall, jobs: Vec<TaskOrigin>) -> Self {
        Self {
            queued: stall.queued,
            threads: stall.threads,
            lasts: stall.lasts,
            jobs,
        }
    }

    /// How many jobs wait for a thread.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queued
    }

    /// How many threads the pool has.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// How long nothing has moved.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.lasts
    }

    /// The jobs that run, and so keep the threads.
    #[must_use]
    pub fn running_jobs(&self) -> &[TaskOrigin] {
        &self.jobs
    }
}

impl fmt::Display for StalledPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "blocking pool with {} jobs queued and {} threads, still for {:?}",
            self.queued, self.threads, self.lasts
        )?;
        crate::cell::origin::by_site(&self.jobs)
            .into_iter()
            .try_for_each(|(site, count)| write!(f, "; running: {count} spawned at {site}"))
    }
}
