//! What remains of a future's type once the task is made: four functions, and what people call it.
//!
//! User code runs here and nowhere else in this folder (wakers apart): poll, drop of the future,
//! drop of the output. Each is caught; a panic becomes the outcome where somebody waits for one and
//! ends here where nobody does.

#![expect(
    unsafe_code,
    reason = "the functions know the type that the cells have forgotten"
)]

use std::any::Any;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::unwind::catch;

use super::link::Ending;
use super::payload;
use super::runnable::Runnable;
use super::schedule::{Place, Schedule};
use super::slot::Slot;
use super::state::Outcome;

/// A caught panic.
type Panic = Box<dyn Any + Send + 'static>;

/// The operations of a task whose type is forgotten.
///
/// # Safety
///
/// Each pointer is called under the condition written beside it.
pub(super) struct Vtable {
    /// Polls the future. When it is ready: drops it, gives its memory back, stores the outcome.
    ///
    /// # Safety
    ///
    /// - The caller owns the future (S1); after `Ready` there is none any more.
    pub(super) poll: unsafe fn(&Slot, &mut Context<'_>) -> Poll<Outcome>,
    /// Drops the future instead, with the same duties.
    ///
    /// # Safety
    ///
    /// - The caller owns the future (S1); afterwards there is none any more.
    pub(super) cancel: unsafe fn(&Slot) -> Outcome,
    /// Drops a stored outcome.
    ///
    /// # Safety
    ///
    /// - An outcome is stored, the caller owns it, and does not use it again.
    pub(super) drop_outcome: unsafe fn(&Slot),
    /// Queues the task's runnable.
    ///
    /// # Safety
    ///
    /// - The pointer is the link of the task whose runnable this is, and that runnable exists (S7).
    pub(super) schedule: unsafe fn(*const (), Runnable, Place),
    /// Names the future's type.
    pub(super) future_type: fn() -> &'static str,
    /// The future's bytes.
    pub(super) future_size: usize,
    /// The bytes of what it returns.
    pub(super) output_size: usize,
}

/// The functions for one type of future on one type of scheduler.
pub(super) struct VtableFor<F, S>(F, S);

impl<F: Future, S: Schedule> VtableFor<F, S> {
    pub(super) const VTABLE: Vtable = Vtable {
        poll: poll::<F>,
        cancel: cancel::<F>,
        drop_outcome: drop_outcome::<F::Output>,
        schedule: schedule::<S>,
        future_type: std::any::type_name::<F>,
        future_size: size_of::<F>(),
        output_size: size_of::<F::Output>(),
    };
}

/// Whether the completion of a task says all there is to say about its value.
pub(super) const fn is_silent<T>() -> bool {
    size_of::<T>() == 0 && !std::mem::needs_drop::<T>()
}

/// See [`Vtable::poll`].
unsafe fn poll<F: Future>(slot: &Slot, ctx: &mut Context<'_>) -> Poll<Outcome> {
    // SAFETY: the caller owns the future, so one is stored.
    let future = slot
        .payload
        .with_mut(|payload| unsafe { payload::address::<F>(payload) });
    let polled = catch(|| {
        // SAFETY: we alone have the future (S1).
        let future = unsafe { &mut *future };
        // SAFETY: it does not move until it is dropped where it stands.
        unsafe { Pin::new_unchecked(future) }.poll(ctx)
    });
    let result = match polled {
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(panic) => Err(panic),
    };
    // SAFETY: the future is ours (S1), and is not used again.
    let result = match unsafe { drop_future::<F>(slot) } {
        Ok(()) => result,
        Err(panic) => {
            drop_quietly(result);
            Err(panic)
        }
    };
    // SAFETY: we own the cells (S1), and the payload is empty now.
    Poll::Ready(unsafe { store_outcome(slot, result.map_err(Some)) })
}

/// See [`Vtable::cancel`].
unsafe fn cancel<F: Future>(slot: &Slot) -> Outcome {
    // SAFETY: the future is the caller's (S1), who gives it up.
    let dropped = unsafe { drop_future::<F>(slot) };
    // SAFETY: we own the cells (S1), and the payload is empty now.
    unsafe { store_outcome::<F::Output>(slot, Err(dropped.err())) }
}

/// See [`Vtable::drop_outcome`].
unsafe fn drop_outcome<T>(slot: &Slot) {
    // SAFETY: a stored outcome is the caller's, who gives it up.
    drop_quietly(unsafe { take_outcome::<T>(slot) });
}

/// See [`Vtable::schedule`].
unsafe fn schedule<S: Schedule>(scheduler: *const (), runnable: Runnable, place: Place) {
    let scheduler = scheduler.cast::<S>();
    if let Err(runnable) = S::schedule_here(scheduler, runnable, place) {
        // SAFETY: the pointer came from an `Arc` (see `spawn`), which the scheduler itself keeps
        // alive until the runnable in our hands has been run or cancelled (S7).
        let kept = ManuallyDrop::new(unsafe { Arc::from_raw(scheduler) });
        // A count of our own: as soon as the runnable is queued the task may end and its scheduler go.
        Arc::clone(&kept).schedule(runnable);
    }
}

/// Drops the future and gives its memory back.
///
/// # Safety
///
/// - The caller owns the future (S1) and does not use it again.
unsafe fn drop_future<F>(slot: &Slot) -> Result<(), Panic> {
    catch(|| {
        // SAFETY: the caller owns the future, so that one is stored, and gives it up.
        slot.payload
            .with_mut(|payload| unsafe { payload::drop_stored::<F>(payload) });
    })
}

/// Stores what became of the task, where somebody would take it. `Err(None)` is a cancelled task.
///
/// # Safety
///
/// - The caller owns the cells (S1), and the payload cell is empty.
unsafe fn store_outcome<T>(slot: &Slot, result: Result<T, Option<Panic>>) -> Outcome {
    if !slot.state.wants_outcome() {
        drop_quietly(result);
        return Outcome::Nothing;
    }
    let ending = match result {
        Ok(value) if is_silent::<T>() => {
            // The handle makes it again: a value of no bytes and no destructor is moved by that.
            let _ = ManuallyDrop::new(value);
            return Outcome::Silent;
        }
        Ok(value) => {
            // SAFETY: the cell is ours and empty.
            slot.payload
                .with_mut(|payload| unsafe { payload::store(payload, value) });
            Ending::Returned
        }
        Err(None) => Ending::Cancelled,
        Err(Some(panic)) => {
            // SAFETY: the cell is ours and empty.
            slot.payload
                .with_mut(|payload| unsafe { payload::store(payload, panic) });
            Ending::Panicked
        }
    };
    slot.link.set_ending(ending);
    Outcome::Stored
}

/// Takes a stored outcome. `Err(None)` is a cancelled task.
///
/// # Safety
///
/// - An outcome of type `T` is stored, the caller owns it (S3, or S1 before completion), and does
///   not use it again.
pub(super) unsafe fn take_outcome<T>(slot: &Slot) -> Result<T, Option<Panic>> {
    match slot.link.ending() {
        // SAFETY: the ending says that a `T` is stored.
        Ending::Returned => Ok(slot.payload.with_mut(|cell| unsafe { payload::take(cell) })),
        Ending::Cancelled => Err(None),
        // SAFETY: the ending says that a panic is stored.
        Ending::Panicked => Err(Some(
            slot.payload.with_mut(|cell| unsafe { payload::take(cell) }),
        )),
    }
}

/// Drops a user's value that nobody waits for. Its panic has been reported by the panic hook and
/// ends here; a panic payload that panics when dropped is leaked.
pub(crate) fn drop_quietly<T>(value: T) {
    let panic = catch(|| drop(value)).err();
    if let Some(again) = catch(|| drop(panic)).err() {
        std::mem::forget(again);
    }
}
