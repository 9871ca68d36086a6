//! What the loom models reach of the runtime's insides.

pub use crate::parts::block_on::{block_on, waker};
pub use crate::parts::parker::{Parker, Unparker};

pub mod depot;
pub mod driver;
pub mod scheduler;
pub mod tasks;
