//! The receivers' side of the state: claims, and the messages that redeem them.

use super::{Blocking, State};
use crate::error::{RecvError, TryRecvError};
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};
use crate::waiters::{Key, Line, Standing};

impl<T> State<T> {
    /// Claims the message in front. It has to be redeemed in the same step.
    #[inline]
    pub(crate) fn try_claim(&mut self) -> Result<(), TryRecvError> {
        if self.len() > 0 {
            // Nobody is overtaken: where receivers wait every message is promised (I2).
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
