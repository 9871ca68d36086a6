//! What a runtime says of itself: events, health.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use wane::runtime::{Builder, Event, Runtime, StuckKind, ThreadRole};
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// A runtime that sends its events.
fn telling(builder: &mut Builder) -> (Runtime, mpsc::Receiver<Event>) {
    let (tell, told) = mpsc::channel();
    builder.on_event(move |event| drop(tell.send(event.clone())));
    (builder.build().expect("a runtime"), told)
}

fn workers(count: usize) -> Builder {
    Kind::Workers(count).builder()
}

fn next(told: &mpsc::Receiver<Event>) -> Event {
    told.recv_timeout(hang::PATIENCE)
        .expect("somebody tells of it")
}

/// The next event that is not of a worker: on a busy machine the shortest poll may take long.
fn next_besides(told: &mpsc::Receiver<Event>) -> Event {
    loop {
        match next(told) {
            Event::WorkerStuck(_) | Event::WorkerFreed(_) => {}
            event => return event,
        }
    }
}

/// The workers sleep in `std::thread::sleep`, as a user's mistake would have it.
#[test]
fn each_blocked_poll_is_told_once_with_its_spawn_site() {
    let (runtime, told) = telling(&mut workers(2));
    let mut lines = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..2 {
        lines.push(line!() + 1);
        tasks.push(runtime.spawn(async { std::thread::sleep(Duration::from_millis(500)) }));
    }
    let mut stuck = Vec::new();
    let mut freed = Vec::new();
    while freed.len() < 2 {
        match next(&told) {
            Event::WorkerStuck(worker) => stuck.push(worker),
            Event::WorkerFreed(worker) => freed.push(worker),
            _ => {}
        }
    }
    assert_eq!(stuck.len(), 2, "one event each: {stuck:?}");
    for task in &tasks {
        let is_its = |origin: &wane::runtime::TaskOrigin| origin.id() == task.id();
        let found = stuck
            .iter()
            .find(|worker| worker.task().is_some_and(is_its));
        let worker = found.expect("each is told");
        let origin = worker.task().expect("it has a task");
        assert_eq!(origin.spawned_at().file(), file!());
        assert!(lines.contains(&origin.spawned_at().line()));
        assert!(origin.future_type().contains("each_blocked_poll"));
        let found = freed
            .iter()
            .find(|worker| worker.task().is_some_and(is_its));
        let freed = found.expect("each is told");
        assert_eq!(freed.kind(), StuckKind::Blocked);
        assert!(freed.duration() > worker.duration());
    }
    tasks
        .into_iter()
        .for_each(|task| runtime.block_on(task).expect("no panic"));
    drop(runtime);
    let more = told
        .try_iter()
        .filter(|event| matches!(event, Event::WorkerStuck(_)));
    assert_eq!(more.count(), 0, "one event each");
}

#[test]
fn a_poll_that_computes_is_told_as_busy() {
    let (runtime, told) = telling(&mut workers(1));
    let gate = Gate::new();
    let end = gate.clone();
    let busy = runtime.spawn(async move {
        while !end.is_open() {
            std::hint::spin_loop();
        }
    });
    let worker = loop {
        if let Event::WorkerStuck(worker) = next(&told)
            && worker.task().is_some_and(|task| task.id() == busy.id())
        {
            break worker;
        }
    };
    gate.open();
    if cfg!(target_os = "linux") {
        assert_eq!(worker.kind(), StuckKind::Busy);
    }
}

#[test]
fn declared_blocking_is_no_trouble() {
    let limit = Duration::from_millis(300);
    let (runtime, told) = telling(workers(1).rescue_after(limit));
    let task = runtime.spawn(async move {
        wane::task::block_in_place(|| std::thread::sleep(2 * limit));
    });
    runtime.block_on(task).expect("no panic");
    let stuck = runtime.spawn(async move { std::thread::sleep(2 * limit) });
    let Event::WorkerStuck(worker) = next(&told) else {
        panic!("the first event is of a worker")
    };
    assert_eq!(worker.task().expect("it has a task").id(), stuck.id());
}

#[test]
fn a_panicking_hook_is_called_again() {
    let (tell, told) = mpsc::channel();
    let runtime = workers(1)
        .on_event(move |_event| {
            tell.send(()).expect("the test waits");
            std::panic::resume_unwind(Box::new("a hook"));
        })
        .build()
        .expect("a runtime");
    for _ in 0..2 {
        let task = runtime.spawn(async { std::thread::sleep(Duration::from_millis(50)) });
        runtime.block_on(task).expect("no panic");
        told.recv_timeout(hang::PATIENCE).expect("it is called");
    }
}

#[test]
fn a_stalled_pool_is_told_once_with_the_jobs_that_keep_it() {
    for kind in Kind::ALL {
        let (runtime, told) = telling(kind.builder().max_blocking_threads(1));
        let gate = Gate::new();
        let pass = gate.clone();
        let stuck = runtime.spawn_blocking(move || pass.wait());
        let queued = runtime.spawn_blocking(|| {});
        let Event::BlockingPoolStalled(pool) = next_besides(&told) else {
            panic!("{kind}: the first event is of the pool")
        };
        assert_eq!((pool.queued(), pool.threads()), (1, 1));
        let jobs = pool.running_jobs();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].id(), stuck.id());
        assert_eq!(jobs[0].spawned_at().file(), file!());

        let health = runtime.health();
        assert!(!health.is_healthy());
        assert_eq!(health.blocking_queue_depth(), 1);
        assert!(health.oldest_blocking_job() >= Some(pool.duration()));
        let stalled = health.stalled_pool().expect("it is stalled");
        assert_eq!(stalled.running_jobs()[0].id(), stuck.id());
        assert!(health.to_string().contains(file!()), "{health}");

        gate.open();
        let Event::BlockingPoolMoves(_) = next_besides(&told) else {
            panic!("{kind}: the second event is of the pool")
        };
        runtime.block_on(queued).expect("no panic");
        assert!(runtime.health().stalled_pool().is_none());
    }
}

#[test]
fn an_aborted_job_that_goes_on_is_told_once() {
    let (runtime, told) = telling(&mut workers(1));
    let (running, gate) = (Gate::new(), Gate::new());
    let (is_running, pass) = (running.clone(), gate.clone());
    let deaf = runtime.spawn_blocking_with(move |_ctx| {
        is_running.open();
        pass.wait();
    });
    running.wait();
    deaf.abort();
    let Event::BlockingJobAbandoned(job) = next_besides(&told) else {
        panic!("the first event is of the job")
    };
    assert_eq!(job.id(), deaf.id());
    assert_eq!(job.spawned_at().file(), file!());
    assert!(!runtime.health().is_healthy());
    gate.open();
    runtime.block_on(deaf).expect("it ran to its end");
    assert!(runtime.health().abandoned_blocking_jobs().is_empty());
    let is_again = |event: &Event| matches!(event, Event::BlockingJobAbandoned(_));
    assert_eq!(told.try_iter().filter(is_again).count(), 0);
}

#[test]
fn health_names_the_stuck_worker_until_it_goes_on() {
    let runtime = Kind::Workers(2).build();
    assert!(runtime.health().is_healthy());
    let gate = Gate::new();
    let pass = gate.clone();
    let stuck = runtime.spawn(async move { pass.wait() });
    hang::until("a stuck worker", &runtime.handle().clone(), || {
        !runtime.health().stuck_workers().is_empty()
    });
    let health = runtime.health();
    let worker = &health.stuck_workers()[0];
    assert_eq!(worker.task().expect("it has a task").id(), stuck.id());
    assert!(worker.duration() >= Duration::from_millis(10));
    assert!(health.to_string().contains(file!()), "{health}");
    gate.open();
    runtime.block_on(stuck).expect("no panic");
    hang::until("health", &runtime.handle().clone(), || {
        runtime.health().is_healthy()
    });
}

/// Nobody replaces the worker, and so nobody polls what is queued.
#[test]
fn a_runnable_task_that_is_not_polled_is_seen() {
    let runtime = workers(1).rescue_threads(0).build().expect("a runtime");
    let (running, gate) = (Gate::new(), Gate::new());
    let (is_running, pass) = (running.clone(), gate.clone());
    drop(runtime.spawn(async move {
        is_running.open();
        pass.wait();
    }));
    running.wait();
    let waits = runtime.spawn(async {});
    assert_eq!(runtime.health().oldest_queued(), Some(Duration::ZERO));
    hang::until("a second", &runtime.handle().clone(), || {
        !runtime.health().is_healthy()
    });
    assert!(runtime.health().oldest_queued() >= Some(Duration::from_secs(1)));
    gate.open();
    runtime.block_on(waits).expect("no panic");
    assert_eq!(runtime.health().oldest_queued(), None);
}

#[test]
fn every_way_to_spawn_knows_its_caller() {
    let runtime = Kind::Workers(1).build();
    let handle = runtime.handle().clone();
    let (go, gone) = (Gate::new(), mpsc::channel());
    let tell = gone.0;
    let job = |tell: mpsc::Sender<()>, go: Gate| {
        move || {
            tell.send(()).expect("the test waits");
            go.wait();
        }
    };
    let mut lines = vec![line!() + 1];
    drop(runtime.spawn_blocking(job(tell.clone(), go.clone())));
    lines.push(line!() + 1);
    drop(handle.spawn_blocking(job(tell.clone(), go.clone())));
    lines.push(line!() + 1);
    drop(runtime.try_spawn_blocking(job(tell.clone(), go.clone())));
    let with = job(tell.clone(), go.clone());
    lines.push(line!() + 1);
    drop(runtime.spawn_blocking_with(move |_ctx| with()));
    let (here, there) = (job(tell.clone(), go.clone()), job(tell, go.clone()));
    let inner = runtime.spawn(async move {
        let line = line!() + 1;
        drop(wane::task::spawn_blocking(here));
        drop(wane::task::try_spawn_blocking(there));
        [line, line + 1]
    });
    lines.extend(runtime.block_on(inner).expect("no panic"));
    (0..6).for_each(|_| gone.1.recv().expect("each runs"));
    let report = runtime.shutdown_timeout(Duration::ZERO);
    let jobs = report.blocking_jobs().iter();
    let mut told: Vec<u32> = jobs.map(|job| job.spawned_at().line()).collect();
    told.sort_unstable();
    lines.sort_unstable();
    assert_eq!(told, lines, "{report}");
    go.open();
}

#[test]
fn every_way_to_spawn_a_task_knows_its_caller() {
    let runtime = Kind::Workers(4).build();
    let handle = runtime.handle().clone();
    let go = Gate::new();
    let (tell, told) = mpsc::channel();
    let stuck = || {
        let (tell, go) = (tell.clone(), go.clone());
        async move {
            tell.send(()).expect("the test waits");
            go.wait();
        }
    };
    let mut lines = vec![line!() + 1];
    drop(runtime.spawn(stuck()));
    lines.push(line!() + 1);
    drop(handle.spawn(stuck()));
    let (outer, inner) = (stuck(), stuck());
    lines.push(line!() + 1);
    runtime.block_on(async { drop(wane::spawn(outer)) });
    let spawner = runtime.spawn(async {
        drop(wane::spawn(inner));
        line!() - 1
    });
    lines.push(runtime.block_on(spawner).expect("no panic"));
    (0..4).for_each(|_| told.recv().expect("each runs"));
    let report = runtime.shutdown_timeout(Duration::ZERO);
    let tasks = report.tasks().iter();
    let mut told: Vec<u32> = tasks.map(|task| task.spawned_at().line()).collect();
    told.sort_unstable();
    assert_eq!(told, lines, "{report}");
    go.open();
}

/// A builder whose runtimes get so many threads, and no more: a name with a zero byte is refused.
fn threads_at_most(mut builder: Builder, threads: usize) -> Builder {
    let given = AtomicUsize::new(0);
    builder.thread_name_fn(move || {
        let is_one_more = given.fetch_add(1, Ordering::SeqCst) >= threads;
        String::from(if is_one_more { "\0" } else { "worker" })
    });
    builder
}

#[test]
fn a_spare_worker_that_is_not_to_be_had_is_told() {
    // The worker and the thread that watches it.
    let (runtime, told) = telling(&mut threads_at_most(workers(1), 2));
    let gate = Gate::new();
    let pass = gate.clone();
    drop(runtime.spawn(async move { pass.wait() }));
    let waits = runtime.spawn(async {});
    let refused = loop {
        if let Event::ThreadRefused(refused) = next(&told) {
            break refused;
        }
    };
    assert_eq!(refused.role(), ThreadRole::SpareWorker);
    assert_eq!(refused.error().kind(), std::io::ErrorKind::InvalidInput);
    assert!(runtime.health().last_refused_thread().is_some());
    gate.open();
    runtime.block_on(waits).expect("no panic");
}

#[test]
fn a_thread_for_blocking_jobs_that_is_not_to_be_had_is_told_once_in_a_while() {
    let (runtime, told) = telling(&mut threads_at_most(Kind::CurrentThread.builder(), 0));
    for _ in 0..3 {
        assert!(runtime.try_spawn_blocking(|| {}).is_err());
    }
    let Event::ThreadRefused(refused) = next_besides(&told) else {
        panic!("the first event is of a thread")
    };
    assert_eq!(refused.role(), ThreadRole::BlockingJobs);
    assert!(!runtime.health().is_healthy());
    assert!(told.try_iter().count() < 2, "not each of them");
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_that_waits_in_a_hook_is_told_without_a_task() {
    let gate = Gate::new();
    let pass = gate.clone();
    let mut builder = workers(1);
    builder.on_thread_park(move || pass.wait());
    let (runtime, told) = telling(&mut builder);
    let Event::WorkerStuck(worker) = next(&told) else {
        panic!("the first event is of a worker")
    };
    assert!(worker.task().is_none(), "{worker}");
    assert_eq!(worker.kind(), StuckKind::Blocked);
    gate.open();
    drop(runtime);
}
