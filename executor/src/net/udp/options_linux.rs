//! Options of UDP sockets on Linux and Android.

use std::io;

use socket2::SockRef;

use super::UdpSocket;

impl UdpSocket {
    /// The interface that it is bound to, if any (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        SockRef::from(self.io.io()).device()
    }

    /// Binds it to an interface, by name, or to none (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        SockRef::from(self.io.io()).bind_device(interface)
    }
}
