//! What does it cost to wake parked tasks from outside the runtime?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn wake_outside(criterion: &mut Criterion) {
    compare(criterion, Workload::WakeOutside);
}

criterion_group!(benches, wake_outside);
criterion_main!(benches);
