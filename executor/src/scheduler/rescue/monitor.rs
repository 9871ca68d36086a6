//! The thread that looks.

use std::time::{Duration, Instant};

use wane_channel::base::sync::Arc;

use super::super::core::Core;
use super::super::herald::ThreadRole;
use super::super::local;
use super::gauge::{DOUBT, Gauge, LOOK, Pace, Sight, Verdict};
use super::spares;
use super::witness::Witness;
use crate::cell::runnable::Runnable;
use crate::parts::clock;
use crate::parts::local_queue::LocalQueue;

/// How long the system is left alone after it has refused a thread.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// From look to look while all sleep, but for a blocking job that was aborted and may go on.
const JOBS_PAUSE: Duration = Duration::from_millis(2);

/// The monitor's life: until the runtime stops.
pub(super) fn watch(core: &Arc<Core>) {
    local::hire(core);
    let mut monitor = Monitor {
        core,
        gauge: Gauge::new(
            core.rescue.config.limit,
            core.team.workers(),
            core.team.seats(),
            clock::now(),
        ),
        sights: Vec::with_capacity(core.team.seats()),
        queue: LocalQueue::new(),
        not_before: None,
        witness: Witness::new(core, core.rescue.config.limit),
        has_young_jobs: false,
    };
    while monitor.rest() {
        let now = clock::now();
        let verdict = monitor.look(now);
        monitor.act(verdict);
        monitor.tell(now);
    }
}

struct Monitor<'a> {
    core: &'a Arc<Core>,
    gauge: Gauge,
    sights: Vec<Sight>,
    /// Through which tasks of stale workers pass.
    queue: LocalQueue<Runnable>,
    /// When to ask the system for a thread again.
    not_before: Option<Instant>,
    witness: Witness<'a>,
    /// A job was aborted a moment ago.
    has_young_jobs: bool,
}

impl Monitor<'_> {
    /// False where the runtime stops.
    fn rest(&self) -> bool {
        let Core { team, rescue, .. } = &**self.core;
        let doze = &rescue.doze;
        match self.gauge.pace() {
            Pace::After(time) => doze.nap(clock::now() + time),
            Pace::Busy(time) => {
                let until = clock::now() + time;
                // Whoever falls asleep is not there yet when it stirs.
                doze.sleep(Some(until), || team.has_sleeper())
                    && doze.nap(until.min(clock::now() + LOOK))
            }
            Pace::Idle(time) => {
                team.at_work().iter().for_each(|remote| remote.watch_next());
                doze.nap(clock::now() + time)
            }
            Pace::Stirred if self.has_young_jobs => doze.nap(clock::now() + JOBS_PAUSE),
            Pace::Stirred => {
                let is_awake = || {
                    let mut at_work = team.at_work().iter();
                    at_work.any(|remote| !remote.sleep.is_asleep())
                };
                // Whoever wakes up has not begun his poll when he stirs.
                doze.sleep(None, is_awake) && doze.nap(clock::now() + DOUBT)
            }
        }
    }

    fn look(&mut self, now: Instant) -> Verdict {
        let team = &self.core.team;
        self.sights.clear();
        spares::see(&self.core.rescue.bench, team, &mut self.sights);
        let has_next = || team.at_work().iter().any(|remote| !remote.next.is_empty());
        let has_queued = team.has_queued() || has_next();
        let cpu = |index: usize| team.remotes[index].cpu.read();
        self.gauge.judge(now, &self.sights, has_queued, cpu)
    }

    /// What was seen is told after it was acted on: a hook may take its time.
    fn tell(&mut self, now: Instant) {
        self.core.look_at_backlog(now);
        let gauge = &self.gauge;
        let stale = |index: usize| gauge.present_poll(index);
        self.witness.see(now, &self.sights, stale);
        self.has_young_jobs = self.witness.see_jobs();
    }

    fn act(&mut self, verdict: Verdict) {
        if verdict.wake {
            self.core.team.wake_one();
        }
        if let Some(seat) = verdict.clear_out {
            self.core.team.clear_out(seat, &self.queue);
        }
        if let Some(seat) = verdict.attend {
            self.core.unpark(seat);
        }
        if let Some(seat) = verdict.retire {
            self.core.team.remotes[seat].dismiss();
            self.core.unpark(seat);
        }
        self.add(verdict.add);
    }

    fn add(&mut self, count: usize) {
        if count == 0 || self.not_before.is_some_and(|time| clock::now() < time) {
            return;
        }
        self.not_before = None;
        for _ in 0..count {
            match self.core.rescue.call_in(self.core) {
                Ok(true) => {}
                Ok(false) => return,
                Err(refused) => {
                    self.core
                        .herald
                        .tell_refused(ThreadRole::SpareWorker, &refused);
                    self.not_before = Some(clock::now() + REFUSED_PAUSE);
                    return;
                }
            }
        }
    }
}
