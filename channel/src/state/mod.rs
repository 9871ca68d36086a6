//! What the lock guards: every count of the channel and every move between them.
//!
//! A message is in the queue until a receiver's poll takes it, and a suspended sender keeps its
//! own until its poll puts it there: nobody reads or writes another's future. What a suspended
//! operation is given instead is a *count*: `promised` messages of the queue are kept for receivers
//! that were woken, and slots are reserved for senders that were woken and for permits. Newcomers
//! see only the rest, the `available` messages and the `room`, so they overtake nobody; and a woken
//! operation that is dropped gives its count to the next in line, so that nothing is lost and
//! nobody is forgotten.
//!
//! A promised message occupies no slot: it is as good as in its receiver's hands, and at capacity 1
//! this halves the polls.
//!
//! Invariants; I1 to I4 are checked after every step in debug builds ([`State::assert_invariants`]):
//!
//! - I1. `available + promised` messages are in the queue; `room` is the
//!   capacity less the available messages and the reserved slots.
//! - I2. Open, and receivers wait: no message is available.
//! - I3. Open, and senders wait: there is no room.
//! - I4. Closed: nobody is in a line, and no message is promised. No receivers: the queue is empty.
//! - I5. An entry leaves its line exactly once (W1 of the entries).
//! - I6. Open: as many receivers' entries are `Promised` as messages are promised; as many senders'
//!   entries, with the permits, as slots are reserved.
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

/// Which operations concern nobody but those who take them.
#[derive(Clone, Copy, Debug)]
struct Calm {
    sends: bool,
    receives: bool,
}

/// The state of a channel.
///
/// What a calm operation needs comes first, and fits into one cache line with the lock.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct State<T> {
    /// Whether a send may be done that has room, and a receive that has a message, and nobody has
    /// to hear of it. Brought up to date at the end of each step that is more than that.
    calm: Calm,
    closed: bool,
    /// How many slots are free. Negative where the channel holds more than its capacity.
    room: isize,
    /// Messages of the queue that anybody may take.
    available: usize,
    queue: Queue<T>,
    /// Messages of the queue that are kept for woken receivers.
    promised: usize,
    lines: Lines<T>,
    capacity: usize,
    senders: usize,
    receivers: usize,
}

impl<T> State<T> {
    /// An open channel with one handle at each end, which has allocated nothing.
    pub(crate) const fn new(capacity: usize) -> Self {
        Self {
            calm: Calm {
                sends: true,
                receives: true,
            },
            closed: false,
            room: room_of(capacity),
            available: 0,
            queue: Queue::new(),
            promised: 0,
            lines: Lines::new(),
            capacity,
            senders: 1,
            receivers: 1,
        }
    }
}

/// The room of an empty channel. No number of messages reaches the largest.
const fn room_of(capacity: usize) -> isize {
    if capacity > isize::MAX as usize {
        isize::MAX
    } else {
        capacity as isize
    }
}

/// What there is to see.
impl<T> State<T> {
    /// Messages that anybody may take.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.available
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

    /// True where a send would have to wait, or would fail.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        !self.has_room()
    }

    /// True where a receive would have to wait, or would fail.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.available == 0
    }

    #[inline]
    fn has_room(&self) -> bool {
        self.room > 0
    }

    /// Ends a step.
    #[inline]
    pub(crate) fn settle(&mut self) {
        self.calm = Calm {
            sends: !self.closed && self.lines.is_idle(Line::Receivers),
            receives: !self.closed && self.lines.is_idle(Line::Senders),
        };
        self.assert_invariants();
    }

    /// Panics where an invariant is broken. Does nothing in release builds.
    #[inline]
    pub(crate) fn assert_invariants(&self) {
        if cfg!(debug_assertions) {
            self.check_counts();
        }
    }

    fn check_counts(&self) {
        let (available, promised) = (self.available, self.promised);
        if self.queue.is_short() {
            // A longer one takes too long to count at each step.
            let len = self.queue.len();
            assert_eq!(len, available + promised, "I1: {available}, {promised}");
        }
        let room_max = room_of(self.capacity).wrapping_sub_unsigned(available);
        assert!(self.room <= room_max, "I1: {available}, {}", self.room);
        if self.closed {
            let lines = [Line::Senders, Line::Receivers, Line::Closing];
            let idle = lines.iter().all(|&line| self.lines.is_idle(line));
            assert!(idle, "I4: somebody waits in a closed channel");
            assert_eq!(promised, 0, "I4: a promise in a closed channel");
        } else {
            let receivers_idle = self.lines.is_idle(Line::Receivers);
            assert!(
                receivers_idle || available == 0,
                "I2: {available} available"
            );
            let senders_idle = self.lines.is_idle(Line::Senders);
            assert!(senders_idle || !self.has_room(), "I3: {} free", self.room);
        }
        let is_orphaned = self.receivers == 0 && !self.queue.is_empty();
        assert!(!is_orphaned, "I4: {available} orphaned");
    }
}

/// The moves of the counts (I1).
impl<T> State<T> {
    /// Queues a message that anybody may take.
    #[inline]
    pub(crate) fn push(&mut self, message: T) {
        self.push_calmly(&mut Some(message));
    }

    /// The same from where the message lies; there is one.
    #[inline]
    pub(crate) fn push_calmly(&mut self, message: &mut Option<T>) {
        self.queue.push_from(message);
        self.available += 1;
        self.room -= 1;
    }

    /// Takes so many messages out of those that anybody may take, which frees their slots.
    #[inline]
    fn claim(&mut self, count: usize) {
        self.available -= count;
        self.room += count.cast_signed();
    }

    /// Keeps a slot for a sender or a permit.
    #[inline]
    fn reserve(&mut self) {
        self.room -= 1;
    }

    /// Keeps a slot no longer: it is given up, or about to be filled.
    #[inline]
    fn unreserve(&mut self) {
        self.room += 1;
    }

    /// Lets so many promises go: their messages may be taken by anybody.
    #[inline]
    fn unpromise(&mut self, count: usize) {
        self.promised -= count;
        self.available += count;
        self.room -= count.cast_signed();
    }
}

/// What the moves of all sides have in common.
impl<T> State<T> {
    #[inline]
    fn enlist_task<R>(&mut self, seat: Seat<'_, T>, waker: &mut PollWaker<'_>) -> Turn<R> {
        match waker.take() {
            Some(waker) => {
                self.lines.enlist(seat, Sleeper::Task(waker));
                Turn::Wait
            }
            None => Turn::CloneWaker,
        }
    }

    /// A further poll of a future that is still in its line.
    #[inline]
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
        seat: Seat<'_, T>,
        wakes: &mut WakeList<T>,
    ) -> Option<Sleeper<T>> {
        match seat.standing() {
            Standing::Outside => None,
            Standing::Queued => self.lines.leave(seat),
            Standing::Promised => {
                seat.dismiss();
                match seat.line() {
                    Line::Senders => self.release(wakes),
                    Line::Receivers => self.forgo(wakes),
                    Line::Closing => unreachable!("nothing is kept for those who wait for the end"),
                }
                None
            }
        }
    }
}
