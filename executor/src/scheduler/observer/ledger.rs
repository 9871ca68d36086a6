//! What is known of each live task of a runtime that tracks its tasks.
//!
//! An entry is made at the spawn and struck when the task is over, so that the ledger is as large as
//! the tasks are many. It gives its memory back as it empties.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Mutex;
use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

use crate::cell::id::Id;
use crate::parts::clock;

/// Parts with a lock of their own, so that workers seldom wait for each other.
const PARTS: usize = 16;

/// One task's entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) spawned: Instant,
    pub(crate) polls: u64,
    /// Time spent in polls that have ended.
    pub(crate) busy: Duration,
    /// When its last poll began or ended, whichever came last.
    pub(crate) since: Instant,
}

/// The entries of one runtime.
#[derive(Debug)]
pub(crate) struct Ledger {
    parts: [Mutex<BTreeMap<Id, Life>>; PARTS],
    released: AtomicU64,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::new(BTreeMap::new())),
            released: AtomicU64::new(0),
        }
    }

    pub(super) fn enter(&self, task: Id) {
        let now = clock::now();
        let life = Life {
            spawned: now,
            polls: 0,
            busy: Duration::ZERO,
            since: now,
        };
        self.part(task).lock().insert(task, life);
    }

    pub(super) fn begin_poll(&self, task: Id) {
        self.change(task, |life, now| {
            life.polls += 1;
            life.since = now;
        });
    }

    pub(super) fn end_poll(&self, task: Id) {
        self.change(task, |life, now| {
            life.busy += now.saturating_duration_since(life.since);
            life.since = now;
        });
    }

    pub(super) fn strike(&self, task: Id, future_size: usize) {
        self.part(task).lock().remove(&task);
        // ORDERING: a statistic.
        self.released
            .fetch_add(future_size as u64, Ordering::Relaxed);
    }

    /// The bytes of all futures that were dropped.
    pub(crate) fn released(&self) -> u64 {
        // ORDERING: a statistic.
        self.released.load(Ordering::Relaxed)
    }

    /// The entry of a live task.
    pub(crate) fn look_up(&self, task: Id) -> Option<Life> {
        self.part(task).lock().get(&task).copied()
    }

    fn change(&self, task: Id, change: impl FnOnce(&mut Life, Instant)) {
        let now = clock::now();
        if let Some(life) = self.part(task).lock().get_mut(&task) {
            change(life, now);
        }
    }

    fn part(&self, task: Id) -> &Mutex<BTreeMap<Id, Life>> {
        &self.parts[(task.number() % PARTS as u64) as usize]
    }
}
