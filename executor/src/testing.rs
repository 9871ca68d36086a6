//! A runtime of one thread and one future, for the tests of timers and sockets.

use std::any::Any;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use wane_channel::base::budget;
use wane_channel::base::sync::Arc;
use wane_channel::base::sync::atomic::{AtomicBool, Ordering};

use crate::blocking::{Blocking, config};
use crate::cell::JoinHandle;
use crate::context::{self, Entered, LookUp, Scheduler};
use crate::driver::{Driver, Handle};

/// How long nothing may happen before a test counts as hung.
const HUNG: Duration = Duration::from_secs(20);

/// A driver, and the thread that polls one future and parks in between.
pub(crate) struct Bench {
    driver: Driver,
    pub(crate) handle: Handle,
}

/// Puts this thread into a runtime that has a driver and can look names up, and no more.
pub(crate) fn enter(driver: Handle) -> Entered {
    let pool = Blocking::new(config::Config::for_cores(1));
    context::enter_runtime(driver, Arc::new(Resolver(pool)))
}

struct Resolver(Arc<Blocking>);

impl Scheduler for Resolver {
    fn look_up(&self, work: LookUp) -> io::Result<JoinHandle<io::Result<Vec<SocketAddr>>>> {
        self.0.spawn_own(work)
    }

    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

struct Bell {
    is_rung: AtomicBool,
    handle: Handle,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // ORDERING: Release pairs with the Acquire of `Bench::block_on`.
        self.is_rung.store(true, Ordering::Release);
        self.handle.unpark();
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let (driver, handle) = Driver::new().expect("the system gives descriptors");
        Self { driver, handle }
    }

    /// Polls `future` to its end, each time with a full budget.
    pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        let _entered = enter(self.handle.clone());
        let bell = Arc::new(Bell {
            is_rung: AtomicBool::new(true),
            handle: self.handle.clone(),
        });
        let waker = Waker::from(Arc::clone(&bell));
        let mut ctx = Context::from_waker(&waker);
        let mut future = pin!(future);
        let mut quiet_since = std::time::Instant::now();
        loop {
            // ORDERING: Acquire pairs with the Release of `Bell::wake`.
            if bell.is_rung.swap(false, Ordering::Acquire) {
                quiet_since = std::time::Instant::now();
                budget::refill();
                let polled = future.as_mut().poll(&mut ctx);
                budget::lift();
                if let Poll::Ready(output) = polled {
                    return output;
                }
                self.driver.turn();
            } else {
                assert!(
                    quiet_since.elapsed() < HUNG,
                    "nothing happens any more: {:?}",
                    self.handle
                );
                self.driver.park(Some(HUNG));
            }
        }
    }

    /// Gives the driver to a test that parks by itself.
    pub(crate) fn into_driver(self) -> Driver {
        self.driver
    }
}
