//! Waiting for a descriptor on the job's own thread: one `poll` on the descriptor and on a pipe that
//! the abort writes to.

#![expect(unsafe_code, reason = "a system call on descriptors")]

use std::io::{self, PipeWriter, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::task::{Wake, Waker};

use wane_channel::base::sync::Arc;
use wane_channel::base::waits;

use super::context::BlockingContext;
use super::error::Cancelled;

/// Waiting for descriptors, on Unix.
impl BlockingContext {
    /// Sleeps until a read of the descriptor would not block (there are bytes, the end, a connection
    /// to accept, or an error), or the job is aborted.
    ///
    /// Read once after it. With more readers of the same descriptor put it into non-blocking mode: another
    /// one may be faster.
    ///
    /// ```
    /// use std::io::{self, Read, Write};
    /// use wane::task::{Cancelled, spawn_blocking_with};
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let (mut reader, mut writer) = io::pipe()?;
    /// writer.write_all(b"1234")?;
    /// let job = spawn_blocking_with(move |ctx| {
    ///     let mut all = Vec::new();
    ///     loop {
    ///         match ctx.wait_readable(&reader) {
    ///             Ok(()) => {}
    ///             Err(error) if Cancelled::is_reason_of(&error) => return Ok(all),
    ///             Err(error) => return Err(error),
    ///         }
    ///         let mut bytes = [0; 16];
    ///         let read = reader.read(&mut bytes)?;
    ///         all.extend_from_slice(&bytes[..read]);
    ///     }
    /// });
    /// // The writer is open: the job would wait for more.
    /// let all = job.cancel().await;
    /// # drop(writer);
    /// // Or it had not begun yet.
    /// assert!(all.is_err() || all?.is_ok_and(|all| all.len() <= 4));
    /// # io::Result::Ok(())
    /// # })?;
    /// # io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Cancelled`] in an [`io::Error`], when the job was aborted; the system's error, when it
    /// refuses the descriptor or, to a wait that is not over at once, a pipe.
    pub fn wait_readable(&self, descriptor: impl AsFd) -> io::Result<()> {
        self.wait_for(descriptor.as_fd(), libc::POLLIN)
    }

    /// Sleeps until a write to the descriptor would not block, or the job is aborted.
    ///
    /// A write of more bytes than there is room for still blocks where the descriptor is in blocking
    /// mode.
    ///
    /// ```
    /// use std::io::{self, Read, Write};
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// let (mut reader, mut writer) = io::pipe()?;
    /// let job = rt.spawn_blocking_with(move |ctx| {
    ///     ctx.wait_writable(&writer)?;
    ///     writer.write_all(b"room")
    /// });
    /// rt.block_on(job).unwrap()?;
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "room");
    /// # io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`wait_readable`](BlockingContext::wait_readable).
    pub fn wait_writable(&self, descriptor: impl AsFd) -> io::Result<()> {
        self.wait_for(descriptor.as_fd(), libc::POLLOUT)
    }

    fn wait_for(&self, descriptor: BorrowedFd<'_>, events: i16) -> io::Result<()> {
        self.check()?;
        let mut wanted = [watch(descriptor, events)];
        if poll(&mut wanted, 0)? > 0 {
            return answer(&wanted[0]);
        }
        let (reader, writer) = io::pipe()?;
        let _listening = self.wake_by(Waker::from(Arc::new(Bell(writer))))?;
        let mut either = [
            watch(descriptor, events),
            watch(reader.as_fd(), libc::POLLIN),
        ];
        let _announced = waits::announce();
        // Without a limit in time it returns only for one of the two.
        poll(&mut either, -1)?;
        match either[0].revents {
            0 => Err(Cancelled::new().into()),
            _ => answer(&either[0]),
        }
    }
}

/// The abort's end of a pipe.
struct Bell(PipeWriter);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // It is rung twice at most: there is room. The reader lives as long as this does (T3), and a
        // signal in the middle leaves the byte to the next attempt, which `write_all` makes.
        let _written = (&self.0).write_all(&[0]);
    }
}

fn watch(descriptor: BorrowedFd<'_>, events: i16) -> libc::pollfd {
    libc::pollfd {
        fd: descriptor.as_raw_fd(),
        events,
        revents: 0,
    }
}

/// What `poll` has said about a descriptor. Errors of its own are for the read or write to find.
fn answer(watched: &libc::pollfd) -> io::Result<()> {
    match watched.revents & libc::POLLNVAL {
        0 => Ok(()),
        _ => Err(io::Error::from_raw_os_error(libc::EBADF)),
    }
}

/// `poll(2)`, begun again when a signal ends it. Returns how many descriptors have something to say.
fn poll(watched: &mut [libc::pollfd], timeout_ms: i32) -> io::Result<usize> {
    loop {
        // SAFETY: the pointer and the length are one slice's, which nobody else uses meanwhile.
        let count = unsafe {
            libc::poll(
                watched.as_mut_ptr(),
                watched.len() as libc::nfds_t,
                timeout_ms,
            )
        };
        if let Ok(count) = usize::try_from(count) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
