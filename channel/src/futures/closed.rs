//! Waiting for the end of the channel.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::line::{Line, Wait};
use crate::shared::Shared;

pin_project! {
    /// The future of [`Sender::closed`](crate::Sender::closed) and
    /// [`Receiver::closed`](crate::Receiver::closed).
    #[must_use = "futures do nothing unless awaited"]
    pub struct Closed<'a, T> {
        #[pin]
        wait: Wait<T, &'a Shared<T>>,
    }
}

impl<'a, T> Closed<'a, T> {
    pub(crate) fn new(shared: &'a Shared<T>) -> Self {
        Self {
            wait: Wait::new(shared),
        }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let wait = self.project().wait;
        wait.poll(Line::Closing, ctx, |state, seat, waker, _| {
            state.poll_closed(seat, waker)
        })
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}
