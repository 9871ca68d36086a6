//! The messages that wait for a receiver, in storage that follows their number both ways.
//!
//! A burst must not be paid for ever after, and a channel that fills and drains all day must not
//! call the allocator for each message. So the messages lie in blocks of at most
//! [`Queue::BLOCK_PLACES`] places: one is allocated when the last is full and let go when its last
//! message leaves, and none is ever copied into a larger one (but the first, as it grows to its
//! full size). An empty queue keeps no more than one small block.
//!
//! Rejected: one growing ring. Its doubling and halving copy every message of a long queue, and
//! each crossing of a power of two calls the allocator for a block that no cache of it holds.

use std::collections::VecDeque;

/// A block holds no more messages than this.
const PLACES_MAX: usize = 64;

/// A block of more than one message is no larger than this.
const BLOCK_BYTES_MAX: usize = 8192;

/// A block larger than this does not stay while the queue is empty: one page.
const BYTES_AT_REST_MAX: usize = 4096;

/// A list of no more blocks than this does not shrink before it is empty.
const LIST_PLACES_MIN: usize = 8;

/// A FIFO queue that gives its storage back as it drains.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    len: usize,
    /// The oldest messages. Empty only if all is.
    front: VecDeque<T>,
    /// The blocks behind, oldest first. All but the last are full.
    behind: VecDeque<VecDeque<T>>,
    /// A block that has been read to its end, for the next one that is needed.
    spare: VecDeque<T>,
}

impl<T> Queue<T> {
    /// How many messages fit into a block.
    const BLOCK_PLACES: usize = match size_of::<T>() {
        // Messages without a size need no storage: one block takes them all.
        0 => usize::MAX,
        size if BLOCK_BYTES_MAX / size > PLACES_MAX => PLACES_MAX,
        size if BLOCK_BYTES_MAX / size > 1 => BLOCK_BYTES_MAX / size,
        _ => 1,
    };

    /// How many places an empty queue keeps. Zero for messages larger than a page.
    const PLACES_AT_REST: usize = match size_of::<T>() {
        0 => usize::MAX,
        size => BYTES_AT_REST_MAX / size,
    };

    /// An empty queue, which has allocated nothing.
    pub(crate) const fn new() -> Self {
        Self {
            len: 0,
            front: VecDeque::new(),
            behind: VecDeque::new(),
            spare: VecDeque::new(),
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(crate) fn push(&mut self, message: T) {
        // All messages are in the front block, and it has a place left.
        if self.len == self.front.len() && self.len < Self::BLOCK_PLACES {
            self.front.push_back(message);
        } else {
            self.push_behind(message);
        }
        self.len += 1;
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let message = self.front.pop_front()?;
        self.len -= 1;
        if self.front.is_empty() {
            self.leave_front();
        }
        Some(message)
    }

    /// Moves the `count` oldest messages to the end of `out`.
    ///
    /// # Panics
    ///
    /// When `out` cannot grow, and when there are fewer messages; the queue is then as it was.
    pub(crate) fn pop_many(&mut self, count: usize, out: &mut Vec<T>) {
        assert!(count <= self.len, "{count} of {} messages", self.len);
        out.reserve(count);
        let mut missing = count;
        while missing > 0 {
            let part = missing.min(self.front.len());
            out.extend(self.front.drain(..part));
            self.len -= part;
            missing -= part;
            if self.front.is_empty() {
                self.leave_front();
            }
        }
    }

    /// Empties the queue, storage and all.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new())
    }

    /// The messages, oldest first; each block goes when it has been read.
    pub(crate) fn into_messages(self) -> impl Iterator<Item = T> {
        let Self { front, behind, .. } = self;
        front.into_iter().chain(behind.into_iter().flatten())
    }

    /// Gives all of the storage back if no message is left in it.
    pub(crate) fn retire_if_empty(&mut self) {
        if self.is_empty() {
            *self = Self::new();
        }
    }

    #[cold]
    fn push_behind(&mut self, message: T) {
        match self.behind.back_mut() {
            Some(last) if last.len() < Self::BLOCK_PLACES => last.push_back(message),
            _ => {
                let mut block = std::mem::take(&mut self.spare);
                block.reserve_exact(Self::BLOCK_PLACES);
                block.push_back(message);
                self.behind.push_back(block);
            }
        }
    }

    /// The front block has been read to its end: goes on to the next one, or comes to rest.
    #[inline]
    fn leave_front(&mut self) {
        if !self.behind.is_empty() {
            self.advance();
        } else if self.front.capacity() > Self::PLACES_AT_REST {
            self.front = VecDeque::new();
        }
    }

    #[cold]
    fn advance(&mut self) {
        let next = self.behind.pop_front().expect("the caller has looked");
        let read = std::mem::replace(&mut self.front, next);
        let (blocks, places) = (self.behind.len(), self.behind.capacity());
        if blocks == 0 {
            self.behind = VecDeque::new();
            self.spare = VecDeque::new();
            return;
        }
        if places > LIST_PLACES_MIN && blocks <= places / 4 {
            self.behind.shrink_to(places / 2);
        }
        if self.spare.capacity() == 0 {
            self.spare = read;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes per message that a short queue may hold beyond the messages themselves.
    const SLACK: usize = 4 * PLACES_MAX;

    fn fill<T: Clone>(queue: &mut Queue<T>, message: &T, count: usize) {
        for _ in 0..count {
            queue.push(message.clone());
        }
    }

    fn places<T>(queue: &Queue<T>) -> usize {
        let behind: usize = queue.behind.iter().map(VecDeque::capacity).sum();
        queue.front.capacity() + behind + queue.spare.capacity()
    }

    #[test]
    fn storage_follows_a_draining_burst() {
        let mut queue = Queue::new();
        fill(&mut queue, &0u64, 100_000);
        while queue.pop().is_some() {
            assert!(places(&queue) <= queue.len() + SLACK);
            let blocks = queue.behind.capacity();
            assert!(blocks <= (4 * queue.behind.len() + 4).max(2 * LIST_PLACES_MIN));
        }
        assert!(places(&queue) <= PLACES_MAX);
    }

    #[test]
    fn messages_leave_in_order_across_blocks() {
        let mut queue = Queue::new();
        let (mut pushed, mut popped) = (0u32, 0);
        for round in 0..200u32 {
            for _ in 0..round % 97 {
                queue.push(pushed);
                pushed += 1;
            }
            for _ in 0..round % 89 {
                if let Some(message) = queue.pop() {
                    assert_eq!(message, popped);
                    popped += 1;
                }
            }
            assert_eq!(queue.len(), (pushed - popped) as usize);
        }
        assert!(queue.take().into_messages().eq(popped..pushed));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_small_load_keeps_its_storage() {
        let mut queue = Queue::new();
        fill(&mut queue, &0u64, 1);
        let before = places(&queue);
        for _ in 0..100 {
            queue.pop();
            assert_eq!(places(&queue), before);
            queue.push(0);
        }
    }

    #[test]
    fn messages_larger_than_a_page_leave_no_storage() {
        let mut queue = Queue::new();
        fill(&mut queue, &[0u8; 5000], 3);
        while queue.pop().is_some() {}
        assert_eq!(places(&queue), 0);
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
