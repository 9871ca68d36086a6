//! Waiting for a descriptor, and working with it when it is ready.

use std::io;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, ready};

use super::{AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard};
use crate::driver::{Direction, FdSource, Interest};

impl<T: AsRawFd> AsyncFd<T> {
    /// Waits until one of the `interest` is satisfied.
    ///
    /// Whoever finds that the operation would have to wait clears the guard's readiness, and waits
    /// again.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until it is cleared.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let event = self.io.event(interest).await?;
        Ok(AsyncFdReadyGuard::new(self, event))
    }

    /// As [`AsyncFd::ready`], with a guard that lends the descriptor's owner to be changed.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until it is cleared.
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let event = self.io.event(interest).await?;
        Ok(AsyncFdReadyMutGuard::new(self, event))
    }

    /// As [`AsyncFd::ready`], for reading.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until it is cleared.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// As [`AsyncFd::ready_mut`], for reading.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until it is cleared.
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// As [`AsyncFd::ready`], for writing.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until it is cleared.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// As [`AsyncFd::ready_mut`], for writing.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: readiness stays until it is cleared.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Ready when reading is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    pub fn poll_read_ready<'a>(
        &'a self,
        ctx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let event = ready!(self.io.poll_event(Direction::Read, ctx))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// As [`AsyncFd::poll_read_ready`], with a guard that lends the descriptor's owner to be changed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        ctx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let event = ready!(self.io.poll_event(Direction::Read, ctx))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    /// Ready when writing is worth a try; the last caller's task is woken for it.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    pub fn poll_write_ready<'a>(
        &'a self,
        ctx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let event = ready!(self.io.poll_event(Direction::Write, ctx))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// As [`AsyncFd::poll_write_ready`], with a guard that lends the descriptor's owner to be changed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        ctx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let event = ready!(self.io.poll_event(Direction::Write, ctx))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    /// Waits until `operation` does not have to wait, and runs it.
    ///
    /// `operation` must return `WouldBlock` only where the descriptor did.
    ///
    /// # Errors
    ///
    /// What `operation` returns, or the runtime has shut down.
    ///
    /// # Cancellation
    ///
    /// *Strict*: `operation` is the last thing it does.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use wane::io::{Interest, unix::AsyncFd};
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (one, mut other) = std::os::unix::net::UnixStream::pair()?;
    ///     one.set_nonblocking(true)?;
    ///     let one = AsyncFd::new(one)?;
    ///     other.write_all(b"hello")?;
    ///     let mut received = [0; 16];
    ///     let read = one.async_io(Interest::READABLE, |mut one| one.read(&mut received));
    ///     assert_eq!(read.await?, 5);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let operation = |io: &FdSource<T>| operation(&io.0);
        self.io.when_ready(interest, operation).await
    }

    /// As [`AsyncFd::async_io`], for an operation that changes the descriptor's owner.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancellation
    ///
    /// *Strict*: `operation` is the last thing it does.
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut operation: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let operation = |io: &mut FdSource<T>| operation(&mut io.0);
        self.io.when_ready_mut(interest, operation).await
    }

    /// Runs `operation` if it is worth a try now.
    ///
    /// `operation` must return `WouldBlock` only where the descriptor did.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where it is not, and what `operation` returns.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        operation: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io(interest, |io| operation(&io.0))
    }

    /// As [`AsyncFd::try_io`], for an operation that changes the descriptor's owner.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        operation: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.io.try_io_mut(interest, |io| operation(&mut io.0))
    }
}
