//! Rescue: workers that are stuck in one poll are replaced, so that nobody waits for them.
//!
//! A monitor looks at the workers twice a millisecond or less, and once more where it finds a task beside
//! a sleeper. It counts polls and reads the clock, so that the workers do neither. A worker is
//!
//! | word       | meaning                                                                     |
//! |------------|-----------------------------------------------------------------------------|
//! | *asleep*   | it waits for work                                                           |
//! | *stale*    | awake, and not one poll has begun since the last look                       |
//! | *stuck*    | stale for longer than the limit, or inside [`block_in_place`]               |
//! | *busy*     | stuck, and its thread runs, or would if it had a processor                  |
//! | *blocked*  | stuck and not busy                                                          |
//! | *free*     | at work and not stuck                                                       |
//!
//! and what comes of it is (`gauge`):
//!
//! - A stale worker, a task in a queue and a sleeper: the sleeper is woken, to steal it. It may be
//!   the task that the stale one was to run next, of which nobody was told.
//! - A stale worker with tasks, and nobody asleep: its tasks go to the shared queue. Workers that always
//!   have something to do do not search; there they look.
//! - A stale worker, and nobody sleeps in the driver: a sleeper is woken, to sleep there. It was the
//!   stale one that left it.
//! - Blocked workers and a task in a queue: each is replaced by a spare worker, as long as there are.
//! - Nobody free: one spare worker more, also beside workers that are merely busy. It serves timers,
//!   sockets and whatever is queued.
//! - More at work than workers were asked for, and more than one free: a spare one retires.
//!
//! A stuck worker is *replaced, not robbed*: its queue stays where it is and others empty it; when
//! its poll returns it goes on. A spare worker (`spares`) is a worker like the others, with a seat
//! of its own; one that retires lingers for a while on the [`bench`](super::bench), since blocking comes
//! in bursts.
//!
//! **Costs.** When all workers have slept for a while the monitor does, too, until the first of them
//! wakes up ([`doze`](super::doze)). Before that it looks every two milliseconds, and sooner where a task
//! that runs then makes another that is to run next. While nobody sleeps it looks four times within the
//! limit, and soon after a worker has fallen asleep. A worker pays for that with a fence each time it
//! falls asleep or wakes up, with a look at a flag of its own for each task that is to run next, and, so
//! that the task can be named that is stuck ([`witness`]), with a store for each poll.
//!
//! **Limits.** Tasks that wait inside one task for another part of it, tasks that are not `Send` and
//! live on one thread, and a lock that every task needs: no further worker helps there. A convoy on a
//! lock may have every spare worker in it; its owner goes on when its poll does, since a worker that
//! comes back asks nobody, and then the convoy does.
//!
//! The idea of a monitor that watches a tick is Go's (its scheduler retakes after 10 ms); ours tells
//! blocked from busy by the thread's processor time, and adds no thread where a sleeper is at hand.

mod gauge;
mod in_place;
mod monitor;
mod spares;
mod witness;

use std::fmt;
use std::io;
use std::time::Duration;

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};
use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Mutex};

pub use in_place::block_in_place;
use witness::StuckPoll;

use super::bench::Bench;
use super::core::Core;
use super::doze::Doze;
use super::team::Remote;
use super::threads::Threads;
use crate::cell::runnable::Runnable;
use crate::parts::local_queue::LocalQueue;

/// How long a poll may take before its worker counts as stuck, where the user says nothing.
pub(crate) const LIMIT_DEFAULT: Duration = Duration::from_millis(10);

/// How many spare workers there may be at a time, where the user says nothing.
pub(crate) const SPARES_DEFAULT: usize = 32;

/// More spare workers than this are of no use.
pub(crate) const SPARES_MAX: usize = 1024;

/// When to rescue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// How long a poll may take before its worker counts as stuck.
    pub(crate) limit: Duration,
    /// How many spare workers there may be at a time; none turns rescue off.
    pub(crate) spares: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limit: LIMIT_DEFAULT,
            spares: SPARES_DEFAULT,
        }
    }
}

/// The spare workers of a runtime, and its monitor's sleep.
pub(crate) struct Rescue {
    config: Config,
    threads: Threads,
    bench: Bench,
    doze: Doze,
    /// Spare workers that were called in, since the runtime began.
    called: AtomicU64,
    /// The polls that the monitor last saw stuck.
    stuck: Mutex<Vec<StuckPoll>>,
}

impl Rescue {
    /// Spare workers for these queues; none of them has a thread.
    pub(crate) fn new(
        config: Config,
        threads: Threads,
        first_seat: usize,
        queues: Vec<LocalQueue<Runnable>>,
    ) -> Self {
        Self {
            config,
            threads,
            bench: Bench::new(first_seat, queues),
            doze: Doze::new(),
            called: AtomicU64::new(0),
            stuck: Mutex::new(Vec::new()),
        }
    }

    /// Tells the monitor that a worker has woken up or falls asleep.
    #[inline]
    pub(crate) fn stir(&self) {
        if self.config.spares > 0 {
            self.doze.stir();
        }
    }

    /// Tells the monitor of a task that a worker is to run next. What comes from the driver runs at once: there
    /// is no poll yet that could block before it.
    #[cold]
    pub(super) fn tell_of_next(&self, remote: &Remote) {
        if !remote.sleep.is_asleep() {
            remote.unwatch_next();
            self.doze.rouse();
        }
    }

    /// Sees to it that somebody does the work of a worker that is about to block.
    pub(crate) fn relieve(&self, core: &Arc<Core>) {
        if core.team.has_sleeper() {
            if core.team.has_queued() {
                core.team.wake_one();
            }
        } else {
            // Where the system has no thread the monitor asks it again.
            let _ = self.call_in(core);
        }
    }

    /// How many spare workers are at work.
    pub(crate) fn at_work(&self) -> usize {
        self.bench.at_work()
    }

    /// How often a spare worker was called in.
    pub(crate) fn called(&self) -> u64 {
        // ORDERING: a statistic.
        self.called.load(Ordering::Relaxed)
    }

    /// Ends the rests of spare workers and the monitor's.
    pub(crate) fn stop(&self) {
        self.bench.stop();
        self.doze.stop();
    }

    /// The threads of spare workers, to be waited for.
    pub(crate) fn take_threads(&self) -> Vec<thread::JoinHandle<()>> {
        self.bench.take_threads()
    }

    /// Starts the monitor, where there is anybody to call.
    ///
    /// # Errors
    ///
    /// The system refuses the thread.
    pub(crate) fn start(&self, core: &Arc<Core>) -> io::Result<Option<thread::JoinHandle<()>>> {
        if self.config.spares == 0 {
            return Ok(None);
        }
        let core = Arc::clone(core);
        let builder = self.threads.builder()?;
        builder.spawn(move || monitor::watch(&core)).map(Some)
    }

    /// Puts one more worker to work. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// The system refuses the thread.
    pub(super) fn call_in(&self, core: &Arc<Core>) -> io::Result<bool> {
        let called = spares::call_in(core, &self.threads)?;
        // ORDERING: a statistic.
        self.called.fetch_add(u64::from(called), Ordering::Relaxed);
        Ok(called)
    }
}

impl fmt::Debug for Rescue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rescue")
            .field("config", &self.config)
            .field("at_work", &self.at_work())
            .field("called", &self.called())
            .finish_non_exhaustive()
    }
}
