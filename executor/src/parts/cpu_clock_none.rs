//! A system that does not tell how much of a processor another thread has used: every thread that is
//! stuck counts as blocked.

use std::time::Duration;

/// The clock of the thread that is in a seat.
#[derive(Debug)]
pub(crate) struct CpuClock;

impl CpuClock {
    /// That of nobody.
    pub(crate) fn new() -> Self {
        Self
    }

    /// Makes it this thread's.
    pub(crate) fn take(&self) {}

    /// Whether it runs: not known.
    pub(crate) fn is_running(&self) -> Option<bool> {
        None
    }

    /// How much it has run: not known.
    pub(crate) fn read(&self) -> Option<Duration> {
        None
    }
}
