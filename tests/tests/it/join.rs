//! Joining tasks: values, panics, detaching, and errors.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use wane::task::JoinHandle;
use wane_tests::drops::{Ledger, Token};
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{in_each, on_each};

use crate::abort::Bomb;

/// Panics past the panic hook.
fn panics<T>(payload: &'static str) -> T {
    std::panic::resume_unwind(Box::new(payload))
}

#[test]
fn dropping_the_join_handle_detaches() {
    in_each(|| async {
        let (start, done) = (Gate::new(), Gate::new());
        let (may_start, is_done) = (start.clone(), done.clone());
        drop(wane::spawn(async move {
            may_start.pass().await;
            is_done.open();
        }));
        start.open();
        done.pass().await;
    });
}

#[test]
fn a_panic_is_delivered_to_the_joiner_and_the_worker_lives() {
    in_each(|| async {
        for _ in 0..20 {
            let error = wane::spawn(async { panics::<()>("told") })
                .await
                .expect_err("it panics");
            assert!(error.is_panic() && !error.is_cancelled());
            let payload = error.into_panic();
            assert_eq!(payload.downcast_ref::<&str>(), Some(&"told"));
        }
        assert_eq!(wane::spawn(async { 3 }).await.expect("the worker lives"), 3);
    });
}

#[test]
fn a_panicking_drop_is_contained_when_a_task_completes() {
    /// Ready at once, with a bomb inside.
    struct Completes(Bomb);

    impl Future for Completes {
        type Output = u8;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
            Poll::Ready(1)
        }
    }

    in_each(|| async {
        let error = wane::spawn(Completes(Bomb))
            .await
            .expect_err("its drop panics");
        assert!(error.is_panic());
        wane::spawn(async {}).await.expect("the worker lives");
    });
}

#[test]
fn a_panicking_drop_of_a_result_that_nobody_takes_is_contained() {
    on_each(|runtime| {
        drop(runtime.spawn(async { Bomb }));
        let late = runtime.spawn(async { Bomb });
        let abort = late.abort_handle();
        runtime.block_on(async {
            while !abort.is_finished() {
                wane::task::yield_now().await;
            }
        });
        // Contained at the handle, too, where the value is dropped by its owner.
        drop(late);
        runtime.block_on(async { wane::spawn(async {}).await.expect("the worker lives") });
    });
}

#[test]
fn a_result_is_dropped_with_its_handle() {
    on_each(|runtime| {
        let ledger = Ledger::new();
        let token = ledger.token();
        let handle: JoinHandle<Token> = runtime.spawn(async move { token });
        let abort = handle.abort_handle();
        runtime.block_on(async {
            while !abort.is_finished() {
                wane::task::yield_now().await;
            }
        });
        assert_eq!(ledger.live(), 1);
        drop(handle);
        assert!(ledger.is_settled());
    });
}

#[test]
fn a_join_by_reference_that_is_given_up_loses_nothing() {
    in_each(|| async {
        let gate = Gate::new();
        let pass = gate.clone();
        let mut handle = wane::spawn(async move {
            pass.pass().await;
            5
        });
        wane::select! {
            biased;
            _ = &mut handle => panic!("the gate is closed"),
            () = wane::task::yield_now() => {}
        }
        gate.open();
        assert_eq!(handle.await.expect("no panic"), 5);
    });
}

#[test]
fn the_joiner_that_asked_last_is_woken() {
    struct Counts(AtomicUsize);

    impl std::task::Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    on_each(|runtime| {
        let gate = Gate::new();
        let pass = gate.clone();
        let mut handle = runtime.spawn(async move { pass.pass().await });
        let counts = [0; 2].map(|_| Arc::new(Counts(AtomicUsize::new(0))));
        for count in &counts {
            let waker = Waker::from(count.clone());
            let polled = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        gate.open();
        let abort = handle.abort_handle();
        runtime.block_on(async {
            while !abort.is_finished() {
                wane::task::yield_now().await;
            }
        });
        let [first, last] = counts;
        hang::until("the wake", runtime, || last.0.load(Ordering::SeqCst) == 1);
        assert_eq!(first.0.load(Ordering::SeqCst), 0);
    });
}

#[test]
#[should_panic(expected = "JoinHandle polled after completion")]
fn a_join_handle_polled_after_completion_panics() {
    let runtime = wane_tests::runtimes::Kind::CurrentThread.build();
    runtime.block_on(async {
        let mut handle = wane::spawn(async {});
        (&mut handle).await.expect("no panic");
        let _ = (&mut handle).await;
    });
}

#[test]
fn join_errors_say_what_became_of_the_task() {
    in_each(|| async {
        let handle = wane::spawn(std::future::pending::<()>());
        let id = handle.id();
        let error = handle.cancel().await.expect_err("it never returns");
        assert_eq!(error.id(), id);
        assert_eq!(error.to_string(), format!("task {id} was cancelled"));
        assert_eq!(
            format!("{error:?}"),
            format!("JoinError::Cancelled({id:?})")
        );
        let error = error.try_into_panic().expect_err("nothing panicked");
        assert_eq!(
            std::io::Error::from(error).to_string(),
            "task was cancelled"
        );

        let handle = wane::spawn(async { panics::<()>("told") });
        let id = handle.id();
        let error = handle.await.expect_err("it panics");
        let text = format!("task {id} panicked with message \"told\"");
        assert_eq!(error.to_string(), text);
        assert!(error.try_into_panic().is_ok());

        let handle = wane::spawn(async { std::panic::resume_unwind(Box::new(7_u8)) });
        let id = handle.id();
        let error: wane::task::JoinError = handle.await.map(|(): ()| ()).expect_err("it panics");
        assert_eq!(error.to_string(), format!("task {id} panicked"));
        assert_eq!(std::io::Error::from(error).to_string(), "task panicked");
    });
}

#[test]
#[should_panic(expected = "check `JoinError::is_panic` first")]
fn the_panic_of_a_cancelled_task_is_refused_with_advice() {
    let runtime = wane_tests::runtimes::Kind::CurrentThread.build();
    let cancelled = runtime.block_on(async {
        let handle = wane::spawn(std::future::pending::<()>());
        handle.cancel().await.expect_err("it never returns")
    });
    drop(cancelled.into_panic());
}

#[test]
fn a_chain_of_results_that_hold_handles_is_dropped() {
    /// A link of the chain.
    struct Chain(#[expect(dead_code, reason = "held, not read")] Option<JoinHandle<Chain>>);

    on_each(|runtime| {
        let last = runtime.block_on(async {
            let mut last = None;
            for _ in 0..1_000 {
                let before = last.take();
                let handle = wane::spawn(async move { Chain(before) });
                let abort = handle.abort_handle();
                while !abort.is_finished() {
                    wane::task::yield_now().await;
                }
                last = Some(handle);
            }
            last
        });
        assert!(runtime.metrics().slots_in_use() >= 1_000);
        drop(last);
        hang::until("the end of the chain", runtime, || {
            runtime.metrics().slots_in_use() == 0
        });
    });
}
