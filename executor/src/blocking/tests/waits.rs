//! Threads that say that they wait.

use wane_channel::base::sync::Arc;
use wane_channel::base::waits;

use super::{Count, Gate, config, end, eventually, submit};
use super::{Pool, Task};

/// A job's life in steps: it waits, as the pool is told, then works until it may end.
#[derive(Default)]
struct Waiter {
    is_waiting: Count,
    woken: Gate,
    is_back: Count,
    leave: Gate,
}

impl Waiter {
    /// Submits the job and returns when it waits.
    fn start(pool: &Pool<Task>) -> Arc<Self> {
        let waiter = Arc::new(Self::default());
        let job = Arc::clone(&waiter);
        submit(pool, move || {
            let announced = waits::announce();
            job.is_waiting.add_one();
            job.woken.pass();
            drop(announced);
            job.is_back.add_one();
            job.leave.pass();
        });
        waiter.is_waiting.reaches(1);
        waiter
    }

    fn end(&self) {
        self.woken.open();
        self.leave.open();
    }
}

fn small(name: &'static str, threads: usize) -> Pool<Task> {
    let mut config = config(name);
    config.base = threads;
    config.max = Some(threads);
    Pool::new(config)
}

#[test]
fn a_thread_that_waits_is_replaced_where_work_is_queued() {
    let pool = small("w-replaced", 1);
    let waiter = Waiter::start(&pool);
    assert_eq!(pool.threads(), 1, "nothing is queued");
    let done = Count::new();
    for _ in 0..10 {
        let done = Arc::clone(&done);
        submit(&pool, move || done.add_one());
    }
    done.reaches(10);
    assert_eq!(pool.threads(), 2);
    waiter.end();
    end(&pool);
}

#[test]
fn work_that_is_queued_already_is_taken_when_its_thread_begins_to_wait() {
    let pool = small("w-begins", 1);
    let (may_wait, woken) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
    let (first, second) = (Arc::clone(&may_wait), Arc::clone(&woken));
    submit(&pool, move || {
        first.pass();
        let _announced = waits::announce();
        second.pass();
    });
    submit(&pool, move || woken.open());
    may_wait.open();
    eventually("both are through", || pool.vitals().completed == 2);
    end(&pool);
}

#[test]
fn a_thread_that_comes_back_goes_on_and_then_makes_room() {
    let pool = small("w-surplus", 1);
    let waiter = Waiter::start(&pool);
    let (inside, gate, done) = (Count::new(), Arc::new(Gate::default()), Count::new());
    let (told, held) = (Arc::clone(&inside), Arc::clone(&gate));
    submit(&pool, move || {
        told.add_one();
        held.pass();
    });
    inside.reaches(1);
    waiter.woken.open();
    waiter.is_back.reaches(1);
    let late = Arc::clone(&done);
    submit(&pool, move || late.add_one());
    waiter.leave.open();
    // Two were at work; the one that is through does not take the next job.
    eventually("the surplus rests", || pool.idle_threads() == 1);
    assert_eq!((pool.queued(), done.get()), (1, 0));
    gate.open();
    done.reaches(1);
    end(&pool);
}

#[test]
fn chains_of_waits_go_on_where_all_threads_of_the_cap_wait() {
    let pool = small("w-chain", 2);
    // More than the waits that are replaced at once: the probe replaces the others.
    let waiters: Vec<_> = (0..20).map(|_| Waiter::start(&pool)).collect();
    assert!(pool.threads() >= 20, "each has a thread: {pool:?}");
    waiters.iter().for_each(|waiter| waiter.end());
    end(&pool);
}

#[test]
fn a_job_that_panics_in_a_wait_gives_its_thread_back() {
    let pool = small("w-waitpanic", 1);
    submit(&pool, || {
        let _announced = waits::announce();
        panic!("on purpose");
    });
    let done = Count::new();
    let told = Arc::clone(&done);
    submit(&pool, move || told.add_one());
    done.reaches(1);
    end(&pool);
}
