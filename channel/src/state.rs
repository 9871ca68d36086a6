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
//! Invariants, checked after every step in debug builds ([`State::assert_invariants`]):
//!
//! - I1. `promised <= len`.
//! - I2. Open, and receivers wait: every message in the queue is promised.
//! - I3. Open, and senders wait: `occupancy >= capacity`.
//! - I4. Closed: nobody is in a line, and no message is promised. No receivers: the queue is empty.
//! - I5. An entry leaves its line exactly once (W1 of the waiters' table).
//! - I6. Open: as many entries are promised as `promised` and `reserved` say, less the permits.
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

use std::collections::VecDeque;

use crate::error::{RecvError, TryRecvError};
use crate::queue::Queue;
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};
use crate::waiters::{Key, Line, Standing, Waiters};

/// Up to this many entries the invariants count them all; above, a check would be quadratic.
const CENSUS_ENTRIES_MAX: usize = 64;

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
    /// The thread is in line under this key.
    Waits(Key),
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
    waiters: Waiters<T>,
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
            waiters: Waiters::new(),
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

    #[inline]
    fn has_room(&self) -> bool {
        self.len().saturating_add(self.reserved) < self.capacity
    }

    /// Panics where an invariant is broken. Does nothing in release builds.
    #[inline]
    pub(crate) fn assert_invariants(&self) {
        if cfg!(debug_assertions) {
            self.check_counts();
            if self.waiters.len() <= CENSUS_ENTRIES_MAX {
                self.check_census();
            }
        }
    }

    fn check_counts(&self) {
        let (len, promised, reserved) = (self.queue.len(), self.promised, self.reserved);
        assert!(promised <= len, "I1: {promised} of {len} promised");
        if self.closed {
            let lines = [Line::Senders, Line::Receivers, Line::Closing];
            let idle = lines.iter().all(|&line| self.waiters.is_idle(line));
            assert!(idle, "I4: somebody waits in a closed channel");
            assert_eq!(promised, 0, "I4: a promise in a closed channel");
        } else {
            let receivers_idle = self.waiters.is_idle(Line::Receivers);
            assert!(receivers_idle || len == promised, "I2: {promised} of {len}");
            let senders_idle = self.waiters.is_idle(Line::Senders);
            assert!(senders_idle || !self.has_room(), "I3: {reserved} reserved");
        }
        assert!(self.receivers > 0 || len == 0, "I4: {len} orphaned");
    }

    fn check_census(&self) {
        if !self.closed {
            let entries = self.waiters.census(Standing::Promised);
            let counts = self.promised + self.reserved;
            assert!(self.promised <= entries, "I6: {entries} entries");
            assert!(entries <= counts, "I6: {entries} entries, {counts} counts");
        }
    }
}

/// The senders' side.
impl<T> State<T> {
    /// Takes a slot. It has to be filled or released.
    #[inline]
    pub(crate) fn try_reserve(&mut self) -> Result<(), NoSlot> {
        if self.closed {
            Err(NoSlot::Closed)
        } else if self.waiters.is_idle(Line::Senders) && self.has_room() {
            self.reserved += 1;
            Ok(())
        } else {
            Err(NoSlot::Full)
        }
    }

    /// Takes a slot or waits in line for one. `Err` where the channel is closed.
    pub(crate) fn poll_reserve(
        &mut self,
        place: &mut Option<Key>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<Result<(), NoSlot>> {
        let Some(key) = *place else {
            return match self.try_reserve() {
                Err(NoSlot::Full) => self.enlist_task(Line::Senders, place, waker),
                decided => Turn::Ready(decided),
            };
        };
        match self.waiters.standing(key) {
            Standing::Queued => self.wait_on(key, waker),
            Standing::Promised if self.closed => {
                self.leave(place);
                self.reserved -= 1;
                Turn::Ready(Err(NoSlot::Closed))
            }
            Standing::Promised => {
                self.leave(place);
                Turn::Ready(Ok(()))
            }
            Standing::Served | Standing::Dismissed => {
                self.leave(place);
                Turn::Ready(Err(NoSlot::Closed))
            }
        }
    }

    /// Gives a reserved slot its message.
    #[inline]
    pub(crate) fn fill(&mut self, message: T, wakes: &mut WakeList) {
        self.reserved -= 1;
        self.put(message, wakes);
    }

    /// Fills a reserved slot, or gives the message back where the channel was closed meanwhile.
    pub(crate) fn fill_if_open(&mut self, message: T, wakes: &mut WakeList) -> Result<(), T> {
        if self.closed {
            self.reserved -= 1;
            return Err(message);
        }
        self.fill(message, wakes);
        Ok(())
    }

    /// Gives a reserved slot to the next in line.
    pub(crate) fn release(&mut self, wakes: &mut WakeList) {
        self.reserved -= 1;
        self.refill(wakes);
    }

    /// Sends whatever the capacity; `Some` is the oldest message, which had to make room.
    pub(crate) fn force(&mut self, message: T, wakes: &mut WakeList) -> Result<Option<T>, T> {
        if self.closed {
            return Err(message);
        }
        if self.has_room() || self.len() == 0 {
            // Where every slot is reserved there is nothing to displace: one over capacity.
            self.put(message, wakes);
            return Ok(None);
        }
        // Promises are counts: they hold for whatever is then in front.
        let displaced = self.queue.pop();
        self.queue.push(message);
        Ok(displaced)
    }

    /// Sends for a thread, or enlists it with its message as the parcel.
    pub(crate) fn send_or_enlist(
        &mut self,
        message: T,
        sleeper: impl FnOnce() -> Sleeper,
        wakes: &mut WakeList,
    ) -> Blocking<Result<(), T>> {
        match self.try_reserve() {
            Ok(()) => {
                self.fill(message, wakes);
                Blocking::Over(Ok(()))
            }
            Err(NoSlot::Full) => {
                let parcel = Some(message);
                Blocking::Waits(self.waiters.enlist(Line::Senders, sleeper(), parcel))
            }
            Err(NoSlot::Closed) => Blocking::Over(Err(message)),
        }
    }

    /// How the wait of a sending thread came out; the message comes back from a closed channel.
    pub(crate) fn end_send_wait(&mut self, key: Key) -> Blocking<Result<(), T>> {
        match self.waiters.standing(key) {
            Standing::Queued => Blocking::Waits(key),
            Standing::Promised | Standing::Served | Standing::Dismissed => {
                Blocking::Over(self.waiters.remove(key).map_or(Ok(()), Err))
            }
        }
    }

    /// Ends the wait of a future for a slot, wherever it stands.
    #[must_use]
    pub(crate) fn cancel_reserve(&mut self, key: Key, wakes: &mut WakeList) -> Option<Sleeper> {
        let sleeper = match self.waiters.standing(key) {
            Standing::Queued => Some(self.dequeue(Line::Senders, key, Standing::Dismissed)),
            Standing::Promised => {
                self.release(wakes);
                None
            }
            Standing::Served | Standing::Dismissed => None,
        };
        self.waiters.remove(key);
        sleeper
    }

    /// Accepts a message, and the next senders for the slots that this has freed.
    #[inline]
    fn put(&mut self, message: T, wakes: &mut WakeList) {
        if self.waiters.is_idle(Line::Receivers) {
            self.queue.push(message);
        } else {
            self.place(message, wakes);
        }
        // T1: the slot of a promised message is free again.
        self.refill(wakes);
    }

    /// Gives a message to a waiting thread, promises it to a waiting future, or queues it.
    fn place(&mut self, message: T, wakes: &mut WakeList) {
        let Some(key) = self.waiters.first(Line::Receivers) else {
            self.queue.push(message);
            return;
        };
        let standing = if self.queue.is_empty() && self.waiters.is_thread(key) {
            *self.waiters.parcel_mut(key) = Some(message);
            Standing::Served
        } else {
            // Behind promised messages a hand-off would overtake them.
            self.queue.push(message);
            self.promised += 1;
            Standing::Promised
        };
        wakes.push(self.dequeue(Line::Receivers, key, standing));
    }

    /// Gives free slots to those who wait for them, in order.
    #[inline]
    fn refill(&mut self, wakes: &mut WakeList) {
        while let Some(key) = self.waiters.first(Line::Senders)
            && self.has_room()
        {
            self.admit(key, wakes);
        }
    }

    fn admit(&mut self, key: Key, wakes: &mut WakeList) {
        match self.waiters.parcel_mut(key).take() {
            Some(message) => {
                wakes.push(self.dequeue(Line::Senders, key, Standing::Served));
                // T2: receivers may wait for it.
                self.place(message, wakes);
            }
            None => {
                self.reserved += 1;
                wakes.push(self.dequeue(Line::Senders, key, Standing::Promised));
            }
        }
    }
}

/// The receivers' side.
impl<T> State<T> {
    /// Claims the message in front. It has to be redeemed in the same step.
    #[inline]
    pub(crate) fn try_claim(&mut self) -> Result<(), TryRecvError> {
        if self.len() > 0 {
            self.promised += 1;
            Ok(())
        } else if self.closed {
            Err(TryRecvError::Closed)
        } else {
            Err(TryRecvError::Empty)
        }
    }

    /// Claims the message in front or waits in line for one.
    pub(crate) fn poll_claim(
        &mut self,
        place: &mut Option<Key>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<Result<(), RecvError>> {
        if let Some(key) = *place {
            match self.waiters.standing(key) {
                Standing::Queued => return self.wait_on(key, waker),
                Standing::Promised if !self.closed => {
                    self.leave(place);
                    return Turn::Ready(Ok(()));
                }
                // T3: the promise is void. Served is for threads.
                Standing::Promised | Standing::Served | Standing::Dismissed => self.leave(place),
            }
        }
        match self.try_claim() {
            Ok(()) => Turn::Ready(Ok(())),
            Err(TryRecvError::Closed) => Turn::Ready(Err(RecvError)),
            Err(TryRecvError::Empty) => self.enlist_task(Line::Receivers, place, waker),
        }
    }

    /// Takes the message in front for a claim.
    #[inline]
    pub(crate) fn redeem(&mut self, wakes: &mut WakeList) -> T {
        self.promised -= 1;
        let message = self.queue.pop().expect("I1: a claim has its message");
        self.after_pop(wakes);
        message
    }

    /// Takes up to `limit` messages for a claim, which is at least one; returns how many.
    pub(crate) fn redeem_many(
        &mut self,
        out: &mut Vec<T>,
        limit: usize,
        wakes: &mut WakeList,
    ) -> usize {
        self.promised -= 1;
        let count = limit.min(self.len());
        self.queue.pop_many(count, out);
        self.after_pop(wakes);
        count
    }

    /// Receives for a thread, or enlists it.
    pub(crate) fn recv_or_enlist(
        &mut self,
        sleeper: impl FnOnce() -> Sleeper,
        wakes: &mut WakeList,
    ) -> Blocking<Result<T, RecvError>> {
        match self.try_claim() {
            Ok(()) => Blocking::Over(Ok(self.redeem(wakes))),
            Err(TryRecvError::Closed) => Blocking::Over(Err(RecvError)),
            Err(TryRecvError::Empty) => {
                Blocking::Waits(self.waiters.enlist(Line::Receivers, sleeper(), None))
            }
        }
    }

    /// How the wait of a receiving thread came out.
    pub(crate) fn end_recv_wait(
        &mut self,
        key: Key,
        wakes: &mut WakeList,
    ) -> Blocking<Result<T, RecvError>> {
        let standing = self.waiters.standing(key);
        if standing == Standing::Queued {
            return Blocking::Waits(key);
        }
        let parcel = self.waiters.remove(key);
        Blocking::Over(match (parcel, standing) {
            (Some(message), _) => Ok(message),
            (None, Standing::Promised) if !self.closed => Ok(self.redeem(wakes)),
            // T3: closed, and perhaps not empty.
            (None, _) => match self.try_claim() {
                Ok(()) => Ok(self.redeem(wakes)),
                Err(_) => Err(RecvError),
            },
        })
    }

    /// Takes a receiver out of its line, its promise to the next one; it keeps its entry.
    #[must_use]
    pub(crate) fn suspend_claim(&mut self, key: Key, wakes: &mut WakeList) -> Option<Sleeper> {
        match self.waiters.standing(key) {
            Standing::Queued => Some(self.dequeue(Line::Receivers, key, Standing::Dismissed)),
            Standing::Promised => {
                self.waiters.dismiss_promised(key);
                if !self.closed {
                    self.promised -= 1;
                    self.promise_front(wakes);
                }
                None
            }
            Standing::Served | Standing::Dismissed => None,
        }
    }

    /// Ends the wait of a future for a message, wherever it stands.
    #[must_use]
    pub(crate) fn cancel_claim(&mut self, key: Key, wakes: &mut WakeList) -> Option<Sleeper> {
        let sleeper = self.suspend_claim(key, wakes);
        self.waiters.remove(key);
        sleeper
    }

    /// Promises the message that a cancelled receiver has left to the next one, if any.
    fn promise_front(&mut self, wakes: &mut WakeList) {
        if let Some(next) = self.waiters.first(Line::Receivers) {
            self.promised += 1;
            wakes.push(self.dequeue(Line::Receivers, next, Standing::Promised));
        }
    }

    #[inline]
    fn after_pop(&mut self, wakes: &mut WakeList) {
        if self.closed {
            self.queue.retire_if_empty();
        } else {
            self.refill(wakes);
        }
    }
}

/// The ends of the channel.
impl<T> State<T> {
    pub(crate) fn add_sender(&mut self) {
        self.senders += 1;
    }

    pub(crate) fn add_receiver(&mut self) {
        self.receivers += 1;
    }

    /// A handle from a weak one, where the channel is open and there is another.
    pub(crate) fn try_add_sender(&mut self) -> bool {
        let possible = !self.closed && self.senders > 0;
        self.senders += usize::from(possible);
        possible
    }

    /// As [`State::try_add_sender`], at the other end.
    pub(crate) fn try_add_receiver(&mut self) -> bool {
        let possible = !self.closed && self.receivers > 0;
        self.receivers += usize::from(possible);
        possible
    }

    pub(crate) fn remove_sender(&mut self, wakes: &mut WakeList) {
        self.senders -= 1;
        if self.senders == 0 {
            self.close(wakes);
        }
    }

    /// Returns the messages that nobody can receive any more; drop them outside of the lock.
    pub(crate) fn remove_receiver(&mut self, wakes: &mut WakeList) -> VecDeque<T> {
        self.receivers -= 1;
        if self.receivers > 0 {
            return VecDeque::new();
        }
        self.close(wakes);
        self.queue.take()
    }

    /// Ends the channel for senders and sends everybody in a line home; true the first time.
    pub(crate) fn close(&mut self, wakes: &mut WakeList) -> bool {
        if self.closed {
            return false;
        }
        self.closed = true;
        // T3: every message is there for whoever comes first.
        self.promised = 0;
        for line in [Line::Senders, Line::Receivers, Line::Closing] {
            while let Some(key) = self.waiters.first(line) {
                wakes.push(self.dequeue(line, key, Standing::Dismissed));
            }
        }
        self.queue.retire_if_empty();
        true
    }

    /// Ready when the channel is closed.
    pub(crate) fn poll_closed(
        &mut self,
        place: &mut Option<Key>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<()> {
        if self.closed {
            if place.is_some() {
                self.leave(place);
            }
            return Turn::Ready(());
        }
        match *place {
            Some(key) => self.wait_on(key, waker),
            None => self.enlist_task(Line::Closing, place, waker),
        }
    }

    /// Ends the wait of a future for the end of the channel.
    #[must_use]
    pub(crate) fn cancel_closed(&mut self, key: Key) -> Option<Sleeper> {
        let queued = self.waiters.standing(key) == Standing::Queued;
        let sleeper = queued.then(|| self.dequeue(Line::Closing, key, Standing::Dismissed));
        self.waiters.remove(key);
        sleeper
    }

    /// Takes a thread that will wait no longer out of its line; returns a sender's message.
    pub(crate) fn give_up_wait(&mut self, line: Line, key: Key) -> Option<T> {
        // No waker, hence no user code: the sleeper is the caller's own thread.
        let _thread = self.dequeue(line, key, Standing::Dismissed);
        self.waiters.remove(key)
    }
}

/// What the moves above have in common.
impl<T> State<T> {
    fn enlist_task<R>(
        &mut self,
        line: Line,
        place: &mut Option<Key>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<R> {
        match waker.take() {
            Some(waker) => {
                *place = Some(self.waiters.enlist(line, Sleeper::Task(waker), None));
                Turn::Wait
            }
            None => Turn::CloneWaker,
        }
    }

    fn wait_on<R>(&mut self, key: Key, waker: &mut PollWaker<'_>) -> Turn<R> {
        if self.waiters.wakes(key, waker) {
            Turn::Wait
        } else {
            Turn::CloneWaker
        }
    }

    /// Gives up an entry that is in no line and holds nothing.
    fn leave(&mut self, place: &mut Option<Key>) {
        let key = place.take().expect("only an entry's owner leaves");
        let parcel = self.waiters.remove(key);
        debug_assert!(parcel.is_none(), "a future has no parcel");
    }

    fn dequeue(&mut self, line: Line, key: Key, standing: Standing) -> Sleeper {
        self.waiters.dequeue(line, key, standing)
    }
}
