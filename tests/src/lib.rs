//! The tests of wane, and what they share.

pub mod tidy;

pub mod heap;
