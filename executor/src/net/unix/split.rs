//! The two directions of a stream, lent out.

use std::io::{self, IoSlice, IoSliceMut};

use super::{SocketAddr, UnixStream};
use crate::driver::{Interest, Ready};

/// The reading direction, lent out by [`UnixStream::split`].
///
/// ```
/// use wane::io::AsyncReadExt;
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (client, mut server) = UnixStream::pair()?;
///     client.writable().await?;
///     client.try_write(b"hi")?;
///     drop(client);
///
///     let (mut reader, _) = server.split();
///     let mut received = Vec::new();
///     reader.read_to_end(&mut received).await?;
///     assert_eq!(received, b"hi");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct ReadHalf<'a>(pub(super) &'a UnixStream);

/// The writing direction, lent out by [`UnixStream::split`].
///
/// Its `shutdown` shuts the direction down; dropping it does not.
///
/// ```
/// use wane::io::{AsyncReadExt, AsyncWriteExt};
/// use wane::net::UnixStream;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (mut client, mut server) = UnixStream::pair()?;
///
///     let (_, mut writer) = client.split();
///     writer.write_all(b"hi").await?;
///     writer.shutdown().await?;
///     let mut received = Vec::new();
///     server.read_to_end(&mut received).await?;
///     assert_eq!(received, b"hi");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct WriteHalf<'a>(pub(super) &'a UnixStream);

pub(super) fn split(stream: &mut UnixStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf(stream), WriteHalf(stream))
}

impl ReadHalf<'_> {
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
        self.0.ready(interest).await
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
        self.0.readable().await
    }

    /// As [`UnixStream::try_read`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buf)
    }

    /// As [`UnixStream::try_read_vectored`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.try_read_vectored(bufs)
    }

    /// As [`UnixStream::peer_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }

    /// As [`UnixStream::local_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl WriteHalf<'_> {
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
        self.0.ready(interest).await
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
        self.0.writable().await
    }

    /// As [`UnixStream::try_write`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_write(buf)
    }

    /// As [`UnixStream::try_write_vectored`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(bufs)
    }

    /// As [`UnixStream::peer_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }

    /// As [`UnixStream::local_addr`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl AsRef<UnixStream> for ReadHalf<'_> {
    fn as_ref(&self) -> &UnixStream {
        self.0
    }
}

impl AsRef<UnixStream> for WriteHalf<'_> {
    fn as_ref(&self) -> &UnixStream {
        self.0
    }
}
