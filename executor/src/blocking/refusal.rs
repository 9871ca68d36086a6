//! Why a job was not taken: inside, and for those who asked whether it would be.

use std::error::Error;
use std::fmt;
use std::io;

use super::roll::AbandonedJob;

/// Why a job was not taken; gives it back.
pub(crate) enum Refused<J> {
    /// The pool is shut down.
    ShutDown(J),
    /// The pool has no thread, and the system refused the first one.
    NoThread {
        /// The job, untouched.
        job: J,
        /// What the system said.
        error: io::Error,
        /// What holds the threads that there are.
        abandoned: Vec<AbandonedJob>,
    },
    /// No thread is free for the job, and as many wait as may.
    Full {
        /// The job, untouched.
        job: J,
        /// Jobs that wait for a thread.
        queued: usize,
        /// Threads that are at work.
        active: usize,
    },
}

impl<J> Refused<J> {
    /// The job, untouched.
    pub(crate) fn into_job(self) -> J {
        match self {
            Refused::ShutDown(job) | Refused::NoThread { job, .. } | Refused::Full { job, .. } => {
                job
            }
        }
    }
}

impl<J> fmt::Debug for Refused<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::ShutDown(_) => f.debug_struct("ShutDown").finish_non_exhaustive(),
            Refused::NoThread {
                error, abandoned, ..
            } => f
                .debug_struct("NoThread")
                .field("error", error)
                .field("abandoned", abandoned)
                .finish_non_exhaustive(),
            Refused::Full { queued, active, .. } => f
                .debug_struct("Full")
                .field("queued", queued)
                .field("active", active)
                .finish_non_exhaustive(),
        }
    }
}

impl<J> fmt::Display for Refused<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::ShutDown(_) => f.write_str("the blocking pool is shut down"),
            Refused::NoThread {
                error, abandoned, ..
            } => write!(
                f,
                "the blocking pool has no thread and the system refused one ({error}{}): \
                 try again later, or raise the limit on threads",
                Blame(abandoned)
            ),
            Refused::Full { queued, active, .. } => write!(
                f,
                "the blocking pool is full (threads busy: {active}, jobs waiting: {queued})"
            ),
        }
    }
}

/// Names those that hold the threads.
struct Blame<'a>(&'a [AbandonedJob]);

impl fmt::Display for Blame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(oldest) = self.0.first() else {
            return Ok(());
        };
        write!(
            f,
            "; jobs that run on after their abort: {}, the oldest spawned at {}",
            self.0.len(),
            oldest.spawned_at()
        )
    }
}

impl<J> Error for Refused<J> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Refused::ShutDown(_) | Refused::Full { .. } => None,
            Refused::NoThread { error, .. } => Some(error),
        }
    }
}

/// A closure that [`try_spawn_blocking`](crate::task::try_spawn_blocking) gives back, and why.
///
/// ```
/// use std::sync::mpsc;
/// use wane::runtime::Builder;
///
/// let runtime = Builder::new_current_thread()
///     .max_blocking_threads(1)
///     .max_blocking_queue(0)
///     .build()?;
/// let (release, held) = mpsc::channel::<()>();
/// let running = runtime.spawn_blocking(move || held.recv().is_ok());
/// let refused = runtime.try_spawn_blocking(|| 6 * 7).unwrap_err();
/// assert!(refused.is_full());
/// assert_eq!((refused.active(), refused.queued()), (1, 0));
/// assert_eq!(refused.into_closure()(), 42);
/// release.send(()).unwrap();
/// assert!(runtime.block_on(running).unwrap());
/// # std::io::Result::Ok(())
/// ```
pub struct TrySpawnBlockingError<F> {
    closure: F,
    reason: Reason,
}

enum Reason {
    Full {
        active: usize,
        queued: usize,
    },
    ShutDown,
    NoThread {
        error: io::Error,
        abandoned: Vec<AbandonedJob>,
    },
}

impl<F> TrySpawnBlockingError<F> {
    /// Pairs what came back with why; the job that was made for it is the caller's to cancel.
    pub(super) fn new<J>(closure: F, refused: Refused<J>, called_off: usize) -> (Self, J) {
        let (reason, job) = match refused {
            Refused::Full {
                job,
                queued,
                active,
            } => {
                let queued = queued.saturating_sub(called_off);
                (Reason::Full { active, queued }, job)
            }
            Refused::ShutDown(job) => (Reason::ShutDown, job),
            Refused::NoThread {
                job,
                error,
                abandoned,
            } => (Reason::NoThread { error, abandoned }, job),
        };
        (Self { closure, reason }, job)
    }

    /// The closure, which was not run.
    pub fn into_closure(self) -> F {
        self.closure
    }

    /// Whether no thread was free and as many jobs waited as may: ending jobs make room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.reason, Reason::Full { .. })
    }

    /// Whether the runtime is shut down: no job will be taken any more.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        matches!(self.reason, Reason::ShutDown)
    }

    /// How many threads of a full pool were at work, or stuck; 0 for the other reasons.
    #[must_use]
    pub fn active(&self) -> usize {
        match self.reason {
            Reason::Full { active, .. } => active,
            Reason::ShutDown | Reason::NoThread { .. } => 0,
        }
    }

    /// Where there was no thread: which jobs hold those that there are, aborted and running on, the
    /// oldest abort first.
    #[must_use]
    pub fn abandoned_jobs(&self) -> &[AbandonedJob] {
        match &self.reason {
            Reason::NoThread { abandoned, .. } => abandoned,
            Reason::Full { .. } | Reason::ShutDown => &[],
        }
    }

    /// How many jobs waited for a thread of a full pool; 0 for the other reasons.
    #[must_use]
    pub fn queued(&self) -> usize {
        match self.reason {
            Reason::Full { queued, .. } => queued,
            Reason::ShutDown | Reason::NoThread { .. } => 0,
        }
    }
}

impl<F> fmt::Debug for TrySpawnBlockingError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrySpawnBlockingError({self})")
    }
}

impl<F> fmt::Display for TrySpawnBlockingError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Full { active, queued } => write!(
                f,
                "the blocking pool is full (threads busy: {active}, jobs waiting: {queued}): try again \
                 when jobs have ended, or raise `max_blocking_queue` or `max_blocking_threads`"
            ),
            Reason::ShutDown => f.write_str(
                "the runtime is shut down and takes no blocking jobs: run the closure here, or drop it",
            ),
            Reason::NoThread { error, abandoned } => write!(
                f,
                "the blocking pool has no thread and the system refused one ({error}{}): try again \
                 later, or raise the system's limit on threads",
                Blame(abandoned)
            ),
        }
    }
}

impl<F> Error for TrySpawnBlockingError<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::NoThread { error, .. } => Some(error),
            Reason::Full { .. } | Reason::ShutDown => None,
        }
    }
}
