//! Who the other end is, on Linux and Android (`SO_PEERCRED`).
#![expect(unsafe_code, reason = "a socket option that no safe wrapper reads")]

use std::io;
use std::mem::size_of;
use std::os::fd::AsRawFd;

use super::UCred;

/// Asks the system.
pub(super) fn credentials(socket: &mio::net::UnixStream) -> io::Result<UCred> {
    let mut credentials = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut size = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: both pointers are to locals of ours, of which the second says how large the first is;
    // the descriptor is borrowed for the call.
    let outcome = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut size,
        )
    };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(UCred {
        pid: Some(credentials.pid),
        uid: credentials.uid,
        gid: credentials.gid,
    })
}
