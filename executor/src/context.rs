//! What the present thread belongs to: a runtime, and whether it may block.

use std::any::Any;
use std::cell::{Cell, RefCell};

use wane_channel::base::sync::Arc;

use crate::driver;

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
    scheduler: Arc<dyn Any + Send + Sync>,
}

/// The driver of the runtime that this thread is in.
pub(crate) fn driver() -> Option<driver::Handle> {
    with_current(|current| current.driver.clone())
}

/// The scheduler of the runtime that this thread is in.
pub(crate) fn scheduler() -> Option<Arc<dyn Any + Send + Sync>> {
    with_current(|current| current.scheduler.clone())
}

fn with_current<R>(read: impl FnOnce(&Current) -> R) -> Option<R> {
    // A thread that is ending is in no runtime any more.
    CONTEXT.try_with(|context| context.current.borrow().as_ref().map(read)).ok().flatten()
}

/// Puts this thread into a runtime until the guard is dropped.
pub(crate) fn enter_runtime(
    driver: driver::Handle,
    scheduler: Arc<dyn Any + Send + Sync>,
) -> Entered {
    let current = Some(Current { driver, scheduler });
    Entered { before: CONTEXT.with(|context| context.current.replace(current)) }
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
    (!before).then_some(Polling(()))
}

/// Whether this thread polls futures right now.
pub(crate) fn is_polling() -> bool {
    CONTEXT.try_with(|context| context.runs_tasks.get()).unwrap_or(false)
}

/// Lets this thread block again.
pub(crate) struct Polling(());

impl Drop for Polling {
    fn drop(&mut self) {
        // A thread that is ending polls nothing any more.
        let _ = CONTEXT.try_with(|context| context.runs_tasks.set(false));
    }
}
