//! The door through which models reach the scheduler: its plain parts one by one, and a [`Crew`] of
//! workers around the real `Team` and the real leaving.
//!
//! What is a model's own here: the driver, which is a flag and a condition; the order of a worker's
//! steps in [`Worker::run`]; and who sleeps in the driver: worker 0, and in a crew with spare workers
//! whoever comes first.

mod spares;

pub use spares::Linger;

use std::cell::RefCell;
use std::rc::Rc;

use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::thread::{self, ThreadId};
use wane_channel::base::sync::{Arc, Condvar, Mutex};

use crate::cell::abort;
use crate::cell::region::{self, Lease};
use crate::cell::runnable::{self, Ran, Runnable};
use crate::cell::schedule::{Place, Schedule};
use crate::parts::local_queue::LocalQueue;
use crate::parts::sleep;
use crate::scheduler::bench::Bench;
use crate::scheduler::doze::Doze;
use crate::scheduler::shutdown::{self, Exit, Leaver};
use crate::scheduler::team::{Remote, Team, WakeDriver};
use crate::scheduler::{admission, next_slot};

thread_local! {
    /// The addresses of the crews that have not gone. One thread carries all of a model's.
    static CREWS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// The workers that threads of the model are at present.
    static SEATS: RefCell<Vec<(ThreadId, Rc<Seat>)>> = const { RefCell::new(Vec::new()) };
}

/// Begins a run of a model: nothing is left of the run before.
pub fn reset() {
    region::reset();
    CREWS.take();
    SEATS.take().into_iter().for_each(std::mem::forget);
}

/// How many slots hold a task.
#[must_use]
pub fn slots_in_use() -> usize {
    region::slots_in_use()
}

/// The door for spawns.
#[derive(Debug)]
pub struct Admission(admission::Admission);

impl Admission {
    /// An open door.
    #[must_use]
    pub fn open() -> Self {
        Self(admission::Admission::new())
    }

    /// Counts a task, or refuses it.
    #[must_use]
    pub fn admit(&self) -> bool {
        self.0.admit()
    }

    /// Refuses every task from now on. Returns how many were admitted.
    pub fn close(&self) -> u64 {
        self.0.close();
        self.0.admitted()
    }
}

/// A worker's sleep.
#[derive(Debug)]
pub struct Sleep(sleep::Sleep);

impl Sleep {
    /// Of a worker that is awake.
    #[must_use]
    pub fn awake() -> Self {
        Self(sleep::Sleep::new())
    }

    /// Ends the sleep, or the next one.
    pub fn unpark(&self, driver: &Driver) {
        self.0.unpark(|| driver.wake_driver());
    }

    /// Sleeps on the condition.
    pub fn park(&self) {
        self.0.park();
    }

    /// Sleeps in the driver.
    pub fn park_in(&self, driver: &Driver) {
        self.0.park_in_driver(|| driver.wait());
    }
}

/// A driver that waits for one thing only. Like the real one it keeps an unpark for its next wait.
#[derive(Debug, Default)]
pub struct Driver {
    has_event: Mutex<bool>,
    changed: Condvar,
}

impl Driver {
    /// Lets an event happen.
    pub fn raise(&self) {
        *self.has_event.lock() = true;
        self.changed.notify_one();
    }

    /// Waits for an event.
    pub fn wait(&self) {
        let mut has_event = self.has_event.lock();
        while !*has_event {
            self.changed.wait(&mut has_event);
        }
        *has_event = false;
    }
}

impl WakeDriver for Driver {
    fn wake_driver(&self) {
        self.raise();
    }
}

/// A task that is queued nowhere yet.
#[derive(Debug)]
pub struct Task(Runnable);

impl Task {
    /// Runs a task that ends with its first poll.
    pub fn run(self) {
        assert!(matches!(self.0.run(), Ran::Over), "one poll is enough");
    }
}

/// The slot for the task to run next.
#[derive(Debug)]
pub struct NextSlot(next_slot::NextSlot);

impl NextSlot {
    /// An empty slot.
    #[must_use]
    pub fn empty() -> Self {
        Self(next_slot::NextSlot::new())
    }

    /// Puts a task in and returns the one that was there. Only the owner does.
    #[must_use]
    pub fn put(&self, task: Task) -> Option<Task> {
        self.0.put(task.0).map(Task)
    }

    /// Takes the task out.
    #[must_use]
    pub fn take(&self) -> Option<Task> {
        self.0.take().map(Task)
    }
}

/// A scheduler of a model.
#[derive(Debug)]
pub struct Crew {
    team: Team<Driver>,
    lease: Lease,
    exit: Exit,
    stopping: AtomicBool,
    bench: Bench,
    /// Whether somebody sleeps in the driver, where whoever comes first may.
    attended: Option<AtomicBool>,
}

impl Crew {
    /// A crew and its workers, all of them awake.
    #[must_use]
    pub fn new(workers: usize) -> (Arc<Self>, Vec<Worker>) {
        Self::make(workers, 0, None)
    }

    fn make(
        workers: usize,
        spares: usize,
        attended: Option<AtomicBool>,
    ) -> (Arc<Self>, Vec<Worker>) {
        let mut queues: Vec<_> = (0..workers + spares).map(|_| LocalQueue::new()).collect();
        let team = Team::new(&queues, workers, Driver::default());
        let crew = Arc::new(Self {
            team,
            lease: Lease::new(),
            exit: Exit::new(workers),
            stopping: AtomicBool::new(false),
            bench: Bench::new(workers, queues.split_off(workers)),
            attended,
        });
        CREWS.with_borrow_mut(|crews| crews.push(Arc::as_ptr(&crew).addr()));
        let worker = |(index, queue)| Worker::new(&crew, index, queue);
        let workers = queues.into_iter().enumerate().map(worker).collect();
        (crew, workers)
    }

    /// A task of this crew that nobody waits for.
    ///
    /// # Cancellation
    ///
    /// *None* of this kind: the future becomes the task's.
    pub fn task(self: &Arc<Self>, future: impl Future<Output = ()> + Send + 'static) -> Task {
        let (runnable, handle) = runnable::spawn(future, self, &self.lease);
        drop(handle);
        Task(runnable)
    }

    /// Counts and queues a task as one that is spawned from outside, or cancels it. Returns whether it
    /// was admitted.
    #[must_use]
    pub fn admit(&self, task: Task) -> bool {
        let admitted = self.team.admit(task.0);
        admitted.map_err(Runnable::cancel).is_ok()
    }

    /// Lets an event happen for which the driver waits.
    pub fn raise_event(&self) {
        self.team.driver.raise();
    }

    /// Tells the workers to leave.
    pub fn stop(&self) {
        // ORDERING: a hint, as in the real one: the tokens carry the edge.
        self.stopping.store(true, Ordering::Relaxed);
        (0..self.team.seats()).for_each(|worker| self.team.unpark(worker));
        self.bench.stop();
    }

    fn is_stopping(&self) -> bool {
        // ORDERING: see `stop`.
        self.stopping.load(Ordering::Relaxed)
    }

    /// Ends the workers that did start, in place of so many that did not.
    pub fn give_up(&self, missing: usize) {
        self.stop();
        self.exit.leave_unstarted(missing);
    }

    /// Waits until every task is gone.
    pub fn wait_for_exit(&self) {
        assert!(self.exit.wait(None), "a wait without a deadline");
        assert_eq!(self.team.alive(), 0, "who waited sees every task gone");
    }

    /// Checks the counts of a crew whose workers are all awake and have stopped to search.
    pub fn check_counts(&self) {
        assert_eq!(
            format!("{:?}", self.team.idle),
            "Idle { searching: 0, sleeping: 0, sleepers: [] }"
        );
    }
}

impl Schedule for Crew {
    fn schedule_here(crew: *const Self, runnable: Runnable, place: Place) -> Result<(), Runnable> {
        let is_there = CREWS.with_borrow(|crews| crews.contains(&crew.addr()));
        assert!(is_there, "a task is handed to a scheduler that has gone");
        match seat_of(crew) {
            Some(seat) => {
                match place {
                    Place::Next => seat.push_next(runnable),
                    Place::Back => seat.team().push_shared(&seat.queue, runnable),
                }
                Ok(())
            }
            None => Err(runnable),
        }
    }

    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        self.team.inject(runnable);
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        let address = std::ptr::from_ref(self).addr();
        CREWS.with_borrow_mut(|crews| crews.retain(|crew| *crew != address));
    }
}

/// A worker's place.
#[derive(Debug)]
struct Seat {
    crew: Arc<Crew>,
    index: usize,
    queue: LocalQueue<Runnable>,
}

impl Seat {
    fn team(&self) -> &Team<Driver> {
        &self.crew.team
    }

    fn remote(&self) -> &Remote {
        &self.team().remotes[self.index]
    }

    fn push_next(&self, runnable: Runnable) {
        let team = self.team();
        team.push_next(&team.remotes[self.index], &self.queue, runnable);
    }

    /// One sleep, in the driver or elsewhere.
    fn park(&self) {
        let (sleep, driver) = (&self.remote().sleep, &self.team().driver);
        match &self.crew.attended {
            None if self.index == 0 => sleep.park_in_driver(|| driver.wait()),
            None => sleep.park(),
            // ORDERING: a lock that is tried.
            Some(attended) if attended.swap(true, Ordering::AcqRel) => sleep.park(),
            Some(attended) => {
                sleep.park_in_driver(|| driver.wait());
                // ORDERING: as above.
                attended.swap(false, Ordering::AcqRel);
            }
        }
    }
}

/// The seat that this thread of the model has in a crew.
fn seat_of(crew: *const Crew) -> Option<Rc<Seat>> {
    let here = thread::current().id();
    SEATS.with_borrow(|seats| {
        let mut seats = seats.iter();
        let seat = seats.find(|(thread, seat)| *thread == here && Arc::as_ptr(&seat.crew) == crew);
        seat.map(|(_, seat)| Rc::clone(seat))
    })
}

/// A worker of a model.
#[derive(Debug)]
pub struct Worker {
    seat: Rc<Seat>,
    is_searching: bool,
    /// How long it lingers on the bench, if it is a spare one.
    linger: Linger,
}

impl Worker {
    fn new(crew: &Arc<Crew>, index: usize, queue: LocalQueue<Runnable>) -> Self {
        Self {
            seat: Rc::new(Seat {
                crew: Arc::clone(crew),
                index,
                queue,
            }),
            is_searching: false,
            linger: Linger::Endless,
        }
    }

    /// Runs tasks until the crew stops.
    pub fn run(&mut self) {
        self.on_this_thread(|worker| worker.run_until(Crew::is_stopping));
    }

    fn run_until(&mut self, is_reached: impl Fn(&Crew) -> bool) {
        while !is_reached(&self.seat.crew) {
            match self.find_task() {
                Some(runnable) => self.run_task(runnable),
                None => self.sleep(),
            }
        }
        self.stop_searching();
    }

    /// Runs one task. Returns whether there was one.
    pub fn run_one(&mut self) -> bool {
        self.on_this_thread(|worker| {
            let found = worker.find_task().map(|runnable| worker.run_task(runnable));
            found.is_some()
        })
    }

    /// Leaves; the last one drains.
    pub fn leave(mut self) {
        self.on_this_thread(shutdown::leave);
    }

    /// Queues a task to run next, as one that is spawned on this worker.
    pub fn push_next(&self, task: Task) {
        self.seat.remote().spawned.increment();
        self.seat.push_next(task.0);
    }

    /// Counts as searching from now on, until the worker finds a task or sleeps.
    pub fn search(&mut self) {
        assert!(self.seat.team().start_searching(), "enough workers search");
        self.is_searching = true;
    }

    /// Finds nothing to do and sleeps once, without a look at any queue before.
    pub fn sleep(&mut self) {
        let (team, index) = (self.seat.team(), self.seat.index);
        team.fall_asleep(index, std::mem::take(&mut self.is_searching));
        self.seat.park();
        self.is_searching = team.wake_up(index);
    }

    /// Makes this thread the worker for as long as `work` takes.
    fn on_this_thread<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let here = thread::current().id();
        let seat = Rc::clone(&self.seat);
        SEATS.with_borrow_mut(|seats| seats.push((here, seat)));
        let result = work(self);
        let left = SEATS.with_borrow_mut(|seats| {
            let place = seats.iter().position(|(thread, _)| *thread == here);
            seats.remove(place.expect("this thread has a seat"))
        });
        drop(left);
        result
    }

    fn run_task(&mut self, runnable: Runnable) {
        self.stop_searching();
        let seat = &self.seat;
        seat.remote().polls.increment();
        match runnable.run() {
            Ran::Asleep => {}
            Ran::Again(runnable) => seat.team().push_behind(seat.index, &seat.queue, runnable),
            Ran::Over => seat.remote().retired.increment(),
        }
    }

    fn find_task(&mut self) -> Option<Runnable> {
        self.own_task()
            .or_else(|| self.shared_task())
            .or_else(|| self.steal())
    }

    fn steal(&mut self) -> Option<Runnable> {
        let team = self.seat.team();
        let at_work = team.at_work().len();
        if at_work == 1 || !(self.is_searching || team.start_searching()) {
            return None;
        }
        self.is_searching = true;
        let rob = |remote: &Remote, queue: &_| remote.stealer.steal_into(queue);
        team.steal(self.seat.index, at_work - 1, &self.seat.queue, rob)
    }

    fn stop_searching(&mut self) {
        if std::mem::take(&mut self.is_searching) {
            self.seat.team().stop_searching();
        }
    }
}

impl Leaver for Worker {
    type Driver = Driver;

    fn team(&self) -> &Team<Driver> {
        self.seat.team()
    }

    fn index(&self) -> usize {
        self.seat.index
    }

    fn exit(&self) -> &Exit {
        &self.seat.crew.exit
    }

    fn own_task(&mut self) -> Option<Runnable> {
        let next = self.seat.remote().next.take();
        next.or_else(|| self.seat.queue.pop())
    }

    fn shared_task(&mut self) -> Option<Runnable> {
        self.seat.team().take_share(&self.seat.queue)
    }

    fn abort_all(&self) {
        abort::abort_all(&self.seat.crew.lease);
    }

    fn cancel(&self, runnable: Runnable) {
        runnable.cancel();
    }

    fn close_driver(&self) {}
}

/// The monitor's sleep.
#[derive(Debug)]
pub struct Monitor(Doze);

impl Monitor {
    /// One that is up.
    #[must_use]
    pub fn new() -> Self {
        Self(Doze::new())
    }

    /// Sleeps until a worker stirs, unless one is awake already; false where the runtime stops.
    pub fn sleep(&self, is_awake: impl FnOnce() -> bool) -> bool {
        self.0.sleep(None, is_awake)
    }

    /// A worker has woken up.
    pub fn stir(&self) {
        self.0.stir();
    }

    /// The runtime stops.
    pub fn stop(&self) {
        self.0.stop();
    }
}

impl Default for Monitor {
    fn default() -> Self {
        Self::new()
    }
}
