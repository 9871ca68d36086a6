//! Futures whose memory goes down before their task ends.
//!
//! An `async` block keeps room for the largest of its awaits for as long as it lives, keeps one caller's
//! frame per call, and is polled from its outermost frame at each wake. What is here takes the other way:
//!
//! | shape | by hand | here |
//! |---|---|---|
//! | a large phase, then a long wait | the phase's room stays | [`stage`] gives it back |
//!
//! They work under any runtime. [`assert_future_size`] holds a future to a bound in a test.

mod size;
mod stage;

pub use size::assert_future_size;
pub use stage::{Stage, stage};
