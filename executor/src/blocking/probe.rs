//! The probe: a thread that looks for stalls while work waits, and is not there when none does.
//!
//! | state       | meaning                                                                |
//! |-------------|------------------------------------------------------------------------|
//! | `Absent`    | no such thread, none needed                                            |
//! | `Looking`   | it exists (or is being started) and looks every few milliseconds       |
//! | `Lingering` | nothing waits; it sleeps once more before it leaves, in case work comes |
//! | `Owed`      | the system refused it: to be asked for again by new and completed jobs |
//!
//! A thread of its own, because a stall is the very moment when no thread of the pool is free to
//! wait with a timer; and because the one that could be kept back for it would be a thread that
//! does not work. It does not count against the cap, for it runs no jobs.
//!
//! Where the cap is reached or the system gives no thread, the looks become rarer (up to
//! [`LOOK_MAX`]), so that a pool that is stuck for good costs next to nothing.

use std::mem;
use std::time::{Duration, Instant};

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, MutexGuard};

use super::alarm::Alarm;
use super::crew::{Need, Recruit};
use super::pace::{Gauge, Pace, Progress};
use super::pool::{Job, Shared, State};
use super::queue::Pick;

/// From look to look.
const LOOK: Duration = Duration::from_millis(5);

/// From look to look where nothing can be done.
const LOOK_MAX: Duration = Duration::from_millis(160);

/// How long the probe stays without work that waits: a burst costs one probe, not one per job.
const LINGER: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbeState {
    Absent,
    Looking,
    Lingering,
    Owed { ask_again: Instant },
}

impl<J: Job> Shared<J> {
    /// `absent, owed → looking`, or `→ owed` where the system refuses the thread.
    pub(super) fn start_probe(self: &Arc<Self>, mut state: MutexGuard<'_, State<J>>) {
        state.probe = ProbeState::Looking;
        let number = state.crew.seat_probe();
        let gauge = Gauge::new(state.completed);
        drop(state);
        let started = self.start_thread(number, move |shared| {
            let thread = thread::current().id();
            shared.state.lock().crew.meet_probe(number, thread);
            let probe = Probe {
                shared: &shared,
                gauge,
                pause: LOOK,
                told: None,
            };
            probe.run();
            shared.depart(number);
        });
        if let Err(error) = started {
            let mut state = self.state.lock();
            state.crew.retract(number);
            state.refused_threads += 1;
            state.probe = ProbeState::Owed {
                ask_again: Instant::now() + LOOK,
            };
            drop(state);
            self.settled.notify_all();
            (self.config.listener)(Alarm::Refused(&error));
        }
    }
}

struct Probe<'a, J> {
    shared: &'a Arc<Shared<J>>,
    gauge: Gauge,
    pause: Duration,
    /// Since when there is a stall of which somebody was told.
    told: Option<Instant>,
}

/// How many threads one look brought.
enum Outcome {
    /// As many as were wanted, or the work moved meanwhile.
    Enough,
    /// Some or all were not to be had.
    Short,
}

impl<J: Job> Probe<'_, J> {
    fn run(mut self) {
        let mut state = self.shared.state.lock();
        loop {
            let since = Instant::now();
            self.sleep(&mut state, since + self.pause);
            if state.queue.is_empty() {
                if self.tell(&mut state, None) || self.linger(&mut state) {
                    continue;
                }
                state.probe = ProbeState::Absent;
                return;
            }
            let is_late = since.elapsed() > self.pause + LOOK / 2;
            let pace = self.look(&mut state, is_late);
            let outcome = match pace {
                Pace::Moving => Outcome::Enough,
                Pace::Slow { add, pick } => {
                    MutexGuard::unlocked(&mut state, || self.add_for_pace(add, pick))
                }
                Pace::Stalled { add } => {
                    MutexGuard::unlocked(&mut state, || self.add_for_stall(add))
                }
            };
            let is_stuck = match (pace, outcome) {
                (Pace::Stalled { .. }, Outcome::Short) => self.gauge.is_still(state.completed),
                _ => false,
            };
            state.starved_since = match is_stuck {
                true => state.starved_since.or(Some(since)),
                false => None,
            };
            let starved_since = state.starved_since;
            let _was_free = self.tell(&mut state, starved_since);
            self.pause = match is_stuck {
                true => (self.pause * 2).min(LOOK_MAX),
                false => LOOK,
            };
        }
    }

    /// Sleeps until the next look, or the end of the pool. Threads that are written off meanwhile are
    /// replaced at once.
    fn sleep(&self, state: &mut MutexGuard<'_, State<J>>, look_at: Instant) {
        while !state.is_shut_down {
            if mem::take(&mut state.is_short) {
                MutexGuard::unlocked(state, || self.refill());
            }
            if self.shared.look.wait_until(state, look_at).timed_out() {
                return;
            }
        }
    }

    /// Adds threads as new work would, for what is queued.
    fn refill(&self) {
        loop {
            let state = self.shared.state.lock();
            if state.crew.coming() >= state.queue.len() {
                return;
            }
            if let Outcome::Short = self.add(state, Need::Work, Pick::Oldest) {
                return;
            }
        }
    }

    fn look(&mut self, state: &mut State<J>, is_late: bool) -> Pace {
        let progress = Progress {
            completed: state.completed,
            active: state.crew.active(),
            has_front_moved: mem::take(&mut state.has_front_moved),
            movers: mem::take(&mut state.movers),
            holds: mem::take(&mut state.holds),
            queued: state.queue.len(),
            coming: state.crew.coming(),
            is_late,
        };
        state.look = state.look.wrapping_add(1);
        match self.gauge.look(progress) {
            Pace::Stalled { add } => {
                state.stall = state.stall.wrapping_add(1);
                let add = self.shared.limits.cautious(add, state.crew.active());
                Pace::Stalled { add }
            }
            pace => pace,
        }
    }

    /// Tells of the beginning of a stall, and of its end; not of one that the end of the pool ends.
    /// Returns whether the lock was free meanwhile.
    fn tell(
        &mut self,
        state: &mut MutexGuard<'_, State<J>>,
        starved_since: Option<Instant>,
    ) -> bool {
        let alarm = match (self.told, starved_since) {
            (None, Some(_)) => Alarm::Stalled,
            (Some(_), None) => Alarm::Moves,
            _ => return false,
        };
        let since = starved_since.or(self.told);
        self.told = starved_since;
        let (Some(since), false) = (since, state.is_shut_down) else {
            return false;
        };
        MutexGuard::unlocked(state, || {
            (self.shared.config.listener)(alarm(self.shared.stall(since)));
        });
        true
    }

    /// `looking → lingering` while nothing waits; `true` once something does again.
    fn linger(&mut self, state: &mut MutexGuard<'_, State<J>>) -> bool {
        if state.is_shut_down {
            return false;
        }
        state.probe = ProbeState::Lingering;
        state.starved_since = None;
        let until = Instant::now() + LINGER;
        while state.probe == ProbeState::Lingering && !state.is_shut_down {
            if self.shared.look.wait_until(state, until).timed_out() {
                break;
            }
        }
        let has_work = state.probe == ProbeState::Looking && !state.is_shut_down;
        self.gauge = Gauge::new(state.completed);
        self.pause = LOOK;
        has_work
    }

    /// Adds threads one by one, as long as work waits.
    fn add_for_pace(&self, count: usize, pick: Pick) -> Outcome {
        for _ in 0..count {
            let state = self.shared.state.lock();
            if state.queue.is_empty() {
                return Outcome::Enough;
            }
            if let Outcome::Short = self.add(state, Need::Slowness, pick) {
                return Outcome::Short;
            }
        }
        Outcome::Enough
    }

    /// Adds threads one by one, as long as work waits and nothing has moved since the look.
    fn add_for_stall(&mut self, count: usize) -> Outcome {
        for _ in 0..count {
            let state = self.shared.state.lock();
            if state.queue.is_empty() || !self.gauge.is_still(state.completed) {
                return Outcome::Enough;
            }
            let pick = self.gauge.next_pick();
            if let Outcome::Short = self.add(state, Need::Stall, pick) {
                return Outcome::Short;
            }
        }
        Outcome::Enough
    }

    fn add(&self, mut state: MutexGuard<'_, State<J>>, need: Need, pick: Pick) -> Outcome {
        match state.crew.recruit(need, pick, self.shared.limits) {
            Recruit::Wake(condition) => {
                drop(state);
                condition.notify_one();
                Outcome::Enough
            }
            Recruit::Launch(number) => {
                drop(state);
                match self.shared.launch(number) {
                    Ok(()) => Outcome::Enough,
                    Err(_counted) => Outcome::Short,
                }
            }
            Recruit::Nobody => Outcome::Short,
        }
    }
}
