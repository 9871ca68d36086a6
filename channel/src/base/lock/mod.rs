//! The lock of a channel: of a kind that is let go by a plain store, or loom's under `--cfg loom`.
//!
//! In a model the lock is loom's mutex, which costs a model one step and reports a deadlock. The
//! other one has a model of its own.

#[cfg(loom)]
mod model;
mod pause;
pub mod spin;

#[cfg(loom)]
pub use model::{Lock, LockGuard};
#[cfg(not(loom))]
pub use spin::{Lock, LockGuard};
