//! Names of Unix sockets where all of them are paths.

use std::io;
use std::path::Path;

/// The address of a path.
pub(super) fn address(path: &Path) -> io::Result<std::os::unix::net::SocketAddr> {
    std::os::unix::net::SocketAddr::from_pathname(path)
}

/// The abstract name that the system told: there are none.
#[cfg(feature = "tokio-io")]
pub(super) fn abstract_name(
    _address: &socket2::SockAddr,
) -> Option<io::Result<std::os::unix::net::SocketAddr>> {
    None
}
