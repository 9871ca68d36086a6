//! tokio's executor-free input and output, and what one may wait for on a socket.

pub use crate::driver::{Interest, Ready};
pub use tokio::io::*;

/// Descriptors that none of the sockets stands for.
pub mod unix {
    pub use crate::net::async_fd::{
        AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, AsyncFdTryNewError,
        TryIoError,
    };
}
