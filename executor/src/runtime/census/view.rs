//! One live task.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use wane_channel::base::sync::Arc;

use crate::cell::id::Id;
use crate::cell::origin::{Sighting, TaskOrigin};
use crate::cell::state::Standing;
use crate::parts::clock;
use crate::scheduler::observer::{Ledger, names};

/// How a live task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskState {
    /// It sleeps until it is woken.
    Idle,
    /// It waits for a worker; a blocking job: it has no thread yet, or runs.
    Queued,
    /// A thread polls it.
    Running,
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Idle => "idle",
            Self::Queued => "queued",
            Self::Running => "running",
        })
    }
}

impl TaskState {
    /// `None` where it is over.
    pub(super) fn of(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Asleep => Some(Self::Idle),
            Standing::Queued => Some(Self::Queued),
            Standing::Running => Some(Self::Running),
            Standing::Over => None,
        }
    }
}

/// What a tracked task has been doing.
#[derive(Clone, Copy, Debug)]
struct Track {
    age: Duration,
    polls: u64,
    busy: Duration,
    /// Since its last poll began or ended.
    since: Duration,
}

/// A live task, as [`Handle::dump`](crate::runtime::Handle::dump) found it.
#[derive(Clone, Debug)]
pub struct TaskView {
    origin: TaskOrigin,
    name: Option<Arc<str>>,
    state: TaskState,
    track: Option<Track>,
}

impl TaskView {
    pub(super) fn of(sighting: &Sighting, ledger: Option<&Ledger>) -> Option<Self> {
        let origin = sighting.origin;
        let now = clock::now();
        let track = ledger.and_then(|ledger| ledger.look_up(origin.id()));
        Some(Self {
            origin,
            name: names::name_of(origin.id()),
            state: TaskState::of(sighting.standing)?,
            track: track.map(|life| Track {
                age: now.saturating_duration_since(life.spawned),
                polls: life.polls,
                busy: life.busy,
                since: now.saturating_duration_since(life.since),
            }),
        })
    }

    /// The task's id, as its handles have it.
    #[must_use]
    pub fn id(&self) -> Id {
        self.origin.id()
    }

    /// The name that [`task::Builder`](crate::task::Builder) gave it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where the program spawned it.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.origin.spawned_at()
    }

    /// The type of its future, as [`std::any::type_name`] has it: for people to read.
    #[must_use]
    pub fn future_type(&self) -> &'static str {
        self.origin.future_type()
    }

    /// The size of its future in bytes, without what that has allocated itself.
    #[must_use]
    pub fn future_size(&self) -> usize {
        self.origin.future_size()
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// How long ago it was spawned, where the runtime
    /// [tracks its tasks](crate::runtime::Builder::track_tasks).
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.track.map(|track| track.age)
    }

    /// How often it was polled, where the runtime tracks its tasks.
    #[must_use]
    pub fn polls(&self) -> Option<u64> {
        self.track.map(|track| track.polls)
    }

    /// How long its polls took, but for one that goes on, where the runtime tracks its tasks.
    #[must_use]
    pub fn busy(&self) -> Option<Duration> {
        self.track.map(|track| track.busy)
    }

    /// How long ago its last poll ended, or, before its first, how long ago it was spawned. `None`
    /// while it is polled, and where the runtime does not track its tasks.
    #[must_use]
    pub fn pending_for(&self) -> Option<Duration> {
        let track = self.track.filter(|_| self.state != TaskState::Running)?;
        Some(track.since)
    }
}
