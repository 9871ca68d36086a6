//! A descriptor that is registered with the runtime.
#![expect(
    unsafe_code,
    reason = "two constructors are unsafe in their signature, as tokio's are; nothing rests on it"
)]

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use super::AsyncFdRegisterError;
use crate::driver::{Evented, FdSource, Interest, registration};
use crate::net::current_driver;

/// A descriptor that is registered with the runtime, together with what owns it.
///
/// It is for what none of the sockets stands for: a device, a `timerfd`, a socket of a library in C.
/// The descriptor has to be in non-blocking mode, and has to stay the same for as long as it is in
/// here; it is taken out of the runtime before its owner is dropped.
///
/// ```
/// use std::io::{Read, Write};
/// use wane::io::unix::AsyncFd;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (one, mut other) = std::os::unix::net::UnixStream::pair()?;
///     one.set_nonblocking(true)?;
///     let one = AsyncFd::new(one)?;
///     other.write_all(b"hello")?;
///
///     let mut received = [0; 16];
///     let count = loop {
///         let mut guard = one.readable().await?;
///         match guard.try_io(|one| one.get_ref().read(&mut received)) {
///             Ok(read) => break read?,
///             Err(_would_block) => continue,
///         }
///     };
///     assert_eq!(&received[..count], b"hello");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
///
/// # Rejected
///
/// It is `AsFd` only where its owner is. What owns a descriptor without saying so might close it, and
/// then a borrowed descriptor that came out of safe code would be anybody's.
pub struct AsyncFd<T: AsRawFd> {
    pub(super) io: Evented<FdSource<T>>,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// The system refuses to register it, or the runtime has shut down. The owner is dropped;
    /// [`try_new`](Self::try_new) gives it back.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn new(inner: T) -> io::Result<Self> {
        Ok(Self::try_new(inner)?)
    }

    /// Registers a descriptor for what is in `interest`.
    ///
    /// # Errors
    ///
    /// As [`AsyncFd::new`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        Ok(Self::try_with_interest(inner, interest)?)
    }

    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// As [`AsyncFd::new`], with the owner.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Registers a descriptor for what is in `interest`.
    ///
    /// # Errors
    ///
    /// As [`AsyncFd::new`], with the owner.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        match Evented::try_new(FdSource(inner), registration(interest), &current_driver()) {
            Ok(io) => Ok(Self { io }),
            Err((FdSource(inner), cause)) => Err(AsyncFdRegisterError { inner, cause }),
        }
    }

    /// As [`AsyncFd::try_new`], under the name that tokio gives to it.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Safety
    ///
    /// - The descriptor of `inner` is open, and stays open and the same until it is given back or
    ///   dropped. (tokio relies on this; here it is as good for correctness as it is anywhere, and
    ///   nothing unsafe rests on it.)
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_new(inner)
    }

    /// As [`AsyncFd::try_with_interest`], under the name that tokio gives to it.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Safety
    ///
    /// - As [`AsyncFd::register`] asks.
    #[track_caller]
    pub unsafe fn register_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_with_interest(inner, interest)
    }

    /// What owns the descriptor.
    pub fn get_ref(&self) -> &T {
        &self.io.io().0
    }

    /// What owns the descriptor. The descriptor itself must stay the same.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.io.io_mut().0
    }

    /// Takes the descriptor out of the runtime and gives its owner back.
    pub fn into_inner(self) -> T {
        // A refusal of the system means that the descriptor was not registered any more.
        let (FdSource(inner), _refusal) = self.io.take_apart();
        inner
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsRawFd + AsFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", self.get_ref())
            .finish()
    }
}
