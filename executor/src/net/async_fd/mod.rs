//! A descriptor that none of the sockets stands for, and its readiness.

mod error;
mod fd;
mod guard;
mod guard_mut;
mod operations;

pub use error::{AsyncFdRegisterError, AsyncFdTryNewError, TryIoError};
pub use fd::AsyncFd;
pub use guard::AsyncFdReadyGuard;
pub use guard_mut::AsyncFdReadyMutGuard;
