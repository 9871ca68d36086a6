//! Aborting tasks.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{in_each, on_each, on_each_threaded};

/// Tells on which thread it is dropped.
struct Tells(mpsc::Sender<ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0
            .send(thread::current().id())
            .expect("the test waits for it");
    }
}

/// Panics when it is dropped.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("dropped"));
    }
}

/// Never ready, and must not be polled.
struct Unpolled<T>(T);

impl<T: Unpin> Future for Unpolled<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        panic!("polled after the abort");
    }
}

#[test]
fn abort_before_first_poll_drops_without_polling() {
    in_each(|| async {
        let ledger = Ledger::new();
        let token = ledger.token();
        // Both run on one worker: it cannot poll the second before the first returns.
        let outer = wane::spawn(async move {
            let inner = wane::spawn(Unpolled(token));
            inner.abort();
            [inner]
        });
        let [inner] = outer.await.expect("no panic");
        match inner.await {
            Err(error) if error.is_cancelled() => {}
            // Another worker has stolen and polled it in between; then it has panicked.
            Err(error) => assert!(
                wane::runtime::Handle::current().metrics().num_workers() > 1,
                "{error}"
            ),
            Ok(()) => panic!("it is never ready"),
        }
        assert!(ledger.is_settled());
    });
}

#[test]
fn abort_never_runs_the_destructor_on_the_aborter_s_stack() {
    on_each_threaded(|runtime| {
        for _ in 0..50 {
            let (tell, told) = mpsc::channel();
            let polled = Gate::new();
            let is_polled = polled.clone();
            let tells = Tells(tell);
            let handle = runtime.spawn(async move {
                let _tells = tells;
                is_polled.open();
                pending::<()>().await;
            });
            polled.wait();
            handle.abort();
            assert_ne!(told.recv(), Ok(thread::current().id()));
            assert!(
                runtime
                    .block_on(handle)
                    .expect_err("aborted")
                    .is_cancelled()
            );
        }
    });
}

#[test]
fn a_task_may_abort_itself_and_is_dropped_after_the_poll() {
    in_each(|| async {
        let (tx, rx) = wane::sync::oneshot::channel::<wane::task::AbortHandle>();
        let ledger = Ledger::new();
        let token = ledger.token();
        let handle = wane::spawn(async move {
            let _token = token;
            rx.await.expect("the test sends it").abort();
            pending::<()>().await;
        });
        tx.send(handle.abort_handle()).expect("the task waits");
        assert!(handle.await.expect_err("aborted").is_cancelled());
        assert!(ledger.is_settled());
    });
}

#[test]
fn cancel_returns_when_the_future_is_gone() {
    in_each(|| async {
        for _ in 0..100 {
            let ledger = Ledger::new();
            let token = ledger.token();
            let handle = wane::spawn(async move {
                let _token = token;
                pending::<()>().await;
            });
            let error = handle.cancel().await.expect_err("it never returns");
            assert!(error.is_cancelled());
            assert!(ledger.is_settled());
        }
    });
}

#[test]
fn an_abort_that_comes_too_late_leaves_the_value() {
    in_each(|| async {
        let handle = wane::spawn(async { 7 });
        let abort = handle.abort_handle();
        while !abort.is_finished() {
            wane::task::yield_now().await;
        }
        abort.abort();
        handle.abort();
        assert_eq!(handle.await.expect("it had returned"), 7);
    });
}

#[test]
fn an_abort_handle_is_finished_when_the_future_is_dropped() {
    in_each(|| async {
        let ledger = Ledger::new();
        let token = ledger.token();
        let handle = wane::spawn(async move {
            let _token = token;
            pending::<()>().await;
        });
        let abort = handle.abort_handle();
        drop(handle);
        assert!(!abort.is_finished());
        abort.clone().abort();
        while !abort.is_finished() {
            wane::task::yield_now().await;
        }
        assert!(ledger.is_settled());
    });
}

#[test]
fn a_panicking_drop_is_contained_when_a_task_is_aborted() {
    in_each(|| async {
        let handle = wane::spawn(async {
            let _bomb = Bomb;
            pending::<()>().await;
        });
        wane::task::yield_now().await;
        let error = handle.cancel().await.expect_err("it never returns");
        // It was not polled yet, and held no bomb, or the panic of its drop is the outcome.
        assert!(error.is_panic() || error.is_cancelled());
        wane::spawn(async {}).await.expect("the worker lives");
    });
}

#[test]
fn a_waker_of_an_aborted_task_does_nothing() {
    on_each(|runtime| {
        let (wakers, waker) = mpsc::channel();
        let handle = runtime.spawn(poll_fn(move |ctx| {
            wakers.send(ctx.waker().clone()).expect("the test waits");
            Poll::<()>::Pending
        }));
        let abort = handle.abort_handle();
        let (handle, waker) = runtime.block_on(async move {
            while !abort.is_finished() {
                wane::task::yield_now().await;
                abort.abort();
            }
            (handle, waker.try_recv())
        });
        hang::until("the end", runtime, || handle.is_finished());
        if let Ok(waker) = waker {
            waker.wake_by_ref();
            waker.wake();
        }
        let error = runtime.block_on(handle).expect_err("aborted");
        assert!(error.is_cancelled());
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    });
}
