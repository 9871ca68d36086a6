//! A TCP connection.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf, split, split_owned};
use crate::driver::{Direction, Evented, Interest, Ready};
use crate::net::{ToSocketAddrs, current_driver, resolve};

/// A TCP connection.
///
/// With the feature `tokio-io` it implements tokio's `AsyncRead` and `AsyncWrite`. Without it, use
/// [`readable`](Self::readable) and [`try_read`](Self::try_read) and their like. Dropping it
/// closes the connection at once.
///
/// ```
/// use wane::io::{AsyncReadExt, AsyncWriteExt};
/// use wane::net::{TcpListener, TcpStream};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut server, _) = listener.accept().await?;
///     client.write_all(b"ping").await?;
///     let mut received = [0; 4];
///     server.read_exact(&mut received).await?;
///     assert_eq!(&received, b"ping");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct TcpStream {
    pub(super) io: Evented<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to the first address of `addr` that takes the connection.
    ///
    /// # Errors
    ///
    /// No address takes it; the error is that of the last one. Or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the attempt is given up and its socket closed.
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        resolve::first_that_works(addr.to_target(), Self::connect_to).await
    }

    async fn connect_to(address: SocketAddr) -> io::Result<Self> {
        Self::connected(mio::net::TcpStream::connect(address)?).await
    }

    /// Waits for a connection that is under way.
    pub(super) async fn connected(io: mio::net::TcpStream) -> io::Result<Self> {
        let stream = Self::register(io)?;
        stream.writable().await?;
        match stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(stream),
        }
    }

    #[track_caller]
    pub(super) fn register(io: mio::net::TcpStream) -> io::Result<Self> {
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
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let client = wane::net::TcpStream::from_std(client)?;
    ///     assert_eq!(client.peer_addr()?, listener.local_addr()?);
    ///     let client = client.into_std()?;
    ///     client.set_nonblocking(false)?;
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::register(mio::net::TcpStream::from_std(stream))
    }

    /// Makes a stream of the standard library of this one, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        self.io.into_io().map(std::net::TcpStream::from)
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().peer_addr()
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
    /// use wane::net::{TcpListener, TcpStream};
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let client = TcpStream::connect(listener.local_addr()?).await?;
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
    /// use wane::net::{TcpListener, TcpStream};
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (server, _) = listener.accept().await?;
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
    /// As [`TcpStream::try_read`].
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
    /// As [`TcpStream::try_write`].
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
        operation: impl FnOnce(&mio::net::TcpStream) -> io::Result<R>,
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
        let operation = |io: &mio::net::TcpStream| io.try_io(&mut operation);
        self.io.when_ready(interest, operation).await
    }

    /// Waits for data and copies them out without consuming them.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is consumed.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        let peek = |io: &mio::net::TcpStream| io.peek(buf);
        self.io.when_ready(Interest::READABLE, peek).await
    }

    /// True where small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.io().nodelay()
    }

    /// Says whether small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.io().set_nodelay(nodelay)
    }

    /// For how long closing the socket waits for unsent data (`SO_LINGER`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(self.io.io()).linger()
    }

    /// Says for how long closing the socket waits for unsent data (`SO_LINGER`).
    ///
    /// With anything but `None` or zero, dropping the socket may block its thread for that long.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_linger(&self, duration: Option<Duration>) -> io::Result<()> {
        SockRef::from(self.io.io()).set_linger(duration)
    }

    /// Makes closing the socket drop unsent data and reset the connection.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    /// How many hops a packet may take (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets how many hops a packet may take (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }

    /// Lends the two directions out, to be used at the same time in one task.
    ///
    /// ```
    /// use wane::io::{AsyncReadExt, AsyncWriteExt};
    /// use wane::net::{TcpListener, TcpStream};
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (mut server, _) = listener.accept().await?;
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

impl TryFrom<std::net::TcpStream> for TcpStream {
    type Error = io::Error;

    #[track_caller]
    fn try_from(stream: std::net::TcpStream) -> io::Result<Self> {
        Self::from_std(stream)
    }
}

impl AsRef<Self> for TcpStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
