//! What a newcomer will probably meet: a hint beside the lock.
//!
//! An operation that has to wait needs a clone of its waker, which is made with no lock held. With
//! the hint it makes the clone first and takes the lock once; without, it would take the lock, find
//! out, let go, clone, and take it again. Where the hint is wrong nothing else is: who was told to
//! expect a wait looks again under the lock, and so does who was not.

/// A send that comes now has to wait, or fails.
const FULL: u8 = 1;

/// A receive that comes now has to wait, or fails.
const EMPTY: u8 = 2;

/// The hint, as it lies in the byte beside the lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outlook(u8);

impl Outlook {
    #[inline]
    pub(crate) fn new(full: bool, empty: bool) -> Self {
        Self(u8::from(full) * FULL + u8::from(empty) * EMPTY)
    }

    #[inline]
    pub(crate) fn of_hint(hint: u8) -> Self {
        Self(hint)
    }

    #[inline]
    pub(crate) fn hint(self) -> u8 {
        self.0
    }

    #[inline]
    pub(crate) fn is_full(self) -> bool {
        self.0 & FULL != 0
    }

    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.0 & EMPTY != 0
    }
}
