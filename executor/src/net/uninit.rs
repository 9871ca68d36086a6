//! Receiving into memory that is not initialised, so that it need not be zeroed first.
#![expect(
    unsafe_code,
    reason = "a buffer hands out its uninitialised part, and is told how much of it was filled"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};

use bytes::BufMut;
use socket2::{SockAddr, SockRef};

/// Receives from a socket into the free part of `buf`, and says how much.
pub(super) fn receive<B: BufMut>(socket: &impl AsFd, buf: &mut B) -> io::Result<usize> {
    let receive = |free: &mut [MaybeUninit<u8>]| Ok((SockRef::from(socket).recv(free)?, ()));
    // SAFETY: `recv` writes received bytes only, and returns how many it wrote at the beginning.
    unsafe { fill(buf, receive) }.map(|(count, ())| count)
}

/// As [`receive`], with the sender.
pub(super) fn receive_from<B: BufMut>(
    socket: &impl AsFd,
    buf: &mut B,
) -> io::Result<(usize, SockAddr)> {
    let receive = |free: &mut [MaybeUninit<u8>]| SockRef::from(socket).recv_from(free);
    // SAFETY: `recv_from` writes received bytes only, and returns how many it wrote at the beginning.
    unsafe { fill(buf, receive) }
}

/// As [`receive`], and leaves what it received to be received again.
pub(super) fn peek<B: BufMut>(socket: &impl AsFd, buf: &mut B) -> io::Result<usize> {
    let peek = |free: &mut [MaybeUninit<u8>]| Ok((SockRef::from(socket).peek(free)?, ()));
    // SAFETY: `peek` writes received bytes only, and returns how many it wrote at the beginning.
    unsafe { fill(buf, peek) }.map(|(count, ())| count)
}

/// As [`receive_from`], and leaves what it received to be received again.
pub(super) fn peek_from<B: BufMut>(
    socket: &impl AsFd,
    buf: &mut B,
) -> io::Result<(usize, SockAddr)> {
    let peek = |free: &mut [MaybeUninit<u8>]| SockRef::from(socket).peek_from(free);
    // SAFETY: `peek_from` writes received bytes only, and returns how many it wrote at the beginning.
    unsafe { fill(buf, peek) }
}

/// Reads from a descriptor that need not be a socket's into the free part of `buf`.
pub(super) fn read<B: BufMut>(file: &impl AsFd, buf: &mut B) -> io::Result<usize> {
    // SAFETY: `read_some` writes the bytes that it read only, and returns how many those are.
    unsafe { fill(buf, |free| Ok((read_some(file, free)?, ()))) }.map(|(count, ())| count)
}

fn read_some(file: &impl AsFd, free: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let descriptor = file.as_fd();
    // SAFETY: the descriptor is borrowed for the call, and the memory is ours to write for as many
    // bytes as we say.
    let count = unsafe {
        libc::read(
            descriptor.as_raw_fd(),
            free.as_mut_ptr().cast(),
            free.len().min(isize::MAX as usize),
        )
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Has the free part of `buf` filled by `receive`, which returns how much it filled.
///
/// # Safety
///
/// - `receive` makes nothing uninitialised that was initialised.
/// - Where it returns a count, it has initialised that many bytes at the beginning.
unsafe fn fill<B: BufMut, R>(
    buf: &mut B,
    receive: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<(usize, R)>,
) -> io::Result<(usize, R)> {
    // SAFETY: the caller vouches that `receive`, where the slice goes, makes nothing uninitialised.
    let free = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let room = free.len();
    let (count, more) = receive(free)?;
    assert!(count <= room, "{count} bytes were received into {room}");
    // SAFETY: the caller vouches that `count` bytes are initialised at the beginning of the part
    // that was free, and they fit into it.
    unsafe { buf.advance_mut(count) };
    Ok((count, more))
}
