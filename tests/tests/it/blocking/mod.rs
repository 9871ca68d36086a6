//! Jobs that block.

mod abandoned;

use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use wane::net::{TcpListener, TcpStream, lookup_host};
use wane::runtime::{Builder, Handle, Runtime};
use wane::task::{AbortHandle, JoinHandle, spawn_blocking};
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

/// A runtime with one thread for jobs, and a job that holds it until the gate is opened.
fn with_its_one_thread_held(kind: Kind) -> (Runtime, Gate) {
    held(&mut kind.builder())
}

fn held(builder: &mut Builder) -> (Runtime, Gate) {
    let runtime = builder.max_blocking_threads(1).build().expect("a runtime");
    let (held, gate) = (Gate::new(), Gate::new());
    let (is_held, pass) = (held.clone(), gate.clone());
    drop(runtime.spawn_blocking(move || {
        is_held.open();
        pass.wait();
    }));
    held.wait();
    (runtime, gate)
}

/// Many times what it takes, and yet not as long as a thread that never comes.
const PROMPTLY: Duration = Duration::from_secs(10);

#[test]
fn closures_of_aborted_jobs_go_while_every_thread_is_blocked() {
    for kind in Kind::ALL {
        let (runtime, gate) = with_its_one_thread_held(kind);
        let metrics = runtime.metrics();
        let ledger = Ledger::new();
        let doomed: Vec<_> = (0..1_000)
            .map(|_| {
                let (token, payload) = (ledger.token(), vec![1_u8; 10_000]);
                runtime.spawn_blocking(move || {
                    drop((token, payload));
                    unreachable!("it was aborted");
                })
            })
            .collect();
        let kept: Vec<_> = (0..3)
            .map(|job| runtime.spawn_blocking(move || job))
            .collect();
        assert_eq!(metrics.blocking_queue_depth(), 1_003);
        let since = Instant::now();
        doomed.iter().for_each(JoinHandle::abort);
        hang::until("the drop of the closures", &metrics, || ledger.live() == 0);
        println!("{kind:?}: 1,000 closures dropped in {:?}", since.elapsed());
        assert!(since.elapsed() < PROMPTLY);
        hang::until("the end of their places", &metrics, || {
            metrics.blocking_queue_depth() == 3
        });
        for job in doomed {
            let joined: Result<(), _> = runtime.block_on(job);
            assert!(joined.expect_err("aborted").is_cancelled());
        }
        assert_eq!(metrics.num_blocking_threads(), 1);
        gate.open();
        for (job, handle) in kept.into_iter().enumerate() {
            assert_eq!(runtime.block_on(handle).expect("no panic"), job);
        }
    }
}

/// Tells which thread drops it.
struct Witness(mpsc::Sender<ThreadId>);

impl Drop for Witness {
    fn drop(&mut self) {
        // Where the test has failed nobody wants to know.
        let _told = self.0.send(thread::current().id());
    }
}

#[test]
fn an_aborter_does_not_drop_the_closure_itself() {
    for kind in Kind::ALL {
        let (runtime, gate) = with_its_one_thread_held(kind);
        let (told, dropped_by) = mpsc::channel();
        let witness = Witness(told);
        let job = runtime.spawn_blocking(move || drop(witness));
        job.abort_handle().abort();
        let dropped_by = dropped_by.recv_timeout(hang::PATIENCE);
        assert_ne!(dropped_by.expect("it is dropped"), thread::current().id());
        gate.open();
    }
}

#[test]
fn a_destructor_that_blocks_holds_up_neither_aborts_nor_jobs() {
    for kind in Kind::ALL {
        let (runtime, gate) = with_its_one_thread_held(kind);
        let (entered, leave) = (Gate::new(), Gate::new());
        let slow = SlowDrop(entered.clone(), leave.clone());
        runtime.spawn_blocking(move || drop(slow)).abort();
        entered.wait();
        let other = runtime.spawn_blocking(|| ());
        other.abort();
        gate.open();
        let job = runtime.spawn_blocking(|| 5);
        assert_eq!(runtime.block_on(job).expect("no panic"), 5);
        leave.open();
        let joined = runtime.block_on(other);
        assert!(joined.expect_err("aborted").is_cancelled());
    }
}

/// Opens one gate and waits for the other.
struct SlowDrop(Gate, Gate);

impl Drop for SlowDrop {
    fn drop(&mut self) {
        self.0.open();
        self.1.wait();
    }
}

#[test]
fn aborts_that_meet_threads_and_a_shutdown_lose_no_closure() {
    for round in 0..200 {
        let runtime = Kind::CurrentThread
            .builder()
            .max_blocking_threads(2)
            .build()
            .expect("a runtime");
        let _deadline = hang::Deadline::start("a round of aborts", runtime.metrics());
        let ledger = Ledger::new();
        let jobs: Vec<_> = (0..200)
            .map(|_| {
                let token = ledger.token();
                runtime.spawn_blocking(move || drop(token))
            })
            .collect();
        let handles: Vec<_> = jobs.iter().map(JoinHandle::abort_handle).collect();
        let aborters: Vec<_> = handles
            .chunks(100)
            .map(|handles| {
                let handles = handles.to_vec();
                thread::spawn(move || handles.iter().rev().for_each(AbortHandle::abort))
            })
            .collect();
        if round % 2 == 0 {
            for job in jobs {
                let joined = runtime.block_on(job);
                assert!(joined.is_ok() || joined.is_err_and(|error| error.is_cancelled()));
            }
            assert_eq!(runtime.metrics().blocking_queue_depth(), 0);
        }
        drop(runtime);
        for aborter in aborters {
            aborter.join().expect("no panic");
        }
        assert!(ledger.is_settled(), "{ledger:?}");
    }
}

#[test]
fn names_are_looked_up_while_every_thread_is_blocked() {
    for kind in Kind::ALL {
        let (runtime, gate) = with_its_one_thread_held(kind);
        let queued = runtime.spawn_blocking(|| ());
        let metrics = runtime.metrics();
        let since = Instant::now();
        runtime.block_on(async {
            let _deadline = hang::Deadline::start("a look-up", metrics.clone());
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let port = listener.local_addr().expect("bound").port();
            let found = lookup_host(("localhost", port)).await.expect("found");
            assert!(found.count() > 0);
            let connected = TcpStream::connect(("localhost", port)).await;
            drop(connected.expect("somebody listens"));
        });
        println!("{kind:?}: two look-ups took {:?}", since.elapsed());
        assert!(since.elapsed() < PROMPTLY);
        // The lane's, and the probe that looks after the queued one.
        assert!((2..=5).contains(&metrics.num_reserved_blocking_threads()));
        assert_eq!(metrics.num_blocking_threads(), 1);
        assert!(!queued.is_finished());
        gate.open();
        runtime.block_on(queued).expect("no panic");
    }
}

#[test]
fn a_full_pool_gives_the_closure_back_until_there_is_room() {
    for kind in Kind::ALL {
        let mut builder = kind.builder();
        builder.max_blocking_queue(2);
        let (runtime, gate) = held(&mut builder);
        let ledger = Ledger::new();
        let job = || {
            let token = ledger.token();
            move || drop(token)
        };
        let accepted = [0, 1].map(|_| runtime.try_spawn_blocking(job()).expect("room"));
        let refused = runtime.try_spawn_blocking(job()).expect_err("no room");
        assert!(refused.is_full() && !refused.is_shut_down());
        assert_eq!((refused.active(), refused.queued()), (1, 2));
        let told = refused.to_string();
        assert!(
            told.contains("(threads busy: 1, jobs waiting: 2)"),
            "{told}"
        );
        assert_eq!(ledger.live(), 3, "the refused closure is here");
        // An aborted job makes room, whether its place has been cleared or not.
        accepted[0].abort();
        hang::until("the drop of the aborted one", &ledger, || {
            ledger.live() == 2
        });
        let again = runtime.try_spawn_blocking(refused.into_closure());
        let again = again.expect("room");
        gate.open();
        runtime.block_on(again).expect("no panic");
        let [aborted, kept] = accepted;
        runtime.block_on(kept).expect("no panic");
        let aborted = runtime.block_on(aborted);
        assert!(aborted.expect_err("aborted").is_cancelled());
        let handle = runtime.handle().clone();
        drop(runtime);
        let refused = handle.try_spawn_blocking(job()).expect_err("it is over");
        assert!(refused.is_shut_down());
        refused.into_closure()();
        assert!(ledger.is_settled());
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
