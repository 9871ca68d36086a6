//! A token that cancels whoever waits for it, and the tokens made from it.

mod node;
mod wait;

use std::fmt;
use std::future::poll_fn;
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::pin;
use std::task::Poll;

use wane_channel::base::sync::Arc;

use node::Node;

pub use wait::{
    DropGuard, DropGuardRef, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};

/// A token by which tasks, threads and closures are told to end. The names are those of tokio-util's
/// token.
///
/// Clones are one token. A [child](Self::child_token) is cancelled with its parent, and not the other
/// way round. A tree of tokens holds the live ones: a child that is dropped leaves no byte in its
/// parent, and so does a wait that ends or is given up.
///
/// ```
/// use std::time::Duration;
/// use wane::sync::CancellationToken;
///
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let service = CancellationToken::new();
/// let request = service.child_token();
/// let task = wane::spawn(async move {
///     request.run_until_cancelled(wane::time::sleep(Duration::from_secs(3600))).await
/// });
/// service.cancel();
/// assert_eq!(task.await.unwrap(), None);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct CancellationToken {
    node: Arc<Node>,
}

// A panic under its locks leaves no half of a change behind: none of their holders calls user code.
impl UnwindSafe for CancellationToken {}
impl RefUnwindSafe for CancellationToken {}

impl CancellationToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self { node: Node::root() }
    }

    /// A token that is cancelled when this one is, and by itself. Of a cancelled one it is cancelled.
    ///
    /// ```
    /// use wane::sync::CancellationToken;
    ///
    /// let parent = CancellationToken::new();
    /// let (one, other) = (parent.child_token(), parent.child_token());
    /// one.cancel();
    /// assert!(!parent.is_cancelled() && !other.is_cancelled());
    /// parent.cancel();
    /// assert!(other.is_cancelled() && parent.child_token().is_cancelled());
    /// ```
    #[must_use]
    pub fn child_token(&self) -> Self {
        Self {
            node: self.node.child(),
        }
    }

    /// Cancels the token and all that were made from it. When this returns, each says so.
    pub fn cancel(&self) {
        self.node.cancel();
    }

    /// Whether the token is cancelled. Once it is, it stays so.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.node.is_cancelled()
    }

    /// Waits until the token is cancelled.
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        WaitForCancellationFuture::new(self)
    }

    /// [`cancelled`](Self::cancelled), by a future that owns the token.
    ///
    /// ```
    /// use wane::sync::CancellationToken;
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let token = CancellationToken::new();
    /// let waits = wane::spawn(token.clone().cancelled_owned());
    /// token.cancel();
    /// waits.await.unwrap();
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        WaitForCancellationFutureOwned::new(self)
    }

    /// Cancels the token when the guard is dropped.
    ///
    /// ```
    /// use wane::sync::CancellationToken;
    ///
    /// let token = CancellationToken::new();
    /// let guard = token.clone().drop_guard();
    /// guard.disarm();
    /// assert!(!token.is_cancelled());
    /// drop(token.clone().drop_guard());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard::new(self)
    }

    /// [`drop_guard`](Self::drop_guard), by a guard that borrows the token.
    pub fn drop_guard_ref(&self) -> DropGuardRef<'_> {
        DropGuardRef::new(self)
    }

    /// Runs a future until it is ready, or the token is cancelled: then the future is dropped, and this
    /// gives `None`. Where both are so in one poll, the future counts; where the token is cancelled at
    /// the start, the future is not polled.
    ///
    /// ```
    /// use wane::sync::CancellationToken;
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let token = CancellationToken::new();
    /// assert_eq!(token.run_until_cancelled(async { 7 }).await, Some(7));
    /// token.cancel();
    /// assert_eq!(token.run_until_cancelled(async { 7 }).await, None);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Cancellation
    ///
    /// As that of the future.
    pub async fn run_until_cancelled<F: Future>(&self, future: F) -> Option<F::Output> {
        if self.is_cancelled() {
            return None;
        }
        let mut future = pin!(future);
        let mut cancelled = pin!(self.cancelled());
        poll_fn(|ctx| match future.as_mut().poll(ctx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => cancelled.as_mut().poll(ctx).map(|()| None),
        })
        .await
    }

    /// [`run_until_cancelled`](Self::run_until_cancelled), by a future that owns the token.
    ///
    /// # Cancellation
    ///
    /// As that of the future.
    pub async fn run_until_cancelled_owned<F: Future>(self, future: F) -> Option<F::Output> {
        self.run_until_cancelled(future).await
    }
}

impl Clone for CancellationToken {
    fn clone(&self) -> Self {
        self.node.add_handle();
        Self {
            node: Arc::clone(&self.node),
        }
    }
}

impl Drop for CancellationToken {
    fn drop(&mut self) {
        self.node.drop_handle();
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

/// Two are equal where they are clones of one token.
impl PartialEq for CancellationToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.node, &other.node)
    }
}

impl Eq for CancellationToken {}

impl Hash for CancellationToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.node).hash(state);
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}
