//! Those who wait in the channel: one table of entries, and three lines through it in order of
//! arrival.
//!
//! | [`Standing`]  | in its line | sleeper | parcel of a thread    | meaning                         |
//! |---------------|:-----------:|:-------:|-----------------------|---------------------------------|
//! | `Queued`      |     yes     |   yes   | a sender's message    | waits                           |
//! | `Promised`    |     no      |   no    | none                  | a slot or a message is kept for it |
//! | `Served`      |     no      |   no    | a receiver's message  | a thread's partner did its work |
//! | `Dismissed`   |     no      |   no    | a sender's message    | must ask again as a newcomer    |
//!
//! - W1. An entry leaves its line exactly once, and its sleeper goes to whoever takes it out.
//! - W2. Only the owner of a [`Key`] removes the entry, so that a key never points at a stranger.
//!
//! The table lets its storage go when the last entry leaves a table that had grown. While one
//! entry stays, a peak's storage stays with it: entries cannot move, since their owners hold keys.
//!
//! Rejected, so far: list nodes inside the futures. They allocate nothing and leave no peak, but
//! need pinned futures and unsafe code.

use std::num::NonZeroU32;

use slab::Slab;

use crate::sleeper::Sleeper;
use crate::turn::PollWaker;

/// The storage of a table that never held more entries than this stays for the next ones.
const TABLE_AT_REST_MAX: usize = 32;

/// Names an entry of the table. Whoever holds it owns the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(NonZeroU32);

impl Key {
    fn from_index(index: usize) -> Self {
        let number = u32::try_from(index + 1).expect("fewer than 2^32 waiters fit into memory");
        Self(NonZeroU32::new(number).expect("one more than an index is not zero"))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// What they wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A free slot.
    Senders,
    /// A message.
    Receivers,
    /// The end of the channel.
    Closing,
}

/// Where an entry stands; the table at the head of this file says what it then holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Queued,
    Promised,
    Served,
    Dismissed,
}

#[derive(Debug)]
struct Waiter<T> {
    standing: Standing,
    previous: Option<Key>,
    next: Option<Key>,
    sleeper: Option<Sleeper>,
    parcel: Option<T>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    first: Option<Key>,
    last: Option<Key>,
}

/// The table and its three lines.
#[derive(Debug)]
pub(crate) struct Waiters<T> {
    table: Slab<Waiter<T>>,
    lines: [Ends; 3],
}

impl<T> Waiters<T> {
    /// An empty table, which has allocated nothing.
    pub(crate) const fn new() -> Self {
        let nobody = Ends {
            first: None,
            last: None,
        };
        Self {
            table: Slab::new(),
            lines: [nobody; 3],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Who came first among those in the line.
    #[inline]
    pub(crate) fn first(&self, line: Line) -> Option<Key> {
        self.lines[line as usize].first
    }

    #[inline]
    pub(crate) fn is_idle(&self, line: Line) -> bool {
        self.first(line).is_none()
    }

    pub(crate) fn standing(&self, key: Key) -> Standing {
        self.entry(key).standing
    }

    /// True for a thread that waits in a line.
    pub(crate) fn is_thread(&self, key: Key) -> bool {
        self.entry(key)
            .sleeper
            .as_ref()
            .is_some_and(Sleeper::is_thread)
    }

    /// How many entries have this standing.
    pub(crate) fn census(&self, standing: Standing) -> usize {
        self.table
            .iter()
            .filter(|(_, waiter)| waiter.standing == standing)
            .count()
    }

    /// Adds an entry at the end of the line.
    pub(crate) fn enlist(&mut self, line: Line, sleeper: Sleeper, parcel: Option<T>) -> Key {
        let previous = self.lines[line as usize].last;
        let key = Key::from_index(self.table.insert(Waiter {
            standing: Standing::Queued,
            previous,
            next: None,
            sleeper: Some(sleeper),
            parcel,
        }));
        match previous {
            Some(previous) => self.entry_mut(previous).next = Some(key),
            None => self.lines[line as usize].first = Some(key),
        }
        self.lines[line as usize].last = Some(key);
        key
    }

    /// Takes the entry out of its line into another standing: `Queued → standing` (W1).
    pub(crate) fn dequeue(&mut self, line: Line, key: Key, standing: Standing) -> Sleeper {
        let waiter = self.entry_mut(key);
        debug_assert_eq!(waiter.standing, Standing::Queued, "W1: {key:?}");
        waiter.standing = standing;
        let sleeper = waiter.sleeper.take();
        let (previous, next) = (waiter.previous.take(), waiter.next.take());
        match previous {
            Some(previous) => self.entry_mut(previous).next = next,
            None => self.lines[line as usize].first = next,
        }
        match next {
            Some(next) => self.entry_mut(next).previous = previous,
            None => self.lines[line as usize].last = previous,
        }
        sleeper.expect("W1: an entry in a line has a sleeper")
    }

    /// Lets go of what was kept for the entry: `Promised → Dismissed`.
    pub(crate) fn dismiss_promised(&mut self, key: Key) {
        let waiter = self.entry_mut(key);
        debug_assert_eq!(waiter.standing, Standing::Promised);
        waiter.standing = Standing::Dismissed;
    }

    /// The message a thread left here, or finds here.
    pub(crate) fn parcel_mut(&mut self, key: Key) -> &mut Option<T> {
        &mut self.entry_mut(key).parcel
    }

    /// True where a wake of the queued entry now reaches the task of this poll.
    pub(crate) fn wakes(&mut self, key: Key, waker: &mut PollWaker<'_>) -> bool {
        match &mut self.entry_mut(key).sleeper {
            Some(Sleeper::Task(registered)) => waker.is_installed_in(registered),
            other => unreachable!("a queued future is a task, not {other:?}"),
        }
    }

    /// Ends an entry that has left its line (W2); returns its parcel.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let waiter = self.table.remove(key.index());
        debug_assert_ne!(waiter.standing, Standing::Queued, "W1: {key:?}");
        if self.table.is_empty() && self.table.capacity() > TABLE_AT_REST_MAX {
            self.table = Slab::new();
        }
        waiter.parcel
    }

    fn entry(&self, key: Key) -> &Waiter<T> {
        &self.table[key.index()]
    }

    fn entry_mut(&mut self, key: Key) -> &mut Waiter<T> {
        &mut self.table[key.index()]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::task::Waker;

    fn enlist(waiters: &mut Waiters<u32>) -> Key {
        let sleeper = Sleeper::Task(Waker::noop().clone());
        waiters.enlist(Line::Senders, sleeper, None)
    }

    fn leave(waiters: &mut Waiters<u32>, key: Key) {
        waiters
            .dequeue(Line::Senders, key, Standing::Dismissed)
            .forget();
        waiters.remove(key);
    }

    #[test]
    fn a_line_keeps_the_order_of_arrival_around_those_who_leave() {
        let mut waiters = Waiters::new();
        let [a, b, c, d] = std::array::from_fn(|_| enlist(&mut waiters));
        leave(&mut waiters, b);
        leave(&mut waiters, d);
        let e = enlist(&mut waiters);
        for expected in [a, c, e] {
            assert_eq!(waiters.first(Line::Senders), Some(expected));
            leave(&mut waiters, expected);
        }
        assert!(waiters.is_idle(Line::Senders));
    }

    #[test]
    fn a_crowd_that_left_leaves_no_storage() {
        let mut waiters = Waiters::new();
        let crowd: Vec<Key> = (0..10_000).map(|_| enlist(&mut waiters)).collect();
        crowd.into_iter().for_each(|key| leave(&mut waiters, key));
        assert_eq!(waiters.table.capacity(), 0);
    }
}
