//! Sockets: TCP, UDP and Unix.
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
#[cfg(feature = "tokio-io")]
pub(crate) mod async_fd;
mod resolve;
#[cfg(feature = "tokio-io")]
mod stream_io;
pub mod tcp;
mod udp;
#[cfg(feature = "tokio-io")]
mod uninit;
pub mod unix;

pub use addr::ToSocketAddrs;
pub use resolve::lookup_host;
pub use tcp::{TcpListener, TcpSocket, TcpStream};
pub use udp::UdpSocket;
pub use unix::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

pub use crate::driver::{Interest, Ready};

use std::io;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::context;
use crate::driver::Handle;

/// What one waits for to receive a datagram: an error of the socket is reported by receiving.
const RECEIVE: Interest = Interest::READABLE.add(Interest::ERROR);
/// What one waits for to send a datagram.
const SEND: Interest = Interest::WRITABLE.add(Interest::ERROR);

#[cfg(all(test, feature = "tokio-io"))]
mod tests;

/// The driver that a new socket registers with.
#[track_caller]
fn current_driver() -> Handle {
    // Not by a closure, which would take the blame for a panic.
    match context::driver() {
        Some(driver) => driver,
        None => panic!(
            "there is no runtime to keep this socket: make it in a task, inside \
             `wane::runtime::Runtime::block_on`, or after `Runtime::enter`"
        ),
    }
}

/// A socket that never blocks and that child processes do not inherit.
fn new_socket(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    let socket = Socket::new(domain, kind, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Has a socket that never blocks begin to connect.
fn start_connect(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    match socket.connect(address) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(()),
    }
}
