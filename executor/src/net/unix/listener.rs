//! A Unix socket that takes connections in.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;
use std::task::{Context, Poll, ready};

use super::{SocketAddr, UnixStream};
use crate::driver::{Direction, Evented, Interest};
use crate::net::current_driver;

/// A Unix socket that takes connections in.
///
/// Any number of tasks may accept from it at the same time. Dropping it closes it at once.
///
/// ```
/// use wane::net::{UnixListener, UnixStream};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let folder = tempfile::tempdir()?;
///     let path = folder.path().join("socket");
///     let listener = UnixListener::bind(&path)?;
///     let client = UnixStream::connect(&path).await?;
///     let (server, address) = listener.accept().await?;
///     assert!(address.is_unnamed());
///     assert_eq!(client.peer_addr()?.as_pathname(), Some(path.as_path()));
///     assert_eq!(server.local_addr()?.as_pathname(), Some(path.as_path()));
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct UnixListener {
    io: Evented<mio::net::UnixListener>,
}

impl UnixListener {
    /// Binds to a path, where a file must not be yet. On Linux a path that begins with a zero byte is
    /// an abstract name.
    ///
    /// Dropping the listener leaves the file.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::bind_addr(&SocketAddr::of_path(path.as_ref())?)
    }

    /// Binds to an address.
    ///
    /// # Errors
    ///
    /// As [`UnixListener::bind`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        Self::register(mio::net::UnixListener::bind_addr(&socket_addr.0)?)
    }

    #[track_caller]
    pub(super) fn register(io: mio::net::UnixListener) -> io::Result<Self> {
        let io = Evented::new(io, mio::Interest::READABLE, &current_driver())?;
        Ok(Self { io })
    }

    /// Takes the next connection in, with the address it comes from.
    ///
    /// # Errors
    ///
    /// The system's, of which some concern a single connection or pass (too many open files): a
    /// server goes on accepting. Or the runtime of this listener has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: a connection that was not taken waits for the next call.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let accept = mio::net::UnixListener::accept;
        let (io, address) = self.io.when_ready(Interest::READABLE, accept).await?;
        Ok((UnixStream::register(io)?, SocketAddr(address)))
    }

    /// Takes the next connection in if there is one; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As [`UnixListener::accept`].
    pub fn poll_accept(&self, ctx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accept = mio::net::UnixListener::accept;
        let (io, address) = ready!(self.io.poll_io(Direction::Read, ctx, accept))?;
        Poll::Ready(UnixStream::register(io).map(|stream| (stream, SocketAddr(address))))
    }

    /// Makes a listener of one of the standard library, which is put into non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to register it, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// ```
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("socket");
    /// let listener = std::os::unix::net::UnixListener::bind(&path)?;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let listener = wane::net::UnixListener::from_std(listener)?;
    ///     assert_eq!(listener.local_addr()?.as_pathname(), Some(path.as_path()));
    ///     let listener = listener.into_std()?;
    ///     assert_eq!(listener.local_addr()?.as_pathname(), Some(path.as_path()));
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Self::register(mio::net::UnixListener::from_std(listener))
    }

    /// Makes a listener of the standard library of this one, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixListener> {
        self.io
            .into_io()
            .map(std::os::unix::net::UnixListener::from)
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr().map(SocketAddr)
    }

    /// The error that the system keeps for this socket, which it then forgets (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.io().take_error()
    }
}

impl TryFrom<std::os::unix::net::UnixListener> for UnixListener {
    type Error = io::Error;

    #[track_caller]
    fn try_from(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for UnixListener {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
