//! Nobody waits for a worker that is stuck in a poll.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::sleep;
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Handle, Runtime};
use wane::task::{JoinHandle, LocalSet, block_in_place, spawn_local};
use wane_tests::gate::Gate;
use wane_tests::hang;

const WORKERS: usize = 2;

/// How long a task blocks its worker, where nobody can end it sooner. What is tested takes a hundredth
/// on a machine with nothing else to do.
const BLOCK: Duration = Duration::from_secs(5);

fn runtime() -> Runtime {
    builder().build().expect("a runtime")
}

fn builder() -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(WORKERS);
    builder
}

/// Blocks every worker until the gate is opened.
fn block_all(runtime: &Runtime) -> Gate {
    let gate = Gate::new();
    let (tx, rx) = mpsc::channel();
    for _ in 0..WORKERS {
        let (pass, tx) = (gate.clone(), tx.clone());
        drop(runtime.spawn(async move {
            tx.send(()).expect("the test counts them");
            pass.wait();
        }));
    }
    (0..WORKERS).for_each(|_| rx.recv().expect("each blocks"));
    gate
}

/// Echoes what one client sends; returns how much that was.
async fn spawn_echo() -> (SocketAddr, JoinHandle<u64>) {
    let listener = wane::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let echo = wane::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut read, mut write) = stream.split();
        wane::io::copy(&mut read, &mut write).await.unwrap()
    });
    (address, echo)
}

fn check_echo(stream: &mut TcpStream) {
    let mut answer = [0; 4];
    stream.write_all(b"ping").unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ping");
}

#[test]
fn a_timer_fires_though_every_worker_is_blocked() {
    let runtime = runtime();
    let _deadline =
        hang::Deadline::start("a timer beside blocked workers", runtime.handle().clone());
    let timer = runtime.spawn(async { wane::time::sleep(Duration::from_millis(10)).await });
    let gate = block_all(&runtime);
    runtime.block_on(timer).expect("no panic");
    gate.open();
}

#[test]
fn a_task_that_is_spawned_while_every_worker_is_blocked_runs() {
    let runtime = runtime();
    let _deadline =
        hang::Deadline::start("a spawn beside blocked workers", runtime.handle().clone());
    let gate = block_all(&runtime);
    let answer = runtime.block_on(runtime.spawn(async { wane::spawn(async { 42 }).await }));
    assert_eq!(answer.expect("no panic").expect("no panic"), 42);
    assert!(runtime.metrics().num_rescue_threads() > 0);
    gate.open();
}

#[test]
fn a_socket_is_served_though_every_worker_is_blocked() {
    let runtime = runtime();
    let _deadline =
        hang::Deadline::start("a socket beside blocked workers", runtime.handle().clone());
    let (address, echo) = runtime.block_on(spawn_echo());
    let gate = block_all(&runtime);
    let mut stream = TcpStream::connect(address).unwrap();
    check_echo(&mut stream);
    drop(stream);
    assert_eq!(runtime.block_on(echo).expect("no panic"), 4);
    gate.open();
}

/// The task that is to run next is in the blocked worker's own slot, of which nobody was told.
#[test]
fn what_a_task_spawns_or_wakes_before_it_blocks_does_not_wait_for_it() {
    let runtime = runtime();
    let _deadline = hang::Deadline::start("spawn, then block", runtime.handle().clone());
    let (tx, rx) = mpsc::channel();
    let (wake, woken) = wane::sync::oneshot::channel();
    let waiter = runtime.spawn(async move { woken.await.expect("it is sent") });
    let gate = Gate::new();
    let pass = gate.clone();
    drop(runtime.spawn(async move {
        drop(wane::spawn(
            async move { tx.send(()).expect("the test waits") },
        ));
        wake.send(()).expect("the waiter waits");
        pass.wait();
    }));
    rx.recv().expect("the child runs");
    runtime.block_on(waiter).expect("no panic");
    gate.open();
}

#[test]
fn an_aborted_task_is_dropped_though_every_worker_is_blocked() {
    let runtime = runtime();
    let _deadline =
        hang::Deadline::start("an abort beside blocked workers", runtime.handle().clone());
    let parked = runtime.spawn(std::future::pending::<()>());
    let gate = block_all(&runtime);
    parked.abort();
    let error = runtime.block_on(parked).expect_err("it is aborted");
    assert!(error.is_cancelled());
    gate.open();
}

#[test]
fn more_tasks_than_workers_may_wait_for_each_other_in_their_polls() {
    let runtime = runtime();
    let _deadline = hang::Deadline::start("tasks at a barrier", runtime.handle().clone());
    let tasks = 12;
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(tasks));
    let waiting: Vec<_> = (0..tasks)
        .map(|_| {
            let barrier = barrier.clone();
            runtime.spawn(async move { barrier.wait() })
        })
        .collect();
    for task in waiting {
        runtime.block_on(task).expect("no panic");
    }
}

#[test]
fn spare_workers_go_when_the_others_are_back() {
    let runtime = runtime();
    let gate = block_all(&runtime);
    hang::until("a spare worker", &runtime, || {
        runtime.metrics().num_rescue_threads() > 0
    });
    gate.open();
    hang::until("the spare worker's end", &runtime, || {
        runtime.metrics().num_rescue_threads() == 0
    });
    assert!(runtime.metrics().rescue_count() > 0);
    let answer = runtime.block_on(runtime.spawn(async { 42 }));
    assert_eq!(answer.expect("no panic"), 42);
}

/// It was the spare worker who slept in the driver, and the others sleep elsewhere when it goes.
#[test]
fn a_timer_fires_though_the_worker_that_waited_for_it_has_retired() {
    let runtime = runtime();
    let _deadline = hang::Deadline::start("a timer after a rescue", runtime.handle().clone());
    for _ in 0..3 {
        let timer = runtime.spawn(async { wane::time::sleep(Duration::from_millis(300)).await });
        let gate = block_all(&runtime);
        hang::until("a spare worker", &runtime, || {
            runtime.metrics().num_rescue_threads() > 0
        });
        gate.open();
        runtime.block_on(timer).expect("no panic");
    }
}

#[test]
fn a_runtime_ends_in_the_middle_of_a_rescue() {
    for _ in 0..20 {
        let runtime = runtime();
        let gate = block_all(&runtime);
        let opener = std::thread::spawn({
            let gate = gate.clone();
            move || {
                sleep(Duration::from_millis(12));
                gate.open();
            }
        });
        let _deadline = hang::Deadline::start("the end of a runtime", runtime.handle().clone());
        drop(runtime);
        opener.join().expect("no panic");
    }
}

/// Spare workers come and go while others steal and spawn.
#[test]
fn a_load_that_blocks_now_and_then_is_done() {
    let runtime = builder()
        .rescue_after(Duration::from_millis(1))
        .build()
        .expect("a runtime");
    let _deadline = hang::Deadline::start("a load that blocks", runtime.handle().clone());
    for round in 0..12_u64 {
        let tasks: Vec<_> = (0..400_u64)
            .map(|n| {
                runtime.spawn(async move {
                    let child = wane::spawn(async move { n });
                    if (n + round) % 40 == 0 {
                        sleep(Duration::from_millis(2 + n % 5));
                    }
                    for _ in 0..n % 7 {
                        wane::task::yield_now().await;
                    }
                    child.await.expect("no panic")
                })
            })
            .collect();
        let sum: u64 = tasks
            .into_iter()
            .map(|task| runtime.block_on(task).expect("no panic"))
            .sum();
        assert_eq!(sum, (0..400).sum());
        // Long enough for spare workers to retire, once in a while.
        sleep(Duration::from_millis(20 * (round % 5)));
    }
    assert!(runtime.metrics().rescue_count() > 0);
}

#[test]
fn without_spare_workers_nobody_is_rescued() {
    let runtime = builder().rescue_threads(0).build().expect("a runtime");
    let gate = block_all(&runtime);
    let fresh = runtime.spawn(async {});
    sleep(Duration::from_millis(100));
    assert!(!fresh.is_finished());
    assert_eq!(runtime.metrics().rescue_count(), 0);
    gate.open();
    runtime.block_on(fresh).expect("no panic");
}

/// Workers that always have something to do search for nothing.
#[test]
fn a_task_behind_a_blocking_poll_runs_though_the_others_are_busy() {
    for workers in [1, WORKERS] {
        let runtime = builder()
            .worker_threads(workers)
            .build()
            .expect("a runtime");
        let _deadline = hang::Deadline::start("busy workers", runtime.handle().clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..workers + 1)
            .map(|_| {
                let is_over = is_over.clone();
                runtime.spawn(async move {
                    while !is_over.load(Ordering::Relaxed) {
                        wane::task::yield_now().await;
                    }
                })
            })
            .collect();
        for _ in 0..3 {
            let (tx, rx) = mpsc::channel();
            let gate = Gate::new();
            let pass = gate.clone();
            drop(runtime.spawn(async move {
                drop(wane::spawn(
                    async move { tx.send(()).expect("the test waits") },
                ));
                pass.wait();
            }));
            rx.recv().expect("the child runs");
            gate.open();
        }
        is_over.store(true, Ordering::Relaxed);
        for task in busy {
            runtime.block_on(task).expect("no panic");
        }
    }
}

/// Every worker that comes to help blocks on the lock, too, until there is none left. Its owner needs none
/// of them to go on.
#[test]
fn a_convoy_on_one_lock_goes_on_with_its_owner() {
    const SPARES: usize = 4;
    let runtime = builder().rescue_threads(SPARES).build().expect("a runtime");
    let _deadline = hang::Deadline::start("a convoy", runtime.handle().clone());
    let lock = Arc::new(Mutex::new(0));
    let gate = Gate::new();
    let (tx, rx) = mpsc::channel();
    let owner = runtime.spawn({
        let (lock, pass) = (lock.clone(), gate.clone());
        async move {
            let mut count = lock.lock().expect("no panic");
            tx.send(()).expect("the test waits");
            pass.wait();
            *count += 1;
        }
    });
    rx.recv().expect("the owner has the lock");
    let convoy: Vec<_> = (0..20)
        .map(|_| {
            let lock = lock.clone();
            runtime.spawn(async move {
                for _ in 0..3 {
                    *lock.lock().expect("no panic") += 1;
                    wane::task::yield_now().await;
                }
            })
        })
        .collect();
    hang::until("a convoy with every spare worker in it", &runtime, || {
        runtime.metrics().num_rescue_threads() == SPARES
    });
    gate.open();
    runtime.block_on(owner).expect("no panic");
    for task in convoy {
        runtime.block_on(task).expect("no panic");
    }
    assert_eq!(*lock.lock().expect("no panic"), 61);
    hang::until("the spare workers' end", &runtime, || {
        runtime.metrics().num_rescue_threads() == 0
    });
}

/// As many tasks as there are workers block them, again and again.
#[test]
fn an_echo_and_a_tick_go_on_while_every_worker_blocks_again_and_again() {
    const NAP: Duration = Duration::from_millis(500);
    const TICK: Duration = Duration::from_millis(10);
    let runtime = runtime();
    let _deadline = hang::Deadline::start("an echo and a tick", runtime.handle().clone());
    let (address, echo) = runtime.block_on(spawn_echo());
    let end = Instant::now() + BLOCK;
    let blocking: Vec<_> = (0..WORKERS)
        .map(|_| {
            runtime.spawn(async move {
                while Instant::now() < end {
                    sleep(NAP);
                    wane::task::yield_now().await;
                }
            })
        })
        .collect();
    let tick = runtime.spawn(async move {
        let mut latest = Duration::ZERO;
        while Instant::now() < end {
            let due = Instant::now() + TICK;
            wane::time::sleep(TICK).await;
            latest = latest.max(due.elapsed());
        }
        latest
    });
    let mut stream = TcpStream::connect(address).unwrap();
    let mut slowest = Duration::ZERO;
    while Instant::now() < end {
        let start = Instant::now();
        check_echo(&mut stream);
        slowest = slowest.max(start.elapsed());
        sleep(TICK);
    }
    drop(stream);
    runtime.block_on(echo).expect("no panic");
    let latest = runtime.block_on(tick).expect("no panic");
    assert!(slowest < NAP / 2, "an echo waited {slowest:?}");
    assert!(latest < NAP / 2, "a tick was {latest:?} late");
    for task in blocking {
        runtime.block_on(task).expect("no panic");
    }
}

#[test]
fn blocking_in_place_without_spare_workers_leaves_the_tasks_to_the_others() {
    let runtime = builder().rescue_threads(0).build().expect("a runtime");
    let _deadline = hang::Deadline::start("block_in_place, rescue off", runtime.handle().clone());
    let answer = runtime.block_on(runtime.spawn(async {
        let other = wane::spawn(async { 42 });
        block_in_place(|| Handle::current().block_on(other).expect("no panic"))
    }));
    assert_eq!(answer.expect("no panic"), 42);
    assert_eq!(runtime.metrics().rescue_count(), 0);
}

/// The end of the inner one does not take the worker back: the outer one still blocks.
#[test]
fn blocking_in_place_may_be_nested() {
    let runtime = builder().worker_threads(1).build().expect("a runtime");
    let _deadline = hang::Deadline::start("nested block_in_place", runtime.handle().clone());
    let other = || Handle::current().block_on(wane::spawn(async { 1 }));
    let answer = runtime.block_on(runtime.spawn(async move {
        block_in_place(|| {
            let inner = block_in_place(other).expect("no panic");
            let outer = other().expect("no panic");
            inner + outer
        })
    }));
    assert_eq!(answer.expect("no panic"), 2);
}

#[test]
fn blocking_in_place_on_a_thread_that_may_block_just_runs() {
    let runtime = runtime();
    let _deadline = hang::Deadline::start("block_in_place elsewhere", runtime.handle().clone());
    let answer = || block_in_place(|| Handle::current().block_on(async { 42 }));
    let job = runtime.spawn_blocking(answer);
    assert_eq!(runtime.block_on(job).expect("no panic"), 42);
    assert_eq!(runtime.block_on(async { answer() }), 42);
    assert_eq!(runtime.metrics().rescue_count(), 0);
}

/// The set's tasks stay on its thread, and wait; those of the runtime do not.
#[test]
fn blocking_in_place_in_a_local_set_holds_up_the_set_alone() {
    let runtime = runtime();
    let _deadline = hang::Deadline::start("block_in_place in a set", runtime.handle().clone());
    let set = LocalSet::new();
    let order = Rc::new(RefCell::new(Vec::new()));
    let (first, second) = (order.clone(), order.clone());
    set.block_on(&runtime, async move {
        let blocks = spawn_local(async move {
            let other = wane::spawn(async { "elsewhere" });
            let other = block_in_place(|| Handle::current().block_on(other));
            first.borrow_mut().push(other.expect("no panic"));
        });
        let waits = spawn_local(async move { second.borrow_mut().push("beside") });
        blocks.await.expect("no panic");
        waits.await.expect("no panic");
    });
    assert_eq!(*order.borrow(), ["elsewhere", "beside"]);
}

#[test]
fn blocking_in_place_gives_the_worker_away() {
    let runtime = builder().worker_threads(1).build().expect("a runtime");
    let _deadline = hang::Deadline::start("block_in_place", runtime.handle().clone());
    let answer = runtime.block_on(runtime.spawn(async {
        let other = wane::spawn(async { 40 });
        let inside = block_in_place(|| {
            let later = wane::spawn(async { 2 });
            let handle = Handle::current();
            handle.block_on(other).expect("no panic") + handle.block_on(later).expect("no panic")
        });
        // The task goes on as before.
        wane::task::yield_now().await;
        inside
    }));
    assert_eq!(answer.expect("no panic"), 42);
}

#[test]
fn every_worker_may_block_in_place_at_once() {
    let runtime = runtime();
    let _deadline = hang::Deadline::start("block_in_place everywhere", runtime.handle().clone());
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            runtime.spawn(async move {
                let next = wane::spawn(async move { n + 1 });
                block_in_place(|| Handle::current().block_on(next).expect("no panic"))
            })
        })
        .collect();
    let sum: usize = tasks
        .into_iter()
        .map(|task| runtime.block_on(task).expect("no panic"))
        .sum();
    assert_eq!(sum, (1..=20).sum());
}

#[test]
fn a_panic_in_place_is_the_tasks_own() {
    let runtime = runtime();
    let task = runtime.spawn(async { block_in_place(|| panic!("planned")) });
    let error: wane::task::JoinError = runtime
        .block_on(task)
        .map(|(): ()| ())
        .expect_err("planned");
    assert!(error.is_panic());
    assert_eq!(
        runtime
            .block_on(runtime.spawn(async { 1 }))
            .expect("no panic"),
        1
    );
}

#[test]
fn blocking_in_place_needs_another_thread() {
    assert_eq!(block_in_place(|| 1), 1, "outside of a runtime");
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let task = runtime.spawn(async { block_in_place(|| 1) });
    let error = runtime.block_on(task).expect_err("there is none");
    assert!(error.is_panic());
    let refused = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { block_in_place(|| 1) })
    }));
    assert!(refused.is_err(), "in the future of `block_on`, too");
}

/// Long polls that use the processor are no reason to let timers wait, and no reason for more threads
/// than one.
#[test]
fn a_timer_fires_beside_busy_workers() {
    let runtime = runtime();
    let until = Instant::now() + BLOCK;
    let busy: Vec<_> = (0..WORKERS)
        .map(|_| runtime.spawn(async move { while Instant::now() < until {} }))
        .collect();
    let start = Instant::now();
    let timer = runtime.spawn(async { wane::time::sleep(Duration::from_millis(10)).await });
    runtime.block_on(timer).expect("no panic");
    assert!(start.elapsed() < BLOCK, "it waited for the busy ones");
    drop(busy);
}

/// The closure that names threads runs on the monitor, too: its panic must not end it.
#[test]
fn a_name_that_panics_costs_a_spare_worker_and_no_more() {
    let names = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let given = names.clone();
    let runtime = builder()
        .thread_name_fn(move || {
            // The workers and the monitor have theirs; the first spare worker gets none.
            let number = given.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert!(number != WORKERS + 1, "planned");
            format!("worker {number}")
        })
        .build()
        .expect("a runtime");
    let _deadline = hang::Deadline::start("a second spare worker", runtime.handle().clone());
    let gate = block_all(&runtime);
    runtime.block_on(runtime.spawn(async {})).expect("no panic");
    assert!(names.load(std::sync::atomic::Ordering::Relaxed) >= WORKERS + 3);
    gate.open();
}
