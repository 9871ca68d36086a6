//! Spawning into the runtime that this thread is in.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::handle::Handle;
use crate::blocking::{BlockingContext, TrySpawnBlockingError};
use crate::cell::JoinHandle;
use crate::context;
use crate::scheduler::local;

/// Spawns a task into the current runtime. It starts at once, whether the handle is awaited or not,
/// and may run on any of the runtime's workers.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let squares = (0..3).map(|n| wane::spawn(async move { n * n })).collect::<Vec<_>>();
/// for (n, square) in squares.into_iter().enumerate() {
///     assert_eq!(square.await.unwrap(), n * n);
/// }
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
///
/// Outside of a runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    // On a worker this needs no count of the runtime.
    match context::scheduler_address().and_then(|core| local::seat_of(core.cast())) {
        Some(seat) => seat.spawn(future),
        None => Handle::current().spawn(future),
    }
}

/// Runs a closure that may block on a thread of the current runtime's pool.
///
/// Aborting a job that waits for a thread drops its closure at once (on another thread than the
/// aborter's), even while all threads are busy; one that runs goes on to its end. See
/// [`spawn_blocking_with`] for jobs that an abort can end.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let sum = wane::task::spawn_blocking(|| (1..=1000).sum::<u64>()).await.unwrap();
/// assert_eq!(sum, 500_500);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
///
/// Outside of a runtime, and when the pool has no thread and the system refuses one.
#[track_caller]
pub fn spawn_blocking<F, R>(closure: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Handle::current().spawn_blocking(closure)
}

/// [`spawn_blocking`], unless the job would have to wait behind as many others as
/// [`max_blocking_queue`](crate::runtime::Builder::max_blocking_queue) allows.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let job = wane::task::try_spawn_blocking(|| 1 + 1).expect("no limit is set");
/// assert_eq!(job.await.unwrap(), 2);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// The closure, where the pool is full, is shut down, or has no thread and the system refuses one.
///
/// # Panics
///
/// Outside of a runtime.
#[track_caller]
pub fn try_spawn_blocking<F, R>(closure: F) -> Result<JoinHandle<R>, TrySpawnBlockingError<F>>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Handle::current().try_spawn_blocking(closure)
}

/// Runs a closure that may block and can be interrupted on a thread of the current runtime's pool.
///
/// Aborting a job that waits for a thread drops its closure, and the join handle says cancelled. An
/// abort of a running one (also the shutdown of the runtime) reaches it through its [`BlockingContext`]:
/// what it sleeps in there fails with [`Cancelled`](crate::task::Cancelled), at once and from now on. The
/// join handle then gives what the closure returns, so that nothing is lost that it took before; or its
/// panic. A job that goes on without its context is found by
/// [`RuntimeMetrics::abandoned_blocking_jobs`](super::RuntimeMetrics::abandoned_blocking_jobs).
///
/// ```
/// use std::time::Duration;
/// use wane::task::{Cancelled, spawn_blocking_with};
///
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let (started, has_started) = wane::channel::oneshot::channel();
/// let job = spawn_blocking_with(move |ctx| {
///     started.send(()).unwrap();
///     ctx.sleep(Duration::from_secs(3600))?;
///     Ok::<_, Cancelled>("an hour later")
/// });
/// has_started.await.unwrap();
/// job.abort();
/// assert!(job.await.unwrap().is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
///
/// Outside of a runtime, and when the pool has no thread and the system refuses one.
#[track_caller]
pub fn spawn_blocking_with<F, R>(closure: F) -> JoinHandle<R>
where
    F: FnOnce(BlockingContext) -> R + Send + 'static,
    R: Send + 'static,
{
    Handle::current().spawn_blocking_with(closure)
}

/// Lets the other tasks of this worker run before this one goes on.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let other = wane::spawn(async {});
/// wane::task::yield_now().await;
/// assert!(other.is_finished());
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Cancellation
///
/// Strict: nothing is lost.
pub async fn yield_now() {
    YieldNow { yielded: false }.await;
}

/// Pending once.
struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.yielded, true) {
            return Poll::Ready(());
        }
        ctx.waker().wake_by_ref();
        Poll::Pending
    }
}
