//! What the pool promises, with threads of the system.

use std::panic::panic_any;
use std::time::{Duration, Instant};

use wane_channel::base::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use wane_channel::base::sync::thread::{self, ThreadId};
use wane_channel::base::sync::{Arc, Condvar, Mutex};

mod crowds;
mod waits;

use super::config::Config;
use super::pool::{Job, Pool, Served};
use super::refusal::Refused;
use super::roll::Card;

/// After this long a test that waits has failed.
const DEADLINE: Duration = Duration::from_secs(10);

/// A count that can be waited for.
#[derive(Default)]
struct Count {
    value: Mutex<usize>,
    changed: Condvar,
}

impl Count {
    fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    fn add_one(&self) {
        *self.value.lock() += 1;
        self.changed.notify_all();
    }

    fn get(&self) -> usize {
        *self.value.lock()
    }

    #[track_caller]
    fn reaches(&self, target: usize) {
        let deadline = Instant::now() + DEADLINE;
        let mut value = self.value.lock();
        while *value < target {
            let outcome = self.changed.wait_until(&mut value, deadline);
            assert!(!outcome.timed_out(), "{} of {target} in time", *value);
        }
    }
}

/// A job of two closures.
struct Task {
    run: Box<dyn FnOnce() + Send>,
    cancel: Box<dyn FnOnce() + Send>,
}

impl Task {
    fn new(run: impl FnOnce() + Send + 'static) -> Self {
        Self {
            run: Box::new(run),
            cancel: Box::new(|| {}),
        }
    }

    fn on_cancel(mut self, cancel: impl FnOnce() + Send + 'static) -> Self {
        self.cancel = Box::new(cancel);
        self
    }
}

impl Job for Task {
    fn run(self) -> Served {
        (self.run)();
        Served::Job
    }

    fn cancel(self) {
        (self.cancel)();
    }

    fn is_called_off(&self) -> bool {
        false
    }

    fn card(&self) -> Option<Card> {
        None
    }
}

fn config(name: &'static str) -> Config {
    let mut config = Config::for_cores(2);
    config.base = 16;
    config.name = Arc::new(move || name.to_owned());
    config
}

#[track_caller]
fn submit(pool: &Pool<Task>, run: impl FnOnce() + Send + 'static) {
    pool.submit(Task::new(run)).expect("the pool takes the job");
}

/// Shuts the pool down and waits for all of its threads.
#[track_caller]
fn end(pool: &Pool<Task>) {
    pool.shutdown();
    assert_eq!(
        pool.join(Some(DEADLINE)),
        0,
        "threads are still there: {pool:?}"
    );
}

#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::yield_now();
    }
}

/// Has this many threads run a job each that ends when the gate is opened.
fn occupy(pool: &Pool<Task>, count: usize) -> Arc<Gate> {
    let gate = Arc::new(Gate::default());
    let inside = Count::new();
    for _ in 0..count {
        let (gate, inside) = (Arc::clone(&gate), Arc::clone(&inside));
        submit(pool, move || {
            inside.add_one();
            gate.pass();
        });
    }
    inside.reaches(count);
    gate
}

/// Holds threads until it is opened.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut is_open = self.is_open.lock();
        while !*is_open {
            self.opened.wait(&mut is_open);
        }
    }

    fn open(&self) {
        *self.is_open.lock() = true;
        self.opened.notify_all();
    }
}

#[test]
fn every_job_runs() {
    let pool = Pool::new(config("w-every"));
    let done = Count::new();
    for _ in 0..100_000 {
        let done = Arc::clone(&done);
        submit(&pool, move || done.add_one());
    }
    done.reaches(100_000);
    end(&pool);
    assert_eq!(done.get(), 100_000);
    assert_eq!(pool.vitals().completed, 100_000);
}

#[test]
fn the_cap_is_never_passed() {
    let mut config = config("w-cap");
    config.base = 2;
    config.max = Some(4);
    let pool = Pool::new(config);
    let gate = occupy(&pool, 4);
    let done = Count::new();
    for _ in 0..100 {
        let done = Arc::clone(&done);
        submit(&pool, move || done.add_one());
    }
    eventually("a stall that says so", || {
        pool.vitals().starved_since.is_some()
    });
    assert_eq!(pool.threads(), 4);
    assert_eq!(pool.queued(), 100);
    assert_eq!(done.get(), 0);
    gate.open();
    done.reaches(100);
    assert_eq!(pool.vitals().starved_since, None);
    end(&pool);
}

#[test]
fn the_newest_idle_thread_is_woken_first() {
    let pool = Pool::new(config("w-lifo"));
    occupy(&pool, 8).open();
    eventually("eight idle threads", || pool.idle_threads() == 8);
    let last: Arc<Mutex<Vec<ThreadId>>> = Arc::default();
    for turn in 1..=100 {
        let last = Arc::clone(&last);
        submit(&pool, move || last.lock().push(thread::current().id()));
        eventually("the thread rests again", || {
            pool.idle_threads() == 8 && pool.vitals().completed == 8 + turn
        });
    }
    let seen = last.lock();
    assert!(seen.iter().all(|thread| *thread == seen[0]), "{seen:?}");
    drop(seen);
    end(&pool);
}

#[test]
fn threads_leave_under_a_trickle() {
    let mut config = config("w-trickle");
    config.keep_alive = Duration::from_millis(50);
    let pool = Pool::new(config);
    let gate = occupy(&pool, 12);
    assert_eq!(pool.threads(), 12);
    gate.open();
    // One job after the other, never an idle moment as long as a keep-alive.
    eventually("all but one have left", || {
        let done = Count::new();
        let told = Arc::clone(&done);
        submit(&pool, move || told.add_one());
        done.reaches(1);
        pool.threads() == 1
    });
    end(&pool);
}

#[test]
fn an_idle_pool_gives_all_threads_back() {
    let mut config = config("w-keepalive");
    config.keep_alive = Duration::from_millis(1);
    let pool = Pool::new(config);
    occupy(&pool, 12).open();
    eventually("no thread", || pool.threads() == 0);
    // And begins again.
    occupy(&pool, 1).open();
    end(&pool);
}

#[test]
fn shutdown_cancels_each_queued_job_once_and_refuses_later_ones() {
    let mut config = config("w-shutdown");
    config.base = 2;
    config.max = Some(2);
    let pool = Pool::new(config);
    let gate = occupy(&pool, 2);
    let (ran, cancelled) = (Count::new(), Count::new());
    for _ in 0..1_000 {
        let (ran, cancelled) = (Arc::clone(&ran), Arc::clone(&cancelled));
        let task = Task::new(move || ran.add_one()).on_cancel(move || cancelled.add_one());
        pool.submit(task).expect("the pool takes the job");
    }
    pool.shutdown();
    assert_eq!((ran.get(), cancelled.get()), (0, 1_000));
    let again = Arc::clone(&ran);
    let refused = pool.submit(Task::new(move || again.add_one()));
    let refused = refused.expect_err("the pool is shut down");
    assert!(matches!(refused, Refused::ShutDown(_)));
    assert_eq!(refused.into_job().run(), Served::Job);
    assert_eq!(ran.get(), 1, "the job came back whole");
    eventually("only the two busy threads are left", || {
        pool.join(Some(Duration::ZERO)) == 2
    });
    gate.open();
    assert_eq!(pool.join(None), 0);
    pool.shutdown();
    assert_eq!((ran.get(), cancelled.get()), (1, 1_000));
}

#[test]
fn a_cancel_that_panics_does_not_keep_the_others_from_theirs() {
    let mut config = config("w-cancelpanic");
    config.base = 1;
    config.max = Some(1);
    let pool = Pool::new(config);
    let gate = occupy(&pool, 1);
    let cancelled = Count::new();
    for job in 0..10 {
        let cancelled = Arc::clone(&cancelled);
        let task = Task::new(|| {}).on_cancel(move || {
            cancelled.add_one();
            assert_ne!(job, 3, "on purpose");
        });
        pool.submit(task).expect("the pool takes the job");
    }
    pool.shutdown();
    assert_eq!(cancelled.get(), 10);
    gate.open();
    assert_eq!(pool.join(Some(DEADLINE)), 0);
}

/// A payload whose drop panics.
struct Nasty;

impl Drop for Nasty {
    fn drop(&mut self) {
        panic!("on purpose, in the drop of a payload");
    }
}

#[test]
fn a_job_that_panics_costs_nothing_but_itself() {
    let mut config = config("w-panic");
    config.base = 1;
    config.max = Some(1);
    let pool = Pool::new(config);
    let done = Count::new();
    submit(&pool, || panic!("on purpose"));
    submit(&pool, || panic_any(Nasty));
    let told = Arc::clone(&done);
    submit(&pool, move || told.add_one());
    done.reaches(1);
    assert_eq!(pool.threads(), 1);
    end(&pool);
    assert_eq!(pool.vitals().completed, 3);
}

#[test]
fn hooks_run_on_each_thread_and_their_panics_stay_there() {
    let mut config = config("w-hooks");
    let (started, stopped) = (Count::new(), Count::new());
    let (on_start, on_stop) = (Arc::clone(&started), Arc::clone(&stopped));
    config.on_start = Some(Arc::new(move || {
        on_start.add_one();
        panic!("on purpose");
    }));
    config.on_stop = Some(Arc::new(move || {
        on_stop.add_one();
        panic!("on purpose");
    }));
    let pool = Pool::new(config);
    occupy(&pool, 5).open();
    end(&pool);
    assert_eq!((started.get(), stopped.get()), (5, 5));
}

/// A pool whose threads are refused while the switch is on.
fn refusing(name: &'static str, base: usize) -> (Pool<Task>, Arc<AtomicBool>) {
    let refuse = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&refuse);
    let mut config = config(name);
    config.base = base;
    config.name = Arc::new(move || match switch.load(Ordering::Relaxed) {
        true => "no thread has this name\0".to_owned(),
        false => name.to_owned(),
    });
    (Pool::new(config), refuse)
}

#[test]
fn a_first_thread_that_is_refused_gives_the_job_back() {
    let (pool, refuse) = refusing("w-refused", 4);
    let done = Count::new();
    let told = Arc::clone(&done);
    let refused = pool.submit(Task::new(move || told.add_one()));
    let refused = refused.expect_err("no thread is to be had");
    assert!(matches!(refused, Refused::NoThread { .. }), "{refused:?}");
    assert_eq!((pool.queued(), pool.threads()), (0, 0));
    refuse.store(false, Ordering::Relaxed);
    pool.submit(refused.into_job())
        .expect("threads are to be had");
    done.reaches(1);
    end(&pool);
}

#[test]
fn a_system_without_memory_for_a_stack_gives_the_job_back() {
    let mut config = config("w-stack");
    config.stack_size = Some(1 << 46);
    let pool = Pool::new(config);
    let refused = pool.submit(Task::new(|| {}));
    assert!(
        matches!(refused, Err(Refused::NoThread { .. })),
        "{refused:?}"
    );
    end(&pool);
}

#[test]
fn a_refused_thread_leaves_the_job_to_the_others() {
    let (pool, refuse) = refusing("w-others", 4);
    refuse.store(false, Ordering::Relaxed);
    let gate = occupy(&pool, 1);
    refuse.store(true, Ordering::Relaxed);
    let done = Count::new();
    for _ in 0..10 {
        let done = Arc::clone(&done);
        submit(&pool, move || done.add_one());
    }
    assert_eq!((pool.queued(), pool.threads()), (10, 1));
    gate.open();
    done.reaches(10);
    end(&pool);
}

#[test]
fn a_refused_thread_is_asked_for_again() {
    let (pool, refuse) = refusing("w-again", 2);
    refuse.store(false, Ordering::Relaxed);
    // More than the base, so that the probe is there when threads are refused.
    let gate = occupy(&pool, 3);
    refuse.store(true, Ordering::Relaxed);
    let done = Count::new();
    let told = Arc::clone(&done);
    submit(&pool, move || told.add_one());
    eventually("a stall that says so", || {
        pool.vitals().starved_since.is_some()
    });
    assert!(pool.vitals().refused_threads > 0);
    assert_eq!(done.get(), 0);
    refuse.store(false, Ordering::Relaxed);
    done.reaches(1);
    gate.open();
    end(&pool);
}

#[test]
fn a_refused_probe_is_asked_for_again_by_new_work() {
    let (pool, refuse) = refusing("w-owed", 1);
    refuse.store(false, Ordering::Relaxed);
    let gate = occupy(&pool, 1);
    refuse.store(true, Ordering::Relaxed);
    let done = Count::new();
    let told = Arc::clone(&done);
    submit(&pool, move || told.add_one());
    assert_eq!((pool.queued(), pool.vitals().refused_threads), (1, 1));
    refuse.store(false, Ordering::Relaxed);
    eventually("a thread beside the busy one", || {
        submit(&pool, || {});
        done.get() == 1
    });
    gate.open();
    end(&pool);
}

#[test]
fn no_job_is_lost_while_threads_come_and_go() {
    let (pool, refuse) = refusing("w-flicker", 4);
    let pool = Arc::new(pool);
    let (ran, given_back) = (Count::new(), Arc::new(AtomicUsize::new(0)));
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let (pool, ran, refuse) = (Arc::clone(&pool), Arc::clone(&ran), Arc::clone(&refuse));
            let given_back = Arc::clone(&given_back);
            let submitter = thread::Builder::new().spawn(move || {
                for turn in 0..2_000 {
                    refuse.store(turn % 3 != 0, Ordering::Relaxed);
                    let ran = Arc::clone(&ran);
                    if pool.submit(Task::new(move || ran.add_one())).is_err() {
                        given_back.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
            submitter.expect("a thread for the test")
        })
        .collect();
    for submitter in submitters {
        submitter.join().expect("no panic");
    }
    ran.reaches(8_000 - given_back.load(Ordering::Relaxed));
    end(&pool);
    assert_eq!(ran.get() + given_back.load(Ordering::Relaxed), 8_000);
}

#[test]
fn a_job_may_end_the_pool_it_runs_on() {
    let pool = Arc::new(Pool::new(config("w-inside")));
    let (left, done) = (Arc::new(AtomicUsize::new(0)), Count::new());
    let (ours, told, seen) = (Arc::clone(&pool), Arc::clone(&done), Arc::clone(&left));
    submit(&pool, move || {
        ours.shutdown();
        seen.store(ours.join(None), Ordering::Relaxed);
        told.add_one();
    });
    done.reaches(1);
    assert_eq!(left.load(Ordering::Relaxed), 1, "the job's own thread");
    end(&pool);
}

/// How many threads of this process have this name.
#[cfg(target_os = "linux")]
fn threads_named(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("procfs");
    let names = tasks.filter_map(|task| {
        // A thread may end between the listing and the reading.
        std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
    });
    names.filter(|found| found.trim_end() == name).count()
}

#[cfg(target_os = "linux")]
#[test]
fn dropping_the_pool_leaves_no_thread() {
    let pool = Pool::new(config("w-drop"));
    let gate = occupy(&pool, 20);
    // The probe, which 20 stuck jobs have called for, has the same name.
    assert!(threads_named("w-drop") >= 20);
    drop(pool);
    eventually("only the busy threads are left", || {
        threads_named("w-drop") == 20
    });
    gate.open();
    eventually("no thread is left", || threads_named("w-drop") == 0);
}
