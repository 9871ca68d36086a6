//! A UDP socket: where it comes from, what it is bound to, and when it is ready.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};

use crate::driver::{Direction, Evented, Interest, Ready};
use crate::net::{RECEIVE, SEND, ToSocketAddrs, current_driver, resolve};

/// A UDP socket.
///
/// Every method takes `&self`: any number of tasks may send and receive at the same time, through an
/// `Arc` or a reference, and each datagram goes to one of them. A datagram that is larger than the
/// buffer loses what does not fit. Dropping the socket closes it at once.
///
/// Connected or not, it works the same way as in the standard library: after
/// [`connect`](Self::connect) it may [`send`](Self::send) without an address and
/// [`recv`](Self::recv) gives that peer's datagrams only.
///
/// ```
/// use wane::net::UdpSocket;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let server = UdpSocket::bind("127.0.0.1:0").await?;
///     let client = UdpSocket::bind("127.0.0.1:0").await?;
///     client.connect(server.local_addr()?).await?;
///     client.send(b"ping").await?;
///
///     let mut received = [0; 16];
///     let (count, sender) = server.recv_from(&mut received).await?;
///     assert_eq!(&received[..count], b"ping");
///     server.send_to(b"pong", sender).await?;
///     let count = client.recv(&mut received).await?;
///     assert_eq!(&received[..count], b"pong");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct UdpSocket {
    pub(super) io: Evented<mio::net::UdpSocket>,
}

impl UdpSocket {
    /// Binds to the first address of `addr` that can be bound to. Port 0 takes any free port.
    ///
    /// # Errors
    ///
    /// No address can be bound to; the error is that of the last one.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is left bound.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let bind = |address| std::future::ready(Self::bind_to(address));
        resolve::first_that_works(addr.to_target(), bind).await
    }

    fn bind_to(address: SocketAddr) -> io::Result<Self> {
        Self::register(mio::net::UdpSocket::bind(address)?)
    }

    #[track_caller]
    fn register(io: mio::net::UdpSocket) -> io::Result<Self> {
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
    /// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    /// let address = socket.local_addr()?;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let socket = wane::net::UdpSocket::from_std(socket)?;
    ///     assert_eq!(socket.local_addr()?, address);
    ///     let socket = socket.into_std()?;
    ///     assert_eq!(socket.local_addr()?, address);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Self::register(mio::net::UdpSocket::from_std(socket))
    }

    /// Makes a socket of the standard library of this one, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        self.io.into_io().map(std::net::UdpSocket::from)
    }

    /// Connects to the first address of `addr` that the system takes: the default receiver, and the
    /// only sender, from now on. Nothing is sent.
    ///
    /// # Errors
    ///
    /// The system takes no address; the error is that of the last one.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the socket is connected, or it is not.
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        let connect = |address| std::future::ready(self.io.io().connect(address));
        resolve::first_that_works(addr.to_target(), connect).await
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// The address it is connected to.
    ///
    /// # Errors
    ///
    /// The system's, `NotConnected` where it is not connected.
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
    /// use wane::net::UdpSocket;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let ready = socket.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(ready.is_writable());
    ///     assert_eq!(socket.try_send_to(b"hello", socket.local_addr()?)?, 5);
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
    /// use wane::net::UdpSocket;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.send_to(b"hello", socket.local_addr()?).await?;
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
        let operation = |io: &mio::net::UdpSocket| io.try_io(&mut operation);
        self.io.when_ready(interest, operation).await
    }
}

impl TryFrom<std::net::UdpSocket> for UdpSocket {
    type Error = io::Error;

    #[track_caller]
    fn try_from(socket: std::net::UdpSocket) -> io::Result<Self> {
        Self::from_std(socket)
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
