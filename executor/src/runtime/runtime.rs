//! Owning a runtime.

use std::io;
use std::time::{Duration, Instant};

use wane_channel::base::sync::thread;

use super::builder::Builder;
use super::handle::{EnterGuard, Handle, enter_polling};
use super::health::Health;
use super::metrics::RuntimeMetrics;
use super::report::ShutdownReport;
use crate::blocking::{BlockingContext, TrySpawnBlockingError};
use crate::cell::JoinHandle;
use crate::parts::{block_on, clock, local_queue};
use crate::scheduler::current::CurrentThread;
use crate::scheduler::local;

/// A runtime: workers, driver, timers and the pool for blocking calls.
///
/// # Dropping it
///
/// Every task is dropped, none is polled again. Blocking jobs that wait are dropped, those that run and
/// can be interrupted are. Then the drop waits for the polls that go on and for the blocking jobs that run,
/// and leaves nothing behind: no thread, no descriptor, and no memory but results that somebody can
/// still take. It never panics, and waits by where it happens:
///
/// | dropped                                              | waits                                   |
/// |------------------------------------------------------|-----------------------------------------|
/// | in plain code                                        | without end                             |
/// | in a task of its own, or what that calls             | for nobody: it would be for itself      |
/// | in a blocking job of its own                         | for all others, not for this job        |
/// | in async code of another runtime, or in `block_on`   | without end; the thread is blocked      |
/// | by the end of a thread that keeps it                 | without end, as in plain code           |
/// | while the thread unwinds from a panic                | for a second at most                    |
/// | by [`shutdown_timeout`](Runtime::shutdown_timeout)   | as long as that says, and reports       |
/// | by [`shutdown_background`](Runtime::shutdown_background) | for nobody                          |
///
/// What is not waited for goes on, on its thread, and the rest of the runtime goes when that returns. When
/// `main` has ended the process does, whatever runs: so a stuck job holds up no program that panics.
///
/// ```
/// let runtime = wane::runtime::Runtime::new()?;
/// let answer = runtime.block_on(async { wane::spawn(async { 42 }).await.unwrap() });
/// assert_eq!(answer, 42);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    /// Empty after shutdown.
    kind: Option<Kind>,
}

/// Who runs the tasks.
#[derive(Debug)]
pub(super) enum Kind {
    Current(CurrentThread),
    /// The workers, until they have been waited for.
    Threads(Vec<thread::JoinHandle<()>>),
}

/// How long the drop of a runtime waits while its thread unwinds from a panic.
const UNWINDING: Duration = Duration::from_secs(1);

/// How long a shutdown waits.
#[derive(Clone, Copy)]
enum Patience {
    Endless,
    Until(Option<Instant>),
    None,
}

impl Runtime {
    pub(super) fn from_parts(handle: Handle, kind: Kind) -> Self {
        Self {
            handle,
            kind: Some(kind),
        }
    }

    /// A multi-thread runtime with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// As for [`Builder::build`].
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }

    /// A handle to the runtime.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Spawns a task; see [`Handle::spawn`].
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Runs a closure that may block; see [`Handle::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(closure)
    }

    /// Runs a closure that may block, unless too many wait; see [`Handle::try_spawn_blocking`].
    ///
    /// # Errors
    ///
    /// As for [`Handle::try_spawn_blocking`].
    #[track_caller]
    pub fn try_spawn_blocking<F, R>(
        &self,
        closure: F,
    ) -> Result<JoinHandle<R>, TrySpawnBlockingError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.try_spawn_blocking(closure)
    }

    /// Runs a closure that may block and can be interrupted; see
    /// [`spawn_blocking_with`](crate::task::spawn_blocking_with).
    #[track_caller]
    pub fn spawn_blocking_with<F, R>(&self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce(BlockingContext) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking_with(closure)
    }

    /// Runs a future on this thread until it is ready. On a current-thread runtime this is what runs
    /// the tasks, too.
    ///
    /// # Panics
    ///
    /// When the future does, and on a thread that polls futures already; see [`Handle::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _guard = self.enter();
        let _polling = enter_polling();
        match &self.kind {
            Some(Kind::Current(current)) => current.block_on(future),
            Some(Kind::Threads(_)) | None => block_on::block_on(future),
        }
    }

    /// Puts this thread into the runtime; see [`Handle::enter`].
    #[must_use = "the runtime is left as soon as the guard is dropped"]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Counts of what the runtime is doing.
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }

    /// The troubles of the runtime at the moment; see [`Handle::health`].
    #[must_use]
    pub fn health(&self) -> Health {
        self.handle.health()
    }

    /// Shuts down, but waits no longer than `duration` for tasks in a poll that does not return and for
    /// blocking jobs that run and heed no abort. What is still running then goes on, on its thread, and
    /// is dropped when it returns. The report says what that is.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = wane::runtime::Runtime::new()?;
    /// drop(runtime.spawn(std::future::pending::<()>()));
    /// let report = runtime.shutdown_timeout(Duration::from_secs(10));
    /// assert!(report.is_complete(), "{report}");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_timeout(mut self, duration: Duration) -> ShutdownReport {
        self.shut_down(Patience::Until(clock::now().checked_add(duration)))
    }

    /// Shuts down without waiting for anybody.
    pub fn shutdown_background(mut self) {
        let _left = self.shut_down(Patience::None);
    }

    fn shut_down(&mut self, patience: Patience) -> ShutdownReport {
        let Some(kind) = self.kind.take() else {
            return ShutdownReport::default();
        };
        let core = self.handle.core().clone();
        let patience = if local::works_for(&core) {
            Patience::None
        } else {
            patience
        };
        match kind {
            Kind::Current(current) => {
                let _guard = self.handle.enter();
                current.shut_down();
            }
            Kind::Threads(threads) => {
                core.stop();
                if patience
                    .deadline()
                    .is_some_and(|deadline| core.exit().wait(deadline))
                {
                    // They have nothing left to do. A worker's panic is ours and has been reported.
                    threads.into_iter().for_each(|thread| drop(thread.join()));
                    // Now that the monitor is gone nobody calls further ones in.
                    let spare = core.rescue().take_threads();
                    spare.into_iter().for_each(|thread| drop(thread.join()));
                }
            }
        }
        core.blocking().shut_down();
        local_queue::reclaim();
        let Some(deadline) = patience.deadline() else {
            return ShutdownReport::default();
        };
        let left = deadline.map(|at| at.saturating_duration_since(clock::now()));
        let threads = core.blocking().join(left);
        ShutdownReport::of(&core, core.exit().inside() + threads)
    }
}

impl Patience {
    /// Until when to wait, if at all; without end where there is no such time.
    fn deadline(self) -> Option<Option<Instant>> {
        match self {
            Self::Endless => Some(None),
            Self::Until(deadline) => Some(deadline),
            Self::None => None,
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let patience = match thread::panicking() {
            // Whoever unwinds wants to get out, and what is stuck may be the reason.
            true => Patience::Until(clock::now().checked_add(UNWINDING)),
            false => Patience::Endless,
        };
        let _left = self.shut_down(patience);
    }
}
