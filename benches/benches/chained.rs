//! How fast does work go on that exists one task at a time?

use criterion::{Criterion, criterion_group, criterion_main};
use wane_benches::criterion_bridge::compare;
use wane_benches::workloads::Workload;

fn chained(criterion: &mut Criterion) {
    compare(criterion, Workload::Chained);
}

criterion_group!(benches, chained);
criterion_main!(benches);
