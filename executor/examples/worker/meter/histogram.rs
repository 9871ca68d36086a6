//! Latencies in a fixed number of counters: log-linear, 32 steps to the octave.
//!
//! Keeping every sample would make the heap grow with the run, and the run looks for exactly such
//! growth. This one is as large before the first sample as after the last, and a quantile is at most
//! 1/32 (3.1 %) above the true one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const STEP_BITS: u32 = 5;
const STEPS: u64 = 1 << STEP_BITS;
/// Octaves above the first: up to 2^36 microseconds, 19 hours.
const OCTAVES: usize = 31;
const COUNTERS: usize = (OCTAVES + 1) * STEPS as usize;

/// Counts durations.
#[derive(Debug)]
pub(crate) struct Histogram {
    counters: Box<[AtomicU64; COUNTERS]>,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self {
            counters: Box::new([const { AtomicU64::new(0) }; COUNTERS]),
        }
    }

    pub(crate) fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let index = index_of(micros).min(COUNTERS - 1);
        self.counters[index].fetch_add(1, Ordering::Relaxed);
    }

    /// The duration that `share` of the samples do not exceed, or `None` without samples.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let counts = || {
            self.counters
                .iter()
                .map(|counter| counter.load(Ordering::Relaxed))
        };
        let wanted = (counts().sum::<u64>() as f64 * share).ceil() as u64;
        let mut seen = 0;
        let index = counts().position(|count| {
            seen += count;
            count > 0 && seen >= wanted
        })?;
        Some(Duration::from_micros(highest_of(index)))
    }
}

/// The counter of a value: the octave from its leading bit, the step from the bits after it.
fn index_of(micros: u64) -> usize {
    if micros < STEPS {
        return micros as usize;
    }
    let shift = micros.ilog2() - STEP_BITS;
    (u64::from(shift) * STEPS + (micros >> shift)) as usize
}

/// The highest value that falls on a counter.
fn highest_of(index: usize) -> u64 {
    let index = index as u64;
    if index < STEPS {
        return index;
    }
    let shift = index / STEPS - 1;
    let lowest = (index - shift * STEPS) << shift;
    lowest + (1 << shift) - 1
}
