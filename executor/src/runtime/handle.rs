//! Referring to a runtime.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use wane_channel::base::sync::Arc;

use super::health::Health;
use super::metrics::RuntimeMetrics;
use crate::blocking::{BlockingContext, TrySpawnBlockingError};
use crate::cell::JoinHandle;
use crate::context::{self, Entered};
use crate::parts::block_on;
use crate::scheduler::core::{Core, Flavor};

/// What to do about [`TryCurrentError`]; also the panic of those who cannot return it.
const NO_RUNTIME: &str =
    "there is no runtime here: call this inside `Runtime::block_on`, a task, or `Handle::enter`";

/// A handle to a runtime. Cloning it is cheap.
///
/// A handle does not keep the runtime running: after [`Runtime`](super::Runtime) is dropped what is
/// spawned by it is dropped at once, and its join handle says cancelled.
#[derive(Clone)]
pub struct Handle {
    core: Arc<Core>,
}

/// Its parts are left whole by whoever panics.
impl UnwindSafe for Handle {}

/// As for [`UnwindSafe`].
impl RefUnwindSafe for Handle {}

impl Handle {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The tasks that somebody polls or drops.
    #[cfg(test)]
    pub(crate) fn running_tasks(&self) -> Vec<crate::cell::origin::TaskOrigin> {
        self.core.running()
    }

    /// The runtime that this thread is in.
    ///
    /// # Panics
    ///
    /// Outside of a runtime; [`try_current`](Handle::try_current) does not.
    #[track_caller]
    #[must_use]
    pub fn current() -> Self {
        match Self::try_current() {
            Ok(handle) => handle,
            Err(error) => panic!("{error}"),
        }
    }

    /// The runtime that this thread is in: inside [`block_on`](super::Runtime::block_on), in a task,
    /// in a blocking job, or after [`enter`](Handle::enter).
    ///
    /// ```
    /// use wane::runtime::{Handle, Runtime};
    ///
    /// assert!(Handle::try_current().is_err());
    /// Runtime::new()?.block_on(async {
    ///     assert!(Handle::try_current().is_ok());
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// Outside of a runtime.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        let scheduler = context::scheduler().ok_or(TryCurrentError(()))?;
        let core = scheduler
            .as_any()
            .downcast()
            .expect("a context's scheduler is a `Core`");
        Ok(Self { core })
    }

    /// Puts this thread into the runtime until the guard is dropped, so that [`spawn`](crate::spawn),
    /// timers and sockets find it.
    ///
    /// Guards are dropped in the reverse order of their making.
    ///
    /// ```
    /// let runtime = wane::runtime::Runtime::new()?;
    /// let _guard = runtime.handle().enter();
    /// let handle = wane::spawn(async { 5 });
    /// assert_eq!(runtime.block_on(handle).unwrap(), 5);
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "the runtime is left as soon as the guard is dropped"]
    pub fn enter(&self) -> EnterGuard<'_> {
        let entered = context::enter_runtime(self.core.driver_handle().clone(), self.core.clone());
        EnterGuard {
            _entered: entered,
            handle: PhantomData,
        }
    }

    /// Spawns a task. It starts at once, whether the handle is awaited or not.
    ///
    /// ```
    /// let runtime = wane::runtime::Runtime::new()?;
    /// let handle = runtime.handle().spawn(async { 6 * 7 });
    /// assert_eq!(runtime.block_on(handle).unwrap(), 42);
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// When half a billion tasks are live or have results that nobody took.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.core.spawn(future)
    }

    /// Runs a closure that may block on a thread where blocking does no harm.
    ///
    /// # Panics
    ///
    /// When the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let handle = self.clone();
        self.core.blocking().spawn(move || {
            let _guard = handle.enter();
            closure()
        })
    }

    /// [`spawn_blocking`](Handle::spawn_blocking), unless the job would have to wait behind as many
    /// others as [`max_blocking_queue`] allows.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread()
    ///     .max_blocking_queue(100)
    ///     .build()?;
    /// match runtime.handle().try_spawn_blocking(|| 6 * 7) {
    ///     Ok(job) => assert_eq!(runtime.block_on(job).unwrap(), 42),
    ///     Err(refused) => panic!("{refused}"),
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// The closure, where the pool is full, is shut down, or has no thread and the system refuses one.
    ///
    /// [`max_blocking_queue`]: super::Builder::max_blocking_queue
    #[track_caller]
    pub fn try_spawn_blocking<F, R>(
        &self,
        closure: F,
    ) -> Result<JoinHandle<R>, TrySpawnBlockingError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let handle = self.clone();
        self.core.blocking().try_spawn(closure, move |closure| {
            let _guard = handle.enter();
            closure()
        })
    }

    /// Runs a closure that may block and can be interrupted; see
    /// [`spawn_blocking_with`](crate::task::spawn_blocking_with).
    ///
    /// ```
    /// let runtime = wane::runtime::Runtime::new()?;
    /// let job = runtime.handle().spawn_blocking_with(|ctx| ctx.is_cancelled());
    /// assert!(!runtime.block_on(job).unwrap());
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking_with<F, R>(&self, closure: F) -> JoinHandle<R>
    where
        F: FnOnce(BlockingContext) -> R + Send + 'static,
        R: Send + 'static,
    {
        let handle = self.clone();
        self.core.blocking().spawn_with(move |ctx| {
            let _guard = handle.enter();
            closure(ctx)
        })
    }

    /// Runs a future on this thread, in the context of the runtime, until it is ready.
    ///
    /// On a current-thread runtime this runs no tasks and turns no driver: somebody else has to be
    /// inside [`Runtime::block_on`](super::Runtime::block_on) for them to go on.
    ///
    /// # Panics
    ///
    /// On a thread that polls futures already: a task that blocks keeps all others of its worker
    /// waiting. Use `.await`, or [`spawn_blocking`](Handle::spawn_blocking).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _guard = self.enter();
        let _polling = enter_polling();
        block_on::block_on(future)
    }

    /// Who runs the tasks.
    #[must_use]
    pub fn runtime_flavor(&self) -> Flavor {
        self.core.flavor()
    }

    /// Counts of what the runtime is doing.
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics::new(self.core.clone())
    }

    /// The troubles of the runtime at the moment: workers that are stuck in a poll, tasks and blocking
    /// jobs that wait for too long, threads that are not to be had.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use wane::runtime::{Builder, StuckKind};
    ///
    /// let runtime = Builder::new_multi_thread().worker_threads(1).build()?;
    /// let (release, released) = mpsc::channel::<()>();
    /// let stuck = runtime.spawn(async move { released.recv() });
    /// let health = loop {
    ///     let health = runtime.handle().health();
    ///     if !health.is_healthy() {
    ///         break health;
    ///     }
    /// };
    /// let worker = &health.stuck_workers()[0];
    /// assert_eq!(worker.task().expect("it is in a task").id(), stuck.id());
    /// assert!(health.to_string().contains(file!()));
    /// # drop(release);
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        Health::of(&self.core)
    }
}

/// Marks the thread as one that polls.
#[track_caller]
pub(super) fn enter_polling() -> context::Polling {
    context::enter_polling().expect(
        "Cannot start a runtime from within a runtime: this thread runs tasks and must not block. \
         Use `.await`, or `spawn_blocking`",
    )
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("core", &self.core).finish()
    }
}

/// Keeps the thread in a runtime; see [`Handle::enter`].
#[must_use = "the runtime is left as soon as the guard is dropped"]
pub struct EnterGuard<'a> {
    _entered: Entered,
    handle: PhantomData<&'a Handle>,
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

/// There is no runtime on this thread.
#[derive(Debug)]
pub struct TryCurrentError(());

impl TryCurrentError {
    /// Whether the thread is in no runtime.
    #[must_use]
    pub fn is_missing_context(&self) -> bool {
        true
    }

    /// Whether the thread is ending, and its thread-locals are gone. It then counts as in no runtime.
    #[must_use]
    pub fn is_thread_local_destroyed(&self) -> bool {
        false
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NO_RUNTIME)
    }
}

impl Error for TryCurrentError {}
