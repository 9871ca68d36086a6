//! The ground floor that both crates stand on: the one door to atomics, locks and threads, and the
//! cooperative budget that channels and sockets spend and the executor refills, and the word of a thread
//! to its pool that it is about to sleep.
//!
//! Nothing here is public API; it is `pub` only so that the executor shares it instead of keeping
//! a second copy.

pub mod budget;
pub mod lock;
pub mod sync;
pub mod waits;
