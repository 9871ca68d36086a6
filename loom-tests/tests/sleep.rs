//! One thread's sleep, on the condition or in the driver, and the token that ends it; a parker, which is such a
//! sleep with two sides, and `block_on` over it; and the monitor's sleep.
//!
//! A sleep that nothing ends is a deadlock, which loom reports.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::sync::Arc;

    use wane::internals::scheduler::{Driver, Monitor, Sleep};
    use wane_channel::base::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use wane_loom_tests::{model, spawn};

    /// A worker's sleep, and a count that is seen only by way of it.
    #[derive(Debug)]
    struct Scene {
        sleep: Sleep,
        driver: Driver,
        count: AtomicUsize,
    }

    impl Scene {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                sleep: Sleep::awake(),
                driver: Driver::default(),
                count: AtomicUsize::new(0),
            })
        }

        fn add_and_unpark(&self) {
            self.count.fetch_add(1, Ordering::Relaxed);
            self.sleep.unpark(&self.driver);
        }

        /// Sleeps until as many have been added.
        fn park_until(&self, count: usize, park: impl Fn(&Self)) {
            while self.count.load(Ordering::Relaxed) < count {
                park(self);
            }
        }
    }

    fn on_condition(scene: &Scene) {
        scene.sleep.park();
    }

    fn in_driver(scene: &Scene) {
        scene.sleep.park_in(&scene.driver);
    }

    /// One unpark against each sleep: it ends by that one, and sees what was done before.
    fn check_one(name: &str, park: fn(&Scene)) {
        model(name, move || {
            let scene = Scene::new();
            for count in 1..=2 {
                let unparker = Arc::clone(&scene);
                let other = spawn(move || unparker.add_and_unpark());
                park(&scene);
                assert_eq!(scene.count.load(Ordering::Relaxed), count);
                other.join().unwrap();
            }
        });
    }

    /// Two unparks, which may become one token: whoever looks after each sleep sees both.
    fn check_two(name: &str, park: fn(&Scene)) {
        model(name, move || {
            let scene = Scene::new();
            let others = [(), ()].map(|()| {
                let unparker = Arc::clone(&scene);
                spawn(move || unparker.add_and_unpark())
            });
            scene.park_until(2, park);
            for other in others {
                other.join().unwrap();
            }
        });
    }

    #[test]
    fn an_unpark_ends_a_sleep_on_the_condition() {
        check_one("sleep: unpark ‖ park, twice", on_condition);
    }

    #[test]
    fn an_unpark_ends_a_sleep_in_the_driver() {
        check_one("sleep: unpark ‖ park in driver, twice", in_driver);
    }

    #[test]
    fn two_unparks_are_both_seen_from_the_condition() {
        check_two("sleep: unpark ‖ unpark ‖ park", on_condition);
    }

    #[test]
    fn two_unparks_are_both_seen_from_the_driver() {
        check_two("sleep: unpark ‖ unpark ‖ park in driver", in_driver);
    }

    #[test]
    fn a_sleep_may_change_its_place() {
        model("sleep: unpark, unpark ‖ park in driver, park", || {
            let scene = Scene::new();
            let unparker = Arc::clone(&scene);
            let other = spawn(move || {
                unparker.add_and_unpark();
                unparker.add_and_unpark();
            });
            in_driver(&scene);
            scene.park_until(2, on_condition);
            other.join().unwrap();
        });
    }

    #[test]
    fn a_token_from_before_ends_one_sleep_and_no_other() {
        model("sleep: a token from before, unpark ‖ park, park", || {
            let scene = Scene::new();
            scene.add_and_unpark();
            let unparker = Arc::clone(&scene);
            let other = spawn(move || unparker.add_and_unpark());
            scene.park_until(2, on_condition);
            other.join().unwrap();
        });
    }

    /// An event ends the sleep while an unpark is under way: the unpark's token ends the sleep, or the
    /// next one.
    #[test]
    fn an_event_does_not_swallow_an_unpark() {
        model("sleep: event ‖ unpark ‖ park in driver", || {
            let scene = Scene::new();
            let unparker = Arc::clone(&scene);
            let other = spawn(move || unparker.add_and_unpark());
            let event = Arc::clone(&scene);
            let event = spawn(move || event.driver.raise());
            scene.park_until(1, in_driver);
            other.join().unwrap();
            event.join().unwrap();
        });
    }

    /// A monitor that is not stirred is a deadlock.
    #[test]
    fn a_worker_that_wakes_up_is_seen_or_stirs() {
        model("monitor falls asleep ‖ worker wakes up", || {
            let monitor = Arc::new(Monitor::new());
            let is_awake = Arc::new(AtomicBool::new(false));
            let worker = spawn({
                let (monitor, is_awake) = (Arc::clone(&monitor), Arc::clone(&is_awake));
                move || {
                    // ORDERING: Relaxed, as weak as it may be: the fences have to do.
                    is_awake.store(true, Ordering::Relaxed);
                    monitor.stir();
                }
            });
            // ORDERING: see above.
            assert!(monitor.sleep(|| is_awake.load(Ordering::Relaxed)));
            worker.join().unwrap();
        });
    }

    #[test]
    fn a_runtime_that_stops_ends_the_sleep() {
        model("monitor falls asleep ‖ stop", || {
            let monitor = Arc::new(Monitor::new());
            let stopper = spawn({
                let monitor = Arc::clone(&monitor);
                move || monitor.stop()
            });
            assert!(!monitor.sleep(|| false));
            stopper.join().unwrap();
        });
    }
}

#[cfg(loom)]
mod parker {
    use std::future::poll_fn;
    use std::task::{Poll, Waker};

    use wane::internals::{Parker, Unparker, block_on, waker};
    use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};
    use wane_channel::base::sync::{Arc, Mutex};
    use wane_loom_tests::{model, spawn};

    /// Adds one where everybody can see it, but orders nothing by that, and gives the token.
    fn add_and_unpark(count: &AtomicUsize, unparker: &Unparker) {
        count.fetch_add(1, Ordering::Relaxed);
        unparker.unpark();
    }

    #[test]
    fn a_park_sees_what_its_unparker_did() {
        model("parker: unpark ‖ park", || {
            let mut parker = Parker::new();
            let unparker = parker.unparker();
            let count = Arc::new(AtomicUsize::new(0));
            let theirs = Arc::clone(&count);
            let other = spawn(move || {
                theirs.store(1, Ordering::Relaxed);
                unparker.unpark();
            });
            parker.park();
            assert_eq!(count.load(Ordering::Relaxed), 1);
            other.join().unwrap();
        });
    }

    #[test]
    fn no_token_is_lost_between_two_unparkers() {
        model(
            "parker: unpark ‖ unpark ‖ park until both are seen",
            || {
                let mut parker = Parker::new();
                let count = Arc::new(AtomicUsize::new(0));
                let others = [(); 2].map(|()| {
                    let (unparker, count) = (parker.unparker(), Arc::clone(&count));
                    spawn(move || add_and_unpark(&count, &unparker))
                });
                let mut parks = 0;
                while count.load(Ordering::Relaxed) < 2 {
                    parker.park();
                    parks += 1;
                    assert!(
                        count.load(Ordering::Relaxed) >= parks,
                        "each token ends one park"
                    );
                }
                for other in others {
                    other.join().unwrap();
                }
            },
        );
    }

    #[test]
    fn a_coalesced_unpark_is_seen_as_a_lone_one_is() {
        model("parker: two stores, each with an unpark ‖ park", || {
            let mut parker = Parker::new();
            let seen = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
            let others = seen.clone().map(|mark| {
                let unparker = parker.unparker();
                spawn(move || {
                    mark.store(1, Ordering::Relaxed);
                    unparker.unpark();
                })
            });
            let both = |seen: &[Arc<AtomicUsize>; 2]| {
                seen.iter().all(|mark| mark.load(Ordering::Relaxed) == 1)
            };
            // Whoever saw fewer than both has a token still to come: this ends, or loom calls it a
            // deadlock.
            parker.park();
            if !both(&seen) {
                parker.park();
            }
            assert!(both(&seen));
            for other in others {
                other.join().unwrap();
            }
        });
    }

    #[test]
    fn a_token_given_before_the_park_ends_it() {
        model("parker: unpark, park, then unpark ‖ park", || {
            let mut parker = Parker::new();
            let unparker = parker.unparker();
            unparker.unpark();
            parker.park();
            let count = Arc::new(AtomicUsize::new(0));
            let theirs = Arc::clone(&count);
            let other = spawn(move || add_and_unpark(&theirs, &unparker));
            parker.park();
            assert_eq!(
                count.load(Ordering::Relaxed),
                1,
                "the first token is used up"
            );
            other.join().unwrap();
        });
    }

    #[test]
    fn a_waker_gives_the_token() {
        model("parker: wake and drop of the waker ‖ park", || {
            let mut parker = Parker::new();
            let waker = waker(&parker);
            let other = spawn(move || waker.wake());
            parker.park();
            drop(parker);
            other.join().unwrap();
        });
    }

    #[test]
    fn block_on_returns_what_another_thread_made_ready() {
        model("block_on: ready and wake ‖ poll and park", || {
            let slot: Arc<Mutex<(bool, Option<Waker>)>> = Arc::default();
            let theirs = Arc::clone(&slot);
            let other = spawn(move || {
                let waker = {
                    let mut slot = theirs.lock();
                    slot.0 = true;
                    slot.1.take()
                };
                waker.map(Waker::wake)
            });
            block_on(poll_fn(|context| {
                let mut slot = slot.lock();
                if slot.0 {
                    return Poll::Ready(());
                }
                slot.1 = Some(context.waker().clone());
                Poll::Pending
            }));
            other.join().unwrap();
        });
    }
}
