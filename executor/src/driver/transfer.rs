//! Reads and writes that know from a short count that the next one would wait.

use std::io;
use std::task::{Context, Poll, ready};

use super::evented::Evented;
use super::source::Direction;

/// True where a short read or write means that the next one would wait, and where the system
/// reports what comes after it. Elsewhere the report has to be earned by an operation that would
/// wait.
const SHORT_MEANS_USED_UP: bool = cfg!(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly",
));

impl<S: mio::event::Source> Evented<S> {
    /// As [`Evented::poll_io`], for an operation that moves up to `wanted` bytes: where it moves
    /// fewer, the next one waits for the system's report instead of finding out by trying.
    pub(crate) fn poll_transfer(
        &self,
        direction: Direction,
        ctx: &Context<'_>,
        wanted: usize,
        operation: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let (event, done) = ready!(self.poll_attempts(direction, ctx, operation))?;
        let is_short = done
            .as_ref()
            .is_ok_and(|&moved| 0 < moved && moved < wanted);
        if is_short && SHORT_MEANS_USED_UP {
            self.source.clear(event);
        }
        Poll::Ready(done)
    }
}
