//! The one allocation that all handles of a channel share, and the one way to its state.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

use crate::base::sync::{Mutex, thread};
use crate::sleeper::WakeList;
use crate::state::State;
use crate::turn::{PollWaker, Turn, poll_in_turns};

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

    /// Runs one step under the lock, then wakes whom it chose.
    ///
    /// `step` must run no user code: no waker, no destructor of a message.
    #[inline]
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T>, &mut WakeList) -> R) -> R {
        let mut wakes = WakeList::default();
        let outcome = {
            let mut state = self.state.lock();
            let outcome = step(&mut state, &mut wakes);
            state.assert_invariants();
            outcome
        };
        wakes.wake_all();
        outcome
    }

    /// Reads under the lock.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&self.state.lock())
    }

    /// Polls an operation in turns, each of which is a step; see [`poll_in_turns`].
    #[inline]
    pub(crate) fn poll<R>(
        &self,
        ctx: &Context<'_>,
        waited: bool,
        mut turn: impl FnMut(&mut State<T>, &mut PollWaker<'_>, &mut WakeList) -> Turn<R>,
    ) -> Poll<R> {
        poll_in_turns(ctx, waited, |waker| {
            self.step(|state, wakes| turn(state, waker, wakes))
        })
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
