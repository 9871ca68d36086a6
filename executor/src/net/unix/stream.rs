//! A connection between Unix sockets.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;
use std::task::{Context, Poll};

use super::{
    OwnedReadHalf, OwnedWriteHalf, ReadHalf, SocketAddr, UCred, WriteHalf, peer, split, split_owned,
};
use crate::driver::{Direction, Evented, Interest, Ready};
use crate::net::current_driver;

/// A connection between Unix sockets.
///
/// With the feature `tokio-io` it implements tokio's `AsyncRead` and `AsyncWrite`. Without it, use
/// [`readable`](Self::readable) and [`try_read`](Self::try_read) and their like. Dropping it
/// closes the connection at once.
///
/// ```
/// use wane::io::{AsyncReadExt, AsyncWriteExt};
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (mut client, mut server) = UnixStream::pair()?;
///     client.write_all(b"ping").await?;
///     let mut received = [0; 4];
///     server.read_exact(&mut received).await?;
///     assert_eq!(&received, b"ping");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct UnixStream {
    pub(super) io: Evented<mio::net::UnixStream>,
}

impl UnixStream {
    /// Connects to the listener at a path. On Linux a path that begins with a zero byte is an abstract
    /// name.
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
    /// *Strict*: the attempt is given up and its socket closed.
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::connect_addr(&SocketAddr::of_path(path.as_ref())?).await
    }

    /// Connects to the listener at an address.
    ///
    /// # Errors
    ///
    /// As [`UnixStream::connect`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the attempt is given up and its socket closed.
    pub async fn connect_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        Self::connected(mio::net::UnixStream::connect_addr(&socket_addr.0)?).await
    }

    /// Makes two streams that are connected to each other.
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
        let (one, other) = mio::net::UnixStream::pair()?;
        Ok((Self::register(one)?, Self::register(other)?))
    }

    /// Waits for a connection that is under way.
    pub(super) async fn connected(io: mio::net::UnixStream) -> io::Result<Self> {
        let stream = Self::register(io)?;
        stream.writable().await?;
        match stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(stream),
        }
    }

    #[track_caller]
    pub(super) fn register(io: mio::net::UnixStream) -> io::Result<Self> {
        let both = mio::Interest::READABLE | mio::Interest::WRITABLE;
        let io = Evented::new(io, both, &current_driver())?;
        Ok(Self { io })
    }

    /// Makes a stream of one of the standard library, which is put into non-blocking mode.
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
    /// let (client, _server) = std::os::unix::net::UnixStream::pair()?;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let client = wane::net::UnixStream::from_std(client)?;
    ///     assert!(client.peer_addr()?.is_unnamed());
    ///     let client = client.into_std()?;
    ///     client.set_nonblocking(false)?;
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::register(mio::net::UnixStream::from_std(stream))
    }

    /// Makes a stream of the standard library of this one, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixStream> {
        self.io.into_io().map(std::os::unix::net::UnixStream::from)
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr().map(SocketAddr)
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr().map(SocketAddr)
    }

    /// Who the other end is: the process that made it, as of then.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// ```
    /// use wane::net::UnixStream;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (one, other) = UnixStream::pair()?;
    ///     assert_eq!(one.peer_cred()?, other.peer_cred()?);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn peer_cred(&self) -> io::Result<UCred> {
        peer::credentials(self.io.io())
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
    /// use wane::net::UnixStream;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (client, _server) = UnixStream::pair()?;
    ///     let ready = client.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(ready.is_writable());
    ///     assert_eq!(client.try_write(b"hello")?, 5);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

    /// Waits until there are data to read, or the end of them.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until a read has used it up.
    ///
    /// ```
    /// use wane::net::UnixStream;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (client, server) = UnixStream::pair()?;
    ///     client.writable().await?;
    ///     assert_eq!(client.try_write(b"hello")?, 5);
    ///
    ///     let mut received = [0; 16];
    ///     let count = loop {
    ///         server.readable().await?;
    ///         match server.try_read(&mut received) {
    ///             Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
    ///             read => break read?,
    ///         }
    ///     };
    ///     assert_eq!(&received[..count], b"hello");
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until there is room to write, or nobody who takes any more.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until a write has used it up.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Ready when a read is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    pub fn poll_read_ready(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(Direction::Read, ctx)
    }

    /// Ready when a write is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime of this socket has shut down.
    pub fn poll_write_ready(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(Direction::Write, ctx)
    }

    /// Reads what is there, without waiting. Zero bytes: the other end has finished.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where nothing is there yet, and the system's.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.try_io_with(Interest::READABLE, |mut io| io.read(buf))
    }

    /// Reads what is there into several buffers in turn, without waiting.
    ///
    /// # Errors
    ///
    /// As [`UnixStream::try_read`].
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.try_io_with(Interest::READABLE, |mut io| io.read_vectored(bufs))
    }

    /// Writes what there is room for, without waiting, and says how much.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no room, and the system's.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.try_io_with(Interest::WRITABLE, |mut io| io.write(buf))
    }

    /// Writes what there is room for out of several buffers in turn, without waiting.
    ///
    /// # Errors
    ///
    /// As [`UnixStream::try_write`].
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_io_with(Interest::WRITABLE, |mut io| io.write_vectored(bufs))
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
        self.try_io_with(interest, |io| io.try_io(operation))
    }

    fn try_io_with<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&mio::net::UnixStream) -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io(interest, operation)
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
        let operation = |io: &mio::net::UnixStream| io.try_io(&mut operation);
        self.io.when_ready(interest, operation).await
    }

    /// Lends the two directions out, to be used at the same time in one task.
    ///
    /// ```
    /// use wane::io::{AsyncReadExt, AsyncWriteExt};
    /// use wane::net::UnixStream;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (mut client, mut server) = UnixStream::pair()?;
    ///     server.write_all(b"pong").await?;
    ///
    ///     let (mut reader, mut writer) = client.split();
    ///     let mut received = [0; 4];
    ///     let (read, written) =
    ///         wane::join!(reader.read_exact(&mut received), writer.write_all(b"ping"));
    ///     read?;
    ///     written?;
    ///     assert_eq!(&received, b"pong");
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        split::split(self)
    }

    /// Takes the two directions apart, for two tasks.
    ///
    /// Dropping the [`OwnedWriteHalf`] shuts the writing direction down.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        split_owned::split(self)
    }

    /// Tells the other end that nothing more will be written.
    pub(super) fn shut_down_writing(&self) -> io::Result<()> {
        match self.io.io().shutdown(std::net::Shutdown::Write) {
            // The other end was faster: there is nobody to be told.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        }
    }
}

impl TryFrom<std::os::unix::net::UnixStream> for UnixStream {
    type Error = io::Error;

    #[track_caller]
    fn try_from(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        Self::from_std(stream)
    }
}

impl AsRef<Self> for UnixStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for UnixStream {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
