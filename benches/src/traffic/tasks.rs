//! Traffic between tasks of a runtime, from the first spawn to the end of every task.

use std::time::Instant;

use super::{Traffic, check};
use crate::channels::ChannelRival;
use crate::rivals::Rival;
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;
use crate::workloads::per_operation;

pub(super) fn run<R: Rival, C: ChannelRival, M: Message>(
    rival: &R,
    traffic: Traffic,
    messages: u64,
) -> f64 {
    let shape = traffic.shape;
    let (sender, receivers) = C::bounded::<M>(traffic.capacity, shape.receivers);
    let start = Instant::now();
    let receivers: Vec<_> = receivers
        .into_iter()
        .map(|receiver| rival.spawn(C::receive_all(receiver)))
        .collect();
    let senders: Vec<_> = shape
        .shares(messages)
        .map(|share| rival.spawn(C::send_all(sender.clone(), share)))
        .collect();
    drop(sender);
    let tally = rival.block_on(ends(receivers, senders));
    let elapsed = start.elapsed();
    check(tally, messages);
    per_operation(elapsed, messages)
}

/// Waits for all: the receivers first, since they are the last to end.
async fn ends(
    receivers: Vec<impl Future<Output = Tally>>,
    senders: Vec<impl Future<Output = ()>>,
) -> Tally {
    let mut tally = Tally::default();
    for receiver in receivers {
        tally = tally.plus(receiver.await);
    }
    for sender in senders {
        sender.await;
    }
    tally
}
