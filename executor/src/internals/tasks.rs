//! The door through which models reach the task cell: its roles, and two schedulers made for them.
//!
//! The schedulers add nothing that a model could lean on by mistake:
//!
//! - [`Hands`] leaves each runnable with the thread that queued it. There is no shared queue, so
//!   that every edge between two threads comes from the state word.
//! - [`Desk`] has a locked queue, admission and a shutdown, and goes when its last count does. It is
//!   told apart from one that has gone by address, so that a touch of the dead is a failed assertion.
//!
//! What is plain memory here decides nothing that another thread does: one thread of the system
//! carries all threads of a model.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::Waker;

pub use crate::cell::{AbortHandle, JoinError, JoinHandle};

use wane_channel::base::budget;
use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};
use wane_channel::base::sync::thread::{self, ThreadId};
use wane_channel::base::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::cell::abort::abort_all;
use crate::cell::region::{self, Lease};
use crate::cell::runnable;
use crate::cell::schedule::{Place, Schedule};

thread_local! {
    /// What each thread of the model has queued with [`Hands`].
    static HELD: RefCell<Vec<(ThreadId, Runnable)>> = const { RefCell::new(Vec::new()) };
    /// The threads that are workers of a desk.
    static SEATS: RefCell<Vec<(ThreadId, Arc<Desk>)>> = const { RefCell::new(Vec::new()) };
    /// The addresses of the desks that have not gone.
    static DESKS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Begins a run of a model: no slot, no runnable, no scheduler of the run before.
pub fn reset() {
    region::reset();
    budget::lift();
    HELD.take().into_iter().for_each(std::mem::forget);
    SEATS.take().into_iter().for_each(std::mem::forget);
    DESKS.take();
}

/// How many slots hold a task or a result.
#[must_use]
pub fn slots_in_use() -> usize {
    region::slots_in_use()
}

/// How many runnables no thread has taken from its [`Hands`].
#[must_use]
pub fn runnables_held() -> usize {
    HELD.with_borrow(Vec::len)
}

/// The permission to run a task once.
#[derive(Debug)]
#[must_use]
pub struct Runnable(runnable::Runnable);

/// What became of a task that was run.
#[derive(Debug)]
#[must_use]
pub enum Ran {
    /// It sleeps until it is woken.
    Asleep,
    /// It was woken while it ran.
    Again(Runnable),
    /// It is over.
    Over,
}

impl Runnable {
    pub(super) fn new(runnable: runnable::Runnable) -> Self {
        Self(runnable)
    }

    /// Polls the task, or drops its future where abort was asked for.
    pub fn run(self) -> Ran {
        match self.0.run() {
            runnable::Ran::Asleep => Ran::Asleep,
            runnable::Ran::Again(again) => Ran::Again(Self(again)),
            runnable::Ran::Over => Ran::Over,
        }
    }

    /// Runs the task for as long as it is woken meanwhile. Returns whether it is over.
    pub fn run_on(self) -> bool {
        let mut ran = self.run();
        loop {
            match ran {
                Ran::Again(again) => ran = again.run(),
                Ran::Asleep => return false,
                Ran::Over => return true,
            }
        }
    }

    /// Drops the task's future without polling it.
    pub fn cancel(self) {
        self.0.cancel();
    }
}

/// Has the waker woken at the end of the task, as sets and scopes do; false where it is over.
#[must_use]
pub fn wake_at_end<T>(handle: &mut JoinHandle<T>, waker: &Waker) -> bool {
    handle.wake_at_end(waker)
}

/// Takes the outcome where the task is over.
#[must_use]
pub fn try_take<T>(handle: &mut JoinHandle<T>) -> Option<Result<T, JoinError>> {
    handle.try_take()
}

/// Detaches the task and leaves the waker with it.
pub fn detach<T>(mut handle: JoinHandle<T>) {
    handle.detach();
}

/// The place of a task that was born asleep.
#[derive(Debug)]
pub struct Sleeper(runnable::Sleeper);

impl Sleeper {
    pub(super) fn new(sleeper: runnable::Sleeper) -> Self {
        Self(sleeper)
    }

    /// The task, unless an abort was first.
    #[must_use]
    pub fn wake(self) -> Option<Runnable> {
        self.0.wake().map(Runnable)
    }

    /// Whether an abort was first.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.0.is_aborted()
    }
}

/// A scheduler whose every thread keeps what it queues.
#[derive(Debug)]
pub struct Hands {
    lease: Lease,
    step: AtomicUsize,
}

impl Hands {
    /// A scheduler.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            lease: Lease::new(),
            step: AtomicUsize::new(0),
        })
    }

    /// Makes a task, whose first runnable is the caller's.
    pub fn spawn<F>(self: &Arc<Self>, future: F) -> (Runnable, JoinHandle<F::Output>)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // loom's clock of this thread goes on, so that what is written into the slot is later than
        // all the thread has published so far.
        // ORDERING: none.
        self.step.load(Ordering::Relaxed);
        let (runnable, handle) = runnable::spawn(future, self, &self.lease);
        (Runnable(runnable), handle)
    }

    /// Makes a task that is asleep. The caller may wake it, by what is returned.
    pub fn spawn_asleep<F>(self: &Arc<Self>, future: F) -> (Sleeper, JoinHandle<F::Output>)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // ORDERING: none; as for `spawn`.
        self.step.load(Ordering::Relaxed);
        let (sleeper, handle) = runnable::spawn_asleep(future, self, &self.lease);
        (Sleeper(sleeper), handle)
    }

    /// Asks for every task to be dropped, as a scheduler does at its end.
    pub fn abort_all(&self) {
        abort_all(&self.lease);
    }

    /// Takes what this thread has queued.
    pub fn take() -> Vec<Runnable> {
        let here = thread::current().id();
        HELD.with_borrow_mut(|held| {
            let (ours, others) = held.drain(..).partition(|(owner, _)| *owner == here);
            *held = others;
            Vec::into_iter(ours).map(|(_, runnable)| runnable).collect()
        })
    }

    /// Takes the one runnable that this thread has queued.
    ///
    /// # Panics
    ///
    /// When there is not exactly one.
    pub fn take_one() -> Runnable {
        let mut taken = Self::take();
        assert_eq!(taken.len(), 1, "this thread was to queue one runnable");
        taken.remove(0)
    }

    /// Runs what this thread has queued until nothing is left. Returns how many tasks came to
    /// their end.
    pub fn run_all() -> usize {
        let mut over = 0;
        loop {
            let taken = Self::take();
            if taken.is_empty() {
                return over;
            }
            over += taken
                .into_iter()
                .map(Runnable::run_on)
                .filter(|over| *over)
                .count();
        }
    }
}

impl Schedule for Hands {
    fn schedule_here(
        _: *const Self,
        runnable: runnable::Runnable,
        _: Place,
    ) -> Result<(), runnable::Runnable> {
        let here = thread::current().id();
        HELD.with_borrow_mut(|held| held.push((here, Runnable(runnable))));
        Ok(())
    }

    fn schedule(self: &Arc<Self>, _: runnable::Runnable) {
        unreachable!("every thread is one of the scheduler's own");
    }
}

/// A scheduler with one queue that can be shut down.
///
/// Whoever queues a task touches the desk once more afterwards, as a scheduler does that wakes a
/// worker: it must not have gone by then.
#[derive(Debug)]
pub struct Desk {
    lease: Lease,
    books: Mutex<Books>,
    changed: Condvar,
    /// Outlives the desk, and orders its end against the last touch.
    last_touch: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Books {
    queue: VecDeque<Runnable>,
    is_closed: bool,
    /// Tasks that were admitted and are not over.
    alive: usize,
}

impl Desk {
    /// A scheduler.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let desk = Arc::new(Self {
            lease: Lease::new(),
            books: Mutex::default(),
            changed: Condvar::new(),
            last_touch: Arc::new(AtomicUsize::new(0)),
        });
        DESKS.with_borrow_mut(|desks| desks.push(Arc::as_ptr(&desk).addr()));
        desk
    }

    /// Makes a task and queues it; after the close it is cancelled here and now. As in a real
    /// scheduler the admission and the push are two steps.
    pub fn spawn<F>(self: &Arc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (runnable, handle) = runnable::spawn(future, self, &self.lease);
        if self.admit() {
            self.push(Runnable(runnable));
        } else {
            runnable.cancel();
        }
        handle
    }

    /// Runs what is queued, as a worker.
    pub fn run_all(self: &Arc<Self>) {
        let _seat = Seat::take(self);
        while let Some(runnable) = self.pop() {
            match runnable.run() {
                Ran::Asleep => {}
                Ran::Again(again) => self.push(again),
                Ran::Over => self.retire(),
            }
        }
    }

    /// Drops every task and waits until all are gone, as the last worker.
    pub fn shut_down(self: Arc<Self>) {
        let _seat = Seat::take(&self);
        self.books.lock().is_closed = true;
        abort_all(&self.lease);
        while let Some(runnable) = self.wait_for_entry() {
            runnable.cancel();
            self.retire();
        }
    }

    fn admit(&self) -> bool {
        let books = &mut *self.books.lock();
        books.alive += usize::from(!books.is_closed);
        !books.is_closed
    }

    fn retire(&self) {
        self.books.lock().alive -= 1;
    }

    fn push(&self, runnable: Runnable) {
        self.books.lock().queue.push_back(runnable);
        self.changed.notify_one();
    }

    fn pop(&self) -> Option<Runnable> {
        self.books.lock().queue.pop_front()
    }

    /// The next entry, or none where no task is left.
    fn wait_for_entry(&self) -> Option<Runnable> {
        let mut books: MutexGuard<'_, Books> = self.books.lock();
        while books.queue.is_empty() && books.alive > 0 {
            self.changed.wait(&mut books);
        }
        books.queue.pop_front()
    }
}

impl Schedule for Desk {
    fn schedule_here(
        desk: *const Self,
        runnable: runnable::Runnable,
        _: Place,
    ) -> Result<(), runnable::Runnable> {
        let here = thread::current().id();
        let seat = SEATS.with_borrow(|seats| {
            let ours = |(owner, at): &&(ThreadId, Arc<Self>)| {
                *owner == here && std::ptr::eq(Arc::as_ptr(at), desk)
            };
            seats.iter().find(ours).map(|(_, desk)| Arc::clone(desk))
        });
        match seat {
            Some(desk) => {
                desk.push(Runnable(runnable));
                Ok(())
            }
            None => Err(runnable),
        }
    }

    fn schedule(self: &Arc<Self>, runnable: runnable::Runnable) {
        let address = Arc::as_ptr(self).addr();
        let last_touch = Arc::clone(&self.last_touch);
        self.push(Runnable(runnable));
        // ORDERING: none; the count makes both orders be tried.
        last_touch.fetch_add(1, Ordering::Relaxed);
        let is_there = DESKS.with_borrow(|desks| desks.contains(&address));
        assert!(
            is_there,
            "the scheduler has gone under a thread that was queueing a task"
        );
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // ORDERING: see `schedule`.
        self.last_touch.fetch_add(1, Ordering::Relaxed);
        let address = std::ptr::from_ref(self).addr();
        DESKS.with_borrow_mut(|desks| desks.retain(|desk| *desk != address));
    }
}

/// Makes this thread a worker of a desk.
struct Seat(ThreadId);

impl Seat {
    fn take(desk: &Arc<Desk>) -> Self {
        let here = thread::current().id();
        SEATS.with_borrow_mut(|seats| seats.push((here, Arc::clone(desk))));
        Self(here)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let ours = SEATS.with_borrow_mut(|seats| {
            let at = seats.iter().position(|(owner, _)| *owner == self.0);
            at.map(|at| seats.remove(at))
        });
        // The desk may go with it, which is an event of the model: not under the borrow.
        drop(ours);
    }
}
