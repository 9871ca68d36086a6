//! Criterion over [`Turns`]: it draws its samples from rounds in which the rivals took turns.
//!
//! Left alone, criterion measures one rival to the end before it starts the next, seconds later,
//! on a machine that has changed. So the rounds are run first, and sample n of each rival is its
//! time in round n, scaled to as many operations as criterion asks for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::env;
use std::time::Duration;

use criterion::{Criterion, SamplingMode};

use crate::contest::{Contest, Turns};
use crate::workloads::Workload;

/// Samples per lane.
const SAMPLES: usize = 30;

/// Rounds that nobody sees: they fill pools and caches.
const WARM_UP_ROUNDS: usize = 2;

/// Measures the workload on every rival.
///
/// # Panics
///
/// When a rival gives a wrong answer.
pub fn compare(criterion: &mut Criterion, workload: Workload) {
    let operations = if is_measured() {
        workload.operations()
    } else {
        workload.unit()
    };
    let contest = Contest::new();
    compare_lanes(criterion, workload.name(), &contest.names(), |lane| {
        contest.run(lane, workload, operations)
    });
}

/// Measures whatever takes turns: `run` gives a lane's nanoseconds per operation.
pub fn compare_lanes<F: FnMut(usize) -> f64>(
    criterion: &mut Criterion,
    question: &str,
    names: &[&str],
    run: F,
) {
    let record = RefCell::new(Record::new(names.len(), run));
    let mut group = criterion.benchmark_group(question);
    // A warm-up that takes any time at all is over after its first sample.
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(SAMPLES)
        .warm_up_time(Duration::from_nanos(1))
        .measurement_time(Duration::from_secs(1));
    for (lane, &name) in names.iter().enumerate() {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|operations| record.borrow_mut().sample(lane, operations));
        });
    }
    group.finish();
}

/// Rounds run, and not yet handed to criterion.
struct Record<F> {
    run: F,
    turns: Turns,
    lanes: Vec<VecDeque<f64>>,
}

impl<F: FnMut(usize) -> f64> Record<F> {
    fn new(lanes: usize, run: F) -> Self {
        Self {
            run,
            turns: Turns::of(lanes),
            lanes: vec![VecDeque::new(); lanes],
        }
    }

    fn measure(&mut self) {
        for _ in 0..WARM_UP_ROUNDS {
            let _ = self.turns.round(&mut self.run);
        }
        // One more than the samples, for criterion's own warm-up.
        for _ in 0..=SAMPLES {
            self.round();
        }
    }

    fn round(&mut self) {
        let round = self.turns.round(&mut self.run);
        for (lane, time) in self.lanes.iter_mut().zip(round) {
            lane.push_back(time);
        }
    }

    /// The lane's time in its next round, for so many operations.
    fn sample(&mut self, lane: usize, operations: u64) -> Duration {
        match (self.lanes[lane].is_empty(), is_measured()) {
            (false, _) => {}
            // Only now, since criterion may have been asked for other lanes alone.
            (true, true) => self.measure(),
            (true, false) => self.round(),
        }
        let time = self.lanes[lane]
            .pop_front()
            .expect("a round has a time for every lane");
        Duration::from_nanos((time * operations as f64) as u64)
    }
}

/// Whether this run measures, rather than tests or lists the benches.
#[must_use]
pub fn is_measured() -> bool {
    !env::args().any(|argument| argument == "--test" || argument == "--list")
}
