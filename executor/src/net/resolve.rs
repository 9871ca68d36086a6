//! Looking names up, off the async threads: the system's resolver blocks.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

use super::addr::{Target, ToSocketAddrs};
use crate::context::{self, LookUp};

/// Looks up the addresses that `host` stands for.
///
/// # Errors
///
/// The system's resolver does not know the name, or cannot be asked, also for want of a thread.
///
/// # Cancellation
///
/// *Strict*: a look-up that nobody waits for any more runs to its end, and its result is dropped.
///
/// ```
/// use wane::net::lookup_host;
///
/// let rt = wane::runtime::Runtime::new()?;
/// let mut addresses = rt.block_on(lookup_host("localhost:80"))?;
/// assert!(addresses.all(|address| address.ip().is_loopback() && address.port() == 80));
/// # std::io::Result::Ok(())
/// ```
pub async fn lookup_host<T: ToSocketAddrs>(
    host: T,
) -> io::Result<impl Iterator<Item = SocketAddr>> {
    let addresses = resolve(host.to_target()).await?;
    Ok(addresses.into_iter())
}

/// The addresses of `target`: the one door to the system's resolver.
pub(super) async fn resolve(target: Target) -> io::Result<Vec<SocketAddr>> {
    match target {
        Target::Known(addresses) => Ok(addresses),
        Target::Host(host, port) => {
            look_up(Box::new(move || {
                Ok((host.as_str(), port).to_socket_addrs()?.collect())
            }))
            .await
        }
        Target::HostAndPort(name) => {
            look_up(Box::new(move || Ok(name.to_socket_addrs()?.collect()))).await
        }
    }
}

/// Runs the call on the runtime's pool.
async fn look_up(call: LookUp) -> io::Result<Vec<SocketAddr>> {
    let scheduler = context::scheduler().ok_or_else(|| {
        io::Error::other("names are looked up inside a runtime: call this from a task")
    })?;
    scheduler.look_up(call)?.await?
}

/// Tries the addresses of `target` in turn until `attempt` succeeds with one.
pub(super) async fn first_that_works<T, F>(
    target: Target,
    mut attempt: impl FnMut(SocketAddr) -> F,
) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut failure = None;
    for address in resolve(target).await? {
        match attempt(address).await {
            Ok(made) => return Ok(made),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(no_address))
}

/// The first of the addresses of `target`.
pub(super) async fn first(target: Target) -> io::Result<SocketAddr> {
    let addresses = resolve(target).await?;
    addresses.first().copied().ok_or_else(no_address)
}

fn no_address() -> io::Error {
    let message = "the name resolves to no address; give at least one";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
