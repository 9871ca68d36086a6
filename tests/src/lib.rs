//! The tests of wane, and what they share.

pub mod census;
pub mod dice;
pub mod drops;
pub mod gate;
pub mod hang;
pub mod heap;
#[cfg_attr(not(target_env = "gnu"), path = "malloc_none.rs")]
pub mod malloc;
pub mod rounds;
pub mod runtimes;
pub mod tidy;
