//! The tests of wane, and what they share.

pub mod census;
pub mod dice;
pub mod drops;
pub mod gate;
pub mod hang;
pub mod heap;
pub mod rounds;
pub mod runtimes;
pub mod tidy;
