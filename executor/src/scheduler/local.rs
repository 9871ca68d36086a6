//! The worker that this thread is, if it is one: how tasks that are woken or spawned here reach its
//! own queue.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wane_channel::base::sync::Arc;

use super::core::Core;
use super::team::Remote;
use crate::cell::join::JoinHandle;
use crate::cell::runnable::{self, Runnable};
use crate::cell::schedule::Place;
use crate::parts::local_queue::LocalQueue;

thread_local! {
    static LOCAL: Local = const { Local::new() };
}

struct Local {
    /// Whose worker this thread is. Compared, never read through.
    core: Cell<*const Core>,
    seat: RefCell<Option<Rc<Seat>>>,
    /// Whose thread this is, in a seat or not. Compared, never read through.
    employer: Cell<*const Core>,
}

/// A worker's place: its end of its queue. It stays on one thread.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(super) core: Arc<Core>,
    pub(super) index: usize,
    pub(super) queue: LocalQueue<Runnable>,
    /// The runtime is over: what is spawned here is cancelled at once.
    draining: Cell<bool>,
    /// Draining, or somebody watches: a spawn has more to do than to queue the task.
    is_special: Cell<bool>,
}

impl Seat {
    pub(super) fn new(core: Arc<Core>, index: usize, queue: LocalQueue<Runnable>) -> Self {
        Self {
            is_special: Cell::new(core.config.observer.is_some()),
            core,
            index,
            queue,
            draining: Cell::new(false),
        }
    }

    /// What the others see of this worker.
    #[inline]
    pub(super) fn remote(&self) -> &Remote {
        &self.core.team.remotes[self.index]
    }

    /// Makes a task and queues it to run next. Where the runtime is over the task is cancelled.
    #[track_caller]
    #[inline]
    pub(crate) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (runnable, handle) = runnable::spawn(future, &self.core, &self.core.lease);
        if self.is_special.get() {
            self.admit_specially(runnable);
        } else {
            self.admit(runnable);
        }
        handle
    }

    #[inline(always)]
    fn admit(&self, runnable: Runnable) {
        let remote = self.remote();
        remote.spawned.increment();
        self.push_next_at(remote, runnable);
    }

    #[cold]
    #[inline(never)]
    fn admit_specially(&self, runnable: Runnable) {
        self.core.show(&runnable);
        if self.draining.get() {
            self.core.cancel(runnable);
        } else {
            self.admit(runnable);
        }
    }

    /// From now on what is spawned here is cancelled at once.
    pub(super) fn drain(&self) {
        self.draining.set(true);
        self.is_special.set(true);
    }

    /// Queues a task to run next; see [`Team::push_next`](super::team::Team::push_next).
    #[inline]
    pub(super) fn push_next(&self, runnable: Runnable) {
        self.push_next_at(self.remote(), runnable);
    }

    #[inline]
    fn push_next_at(&self, remote: &Remote, runnable: Runnable) {
        self.core.team.push_next(remote, &self.queue, runnable);
        if remote.is_next_watched() {
            self.core.rescue.tell_of_next(remote);
        }
    }

    /// Queues a task behind the others; see [`Team::push_shared`](super::team::Team::push_shared).
    #[inline]
    pub(super) fn push_shared(&self, runnable: Runnable) {
        self.core.team.push_shared(&self.queue, runnable);
    }

    /// Queues a task behind the others; see [`Team::push_behind`](super::team::Team::push_behind).
    #[inline]
    pub(super) fn push_behind(&self, runnable: Runnable) {
        self.core
            .team
            .push_behind(self.index, &self.queue, runnable);
    }

    /// Says that the present poll blocks: whatever is queued here goes to others.
    pub(super) fn declare_blocked(&self) {
        if let Some(runnable) = self.remote().next.take() {
            self.push_shared(runnable);
        }
        self.remote().set_blocked(true);
        self.core.rescue.relieve(&self.core);
    }

    /// The poll goes on as others do.
    pub(super) fn take_back_blocked(&self) {
        self.remote().set_blocked(false);
    }

    /// Whether there is nothing to do here.
    pub(super) fn is_idle(&self) -> bool {
        self.remote().next.is_empty() && self.queue.is_empty()
    }
}

/// Queues a task of `core` that was woken on this thread.
///
/// # Errors
///
/// The runnable, where this thread is not one of the core's workers.
#[inline]
pub(super) fn woken(core: *const Core, runnable: Runnable, place: Place) -> Result<(), Runnable> {
    match seat_of(core) {
        Some(seat) => {
            match place {
                Place::Next => seat.push_next(runnable),
                Place::Back => seat.push_shared(runnable),
            }
            Ok(())
        }
        None => Err(runnable),
    }
}

/// This thread's seat, if it is one of the core's workers. The core is compared and not read.
#[inline]
pub(crate) fn seat_of(core: *const Core) -> Option<Rc<Seat>> {
    // A thread that is ending is no worker any more.
    let seat = LOCAL.try_with(|local| match std::ptr::eq(local.core.get(), core) {
        true => local.seat.borrow().clone(),
        false => None,
    });
    seat.ok().flatten()
}

/// The seat that this thread is in, whosever it is.
pub(super) fn present_seat() -> Option<Rc<Seat>> {
    LOCAL
        .try_with(|local| local.seat.borrow().clone())
        .ok()
        .flatten()
}

/// Leaves the seat until the guard goes: what this thread wakes or spawns meanwhile goes to others.
pub(super) fn stand_up() -> Seated {
    Seated {
        before: LOCAL.with(|local| local.swap(None)),
    }
}

/// Makes this thread the worker with this seat until the guard goes; then it is what it was before.
pub(super) fn sit(seat: &Rc<Seat>) -> Seated {
    Seated {
        before: LOCAL.with(|local| local.swap(Some(seat.clone()))),
    }
}

/// Lets the seat go.
pub(super) struct Seated {
    before: Option<Rc<Seat>>,
}

impl Drop for Seated {
    fn drop(&mut self) {
        let before = self.before.take();
        // Dropped with nothing borrowed: the last owner of a core runs destructors.
        let left = LOCAL.with(|local| local.swap(before));
        drop(left);
    }
}

impl Local {
    const fn new() -> Self {
        Self {
            core: Cell::new(std::ptr::null()),
            seat: RefCell::new(None),
            employer: Cell::new(std::ptr::null()),
        }
    }

    fn swap(&self, seat: Option<Rc<Seat>>) -> Option<Rc<Seat>> {
        self.core.set(
            seat.as_ref()
                .map_or(std::ptr::null(), |seat| Arc::as_ptr(&seat.core)),
        );
        self.seat.replace(seat)
    }
}

/// Makes this thread one of the core's own for the rest of its life: a worker, whether it has left its
/// seat or not, or the monitor.
pub(super) fn hire(core: &Arc<Core>) {
    LOCAL.with(|local| local.employer.set(Arc::as_ptr(core)));
}

/// Whether this thread is one of the core's own, or in a seat of it.
pub(crate) fn works_for(core: &Arc<Core>) -> bool {
    let core = Arc::as_ptr(core);
    let works = LOCAL.try_with(|local| {
        std::ptr::eq(local.core.get(), core) || std::ptr::eq(local.employer.get(), core)
    });
    works.unwrap_or(false)
}
