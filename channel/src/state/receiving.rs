//! The receivers' side of the state: claims, and the messages that redeem them.

use super::{Blocking, State};
use crate::base::sync::Arc;
use crate::booth::Booth;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::line::{Line, Seat, Standing};
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};

impl<T> State<T> {
    /// True where a message may be taken, if there is one, and nobody has to hear of it.
    #[inline]
    pub(crate) fn is_calm_for_recv(&self) -> bool {
        self.calm.receives && self.available > 0
    }

    /// Takes the message in front in a moment that is calm for receives.
    #[inline]
    pub(crate) fn pop_calmly<R>(&mut self, out: &mut R, dress: impl FnOnce(T) -> R) {
        self.claim(1);
        let popped = self.queue.pop_into(out, dress);
        assert!(popped, "I1: a claim has its message");
    }

    /// Receives a message if there is one that is not promised.
    #[inline]
    pub(crate) fn try_recv(&mut self, wakes: &mut WakeList<T>) -> Result<T, TryRecvError> {
        let mut outcome = Err(TryRecvError::Empty);
        self.try_claim()?;
        self.redeem(&mut outcome, Ok, wakes);
        outcome
    }

    /// As [`State::try_recv`], up to `limit` messages: at least one, or none where it fails.
    pub(crate) fn try_recv_many(
        &mut self,
        out: &mut Vec<T>,
        limit: usize,
        wakes: &mut WakeList<T>,
    ) -> Result<usize, TryRecvError> {
        self.try_claim()?;
        Ok(self.redeem_many(out, limit, wakes))
    }

    /// Claims the message in front. It has to be redeemed in the same step.
    #[inline]
    fn try_claim(&mut self) -> Result<(), TryRecvError> {
        if self.available > 0 {
            // Nobody is overtaken: where receivers wait every message is promised (I2).
            self.claim(1);
            Ok(())
        } else if self.closed {
            Err(TryRecvError::Closed)
        } else {
            Err(TryRecvError::Empty)
        }
    }

    /// Claims the message in front or waits in line for one.
    #[inline]
    pub(crate) fn poll_claim(
        &mut self,
        seat: Seat<'_, T>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<Result<(), RecvError>> {
        match seat.standing() {
            Standing::Queued => return Self::stay(seat, waker),
            Standing::Promised => {
                seat.dismiss();
                if !self.closed {
                    self.promised -= 1;
                    return Turn::Ready(Ok(()));
                }
                // T3: the promise is void.
            }
            Standing::Outside => {}
        }
        match self.try_claim() {
            Ok(()) => Turn::Ready(Ok(())),
            Err(TryRecvError::Closed) => Turn::Ready(Err(RecvError)),
            Err(TryRecvError::Empty) => self.enlist_task(seat, waker),
        }
    }

    /// Takes the message in front for a claim, to where the caller wants it.
    #[inline]
    pub(crate) fn redeem<R>(
        &mut self,
        out: &mut R,
        dress: impl FnOnce(T) -> R,
        wakes: &mut WakeList<T>,
    ) {
        let popped = self.queue.pop_into(out, dress);
        assert!(popped, "I1: a claim has its message");
        self.after_pop(wakes);
    }

    /// Takes up to `limit` messages for a claim, which is at least one; returns how many.
    pub(crate) fn redeem_many(
        &mut self,
        out: &mut Vec<T>,
        limit: usize,
        wakes: &mut WakeList<T>,
    ) -> usize {
        let more = self.available.min(limit - 1);
        self.claim(more);
        let count = 1 + more;
        self.queue.pop_many(count, out);
        self.after_pop(wakes);
        count
    }

    /// Receives for a thread, or enlists it with its booth.
    pub(crate) fn recv_or_enlist(
        &mut self,
        seat: Seat<'_, T>,
        booth: &Arc<Booth<T>>,
        wakes: &mut WakeList<T>,
    ) -> Blocking<Result<T, RecvError>> {
        match self.try_recv(wakes) {
            Ok(message) => Blocking::Over(Ok(message)),
            Err(TryRecvError::Closed) => Blocking::Over(Err(RecvError)),
            Err(TryRecvError::Empty) => {
                let sleeper = Sleeper::Thread(Arc::clone(booth));
                self.lines.enlist(seat, sleeper);
                Blocking::Waits
            }
        }
    }

    /// How the wait of a receiving thread came out.
    pub(crate) fn end_recv_wait(
        &mut self,
        seat: Seat<'_, T>,
        booth: &Booth<T>,
        wakes: &mut WakeList<T>,
    ) -> Result<T, RecvTimeoutError> {
        match seat.standing() {
            Standing::Queued => {
                let _own_booth = self.lines.leave(seat);
                return Err(RecvTimeoutError::Timeout);
            }
            Standing::Promised => {
                seat.dismiss();
                if !self.closed {
                    self.promised -= 1;
                    let mut outcome = Err(RecvTimeoutError::Timeout);
                    self.redeem(&mut outcome, Ok, wakes);
                    return outcome;
                }
            }
            Standing::Outside => {
                if let Some(message) = booth.take() {
                    return Ok(message);
                }
            }
        }
        // T3: closed, and perhaps not empty.
        self.try_recv(wakes).map_err(|_| RecvTimeoutError::Closed)
    }

    /// Gives up a promise: the message goes to the next receiver in line, or to whoever comes.
    pub(super) fn forgo(&mut self, wakes: &mut WakeList<T>) {
        if !self.closed {
            self.unpromise(1);
            self.promise_next(wakes);
        }
    }

    /// Promises an available message to the first receiver in line, if there is one.
    #[inline]
    pub(super) fn promise_next(&mut self, wakes: &mut WakeList<T>) {
        if let Some(receiver) = self.lines.pop(Line::Receivers, Standing::Promised) {
            self.claim(1);
            self.promised += 1;
            wakes.push(receiver);
        }
    }

    #[inline]
    fn after_pop(&mut self, wakes: &mut WakeList<T>) {
        if self.closed {
            self.queue.retire_if_empty();
        } else {
            self.refill(wakes);
        }
    }
}
