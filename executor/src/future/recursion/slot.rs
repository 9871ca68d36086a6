//! Where a call leaves its output for its caller.
//!
//! | content | the frame | the caller |
//! |---|---|---|
//! | [`Empty`](Content::Empty) | runs, or has not begun | has not asked since it began the call |
//! | [`Awaited`](Content::Awaited) | the same | has asked, and waits for the waker |
//! | [`Full`](Content::Full) | has returned | has the output to take |
//! | [`Lost`](Content::Lost) | was dropped before it returned | will panic when it asks |
//! | [`Closed`](Content::Closed) | is not wanted any more | has taken the output, or is gone |
//!
//! As a rule the caller asks once, when the output is there. It asks earlier where it was moved out of its
//! frame, or is polled by something that has wakers of its own.

use std::mem;
use std::task::{Context, Poll, Waker};

use wane_channel::base::sync::Mutex;

/// Shared by a call's frame and its caller.
pub(super) struct Slot<R>(Mutex<Content<R>>);

enum Content<R> {
    Empty,
    Awaited(Waker),
    Full(R),
    Lost,
    Closed,
}

impl<R> Slot<R> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Content::Empty))
    }

    /// False once the caller is gone.
    pub(super) fn is_wanted(&self) -> bool {
        !matches!(*self.0.lock(), Content::Closed)
    }

    /// The frame has returned. The waker is to be woken once the frame's memory is given back.
    pub(super) fn fill(&self, output: R) -> Option<Waker> {
        self.end(Content::Full(output))
    }

    /// The frame goes. Whoever still waits for an output is told that there will be none.
    pub(super) fn lose(&self) {
        if let Some(waiter) = self.end(Content::Lost) {
            waiter.wake();
        }
    }

    /// The caller goes, or has what it wanted.
    pub(super) fn close(&self) {
        let content = mem::replace(&mut *self.0.lock(), Content::Closed);
        // User code: the output of a caller that does not take it any more.
        drop(content);
    }

    /// The output, or a waker left for it.
    ///
    /// # Panics
    ///
    /// When there will be no output.
    pub(super) fn poll_take(&self, ctx: &Context<'_>) -> Poll<R> {
        if let Some(output) = self.take() {
            return Poll::Ready(output);
        }
        let waiter = ctx.waker().clone();
        let mut content = self.0.lock();
        let replaced = match *content {
            Content::Empty | Content::Awaited(_) => {
                mem::replace(&mut *content, Content::Awaited(waiter))
            }
            // Another thread, whose recursion this call was moved out of, has filled it just now.
            _ => {
                drop(content);
                drop(waiter);
                return self.poll_take(ctx);
            }
        };
        drop(content);
        drop(replaced);
        Poll::Pending
    }

    fn take(&self) -> Option<R> {
        let mut content = self.0.lock();
        match *content {
            Content::Empty | Content::Awaited(_) => None,
            _ => match mem::replace(&mut *content, Content::Closed) {
                Content::Full(output) => Some(output),
                Content::Lost => {
                    drop(content);
                    panic!("the recursion in which this call was begun has ended before it")
                }
                _ => {
                    drop(content);
                    panic!("a call is polled to its end and no further")
                }
            },
        }
    }

    /// Moves on from a content that waits, and leaves any other. The waker is whose turn it is then.
    fn end(&self, end: Content<R>) -> Option<Waker> {
        let mut content = self.0.lock();
        let before = match *content {
            Content::Empty | Content::Awaited(_) => mem::replace(&mut *content, end),
            _ => end,
        };
        drop(content);
        match before {
            Content::Awaited(waiter) => Some(waiter),
            // User code: an output that nobody wants is dropped here, with no lock held.
            _ => None,
        }
    }
}
