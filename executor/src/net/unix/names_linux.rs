//! Names of Unix sockets on Linux and Android: paths, and abstract names, which are no files.

use std::io;
#[cfg(target_os = "android")]
use std::os::android::net::SocketAddrExt;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::SocketAddr;

/// The address of a path, or, after a zero byte, of an abstract name.
pub(super) fn address(path: &Path) -> io::Result<std::os::unix::net::SocketAddr> {
    match path.as_os_str().as_bytes() {
        [0, name @ ..] => std::os::unix::net::SocketAddr::from_abstract_name(name),
        _ => std::os::unix::net::SocketAddr::from_pathname(path),
    }
}

/// The abstract name that the system told, if it is one.
#[cfg(feature = "tokio-io")]
pub(super) fn abstract_name(
    address: &socket2::SockAddr,
) -> Option<io::Result<std::os::unix::net::SocketAddr>> {
    let name = address.as_abstract_namespace()?;
    Some(std::os::unix::net::SocketAddr::from_abstract_name(name))
}

impl SocketAddr {
    /// The abstract name that the socket is bound to, if it is one, without the zero byte.
    #[must_use]
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        self.0.as_abstract_name()
    }
}
