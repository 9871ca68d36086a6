//! Waiting for a slot without having a message yet.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::error::SendError;
use crate::line::{ChannelRef, Line, Wait};
use crate::permit::Permit;
use crate::sender::Sender;

pin_project! {
    /// The future of [`Sender::reserve`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct Reserve<'a, T> {
        #[pin]
        wait: Wait<T, &'a Sender<T>>,
    }
}

impl<'a, T> Reserve<'a, T> {
    pub(crate) fn new(sender: &'a Sender<T>) -> Self {
        Self {
            wait: Wait::new(sender),
        }
    }
}

impl<'a, T> Future for Reserve<'a, T> {
    type Output = Result<Permit<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let sender = *this.wait.channel();
        let reserved = ready!(poll_reserve(this.wait, ctx));
        Poll::Ready(reserved.map(|()| Permit::of_reserved_slot(sender)))
    }
}

/// One poll of anything that takes a slot before it has a message.
pub(crate) fn poll_reserve<T, C: ChannelRef<T>>(
    wait: Pin<&mut Wait<T, C>>,
    ctx: &Context<'_>,
) -> Poll<Result<(), SendError<()>>> {
    let reserved = ready!(wait.poll(Line::Senders, ctx, |state, seat, waker, _| {
        state.poll_reserve(seat, waker)
    }));
    Poll::Ready(reserved.map_err(|_closed| SendError(())))
}

impl<T> fmt::Debug for Reserve<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").finish_non_exhaustive()
    }
}
