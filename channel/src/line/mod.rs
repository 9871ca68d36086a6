//! Those who wait: their entries, and the lines that the channel keeps through them.
//!
//! An entry lies in the future, or in the stack frame, that waits, so that a wait allocates
//! nothing and a crowd that has left leaves nothing behind. [`Wait`] owns one and takes it out of
//! its line before it goes; [`Lines`] is what the channel knows of them.
//!
//! Rejected: a table of entries in the channel, named by keys. It needs no unsafe code and no
//! pinned futures, but an entry in it cannot move, so that one who stays keeps the memory of all
//! who came with him.

mod entry;
mod lines;
mod wait;

pub(crate) use entry::{Seat, Standing};
pub(crate) use lines::{Line, Lines};
pub(crate) use wait::{ChannelRef, Wait};
