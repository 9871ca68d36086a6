//! Who the other end is, on the BSDs and Apple's systems (`getpeereid`).
#![expect(unsafe_code, reason = "a system call that no safe wrapper makes")]

use std::io;
use std::os::fd::AsRawFd;

use super::UCred;

/// Asks the system, which does not tell the process.
pub(super) fn credentials(socket: &mio::net::UnixStream) -> io::Result<UCred> {
    let (mut uid, mut gid) = (0, 0);
    // SAFETY: both pointers are to locals of ours; the descriptor is borrowed for the call.
    let outcome = unsafe { libc::getpeereid(socket.as_raw_fd(), &raw mut uid, &raw mut gid) };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(UCred {
        pid: None,
        uid,
        gid,
    })
}
