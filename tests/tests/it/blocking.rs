//! Jobs that block.

use std::sync::Arc;
use std::sync::Barrier;
use std::thread;

use wane::runtime::Handle;
use wane::task::spawn_blocking;
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{Kind, in_each, on_each};

#[test]
fn spawn_blocking_jobs_that_wait_for_each_other_all_run() {
    in_each(|| async {
        let jobs = 40;
        let barrier = Arc::new(Barrier::new(jobs));
        let waiting = (0..jobs).map(|_| {
            let barrier = barrier.clone();
            spawn_blocking(move || barrier.wait())
        });
        for job in waiting.collect::<Vec<_>>() {
            job.await.expect("all are there at once");
        }
    });
}

#[test]
fn a_job_returns_its_value_and_its_panic() {
    in_each(|| async {
        assert_eq!(spawn_blocking(|| 9).await.expect("no panic"), 9);
        let error = spawn_blocking(|| std::panic::resume_unwind(Box::new("told"))).await;
        let error: wane::task::JoinError = error.map(|(): ()| ()).expect_err("it panics");
        assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"told"));
        assert_eq!(spawn_blocking(|| 9).await.expect("the thread lives"), 9);
    });
}

#[test]
fn a_job_is_in_the_runtime_and_may_block_on_futures() {
    in_each(|| async {
        let job = spawn_blocking(|| {
            let task = wane::spawn(async { 6 });
            Handle::current().block_on(task).expect("no panic")
        });
        assert_eq!(job.await.expect("no panic"), 6);
    });
}

#[test]
fn aborting_a_queued_job_drops_its_closure_unrun() {
    for kind in Kind::ALL {
        let runtime = kind
            .builder()
            .max_blocking_threads(1)
            .build()
            .expect("a runtime");
        let gate = Gate::new();
        let pass = gate.clone();
        let first = runtime.spawn_blocking(move || pass.wait());
        let ledger = Ledger::new();
        let token = ledger.token();
        let queued = runtime.spawn_blocking(move || {
            drop(token);
            unreachable!("it was aborted");
        });
        let () = queued.abort();
        gate.open();
        let joined: Result<(), _> = runtime.block_on(queued);
        assert!(joined.expect_err("aborted").is_cancelled());
        assert!(ledger.is_settled());
        runtime.block_on(first).expect("no panic");
    }
}

#[test]
fn aborting_a_running_job_lets_it_go_on_to_its_end() {
    on_each(|runtime| {
        let (running, gate) = (Gate::new(), Gate::new());
        let (is_running, pass) = (running.clone(), gate.clone());
        let job = runtime.spawn_blocking(move || {
            is_running.open();
            pass.wait();
            3
        });
        running.wait();
        job.abort();
        assert!(!job.is_finished());
        gate.open();
        assert_eq!(runtime.block_on(job).expect("it had begun"), 3);
    });
}

#[test]
fn jobs_run_beside_the_workers() {
    in_each(|| async {
        let worker = wane::spawn(async { thread::current().id() }).await;
        let job = spawn_blocking(|| thread::current().id()).await;
        assert_ne!(job.expect("no panic"), worker.expect("no panic"));
    });
}

#[test]
fn threads_leave_when_their_keep_alive_is_over() {
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder
        .thread_keep_alive(std::time::Duration::from_millis(1))
        .build()
        .expect("a runtime");
    for job in (0..8)
        .map(|_| runtime.spawn_blocking(|| {}))
        .collect::<Vec<_>>()
    {
        runtime.block_on(job).expect("no panic");
    }
    let metrics = runtime.metrics();
    hang::until("the end of the threads", &metrics, || {
        metrics.num_blocking_threads() == 0
    });
    assert_eq!(
        (
            metrics.num_idle_blocking_threads(),
            metrics.blocking_queue_depth()
        ),
        (0, 0)
    );
}
