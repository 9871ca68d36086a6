//! The driver: sockets and timers, and the sleep of the thread that waits for them.
//!
//! There is no driver thread. Whichever thread has nothing to do takes the [`Driver`] and parks in
//! it; everybody else reaches the shared half through a [`Handle`].
//!
//! | file        | holds                                                                  |
//! |-------------|------------------------------------------------------------------------|
//! | `park`      | the exclusive half: sleep, then hand out what has happened             |
//! | `handle`    | the shared half: unpark, shut down, arm timers, register sockets       |
//! | `timers`    | the wheel, the clock, and what the sleeper waits for                   |
//! | `reactor`   | the table of registered sockets                                        |
//! | `source`    | one socket's readiness and those who wait for it                       |
//! | `readiness` | the word that tells readiness from stale readiness                     |
//! | `evented`   | a socket that is registered for as long as it lives                    |
//! | `fd_source` | a descriptor of the caller's as something to register                   |
//! | `priority`  | how to ask the system for urgent data                                  |
//! | `transfer`  | reads and writes that know from a short count that the next would wait |
//! | `batch`     | wakers collected under a lock, woken outside of it                     |
//!
//! Locks: the reactor's table may be held when a source's waiters are locked; no other lock is
//! taken under another. Wakers are cloned, woken and dropped with no lock held.

pub(crate) mod batch;
mod error;
mod interest;
pub(crate) mod readiness;
pub(crate) mod source;
pub(crate) mod timers;

#[cfg(not(loom))]
mod evented;
#[cfg(all(not(loom), feature = "tokio-io"))]
mod fd_source;
#[cfg(not(loom))]
mod handle;
#[cfg(not(loom))]
mod park;
#[cfg(not(loom))]
mod reactor;
#[cfg(all(not(loom), feature = "tokio-io"))]
mod transfer;

// What asks for urgent data, by platform.
#[cfg(all(
    not(loom),
    feature = "tokio-io",
    any(target_os = "linux", target_os = "android")
))]
#[path = "priority_linux.rs"]
mod priority;
#[cfg(all(
    not(loom),
    feature = "tokio-io",
    not(any(target_os = "linux", target_os = "android"))
))]
#[path = "priority_none.rs"]
mod priority;

pub use error::{ShutDown, is_rt_shutdown_err};
pub use interest::{Interest, Ready};

#[cfg(not(loom))]
pub(crate) use evented::Evented;
#[cfg(all(not(loom), feature = "tokio-io"))]
pub(crate) use fd_source::{FdSource, registration};
#[cfg(not(loom))]
pub(crate) use handle::{Handle, WeakHandle};
#[cfg(not(loom))]
pub(crate) use park::Driver;
#[cfg(all(not(loom), feature = "tokio-io"))]
pub(crate) use readiness::Event;
pub(crate) use source::Direction;
pub(crate) use timers::Watch;
