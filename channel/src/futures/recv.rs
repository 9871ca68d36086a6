//! Receiving in a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::base::budget;
use crate::error::{RecvError, TryRecvError};
use crate::line::{ChannelRef, Line, Wait};
use crate::receiver::Receiver;
use crate::turn::Turn;

pin_project! {
    /// The future of [`Receiver::recv`].
    ///
    /// It takes a message out of the channel in the poll that returns it, not before.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Recv<'a, T> {
        #[pin]
        wait: Wait<T, &'a Receiver<T>>,
    }
}

impl<'a, T> Recv<'a, T> {
    pub(crate) fn new(receiver: &'a Receiver<T>) -> Self {
        Self {
            wait: Wait::new(receiver),
        }
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !this.wait.is_entered() {
            this.wait.channel().suspend_stream();
        }
        poll_recv(this.wait, ctx)
    }
}

/// One poll of anything that receives one message: [`Recv`] and the receiver as a stream.
#[inline]
pub(crate) fn poll_recv<T, C: ChannelRef<T>>(
    wait: Pin<&mut Wait<T, C>>,
    ctx: &Context<'_>,
) -> Poll<Result<T, RecvError>> {
    if !wait.is_entered() && !wait.channel().shared().outlook().is_empty() {
        ready!(budget::spend(ctx));
        match wait.channel().shared().try_recv() {
            Ok(message) => return Poll::Ready(Ok(message)),
            Err(TryRecvError::Closed) => return Poll::Ready(Err(RecvError)),
            Err(TryRecvError::Empty) => budget::refund(),
        }
    }
    wait_and_recv(wait, ctx)
}

#[inline(never)]
fn wait_and_recv<T, C: ChannelRef<T>>(
    wait: Pin<&mut Wait<T, C>>,
    ctx: &Context<'_>,
) -> Poll<Result<T, RecvError>> {
    wait.poll(
        Line::Receivers,
        ctx,
        |state, seat, waker, wakes| match state.poll_claim(seat, waker) {
            Turn::Ready(Ok(())) => Turn::Ready(Ok(state.redeem(wakes))),
            Turn::Ready(Err(closed)) => Turn::Ready(Err(closed)),
            Turn::Wait => Turn::Wait,
            Turn::CloneWaker => Turn::CloneWaker,
        },
    )
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
