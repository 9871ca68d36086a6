//! The end of a pipe to write to.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll};

use super::access::{self, End};
use crate::driver::{Direction, Evented, Interest, Ready};
use crate::net::current_driver;

/// The end of a pipe to write to.
///
/// With the feature `tokio-io` it implements tokio's `AsyncWrite`. Dropping it closes it at once; the
/// other end reads to the end once every sender is gone.
///
/// ```
/// use wane::net::unix::pipe;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (sender, receiver) = pipe::pipe()?;
///     drop(receiver);
///     sender.writable().await?;
///     let error = sender.try_write(b"hello").unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Sender {
    io: Evented<mio::unix::pipe::Sender>,
}

impl Sender {
    #[track_caller]
    pub(super) fn register(io: mio::unix::pipe::Sender) -> io::Result<Self> {
        let io = Evented::new(io, mio::Interest::WRITABLE, &current_driver())?;
        Ok(Self { io })
    }

    /// Makes one of a file, which is put into non-blocking mode.
    ///
    /// # Errors
    ///
    /// `InvalidInput` where it is no pipe or not open for this; the system's; or the runtime has shut
    /// down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_file(file: File) -> io::Result<Self> {
        Self::from_owned_fd_unchecked(access::prepare(file, End::Sender)?)
    }

    /// As [`Sender::from_file`], of a descriptor.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Self> {
        Self::from_file(owned_fd.into())
    }

    /// Makes one of a file as it is: it has to be a pipe, open for this, in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to register it, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_file_unchecked(file: File) -> io::Result<Self> {
        Self::from_owned_fd_unchecked(file.into())
    }

    /// As [`Sender::from_file_unchecked`], of a descriptor.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Self> {
        Self::register(owned_fd.into())
    }

    /// Takes the descriptor out, in blocking mode.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        access::make_blocking(self.into_nonblocking_fd()?)
    }

    /// Takes the descriptor out, in non-blocking mode.
    ///
    /// # Errors
    ///
    /// The system refuses to deregister it.
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        self.io.into_io().map(OwnedFd::from)
    }

    /// Waits until one of the `interest` is satisfied, and says what is.
    ///
    /// It is a hint: the operation may still report `WouldBlock`.
    ///
    /// # Errors
    ///
    /// The runtime of this pipe has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until an operation has used it up.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

    /// Waits until there is room to write, or nobody who takes any more.
    ///
    /// # Errors
    ///
    /// The runtime of this pipe has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until a write has used it up.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Ready when a write is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime of this pipe has shut down.
    pub fn poll_write_ready(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(Direction::Write, ctx)
    }

    /// Writes what there is room for, without waiting, and says how much.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where there is no room, `BrokenPipe` where no receiver is there any more, and the
    /// system's.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, |mut io| io.write(buf))
    }

    /// Writes what there is room for out of several buffers in turn, without waiting.
    ///
    /// # Errors
    ///
    /// As [`Sender::try_write`].
    pub fn try_write_vectored(&self, buf: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |mut io| io.write_vectored(buf))
    }

    /// Runs an operation of the caller's on this pipe, if it is worth a try now.
    ///
    /// `operation` must return `WouldBlock` only where the pipe did, since that is what uses the
    /// readiness up.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where it is not, and what `operation` returns.
    pub fn try_io<R>(&self, operation: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.io
            .try_io(Interest::WRITABLE, |io| io.try_io(operation))
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for Sender {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

#[cfg(feature = "tokio-io")]
mod tokio_io {
    //! tokio's `AsyncWrite`, and what goes with it.

    use std::pin::Pin;

    use tokio::io::AsyncWrite;

    use super::*;
    use crate::net::stream_io;

    impl AsyncWrite for Sender {
        fn poll_write(
            self: Pin<&mut Self>,
            ctx: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            stream_io::poll_write(&self.io, ctx, buf)
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            ctx: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            stream_io::poll_write_vectored(&self.io, ctx, bufs)
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        /// Nothing is kept back on this side.
        fn poll_flush(self: Pin<&mut Self>, _ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        /// Dropping the sender is what ends the stream.
        fn poll_shutdown(self: Pin<&mut Self>, _ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}
