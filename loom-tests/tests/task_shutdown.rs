//! The end of a scheduler against everything that can still reach it through a task.
//!
//! A waker and an abort handle own nothing: when the thread that uses one has won the task's queue
//! entry, the scheduler must stay until it has been handed over, and may go at once afterwards.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::future::poll_fn;
    use std::sync::{Arc, Weak};
    use std::task::{Poll, Waker};

    use wane::internals::tasks::{AbortHandle, Desk, Hands, JoinHandle};
    use wane_loom_tests::tasks::{Fate, Tap, Witness, join_now, model, pending};
    use wane_loom_tests::{Bell, poll_once, spawn};

    /// A scheduler with a task that sleeps.
    struct Scene {
        desk: Arc<Desk>,
        gone: Weak<Desk>,
        waker: Waker,
        handle: JoinHandle<()>,
        fate: Fate,
    }

    impl Scene {
        fn new() -> Self {
            let desk = Desk::new();
            let (fate, witness) = Fate::new();
            let (waker, handle) = asleep(&desk, pending(witness));
            Self {
                gone: Arc::downgrade(&desk),
                desk,
                waker,
                handle,
                fate,
            }
        }
    }

    /// A task that sleeps, its waker and its handle.
    fn asleep(
        desk: &Arc<Desk>,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> (Waker, JoinHandle<()>) {
        let tap = Tap::default();
        let handle = desk.spawn(tap.on(future));
        desk.run_all();
        (tap.waker(), handle)
    }

    /// Checks that nothing is left of a scheduler and of its task.
    fn check_end(gone: &Weak<Desk>, fate: &Fate, handle: JoinHandle<()>) {
        assert_eq!(gone.strong_count(), 0, "a scheduler is left");
        assert!(fate.is_met());
        assert!(join_now(handle).unwrap_err().is_cancelled());
    }

    #[test]
    fn a_foreign_wake_does_not_touch_a_scheduler_that_has_gone() {
        model("task: shut down ‖ foreign wake", || {
            let Scene {
                desk,
                gone,
                waker,
                handle,
                fate,
            } = Scene::new();
            let waking = spawn(move || waker.wake());
            desk.shut_down();
            assert!(fate.is_met());
            waking.join().unwrap();
            check_end(&gone, &fate, handle);
        });
    }

    #[test]
    fn a_foreign_abort_does_not_touch_a_scheduler_that_has_gone() {
        model("task: shut down ‖ foreign abort", || {
            let Scene {
                desk,
                gone,
                waker: _,
                handle,
                fate,
            } = Scene::new();
            let abort = handle.abort_handle();
            let aborting = spawn(move || abort.abort());
            desk.shut_down();
            assert!(fate.is_met());
            aborting.join().unwrap();
            check_end(&gone, &fate, handle);
        });
    }

    #[test]
    fn a_foreign_wake_and_a_foreign_abort_do_not_touch_a_scheduler_that_has_gone() {
        model("task: shut down ‖ foreign wake ‖ foreign abort", || {
            let Scene {
                desk,
                gone,
                waker,
                handle,
                fate,
            } = Scene::new();
            let abort = handle.abort_handle();
            let waking = spawn(move || waker.wake());
            let aborting = spawn(move || abort.abort());
            desk.shut_down();
            assert!(fate.is_met());
            waking.join().unwrap();
            aborting.join().unwrap();
            check_end(&gone, &fate, handle);
        });
    }

    #[test]
    fn a_task_that_is_being_spawned_is_dropped_all_the_same() {
        model("task: shut down ‖ foreign spawn", || {
            let desk = Desk::new();
            let gone = Arc::downgrade(&desk);
            let (fate, witness) = Fate::new();
            let spawning = {
                let desk = Arc::clone(&desk);
                spawn(move || desk.spawn(pending(witness)))
            };
            desk.shut_down();
            let handle = spawning.join().unwrap();
            check_end(&gone, &fate, handle);
        });
    }

    #[test]
    fn a_task_that_is_being_spawned_and_aborted_is_dropped_once() {
        model("task: shut down ‖ foreign spawn, abort", || {
            let desk = Desk::new();
            let gone = Arc::downgrade(&desk);
            let (fate, witness) = Fate::new();
            let spawning = {
                let desk = Arc::clone(&desk);
                spawn(move || {
                    let handle = desk.spawn(pending(witness));
                    drop(desk);
                    handle.abort();
                    handle
                })
            };
            desk.shut_down();
            let handle = spawning.join().unwrap();
            check_end(&gone, &fate, handle);
        });
    }

    #[test]
    fn a_walk_may_meet_a_task_that_another_thread_has_just_put_to_sleep() {
        model("task: walk and abort ‖ spawn, run, sleep", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let spawning = {
                let hands = Arc::clone(&hands);
                spawn(move || {
                    let (runnable, handle) = hands.spawn(pending(witness));
                    runnable.run_on();
                    handle
                })
            };
            hands.abort_all();
            Hands::run_all();
            let handle = spawning.join().unwrap();
            // A walk may miss a task that is born meanwhile.
            hands.abort_all();
            Hands::run_all();
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn a_joiner_learns_of_the_shutdown() {
        model("task: shut down ‖ join", || {
            let Scene {
                desk,
                gone,
                waker: _,
                mut handle,
                fate,
            } = Scene::new();
            let seen = fate.clone();
            let joining = spawn(move || {
                let (bell, waker) = Bell::new();
                let joined = poll_once(&mut handle, &waker);
                if joined.is_ready() {
                    assert!(seen.is_met());
                    seen.inspect();
                }
                (joined, handle, bell, waker)
            });
            desk.shut_down();
            let (mut joined, mut handle, bell, waker) = joining.join().unwrap();
            if joined.is_pending() {
                assert_eq!(bell.rings(), 1);
                joined = poll_once(&mut handle, &waker);
            }
            assert_eq!(gone.strong_count(), 0);
            assert!(matches!(joined, Poll::Ready(Err(error)) if error.is_cancelled()));
            assert!(fate.is_met());
        });
    }

    #[test]
    fn a_handle_may_be_dropped_at_any_time() {
        model(
            "task: shut down ‖ drop of the handle ‖ foreign wake",
            || {
                let Scene {
                    desk,
                    gone,
                    waker,
                    handle,
                    fate,
                } = Scene::new();
                let dropping = spawn(move || drop(handle));
                let waking = spawn(move || waker.wake());
                desk.shut_down();
                assert!(fate.is_met());
                dropping.join().unwrap();
                waking.join().unwrap();
                assert_eq!(gone.strong_count(), 0);
            },
        );
    }

    /// Wakes and aborts another task when it is dropped.
    struct MeddlesInDrop(Waker, AbortHandle);

    impl Drop for MeddlesInDrop {
        fn drop(&mut self) {
            self.0.wake_by_ref();
            self.1.abort();
        }
    }

    #[test]
    fn a_future_that_wakes_and_aborts_in_its_drop_is_dropped_like_any_other() {
        model(
            "task: shut down, a drop that wakes and aborts ‖ foreign wake",
            || {
                let Scene {
                    desk,
                    gone,
                    waker,
                    handle,
                    fate,
                } = Scene::new();
                let meddler = MeddlesInDrop(waker.clone(), handle.abort_handle());
                let (_, meddler_handle) = asleep(
                    &desk,
                    poll_fn(move |_| {
                        let _ = &meddler;
                        Poll::Pending
                    }),
                );
                let waking = spawn(move || waker.wake());
                desk.shut_down();
                waking.join().unwrap();
                assert!(join_now(meddler_handle).unwrap_err().is_cancelled());
                check_end(&gone, &fate, handle);
            },
        );
    }

    /// Spawns another task when it is dropped.
    struct SpawnsInDrop(Option<(Weak<Desk>, Witness)>);

    impl Drop for SpawnsInDrop {
        fn drop(&mut self) {
            let (desk, witness) = self.0.take().expect("dropped once");
            let desk = desk.upgrade().expect("a scheduler outlives its tasks");
            let handle = desk.spawn(pending(witness));
            assert!(join_now(handle).unwrap_err().is_cancelled());
        }
    }

    #[test]
    fn a_future_that_spawns_in_its_drop_at_shutdown_gets_a_task_that_is_over() {
        model(
            "task: shut down, a drop that spawns ‖ foreign wake",
            || {
                let Scene {
                    desk,
                    gone,
                    waker,
                    handle,
                    fate,
                } = Scene::new();
                let (late_fate, late_witness) = Fate::new();
                let spawner = SpawnsInDrop(Some((Weak::clone(&gone), late_witness)));
                let (_, spawner_handle) = asleep(
                    &desk,
                    poll_fn(move |_| {
                        let _ = &spawner;
                        Poll::Pending
                    }),
                );
                let waking = spawn(move || waker.wake());
                desk.shut_down();
                waking.join().unwrap();
                assert!(late_fate.is_met());
                assert!(join_now(spawner_handle).unwrap_err().is_cancelled());
                check_end(&gone, &fate, handle);
            },
        );
    }
}
