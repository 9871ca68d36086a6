//! Awaiting a task's outcome, and what dropping the handle means.

#![expect(
    unsafe_code,
    reason = "the handle owns joiner cell and outcome by the state word's rules"
)]

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use wane_channel::base::budget;

use super::abort::{self, AbortHandle};
use super::error::JoinError;
use super::id::Id;
use super::region;
use super::slot::SlotRef;
use super::state::{LockJoiner, Release, ReleaseHandle, UnlockJoiner};
use super::vtable::{drop_quietly, is_silent, take_outcome};

/// An owned permission to join a task: await it for the task's value.
///
/// Dropping the handle detaches the task. A handle whose task is over keeps the value alone, in
/// memory of the value's own size, and only until the handle is awaited or dropped; where the value
/// has no bytes it keeps nothing.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let handle = wane::spawn(async { 1 + 1 });
/// assert_eq!(handle.await.unwrap(), 2);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Cancellation
///
/// Strict: a handle awaited by `&mut` and dropped from a `select!` has lost nothing.
pub struct JoinHandle<T> {
    /// The slot, until the outcome has been taken.
    slot: Option<SlotRef>,
    id: u64,
    output: PhantomData<T>,
}

// SAFETY: the handle moves a `T` between threads and shares none.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: nothing of the value can be reached through a shared reference.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// # Safety
    ///
    /// - `slot` holds the task `id` with output `T`, born with a handle, and this is the only one.
    pub(super) unsafe fn new(slot: SlotRef, id: u64) -> Self {
        Self {
            slot: Some(slot),
            id,
            output: PhantomData,
        }
    }

    /// Asks for the task to be dropped; see [`AbortHandle::abort`].
    pub fn abort(&self) {
        if let Some(slot) = self.slot {
            abort::abort(slot, self.id);
        }
    }

    /// Aborts the task and waits until its future is dropped.
    ///
    /// The result is `Ok` where the task had returned before the abort reached it.
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let handle = wane::spawn(std::future::pending::<()>());
    /// assert!(handle.cancel().await.unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for awaiting the handle.
    ///
    /// # Cancellation
    ///
    /// Lossy: the abort stands, and the task's value, if any, goes with the dropped future.
    pub async fn cancel(self) -> Result<T, JoinError> {
        self.abort();
        self.await
    }

    /// Whether the task is over: its future is dropped and its memory given back.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.slot
            .is_none_or(|slot| slot.state().is_finished(self.id))
    }

    /// A handle that can abort the task and no more.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle::new(self.slot.unwrap_or_else(region::nowhere), self.id)
    }

    /// The id of the task.
    #[must_use]
    pub fn id(&self) -> Id {
        Id::new(self.id)
    }

    /// Has the waker woken at the end of the task, in place of one that was left before. False where
    /// the task is over already.
    ///
    /// A waker that was left so is woken on the thread that makes the task over, inside of the task:
    /// [`try_id`](super::id::try_id) says which task it was. So one waker does for many tasks.
    pub(crate) fn wake_at_end(&mut self, waker: &Waker) -> bool {
        let Some(slot) = self.slot else { return false };
        let LockJoiner::Locked { occupied } = slot.state().lock_joiner(self.id) else {
            return false;
        };
        let is_waiting = JoinerCell { slot, occupied }.leave_waker(waker) == UnlockJoiner::Waiting;
        if !is_waiting {
            // The outcome, where there is one, is taken later.
            give_back(slot, slot.state().abandon_joiner());
        }
        is_waiting
    }

    /// Takes the outcome where the task is over, whatever is left of the budget.
    pub(crate) fn try_take(&mut self) -> Option<Result<T, JoinError>> {
        let slot = self.slot.filter(|_| self.is_finished())?;
        self.slot = None;
        Some(match slot.state().lock_joiner(self.id) {
            LockJoiner::Finished => self.take(slot),
            LockJoiner::Gone => Ok(silent_value()),
            LockJoiner::Locked { .. } => unreachable!("a task that is over is not live"),
        })
    }

    /// Detaches the task, and lets the waker of [`wake_at_end`](Self::wake_at_end) be woken all the
    /// same. The handle then is as one whose outcome was taken.
    pub(crate) fn detach(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        match slot.state().release_handle_alone(self.id) {
            ReleaseHandle::Released => {}
            ReleaseHandle::Finished => drop_quietly(self.take(slot)),
            ReleaseHandle::HasJoiner => unreachable!("the joiner stays"),
        }
    }

    /// Waits, or takes what is there. Afterwards nothing in the slot is ours.
    fn poll_slot(&mut self, slot: SlotRef, ctx: &Context<'_>) -> Poll<Result<T, JoinError>> {
        match slot.state().lock_joiner(self.id) {
            LockJoiner::Gone => Poll::Ready(Ok(silent_value())),
            LockJoiner::Finished => Poll::Ready(self.take(slot)),
            LockJoiner::Locked { occupied } => {
                let cell = JoinerCell { slot, occupied };
                match cell.leave_waker(ctx.waker()) {
                    UnlockJoiner::Waiting => Poll::Pending,
                    UnlockJoiner::Finished => Poll::Ready(self.take(slot)),
                    UnlockJoiner::Gone => {
                        give_back(slot, slot.state().abandon_joiner());
                        Poll::Ready(Ok(silent_value()))
                    }
                }
            }
        }
    }

    /// Takes the outcome and lets go of the slot.
    fn take(&mut self, slot: SlotRef) -> Result<T, JoinError> {
        // SAFETY: the word said finished: the outcome is ours (S3), and we ask once.
        let outcome = unsafe { take_outcome::<T>(slot.get()) };
        give_back(slot, slot.state().finish_handle());
        outcome.map_err(|panic| self.error(panic))
    }

    fn error(&self, panic: Option<Box<dyn Any + Send + 'static>>) -> JoinError {
        match panic {
            Some(panic) => JoinError::panicked(self.id(), panic),
            None => JoinError::cancelled(self.id()),
        }
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    ///
    /// When polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let slot = self.slot.expect("JoinHandle polled after completion");
        if budget::is_spent() {
            return budget::spend(ctx).map(|()| unreachable!("a spent budget is refused"));
        }
        let outcome = std::task::ready!(self.poll_slot(slot, ctx));
        self.slot = None;
        // It did not wait; a loop over finished handles yields all the same. The check above makes
        // this one pass.
        let _ = budget::spend(ctx);
        Poll::Ready(outcome)
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let Some(slot) = self.slot else { return };
        loop {
            match slot.state().release_handle(self.id) {
                ReleaseHandle::Released => return,
                ReleaseHandle::Finished => return drop_quietly(self.take(slot)),
                ReleaseHandle::HasJoiner => {
                    if let LockJoiner::Locked { occupied } = slot.state().lock_joiner(self.id) {
                        drop(JoinerCell { slot, occupied });
                    }
                }
            }
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
            .finish()
    }
}

/// The joiner cell, locked by the handle. Dropping it, also in a panic of the user's waker, leaves the
/// cell empty and unlocked.
struct JoinerCell {
    slot: SlotRef,
    occupied: bool,
}

impl JoinerCell {
    /// Leaves the cell with a waker for `ours` in it, unless the task is over: then the cell is
    /// emptied and stays locked.
    fn leave_waker(mut self, ours: &Waker) -> UnlockJoiner {
        let before = self.take();
        let reuse = before.as_ref().is_some_and(|before| before.will_wake(ours));
        let (waker, stale) = if reuse {
            (before, None)
        } else {
            // User code, with the cell locked and empty: should it panic, `drop` unlocks.
            (Some(ours.clone()), before)
        };
        self.put(waker.expect("one of both branches makes a waker"));
        let left = self.slot.state().unlock_joiner();
        if left == UnlockJoiner::Waiting {
            std::mem::forget(self);
            drop_quietly(stale);
        } else {
            let unused = self.take();
            std::mem::forget(self);
            drop_quietly((unused, stale));
        }
        left
    }

    fn take(&mut self) -> Option<Waker> {
        std::mem::take(&mut self.occupied).then(|| {
            // SAFETY: JLOCK is ours, and a waker was in the field (S4).
            unsafe { self.slot.get().joiner.read() }
        })
    }

    fn put(&mut self, waker: Waker) {
        // SAFETY: JLOCK is ours, and the field is empty (S4).
        unsafe { self.slot.get().joiner.write(waker) };
        self.occupied = true;
    }
}

impl Drop for JoinerCell {
    fn drop(&mut self) {
        let waker = self.take();
        give_back(self.slot, self.slot.state().abandon_joiner());
        drop_quietly(waker);
    }
}

/// Gives the slot back where the state word says so.
fn give_back(slot: SlotRef, release: Release) {
    if release == Release::Recycle {
        region::recycle(slot);
    }
}

/// Makes the value that a silent completion stands for.
fn silent_value<T>() -> T {
    assert!(
        is_silent::<T>(),
        "only a value without bytes is left unsaid"
    );
    // SAFETY: `T` has no bytes to read and no destructor, and the task has returned one `T`, which
    // `store_outcome` forgot: this is that value, moved.
    unsafe { NonNull::dangling().read() }
}
