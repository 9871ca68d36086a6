//! tokio's executor-free input and output, and what one may wait for on a socket.

pub use crate::driver::{Interest, Ready};
pub use tokio::io::*;
