//! What state the machine is in: how long a cache line takes from one core to the other.
//!
//! A virtual machine's cores are moved about by its host, and everything that two workers share
//! gets several times dearer when they come to lie far apart. Compare only what was measured at
//! one distance.

use std::hint::spin_loop;
use std::time::Instant;

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::atomic::{AtomicU64, Ordering};
use wane_channel::base::sync::thread;

/// Hops of one measurement.
const HOPS: u64 = 20_000;

/// Two threads pass a cache line to and fro: nanoseconds per hop.
///
/// # Panics
///
/// When the system refuses a thread.
#[must_use]
pub fn cache_line_bounce() -> f64 {
    let line = Arc::new(AtomicU64::new(0));
    let partner = thread::Builder::new()
        .spawn({
            let line = Arc::clone(&line);
            move || pass(&line, 1)
        })
        .expect("the system gives a thread");
    let start = Instant::now();
    pass(&line, 0);
    partner
        .join()
        .expect("the partner passes the line to the end");
    start.elapsed().as_nanos() as f64 / HOPS as f64
}

/// Moves the line on at every count of the given parity.
fn pass(line: &AtomicU64, parity: u64) {
    for count in (parity..HOPS).step_by(2) {
        // ORDERING: Acquire and Release hand the line over as a message would be.
        while line.load(Ordering::Acquire) != count {
            spin_loop();
        }
        line.store(count + 1, Ordering::Release);
    }
}
