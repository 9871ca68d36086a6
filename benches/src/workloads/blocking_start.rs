//! A plain thread spawns one blocking job while every thread of the pool is idle: from the call to the job.

use std::time::{Duration, Instant};

use wane_channel::base::sync::thread;

use crate::rivals::Rival;
use crate::statistics::percentile;

/// Long enough for the thread of the last job to go to sleep.
const PAUSE: Duration = Duration::from_micros(500);

pub(super) fn run<R: Rival>(rival: &R, operations: u64, percent: u32) -> f64 {
    let mut times = Vec::with_capacity(operations as usize);
    for _ in 0..operations {
        thread::sleep(PAUSE);
        let spawned_at = Instant::now();
        let job = rival.spawn_blocking(move || spawned_at.elapsed());
        times.push(rival.block_on(job).as_nanos() as f64);
    }
    percentile(&mut times, percent)
}
