//! The identity of a task, and which task this thread is running.

use std::cell::Cell;
use std::fmt;

thread_local! {
    /// The id of the task that this thread polls or drops, 0 for none.
    static CURRENT: Cell<u64> = const { Cell::new(0) };
}

/// An opaque id that identifies a task; no two tasks of a process have the same.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let handle = wane::spawn(async { wane::task::id() });
/// let id = handle.id();
/// assert_eq!(handle.await.unwrap(), id);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u64);

impl Id {
    /// The public face of an id of the state word.
    pub(crate) fn new(id: u64) -> Self {
        Self(id)
    }

    /// The id in the state word.
    #[cfg(not(loom))]
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Id").field(&self.0).finish()
    }
}

/// The id of the task that is running on this thread.
///
/// # Panics
///
/// When called outside of a task; [`try_id`] does not.
#[track_caller]
#[must_use]
pub fn id() -> Id {
    try_id()
        .expect("no task is running on this thread: call `wane::task::id` inside a spawned task")
}

/// The id of the task that is running on this thread, or `None` outside of a task.
///
/// ```
/// assert_eq!(wane::task::try_id(), None);
/// ```
#[must_use]
pub fn try_id() -> Option<Id> {
    let id = CURRENT.get();
    (id != 0).then_some(Id(id))
}

/// Makes `id` the running task until the guard goes.
pub(super) fn enter(id: u64) -> Running {
    Running {
        before: CURRENT.replace(id),
    }
}

/// Puts back the task that ran before.
pub(super) struct Running {
    before: u64,
}

impl Drop for Running {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}
