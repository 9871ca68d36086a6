//! Runs one future on a plain thread, which sleeps while the future waits.
//!
//! Each call has a parker of its own. A cached one per thread would save an allocation, but a
//! `block_on` inside a `poll` of another one would then eat the outer one's wake.
#![cfg_attr(
    not(loom),
    expect(unreachable_pub, reason = "loom models reach it through `internals`")
)]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::parker::Parker;

/// A waker that gives the parker its token.
#[must_use]
pub fn waker(parker: &Parker) -> Waker {
    parker.unparker().into_waker()
}

/// Polls the future on this thread until it is ready, parked in between.
///
/// # Panics
///
/// Where the future does.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut parker = Parker::new();
    let waker = waker(&parker);
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        // User code: no lock is held, and a panic leaves nothing behind but the parker.
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => parker.park(),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::future::poll_fn;

    use wane_channel::base::sync::thread;
    use wane_channel::base::sync::{Arc, Mutex};

    use super::*;

    /// Is ready once `wakes` wakes have come, each from a thread of its own.
    async fn woken_from_outside(mut wakes: usize) -> usize {
        let mut polls = 0;
        poll_fn(move |context| {
            polls += 1;
            let Some(left) = wakes.checked_sub(1) else {
                return Poll::Ready(polls);
            };
            wakes = left;
            let waker = context.waker().clone();
            let other = thread::Builder::new().spawn(move || waker.wake());
            drop(other.expect("a thread for the test"));
            Poll::Pending
        })
        .await
    }

    #[test]
    fn a_wake_from_another_thread_polls_again() {
        assert_eq!(block_on(woken_from_outside(0)), 1);
        assert_eq!(block_on(woken_from_outside(100)), 101);
    }

    #[test]
    fn an_inner_block_on_leaves_the_outer_wake_alone() {
        let polls = block_on(async {
            let mut woken = false;
            poll_fn(move |context| {
                context.waker().wake_by_ref();
                assert_eq!(block_on(woken_from_outside(2)), 3);
                match std::mem::replace(&mut woken, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
            woken_from_outside(1).await
        });
        assert_eq!(polls, 2);
    }

    #[test]
    fn a_waker_that_outlives_the_call_wakes_nobody() {
        let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
        let keep = Arc::clone(&kept);
        block_on(poll_fn(move |context| {
            *keep.lock() = Some(context.waker().clone());
            Poll::Ready(())
        }));
        let waker = kept.lock().take().expect("the future kept it");
        waker.wake();
    }
}
