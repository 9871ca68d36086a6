//! UDP: datagrams between sockets that need not be connected.

mod messages;
mod options;
mod socket;

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

pub use socket::UdpSocket;
