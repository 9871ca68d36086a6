//! Who the other end of a Unix socket is.
#![expect(
    non_camel_case_types,
    reason = "the names of ids are the system's, as everywhere"
)]

/// The id of a user.
pub type uid_t = u32;
/// The id of a group.
pub type gid_t = u32;
/// The id of a process.
pub type pid_t = i32;

/// Who the other end of a Unix socket is, see [`UnixStream::peer_cred`].
///
/// [`UnixStream::peer_cred`]: crate::net::UnixStream::peer_cred
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UCred {
    pub(super) pid: Option<pid_t>,
    pub(super) uid: uid_t,
    pub(super) gid: gid_t,
}

impl UCred {
    /// Its user.
    #[must_use]
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// Its group.
    #[must_use]
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// Its process, where the system tells: on Linux and Android.
    #[must_use]
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}
