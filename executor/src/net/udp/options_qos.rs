//! Options of UDP sockets on Linux and the BSDs.

use std::io;

use socket2::SockRef;

use super::UdpSocket;

impl UdpSocket {
    /// The type of service of outgoing packets (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn tos_v4(&self) -> io::Result<u32> {
        SockRef::from(self.io.io()).tos_v4()
    }

    /// Sets the type of service of outgoing packets (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
        SockRef::from(self.io.io()).set_tos_v4(tos)
    }

    /// As [`UdpSocket::tos_v4`], under the name that tokio gave to it before.
    ///
    /// # Errors
    ///
    /// The system's.
    #[deprecated(note = "use `tos_v4`, which says that it is of IPv4 alone")]
    pub fn tos(&self) -> io::Result<u32> {
        self.tos_v4()
    }

    /// As [`UdpSocket::set_tos_v4`], under the name that tokio gave to it before.
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
        SockRef::from(self.io.io()).tclass_v6()
    }

    /// Sets the traffic class of outgoing packets (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
        SockRef::from(self.io.io()).set_tclass_v6(tclass)
    }
}
