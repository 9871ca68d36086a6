//! Tail calls.

use std::future::pending;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use wane::future::{Tail, TailCall, tail, tail_loop};
use wane::runtime::Builder;
use wane_tests::drops::{Ledger, Token};
use wane_tests::runtimes::in_each;

use super::{now, panic_quietly, poll_once};

/// More calls than one poll may make.
const MANY: u32 = 10_000;

fn is_even(n: u32) -> TailCall<'static, bool> {
    tail(async move {
        match n {
            0 => Tail::Return(true),
            _ => Tail::Call(is_odd(n - 1)),
        }
    })
}

fn is_odd(n: u32) -> TailCall<'static, bool> {
    tail(async move {
        match n {
            0 => Tail::Return(false),
            _ => Tail::Call(is_even(n - 1)),
        }
    })
}

#[test]
fn functions_that_call_each_other_run_as_a_task() {
    in_each(|| async {
        assert!(wane::spawn(is_even(MANY)).await.expect("no panic"));
        assert!(wane::spawn(is_odd(MANY + 1)).await.expect("no panic"));
    });
}

#[test]
fn a_loop_of_tail_calls_runs_as_a_task() {
    in_each(|| async {
        let sum = tail_loop((MANY, 0_u64), async |(n, sum)| {
            wane::task::yield_now().await;
            match n {
                0 => Tail::Return(sum),
                _ => Tail::Call((n - 1, sum + u64::from(n))),
            }
        });
        let sum = wane::spawn(sum).await.expect("no panic");
        assert_eq!(sum, u64::from(MANY) * u64::from(MANY + 1) / 2);
    });
}

#[test]
fn a_chain_that_never_waits_lets_others_run() {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("the system gives descriptors");
    let step = async |n: u32| match n {
        0 => Tail::Return(true),
        _ => Tail::Call(n - 1),
    };
    let other_ran = |chain: TailCall<'static, bool>| {
        runtime.block_on(async {
            let has_run = Arc::new(AtomicBool::new(false));
            let runs = has_run.clone();
            wane::spawn(async move { runs.store(true, Ordering::SeqCst) });
            let ended = wane::spawn(async move {
                assert!(chain.await);
                has_run.load(Ordering::SeqCst)
            });
            ended.await.expect("no panic")
        })
    };
    assert!(other_ran(is_even(MANY)));
    assert!(other_ran(tail(async move {
        Tail::Return(tail_loop(MANY, step).await)
    })));
}

#[test]
fn a_caller_is_gone_before_the_next_call_begins() {
    fn call(n: u32, ledger: Arc<Ledger>) -> TailCall<'static, u32> {
        tail(async move {
            assert!(ledger.is_settled(), "the callers are gone");
            let _token = ledger.token();
            match n {
                0 => Tail::Return(7),
                _ => Tail::Call(call(n - 1, ledger)),
            }
        })
    }
    let ledger = Ledger::new();
    assert_eq!(now(call(100, ledger.clone())), 7);
    assert_eq!(ledger.made(), 101);
    assert!(ledger.is_settled());
}

#[test]
fn a_chain_that_is_over_holds_nothing_though_it_is_held() {
    let ledger = Ledger::new();
    let token = ledger.token();
    let mut chain = pin!(tail(Holds(token, PhantomData)));
    now(chain.as_mut());
    assert!(ledger.is_settled());
    let mut steps = pin!(tail_loop(ledger.token(), |token| {
        Holds(token, PhantomData)
    }));
    now(steps.as_mut());
    assert!(ledger.is_settled());
}

/// Returns at once, and holds a token until it is dropped.
struct Holds<C>(
    #[expect(dead_code, reason = "it is there to be dropped")] Token,
    PhantomData<C>,
);

impl<C> Future for Holds<C> {
    type Output = Tail<C, ()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Tail::Return(()))
    }
}

#[test]
fn calls_may_borrow_what_outlives_them() {
    fn sum<'a>(words: &'a [String], so_far: &'a mut usize) -> TailCall<'a, usize> {
        tail(async move {
            match words {
                [] => Tail::Return(*so_far),
                [word, rest @ ..] => {
                    *so_far += word.len();
                    Tail::Call(sum(rest, so_far))
                }
            }
        })
    }
    let words = ["a".to_owned(), "tail".to_owned()];
    assert_eq!(now(sum(&words, &mut 0)), 5);
    let mut longest = "";
    let out = now(tail_loop(&words[..], |words| {
        let next = match words {
            [] => Tail::Return(longest),
            [word, rest @ ..] => {
                longest = if word.len() > longest.len() {
                    word
                } else {
                    longest
                };
                Tail::Call(rest)
            }
        };
        async move { next }
    }));
    assert_eq!(out, "tail");
}

#[test]
fn a_dropped_chain_drops_the_call_that_runs_and_begins_no_other() {
    fn call(n: u32, token: Token) -> TailCall<'static, ()> {
        tail(async move {
            let token = token;
            match n {
                0 => pending().await,
                _ => Tail::Call(call(n - 1, token)),
            }
        })
    }
    let ledger = Ledger::new();
    let mut chain = Box::pin(call(3, ledger.token()));
    assert!(poll_once(chain.as_mut()).is_pending());
    assert_eq!(ledger.live(), 1);
    drop(chain);
    drop(call(3, ledger.token()));
    assert!(ledger.is_settled());
    let mut steps = Box::pin(tail_loop(ledger.token(), async |token| {
        pending::<()>().await;
        Tail::<Token, ()>::Call(token)
    }));
    assert!(poll_once(steps.as_mut()).is_pending());
    drop(steps);
    assert!(ledger.is_settled());
}

#[test]
fn a_panic_of_a_call_comes_out_of_the_chain() {
    fn call(n: u32) -> TailCall<'static, ()> {
        tail(async move {
            match n {
                0 => panic_quietly("at the end"),
                _ => Tail::Call(call(n - 1)),
            }
        })
    }
    let mut chain = pin!(call(3));
    let polled = catch_unwind(AssertUnwindSafe(|| poll_once(chain.as_mut())));
    let panic = polled.expect_err("the last call panics");
    assert_eq!(panic.downcast_ref(), Some(&"at the end"));
}
