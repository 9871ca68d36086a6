//! What does one message cost through a bounded channel? A choice of cells; the bin `channels`
//! has them all.

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::channels::Channel;
use wane_benches::criterion_bridge::{compare_lanes, is_measured};
use wane_benches::rivals::WORKERS;
use wane_benches::traffic::carriers::messages;
use wane_benches::traffic::cell::Cell;

/// Each runtime, each shape, little room and much, small messages and large.
const CELLS: [&str; 12] = [
    "wane/u64/1:1/1",
    "wane/u64/1:1/100",
    "wane/u64/4:1/100",
    "wane/u64/4:4/10",
    "wane/u64/16:16/4096",
    "wane/256/4:4/100",
    "tokio/u64/1:1/100",
    "tokio/u64/4:4/10",
    "async-executor/u64/1:1/100",
    "async-executor/u64/4:4/10",
    "threads/u64/1:1/100",
    "threads/u64/4:4/10",
];

/// Messages of a run that only shows that the bench works.
const FEW: u64 = 100;

fn channel(criterion: &mut Criterion) {
    for text in CELLS {
        compare(criterion, text.parse().expect("the list names cells"));
    }
}

fn compare(criterion: &mut Criterion, cell: Cell) {
    let Cell { carrier, traffic } = cell;
    let all = Channel::ALL.into_iter();
    let channels: Vec<Channel> = all.filter(|&channel| traffic.suits(channel)).collect();
    let names: Vec<&str> = channels.iter().map(|channel| channel.name()).collect();
    let messages = if is_measured() {
        messages(carrier.name, traffic.capacity)
    } else {
        FEW
    };
    let carrier = (carrier.start)(WORKERS);
    compare_lanes(criterion, &cell.to_string(), &names, |lane| {
        carrier.carry(channels[lane], traffic, messages)
    });
}

criterion_group!(benches, channel);
criterion_main!(benches);
