//! A counter that one thread writes and any thread may read.

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

/// A count without read-modify-writes: its owner alone adds.
#[derive(Debug)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds one. Only the owner calls this.
    #[inline]
    pub(crate) fn increment(&self) {
        self.add(1);
    }

    /// Adds so many. Only the owner calls this.
    #[inline]
    pub(crate) fn add(&self, count: u64) {
        // ORDERING: a statistic; where it decides something the reader is ordered by other means.
        self.0
            .store(self.0.load(Ordering::Relaxed) + count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        // ORDERING: as for `increment`.
        self.0.load(Ordering::Relaxed)
    }
}
