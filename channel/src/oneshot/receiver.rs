//! The end that receives the one value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Shared;
use super::error::{RecvError, TryRecvError};
use crate::base::sync::Arc;
use crate::booth::Booth;
use crate::sleeper::Sleeper;
use crate::turn::{PollWaker, Turn, poll_in_turns};

/// Receives the one value: a future, or [`Receiver::blocking_recv`] on a plain thread.
///
/// Its drop closes the channel, and drops a value that was sent before it returns. Polled once
/// more after the value was taken, it is ready with [`RecvError`].
///
/// ```
/// use wane_channel::oneshot::{self, error::RecvError};
/// # futures_lite::future::block_on(async {
/// let (tx, rx) = oneshot::channel::<u32>();
/// drop(tx);
/// assert_eq!(rx.await, Err(RecvError));
/// # });
/// ```
///
/// # Cancellation
///
/// *Strict* for `&mut receiver`: the value stays in the channel until a poll returns it. *Lossy*
/// for the receiver itself: its drop drops a value that was sent.
#[must_use = "futures do nothing unless awaited"]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    waited: bool,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            waited: false,
        }
    }

    /// Takes the value if it was sent.
    ///
    /// ```
    /// use wane_channel::oneshot::{self, error::TryRecvError};
    /// let (tx, mut rx) = oneshot::channel();
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(7).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(7));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    /// ```
    ///
    /// # Errors
    ///
    /// [`TryRecvError`], when it was not sent yet, or can't be any more, or was taken.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.shared.lock().take()
    }

    /// Receives the value on a plain thread, which sleeps until it is sent.
    ///
    /// Inside a task it would block all the other tasks of the thread: `await` the receiver there.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::oneshot::channel();
    /// let sender = std::thread::spawn(move || tx.send(7));
    /// assert_eq!(rx.blocking_recv(), Ok(7));
    /// assert_eq!(sender.join().unwrap(), Ok(()));
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecvError`], when the sender has gone without sending, or the channel was closed.
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        let first = self.shared.lock().take();
        match first {
            Err(TryRecvError::Empty) => self.sleep_until_sent(),
            decided => decided.map_err(|_| RecvError),
        }
    }

    fn sleep_until_sent(self) -> Result<T, RecvError> {
        let booth = Arc::new(Booth::new(None::<()>));
        let thread = Sleeper::Thread(Arc::clone(&booth));
        let (outcome, displaced) = self.shared.lock().take_or_enlist(thread);
        if let Some(sleeper) = displaced {
            sleeper.forget();
        }
        let outcome = match outcome {
            Err(TryRecvError::Empty) => {
                booth.wait(None);
                self.shared.lock().take()
            }
            decided => decided,
        };
        outcome.map_err(|_| RecvError)
    }

    /// Takes no value from now on. One that was sent before can still be received.
    ///
    /// ```
    /// let (tx, mut rx) = wane_channel::oneshot::channel();
    /// rx.close();
    /// assert_eq!(tx.send(7), Err(7));
    /// ```
    pub fn close(&mut self) {
        let parting = self.shared.lock().close();
        parting.settle();
    }

    /// True where there is no value to take at the moment.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::oneshot::channel();
    /// assert!(rx.is_empty());
    /// tx.send(7).unwrap();
    /// assert!(!rx.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.shared.lock().has_value()
    }

    /// True where there is no value, and none can come.
    ///
    /// ```
    /// let (tx, mut rx) = wane_channel::oneshot::channel();
    /// tx.send(7).unwrap();
    /// assert!(!rx.is_terminated());
    /// assert_eq!(rx.try_recv(), Ok(7));
    /// assert!(rx.is_terminated());
    /// ```
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.shared.lock().is_over()
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { shared, waited } = self.get_mut();
        let outcome = poll_in_turns(ctx, *waited, PollWaker::new(ctx.waker()), |waker| {
            let turn = shared.lock().poll_take(waker);
            *waited |= matches!(turn, Turn::Wait);
            turn
        });
        outcome.map_err(|_| RecvError)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let (parting, orphan) = self.shared.lock().remove_receiver();
        parting.settle();
        drop(orphan);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
