//! Receiving datagrams into tokio's `ReadBuf` and into whatever grows.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use bytes::BufMut;
use tokio::io::ReadBuf;

use super::UdpSocket;
use crate::driver::Direction;
use crate::net::{RECEIVE, addr, uninit};

impl UdpSocket {
    /// As [`UdpSocket::recv`], where there is a datagram; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_recv(&self, ctx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io
            .poll_io(Direction::Read, ctx, |io| uninit::receive(io, buf))
            .map_ok(drop)
    }

    /// As [`UdpSocket::recv_from`], where there is a datagram; the last caller's task is woken for
    /// it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_recv_from(
        &self,
        ctx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let receive = |io: &mio::net::UdpSocket| uninit::receive_from(io, buf);
        let (_, sender) = ready!(self.io.poll_io(Direction::Read, ctx, receive))?;
        Poll::Ready(addr::from_system(sender))
    }

    /// As [`UdpSocket::peek`], where there is a datagram; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_peek(&self, ctx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io
            .poll_io(Direction::Read, ctx, |io| uninit::peek(io, buf))
            .map_ok(drop)
    }

    /// As [`UdpSocket::peek_from`], where there is a datagram; the last caller's task is woken for
    /// it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_peek_from(
        &self,
        ctx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let peek = |io: &mio::net::UdpSocket| uninit::peek_from(io, buf);
        let (_, sender) = ready!(self.io.poll_io(Direction::Read, ctx, peek))?;
        Poll::Ready(addr::from_system(sender))
    }

    /// As [`UdpSocket::recv`], into the free part of a buffer that keeps its length itself.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: a datagram that was not received waits for the next call.
    ///
    /// ```
    /// use wane::net::UdpSocket;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.send_to(b"hello", socket.local_addr()?).await?;
    ///     let mut received = Vec::with_capacity(16);
    ///     assert_eq!(socket.recv_buf(&mut received).await?, 5);
    ///     assert_eq!(received, b"hello");
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        let receive = |io: &mio::net::UdpSocket| uninit::receive(io, buf);
        self.io.when_ready(RECEIVE, receive).await
    }

    /// As [`UdpSocket::recv_buf`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_io(RECEIVE, |io| uninit::receive(io, buf))
    }

    /// As [`UdpSocket::recv_buf`], with the address it comes from.
    ///
    /// # Errors
    ///
    /// As [`UdpSocket::recv`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: a datagram that was not received waits for the next call.
    pub async fn recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        let receive = |io: &mio::net::UdpSocket| receive_from(io, buf);
        self.io.when_ready(RECEIVE, receive).await
    }

    /// As [`UdpSocket::recv_buf_from`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(RECEIVE, |io| receive_from(io, buf))
    }
}

fn receive_from(
    io: &mio::net::UdpSocket,
    buf: &mut impl BufMut,
) -> io::Result<(usize, SocketAddr)> {
    let (count, sender) = uninit::receive_from(io, buf)?;
    Ok((count, addr::from_system(sender)?))
}
