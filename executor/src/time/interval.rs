//! Ticks at an interval, and what becomes of ticks that were missed.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Instant, Sleep};

/// How late a tick may come before it counts as missed: less is the timer's own imprecision.
const LATE_MAX: Duration = Duration::from_millis(5);

/// Ticks at once and then after each `period`.
///
/// # Panics
///
/// If `period` is zero, and outside of a runtime; see [`sleep`](fn@super::sleep).
///
/// ```
/// use wane::time::{Duration, Instant, interval};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let start = Instant::now();
///     let mut ticks = interval(Duration::from_millis(2));
///     for _ in 0..3 {
///         ticks.tick().await;
///     }
///     assert!(start.elapsed() >= Duration::from_millis(4));
/// });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Ticks at `start` and then after each `period`.
///
/// # Panics
///
/// If `period` is zero, and outside of a runtime; see [`sleep`](fn@super::sleep).
///
/// ```
/// use wane::time::{Duration, Instant, interval_at};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let start = Instant::now() + Duration::from_millis(5);
///     let mut ticks = interval_at(start, Duration::from_millis(2));
///     assert_eq!(ticks.tick().await, start);
/// });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(
        period > Duration::ZERO,
        "`period` must be more than zero; to run without a pause use a loop that yields"
    );
    Interval {
        delay: Sleep::new(start),
        period,
        missed_tick_behavior: MissedTickBehavior::default(),
    }
}

/// What an [`Interval`] does when ticks were missed, since nobody asked for them in time.
///
/// With a period of 10 and a task that is busy from 15 to 45, ticks come at:
///
/// | behaviour | ticks                                  |
/// |-----------|----------------------------------------|
/// | `Burst`   | 0, 10, 45 (for 20, 30, 40), 50, 60     |
/// | `Delay`   | 0, 10, 45, 55, 65                      |
/// | `Skip`    | 0, 10, 45, 50, 60                      |
///
/// ```
/// use wane::time::{Duration, MissedTickBehavior, interval};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let mut ticks = interval(Duration::from_millis(2));
///     assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Burst);
///     ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
///     assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Skip);
/// });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// Ticks without a pause until it has caught up; the default.
    #[default]
    Burst,
    /// Ticks once, and goes on with the period counted from there.
    Delay,
    /// Ticks once, and goes on with the next tick that lies on the original schedule.
    Skip,
}

impl MissedTickBehavior {
    /// The tick after one that was due at `due` and came at `now`.
    fn next(self, due: Instant, now: Instant, period: Duration) -> Option<Instant> {
        match self {
            Self::Burst => due.checked_add(period),
            Self::Delay => now.checked_add(period),
            Self::Skip => {
                let late = (now - due).as_nanos() % period.as_nanos();
                // The remainder is less than `period`, whose seconds fit.
                let late =
                    Duration::new((late / 1_000_000_000) as u64, (late % 1_000_000_000) as u32);
                now.checked_add(period - late)
            }
        }
    }
}

/// Ticks again and again; made by [`interval`] and [`interval_at`].
///
/// ```
/// use wane::time::{Duration, interval};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let mut ticks = interval(Duration::from_millis(2));
///     let first = ticks.tick().await;
///     assert_eq!(ticks.tick().await, first + ticks.period());
/// });
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Interval {
    delay: Sleep,
    period: Duration,
    missed_tick_behavior: MissedTickBehavior,
}

impl Interval {
    /// Waits for the next tick, and says when it was due.
    ///
    /// # Cancellation
    ///
    /// *Strict*: a tick that was waited for in vain comes to the next call.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|ctx| self.poll_tick(ctx)).await
    }

    /// Ready with the next tick; the last caller's task is woken for it.
    pub fn poll_tick(&mut self, ctx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.delay).poll(ctx));
        let due = self.delay.deadline();
        let now = Instant::now();
        let next = if now > due + LATE_MAX {
            self.missed_tick_behavior.next(due, now, self.period)
        } else {
            due.checked_add(self.period)
        };
        self.delay.restart(next.unwrap_or_else(Instant::far_future));
        Poll::Ready(due)
    }

    /// Ticks next when a period has passed from now on.
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Ticks next at once.
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// Ticks next when `after` has passed from now on.
    pub fn reset_after(&mut self, after: Duration) {
        let deadline = Instant::now().checked_add(after);
        self.reset_at(deadline.unwrap_or_else(Instant::far_future));
    }

    /// Ticks next at `deadline`.
    pub fn reset_at(&mut self, deadline: Instant) {
        self.delay.restart(deadline);
    }

    /// What becomes of missed ticks.
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed_tick_behavior
    }

    /// Says what is to become of missed ticks.
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed_tick_behavior = behavior;
    }

    /// The time between ticks.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }
}
