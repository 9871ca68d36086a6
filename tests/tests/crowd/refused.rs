//! Threads that the system refuses: an error, or progress later; never a job that is lost or a spin.
//!
//! The limit is on a process of its own, which the test starts of itself: on the addresses that it may
//! use, with stacks so large that few threads fit. The rest is filled with threads of the test's, and
//! each of those that goes makes room for one.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Runtime};
use wane_tests::gate::Gate;
use wane_tests::hang::{self, Deadline};

use crate::{alone, base};

/// The stack of each thread. Nobody touches more than the first pages.
const STACK: usize = 256 << 20;

/// Set in the process with the limit.
const CHILD: &str = "WANE_CROWD_LIMITED";

/// Runs the body in a process that can have some dozens of such stacks and no more.
fn in_a_limited_process(test: &str, body: fn()) {
    if std::env::var_os(CHILD).is_some() {
        return body();
    }
    let _alone = alone();
    let program = std::env::current_exe().expect("a test is a program");
    // What a runtime reserves, and the stacks.
    let addresses_kb = (addresses() + (base() + 30) * STACK) / 1024;
    let status = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {addresses_kb} && exec \"$0\" \"$@\""),
        ])
        .arg(program)
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(CHILD, "1")
        // Threads of glibc's reserve addresses for heaps of their own, which would count as well.
        .env("MALLOC_ARENA_MAX", "1")
        .status();
    assert!(
        status.expect("a shell").success(),
        "{test} in a limited process"
    );
}

/// Bytes of addresses that a process with a runtime has.
fn addresses() -> usize {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(runtime.spawn(async {})).expect("no panic");
    let pages = fs::read_to_string("/proc/self/statm").expect("procfs");
    let pages = pages.split(' ').next().and_then(|pages| pages.parse().ok());
    pages.map(|pages: usize| pages * 4096).expect("a number")
}

/// Threads of nobody's, as many as the system gives.
struct Filler(Vec<(mpsc::Sender<()>, JoinHandle<()>)>);

impl Drop for Filler {
    fn drop(&mut self) {
        self.make_room(self.0.len());
    }
}

impl Filler {
    fn new() -> Self {
        let mut filler = Self(Vec::new());
        while let Some(one) = Self::start() {
            filler.0.push(one);
        }
        assert!(!filler.0.is_empty());
        filler
    }

    fn start() -> Option<(mpsc::Sender<()>, JoinHandle<()>)> {
        let (end, is_over) = mpsc::channel::<()>();
        let builder = thread::Builder::new().stack_size(STACK);
        let thread = builder.spawn(move || {
            let _over = is_over.recv();
        });
        thread.ok().map(|thread| (end, thread))
    }

    /// Makes room for so many threads.
    fn make_room(&mut self, threads: usize) {
        for _ in 0..threads {
            let (end, thread) = self.0.pop().expect("there were more");
            drop(end);
            thread.join().expect("no panic");
        }
    }
}

/// Processor time of this process so far.
fn processor_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("procfs");
    let times = tasks.filter_map(|task| {
        let path = task.ok()?.path().join("schedstat");
        let text = fs::read_to_string(path).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// The part of one core that the process uses while nothing can be done.
fn part_in_use() -> f64 {
    let (since, before) = (Instant::now(), processor_time());
    thread::sleep(Duration::from_secs(1));
    (processor_time() - before).as_secs_f64() / since.elapsed().as_secs_f64()
}

fn runtime(builder: &mut Builder) -> Runtime {
    let builder = builder.thread_stack_size(STACK);
    builder.thread_keep_alive(Duration::from_millis(1));
    builder.build().expect("a runtime")
}

/// Holds a thread of the pool until the gate is opened.
fn hold(runtime: &Runtime, gate: &Gate) {
    let (held, is_held) = mpsc::channel();
    let pass = gate.clone();
    drop(runtime.spawn_blocking(move || {
        held.send(()).expect("the test waits for it");
        pass.wait();
    }));
    is_held.recv().expect("the job begins");
}

#[test]
fn a_first_thread_that_is_refused_is_an_error() {
    in_a_limited_process(
        "refused::a_first_thread_that_is_refused_is_an_error",
        || {
            let runtime = runtime(&mut Builder::new_current_thread());
            let _deadline = Deadline::start("a refused first thread", runtime.metrics());
            let mut filler = Filler::new();
            let refused = runtime.try_spawn_blocking(|| 6 * 7);
            let refused = refused.expect_err("there is no thread");
            assert!(!refused.is_full() && !refused.is_shut_down(), "{refused}");
            let closure = refused.into_closure();
            let looked_up = runtime
                .block_on(async { wane::net::lookup_host(("localhost", 80)).await.map(drop) });
            println!("a look-up without a thread: {looked_up:?}");
            assert!(looked_up.is_err());
            let part = part_in_use();
            println!(
                "{:.1} % of a core while the first thread is refused",
                part * 100.0
            );
            assert!(part < 0.05, "{part}");
            filler.make_room(1);
            let job = runtime.try_spawn_blocking(closure).expect("a thread");
            assert_eq!(runtime.block_on(job).expect("no panic"), 42);
        },
    );
}

#[test]
fn later_threads_that_are_refused_are_progress_later() {
    in_a_limited_process(
        "refused::later_threads_that_are_refused_are_progress_later",
        // New work starts no more than the base: then comes the probe, whose threads are refused.
        || later_threads_are_refused(base(), base() + 1),
    );
}

#[test]
fn later_threads_and_a_probe_that_are_refused_are_progress_later() {
    in_a_limited_process(
        "refused::later_threads_and_a_probe_that_are_refused_are_progress_later",
        || later_threads_are_refused(3, 3),
    );
}

/// So many jobs hold a thread each, and there is room for so many threads.
fn later_threads_are_refused(held: usize, room: usize) {
    let runtime = runtime(&mut Builder::new_current_thread());
    let metrics = runtime.metrics();
    let _deadline = Deadline::start("refused threads", metrics.clone());
    let mut filler = Filler::new();
    filler.make_room(room);
    let gate = Gate::new();
    (0..held).for_each(|_| hold(&runtime, &gate));
    let jobs: Vec<_> = (0..100)
        .map(|job| runtime.spawn_blocking(move || job))
        .collect();
    thread::sleep(Duration::from_millis(500));
    let part = part_in_use();
    println!(
        "{:.1} % of a core while later threads are refused",
        part * 100.0
    );
    assert!(part < 0.05, "{part}");
    assert!(jobs.iter().all(|job| !job.is_finished()));
    // Where the probe was refused, too, the next job asks for it.
    filler.make_room(2);
    drop(runtime.spawn_blocking(|| ()));
    for (number, job) in jobs.into_iter().enumerate() {
        assert_eq!(runtime.block_on(job).expect("no panic"), number);
    }
    gate.open();
    hang::until("the end of the threads", &metrics, || {
        metrics.num_blocking_threads() == 0
    });
}

#[test]
fn a_runtime_without_spare_threads_goes_on_when_its_workers_do() {
    in_a_limited_process(
        "refused::a_runtime_without_spare_threads_goes_on_when_its_workers_do",
        || {
            let runtime = runtime(Builder::new_multi_thread().worker_threads(2));
            let _deadline = Deadline::start("refused spare threads", runtime.metrics());
            // The monitor comes with the first long poll, if not before.
            let _filler = Filler::new();
            let gate = Gate::new();
            let (blocked, is_blocked) = mpsc::channel();
            for _ in 0..2 {
                let (pass, blocked) = (gate.clone(), blocked.clone());
                drop(runtime.spawn(async move {
                    blocked.send(()).expect("the test counts them");
                    pass.wait();
                }));
            }
            (0..2).for_each(|_| is_blocked.recv().expect("each blocks"));
            let waits = runtime.spawn(async { 42 });
            let part = part_in_use();
            println!(
                "{:.1} % of a core while spare threads are refused",
                part * 100.0
            );
            assert!(part < 0.05, "{part}");
            gate.open();
            assert_eq!(runtime.block_on(waits).expect("no panic"), 42);
        },
    );
}

#[test]
fn a_thread_for_signals_that_is_refused_is_an_error() {
    in_a_limited_process(
        "refused::a_thread_for_signals_that_is_refused_is_an_error",
        || {
            let runtime = runtime(&mut Builder::new_current_thread());
            let _deadline = Deadline::start("a refused sender of signals", runtime.metrics());
            let (go, told) = mpsc::channel::<()>();
            let job = runtime.spawn_blocking_with(move |ctx| {
                told.recv().expect("the test tells");
                ctx.interruptible(|| Ok(5))
            });
            let _filler = Filler::new();
            let mut small = Vec::new();
            // The sender has a stack of std's size, for which there may be room between the others.
            while let Ok(thread) = thread::Builder::new().spawn(thread::park) {
                small.push(thread);
            }
            go.send(()).expect("the job waits");
            let refused = runtime.block_on(job).expect("no panic");
            println!("a call without a thread for signals: {refused:?}");
            assert!(refused.is_err());
            small.into_iter().for_each(|thread| {
                thread.thread().unpark();
                thread.join().expect("no panic");
            });
        },
    );
}

#[test]
fn a_runtime_without_threads_for_its_workers_is_an_error() {
    in_a_limited_process(
        "refused::a_runtime_without_threads_for_its_workers_is_an_error",
        || {
            let mut filler = Filler::new();
            let build = || {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(3).thread_stack_size(STACK).build()
            };
            assert!(build().is_err());
            filler.make_room(2);
            assert!(build().is_err(), "two of three");
            filler.make_room(4);
            let runtime = build().expect("threads for all");
            assert_eq!(
                runtime
                    .block_on(runtime.spawn(async { 5 }))
                    .expect("no panic"),
                5
            );
        },
    );
}
