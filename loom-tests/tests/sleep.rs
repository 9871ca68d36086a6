//! One worker's sleep, on the condition or in the driver, and the token that ends it; and the monitor's.
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
