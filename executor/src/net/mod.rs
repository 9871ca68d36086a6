//! TCP sockets.
//!
//! The names, signatures and semantics are tokio's. A socket belongs to the runtime it was made in
//! and is registered there for as long as it lives. One that outlives its runtime fails with an
//! error that `wane::runtime::is_rt_shutdown_err` recognises.
//!
//! ```
//! use wane::io::{AsyncReadExt, AsyncWriteExt};
//! use wane::net::{TcpListener, TcpStream};
//!
//! let rt = wane::runtime::Runtime::new()?;
//! rt.block_on(async {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let mut client = TcpStream::connect(listener.local_addr()?).await?;
//!     let (mut server, _) = listener.accept().await?;
//!
//!     client.write_all(b"hello").await?;
//!     client.shutdown().await?;
//!     let mut received = Vec::new();
//!     server.read_to_end(&mut received).await?;
//!     assert_eq!(received, b"hello");
//!     std::io::Result::Ok(())
//! })?;
//! # std::io::Result::Ok(())
//! ```

mod addr;
mod resolve;
pub mod tcp;

pub use addr::ToSocketAddrs;
pub use resolve::lookup_host;
pub use tcp::{TcpListener, TcpStream};

pub use crate::driver::{Interest, Ready};

use crate::context;
use crate::driver::Handle;

#[cfg(all(test, feature = "tokio-io"))]
mod tests;

/// The driver that a new socket registers with.
#[track_caller]
fn current_driver() -> Handle {
    context::driver().unwrap_or_else(|| {
        panic!(
            "there is no runtime to keep this socket: make it in a task, inside \
             `wane::runtime::Runtime::block_on`, or after `Runtime::enter`"
        )
    })
}
