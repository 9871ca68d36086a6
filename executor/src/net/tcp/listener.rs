//! A socket that takes TCP connections in.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use super::TcpStream;
use crate::driver::{Direction, Evented, Interest};
use crate::net::{ToSocketAddrs, current_driver, resolve};

/// A socket that takes TCP connections in.
///
/// Any number of tasks may accept from it at the same time. Dropping it closes it at once.
///
/// ```
/// use wane::net::{TcpListener, TcpStream};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, address) = listener.accept().await?;
///     assert_eq!(address, client.local_addr()?);
///     assert_eq!(server.local_addr()?, client.peer_addr()?);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct TcpListener {
    io: Evented<mio::net::TcpListener>,
}

impl TcpListener {
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
        Self::register(mio::net::TcpListener::bind(address)?)
    }

    #[track_caller]
    pub(super) fn register(io: mio::net::TcpListener) -> io::Result<Self> {
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
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accept = mio::net::TcpListener::accept;
        let (io, address) = self.io.when_ready(Interest::READABLE, accept).await?;
        Ok((TcpStream::register(io)?, address))
    }

    /// Takes the next connection in if there is one; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As [`TcpListener::accept`].
    pub fn poll_accept(&self, ctx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accept = mio::net::TcpListener::accept;
        let (io, address) = ready!(self.io.poll_io(Direction::Read, ctx, accept))?;
        Poll::Ready(TcpStream::register(io).map(|stream| (stream, address)))
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
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let listener = wane::net::TcpListener::from_std(listener)?;
    ///     assert_eq!(listener.local_addr()?, address);
    ///     let listener = listener.into_std()?;
    ///     assert_eq!(listener.local_addr()?, address);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Self::register(mio::net::TcpListener::from_std(listener))
    }

    /// Makes a listener of the standard library of this one, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        self.io.into_io().map(std::net::TcpListener::from)
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.io().local_addr()
    }

    /// How many hops a packet of an accepted connection may take (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.io().ttl()
    }

    /// Sets how many hops a packet of an accepted connection may take (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.io().set_ttl(ttl)
    }
}

impl TryFrom<std::net::TcpListener> for TcpListener {
    type Error = io::Error;

    #[track_caller]
    fn try_from(listener: std::net::TcpListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.io().fmt(f)
    }
}
