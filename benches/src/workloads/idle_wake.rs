//! A plain thread wakes the only task while every worker sleeps: from the wake to the poll.

use std::time::Duration;

use wane_channel::base::sync::thread;

use super::sleepers::Sleepers;
use crate::rivals::Rival;
use crate::statistics::percentile;

/// Long enough for every worker to search in vain and go to sleep.
const PAUSE: Duration = Duration::from_micros(500);

pub(super) fn run<R: Rival>(rival: &R, operations: u64, percent: u32) -> f64 {
    let sleepers = Sleepers::start(rival, 1);
    let mut times = Vec::with_capacity(operations as usize);
    for _ in 0..operations {
        thread::sleep(PAUSE);
        let woken_at = sleepers.now();
        sleepers.wake_all();
        sleepers.wait();
        let polled_at = sleepers.polled_at();
        assert!(polled_at >= woken_at, "the poll follows the wake");
        times.push((polled_at - woken_at) as f64);
    }
    percentile(&mut times, percent)
}
