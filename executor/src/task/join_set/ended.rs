//! The children of a set that have ended and were not joined, in that order.
//!
//! It is what the waker of a set leads to. One waker serves all children: where it is woken, the running
//! task is the one that has ended.
//!
//! Invariant: no user code runs under the lock. The waker of whoever waits is cloned, dropped and woken
//! outside of it.

use std::collections::VecDeque;
use std::task::{Wake, Waker};

use wane_channel::base::sync::{Arc, Mutex};

use crate::cell::id::{self, Id};
use crate::cell::wake_behind;

/// Room for which an emptier queue is not moved.
const ROOM_MIN: usize = 16;

/// A queue has room for at most so many times its ids, from [`ROOM_MIN`] on.
const ROOM_FACTOR_MAX: usize = 8;

pub(super) struct Ended {
    books: Mutex<Books>,
}

struct Books {
    ids: VecDeque<Id>,
    /// Who waits for the next one.
    waiting: Option<Waker>,
}

impl Ended {
    pub(super) fn new() -> Self {
        let books = Books {
            ids: VecDeque::new(),
            waiting: None,
        };
        Self {
            books: Mutex::new(books),
        }
    }

    /// Enters a child, and wakes whoever waits for one: behind the tasks that are queued, so that it
    /// finds more of them.
    pub(super) fn push(&self, id: Id) {
        let waiting = {
            let mut books = self.books.lock();
            books.ids.push_back(id);
            books.waiting.take()
        };
        waiting.into_iter().for_each(wake_behind);
    }

    pub(super) fn pop(&self) -> Option<Id> {
        self.books.lock().pop()
    }

    /// The first child, or leaves the waker for the next one.
    pub(super) fn pop_or_wait(&self, waker: &Waker) -> Option<Id> {
        let id = self.books.lock().pop_or_keep(waker);
        id.unwrap_or_else(|| {
            let mut fresh = Some(waker.clone());
            let mut books = self.books.lock();
            let id = books.pop();
            if id.is_none() {
                std::mem::swap(&mut books.waiting, &mut fresh);
            }
            drop(books);
            drop(fresh);
            id
        })
    }
}

impl Books {
    fn pop(&mut self) -> Option<Id> {
        let id = self.ids.pop_front();
        let (ids, room) = (self.ids.len(), self.ids.capacity());
        if room > ROOM_MIN && room > ids * ROOM_FACTOR_MAX {
            self.ids.shrink_to(ids * 2);
        }
        id
    }

    /// `Some` where nothing is left to do: there is a child, or this waker waits already.
    fn pop_or_keep(&mut self, waker: &Waker) -> Option<Option<Id>> {
        let id = self.pop();
        let waits = |waiting: &Waker| waiting.will_wake(waker);
        (id.is_some() || self.waiting.as_ref().is_some_and(waits)).then_some(id)
    }
}

impl Wake for Ended {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let child = id::try_id();
        self.push(child.expect("a joiner is woken inside of the task that has ended"));
    }
}
