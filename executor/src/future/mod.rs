//! Futures whose memory goes down before their task ends: phases, tail calls, recursion.
//!
//! An `async` block keeps room for the largest of its awaits for as long as it lives, keeps one caller's
//! frame per call, and is polled from its outermost frame at each wake. What is here takes the other way:
//!
//! | shape | by hand | here |
//! |---|---|---|
//! | a large phase, then a long wait | the phase's room stays | [`stage`](fn@stage) gives it back |
//! | a call in tail position, of the same function | a frame per call | [`tail_loop`](fn@tail_loop): one frame, in place |
//! | the same, of several functions | a frame per call | [`tail`](fn@tail): one frame at a time |
//! | recursion | each wake polls every frame, on the thread's stack | [`recursive`]: the top frame, on the heap |
//!
//! They work under any runtime. [`assert_future_size`] holds a future to a bound in a test.

mod recursion;
mod size;
mod stage;
mod tail;
mod tail_loop;

pub use recursion::{DepthExceeded, Recursive, Within, recursive};
pub use size::assert_future_size;
pub use stage::{Stage, stage};
pub use tail::{Tail, TailCall, tail};
pub use tail_loop::{TailLoop, tail_loop};
