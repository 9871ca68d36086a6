//! Recursion on the heap.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures_lite::future::block_on;
use wane::future::{DepthExceeded, Recursive, recursive};
use wane::runtime::Builder;
use wane::task::yield_now;
use wane_tests::drops::Ledger;
use wane_tests::hang::Deadline;
use wane_tests::runtimes::in_each;

use super::{now, panic_quietly, poll_once};

/// More than the thread's stack could hold.
const DEEP: u32 = 100_000;

fn fibonacci(n: u32) -> Recursive<u32> {
    recursive(async move {
        yield_now().await;
        match n {
            0 | 1 => n,
            _ => fibonacci(n - 1).await + fibonacci(n - 2).await,
        }
    })
}

fn depth(n: u32) -> Recursive<u32> {
    recursive(async move {
        match n {
            0 => 0,
            _ => 1 + depth(n - 1).await,
        }
    })
}

#[test]
fn calls_return_to_their_callers() {
    in_each(|| async {
        assert_eq!(fibonacci(12).await, 144);
        assert_eq!(wane::spawn(fibonacci(12)).await.expect("no panic"), 144);
    });
    assert_eq!(block_on(depth(DEEP)), DEEP);
}

#[test]
fn outputs_of_any_type_return() {
    fn words(n: usize) -> Recursive<Vec<String>> {
        recursive(async move {
            let mut words = match n {
                0 => return Vec::new(),
                _ => words(n - 1).await,
            };
            words.push(depth(n as u32).await.to_string());
            words
        })
    }
    assert_eq!(now(words(3)), ["1", "2", "3"]);
}

#[test]
fn a_call_is_gone_before_its_caller_goes_on() {
    fn call(n: u32, ledger: Arc<Ledger>) -> Recursive<()> {
        recursive(async move {
            let _token = ledger.token();
            assert_eq!(ledger.live() as u32, 4 - n);
            if n > 0 {
                call(n - 1, ledger.clone()).await;
            }
            assert_eq!(ledger.live() as u32, 4 - n);
        })
    }
    let ledger = Ledger::new();
    now(call(3, ledger.clone()));
    assert_eq!(ledger.made(), 4);
    assert!(ledger.is_settled());
}

#[test]
fn a_deep_recursion_that_never_waits_lets_others_run() {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("the system gives descriptors");
    let other_ran = runtime.block_on(async {
        let has_run = Arc::new(AtomicBool::new(false));
        let runs = has_run.clone();
        wane::spawn(async move { runs.store(true, Ordering::SeqCst) });
        let recursion = wane::spawn(async move {
            assert_eq!(depth(DEEP).await, DEEP);
            has_run.load(Ordering::SeqCst)
        });
        recursion.await.expect("no panic")
    });
    assert!(other_ran);
}

#[test]
fn a_timeout_around_the_recursion_ends_it() {
    fn wait(n: u32, ledger: Arc<Ledger>) -> Recursive<()> {
        recursive(async move {
            let _token = ledger.token();
            match n {
                0 => pending().await,
                _ => wait(n - 1, ledger).await,
            }
        })
    }
    in_each(|| async {
        let ledger = Ledger::new();
        let recursion = wait(DEEP, ledger.clone());
        let ended = wane::time::timeout(Duration::from_millis(20), recursion).await;
        assert!(ended.is_err());
        assert!(ledger.is_settled());
    });
}

/// Notes its number when it is dropped, and may panic then.
struct Note(u32, bool, Arc<Mutex<Vec<u32>>>);

impl Drop for Note {
    fn drop(&mut self) {
        self.2.lock().expect("no panic under it").push(self.0);
        if self.1 {
            panic_quietly("in a drop");
        }
    }
}

/// Three calls, of which the last does as it is told.
fn three(n: u32, bomb: u32, dropped: Arc<Mutex<Vec<u32>>>, last: fn()) -> Recursive<()> {
    recursive(async move {
        let _note = Note(n, n == bomb, dropped.clone());
        if n < 3 {
            return three(n + 1, bomb, dropped, last).await;
        }
        last();
        pending().await
    })
}

const NO_BOMB: u32 = 0;

#[test]
fn frames_are_dropped_from_the_top_even_if_one_panics() {
    for bomb in [NO_BOMB, 1, 2, 3] {
        let dropped = Arc::new(Mutex::new(Vec::new()));
        let mut recursion = Box::pin(three(1, bomb, dropped.clone(), || ()));
        assert!(poll_once(recursion.as_mut()).is_pending());
        let drop = catch_unwind(AssertUnwindSafe(|| drop(recursion)));
        assert_eq!(drop.is_err(), bomb != NO_BOMB);
        assert_eq!(*dropped.lock().expect("no panic under it"), [3, 2, 1]);
    }
}

#[test]
fn a_panic_drops_all_frames_and_comes_out_of_the_outermost_await() {
    for bomb in [NO_BOMB, 1, 2] {
        let dropped = Arc::new(Mutex::new(Vec::new()));
        let mut recursion = pin!(three(1, bomb, dropped.clone(), || panic_quietly("last")));
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(recursion.as_mut())));
        let panic = polled.expect_err("the last call panics");
        assert_eq!(panic.downcast_ref(), Some(&"last"), "the first panic");
        assert_eq!(*dropped.lock().expect("no panic under it"), [3, 2, 1]);
    }
}

#[test]
fn calls_side_by_side_run_one_after_the_other() {
    fn both(n: u32) -> Recursive<(u32, u32)> {
        recursive(async move {
            yield_now().await;
            match n {
                0 => (1, 1),
                _ => {
                    let (left, right) = wane::join!(both(n - 1), both(n - 1));
                    (left.0 + left.1, right.0 + right.1)
                }
            }
        })
    }
    in_each(|| async { assert_eq!(both(8).await, (256, 256)) });
}

#[test]
fn a_call_that_is_dropped_before_it_began_does_not_begin() {
    let recursion = recursive(async {
        let call = recursive(async { panic!("it is dropped before it can run") });
        let chosen = wane::select! {
            biased;
            () = call => 1,
            () = async {} => 2,
        };
        chosen + depth(3).await
    });
    assert_eq!(block_on(recursion), 5);
}

#[test]
fn what_has_a_waker_of_its_own_begins_a_stack_of_its_own() {
    // The inner executor waits for a call that the outer stack could not poll meanwhile.
    let recursion = recursive(async { block_on(fibonacci(5)) + fibonacci(5).await });
    let _deadline = Deadline::start("an executor inside of a recursion", "");
    in_each(|| async { assert_eq!(depth(2).await, 2) });
    assert_eq!(block_on(recursion), 10);
}

/// A call that has begun, in a box that can be sent away.
type Begun<T> = Pin<Box<Recursive<T>>>;

/// Where a call is handed out.
type Place<T> = Arc<Mutex<Option<Begun<T>>>>;

/// Begins a call and hands it out of the recursion, which then goes on with `then`.
fn hand_out<T: Send + 'static>(
    call: Recursive<T>,
    then: impl Future<Output = ()> + Send + 'static,
) -> (Begun<()>, Place<T>) {
    let place = Arc::new(Mutex::new(None));
    let taken = place.clone();
    let mut call = Some(Box::pin(call));
    let outer = recursive(async move {
        poll_fn(|ctx| {
            let mut call = call.take().expect("it is polled once");
            assert!(call.as_mut().poll(ctx).is_pending(), "it has only begun");
            *place.lock().expect("no panic under it") = Some(call);
            Poll::Ready(())
        })
        .await;
        then.await;
    });
    (Box::pin(outer), taken)
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().expect("no panic under it").take()
}

#[test]
fn a_call_that_leaves_its_recursion_brings_its_output_along() {
    let (outer, place) = hand_out(depth(3), yield_now());
    now(outer);
    let begun = take(&place).expect("the recursion has handed it out");
    assert_eq!(now(begun), 3);

    in_each(|| async {
        let (sender, receiver) = wane::channel::oneshot::channel();
        let waits = recursive(async move { receiver.await.expect("it is sent") });
        let (outer, place) = hand_out(waits, yield_now());
        let outer = wane::spawn(outer);
        let begun = loop {
            match take(&place) {
                Some(begun) => break begun,
                None => yield_now().await,
            }
        };
        let elsewhere = wane::spawn(begun);
        yield_now().await;
        sender.send(7).expect("the call waits");
        assert_eq!(elsewhere.await.expect("no panic"), 7);
        outer.await.expect("no panic");
    });
}

#[test]
fn a_call_whose_recursion_has_ended_before_it_panics() {
    let (outer, place) = hand_out(depth(3), async {});
    now(outer);
    let begun = take(&place).expect("the recursion has handed it out");
    let polled = catch_unwind(AssertUnwindSafe(|| now(begun)));
    let panic = polled.expect_err("there will be no output");
    let message = panic.downcast_ref::<&str>().expect("it says why");
    assert!(message.contains("ended before it"), "{message}");
}

#[test]
fn a_limit_counts_the_calls_that_are_under_way() {
    fn within(n: u32, depth_max: usize) -> Recursive<Result<u32, DepthExceeded>> {
        recursive(async move {
            match n {
                0 => Ok(0),
                _ => Ok(1 + within(n - 1, depth_max).within(depth_max).await??),
            }
        })
    }
    assert_eq!(now(within(9, 10)), Ok(9));
    let error = now(within(10, 10)).expect_err("it would be eleven");
    assert_eq!(error.depth_max(), 10);
    assert!(error.to_string().contains("10"));
    assert_eq!(now(within(9, 10).within(0)), Err(error_of(0)));
}

fn error_of(depth_max: usize) -> DepthExceeded {
    now(depth(0).within(depth_max)).expect_err("nothing may be called")
}
