//! Plain data structures that know nothing of tasks, each usable alone.

pub(crate) mod block_on;
pub(crate) mod book;
#[cfg(not(loom))]
pub(crate) mod clock;
#[cfg_attr(loom, path = "coarse_clock/model.rs")]
pub(crate) mod coarse_clock;
pub(crate) mod counter;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    path = "cpu_clock_none.rs"
)]
pub(crate) mod cpu_clock;
pub(crate) mod injector;
pub(crate) mod local_queue;
pub(crate) mod parker;
pub(crate) mod peak;
#[cfg(not(loom))]
pub(crate) mod random;
pub(crate) mod sleep;
pub(crate) mod wheel;
