//! The clock: the only place that asks the system for the time.
//!
//! Timers, intervals and `wane::time::Instant::now` all come here. A paused or simulated clock is
//! to be consulted in [`now`], before the system's.

use std::time::Instant;

/// The present moment.
#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}
