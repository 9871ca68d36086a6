//! Jobs that wait for jobs they have queued themselves, levels deep.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use wane::runtime::{Handle, Runtime};
use wane::task::{JoinHandle, block_in_place, spawn_blocking};
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

use crate::{alone, sized};

/// Waits for a job that waits for a job, and so on, each submitted from inside the one before; the
/// wait is one that the pool is told of.
fn nest_told(levels: usize) -> usize {
    match levels {
        0 => 0,
        _ => {
            let inner = spawn_blocking(move || nest_told(levels - 1));
            1 + Handle::current().block_on(inner).expect("no panic")
        }
    }
}

/// The same with a wait that the pool cannot see.
fn nest_untold(levels: usize) -> usize {
    match levels {
        0 => 0,
        _ => {
            let (done, told) = mpsc::channel();
            drop(spawn_blocking(move || {
                // Where the test has failed nobody wants to know.
                let _told = done.send(nest_untold(levels - 1));
            }));
            1 + told.recv().expect("the job tells")
        }
    }
}

/// The same at the ends of our channel.
fn nest_received(levels: usize) -> usize {
    match levels {
        0 => 0,
        _ => {
            let (done, told) = wane::channel::bounded(1);
            drop(spawn_blocking(move || {
                let _told = done.send_blocking(nest_received(levels - 1));
            }));
            1 + told.recv_blocking().expect("the job tells")
        }
    }
}

/// Has as many jobs nested at once, and says how many threads that took.
fn nest_all(runtime: &Runtime, jobs: usize, nest: fn(usize) -> usize) -> usize {
    let metrics = runtime.metrics();
    let _deadline = hang::Deadline::start("jobs that wait for jobs", metrics.clone());
    let jobs: Vec<_> = (0..jobs)
        .map(|_| runtime.spawn_blocking(move || nest(3)))
        .collect();
    let mut threads_max = 0;
    hang::until("the end of all jobs", &metrics, || {
        threads_max = threads_max.max(metrics.num_blocking_threads());
        jobs.iter().all(JoinHandle::is_finished)
    });
    for job in jobs {
        assert_eq!(runtime.block_on(job).expect("no panic"), 3);
    }
    threads_max
}

#[test]
fn jobs_that_wait_for_jobs_three_levels_deep_all_end() {
    let _alone = alone();
    for jobs in [600, sized(2_000, 10_000)] {
        for (name, nest) in [
            ("told", nest_told as fn(usize) -> usize),
            ("received", nest_received),
            ("untold", nest_untold),
        ] {
            let runtime = Kind::Workers(1).build();
            let since = Instant::now();
            let threads_max = nest_all(&runtime, jobs, nest);
            let time = since.elapsed();
            println!("{jobs} nested jobs, {name}: at most {threads_max} threads, {time:?}");
            // Not one for each wait.
            assert!(threads_max < 3 * jobs, "{threads_max}");
        }
    }
}

#[test]
fn a_pool_of_one_thread_gets_through_jobs_that_wait_for_jobs() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder.max_blocking_threads(1).build().expect("a runtime");
    let threads_max = nest_all(&runtime, 20, nest_told);
    println!("20 nested jobs on one thread: at most {threads_max} threads");
}

#[test]
fn jobs_that_block_on_futures_do_not_keep_the_jobs_they_wait_for_from_their_threads() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder.max_blocking_threads(4).build().expect("a runtime");
    let metrics = runtime.metrics();
    let _deadline = hang::Deadline::start("jobs that block on futures", metrics.clone());
    let jobs: Vec<_> = (0..100)
        .map(|number| {
            runtime.spawn_blocking(move || {
                Handle::current().block_on(async move {
                    let echo = spawn_blocking(move || number);
                    wane::spawn(async move { echo.await.expect("no panic") }).await
                })
            })
        })
        .collect();
    for (number, job) in jobs.into_iter().enumerate() {
        let echo = runtime.block_on(job).expect("no panic");
        assert_eq!(echo.expect("no panic"), number);
    }
}

#[test]
fn a_wait_in_a_runtime_inside_a_job_is_told_too() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = Arc::new(builder.max_blocking_threads(1).build().expect("a runtime"));
    let _deadline = hang::Deadline::start("a job inside a job", runtime.metrics());
    let inner = Arc::downgrade(&runtime);
    let job = runtime.spawn_blocking(move || {
        let runtime = inner.upgrade().expect("the test has it");
        let job = runtime.spawn_blocking(|| 5);
        runtime.block_on(job).expect("no panic")
    });
    assert_eq!(runtime.block_on(job).expect("no panic"), 5);
}

#[test]
fn a_tick_goes_on_while_every_worker_blocks_in_place_and_the_pool_is_full() {
    let _alone = alone();
    let mut builder = Kind::Workers(2).builder();
    let runtime = builder.max_blocking_threads(4).build().expect("a runtime");
    let _deadline = hang::Deadline::start("a tick beside blocked workers", runtime.metrics());
    let gate = Gate::new();
    for _ in 0..8 {
        let pass = gate.clone();
        drop(runtime.spawn_blocking(move || pass.wait()));
    }
    let blocked: Vec<_> = (0..2)
        .map(|_| {
            let pass = gate.clone();
            runtime.spawn(async move { block_in_place(|| pass.wait()) })
        })
        .collect();
    let slowest = runtime.block_on(runtime.spawn(async {
        let mut slowest = Duration::ZERO;
        for _ in 0..50 {
            let since = Instant::now();
            wane::time::sleep(Duration::from_millis(10)).await;
            slowest = slowest.max(since.elapsed());
        }
        slowest
    }));
    println!(
        "the slowest tick of 10 ms: {:?}",
        slowest.expect("no panic")
    );
    gate.open();
    for task in blocked {
        runtime.block_on(task).expect("no panic");
    }
}
