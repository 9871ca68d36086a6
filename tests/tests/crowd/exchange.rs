//! Producers and consumers as blocking jobs over one narrow queue, submitted in any order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Runtime};
use wane_tests::dice::Dice;
use wane_tests::hang;

use crate::narrow::{Ends, Narrow};
use crate::{alone, runs, sized};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Producer,
    Consumer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
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

    fn jobs(self, crowd: usize, seed: u64) -> Vec<Side> {
        use Side::{Consumer, Producer};
        let side = |side, count| std::iter::repeat_n(side, count);
        match self {
            Self::ProducersFirst => side(Producer, crowd).chain(side(Consumer, crowd)).collect(),
            Self::ConsumersFirst => side(Consumer, crowd).chain(side(Producer, crowd)).collect(),
            Self::ByTurns => (0..crowd).flat_map(|_| [Producer, Consumer]).collect(),
            Self::Sandwich => side(Producer, crowd / 2)
                .chain(side(Consumer, crowd))
                .chain(side(Producer, crowd - crowd / 2))
                .collect(),
            Self::Random => {
                let mut jobs = Self::ByTurns.jobs(crowd, seed);
                let mut dice = Dice::new(seed);
                for last in (1..jobs.len()).rev() {
                    jobs.swap(last, dice.roll(last as u64 + 1) as usize);
                }
                jobs
            }
        }
    }
}

/// One load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) order: Order,
    pub(crate) ends: Ends,
    pub(crate) places: usize,
    /// Jobs on each side.
    pub(crate) crowd: usize,
    /// What each producer sleeps before it sends.
    pub(crate) delay: Duration,
}

impl Load {
    fn of(order: Order, ends: Ends, places: usize) -> Self {
        Self {
            order,
            ends,
            places,
            crowd: 1_000,
            delay: Duration::ZERO,
        }
    }

    /// Has all of the jobs done in this runtime, each message received once.
    pub(crate) fn exchange(self, runtime: &Runtime, seed: u64) -> Bill {
        let metrics = runtime.metrics();
        let narrow = self.ends.open(self.places);
        let (done, sum) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs = self.order.jobs(self.crowd, seed);
        let delay = self.delay;
        let since = Instant::now();
        for (number, side) in jobs.iter().copied().enumerate() {
            let (narrow, done, sum) = (narrow.clone(), done.clone(), sum.clone());
            drop(runtime.spawn_blocking(move || {
                match side {
                    Side::Producer => produce(&*narrow, number, delay),
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

    /// [`Load::exchange`] in a runtime of its own, with the default settings.
    fn exchange_alone(self, seed: u64) -> Bill {
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let _deadline = hang::Deadline::start("an exchange", runtime.metrics());
        self.exchange(&runtime, seed)
    }

    /// Does the exchange in at most this many threads in one of three attempts: where the submitter loses
    /// its core between the crowds, each job of the first one needs a thread for itself, and that is not
    /// what the bound is about.
    #[track_caller]
    fn stays_within(self, bound: usize) {
        let mut bills = Vec::new();
        let mut dear = 0;
        for run in 0..runs() as u64 {
            let tries = (0..3).map(|seed| self.exchange_alone(3 * run + seed));
            let tries: Vec<_> = tries
                .scan(false, |is_over, bill| {
                    let goes_on = !*is_over;
                    *is_over = bill.threads_max <= bound;
                    goes_on.then_some(bill)
                })
                .collect();
            dear += tries.iter().filter(|bill| bill.threads_max > bound).count();
            assert!(
                tries.iter().any(|bill| bill.threads_max <= bound),
                "{self:?}: {tries:?}"
            );
            bills.extend(tries);
        }
        print(self, &bills, dear);
    }
}

fn produce(narrow: &dyn Narrow, number: usize, delay: Duration) {
    if !delay.is_zero() {
        thread::sleep(delay);
    }
    narrow.send(number);
}

/// What an exchange took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bill {
    pub(crate) threads_max: usize,
    pub(crate) time: Duration,
}

fn print(load: Load, bills: &[Bill], dear: usize) {
    let mut threads: Vec<_> = bills.iter().map(|bill| bill.threads_max).collect();
    let mut times: Vec<_> = bills.iter().map(|bill| bill.time).collect();
    threads.sort_unstable();
    times.sort_unstable();
    let (middle, last) = (bills.len() / 2, bills.len() - 1);
    let Load {
        order,
        ends,
        places,
        crowd,
        delay,
    } = load;
    println!(
        "{order:?}, {ends:?}, {places} places, {crowd} a side, delay {delay:?}: {} runs, \
         threads {} (median) {} (most), time {:?} (median) {:?} (most), {dear} with more threads",
        bills.len(),
        threads[middle],
        threads[last],
        times[middle],
        times[last]
    );
}

#[track_caller]
fn all_stay_within(bound: usize, orders: &[Order], ends: Ends) {
    let _alone = alone();
    for &order in orders {
        for places in [1, 5, 10] {
            Load::of(order, ends, places).stays_within(bound);
        }
    }
}

#[test]
fn a_crowd_gets_through_in_few_threads_where_one_end_has_what_is_needed() {
    all_stay_within(64, &Order::ONE_ENDED, Ends::Locked);
}

#[test]
fn a_crowd_gets_through_in_any_order() {
    all_stay_within(200, &Order::OTHERS, Ends::Locked);
}

#[test]
fn a_crowd_at_our_channel_gets_through_in_few_threads_where_one_end_has_what_is_needed() {
    all_stay_within(64, &Order::ONE_ENDED, Ends::Ours);
}

#[test]
fn a_crowd_at_our_channel_gets_through_in_any_order() {
    all_stay_within(200, &Order::OTHERS, Ends::Ours);
}

#[test]
fn a_crowd_whose_producers_take_their_time_gets_through() {
    let _alone = alone();
    let one_ended = Order::ONE_ENDED.into_iter().map(|order| (order, 64));
    let others = Order::OTHERS.into_iter().map(|order| (order, 200));
    for (order, bound) in one_ended.chain(others) {
        for places in [1, 5, 10] {
            let load = Load {
                delay: Duration::from_millis(5),
                crowd: sized(200, 1_000),
                ..Load::of(order, Ends::Locked, places)
            };
            load.stays_within(bound);
        }
    }
}

#[test]
fn a_crowd_of_ten_times_as_many_gets_through() {
    let _alone = alone();
    for order in Order::ONE_ENDED.into_iter().chain(Order::OTHERS) {
        let load = Load {
            crowd: sized(4_000, 10_000),
            ..Load::of(order, Ends::Locked, 5)
        };
        load.stays_within(512);
    }
}
