//! What is left of jobs in the tables that aborts look at: nothing.

use std::time::Duration;

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Mutex};

use super::BlockingContext;
use crate::blocking::Blocking;
use crate::blocking::config::Config;
use crate::cell::interrupts::is_listed;
use crate::parts::block_on::block_on;

/// A pool, shut down and waited for when the test is over.
struct Bench(Arc<Blocking>);

impl Bench {
    fn new() -> Self {
        Self(Blocking::new(Config::for_cores(1)))
    }

    fn of_one_thread() -> Self {
        let mut config = Config::for_cores(1);
        config.max = Some(1);
        Self(Blocking::new(config))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.0.shut_down();
        assert_eq!(self.0.join(None), 0);
    }
}

#[test]
fn a_job_has_an_entry_until_it_ends_however_it_does() {
    let bench = Bench::of_one_thread();
    let stays = bench.0.spawn_with(|ctx| ctx.sleep(Duration::MAX));
    let panics = bench
        .0
        .spawn_with(|_ctx| std::panic::resume_unwind(Box::new(())));
    let never_runs = bench.0.spawn_with(|_ctx| ());
    let ids = [stays.id(), panics.id(), never_runs.id()];
    assert!(ids.into_iter().all(is_listed));
    never_runs.abort();
    stays.abort();
    // Aborted before it had its thread, or in its sleep.
    let ended = block_on(stays);
    assert!(ended.is_err() || ended.is_ok_and(|slept| slept.is_err()));
    let ended: Result<(), _> = block_on(panics);
    assert!(ended.expect_err("it panics").is_panic());
    assert!(block_on(never_runs).expect_err("aborted").is_cancelled());
    bench.0.shut_down();
    let refused = bench.0.spawn_with(|_ctx| ());
    assert!(!is_listed(refused.id()));
    assert!(!ids.into_iter().any(is_listed));
}

#[test]
fn aborts_at_any_moment_of_a_job_leave_nothing() {
    let bench = Bench::new();
    for _ in 0..1_000 {
        let kept: Arc<Mutex<Option<BlockingContext>>> = Arc::default();
        let keep = Arc::clone(&kept);
        let job = bench.0.spawn_with(move |ctx| {
            *keep.lock() = Some(ctx.clone());
            ctx.sleep(Duration::from_micros(20))
        });
        let id = job.id();
        let abort = job.abort_handle();
        let aborter = thread::Builder::new().spawn(move || abort.abort());
        let slept = block_on(job);
        let is_ended = slept.is_ok_and(|slept| slept.is_ok());
        aborter
            .expect("a thread for the test")
            .join()
            .expect("no panic");
        assert!(!is_listed(id));
        assert_eq!(bench.0.abandoned(), 0, "is ended: {is_ended}");
        if let Some(ctx) = kept.lock().take() {
            assert!(ctx.is_cancelled(), "nobody can abort it any more");
            assert!(ctx.check().is_err());
        }
    }
}

#[test]
fn wakers_are_taken_back_by_whom_they_wake() {
    let bench = Bench::new();
    let (tx, rx) = wane_channel::bounded(1);
    let job = bench.0.spawn_with(move |ctx| {
        let received = ctx.recv(&rx);
        let left = ctx.interruption.state.lock().wakers.len();
        (received, left)
    });
    tx.send_blocking(5).expect("the job receives");
    assert_eq!(block_on(job).expect("no panic"), (Ok(5), 0));
}
