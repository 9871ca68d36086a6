//! Counts of what a runtime is doing.

use std::time::Duration;

use wane_channel::base::sync::Arc;

use crate::blocking::AbandonedJob;
use crate::cell::region;
use crate::cell::state::Standing;
use crate::scheduler::core::Core;

/// Counts of what a runtime is doing, read at the call.
///
/// ```
/// let runtime = wane::runtime::Builder::new_current_thread().build()?;
/// let metrics = runtime.metrics();
/// runtime.block_on(async {
///     let handle = wane::spawn(std::future::pending::<()>());
///     assert_eq!(metrics.num_alive_tasks(), 1);
///     assert!(handle.cancel().await.is_err());
///     assert_eq!(metrics.num_alive_tasks(), 0);
/// });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    core: Arc<Core>,
}

impl RuntimeMetrics {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// How many workers the runtime has.
    #[must_use]
    pub fn num_workers(&self) -> usize {
        self.core.workers()
    }

    /// How many spare workers are at work, because others are stuck in a poll or were until recently.
    #[must_use]
    pub fn num_rescue_threads(&self) -> usize {
        self.core.rescue().at_work()
    }

    /// How often a spare worker was called in, since the runtime began.
    #[must_use]
    pub fn rescue_count(&self) -> u64 {
        self.core.rescue().called()
    }

    /// How many tasks are not over.
    #[must_use]
    pub fn num_alive_tasks(&self) -> usize {
        self.core.alive() as usize
    }

    /// How many tasks have been spawned since the runtime began.
    #[must_use]
    pub fn spawned_tasks_count(&self) -> u64 {
        self.core.spawned()
    }

    /// How long a worker was awake, up to its last sleep: polling tasks or looking for some.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = wane::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    /// let busy = || runtime.metrics().worker_total_busy_duration(0);
    /// let before = busy();
    /// let task = runtime.spawn(async { std::thread::sleep(Duration::from_millis(5)) });
    /// runtime.block_on(task).unwrap();
    /// while busy() < before + Duration::from_millis(5) {
    ///     std::thread::yield_now();
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// Where there is no such worker; they are counted from 0.
    #[track_caller]
    #[must_use]
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        Duration::from_nanos(self.core.worker(worker).awake_ns.get())
    }

    /// How often a worker went to sleep.
    ///
    /// # Panics
    ///
    /// Where there is no such worker; they are counted from 0.
    #[track_caller]
    #[must_use]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.worker_park_unpark_count(worker).div_ceil(2)
    }

    /// How often a worker went to sleep or woke up: odd while it sleeps.
    ///
    /// # Panics
    ///
    /// Where there is no such worker; they are counted from 0.
    #[track_caller]
    #[must_use]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.core.worker(worker).turns.get()
    }

    /// How many polls a worker has made.
    ///
    /// # Panics
    ///
    /// Where there is no such worker; they are counted from 0.
    #[track_caller]
    #[must_use]
    pub fn worker_poll_count(&self, worker: usize) -> u64 {
        self.core.worker(worker).polls.get()
    }

    /// The bytes of the futures of live tasks, without what those have allocated themselves. It looks at
    /// each slot: a diagnosis, not a counter.
    #[must_use]
    pub fn task_bytes_live(&self) -> usize {
        let mut bytes = 0;
        self.core.survey(|sighting| {
            if sighting.standing != Standing::Over {
                bytes += sighting.origin.future_size();
            }
        });
        bytes
    }

    /// The bytes of the futures of all tasks that are over, where the runtime
    /// [tracks its tasks](super::Builder::track_tasks). They were given back before anybody could see the
    /// end of the task: between the two there is no time that could be measured.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread().track_tasks().build()?;
    /// runtime.block_on(async {
    ///     let task = wane::spawn(async {
    ///         let mut buffer = [0u8; 1000];
    ///         wane::task::yield_now().await;
    ///         buffer.fill(1);
    ///     });
    ///     task.await.unwrap();
    /// });
    /// assert!(runtime.metrics().task_bytes_released() >= Some(1000));
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn task_bytes_released(&self) -> Option<u64> {
        let ledger = self.core.observer()?.ledger()?;
        Some(ledger.released())
    }

    /// The bytes of results that are ready and that nobody has taken, without what those have allocated
    /// themselves. It looks at each slot: a diagnosis, not a counter.
    #[must_use]
    pub fn result_bytes_retained(&self) -> usize {
        let mut bytes = 0;
        self.core.survey(|sighting| {
            if sighting.standing == Standing::Over {
                bytes += sighting.output_size;
            }
        });
        bytes
    }

    /// How many tasks wait in the queue that is fed from outside.
    #[must_use]
    pub fn global_queue_depth(&self) -> usize {
        self.core.injected()
    }

    /// How many threads there are for blocking jobs: at work, in a wait, held by an abandoned job, or idle.
    #[must_use]
    pub fn num_blocking_threads(&self) -> usize {
        self.core.blocking().vitals().threads
    }

    /// How many threads wait for blocking jobs.
    #[must_use]
    pub fn num_idle_blocking_threads(&self) -> usize {
        self.core.blocking().vitals().idle_threads
    }

    /// How many threads there are, idle or not, that the runtime keeps for itself beside the pool: up to
    /// four for its own blocking calls (name look-up), one that drops aborted jobs, one that sends
    /// signals to interrupted ones, and one that looks for stalls while jobs wait (for each of these
    /// crews). They are not among [`num_blocking_threads`], nor limited by [`max_blocking_threads`].
    ///
    /// [`num_blocking_threads`]: RuntimeMetrics::num_blocking_threads
    /// [`max_blocking_threads`]: super::Builder::max_blocking_threads
    #[must_use]
    pub fn num_reserved_blocking_threads(&self) -> usize {
        self.core.blocking().reserved_threads()
    }

    /// How many blocking jobs wait for a thread.
    #[must_use]
    pub fn blocking_queue_depth(&self) -> usize {
        self.core.blocking().vitals().queued
    }

    /// How many blocking jobs were aborted while they ran, and have not ended yet: those that can be told
    /// of an abort ([`spawn_blocking_with`](crate::task::spawn_blocking_with)) until they heed it, and
    /// the others.
    #[must_use]
    pub fn num_abandoned_blocking_jobs(&self) -> usize {
        self.core.blocking().abandoned()
    }

    /// Which jobs those are, the oldest abort first. A job that heeds its abort is here for a moment; one
    /// that stays ignores it, and keeps its thread. Such a thread does not count against
    /// [`max_blocking_threads`](super::Builder::max_blocking_threads).
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// let (running, is_running) = mpsc::channel();
    /// let (release, released) = mpsc::channel();
    /// let deaf = runtime.spawn_blocking_with(move |_ctx| {
    ///     running.send(()).unwrap();
    ///     released.recv()
    /// });
    /// is_running.recv().unwrap();
    /// deaf.abort();
    /// let abandoned = runtime.metrics().abandoned_blocking_jobs();
    /// assert_eq!(abandoned.len(), 1);
    /// assert_eq!(abandoned[0].id(), deaf.id());
    /// assert_eq!(abandoned[0].spawned_at().file(), file!());
    ///
    /// release.send(()).unwrap();
    /// assert!(runtime.block_on(deaf).is_ok());
    /// assert_eq!(runtime.metrics().num_abandoned_blocking_jobs(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn abandoned_blocking_jobs(&self) -> Vec<AbandonedJob> {
        self.core.blocking().abandoned_jobs()
    }

    /// How many task slots of 64 bytes hold a task or a result that nobody has taken. It looks at each
    /// of them: a diagnosis, not a counter.
    #[must_use]
    pub fn slots_in_use(&self) -> usize {
        self.core.slots_in_use()
    }

    /// The same for the whole process, with results of runtimes that are gone.
    #[must_use]
    pub fn process_slots_in_use() -> usize {
        region::slots_in_use()
    }
}
