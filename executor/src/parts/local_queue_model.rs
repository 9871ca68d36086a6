//! The model's body: a list behind loom's lock.

use std::collections::VecDeque;

use wane_channel::base::sync::{Arc, Mutex};

/// The owner's end.
#[derive(Debug)]
pub(crate) struct LocalQueue<T>(Arc<Mutex<VecDeque<T>>>);

/// A thief's end.
#[derive(Debug)]
pub(crate) struct Stealer<T>(Arc<Mutex<VecDeque<T>>>);

impl<T> LocalQueue<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(VecDeque::new())))
    }

    pub(crate) fn push(&self, entry: T) {
        self.0.lock().push_back(entry);
    }

    pub(crate) fn pop(&self) -> Option<T> {
        self.0.lock().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    pub(crate) fn stealer(&self) -> Stealer<T> {
        Stealer(self.0.clone())
    }
}

impl<T> Stealer<T> {
    /// Takes half of the entries: one is returned, the others go to `queue`.
    pub(crate) fn steal_into(&self, queue: &LocalQueue<T>) -> Option<T> {
        let mut stolen = {
            let mut entries = self.0.lock();
            let half = entries.len().div_ceil(2);
            entries.drain(..half).collect::<VecDeque<_>>()
        };
        let first = stolen.pop_front();
        stolen.into_iter().for_each(|entry| queue.push(entry));
        first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}
