//! Receiving in a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::cancel;
use crate::error::RecvError;
use crate::receiver::Receiver;
use crate::shared::Shared;
use crate::sleeper::WakeList;
use crate::state::State;
use crate::turn::{PollWaker, Turn};
use crate::waiters::Key;

/// The future of [`Receiver::recv`].
///
/// It takes a message out of the channel in the poll that returns it, not before.
#[must_use = "futures do nothing unless awaited"]
pub struct Recv<'a, T> {
    receiver: &'a Receiver<T>,
    place: Option<Key>,
}

impl<'a, T> Recv<'a, T> {
    pub(crate) fn new(receiver: &'a Receiver<T>) -> Self {
        Self {
            receiver,
            place: None,
        }
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { receiver, place } = self.get_mut();
        if place.is_none() {
            receiver.suspend_stream();
        }
        poll_one(&receiver.shared, place, ctx)
    }
}

/// One poll of anything that receives one message: [`Recv`] and the receiver as a stream.
pub(crate) fn poll_one<T>(
    shared: &Shared<T>,
    place: &mut Option<Key>,
    ctx: &Context<'_>,
) -> Poll<Result<T, RecvError>> {
    shared.poll(ctx, place.is_some(), |state, waker, wakes| {
        take_one(state, place, waker, wakes)
    })
}

#[inline]
fn take_one<T>(
    state: &mut State<T>,
    place: &mut Option<Key>,
    waker: &mut PollWaker<'_>,
    wakes: &mut WakeList,
) -> Turn<Result<T, RecvError>> {
    match state.poll_claim(place, waker) {
        Turn::Ready(Ok(())) => Turn::Ready(Ok(state.redeem(wakes))),
        Turn::Ready(Err(closed)) => Turn::Ready(Err(closed)),
        Turn::Wait => Turn::Wait,
        Turn::CloneWaker => Turn::CloneWaker,
    }
}

impl<T> Drop for Recv<'_, T> {
    fn drop(&mut self) {
        cancel(&self.receiver.shared, &mut self.place, State::cancel_claim);
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}
