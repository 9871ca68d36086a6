//! The errors of time.

use std::fmt;
use std::io;

/// The time of a [`Timeout`](super::Timeout) is over and its future is not done.
///
/// ```
/// use wane::time::{Duration, timeout};
///
/// let rt = wane::runtime::Runtime::new()?;
/// let elapsed = rt
///     .block_on(async { timeout(Duration::from_millis(1), std::future::pending::<()>()).await })
///     .unwrap_err();
/// assert_eq!(elapsed.to_string(), "deadline has elapsed");
/// assert_eq!(std::io::Error::from(elapsed).kind(), std::io::ErrorKind::TimedOut);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl Elapsed {
    pub(super) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}
