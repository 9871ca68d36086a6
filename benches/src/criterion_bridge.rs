//! Criterion over a [`Contest`]: it draws its samples from rounds in which the rivals took turns.
//!
//! Left alone, criterion measures one rival to the end before it starts the next, seconds later,
//! on a machine that has changed. So the rounds are run first, and sample n of each rival is its
//! time in round n, scaled to as many operations as criterion asks for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::env;
use std::time::Duration;

use criterion::{Criterion, SamplingMode};

use crate::contest::Contest;
use crate::workloads::Workload;

/// Samples per rival.
const SAMPLES: usize = 30;

/// Rounds that nobody sees: they fill pools and caches.
const WARM_UP_ROUNDS: usize = 2;

/// Measures the workload on every rival.
///
/// # Panics
///
/// When a rival gives a wrong answer.
pub fn compare(criterion: &mut Criterion, workload: Workload) {
    let record = RefCell::new(Record::new(workload));
    let names = record.borrow().contest.names();
    let mut group = criterion.benchmark_group(workload.name());
    // A warm-up that takes any time at all is over after its first sample.
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(SAMPLES)
        .warm_up_time(Duration::from_nanos(1))
        .measurement_time(Duration::from_secs(1));
    for (lane, name) in names.into_iter().enumerate() {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|operations| record.borrow_mut().sample(lane, operations));
        });
    }
    group.finish();
}

/// Rounds run, and not yet handed to criterion.
struct Record {
    contest: Contest,
    workload: Workload,
    operations: u64,
    lanes: Vec<VecDeque<f64>>,
}

impl Record {
    fn new(workload: Workload) -> Self {
        let contest = Contest::new();
        let lanes = contest.names().iter().map(|_| VecDeque::new()).collect();
        let measured = is_measured();
        let operations = if measured {
            workload.operations()
        } else {
            workload.unit()
        };
        let mut record = Self {
            contest,
            workload,
            operations,
            lanes,
        };
        if measured {
            record.measure();
        }
        record
    }

    fn measure(&mut self) {
        for _ in 0..WARM_UP_ROUNDS {
            let _ = self.contest.round(self.workload, self.operations);
        }
        // One more than the samples, for criterion's own warm-up.
        for _ in 0..=SAMPLES {
            self.round();
        }
    }

    fn round(&mut self) {
        let round = self.contest.round(self.workload, self.operations);
        for (lane, time) in self.lanes.iter_mut().zip(round) {
            lane.push_back(time);
        }
    }

    /// The rival's time in its next round, for so many operations.
    fn sample(&mut self, lane: usize, operations: u64) -> Duration {
        if self.lanes[lane].is_empty() {
            self.round();
        }
        let time = self.lanes[lane]
            .pop_front()
            .expect("a round has a time for every rival");
        Duration::from_nanos((time * operations as f64) as u64)
    }
}

/// Whether this run measures, rather than tests or lists the benches.
fn is_measured() -> bool {
    !env::args().any(|argument| argument == "--test" || argument == "--list")
}
