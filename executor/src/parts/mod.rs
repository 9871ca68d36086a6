//! Plain data structures that know nothing of tasks, clocks or sockets.

#[cfg(not(loom))]
pub(crate) mod clock;
pub(crate) mod peak;
pub(crate) mod wheel;
