//! What the lock of a oneshot channel guards.
//!
//! | [`Phase`]  | value | meaning                                                          |
//! |------------|:-----:|------------------------------------------------------------------|
//! | `Open`     |  no   | the sender may send                                              |
//! | `Sent`     |  yes  | the value waits for its receiver, which exists                   |
//! | `Over`     |  no   | taken, refused by the receiver, or the sender went without it    |
//!
//! Moves: `Open → Sent` (send), `Open → Over` (the sender goes; the receiver closes or goes),
//! `Sent → Over` (the value is taken; the receiver goes, and takes it along).
//!
//! - O1. `Sent` implies a receiver: nothing leads there once the receiver has gone, and its way out
//!   empties it.
//! - O2. Whoever ends a wait takes the sleeper out.

use super::error::TryRecvError;
use crate::sleeper::Sleeper;
use crate::turn::{PollWaker, Turn};

#[derive(Debug)]
enum Phase<T> {
    Open,
    Sent(T),
    Over,
}

/// Whom a move has freed from waiting. It is settled outside of the lock.
#[derive(Debug)]
#[must_use]
pub(super) struct Parting {
    wake: Option<Sleeper<()>>,
    forget: Option<Sleeper<()>>,
}

impl Parting {
    /// Wakes the partner, and lets the own waker go.
    pub(super) fn settle(self) {
        if let Some(partner) = self.wake {
            partner.wake();
        }
        if let Some(own) = self.forget {
            own.forget();
        }
    }
}

/// The phase, and who waits for its next move.
#[derive(Debug)]
pub(super) struct State<T> {
    phase: Phase<T>,
    receiver: Option<Sleeper<()>>,
    sender: Option<Sleeper<()>>,
}

impl<T> State<T> {
    pub(super) const fn new() -> Self {
        Self {
            phase: Phase::Open,
            receiver: None,
            sender: None,
        }
    }

    /// True while the sender may send.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    pub(super) fn has_value(&self) -> bool {
        matches!(self.phase, Phase::Sent(_))
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// `Open → Sent`, or the value back.
    pub(super) fn send(&mut self, value: T) -> Result<(), T> {
        if !self.is_open() {
            return Err(value);
        }
        self.phase = Phase::Sent(value);
        Ok(())
    }

    /// `Sent → Over` with the value.
    pub(super) fn take(&mut self) -> Result<T, TryRecvError> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Sent(value) => Ok(value),
            Phase::Over => Err(TryRecvError::Closed),
            Phase::Open => {
                self.phase = Phase::Open;
                Err(TryRecvError::Empty)
            }
        }
    }

    /// As [`State::take`], or leaves the waker of this poll.
    pub(super) fn poll_take(&mut self, waker: &mut PollWaker<'_>) -> Turn<Result<T, TryRecvError>> {
        match self.take() {
            Err(TryRecvError::Empty) => register(&mut self.receiver, waker),
            decided => Turn::Ready(decided),
        }
    }

    /// As [`State::take`], or leaves the thread; whom it displaces is to be let go.
    pub(super) fn take_or_enlist(
        &mut self,
        thread: Sleeper<()>,
    ) -> (Result<T, TryRecvError>, Option<Sleeper<()>>) {
        match self.take() {
            Err(TryRecvError::Empty) => (Err(TryRecvError::Empty), self.receiver.replace(thread)),
            decided => (decided, None),
        }
    }

    /// Ready when the receiver takes no value any more.
    pub(super) fn poll_closed(&mut self, waker: &mut PollWaker<'_>) -> Turn<()> {
        if self.is_open() {
            register(&mut self.sender, waker)
        } else {
            Turn::Ready(())
        }
    }

    /// The sender waits no longer for the receiver's end.
    pub(super) fn cancel_closed(&mut self) -> Option<Sleeper<()>> {
        self.sender.take()
    }

    /// The sender goes; `Open → Over` where it has not sent.
    pub(super) fn remove_sender(&mut self) -> Parting {
        if self.is_open() {
            self.phase = Phase::Over;
        }
        Parting {
            wake: self.receiver.take(),
            forget: self.sender.take(),
        }
    }

    /// `Open → Over` by the receiver. A value that was sent stays.
    pub(super) fn close(&mut self) -> Parting {
        if self.is_open() {
            self.phase = Phase::Over;
        }
        Parting {
            wake: self.sender.take(),
            forget: self.receiver.take(),
        }
    }

    /// The receiver goes, and takes along the value that was sent (O1).
    pub(super) fn remove_receiver(&mut self) -> (Parting, Option<T>) {
        let parting = self.close();
        (parting, self.take().ok())
    }
}

fn register<R>(place: &mut Option<Sleeper<()>>, waker: &mut PollWaker<'_>) -> Turn<R> {
    match place {
        Some(Sleeper::Task(registered)) => {
            if waker.is_installed_in(registered) {
                Turn::Wait
            } else {
                Turn::CloneWaker
            }
        }
        // A thread's wait is over before its handle can be polled.
        Some(Sleeper::Thread(_)) | None => match waker.take() {
            Some(waker) => {
                *place = Some(Sleeper::Task(waker));
                Turn::Wait
            }
            None => Turn::CloneWaker,
        },
    }
}
