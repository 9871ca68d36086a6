//! What the monitor tells of what it sees: polls that do not return, and blocking jobs that go on after
//! their abort.
//!
//! One event when a poll has taken longer than the limit, and one when it has returned. The task is read
//! from outside while it is being polled, and named only where no further poll has begun meanwhile.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::super::core::Core;
use super::super::herald::{Event, StuckKind, StuckWorker};
use super::gauge::Sight;
use crate::cell::id::Id;
use crate::cell::origin::TaskOrigin;
use crate::parts::clock;

/// How long an aborted job may take to end before somebody is told.
const ABANDONED_AFTER: Duration = Duration::from_millis(100);

/// A poll of which somebody was told.
#[derive(Clone, Debug)]
pub(super) struct StuckPoll {
    worker: usize,
    polls: u64,
    since: Instant,
    kind: StuckKind,
    task: Option<TaskOrigin>,
}

impl StuckPoll {
    fn tell(&self, now: Instant) -> StuckWorker {
        StuckWorker {
            worker: self.worker,
            task: self.task,
            kind: self.kind,
            lasts: now.saturating_duration_since(self.since),
        }
    }
}

/// What the monitor remembers of what it has told.
pub(super) struct Witness<'a> {
    core: &'a Core,
    limit: Duration,
    /// By seat.
    polls: Vec<Option<StuckPoll>>,
    /// The count of polls at which a look found no task at a seat. It is told at the next one: the worker
    /// may just be between its poll and its sleep.
    unnamed: Vec<Option<u64>>,
    /// When each seat was last inside of `block_in_place`, which is no trouble.
    declared: Vec<Option<Instant>>,
    /// Jobs of which somebody was told.
    abandoned: BTreeSet<Id>,
}

impl<'a> Witness<'a> {
    pub(super) fn new(core: &'a Core, limit: Duration) -> Self {
        let seats = core.team.seats();
        Self {
            core,
            limit,
            polls: vec![None; seats],
            unnamed: vec![None; seats],
            declared: vec![None; seats],
            abandoned: BTreeSet::new(),
        }
    }

    /// Tells of the workers that are stuck, and of those that are no longer. `stale` says of a seat since
    /// when it has been in its present poll, and why.
    pub(super) fn see(
        &mut self,
        now: Instant,
        sights: &[Sight],
        stale: impl Fn(usize) -> (Instant, StuckKind),
    ) {
        let mut events = Vec::new();
        let mut has_changed = false;
        for (index, sight) in sights.iter().enumerate() {
            if sight.is_declared {
                self.declared[index] = Some(now);
            }
            let (since, kind) = stale(index);
            match &mut self.polls[index] {
                Some(poll) if !is_in(poll.polls, sight) => {
                    events.push(Event::WorkerFreed(poll.tell(now)));
                    self.polls[index] = None;
                }
                Some(poll) => {
                    has_changed |= poll.kind != kind;
                    poll.kind = kind;
                }
                None if is_in(sight.polls, sight) && !sight.is_declared => {
                    let since = self.declared[index].map_or(since, |end| since.max(end));
                    if now.saturating_duration_since(since) >= self.limit {
                        self.polls[index] = self.look(index, sight.polls, since, kind);
                        let told = self.polls[index].as_ref();
                        events.extend(told.map(|poll| Event::WorkerStuck(poll.tell(now))));
                    }
                }
                None => {}
            }
        }
        if has_changed || !events.is_empty() {
            self.publish();
        }
        events.iter().for_each(|event| self.core.herald.tell(event));
    }

    /// The poll that has begun as the last of so many, unless it is over.
    fn look(
        &mut self,
        worker: usize,
        polls: u64,
        since: Instant,
        kind: StuckKind,
    ) -> Option<StuckPoll> {
        let remote = &self.core.team.remotes[worker];
        let task = remote.present.look();
        if task.is_none() && self.unnamed[worker].replace(polls) != Some(polls) {
            return None;
        }
        // The counts of processor time lag behind, and do not grow while the thread waits for its turn.
        let is_running = remote.cpu.is_running();
        if task.is_none() && is_running != Some(false) {
            // It is in a hook that computes; or in code of ours, and has lost its processor.
            return None;
        }
        let kind = match is_running {
            Some(true) => StuckKind::Busy,
            _ => kind,
        };
        (remote.polls.get() == polls).then_some(StuckPoll {
            worker,
            polls,
            since,
            kind,
            task,
        })
    }

    /// Leaves the list where it can be asked for.
    fn publish(&self) {
        let list = self.polls.iter().flatten().cloned().collect();
        *self.core.rescue.stuck.lock() = list;
    }

    /// Tells of jobs that were aborted and go on. Returns whether there may be something to tell soon.
    pub(super) fn see_jobs(&mut self) -> bool {
        let blocking = self.core.blocking();
        if blocking.abandoned() == 0 {
            self.abandoned.clear();
            return false;
        }
        let jobs = blocking.abandoned_jobs();
        self.abandoned
            .retain(|id| jobs.iter().any(|job| job.id() == *id));
        let (old, young): (Vec<_>, Vec<_>) = jobs
            .into_iter()
            .partition(|job| job.age() >= ABANDONED_AFTER);
        for job in old {
            if self.abandoned.insert(job.id()) {
                self.core.herald.tell(&Event::BlockingJobAbandoned(job));
            }
        }
        !young.is_empty()
    }
}

/// Whether a seat is still in the poll that was the last of so many.
fn is_in(polls: u64, sight: &Sight) -> bool {
    sight.polls == polls && !sight.is_asleep && !sight.is_vacant
}

impl Core {
    /// The workers that are stuck at the moment, as far as the monitor has noticed.
    pub(crate) fn stuck_workers(&self) -> Vec<StuckWorker> {
        let now = clock::now();
        let stuck = self.rescue.stuck.lock();
        let is_current = |poll: &&StuckPoll| {
            let remote = &self.team.remotes[poll.worker];
            remote.polls.get() == poll.polls && !remote.sleep.is_asleep()
        };
        let current = stuck.iter().filter(is_current);
        current.map(|poll| poll.tell(now)).collect()
    }
}
