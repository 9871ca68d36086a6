//! Sending, receiving and peeking at datagrams.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use socket2::SockRef;

use super::UdpSocket;
use crate::driver::Direction;
use crate::net::{RECEIVE, SEND, ToSocketAddrs, addr, resolve};

impl UdpSocket {
    /// Sends a datagram to the peer that the socket is connected to, and says how much of it.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime of this socket has shut down. An error may be that of a datagram
    /// sent before: the peer refused it.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the datagram has not been sent.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.when_ready(SEND, |io| io.send(buf)).await
    }

    /// As [`UdpSocket::send`], where there is room; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_send(&self, ctx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(Direction::Write, ctx, |io| io.send(buf))
    }

    /// As [`UdpSocket::send`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no room, and as there.
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_io(SEND, |io| io.send(buf))
    }

    /// Sends a datagram to the first address of `addr`, and says how much of it.
    ///
    /// # Errors
    ///
    /// As [`UdpSocket::send`], and that of the look-up where `addr` is a name.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the datagram has not been sent.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let target = resolve::first(addr.to_target()).await?;
        self.io.when_ready(SEND, |io| io.send_to(buf, target)).await
    }

    /// As [`UdpSocket::send_to`], where there is room; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_send_to(
        &self,
        ctx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let send = |io: &mio::net::UdpSocket| io.send_to(buf, target);
        self.io.poll_io(Direction::Write, ctx, send)
    }

    /// As [`UdpSocket::send_to`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no room, and as there.
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.io.try_io(SEND, |io| io.send_to(buf, target))
    }

    /// Receives the next datagram, and says how many bytes of it are in `buf`.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime of this socket has shut down. On a connected socket the peer may
    /// have refused a datagram (`ConnectionRefused`).
    ///
    /// # Cancellation
    ///
    /// *Strict*: a datagram that was not received waits for the next call.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.when_ready(RECEIVE, |io| io.recv(buf)).await
    }

    /// As [`UdpSocket::recv`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(RECEIVE, |io| io.recv(buf))
    }

    /// Receives the next datagram, with the address it comes from.
    ///
    /// # Errors
    ///
    /// As [`UdpSocket::recv`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: a datagram that was not received waits for the next call.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.when_ready(RECEIVE, |io| io.recv_from(buf)).await
    }

    /// As [`UdpSocket::recv_from`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(RECEIVE, |io| io.recv_from(buf))
    }

    /// Waits for a datagram and copies it out without consuming it.
    ///
    /// # Errors
    ///
    /// As [`UdpSocket::recv`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is consumed.
    ///
    /// ```
    /// use wane::net::UdpSocket;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.send_to(b"hello", socket.local_addr()?).await?;
    ///     let mut received = [0; 16];
    ///     assert_eq!(socket.peek(&mut received).await?, 5);
    ///     assert_eq!(socket.peek_sender().await?, socket.local_addr()?);
    ///     assert_eq!(socket.recv(&mut received).await?, 5);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.when_ready(RECEIVE, |io| io.peek(buf)).await
    }

    /// As [`UdpSocket::peek`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(RECEIVE, |io| io.peek(buf))
    }

    /// Waits for a datagram and copies it out without consuming it, with the address it comes from.
    ///
    /// # Errors
    ///
    /// As [`UdpSocket::recv`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is consumed.
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.when_ready(RECEIVE, |io| io.peek_from(buf)).await
    }

    /// As [`UdpSocket::peek_from`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(RECEIVE, |io| io.peek_from(buf))
    }

    /// Waits for a datagram and tells the address it comes from, without consuming it.
    ///
    /// # Errors
    ///
    /// As [`UdpSocket::recv`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is consumed.
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.when_ready(RECEIVE, peek_sender).await
    }

    /// As [`UdpSocket::peek_sender`], where there is a datagram; the last caller's task is woken for
    /// it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_peek_sender(&self, ctx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io.poll_io(Direction::Read, ctx, peek_sender)
    }

    /// As [`UdpSocket::peek_sender`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.try_io(RECEIVE, peek_sender)
    }
}

fn peek_sender(io: &mio::net::UdpSocket) -> io::Result<SocketAddr> {
    addr::from_system(SockRef::from(io).peek_sender()?)
}
