//! What does it cost a task to spawn a hundred others and to join them?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn spawn_local(criterion: &mut Criterion) {
    compare(criterion, Workload::SpawnLocal);
}

criterion_group!(benches, spawn_local);
criterion_main!(benches);
