//! What does it cost a task to spawn another and forget it?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn detached(criterion: &mut Criterion) {
    compare(criterion, Workload::Detached);
}

criterion_group!(benches, detached);
criterion_main!(benches);
