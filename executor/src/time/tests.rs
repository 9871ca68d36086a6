//! What time promises, on a driver of its own.

use std::future::{pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wane_channel::base::budget;
use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::{Arc, Mutex, thread};

use super::*;
use crate::testing;
use crate::testing::Bench;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Polls all of `futures` until each is done.
async fn all<F: Future + Unpin>(mut futures: Vec<F>) {
    poll_fn(|ctx| {
        futures.retain_mut(|future| Pin::new(future).poll(ctx).is_pending());
        match futures.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

#[test]
fn ten_thousand_sleeps_end_in_order_and_not_early() {
    let mut bench = Bench::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let handle = bench.handle.clone();
    let start = Instant::now() + 50 * MS;

    struct Note(Instant, Arc<Mutex<Vec<Instant>>>);
    impl std::task::Wake for Note {
        fn wake(self: Arc<Self>) {
            assert!(Instant::now() >= self.0, "woken early");
            self.1.lock().push(self.0);
        }
    }

    let entered = testing::enter(handle.clone());
    let scattered = (0..10_000_u32).map(|n| n.wrapping_mul(7919) % 10_000);
    let deadlines = scattered.map(|n| start + Duration::from_micros(u64::from(n) * 20));
    let mut sleeps: Vec<Sleep> = deadlines.map(sleep_until).collect();
    drop(entered);
    // On a busy machine some deadlines pass before their sleep is polled for the first time.
    sleeps.retain_mut(|sleep| {
        let waker = Waker::from(Arc::new(Note(sleep.deadline(), Arc::clone(&order))));
        let mut ctx = Context::from_waker(&waker);
        Pin::new(sleep).poll(&mut ctx).is_pending()
    });
    assert_eq!(handle.timer_count(), sleeps.len());
    bench.block_on(async { sleep_until(start + 202 * MS).await });
    assert_eq!(handle.timer_count(), 0);
    let order = order.lock();
    assert_eq!(order.len(), sleeps.len());
    // Timers of the same tick fire in the order in which they were armed.
    let steps = order.windows(2).map(|pair| (pair[0], pair[1]));
    let steps_back = steps.map(|(one, next)| one.saturating_duration_since(next));
    assert!(steps_back.max() < Some(MS));
}

#[test]
fn a_million_timeouts_armed_and_dropped_leave_nothing() {
    let mut bench = Bench::new();
    let handle = bench.handle.clone();
    bench.block_on(async {
        for _ in 0..10 {
            let mut timeouts: Vec<_> = (0..100_000)
                .map(|_| timeout(HOUR, pending::<()>()))
                .collect();
            poll_fn(|ctx| {
                for timeout in &mut timeouts {
                    assert!(Pin::new(timeout).poll(ctx).is_pending());
                }
                Poll::Ready(())
            })
            .await;
            assert_eq!(handle.timer_count(), 100_000);
            drop(timeouts);
            assert_eq!(handle.timer_count(), 0);
        }
    });
}

#[test]
fn an_unpolled_sleep_has_no_timer() {
    let mut bench = Bench::new();
    let handle = bench.handle.clone();
    bench.block_on(async {
        let unpolled = sleep(HOUR);
        assert_eq!(handle.timer_count(), 0);
        drop(unpolled);
    });
}

#[test]
fn an_earlier_timer_from_another_thread_cuts_the_driver_s_sleep_short() {
    let bench = Bench::new();
    let handle = bench.handle.clone();
    let mut driver = bench.into_driver();

    struct Rang(AtomicBool);
    impl std::task::Wake for Rang {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Release);
        }
    }
    let far = std::time::Instant::now() + HOUR;
    let far = handle.arm_timer(far, Waker::noop().clone()).unwrap();
    let rang = Arc::new(Rang(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&rang));
    let arming = thread::Builder::new()
        .spawn(move || {
            let soon = std::time::Instant::now() + 30 * MS;
            handle.arm_timer(soon, waker).unwrap();
            handle.disarm_timer(far);
        })
        .unwrap();
    let start = std::time::Instant::now();
    while !rang.0.load(Ordering::Acquire) {
        driver.park(None);
    }
    assert!(start.elapsed() < HOUR / 2);
    arming.join().unwrap();
}

#[test]
fn an_unpark_from_another_thread_ends_the_park() {
    let bench = Bench::new();
    let handle = bench.handle.clone();
    let mut driver = bench.into_driver();
    let is_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&is_done);
    let rounds = 2000;
    let turn = Arc::new(Mutex::new(0_u32));
    let theirs = Arc::clone(&turn);
    let unparking = thread::Builder::new()
        .spawn(move || {
            for round in 1..=rounds {
                *theirs.lock() = round;
                handle.unpark();
            }
            done.store(true, Ordering::Release);
            handle.unpark();
        })
        .unwrap();
    while !is_done.load(Ordering::Acquire) {
        driver.park(None);
    }
    assert_eq!(*turn.lock(), rounds);
    unparking.join().unwrap();
    // An unpark that nobody slept for ends the next park, and only that.
    driver.turn();
    let start = std::time::Instant::now();
    driver.park(Some(5 * MS));
    assert!(start.elapsed() >= 5 * MS);
}

#[test]
fn a_sleep_reset_before_or_after_its_end_waits_anew() {
    let mut bench = Bench::new();
    let handle = bench.handle.clone();
    bench.block_on(async {
        let mut sleep = pin!(sleep(HOUR));
        poll_fn(|ctx| Poll::Ready(sleep.as_mut().poll(ctx).is_pending())).await;
        assert_eq!(handle.timer_count(), 1);
        for _ in 0..2 {
            let deadline = Instant::now() + 3 * MS;
            sleep.as_mut().reset(deadline);
            assert_eq!(handle.timer_count(), 0);
            assert!(!sleep.is_elapsed());
            sleep.as_mut().await;
            assert!(Instant::now() >= deadline);
            assert!(sleep.is_elapsed());
        }
    });
}

#[test]
fn durations_without_end_are_as_good_as_never() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let years = Duration::from_secs(86_400 * 365);
        let mut endless = pin!(sleep(Duration::MAX));
        assert!(endless.deadline() > Instant::now() + 29 * years);
        let is_waiting = poll_fn(|ctx| Poll::Ready(endless.as_mut().poll(ctx).is_pending())).await;
        assert!(is_waiting);
        assert_eq!(timeout(Duration::MAX, ready(1)).await, Ok(1));
    });
}

#[test]
#[should_panic(expected = "there is no runtime to keep this timer")]
fn a_sleep_outside_of_a_runtime_says_what_to_do() {
    drop(sleep(MS));
}

#[test]
#[should_panic(expected = "whose runtime has shut down")]
fn a_sleep_whose_runtime_is_gone_does_not_wait_forever() {
    let bench = Bench::new();
    let entered = testing::enter(bench.handle.clone());
    let mut sleep = sleep(HOUR);
    drop(entered);
    let mut ctx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut sleep).poll(&mut ctx).is_pending());
    drop(bench);
    let _ = Pin::new(&mut sleep).poll(&mut ctx);
}

#[test]
fn a_driver_that_goes_wakes_its_timers() {
    let bench = Bench::new();
    let entered = testing::enter(bench.handle.clone());
    let mut sleep = sleep(HOUR);
    drop(entered);
    struct Count(AtomicBool);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Release);
        }
    }
    let count = Arc::new(Count(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&count));
    assert!(
        Pin::new(&mut sleep)
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(bench);
    assert!(count.0.load(Ordering::Acquire));
}

#[test]
fn a_timeout_lets_a_future_that_is_done_succeed_whatever_the_time() {
    let mut bench = Bench::new();
    bench.block_on(async {
        assert_eq!(timeout(Duration::ZERO, ready(7)).await, Ok(7));
        let past = Instant::now();
        assert_eq!(timeout_at(past, ready(7)).await, Ok(7));
        let elapsed = timeout(MS, pending::<()>()).await.unwrap_err();
        assert_eq!(elapsed.to_string(), "deadline has elapsed");
        let error = std::io::Error::from(elapsed);
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    });
}

#[test]
fn a_future_that_spends_every_budget_does_not_outlive_its_timeout() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let greedy = poll_fn(|ctx| {
            while budget::spend(ctx).is_ready() {}
            Poll::<()>::Pending
        });
        assert!(timeout(5 * MS, greedy).await.is_err());
    });
}

#[test]
fn sleeps_that_are_over_spend_budget() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let mut over = 0;
        poll_fn(|ctx| {
            let mut sleep = pin!(sleep(Duration::ZERO));
            while sleep.as_mut().poll(ctx).is_ready() {
                over += 1;
            }
            Poll::Ready(())
        })
        .await;
        assert_eq!(over, u32::from(budget::UNITS_PER_POLL));
        all((0..500).map(|_| sleep(MS)).collect()).await;
    });
}

#[test]
fn an_interval_ticks_on_schedule() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let mut ticks = interval(3 * MS);
        let first = ticks.tick().await;
        for n in 1..5 {
            assert_eq!(ticks.tick().await, first + 3 * n * MS);
            assert!(Instant::now() >= first + 3 * n * MS);
        }
        ticks.reset_after(HOUR);
        assert!(timeout(5 * MS, ticks.tick()).await.is_err());
        ticks.reset_immediately();
        assert!(timeout(HOUR, ticks.tick()).await.is_ok());
    });
}

/// A tick that is due 25 late, with a period of 10, and the one after it.
#[test]
fn missed_ticks_are_made_up_for_as_the_behaviour_says() {
    let cases = [
        (MissedTickBehavior::Burst, 10),
        (MissedTickBehavior::Delay, 35),
        (MissedTickBehavior::Skip, 30),
    ];
    let mut bench = Bench::new();
    let _entered = testing::enter(bench.handle.clone());
    for (behaviour, next_after) in cases {
        let due = Instant::now() - 25 * MS;
        let mut ticks = interval_at(due, 10 * MS);
        ticks.set_missed_tick_behavior(behaviour);
        bench.block_on(async {
            let before = Instant::now();
            assert_eq!(ticks.tick().await, due);
            let late = before.duration_since(due + 25 * MS);
            let next = ticks.tick().await;
            let earliest = due + next_after * MS;
            match behaviour {
                MissedTickBehavior::Delay => assert!(next >= earliest + late),
                // A slow machine may have missed more ticks, but is never off the schedule.
                MissedTickBehavior::Burst => assert_eq!(next, earliest),
                MissedTickBehavior::Skip => {
                    let off = (next - due).as_nanos() % (10 * MS).as_nanos();
                    assert_eq!((off, next >= earliest), (0, true));
                }
            }
        });
    }
}

#[test]
#[should_panic(expected = "`period` must be more than zero")]
fn an_interval_without_a_period_is_refused() {
    drop(interval(Duration::ZERO));
}
