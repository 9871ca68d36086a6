//! Options of TCP sockets on Linux and Android.

use std::io;

use socket2::SockRef;

use super::{TcpSocket, TcpStream};

impl TcpStream {
    /// True where acknowledgements are sent at once (`TCP_QUICKACK`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn quickack(&self) -> io::Result<bool> {
        SockRef::from(self.io.io()).tcp_quickack()
    }

    /// Says whether acknowledgements are sent at once, until the system thinks otherwise
    /// (`TCP_QUICKACK`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        SockRef::from(self.io.io()).set_tcp_quickack(quickack)
    }
}

impl TcpSocket {
    /// The interface that it is bound to, if any (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        self.inner.device()
    }

    /// Binds it to an interface, by name, or to none (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        self.inner.bind_device(interface)
    }
}
