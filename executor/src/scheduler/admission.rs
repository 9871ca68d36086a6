//! How many tasks were spawned from foreign threads, and whether more may come.
//!
//! Count and closing stand in one word, so that each spawn is either counted before the closing or
//! refused after it: the drain knows for how many tasks it has to wait.

use wane_channel::base::sync::Transition;
use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

const CLOSED: u64 = 1;
const ONE: u64 = 2;

/// The door for spawns.
#[derive(Debug)]
pub(crate) struct Admission(AtomicU64);

impl Admission {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts a task that will be queued, or refuses it.
    pub(crate) fn admit(&self) -> bool {
        // ORDERING: only the count matters; the task itself is published by its queue.
        self.0
            .transition(Ordering::Relaxed, |word| {
                (word & CLOSED == 0).then_some(word + ONE)
            })
            .is_ok()
    }

    /// Refuses every task from now on.
    pub(crate) fn close(&self) {
        // ORDERING: as for `admit`.
        self.0.fetch_or(CLOSED, Ordering::Relaxed);
    }

    /// How many tasks were admitted.
    pub(crate) fn admitted(&self) -> u64 {
        // ORDERING: as for `admit`.
        self.0.load(Ordering::Relaxed) / ONE
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Admission;

    #[test]
    fn nothing_is_counted_behind_the_closing() {
        let admission = Admission::new();
        assert!(admission.admit());
        admission.close();
        assert!(!admission.admit());
        assert_eq!(admission.admitted(), 1);
    }
}
