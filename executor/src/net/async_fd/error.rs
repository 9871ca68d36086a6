//! What may go wrong with a descriptor.

use std::error::Error;
use std::fmt;
use std::io;

/// A descriptor could not be registered; its owner is given back inside.
///
/// ```
/// use std::os::fd::AsRawFd;
/// use wane::io::unix::AsyncFd;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     // The system has nothing to report about an ordinary file.
///     let file = tempfile::tempfile()?;
///     let descriptor = file.as_raw_fd();
///     let (file, cause) = AsyncFd::try_new(file).unwrap_err().into_parts();
///     assert_eq!(file.as_raw_fd(), descriptor);
///     assert_eq!(cause.kind(), std::io::ErrorKind::PermissionDenied);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub struct AsyncFdRegisterError<T> {
    pub(super) inner: T,
    pub(super) cause: io::Error,
}

/// [`AsyncFdRegisterError`], under the name that tokio gave to it before.
pub type AsyncFdTryNewError<T> = AsyncFdRegisterError<T>;

impl<T> AsyncFdRegisterError<T> {
    /// The descriptor's owner, and why it could not be registered.
    #[must_use]
    pub fn into_parts(self) -> (T, io::Error) {
        (self.inner, self.cause)
    }
}

impl<T> fmt::Debug for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.cause, f)
    }
}

impl<T> fmt::Display for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

impl<T> Error for AsyncFdRegisterError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

impl<T> From<AsyncFdRegisterError<T>> for io::Error {
    fn from(error: AsyncFdRegisterError<T>) -> Self {
        error.cause
    }
}

/// The operation would have had to wait: the readiness is used up.
///
/// ```
/// use std::io::Read;
/// use wane::io::unix::AsyncFd;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (one, other) = std::os::unix::net::UnixStream::pair()?;
///     one.set_nonblocking(true)?;
///     let one = AsyncFd::new(one)?;
///     let mut guard = one.writable().await?;
///     assert!(guard.try_io(|one| one.get_ref().read(&mut [0; 8])).is_err());
///     # drop(other);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct TryIoError(pub(super) ());
