//! What the present thread belongs to: a runtime, and whether it may block.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;

use wane_channel::base::sync::Arc;

use crate::cell::JoinHandle;
use crate::driver;

/// What the floors below the scheduler need of it.
pub(crate) trait Scheduler: Any + Send + Sync {
    /// Looks a name up on a thread where blocking does no harm.
    fn look_up(&self, work: LookUp) -> io::Result<JoinHandle<io::Result<Vec<SocketAddr>>>>;

    /// The scheduler, for those who know its type.
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// A call of the system's resolver.
pub(crate) type LookUp = Box<dyn FnOnce() -> io::Result<Vec<SocketAddr>> + Send>;

thread_local! {
    static CONTEXT: Context = const { Context { current: RefCell::new(None), runs_tasks: Cell::new(false) } };
}

struct Context {
    current: RefCell<Option<Current>>,
    /// This thread polls futures right now: as a worker, or inside `block_on`.
    runs_tasks: Cell<bool>,
}

/// The runtime that a thread has entered.
#[derive(Clone)]
struct Current {
    driver: driver::Handle,
    /// The scheduler, whose type is known above this floor only.
    scheduler: Arc<dyn Scheduler>,
}

/// The driver of the runtime that this thread is in.
pub(crate) fn driver() -> Option<driver::Handle> {
    with_current(|current| current.driver.clone())
}

/// The scheduler of the runtime that this thread is in.
pub(crate) fn scheduler() -> Option<Arc<dyn Scheduler>> {
    with_current(|current| current.scheduler.clone())
}

/// Where that scheduler is, to compare and not to read.
#[inline]
pub(crate) fn scheduler_address() -> Option<*const ()> {
    with_current(|current| Arc::as_ptr(&current.scheduler).cast())
}

fn with_current<R>(read: impl FnOnce(&Current) -> R) -> Option<R> {
    // A thread that is ending is in no runtime any more.
    CONTEXT
        .try_with(|context| context.current.borrow().as_ref().map(read))
        .ok()
        .flatten()
}

/// Puts this thread into a runtime until the guard is dropped.
pub(crate) fn enter_runtime(driver: driver::Handle, scheduler: Arc<dyn Scheduler>) -> Entered {
    let current = Some(Current { driver, scheduler });
    Entered {
        before: CONTEXT.with(|context| context.current.replace(current)),
    }
}

/// Puts back the runtime that was entered before.
pub(crate) struct Entered {
    before: Option<Current>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CONTEXT.try_with(|context| context.current.replace(self.before.take()));
        // Dropped with nothing borrowed: the last owner of a scheduler runs destructors.
        drop(left);
    }
}

/// Marks this thread as one that polls futures, until the guard is dropped. `None` where it is one
/// already: to block it would stall what it polls.
pub(crate) fn enter_polling() -> Option<Polling> {
    let before = CONTEXT.with(|context| context.runs_tasks.replace(true));
    // Made only where it is given out: dropping one lifts the mark.
    (!before).then(|| Polling(()))
}

/// Lets this thread block until the guard is dropped, though it polls a future.
pub(crate) fn leave_polling() -> MayBlock {
    let before = CONTEXT.with(|context| context.runs_tasks.replace(false));
    MayBlock(before)
}

/// Puts back what was before [`leave_polling`].
pub(crate) struct MayBlock(bool);

impl Drop for MayBlock {
    fn drop(&mut self) {
        let _ = CONTEXT.try_with(|context| context.runs_tasks.set(self.0));
    }
}

/// Lets this thread block again.
pub(crate) struct Polling(());

impl Drop for Polling {
    fn drop(&mut self) {
        // A thread that is ending polls nothing any more.
        let _ = CONTEXT.try_with(|context| context.runs_tasks.set(false));
    }
}
