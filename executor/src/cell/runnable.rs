//! The permission to run a task once.

#![expect(
    unsafe_code,
    reason = "the owner of a runnable reaches into the slot's cells"
)]

use std::panic::Location;
use std::task::{Context, Poll};

use wane_channel::base::budget;
use wane_channel::base::sync::Arc;
use wane_channel::base::sync::unwind::catch;

use super::id;
use super::join::JoinHandle;
use super::origin;
use super::payload;
use super::region::{self, Lease, Vacancy};
use super::schedule::{Place, Schedule};
use super::slot::SlotRef;
use super::spans::{self, Kind};
use super::state::{Complete, ID_BITS, Outcome, Pause, Release, Start, Wake};
use super::vtable::{Vtable, VtableFor, drop_quietly};
use super::waker;

/// The one queue entry of a queued task. Whoever has it runs it or cancels it; one that is dropped
/// instead leaves its task queued for ever, and a scheduler that waits for its tasks would hang.
#[derive(Debug)]
#[must_use]
pub(crate) struct Runnable(SlotRef);

/// What became of a task that was run.
#[derive(Debug)]
#[must_use]
pub(crate) enum Ran {
    /// It sleeps until it is woken.
    Asleep,
    /// It was woken while it ran: queue it behind the others.
    Again(Runnable),
    /// It is over, its memory given back. The scheduler counts it as retired.
    Over,
}

/// Makes a task, queued: the caller hands the runnable to a queue of `scheduler`.
#[track_caller]
#[inline]
pub(crate) fn spawn<F, S>(
    future: F,
    scheduler: &Arc<S>,
    lease: &Lease,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    S: Schedule,
{
    // SAFETY: the future may be run and dropped by any thread.
    unsafe { spawn_queued(future, scheduler, lease, Kind::Task) }
}

/// Makes a task, asleep. Either the owner of the sleeper wakes it, or an abort hands its runnable to
/// [`Schedule::schedule`], before which the scheduler must not go (S7).
#[track_caller]
pub(crate) fn spawn_asleep<F, S>(
    future: F,
    scheduler: &Arc<S>,
    lease: &Lease,
) -> (Sleeper, JoinHandle<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    S: Schedule,
{
    let vacancy @ Vacancy { slot, id } = region::allocate(lease);
    // SAFETY: a vacant slot is ours. The future may be run and dropped by any thread.
    unsafe { move_in(vacancy, future, scheduler, Kind::Blocking) };
    slot.state().occupy_asleep(id);
    // SAFETY: the task was born with a handle, and this is it.
    (Sleeper { slot, id }, unsafe { JoinHandle::new(slot, id) })
}

/// [`spawn`] without its bound, for tasks that stay on a thread.
///
/// # Safety
///
/// - Where the future is not `Send`, each runnable of the task is run or cancelled on the thread
///   that calls this.
/// - Where the output is not `Send`, the join handle stays on that thread, too.
#[track_caller]
#[inline]
pub(crate) unsafe fn spawn_unchecked<F, S>(
    future: F,
    scheduler: &Arc<S>,
    lease: &Lease,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    // SAFETY: the caller promises the same.
    unsafe { spawn_queued(future, scheduler, lease, Kind::Local) }
}

/// # Safety
///
/// - The caller keeps the promises of [`spawn_unchecked`].
#[track_caller]
#[inline]
unsafe fn spawn_queued<F, S>(
    future: F,
    scheduler: &Arc<S>,
    lease: &Lease,
    kind: Kind,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    let vacancy @ Vacancy { slot, id } = region::allocate(lease);
    // SAFETY: a vacant slot is ours. The caller sees to it that the future stays on its thread.
    unsafe { move_in(vacancy, future, scheduler, kind) };
    slot.state().occupy(id);
    // SAFETY: the task was born with a handle, and this is it.
    (Runnable(slot), unsafe { JoinHandle::new(slot, id) })
}

/// Fills the cells of a slot for a new tenant; the state word comes next.
///
/// # Safety
///
/// - The slot is vacant and the caller's.
/// - The caller keeps the promises of [`spawn_unchecked`].
#[track_caller]
#[inline]
unsafe fn move_in<F, S>(vacancy: Vacancy, future: F, scheduler: &Arc<S>, kind: Kind)
where
    F: Future + 'static,
    S: Schedule,
{
    let Vacancy { slot, id } = vacancy;
    // Whoever listens to spans is user code; should it panic, the slot is lost.
    let future = spans::instrument(future, id, kind, Location::caller());
    let vtable = vtable_of::<_, S>(&future);
    let cells = slot.get();
    // SAFETY: a vacant slot is ours, and nothing is stored in it.
    cells
        .payload
        .with_mut(|cell| unsafe { payload::store(cell, future) });
    cells.link.set_scheduler(Arc::as_ptr(scheduler).cast());
    // SAFETY: a vacant slot is ours.
    unsafe { cells.vtable.write(vtable) };
    origin::sign(slot, Location::caller());
}

/// The functions for a future.
fn vtable_of<F: Future, S: Schedule>(_future: &F) -> &'static Vtable {
    const { &VtableFor::<F, S>::VTABLE }
}

/// The place of a task that was born asleep in the queue of its scheduler. It owns nothing: where
/// an abort was first, the task is no longer there to be woken.
#[derive(Debug)]
pub(crate) struct Sleeper {
    slot: SlotRef,
    id: u64,
}

impl Sleeper {
    /// The task, to be run or cancelled; `None` where an abort was first.
    pub(crate) fn wake(self) -> Option<Runnable> {
        match self.slot.state().wake(self.id, ID_BITS) {
            Wake::Enqueue => Some(Runnable(self.slot)),
            Wake::Nothing => None,
            Wake::Interrupt => unreachable!("only an abort interrupts"),
        }
    }

    /// The id of the task.
    #[cfg(not(loom))]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Whether an abort was first, so that [`Sleeper::wake`] will find nothing.
    pub(crate) fn is_aborted(&self) -> bool {
        !self.slot.state().is_asleep(self.id)
    }
}

impl Runnable {
    /// # Safety
    ///
    /// - A move of the state word has just told the caller to enqueue this slot's task.
    pub(super) unsafe fn new(slot: SlotRef) -> Self {
        Self(slot)
    }

    /// Where the task lives.
    #[cfg(not(loom))]
    pub(super) fn slot(&self) -> SlotRef {
        self.0
    }

    /// Hands the runnable to the scheduler of its task.
    pub(super) fn schedule(self, place: Place) {
        // The task is queued and so live: its link is its scheduler (S7).
        let scheduler = self.0.get().link.scheduler();
        let schedule = self.vtable().schedule;
        // SAFETY: the pointer is this task's link and the runnable is in our hands.
        unsafe { schedule(scheduler, self, place) }
    }

    /// Polls the task, or drops its future where abort was asked for.
    ///
    /// `Over` comes after the last access to the scheduler through the task: a scheduler whose every
    /// spawned task has been reported so, and that admits no new one, has no task left that could
    /// reach it.
    #[inline]
    pub(crate) fn run(self) -> Ran {
        match self.0.state().start() {
            Start::Poll(id) => self.poll(id),
            Start::Cancel(id) => self.finish_cancelled(id),
        }
    }

    /// Drops the task's future without polling it, and completes the task.
    pub(crate) fn cancel(self) {
        let (Start::Poll(id) | Start::Cancel(id)) = self.0.state().start();
        // The rest is the same whether the word says closed or not: we own the future.
        let Ran::Over = self.finish_cancelled(id) else {
            unreachable!("a cancelled task is over");
        };
    }

    /// The task is `RUNNING` and ours.
    fn poll(self, id: u64) -> Ran {
        let Self(slot) = self;
        let _running = id::enter(id);
        budget::refill();
        let waker = waker::waker(slot, id);
        // SAFETY: RUNNING is ours (S1).
        let polled = unsafe { (self.vtable().poll)(slot.get(), &mut Context::from_waker(&waker)) };
        match polled {
            Poll::Ready(outcome) => self.complete(outcome),
            Poll::Pending => match slot.state().pause() {
                Pause::Asleep => Ran::Asleep,
                Pause::Requeue => Ran::Again(self),
                Pause::Cancel => self.finish_cancelled(id),
            },
        }
    }

    /// The task is `RUNNING` and ours, and is not to be polled.
    #[cold]
    fn finish_cancelled(self, id: u64) -> Ran {
        let Self(slot) = self;
        let _running = id::enter(id);
        // SAFETY: RUNNING is ours (S1).
        let outcome = unsafe { (self.vtable().cancel)(slot.get()) };
        self.complete(outcome)
    }

    /// The future is gone and the outcome stored; makes the task over.
    fn complete(self, outcome: Outcome) -> Ran {
        let Self(slot) = self;
        match slot.state().complete(outcome) {
            Complete::Done => {}
            Complete::Recycle => region::recycle(slot),
            Complete::WakeJoiner => wake_joiner(slot),
            Complete::Unwanted => {
                // SAFETY: the task is still RUNNING, so the outcome is ours (S1).
                unsafe { (self.vtable().drop_outcome)(slot.get()) };
                return self.complete(Outcome::Nothing);
            }
        }
        Ran::Over
    }

    /// The functions of the task.
    fn vtable(&self) -> &'static Vtable {
        // SAFETY: a runnable's task is live and queued, or running by us: the field is written and
        // nobody changes it.
        unsafe { self.0.get().vtable.read() }
    }

    /// The runnable as a plain number, for queues of words.
    pub(crate) fn into_raw(self) -> *mut () {
        self.0.as_ptr().cast()
    }

    /// # Safety
    ///
    /// - `raw` came from [`Runnable::into_raw`] and is used once.
    pub(crate) unsafe fn from_raw(raw: std::ptr::NonNull<()>) -> Self {
        // SAFETY: it was a `SlotRef`'s address.
        Self(unsafe { SlotRef::new(raw.cast()) })
    }
}

/// The completer's part of a join: takes the waker out, lets go of the cell, wakes.
fn wake_joiner(slot: SlotRef) {
    // SAFETY: JOINER was set when we cleared LIVE, so that a waker is there, and it is ours (S4).
    let joiner = unsafe { slot.get().joiner.read() };
    if slot.state().joiner_taken() == Release::Recycle {
        region::recycle(slot);
    }
    // The waker may be a foreign one, and it may panic; the task is over either way.
    if let Err(panic) = catch(|| waker::wake_behind(joiner)) {
        drop_quietly(panic);
    }
}
