//! Jobs that were aborted and run on: counted, named, and nobody waits for their threads.

use std::sync::mpsc;

use wane::runtime::Runtime;
use wane::task::JoinHandle;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{Kind, on_each};

/// A job that nobody can tell of an abort, when its closure runs.
fn deaf(runtime: &Runtime, gate: &Gate) -> JoinHandle<i32> {
    let (running, is_running) = mpsc::channel();
    let pass = gate.clone();
    let job = runtime.spawn_blocking(move || {
        running.send(()).expect("the test waits for it");
        pass.wait();
        3
    });
    is_running.recv().expect("the job begins");
    job
}

/// The line where [`deaf`] spawns.
const SPAWNED_AT_LINE: u32 = 15;

#[test]
fn a_plain_job_that_runs_on_is_counted_and_named_until_it_ends() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        let gate = Gate::new();
        let job = deaf(runtime, &gate);
        assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
        job.abort();
        let abandoned = metrics.abandoned_blocking_jobs();
        assert_eq!(abandoned.len(), 1);
        assert_eq!(abandoned[0].id(), job.id());
        let spawned_at = abandoned[0].spawned_at();
        assert_eq!(
            (spawned_at.file(), spawned_at.line()),
            (file!(), SPAWNED_AT_LINE)
        );
        gate.open();
        assert_eq!(runtime.block_on(job).expect("it had begun"), 3);
        assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
    });
}

#[test]
fn abandoned_jobs_do_not_count_against_the_cap() {
    for kind in Kind::ALL {
        let mut builder = kind.builder();
        let runtime = builder.max_blocking_threads(2).build().expect("a runtime");
        let metrics = runtime.metrics();
        let _deadline = hang::Deadline::start("new work beside abandoned jobs", metrics.clone());
        let gate = Gate::new();
        let mut stuck = Vec::new();
        for round in 1..=20 {
            stuck.extend([deaf(&runtime, &gate), deaf(&runtime, &gate)]);
            // Queued while the cap is reached, and free to run once the two are written off.
            let queued = runtime.spawn_blocking(|| 5);
            stuck.iter().for_each(JoinHandle::abort);
            assert_eq!(runtime.block_on(queued).expect("no panic"), 5);
            assert_eq!(metrics.num_abandoned_blocking_jobs(), 2 * round);
        }
        gate.open();
        for job in stuck {
            assert_eq!(runtime.block_on(job).expect("it had begun"), 3);
        }
        assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
        // Those that are back are too many, and rest.
        let gate = Gate::new();
        let held = [deaf(&runtime, &gate), deaf(&runtime, &gate)];
        let third = runtime.spawn_blocking(|| 7);
        hang::until("the rest of the others", &metrics, || {
            metrics.num_idle_blocking_threads() + 2 == metrics.num_blocking_threads()
        });
        assert!(!third.is_finished(), "the cap holds again");
        gate.open();
        assert_eq!(runtime.block_on(third).expect("no panic"), 7);
        for job in held {
            assert_eq!(runtime.block_on(job).expect("no panic"), 3);
        }
    }
}

#[test]
fn a_job_abandoned_in_a_wait_that_is_told_comes_back_as_one_thread() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        for _ in 0..100 {
            let (sender, receiver) = wane::channel::bounded(1);
            let (running, is_running) = mpsc::channel();
            let job = runtime.spawn_blocking(move || {
                running.send(()).expect("the test waits for it");
                let first = receiver.recv_blocking();
                (first, receiver.recv_blocking())
            });
            is_running.recv().expect("the job begins");
            job.abort();
            sender.send_blocking(1).expect("the job receives");
            sender.send_blocking(2).expect("the job receives");
            assert_eq!(runtime.block_on(job).expect("it had begun"), (Ok(1), Ok(2)));
            assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
        }
        hang::until("the rest of the pool", &metrics, || {
            metrics.num_idle_blocking_threads() == metrics.num_blocking_threads()
        });
    });
}

/// The abort comes at any moment of a short job, also as its closure ends.
#[test]
fn aborts_at_any_moment_leave_nobody_on_the_roll() {
    let runtime = Kind::Workers(1).build();
    let metrics = runtime.metrics();
    for round in 0..5_000_u32 {
        let job = runtime.spawn_blocking(move || (0..round % 500).map(std::hint::black_box).max());
        for _ in 0..round % 71 {
            std::hint::spin_loop();
        }
        job.abort();
        let joined = runtime.block_on(job);
        assert!(joined.is_ok() || joined.is_err_and(|error| error.is_cancelled()));
        assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
    }
    hang::until("the rest of the pool", &metrics, || {
        metrics.num_idle_blocking_threads() == metrics.num_blocking_threads()
    });
}

#[test]
fn the_shutdown_of_the_runtime_waits_for_abandoned_jobs_that_end() {
    let runtime = Kind::Workers(1).build();
    let metrics = runtime.metrics();
    let gate = Gate::new();
    let job = deaf(&runtime, &gate);
    job.abort();
    let opener = std::thread::spawn({
        let metrics = metrics.clone();
        move || {
            hang::until("the shutdown", &metrics, || {
                metrics.num_idle_blocking_threads() == 0
            });
            gate.open();
        }
    });
    drop(runtime);
    opener.join().expect("no panic");
    assert!(job.is_finished());
    assert_eq!(metrics.num_blocking_threads(), 0);
}
