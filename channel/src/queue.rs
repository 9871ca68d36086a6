//! The messages that wait for a receiver, in storage that follows their number both ways.
//!
//! A burst must not be paid for ever after, and a channel that fills and drains all day must not
//! call the allocator for each message. So the messages lie in blocks of a few kilobytes at most:
//! one is allocated when the last is full and let go when its last message leaves, and no message
//! is ever copied from one place to another. An empty queue begins again at the front of its
//! block, and keeps that block only if it is small.
//!
//! ```text
//! first [ · · · 4 5 6 ]   behind [ 7 8 9 10 11 12 ] [ 13 14 · · · · ] last
//!               ^ head                                      ^ tail
//! ```
//!
//! - Q1. The messages lie from `head` to the end of the first block, in all of the blocks between,
//!   and from the front of the last block to `tail`. No other place holds one.
//! - Q2. Where `behind` is empty, `first` is `last`. The first block is read to its end only if all
//!   is, and then it is the only one, with `head` and `tail` at its front.
//! - Q3. The queue owns its blocks: `first`, those in `behind`, of which the last one is `last`, and
//!   `spare`.
//!
//! Rejected: one growing ring. Its doubling and halving copy every message of a long queue, and
//! each crossing of a power of two calls the allocator for a block that no cache of it holds. A
//! ring for each block, in safe code, took a fifth more instructions for each message.
#![expect(
    unsafe_code,
    reason = "places hold messages only between two moving ends"
)]

use std::collections::VecDeque;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// A block has no more places than this.
const PLACES_MAX: usize = 64;

/// A block has no fewer places than this, unless that would be more than [`BYTES_MIN`].
const PLACES_MIN: usize = 16;

/// A block of the fewest places is no larger than this, unless it is of one.
const BYTES_MIN: usize = 512;

/// A block of more than one place is no larger than this.
const BLOCK_BYTES_MAX: usize = 8192;

/// A block larger than this does not stay while the queue is empty: one page.
const BYTES_AT_REST_MAX: usize = 4096;

/// A list of no more blocks than this does not shrink before it is empty.
const LIST_PLACES_MIN: usize = 8;

/// Room for messages that the queue keeps the books of.
///
/// Packed, since what an operation needs of a channel is to fit into one cache line.
#[repr(C, packed(4))]
struct Block<T> {
    places: NonNull<MaybeUninit<T>>,
    count: u32,
}

impl<T> Clone for Block<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Block<T> {}

impl<T> Block<T> {
    /// No room.
    const NONE: Self = Self {
        places: NonNull::dangling(),
        count: 0,
    };

    fn allocate(count: u32) -> Self {
        let places = Box::leak(Box::<[T]>::new_uninit_slice(count as usize));
        Self {
            places: NonNull::from(places).cast(),
            count,
        }
    }

    /// Gives the room back, but for [`Block::NONE`] that is nothing.
    ///
    /// # Safety
    ///
    /// The block is not used again.
    unsafe fn free(self) {
        let places = NonNull::slice_from_raw_parts(self.places, self.count as usize);
        // SAFETY: `allocate` leaked a box of so many places, and it comes back once. A box of none
        // has no memory.
        drop(unsafe { Box::from_raw(places.as_ptr()) });
    }

    /// # Safety
    ///
    /// `index` is less than `count`.
    #[inline]
    unsafe fn place(self, index: u32) -> NonNull<MaybeUninit<T>> {
        let places = self.places;
        // SAFETY: the caller stays inside the block.
        unsafe { places.add(index as usize) }
    }
}

/// A FIFO queue that gives its storage back as it drains.
#[repr(C)]
pub(crate) struct Queue<T> {
    first: Block<T>,
    last: Block<T>,
    head: u32,
    tail: u32,
    behind: VecDeque<Block<T>>,
    /// A block that has been read to its end, for the next one that is needed.
    spare: Block<T>,
}

// SAFETY: the queue owns its messages, as a `VecDeque` would (Q3).
unsafe impl<T: Send> Send for Queue<T> {}

impl<T> Queue<T> {
    /// How many messages fit into the largest block.
    const BLOCK_PLACES: u32 = match size_of::<T>() {
        // Messages without a size need no storage.
        0 => u32::MAX,
        size if BLOCK_BYTES_MAX / size > PLACES_MAX => PLACES_MAX as u32,
        size if BLOCK_BYTES_MAX / size > 1 => (BLOCK_BYTES_MAX / size) as u32,
        _ => 1,
    };

    /// How many messages fit into the smallest block.
    const BLOCK_PLACES_MIN: u32 = match size_of::<T>() {
        0 => PLACES_MIN as u32,
        size if BYTES_MIN / size > PLACES_MIN => PLACES_MIN as u32,
        size if BYTES_MIN / size > 1 => (BYTES_MIN / size) as u32,
        _ => 1,
    };

    /// How many places an empty queue keeps. Zero for messages larger than a page.
    const PLACES_AT_REST: u32 = match size_of::<T>() {
        0 => u32::MAX,
        size => (BYTES_AT_REST_MAX / size) as u32,
    };

    /// An empty queue, which has allocated nothing.
    pub(crate) const fn new() -> Self {
        Self {
            first: Block::NONE,
            last: Block::NONE,
            head: 0,
            tail: 0,
            behind: VecDeque::new(),
            spare: Block::NONE,
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head == self.tail && self.behind.is_empty()
    }

    /// Whether the messages lie in few blocks.
    pub(crate) fn is_short(&self) -> bool {
        self.behind.len() <= LIST_PLACES_MIN
    }

    /// How many messages there are. It looks at each block.
    pub(crate) fn len(&self) -> usize {
        let blocks = std::iter::once(&self.first).chain(&self.behind);
        let places: usize = blocks.map(|block| block.count as usize).sum();
        places - self.head as usize - (self.last.count - self.tail) as usize
    }

    #[inline]
    pub(crate) fn push(&mut self, message: T) {
        self.push_from(&mut Some(message));
    }

    /// Moves the message that lies there, if one does, to the end of the queue: in one copy, as
    /// [`Queue::pop_into`] does.
    #[inline]
    pub(crate) fn push_from(&mut self, message: &mut Option<T>) {
        if self.tail == self.last.count {
            self.add_block();
        }
        // SAFETY: Q1, and `add_block` makes room: `tail` is inside of the last block, and its place
        // is free.
        let place = unsafe { self.last.place(self.tail) };
        if let Some(message) = message.take() {
            // SAFETY: the queue owns the block (Q3).
            unsafe { place.write(MaybeUninit::new(message)) };
            self.tail += 1;
        }
    }

    /// The oldest message, if there is one.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let mut message = None;
        self.pop_into(&mut message, Some);
        message
    }

    /// Moves the oldest message to where the caller wants it, dressed as the caller wants it; false
    /// where there is none.
    ///
    /// That is one copy. Returned from here and passed on from hand to hand, a large message would be
    /// copied by each hand: the moves of the queue come in between, and the compiler cannot know that
    /// they leave it alone.
    #[inline]
    pub(crate) fn pop_into<R>(&mut self, out: &mut R, dress: impl FnOnce(T) -> R) -> bool {
        // Where one block is all there is, this says that it is empty.
        if self.head == self.tail && self.is_empty() {
            return false;
        }
        // SAFETY: Q1, Q2: the place at `head` is in the first block and holds the oldest message.
        let place = unsafe { self.first.place(self.head) };
        self.head += 1;
        // SAFETY: the queue owns the block (Q3).
        let place = unsafe { place.read() };
        // SAFETY: it holds a message (Q1). `head` is past it, so that it is read once.
        *out = dress(unsafe { place.assume_init() });
        if self.head == self.tail || self.head == self.first.count {
            self.step_on();
        }
        true
    }

    /// Moves the `count` oldest messages to the end of `out`.
    ///
    /// # Panics
    ///
    /// When `out` cannot grow, and when there are fewer messages; the queue is then as it was.
    pub(crate) fn pop_many(&mut self, count: usize, out: &mut Vec<T>) {
        assert!(count <= self.len(), "{count} of {} messages", self.len());
        out.reserve(count);
        out.extend((0..count).map_while(|_| self.pop()));
    }

    /// Empties the queue, storage and all.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new())
    }

    /// The messages, oldest first; each block goes when it has been read.
    pub(crate) fn into_messages(mut self) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.pop())
    }

    /// Gives all of the storage back if no message is left in it.
    pub(crate) fn retire_if_empty(&mut self) {
        if self.is_empty() {
            *self = Self::new();
        }
    }

    /// Makes room behind the last block, which is full. Twice as much as there, within limits: few
    /// messages take little room.
    #[cold]
    fn add_block(&mut self) {
        let wanted =
            (self.last.count.saturating_mul(2)).clamp(Self::BLOCK_PLACES_MIN, Self::BLOCK_PLACES);
        let block = match self.spare.count >= wanted {
            true => std::mem::replace(&mut self.spare, Block::NONE),
            false => Block::allocate(wanted),
        };
        if self.is_empty() {
            // Q2: there was none, or one without room.
            self.replace_only_block(block);
        } else {
            self.behind.push_back(block);
        }
        self.last = block;
        self.tail = 0;
    }

    fn replace_only_block(&mut self, block: Block<T>) {
        let before = std::mem::replace(&mut self.first, block);
        self.last = block;
        (self.head, self.tail) = (0, 0);
        // SAFETY: it is empty, and the queue has another in its place.
        unsafe { before.free() };
    }

    /// `head` has come to the end of something: of all messages, or of the first block.
    #[inline(never)]
    fn step_on(&mut self) {
        if self.is_empty() {
            self.rest();
        } else if self.head == self.first.count {
            self.advance();
        }
    }

    /// The queue is empty: it begins again, with a small block at most.
    #[inline]
    fn rest(&mut self) {
        (self.head, self.tail) = (0, 0);
        if self.first.count > Self::PLACES_AT_REST || self.behind.capacity() > 0 {
            self.give_back();
        }
    }

    #[cold]
    fn give_back(&mut self) {
        self.behind = VecDeque::new();
        // SAFETY: the queue has another in its place.
        unsafe { std::mem::replace(&mut self.spare, Block::NONE).free() };
        if self.first.count > Self::PLACES_AT_REST {
            self.replace_only_block(Block::NONE);
        }
    }

    /// The first block has been read to its end, and there are others.
    #[cold]
    fn advance(&mut self) {
        let Some(next) = self.behind.pop_front() else {
            unreachable!("Q2: messages are left, and not in the first block");
        };
        let read = std::mem::replace(&mut self.first, next);
        self.head = 0;
        let (blocks, places) = (self.behind.len(), self.behind.capacity());
        if places > LIST_PLACES_MIN && blocks <= places / 4 {
            self.behind.shrink_to(places / 2);
        }
        let spare = std::mem::replace(&mut self.spare, read);
        // SAFETY: it is empty, and the queue has another in its place.
        unsafe { spare.free() };
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        while let Some(message) = self.pop() {
            drop(message);
        }
        for block in [self.first, self.spare] {
            // SAFETY: it holds no message, and the queue is gone.
            unsafe { block.free() };
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
        let behind: u32 = queue.behind.iter().map(|block| block.count).sum();
        (queue.first.count + behind + queue.spare.count) as usize
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
