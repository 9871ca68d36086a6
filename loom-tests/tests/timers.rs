//! The timers and the sleeping driver: no timer waits for a driver that sleeps longer.
//!
//! The driver of these models has a clock that stands still while it is awake and stands, after a nap,
//! at the nap's end. A driver that sleeps past a timer is a failed assertion, one that sleeps for ever
//! a deadlock, which loom reports.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::sync::Arc;
    use std::task::Waker;

    use wane::internals::driver::{Standing, Timer, Timers};
    use wane::internals::scheduler::Driver;
    use wane_channel::base::sync::thread::JoinHandle;
    use wane_loom_tests::{Bell, model, spawn};

    struct Scene {
        timers: Timers,
        driver: Driver,
    }

    impl Scene {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                timers: Timers::none(),
                driver: Driver::default(),
            })
        }

        /// As the driver's handle does it.
        fn arm(&self, ms: u64, waker: &Waker) -> Option<Timer> {
            let timer = self.timers.arm(ms, waker)?;
            if timer.unparks {
                self.driver.raise();
            }
            Some(timer)
        }

        /// The driver, until the bell has rung: sleeps, and wakes up when it is unparked or its time is
        /// over. Returns when the bell was rung.
        fn drive_until_rung(&self, bell: &Bell) -> u64 {
            let mut now = 0;
            while bell.rings() == 0 {
                match self.timers.fall_asleep(now) {
                    None => self.driver.wait(),
                    Some(nap) => now += nap,
                }
                self.timers.fire(now);
            }
            now
        }
    }

    fn arm_elsewhere(scene: &Arc<Scene>, ms: u64, waker: Waker) -> JoinHandle<()> {
        let scene = Arc::clone(scene);
        spawn(move || assert!(scene.arm(ms, &waker).is_some()))
    }

    #[test]
    fn a_timer_wakes_a_driver_that_sleeps_without_end() {
        model("timers: arm ‖ fall asleep", || {
            let scene = Scene::new();
            let (bell, waker) = Bell::new();
            let armer = arm_elsewhere(&scene, 5, waker);
            assert_eq!(scene.drive_until_rung(&bell), 5);
            armer.join().unwrap();
        });
    }

    /// The driver naps for the later timer; the nap is over only when the earlier one was armed, and
    /// must not have been slept through.
    #[test]
    fn an_earlier_timer_unparks_the_driver() {
        model("timers: arm an earlier one ‖ fall asleep", || {
            let scene = Scene::new();
            let (_later, later_waker) = Bell::new();
            assert!(scene.arm(9, &later_waker).is_some());
            let (_bell, waker) = Bell::new();
            let theirs = Arc::clone(&scene);
            let armer = spawn(move || theirs.arm(5, &waker).expect("it is open").unparks);
            let nap = scene.timers.fall_asleep(0);
            let unparks = armer.join().unwrap();
            match nap {
                Some(5) => assert!(!unparks),
                Some(9) => assert!(unparks),
                other => panic!("a nap of {other:?}"),
            }
        });
    }

    #[test]
    fn two_timers_at_once_unpark_the_driver_for_the_earlier() {
        model("timers: arm ‖ arm ‖ fall asleep", || {
            let scene = Scene::new();
            let (bell, waker) = Bell::new();
            let (_later, later_waker) = Bell::new();
            let armers = [
                arm_elsewhere(&scene, 9, later_waker),
                arm_elsewhere(&scene, 5, waker),
            ];
            scene.drive_until_rung(&bell);
            for armer in armers {
                armer.join().unwrap();
            }
        });
    }

    #[test]
    fn a_later_timer_lets_the_driver_sleep() {
        model("timers: arm a later one ‖ fall asleep", || {
            let scene = Scene::new();
            let (_bell, waker) = Bell::new();
            assert!(scene.timers.arm(5, &waker).is_some());
            let theirs = Arc::clone(&scene);
            let armer = spawn(move || theirs.timers.arm(9, &waker).expect("it is open").unparks);
            assert_eq!(scene.timers.fall_asleep(0), Some(5));
            assert!(!armer.join().unwrap());
        });
    }

    #[test]
    fn whoever_watches_a_timer_that_waits_is_the_one_it_wakes() {
        model("timers: watch ‖ fire", || {
            let scene = Scene::new();
            let (_first, first_waker) = Bell::new();
            let timer = scene.timers.arm(5, &first_waker).expect("it is open");
            let theirs = Arc::clone(&scene);
            let driver = spawn(move || theirs.timers.fire(5));
            let (second, second_waker) = Bell::new();
            let standing = scene.timers.watch(&timer, &second_waker);
            driver.join().unwrap();
            let is_waiting = standing == Standing::Waiting;
            assert_eq!(second.rings(), usize::from(is_waiting));
            assert!(is_waiting || standing == Standing::Fired);
        });
    }

    #[test]
    fn a_timer_is_refused_by_the_end_or_woken_by_it() {
        model("timers: arm ‖ close", || {
            let scene = Scene::new();
            let (bell, waker) = Bell::new();
            let theirs = Arc::clone(&scene);
            let end = spawn(move || theirs.timers.close());
            let timer = scene.timers.arm(5, &waker);
            end.join().unwrap();
            assert_eq!(bell.rings(), usize::from(timer.is_some()));
            if let Some(timer) = timer {
                let standing = scene.timers.watch(&timer, &waker);
                assert_eq!(standing, Standing::ShutDown);
            }
        });
    }

    #[test]
    fn a_timer_that_is_disarmed_leaves_nothing() {
        model("timers: disarm ‖ fire", || {
            let scene = Scene::new();
            let (bell, waker) = Bell::new();
            let timer = scene.timers.arm(5, &waker).expect("it is open");
            drop(waker);
            let theirs = Arc::clone(&scene);
            let driver = spawn(move || theirs.timers.fire(5));
            scene.timers.disarm(&timer);
            driver.join().unwrap();
            assert!(bell.rings() <= 1);
            assert_eq!(Arc::strong_count(&bell), 1, "a waker is left");
        });
    }
}
