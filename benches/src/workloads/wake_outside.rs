//! A plain thread wakes parked tasks, all of them once a round, and waits for their polls.

use std::time::Instant;

use super::per_operation;
use super::sleepers::Sleepers;
use crate::rivals::Rival;

/// Tasks that are parked.
pub(super) const TASKS: u64 = 1_000;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let sleepers = Sleepers::start(rival, TASKS);
    let start = Instant::now();
    for _ in 0..operations / TASKS {
        sleepers.wake_all();
        sleepers.wait();
    }
    per_operation(start.elapsed(), operations)
}
