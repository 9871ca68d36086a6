//! The state word between those who poll and those who wake.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use wane::internals::tasks::{Hands, Ran};
    use wane_loom_tests::spawn;
    use wane_loom_tests::tasks::{
        Fate, Flag, Tap, all_set, asleep, end, model, pending, queued, ready, set_and_wake,
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
            waking.map(|thread| thread.join().unwrap());
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
}
