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
    /// Until the outcome was taken.
    outcome: Option<Outcome<T>>,
    id: Id,
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
            id: outcome.id(),
            outcome: Some(outcome),
            books: Arc::clone(books),
            is_waiting: false,
        }
    }

    /// Asks for the child to be dropped; see [`AbortHandle::abort`].
    pub fn abort(&self) {
        match &self.outcome {
            Some(Outcome::Value(handle)) => handle.abort(),
            Some(Outcome::Success(handle)) => handle.abort(),
            None => {}
        }
    }

    /// Whether the child is over: its future is dropped and its memory given back.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.outcome {
            Some(Outcome::Value(handle)) => handle.is_finished(),
            Some(Outcome::Success(handle)) => handle.is_finished(),
            None => true,
        }
    }

    /// A handle that can abort the child and no more. Nobody has to keep one: a scope aborts by
    /// [`id`](Self::id).
    ///
    /// # Panics
    ///
    /// When the outcome was taken already.
    #[track_caller]
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        match &self.outcome {
            Some(Outcome::Value(handle)) => handle.abort_handle(),
            Some(Outcome::Success(handle)) => handle.abort_handle(),
            None => panic!("this child was joined: take its abort handle before"),
        }
    }

    /// The id of the child, as a task.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }
}

impl<T> Outcome<T> {
    fn id(&self) -> Id {
        match self {
            Self::Value(handle) => handle.id(),
            Self::Success(handle) => handle.id(),
        }
    }

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
    fn detach(self) {
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
        let this = &mut *self;
        let outcome = this.outcome.as_mut();
        let outcome = outcome.expect("ScopedJoinHandle polled after completion");
        // The joiner cell has the scope's waker; ours is in the books.
        this.is_waiting = true;
        ready!(this.books.poll_end(this.id, ctx.waker()));
        this.is_waiting = false;
        let joined = ready!(outcome.poll(ctx));
        this.outcome = None;
        Poll::Ready(joined)
    }
}

impl<T> Drop for ScopedJoinHandle<T> {
    fn drop(&mut self) {
        if self.is_waiting {
            self.books.forget_waker(self.id);
        }
        if let Some(outcome) = self.outcome.take() {
            outcome.detach();
        }
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle")
            .field("id", &self.id)
            .finish()
    }
}
