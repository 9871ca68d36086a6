//! A deadline for a future.
#![expect(
    unsafe_code,
    reason = "the pin of a `Timeout` has to reach the future inside"
)]

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use wane_channel::base::budget;

use super::error::Elapsed;
use super::{Instant, Sleep, sleep};

/// Gives `future` the time `duration` to finish.
///
/// The future is polled first, so that one that is done at once succeeds whatever the time.
///
/// # Errors
///
/// Awaiting it returns [`Elapsed`] where the time is over first.
///
/// # Panics
///
/// Outside of a runtime; see [`sleep`](fn@sleep).
///
/// # Cancellation
///
/// As the future inside, which is dropped together with the [`Timeout`] and not before.
///
/// ```
/// use wane::time::{Duration, timeout};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let second = Duration::from_secs(1);
///     assert_eq!(timeout(second, async { 7 }).await, Ok(7));
///
///     let instant = Duration::from_millis(1);
///     assert!(timeout(instant, std::future::pending::<()>()).await.is_err());
/// });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: sleep(duration),
    }
}

/// Gives `future` until `deadline` to finish.
///
/// # Errors
///
/// Awaiting it returns [`Elapsed`] where the deadline passes first.
///
/// # Panics
///
/// Outside of a runtime; see [`sleep`](fn@sleep).
///
/// # Cancellation
///
/// As the future inside, which is dropped together with the [`Timeout`] and not before.
///
/// ```
/// use wane::time::{Duration, Instant, timeout_at};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let deadline = Instant::now() + Duration::from_millis(5);
///     assert!(timeout_at(deadline, std::future::pending::<()>()).await.is_err());
///     assert!(Instant::now() >= deadline);
/// });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: Sleep::new(deadline),
    }
}

/// The future of [`timeout`] and [`timeout_at`].
///
/// ```
/// use wane::time::{Duration, timeout};
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let timed = timeout(Duration::from_secs(1), std::future::ready(7));
///     assert_eq!(timed.into_inner().await, 7);
/// });
/// # std::io::Result::Ok(())
/// ```
///
/// # Invariants
///
/// - `value` is pinned when the `Timeout` is: no method hands it out by value or as `&mut` from
///   a pinned `Timeout`, there is no `Drop`, and `Timeout` is `Unpin` only where `value` is.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Timeout<T> {
    value: T,
    delay: Sleep,
}

impl<T> Timeout<T> {
    /// The future inside.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The future inside, to be changed.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The future inside, without the deadline.
    pub fn into_inner(self) -> T {
        self.value
    }

    fn project(self: Pin<&mut Self>) -> (Pin<&mut T>, &mut Sleep) {
        // SAFETY: nothing is moved out of the reference here: `delay` is `Unpin` and is handed out
        // by reference, `value` goes straight back under a pin.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `value` lies in a pinned `Timeout` and, by the invariant of `Timeout`, will not be
        // moved before it is dropped.
        let value = unsafe { Pin::new_unchecked(&mut this.value) };
        (value, &mut this.delay)
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let (value, delay) = self.project();
        let was_spent = budget::is_spent();
        if let Poll::Ready(output) = value.poll(ctx) {
            return Poll::Ready(Ok(output));
        }
        let mut poll_delay = || Pin::new(&mut *delay).poll(ctx);
        // A future that spends the whole budget in each poll would never let the timer have a unit.
        let has_used_it_up = !was_spent && budget::is_spent();
        let polled = match has_used_it_up {
            true => budget::unlimited(poll_delay),
            false => poll_delay(),
        };
        polled.map(|()| Err(Elapsed::new()))
    }
}
