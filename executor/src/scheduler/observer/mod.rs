//! Who watches the tasks of a runtime from inside: the user's hooks, and the ledger of tracked tasks.
//!
//! A runtime that asked for neither has no observer, and its workers pay one branch for each spawn and
//! one for each poll. User code runs in the hooks alone: no lock is held, and a panic ends there.

mod ledger;
pub(crate) mod names;

use std::fmt;

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::unwind::catch;

use crate::cell::drop_quietly;
use crate::cell::origin::TaskMeta;
use crate::cell::runnable::Runnable;
pub(crate) use ledger::Ledger;

/// A user's function that is called about a task.
pub(crate) type TaskHook = Arc<dyn Fn(&TaskMeta<'_>) + Send + Sync + 'static>;

/// What a user wants to watch.
#[derive(Clone, Default)]
pub(crate) struct Wishes {
    pub(crate) on_spawn: Option<TaskHook>,
    pub(crate) on_before_poll: Option<TaskHook>,
    pub(crate) on_after_poll: Option<TaskHook>,
    pub(crate) on_terminate: Option<TaskHook>,
    /// Keep a ledger.
    pub(crate) track: bool,
}

impl Wishes {
    /// The observer that fulfils them, if there are any.
    pub(crate) fn observer(&self) -> Option<Arc<Observer>> {
        let hooks = [
            &self.on_spawn,
            &self.on_before_poll,
            &self.on_after_poll,
            &self.on_terminate,
        ];
        let any = self.track || hooks.into_iter().any(Option::is_some);
        any.then(|| {
            Arc::new(Observer {
                ledger: self.track.then(Ledger::new),
                wishes: self.clone(),
            })
        })
    }
}

/// The watcher of one runtime.
pub(crate) struct Observer {
    wishes: Wishes,
    ledger: Option<Ledger>,
}

impl Observer {
    /// A task was made, and nobody has polled it yet.
    #[cold]
    #[inline(never)]
    pub(super) fn spawned(&self, runnable: &Runnable) {
        let task = &TaskMeta::of(runnable);
        if let Some(ledger) = &self.ledger {
            ledger.enter(task.id());
        }
        call(self.wishes.on_spawn.as_ref(), task);
    }

    /// A worker is about to poll a task, or to drop it.
    pub(super) fn poll_begins(&self, task: &TaskMeta<'_>) {
        if let Some(ledger) = &self.ledger {
            ledger.begin_poll(task.id());
        }
        call(self.wishes.on_before_poll.as_ref(), task);
    }

    /// It has.
    pub(super) fn poll_ended(&self, task: &TaskMeta<'_>) {
        if let Some(ledger) = &self.ledger {
            ledger.end_poll(task.id());
        }
        call(self.wishes.on_after_poll.as_ref(), task);
    }

    /// A task is over: its future is dropped, its memory given back.
    pub(super) fn terminated(&self, task: &TaskMeta<'_>) {
        if let Some(ledger) = &self.ledger {
            ledger.strike(task.id(), task.future_size());
        }
        call(self.wishes.on_terminate.as_ref(), task);
    }

    /// The ledger, where there is one.
    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }
}

/// Calls a user's function. Its panic has been reported by the panic hook and ends here.
fn call(hook: Option<&TaskHook>, task: &TaskMeta<'_>) {
    if let Some(hook) = hook {
        drop_quietly(catch(|| hook(task)));
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("tracks", &self.ledger.is_some())
            .finish_non_exhaustive()
    }
}
