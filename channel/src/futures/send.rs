//! Sending from a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::base::budget;
use crate::error::SendError;
use crate::line::{ChannelRef, Line, Wait};
use crate::sender::Sender;
use crate::state::NoSlot;
use crate::turn::Turn;

pin_project! {
    /// The future of [`Sender::send`].
    ///
    /// The message stays in here until the poll that sends it.
    ///
    /// # Panics
    ///
    /// When it is polled after it has completed.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Send<'a, T> {
        message: Option<T>,
        #[pin]
        wait: Wait<T, &'a Sender<T>>,
    }
}

impl<'a, T> Send<'a, T> {
    pub(crate) fn new(sender: &'a Sender<T>, message: T) -> Self {
        Self {
            message: Some(message),
            wait: Wait::new(sender),
        }
    }
}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(this.message.is_some(), "`Send` polled after completion");
        if !this.wait.is_entered() && !this.wait.channel().shared().outlook().is_full() {
            ready!(budget::spend(ctx));
            match this.wait.channel().shared().try_send(this.message) {
                // Apart from the refusal, which would copy room for a message that is not there.
                Ok(()) => return Poll::Ready(Ok(())),
                Err(NoSlot::Closed) => return Poll::Ready(give_back(this.message)),
                Err(NoSlot::Full) => budget::refund(),
            }
        }
        wait_and_send(this.wait, this.message, ctx)
    }
}

#[inline(never)]
fn wait_and_send<T>(
    wait: Pin<&mut Wait<T, &Sender<T>>>,
    message: &mut Option<T>,
    ctx: &Context<'_>,
) -> Poll<Result<(), SendError<T>>> {
    let sent = ready!(wait.poll(Line::Senders, ctx, |state, seat, waker, wakes| {
        match state.poll_reserve(seat, waker) {
            Turn::Ready(Ok(())) => {
                if let Some(message) = message.take() {
                    state.fill(message, wakes);
                }
                Turn::Ready(Ok(()))
            }
            undone => undone,
        }
    }));
    match sent {
        Ok(()) => Poll::Ready(Ok(())),
        Err(_closed) => Poll::Ready(give_back(message)),
    }
}

/// A closed channel gives the message back.
#[cold]
#[inline(never)]
fn give_back<T>(message: &mut Option<T>) -> Result<(), SendError<T>> {
    message
        .take()
        .map_or(Ok(()), |message| Err(SendError(message)))
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").finish_non_exhaustive()
    }
}
