//! The link of a task: its scheduler while it is live, then what became of it, and when.
//!
//! The cell's owner is said by the state word (S1, S3, S7). It is an atomic only because those who
//! look from outside may glance at it ([`origin`](super::origin)), whosever it is.

use std::ptr;

use wane_channel::base::sync::atomic::{AtomicPtr, Ordering};

use crate::parts::coarse_clock;

/// How a task with a stored outcome ended, and so what its payload cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Ending {
    /// The value.
    Returned = 1,
    /// Nothing.
    Cancelled = 2,
    /// A `Box<dyn Any + Send>`.
    Panicked = 3,
}

/// The bits of an ending. A scheduler's address has none of them.
const ENDING: usize = 3;

/// The bits below the time of an ending.
const ENDING_BITS: u32 = ENDING.count_ones();

/// The cell. A scheduler's address, or `{ milliseconds, ending: 2 bits }`.
pub(super) struct LinkCell(AtomicPtr<()>);

impl LinkCell {
    /// Of a slot that has had no tenant.
    #[cfg(loom)]
    pub(super) fn empty() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// For a new tenant.
    #[inline]
    pub(super) fn set_scheduler(&self, scheduler: *const ()) {
        debug_assert_eq!(scheduler.addr() & ENDING, 0, "a scheduler is aligned");
        // ORDERING: Release for those who glance; the owners have the state word's edges.
        self.0.store(scheduler.cast_mut(), Ordering::Release);
    }

    /// Of a live task.
    #[inline]
    pub(super) fn scheduler(&self) -> *const () {
        // ORDERING: the state word has the edge.
        self.0.load(Ordering::Relaxed)
    }

    /// Of a task that is about to be over.
    #[inline]
    pub(super) fn set_ending(&self, ending: Ending) {
        let word = (coarse_clock::ms() as usize) << ENDING_BITS | ending as usize;
        // ORDERING: as for `set_scheduler`.
        self.0
            .store(ptr::without_provenance_mut(word), Ordering::Release);
    }

    /// Of a task that is over (S3).
    #[inline]
    pub(super) fn ending(&self) -> Ending {
        // ORDERING: the state word has the edge.
        let bits = self.0.load(Ordering::Relaxed).addr() & ENDING;
        debug_assert_ne!(bits, 0, "S3: the ending is there before the word says over");
        match bits {
            2 => Ending::Cancelled,
            3 => Ending::Panicked,
            _ => Ending::Returned,
        }
    }

    /// How many milliseconds ago the task ended whose outcome is stored, as far as the clock of the
    /// workers went.
    #[cfg(not(loom))]
    pub(super) fn ended_ms_ago(&self) -> u32 {
        // ORDERING: Acquire: who reads what belongs to the next tenant finds the state word changed.
        let word = self.0.load(Ordering::Acquire).addr();
        coarse_clock::ms().wrapping_sub((word >> ENDING_BITS) as u32)
    }
}
