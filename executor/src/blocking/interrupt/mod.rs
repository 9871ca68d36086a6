//! Ending a job that runs: what an abort does to it, and what the job sleeps on meanwhile.
//!
//! | file         | what it holds                                                        |
//! |--------------|----------------------------------------------------------------------|
//! | `mod`        | the interruption of one job: whether it came, and whom it wakes       |
//! | `context`    | what the user's closure gets                                          |
//! | `error`      | what its waits fail with                                              |
//! | `descriptor` | waiting for descriptors (Unix)                                        |
//! | `signal_*`   | ending system calls by a signal to their thread (Unix)                |
//!
//! An abort of a running job comes by `cell::interrupts`: the job's [`Interruption`] is in that
//! table from before it is queued until its closure has ended (I1 there).
//!
//! Invariants:
//!
//! - T1. An interruption is never taken back. Whoever finds none under the lock and then sleeps is
//!   woken by one that comes later: sleeping and leaving a waker are decided under the same lock.
//! - T2. The end of the closure is an interruption too: a clone of the context that outlives it waits
//!   for nothing, since nobody could abort that wait.
//! - T3. The wakers are ours (a parker's token, a byte in a pipe, a signal), never a user's: they
//!   are woken under the lock. A waker is gone from here before what it wakes is.
//!
//! Locks are taken in this order: an interruption, then the table of `cell::interrupts`, a parker or the
//! signals.

mod context;
#[cfg(unix)]
mod descriptor;
mod error;
#[cfg(not(unix))]
#[path = "signal_none.rs"]
mod signal;
#[cfg(unix)]
#[path = "signal_unix.rs"]
mod signal;
#[cfg(test)]
mod tests;

use std::fmt;
use std::task::Waker;
use std::time::Instant;

use slab::Slab;
use wane_channel::base::sync::{Arc, Condvar, Mutex};
use wane_channel::base::waits;

use crate::cell::id::Id;
use crate::cell::interrupts::{self, Interrupt};

pub use context::BlockingContext;
pub use error::{Cancelled, RecvCancelError, SendCancelError};
pub(super) use signal::Signals;

/// What the interruptions of one pool's jobs share.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) signals: Signals,
}

impl Desk {
    /// For a pool whose aborts send this signal, the system's default where `None`.
    pub(super) fn new(signal: Option<i32>) -> Arc<Self> {
        Arc::new(Self {
            signals: Signals::new(signal),
        })
    }
}

/// The interruption of one job: it has come or not.
pub(super) struct Interruption {
    state: Mutex<State>,
    /// Notified as the job is interrupted, or ends.
    changed: Condvar,
    desk: Arc<Desk>,
}

struct State {
    /// Known once the job's task is made.
    id: Option<Id>,
    stage: Stage,
    /// Who is woken by an interruption.
    wakers: Slab<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Waiting for a thread, or running and wanted.
    Wanted,
    /// Aborted in the middle.
    Interrupted,
    /// The closure has ended, or was dropped.
    Over,
}

impl Interruption {
    pub(super) fn new(desk: &Arc<Desk>) -> Arc<Self> {
        let state = State {
            id: None,
            stage: Stage::Wanted,
            wakers: Slab::new(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            desk: Arc::clone(desk),
        })
    }

    /// Lets aborts of the task find this. To be called before the task is queued. A shutdown may have
    /// called the job off already, and then nobody would take the entry back: so it is made under the
    /// lock, where the job is not over.
    pub(super) fn listen(self: &Arc<Self>, id: Id) {
        let mut state = self.state.lock();
        if state.stage == Stage::Over {
            return;
        }
        state.id = Some(id);
        interrupts::insert(id, Arc::clone(self) as Arc<dyn Interrupt>);
    }

    /// `wanted, interrupted → over`: nobody can abort the job any more.
    fn end(&self) {
        let mut state = self.state.lock();
        let id = state.id;
        state.stage = Stage::Over;
        state.wake_all();
        drop(state);
        self.changed.notify_all();
        id.into_iter().for_each(interrupts::remove);
    }

    fn is_cancelled(&self) -> bool {
        self.state.lock().stage != Stage::Wanted
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.state.lock().check()
    }

    /// Sleeps until the deadline; without one, until the interruption.
    fn sleep(&self, deadline: Option<Instant>) -> Result<(), Cancelled> {
        self.check()?;
        let _announced = waits::announce();
        let mut state = self.state.lock();
        loop {
            state.check()?;
            match deadline {
                None => self.changed.wait(&mut state),
                Some(deadline) if self.changed.wait_until(&mut state, deadline).timed_out() => {
                    return state.check();
                }
                Some(_) => {}
            }
        }
    }

    /// Has the waker woken by an interruption, until the guard goes (T1).
    fn wake_by(&self, waker: Waker) -> Result<Listening<'_>, Cancelled> {
        let mut state = self.state.lock();
        state.check()?;
        let key = state.wakers.insert(waker);
        Ok(Listening {
            interruption: self,
            key,
        })
    }
}

impl Interrupt for Interruption {
    /// `wanted → interrupted`; no move from the others.
    fn interrupt(&self) {
        let mut state = self.state.lock();
        if state.stage != Stage::Wanted {
            return;
        }
        state.stage = Stage::Interrupted;
        state.wake_all();
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    fn check(&self) -> Result<(), Cancelled> {
        match self.stage {
            Stage::Wanted => Ok(()),
            Stage::Interrupted | Stage::Over => Err(Cancelled::new()),
        }
    }

    /// They stay: each is taken out by whom it wakes (T3).
    fn wake_all(&self) {
        self.wakers
            .iter()
            .for_each(|(_, waker)| waker.wake_by_ref());
    }
}

impl fmt::Debug for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Interruption")
            .field("id", &state.id)
            .field("stage", &state.stage)
            .finish_non_exhaustive()
    }
}

/// A waker among those that an interruption wakes.
struct Listening<'a> {
    interruption: &'a Interruption,
    key: usize,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        let waker = self.interruption.state.lock().wakers.remove(self.key);
        drop(waker);
    }
}

/// Says that the job is over when it is dropped: by the closure's end, its panic, or unrun.
pub(super) struct EndOfJob(pub(super) Arc<Interruption>);

impl Drop for EndOfJob {
    fn drop(&mut self) {
        self.0.end();
    }
}
