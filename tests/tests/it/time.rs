//! Timers under load. Only "not early" is a promise of time; "late" has generous bounds.

use std::future::pending;
use std::time::Duration;

use wane::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use wane_tests::hang;
use wane_tests::runtimes::in_each;

#[test]
fn a_sleep_is_never_early() {
    in_each(|| async {
        let sleeps = (0..50_u64).map(|ms| {
            wane::spawn(async move {
                let start = Instant::now();
                sleep(Duration::from_millis(ms)).await;
                start.elapsed() >= Duration::from_millis(ms)
            })
        });
        for sleep in sleeps.collect::<Vec<_>>() {
            assert!(sleep.await.expect("no panic"), "early");
        }
    });
}

#[test]
fn timeouts_cancelled_under_load_leave_nothing_behind() {
    in_each(|| async {
        let tasks = (0..20).map(|_| {
            wane::spawn(async {
                for _ in 0..200 {
                    let value = timeout(hang::PATIENCE, async {
                        wane::task::yield_now().await;
                        1
                    });
                    assert_eq!(value.await, Ok(1));
                }
                let late = timeout(Duration::from_millis(1), pending::<()>());
                assert!(late.await.is_err());
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn a_task_aborted_in_a_sleep_ends_at_once() {
    in_each(|| async {
        let begin = Instant::now();
        let sleepers = (0..100).map(|_| wane::spawn(sleep(hang::PATIENCE)));
        let sleepers = sleepers.collect::<Vec<_>>();
        wane::task::yield_now().await;
        for sleeper in sleepers {
            assert!(sleeper.cancel().await.expect_err("aborted").is_cancelled());
        }
        assert!(begin.elapsed() < hang::PATIENCE / 2);
    });
}

#[test]
fn an_interval_ticks_at_its_times() {
    in_each(|| async {
        let period = Duration::from_millis(2);
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let first = ticks.tick().await;
        for number in 1..=5 {
            assert_eq!(ticks.tick().await, first + period * number);
        }
        assert!(first.elapsed() >= period * 5);
    });
}
