//! A sender as a [`Sink`], behind the feature `sink`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;

use crate::base::sync::Arc;
use crate::error::SendError;
use crate::futures::poll_reserve;
use crate::line::Wait;
use crate::sender::Sender;
use crate::shared::Shared;

/// A [`Sender`] as a [`Sink`], from [`Sender::into_sink`].
///
/// Ready means that a slot is kept for the next item, so that an item that the sink has accepted is
/// in the channel: there is nothing to flush. Closing the sink drops its sender.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// # futures_lite::future::block_on(async {
/// let (tx, rx) = wane_channel::bounded(4);
/// let mut sink = tx.into_sink();
/// sink.feed(1).await?;
/// sink.send(2).await?;
/// sink.close().await?;
/// assert_eq!(rx.collect::<Vec<_>>().await, [1, 2]);
/// # Ok::<(), wane_channel::SendError<()>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`SendError`] without the item, when the channel is closed: the traits of sinks have no way to
/// give an item back.
///
/// # Cancellation
///
/// *Strict* for `poll_ready`: a sink that is left alone after it was ready keeps its slot until it
/// is dropped, closed or used.
pub struct SendSink<T> {
    /// Empty once the sink is closed.
    sender: Option<Sender<T>>,
    /// Whether a slot is kept for the next item.
    has_slot: bool,
    /// In a box so that the sink can move; made at the first wait.
    wait: Option<SinkWait<T>>,
}

type SinkWait<T> = Pin<Box<Wait<T, Arc<Shared<T>>>>>;

impl<T> Sender<T> {
    /// Makes a [`Sink`] of this sender. Needs the feature `sink`.
    ///
    /// ```
    /// use futures_util::SinkExt;
    /// # futures_lite::future::block_on(async {
    /// let (tx, rx) = wane_channel::bounded(1);
    /// tx.into_sink().send("hello").await.unwrap();
    /// assert_eq!(rx.recv().await, Ok("hello"));
    /// # });
    /// ```
    #[must_use]
    pub fn into_sink(self) -> SendSink<T> {
        SendSink {
            sender: Some(self),
            has_slot: false,
            wait: None,
        }
    }
}

impl<T> SendSink<T> {
    fn poll_slot(&mut self, ctx: &Context<'_>) -> Poll<Result<(), SendError<()>>> {
        if self.has_slot {
            return Poll::Ready(Ok(()));
        }
        let Some(sender) = &self.sender else {
            return Poll::Ready(Err(SendError(())));
        };
        let wait = self
            .wait
            .get_or_insert_with(|| Box::pin(Wait::new(Arc::clone(&sender.shared))));
        ready!(poll_reserve(wait.as_mut(), ctx))?;
        self.has_slot = true;
        Poll::Ready(Ok(()))
    }

    fn release_slot(&mut self) {
        if let Some(sender) = &self.sender
            && std::mem::take(&mut self.has_slot)
        {
            sender.shared.step(|state, wakes| state.release(wakes));
        }
    }
}

impl<T> Sink<T> for SendSink<T> {
    type Error = SendError<()>;

    fn poll_ready(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.get_mut().poll_slot(ctx)
    }

    /// # Panics
    ///
    /// When `poll_ready` was not ready before.
    fn start_send(self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        let this = self.get_mut();
        assert!(
            std::mem::take(&mut this.has_slot),
            "`start_send` needs a `poll_ready` that was ready"
        );
        let sender = this.sender.as_ref().expect("a slot is kept by its sender");
        let filled = sender
            .shared
            .step(|state, wakes| state.fill_if_open(item, wakes));
        filled.map_err(|_item| SendError(()))
    }

    fn poll_flush(self: Pin<&mut Self>, _ctx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _ctx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let this = self.get_mut();
        this.release_slot();
        this.wait = None;
        this.sender = None;
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for SendSink<T> {
    fn drop(&mut self) {
        self.release_slot();
    }
}

impl<T> Clone for SendSink<T> {
    /// A sink of its own, without the slot that this one may have.
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            has_slot: false,
            wait: None,
        }
    }
}

impl<T> fmt::Debug for SendSink<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink").finish_non_exhaustive()
    }
}
