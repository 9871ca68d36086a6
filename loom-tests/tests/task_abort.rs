//! Abort against everything that may happen to the task meanwhile.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::task::Poll;

    use wane::internals::tasks::{Hands, Ran};
    use wane_loom_tests::tasks::{
        Fate, Flag, Tap, Witness, all_set, asleep, end, join_now, model, pending, queued, ready,
    };
    use wane_loom_tests::{Bell, poll_once, spawn};

    #[test]
    fn an_abort_leaves_a_value_or_says_cancelled() {
        model("task: run ‖ abort", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, handle) = hands.spawn(ready(witness, || 7));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                assert!(Hands::take().is_empty());
            });
            assert!(runnable.run_on());
            aborting.join().unwrap();
            assert!(fate.is_met());
            match join_now(handle) {
                Ok(value) => assert_eq!(value, 7),
                Err(error) => assert!(error.is_cancelled()),
            }
        });
    }

    #[test]
    fn an_abort_ends_a_task_that_would_never_end() {
        model("task: run, sleep ‖ abort", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, handle) = hands.spawn(pending(witness));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                Hands::run_all();
            });
            runnable.run_on();
            aborting.join().unwrap();
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn a_task_born_asleep_belongs_to_its_waker_or_to_its_aborter() {
        model("task born asleep: wake, run ‖ abort", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (sleeper, handle) = hands.spawn_asleep(ready(witness, || 7));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                Hands::run_all()
            });
            let ran = sleeper.wake().map(|runnable| assert!(runnable.run_on()));
            let dropped = aborting.join().unwrap();
            assert_eq!(usize::from(ran.is_some()) + dropped, 1);
            assert!(fate.is_met());
            match join_now(handle) {
                Ok(value) => assert_eq!((value, dropped), (7, 0)),
                Err(error) => assert!(error.is_cancelled()),
            }
        });
    }

    #[test]
    fn of_two_aborts_one_queues_a_sleeping_task() {
        model("task: abort ‖ abort", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (_, handle) = asleep(&hands, pending(witness));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                Hands::take()
            });
            handle.abort();
            let mut taken = Hands::take();
            taken.extend(aborting.join().unwrap());
            assert_eq!(taken.len(), 1);
            // The aborter runs no destructor.
            assert!(!fate.is_met());
            assert!(matches!(taken.remove(0).run(), Ran::Over));
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn two_aborts_of_a_running_task_end_it_once() {
        model("task: run, sleep ‖ abort ‖ abort", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, handle) = hands.spawn(pending(witness));
            let aborting = [handle.abort_handle(), handle.abort_handle()].map(|abort| {
                spawn(move || {
                    abort.abort();
                    Hands::run_all()
                })
            });
            let ended_here = usize::from(runnable.run_on());
            let ended = aborting
                .map(|thread| thread.join().unwrap())
                .iter()
                .sum::<usize>();
            assert_eq!(ended_here + ended, 1);
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn of_an_abort_and_a_wake_one_queues_a_sleeping_task() {
        model("task: abort ‖ set, wake", || {
            let hands = Hands::new();
            let ((fate, witness), flag) = (Fate::new(), Flag::default());
            let (waker, handle) = asleep(&hands, all_set(witness, [flag.clone()]));
            let waking = spawn(move || {
                flag.set();
                waker.wake();
                Hands::take()
            });
            handle.abort();
            let mut taken = Hands::take();
            taken.extend(waking.join().unwrap());
            assert_eq!(taken.len(), 1);
            assert!(matches!(taken.remove(0).run(), Ran::Over));
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn a_wake_does_not_save_a_task_from_its_abort() {
        model("task: run ‖ abort ‖ wake", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, waker, handle) = queued(&hands, pending(witness));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                Hands::run_all();
            });
            let waking = spawn(move || {
                waker.wake();
                Hands::run_all();
            });
            runnable.run_on();
            aborting.join().unwrap();
            waking.join().unwrap();
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    /// Fails the model where it is dropped by an abort and does not see what the aborter did before.
    struct SeesItsAborter {
        flag: Flag,
        _witness: Witness,
    }

    impl Drop for SeesItsAborter {
        fn drop(&mut self) {
            assert!(self.flag.is_set());
        }
    }

    #[test]
    fn a_dropped_future_sees_what_its_aborter_did_before() {
        model("task: run, sleep ‖ set, abort", || {
            let hands = Hands::new();
            let ((fate, witness), flag) = (Fate::new(), Flag::default());
            let inside = SeesItsAborter {
                flag: flag.clone(),
                _witness: witness,
            };
            let (runnable, handle) = hands.spawn(std::future::poll_fn(move |_| {
                let _ = &inside;
                Poll::<()>::Pending
            }));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                flag.set();
                abort.abort();
                Hands::run_all();
            });
            runnable.run_on();
            aborting.join().unwrap();
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn a_late_abort_does_not_reach_the_next_tenant() {
        model("task: end, reuse of slot and tag ‖ late abort", || {
            let hands = Hands::new();
            let (next_fate, next_witness) = Fate::new();
            let (runnable, handle) = hands.spawn(ready(Fate::new().1, || ()));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                assert!(Hands::take().is_empty());
                drop(handle);
            });
            assert!(runnable.run_on());
            assert!(hands.spawn(ready(Fate::new().1, || ())).0.run_on());
            let tap = Tap::default();
            let (next, next_handle) = hands.spawn(tap.on(pending(next_witness)));
            assert!(matches!(next.run(), Ran::Asleep));
            aborting.join().unwrap();
            assert!(!next_fate.is_met());
            end(&next_handle);
            assert!(join_now(next_handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn an_aborted_task_is_joined_once_its_future_is_gone() {
        model("task: run, sleep ‖ abort, join", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, mut handle) = hands.spawn(pending(witness));
            let seen = fate.clone();
            let joining = spawn(move || {
                let (bell, waker) = Bell::new();
                handle.abort();
                Hands::run_all();
                let joined = poll_once(&mut handle, &waker);
                if joined.is_ready() {
                    assert!(seen.is_met());
                    seen.inspect();
                }
                (bell, waker, handle, joined)
            });
            runnable.run_on();
            let (bell, waker, mut handle, mut joined) = joining.join().unwrap();
            if joined.is_pending() {
                assert_eq!(bell.rings(), 1);
                joined = poll_once(&mut handle, &waker);
            }
            assert!(fate.is_met());
            let Poll::Ready(Err(error)) = joined else {
                panic!("{joined:?}")
            };
            assert!(error.is_cancelled());
        });
    }

    #[test]
    fn who_sees_a_task_finished_sees_its_future_gone() {
        model("task: run ‖ is_finished", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, handle) = hands.spawn(ready(witness, || 7));
            let (seen, abort) = (fate.clone(), handle.abort_handle());
            let looking = spawn(move || {
                if abort.is_finished() {
                    assert!(seen.is_met());
                    seen.inspect();
                }
            });
            assert!(runnable.run_on());
            looking.join().unwrap();
            assert!(fate.is_met());
            assert_eq!(join_now(handle).unwrap(), 7);
        });
    }

    #[test]
    fn a_detached_task_can_be_aborted() {
        model("task: run, sleep ‖ drop of the handle ‖ abort", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, handle) = hands.spawn(pending(witness));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                Hands::run_all();
            });
            let dropping = spawn(move || drop(handle));
            runnable.run_on();
            aborting.join().unwrap();
            dropping.join().unwrap();
            assert!(fate.is_met());
        });
    }

    #[test]
    fn a_cancelled_runnable_ends_its_task_whoever_wakes_or_aborts_it() {
        model("task: cancel ‖ abort ‖ wake", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, waker, handle) = queued(&hands, pending(witness));
            let abort = handle.abort_handle();
            let aborting = spawn(move || {
                abort.abort();
                assert!(Hands::take().is_empty());
            });
            let waking = spawn(move || {
                waker.wake();
                assert!(Hands::take().is_empty());
            });
            runnable.cancel();
            aborting.join().unwrap();
            waking.join().unwrap();
            assert!(fate.is_met());
            assert!(join_now(handle).unwrap_err().is_cancelled());
        });
    }
}
