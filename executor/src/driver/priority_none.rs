//! Asking for urgent data where the system does not report them.

/// What a registration asks for in their place, since it cannot ask for nothing.
pub(super) const PRIORITY: mio::Interest = mio::Interest::READABLE;
