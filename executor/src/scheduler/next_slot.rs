//! The task that a worker runs next: the one that was woken last, whose data is in the cache.
//!
//! Only the owner puts a task in; owner and thieves take it out. Thieves come here last: a task in
//! this slot is usually run within microseconds, but one whose worker blocks must not wait for it.
//!
//! # Happens-before
//!
//! - `put` (Release) → `take` (Acquire), by owner or thief: what was done before the task was queued.

#![expect(unsafe_code, reason = "a runnable is kept as its address")]

use std::ptr::NonNull;

use wane_channel::base::sync::atomic::{AtomicPtr, Ordering, replace};

use crate::cell::runnable::Runnable;

/// At most one runnable.
#[derive(Debug)]
pub(crate) struct NextSlot(AtomicPtr<()>);

impl NextSlot {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// Puts a runnable in and returns the one that was there. Only the owner calls this.
    #[inline]
    pub(crate) fn put(&self, runnable: Runnable) -> Option<Runnable> {
        let raw = runnable.into_raw();
        // ORDERING: Release publishes to thieves. Where the slot is empty only the owner, who is us,
        // could fill it, so that a plain store loses nothing: a thief's swap takes either.
        if self.0.load(Ordering::Relaxed).is_null() {
            replace(&self.0, Ordering::Release, raw);
            return None;
        }
        // ORDERING: Release for ours, Acquire for the one that comes out.
        runnable_from(self.0.swap(raw, Ordering::AcqRel))
    }

    /// Takes the runnable out.
    #[inline]
    pub(crate) fn take(&self) -> Option<Runnable> {
        if self.is_empty() {
            return None;
        }
        // ORDERING: Acquire pairs with `put`.
        runnable_from(self.0.swap(std::ptr::null_mut(), Ordering::Acquire))
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // ORDERING: a hint; see `Idle` for who may rely on it.
        self.0.load(Ordering::Relaxed).is_null()
    }
}

fn runnable_from(raw: *mut ()) -> Option<Runnable> {
    // SAFETY: only `put` fills the slot, from `into_raw`, and a swap hands each address out once.
    NonNull::new(raw).map(|raw| unsafe { Runnable::from_raw(raw) })
}
