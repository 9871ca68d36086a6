//! Stages.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_lite::future::block_on;
use wane::future::{assert_future_size, stage};
use wane_tests::drops::{Ledger, Token};
use wane_tests::runtimes::in_each;

use super::{Diary, now, panic_quietly, poll_once};

#[test]
fn a_stage_is_gone_before_its_await_returns() {
    in_each(|| async {
        let ledger = Ledger::new();
        let token = ledger.token();
        let output = stage(async {
            wane::task::yield_now().await;
            let _token = token;
            Box::new(7)
        })
        .await;
        assert!(ledger.is_settled());
        assert_eq!(*output, 7);
    });
}

/// Ready at once, and holds a token until it is dropped.
struct Holds(#[expect(dead_code, reason = "it is there to be dropped")] Token);

impl Future for Holds {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

#[test]
fn a_stage_that_is_over_holds_nothing_though_it_is_held() {
    let ledger = Ledger::new();
    let mut staged = pin!(stage(Holds(ledger.token())));
    now(staged.as_mut());
    assert!(ledger.is_settled());
}

#[test]
fn a_stage_works_under_any_runtime() {
    let work = || stage(async { futures_lite::future::yield_now().await });
    block_on(work());
    let tokio = tokio::runtime::Builder::new_current_thread().build();
    tokio
        .expect("the system gives descriptors")
        .block_on(async { tokio::spawn(work()).await.expect("it does not panic") });
}

#[test]
fn a_stage_takes_no_room_in_its_parent() {
    let page = [1_u8; 4096];
    let parent = async {
        stage(async move {
            pending::<()>().await;
            page.len()
        })
        .await
    };
    // The page is captured and moved into the stage's own memory once it is polled.
    assert_future_size(&parent, size_of_val(&page) + 64);
    assert_future_size(&stage(parent), 8);
}

#[test]
fn a_dropped_stage_drops_its_phase() {
    let ledger = Ledger::new();
    let token = ledger.token();
    let mut staged = Box::pin(stage(async {
        let _token = token;
        pending::<()>().await;
    }));
    assert!(poll_once(staged.as_mut()).is_pending());
    assert_eq!(ledger.live(), 1);
    drop(staged);
    assert!(ledger.is_settled());
}

/// Ready at once, with a panic in its drop.
struct Bomb(Option<Token>);

impl Future for Bomb {
    type Output = Token;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Token> {
        Poll::Ready(self.0.take().expect("it is polled once"))
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_quietly("dropped");
    }
}

#[test]
fn the_panic_of_a_phase_s_drop_drops_the_output_and_happens_once() {
    let ledger = Ledger::new();
    let mut staged = pin!(stage(Bomb(Some(ledger.token()))));
    let polled = catch_unwind(AssertUnwindSafe(|| poll_once(staged.as_mut())));
    assert!(polled.is_err());
    assert!(ledger.is_settled());
}

#[test]
fn stages_nest_and_end_from_the_inside() {
    let diary = Diary::default();
    let note = |what| {
        let diary = diary.clone();
        defer(move || diary.note(what))
    };
    now(stage(async {
        let _outer = note("outer");
        stage(async {
            let _inner = note("inner");
        })
        .await;
        diary.note("between");
    }));
    assert_eq!(diary.entries(), ["inner", "between", "outer"]);
}

/// Runs a closure when it is dropped.
fn defer<F: FnMut()>(at_drop: F) -> impl Sized {
    struct Defer<F: FnMut()>(F);
    impl<F: FnMut()> Drop for Defer<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    Defer(at_drop)
}
