//! What does it cost to poll a task that is ready again at once?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn yield_now(criterion: &mut Criterion) {
    compare(criterion, Workload::YieldNow);
}

criterion_group!(benches, yield_now);
criterion_main!(benches);
