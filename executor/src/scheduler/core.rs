//! What all workers of a runtime see, and the entrance for tasks from outside.

use std::any::Any;
use std::fmt;
use std::io;
use std::net::SocketAddr;

use crossbeam_utils::CachePadded;
use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::unwind::catch;
use wane_channel::base::sync::{Arc, Mutex};

use super::admission::Admission;
use super::idle::{Idle, Search};
use super::local;
use super::next_slot::NextSlot;
use super::shutdown::Exit;
use super::sleep::Sleep;
use crate::blocking::Blocking;
use crate::cell::drop_quietly;
use crate::cell::join::JoinHandle;
use crate::cell::region::Lease;
use crate::cell::runnable::{self, Runnable};
use crate::cell::schedule::{Place, Schedule};
use crate::context::{self, LookUp};
use crate::driver::{self, Driver};
use crate::parts::counter::Counter;
use crate::parts::injector::Injector;
use crate::parts::local_queue::{LocalQueue, Stealer};

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
    pub(super) injector: Injector<Runnable>,
    pub(super) remotes: Box<[CachePadded<Remote>]>,
    pub(super) idle: Idle,
    pub(super) admission: Admission,
    pub(super) lease: Lease,
    /// The right to sleep in the driver; empty after shutdown.
    pub(super) driver: Mutex<Option<Driver>>,
    driver_handle: driver::Handle,
    pub(super) exit: Exit,
    stopping: AtomicBool,
    blocking: Arc<Blocking>,
}

/// What a worker shows to the others.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) stealer: Stealer<Runnable>,
    pub(super) next: NextSlot,
    pub(super) sleep: Sleep,
    /// Polls by this worker.
    pub(super) polls: Counter,
    /// Tasks spawned by this worker.
    pub(super) spawned: Counter,
    /// Tasks that were over when this worker had run or cancelled them.
    pub(super) retired: Counter,
}

impl Remote {
    fn new(queue: &LocalQueue<Runnable>) -> CachePadded<Self> {
        CachePadded::new(Self {
            stealer: queue.stealer(),
            next: NextSlot::new(),
            sleep: Sleep::new(),
            polls: Counter::new(),
            spawned: Counter::new(),
            retired: Counter::new(),
        })
    }
}

impl Core {
    /// A core for workers with these queues.
    pub(crate) fn new(
        config: Config,
        queues: &[LocalQueue<Runnable>],
        (driver, driver_handle): (Driver, driver::Handle),
        blocking: Arc<Blocking>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config,
            injector: Injector::new(),
            remotes: queues.iter().map(Remote::new).collect(),
            idle: Idle::new(queues.len()),
            admission: Admission::new(),
            lease: Lease::new(),
            driver: Mutex::new(Some(driver)),
            driver_handle,
            exit: Exit::new(queues.len()),
            stopping: AtomicBool::new(false),
            blocking,
        })
    }

    /// Makes a task and queues it.
    ///
    /// After shutdown the future is dropped here and now, and the handle says cancelled.
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
                self.admit(runnable);
                handle
            }
        }
    }

    fn admit(&self, runnable: Runnable) {
        if self.admission.admit() {
            self.inject(runnable);
        } else {
            runnable.cancel();
        }
    }

    /// Q1 to Q3 of [`Idle`]'s argument.
    fn inject(&self, runnable: Runnable) {
        self.injector.push(runnable);
        self.wake_one();
    }

    /// Wakes a worker for a task that has just been queued, if one has to be woken.
    #[inline]
    pub(super) fn wake_one(&self) {
        if let Some(worker) = self.idle.worker_to_wake() {
            self.unpark(worker);
        }
    }

    /// Wakes another worker where nobody searches and there is something to be found.
    pub(super) fn wake_one_if(&self, search: Search) {
        if search == Search::Nobody && self.has_queued() {
            self.wake_one();
        }
    }

    /// Ends the sleep of one worker.
    pub(crate) fn unpark(&self, worker: usize) {
        self.remotes[worker]
            .sleep
            .unpark(|| self.driver_handle.unpark());
    }

    /// Whether there is a task that a searching worker would find. Next slots do not count: their
    /// tasks run at once, and a thief looks at them only when he is there anyway.
    fn has_queued(&self) -> bool {
        !self.injector.is_empty() || self.remotes.iter().any(|remote| !remote.stealer.is_empty())
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
        (0..self.remotes.len()).for_each(|worker| self.unpark(worker));
    }

    /// How many tasks are not over.
    pub(crate) fn alive(&self) -> u64 {
        // Retired first: a task is spawned before it retires, so that the difference is no less
        // than nothing.
        let retired = self
            .remotes
            .iter()
            .map(|remote| remote.retired.get())
            .sum::<u64>();
        let spawned = self
            .remotes
            .iter()
            .map(|remote| remote.spawned.get())
            .sum::<u64>();
        (self.admission.admitted() + spawned).saturating_sub(retired)
    }

    /// Who has left, and whether all tasks are gone.
    pub(crate) fn exit(&self) -> &Exit {
        &self.exit
    }

    /// Who runs the tasks.
    pub(crate) fn flavor(&self) -> Flavor {
        self.config.flavor
    }

    /// How many tasks wait in the shared queue.
    pub(crate) fn injected(&self) -> usize {
        self.injector.len()
    }

    /// How many workers there are.
    pub(crate) fn workers(&self) -> usize {
        self.remotes.len()
    }

    /// How many slots hold a task or a result of this runtime.
    pub(crate) fn slots_in_use(&self) -> usize {
        self.lease.slots_in_use() + self.blocking.slots_in_use()
    }

    /// The pool for calls that block.
    pub(crate) fn blocking(&self) -> &Arc<Blocking> {
        &self.blocking
    }

    /// The shared half of the driver.
    pub(crate) fn driver_handle(&self) -> &driver::Handle {
        &self.driver_handle
    }
}

impl context::Scheduler for Core {
    fn look_up(&self, work: LookUp) -> JoinHandle<io::Result<Vec<SocketAddr>>> {
        self.blocking.spawn(work)
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
        self.inject(runnable);
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
