//! The native body, on crossbeam's deque.

use std::fmt;

use crossbeam_deque::{Steal, Stealer as Inner, Worker};

/// Collections that free whatever nobody can reach: an epoch ends with each, and what was given up is
/// freed two epochs later. What collects leaves in turn: a thread that has ended is unlinked by one
/// collection and freed by the next two.
const COLLECTIONS: usize = 8;

/// Frees what queues have outgrown and ended threads have left to crossbeam's collector, which is the
/// process's and would do so in its own time. A thread that steals at this moment may delay it, and two or
/// three nodes of the collector's own, 2,072 bytes each, are always there.
pub(crate) fn reclaim() {
    for _ in 0..COLLECTIONS {
        crossbeam_epoch::pin().flush();
    }
}

/// The owner's end.
pub(crate) struct LocalQueue<T>(Worker<T>);

/// A thief's end.
pub(crate) struct Stealer<T>(Inner<T>);

impl<T> LocalQueue<T> {
    pub(crate) fn new() -> Self {
        Self(Worker::new_fifo())
    }

    #[inline]
    pub(crate) fn push(&self, entry: T) {
        self.0.push(entry);
    }

    #[inline]
    pub(crate) fn pop(&self) -> Option<T> {
        self.0.pop()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn stealer(&self) -> Stealer<T> {
        Stealer(self.0.stealer())
    }
}

impl<T> Stealer<T> {
    /// Takes about half of the entries, at most 32: one is returned, the others go to `queue`.
    pub(crate) fn steal_into(&self, queue: &LocalQueue<T>) -> Option<T> {
        loop {
            match self.0.steal_batch_and_pop(&queue.0) {
                Steal::Success(entry) => return Some(entry),
                Steal::Empty => return None,
                // Somebody else took an entry meanwhile, so that there is progress.
                Steal::Retry => {}
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T> fmt::Debug for LocalQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalQueue")
            .field("len", &self.0.len())
            .finish()
    }
}

impl<T> fmt::Debug for Stealer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stealer")
            .field("len", &self.0.len())
            .finish()
    }
}
