//! Receiving several messages under one lock.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::cancel;
use crate::receiver::Receiver;
use crate::state::State;
use crate::turn::Turn;
use crate::waiters::Key;

/// The future of [`Receiver::recv_many`].
#[must_use = "futures do nothing unless awaited"]
pub struct RecvMany<'a, T> {
    receiver: &'a Receiver<T>,
    out: &'a mut Vec<T>,
    limit: usize,
    place: Option<Key>,
}

impl<'a, T> RecvMany<'a, T> {
    pub(crate) fn new(receiver: &'a Receiver<T>, out: &'a mut Vec<T>, limit: usize) -> Self {
        Self {
            receiver,
            out,
            limit,
            place: None,
        }
    }
}

impl<T> Future for RecvMany<'_, T> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<usize> {
        let Self {
            receiver,
            out,
            limit,
            place,
        } = self.get_mut();
        if *limit == 0 {
            return Poll::Ready(0);
        }
        if place.is_none() {
            receiver.suspend_stream();
        }
        receiver
            .shared
            .poll(ctx, place.is_some(), |state, waker, wakes| {
                match state.poll_claim(place, waker) {
                    Turn::Ready(Ok(())) => Turn::Ready(state.redeem_many(out, *limit, wakes)),
                    Turn::Ready(Err(_closed)) => Turn::Ready(0),
                    Turn::Wait => Turn::Wait,
                    Turn::CloneWaker => Turn::CloneWaker,
                }
            })
    }
}

impl<T> Drop for RecvMany<'_, T> {
    fn drop(&mut self) {
        cancel(&self.receiver.shared, &mut self.place, State::cancel_claim);
    }
}

impl<T> fmt::Debug for RecvMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvMany").finish_non_exhaustive()
    }
}
