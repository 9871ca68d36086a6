//! Jobs that wait for jobs queued behind them, in the orders that an enemy would pick.

use std::collections::VecDeque;
use std::time::Instant;

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Condvar, Mutex};

use super::{Count, DEADLINE, config, end, eventually, occupy, submit};
use super::{Pool, Task};

/// A queue of few places whose ends block.
struct Narrow {
    items: Mutex<VecDeque<u32>>,
    places: usize,
    changed: Condvar,
}

impl Narrow {
    fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            items: Mutex::new(VecDeque::new()),
            places,
            changed: Condvar::new(),
        })
    }

    fn send(&self, item: u32) {
        let mut items = self.items.lock();
        while items.len() == self.places {
            self.changed.wait(&mut items);
        }
        items.push_back(item);
        self.changed.notify_all();
    }

    fn receive(&self) -> u32 {
        let mut items = self.items.lock();
        loop {
            if let Some(item) = items.pop_front() {
                self.changed.notify_all();
                return item;
            }
            self.changed.wait(&mut items);
        }
    }
}

/// The most threads that were seen while `done` did not reach `target`.
#[track_caller]
fn threads_max_until(pool: &Pool<Task>, done: &Count, target: usize) -> usize {
    let deadline = Instant::now() + DEADLINE;
    let mut most = 0;
    while done.get() < target {
        most = most.max(pool.threads());
        let value = done.get();
        assert!(Instant::now() < deadline, "{value} of {target}: {pool:?}");
        thread::yield_now();
    }
    most
}

#[derive(Clone, Copy)]
enum Side {
    Producer,
    Consumer,
}

/// One exchange at a time: a crowd that has no core while the other side is still being queued
/// needs a thread for each job that is there, and that is not what the bounds below are about.
static EXCHANGE: Mutex<()> = Mutex::new(());

/// Queues the sides in this order over a queue of five places; the most threads it took.
#[track_caller]
fn exchange(name: &'static str, order: &[(Side, u32)]) -> usize {
    let _alone = EXCHANGE.lock();
    let pool = Pool::new(config(name));
    let narrow = Narrow::new(5);
    let done = Count::new();
    let mut total = 0;
    for &(side, count) in order {
        for item in 0..count {
            let (narrow, done) = (Arc::clone(&narrow), Arc::clone(&done));
            submit(&pool, move || {
                match side {
                    Side::Producer => narrow.send(item),
                    Side::Consumer => drop(narrow.receive()),
                }
                done.add_one();
            });
            total += 1;
        }
    }
    let most = threads_max_until(&pool, &done, total);
    end(&pool);
    most
}

/// Checks that an exchange takes no more threads than this, in one of three attempts.
///
/// A submitter that loses its core between the crowds makes the pool meet the first one alone,
/// which takes threads at each look; a policy that is wrong takes too many every time.
#[track_caller]
fn exchange_within(bound: usize, name: &'static str, order: &[(Side, u32)]) {
    let tries: Vec<usize> = (0..3)
        .map(|_| exchange(name, order))
        .take_while(|&most| most > bound)
        .collect();
    assert!(tries.len() < 3, "{tries:?} threads, not {bound}");
}

#[test]
fn producers_queued_before_their_consumers_do_not_hang() {
    exchange_within(
        64,
        "w-producers",
        &[(Side::Producer, 1_000), (Side::Consumer, 1_000)],
    );
}

#[test]
fn consumers_queued_before_their_producers_do_not_hang() {
    exchange_within(
        64,
        "w-consumers",
        &[(Side::Consumer, 1_000), (Side::Producer, 1_000)],
    );
}

#[test]
fn consumers_between_two_crowds_of_producers_do_not_hang() {
    let order = [
        (Side::Producer, 500),
        (Side::Consumer, 1_000),
        (Side::Producer, 500),
    ];
    exchange_within(512, "w-sandwich", &order);
}

/// Waits for a job that waits for a job, and so on, each submitted from inside the one before.
fn nest(pool: &Arc<Pool<Task>>, levels: usize, done: &Arc<Count>) {
    let inner = Count::new();
    let (ours, reported) = (Arc::clone(pool), Arc::clone(&inner));
    submit(pool, move || {
        if levels > 1 {
            nest(&ours, levels - 1, &Count::new());
        }
        reported.add_one();
    });
    inner.reaches(1);
    done.add_one();
}

#[test]
fn jobs_that_wait_for_jobs_three_levels_deep_do_not_hang() {
    let pool = Arc::new(Pool::new(config("w-nested")));
    let done = Count::new();
    for _ in 0..600 {
        let (ours, done) = (Arc::clone(&pool), Arc::clone(&done));
        submit(&pool, move || nest(&ours, 2, &done));
    }
    done.reaches(600);
    end(&pool);
}

#[test]
fn threads_of_an_earlier_crowd_do_not_stand_in_the_way_of_a_later_one() {
    let mut config = config("w-crowds");
    config.max = Some(64);
    let pool = Pool::new(config);
    // All but the eighth that is kept for stalls, and idle afterwards.
    let crowd = 56;
    occupy(&pool, crowd).open();
    eventually("an idle crowd", || pool.idle_threads() >= crowd);
    let (narrow, done) = (Narrow::new(5), Count::new());
    for job in 0..400_u32 {
        let (narrow, done) = (Arc::clone(&narrow), Arc::clone(&done));
        submit(&pool, move || {
            match job {
                0..200 => narrow.send(job),
                _ => drop(narrow.receive()),
            }
            done.add_one();
        });
    }
    done.reaches(400);
    end(&pool);
}
