//! What the waits of an aborted job fail with.

use std::error::Error;
use std::fmt;
use std::io;

/// The job was aborted, or its runtime shuts down: it should come to its end.
///
/// It converts into an [`io::Error`], so that `?` works in code that does I/O. The error's kind is
/// [`io::ErrorKind::Other`] and not [`io::ErrorKind::Interrupted`] on purpose: std's loops
/// (`read_exact`, `write_all`, `copy`) try again after the latter, and would do so for ever.
/// [`is_reason_of`](Cancelled::is_reason_of) tells it from other errors.
///
/// ```
/// use std::io;
/// use wane::task::{BlockingContext, Cancelled, spawn_blocking_with};
///
/// fn work(ctx: &BlockingContext) -> io::Result<u32> {
///     for step in 0.. {
///         ctx.check()?;
///         std::thread::yield_now();
///         if step == u32::MAX {
///             return Ok(step);
///         }
///     }
///     unreachable!("the loop has no other end")
/// }
///
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let (started, has_started) = wane::channel::oneshot::channel();
/// let job = spawn_blocking_with(move |ctx| {
///     started.send(()).unwrap();
///     work(&ctx)
/// });
/// has_started.await.unwrap();
/// let error = job.cancel().await.unwrap().unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::Other);
/// assert!(Cancelled::is_reason_of(&error));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled(());

impl Cancelled {
    pub(super) fn new() -> Self {
        Self(())
    }

    /// Whether the error was made from a `Cancelled`.
    #[must_use]
    pub fn is_reason_of(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the blocking job was cancelled")
    }
}

impl Error for Cancelled {}

impl From<Cancelled> for io::Error {
    fn from(cancelled: Cancelled) -> Self {
        Self::other(cancelled)
    }
}

/// Why [`BlockingContext::send`](super::BlockingContext::send) did not send. The message comes back.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// let (tx, rx) = wane::channel::bounded(1);
/// drop(rx);
/// let job = rt.spawn_blocking_with(move |ctx| ctx.send(&tx, "back"));
/// let error = rt.block_on(job).unwrap().unwrap_err();
/// assert!(error.is_closed() && !error.is_cancelled());
/// assert_eq!(error.into_inner(), "back");
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendCancelError<T> {
    /// The job was aborted.
    Cancelled(T),
    /// The channel is closed.
    Closed(T),
}

impl<T> SendCancelError<T> {
    /// Unwraps the message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Cancelled(message) | Self::Closed(message) => message,
        }
    }

    /// True for [`SendCancelError::Cancelled`].
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }

    /// True for [`SendCancelError::Closed`].
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<T> fmt::Debug for SendCancelError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled(_) => "Cancelled(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendCancelError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled(_) => "cancelled while the channel was full",
            Self::Closed(_) => "sending into a closed channel",
        })
    }
}

impl<T> Error for SendCancelError<T> {}

/// Why [`BlockingContext::recv`](super::BlockingContext::recv) received nothing.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// let (tx, rx) = wane::channel::bounded::<u32>(1);
/// drop(tx);
/// let job = rt.spawn_blocking_with(move |ctx| ctx.recv(&rx));
/// let error = rt.block_on(job).unwrap().unwrap_err();
/// assert!(error.is_closed() && !error.is_cancelled());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvCancelError {
    /// The job was aborted. No message is lost by that.
    Cancelled,
    /// The channel is closed, and every message that it accepted has been received.
    Closed,
}

impl RecvCancelError {
    /// True for [`RecvCancelError::Cancelled`].
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// True for [`RecvCancelError::Closed`].
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for RecvCancelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled => "cancelled while the channel was empty",
            Self::Closed => "receiving from an empty and closed channel",
        })
    }
}

impl Error for RecvCancelError {}

impl From<Cancelled> for RecvCancelError {
    fn from(Cancelled(()): Cancelled) -> Self {
        Self::Cancelled
    }
}
