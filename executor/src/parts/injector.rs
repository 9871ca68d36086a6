//! The shared entrance: any thread pushes, workers take batches, first in first out.
//!
//! One short lock around a ring. A lock-free list measured no better at the number of pushes a
//! machine of few cores sees, and a batch needs the lock once.

use std::collections::VecDeque;

use wane_channel::base::sync::Mutex;
use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};

/// Entries for which an empty ring keeps its memory.
const KEPT_ENTRIES: usize = 1024;

/// A queue for entries from outside.
#[derive(Debug)]
pub(crate) struct Injector<T> {
    entries: Mutex<VecDeque<T>>,
    /// The length, written under the lock, read without.
    len: AtomicUsize,
}

impl<T> Injector<T> {
    pub(crate) fn new() -> Self {
        Self {
            entries: Mutex::new(VecDeque::new()),
            len: AtomicUsize::new(0),
        }
    }

    pub(crate) fn push(&self, entry: T) {
        let mut entries = self.entries.lock();
        entries.push_back(entry);
        self.publish(&entries);
    }

    pub(crate) fn push_all(&self, more: impl Iterator<Item = T>) {
        let mut entries = self.entries.lock();
        entries.extend(more);
        self.publish(&entries);
    }

    /// Moves the oldest entries, at most `max`, to `take`, which must not run user code.
    pub(crate) fn pop_batch(&self, max: usize, take: impl FnMut(T)) {
        if self.is_empty() {
            return;
        }
        let mut entries = self.entries.lock();
        let count = max.min(entries.len());
        entries.drain(..count).for_each(take);
        if entries.is_empty() && entries.capacity() > KEPT_ENTRIES {
            *entries = VecDeque::new();
        }
        self.publish(&entries);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Acquire pairs with `publish`: who finds entries gone sees where they went. That an
        // entry is seen at all is not for this load to say: a worker that is about to sleep has passed
        // the fence of `Idle`, which orders it behind the pushes of those who will not wake it.
        self.len.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn publish(&self, entries: &VecDeque<T>) {
        // ORDERING: Release pairs with `len`.
        self.len.store(entries.len(), Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn entries_leave_in_the_order_they_came() {
        let injector = Injector::new();
        injector.push(0);
        injector.push_all(1..5);
        let mut taken = Vec::new();
        injector.pop_batch(3, |entry| taken.push(entry));
        assert_eq!(
            (taken.as_slice(), injector.len()),
            ([0, 1, 2].as_slice(), 2)
        );
        injector.pop_batch(9, |entry| taken.push(entry));
        assert_eq!(taken, [0, 1, 2, 3, 4]);
        assert!(injector.is_empty());
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let injector = Injector::new();
        injector.push_all(0..100_000);
        injector.pop_batch(usize::MAX, drop);
        assert!(injector.entries.lock().capacity() <= KEPT_ENTRIES);
    }
}
