//! The three lines of a channel, each in order of arrival.
#![expect(unsafe_code, reason = "a line points to entries that it does not own")]

use super::entry::{Link, Seat, Standing};
use crate::sleeper::Sleeper;

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

#[derive(Debug)]
struct Ends<T> {
    first: Option<Link<T>>,
    last: Option<Link<T>>,
}

/// Those who wait, by what they wait for.
///
/// # Invariants
///
/// It lies behind its channel's lock, so that whoever has a reference holds the lock; and whatever
/// it points to is an entry of this channel that is `Queued`, and therefore alive (W3).
#[derive(Debug)]
pub(crate) struct Lines<T> {
    ends: [Ends<T>; 3],
}

// SAFETY: the entries that it points to may be touched from any thread that holds the lock (W2),
// and their sleepers cross threads where their messages do.
unsafe impl<T: Send> Send for Lines<T> {}

impl<T> Lines<T> {
    pub(crate) const fn new() -> Self {
        Self {
            ends: [const {
                Ends {
                    first: None,
                    last: None,
                }
            }; 3],
        }
    }

    /// True where nobody waits in the line.
    #[inline]
    pub(crate) fn is_idle(&self, line: Line) -> bool {
        self.ends[line as usize].first.is_none()
    }

    /// True where the first in the line is a thread.
    #[inline]
    pub(crate) fn first_is_thread(&self, line: Line) -> bool {
        self.ends[line as usize].first.is_some_and(|first| {
            self.seat(first)
                .with(|fields| fields.sleeper.as_ref().is_some_and(Sleeper::is_thread))
        })
    }

    /// Adds an entry at the end of its line: `Outside → Queued`.
    #[inline]
    pub(crate) fn enlist(&mut self, seat: Seat<'_, T>, sleeper: Sleeper<T>) {
        let ends = &mut self.ends[seat.line() as usize];
        let previous = ends.last.replace(seat.link());
        if previous.is_none() {
            ends.first = Some(seat.link());
        }
        seat.with(|fields| {
            debug_assert_eq!(fields.standing, Standing::Outside);
            fields.standing = Standing::Queued;
            fields.previous = previous;
            fields.sleeper = Some(sleeper);
        });
        if let Some(previous) = previous {
            self.seat(previous)
                .with(|fields| fields.next = Some(seat.link()));
        }
    }

    /// Takes the first one out of the line: `Queued → standing` (W1).
    #[inline]
    pub(crate) fn pop(&mut self, line: Line, standing: Standing) -> Option<Sleeper<T>> {
        let first = self.ends[line as usize].first?;
        let (next, sleeper) = self.seat(first).with(|fields| {
            debug_assert_eq!(fields.standing, Standing::Queued, "W1");
            fields.standing = standing;
            (fields.next.take(), fields.sleeper.take())
        });
        self.ends[line as usize].first = next;
        match next {
            Some(next) => self.seat(next).with(|fields| fields.previous = None),
            None => self.ends[line as usize].last = None,
        }
        sleeper
    }

    /// Takes an entry out of its line, wherever in it: `Queued → Outside` (W1).
    #[inline]
    pub(crate) fn leave(&mut self, seat: Seat<'_, T>) -> Option<Sleeper<T>> {
        let line = seat.line();
        let (previous, next, sleeper) = seat.with(|fields| {
            debug_assert_eq!(fields.standing, Standing::Queued, "W1");
            fields.standing = Standing::Outside;
            let (previous, next) = (fields.previous.take(), fields.next.take());
            (previous, next, fields.sleeper.take())
        });
        match previous {
            Some(previous) => self.seat(previous).with(|fields| fields.next = next),
            None => self.ends[line as usize].first = next,
        }
        match next {
            Some(next) => self.seat(next).with(|fields| fields.previous = previous),
            None => self.ends[line as usize].last = previous,
        }
        sleeper
    }

    /// The seat of an entry that one of the lines, or a neighbour in it, points to.
    #[inline]
    fn seat(&self, link: Link<T>) -> Seat<'_, T> {
        // SAFETY: by the invariants of this type the lock is held while `self` is borrowed, and the
        // entry is queued here.
        unsafe { Seat::of_queued(link) }
    }
}
