//! What the monitor makes of what it sees. No thread, no clock: only the judgement.

use std::time::{Duration, Instant};

use super::super::herald::StuckKind;

/// From look to look while somebody is idle and somebody is not.
pub(super) const LOOK: Duration = Duration::from_micros(500);

/// From a look that finds a task, a sleeper and nobody stale to the next: whoever has not begun a poll by
/// then is left with what he runs.
pub(super) const DOUBT: Duration = Duration::from_micros(100);

/// From look to look while all sleep: a look is in the way of whoever is woken at that moment.
const LOOK_IDLE: Duration = Duration::from_millis(2);

/// Looks at a team that sleeps, and has not polled since the look before, until the monitor sleeps, too.
const IDLE_LOOKS_MAX: u32 = 15;

/// How long there have to be too many before the first retires.
const SURPLUS: Duration = Duration::from_millis(50);

/// Looks within the limit while nobody sleeps.
const LOOKS_PER_LIMIT: u32 = 4;

/// The share of the limit after which a thread that uses no processor counts as stuck where nobody
/// is free.
const URGENT_SHARE: u32 = 2;

/// What a look shows of one seat at work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Polls that have begun.
    pub(super) polls: u64,
    pub(super) is_asleep: bool,
    /// It is asleep, and the one who waits for timers and sockets.
    pub(super) is_in_driver: bool,
    /// It is inside `block_in_place`.
    pub(super) is_declared: bool,
    /// It belongs to a spare worker.
    pub(super) is_spare: bool,
    /// Nobody is at work here.
    pub(super) is_vacant: bool,
    /// It has tasks that wait.
    pub(super) has_tasks: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Wake a sleeper: there is something to steal.
    pub(super) wake: bool,
    /// Wake this sleeper, so that it goes to sleep in the driver.
    pub(super) attend: Option<usize>,
    /// Call in so many spare workers.
    pub(super) add: usize,
    /// Send this spare worker away.
    pub(super) retire: Option<usize>,
    /// Move the tasks of this worker to the shared queue.
    pub(super) clear_out: Option<usize>,
}

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    After(Duration),
    /// After this time, or soon after a worker has fallen asleep: there is somebody to wake then.
    Busy(Duration),
    /// After this time, or when a worker that has woken up has a task to run next.
    Idle(Duration),
    /// When a worker has woken up.
    Stirred,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    polls: u64,
    /// When the present poll was first seen, if one is going on.
    since: Instant,
    /// The first reading of the thread's clock in this poll.
    cpu: Option<(Instant, Duration)>,
    /// Whether the thread has run for most of the time since.
    is_busy: bool,
    /// It was asleep, or nobody was there.
    was_away: bool,
}

/// What the monitor remembers from look to look.
#[derive(Debug)]
pub(super) struct Gauge {
    limit: Duration,
    workers: usize,
    records: Vec<Record>,
    surplus_since: Option<Instant>,
    idle_looks: u32,
    is_in_doubt: bool,
    pace: Pace,
}

impl Gauge {
    pub(super) fn new(limit: Duration, workers: usize, seats: usize, now: Instant) -> Self {
        let record = Record {
            polls: 0,
            since: now,
            cpu: None,
            is_busy: false,
            was_away: false,
        };
        Self {
            limit,
            workers,
            records: vec![record; seats],
            surplus_since: None,
            idle_looks: 0,
            is_in_doubt: false,
            pace: Pace::After(LOOK),
        }
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Judges a look. `has_queued`: a task waits in some queue. `cpu` reads a thread's clock.
    pub(super) fn judge(
        &mut self,
        now: Instant,
        sights: &[Sight],
        has_queued: bool,
        cpu: impl Fn(usize) -> Option<Duration>,
    ) -> Verdict {
        let has_polled =
            (0..sights.len()).any(|index| sights[index].polls != self.records[index].polls);
        for (index, sight) in sights.iter().enumerate() {
            self.update(index, sight, now, &cpu);
        }
        let at_work = || (0..sights.len()).filter(|index| !sights[*index].is_vacant);
        let count = |is: &dyn Fn(usize) -> bool| at_work().filter(|index| is(*index)).count();
        let stuck = count(&|index| self.is_stuck(index, &sights[index], now));
        let blocked = count(&|index| {
            self.is_stuck(index, &sights[index], now) && !self.records[index].is_busy
        });
        let asleep = count(&|index| sights[index].is_asleep);
        let stale_for = |time| count(&|index| self.stale_for(index, &sights[index], now) >= time);
        let (doubtful, stale) = (stale_for(DOUBT), stale_for(LOOK));
        let hopeless = count(&|index| self.is_stuck_urgently(index, &sights[index], now));
        let all = at_work().count();
        let (free, running) = (all - stuck, all - blocked);

        let mut verdict = Verdict {
            wake: has_queued && doubtful > 0 && asleep > 0,
            ..Verdict::default()
        };
        self.is_in_doubt = has_queued && doubtful == 0 && !self.is_in_doubt;
        self.set_pace(all, asleep, has_polled);
        if stale > 0 && !sights.iter().any(|sight| sight.is_in_driver) {
            verdict.attend = at_work().find(|index| sights[*index].is_asleep);
        }
        // Nobody searches, so that nobody will come to them otherwise.
        if asleep == 0 && all > 1 {
            let is_stale = |index: &usize| self.stale_for(*index, &sights[*index], now) >= LOOK;
            verdict.clear_out = at_work().find(|index| sights[*index].has_tasks && is_stale(index));
        }
        if hopeless == all {
            verdict.add = 1;
        }
        if has_queued && asleep == 0 && running < self.workers {
            verdict.add = verdict.add.max(self.workers - running);
        }
        verdict.retire = match running > self.workers && free > 1 {
            true => self.surplus(sights, now),
            false => {
                self.surplus_since = None;
                None
            }
        };
        verdict
    }

    fn update(
        &mut self,
        index: usize,
        sight: &Sight,
        now: Instant,
        cpu: &impl Fn(usize) -> Option<Duration>,
    ) {
        let record = &mut self.records[index];
        let is_away = sight.is_asleep || sight.is_vacant;
        if sight.polls != record.polls || is_away || record.was_away {
            *record = Record {
                polls: sight.polls,
                since: now,
                cpu: None,
                is_busy: false,
                was_away: is_away,
            };
            return;
        }
        let Some(used) = cpu(index) else { return };
        // Over all of the poll: the system brings its counts up to date every few milliseconds.
        let (then, before) = *record.cpu.get_or_insert((now, used));
        let passed = now.saturating_duration_since(then);
        record.is_busy = 2 * used.saturating_sub(before) > passed;
    }

    fn stale_for(&self, index: usize, sight: &Sight, now: Instant) -> Duration {
        match sight.is_asleep {
            true => Duration::ZERO,
            false => now.saturating_duration_since(self.records[index].since),
        }
    }

    fn is_stuck(&self, index: usize, sight: &Sight, now: Instant) -> bool {
        sight.is_declared || self.stale_for(index, sight, now) >= self.limit
    }

    /// As [`Gauge::is_stuck`], and sooner for one that waits without a processor.
    fn is_stuck_urgently(&self, index: usize, sight: &Sight, now: Instant) -> bool {
        let record = &self.records[index];
        let waits = record.cpu.is_some() && !record.is_busy;
        let is_late = self.stale_for(index, sight, now) >= self.limit / URGENT_SHARE;
        self.is_stuck(index, sight, now) || waits && is_late
    }

    /// The spare worker to send away, where there have been too many for long enough.
    fn surplus(&mut self, sights: &[Sight], now: Instant) -> Option<usize> {
        let since = *self.surplus_since.get_or_insert(now);
        if now.saturating_duration_since(since) < SURPLUS {
            return None;
        }
        let may_go = |index: &usize| {
            let sight = &sights[*index];
            sight.is_spare && !sight.is_vacant && !self.is_stuck(*index, sight, now)
        };
        (0..sights.len()).rev().find(may_go)
    }

    /// Since when a seat has been in its present poll, and whether its thread works.
    pub(super) fn present_poll(&self, index: usize) -> (Instant, StuckKind) {
        let record = &self.records[index];
        let kind = match record.is_busy {
            true => StuckKind::Busy,
            false => StuckKind::Blocked,
        };
        (record.since, kind)
    }

    fn set_pace(&mut self, all: usize, asleep: usize, has_polled: bool) {
        let is_idle = asleep == all;
        self.idle_looks = match is_idle && !has_polled {
            true => self.idle_looks + 1,
            false => 0,
        };
        self.pace = match asleep {
            0 => Pace::Busy(LOOK.max(self.limit / LOOKS_PER_LIMIT)),
            _ if !is_idle && self.is_in_doubt => Pace::After(DOUBT),
            _ if !is_idle => Pace::After(LOOK),
            _ if self.idle_looks > IDLE_LOOKS_MAX && all <= self.workers => Pace::Stirred,
            _ => Pace::Idle(LOOK_IDLE),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(10);
    const MS: Duration = Duration::from_millis(1);

    struct Team {
        gauge: Gauge,
        sights: Vec<Sight>,
        cpu: Vec<Duration>,
        now: Instant,
    }

    /// Two workers, and two seats for spare ones.
    fn team() -> Team {
        let now = Instant::now();
        let sight = |index| Sight {
            polls: 0,
            is_asleep: false,
            is_in_driver: false,
            is_declared: false,
            is_spare: index >= 2,
            is_vacant: index >= 2,
            has_tasks: false,
        };
        Team {
            gauge: Gauge::new(LIMIT, 2, 4, now),
            sights: (0..4).map(sight).collect(),
            cpu: vec![Duration::ZERO; 4],
            now,
        }
    }

    impl Team {
        /// Looks once a millisecond; returns the last verdict.
        fn look_for(&mut self, time: Duration, has_queued: bool) -> Verdict {
            let mut verdict = Verdict::default();
            for _ in 0..time.as_millis() {
                self.now += MS;
                let Self {
                    gauge,
                    sights,
                    cpu,
                    now,
                } = self;
                verdict = gauge.judge(*now, sights, has_queued, |index| Some(cpu[index]));
            }
            verdict
        }

        /// A spare worker comes, finds nothing to do, and sleeps in the driver.
        fn arrive(&mut self, spare: usize) {
            self.sights[spare].is_vacant = false;
            self.sights[spare].is_asleep = true;
            self.sights[spare].is_in_driver = true;
        }
    }

    #[test]
    fn workers_that_poll_are_left_alone() {
        let mut team = team();
        for _ in 0..50 {
            team.sights[0].polls += 1;
            team.sights[1].polls += 1;
            assert_eq!(team.look_for(MS, true), Verdict::default());
        }
    }

    #[test]
    fn a_sleeper_is_woken_for_what_lies_at_a_stale_worker() {
        let mut team = team();
        team.sights[1].is_asleep = true;
        assert!(team.look_for(2 * MS, true).wake);
        assert!(!team.look_for(MS, false).wake, "for nothing");
    }

    #[test]
    fn a_task_beside_a_sleeper_is_soon_looked_at_again() {
        let mut team = team();
        team.sights[1].is_asleep = true;
        team.sights[0].polls += 1;
        assert!(!team.look_for(MS, true).wake, "its worker may come to it");
        assert_eq!(team.gauge.pace(), Pace::After(DOUBT));
        team.sights[0].polls += 1;
        assert!(!team.look_for(MS, true).wake, "it has");
        assert_eq!(team.gauge.pace(), Pace::After(LOOK), "once in a while");
    }

    #[test]
    fn a_worker_that_has_just_woken_up_is_not_stuck() {
        let mut team = team();
        team.sights[0].is_asleep = true;
        team.sights[1].is_asleep = true;
        team.look_for(40 * MS, false);
        team.now += 100 * LIMIT;
        team.sights[0].is_asleep = false;
        team.sights[1].is_asleep = false;
        assert_eq!(team.look_for(MS, true), Verdict::default());
    }

    #[test]
    fn the_tasks_of_a_stale_worker_go_to_all_where_nobody_sleeps() {
        let mut team = team();
        team.sights[0].has_tasks = true;
        team.sights[1].has_tasks = true;
        team.look_for(MS, true);
        team.sights[1].polls += 1;
        assert_eq!(team.look_for(MS, true).clear_out, Some(0));
        team.sights[1].is_asleep = true;
        assert_eq!(team.look_for(MS, true).clear_out, None, "it is woken");
    }

    #[test]
    fn a_sleeper_is_woken_to_attend_to_the_driver() {
        let mut team = team();
        team.sights[1].is_asleep = true;
        assert_eq!(team.look_for(2 * MS, false).attend, Some(1));
        team.sights[1].is_in_driver = true;
        assert_eq!(team.look_for(MS, false).attend, None);
    }

    #[test]
    fn a_blocked_worker_is_replaced_while_work_waits() {
        let mut team = team();
        for _ in 0..12 {
            team.sights[1].polls += 1;
            let verdict = team.look_for(MS, false);
            assert_eq!(verdict.add, 0, "there is nothing to do");
        }
        team.sights[1].polls += 1;
        assert_eq!(team.look_for(MS, true).add, 1);
    }

    #[test]
    fn a_busy_worker_is_not_replaced_beside_a_free_one() {
        let mut team = team();
        for _ in 0..30 {
            team.sights[1].polls += 1;
            team.cpu[0] += MS;
            assert_eq!(team.look_for(MS, true).add, 0);
        }
    }

    #[test]
    fn where_nobody_is_free_one_comes_even_beside_busy_ones() {
        let mut team = team();
        let mut looks = 0;
        while team.look_for(MS, false).add == 0 {
            team.cpu[0] += MS;
            team.cpu[1] += MS;
            looks += 1;
        }
        assert!((9..=11).contains(&looks), "{looks}");
        team.arrive(2);
        assert_eq!(team.look_for(MS, false).add, 0, "one is enough");
    }

    #[test]
    fn where_all_wait_help_comes_sooner() {
        let mut team = team();
        let mut looks = 0;
        while team.look_for(MS, false).add == 0 {
            looks += 1;
        }
        assert!(looks <= 6, "{looks}");
    }

    #[test]
    fn a_declared_wait_counts_at_once() {
        let mut team = team();
        team.sights[0].is_declared = true;
        team.sights[1].polls += 1;
        assert_eq!(team.look_for(MS, true).add, 1);
    }

    #[test]
    fn a_spare_worker_goes_when_it_has_not_been_needed_for_a_while() {
        let mut team = team();
        team.arrive(2);
        team.sights[0].is_asleep = true;
        team.sights[1].is_asleep = true;
        let early = team.look_for(10 * MS, false);
        assert_eq!(early.retire, None);
        assert_eq!(team.look_for(60 * MS, false).retire, Some(2));
    }

    #[test]
    fn the_only_free_worker_does_not_go() {
        let mut team = team();
        team.arrive(2);
        assert_eq!(team.look_for(200 * MS, false).retire, None);
    }

    #[test]
    fn the_monitor_sleeps_when_all_have_slept_for_a_while() {
        let mut team = team();
        team.sights[0].is_asleep = true;
        team.sights[1].is_asleep = true;
        team.look_for(5 * MS, false);
        assert_ne!(team.gauge.pace(), Pace::Stirred);
        team.look_for(40 * MS, false);
        assert_eq!(team.gauge.pace(), Pace::Stirred);
    }
}
