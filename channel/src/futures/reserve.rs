//! Waiting for a slot without having a message yet.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::cancel;
use crate::error::SendError;
use crate::permit::Permit;
use crate::sender::Sender;
use crate::state::State;
use crate::waiters::Key;

/// The future of [`Sender::reserve`].
#[must_use = "futures do nothing unless awaited"]
pub struct Reserve<'a, T> {
    sender: &'a Sender<T>,
    place: Option<Key>,
}

impl<'a, T> Reserve<'a, T> {
    pub(crate) fn new(sender: &'a Sender<T>) -> Self {
        Self {
            sender,
            place: None,
        }
    }
}

impl<'a, T> Future for Reserve<'a, T> {
    type Output = Result<Permit<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { sender, place } = self.get_mut();
        let reserved = sender.shared.poll(ctx, place.is_some(), |state, waker, _| {
            state.poll_reserve(place, waker)
        });
        reserved.map(|slot| match slot {
            Ok(()) => Ok(Permit::of_reserved_slot(sender)),
            Err(_closed) => Err(SendError(())),
        })
    }
}

impl<T> Drop for Reserve<'_, T> {
    fn drop(&mut self) {
        cancel(&self.sender.shared, &mut self.place, State::cancel_reserve);
    }
}

impl<T> fmt::Debug for Reserve<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").finish_non_exhaustive()
    }
}
