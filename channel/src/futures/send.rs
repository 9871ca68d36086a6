//! Sending from a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::cancel;
use crate::error::SendError;
use crate::sender::Sender;
use crate::shared::Shared;
use crate::state::State;
use crate::turn::Turn;
use crate::waiters::Key;

/// The future of [`Sender::send`].
///
/// The message stays in here until the poll that sends it.
///
/// # Panics
///
/// When it is polled after it has completed.
#[must_use = "futures do nothing unless awaited"]
pub struct Send<'a, T> {
    shared: &'a Shared<T>,
    message: Option<T>,
    place: Option<Key>,
}

impl<'a, T> Send<'a, T> {
    pub(crate) fn new(sender: &'a Sender<T>, message: T) -> Self {
        Self {
            shared: &sender.shared,
            message: Some(message),
            place: None,
        }
    }
}

// The message is moved as a value and never pinned.
impl<T> Unpin for Send<'_, T> {}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            shared,
            message,
            place,
        } = self.get_mut();
        assert!(message.is_some(), "`Send` polled after completion");
        shared.poll(ctx, place.is_some(), |state, waker, wakes| {
            match state.poll_reserve(place, waker) {
                Turn::Ready(slot) => {
                    let message = message.take().expect("checked above");
                    Turn::Ready(match slot {
                        Ok(()) => {
                            state.fill(message, wakes);
                            Ok(())
                        }
                        Err(_closed) => Err(SendError(message)),
                    })
                }
                Turn::Wait => Turn::Wait,
                Turn::CloneWaker => Turn::CloneWaker,
            }
        })
    }
}

impl<T> Drop for Send<'_, T> {
    fn drop(&mut self) {
        cancel(self.shared, &mut self.place, State::cancel_reserve);
    }
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").finish_non_exhaustive()
    }
}
