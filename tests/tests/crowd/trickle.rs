//! Threads that are not needed any more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use wane_tests::hang;
use wane_tests::runtimes::Kind;

use crate::{alone, base};

#[test]
fn after_a_burst_a_trickle_leaves_no_more_threads_than_it_needs() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder
        .thread_keep_alive(Duration::from_millis(300))
        .build()
        .expect("a runtime");
    let metrics = runtime.metrics();
    let everybody = Arc::new(Barrier::new(200));
    for _ in 0..200 {
        let everybody = everybody.clone();
        drop(runtime.spawn_blocking(move || everybody.wait()));
    }
    hang::until("the threads of the burst", &metrics, || {
        metrics.num_blocking_threads() >= 200
    });
    // Some thirty jobs a second: never an idle moment as long as a keep-alive.
    let mut next = Instant::now();
    let since = Instant::now();
    hang::until("the leave of the others", &metrics, || {
        if Instant::now() >= next {
            drop(runtime.spawn_blocking(|| ()));
            next = Instant::now() + Duration::from_millis(33);
        }
        metrics.num_blocking_threads() <= 2
    });
    println!("200 threads went to 2 in {:?}", since.elapsed());
}

#[test]
fn many_short_jobs_take_no_more_threads_than_the_base() {
    let _alone = alone();
    let runtime = Kind::Workers(1).build();
    let metrics = runtime.metrics();
    let _deadline = hang::Deadline::start("short jobs", metrics.clone());
    let jobs = 100_000;
    let done = Arc::new(AtomicUsize::new(0));
    let mut threads_max = 0;
    for job in 0..jobs {
        let done = done.clone();
        drop(runtime.spawn_blocking(move || done.fetch_add(1, Ordering::Release)));
        if job % 1_000 == 0 {
            threads_max = threads_max.max(metrics.num_blocking_threads());
        }
    }
    hang::until("the end of the jobs", &metrics, || {
        threads_max = threads_max.max(metrics.num_blocking_threads());
        done.load(Ordering::Acquire) == jobs
    });
    println!("{jobs} short jobs: {threads_max} threads");
    assert!(threads_max <= base(), "{threads_max}");
}

/// Processor time of the threads of this process with the name, in nanoseconds, and how many there are.
#[cfg(target_os = "linux")]
fn processor_time_of(name: &str) -> (usize, u64) {
    let tasks = std::fs::read_dir("/proc/self/task").expect("procfs");
    let times = tasks.filter_map(|task| {
        let path = task.ok()?.path();
        let found = std::fs::read_to_string(path.join("comm")).ok()?;
        let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
        let time: u64 = text.split(' ').next()?.parse().ok()?;
        (found.trim_end() == name).then_some(time)
    });
    times.fold((0, 0), |(count, sum), time| (count + 1, sum + time))
}

#[cfg(target_os = "linux")]
#[test]
fn an_idle_runtime_with_idle_threads_takes_no_processor_time() {
    let _alone = alone();
    let name = "w-nothing-to-do";
    let mut builder = Kind::Workers(2).builder();
    let runtime = builder.thread_name(name).build().expect("a runtime");
    let metrics = runtime.metrics();
    let everybody = Arc::new(Barrier::new(20));
    for _ in 0..20 {
        let everybody = everybody.clone();
        drop(runtime.spawn_blocking(move || everybody.wait()));
    }
    // The workers have a monitor once they have had something to do.
    let slept = runtime.spawn(async { wane::time::sleep(Duration::from_millis(20)).await });
    runtime.block_on(slept).expect("no panic");
    hang::until("rest", &metrics, || {
        metrics.num_idle_blocking_threads() == metrics.num_blocking_threads()
            && metrics.num_reserved_blocking_threads() == 0
    });
    // Twice the same, with a pause between: then it stays so until somebody comes.
    let pause = Duration::from_millis(300);
    hang::until("a time without work", &metrics, || {
        let before = processor_time_of(name);
        std::thread::sleep(pause);
        processor_time_of(name) == before
    });
    assert!(processor_time_of(name).0 >= 20);
}
