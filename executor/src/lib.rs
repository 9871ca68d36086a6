//! An async runtime whose memory goes down the moment a task ends.
#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the scheduler above is not here yet")
)]

pub(crate) mod driver;
pub(crate) mod parts;

#[cfg(not(loom))]
pub(crate) mod context;
#[cfg(not(loom))]
pub mod net;
#[cfg(not(loom))]
pub mod time;

#[cfg(all(not(loom), feature = "tokio-io"))]
pub mod io;

#[cfg(all(not(loom), test))]
mod testing;

/// The runtime.
pub mod runtime {
    pub use crate::driver::{ShutDown, is_rt_shutdown_err};
}
