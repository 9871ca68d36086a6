//! What the present thread belongs to: the driver that sockets and timers register with.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, Waker};

use wane_channel::base::sync::{Arc, Mutex, thread};

use crate::driver::Handle;

thread_local! {
    static DRIVER: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// The driver of the runtime that this thread is in.
pub(crate) fn driver() -> Option<Handle> {
    DRIVER.with_borrow(Clone::clone)
}

/// Puts this thread into the driver's runtime until the guard is dropped.
pub(crate) fn enter(driver: Handle) -> Entered {
    Entered(DRIVER.replace(Some(driver)))
}

/// Puts back what was before.
#[derive(Debug)]
pub(crate) struct Entered(Option<Handle>);

impl Drop for Entered {
    fn drop(&mut self) {
        DRIVER.replace(self.0.take());
    }
}

/// Runs `work`, which blocks, off the async threads, and waits for what it returns.
pub(crate) async fn spawn_blocking_resolve<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let answer = Arc::new(Answer {
        slot: Mutex::new((None, None)),
    });
    let promise = Arc::clone(&answer);
    thread::Builder::new()
        .name("wane-resolve".to_owned())
        .spawn(move || promise.give(work()))?;
    poll_fn(|ctx| answer.poll_take(ctx)).await
}

/// A value that one thread gives and a task waits for.
struct Answer<T> {
    slot: Mutex<(Option<T>, Option<Waker>)>,
}

impl<T> Answer<T> {
    fn give(&self, value: T) {
        let mut slot = self.slot.lock();
        slot.0 = Some(value);
        let waker = slot.1.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll_take(&self, ctx: &Context<'_>) -> Poll<T> {
        let fresh = ctx.waker().clone();
        let mut slot = self.slot.lock();
        let taken = slot.0.take();
        let stale = slot.1.replace(fresh);
        drop(slot);
        drop(stale);
        taken.map_or(Poll::Pending, Poll::Ready)
    }
}
