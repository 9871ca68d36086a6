//! Blocking jobs that wait for jobs queued behind them: all of them run, and not on a thread each.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use wane::runtime::{Handle, Runtime};
use wane::task::{JoinHandle, spawn_blocking};
use wane_tests::dice::Dice;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// Jobs on each side.
const CROWD: usize = 1_000;

/// A queue of few places whose ends block.
trait Narrow: Send + Sync {
    fn send(&self, item: usize);
    fn receive(&self) -> usize;
}

/// The one that everybody writes, whose waits the pool cannot see.
struct Locked {
    items: Mutex<VecDeque<usize>>,
    places: usize,
    changed: Condvar,
}

impl Locked {
    fn items(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.items.lock().expect("nothing panics under this lock")
    }

    fn wait<'a>(
        &self,
        items: MutexGuard<'a, VecDeque<usize>>,
        is_over: impl Fn(&VecDeque<usize>) -> bool,
    ) -> MutexGuard<'a, VecDeque<usize>> {
        self.changed
            .wait_while(items, |items| !is_over(items))
            .expect("nothing panics under this lock")
    }
}

impl Narrow for Locked {
    fn send(&self, item: usize) {
        let mut items = self.wait(self.items(), |items| items.len() < self.places);
        items.push_back(item);
        self.changed.notify_all();
    }

    fn receive(&self) -> usize {
        let mut items = self.wait(self.items(), |items| !items.is_empty());
        self.changed.notify_all();
        items.pop_front().expect("we have waited for it")
    }
}

/// Ours, whose waits the pool is told of.
struct Ours(wane::channel::Sender<usize>, wane::channel::Receiver<usize>);

impl Narrow for Ours {
    fn send(&self, item: usize) {
        self.0.send_blocking(item).expect("a receiver");
    }

    fn receive(&self) -> usize {
        self.1.recv_blocking().expect("a sender")
    }
}

#[derive(Clone, Copy, Debug)]
enum Ends {
    Locked,
    Ours,
}

impl Ends {
    fn open(self, places: usize) -> Arc<dyn Narrow> {
        match self {
            Self::Locked => Arc::new(Locked {
                items: Mutex::default(),
                places,
                changed: Condvar::new(),
            }),
            Self::Ours => {
                let (sender, receiver) = wane::channel::bounded(places);
                Arc::new(Ours(sender, receiver))
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Producer,
    Consumer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    ProducersFirst,
    ConsumersFirst,
    ByTurns,
    Sandwich,
    Random,
}

impl Order {
    /// Where one end of the pool's queue has what is needed, few threads get through.
    const ONE_ENDED: [Self; 3] = [Self::ProducersFirst, Self::ConsumersFirst, Self::ByTurns];
    const OTHERS: [Self; 2] = [Self::Sandwich, Self::Random];

    fn jobs(self) -> Vec<Side> {
        use Side::{Consumer, Producer};
        let crowd = |side, count| std::iter::repeat_n(side, count);
        match self {
            Self::ProducersFirst => crowd(Producer, CROWD)
                .chain(crowd(Consumer, CROWD))
                .collect(),
            Self::ConsumersFirst => crowd(Consumer, CROWD)
                .chain(crowd(Producer, CROWD))
                .collect(),
            Self::ByTurns => (0..CROWD).flat_map(|_| [Producer, Consumer]).collect(),
            Self::Sandwich => crowd(Producer, CROWD / 2)
                .chain(crowd(Consumer, CROWD))
                .chain(crowd(Producer, CROWD / 2))
                .collect(),
            Self::Random => {
                let mut jobs = Self::ByTurns.jobs();
                let mut dice = Dice::new(7);
                for last in (1..jobs.len()).rev() {
                    jobs.swap(last, dice.roll(last as u64 + 1) as usize);
                }
                jobs
            }
        }
    }
}

/// What an exchange took.
#[derive(Debug)]
struct Bill {
    threads_max: usize,
    time: Duration,
}

/// Has all of the jobs done in a runtime of their own, each message received once.
fn exchange(order: Order, ends: Ends, places: usize) -> Bill {
    let runtime = Kind::Workers(1).build();
    let metrics = runtime.metrics();
    let _deadline = hang::Deadline::start("an exchange", metrics.clone());
    let narrow = ends.open(places);
    let (done, sum) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let jobs = order.jobs();
    let since = Instant::now();
    for (number, side) in jobs.iter().copied().enumerate() {
        let (narrow, done, sum) = (narrow.clone(), done.clone(), sum.clone());
        drop(runtime.spawn_blocking(move || {
            match side {
                Side::Producer => narrow.send(number),
                Side::Consumer => drop(sum.fetch_add(narrow.receive(), Ordering::Relaxed)),
            }
            done.fetch_add(1, Ordering::Release);
        }));
    }
    let mut threads_max = 0;
    hang::until("the end of an exchange", &metrics, || {
        threads_max = threads_max.max(metrics.num_blocking_threads());
        done.load(Ordering::Acquire) == jobs.len()
    });
    let time = since.elapsed();
    let sent = jobs.iter().enumerate();
    let sent: usize = sent
        .filter_map(|(number, side)| (*side == Side::Producer).then_some(number))
        .sum();
    assert_eq!(sum.load(Ordering::Relaxed), sent);
    Bill { threads_max, time }
}

/// One crowd at a time: a submitter that has no core makes the pool meet the first half alone.
fn alone() -> MutexGuard<'static, ()> {
    static CROWD: Mutex<()> = Mutex::new(());
    CROWD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does each exchange, in at most this many threads in one of three attempts: where the submitter
/// loses its core between the crowds, each job of the first one needs a thread for itself, and that
/// is not what the bound is about.
#[track_caller]
fn exchange_within(bound: usize, orders: &[Order], ends: Ends) {
    let _alone = alone();
    for &order in orders {
        for places in [1, 5, 10] {
            let bills = (0..3).map(|_| exchange(order, ends, places));
            let bills = bills.inspect(|bill| {
                let Bill { threads_max, time } = bill;
                println!("{order:?}, {ends:?}, {places} places: {threads_max} threads, {time:?}");
            });
            let dear: Vec<_> = bills.take_while(|bill| bill.threads_max > bound).collect();
            assert!(dear.len() < 3, "{order:?}, {ends:?}, {places}: {dear:?}");
        }
    }
}

#[test]
fn a_crowd_gets_through_in_few_threads_where_one_end_has_what_is_needed() {
    exchange_within(64, &Order::ONE_ENDED, Ends::Locked);
}

#[test]
fn a_crowd_gets_through_in_any_order() {
    exchange_within(200, &Order::OTHERS, Ends::Locked);
}

#[test]
fn a_crowd_at_our_channel_gets_through_in_few_threads_where_one_end_has_what_is_needed() {
    exchange_within(64, &Order::ONE_ENDED, Ends::Ours);
}

#[test]
fn a_crowd_at_our_channel_gets_through_in_any_order() {
    exchange_within(200, &Order::OTHERS, Ends::Ours);
}

/// Waits for a job that waits for a job, and so on, each submitted from inside the one before; the
/// wait is one that the pool is told of.
fn nest_told(levels: usize) -> usize {
    match levels {
        0 => 0,
        _ => {
            let inner = spawn_blocking(move || nest_told(levels - 1));
            1 + Handle::current().block_on(inner).expect("no panic")
        }
    }
}

/// The same with a wait that the pool cannot see.
fn nest_untold(levels: usize) -> usize {
    match levels {
        0 => 0,
        _ => {
            let (done, told) = mpsc::channel();
            drop(spawn_blocking(move || {
                // Where the test has failed nobody wants to know.
                let _told = done.send(nest_untold(levels - 1));
            }));
            1 + told.recv().expect("the job tells")
        }
    }
}

/// Has as many jobs nested at once, and says how many threads that took.
fn nest_all(runtime: &Runtime, jobs: usize, nest: fn(usize) -> usize) -> usize {
    let metrics = runtime.metrics();
    let _deadline = hang::Deadline::start("jobs that wait for jobs", metrics.clone());
    let jobs: Vec<_> = (0..jobs)
        .map(|_| runtime.spawn_blocking(move || nest(3)))
        .collect();
    let mut threads_max = 0;
    hang::until("the end of all jobs", &metrics, || {
        threads_max = threads_max.max(metrics.num_blocking_threads());
        jobs.iter().all(JoinHandle::is_finished)
    });
    for job in jobs {
        assert_eq!(runtime.block_on(job).expect("no panic"), 3);
    }
    threads_max
}

#[test]
fn six_hundred_jobs_that_wait_for_jobs_three_levels_deep_all_end() {
    let _alone = alone();
    for (name, nest) in [
        ("told", nest_told as fn(usize) -> usize),
        ("untold", nest_untold),
    ] {
        let runtime = Kind::Workers(1).build();
        let threads_max = nest_all(&runtime, 600, nest);
        println!("600 nested jobs, {name}: at most {threads_max} threads");
        assert!(threads_max <= 512 + 256);
    }
}

#[test]
fn a_pool_of_one_thread_gets_through_jobs_that_wait_for_jobs() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder.max_blocking_threads(1).build().expect("a runtime");
    let threads_max = nest_all(&runtime, 20, nest_told);
    println!("20 nested jobs on one thread: at most {threads_max} threads");
}

#[test]
fn jobs_that_block_on_futures_do_not_keep_the_jobs_they_wait_for_from_their_threads() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder.max_blocking_threads(4).build().expect("a runtime");
    let metrics = runtime.metrics();
    let _deadline = hang::Deadline::start("jobs that block on futures", metrics.clone());
    let jobs: Vec<_> = (0..100)
        .map(|number| {
            runtime.spawn_blocking(move || {
                Handle::current().block_on(async move {
                    let echo = spawn_blocking(move || number);
                    wane::spawn(async move { echo.await.expect("no panic") }).await
                })
            })
        })
        .collect();
    for (number, job) in jobs.into_iter().enumerate() {
        let echo = runtime.block_on(job).expect("no panic");
        assert_eq!(echo.expect("no panic"), number);
    }
}

#[test]
fn a_wait_in_a_runtime_inside_a_job_is_told_too() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = Arc::new(builder.max_blocking_threads(1).build().expect("a runtime"));
    let _deadline = hang::Deadline::start("a job inside a job", runtime.metrics());
    let inner = Arc::downgrade(&runtime);
    let job = runtime.spawn_blocking(move || {
        let runtime = inner.upgrade().expect("the test has it");
        let job = runtime.spawn_blocking(|| 5);
        runtime.block_on(job).expect("no panic")
    });
    assert_eq!(runtime.block_on(job).expect("no panic"), 5);
}

#[test]
fn after_a_burst_a_trickle_leaves_no_more_threads_than_it_needs() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder
        .thread_keep_alive(Duration::from_millis(300))
        .build()
        .expect("a runtime");
    let metrics = runtime.metrics();
    let everybody = Arc::new(Barrier::new(200));
    for _ in 0..200 {
        let everybody = everybody.clone();
        drop(runtime.spawn_blocking(move || everybody.wait()));
    }
    hang::until("the threads of the burst", &metrics, || {
        metrics.num_blocking_threads() >= 200
    });
    // Some thirty jobs a second: never an idle moment as long as a keep-alive.
    let mut next = Instant::now();
    let since = Instant::now();
    hang::until("the leave of the others", &metrics, || {
        if Instant::now() >= next {
            drop(runtime.spawn_blocking(|| ()));
            next = Instant::now() + Duration::from_millis(33);
        }
        metrics.num_blocking_threads() <= 2
    });
    println!("200 threads went to 2 in {:?}", since.elapsed());
}
