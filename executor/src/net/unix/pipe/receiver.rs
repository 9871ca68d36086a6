//! The end of a pipe to read from.

use std::fs::File;
use std::io::{self, IoSliceMut, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll};

use super::access::{self, End};
use crate::driver::{Direction, Evented, Interest, Ready};
use crate::net::current_driver;

/// The end of a pipe to read from.
///
/// It reads to the end once every sender is gone. With the feature `tokio-io` it implements tokio's
/// `AsyncRead`. Dropping it closes it at once, and writing to the other end fails.
///
/// ```
/// use wane::net::unix::pipe;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (sender, receiver) = pipe::pipe()?;
///     sender.writable().await?;
///     assert_eq!(sender.try_write(b"hello")?, 5);
///     receiver.readable().await?;
///     let mut received = [0; 16];
///     assert_eq!(receiver.try_read(&mut received)?, 5);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Receiver {
    io: Evented<mio::unix::pipe::Receiver>,
}

impl Receiver {
    #[track_caller]
    pub(super) fn register(io: mio::unix::pipe::Receiver) -> io::Result<Self> {
        let io = Evented::new(io, mio::Interest::READABLE, &current_driver())?;
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
        Self::from_owned_fd_unchecked(access::prepare(file, End::Receiver)?)
    }

    /// As [`Receiver::from_file`], of a descriptor.
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

    /// As [`Receiver::from_file_unchecked`], of a descriptor.
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

    /// Waits until there are data to read, or the end of them.
    ///
    /// # Errors
    ///
    /// The runtime of this pipe has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until a read has used it up.
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Ready when a read is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime of this pipe has shut down.
    pub fn poll_read_ready(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_ready(Direction::Read, ctx)
    }

    /// Reads what is there, without waiting. Zero bytes: every sender is gone.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where nothing is there yet, and the system's.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, |mut io| io.read(buf))
    }

    /// Reads what is there into several buffers in turn, without waiting.
    ///
    /// # Errors
    ///
    /// As [`Receiver::try_read`].
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.io
            .try_io(Interest::READABLE, |mut io| io.read_vectored(bufs))
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
            .try_io(Interest::READABLE, |io| io.try_io(operation))
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.io().as_fd()
    }
}

impl AsRawFd for Receiver {
    fn as_raw_fd(&self) -> RawFd {
        self.io.io().as_raw_fd()
    }
}

#[cfg(feature = "tokio-io")]
mod tokio_io {
    //! tokio's `AsyncRead`, and what goes with it.

    use std::pin::Pin;

    use bytes::BufMut;
    use tokio::io::{AsyncRead, ReadBuf};

    use super::*;
    use crate::net::{stream_io, uninit};

    impl Receiver {
        /// As [`Receiver::try_read`], into the free part of a buffer that keeps its length itself.
        ///
        /// # Errors
        ///
        /// As there.
        pub fn try_read_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
            self.io
                .try_io(Interest::READABLE, |io| uninit::read(io, buf))
        }
    }

    impl AsyncRead for Receiver {
        fn poll_read(
            self: Pin<&mut Self>,
            ctx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            stream_io::poll_read(&self.io, ctx, buf, uninit::read)
        }
    }
}
