//! Cancelling a task from elsewhere.

#![expect(unsafe_code, reason = "an abort may have to queue the task")]

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::id::Id;
use super::interrupts;
use super::region::Lease;
use super::runnable::Runnable;
use super::schedule::Place;
use super::slot::SlotRef;
use super::state::Wake;

/// Asks for the task `id` in `slot` to be dropped.
pub(super) fn abort(slot: SlotRef, id: u64) {
    match slot.state().abort(id) {
        Wake::Enqueue => {
            // SAFETY: the state word has just told us to.
            unsafe { Runnable::new(slot) }.schedule(Place::Back);
        }
        Wake::Interrupt => interrupts::interrupt(id),
        Wake::Nothing => {}
    }
}

/// Asks for every task of the lease to be dropped.
pub(crate) fn abort_all(lease: &Lease) {
    lease.walk(|slot| {
        if let Some(id) = slot.state().live_id() {
            abort(slot, id);
        }
    });
}

/// Aborts a task without being able to join it. It owns nothing: a task that is over leaves no byte
/// behind on account of an abort handle.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let handle = wane::spawn(std::future::pending::<()>());
/// let abort = handle.abort_handle();
/// abort.abort();
/// assert!(handle.await.unwrap_err().is_cancelled());
/// assert!(abort.is_finished());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    slot: SlotRef,
    id: u64,
}

// It reaches nothing of the task's.
impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

impl AbortHandle {
    pub(super) fn new(slot: SlotRef, id: u64) -> Self {
        Self { slot, id }
    }

    /// Asks for the task to be dropped. Returns at once and runs no destructor here: a worker drops
    /// the future, and only then the join handle resolves, to [`JoinError::is_cancelled`] unless the
    /// task was already over.
    ///
    /// A blocking job that runs is not dropped. One that takes a context is told, and its handle
    /// resolves to what it then returns; see [`spawn_blocking_with`](crate::task::spawn_blocking_with).
    ///
    /// [`JoinError::is_cancelled`]: super::JoinError::is_cancelled
    pub fn abort(&self) {
        abort(self.slot, self.id);
    }

    /// Whether the task is over: its future is dropped and its memory given back.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.slot.state().is_finished(self.id)
    }

    /// The id of the task.
    #[must_use]
    pub fn id(&self) -> Id {
        Id::new(self.id)
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("id", &Id::new(self.id))
            .finish()
    }
}
