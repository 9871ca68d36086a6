//! What tasks agree with each other by: a token that cancels many of them, and, with the feature
//! `tokio-io`, all of tokio's executor-free half (`Mutex`, `Semaphore`, `watch`, …).

mod token;

pub use token::{
    CancellationToken, DropGuard, DropGuardRef, WaitForCancellationFuture,
    WaitForCancellationFutureOwned,
};
#[cfg(feature = "tokio-io")]
pub use tokio::sync::*;
