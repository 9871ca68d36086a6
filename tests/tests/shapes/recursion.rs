//! A million calls, each inside of the one before, and none in tail position.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use futures_lite::future::{block_on, pending, yield_now};
use wane::future::{DepthExceeded, Recursive, recursive};

use crate::{HEAP, taken};

const DEPTH: u64 = 1_000_000;

/// Wake-ups at the bottom.
const WAKES: u64 = 100;

/// What a call of these functions may take while it is under way.
const LEVEL_MAX: isize = 192;

thread_local! {
    static POLLS: Cell<u64> = const { Cell::new(0) };
}

/// Counts how often the future inside is polled.
struct Counted<F>(F);

impl<F: Future + Unpin> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<F::Output> {
        POLLS.set(POLLS.get() + 1);
        Pin::new(&mut self.0).poll(ctx)
    }
}

fn sum_to(n: u64) -> Recursive<u64> {
    recursive(async move {
        if n > 0 {
            return n + Counted(sum_to(n - 1)).await;
        }
        let before = POLLS.get();
        for _ in 0..WAKES {
            yield_now().await;
        }
        assert_eq!(POLLS.get(), before, "no wake-up polls a caller");
        0
    })
}

pub(crate) fn a_wake_up_costs_one_poll_however_deep_it_is() {
    let (sum, taken) = taken(|| block_on(sum_to(DEPTH)));
    let level = taken.peak / DEPTH as isize;
    println!("{DEPTH} calls inside of each other: {level} bytes each, {taken:?}");
    assert_eq!(sum, DEPTH * (DEPTH + 1) / 2);
    assert_eq!(POLLS.get(), 2 * DEPTH, "once to call, once to return");
    assert!(level <= LEVEL_MAX, "{level} bytes");
    assert_eq!(taken.left, 0, "{taken:?}");
}

/// Looks at the heap around each call.
fn descend_in_balance(n: u64) -> Recursive<()> {
    recursive(async move {
        let before = HEAP.live();
        match n {
            0 => yield_now().await,
            _ => descend_in_balance(n - 1).await,
        }
        assert_eq!(HEAP.live(), before, "the call is given back");
    })
}

pub(crate) fn a_call_s_memory_is_back_before_its_caller_goes_on() {
    block_on(descend_in_balance(1_000));
    let mut held = descend_in_balance(1_000);
    block_on(&mut held);
    assert!(size_of_val(&held) <= 32, "it is held until here");
}

/// Dropped in the order of falling numbers, each after the one before.
struct Numbered(u64, Arc<AtomicU64>);

impl Drop for Numbered {
    fn drop(&mut self) {
        let before = self.1.fetch_sub(1, Ordering::SeqCst);
        assert_eq!(before, self.0, "the callers of a call are still there");
    }
}

fn descend(n: u64, live: Arc<AtomicU64>, bottom: fn()) -> Recursive<()> {
    recursive(async move {
        live.fetch_add(1, Ordering::SeqCst);
        let _number = Numbered(n, live.clone());
        if n < DEPTH {
            return descend(n + 1, live, bottom).await;
        }
        bottom();
        pending().await
    })
}

pub(crate) fn a_deep_recursion_is_dropped_from_the_top() {
    let live = Arc::new(AtomicU64::new(0));
    let before = HEAP.live();
    let mut recursion = Box::pin(descend(1, live.clone(), || ()));
    let mut ctx = Context::from_waker(Waker::noop());
    assert!(recursion.as_mut().poll(&mut ctx).is_pending());
    assert_eq!(live.load(Ordering::SeqCst), DEPTH);
    drop(recursion);
    assert_eq!(live.load(Ordering::SeqCst), 0);
    assert_eq!(HEAP.live(), before);
}

/// Without the panic hook's report.
fn panic_quietly() {
    resume_unwind(Box::new("the bottom"));
}

pub(crate) fn a_panic_at_the_bottom_takes_all_frames_with_it() {
    let live = Arc::new(AtomicU64::new(0));
    let mut recursion = pin!(descend(1, live.clone(), panic_quietly));
    let mut ctx = Context::from_waker(Waker::noop());
    let polled = catch_unwind(AssertUnwindSafe(|| recursion.as_mut().poll(&mut ctx)));
    assert!(polled.is_err());
    assert_eq!(live.load(Ordering::SeqCst), 0, "before it is dropped");
}

fn endless() -> Recursive<Result<(), DepthExceeded>> {
    recursive(async move {
        yield_now().await;
        endless().within(DEPTH as usize).await?
    })
}

pub(crate) fn a_limit_ends_a_recursion_that_would_not() {
    let (ended, taken) = taken(|| block_on(endless()));
    let error = ended.expect_err("it never returns by itself");
    assert_eq!(error.depth_max(), DEPTH as usize);
    assert_eq!(taken.left, 0, "{taken:?}");
}
