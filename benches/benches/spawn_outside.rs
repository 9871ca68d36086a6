//! What does it cost to spawn from outside the runtime, and to join?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn spawn_outside(criterion: &mut Criterion) {
    compare(criterion, Workload::SpawnOutside);
}

criterion_group!(benches, spawn_outside);
criterion_main!(benches);
