//! The one worker of a current-thread runtime: whoever is inside `block_on` takes its seat.
//!
//! A second thread that blocks on the same runtime waits on its own, polls its own future when that
//! is woken, and takes the seat when the first leaves it.

use std::fmt;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Wake, Waker};

use wane_channel::base::budget;
use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::{Arc, Mutex, Weak};

use super::core::Core;
use super::local::{self, Seat};
use super::worker::{Until, Worker};
use crate::cell::runnable::Runnable;
use crate::parts::local_queue::LocalQueue;
use crate::parts::parker::{Parker, Unparker};

/// The worker's seat, and those who wait for it.
pub(crate) struct CurrentThread {
    core: Arc<Core>,
    state: Mutex<State>,
}

struct State {
    /// The queue, while nobody sits.
    queue: Option<LocalQueue<Runnable>>,
    waiting: Vec<Unparker>,
}

impl CurrentThread {
    pub(crate) fn new(core: Arc<Core>, queue: LocalQueue<Runnable>) -> Self {
        Self {
            core,
            state: Mutex::new(State {
                queue: Some(queue),
                waiting: Vec::new(),
            }),
        }
    }

    /// Runs the future, and the runtime's tasks beside it, until the future is ready.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut parker = Parker::new();
        let waker = parker.unparker().into_waker();
        loop {
            match self.take_seat(&parker) {
                Some(queue) => return self.drive(queue, future),
                None => {
                    if let Poll::Ready(output) = poll(future.as_mut(), &waker) {
                        self.leave_line();
                        return output;
                    }
                    parker.park();
                }
            }
        }
    }

    /// Drops every task; the runtime is over.
    pub(crate) fn shut_down(&self) {
        self.core.stop();
        let queue = self.state.lock().queue.take();
        // Nobody else can be inside `block_on`: it borrows the runtime, which is being dropped.
        let queue = queue.expect("the seat is free when the runtime goes");
        let (_sitting, seat) = Sitting::new(self, queue);
        Worker::new(seat).leave();
    }

    /// Takes the seat, or gets in line for it.
    fn take_seat(&self, parker: &Parker) -> Option<LocalQueue<Runnable>> {
        let mut state = self.state.lock();
        let queue = state.queue.take();
        if queue.is_none() {
            state.waiting.push(parker.unparker());
        }
        queue
    }

    /// A thread whose future was ready before it got the seat: a token that was meant for it may be
    /// lost with it, so that the others look again.
    fn leave_line(&self) {
        let waiting = std::mem::take(&mut self.state.lock().waiting);
        waiting.iter().for_each(Unparker::unpark);
    }

    /// Sits down and works until the future is ready.
    fn drive<F: Future>(&self, queue: LocalQueue<Runnable>, future: Pin<&mut F>) -> F::Output {
        let (_sitting, seat) = Sitting::new(self, queue);
        let target = Arc::new(Target(self.core.clone()));
        let root = Root {
            woken: AtomicBool::new(true),
            target: Arc::downgrade(&target),
        };
        let root = Arc::new(root);
        let waker = Waker::from(root.clone());
        let mut until = Ready {
            future,
            woken: &root,
            waker,
            output: None,
        };
        Worker::new(seat).run(&mut until);
        until
            .output
            .expect("the worker leaves when the future is ready")
    }
}

/// A thread in the seat. Dropped, also in a panic of the user's future, it frees the seat.
struct Sitting<'a> {
    current: &'a CurrentThread,
    seat: Option<Rc<Seat>>,
    seated: Option<local::Seated>,
}

impl<'a> Sitting<'a> {
    fn new(current: &'a CurrentThread, queue: LocalQueue<Runnable>) -> (Self, Rc<Seat>) {
        let seat = Rc::new(Seat::new(current.core.clone(), 0, queue));
        let seated = local::sit(&seat);
        (
            Self {
                current,
                seat: Some(seat.clone()),
                seated: Some(seated),
            },
            seat,
        )
    }
}

impl Drop for Sitting<'_> {
    fn drop(&mut self) {
        drop(self.seated.take());
        let seat = self.seat.take().and_then(Rc::into_inner);
        let seat = seat.expect("the worker goes before its seat");
        let waiting = {
            let mut state = self.current.state.lock();
            state.queue = Some(seat.queue);
            std::mem::take(&mut state.waiting)
        };
        waiting.iter().for_each(Unparker::unpark);
    }
}

/// Until the future is ready.
struct Ready<'a, F: Future> {
    future: Pin<&'a mut F>,
    woken: &'a Root,
    waker: Waker,
    output: Option<F::Output>,
}

impl<F: Future> Until for Ready<'_, F> {
    fn is_reached(&mut self) -> bool {
        if self.woken.take()
            && let Poll::Ready(output) = poll(self.future.as_mut(), &self.waker)
        {
            self.output = Some(output);
        }
        self.output.is_some()
    }
}

/// Polls a future that is not a task.
fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    budget::refill();
    let polled = future.poll(&mut Context::from_waker(waker));
    budget::lift();
    polled
}

/// The waker of the future in `block_on`: tells the worker in the seat to poll it. It keeps nothing
/// of the runtime.
struct Root {
    woken: AtomicBool,
    target: Weak<Target>,
}

/// What a root waker reaches while its `block_on` lasts.
struct Target(Arc<Core>);

impl Root {
    fn take(&self) -> bool {
        // ORDERING: a hint; the swap has the edge.
        let woken = self.woken.load(Ordering::Relaxed);
        // ORDERING: Acquire pairs with `wake`.
        woken && self.woken.swap(false, Ordering::Acquire)
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release pairs with `take`; a repeated wake is a write again, for its caller's sake.
        if !self.woken.swap(true, Ordering::AcqRel)
            && let Some(target) = self.target.upgrade()
        {
            target.0.unpark(0);
        }
    }
}

impl fmt::Debug for CurrentThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentThread")
            .field("core", &self.core)
            .finish_non_exhaustive()
    }
}
