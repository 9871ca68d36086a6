//! A readiness that was seen, with the descriptor's owner to be changed.

use std::fmt;
use std::io;
use std::os::fd::AsRawFd;

use super::{AsyncFd, TryIoError};
use crate::driver::{Event, Ready};

/// A readiness that was seen: say whether it is used up, with the descriptor's owner to be changed.
///
/// Dropping the guard keeps the readiness.
///
/// ```
/// use std::io::Write;
/// use wane::io::{Interest, Ready, unix::AsyncFd};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (one, mut other) = std::os::unix::net::UnixStream::pair()?;
///     one.set_nonblocking(true)?;
///     let mut one = AsyncFd::new(one)?;
///     other.write_all(b"hello")?;
///     one.readable().await?.retain_ready();
///     let both = Interest::READABLE | Interest::WRITABLE;
///     let mut guard = one.ready_mut(both).await?;
///     assert!(guard.ready().is_readable());
///     guard.clear_ready_matching(Ready::READABLE);
///     assert_eq!(guard.ready(), Ready::WRITABLE);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[must_use = "say whether the readiness is used up, by one of the guard's methods"]
pub struct AsyncFdReadyMutGuard<'a, T: AsRawFd> {
    async_fd: &'a mut AsyncFd<T>,
    /// What has been seen and not cleared by this guard.
    event: Option<Event>,
}

impl<'a, T: AsRawFd> AsyncFdReadyMutGuard<'a, T> {
    pub(super) fn new(async_fd: &'a mut AsyncFd<T>, event: Event) -> Self {
        Self {
            async_fd,
            event: Some(event),
        }
    }

    /// The readiness is used up: who waits for it waits for the system's next report.
    ///
    /// A report that has come in since the guard was made is kept.
    pub fn clear_ready(&mut self) {
        if let Some(event) = self.event.take() {
            self.async_fd.io.clear(event);
        }
    }

    /// As [`AsyncFdReadyMutGuard::clear_ready`], for these flags only.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        if let Some(event) = self.event.take() {
            self.event = self.async_fd.io.clear_flags(event, ready);
        }
    }

    /// The readiness is to be kept. It says what dropping the guard does.
    pub fn retain_ready(&mut self) {
        self.event = None;
    }

    /// What of the readiness that was waited for has been seen, and not cleared by this guard.
    pub fn ready(&self) -> Ready {
        self.event.map_or(Ready::EMPTY, |event| event.ready)
    }

    /// Runs `operation`, and clears the readiness where it would have to wait.
    ///
    /// `operation` must return `WouldBlock` only where the descriptor did.
    ///
    /// # Errors
    ///
    /// [`TryIoError`] where `operation` would have to wait. Its other errors are inside.
    pub fn try_io<R>(
        &mut self,
        operation: impl FnOnce(&mut AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match operation(self.async_fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            done => Ok(done),
        }
    }

    /// The descriptor.
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.async_fd
    }

    /// The descriptor.
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.async_fd
    }

    /// What owns the descriptor.
    pub fn get_inner(&self) -> &T {
        self.async_fd.get_ref()
    }

    /// What owns the descriptor. The descriptor itself must stay the same.
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.async_fd.get_mut()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFdReadyMutGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyMutGuard")
            .field("async_fd", &self.async_fd)
            .field("ready", &self.ready())
            .finish()
    }
}
