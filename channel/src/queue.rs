//! The messages that wait for a receiver, in storage that follows their number both ways.
//!
//! A burst must not be paid for ever after, and a channel that fills and drains all day must not
//! call the allocator for each message. So the storage halves when three quarters of it are empty
//! (at least a quarter of it must be pushed or an eighth popped before the next resize: amortized,
//! a resize costs each message a constant), and a drained queue keeps no more than
//! [`Queue::KEPT_AT_REST`] places.

use std::collections::VecDeque;

/// No more than this many places stay while the queue is empty.
const PLACES_AT_REST_MAX: usize = 32;

/// No more than this many bytes stay while the queue is empty: one page.
const BYTES_AT_REST_MAX: usize = 4096;

/// A FIFO queue that gives its storage back as it drains.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    messages: VecDeque<T>,
}

impl<T> Queue<T> {
    /// How many places an empty queue keeps. Zero for messages larger than a page.
    const KEPT_AT_REST: usize = match size_of::<T>() {
        // Messages without a size need no storage: there is nothing to give back.
        0 => usize::MAX,
        size if BYTES_AT_REST_MAX / size < PLACES_AT_REST_MAX => BYTES_AT_REST_MAX / size,
        _ => PLACES_AT_REST_MAX,
    };

    /// An empty queue, which has allocated nothing.
    pub(crate) const fn new() -> Self {
        Self {
            messages: VecDeque::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    #[inline]
    pub(crate) fn push(&mut self, message: T) {
        self.messages.push_back(message);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let message = self.messages.pop_front();
        self.shrink();
        message
    }

    /// Moves the `count` oldest messages to the end of `out`.
    ///
    /// # Panics
    ///
    /// When `out` cannot grow, and when there are fewer messages; the queue is then as it was.
    pub(crate) fn pop_many(&mut self, count: usize, out: &mut Vec<T>) {
        out.reserve(count);
        out.extend(self.messages.drain(..count));
        self.shrink();
    }

    /// Empties the queue, storage and all.
    pub(crate) fn take(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.messages)
    }

    /// Gives all of the storage back if no message is left in it.
    pub(crate) fn retire_if_empty(&mut self) {
        if self.is_empty() {
            self.messages = VecDeque::new();
        }
    }

    #[inline]
    fn shrink(&mut self) {
        let (len, places) = (self.messages.len(), self.messages.capacity());
        if places > Self::KEPT_AT_REST && len <= places / 4 {
            self.shrink_from(len, places);
        }
    }

    #[cold]
    fn shrink_from(&mut self, len: usize, places: usize) {
        let wanted = if len == 0 { 0 } else { places / 2 };
        self.messages.shrink_to(wanted.max(Self::KEPT_AT_REST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill<T: Clone>(queue: &mut Queue<T>, message: &T, count: usize) {
        for _ in 0..count {
            queue.push(message.clone());
        }
    }

    #[test]
    fn storage_follows_a_draining_burst() {
        let mut queue = Queue::new();
        fill(&mut queue, &0u64, 100_000);
        while queue.pop().is_some() {
            let places = queue.messages.capacity();
            assert!(places <= (4 * queue.len() + 4).max(PLACES_AT_REST_MAX * 2));
        }
        assert!(queue.messages.capacity() <= PLACES_AT_REST_MAX);
    }

    #[test]
    fn a_small_load_keeps_its_storage() {
        let mut queue = Queue::new();
        fill(&mut queue, &0u64, 1);
        let places = queue.messages.capacity();
        for _ in 0..100 {
            queue.pop();
            assert_eq!(queue.messages.capacity(), places);
            queue.push(0);
        }
    }

    #[test]
    fn messages_larger_than_a_page_leave_no_storage() {
        let mut queue = Queue::new();
        fill(&mut queue, &[0u8; 5000], 3);
        while queue.pop().is_some() {}
        assert_eq!(queue.messages.capacity(), 0);
    }

    #[test]
    fn messages_without_a_size_pass() {
        let mut queue = Queue::new();
        fill(&mut queue, &(), 1000);
        let mut out = Vec::new();
        queue.pop_many(999, &mut out);
        assert_eq!((out.len(), queue.len()), (999, 1));
    }
}
