//! The two directions of a stream, taken apart for two tasks.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};

use wane_channel::base::sync::Arc;

use super::{SocketAddr, UnixStream};
use crate::driver::{Interest, Ready};

/// The reading direction, taken apart by [`UnixStream::into_split`].
///
/// ```
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (client, server) = UnixStream::pair()?;
///     let (reader, writer) = client.into_split();
///     let client = reader.reunite(writer).expect("both are of the same stream");
///     client.writable().await?;
///     assert_eq!(client.try_write(b"hi")?, 2);
///     server.readable().await?;
///     assert_eq!(server.try_read(&mut [0; 8])?, 2);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct OwnedReadHalf {
    pub(super) stream: Arc<UnixStream>,
}

/// The writing direction, taken apart by [`UnixStream::into_split`].
///
/// Dropping it shuts the direction down, so that the other end reads to the end. Its
/// [`forget`](Self::forget) drops it without.
///
/// ```
/// use wane::io::{AsyncReadExt, AsyncWriteExt};
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (client, mut server) = UnixStream::pair()?;
///
///     let (_reader, mut writer) = client.into_split();
///     writer.write_all(b"hi").await?;
///     drop(writer);
///     let mut received = Vec::new();
///     server.read_to_end(&mut received).await?;
///     assert_eq!(received, b"hi");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct OwnedWriteHalf {
    pub(super) stream: Arc<UnixStream>,
    on_drop: OnDrop,
}

/// What becomes of the writing direction when its half is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnDrop {
    ShutDown,
    LeaveOpen,
}

/// The halves are of two streams; they are given back inside.
///
/// ```
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (one, other) = UnixStream::pair()?;
///     let (reader, _writer) = one.into_split();
///     let (_reader, writer) = other.into_split();
///     let error = reader.reunite(writer).unwrap_err();
///     assert_eq!(error.to_string(), "the halves are not of the same stream");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of the same stream")
    }
}

impl Error for ReuniteError {}

pub(super) fn split(stream: UnixStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let stream = Arc::new(stream);
    let reader = OwnedReadHalf {
        stream: Arc::clone(&stream),
    };
    let on_drop = OnDrop::ShutDown;
    (reader, OwnedWriteHalf { stream, on_drop })
}

fn reunite(reader: OwnedReadHalf, writer: OwnedWriteHalf) -> Result<UnixStream, ReuniteError> {
    if !Arc::ptr_eq(&reader.stream, &writer.stream) {
        return Err(ReuniteError(reader, writer));
    }
    writer.forget();
    let stream = Arc::into_inner(reader.stream);
    Ok(stream.expect("two halves share a stream, and one is gone"))
}

impl OwnedReadHalf {
    /// Puts the two halves together again.
    ///
    /// # Errors
    ///
    /// They are not of the same stream: both are given back.
    pub fn reunite(self, other: OwnedWriteHalf) -> Result<UnixStream, ReuniteError> {
        reunite(self, other)
    }

    /// As [`UnixStream::ready`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is lost.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.stream.ready(interest).await
    }

    /// As [`UnixStream::readable`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is lost.
    pub async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// As [`UnixStream::try_read`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.try_read(buf)
    }

    /// As [`UnixStream::try_read_vectored`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.stream.try_read_vectored(bufs)
    }

    /// As [`UnixStream::peer_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    /// As [`UnixStream::local_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }
}

impl OwnedWriteHalf {
    /// Puts the two halves together again.
    ///
    /// # Errors
    ///
    /// They are not of the same stream: both are given back.
    pub fn reunite(self, other: OwnedReadHalf) -> Result<UnixStream, ReuniteError> {
        reunite(other, self)
    }

    /// Drops this half without shutting the writing direction down.
    pub fn forget(mut self) {
        self.on_drop = OnDrop::LeaveOpen;
    }

    /// As [`UnixStream::ready`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is lost.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.stream.ready(interest).await
    }

    /// As [`UnixStream::writable`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is lost.
    pub async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    /// As [`UnixStream::try_write`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.stream.try_write(buf)
    }

    /// As [`UnixStream::try_write_vectored`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.try_write_vectored(bufs)
    }

    /// As [`UnixStream::peer_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    /// As [`UnixStream::local_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }
}

impl Drop for OwnedWriteHalf {
    fn drop(&mut self) {
        match self.on_drop {
            // Where the system refuses, the connection is broken and has nobody to tell.
            OnDrop::ShutDown => drop(self.stream.shut_down_writing()),
            OnDrop::LeaveOpen => {}
        }
    }
}

impl AsRef<UnixStream> for OwnedReadHalf {
    fn as_ref(&self) -> &UnixStream {
        &self.stream
    }
}

impl AsRef<UnixStream> for OwnedWriteHalf {
    fn as_ref(&self) -> &UnixStream {
        &self.stream
    }
}
