//! What one may wait for on a socket, and what a socket may be ready for.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

/// What a socket is ready for: a set of flags.
///
/// Readiness is a hint: an operation may still find that it would have to wait.
///
/// ```
/// use wane::io::Ready;
///
/// let ready = Ready::READABLE | Ready::WRITE_CLOSED;
/// assert!(ready.is_readable() && ready.is_writable());
/// assert!(!ready.is_read_closed());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ready(u8);

const NAMES: [(Ready, &str); 6] = [
    (Ready::READABLE, "READABLE"),
    (Ready::WRITABLE, "WRITABLE"),
    (Ready::READ_CLOSED, "READ_CLOSED"),
    (Ready::WRITE_CLOSED, "WRITE_CLOSED"),
    (Ready::ERROR, "ERROR"),
    (Ready::PRIORITY, "PRIORITY"),
];

impl Ready {
    /// Ready for nothing.
    pub const EMPTY: Self = Self(0);
    /// A read is likely not to wait.
    pub const READABLE: Self = Self(1);
    /// A write is likely not to wait.
    pub const WRITABLE: Self = Self(1 << 1);
    /// The other side will send no more, or this side reads no more.
    pub const READ_CLOSED: Self = Self(1 << 2);
    /// The other side will take no more, or this side writes no more.
    pub const WRITE_CLOSED: Self = Self(1 << 3);
    /// The socket has an error to report.
    pub const ERROR: Self = Self(1 << 4);
    /// There are urgent data, as TCP's out-of-band byte. Linux and Android report it.
    pub const PRIORITY: Self = Self(1 << 5);
    /// Everything at once.
    pub const ALL: Self = Self(0b11_1111);

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// What never goes away once it is there.
    pub(crate) const LASTING: Self = Self(Self::READ_CLOSED.0 | Self::WRITE_CLOSED.0);

    /// True where no flag is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True where a read would not wait: there are data, or the end is reached.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & (Self::READABLE.0 | Self::READ_CLOSED.0) != 0
    }

    /// True where a write would not wait: there is room, or nobody takes any more.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & (Self::WRITABLE.0 | Self::WRITE_CLOSED.0) != 0
    }

    /// True where the reading direction is closed.
    #[must_use]
    pub const fn is_read_closed(self) -> bool {
        self.0 & Self::READ_CLOSED.0 != 0
    }

    /// True where the writing direction is closed.
    #[must_use]
    pub const fn is_write_closed(self) -> bool {
        self.0 & Self::WRITE_CLOSED.0 != 0
    }

    /// True where the socket has an error to report.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 & Self::ERROR.0 != 0
    }

    /// True where there are urgent data.
    #[must_use]
    pub const fn is_priority(self) -> bool {
        self.0 & Self::PRIORITY.0 != 0
    }
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Ready {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Ready {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = NAMES
            .iter()
            .filter(|&&(flag, _)| !(*self & flag).is_empty());
        let names: Vec<&str> = set.map(|&(_, name)| name).collect();
        write!(f, "Ready({})", names.join(" | "))
    }
}

/// What to wait for: reading, writing, errors, urgent data, or several of them.
///
/// ```
/// use wane::io::Interest;
///
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable());
/// assert_eq!(both.remove(Interest::READABLE), Some(Interest::WRITABLE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(u8);

impl Interest {
    /// Data to read, or the end of them.
    pub const READABLE: Self = Self(1);
    /// Room to write, or nobody who takes any more.
    pub const WRITABLE: Self = Self(1 << 1);
    /// An error to report.
    pub const ERROR: Self = Self(1 << 2);
    /// Urgent data, as TCP's out-of-band byte. Linux and Android report them.
    pub const PRIORITY: Self = Self(1 << 3);

    /// True where reading is among it.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & Self::READABLE.0 != 0
    }

    /// True where writing is among it.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & Self::WRITABLE.0 != 0
    }

    /// True where errors are among it.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 & Self::ERROR.0 != 0
    }

    /// True where urgent data are among it.
    #[must_use]
    pub const fn is_priority(self) -> bool {
        self.0 & Self::PRIORITY.0 != 0
    }

    /// Both interests together.
    #[must_use]
    pub const fn add(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is left without `other`; `None` where that is nothing.
    #[must_use]
    pub fn remove(self, other: Self) -> Option<Self> {
        let left = self.0 & !other.0;
        (left != 0).then_some(Self(left))
    }

    /// The readiness that satisfies this interest.
    pub(crate) fn mask(self) -> Ready {
        let parts = [
            (Self::READABLE, Ready::READABLE | Ready::READ_CLOSED),
            (Self::WRITABLE, Ready::WRITABLE | Ready::WRITE_CLOSED),
            (Self::ERROR, Ready::ERROR),
            (Self::PRIORITY, Ready::PRIORITY | Ready::READ_CLOSED),
        ];
        let wanted = parts.iter().filter(|(part, _)| self.0 & part.0 != 0);
        wanted.fold(Ready::EMPTY, |mask, &(_, ready)| mask | ready)
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.add(other)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.add(other);
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.is_readable(), "READABLE"),
            (self.is_writable(), "WRITABLE"),
            (self.is_error(), "ERROR"),
            (self.is_priority(), "PRIORITY"),
        ];
        let set = parts.iter().filter(|&&(is_set, _)| is_set);
        let names: Vec<&str> = set.map(|&(_, name)| name).collect();
        f.write_str(&names.join(" | "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_counts_as_ready_since_nothing_would_wait() {
        assert!(Ready::READ_CLOSED.is_readable());
        assert!(Ready::WRITE_CLOSED.is_writable());
        assert!(!Ready::ERROR.is_readable());
        assert!((Ready::ALL - Ready::ALL).is_empty());
    }

    #[test]
    fn an_interest_is_satisfied_by_its_own_readiness_only() {
        assert!(Interest::READABLE.mask().is_readable());
        assert!(!Interest::READABLE.mask().is_writable());
        assert!((Interest::READABLE | Interest::ERROR).mask().is_error());
        assert!(Interest::PRIORITY.mask().is_priority());
        assert!(!Interest::READABLE.mask().is_priority());
        assert_eq!(Interest::READABLE.remove(Interest::READABLE), None);
    }

    #[test]
    fn flags_are_shown_by_name() {
        let shown = format!("{:?}", Ready::READABLE | Ready::ERROR);
        assert_eq!(shown, "Ready(READABLE | ERROR)");
        let shown = format!("{:?}", Interest::READABLE | Interest::WRITABLE);
        assert_eq!(shown, "READABLE | WRITABLE");
    }
}
