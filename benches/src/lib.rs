//! The benches of wane: the same workloads on wane and on its peers, in one process.
//!
//! A workload is one generic function over [`rivals::Rival`]; every rival runs its own monomorphic
//! copy, so that none pays for the abstraction. [`contest::Contest`] takes the rivals in turn,
//! round by round, since the machine's state moves more than the rivals differ.

pub mod channels;
pub mod contest;
pub mod criterion_bridge;
pub mod machine;
pub mod rivals;
pub mod statistics;
pub mod traffic;
pub mod workloads;
