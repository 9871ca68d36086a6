//! Tasks that each spawn a partner, send it a value and wait for the answer.
//!
//! The channels are tokio's oneshots for every rival, so that only the executor differs. A pair is
//! two spawns, two oneshots and at least one wake.

use std::time::Instant;

use tokio::sync::oneshot;

use super::per_operation;
use super::roll_call::RollCall;
use crate::rivals::Rival;

pub(super) fn run<R: Rival>(rival: &R, operations: u64) -> f64 {
    let roll = RollCall::leaked(operations);
    let context = rival.context();
    let start = Instant::now();
    let root = rival.spawn(async move {
        for index in 0..operations {
            R::detach_from(context, pair::<R>(context, index, roll));
        }
    });
    roll.wait();
    let elapsed = start.elapsed();
    rival.block_on(root);
    per_operation(elapsed, operations)
}

async fn pair<R: Rival>(context: R::Context, index: u64, roll: &'static RollCall) {
    let (ping, pinged) = oneshot::channel();
    let (pong, ponged) = oneshot::channel();
    R::detach_from(context, async move {
        let value: u64 = pinged.await.expect("the first task sends");
        pong.send(value).expect("the first task waits");
    });
    ping.send(index).expect("the partner waits");
    roll.answer(ponged.await.expect("the partner answers"));
}
