//! Asking for urgent data where the system reports them.

/// What a registration asks for.
pub(super) const PRIORITY: mio::Interest = mio::Interest::PRIORITY;
