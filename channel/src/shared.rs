//! The one allocation that all handles of a channel share, and the one way to its state.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::base::sync::{Mutex, MutexGuard, thread};
use crate::error::TryRecvError;
use crate::sleeper::WakeList;
use crate::state::{NoSlot, State};

/// The lock and what it guards.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    state: Mutex<State<T>>,
}

impl<T> Shared<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State::new(capacity)),
        }
    }

    /// Sends the message if there is a slot that nobody waits for. Takes it out only then.
    #[inline]
    pub(crate) fn try_send(&self, message: &mut Option<T>) -> Result<(), NoSlot> {
        let mut state = self.state.lock();
        if state.is_calm_for_send() {
            if let Some(message) = message.take() {
                state.push_calmly(message);
            }
            state.assert_invariants();
            return Ok(());
        }
        step_in(state, |state, wakes| state.try_send(message, wakes))
    }

    /// Receives a message if there is one that is not promised.
    #[inline]
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut state = self.state.lock();
        if state.is_calm_for_recv()
            && let Some(message) = state.pop_calmly()
        {
            state.assert_invariants();
            return Ok(message);
        }
        step_in(state, State::try_recv)
    }

    /// Runs one step under the lock, then wakes whom it chose.
    ///
    /// `step` must run no user code: no waker, no destructor of a message.
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T>, &mut WakeList<T>) -> R) -> R {
        step_in(self.state.lock(), step)
    }

    /// Reads under the lock.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&self.state.lock())
    }
}

/// Goes on under a lock that was taken for the fast way: kept out of it, so that it stays small.
#[inline(never)]
fn step_in<T, R>(
    mut state: MutexGuard<'_, State<T>>,
    step: impl FnOnce(&mut State<T>, &mut WakeList<T>) -> R,
) -> R {
    let mut wakes = WakeList::new();
    let outcome = step(&mut state, &mut wakes);
    state.assert_invariants();
    drop(state);
    wakes.wake_all();
    outcome
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
