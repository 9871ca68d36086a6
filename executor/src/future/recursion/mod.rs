//! Recursion on the heap: a frame per call, and only the topmost is polled.
//!
//! A call that is polled by another call's frame does not run there. It moves its own frame on top of
//! the stack that polls it (`seat.rs`) and is pending; the stack (`stack.rs`) polls the new top instead.
//! When that is ready, its output lies in a slot (`slot.rs`) that the caller shares, its frame is freed,
//! and the caller is on top again. A call that no frame polls owns the stack: it is the root.
//!
//! Invariants:
//!
//! - A frame is owned by exactly one: the call that has not begun, the seat of the poll that begins it, or
//!   a stack.
//! - Frames hold no frames: they lie in a list from the top down that is taken apart in a loop, so that
//!   neither a poll nor a drop nests.
//! - A frame on top that is pending has left its waker somewhere, or has calls above it.
//!
//! # Rejected ways
//!
//! - A handle that every function passes on. It could let frames borrow what outlives the whole
//!   recursion, and would be in every signature and every body.
//! - Leaving the frame with the caller's future, and pointing to it. It could borrow from the caller, and
//!   would be polled when the caller had leaked it and what it borrows is gone.
//! - Frames without `Send`. That a frame's future holds its callee's type does not help: it might
//!   poll a future that it does not hold, which a thread-local does.

mod frame;
mod seat;
mod slot;
mod stack;

use std::error::Error;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wane_channel::base::sync::Arc;

use frame::Frame;
use slot::Slot;
use stack::Stack;

/// Makes a call of a recursive function, whose frame lies on the heap.
///
/// The functions return [`Recursive`] and await each other as they like; how deep is a question of
/// memory, not of the thread's stack. A wake costs one poll of the call that waits, however many callers
/// it has. Awaited inside of another such call, it is put on top of that one's stack; awaited elsewhere,
/// it is the bottom of a stack of its own. A call that returns is dropped and its memory freed before
/// its caller goes on.
///
/// ```
/// use wane::future::{Recursive, recursive};
///
/// fn sum_to(n: u64) -> Recursive<u64> {
///     recursive(async move {
///         match n {
///             0 => {
///                 wane::task::yield_now().await;
///                 0
///             }
///             _ => n + sum_to(n - 1).await,
///         }
///     })
/// }
///
/// let rt = wane::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(rt.block_on(sum_to(100_000)), 5_000_050_000);
/// # std::io::Result::Ok(())
/// ```
///
/// # What is different from a boxed future
///
/// - While a call runs, its caller is not polled. What the caller awaits *beside* a call (a timeout around
///   it, the other branches of a `select!`) is looked at when the call has returned. Put a timeout
///   around the whole recursion, or around what waits at its bottom.
/// - Calls that are awaited side by side, as in `join!`, run one after the other: they must not wait for
///   each other.
/// - Where something between caller and call has wakers of its own (as sets of futures do), the call is
///   the bottom of a new stack, and so runs beside its siblings.
/// - A panic ends the whole recursion: all frames are dropped, the topmost first, and the panic comes out
///   of the outermost await. A caller does not see the panic of its call.
/// - Calls borrow nothing and are `Send`: what they share they own or count.
pub fn recursive<R, F>(body: F) -> Recursive<R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let slot = Arc::new(Slot::new());
    Recursive {
        role: Role::Unbegun(Frame::boxed(Arc::clone(&slot), body)),
        slot,
    }
}

/// A call made by [`recursive`].
///
/// On a runtime of ours calls and returns take part in the cooperative budget: a deep recursion that
/// never waits lets others run in between.
///
/// # Panics
///
/// Where it is polled again after it was ready; and where a call was begun in one recursion, moved out
/// of it, and the recursion ended before it.
///
/// # Cancellation
///
/// As the body and whatever it has called, which are dropped with it, the topmost call first.
#[must_use = "futures do nothing unless awaited"]
pub struct Recursive<R> {
    role: Role,
    slot: Arc<Slot<R>>,
}

enum Role {
    Unbegun(frame::Boxed),
    /// The bottom of a stack.
    Root(Box<Stack>),
    /// The frame is on another's stack, or gone.
    Called,
}

impl<R> Recursive<R> {
    /// The same call, unless more than `depth_max` calls would be under way on the stack, this one
    /// included.
    ///
    /// ```
    /// use wane::future::{DepthExceeded, Recursive, recursive};
    ///
    /// fn forever(n: u32) -> Recursive<Result<u32, DepthExceeded>> {
    ///     recursive(async move { forever(n + 1).within(1000).await? })
    /// }
    ///
    /// let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// let error = rt.block_on(forever(1)).unwrap_err();
    /// assert_eq!(error.depth_max(), 1000);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn within(self, depth_max: usize) -> Within<R> {
        Within {
            call: self,
            depth_max,
        }
    }

    fn is_unbegun(&self) -> bool {
        matches!(self.role, Role::Unbegun(_))
    }
}

impl<R> Future for Recursive<R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<R> {
        if let Role::Unbegun(_) = self.role
            && let Role::Unbegun(frame) = mem::replace(&mut self.role, Role::Called)
        {
            match seat::call(ctx.waker(), frame) {
                Ok(()) => return Poll::Pending,
                Err(frame) => self.role = Role::Root(Stack::of(frame)),
            }
        }
        if let Role::Root(stack) = &mut self.role {
            ready!(stack.run(ctx));
            self.role = Role::Called;
        }
        self.slot.poll_take(ctx)
    }
}

impl<R> Drop for Recursive<R> {
    fn drop(&mut self) {
        self.slot.close();
    }
}

impl<R> fmt::Debug for Recursive<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match &self.role {
            Role::Unbegun(_) => "unbegun",
            Role::Root(_) => "root",
            Role::Called => "called",
        };
        f.debug_tuple("Recursive")
            .field(&format_args!("{role}"))
            .finish()
    }
}

/// The future of [`Recursive::within`].
///
/// # Cancellation
///
/// As the call inside.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Within<R> {
    call: Recursive<R>,
    depth_max: usize,
}

impl<R> Future for Within<R> {
    type Output = Result<R, DepthExceeded>;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let depth_max = self.depth_max;
        if self.call.is_unbegun() && seat::depth(ctx.waker()) >= depth_max {
            self.call.role = Role::Called;
            return Poll::Ready(Err(DepthExceeded { depth_max }));
        }
        Pin::new(&mut self.call).poll(ctx).map(Ok)
    }
}

/// A call was not begun, since too many were under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepthExceeded {
    depth_max: usize,
}

impl DepthExceeded {
    /// How many calls might have been under way at once.
    #[must_use]
    pub fn depth_max(&self) -> usize {
        self.depth_max
    }
}

impl fmt::Display for DepthExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { depth_max } = self;
        write!(f, "the recursion is deeper than {depth_max} calls")
    }
}

impl Error for DepthExceeded {}
