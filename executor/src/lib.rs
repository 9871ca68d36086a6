//! An async runtime whose memory goes down the moment a task ends.
//!
//! When a task ends (returns, panics, is aborted) its future is dropped and its memory given back
//! before anybody can see the result. What is left is the result alone, in memory of its own size, and
//! only while somebody can still take it. A waker, an abort handle or a finished join handle that
//! someone still holds keeps nothing of the task.
//!
//! Names and signatures are tokio's, so that `s/tokio::/wane::/` carries a program over.
//!
//! ```
//! use wane::channel;
//!
//! #[wane::main]
//! async fn main() {
//!     let (tx, rx) = channel::bounded(16);
//!     for part in 1..=4_u32 {
//!         let tx = tx.clone();
//!         wane::spawn(async move { tx.send(part * part).await });
//!     }
//!     drop(tx);
//!     let mut sum = 0;
//!     while let Ok(square) = rx.recv().await {
//!         sum += square;
//!     }
//!     assert_eq!(sum, 30);
//! }
//! ```
//!
//! # Features
//!
//! - `macros` (default): `#[wane::main]` and `#[wane::test]`.
//! - `tokio-io` (default): tokio's `AsyncRead` and `AsyncWrite` on our sockets and pipes, `AsyncFd`,
//!   and tokio's executor-free half under `wane::io`, `wane::sync`, `wane::select!` and `wane::join!`.
//!   (Without it [`sync`] has our own token alone.)
//! - `hyper`: hyper's executor and timer on this runtime.
//! - `console`: each task as a span of `tracing`, for [tokio-console](https://docs.rs/tokio-console): a
//!   future grows by a pointer, and costs more only where somebody listens. The program starts
//!   console-subscriber first, and is built with `RUSTFLAGS="--cfg
//!   console_without_tokio_unstable"`, which tells console-subscriber that tokio's unstable features are not
//!   needed.
//! - `tracing`: events of workers that are stuck, and of other troubles, for subscribers of `tracing`.
#![cfg_attr(
    loom,
    expect(
        dead_code,
        unused_imports,
        unreachable_pub,
        reason = "a model reaches the floors below the runtime, through `internals`"
    )
)]

// The modules in floor order: each imports only from those above it.
#[cfg(not(loom))]
pub mod future;
pub(crate) mod parts;

mod cell;

pub(crate) mod driver;

#[cfg(not(loom))]
pub(crate) mod context;

#[cfg(not(loom))]
mod blocking;
#[cfg(loom)]
#[path = "blocking/depot/called_off.rs"]
mod called_off;
#[cfg(not(loom))]
pub mod net;
#[cfg(not(loom))]
pub mod sync;
#[cfg(not(loom))]
pub mod time;

mod scheduler;

#[cfg(not(loom))]
pub mod runtime;
#[cfg(not(loom))]
pub mod task;

#[cfg(not(loom))]
pub mod fs;
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
pub use future::{recursive, stage, tail, tail_loop};
#[cfg(not(loom))]
pub use runtime::spawn::spawn;
#[cfg(not(loom))]
pub use task::{scope, supervise, try_scope};
#[cfg(feature = "tokio-io")]
pub use tokio::{join, pin, select, try_join};
#[doc(inline)]
pub use wane_channel as channel;
#[cfg(feature = "macros")]
pub use wane_macros::{main, test};
