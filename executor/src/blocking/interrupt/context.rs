//! What the closure of an interruptible job gets: how to learn of its abort, and waits that end by it.

use std::fmt;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use wane_channel::base::budget;
use wane_channel::base::sync::Arc;
use wane_channel::{Receiver, Sender, TryRecvError, TrySendError};

use super::error::{Cancelled, RecvCancelError, SendCancelError};
use super::{Interruption, Listening};
use crate::context;
use crate::parts::block_on::waker;
use crate::parts::clock;
use crate::parts::parker::Parker;

/// The side of an abort that a blocking job sees; from
/// [`spawn_blocking_with`](crate::task::spawn_blocking_with).
///
/// Every wait here ends when the job is aborted (by [`JoinHandle::abort`], [`AbortHandle::abort`] or
/// the shutdown of the runtime), and each later one ends at once. The job then decides how it comes to
/// its end: an abort takes nothing from it by force.
///
/// Clones may wait on other threads, and any number of them at a time. A clone that is left when the
/// job's closure has returned counts as cancelled.
///
/// ```
/// use wane::task::{RecvCancelError, spawn_blocking_with};
///
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let (tx, rx) = wane::channel::bounded(1);
/// let sum = spawn_blocking_with(move |ctx| {
///     let mut sum = 0;
///     loop {
///         match ctx.recv(&rx) {
///             Ok(number) => sum += number,
///             Err(reason) => return (sum, reason),
///         }
///     }
/// });
/// tx.send(1).await.unwrap();
/// tx.send(2).await.unwrap();
/// tx.send(3).await.unwrap();
/// # while !tx.is_empty() {
/// #     wane::task::yield_now().await;
/// # }
/// // The job waits for a fourth number, and would for as long as `tx` lives.
/// let (sum, reason) = sum.cancel().await.unwrap();
/// assert_eq!((sum, reason), (6, RecvCancelError::Cancelled));
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// [`JoinHandle::abort`]: crate::task::JoinHandle::abort
/// [`AbortHandle::abort`]: crate::task::AbortHandle::abort
#[derive(Clone)]
pub struct BlockingContext {
    pub(super) interruption: Arc<Interruption>,
}

impl BlockingContext {
    pub(in crate::blocking) fn new(interruption: Arc<Interruption>) -> Self {
        Self { interruption }
    }

    /// Whether the job was aborted.
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// let job = rt.spawn_blocking_with(|ctx| {
    ///     let mut steps = 0_u64;
    ///     while !ctx.is_cancelled() {
    ///         steps += 1;
    ///     }
    ///     steps
    /// });
    /// job.abort();
    /// // Where the abort came before the job had a thread, it never ran.
    /// assert!(rt.block_on(job).map_or_else(|error| error.is_cancelled(), |steps| steps < u64::MAX));
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.interruption.is_cancelled()
    }

    /// `Err` once the job was aborted: for `?` between two steps of a long computation.
    ///
    /// ```
    /// use wane::task::Cancelled;
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// let job = rt.spawn_blocking_with(|ctx| {
    ///     let mut sum = 0;
    ///     for number in 1..=1000 {
    ///         ctx.check()?;
    ///         sum += number;
    ///     }
    ///     Ok::<_, Cancelled>(sum)
    /// });
    /// assert_eq!(rt.block_on(job).unwrap(), Ok(500_500));
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Cancelled`], when the job was aborted.
    pub fn check(&self) -> Result<(), Cancelled> {
        self.interruption.check()
    }

    /// Sleeps for `duration`, or until the job is aborted.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// let job = rt.spawn_blocking_with(|ctx| ctx.sleep(Duration::from_millis(1)));
    /// assert_eq!(rt.block_on(job).unwrap(), Ok(()));
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Cancelled`], when the job was aborted, whether the time was over or not.
    pub fn sleep(&self, duration: Duration) -> Result<(), Cancelled> {
        // A time so far away that no clock gets there leaves the abort alone.
        self.interruption.sleep(clock::now().checked_add(duration))
    }

    /// Sends a message, and sleeps in line while the channel is full, or until the job is aborted.
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// let (tx, rx) = wane::channel::bounded(1);
    /// let job = rt.spawn_blocking_with(move |ctx| {
    ///     ctx.send(&tx, 1).unwrap();
    ///     // In line until the first one is received.
    ///     ctx.send(&tx, 2)
    /// });
    /// assert_eq!(rx.recv_blocking(), Ok(1));
    /// assert_eq!(rx.recv_blocking(), Ok(2));
    /// assert_eq!(rt.block_on(job).unwrap(), Ok(()));
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendCancelError`] with the message, when the job was aborted before there was a slot for it, or
    /// the channel is closed. What was not sent comes back, and what does not come back was sent.
    pub fn send<T>(&self, sender: &Sender<T>, message: T) -> Result<(), SendCancelError<T>> {
        if self.is_cancelled() {
            return Err(SendCancelError::Cancelled(message));
        }
        let message = match sender.try_send(message) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(message)) => return Err(SendCancelError::Closed(message)),
            Err(TrySendError::Full(message)) => message,
        };
        match self.wait(sender.reserve()) {
            Err(Cancelled { .. }) => Err(SendCancelError::Cancelled(message)),
            Ok(Err(_closed)) => Err(SendCancelError::Closed(message)),
            Ok(Ok(permit)) => permit
                .send(message)
                .map_err(|closed| SendCancelError::Closed(closed.into_inner())),
        }
    }

    /// Receives a message, and sleeps in line while there is none, or until the job is aborted.
    ///
    /// A message that this job has taken out of the channel is always returned. An aborted job takes
    /// none: what it would have received is there for the next receiver.
    ///
    /// # Errors
    ///
    /// [`RecvCancelError`], when the job was aborted, or the channel is closed and empty.
    pub fn recv<T>(&self, receiver: &Receiver<T>) -> Result<T, RecvCancelError> {
        self.check()?;
        match receiver.try_recv() {
            Ok(message) => Ok(message),
            Err(TryRecvError::Closed) => Err(RecvCancelError::Closed),
            Err(TryRecvError::Empty) => self
                .wait(receiver.recv())?
                .map_err(|_closed| RecvCancelError::Closed),
        }
    }

    /// Runs a future on this thread until it is ready, or the job is aborted.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wane::task::{Cancelled, spawn_blocking_with};
    ///
    /// # let rt = wane::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    /// # rt.block_on(async {
    /// let job = spawn_blocking_with(|ctx| {
    ///     let task = wane::spawn(async { 7 });
    ///     let seven: Result<_, Cancelled> = ctx.block_on(task);
    ///     seven
    /// });
    /// assert_eq!(job.await.unwrap().unwrap().unwrap(), 7);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Cancelled`], when the job was aborted. The future is dropped then: what that loses is said by
    /// the function that made it.
    ///
    /// # Panics
    ///
    /// On a thread that polls futures already, as
    /// [`Handle::block_on`](crate::runtime::Handle::block_on).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Cancelled> {
        let _polling = context::enter_polling().expect(
            "this thread runs tasks and must not block: wait on the thread of the blocking job",
        );
        self.wait(future)
    }

    /// Polls the future until it is ready or the job is aborted; asleep in between. What is ready is
    /// returned even if the abort came first, so that nothing that it took is lost.
    fn wait<F: Future>(&self, future: F) -> Result<F::Output, Cancelled> {
        let mut parker = Parker::new();
        let waker = waker(&parker);
        let _listening = self.wake_by(waker.clone())?;
        let mut ctx = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            // User code: no lock is held, and a panic leaves nothing behind. Without a budget: who
            // waits here is no task.
            match budget::unlimited(|| future.as_mut().poll(&mut ctx)) {
                Poll::Ready(output) => return Ok(output),
                Poll::Pending => {
                    // An abort that comes after this has left its token: the park ends at once.
                    self.check()?;
                    parker.park();
                }
            }
        }
    }

    /// Has the waker woken by the abort, until the guard goes.
    pub(super) fn wake_by(&self, waker: std::task::Waker) -> Result<Listening<'_>, Cancelled> {
        self.interruption.wake_by(waker)
    }

    /// What the jobs of this pool share.
    #[cfg(unix)]
    pub(super) fn signals(&self) -> &super::Signals {
        &self.interruption.desk.signals
    }
}

impl fmt::Debug for BlockingContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingContext")
            .field(&self.interruption)
            .finish()
    }
}
