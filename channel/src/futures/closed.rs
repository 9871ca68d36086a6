//! Waiting for the end of the channel.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::cancel;
use crate::shared::Shared;
use crate::waiters::Key;

/// The future of [`Sender::closed`](crate::Sender::closed) and
/// [`Receiver::closed`](crate::Receiver::closed).
#[must_use = "futures do nothing unless awaited"]
pub struct Closed<'a, T> {
    shared: &'a Shared<T>,
    place: Option<Key>,
}

impl<'a, T> Closed<'a, T> {
    pub(crate) fn new(shared: &'a Shared<T>) -> Self {
        Self {
            shared,
            place: None,
        }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let Self { shared, place } = self.get_mut();
        shared.poll(ctx, place.is_some(), |state, waker, _| {
            state.poll_closed(place, waker)
        })
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        cancel(self.shared, &mut self.place, |state, key, _| {
            state.cancel_closed(key)
        });
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}
