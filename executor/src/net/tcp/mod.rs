//! TCP: sockets, listeners, streams, and streams split into their directions.

mod listener;
mod socket;
mod socket_options;
mod split;
mod split_owned;
mod stream;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod options_linux;
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly",
))]
mod options_qos;
#[cfg(feature = "tokio-io")]
mod tokio_io;

pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};

pub use listener::TcpListener;
pub use socket::TcpSocket;
pub use stream::TcpStream;
