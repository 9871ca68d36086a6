//! A task spawns tasks without handles; the last of them to run wakes the plain thread.

use std::time::Instant;

use super::per_operation;
use super::roll_call::RollCall;
use crate::rivals::Rival;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let roll = RollCall::leaked(operations);
    let context = rival.context();
    let start = Instant::now();
    let root = rival.spawn(async move {
        for index in 0..operations {
            R::detach_from(context, async move { roll.answer(index) });
        }
    });
    roll.wait();
    let elapsed = start.elapsed();
    rival.block_on(root);
    per_operation(elapsed, operations)
}
