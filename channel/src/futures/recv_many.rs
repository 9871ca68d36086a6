//! Receiving several messages under one lock.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::base::budget;
use crate::error::TryRecvError;
use crate::line::{Line, Wait};
use crate::receiver::Receiver;
use crate::turn::Turn;

pin_project! {
    /// The future of [`Receiver::recv_many`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct RecvMany<'a, T> {
        out: &'a mut Vec<T>,
        limit: usize,
        #[pin]
        wait: Wait<T, &'a Receiver<T>>,
    }
}

impl<'a, T> RecvMany<'a, T> {
    pub(crate) fn new(receiver: &'a Receiver<T>, out: &'a mut Vec<T>, limit: usize) -> Self {
        Self {
            out,
            limit,
            wait: Wait::new(receiver),
        }
    }
}

impl<T> Future for RecvMany<'_, T> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<usize> {
        let this = self.project();
        let (out, limit) = (&mut **this.out, *this.limit);
        if limit == 0 {
            return Poll::Ready(0);
        }
        if !this.wait.is_entered() {
            ready!(budget::spend(ctx));
            match this.wait.channel().try_recv_many(out, limit) {
                Ok(count) => return Poll::Ready(count),
                Err(TryRecvError::Closed) => return Poll::Ready(0),
                Err(TryRecvError::Empty) => budget::refund(),
            }
        }
        this.wait.poll(
            Line::Receivers,
            ctx,
            |state, seat, waker, wakes| match state.poll_claim(seat, waker) {
                Turn::Ready(Ok(())) => Turn::Ready(state.redeem_many(out, limit, wakes)),
                Turn::Ready(Err(_closed)) => Turn::Ready(0),
                Turn::Wait => Turn::Wait,
                Turn::CloneWaker => Turn::CloneWaker,
            },
        )
    }
}

impl<T> fmt::Debug for RecvMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvMany").finish_non_exhaustive()
    }
}
