//! Receiving in a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

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
    // The one place that is returned: a message is copied there and nowhere else.
    let mut outcome = Poll::Pending;
    if !recv_at_once(&wait, ctx, &mut outcome) {
        wait_and_recv(wait, ctx, &mut outcome);
    }
    outcome
}

/// The part of a poll that need not wait. False where it comes to nothing.
#[inline]
fn recv_at_once<T, C: ChannelRef<T>>(
    wait: &Wait<T, C>,
    ctx: &Context<'_>,
    outcome: &mut Poll<Result<T, RecvError>>,
) -> bool {
    let shared = wait.channel().shared();
    if wait.is_entered() || shared.outlook().is_empty() {
        return false;
    }
    if budget::spend(ctx).is_pending() {
        return true;
    }
    match shared.try_recv(outcome, |message| Poll::Ready(Ok(message))) {
        Ok(()) => return true,
        Err(TryRecvError::Closed) => *outcome = Poll::Ready(Err(RecvError)),
        Err(TryRecvError::Empty) => budget::refund(),
    }
    outcome.is_ready()
}

#[inline(never)]
fn wait_and_recv<T, C: ChannelRef<T>>(
    wait: Pin<&mut Wait<T, C>>,
    ctx: &Context<'_>,
    outcome: &mut Poll<Result<T, RecvError>>,
) {
    let claimed = wait.poll(Line::Receivers, ctx, |state, seat, waker, wakes| {
        let turn = state.poll_claim(seat, waker);
        if let Turn::Ready(Ok(())) = turn {
            state.redeem(outcome, |message| Poll::Ready(Ok(message)), wakes);
        }
        turn
    });
    if let Poll::Ready(Err(closed)) = claimed {
        *outcome = Poll::Ready(Err(closed));
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
