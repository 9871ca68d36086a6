//! The end that sends the one value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Shared;
use crate::base::sync::Arc;
use crate::turn::{PollWaker, Turn, poll_in_turns};

/// Sends the one value. Its drop without a send tells the receiver so.
///
/// ```
/// let (tx, rx) = wane_channel::oneshot::channel();
/// assert_eq!(tx.send(7), Ok(()));
/// assert_eq!(rx.blocking_recv(), Ok(7));
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    waits_for_close: bool,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            waits_for_close: false,
        }
    }

    /// Sends the value. It never waits.
    ///
    /// ```
    /// let (tx, rx) = wane_channel::oneshot::channel();
    /// drop(rx);
    /// assert_eq!(tx.send(7), Err(7));
    /// ```
    ///
    /// # Errors
    ///
    /// The value, when the receiver has gone or has closed the channel.
    pub fn send(self, value: T) -> Result<(), T> {
        // The drop of `self` wakes the receiver, whatever came of the send.
        self.shared.lock().send(value)
    }

    /// Waits until the receiver has gone or has closed the channel.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (mut tx, rx) = wane_channel::oneshot::channel::<u32>();
    /// drop(rx);
    /// tx.closed().await;
    /// assert!(tx.is_closed());
    /// # });
    /// ```
    ///
    /// # Cancellation
    ///
    /// *Strict*: dropping the future leaves nothing behind.
    pub fn closed(&mut self) -> Closed<'_, T> {
        Closed { sender: self }
    }

    /// True once the receiver has gone or has closed the channel.
    ///
    /// ```
    /// let (tx, mut rx) = wane_channel::oneshot::channel::<u32>();
    /// assert!(!tx.is_closed());
    /// rx.close();
    /// assert!(tx.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.shared.lock().is_open()
    }

    /// Polls for what [`Sender::closed`] waits for. The waker stays until the next poll, or until
    /// the sender has gone.
    ///
    /// ```
    /// use std::task::{Context, Waker};
    /// let (mut tx, rx) = wane_channel::oneshot::channel::<u32>();
    /// let mut ctx = Context::from_waker(Waker::noop());
    /// assert!(tx.poll_closed(&mut ctx).is_pending());
    /// drop(rx);
    /// assert!(tx.poll_closed(&mut ctx).is_ready());
    /// ```
    pub fn poll_closed(&mut self, ctx: &mut Context<'_>) -> Poll<()> {
        let Self {
            shared,
            waits_for_close,
        } = self;
        poll_in_turns(
            ctx,
            *waits_for_close,
            PollWaker::new(ctx.waker()),
            |waker| {
                let turn = shared.lock().poll_closed(waker);
                *waits_for_close |= matches!(turn, Turn::Wait);
                turn
            },
        )
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let parting = self.shared.lock().remove_sender();
        parting.settle();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// The future of [`Sender::closed`].
#[must_use = "futures do nothing unless awaited"]
pub struct Closed<'a, T> {
    sender: &'a mut Sender<T>,
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        self.sender.poll_closed(ctx)
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        let sleeper = self.sender.shared.lock().cancel_closed();
        self.sender.waits_for_close = false;
        if let Some(sleeper) = sleeper {
            sleeper.forget();
        }
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}
