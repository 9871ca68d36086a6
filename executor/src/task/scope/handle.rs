//! Awaiting a child of a scope.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wane_channel::base::sync::Arc;

use super::books::Books;
use crate::cell::id::Id;
use crate::cell::{AbortHandle, JoinError, JoinHandle};

/// An owned permission to join a child of a scope: await it for the child's value.
///
/// Dropping the handle lets the child go on in its scope, and its value is dropped. The handle may
/// outlive the scope, whose end the child does not: it then has the value, or says cancelled.
///
/// A child that has failed has told its scope, and its handle has an error without the reason.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let late = wane::scope(async |s| {
///     let two = s.spawn(async { 2 });
///     assert_eq!(two.await.unwrap(), 2);
///     s.spawn(std::future::pending::<()>())
/// }).await;
/// assert!(late.await.unwrap_err().is_cancelled());
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Cancellation
///
/// Strict: a handle awaited by `&mut` and dropped from a `select!` has lost nothing.
#[must_use = "to let the child go on without its value, drop the handle"]
pub struct ScopedJoinHandle<T> {
    outcome: Outcome<T>,
    books: Arc<Books>,
    /// Our waker may be in the books.
    is_waiting: bool,
}

/// What a child leaves for its handle.
pub(super) enum Outcome<T> {
    Value(JoinHandle<T>),
    /// `None` where the child has failed and told its scope.
    Success(JoinHandle<Option<T>>),
}

impl<T> ScopedJoinHandle<T> {
    pub(super) fn new(books: &Arc<Books>, outcome: Outcome<T>) -> Self {
        Self {
            outcome,
            books: Arc::clone(books),
            is_waiting: false,
        }
    }

    /// Asks for the child to be dropped; see [`AbortHandle::abort`].
    pub fn abort(&self) {
        match &self.outcome {
            Outcome::Value(handle) => handle.abort(),
            Outcome::Success(handle) => handle.abort(),
        }
    }

    /// Whether the child is over: its future is dropped and its memory given back.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.outcome {
            Outcome::Value(handle) => handle.is_finished(),
            Outcome::Success(handle) => handle.is_finished(),
        }
    }

    /// A handle that can abort the child and no more. Nobody has to keep one: a scope aborts by
    /// [`id`](Self::id).
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        match &self.outcome {
            Outcome::Value(handle) => handle.abort_handle(),
            Outcome::Success(handle) => handle.abort_handle(),
        }
    }

    /// The id of the child, as a task.
    #[must_use]
    pub fn id(&self) -> Id {
        match &self.outcome {
            Outcome::Value(handle) => handle.id(),
            Outcome::Success(handle) => handle.id(),
        }
    }
}

impl<T> Outcome<T> {
    fn poll(&mut self, ctx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        match self {
            Self::Value(handle) => Pin::new(handle).poll(ctx),
            Self::Success(handle) => {
                let id = handle.id();
                let outcome = ready!(Pin::new(handle).poll(ctx));
                let failed = || JoinError::cancelled(id);
                Poll::Ready(outcome.and_then(|value| value.ok_or_else(failed)))
            }
        }
    }

    /// The child goes on, and tells its scope of its end.
    fn detach(&mut self) {
        match self {
            Self::Value(handle) => handle.detach(),
            Self::Success(handle) => handle.detach(),
        }
    }
}

impl<T> Future for ScopedJoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    ///
    /// When polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        // The joiner cell has the scope's waker; ours is in the books.
        self.is_waiting = true;
        ready!(self.books.poll_end(self.id(), ctx.waker()));
        self.is_waiting = false;
        self.outcome.poll(ctx)
    }
}

impl<T> Drop for ScopedJoinHandle<T> {
    fn drop(&mut self) {
        if self.is_waiting {
            self.books.forget_waker(self.id());
        }
        self.outcome.detach();
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle")
            .field("id", &self.id())
            .finish()
    }
}
