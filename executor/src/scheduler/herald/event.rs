//! What can be told of a runtime that does not go on as it should.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Arc;

use crate::blocking::{AbandonedJob, StalledPool};
use crate::cell::origin::TaskOrigin;
use crate::parts::clock;

/// Something in a runtime does not go on as it should, or does again. Given to the function of
/// [`Builder::on_event`](crate::runtime::Builder::on_event), and with the feature `tracing` emitted as an
/// event of `tracing`, its target `wane`.
///
/// [`Display`](fmt::Display) is a line for people.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A worker has been in one poll for longer than
    /// [`rescue_after`](crate::runtime::Builder::rescue_after). Told once for each such poll.
    WorkerStuck(StuckWorker),
    /// That poll has returned; its duration is all of it.
    WorkerFreed(StuckWorker),
    /// Blocking jobs wait, none has ended since the last look, and no thread can be added. Told once,
    /// until the pool moves again.
    BlockingPoolStalled(StalledPool),
    /// It does.
    BlockingPoolMoves(StalledPool),
    /// The system refused a thread. Told once a second at most.
    ThreadRefused(RefusedThread),
    /// A blocking job was aborted a while ago, and goes on all the same. Told once for each.
    BlockingJobAbandoned(AbandonedJob),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkerStuck(stuck) => write!(f, "stuck: {stuck}"),
            Self::WorkerFreed(stuck) => write!(f, "goes on: {stuck}"),
            Self::BlockingPoolStalled(pool) => write!(f, "stalled: {pool}"),
            Self::BlockingPoolMoves(pool) => write!(f, "moves again: {pool}"),
            Self::ThreadRefused(refused) => refused.fmt(f),
            Self::BlockingJobAbandoned(job) => job.fmt(f),
        }
    }
}

/// Why a poll does not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StuckKind {
    /// Its thread waits for something: a sleep, a lock, a system call.
    Blocked,
    /// Its thread computes, or would if it had a processor.
    Busy,
}

impl fmt::Display for StuckKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "blocked",
            Self::Busy => "busy",
        })
    }
}

/// A worker that is, or was, in one poll for longer than
/// [`rescue_after`](crate::runtime::Builder::rescue_after), by something else than
/// [`block_in_place`](crate::task::block_in_place).
///
/// From [`Event`] and [`Health::stuck_workers`](crate::runtime::Health::stuck_workers).
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
/// use wane::runtime::{Builder, Event, StuckKind};
///
/// let (tell, told) = mpsc::channel();
/// let runtime = Builder::new_multi_thread()
///     .rescue_after(Duration::from_millis(20))
///     .on_event(move |event| drop(tell.send(event.clone())))
///     .build()?;
/// drop(runtime.spawn(async { std::thread::sleep(Duration::from_millis(200)) }));
/// let Event::WorkerStuck(stuck) = told.recv().unwrap() else {
///     panic!("nothing else is wrong");
/// };
/// assert_eq!(stuck.kind(), StuckKind::Blocked);
/// assert!(stuck.duration() >= Duration::from_millis(20));
/// println!("{stuck}");
///
/// let Event::WorkerFreed(freed) = told.recv().unwrap() else {
///     panic!("nothing else is wrong");
/// };
/// assert_eq!(freed.task(), stuck.task());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct StuckWorker {
    pub(in crate::scheduler) worker: usize,
    pub(in crate::scheduler) task: Option<TaskOrigin>,
    pub(in crate::scheduler) kind: StuckKind,
    pub(in crate::scheduler) lasts: Duration,
}

impl StuckWorker {
    /// The number of the worker. Those from [`num_workers`] on are spare ones.
    ///
    /// [`num_workers`]: crate::runtime::RuntimeMetrics::num_workers
    #[must_use]
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// The task that it polls, or drops. `None` where it is not in a task but waits in a hook, or in a
    /// waker of somebody else's that it woke.
    #[must_use]
    pub fn task(&self) -> Option<&TaskOrigin> {
        self.task.as_ref()
    }

    /// Whether its thread waits or computes.
    #[must_use]
    pub fn kind(&self) -> StuckKind {
        self.kind
    }

    /// How long it has been in there: since the first look that found it there, of some hundred a
    /// second.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.lasts
    }
}

impl fmt::Display for StuckWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            worker,
            kind,
            lasts,
            ..
        } = self;
        write!(f, "worker {worker} {kind} for {lasts:?} in ")?;
        match &self.task {
            Some(task) => write!(f, "{task} ({})", task.future_type()),
            None => f.write_str("no task"),
        }
    }
}

/// What a thread was wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThreadRole {
    /// To be a spare worker, in the place of one that is stuck.
    SpareWorker,
    /// To run blocking jobs, or to look whether they move.
    BlockingJobs,
}

impl fmt::Display for ThreadRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SpareWorker => "a spare worker",
            Self::BlockingJobs => "blocking jobs",
        })
    }
}

/// A thread that the system refused.
///
/// From [`Event`] and [`Health::last_refused_thread`](crate::runtime::Health::last_refused_thread).
///
/// ```
/// use wane::runtime::{Builder, ThreadRole};
///
/// // No thread can have this name, which counts as a refusal.
/// let runtime = Builder::new_current_thread().thread_name("zero: \0").build()?;
/// assert!(runtime.handle().try_spawn_blocking(|| {}).is_err());
/// let health = runtime.health();
/// let refused = health.last_refused_thread().expect("it was just now");
/// assert_eq!(refused.role(), ThreadRole::BlockingJobs);
/// assert_eq!(refused.error().kind(), std::io::ErrorKind::InvalidInput);
/// assert!(!health.is_healthy());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct RefusedThread {
    role: ThreadRole,
    error: Arc<io::Error>,
    at: Instant,
}

impl RefusedThread {
    pub(super) fn new(role: ThreadRole, error: &io::Error) -> Self {
        // An error cannot be cloned, and whoever asked for the thread keeps this one.
        let error = match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        Self {
            role,
            error: Arc::new(error),
            at: clock::now(),
        }
    }

    /// What it was wanted for.
    #[must_use]
    pub fn role(&self) -> ThreadRole {
        self.role
    }

    /// What the system said.
    #[must_use]
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// How long ago that was.
    #[must_use]
    pub fn age(&self) -> Duration {
        clock::now().saturating_duration_since(self.at)
    }
}

impl fmt::Display for RefusedThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no thread for {}: {}", self.role, self.error)
    }
}
