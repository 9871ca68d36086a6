//! What an abort needs to know of one thread: which job's closure it runs, and whether it is still
//! counted on.
//!
//! | word                      | meaning                                                            |
//! |---------------------------|--------------------------------------------------------------------|
//! | 0                         | no closure runs                                                    |
//! | `{ id, abandoned: false }` | the thread has taken this job, whose closure has not ended         |
//! | `{ id, abandoned: true }`  | it was aborted since: the thread is written off, until it is back  |
//!
//! The moves to and from `abandoned` decide who settles the accounts: an aborter that makes the first
//! one writes the thread off, and then the end of the closure takes it back. Where the end comes first
//! there is nothing to write off.

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

const ABANDONED: u64 = 1;

/// The word.
#[derive(Debug)]
pub(super) struct Mark(AtomicU64);

/// What the end of a closure finds.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Ended {
    /// Nobody has written the thread off.
    Counted,
    /// The thread was written off for this job: take it back.
    WrittenOff(u64),
}

impl Mark {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// `→ { id, abandoned: false }`, by the thread itself, under the pool's lock.
    pub(super) fn begin(&self, id: u64) {
        // ORDERING: Relaxed: an aborter looks under the same lock.
        self.0.store(id << 1, Ordering::Relaxed);
    }

    /// `{ id, abandoned: false } → { id, abandoned: true }`, under the pool's lock. Whether the closure
    /// had not ended.
    pub(super) fn abandon(&self, id: u64) -> bool {
        let (before, after) = (id << 1, id << 1 | ABANDONED);
        // ORDERING: Relaxed: what follows from the move is settled under the lock, which the thread
        // takes when it has found the bit.
        self.0
            .compare_exchange(before, after, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// `→ 0`, by the thread itself.
    pub(super) fn end(&self) -> Ended {
        // ORDERING: Relaxed, as for `abandon`.
        let before = self.0.swap(0, Ordering::Relaxed);
        match before & ABANDONED {
            0 => Ended::Counted,
            _ => Ended::WrittenOff(before >> 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_takes_back_what_an_abort_has_written_off_and_nothing_else() {
        let mark = Mark::new();
        mark.begin(7);
        assert!(!mark.abandon(6), "another job");
        assert_eq!(mark.end(), Ended::Counted);
        assert!(!mark.abandon(7), "it has ended");
        mark.begin(8);
        assert!(mark.abandon(8));
        assert!(!mark.abandon(8), "once");
        assert_eq!(mark.end(), Ended::WrittenOff(8));
        assert_eq!(mark.end(), Ended::Counted);
    }
}
