//! A TCP socket that is neither connected nor listens yet.
#![expect(
    unsafe_code,
    reason = "what makes a socket of a descriptor is an unsafe function of the standard library's trait"
)]

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::{TcpListener, TcpStream};
use crate::net::{addr, new_socket, start_connect};

/// A TCP socket to be configured before it is connected or listens.
///
/// ```
/// use wane::net::{TcpSocket, TcpStream};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let socket = TcpSocket::new_v4()?;
///     socket.set_reuseaddr(true)?;
///     socket.bind("127.0.0.1:0".parse().unwrap())?;
///     let listener = socket.listen(1024)?;
///
///     let socket = TcpSocket::new_v4()?;
///     socket.set_nodelay(true)?;
///     let client = socket.connect(listener.local_addr()?).await?;
///     assert!(client.nodelay()?);
///     let (_, address) = listener.accept().await?;
///     assert_eq!(address, client.local_addr()?);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct TcpSocket {
    pub(super) inner: Socket,
}

impl TcpSocket {
    /// A socket for IPv4.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn new_v4() -> io::Result<Self> {
        Self::new(Domain::IPV4)
    }

    /// A socket for IPv6.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn new_v6() -> io::Result<Self> {
        Self::new(Domain::IPV6)
    }

    fn new(domain: Domain) -> io::Result<Self> {
        let inner = new_socket(domain, Type::STREAM, Some(Protocol::TCP))?;
        Ok(Self { inner })
    }

    /// Makes a socket of a stream of the standard library that is not connected, as it comes from
    /// other crates.
    ///
    /// It has to be in non-blocking mode.
    #[must_use]
    pub fn from_std_stream(std_stream: std::net::TcpStream) -> Self {
        Self {
            inner: Socket::from(std_stream),
        }
    }

    /// Binds it to an address.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        self.inner.bind(&addr.into())
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        addr::from_system(self.inner.local_addr()?)
    }

    /// The error that the system keeps for this socket, which it then forgets (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }

    /// Connects it.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the attempt is given up and the socket closed.
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        start_connect(&self.inner, &addr.into())?;
        TcpStream::connected(mio::net::TcpStream::from_std(self.inner.into())).await
    }

    /// Makes it listen. Up to about `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        self.inner.listen(backlog)?;
        TcpListener::register(mio::net::TcpListener::from_std(self.inner.into()))
    }
}

impl AsFd for TcpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for TcpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl IntoRawFd for TcpSocket {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}

impl FromRawFd for TcpSocket {
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
