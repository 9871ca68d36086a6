//! An async runtime whose memory goes down the moment a task ends.

#[cfg(not(loom))]
mod blocking;
mod parts;

/// What the loom models reach of the runtime's insides.
#[cfg(loom)]
#[doc(hidden)]
pub mod internals {
    pub use crate::parts::block_on::{block_on, waker};
    pub use crate::parts::parker::{Parker, Unparker};
}
