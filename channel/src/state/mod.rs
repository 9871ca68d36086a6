//! What the lock guards: every count of the channel and every move between them.
//!
//! A message is in the queue until a receiver's poll takes it, and a suspended sender keeps its
//! own until its poll puts it there: nobody reads or writes another's future. What a suspended
//! operation is given instead is a *count*: `promised` messages of the queue are kept for
//! receivers that were woken, `reserved` slots for senders that were woken and for permits.
//! Newcomers see only the rest, so they overtake nobody; and a woken operation that is dropped
//! gives its count to the next in line, so that nothing is lost and nobody is forgotten.
//!
//! A promised message occupies no slot: `occupancy = len - promised + reserved`. It is as good as
//! in its receiver's hands, and at capacity 1 this halves the polls.
//!
//! Invariants; I1 to I4 are checked after every step in debug builds ([`State::assert_invariants`]):
//!
//! - I1. `promised <= len`.
//! - I2. Open, and receivers wait: every message in the queue is promised.
//! - I3. Open, and senders wait: `occupancy >= capacity`.
//! - I4. Closed: nobody is in a line, and no message is promised. No receivers: the queue is empty.
//! - I5. An entry leaves its line exactly once (W1 of the entries).
//! - I6. Open: as many receivers' entries are `Promised` as `promised` says; as many senders'
//!   entries, with the permits, as `reserved` says.
//!
//! Three rules keep I2 and I3 where it is easy to break them:
//!
//! - T1. A promise frees its message's slot at once, so [`State::put`] refills: the promised
//!   receiver may not be polled for long, and a sender must not wait for it.
//! - T2. A refill that takes a waiting thread's message puts it the way every message is put
//!   ([`State::place`]): pushed alone, it would lie unpromised while receivers wait.
//! - T3. Closing voids the promises to receivers: whoever comes first takes a message. Otherwise
//!   a receiver would report the end while a message lies there for another that is never polled.
//!
//! Rejected: handing messages into suspended futures (a dropped receiver then loses a message, and
//! a dropped send may have sent), and a strict capacity (one term less, half the speed at
//! capacity 1).

mod ending;
mod receiving;
mod sending;

use crate::line::{Line, Lines, Seat, Standing};
use crate::queue::Queue;
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};

/// Why there is no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSlot {
    /// All are taken, or others wait for them.
    Full,
    /// The channel is closed.
    Closed,
}

/// How far a thread's operation has come.
#[derive(Debug)]
#[must_use]
pub(crate) enum Blocking<R> {
    /// It is over.
    Over(R),
    /// The thread is in line.
    Waits,
}

/// The state of a channel.
#[derive(Debug)]
pub(crate) struct State<T> {
    queue: Queue<T>,
    capacity: usize,
    /// Messages of the queue that are kept for woken receivers.
    promised: usize,
    /// Slots that are kept for woken senders and permits.
    reserved: usize,
    lines: Lines<T>,
    senders: usize,
    receivers: usize,
    closed: bool,
}

impl<T> State<T> {
    /// An open channel with one handle at each end, which has allocated nothing.
    pub(crate) const fn new(capacity: usize) -> Self {
        Self {
            queue: Queue::new(),
            capacity,
            promised: 0,
            reserved: 0,
            lines: Lines::new(),
            senders: 1,
            receivers: 1,
            closed: false,
        }
    }
}

/// What there is to see.
impl<T> State<T> {
    /// Messages that anybody may take.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.queue.len() - self.promised
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn senders(&self) -> usize {
        self.senders
    }

    pub(crate) fn receivers(&self) -> usize {
        self.receivers
    }

    /// Slots that are taken: by messages that anybody may take, and by promises to senders.
    #[inline]
    fn occupancy(&self) -> usize {
        self.len().saturating_add(self.reserved)
    }

    #[inline]
    fn has_room(&self) -> bool {
        self.occupancy() < self.capacity
    }

    /// Panics where an invariant is broken. Does nothing in release builds.
    #[inline]
    pub(crate) fn assert_invariants(&self) {
        if cfg!(debug_assertions) {
            self.check_counts();
        }
    }

    fn check_counts(&self) {
        let (len, promised, reserved) = (self.queue.len(), self.promised, self.reserved);
        assert!(promised <= len, "I1: {promised} of {len} promised");
        if self.closed {
            let lines = [Line::Senders, Line::Receivers, Line::Closing];
            let idle = lines.iter().all(|&line| self.lines.is_idle(line));
            assert!(idle, "I4: somebody waits in a closed channel");
            assert_eq!(promised, 0, "I4: a promise in a closed channel");
        } else {
            let receivers_idle = self.lines.is_idle(Line::Receivers);
            assert!(receivers_idle || len == promised, "I2: {promised} of {len}");
            let senders_idle = self.lines.is_idle(Line::Senders);
            assert!(senders_idle || !self.has_room(), "I3: {reserved} reserved");
        }
        assert!(self.receivers > 0 || len == 0, "I4: {len} orphaned");
    }
}

/// What the moves of all sides have in common.
impl<T> State<T> {
    fn enlist_task<R>(
        &mut self,
        line: Line,
        seat: Seat<'_, T>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<R> {
        match waker.take() {
            Some(waker) => {
                self.lines.enlist(line, seat, Sleeper::Task(waker));
                Turn::Wait
            }
            None => Turn::CloneWaker,
        }
    }

    /// A further poll of a future that is still in its line.
    fn stay<R>(seat: Seat<'_, T>, waker: &mut PollWaker<'_>) -> Turn<R> {
        if seat.wakes(waker) {
            Turn::Wait
        } else {
            Turn::CloneWaker
        }
    }

    /// Ends the wait of an operation that is dropped, wherever it stands. What was kept for it
    /// goes to the next in line.
    #[must_use]
    pub(crate) fn cancel(
        &mut self,
        line: Line,
        seat: Seat<'_, T>,
        wakes: &mut WakeList<T>,
    ) -> Option<Sleeper<T>> {
        match seat.standing() {
            Standing::Outside => None,
            Standing::Queued => self.lines.leave(line, seat),
            Standing::Promised => {
                seat.dismiss();
                match line {
                    Line::Senders => self.release(wakes),
                    Line::Receivers => self.forgo(wakes),
                    Line::Closing => unreachable!("nothing is kept for those who wait for the end"),
                }
                None
            }
        }
    }
}
