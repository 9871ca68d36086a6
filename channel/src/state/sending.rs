//! The senders' side of the state: slots, and the messages that fill them.

use super::{Blocking, NoSlot, State};
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};
use crate::waiters::{Key, Line, Standing};

impl<T> State<T> {
    /// Takes a slot. It has to be filled or released.
    #[inline]
    pub(crate) fn try_reserve(&mut self) -> Result<(), NoSlot> {
        if self.closed {
            Err(NoSlot::Closed)
        } else if self.has_room() {
            // Nobody is overtaken: where senders wait there is no room (I3).
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
    pub(super) fn refill(&mut self, wakes: &mut WakeList) {
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
