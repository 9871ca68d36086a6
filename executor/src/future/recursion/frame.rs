//! One call: its body, and the frame below it.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use wane_channel::base::sync::Arc;

use super::slot::Slot;

/// A frame whose types are forgotten.
pub(super) type Boxed = Pin<Box<dyn Call>>;

/// What a stack does with its frames.
pub(super) trait Call: Send {
    /// Polls the body. When it is ready its output is in the slot, and the frame is to be dropped before
    /// the waker is woken.
    fn run(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<Waker>>;

    /// False once nobody waits for the output.
    fn is_wanted(&self) -> bool;

    /// The frame under this one.
    fn below(self: Pin<&mut Self>) -> &mut Option<Boxed>;
}

pin_project! {
    pub(super) struct Frame<F: Future> {
        below: Option<Boxed>,
        slot: Arc<Slot<F::Output>>,
        #[pin]
        body: F,
    }

    impl<F: Future> PinnedDrop for Frame<F> {
        fn drop(this: Pin<&mut Self>) {
            this.slot.lose();
        }
    }
}

impl<F> Frame<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    pub(super) fn boxed(slot: Arc<Slot<F::Output>>, body: F) -> Boxed {
        Box::pin(Self {
            below: None,
            slot,
            body,
        })
    }
}

impl<F> Call for Frame<F>
where
    F: Future + Send,
    F::Output: Send,
{
    fn run(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<Waker>> {
        let this = self.project();
        this.body.poll(ctx).map(|output| this.slot.fill(output))
    }

    fn is_wanted(&self) -> bool {
        self.slot.is_wanted()
    }

    fn below(self: Pin<&mut Self>) -> &mut Option<Boxed> {
        self.project().below
    }
}
