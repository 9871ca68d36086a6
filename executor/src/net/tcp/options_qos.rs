//! Options of TCP sockets on Linux and the BSDs.

use std::io;

use super::TcpSocket;

impl TcpSocket {
    /// The type of service of outgoing packets (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn tos_v4(&self) -> io::Result<u32> {
        self.inner.tos_v4()
    }

    /// Sets the type of service of outgoing packets (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
        self.inner.set_tos_v4(tos)
    }

    /// As [`TcpSocket::tos_v4`], under the name that tokio gave to it before.
    ///
    /// # Errors
    ///
    /// The system's.
    #[deprecated(note = "use `tos_v4`, which says that it is of IPv4 alone")]
    pub fn tos(&self) -> io::Result<u32> {
        self.tos_v4()
    }

    /// As [`TcpSocket::set_tos_v4`], under the name that tokio gave to it before.
    ///
    /// # Errors
    ///
    /// The system's.
    #[deprecated(note = "use `set_tos_v4`, which says that it is of IPv4 alone")]
    pub fn set_tos(&self, tos: u32) -> io::Result<()> {
        self.set_tos_v4(tos)
    }

    /// The traffic class of outgoing packets (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn tclass_v6(&self) -> io::Result<u32> {
        self.inner.tclass_v6()
    }

    /// Sets the traffic class of outgoing packets (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
        self.inner.set_tclass_v6(tclass)
    }

    /// True where several sockets may listen at one address, and share its connections
    /// (`SO_REUSEPORT`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn reuseport(&self) -> io::Result<bool> {
        self.inner.reuse_port()
    }

    /// Says whether several sockets may listen at one address, and share its connections
    /// (`SO_REUSEPORT`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_reuseport(&self, reuseport: bool) -> io::Result<()> {
        self.inner.set_reuse_port(reuseport)
    }
}
