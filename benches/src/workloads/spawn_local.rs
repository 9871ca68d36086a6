//! A task spawns a batch, keeps the handles, joins them, and starts over.

use std::time::Instant;

use super::{per_operation, sum_below};
use crate::rivals::Rival;

/// Tasks in flight at once.
pub(super) const BATCH: u64 = 100;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let start = Instant::now();
    let root = rival.spawn(batches::<R>(rival.context(), operations / BATCH));
    let sum = rival.block_on(root);
    let elapsed = start.elapsed();
    assert_eq!(
        sum,
        sum_below(BATCH) * (operations / BATCH),
        "every task gives back its own index"
    );
    per_operation(elapsed, operations)
}

async fn batches<R: Rival>(context: R::Context, count: u64) -> u64 {
    let mut sum = 0;
    let mut tasks = Vec::with_capacity(BATCH as usize);
    for _ in 0..count {
        tasks.extend((0..BATCH).map(|index| R::spawn_from(context, async move { index })));
        for task in tasks.drain(..) {
            sum += task.await;
        }
    }
    sum
}
