//! Which jobs the threads of a pool run, and which of those were aborted and run on. Plain data under
//! the pool's lock.
//!
//! Invariants:
//!
//! - R1. A job is `running` from when a thread takes it until the thread is through with it.
//! - R2. It is `abandoned`, too, from an abort that finds its closure running until the closure has
//!   ended: exactly, as whoever joins the job may then ask.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::Location;
use std::time::{Duration, Instant};

use super::crew::Number;
use crate::cell::id::Id;
use crate::parts::clock;

/// What a job is known by while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Card {
    /// Never used twice.
    pub(crate) id: u64,
    /// Where the program spawned it.
    pub(crate) spawned_at: &'static Location<'static>,
}

/// A blocking job that was aborted while it ran, and has not ended yet. One that goes on like that
/// ignores its [`BlockingContext`](crate::task::BlockingContext), or has none. It keeps its thread, in
/// whose place the pool has another one.
///
/// From [`RuntimeMetrics::abandoned_blocking_jobs`](crate::runtime::RuntimeMetrics::abandoned_blocking_jobs).
#[derive(Clone, Debug)]
pub struct AbandonedJob {
    card: Card,
    aborted_at: Instant,
}

impl AbandonedJob {
    /// The id of the job, as its handles had it.
    #[must_use]
    pub fn id(&self) -> Id {
        Id::new(self.card.id)
    }

    /// Where the program spawned it.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.card.spawned_at
    }

    /// How long ago it was aborted.
    #[must_use]
    pub fn age(&self) -> Duration {
        clock::now().saturating_duration_since(self.aborted_at)
    }
}

impl fmt::Display for AbandonedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "blocking job {} spawned at {} goes on, aborted {:?} ago",
            self.id(),
            self.spawned_at(),
            self.age()
        )
    }
}

#[derive(Debug)]
struct Running {
    number: Number,
    card: Card,
}

/// The two lists. They give their memory back as they empty.
#[derive(Debug, Default)]
pub(super) struct Roll {
    running: HashMap<u64, Running, BuildHasherDefault<Spread>>,
    abandoned: BTreeMap<u64, AbandonedJob>,
}

impl Roll {
    /// A thread has taken the job.
    pub(super) fn begin(&mut self, card: Card, number: Number) {
        self.running.insert(card.id, Running { number, card });
    }

    /// The thread is through with the job.
    pub(super) fn end(&mut self, id: u64) {
        self.running.remove(&id);
        if self.running.capacity() > 8 * self.running.len().max(8) {
            self.running.shrink_to(2 * self.running.len());
        }
    }

    /// The thread that runs the job.
    pub(super) fn runner(&self, id: u64) -> Option<Number> {
        self.running.get(&id).map(|running| running.number)
    }

    /// An abort has found the job running.
    pub(super) fn enter(&mut self, id: u64) {
        if let Some(running) = self.running.get(&id) {
            let job = AbandonedJob {
                card: running.card,
                aborted_at: clock::now(),
            };
            self.abandoned.insert(id, job);
        }
    }

    /// The closure of an abandoned job has ended.
    pub(super) fn strike(&mut self, id: u64) {
        self.abandoned.remove(&id);
    }

    /// How many were aborted and run on.
    pub(super) fn abandoned(&self) -> usize {
        self.abandoned.len()
    }

    /// Which those are, the oldest abort first.
    pub(super) fn abandoned_jobs(&self) -> Vec<AbandonedJob> {
        let mut jobs: Vec<AbandonedJob> = self.abandoned.values().cloned().collect();
        jobs.sort_by_key(|job| job.aborted_at);
        jobs
    }
}

/// Hashes an id, which nobody outside can choose, by one multiplication (Knuth's constant).
#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        let product = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // The table takes its bits from both ends.
        self.0 = product ^ product >> 32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::crew::Crew;
    use super::*;

    #[test]
    fn memory_goes_down_with_the_jobs() {
        let mut roll = Roll::default();
        let number = Crew::default().seat_probe();
        let spawned_at = Location::caller();
        for id in 1..=10_000 {
            roll.begin(Card { id, spawned_at }, number);
            roll.enter(id);
        }
        assert_eq!(
            (roll.abandoned(), roll.abandoned_jobs().len()),
            (10_000, 10_000)
        );
        for id in 1..=10_000 {
            assert_eq!(roll.runner(id), Some(number));
            roll.strike(id);
            roll.end(id);
            assert_eq!(roll.runner(id), None);
        }
        assert_eq!(roll.abandoned(), 0);
        assert!(roll.running.capacity() <= 64, "{}", roll.running.capacity());
    }
}
