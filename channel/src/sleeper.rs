//! Whom to wake, and the rule that a waker runs outside of every lock and cannot break us.
//!
//! A waker's vtable is user code: `clone`, `wake` and `drop` may panic and may call back into the
//! channel. So a step under the lock only *moves* wakers (into an entry, or out into a
//! [`WakeList`]), and what it moved out is run when the lock is free.
//!
//! A panic in `wake` or `drop` is reported by the panic hook and ends there ([`contained`]): the
//! waker belongs to the one who waits, and the one who happens to wake it holds a message that an
//! unwinding stack would lose. A panic in `clone` does unwind: it strikes the poll of the waker's
//! own task, before anything was registered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use crate::base::sync::Arc;
use crate::booth::Booth;

/// One who sleeps until a partner comes.
#[derive(Debug)]
pub(crate) enum Sleeper<T> {
    /// A task of some executor.
    Task(Waker),
    /// A thread inside one of the blocking operations.
    Thread(Arc<Booth<T>>),
}

impl<T> Sleeper<T> {
    pub(crate) fn is_thread(&self) -> bool {
        matches!(self, Self::Thread(_))
    }

    /// Leaves a message for a thread.
    pub(crate) fn hand(&self, message: T) {
        match self {
            Self::Thread(booth) => booth.hand(message),
            Self::Task(_) => unreachable!("a task takes its message itself"),
        }
    }

    /// Takes a thread's message.
    pub(crate) fn take(&self) -> Option<T> {
        match self {
            Self::Thread(booth) => booth.take(),
            Self::Task(_) => unreachable!("a task keeps its message until its poll"),
        }
    }

    /// Wakes the sleeper. No lock may be held.
    #[inline]
    pub(crate) fn wake(self) {
        match self {
            Self::Task(waker) => contained(|| waker.wake()),
            Self::Thread(booth) => booth.wake(),
        }
    }

    /// Lets the sleeper go without waking it. No lock may be held.
    pub(crate) fn forget(self) {
        contained(|| drop(self));
    }
}

/// Those whom a step under the lock has chosen, to be woken after it.
///
/// Two have places of their own, since a send may wake a receiver and, where that frees a slot, a
/// sender. A step that wakes more calls the allocator.
#[derive(Debug)]
pub(crate) struct WakeList<T> {
    first: Option<Sleeper<T>>,
    second: Option<Sleeper<T>>,
    more: Option<Vec<Sleeper<T>>>,
}

impl<T> WakeList<T> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            first: None,
            second: None,
            more: None,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, sleeper: Sleeper<T>) {
        if self.first.is_none() {
            self.first = Some(sleeper);
        } else if self.second.is_none() {
            self.second = Some(sleeper);
        } else {
            self.more.get_or_insert_default().push(sleeper);
        }
    }

    #[inline]
    pub(crate) fn extend(&mut self, sleeper: Option<Sleeper<T>>) {
        if let Some(sleeper) = sleeper {
            self.push(sleeper);
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Wakes all of them in order. No lock may be held.
    pub(crate) fn wake_all(self) {
        let Self {
            first,
            second,
            more,
        } = self;
        if let Some(first) = first {
            first.wake();
        }
        if let Some(second) = second {
            second.wake();
        }
        if let Some(more) = more {
            more.into_iter().for_each(Sleeper::wake);
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
