//! What do two tasks pay that spawn, talk once and end?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn ping_pong(criterion: &mut Criterion) {
    compare(criterion, Workload::PingPong);
}

criterion_group!(benches, ping_pong);
criterion_main!(benches);
