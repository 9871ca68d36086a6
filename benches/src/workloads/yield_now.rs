//! More tasks than workers, all of which do nothing but yield.

use std::time::Instant;

use super::per_operation;
use crate::rivals::Rival;

/// Tasks that yield in turn.
pub(super) const TASKS: u64 = 100;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let start = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| rival.spawn(yields::<R>(operations / TASKS)))
        .collect();
    let yielded = rival.block_on(async {
        let mut yielded = 0;
        for task in tasks {
            yielded += task.await;
        }
        yielded
    });
    let elapsed = start.elapsed();
    assert_eq!(yielded, operations, "every task yielded to its end");
    per_operation(elapsed, operations)
}

async fn yields<R: Rival>(count: u64) -> u64 {
    let mut yielded = 0;
    for _ in 0..count {
        R::yield_now().await;
        yielded += 1;
    }
    yielded
}
