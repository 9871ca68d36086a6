//! What a descriptor is, and what it may be used for.
#![expect(unsafe_code, reason = "a system call that no safe wrapper makes")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;

use socket2::SockRef;

/// An end of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Sender,
    Receiver,
}

/// Refuses what is no pipe.
pub(super) fn check_pipe(file: &File) -> io::Result<()> {
    if file.metadata()?.file_type().is_fifo() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a pipe"))
}

/// Refuses what is no such end of a pipe, and puts it into non-blocking mode.
pub(super) fn prepare(file: File, end: End) -> io::Result<OwnedFd> {
    check_pipe(&file)?;
    check_access(&file, end)?;
    SockRef::from(&file).set_nonblocking(true)?;
    Ok(file.into())
}

/// Puts an end into blocking mode.
pub(super) fn make_blocking(end: OwnedFd) -> io::Result<OwnedFd> {
    SockRef::from(&end).set_nonblocking(false)?;
    Ok(end)
}

fn check_access(file: &File, end: End) -> io::Result<()> {
    // SAFETY: the descriptor is borrowed for the call, which has no further arguments.
    let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    let (needed, message) = match end {
        End::Sender => (libc::O_WRONLY, "not in O_WRONLY or O_RDWR access mode"),
        End::Receiver => (libc::O_RDONLY, "not in O_RDONLY or O_RDWR access mode"),
    };
    let mode = flags & libc::O_ACCMODE;
    if mode == needed || mode == libc::O_RDWR {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}
