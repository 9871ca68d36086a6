//! A plain thread spawns blocking jobs that do next to nothing, keeps their handles, and joins them all.

use std::time::Instant;

use super::{per_operation, sum_below};
use crate::rivals::Rival;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let mut jobs = Vec::with_capacity(operations as usize);
    let start = Instant::now();
    jobs.extend((0..operations).map(|index| rival.spawn_blocking(move || index)));
    let sum = rival.block_on(async {
        let mut sum = 0;
        for job in &mut jobs {
            sum += job.await;
        }
        sum
    });
    drop(jobs);
    let elapsed = start.elapsed();
    assert_eq!(
        sum,
        sum_below(operations),
        "every job gives back its own index"
    );
    per_operation(elapsed, operations)
}
