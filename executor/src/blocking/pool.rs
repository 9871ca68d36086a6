//! An elastic pool of threads for jobs that block: the handle, and the state behind its one lock.
//!
//! It knows nothing of tasks. How threads come and go:
//!
//! - New work wakes the newest idle thread, or starts one while fewer than the base are active.
//!   The stack of idle threads is last in, first out, so that under a trickle of work the others
//!   reach the end of their keep-alive and leave.
//! - Where neither is possible the work waits, and the probe (`probe`) looks every few
//!   milliseconds whether it moves. If nothing does, jobs may be waiting for queued jobs: threads
//!   are added, twice as many at each look, that serve the queue from its other end or at random.
//! - A thread that waits in one of our own primitives says so ([`wane_channel::base::waits`]), and is
//!   not counted as one at work meanwhile: the next one comes at once, where work is queued. So it is
//!   for as many as the base; the replacement of more is left to the probe, for a crowd that waits for
//!   what is queued behind it is best served from there. Threads that come back go on, and those that
//!   are then too many rest after their job.
//! - So jobs under a stall are not started in the order they came.
//!
//! Invariants:
//!
//! - P1. While a job is queued, at least one thread is sure to look at the queue before it leaves.
//!   (`Service::next` leaves only when it finds nothing; [`Pool::submit`] queues a job where there is a
//!   thread to look at it, and starts one before it does so where there is none.) A thread may be
//!   written off since, because its job was aborted and runs on; then the probe asks for another one
//!   for as long as the job is queued. So a job that was accepted is never left without a thread that
//!   the system gives.
//! - P2. While more jobs are queued than threads were activated for them, the probe is there or,
//!   where the system refused that thread, owed: each new and each completed job asks again.
//! - P3. Code of the user's (jobs, hooks, names) never runs under the lock. Whatever panics in it
//!   stays there; the thread goes on.
//!
//! # Happens-before
//!
//! All edges are the lock's: [`Pool::submit`] → `Job::run`; the last use of a thread → the return
//! of [`Pool::join`] that counts it as gone.
//!
//! Ways not taken: handing the job to the idle thread itself (a thread that is just done would
//! have to pass it by); joining through a table of finished handles (it grows with the threads
//! that ever were).

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::alarm::{Alarm, Stall};
use super::config::{Config, Limits};
use super::crew::{Crew, Need, Number, Recruit};
use super::pace::Holds;
use super::probe::ProbeState;
use super::queue::{Pick, Queue};
use super::refusal::Refused;
use super::roll::{AbandonedJob, Card, Roll};
use super::service::{builder, contain, serve};

/// One piece of work. Exactly one of the two methods is called, exactly once, unless
/// [`Pool::submit`] gives the job back.
pub(crate) trait Job: Send + 'static {
    /// Does the work, on a thread of the pool.
    fn run(self) -> Served;

    /// Takes note that the work will not be done, on the thread that shuts the pool down.
    fn cancel(self);

    /// Whether [`Job::run`] would find nothing to do, because somebody has called the job off. Once
    /// true it stays so. Called under the pool's lock.
    fn is_called_off(&self) -> bool;

    /// What an abort finds the job by while it runs. Called under the pool's lock.
    fn card(&self) -> Option<Card>;

    /// When it was made, where that is known. Called under the pool's lock.
    fn made_at(&self) -> Option<Instant> {
        None
    }
}

/// What a thread of the pool found when it took a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Served {
    /// Work that counts as completed.
    Job,
    /// Nothing to do, or a chore of the pool's own.
    Nothing,
}

/// What the pool is doing at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vitals {
    /// Threads for jobs: at work, in a wait, abandoned, or idle.
    pub(crate) threads: usize,
    /// Threads that wait for work.
    pub(crate) idle_threads: usize,
    /// Jobs that were aborted and run on.
    pub(crate) abandoned: usize,
    /// Whether the thread that looks for stalls is there.
    pub(crate) has_probe: bool,
    /// Jobs that wait for a thread.
    pub(crate) queued: usize,
    /// Jobs that ran, since the pool was made.
    pub(crate) completed: u64,
    /// Threads that the system refused, since the pool was made.
    pub(crate) refused_threads: u64,
    /// Since when jobs wait, nothing moves, and no thread can be added: the cap is reached or the
    /// system gives none.
    pub(crate) starved_since: Option<Instant>,
}

/// The pool. Dropping it shuts it down without waiting.
pub(crate) struct Pool<J: Job> {
    shared: Arc<Shared<J>>,
}

pub(super) struct Shared<J> {
    pub(super) state: Mutex<State<J>>,
    /// A thread was given, was refused, or has departed.
    pub(super) settled: Condvar,
    /// What the probe sleeps on.
    pub(super) look: Condvar,
    pub(super) config: Config,
    pub(super) limits: Limits,
}

pub(super) struct State<J> {
    pub(super) queue: Queue<J>,
    pub(super) crew: Crew,
    pub(super) roll: Roll,
    pub(super) probe: ProbeState,
    pub(super) completed: u64,
    /// Numbers the looks of the probe.
    pub(super) look: u64,
    /// Numbers those of them that found a stall.
    pub(super) stall: u64,
    /// Somebody was done with the oldest job since the last look.
    pub(super) has_front_moved: bool,
    /// The last look before somebody was done with the oldest job, or went for it.
    pub(super) front_look: u64,
    /// Threads that completed a job since the last look.
    pub(super) movers: usize,
    /// For how long they held their jobs.
    pub(super) holds: Holds,
    pub(super) refused_threads: u64,
    /// Threads were written off while jobs are queued, and the probe has not seen it.
    pub(super) is_short: bool,
    pub(super) starved_since: Option<Instant>,
    pub(super) is_shut_down: bool,
    /// Threads of the pool that are inside [`Pool::join`]: nobody waits for them.
    joining_members: usize,
}

impl<J: Job> Pool<J> {
    /// A pool without threads; they come with the work.
    pub(crate) fn new(config: Config) -> Self {
        let state = State {
            queue: Queue::new(),
            crew: Crew::default(),
            roll: Roll::default(),
            probe: ProbeState::Absent,
            completed: 0,
            look: 0,
            stall: 0,
            has_front_moved: false,
            front_look: 0,
            holds: Holds::default(),
            movers: 0,
            refused_threads: 0,
            is_short: false,
            starved_since: None,
            is_shut_down: false,
            joining_members: 0,
        };
        let shared = Shared {
            state: Mutex::new(state),
            settled: Condvar::new(),
            look: Condvar::new(),
            limits: config.limits(),
            config,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Queues a job and sees to it that a thread comes for it.
    ///
    /// # Errors
    ///
    /// The job itself, where the pool is shut down, or has no thread and gets none. While there
    /// is a thread, a refused one is no error: the job waits and the probe asks again.
    pub(crate) fn submit(&self, job: J) -> Result<(), Refused<J>> {
        self.submit_within(job, usize::MAX)
    }

    /// [`Pool::submit`], unless the job had to wait behind `room` others that wait for a thread. With
    /// no room a job is taken where a thread is idle or may be started at once.
    ///
    /// # Errors
    ///
    /// As for [`Pool::submit`], and [`Refused::Full`].
    pub(crate) fn submit_within(&self, job: J, room: usize) -> Result<(), Refused<J>> {
        let mut state = self.shared.state.lock();
        if let Err(error) = self.have_a_thread(&mut state) {
            let abandoned = state.roll.abandoned_jobs();
            return Err(Refused::NoThread {
                job,
                error,
                abandoned,
            });
        }
        if state.is_shut_down {
            return Err(Refused::ShutDown(job));
        }
        if state.crew.coming() > state.queue.len() {
            // A thread is on its way that nothing is queued for.
            state.queue.push(job);
            return Ok(());
        }
        // Those that a thread is on its way for do not count.
        let waiting = state.queue.len().saturating_sub(state.crew.coming());
        let recruit = state
            .crew
            .recruit(Need::Work, Pick::Oldest, self.shared.limits);
        if waiting >= room && matches!(recruit, Recruit::Nobody) {
            return Err(Refused::Full {
                job,
                queued: waiting,
                active: state.crew.active(),
            });
        }
        state.queue.push(job);
        match recruit {
            Recruit::Wake(condition) => {
                drop(state);
                condition.notify_one();
            }
            Recruit::Launch(number) => {
                drop(state);
                if let Err(_counted) = self.shared.launch(number) {
                    self.shared.watch(self.shared.state.lock());
                }
            }
            Recruit::Nobody => self.shared.watch(state),
        }
        Ok(())
    }

    /// Starts a thread where there is none to be counted on. Returns with such a thread, or after the
    /// shutdown.
    fn have_a_thread(&self, state: &mut MutexGuard<'_, State<J>>) -> io::Result<()> {
        while !state.is_shut_down && !state.crew.has_thread() {
            if state.crew.is_launching() {
                self.shared.settled.wait(state);
                continue;
            }
            match state
                .crew
                .recruit(Need::Work, Pick::Oldest, self.shared.limits)
            {
                Recruit::Launch(number) => {
                    MutexGuard::unlocked(state, || self.shared.launch(number))?;
                }
                Recruit::Wake(_) | Recruit::Nobody => {
                    unreachable!("nobody is idle, and nobody counts against the limit")
                }
            }
        }
        Ok(())
    }

    /// Takes no more jobs, cancels those that wait (here, after the lock is free) and lets the
    /// threads go as their jobs end. Later calls do nothing.
    pub(crate) fn shutdown(&self) {
        let mut state = self.shared.state.lock();
        state.is_shut_down = true;
        let jobs: VecDeque<J> = state.queue.take_all();
        let sleepers = state.crew.wake_all();
        drop(state);
        for condition in sleepers {
            condition.notify_one();
        }
        self.shared.look.notify_all();
        self.shared.settled.notify_all();
        for job in jobs {
            contain(|| job.cancel());
        }
    }

    /// Takes called off jobs out of the queue, where at least half of it is known to be such: so the
    /// walk costs a job no more than two looks. They are the caller's to run.
    pub(crate) fn take_called_off(&self, known: usize) -> VecDeque<J> {
        let mut state = self.shared.state.lock();
        match known.saturating_mul(2) < state.queue.len() {
            true => VecDeque::new(),
            false => state.queue.take_where(Job::is_called_off),
        }
    }

    /// Waits until the threads are gone (the probe too), and returns how many are still there: 0 but
    /// after a timeout. To be called after [`Pool::shutdown`]; before, threads leave only as their
    /// keep-alive ends.
    ///
    /// Without a timeout it waits for the system's end of the threads too; with one, a thread
    /// whose last job and hook are through counts as gone.
    ///
    /// A thread of the pool that calls this does not wait for itself, and is counted in what it
    /// is told.
    pub(crate) fn join(&self, timeout: Option<Duration>) -> usize {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.shared.state.lock();
        let own = usize::from(state.crew.has_member(thread::current().id()));
        state.joining_members += own;
        if own > 0 {
            self.shared.settled.notify_all();
        }
        while state.crew.present() > state.joining_members {
            match deadline {
                None => self.shared.settled.wait(&mut state),
                Some(deadline) => {
                    let outcome = self.shared.settled.wait_until(&mut state, deadline);
                    if outcome.timed_out() {
                        break;
                    }
                }
            }
        }
        state.joining_members -= own;
        let left = state.crew.present();
        let last = match timeout {
            None => state.crew.take_departed(),
            Some(_) => None,
        };
        drop(state);
        join_departed(last);
        left
    }

    /// Writes off the thread that runs this job, where it runs here and its closure has not ended:
    /// another thread may come in its place. Returns whether the job runs here.
    ///
    /// Called by aborters, whom it costs no thread: the probe, which is there while jobs are queued, starts
    /// it.
    pub(crate) fn abandon(&self, job: u64) -> bool {
        let mut state = self.shared.state.lock();
        let Some(number) = state.roll.runner(job) else {
            return false;
        };
        if !state.crew.abandon(number, job) {
            return true;
        }
        state.roll.enter(job);
        state.is_short = !state.queue.is_empty();
        let is_short = state.is_short;
        drop(state);
        if is_short {
            self.shared.look.notify_one();
        }
        (self.shared.config.listener)(Alarm::Interrupted);
        true
    }

    /// Which jobs were aborted and run on, the oldest abort first.
    pub(crate) fn abandoned_jobs(&self) -> Vec<AbandonedJob> {
        self.shared.state.lock().roll.abandoned_jobs()
    }

    /// Threads for jobs, idle or not.
    #[cfg(test)]
    pub(crate) fn threads(&self) -> usize {
        self.vitals().threads
    }

    /// Threads that wait for work.
    #[cfg(test)]
    pub(crate) fn idle_threads(&self) -> usize {
        self.vitals().idle_threads
    }

    /// Jobs that wait for a thread.
    #[cfg(test)]
    pub(crate) fn queued(&self) -> usize {
        self.vitals().queued
    }

    /// When the oldest of the jobs that wait was made.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        let state = self.shared.state.lock();
        let jobs = state.queue.iter().filter(|job| !job.is_called_off());
        jobs.filter_map(Job::made_at).min()
    }

    /// All counters at one moment.
    pub(crate) fn vitals(&self) -> Vitals {
        let state = self.shared.state.lock();
        Vitals {
            threads: state.crew.threads(),
            idle_threads: state.crew.idle(),
            abandoned: state.roll.abandoned(),
            has_probe: matches!(state.probe, ProbeState::Looking | ProbeState::Lingering),
            queued: state.queue.len(),
            completed: state.completed,
            refused_threads: state.refused_threads,
            starved_since: state.starved_since,
        }
    }
}

impl<J: Job> Drop for Pool<J> {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl<J: Job> fmt::Debug for Pool<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("config", &self.shared.config)
            .field("vitals", &self.vitals())
            .finish()
    }
}

impl<J: Job> Shared<J> {
    /// Starts the thread of a seat that [`Crew::recruit`] promised, or gives the seat up.
    pub(super) fn launch(self: &Arc<Self>, number: Number) -> io::Result<()> {
        self.start_thread(number, move |shared| serve(&shared, number))
            .inspect_err(|error| {
                let mut state = self.state.lock();
                state.crew.retract(number);
                state.refused_threads += 1;
                drop(state);
                self.settled.notify_all();
                (self.config.listener)(Alarm::Refused(error));
            })
    }

    /// Starts a thread and keeps its handle.
    pub(super) fn start_thread(
        self: &Arc<Self>,
        number: Number,
        body: impl FnOnce(Arc<Self>) + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(self);
        let handle =
            builder(&*self.config.name, self.config.stack_size)?.spawn(move || body(shared))?;
        let departed = self.state.lock().crew.keep(number, handle);
        self.settled.notify_all();
        join_departed(departed);
        Ok(())
    }

    /// The end of a thread's service; nothing of the pool is used after it.
    pub(super) fn depart(&self, number: Number) {
        let departed = self.state.lock().crew.depart(number);
        self.settled.notify_all();
        join_departed(departed);
    }

    /// One thread fewer is at work: another one comes for what is queued.
    pub(super) fn replace(self: &Arc<Self>, mut state: MutexGuard<'_, State<J>>) {
        if state.queue.is_empty() || state.is_shut_down {
            return;
        }
        match state.crew.recruit(Need::Work, Pick::Oldest, self.limits) {
            Recruit::Wake(condition) => {
                drop(state);
                condition.notify_one();
            }
            Recruit::Launch(number) => {
                drop(state);
                if let Err(_counted) = self.launch(number) {
                    self.watch(self.state.lock());
                }
            }
            Recruit::Nobody => self.watch(state),
        }
    }

    /// A stall that began then.
    pub(super) fn stall(&self, since: Instant) -> Stall {
        let state = self.state.lock();
        Stall {
            queued: state.queue.len(),
            threads: state.crew.threads(),
            lasts: since.elapsed(),
        }
    }

    /// Sees to it that the probe looks, where jobs wait.
    pub(super) fn watch(self: &Arc<Self>, mut state: MutexGuard<'_, State<J>>) {
        if state.queue.is_empty() || state.is_shut_down {
            return;
        }
        match state.probe {
            ProbeState::Looking => {}
            ProbeState::Lingering => {
                state.probe = ProbeState::Looking;
                drop(state);
                self.look.notify_one();
            }
            ProbeState::Absent => self.start_probe(state),
            ProbeState::Owed { ask_again } if ask_again <= Instant::now() => {
                self.start_probe(state);
            }
            ProbeState::Owed { .. } => {}
        }
    }
}

/// Waits for the system's end of a thread that is already through. What it returns says nothing:
/// panics end in `contain`.
fn join_departed(handle: Option<thread::JoinHandle<()>>) {
    if let Some(handle) = handle {
        let _outcome = handle.join();
    }
}
