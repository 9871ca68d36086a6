//! The handles, and the end of the channel.

use std::collections::VecDeque;

use super::State;
use crate::sleeper::{Sleeper, WakeList};
use crate::turn::{PollWaker, Turn};
use crate::waiters::{Key, Line, Standing};

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

    pub(crate) fn remove_sender(&mut self, wakes: &mut WakeList) {
        self.senders -= 1;
        if self.senders == 0 {
            self.close(wakes);
        }
    }

    /// Returns the messages that nobody can receive any more; drop them outside of the lock.
    pub(crate) fn remove_receiver(&mut self, wakes: &mut WakeList) -> VecDeque<T> {
        self.receivers -= 1;
        if self.receivers > 0 {
            return VecDeque::new();
        }
        self.close(wakes);
        self.queue.take()
    }

    /// Ends the channel for senders and sends everybody in a line home; true the first time.
    pub(crate) fn close(&mut self, wakes: &mut WakeList) -> bool {
        if self.closed {
            return false;
        }
        self.closed = true;
        // T3: every message is there for whoever comes first.
        self.promised = 0;
        for line in [Line::Senders, Line::Receivers, Line::Closing] {
            while let Some(key) = self.waiters.first(line) {
                wakes.push(self.dequeue(line, key, Standing::Dismissed));
            }
        }
        self.queue.retire_if_empty();
        true
    }

    /// Ready when the channel is closed.
    pub(crate) fn poll_closed(
        &mut self,
        place: &mut Option<Key>,
        waker: &mut PollWaker<'_>,
    ) -> Turn<()> {
        if self.closed {
            if place.is_some() {
                self.leave(place);
            }
            return Turn::Ready(());
        }
        match *place {
            Some(key) => self.wait_on(key, waker),
            None => self.enlist_task(Line::Closing, place, waker),
        }
    }

    /// Ends the wait of a future for the end of the channel.
    #[must_use]
    pub(crate) fn cancel_closed(&mut self, key: Key) -> Option<Sleeper> {
        let queued = self.waiters.standing(key) == Standing::Queued;
        let sleeper = queued.then(|| self.dequeue(Line::Closing, key, Standing::Dismissed));
        self.waiters.remove(key);
        sleeper
    }
}
