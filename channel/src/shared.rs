//! The one allocation that all handles of a channel share, and the one way to its state.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

use crate::base::budget;
use crate::base::sync::{Mutex, thread};
use crate::sleeper::{PollWaker, WakeList};
use crate::state::{State, Turn};

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

    /// Polls an operation: takes turns under the lock, and clones the waker between them if need be.
    ///
    /// An operation that is over at its first poll, when it has not `waited`, costs its task one
    /// unit of its budget. A task without units is asked to come again before the first turn.
    #[inline]
    pub(crate) fn poll<R>(
        &self,
        ctx: &Context<'_>,
        waited: bool,
        mut turn: impl FnMut(&mut State<T>, &mut PollWaker<'_>, &mut WakeList) -> Turn<R>,
    ) -> Poll<R> {
        if !waited && budget::is_spent() {
            let refused = budget::spend(ctx);
            debug_assert!(refused.is_pending());
            return Poll::Pending;
        }
        let mut waker = PollWaker::new(ctx.waker());
        loop {
            match self.step(|state, wakes| turn(state, &mut waker, wakes)) {
                Turn::Ready(outcome) => {
                    if !waited {
                        // Cannot be refused: there was a unit when this poll began.
                        let _ = budget::spend(ctx);
                    }
                    return Poll::Ready(outcome);
                }
                Turn::Wait => return Poll::Pending,
                Turn::CloneWaker => waker.prepare(),
            }
        }
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
