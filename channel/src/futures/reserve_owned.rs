//! Waiting for a slot with a sender of one's own.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::poll_reserve;
use crate::base::sync::Arc;
use crate::error::SendError;
use crate::line::Wait;
use crate::permit::OwnedPermit;
use crate::sender::Sender;
use crate::shared::Shared;

pin_project! {
    /// The future of [`Sender::reserve_owned`].
    ///
    /// # Panics
    ///
    /// When it is polled after it has completed.
    #[must_use = "futures do nothing unless awaited"]
    pub struct ReserveOwned<T> {
        sender: Option<Sender<T>>,
        #[pin]
        wait: Wait<T, Arc<Shared<T>>>,
    }
}

impl<T> ReserveOwned<T> {
    pub(crate) fn new(sender: Sender<T>) -> Self {
        let channel = Arc::clone(&sender.shared);
        Self {
            sender: Some(sender),
            wait: Wait::new(channel),
        }
    }
}

impl<T> Future for ReserveOwned<T> {
    type Output = Result<OwnedPermit<T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(
            this.sender.is_some(),
            "`ReserveOwned` polled after completion"
        );
        let reserved = ready!(poll_reserve(this.wait, ctx));
        let sender = this.sender.take();
        Poll::Ready(match (reserved, sender) {
            (Ok(()), Some(sender)) => Ok(OwnedPermit::of_reserved_slot(sender)),
            _ => Err(SendError(())),
        })
    }
}

impl<T> fmt::Debug for ReserveOwned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOwned").finish_non_exhaustive()
    }
}
