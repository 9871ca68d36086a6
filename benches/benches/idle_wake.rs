//! How long does a task wait for its poll when everything slept as it was woken?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn idle_wake(criterion: &mut Criterion) {
    compare(criterion, Workload::IdleWakeP50);
    compare(criterion, Workload::IdleWakeP99);
}

criterion_group!(benches, idle_wake);
criterion_main!(benches);
