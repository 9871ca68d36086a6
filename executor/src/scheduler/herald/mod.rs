//! Telling of a runtime that does not go on as it should.
//!
//! | file      | what it holds                                                     |
//! |-----------|-------------------------------------------------------------------|
//! | `mod`     | the herald: to whom events go                                      |
//! | `event`   | what can be told                                                   |
//! | `backlog` | how long something runnable has not been polled                    |
//! | `trace`   | events as those of `tracing`, or nothing without that feature      |
//!
//! Who finds something tells the herald, on its own thread and with no lock held: the monitor (stuck
//! workers, abandoned jobs, spare workers that get no thread) and the pool of blocking threads (stalls,
//! threads that it does not get).

mod backlog;
mod event;
#[cfg(feature = "tracing")]
mod trace;
#[cfg(not(feature = "tracing"))]
#[path = "trace_none.rs"]
mod trace;

use std::fmt;
use std::io;
use std::time::Duration;

use wane_channel::base::sync::unwind::catch;
use wane_channel::base::sync::{Arc, Mutex, Weak};

use super::core::Core;
use crate::blocking::StalledPool;
use crate::blocking::alarm::Alarm;
use crate::cell::drop_quietly;
use crate::cell::origin::TaskOrigin;

pub(crate) use backlog::Backlog;
pub use event::{Event, RefusedThread, StuckKind, StuckWorker, ThreadRole};

/// How long nothing is told of further threads that the system refuses.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

/// A user's function that is called with each event.
pub(crate) type Hook = Arc<dyn Fn(&Event) + Send + Sync + 'static>;

/// Tells users of a runtime's troubles.
pub(crate) struct Herald {
    hook: Option<Hook>,
    /// Whose troubles they are.
    core: Mutex<Weak<Core>>,
    refused: Mutex<Option<RefusedThread>>,
}

impl Herald {
    pub(crate) fn new(hook: Option<Hook>) -> Arc<Self> {
        Arc::new(Self {
            hook,
            core: Mutex::new(Weak::new()),
            refused: Mutex::new(None),
        })
    }

    /// Says whose troubles they will be. It owns nothing of the runtime.
    pub(crate) fn attend(&self, core: &Arc<Core>) {
        *self.core.lock() = Arc::downgrade(core);
    }

    /// Tells of an event. Called without a lock: the hook is user code.
    pub(crate) fn tell(&self, event: &Event) {
        // A subscriber of `tracing` is user code, too. A panic has been reported by the panic hook and
        // ends here, since it must not take the monitor with it.
        drop_quietly(catch(|| trace::emit(event)));
        if let Some(hook) = &self.hook {
            drop_quietly(catch(|| hook(event)));
        }
    }

    /// Tells of what the pool found.
    pub(crate) fn tell_of_pool(&self, alarm: Alarm<'_>) {
        let event = match alarm {
            Alarm::Refused(error) => return self.tell_refused(ThreadRole::BlockingJobs, error),
            // On the thread of whoever aborts. Whether the job heeds it the monitor will see.
            Alarm::Interrupted => return self.core().iter().for_each(|core| core.rescue.stir()),
            Alarm::Stalled(stall) => {
                Event::BlockingPoolStalled(StalledPool::new(stall, self.running_jobs()))
            }
            Alarm::Moves(stall) => {
                Event::BlockingPoolMoves(StalledPool::new(stall, self.running_jobs()))
            }
        };
        self.tell(&event);
    }

    /// Tells of a thread that the system refused, unless it has just done so.
    pub(crate) fn tell_refused(&self, role: ThreadRole, error: &io::Error) {
        let refused = RefusedThread::new(role, error);
        let before = self.refused.lock().replace(refused.clone());
        if before.is_none_or(|before| before.age() >= REFUSED_PAUSE) {
            self.tell(&Event::ThreadRefused(refused));
        }
    }

    /// The last thread that the system refused.
    pub(crate) fn last_refused(&self) -> Option<RefusedThread> {
        self.refused.lock().clone()
    }

    fn running_jobs(&self) -> Vec<TaskOrigin> {
        let core = self.core();
        core.map_or_else(Vec::new, |core| core.blocking().running())
    }

    fn core(&self) -> Option<Arc<Core>> {
        self.core.lock().upgrade()
    }
}

impl fmt::Debug for Herald {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Herald")
            .field("refused", &self.refused.lock())
            .finish_non_exhaustive()
    }
}
