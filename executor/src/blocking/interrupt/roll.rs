//! The jobs of a pool that were aborted in the middle and still run.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Mutex;

use crate::cell::id::Id;
use crate::parts::clock;

/// A blocking job that was aborted while it ran, and has not ended yet. One that goes on like that
/// ignores its [`BlockingContext`](super::BlockingContext), and keeps its thread.
///
/// From [`RuntimeMetrics::abandoned_blocking_jobs`](crate::runtime::RuntimeMetrics::abandoned_blocking_jobs).
#[derive(Clone, Debug)]
pub struct AbandonedJob {
    id: Id,
    spawned_at: &'static Location<'static>,
    aborted_at: Instant,
}

impl AbandonedJob {
    pub(super) fn new(id: Id, spawned_at: &'static Location<'static>, aborted_at: Instant) -> Self {
        Self {
            id,
            spawned_at,
            aborted_at,
        }
    }

    /// The id of the job, as its handles had it.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Where the program spawned it.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
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
            self.id,
            self.spawned_at,
            self.age()
        )
    }
}

/// The list. It gives its memory back as it empties.
#[derive(Debug, Default)]
pub(in crate::blocking) struct Roll {
    jobs: Mutex<BTreeMap<Id, AbandonedJob>>,
}

impl Roll {
    pub(super) fn enter(&self, job: AbandonedJob) {
        self.jobs.lock().insert(job.id, job);
    }

    pub(super) fn strike(&self, id: Id) {
        self.jobs.lock().remove(&id);
    }

    pub(in crate::blocking) fn len(&self) -> usize {
        self.jobs.lock().len()
    }

    /// The oldest abort first.
    pub(in crate::blocking) fn jobs(&self) -> Vec<AbandonedJob> {
        let mut jobs: Vec<AbandonedJob> = self.jobs.lock().values().cloned().collect();
        jobs.sort_by_key(|job| job.aborted_at);
        jobs
    }
}
