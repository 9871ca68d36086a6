//! Waiting for a point in time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use wane_channel::base::budget;

use super::Instant;
use crate::context;
use crate::driver::{Handle, Watch, WeakHandle};
use crate::parts::wheel::Key;

/// Waits until `deadline`.
///
/// # Panics
///
/// Outside of a runtime; see [`sleep`].
///
/// # Cancellation
///
/// *Strict*: dropping the [`Sleep`] takes its timer out at once.
///
/// ```
/// use wane::time::{Duration, Instant, sleep_until};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let deadline = Instant::now() + Duration::from_millis(5);
///     sleep_until(deadline).await;
///     assert!(Instant::now() >= deadline);
/// });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep::new(deadline)
}

/// Waits until `duration` has passed. A duration without end becomes one of some thirty years.
///
/// # Panics
///
/// Outside of a runtime. Call it from a task, inside `Runtime::block_on`, or after
/// `Runtime::enter`. Awaiting it panics if its runtime has shut down meanwhile.
///
/// # Cancellation
///
/// *Strict*: dropping the [`Sleep`] takes its timer out at once.
///
/// ```
/// use wane::time::{Duration, Instant, sleep};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let start = Instant::now();
///     sleep(Duration::from_millis(5)).await;
///     assert!(start.elapsed() >= Duration::from_millis(5));
/// });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    let deadline = Instant::now().checked_add(duration);
    Sleep::new(deadline.unwrap_or_else(Instant::far_future))
}

/// The future of [`sleep`] and [`sleep_until`].
///
/// Its timer is armed by the first poll, and taken out when the `Sleep` is dropped or reset.
///
/// ```
/// use std::pin::pin;
/// use wane::time::{Duration, Instant, sleep};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let mut timer = pin!(sleep(Duration::from_secs(3600)));
///     assert!(!timer.is_elapsed());
///     timer.as_mut().reset(Instant::now() + Duration::from_millis(1));
///     timer.as_mut().await;
///     assert!(timer.is_elapsed());
/// });
/// # std::io::Result::Ok(())
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    deadline: Instant,
    stage: Stage,
    driver: WeakHandle,
}

/// How far a sleep has come.
#[derive(Clone, Copy)]
enum Stage {
    /// Not polled yet: no timer.
    New,
    /// A timer is in the wheel, or has fired and nobody has looked.
    Armed(Key),
    /// The deadline has passed: no timer any more.
    Elapsed,
}

impl Sleep {
    #[track_caller]
    pub(super) fn new(deadline: Instant) -> Self {
        let Some(driver) = context::driver() else {
            panic!(
                "there is no runtime to keep this timer: call it from a task, inside \
                 `wane::runtime::Runtime::block_on`, or after `Runtime::enter`"
            );
        };
        Self {
            deadline,
            stage: Stage::New,
            driver: driver.downgrade(),
        }
    }

    /// The point in time that this waits for.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// True once it has been awaited to its end, or its timer has fired.
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        match self.stage {
            Stage::New => false,
            Stage::Armed(_) => Instant::now() >= self.deadline,
            Stage::Elapsed => true,
        }
    }

    /// Waits for another point in time instead, also where the former has passed.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.get_mut().restart(deadline);
    }

    pub(super) fn restart(&mut self, deadline: Instant) {
        self.disarm();
        self.deadline = deadline;
        self.stage = Stage::New;
    }

    /// Takes the timer out of the wheel where it still may be in.
    fn disarm(&mut self) {
        if let Stage::Armed(key) = self.stage
            && let Some(driver) = self.driver.upgrade()
        {
            driver.disarm_timer(key);
        }
    }

    /// Ready once the deadline has passed; otherwise the task will be woken then.
    fn poll_stage(&mut self, ctx: &Context<'_>) -> Poll<()> {
        let watch = match self.stage {
            Stage::Elapsed => Watch::Fired,
            Stage::New if Instant::now() >= self.deadline => Watch::Fired,
            Stage::New => self.arm(ctx),
            Stage::Armed(key) => match self.driver.upgrade() {
                Some(driver) => driver.watch_timer(key, ctx.waker()),
                None => Watch::ShutDown,
            },
        };
        match watch {
            Watch::Waiting => Poll::Pending,
            Watch::Fired => Poll::Ready(()),
            Watch::ShutDown if Instant::now() >= self.deadline => Poll::Ready(()),
            Watch::ShutDown => panic!("a timer is awaited whose runtime has shut down"),
        }
    }

    fn arm(&mut self, ctx: &Context<'_>) -> Watch {
        let arm = |driver: Handle| {
            let armed = driver.arm_timer(self.deadline.into_std(), ctx.waker().clone());
            armed.ok()
        };
        match self.driver.upgrade().and_then(arm) {
            Some(key) => {
                self.stage = Stage::Armed(key);
                Watch::Waiting
            }
            None => Watch::ShutDown,
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        ready!(this.poll_stage(ctx));
        this.stage = Stage::Elapsed;
        budget::spend(ctx)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm();
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("deadline", &self.deadline)
            .field("is_elapsed", &self.is_elapsed())
            .finish()
    }
}
