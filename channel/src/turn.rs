//! One poll of an operation: turns under a lock, and the waker's code between them.
//!
//! A waker is cloned only by an operation that must wait, and outside of the lock: so an operation
//! first looks, and where it has to register, looks again with the clone in hand.

use std::task::{Context, Poll, Waker, ready};

use crate::base::budget;
use crate::sleeper::contained;

/// What a poll under the lock has come to.
#[derive(Debug)]
#[must_use]
pub(crate) enum Turn<R> {
    /// The operation is over.
    Ready(R),
    /// The operation is registered and will be woken.
    Wait,
    /// The operation must wait, or its waker has changed: clone it, then take another turn.
    CloneWaker,
}

/// Polls an operation: takes turns, and clones the waker between them if need be.
///
/// An operation that is over at its first poll, when it has not `waited`, costs its task one unit
/// of its budget. A task without units is asked to come again before the first turn.
#[inline]
pub(crate) fn poll_in_turns<R>(
    ctx: &Context<'_>,
    waited: bool,
    mut waker: PollWaker<'_>,
    mut turn: impl FnMut(&mut PollWaker<'_>) -> Turn<R>,
) -> Poll<R> {
    if !waited {
        ready!(budget::spend(ctx));
    }
    loop {
        match turn(&mut waker) {
            Turn::Ready(outcome) => return Poll::Ready(outcome),
            Turn::CloneWaker => waker.prepare(),
            Turn::Wait => {
                if !waited {
                    budget::refund();
                }
                return Poll::Pending;
            }
        }
    }
}

/// The waker of the poll at hand: compared under the lock, cloned and dropped outside of it.
#[derive(Debug)]
pub(crate) struct PollWaker<'a> {
    current: &'a Waker,
    spare: Option<Waker>,
}

impl<'a> PollWaker<'a> {
    #[inline]
    pub(crate) fn new(current: &'a Waker) -> Self {
        Self {
            current,
            spare: None,
        }
    }

    /// As [`PollWaker::new`], for a poll that will probably have to register.
    #[inline]
    pub(crate) fn prepared(current: &'a Waker) -> Self {
        let mut waker = Self::new(current);
        waker.prepare();
        waker
    }

    /// Makes the clone that the next step may register. No lock may be held.
    #[inline]
    pub(crate) fn prepare(&mut self) {
        self.spare = Some(self.current.clone());
    }

    /// The prepared clone, or `None` where [`PollWaker::prepare`] has to come first.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Waker> {
        self.spare.take()
    }

    /// True where `registered` now wakes the task of this poll; where false, prepare and retry.
    pub(crate) fn is_installed_in(&mut self, registered: &mut Waker) -> bool {
        if registered.will_wake(self.current) {
            return true;
        }
        match &mut self.spare {
            Some(spare) => {
                // The old one becomes the spare, which is dropped outside of the lock.
                std::mem::swap(registered, spare);
                true
            }
            None => false,
        }
    }
}

impl Drop for PollWaker<'_> {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            contained(|| drop(spare));
        }
    }
}
