//! Blocking jobs that an abort ends while they run.

#[cfg(unix)]
mod unix;

use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wane::channel::{self, Receiver, Sender};
use wane::runtime::Runtime;
use wane::task::{BlockingContext, Cancelled, JoinHandle, RecvCancelError, SendCancelError};
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{Kind, in_each, on_each};

/// So long that a test that waited for it would hang.
const LONG: Duration = Duration::from_secs(3600);

/// How many jobs are stuck at a time.
const CROWD: usize = 40;

/// Spawns a job, and returns when its closure runs.
pub(crate) fn started<R: Send + 'static>(
    runtime: &Runtime,
    job: impl FnOnce(BlockingContext) -> R + Send + 'static,
) -> JoinHandle<R> {
    let (running, is_running) = mpsc::channel();
    let handle = runtime.spawn_blocking_with(move |ctx| {
        running.send(()).expect("the test waits for it");
        job(ctx)
    });
    is_running.recv().expect("the job begins");
    handle
}

/// Waits until every thread of the pool is idle and no aborted job runs.
pub(crate) fn settle(runtime: &Runtime) {
    let metrics = runtime.metrics();
    hang::until("the end of the aborted jobs", &metrics, || {
        metrics.num_abandoned_blocking_jobs() == 0
            && metrics.num_idle_blocking_threads() == metrics.num_blocking_threads()
    });
}

/// Aborts them all and returns what they return.
pub(crate) fn end_all<R>(runtime: &Runtime, jobs: Vec<JoinHandle<R>>) -> Vec<R> {
    jobs.iter().for_each(JoinHandle::abort);
    let ended = jobs
        .into_iter()
        .map(|job| runtime.block_on(job).expect("it returned"));
    let ended = ended.collect();
    settle(runtime);
    ended
}

fn crowd<R: Send + 'static>(
    runtime: &Runtime,
    job: impl Fn(BlockingContext) -> R + Clone + Send + 'static,
) -> Vec<JoinHandle<R>> {
    let jobs = (0..CROWD).map(|_| started(runtime, job.clone()));
    jobs.collect()
}

#[test]
fn an_abort_ends_a_sleep() {
    on_each(|runtime| {
        let jobs = crowd(runtime, |ctx| ctx.sleep(LONG));
        assert!(end_all(runtime, jobs).iter().all(Result::is_err));
        let jobs = crowd(runtime, |ctx| ctx.sleep(Duration::MAX));
        assert!(end_all(runtime, jobs).iter().all(Result::is_err));
    });
}

#[test]
fn a_sleep_that_nobody_aborts_ends_by_itself() {
    in_each(|| async {
        let slept = wane::task::spawn_blocking_with(|ctx| ctx.sleep(Duration::from_millis(2)));
        assert_eq!(slept.await.expect("no panic"), Ok(()));
    });
}

#[test]
fn an_abort_ends_a_receive_and_takes_no_message() {
    on_each(|runtime| {
        let (tx, rx) = channel::unbounded();
        let receiver = rx.clone();
        let jobs = crowd(runtime, move |ctx| ctx.recv(&receiver));
        let ended = end_all(runtime, jobs);
        assert!(
            ended
                .iter()
                .all(|end| *end == Err(RecvCancelError::Cancelled))
        );
        tx.try_send(7).expect("there are receivers");
        assert_eq!(rx.try_recv(), Ok(7));
    });
}

#[test]
fn an_abort_ends_a_send_and_gives_the_message_back() {
    on_each(|runtime| {
        let (tx, rx) = channel::bounded(1);
        tx.try_send(0).expect("there is a slot");
        let jobs = crowd(runtime, move |ctx| ctx.send(&tx, 1));
        let ended = end_all(runtime, jobs);
        assert!(
            ended
                .iter()
                .all(|end| *end == Err(SendCancelError::Cancelled(1)))
        );
        assert_eq!(rx.try_recv(), Ok(0));
        assert!(rx.try_recv().is_err(), "none of them has sent");
    });
}

#[test]
fn an_abort_ends_a_wait_for_a_future_and_drops_it() {
    on_each(|runtime| {
        let ledger = Ledger::new();
        let job = started(runtime, {
            let token = ledger.token();
            move |ctx| {
                ctx.block_on(async move {
                    let _token = token;
                    std::future::pending::<()>().await;
                })
            }
        });
        job.abort();
        assert!(runtime.block_on(job).expect("it returned").is_err());
        assert!(ledger.is_settled());
    });
}

#[test]
fn an_abort_is_seen_by_a_job_that_asks() {
    on_each(|runtime| {
        let jobs = crowd(runtime, |ctx| {
            while !ctx.is_cancelled() {
                thread::yield_now();
            }
            ctx.check()
        });
        assert!(end_all(runtime, jobs).iter().all(Result::is_err));
    });
}

#[test]
fn every_cycle_of_aborted_jobs_leaves_the_pool_as_it_was() {
    let runtime = Kind::Workers(2).build();
    let _deadline = hang::Deadline::start("25 cycles of aborts", runtime.metrics());
    let (_open, rx) = channel::bounded::<u32>(1);
    let mut threads_max = 0;
    for _ in 0..25 {
        let rx = rx.clone();
        let jobs = crowd(&runtime, move |ctx| ctx.recv(&rx).is_err());
        assert!(
            end_all(&runtime, jobs)
                .into_iter()
                .all(|is_cancelled| is_cancelled)
        );
        threads_max = threads_max.max(runtime.metrics().num_blocking_threads());
    }
    // Were they stuck, it would be 25 times as many. The pool itself adds some at a stall.
    assert!(threads_max <= 4 * CROWD, "{threads_max} threads");
}

#[test]
fn what_a_job_took_before_its_abort_is_in_what_it_returns() {
    const MESSAGES: u64 = 20_000;
    let runtime = Kind::Workers(2).build();
    let _deadline = hang::Deadline::start("a transfer with aborts", runtime.metrics());
    let (tx, rx) = channel::bounded(4);
    let sender = thread::spawn(move || {
        (1..=MESSAGES).for_each(|message| tx.send_blocking(message).expect("a receiver is there"));
    });
    let mut received = Vec::new();
    while received.len() < MESSAGES as usize {
        let jobs = (0..4).map(|_| started(&runtime, drain(rx.clone())));
        let jobs = jobs.collect::<Vec<_>>();
        let before = received.len();
        for taken in end_all(&runtime, jobs) {
            received.extend(taken);
        }
        if received.len() == before {
            // The jobs were too late; so that each round gets on.
            received.extend(rx.try_recv().ok());
        }
    }
    sender.join().expect("everything was received");
    received.sort_unstable();
    assert!(received.into_iter().eq(1..=MESSAGES));
}

/// Receives until it is aborted.
fn drain(rx: Receiver<u64>) -> impl FnOnce(BlockingContext) -> Vec<u64> {
    move |ctx| std::iter::from_fn(|| ctx.recv(&rx).ok()).collect()
}

#[test]
fn what_a_job_sent_before_its_abort_arrives_and_nothing_else() {
    let runtime = Kind::Workers(2).build();
    let _deadline = hang::Deadline::start("sends with aborts", runtime.metrics());
    let (tx, rx) = channel::bounded(2);
    let receiver = thread::spawn(move || std::iter::from_fn(|| rx.recv_blocking().ok()).count());
    let mut sent = 0;
    for _ in 0..200 {
        let jobs = (0..4).map(|_| started(&runtime, fill(tx.clone())));
        let jobs = jobs.collect();
        sent += end_all(&runtime, jobs).into_iter().sum::<usize>();
    }
    drop(tx);
    assert_eq!(receiver.join().expect("no panic"), sent);
}

/// Sends until it is aborted; returns how often it did.
fn fill(tx: Sender<()>) -> impl FnOnce(BlockingContext) -> usize {
    move |ctx| std::iter::from_fn(|| ctx.send(&tx, ()).ok()).count()
}

#[test]
fn a_closed_channel_is_told_from_an_abort() {
    in_each(|| async {
        let (tx, rx) = channel::bounded::<u32>(1);
        rx.close();
        let job = wane::task::spawn_blocking_with(move |ctx| (ctx.send(&tx, 3), ctx.recv(&rx)));
        let (sent, received) = job.await.expect("no panic");
        assert_eq!(sent, Err(SendCancelError::Closed(3)));
        assert_eq!(received, Err(RecvCancelError::Closed));
    });
}

#[test]
fn a_job_aborted_before_its_start_never_runs() {
    for kind in Kind::ALL {
        let mut builder = kind.builder();
        let runtime = builder.max_blocking_threads(1).build().expect("a runtime");
        let _deadline = hang::Deadline::start("a queued job", runtime.metrics());
        let gate = Gate::new();
        let pass = gate.clone();
        let first = started(&runtime, move |_ctx| pass.wait());
        let ledger = Ledger::new();
        let token = ledger.token();
        let queued = runtime.spawn_blocking_with(move |_ctx| {
            drop(token);
            unreachable!("it was aborted");
        });
        let () = queued.abort();
        gate.open();
        let joined: Result<(), _> = runtime.block_on(queued);
        assert!(joined.expect_err("aborted").is_cancelled());
        assert!(ledger.is_settled());
        runtime.block_on(first).expect("no panic");
        settle(&runtime);
    }
}

#[test]
fn a_job_that_returns_after_its_abort_gives_its_value() {
    on_each(|runtime| {
        let gate = Gate::new();
        let pass = gate.clone();
        let job = started(runtime, move |_ctx| {
            pass.wait();
            3
        });
        job.abort();
        job.abort();
        gate.open();
        assert_eq!(runtime.block_on(job).expect("it returned"), 3);
        settle(runtime);
    });
}

#[test]
fn a_job_that_panics_after_its_abort_gives_its_panic() {
    on_each(|runtime| {
        let job = started(runtime, |ctx| {
            let slept = ctx.sleep(LONG);
            resume_unwind(Box::new(slept.expect_err("aborted")));
        });
        let () = job.abort();
        let error: Result<(), _> = runtime.block_on(job);
        let panic = error.expect_err("it panics").into_panic();
        assert!(panic.is::<Cancelled>());
        settle(runtime);
    });
}

#[test]
fn a_job_that_ignores_its_abort_is_counted_and_named_until_it_ends() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        let gate = Gate::new();
        let pass = gate.clone();
        let (running, is_running) = mpsc::channel();
        let line = line!() + 1;
        let deaf = runtime.spawn_blocking_with(move |_ctx| {
            running.send(()).expect("the test waits for it");
            pass.wait();
        });
        is_running.recv().expect("the job begins");
        assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
        deaf.abort();
        let abandoned = metrics.abandoned_blocking_jobs();
        assert_eq!(abandoned.len(), metrics.num_abandoned_blocking_jobs());
        let [job] = &abandoned[..] else {
            panic!("one job is abandoned: {abandoned:?}");
        };
        assert_eq!(job.id(), deaf.id());
        assert_eq!(
            (job.spawned_at().file(), job.spawned_at().line()),
            (file!(), line)
        );
        gate.open();
        runtime.block_on(deaf).expect("no panic");
        assert_eq!(metrics.num_abandoned_blocking_jobs(), 0);
    });
}

#[test]
fn clones_of_the_context_wait_on_other_threads_and_end_with_the_job() {
    on_each(|runtime| {
        let (_open, rx) = channel::bounded::<u32>(1);
        let job = started(runtime, move |ctx| {
            let helper = ctx.clone();
            let receiver = rx.clone();
            let receiving = thread::spawn(move || helper.recv(&receiver));
            let helper = ctx.clone();
            let sleeping = thread::spawn(move || helper.sleep(LONG));
            let left = thread::spawn(move || ctx.sleep(LONG));
            (receiving, sleeping, left)
        });
        // Nobody aborts: the closure has returned, and its clones are left.
        let (receiving, sleeping, left) = runtime.block_on(job).expect("no panic");
        let received = receiving.join().expect("no panic");
        assert_eq!(received, Err(RecvCancelError::Cancelled));
        assert!(sleeping.join().expect("no panic").is_err());
        assert!(left.join().expect("no panic").is_err());
        assert_eq!(runtime.metrics().num_abandoned_blocking_jobs(), 0);
    });
}

#[test]
fn the_shutdown_of_the_runtime_ends_jobs_that_are_stuck() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let _deadline = hang::Deadline::start("a shutdown with stuck jobs", runtime.metrics());
        let (tx, rx) = channel::bounded::<u32>(1);
        tx.try_send(0).expect("there is a slot");
        let sleeps = crowd(&runtime, |ctx| ctx.sleep(LONG).is_err());
        let sends = crowd(&runtime, move |ctx| ctx.send(&tx, 1).is_err());
        let (_open, empty) = channel::bounded::<u32>(1);
        let receives = crowd(&runtime, move |ctx| ctx.recv(&empty).is_err());
        drop(runtime);
        let other = Kind::CurrentThread.build();
        for job in sleeps.into_iter().chain(sends).chain(receives) {
            assert!(job.is_finished());
            assert!(other.block_on(job).expect("it returned"));
        }
        assert_eq!(rx.try_recv(), Ok(0));
    }
}

#[test]
fn the_shutdown_of_the_runtime_lets_other_jobs_end_as_they_like() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let (running, gate) = (Gate::new(), Gate::new());
        let (is_running, pass) = (running.clone(), gate.clone());
        let job = runtime.spawn_blocking(move || {
            is_running.open();
            pass.wait();
            3
        });
        running.wait();
        runtime.shutdown_background();
        gate.open();
        let other = Kind::CurrentThread.build();
        assert_eq!(other.block_on(job).expect("it had begun"), 3);
    }
}
