//! The frames of one recursion, from the top down.

use std::any::Any;
use std::panic::resume_unwind;
use std::task::{Context, Poll, ready};
use std::thread::panicking;

use wane_channel::base::budget;
use wane_channel::base::sync::unwind::catch;

use super::frame::Boxed;
use super::seat::Seat;

/// A caught panic.
type Panic = Box<dyn Any + Send + 'static>;

/// A list of frames, each of which owns the one below.
#[derive(Default)]
pub(super) struct Stack {
    top: Option<Boxed>,
    depth: usize,
}

impl Stack {
    pub(super) fn of(frame: Boxed) -> Box<Self> {
        let mut stack = Box::<Self>::default();
        stack.push(frame);
        stack
    }

    pub(super) fn push(&mut self, mut frame: Boxed) {
        *frame.as_mut().below() = self.top.take();
        self.top = Some(frame);
        self.depth += 1;
    }

    pub(super) fn pop(&mut self) -> Option<Boxed> {
        let mut frame = self.top.take()?;
        self.top = frame.as_mut().below().take();
        self.depth -= 1;
        Some(frame)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.top.is_none()
    }

    /// Polls the topmost frame until it waits for something, or no frame is left.
    ///
    /// A panic, of a poll or a drop, takes all frames with it.
    pub(super) fn run(&mut self, ctx: &mut Context<'_>) -> Poll<()> {
        let seat = Seat::take(ctx.waker());
        let polled = catch(|| self.run_in(&seat, ctx));
        drop(seat);
        polled.unwrap_or_else(|panic| {
            // A second panic has been reported by the panic hook and ends here.
            drop(self.clear());
            resume_unwind(panic)
        })
    }

    fn run_in(&mut self, seat: &Seat, ctx: &mut Context<'_>) -> Poll<()> {
        while let Some(mut frame) = self.pop() {
            if !frame.is_wanted() {
                continue;
            }
            seat.set_depth(self.depth + 1);
            let polled = frame.as_mut().run(ctx);
            let mut calls = seat.take_calls();
            match polled {
                Poll::Ready(waiter) => {
                    // User code: the drops of the body, and of calls that it began and left behind.
                    drop(frame);
                    drop(calls);
                    if let Some(waiter) = waiter {
                        waiter.wake();
                    }
                }
                Poll::Pending if calls.is_empty() => {
                    self.push(frame);
                    return Poll::Pending;
                }
                Poll::Pending => {
                    self.push(frame);
                    // Turned round: what was called first runs first.
                    while let Some(call) = calls.pop() {
                        self.push(call);
                    }
                }
            }
            if !self.is_empty() {
                ready!(budget::spend(ctx));
            }
        }
        Poll::Ready(())
    }

    /// Drops all frames, the topmost first, whether they panic or not.
    ///
    /// The error is the first panic.
    fn clear(&mut self) -> Result<(), Panic> {
        let mut first = Ok(());
        while let Some(frame) = self.pop() {
            first = first.and(catch(|| drop(frame)));
        }
        first
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Err(panic) = self.clear()
            && !panicking()
        {
            resume_unwind(panic);
        }
    }
}
