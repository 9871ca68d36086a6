//! One result that nobody has taken.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::cell::id::Id;
use crate::cell::origin::{Sighting, TaskOrigin};
use crate::cell::state::Standing;

/// Who keeps a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// The task's join handle, which was neither awaited nor dropped.
    JoinHandle,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::JoinHandle => "JoinHandle",
        })
    }
}

/// A result that is ready and that nobody has taken, as
/// [`Handle::retained`](crate::runtime::Handle::retained) found it.
#[derive(Clone, Copy, Debug)]
pub struct RetainedResult {
    origin: TaskOrigin,
    result_size: usize,
    age: Duration,
}

impl RetainedResult {
    pub(super) fn of(sighting: &Sighting) -> Option<Self> {
        (sighting.standing == Standing::Over).then(|| Self {
            origin: sighting.origin,
            result_size: sighting.output_size,
            age: Duration::from_millis(sighting.over_for_ms.into()),
        })
    }

    /// The task's id, as its handles have it.
    #[must_use]
    pub fn id(&self) -> Id {
        self.origin.id()
    }

    /// Where the program spawned the task.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.origin.spawned_at()
    }

    /// The type of its future, as [`std::any::type_name`] has it: for people to read.
    #[must_use]
    pub fn future_type(&self) -> &'static str {
        self.origin.future_type()
    }

    /// The size of what the task returns in bytes, without what that has allocated itself. Of a task
    /// that panicked or was aborted, too, whose outcome is smaller.
    #[must_use]
    pub fn result_size(&self) -> usize {
        self.result_size
    }

    /// Who keeps it.
    #[must_use]
    pub fn holder(&self) -> Holder {
        Holder::JoinHandle
    }

    /// For how long it has been ready, in milliseconds of the workers' coarse clock: right to some dozen
    /// polls, and standing while all of them sleep.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.age
    }
}
