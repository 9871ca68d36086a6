//! One who waits, and the proof that the lock is held which guards it.
//!
//! | [`Standing`] | in its line | sleeper | meaning                                           |
//! |--------------|:-----------:|:-------:|---------------------------------------------------|
//! | `Outside`    |     no      |   no    | a newcomer; or dismissed, and to ask again as one |
//! | `Queued`     |     yes     |   yes   | waits                                             |
//! | `Promised`   |     no      |   no    | a slot or a message is kept for it                |
//!
//! - W1. An entry leaves its line exactly once, and its sleeper goes to whoever takes it out.
//! - W2. The fields of an entry are touched under the lock of its channel alone, through a [`Seat`].
//! - W3. An entry that is `Queued` stays where it is: its owner has pinned it, and takes it out of
//!   its line before its memory is used for anything else.
#![expect(
    unsafe_code,
    reason = "entries are reached from the channel, which does not own them"
)]

use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::ptr::NonNull;

use super::lines::Line;
use crate::base::sync::cell::UnsafeCell;
use crate::sleeper::Sleeper;
use crate::turn::PollWaker;

/// Where an entry stands; the table at the head of this file says what it then holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Outside,
    Queued,
    Promised,
}

/// Where an entry is found.
pub(super) type Link<T> = NonNull<Entry<T>>;

/// What the lock guards of an entry.
#[derive(Debug)]
pub(super) struct Fields<T> {
    pub(super) standing: Standing,
    pub(super) previous: Option<Link<T>>,
    pub(super) next: Option<Link<T>>,
    pub(super) sleeper: Option<Sleeper<T>>,
}

/// One who waits. It cannot move once it was pinned: its neighbours in the line point to it.
#[derive(Debug)]
pub(super) struct Entry<T> {
    line: Line,
    fields: UnsafeCell<Fields<T>>,
    _pinned: PhantomPinned,
}

// SAFETY: it owns a sleeper, which crosses threads where its message does; the links to its
// neighbours are followed under the channel's lock alone (W2).
unsafe impl<T: Send> Send for Entry<T> {}
// SAFETY: a shared reference opens nothing without a `Seat`, and hence without the lock (W2).
unsafe impl<T: Send> Sync for Entry<T> {}

impl<T> Entry<T> {
    #[inline]
    pub(super) fn new(line: Line) -> Self {
        Self {
            line,
            fields: UnsafeCell::new(Fields {
                standing: Standing::Outside,
                previous: None,
                next: None,
                sleeper: None,
            }),
            _pinned: PhantomPinned,
        }
    }
}

/// An entry within one step under its channel's lock.
///
/// # Invariants
///
/// While a seat exists the lock of its entry's channel is held, and the entry is alive.
#[derive(Debug)]
pub(crate) struct Seat<'step, T> {
    link: Link<T>,
    _step: PhantomData<&'step Entry<T>>,
}

impl<T> Clone for Seat<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seat<'_, T> {}

impl<'step, T> Seat<'step, T> {
    /// The owner's way to a seat.
    ///
    /// # Safety
    ///
    /// - The lock of the entry's channel is held for all of `'step`, and the seat is used with the
    ///   state behind that lock and no other.
    /// - The owner takes the entry out of its line before it unpins it (W3).
    #[inline]
    pub(super) unsafe fn of_owned(entry: Pin<&'step Entry<T>>) -> Self {
        Self {
            link: NonNull::from(entry.get_ref()),
            _step: PhantomData,
        }
    }

    /// The channel's way to a seat.
    ///
    /// # Safety
    ///
    /// - The lock of the channel is held for all of `'step`.
    /// - The entry is in one of this channel's lines, so that it is alive (W3), and nothing but
    ///   this step takes it out.
    #[inline]
    pub(super) unsafe fn of_queued(link: Link<T>) -> Self {
        Self {
            link,
            _step: PhantomData,
        }
    }

    /// The line that the entry is for.
    #[inline]
    pub(crate) fn line(self) -> Line {
        // SAFETY: the entry is alive while there is a seat.
        unsafe { self.link.as_ref() }.line
    }

    #[inline]
    pub(super) fn link(self) -> Link<T> {
        self.link
    }

    /// The only way to the fields. `access` has to leave other seats alone.
    #[inline]
    pub(super) fn with<R>(self, access: impl FnOnce(&mut Fields<T>) -> R) -> R {
        // SAFETY: the entry is alive while there is a seat.
        let entry = unsafe { self.link.as_ref() };
        entry.fields.with_mut(|fields| {
            // SAFETY: the lock is held while there is a seat (W2), and within this step there is
            // no second reference: no `access` of this folder comes back here.
            access(unsafe { &mut *fields })
        })
    }

    #[inline]
    pub(crate) fn standing(self) -> Standing {
        self.with(|fields| fields.standing)
    }

    /// `Promised → Outside`: lets go of what was kept for the entry.
    #[inline]
    pub(crate) fn dismiss(self) {
        self.with(|fields| {
            debug_assert_eq!(fields.standing, Standing::Promised);
            fields.standing = Standing::Outside;
        });
    }

    /// True where a wake of the queued entry now reaches the task of this poll.
    #[inline]
    pub(crate) fn wakes(self, waker: &mut PollWaker<'_>) -> bool {
        self.with(|fields| match &mut fields.sleeper {
            Some(Sleeper::Task(registered)) => waker.is_installed_in(registered),
            _ => unreachable!("a future in its line is a task"),
        })
    }
}
