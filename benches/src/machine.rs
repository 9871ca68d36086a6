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

use crate::statistics::percentile;

/// Hops between two looks at the clock.
const LEG: u64 = 1_000;

/// Looks at the clock: the median leg counts, since both threads may begin on one core.
const LEGS: u64 = 40;

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
            move || (0..LEGS).for_each(|leg| pass(&line, leg * LEG + 1, (leg + 1) * LEG))
        })
        .expect("the system gives a thread");
    let mut legs: Vec<f64> = (0..LEGS).map(|leg| time_leg(&line, leg)).collect();
    partner
        .join()
        .expect("the partner passes the line to the end");
    percentile(&mut legs, 50)
}

fn time_leg(line: &AtomicU64, leg: u64) -> f64 {
    let start = Instant::now();
    pass(line, leg * LEG, (leg + 1) * LEG);
    start.elapsed().as_nanos() as f64 / LEG as f64
}

/// Moves the line on at every second count of a leg.
fn pass(line: &AtomicU64, first: u64, end: u64) {
    for count in (first..end).step_by(2) {
        // ORDERING: Acquire and Release hand the line over as a message would be.
        while line.load(Ordering::Acquire) != count {
            spin_loop();
        }
        line.store(count + 1, Ordering::Release);
    }
}
