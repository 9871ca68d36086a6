//! Datagrams between Unix sockets.

mod messages;
mod socket;

#[cfg(feature = "tokio-io")]
mod tokio_io;

pub use socket::UnixDatagram;
