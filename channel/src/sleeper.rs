//! Whom to wake, and the rule that a waker runs outside of every lock and cannot break us.
//!
//! A waker's vtable is user code: `clone`, `wake` and `drop` may panic and may call back into the
//! channel. So a step under the lock only *moves* wakers (into the table, or out into a
//! [`WakeList`]), and what it moved out is run when the lock is free.
//!
//! A panic in `wake` or `drop` is reported by the panic hook and ends there ([`contained`]): the
//! waker belongs to the one who waits, and the one who happens to wake it holds a message that an
//! unwinding stack would lose. A panic in `clone` does unwind: it strikes the poll of the waker's
//! own task, before anything was registered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use crate::base::sync::Arc;
use crate::parking::Parking;

/// One who sleeps until a partner comes.
#[derive(Debug)]
pub(crate) enum Sleeper {
    /// A task of some executor.
    Task(Waker),
    /// A thread inside one of the blocking operations.
    Thread(Arc<Parking>),
}

impl Sleeper {
    pub(crate) fn is_thread(&self) -> bool {
        matches!(self, Self::Thread(_))
    }

    /// Wakes the sleeper. No lock may be held.
    pub(crate) fn wake(self) {
        match self {
            Self::Task(waker) => contained(|| waker.wake()),
            Self::Thread(parking) => parking.wake(),
        }
    }

    /// Lets the sleeper go without waking it. No lock may be held.
    pub(crate) fn forget(self) {
        contained(|| drop(self));
    }
}

/// Those whom a step under the lock has chosen, to be woken after it.
///
/// The first has a place of its own: a step that wakes more than one allocates.
#[derive(Debug, Default)]
pub(crate) struct WakeList {
    first: Option<Sleeper>,
    more: Vec<Sleeper>,
}

impl WakeList {
    pub(crate) fn push(&mut self, sleeper: Sleeper) {
        match self.first {
            None => self.first = Some(sleeper),
            Some(_) => self.more.push(sleeper),
        }
    }

    /// Wakes all of them in order. No lock may be held.
    #[inline]
    pub(crate) fn wake_all(self) {
        if let Some(first) = self.first {
            first.wake();
            self.more.into_iter().for_each(Sleeper::wake);
        }
    }
}

/// Runs a waker's code and lets no panic of it out; see the head of this file.
pub(crate) fn contained(foreign: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(foreign)) {
        // The payload's destructor is as foreign as the panic was.
        std::mem::forget(panic);
    }
}
