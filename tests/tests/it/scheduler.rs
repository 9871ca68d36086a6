//! Fairness: nobody waits for ever, whatever the others do.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use wane_tests::gate::Gate;
use wane_tests::runtimes::{Kind, in_each, on_each, on_each_threaded};

/// Runs `busy` tasks, enough for every worker, and expects a task, a timer and a foreign wake to get
/// their turn beside them.
fn others_get_their_turn<F>(busy: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    on_each(|runtime| {
        let workers = runtime.metrics().num_workers();
        runtime.block_on(async {
            let busy = (0..=workers)
                .map(|_| wane::spawn(busy()))
                .collect::<Vec<_>>();
            for _ in 0..10 {
                wane::spawn(async {}).await.expect("it gets its turn");
            }
            wane::spawn(wane::time::sleep(Duration::from_millis(2)))
                .await
                .expect("the timer gets its turn");
            let gate = Gate::new();
            let opens = gate.clone();
            let foreign = thread::spawn(move || opens.open());
            gate.pass().await;
            foreign.join().expect("no panic");
            for busy in busy {
                assert!(
                    busy.cancel()
                        .await
                        .expect_err("it never ends")
                        .is_cancelled()
                );
            }
        });
    });
}

#[test]
fn a_task_that_never_waits_cannot_starve_others() {
    others_get_their_turn(|| async {
        let (tx, rx) = wane::channel::unbounded();
        loop {
            tx.send(()).await.expect("the receiver is there");
            rx.recv().await.expect("it was just sent");
        }
    });
}

#[test]
fn a_task_that_only_yields_cannot_starve_others() {
    others_get_their_turn(|| async {
        loop {
            wane::task::yield_now().await;
        }
    });
}

#[test]
fn a_task_that_joins_finished_tasks_cannot_starve_others() {
    others_get_their_turn(|| async {
        loop {
            wane::spawn(async {}).await.expect("no panic");
        }
    });
}

#[test]
fn lifo_ping_pong_does_not_starve_the_queue() {
    others_get_their_turn(|| async {
        let (ping, pinged) = wane::channel::bounded(1);
        let (pong, ponged) = wane::channel::bounded(1);
        // It ends with the channel, when its partner is dropped.
        drop(wane::spawn(async move {
            while pinged.recv().await.is_ok() && pong.send(()).await.is_ok() {}
        }));
        loop {
            ping.send(()).await.expect("the partner is there");
            ponged.recv().await.expect("the partner answers");
        }
    });
}

#[test]
fn a_task_that_its_spawner_blocks_on_is_stolen() {
    for kind in [Kind::Workers(2), Kind::Workers(4)] {
        let runtime = kind.build();
        let joined = runtime.spawn(async {
            let gate = Gate::new();
            let opens = gate.clone();
            drop(wane::spawn(async move { opens.open() }));
            // Blocks the worker: the child is in its queue, or next.
            gate.wait();
        });
        runtime
            .block_on(joined)
            .expect("another worker runs the child");
    }
}

#[test]
fn tasks_run_in_parallel_on_as_many_workers_as_there_are() {
    on_each_threaded(|runtime| {
        let workers = runtime.metrics().num_workers();
        let barrier = Arc::new(std::sync::Barrier::new(workers));
        let all = (0..workers).map(|_| {
            let barrier = barrier.clone();
            runtime.spawn(async move { barrier.wait() })
        });
        for one in all.collect::<Vec<_>>() {
            runtime.block_on(one).expect("all are there at once");
        }
    });
}

#[test]
fn a_wake_during_poll_runs_the_task_again() {
    in_each(|| async {
        let polls = Arc::new(AtomicUsize::new(0));
        let counts = polls.clone();
        let handle = wane::spawn(poll_fn(move |ctx| {
            if counts.fetch_add(1, Ordering::SeqCst) == 9 {
                return Poll::Ready(());
            }
            ctx.waker().wake_by_ref();
            ctx.waker().wake_by_ref();
            Poll::Pending
        }));
        handle.await.expect("no panic");
        assert_eq!(
            polls.load(Ordering::SeqCst),
            10,
            "two wakes in a poll are one"
        );
    });
}

#[test]
fn every_wake_from_a_foreign_thread_is_followed_by_a_poll() {
    on_each(|runtime| {
        runtime.block_on(async {
            let (tx, rx) = wane::sync::mpsc::unbounded_channel();
            let mut rx = rx;
            let foreign = thread::spawn(move || {
                for number in 0..2_000_u32 {
                    tx.send(number).expect("the receiver is there");
                    if number % 64 == 0 {
                        thread::yield_now();
                    }
                }
            });
            let sum = wane::spawn(async move {
                let mut sum = 0_u64;
                while let Some(number) = rx.recv().await {
                    sum += u64::from(number);
                }
                sum
            });
            assert_eq!(sum.await.expect("no panic"), 1_999_000);
            foreign.join().expect("no panic");
        });
    });
}

#[test]
fn a_current_thread_runtime_runs_its_tasks_on_the_thread_that_blocks_on_it() {
    let runtime = Kind::CurrentThread.build();
    let ran = Arc::new(AtomicBool::new(false));
    let runs = ran.clone();
    let handle = runtime.spawn(async move {
        runs.store(true, Ordering::SeqCst);
        thread::current().id()
    });
    assert!(!ran.load(Ordering::SeqCst), "nobody is inside `block_on`");
    let there = runtime.block_on(handle).expect("no panic");
    assert_eq!(there, thread::current().id());
}

#[test]
fn block_on_from_many_threads_on_current_thread() {
    let runtime = Kind::CurrentThread.build();
    let _deadline = wane_tests::hang::Deadline::start("the hand-over", runtime.metrics());
    let (first_in, gate) = (Gate::new(), Gate::new());
    thread::scope(|scope| {
        // The first has the seat, and leaves it when the gate opens; then one of the others has it.
        scope.spawn(|| {
            runtime.block_on(async {
                first_in.open();
                gate.pass().await;
            });
        });
        first_in.wait();
        let others = (0..4).map(|number| {
            let runtime = &runtime;
            scope.spawn(move || {
                runtime.block_on(async move {
                    for _ in 0..50 {
                        wane::spawn(async {}).await.expect("somebody runs it");
                    }
                    wane::time::sleep(Duration::from_millis(1)).await;
                    number
                })
            })
        });
        let others = others.collect::<Vec<_>>();
        gate.open();
        let sum: u32 = others
            .into_iter()
            .map(|other| other.join().expect("no panic"))
            .sum();
        assert_eq!(sum, 6);
    });
}

#[test]
fn a_panic_of_the_root_future_leaves_the_runtime_usable() {
    on_each(|runtime| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async { std::panic::resume_unwind(Box::new("root")) })
        }));
        let payload: Box<dyn std::any::Any + Send> =
            panicked.map(|(): ()| ()).expect_err("it panics");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"root"));
        let four = runtime.block_on(async { wane::spawn(async { 4 }).await });
        assert_eq!(four.expect("the seat is free again"), 4);
    });
}
