//! Giving up a wait. Not in the model, which has no clock.

use super::State;
use crate::waiters::{Key, Line, Standing};

impl<T> State<T> {
    /// Takes a thread that will wait no longer out of its line; returns a sender's message.
    pub(crate) fn give_up_wait(&mut self, line: Line, key: Key) -> Option<T> {
        // No waker, hence no user code: the sleeper is the caller's own thread.
        let _thread = self.dequeue(line, key, Standing::Dismissed);
        self.waiters.remove(key)
    }
}
