//! An async runtime whose memory goes down the moment a task ends.

// The modules in floor order: each imports only from those above it.
pub(crate) mod parts;

mod cell;

pub(crate) mod driver;

#[cfg(not(loom))]
pub(crate) mod context;

#[cfg(not(loom))]
mod blocking;
#[cfg(not(loom))]
pub mod net;
#[cfg(not(loom))]
pub mod time;

mod scheduler;

#[cfg(not(loom))]
pub mod runtime;
#[cfg(not(loom))]
pub mod task;

#[cfg(all(not(loom), feature = "hyper"))]
pub mod hyper;
#[cfg(all(not(loom), feature = "tokio-io"))]
pub mod io;

/// What the loom models reach of the runtime's insides.
#[cfg(loom)]
#[doc(hidden)]
pub mod internals;

#[cfg(all(not(loom), test))]
mod testing;

#[cfg(not(loom))]
pub use runtime::spawn::spawn;
#[cfg(feature = "tokio-io")]
pub use tokio::{join, pin, select, sync, try_join};
#[doc(inline)]
pub use wane_channel as channel;
#[cfg(feature = "macros")]
pub use wane_macros::{main, test};
