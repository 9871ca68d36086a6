//! An async runtime whose memory goes down the moment a task ends.

#[cfg(not(loom))]
mod blocking;
