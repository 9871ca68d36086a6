//! The model's body: a list behind loom's lock, and its length beside it.
//!
//! As with crossbeam's deque, whoever looks whether there is an entry takes no lock, and so sees no
//! more than the orderings on its way promise.

use std::collections::VecDeque;

use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};
use wane_channel::base::sync::{Arc, Mutex};

#[derive(Debug)]
struct Shared<T> {
    entries: Mutex<VecDeque<T>>,
    len: AtomicUsize,
}

impl<T> Shared<T> {
    fn len(&self) -> usize {
        // ORDERING: Acquire pairs with `change`.
        self.len.load(Ordering::Acquire)
    }

    fn change<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
        let mut entries = self.entries.lock();
        let result = change(&mut entries);
        // ORDERING: Release, as crossbeam publishes an end of its deque.
        self.len.store(entries.len(), Ordering::Release);
        result
    }
}

/// Nothing is left to a collector here.
pub(crate) fn reclaim() {}

/// The owner's end.
#[derive(Debug)]
pub(crate) struct LocalQueue<T>(Arc<Shared<T>>);

/// A thief's end.
#[derive(Debug)]
pub(crate) struct Stealer<T>(Arc<Shared<T>>);

impl<T> LocalQueue<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            entries: Mutex::new(VecDeque::new()),
            len: AtomicUsize::new(0),
        }))
    }

    pub(crate) fn push(&self, entry: T) {
        self.0.change(|entries| entries.push_back(entry));
    }

    pub(crate) fn pop(&self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        self.0.change(VecDeque::pop_front)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn stealer(&self) -> Stealer<T> {
        Stealer(self.0.clone())
    }
}

impl<T> Stealer<T> {
    /// Takes half of the entries: one is returned, the others go to `queue`.
    pub(crate) fn steal_into(&self, queue: &LocalQueue<T>) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let mut stolen = self.0.change(|entries| {
            let half = entries.len().div_ceil(2);
            entries.drain(..half).collect::<VecDeque<_>>()
        });
        let first = stolen.pop_front();
        stolen.into_iter().for_each(|entry| queue.push(entry));
        first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}
