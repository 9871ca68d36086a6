//! All that a task knows of the scheduler it belongs to.

use wane_channel::base::sync::Arc;

use super::runnable::Runnable;

/// Where a runnable goes in its worker's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before the others: whoever woke the task is likely to wait for it.
    Next,
    /// Behind the others: whoever woke the task is over. A task that joins many takes more results at
    /// a time.
    Back,
}

/// Takes the runnables of woken tasks.
///
/// A task refers to its scheduler by a bare pointer (S7), so that a waker owns nothing. A scheduler
/// therefore goes only when each of its tasks is over; see [`Runnable::run`] for how it can know.
pub(crate) trait Schedule: Sized + Send + Sync + 'static {
    /// Queues the runnable where this thread is one of the scheduler's own, and gives it back where
    /// it is not. `scheduler` is compared and not read.
    ///
    /// # Errors
    ///
    /// The runnable, on a foreign thread.
    fn schedule_here(
        scheduler: *const Self,
        runnable: Runnable,
        place: Place,
    ) -> Result<(), Runnable>;

    /// Queues the runnable from any thread and sees to it that somebody will run it.
    fn schedule(self: &Arc<Self>, runnable: Runnable);
}
