//! What is measured: one file per workload, each one generic function that checks its answer.
//!
//! `run(rival, operations)` performs that many operations and returns nanoseconds per operation.
//! Setup and tear-down are outside the clock.

use std::str::FromStr;
use std::time::Duration;

use crate::rivals::Rival;

mod blocking_burst;
mod blocking_start;
mod chained;
mod detached;
mod idle_wake;
pub mod parked;
mod ping_pong;
mod roll_call;
mod sleepers;
mod spawn_local;
mod spawn_outside;
mod wake_outside;
mod yield_now;

/// A workload, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// A plain thread spawns tasks and joins them all. Operation: one task.
    SpawnOutside,
    /// A task spawns 100 tasks and joins them, again and again. Operation: one task.
    SpawnLocal,
    /// A task spawns without handles; the last task to run ends it. Operation: one task.
    Detached,
    /// Each task spawns the next, 1,000 deep. Operation: one task.
    Chained,
    /// 100 tasks yield in turn. Operation: one yield.
    YieldNow,
    /// Tasks that spawn a partner and exchange a value with it. Operation: one pair.
    PingPong,
    /// A plain thread wakes 1,000 parked tasks. Operation: one wake and its poll.
    WakeOutside,
    /// A plain thread wakes a task when all sleeps, median. Operation: from wake to poll.
    IdleWakeP50,
    /// A plain thread wakes a task when all sleeps, 99th percentile. Operation: from wake to poll.
    IdleWakeP99,
    /// A plain thread spawns blocking jobs and joins them all. Operation: one job.
    BlockingBurst,
    /// A plain thread spawns one blocking job when all sleeps, median. Operation: from call to job.
    BlockingStart,
}

impl Workload {
    /// Every workload, in the order of the tables.
    pub const ALL: [Self; 11] = [
        Self::SpawnOutside,
        Self::SpawnLocal,
        Self::Detached,
        Self::Chained,
        Self::YieldNow,
        Self::PingPong,
        Self::WakeOutside,
        Self::IdleWakeP50,
        Self::IdleWakeP99,
        Self::BlockingBurst,
        Self::BlockingStart,
    ];

    /// The name on command lines and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SpawnOutside => "spawn_outside",
            Self::SpawnLocal => "spawn_local",
            Self::Detached => "detached",
            Self::Chained => "chained",
            Self::YieldNow => "yield_now",
            Self::PingPong => "ping_pong",
            Self::WakeOutside => "wake_outside",
            Self::IdleWakeP50 => "idle_wake_p50",
            Self::IdleWakeP99 => "idle_wake_p99",
            Self::BlockingBurst => "blocking_burst",
            Self::BlockingStart => "blocking_start",
        }
    }

    /// Operations of one measured run: some milliseconds.
    #[must_use]
    pub fn operations(self) -> u64 {
        match self {
            Self::SpawnOutside | Self::SpawnLocal | Self::Detached => 20_000,
            Self::Chained | Self::WakeOutside => 20_000,
            Self::YieldNow => 100_000,
            Self::PingPong => 5_000,
            Self::BlockingBurst => 100_000,
            Self::IdleWakeP50 | Self::IdleWakeP99 | Self::BlockingStart => 200,
        }
    }

    /// Operations of the smallest run; every run is a multiple of it.
    #[must_use]
    pub fn unit(self) -> u64 {
        match self {
            Self::SpawnLocal => spawn_local::BATCH,
            Self::Chained => chained::LINKS,
            Self::YieldNow => yield_now::TASKS,
            Self::WakeOutside => wake_outside::TASKS,
            Self::SpawnOutside | Self::Detached | Self::PingPong | Self::BlockingBurst => 100,
            Self::IdleWakeP50 | Self::IdleWakeP99 | Self::BlockingStart => 10,
        }
    }

    /// Runs it once on a rival: nanoseconds per operation.
    ///
    /// # Panics
    ///
    /// When the answer is wrong, or `operations` is no positive multiple of [`unit`](Self::unit).
    pub fn run<R: Rival>(self, rival: &R, operations: u64) -> f64 {
        let unit = self.unit();
        assert!(
            operations > 0 && operations.is_multiple_of(unit),
            "{} runs multiples of {unit} operations, not {operations}",
            self.name(),
        );
        match self {
            Self::SpawnOutside => spawn_outside::run(rival, operations),
            Self::SpawnLocal => spawn_local::run(rival, operations),
            Self::Detached => detached::run(rival, operations),
            Self::Chained => chained::run(rival, operations),
            Self::YieldNow => yield_now::run(rival, operations),
            Self::PingPong => ping_pong::run(rival, operations),
            Self::WakeOutside => wake_outside::run(rival, operations),
            Self::IdleWakeP50 => idle_wake::run(rival, operations, 50),
            Self::IdleWakeP99 => idle_wake::run(rival, operations, 99),
            Self::BlockingBurst => blocking_burst::run(rival, operations),
            Self::BlockingStart => blocking_start::run(rival, operations, 50),
        }
    }
}

impl FromStr for Workload {
    type Err = UnknownWorkload;

    fn from_str(name: &str) -> Result<Self, UnknownWorkload> {
        let found = Self::ALL
            .into_iter()
            .find(|workload| workload.name() == name);
        found.ok_or_else(|| UnknownWorkload(name.into()))
    }
}

/// No workload has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWorkload(String);

impl std::fmt::Display for UnknownWorkload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = Workload::ALL.map(Workload::name).join(", ");
        write!(
            formatter,
            "no workload is called `{}`; there are {names}",
            self.0
        )
    }
}

impl std::error::Error for UnknownWorkload {}

/// Nanoseconds per operation.
pub(crate) fn per_operation(elapsed: Duration, operations: u64) -> f64 {
    elapsed.as_secs_f64() * 1e9 / operations as f64
}

/// The sum of `0..count`, which tasks that return their index must add up to.
fn sum_below(count: u64) -> u64 {
    count * (count - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rivals::start_all;

    #[test]
    fn every_workload_gives_the_right_answer_on_every_rival() {
        for contender in start_all() {
            for workload in Workload::ALL {
                let time = contender.run(workload, 2 * workload.unit());
                assert!(time > 0.0, "{} on {}", workload.name(), contender.name());
            }
        }
    }

    #[test]
    fn a_measured_run_is_a_multiple_of_the_smallest() {
        for workload in Workload::ALL {
            assert_eq!(
                workload.operations() % workload.unit(),
                0,
                "{}",
                workload.name()
            );
        }
    }

    #[test]
    fn a_name_leads_back_to_its_workload() {
        for workload in Workload::ALL {
            assert_eq!(workload.name().parse(), Ok(workload));
        }
        assert_eq!(
            "spawn".parse::<Workload>(),
            Err(UnknownWorkload("spawn".into()))
        );
    }
}
