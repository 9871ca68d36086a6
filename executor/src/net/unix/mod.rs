//! Unix sockets and pipes: between processes on one machine.

mod addr;
mod credentials;
mod datagram;
mod listener;
mod socket;
mod split;
mod split_owned;
mod stream;

pub mod pipe;

#[cfg(feature = "tokio-io")]
mod tokio_io;

// Names that are no paths, by platform.
#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    path = "names_linux.rs"
)]
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    path = "names_plain.rs"
)]
mod names;

// How the system tells who the other end is.
#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    path = "peer_linux.rs"
)]
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    path = "peer_bsd.rs"
)]
mod peer;

pub use addr::SocketAddr;
pub use credentials::{UCred, gid_t, pid_t, uid_t};
pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};

pub use datagram::UnixDatagram;
pub use listener::UnixListener;
pub use socket::UnixSocket;
pub use stream::UnixStream;
