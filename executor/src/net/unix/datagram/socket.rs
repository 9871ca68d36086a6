//! A Unix socket for datagrams: where it comes from, what it is bound to, and when it is ready.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;
use std::task::{Context, Poll};

use crate::driver::{Direction, Evented, Interest, Ready};
use crate::net::unix::SocketAddr;
use crate::net::{RECEIVE, SEND, current_driver};

/// A Unix socket that sends and receives datagrams.
///
/// Every method takes `&self`: any number of tasks may send and receive at the same time, and each
/// datagram goes to one of them. None is lost on the way, but one that is larger than the buffer loses
/// what does not fit. Dropping the socket closes it at once.
///
/// ```
/// use wane::net::UnixDatagram;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let folder = tempfile::tempdir()?;
///     let path = folder.path().join("socket");
///     let server = UnixDatagram::bind(&path)?;
///     let client = UnixDatagram::unbound()?;
///     client.send_to(b"hello", &path).await?;
///     let mut received = [0; 16];
///     let (count, sender) = server.recv_from(&mut received).await?;
///     assert_eq!(&received[..count], b"hello");
///     assert!(sender.is_unnamed());
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct UnixDatagram {
    pub(super) io: Evented<mio::net::UnixDatagram>,
}

impl UnixDatagram {
    /// Binds to a path, where a file must not be yet. On Linux a path that begins with a zero byte is
    /// an abstract name.
    ///
    /// Dropping the socket leaves the file.
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
        let address = SocketAddr::of_path(path.as_ref())?;
        Self::register(mio::net::UnixDatagram::bind_addr(&address.into())?)
    }

    /// A socket that is bound to nothing: it can send, and be answered by nobody.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn unbound() -> io::Result<Self> {
        Self::register(mio::net::UnixDatagram::unbound()?)
    }

    /// Makes two sockets that are connected to each other.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = mio::net::UnixDatagram::pair()?;
        Ok((Self::register(one)?, Self::register(other)?))
    }

    #[track_caller]
    pub(crate) fn register(io: mio::net::UnixDatagram) -> io::Result<Self> {
        let io = Evented::of_datagrams(io, &current_driver())?;
        Ok(Self { io })
    }

    /// Makes a socket of one of the standard library, which is put into non-blocking mode.
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
    /// let (socket, _other) = std::os::unix::net::UnixDatagram::pair()?;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let socket = wane::net::UnixDatagram::from_std(socket)?;
    ///     assert!(socket.peer_addr()?.is_unnamed());
    ///     let socket = socket.into_std()?;
    ///     assert!(socket.peer_addr()?.is_unnamed());
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std(socket: std::os::unix::net::UnixDatagram) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Self::register(mio::net::UnixDatagram::from_std(socket))
    }

    /// Makes a socket of the standard library of this one, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixDatagram> {
        self.io
            .into_io()
            .map(std::os::unix::net::UnixDatagram::from)
    }

    /// Connects to the socket at a path: the default receiver, and the only sender, from now on.
    /// Nothing is sent.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.io.io().connect(path)
    }

    /// Shuts one or both directions down: nothing more is sent, or received, from now on.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.io().shutdown(how)
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr().map(SocketAddr::from)
    }

    /// The address it is connected to.
    ///
    /// # Errors
    ///
    /// The system's, `NotConnected` where it is not connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr().map(SocketAddr::from)
    }

    /// The error that the system keeps for this socket, which it then forgets (`SO_ERROR`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.io().take_error()
    }

    /// Waits until one of the `interest` is satisfied, and says what is.
    ///
    /// It is a hint: the operation may still report `WouldBlock`.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until an operation has used it up.
    ///
    /// ```
    /// use wane::io::Interest;
    /// use wane::net::UnixDatagram;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (socket, _other) = UnixDatagram::pair()?;
    ///     let ready = socket.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(ready.is_writable());
    ///     assert_eq!(socket.try_send(b"hello")?, 5);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

    /// Waits until there is a datagram, or an error to report.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until an operation has used it up.
    ///
    /// ```
    /// use wane::net::UnixDatagram;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (socket, other) = UnixDatagram::pair()?;
    ///     other.send(b"hello").await?;
    ///     let mut received = [0; 16];
    ///     let count = loop {
    ///         socket.readable().await?;
    ///         match socket.try_recv(&mut received) {
    ///             Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
    ///             done => break done?,
    ///         }
    ///     };
    ///     assert_eq!(&received[..count], b"hello");
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(RECEIVE).await.map(drop)
    }

    /// Waits until there is room for a datagram, or an error to report.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until an operation has used it up.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(SEND).await.map(drop)
    }

    /// Ready when receiving is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    pub fn poll_recv_ready(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(Direction::Read, ctx)
    }

    /// Ready when sending is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    pub fn poll_send_ready(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(Direction::Write, ctx)
    }

    /// Runs an operation of the caller's on this socket, if it is worth a try now.
    ///
    /// `operation` must return `WouldBlock` only where the socket did, since that is what uses the
    /// readiness up.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where it is not, and what `operation` returns.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io(interest, |io| io.try_io(operation))
    }

    /// Waits until `operation` does not have to wait, and runs it on this socket.
    ///
    /// `operation` must return `WouldBlock` only where the socket did.
    ///
    /// # Errors
    ///
    /// What `operation` returns, or the runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: `operation` is the last thing it does.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> io::Result<R> {
        let operation = |io: &mio::net::UnixDatagram| io.try_io(&mut operation);
        self.io.when_ready(interest, operation).await
    }
}

impl TryFrom<std::os::unix::net::UnixDatagram> for UnixDatagram {
    type Error = io::Error;

    #[track_caller]
    fn try_from(socket: std::os::unix::net::UnixDatagram) -> io::Result<Self> {
        Self::from_std(socket)
    }
}

impl AsFd for UnixDatagram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for UnixDatagram {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
