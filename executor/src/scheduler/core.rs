//! What all workers of a runtime see, and the entrance for tasks from outside.

use std::any::Any;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::unwind::catch;
use wane_channel::base::sync::{Arc, Mutex};

use super::herald::{Backlog, Herald};
use super::local;
use super::observer::Observer;
use super::rescue::{self, Rescue};
use super::shutdown::Exit;
use super::team::{Remote, Team, WakeDriver};
use super::threads::Threads;
use crate::blocking::Blocking;
use crate::cell::drop_quietly;
use crate::cell::join::JoinHandle;
use crate::cell::origin::{self, Sighting, TaskMeta, TaskOrigin};
use crate::cell::region::Lease;
use crate::cell::runnable::{self, Runnable};
use crate::cell::schedule::{Place, Schedule};
use crate::context::{self, LookUp};
use crate::driver::{self, Driver};
use crate::parts::local_queue::LocalQueue;

/// A user's function that is called on a worker thread.
pub(crate) type Hook = Arc<dyn Fn() + Send + Sync + 'static>;

/// Calls a user's function. Its panic has been reported by the panic hook and ends here: it must not
/// take a worker with it.
pub(super) fn call(hook: Option<&Hook>) {
    if let Some(hook) = hook {
        drop_quietly(catch(|| hook()));
    }
}

/// How the workers behave.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) flavor: Flavor,
    /// Polls between two looks at the driver.
    pub(crate) event_interval: u32,
    /// Polls between two looks at the injector before the own queue.
    pub(crate) global_queue_interval: u32,
    pub(crate) on_thread_start: Option<Hook>,
    pub(crate) on_thread_stop: Option<Hook>,
    pub(crate) on_thread_park: Option<Hook>,
    pub(crate) on_thread_unpark: Option<Hook>,
    /// Who watches the tasks.
    pub(crate) observer: Option<Arc<Observer>>,
}

/// Who runs the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flavor {
    /// The thread that is inside `block_on`.
    CurrentThread,
    /// Threads of the runtime's own.
    MultiThread,
}

/// The shared half of a scheduler.
///
/// It goes when its last [`Arc`] does: those of the runtime, its handles and its workers. Tasks and
/// wakers hold none; they are over before the workers leave.
pub(crate) struct Core {
    pub(super) config: Config,
    pub(super) team: Team<driver::Handle>,
    pub(super) lease: Lease,
    /// The right to sleep in the driver; empty after shutdown.
    pub(super) driver: Mutex<Option<Driver>>,
    pub(super) exit: Exit,
    stopping: AtomicBool,
    blocking: Arc<Blocking>,
    pub(super) rescue: Rescue,
    pub(super) herald: Arc<Herald>,
    backlog: Backlog,
}

impl Core {
    /// A core for so many workers with the first of these queues, and spare ones with the others.
    /// Gives back the workers' queues.
    pub(crate) fn new(
        config: Config,
        workers: usize,
        (driver, driver_handle): (Driver, driver::Handle),
        (blocking, herald): (Arc<Blocking>, Arc<Herald>),
        (rescue, threads): (rescue::Config, Threads),
    ) -> (Arc<Self>, Vec<LocalQueue<Runnable>>) {
        let seats = workers + rescue.spares;
        let mut queues: Vec<_> = (0..seats).map(|_| LocalQueue::new()).collect();
        let team = Team::new(&queues, workers, driver_handle);
        let spares = queues.split_off(workers);
        let core = Self {
            config,
            team,
            lease: Lease::new(),
            driver: Mutex::new(Some(driver)),
            exit: Exit::new(workers),
            stopping: AtomicBool::new(false),
            blocking,
            rescue: Rescue::new(rescue, threads, workers, spares),
            herald,
            backlog: Backlog::new(),
        };
        (Arc::new(core), queues)
    }

    /// Makes a task and queues it.
    ///
    /// After shutdown the future is dropped here and now, and the handle says cancelled.
    #[track_caller]
    #[inline]
    pub(crate) fn spawn<F>(self: &Arc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match local::seat_of(Arc::as_ptr(self)) {
            Some(seat) => seat.spawn(future),
            None => {
                let (runnable, handle) = runnable::spawn(future, self, &self.lease);
                self.show(&runnable);
                self.admit(runnable);
                handle
            }
        }
    }

    fn admit(&self, runnable: Runnable) {
        if let Err(refused) = self.team.admit(runnable) {
            self.cancel(refused);
        }
    }

    /// Shows a new task to whoever watches.
    #[inline]
    pub(super) fn show(&self, runnable: &Runnable) {
        if let Some(observer) = &self.config.observer {
            observer.spawned(runnable);
        }
    }

    /// Drops a task that nobody will poll any more.
    #[cold]
    pub(super) fn cancel(&self, runnable: Runnable) {
        match &self.config.observer {
            None => runnable.cancel(),
            Some(observer) => {
                let task = TaskMeta::of(&runnable);
                runnable.cancel();
                observer.terminated(&task);
            }
        }
    }

    /// Who watches the tasks.
    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.config.observer.as_deref()
    }

    /// The tasks, the blocking jobs, and the results that nobody has taken.
    pub(crate) fn survey(&self, mut visit: impl FnMut(&Sighting)) {
        origin::survey(&self.lease, &mut visit);
        self.blocking.survey(visit);
    }

    /// Ends the sleep of one worker.
    pub(crate) fn unpark(&self, worker: usize) {
        self.team.unpark(worker);
    }

    /// Whether the workers are to leave.
    #[inline]
    pub(super) fn is_stopping(&self) -> bool {
        // ORDERING: a hint; the token that `stop` leaves carries the edge for those who sleep.
        self.stopping.load(Ordering::Relaxed)
    }

    /// Tells the workers to leave.
    pub(crate) fn stop(&self) {
        // ORDERING: as for `is_stopping`.
        self.stopping.store(true, Ordering::Relaxed);
        (0..self.team.seats()).for_each(|worker| self.unpark(worker));
        self.rescue.stop();
    }

    /// How many tasks are not over.
    pub(crate) fn alive(&self) -> u64 {
        self.team.alive()
    }

    /// Who has left, and whether all tasks are gone.
    pub(crate) fn exit(&self) -> &Exit {
        &self.exit
    }

    /// Who runs the tasks.
    pub(crate) fn flavor(&self) -> Flavor {
        self.config.flavor
    }

    /// How many tasks there have been.
    pub(crate) fn spawned(&self) -> u64 {
        self.team.spawned()
    }

    /// What a worker shows to the others.
    ///
    /// # Panics
    ///
    /// Where there is no such worker.
    #[track_caller]
    pub(crate) fn worker(&self, index: usize) -> &Remote {
        let workers = self.workers();
        assert!(
            index < workers,
            "there are {workers} workers, counted from 0: no worker {index}"
        );
        &self.team.remotes[index]
    }

    /// How many tasks wait in the shared queue.
    pub(crate) fn injected(&self) -> usize {
        self.team.injector.len()
    }

    /// How many workers there are.
    pub(crate) fn workers(&self) -> usize {
        self.team.workers()
    }

    /// How many slots hold a task or a result of this runtime.
    pub(crate) fn slots_in_use(&self) -> usize {
        self.lease.slots_in_use() + self.blocking.slots_in_use()
    }

    /// How long one of the queued tasks has waited, at least, as far as such looks can tell.
    pub(crate) fn look_at_backlog(&self, now: Instant) -> Option<Duration> {
        // Polls first: of what is polled meanwhile some is not counted as queued, and none twice.
        let polls = self.team.remotes.iter().map(|remote| remote.polls.get());
        let polls = polls.sum();
        let in_queues = self.team.at_work().iter().map(|remote| {
            let next = usize::from(!remote.next.is_empty());
            remote.stealer.len() + next
        });
        let queued = in_queues.sum::<usize>() + self.team.injector.len();
        self.backlog.look(now, polls, queued as u64)
    }

    /// The tasks that somebody polls or drops.
    pub(crate) fn running(&self) -> Vec<TaskOrigin> {
        origin::running(&self.lease)
    }

    /// Who tells of troubles.
    pub(crate) fn herald(&self) -> &Herald {
        &self.herald
    }

    /// The spare workers.
    pub(crate) fn rescue(&self) -> &Rescue {
        &self.rescue
    }

    /// The pool for calls that block.
    pub(crate) fn blocking(&self) -> &Arc<Blocking> {
        &self.blocking
    }

    /// The shared half of the driver.
    pub(crate) fn driver_handle(&self) -> &driver::Handle {
        &self.team.driver
    }
}

impl context::Scheduler for Core {
    fn look_up(&self, work: LookUp) -> io::Result<JoinHandle<io::Result<Vec<SocketAddr>>>> {
        self.blocking.spawn_own(work)
    }

    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl Schedule for Core {
    #[inline]
    fn schedule_here(core: *const Self, runnable: Runnable, place: Place) -> Result<(), Runnable> {
        local::woken(core, runnable, place)
    }

    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        self.team.inject(runnable);
    }
}

impl WakeDriver for driver::Handle {
    fn wake_driver(&self) {
        self.unpark();
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("workers", &self.workers())
            .field("alive", &self.alive())
            .field("injected", &self.injected())
            .finish_non_exhaustive()
    }
}
