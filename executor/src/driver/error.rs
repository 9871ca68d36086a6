//! The error of everything that needs a runtime which is no more.

use std::error::Error;
use std::fmt;
use std::io;

/// The runtime that a socket or timer belongs to has shut down.
///
/// Socket operations return it inside an [`io::Error`]; [`is_rt_shutdown_err`] tells it from the
/// errors of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutDown;

impl fmt::Display for ShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the runtime has shut down")
    }
}

impl Error for ShutDown {}

impl From<ShutDown> for io::Error {
    fn from(error: ShutDown) -> Self {
        Self::other(error)
    }
}

/// True where a socket operation failed because its runtime has shut down.
///
/// ```
/// # use wane::net::TcpListener;
/// let rt = wane::runtime::Runtime::new()?;
/// let listener = rt.block_on(TcpListener::bind("127.0.0.1:0"))?;
/// drop(rt);
///
/// let rt = wane::runtime::Runtime::new()?;
/// let error = rt.block_on(listener.accept()).unwrap_err();
/// assert!(wane::runtime::is_rt_shutdown_err(&error));
/// # std::io::Result::Ok(())
/// ```
#[must_use]
pub fn is_rt_shutdown_err(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<ShutDown>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_shut_down_runtime_can_be_told_from_others() {
        let error = io::Error::from(ShutDown);
        assert!(is_rt_shutdown_err(&error));
        assert_eq!(error.to_string(), "the runtime has shut down");
        assert!(!is_rt_shutdown_err(&io::Error::other("something else")));
    }
}
