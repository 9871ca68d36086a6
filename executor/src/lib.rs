//! An async runtime whose memory goes down the moment a task ends.
#![deny(unsafe_code)]

pub mod task;
