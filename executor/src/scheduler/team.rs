//! The workers as they see each other, and the steps by which a queued task finds one of them.
//!
//! Of threads, hooks and the driver it knows nothing but how to end a sleep in there, so that the
//! models run it as it is. The steps are named after the argument in [`idle`](super::idle).

use crossbeam_utils::CachePadded;
use wane_channel::base::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::admission::Admission;
use super::idle::{Idle, Search};
use super::next_slot::NextSlot;
use crate::cell::origin::Present;
use crate::cell::runnable::Runnable;
use crate::parts::counter::Counter;
use crate::parts::cpu_clock::CpuClock;
use crate::parts::injector::Injector;
use crate::parts::local_queue::{LocalQueue, Stealer};
use crate::parts::sleep::Sleep;

/// Tasks that move from the injector to a worker at a time.
const BATCH_MAX: usize = 128;

/// Entries of a worker's queue before half of them go to the shared one. An endless local queue
/// would hide its backlog from everybody else.
const LOCAL_MAX: usize = 256;

/// Ends a sleep in the driver.
pub(crate) trait WakeDriver {
    /// Ends the driver's wait, or its next one.
    fn wake_driver(&self);
}

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Team<D> {
    pub(crate) injector: Injector<Runnable>,
    /// Those of the regular workers first, then those of the spare ones.
    pub(crate) remotes: Box<[CachePadded<Remote>]>,
    workers: usize,
    /// No worker behind this many is at work.
    seats_in_use: AtomicUsize,
    pub(crate) admission: Admission,
    pub(crate) driver: D,
    pub(crate) idle: Idle,
}

/// What a worker shows to the others.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) stealer: Stealer<Runnable>,
    pub(crate) next: NextSlot,
    pub(crate) sleep: Sleep,
    /// Polls by this worker.
    pub(crate) polls: Counter,
    /// Which task it polls; set after the count of polls.
    pub(crate) present: Present,
    /// Tasks spawned by this worker.
    pub(crate) spawned: Counter,
    /// Tasks that were over when this worker had run or cancelled them.
    pub(crate) retired: Counter,
    /// Times that it went to sleep or woke up.
    pub(crate) turns: Counter,
    /// Nanoseconds that it was awake, up to its last sleep.
    pub(crate) awake_ns: Counter,
    /// The processor time of its thread.
    pub(crate) cpu: CpuClock,
    /// It has declared that its present poll blocks.
    is_blocked: AtomicBool,
    /// It is a spare worker and is to go.
    is_dismissed: AtomicBool,
    /// The monitor sleeps, and wants to know of a task in the next slot.
    is_next_watched: AtomicBool,
}

impl Remote {
    fn new(queue: &LocalQueue<Runnable>) -> CachePadded<Self> {
        CachePadded::new(Self {
            stealer: queue.stealer(),
            next: NextSlot::new(),
            sleep: Sleep::new(),
            polls: Counter::new(),
            present: Present::nothing(),
            spawned: Counter::new(),
            retired: Counter::new(),
            turns: Counter::new(),
            awake_ns: Counter::new(),
            cpu: CpuClock::new(),
            is_blocked: AtomicBool::new(false),
            is_dismissed: AtomicBool::new(false),
            is_next_watched: AtomicBool::new(false),
        })
    }

    /// A thread takes the seat, for as long as nobody dismisses it.
    pub(crate) fn arrive(&self) {
        self.cpu.take();
        // ORDERING: nobody dismisses a worker that is not there.
        self.is_dismissed.store(false, Ordering::Relaxed);
    }

    /// Sends a spare worker away, after its present poll.
    pub(crate) fn dismiss(&self) {
        // ORDERING: the unpark that follows carries it to one that sleeps; another sees it soon.
        self.is_dismissed.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_dismissed(&self) -> bool {
        // ORDERING: see `dismiss`.
        self.is_dismissed.load(Ordering::Relaxed)
    }

    /// The monitor wants to know of the next task in the next slot.
    pub(crate) fn watch_next(&self) {
        // Not written where it is set: the line is the sleeper's.
        if !self.is_next_watched() {
            // ORDERING: a hint: a task of which the monitor is not told waits for its next look.
            self.is_next_watched.store(true, Ordering::Relaxed);
        }
    }

    /// The monitor has been told.
    pub(crate) fn unwatch_next(&self) {
        // ORDERING: see `watch_next`.
        self.is_next_watched.store(false, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_next_watched(&self) -> bool {
        // ORDERING: see `watch_next`.
        self.is_next_watched.load(Ordering::Relaxed)
    }

    /// Says whether the present poll of this worker is known to block.
    pub(crate) fn set_blocked(&self, is_blocked: bool) {
        // ORDERING: a hint for the monitor.
        self.is_blocked.store(is_blocked, Ordering::Relaxed);
    }

    pub(crate) fn is_blocked(&self) -> bool {
        // ORDERING: a hint for the monitor.
        self.is_blocked.load(Ordering::Relaxed)
    }
}

impl<D: WakeDriver> Team<D> {
    /// A team with these queues. The first belong to `workers` regular workers, all of them awake;
    /// the others wait for spare ones.
    pub(crate) fn new(queues: &[LocalQueue<Runnable>], workers: usize, driver: D) -> Self {
        Self {
            injector: Injector::new(),
            remotes: queues.iter().map(Remote::new).collect(),
            workers,
            seats_in_use: AtomicUsize::new(workers),
            admission: Admission::new(),
            driver,
            idle: Idle::new(workers),
        }
    }

    /// How many regular workers there are.
    #[inline]
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// How many seats there are, with those of spare workers.
    pub(crate) fn seats(&self) -> usize {
        self.remotes.len()
    }

    /// Those at work, and perhaps some who are not.
    pub(crate) fn at_work(&self) -> &[CachePadded<Remote>] {
        // ORDERING: Relaxed: a spare worker has been counted before its thread began; the fences of
        // `Idle` order that before the task that it queues.
        &self.remotes[..self.seats_in_use.load(Ordering::Relaxed)]
    }

    /// Sets how many seats have to be looked at.
    pub(crate) fn set_seats_in_use(&self, seats: usize) {
        // ORDERING: see `at_work`.
        self.seats_in_use.store(seats, Ordering::Relaxed);
    }

    /// Counts and queues a task that was spawned from outside.
    ///
    /// # Errors
    ///
    /// The task, where the door is closed.
    pub(crate) fn admit(&self, runnable: Runnable) -> Result<(), Runnable> {
        match self.admission.admit() {
            true => {
                self.inject(runnable);
                Ok(())
            }
            false => Err(runnable),
        }
    }

    /// Q1 to Q3, for the shared queue.
    pub(crate) fn inject(&self, runnable: Runnable) {
        self.injector.push(runnable);
        self.wake_one();
    }

    /// Queues a task of this worker to run next. The one that was to run next goes behind the others,
    /// and another worker may take it.
    #[inline]
    pub(crate) fn push_next(
        &self,
        worker: &Remote,
        queue: &LocalQueue<Runnable>,
        runnable: Runnable,
    ) {
        if let Some(displaced) = worker.next.put(runnable) {
            self.push_shared(queue, displaced);
        }
    }

    /// Queues a task of a worker, which runs another at present, behind the others. Another worker may
    /// take it.
    #[inline]
    pub(crate) fn push_shared(&self, queue: &LocalQueue<Runnable>, runnable: Runnable) {
        self.push_back(queue, runnable);
        self.wake_another();
    }

    /// Queues a task of a worker, which is between two tasks, behind the others. If there are any,
    /// another worker may take it: the one that runs before it may take its time.
    #[inline]
    pub(crate) fn push_behind(
        &self,
        worker: usize,
        queue: &LocalQueue<Runnable>,
        runnable: Runnable,
    ) {
        let is_alone = queue.is_empty() && self.remotes[worker].next.is_empty();
        if is_alone {
            self.push_back(queue, runnable);
        } else {
            self.push_shared(queue, runnable);
        }
    }

    #[inline]
    fn push_back(&self, queue: &LocalQueue<Runnable>, runnable: Runnable) {
        if queue.len() >= LOCAL_MAX {
            self.spill(queue);
        }
        queue.push(runnable);
    }

    /// Moves the older half of the queue to the shared one.
    #[cold]
    fn spill(&self, queue: &LocalQueue<Runnable>) {
        let older = std::iter::from_fn(|| queue.pop()).take(LOCAL_MAX / 2);
        self.injector.push_all(older);
        self.wake_another();
    }

    /// Q2 and Q3 for a task in the queue of this worker, unless it knows of no other. It may not yet know of a
    /// spare worker who has just been called in beside the only regular one: if that one sleeps again and
    /// this one blocks, the monitor wakes it.
    #[inline]
    pub(crate) fn wake_another(&self) {
        // ORDERING: see `at_work`.
        if self.seats_in_use.load(Ordering::Relaxed) > 1 {
            self.wake_one();
        }
    }

    /// Q2 and Q3: wakes a worker for a task that has just been queued, if one has to be woken.
    #[inline]
    pub(crate) fn wake_one(&self) {
        if let Some(worker) = self.idle.worker_to_wake() {
            self.unpark(worker);
        }
    }

    /// Ends the sleep of one worker.
    pub(crate) fn unpark(&self, worker: usize) {
        self.remotes[worker]
            .sleep
            .unpark(|| self.driver.wake_driver());
    }

    /// A worker's share of the shared queue: one task to run, the others go to its queue.
    pub(crate) fn take_share(&self, queue: &LocalQueue<Runnable>) -> Option<Runnable> {
        let share = self.injector.len() / self.workers() + 1;
        self.take_injected(share.min(BATCH_MAX), queue)
    }

    /// Takes tasks from the shared queue: one to run, the others go to `queue`.
    pub(crate) fn take_injected(
        &self,
        max: usize,
        queue: &LocalQueue<Runnable>,
    ) -> Option<Runnable> {
        let mut first = None;
        self.injector.pop_batch(max, |runnable| match first {
            None => first = Some(runnable),
            Some(_) => queue.push(runnable),
        });
        first
    }

    /// Looks at the others' queues, from that of `start` on, then at their next slots, then once more
    /// at the shared queue. The thief is a searching worker; `rob` takes tasks from a queue that has any.
    pub(crate) fn steal(
        &self,
        thief: usize,
        start: usize,
        queue: &LocalQueue<Runnable>,
        rob: impl Fn(&Remote, &LocalQueue<Runnable>) -> Option<Runnable>,
    ) -> Option<Runnable> {
        let at_work = self.at_work();
        let others = || {
            // They may have become fewer since `start` was drawn.
            let start = start.min(at_work.len());
            let turn = (start..at_work.len()).chain(0..start);
            turn.filter(|index| *index != thief)
                .map(|index| &at_work[index])
        };
        others()
            .find_map(|remote| rob(remote, queue))
            .or_else(|| others().find_map(|remote| remote.next.take()))
            .or_else(|| self.take_share(queue))
    }

    /// Moves the tasks of a worker that does not come to them to the shared queue, by way of `queue`, which is
    /// empty before and after. Whoever runs other tasks looks there once in a while, and elsewhere not at all.
    pub(crate) fn clear_out(&self, worker: usize, queue: &LocalQueue<Runnable>) {
        let remote = &self.remotes[worker];
        if let Some(runnable) = remote.next.take() {
            self.inject(runnable);
        }
        // Each steal takes half of them, and the worker may be back.
        for _ in 0..LOCAL_MAX.ilog2() {
            let Some(first) = remote.stealer.steal_into(queue) else {
                return;
            };
            let more = std::iter::from_fn(|| queue.pop());
            self.injector.push_all(std::iter::once(first).chain(more));
            self.wake_one();
        }
    }

    /// Whether a worker without a task may search; see [`Idle::start_searching`].
    pub(crate) fn start_searching(&self) -> bool {
        self.idle.start_searching()
    }

    /// W1 to W3 of a searching worker that has found a task.
    pub(crate) fn stop_searching(&self) {
        self.wake_one_if(self.idle.stop_searching());
    }

    /// W1 to W3 of a worker that goes to sleep. It may be this worker that is woken.
    pub(crate) fn fall_asleep(&self, worker: usize, is_searching: bool) {
        self.wake_one_if(self.idle.fall_asleep(worker, is_searching));
    }

    /// Ends what [`Team::fall_asleep`] began. Returns whether the worker is counted as searching now:
    /// so does whoever wakes it for a task. Anything else is an event, and it takes itself off the
    /// list of sleepers.
    #[must_use]
    pub(crate) fn wake_up(&self, worker: usize) -> bool {
        !self.idle.wake_self(worker)
    }

    fn wake_one_if(&self, search: Search) {
        if search == Search::Nobody && self.has_queued() {
            self.wake_one();
        }
    }

    /// Whether any worker sleeps.
    pub(crate) fn has_sleeper(&self) -> bool {
        self.idle.has_sleeper()
    }

    /// Whether there is a task that a searching worker would find. Next slots do not count: their
    /// tasks run at once, and a thief looks at them only when he is there anyway.
    ///
    /// The shared queue comes first: a task that has left it for a worker's queue is seen there.
    pub(crate) fn has_queued(&self) -> bool {
        let has_any = |remote: &CachePadded<Remote>| !remote.stealer.is_empty();
        !self.injector.is_empty() || self.at_work().iter().any(has_any)
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
        self.spawned().saturating_sub(retired)
    }

    /// How many tasks there have been.
    pub(crate) fn spawned(&self) -> u64 {
        let here = self.remotes.iter().map(|remote| remote.spawned.get());
        self.admission.admitted() + here.sum::<u64>()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    struct NoDriver;

    impl WakeDriver for NoDriver {
        fn wake_driver(&self) {}
    }

    #[test]
    fn a_thief_may_begin_at_a_seat_that_is_no_longer_in_use() {
        let queues: Vec<_> = (0..4).map(|_| LocalQueue::new()).collect();
        let team = Team::new(&queues, 1, NoDriver);
        let seen = std::cell::Cell::new(0);
        let rob = |_: &Remote, _: &LocalQueue<Runnable>| {
            seen.set(seen.get() + 1);
            None
        };
        for (seats, others) in [(4, 3), (2, 1), (1, 0)] {
            team.set_seats_in_use(seats);
            seen.set(0);
            assert!(team.steal(0, 3, &queues[0], rob).is_none());
            assert_eq!(seen.get(), others);
        }
    }
}
