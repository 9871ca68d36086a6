//! The state word between those who poll and those who wake.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::future::poll_fn;
    use std::task::Poll;

    use wane::internals::tasks::{Hands, Ran, Runnable};
    use wane_loom_tests::spawn;
    use wane_loom_tests::tasks::{
        Fate, Flag, Relay, Tap, all_set, asleep, end, join_now, model, pending, queued, ready,
        set_and_wake,
    };

    #[test]
    fn a_wake_during_a_poll_is_not_lost() {
        model("task: run ‖ set, wake", || {
            let hands = Hands::new();
            let ((fate, witness), flag) = (Fate::new(), Flag::default());
            let (runnable, waker, handle) = queued(&hands, all_set(witness, [flag.clone()]));
            let waking = spawn(move || set_and_wake(&flag, waker));
            runnable.run_on();
            waking.join().unwrap();
            assert!(handle.is_finished() && fate.is_met());
        });
    }

    #[test]
    fn of_two_wakes_during_a_poll_none_is_lost() {
        model("task: run ‖ set, wake ‖ set, wake", || {
            let hands = Hands::new();
            let ((fate, witness), flags) = (Fate::new(), [Flag::default(), Flag::default()]);
            let (runnable, waker, handle) = queued(&hands, all_set(witness, flags.clone()));
            let waking = flags.map(|flag| {
                let waker = waker.clone();
                spawn(move || set_and_wake(&flag, waker))
            });
            runnable.run_on();
            for thread in waking {
                thread.join().unwrap();
            }
            assert!(handle.is_finished() && fate.is_met());
        });
    }

    #[test]
    fn two_wakes_of_a_sleeping_task_are_both_seen() {
        model("task: set, wake ‖ set, wake", || {
            let hands = Hands::new();
            let ((fate, witness), [first, second]) = (Fate::new(), <[Flag; 2]>::default());
            let flags = [first.clone(), second.clone()];
            let (waker, handle) = asleep(&hands, all_set(witness, flags));
            let waking = {
                let waker = waker.clone();
                spawn(move || set_and_wake(&first, waker))
            };
            set_and_wake(&second, waker);
            waking.join().unwrap();
            assert!(handle.is_finished() && fate.is_met());
        });
    }

    #[test]
    fn two_wakes_of_a_sleeping_task_queue_it_once() {
        model("task: wake ‖ wake", || {
            let hands = Hands::new();
            let (waker, handle) = asleep(&hands, pending(Fate::new().1));
            let waking = {
                let waker = waker.clone();
                spawn(move || {
                    waker.wake();
                    Hands::take()
                })
            };
            waker.wake();
            let mut taken = Hands::take();
            taken.extend(waking.join().unwrap());
            assert_eq!(taken.len(), 1);
            assert!(matches!(taken.remove(0).run(), Ran::Asleep));
            end(&handle);
        });
    }

    #[test]
    fn a_late_wake_does_not_reach_the_next_tenant() {
        model("task: end, reuse of the slot ‖ late wake", || {
            let hands = Hands::new();
            let ((fate, witness), (next_fate, next_witness)) = (Fate::new(), Fate::new());
            let (runnable, waker, handle) = queued(&hands, all_set(witness, [Flag::ready()]));
            let waking = spawn(move || {
                waker.wake();
                assert!(Hands::take().is_empty());
            });
            assert!(runnable.run_on());
            assert!(fate.is_met());
            let tap = Tap::default();
            let (next, next_handle) = hands.spawn(tap.on(pending(next_witness)));
            assert!(matches!(next.run(), Ran::Asleep));
            waking.join().unwrap();
            assert_eq!(tap.polls(), 1);
            assert!(!next_fate.is_met());
            drop(handle);
            end(&next_handle);
        });
    }

    #[test]
    fn a_late_wake_that_takes_the_tenant_for_its_own_polls_it_for_nothing_and_no_more() {
        model("task: end, reuse of slot and tag ‖ late wake", || {
            let hands = Hands::new();
            let (next_fate, next_witness) = Fate::new();
            let (runnable, waker, handle) = queued(&hands, all_set(Fate::new().1, [Flag::ready()]));
            let waking = spawn(move || {
                waker.wake();
                Hands::run_all();
            });
            assert!(runnable.run_on());
            // In a model a waker knows one bit of its id: it tells neighbours apart, no more.
            assert!(hands.spawn(ready(Fate::new().1, || ())).0.run_on());
            let tap = Tap::default();
            let (next, next_handle) = hands.spawn(tap.on(pending(next_witness)));
            next.run_on();
            waking.join().unwrap();
            assert!((1..=2).contains(&tap.polls()));
            assert!(!next_fate.is_met() && !next_handle.is_finished());
            drop(handle);
            end(&next_handle);
        });
    }

    /// The state word alone publishes a task to whoever runs it: the queue between need not.
    #[test]
    fn a_new_task_may_reach_another_thread_by_a_queue_without_edges() {
        model("task: spawn, hand over ‖ run", || {
            let (hands, relay) = (Hands::new(), Relay::default());
            let running = {
                let relay = relay.clone();
                spawn(move || relay.take().map(Runnable::run_on))
            };
            let (fate, witness) = Fate::new();
            witness.touch();
            let (runnable, handle) = hands.spawn(ready(witness, || 7));
            relay.give(runnable);
            let ran = running.join().unwrap();
            assert_eq!(
                ran.or_else(|| relay.take().map(Runnable::run_on)),
                Some(true)
            );
            assert!(fate.is_met());
            assert_eq!(join_now(handle).unwrap(), 7);
        });
    }

    #[test]
    fn a_task_that_yields_may_reach_another_thread_by_a_queue_without_edges() {
        model("task: run, yield, hand over ‖ run", || {
            let (hands, relay) = (Hands::new(), Relay::default());
            let running = {
                let relay = relay.clone();
                spawn(move || relay.take().map(Runnable::run_on))
            };
            let (fate, witness) = Fate::new();
            let mut polls = 0;
            let (runnable, handle) = hands.spawn(poll_fn(move |ctx| {
                witness.touch();
                polls += 1;
                if polls == 2 {
                    return Poll::Ready(());
                }
                ctx.waker().wake_by_ref();
                Poll::Pending
            }));
            let Ran::Again(again) = runnable.run() else {
                panic!("the task has woken itself")
            };
            relay.give(again);
            let ran = running.join().unwrap();
            assert_eq!(
                ran.or_else(|| relay.take().map(Runnable::run_on)),
                Some(true)
            );
            assert!(fate.is_met() && handle.is_finished());
        });
    }
}
