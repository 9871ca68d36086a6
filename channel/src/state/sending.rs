//! The senders' side of the state: slots, and the messages that fill them.

use super::{Blocking, NoSlot, State};
use crate::base::sync::Arc;
use crate::booth::Booth;
use crate::line::{Line, Seat, Standing};
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};

impl<T> State<T> {
    /// True where a message may be queued and nobody has to hear of it.
    #[inline]
    pub(crate) fn is_calm_for_send(&self) -> bool {
        // Where senders wait there is no room (I3).
        self.calm.sends && self.has_room()
    }

    /// Sends the message if there is a slot that nobody waits for. Takes it out only then.
    #[inline]
    pub(crate) fn try_send(
        &mut self,
        message: &mut Option<T>,
        wakes: &mut WakeList<T>,
    ) -> Result<(), NoSlot> {
        self.check_room()?;
        if let Some(message) = message.take() {
            self.put(message, wakes);
        }
        Ok(())
    }

    /// Takes a slot. It has to be filled or released.
    #[inline]
    pub(crate) fn try_reserve(&mut self) -> Result<(), NoSlot> {
        self.check_room()?;
        self.reserve();
        Ok(())
    }

    /// Takes a slot or waits in line for one. `Err` where the channel is closed.
    #[inline]
    pub(crate) fn poll_reserve(
        &mut self,
        seat: Seat<'_, T>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<Result<(), NoSlot>> {
        match seat.standing() {
            Standing::Queued => Self::stay(seat, waker),
            Standing::Promised => {
                seat.dismiss();
                Turn::Ready(self.keep_if_open())
            }
            Standing::Outside => match self.try_reserve() {
                Err(NoSlot::Full) => self.enlist_task(seat, waker),
                decided => Turn::Ready(decided),
            },
        }
    }

    /// Gives a reserved slot its message.
    #[inline]
    pub(crate) fn fill(&mut self, message: T, wakes: &mut WakeList<T>) {
        self.unreserve();
        self.put(message, wakes);
    }

    /// Fills a reserved slot, or gives the message back where the channel was closed meanwhile.
    pub(crate) fn fill_if_open(&mut self, message: T, wakes: &mut WakeList<T>) -> Result<(), T> {
        match self.keep_if_open() {
            Ok(()) => {
                self.fill(message, wakes);
                Ok(())
            }
            Err(_closed) => Err(message),
        }
    }

    /// Gives a reserved slot to the next in line.
    pub(crate) fn release(&mut self, wakes: &mut WakeList<T>) {
        self.unreserve();
        self.refill(wakes);
    }

    /// Sends whatever the capacity; `Some` is the oldest message, which had to make room.
    pub(crate) fn force(&mut self, message: T, wakes: &mut WakeList<T>) -> Result<Option<T>, T> {
        if self.closed {
            return Err(message);
        }
        if self.has_room() || self.is_empty() {
            // Where every slot is reserved there is nothing to displace: one over capacity.
            self.put(message, wakes);
            return Ok(None);
        }
        // Promises are counts: they hold for whatever is then in front.
        let displaced = self.queue.pop();
        self.queue.push(message);
        Ok(displaced)
    }

    /// Sends the message that lies in a thread's booth, or enlists the thread.
    pub(crate) fn send_or_enlist(
        &mut self,
        seat: Seat<'_, T>,
        booth: &Arc<Booth<T>>,
        wakes: &mut WakeList<T>,
    ) -> Blocking<Result<(), NoSlot>> {
        match self.check_room() {
            Ok(()) => {
                if let Some(message) = booth.take() {
                    self.put(message, wakes);
                }
                Blocking::Over(Ok(()))
            }
            Err(NoSlot::Full) => {
                let sleeper = Sleeper::Thread(Arc::clone(booth));
                self.lines.enlist(seat, sleeper);
                Blocking::Waits
            }
            Err(NoSlot::Closed) => Blocking::Over(Err(NoSlot::Closed)),
        }
    }

    /// How the wait of a sending thread came out whose message is still in its booth: its time is
    /// up, or the channel is closed.
    pub(crate) fn end_send_wait(&mut self, seat: Seat<'_, T>) -> Result<(), NoSlot> {
        if seat.standing() == Standing::Queued {
            let _own_booth = self.lines.leave(seat);
            return Err(NoSlot::Full);
        }
        Err(NoSlot::Closed)
    }

    /// Whether anybody may send at once.
    #[inline]
    fn check_room(&self) -> Result<(), NoSlot> {
        if self.closed {
            Err(NoSlot::Closed)
        } else if self.has_room() {
            // Nobody is overtaken: where senders wait there is no room (I3).
            Ok(())
        } else {
            Err(NoSlot::Full)
        }
    }

    /// Keeps a reserved slot, or gives it up where the channel was closed meanwhile.
    #[inline]
    fn keep_if_open(&mut self) -> Result<(), NoSlot> {
        if self.closed {
            self.unreserve();
            return Err(NoSlot::Closed);
        }
        Ok(())
    }

    /// Accepts a message, and the next senders for the slots that this has freed.
    #[inline]
    fn put(&mut self, message: T, wakes: &mut WakeList<T>) {
        self.place(message, wakes);
        // T1: the slot of a promised message is free again.
        self.refill(wakes);
    }

    /// Gives a message to a waiting thread, promises it to a waiting future, or queues it.
    #[inline]
    fn place(&mut self, message: T, wakes: &mut WakeList<T>) {
        if self.queue.is_empty() && self.lines.first_is_thread(Line::Receivers) {
            // Behind promised messages a hand-off would overtake them.
            if let Some(thread) = self.lines.pop(Line::Receivers, Standing::Outside) {
                thread.hand(message);
                wakes.push(thread);
            }
            return;
        }
        self.push(message);
        self.promise_next(wakes);
    }

    /// Gives free slots to those who wait for them, in order.
    #[inline]
    pub(super) fn refill(&mut self, wakes: &mut WakeList<T>) {
        while !self.lines.is_idle(Line::Senders) && self.has_room() {
            self.admit_first(wakes);
        }
    }

    #[inline]
    fn admit_first(&mut self, wakes: &mut WakeList<T>) {
        if !self.lines.first_is_thread(Line::Senders) {
            self.reserve();
            wakes.extend(self.lines.pop(Line::Senders, Standing::Promised));
        } else if let Some(thread) = self.lines.pop(Line::Senders, Standing::Outside) {
            let message = thread.take();
            wakes.push(thread);
            if let Some(message) = message {
                // T2: receivers may wait for it.
                self.place(message, wakes);
            }
        }
    }
}
