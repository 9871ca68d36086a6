//! The address of a Unix socket.

use std::fmt;
use std::io;
use std::path::Path;

use super::names;

/// The address of a Unix socket: a path, an abstract name, or none.
///
/// ```
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (one, _other) = UnixStream::pair()?;
///     assert!(one.local_addr()?.is_unnamed());
///     assert_eq!(one.local_addr()?.as_pathname(), None);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct SocketAddr(pub(super) std::os::unix::net::SocketAddr);

impl SocketAddr {
    pub(super) fn of_path(path: &Path) -> io::Result<Self> {
        names::address(path).map(Self)
    }

    /// The address that the system told.
    #[cfg(feature = "tokio-io")]
    pub(super) fn from_system(address: &socket2::SockAddr) -> io::Result<Self> {
        match names::abstract_name(address) {
            Some(name) => Ok(Self(name?)),
            // An empty path makes an address without a name.
            None => Self::of_path(address.as_pathname().unwrap_or(Path::new(""))),
        }
    }

    /// True where the socket is bound to nothing.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.0.is_unnamed()
    }

    /// The path that the socket is bound to, if it is one.
    #[must_use]
    pub fn as_pathname(&self) -> Option<&Path> {
        self.0.as_pathname()
    }
}

impl From<std::os::unix::net::SocketAddr> for SocketAddr {
    fn from(address: std::os::unix::net::SocketAddr) -> Self {
        Self(address)
    }
}

impl From<SocketAddr> for std::os::unix::net::SocketAddr {
    fn from(address: SocketAddr) -> Self {
        address.0
    }
}

impl fmt::Debug for SocketAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
