//! A Unix socket that is neither connected nor listens yet.
#![expect(
    unsafe_code,
    reason = "what makes a socket of a descriptor is an unsafe function of the standard library's trait"
)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};

use super::{UnixDatagram, UnixListener, UnixStream};
use crate::net::{new_socket, start_connect};

/// A Unix socket to be bound before it is connected or listens.
///
/// ```
/// use wane::net::{UnixSocket, UnixStream};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let folder = tempfile::tempdir()?;
///     let path = folder.path().join("socket");
///     let socket = UnixSocket::new_stream()?;
///     socket.bind(&path)?;
///     let listener = socket.listen(16)?;
///     let client = UnixSocket::new_stream()?.connect(&path).await?;
///     listener.accept().await?;
///     assert_eq!(client.peer_addr()?.as_pathname(), Some(path.as_path()));
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct UnixSocket {
    inner: Socket,
}

impl UnixSocket {
    /// A socket for datagrams.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn new_datagram() -> io::Result<Self> {
        Self::new(Type::DGRAM)
    }

    /// A socket for streams.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn new_stream() -> io::Result<Self> {
        Self::new(Type::STREAM)
    }

    fn new(kind: Type) -> io::Result<Self> {
        let inner = new_socket(Domain::UNIX, kind, None)?;
        Ok(Self { inner })
    }

    /// Binds it to a path, where a file must not be yet.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.inner.bind(&SockAddr::unix(path)?)
    }

    /// Makes it listen. Up to about `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// It is for datagrams; the system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.check_kind(Type::STREAM, "listen", "datagram")?;
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        self.inner.listen(backlog)?;
        UnixListener::register(OwnedFd::from(self.inner).into())
    }

    /// Connects it to the listener at a path.
    ///
    /// # Errors
    ///
    /// It is for datagrams; the system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the attempt is given up and the socket closed.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.check_kind(Type::STREAM, "connect", "datagram")?;
        start_connect(&self.inner, &SockAddr::unix(path)?)?;
        UnixStream::connected(OwnedFd::from(self.inner).into()).await
    }

    /// Makes a socket that sends and receives datagrams of it.
    ///
    /// # Errors
    ///
    /// It is for streams; the system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.check_kind(Type::DGRAM, "datagram", "stream")?;
        UnixDatagram::register(OwnedFd::from(self.inner).into())
    }

    fn check_kind(&self, kind: Type, operation: &str, other: &str) -> io::Result<()> {
        if self.inner.r#type()? == kind {
            return Ok(());
        }
        let message = format!("{operation} cannot be called on a {other} socket");
        Err(io::Error::other(message))
    }
}

impl AsFd for UnixSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl IntoRawFd for UnixSocket {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}

impl FromRawFd for UnixSocket {
    /// Makes a socket of a descriptor, which has to be in non-blocking mode.
    ///
    /// # Safety
    ///
    /// - `fd` is open, and owned by nobody else.
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: the caller hands over the ownership of an open descriptor.
        let owned = unsafe { OwnedFd::from_raw_fd(fd) };
        Self {
            inner: Socket::from(owned),
        }
    }
}
