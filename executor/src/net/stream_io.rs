//! What the streams and their halves share: reading and writing bytes in order.

use std::io::{self, IoSlice, Write};
use std::os::fd::AsFd;
use std::task::{Context, Poll};

use bytes::BufMut;
use tokio::io::ReadBuf;

use super::uninit;
use crate::driver::{Direction, Evented, Interest};

/// Reads what there is of a stream into `buf`.
pub(super) fn poll_read<'buf, S>(
    io: &Evented<S>,
    ctx: &Context<'_>,
    buf: &mut ReadBuf<'buf>,
    mut read: impl FnMut(&S, &mut ReadBuf<'buf>) -> io::Result<usize>,
) -> Poll<io::Result<()>>
where
    S: mio::event::Source,
{
    let wanted = buf.remaining();
    io.poll_transfer(Direction::Read, ctx, wanted, |io| read(io, buf))
        .map_ok(drop)
}

/// Reads what there is of a stream into `buf`, where a short read does not mean that there is no
/// more.
pub(super) fn poll_read_piece<S: mio::event::Source + AsFd>(
    io: &Evented<S>,
    ctx: &Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    io.poll_io(Direction::Read, ctx, |io| uninit::receive(io, buf))
        .map_ok(drop)
}

/// Writes what there is room for.
pub(super) fn poll_write<S>(
    io: &Evented<S>,
    ctx: &Context<'_>,
    buf: &[u8],
) -> Poll<io::Result<usize>>
where
    S: mio::event::Source,
    for<'a> &'a S: Write,
{
    io.poll_transfer(Direction::Write, ctx, buf.len(), |mut io| io.write(buf))
}

/// Writes what there is room for out of several buffers in turn.
pub(super) fn poll_write_vectored<S>(
    io: &Evented<S>,
    ctx: &Context<'_>,
    bufs: &[IoSlice<'_>],
) -> Poll<io::Result<usize>>
where
    S: mio::event::Source,
    for<'a> &'a S: Write,
{
    let wanted = bufs.iter().map(|buf| buf.len()).sum();
    let write = |mut io: &S| io.write_vectored(bufs);
    io.poll_transfer(Direction::Write, ctx, wanted, write)
}

/// Reads what is there into `buf`, without waiting.
pub(super) fn try_read_buf<S: mio::event::Source + AsFd>(
    io: &Evented<S>,
    buf: &mut impl BufMut,
) -> io::Result<usize> {
    io.try_io(Interest::READABLE, |io| uninit::receive(io, buf))
}
