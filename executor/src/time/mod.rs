//! Time: sleeping, deadlines for futures, and ticks at an interval.
//!
//! The names, signatures and semantics are tokio's. Time has a resolution of a millisecond: nothing
//! happens early, and what is due happens up to a millisecond late, plus what the scheduler takes.
//!
//! ```
//! use wane::time::{Duration, Instant, sleep};
//!
//! let rt = wane::runtime::Runtime::new()?;
//! rt.block_on(async {
//!     let start = Instant::now();
//!     sleep(Duration::from_millis(5)).await;
//!     assert!(start.elapsed() >= Duration::from_millis(5));
//! });
//! # std::io::Result::Ok(())
//! ```

pub mod error;
mod instant;
mod interval;
mod sleep;
mod timeout;

pub use std::time::Duration;

pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Timeout, timeout, timeout_at};

#[cfg(test)]
mod tests;
