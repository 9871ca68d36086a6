//! What a socket can be bound or connected to: addresses, or names to be looked up.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// What stands for one or more socket addresses.
///
/// Strings may hold a name (`"localhost:80"`), which is looked up off the async threads. Everything
/// else is taken as it is. The trait is sealed: it cannot be implemented elsewhere.
///
/// ```
/// use wane::net::lookup_host;
///
/// let rt = wane::runtime::Runtime::new()?;
/// let addresses: Vec<_> = rt.block_on(lookup_host(("127.0.0.1", 80)))?.collect();
/// assert_eq!(addresses, ["127.0.0.1:80".parse().unwrap()]);
/// # std::io::Result::Ok(())
/// ```
pub trait ToSocketAddrs: sealed::ToTarget {}

impl<T: sealed::ToTarget + ?Sized> ToSocketAddrs for T {}

/// What has to be done to come to the addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing.
    Known(Vec<SocketAddr>),
    /// Look up a host, which the port is then added to.
    Host(String, u16),
    /// Look up `host:port`.
    HostAndPort(String),
}

/// The internet address that the system told.
pub(super) fn from_system(address: socket2::SockAddr) -> io::Result<SocketAddr> {
    address.as_socket().ok_or_else(|| {
        let message = "the socket has no internet address; use one of IPv4 or IPv6";
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })
}

pub(super) mod sealed {
    //! Keeps the trait from being implemented elsewhere.

    use super::Target;

    /// Says what has to be looked up, if anything.
    pub trait ToTarget {
        /// The addresses, or the way to them.
        fn to_target(&self) -> Target;
    }
}

use sealed::ToTarget;

impl<T: ToTarget + ?Sized> ToTarget for &T {
    fn to_target(&self) -> Target {
        (**self).to_target()
    }
}

impl ToTarget for SocketAddr {
    fn to_target(&self) -> Target {
        Target::Known(vec![*self])
    }
}

impl ToTarget for SocketAddrV4 {
    fn to_target(&self) -> Target {
        SocketAddr::V4(*self).to_target()
    }
}

impl ToTarget for SocketAddrV6 {
    fn to_target(&self) -> Target {
        SocketAddr::V6(*self).to_target()
    }
}

impl ToTarget for (IpAddr, u16) {
    fn to_target(&self) -> Target {
        SocketAddr::from(*self).to_target()
    }
}

impl ToTarget for (Ipv4Addr, u16) {
    fn to_target(&self) -> Target {
        SocketAddr::from(*self).to_target()
    }
}

impl ToTarget for (Ipv6Addr, u16) {
    fn to_target(&self) -> Target {
        SocketAddr::from(*self).to_target()
    }
}

impl ToTarget for [SocketAddr] {
    fn to_target(&self) -> Target {
        Target::Known(self.to_vec())
    }
}

impl ToTarget for str {
    fn to_target(&self) -> Target {
        match self.parse::<SocketAddr>() {
            Ok(address) => address.to_target(),
            Err(_) => Target::HostAndPort(self.to_owned()),
        }
    }
}

impl ToTarget for String {
    fn to_target(&self) -> Target {
        self.as_str().to_target()
    }
}

impl ToTarget for (&str, u16) {
    fn to_target(&self) -> Target {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => (ip, port).to_target(),
            Err(_) => Target::Host(host.to_owned(), port),
        }
    }
}

impl ToTarget for (String, u16) {
    fn to_target(&self) -> Target {
        (self.0.as_str(), self.1).to_target()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_addresses_need_no_look_up() {
        let address: SocketAddr = "[::1]:80".parse().unwrap();
        let known = Target::Known(vec![address]);
        assert_eq!("[::1]:80".to_target(), known);
        assert_eq!(("::1", 80).to_target(), known);
        assert_eq!((Ipv6Addr::LOCALHOST, 80).to_target(), known);
        assert_eq!([address][..].to_target(), known);
        assert_eq!((&&String::from("[::1]:80")).to_target(), known);
    }

    #[test]
    fn names_are_to_be_looked_up() {
        let host = Target::Host("localhost".to_owned(), 80);
        assert_eq!(("localhost", 80).to_target(), host);
        let host_and_port = Target::HostAndPort("localhost:80".to_owned());
        assert_eq!("localhost:80".to_target(), host_and_port);
    }
}
