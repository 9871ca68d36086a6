//! The handles, and the end of the channel.

use super::State;
use crate::line::{Line, Seat, Standing};
use crate::queue::Queue;
use crate::sleeper::WakeList;
use crate::turn::{PollWaker, Turn};

impl<T> State<T> {
    pub(crate) fn add_sender(&mut self) {
        self.senders += 1;
    }

    pub(crate) fn add_receiver(&mut self) {
        self.receivers += 1;
    }

    /// A handle from a weak one, where the channel is open and there is another.
    pub(crate) fn try_add_sender(&mut self) -> bool {
        let possible = !self.closed && self.senders > 0;
        self.senders += usize::from(possible);
        possible
    }

    /// As [`State::try_add_sender`], at the other end.
    pub(crate) fn try_add_receiver(&mut self) -> bool {
        let possible = !self.closed && self.receivers > 0;
        self.receivers += usize::from(possible);
        possible
    }

    pub(crate) fn remove_sender(&mut self, wakes: &mut WakeList<T>) {
        self.senders -= 1;
        if self.senders == 0 {
            self.close(wakes);
        }
    }

    /// Returns the messages that nobody can receive any more; drop them outside of the lock.
    pub(crate) fn remove_receiver(&mut self, wakes: &mut WakeList<T>) -> Option<Queue<T>> {
        self.receivers -= 1;
        (self.receivers == 0).then(|| {
            self.close(wakes);
            self.claim(self.available);
            self.queue.take()
        })
    }

    /// Ends the channel for senders and sends everybody in a line home; true the first time.
    pub(crate) fn close(&mut self, wakes: &mut WakeList<T>) -> bool {
        if self.closed {
            return false;
        }
        self.closed = true;
        // T3: every message is there for whoever comes first.
        self.unpromise(self.promised);
        for line in [Line::Senders, Line::Receivers, Line::Closing] {
            while let Some(sleeper) = self.lines.pop(line, Standing::Outside) {
                wakes.push(sleeper);
            }
        }
        self.queue.retire_if_empty();
        true
    }

    /// Ready when the channel is closed.
    pub(crate) fn poll_closed(&mut self, seat: Seat<'_, T>, waker: &mut PollWaker<'_>) -> Turn<()> {
        if self.closed {
            return Turn::Ready(());
        }
        match seat.standing() {
            Standing::Queued => Self::stay(seat, waker),
            Standing::Outside | Standing::Promised => self.enlist_task(seat, waker),
        }
    }
}
