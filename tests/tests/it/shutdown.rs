//! The end of a runtime.

use std::future::{Future, pending, poll_fn};
use std::sync::mpsc;
use std::task::Poll;
use std::time::{Duration, Instant};

use wane::runtime::Runtime;
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// A runtime of each kind, to be ended by the test.
fn each(test: impl Fn(Runtime)) {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let _deadline = hang::Deadline::start(&format!("the end of {kind}"), runtime.metrics());
        test(runtime);
    }
}

#[test]
fn spawn_after_shutdown_is_cancelled() {
    each(|runtime| {
        let handle = runtime.handle().clone();
        drop(runtime);
        let ledger = Ledger::new();
        let token = ledger.token();
        let late = handle.spawn(async move { drop(token) });
        assert!(ledger.is_settled(), "the future is dropped at once");
        let job = handle.spawn_blocking(|| {});
        let other = Kind::CurrentThread.build();
        assert!(other.block_on(late).expect_err("refused").is_cancelled());
        assert!(other.block_on(job).expect_err("refused").is_cancelled());
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn a_task_spawned_by_a_drop_during_shutdown_is_cancelled() {
    /// Spawns when it is dropped.
    struct Spawns(
        wane::runtime::Handle,
        mpsc::Sender<wane::task::JoinHandle<()>>,
    );

    impl Drop for Spawns {
        fn drop(&mut self) {
            let handle = self.0.spawn(async {});
            self.1.send(handle).expect("the test waits for it");
        }
    }

    each(|runtime| {
        let (spawn, spawned) = mpsc::channel();
        let spawns = Spawns(runtime.handle().clone(), spawn);
        drop(runtime.spawn(async move {
            let _spawns = spawns;
            pending::<()>().await;
        }));
        drop(runtime);
        let handle = spawned.recv().expect("the drop has run");
        let joined = Kind::CurrentThread.build().block_on(handle);
        assert!(joined.expect_err("refused").is_cancelled());
    });
}

#[test]
fn handles_outlive_the_runtime() {
    each(|runtime| {
        let value = runtime.spawn(async { String::from("kept") });
        let sleeper = runtime.spawn(pending::<()>());
        let (value_abort, sleeper_abort) = (value.abort_handle(), sleeper.abort_handle());
        runtime.block_on(async {
            while !value_abort.is_finished() {
                wane::task::yield_now().await;
            }
        });
        drop(runtime);
        assert!(sleeper.is_finished() && sleeper_abort.is_finished());
        sleeper_abort.abort();
        value.abort();
        let other = Kind::CurrentThread.build();
        assert_eq!(other.block_on(value).expect("it had returned"), "kept");
        assert!(other.block_on(sleeper).expect_err("dropped").is_cancelled());
    });
}

#[test]
fn a_wake_after_the_runtime_is_dropped_is_a_no_op() {
    each(|runtime| {
        let (wakers, waker) = mpsc::channel();
        let polled = Gate::new();
        let is_polled = polled.clone();
        drop(runtime.spawn(poll_fn(move |ctx| {
            wakers.send(ctx.waker().clone()).expect("the test waits");
            is_polled.open();
            Poll::<()>::Pending
        })));
        runtime.block_on(polled.pass());
        drop(runtime);
        let waker = waker.recv().expect("it was polled");
        waker.wake_by_ref();
        waker.wake();
    });
}

#[test]
fn a_joiner_in_another_runtime_learns_of_the_shutdown() {
    each(|runtime| {
        let other = Kind::Workers(1).build();
        let sleeper = runtime.spawn(pending::<()>());
        let joiner = other.spawn(sleeper);
        drop(runtime);
        let joined = other.block_on(joiner).expect("the joiner does not panic");
        assert!(joined.expect_err("dropped").is_cancelled());
    });
}

#[test]
fn dropping_a_runtime_waits_for_running_jobs_and_cancels_queued_ones() {
    for kind in Kind::ALL {
        let runtime = kind
            .builder()
            .max_blocking_threads(1)
            .build()
            .expect("a runtime");
        let (running, gate) = (Gate::new(), Gate::new());
        let (is_running, pass) = (running.clone(), gate.clone());
        let first = runtime.spawn_blocking(move || {
            is_running.open();
            pass.wait();
        });
        running.wait();
        let ledger = Ledger::new();
        let token = ledger.token();
        let queued = runtime.spawn_blocking(move || drop(token));
        let other = Kind::CurrentThread.build();
        let ended = std::thread::spawn(move || drop(runtime));
        // The queued job is cancelled while the first one still runs.
        assert!(
            other
                .block_on(queued)
                .expect_err("cancelled")
                .is_cancelled()
        );
        assert!(ledger.is_settled());
        assert!(!ended.is_finished(), "the running job is waited for");
        gate.open();
        ended.join().expect("no panic");
        other.block_on(first).expect("it ran to its end");
    }
}

#[test]
fn a_runtime_dropped_inside_its_own_task_does_not_wait_for_itself() {
    for kind in Kind::THREADED {
        let runtime = kind.build();
        let handle = runtime.handle().clone();
        let done = Gate::new();
        let is_done = done.clone();
        drop(handle.spawn(async move {
            drop(runtime);
            is_done.open();
        }));
        done.wait();
        hang::until("the end of the tasks", &handle, || {
            handle.metrics().num_alive_tasks() == 0
        });
    }
}

#[test]
fn a_runtime_dropped_inside_its_own_blocking_job_does_not_wait_for_itself() {
    each(|runtime| {
        let handle = runtime.handle().clone();
        let done = Gate::new();
        let is_done = done.clone();
        drop(handle.spawn_blocking(move || {
            drop(runtime);
            is_done.open();
        }));
        done.wait();
    });
}

#[test]
fn shutdown_timeout_does_not_wait_for_a_stuck_job() {
    each(|runtime| {
        let (running, gate) = (Gate::new(), Gate::new());
        let (is_running, pass) = (running.clone(), gate.clone());
        let stuck = runtime.spawn_blocking(move || {
            is_running.open();
            pass.wait();
        });
        running.wait();
        let begin = Instant::now();
        runtime.shutdown_timeout(Duration::from_millis(20));
        assert!(begin.elapsed() < hang::PATIENCE / 2);
        assert!(!stuck.is_finished());
        gate.open();
        let other = Kind::CurrentThread.build();
        other.block_on(stuck).expect("it goes on to its end");
    });
}

#[test]
fn shutdown_background_waits_for_nobody() {
    each(|runtime| {
        let (running, gate) = (Gate::new(), Gate::new());
        let (is_running, pass) = (running.clone(), gate.clone());
        let stuck = runtime.spawn_blocking(move || {
            is_running.open();
            pass.wait();
        });
        running.wait();
        let sleeper = runtime.spawn(pending::<()>());
        runtime.shutdown_background();
        let other = Kind::CurrentThread.build();
        assert!(other.block_on(sleeper).expect_err("dropped").is_cancelled());
        gate.open();
        other.block_on(stuck).expect("it goes on to its end");
    });
}

#[test]
fn a_timer_that_outlives_its_runtime_says_so() {
    each(|runtime| {
        let mut sleep = {
            let _guard = runtime.enter();
            Box::pin(wane::time::sleep(hang::PATIENCE))
        };
        // Registered, and not only made.
        let waits =
            runtime.block_on(async { poll_fn(|ctx| Poll::Ready(sleep.as_mut().poll(ctx))).await });
        assert!(waits.is_pending());
        drop(runtime);
        let other = Kind::CurrentThread.build();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            other.block_on(sleep.as_mut());
        }));
        assert!(
            outcome.is_err(),
            "it neither hangs nor pretends that the time is over"
        );
    });
}

#[test]
fn a_socket_that_outlives_its_runtime_says_so() {
    each(|runtime| {
        let listener = runtime
            .block_on(async { wane::net::TcpListener::bind("127.0.0.1:0").await })
            .expect("a port");
        drop(runtime);
        let other = Kind::CurrentThread.build();
        let error = other
            .block_on(listener.accept())
            .expect_err("its runtime is gone");
        assert!(wane::runtime::is_rt_shutdown_err(&error), "{error}");
    });
}
