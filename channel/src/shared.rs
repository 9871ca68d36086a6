//! The one allocation that all handles of a channel share, and the one way to its state.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::base::lock::{Lock, LockGuard};
use crate::base::sync::thread;
use crate::error::TryRecvError;
use crate::outlook::Outlook;
use crate::sleeper::WakeList;
use crate::state::{NoSlot, State};

/// The lock and what it guards.
///
/// It begins a cache line of its own, which holds the lock and all that a send or a receive needs
/// that need not wait.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Shared<T> {
    state: Lock<State<T>>,
}

impl<T> Shared<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Lock::new(State::new(capacity)),
        }
    }

    /// Sends the message if there is a slot that nobody waits for. Takes it out only then.
    #[inline]
    pub(crate) fn try_send(&self, message: &mut Option<T>) -> Result<(), NoSlot> {
        let mut state = self.state.lock();
        if state.is_calm_for_send() && message.is_some() {
            let was_empty = state.is_empty();
            state.push_calmly(message);
            if was_empty | state.is_full() {
                self.foretell(&state);
            }
            state.assert_invariants();
            return Ok(());
        }
        self.try_send_in(state, message)
    }

    /// Receives a message if there is one that is not promised, and puts it where the caller wants
    /// it, as the caller wants it.
    #[inline]
    pub(crate) fn try_recv<R>(
        &self,
        out: &mut R,
        dress: impl FnOnce(T) -> R,
    ) -> Result<(), TryRecvError> {
        let mut state = self.state.lock();
        if state.is_calm_for_recv() {
            let was_full = state.is_full();
            state.pop_calmly(out, dress);
            if was_full | state.is_empty() {
                self.foretell(&state);
            }
            state.assert_invariants();
            return Ok(());
        }
        *out = dress(self.try_recv_in(state)?);
        Ok(())
    }

    /// The rest of [`Shared::try_send`], kept out of it so that it stays small.
    #[inline(never)]
    fn try_send_in(
        &self,
        state: LockGuard<'_, State<T>>,
        message: &mut Option<T>,
    ) -> Result<(), NoSlot> {
        self.step_in(state, |state, wakes| state.try_send(message, wakes))
    }

    /// The rest of [`Shared::try_recv`], kept out of it so that it stays small.
    #[inline(never)]
    fn try_recv_in(&self, state: LockGuard<'_, State<T>>) -> Result<T, TryRecvError> {
        self.step_in(state, State::try_recv)
    }

    /// Runs one step under the lock, then wakes whom it chose.
    ///
    /// `step` must run no user code: no waker, no destructor of a message.
    #[inline]
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T>, &mut WakeList<T>) -> R) -> R {
        self.step_in(self.state.lock(), step)
    }

    /// What a send or a receive will probably come to.
    #[inline]
    pub(crate) fn outlook(&self) -> Outlook {
        Outlook::of_hint(self.state.hint())
    }

    #[inline]
    fn foretell(&self, state: &State<T>) {
        let outlook = Outlook::new(state.is_full(), state.is_empty());
        self.state.set_hint(outlook.hint());
    }

    /// Goes on under a lock that was taken.
    #[inline]
    fn step_in<R>(
        &self,
        mut state: LockGuard<'_, State<T>>,
        step: impl FnOnce(&mut State<T>, &mut WakeList<T>) -> R,
    ) -> R {
        let mut wakes = WakeList::new();
        let outcome = step(&mut state, &mut wakes);
        state.settle();
        self.foretell(&state);
        drop(state);
        if wakes.is_empty() {
            // There is nothing to drop, either.
            std::mem::forget(wakes);
        } else {
            wakes.wake_all();
        }
        outcome
    }

    /// Reads under the lock.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&self.state.lock())
    }
}

/// Drops every message on this thread, also after one whose destructor panics; then goes on with
/// the first such panic.
pub(crate) fn discard<T>(messages: impl IntoIterator<Item = T>) {
    let mut first_panic = None;
    for message in messages {
        let outcome = catch_unwind(AssertUnwindSafe(|| drop(message)));
        if let (Err(panic), None) = (outcome, &first_panic) {
            first_panic = Some(panic);
        }
    }
    if let Some(panic) = first_panic
        && !thread::panicking()
    {
        resume_unwind(panic);
    }
}
