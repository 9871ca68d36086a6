//! Sending and receiving datagrams.

use std::io;
use std::path::Path;
use std::task::{Context, Poll};

use super::UnixDatagram;
use crate::driver::Direction;
use crate::net::unix::SocketAddr;
use crate::net::{RECEIVE, SEND};

impl UnixDatagram {
    /// Sends a datagram to the peer that the socket is connected to, and says how much of it.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the datagram has not been sent.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.when_ready(SEND, |io| io.send(buf)).await
    }

    /// As [`UnixDatagram::send`], where there is room; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_send(&self, ctx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(Direction::Write, ctx, |io| io.send(buf))
    }

    /// As [`UnixDatagram::send`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no room, and as there.
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_io(SEND, |io| io.send(buf))
    }

    /// Sends a datagram to the socket at a path, and says how much of it.
    ///
    /// # Errors
    ///
    /// As [`UnixDatagram::send`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: the datagram has not been sent.
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        let target = target.as_ref();
        self.io.when_ready(SEND, |io| io.send_to(buf, target)).await
    }

    /// As [`UnixDatagram::send_to`], where there is room; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        ctx: &mut Context<'_>,
        buf: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>> {
        let target = target.as_ref();
        let send = |io: &mio::net::UnixDatagram| io.send_to(buf, target);
        self.io.poll_io(Direction::Write, ctx, send)
    }

    /// As [`UnixDatagram::send_to`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no room, and as there.
    pub fn try_send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        self.io.try_io(SEND, |io| io.send_to(buf, target))
    }

    /// Receives the next datagram, and says how many bytes of it are in `buf`.
    ///
    /// # Errors
    ///
    /// The system's, or the runtime of this socket has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: a datagram that was not received waits for the next call.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.when_ready(RECEIVE, |io| io.recv(buf)).await
    }

    /// As [`UnixDatagram::recv`], without waiting.
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
    /// As [`UnixDatagram::recv`].
    ///
    /// # Cancellation
    ///
    /// *Strict*: a datagram that was not received waits for the next call.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io
            .when_ready(RECEIVE, |io| receive_from(io, buf))
            .await
    }

    /// As [`UnixDatagram::recv_from`], without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no datagram, and as there.
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(RECEIVE, |io| receive_from(io, buf))
    }
}

fn receive_from(io: &mio::net::UnixDatagram, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    let (count, sender) = io.recv_from(buf)?;
    Ok((count, sender.into()))
}
