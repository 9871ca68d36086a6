//! A plain thread spawns tasks, keeps their handles, and joins them all.

use std::time::Instant;

use super::{per_operation, sum_below};
use crate::rivals::Rival;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let mut tasks = Vec::with_capacity(operations as usize);
    let start = Instant::now();
    tasks.extend((0..operations).map(|index| rival.spawn(async move { index })));
    let sum = rival.block_on(async {
        let mut sum = 0;
        for task in &mut tasks {
            sum += task.await;
        }
        sum
    });
    drop(tasks);
    let elapsed = start.elapsed();
    assert_eq!(
        sum,
        sum_below(operations),
        "every task gives back its own index"
    );
    per_operation(elapsed, operations)
}
