//! Jobs that are stuck, aborted, and stuck again: the pool is as new after each cycle, and where it cannot
//! be, it says so.

use std::io::{self, Read};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use wane::channel;
use wane::runtime::{AbandonedJob, Runtime, RuntimeMetrics};
use wane::task::{BlockingContext, JoinHandle, TrySpawnBlockingError};
use wane_tests::hang::{self, Deadline};
use wane_tests::runtimes::Kind;

use crate::{alone, sized};

/// Jobs that are stuck at a time.
const CROWD: usize = 40;

/// Where a job gets stuck until it is aborted.
#[derive(Clone, Copy, Debug)]
enum Place {
    Sleep,
    Receive,
    Send,
    #[cfg(unix)]
    Descriptor,
    #[cfg(unix)]
    SystemCall,
}

impl Place {
    #[cfg(unix)]
    const ALL: [Self; 5] = [
        Self::Sleep,
        Self::Receive,
        Self::Send,
        Self::Descriptor,
        Self::SystemCall,
    ];
    #[cfg(not(unix))]
    const ALL: [Self; 3] = [Self::Sleep, Self::Receive, Self::Send];

    /// Whether an abort has ended what never ends otherwise.
    fn wait(self, ctx: &BlockingContext) -> bool {
        let (sender, receiver) = channel::bounded(1);
        match self {
            Self::Sleep => ctx.sleep(Duration::MAX).is_err(),
            Self::Receive => ctx.recv(&receiver).is_err(),
            Self::Send => {
                let first = ctx.send(&sender, 0);
                first.and_then(|()| ctx.send(&sender, 1)).is_err()
            }
            #[cfg(unix)]
            Self::Descriptor => {
                let (reader, _writer) = io::pipe().expect("the system gives pipes");
                ctx.wait_readable(&reader).is_err()
            }
            #[cfg(unix)]
            Self::SystemCall => {
                let (mut reader, _writer) = io::pipe().expect("the system gives pipes");
                ctx.interruptible(|| reader.read(&mut [0; 8])).is_err()
            }
        }
    }
}

/// Starts a crowd whose closures run.
fn start<R: Send + 'static>(
    runtime: &Runtime,
    job: impl Fn(BlockingContext) -> R + Clone + Send + 'static,
) -> Vec<JoinHandle<R>> {
    let (running, is_running) = mpsc::channel();
    let jobs = (0..CROWD).map(|_| {
        let (job, running) = (job.clone(), running.clone());
        runtime.spawn_blocking_with(move |ctx| {
            running.send(()).expect("the test waits for it");
            job(ctx)
        })
    });
    let jobs = jobs.collect();
    (0..CROWD).for_each(|_| is_running.recv().expect("the job begins"));
    jobs
}

fn is_at_rest(metrics: &RuntimeMetrics) -> bool {
    metrics.num_abandoned_blocking_jobs() == 0
        && metrics.num_idle_blocking_threads() == metrics.num_blocking_threads()
}

#[test]
fn cycles_of_aborted_jobs_leave_no_thread_behind() {
    let _alone = alone();
    for place in Place::ALL {
        let mut builder = Kind::Workers(1).builder();
        let runtime = builder
            .thread_keep_alive(Duration::from_millis(20))
            .build()
            .expect("a runtime");
        let metrics = runtime.metrics();
        let mut slowest = Duration::ZERO;
        for _ in 0..sized(20, 1_000) {
            let _deadline = Deadline::start("a cycle of aborted jobs", metrics.clone());
            let jobs = start(&runtime, move |ctx| place.wait(&ctx));
            let since = Instant::now();
            jobs.iter().for_each(JoinHandle::abort);
            for job in jobs {
                assert!(runtime.block_on(job).expect("it returned"), "{place:?}");
            }
            hang::until("the rest of the pool", &metrics, || is_at_rest(&metrics));
            hang::until("the base", &metrics, || metrics.num_blocking_threads() <= 8);
            slowest = slowest.max(since.elapsed());
        }
        println!("{place:?}: back to base in {slowest:?} at most");
    }
}

/// A job that waits for what nobody sends, in a way that no abort ends.
fn wait_in_std(
    runtime: &Runtime,
    begun: mpsc::Sender<()>,
    until: mpsc::Receiver<()>,
) -> Result<JoinHandle<()>, TrySpawnBlockingError<impl FnOnce()>> {
    runtime.try_spawn_blocking(move || {
        // Where the test has given up nobody wants to know.
        let _told = begun.send(());
        let _end = until.recv();
    })
}

#[test]
fn jobs_that_no_abort_ends_do_not_keep_new_work_from_running() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    // Small stacks, or the addresses run out before the threads do.
    let runtime = builder
        .thread_stack_size(64 << 10)
        .build()
        .expect("a runtime");
    let metrics = runtime.metrics();
    let _deadline = Deadline::after(
        Duration::from_secs(300),
        "new work beside stuck jobs",
        metrics.clone(),
    );
    let (mut stuck, mut senders) = (Vec::new(), Vec::new());
    let mut refused = None;
    let mut slowest = Duration::ZERO;
    // Each thread has two to four mappings, of which Linux gives a process 65,530: more than 16,000
    // threads meet that limit, at which glibc itself may end the process.
    for _ in 0..sized(25, 400) {
        if let Err(error) = add_stuck(&runtime, &mut stuck, &mut senders) {
            refused = Some(error);
            break;
        }
        let since = Instant::now();
        let new = runtime.try_spawn_blocking(|| 5);
        match new {
            Ok(new) => assert_eq!(runtime.block_on(new).expect("no panic"), 5),
            Err(error) => {
                refused = Some(error.abandoned_jobs().to_vec());
                break;
            }
        }
        slowest = slowest.max(since.elapsed());
    }
    println!(
        "{} jobs stuck, new work within {slowest:?}, refused at the end: {}",
        stuck.len(),
        refused.is_some()
    );
    let named = refused.unwrap_or_else(|| metrics.abandoned_blocking_jobs());
    assert_eq!(named.len(), stuck.len());
    assert!(named.iter().all(|job| job.spawned_at().file() == file!()));
    let spawned_at = named[0].spawned_at();
    assert!(named.iter().all(|job| job.spawned_at() == spawned_at));
    drop(senders);
    for job in stuck {
        runtime.block_on(job).expect("it had begun");
    }
    hang::until("the rest of the pool", &metrics, || is_at_rest(&metrics));
}

/// Adds a crowd of stuck jobs and aborts them. The jobs that are in the way where the system gives no more
/// threads.
fn add_stuck(
    runtime: &Runtime,
    stuck: &mut Vec<JoinHandle<()>>,
    senders: &mut Vec<mpsc::Sender<()>>,
) -> Result<(), Vec<AbandonedJob>> {
    for _ in 0..CROWD {
        let (begun, has_begun) = mpsc::channel();
        let (sender, until) = mpsc::channel();
        match wait_in_std(runtime, begun, until) {
            Ok(job) => {
                has_begun.recv().expect("the job begins");
                // Alone in the pool from now on, so that each one needs a thread of its own.
                job.abort();
                stuck.push(job);
                senders.push(sender);
            }
            Err(error) => return Err(error.abandoned_jobs().to_vec()),
        }
    }
    Ok(())
}
