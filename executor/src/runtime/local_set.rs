//! Tasks that stay on one thread, and so need not be `Send`.
//!
//! A [`LocalSet`] is a scheduler of its own inside a future: it runs its tasks when that future is
//! polled. A wake from any thread puts the task into the set's queue and wakes that future; only the
//! set's thread takes tasks out. An abort does the same, so that a task is dropped where it lived.
//!
//! Invariants: L1. runnables of the set are run and cancelled on the set's thread only (the set is not
//! `Send`, and nothing else takes from the queue). L2. While nobody polls the set and its queue is not
//! empty, its waker has been woken since the queue was last seen.
//!
//! # Happens-before
//!
//! - `schedule` (unlock) → `take_batch` (lock): a poll sees what its waker did before the wake.

#![expect(unsafe_code, reason = "spawns futures that are not `Send`")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use wane_channel::base::sync::{Arc, Condvar, Mutex};

use super::runtime::Runtime;
use crate::cell::abort;
use crate::cell::region::Lease;
use crate::cell::runnable::{self, Ran, Runnable};
use crate::cell::schedule::{Place, Schedule};
use crate::cell::{JoinHandle, drop_quietly};

/// Tasks run at a time before the future around them gets its turn.
const BATCH: usize = 61;

/// Tasks for which an empty queue keeps its memory.
const KEPT_TASKS: usize = 64;

thread_local! {
    /// The set whose tasks this thread is running, or that it has entered.
    static CURRENT: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

/// A set of tasks that all run on the thread that made it.
///
/// Dropping the set drops its tasks. One that blocks the thread holds up the others of the set: they cannot
/// leave it, and no other worker can help.
///
/// ```
/// use std::rc::Rc;
/// use wane::task::LocalSet;
///
/// let runtime = wane::runtime::Builder::new_current_thread().build()?;
/// let set = LocalSet::new();
/// let length = set.block_on(&runtime, async {
///     let text = Rc::new("not Send".to_owned());
///     wane::task::spawn_local(async move { text.len() }).await.unwrap()
/// });
/// assert_eq!(length, 8);
/// # std::io::Result::Ok(())
/// ```
pub struct LocalSet {
    shared: Arc<Shared>,
    /// The tasks do not leave this thread, and so neither does the set.
    stays: PhantomData<*const ()>,
}

/// What wakers of the set's tasks reach.
struct Shared {
    inbox: Mutex<Inbox>,
    /// The set is being dropped and waits for tasks that foreign threads are about to queue.
    pushed: Condvar,
    lease: Lease,
}

struct Inbox {
    queue: VecDeque<Runnable>,
    /// The future around the set, while it sleeps.
    waker: Option<Waker>,
    /// Tasks that are not over.
    alive: usize,
    is_closed: bool,
}

impl LocalSet {
    /// A set without tasks.
    #[must_use]
    pub fn new() -> Self {
        let inbox = Inbox {
            queue: VecDeque::new(),
            waker: None,
            alive: 0,
            is_closed: false,
        };
        let shared = Shared {
            inbox: Mutex::new(inbox),
            pushed: Condvar::new(),
            lease: Lease::new(),
        };
        Self {
            shared: Arc::new(shared),
            stays: PhantomData,
        }
    }

    /// Makes [`spawn_local`] spawn into this set until the guard is dropped. The tasks run when the
    /// set is awaited or driven.
    #[must_use = "the set is left as soon as the guard is dropped"]
    pub fn enter(&self) -> LocalEnterGuard {
        let before = CURRENT.replace(Some(self.shared.clone()));
        LocalEnterGuard {
            before,
            stays: PhantomData,
        }
    }

    /// Spawns a task into the set. It runs when the set is awaited or driven.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // SAFETY: the set is not `Send`: this is its thread (L1).
        unsafe { self.shared.spawn(future) }
    }

    /// Runs a future on the runtime, with the set's tasks beside it, until it is ready.
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }

    /// Runs a future, with the set's tasks beside it, until it is ready.
    ///
    /// # Cancellation
    ///
    /// Strict: the set's tasks go on when the set is driven again.
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|ctx| {
            let _entered = self.enter();
            let polled = future.as_mut().poll(ctx);
            if polled.is_pending() {
                self.run_batch(ctx);
            }
            polled
        })
        .await
    }

    /// Runs tasks, and sees to it that the future around the set is polled again when there are more.
    fn run_batch(&self, ctx: &Context<'_>) {
        for runnable in self.shared.take_batch() {
            self.shared.run(runnable);
        }
        if self.shared.fall_asleep(ctx.waker()) == Sleep::HasTasks {
            ctx.waker().wake_by_ref();
        }
    }
}

/// Whether the future around the set may sleep.
#[derive(PartialEq, Eq)]
enum Sleep {
    UntilWoken,
    HasTasks,
}

impl Future for LocalSet {
    type Output = ();

    /// Ready when every task of the set is over.
    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let _entered = self.enter();
        self.run_batch(ctx);
        match self.shared.inbox.lock().alive {
            0 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        let _entered = self.enter();
        self.shared.drain();
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet")
            .field("alive", &self.shared.inbox.lock().alive)
            .finish()
    }
}

impl Shared {
    /// # Safety
    ///
    /// - Called on the set's thread.
    #[track_caller]
    unsafe fn spawn<F>(self: &Arc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        // SAFETY: the set's runnables stay on its thread (L1), which is this one; the handle is
        // `Send` only where the output is.
        let (runnable, handle) = unsafe { runnable::spawn_unchecked(future, self, &self.lease) };
        if self.admit() {
            self.push(runnable);
        } else {
            runnable.cancel();
        }
        handle
    }

    /// Counts a task that will be queued, or refuses it.
    fn admit(&self) -> bool {
        let mut inbox = self.inbox.lock();
        inbox.alive += usize::from(!inbox.is_closed);
        !inbox.is_closed
    }

    /// Queues a task, and wakes the future around the set if it sleeps.
    fn push(&self, runnable: Runnable) {
        let waker = {
            let mut inbox = self.inbox.lock();
            inbox.queue.push_back(runnable);
            inbox.waker.take()
        };
        self.pushed.notify_one();
        // A foreign waker may panic; whoever woke our task has nothing to do with it.
        waker
            .into_iter()
            .for_each(|waker| drop_quietly(catch_wake(waker)));
    }

    /// Leaves the waker for the next push, unless there are tasks already.
    fn fall_asleep(&self, waker: &Waker) -> Sleep {
        let fresh = waker.clone();
        let mut inbox = self.inbox.lock();
        if !inbox.queue.is_empty() {
            return Sleep::HasTasks;
        }
        let stale = inbox.waker.replace(fresh);
        // User code, outside of the lock.
        drop(inbox);
        drop(stale);
        Sleep::UntilWoken
    }

    fn take_batch(&self) -> Vec<Runnable> {
        let mut inbox = self.inbox.lock();
        let count = inbox.queue.len().min(BATCH);
        let batch = inbox.queue.drain(..count).collect();
        if inbox.queue.is_empty() && inbox.queue.capacity() > KEPT_TASKS {
            inbox.queue = VecDeque::new();
        }
        batch
    }

    fn run(&self, runnable: Runnable) {
        match runnable.run() {
            Ran::Asleep => {}
            Ran::Again(runnable) => self.push(runnable),
            Ran::Over => self.inbox.lock().alive -= 1,
        }
    }

    /// Drops every task, on the set's thread.
    fn drain(&self) {
        self.inbox.lock().is_closed = true;
        abort::abort_all(&self.lease);
        loop {
            let mut inbox = self.inbox.lock();
            if inbox.alive == 0 {
                break;
            }
            match inbox.queue.pop_front() {
                // A foreign thread has won a wake and is about to queue the task.
                None => self.pushed.wait(&mut inbox),
                Some(runnable) => {
                    drop(inbox);
                    runnable.cancel();
                    self.inbox.lock().alive -= 1;
                }
            }
        }
        let waker = self.inbox.lock().waker.take();
        drop(waker);
    }
}

fn catch_wake(waker: Waker) -> Result<(), Box<dyn std::any::Any + Send>> {
    wane_channel::base::sync::unwind::catch(|| waker.wake())
}

impl Schedule for Shared {
    fn schedule_here(_set: *const Self, runnable: Runnable, _place: Place) -> Result<(), Runnable> {
        // The queue is one for all threads.
        Err(runnable)
    }

    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        self.push(runnable);
    }
}

/// Spawns a task that need not be `Send` into the [`LocalSet`] that this thread is running.
///
/// # Panics
///
/// Outside of a set: call it in a task of the set, in [`LocalSet::run_until`], or after
/// [`LocalSet::enter`].
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let set = CURRENT.with_borrow(Clone::clone);
    let set = set.expect("`spawn_local` called from outside of a `task::LocalSet`");
    // SAFETY: `CURRENT` is set by guards of the set, which is not `Send`: this is its thread.
    unsafe { set.spawn(future) }
}

/// Keeps a thread in a set; see [`LocalSet::enter`].
#[must_use = "the set is left as soon as the guard is dropped"]
pub struct LocalEnterGuard {
    before: Option<Arc<Shared>>,
    stays: PhantomData<*const ()>,
}

impl Drop for LocalEnterGuard {
    fn drop(&mut self) {
        let before = self.before.take();
        // A thread that is ending has left.
        let left = CURRENT.try_with(|current| current.replace(before));
        drop(left);
    }
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::origin;

    #[test]
    fn every_local_task_knows_its_spawner() {
        let runtime = crate::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        let set = LocalSet::new();
        let shared = set.shared.clone();
        let line_here = move || {
            let running = origin::running(&shared.lease);
            running.first().expect("this task").spawned_at().line()
        };
        let (by_function, by_method) = (line_here.clone(), line_here);
        let (told, line) = set.block_on(&runtime, async {
            let task = spawn_local(async move { by_function() });
            (task.await.expect("no panic"), line!() - 1)
        });
        assert_eq!(told, line);
        let (task, line) = (set.spawn_local(async move { by_method() }), line!());
        let told = set.block_on(&runtime, task).expect("no panic");
        assert_eq!(told, line);
    }
}
