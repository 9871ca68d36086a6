//! One worker: finds a task, runs it, and sleeps when there is none.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::core::{Core, call};
use super::local::Seat;
use super::observer::Observer;
use super::shutdown::{self, Exit, Leaver};
use super::team::Team;
use super::victim;
use crate::cell::origin::TaskMeta;
use crate::cell::runnable::{Ran, Runnable};
use crate::cell::{abort, region};
use crate::driver::{self, Driver};
use crate::parts::random::Random;
use crate::parts::{clock, coarse_clock};
use wane_channel::base::sync::Arc;

/// How often in a row the next slot may go before the queue, so that two tasks that wake each other
/// do not keep the others waiting.
const NEXT_IN_A_ROW_MAX: u32 = 3;

/// A look into the driver costs a system call; a worker that is never idle makes one at most this
/// often.
const DRIVER_PERIOD: Duration = Duration::from_micros(50);

/// What decides when a worker is done, asked before each task.
pub(super) trait Until {
    /// Whether the worker is to leave. May run user code.
    fn is_reached(&mut self) -> bool;
}

/// The running half of a worker.
pub(super) struct Worker {
    pub(super) seat: Rc<Seat>,
    /// Polls until the next look into the driver.
    until_driver: u32,
    /// Polls until the next task comes from the injector.
    until_injected: u32,
    next_in_a_row: u32,
    /// This worker counts as searching in the idle word.
    pub(super) is_searching: bool,
    driver_seen: Instant,
    awake_since: Instant,
    random: Random,
}

impl Worker {
    pub(super) fn new(seat: Rc<Seat>) -> Self {
        let random = Random::new(seat.index as u64 + 1);
        Self {
            until_driver: seat.core.config.event_interval,
            until_injected: seat.core.config.global_queue_interval,
            seat,
            next_in_a_row: 0,
            is_searching: false,
            driver_seen: clock::now(),
            awake_since: clock::now(),
            random,
        }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.seat.core
    }

    /// Runs tasks until `until` is reached.
    pub(super) fn run(&mut self, until: &mut impl Until) {
        while !until.is_reached() {
            self.until_driver -= 1;
            if self.until_driver == 0 {
                self.until_driver = self.core().config.event_interval;
                self.look_into_driver();
            }
            match self.find_task() {
                Some(runnable) => self.run_task(runnable),
                None => self.sleep(),
            }
        }
        self.stop_searching();
    }

    /// Leaves the scheduler; the last worker drains it.
    pub(super) fn leave(&mut self) {
        shutdown::leave(self);
    }

    fn run_task(&mut self, runnable: Runnable) {
        self.stop_searching();
        let remote = self.seat.remote();
        remote.polls.increment();
        remote.present.set(&runnable);
        let ran = match &self.seat.core.config.observer {
            None => runnable.run(),
            Some(observer) => run_observed(runnable, observer),
        };
        match ran {
            Ran::Asleep => {}
            Ran::Again(runnable) => self.seat.push_behind(runnable),
            Ran::Over => self.seat.remote().retired.increment(),
        }
    }

    /// Own work first, but for a look at the shared queue once in a while; then the shared queue,
    /// then the others'.
    fn find_task(&mut self) -> Option<Runnable> {
        self.until_injected -= 1;
        if self.until_injected == 0 {
            self.until_injected = self.core().config.global_queue_interval;
            if let Some(runnable) = self.core().team.take_injected(1, &self.seat.queue) {
                return Some(runnable);
            }
        }
        self.own_task()
            .or_else(|| self.take_share())
            .or_else(|| self.steal())
    }

    /// The task to run next, or the oldest of the own queue.
    #[inline]
    pub(super) fn own_task(&mut self) -> Option<Runnable> {
        if let Some(runnable) = self.seat.remote().next.take() {
            if self.next_in_a_row < NEXT_IN_A_ROW_MAX || self.seat.queue.is_empty() {
                self.next_in_a_row += 1;
                return Some(runnable);
            }
            self.seat.push_behind(runnable);
        }
        self.next_in_a_row = 0;
        self.seat.queue.pop()
    }

    /// This worker's share of the shared queue.
    fn take_share(&self) -> Option<Runnable> {
        self.core().team.take_share(&self.seat.queue)
    }

    /// Searches at the others', unless enough workers do.
    fn steal(&mut self) -> Option<Runnable> {
        let team = &self.seat.core.team;
        let at_work = team.at_work().len();
        if at_work == 1 {
            return None;
        }
        if !self.is_searching && !team.start_searching() {
            return None;
        }
        self.is_searching = true;
        let start = self.random.below(at_work);
        team.steal(self.seat.index, start, &self.seat.queue, victim::rob)
    }

    fn stop_searching(&mut self) {
        if std::mem::take(&mut self.is_searching) {
            self.core().team.stop_searching();
        }
    }

    /// Sleeps until there is something to do: a task, an event, or a request to leave.
    fn sleep(&mut self) {
        let core = self.core().clone();
        let index = self.seat.index;
        self.count_sleep();
        self.seat.remote().present.clear();
        core.team
            .fall_asleep(index, std::mem::take(&mut self.is_searching));
        core.rescue.stir();
        self.park();
        self.awake_since = clock::now();
        self.seat.remote().turns.increment();
        coarse_clock::set(self.awake_since);
        core.rescue.stir();
        self.is_searching = core.team.wake_up(index);
        if !self.is_searching && !self.seat.queue.is_empty() {
            core.team.wake_another();
        }
    }

    fn count_sleep(&self) {
        let remote = self.seat.remote();
        let awake = clock::now().saturating_duration_since(self.awake_since);
        remote.awake_ns.add(awake.as_nanos() as u64);
        remote.turns.increment();
    }

    /// One sleep, in the driver if nobody else is there.
    fn park(&mut self) {
        let core = self.core().clone();
        let config = &core.config;
        call(config.on_thread_park.as_ref());
        let sleep = &self.seat.remote().sleep;
        match core.driver.try_lock() {
            // What the hook has spawned or woken here nobody wakes us for.
            _ if !self.seat.is_idle() => {}
            Some(mut driver) => sleep.park_in_driver(|| {
                let limit = region::purge(clock::now());
                driver.iter_mut().for_each(|driver| driver.park(limit));
            }),
            None => {
                if region::has_no_purger() {
                    core.driver_handle().unpark();
                }
                sleep.park();
            }
        }
        call(config.on_thread_unpark.as_ref());
    }

    /// Fires timers and readiness that are due, though there is work to do.
    #[cold]
    fn look_into_driver(&mut self) {
        let now = clock::now();
        if now.saturating_duration_since(self.driver_seen) < DRIVER_PERIOD {
            return;
        }
        self.driver_seen = now;
        coarse_clock::set(now);
        self.seat.remote().present.clear();
        let core = self.core().clone();
        if let Some(mut driver) = core.driver.try_lock() {
            driver.iter_mut().for_each(Driver::turn);
        }
    }
}

/// Runs a task that somebody watches.
#[cold]
#[inline(never)]
fn run_observed(runnable: Runnable, observer: &Observer) -> Ran {
    let task = TaskMeta::of(&runnable);
    observer.poll_begins(&task);
    let ran = runnable.run();
    observer.poll_ended(&task);
    if let Ran::Over = ran {
        observer.terminated(&task);
    }
    ran
}

impl Leaver for Worker {
    type Driver = driver::Handle;

    fn team(&self) -> &Team<driver::Handle> {
        &self.seat.core.team
    }

    fn index(&self) -> usize {
        self.seat.index
    }

    fn exit(&self) -> &Exit {
        self.seat.core.exit()
    }

    fn own_task(&mut self) -> Option<Runnable> {
        self.own_task()
    }

    fn shared_task(&mut self) -> Option<Runnable> {
        self.take_share()
    }

    fn abort_all(&self) {
        self.seat.drain();
        abort::abort_all(&self.seat.core.lease);
    }

    fn cancel(&self, runnable: Runnable) {
        self.seat.core.cancel(runnable);
    }

    fn close_driver(&self) {
        let core = &self.seat.core;
        core.driver_handle().shutdown();
        let driver = core.driver.lock().take();
        drop(driver);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use crate::runtime::Builder;

    #[test]
    fn a_task_that_the_park_hook_spawns_is_run() {
        let (tx, rx) = mpsc::channel();
        let spawned = std::sync::Once::new();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_park(move || {
                let tx = tx.clone();
                spawned.call_once(|| {
                    let task = crate::spawn(async move { tx.send(()).unwrap() });
                    drop(task);
                });
            })
            .build()
            .unwrap();
        let ran = rx.recv_timeout(Duration::from_secs(20));
        assert_eq!(
            ran,
            Ok(()),
            "the worker sleeps beside its task: {runtime:?}"
        );
    }
}
