//! The join handle against the end of its task, for every shape of outcome.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::sync::Arc;
    use std::task::{Poll, Wake, Waker};

    use wane::internals::tasks::{
        Hands, JoinError, JoinHandle, Runnable, detach, try_take, wake_at_end,
    };
    use wane_loom_tests::tasks::{
        Fate, Witness, join_now, model, panic_as_planned, pending, ready,
    };
    use wane_loom_tests::{Bell, poll_once, spawn};

    type Joined<T> = Poll<Result<T, JoinError>>;

    /// A kind of outcome: it is stored in a way of its own.
    trait Shape: 'static {
        type Output: Send + 'static;

        /// A future with this outcome. `output` goes into the outcome or with the future.
        fn future(
            future: Witness,
            output: Witness,
        ) -> impl Future<Output = Self::Output> + Send + 'static;

        /// Uses up what came of it.
        fn check(outcome: Result<Self::Output, JoinError>);
    }

    /// A value without bytes, which is not stored.
    struct Silent;

    impl Shape for Silent {
        type Output = ();

        fn future(future: Witness, output: Witness) -> impl Future<Output = ()> + Send + 'static {
            ready(future, || drop(output))
        }

        fn check(outcome: Result<(), JoinError>) {
            outcome.unwrap();
        }
    }

    /// A value that stands in the slot.
    struct Inline;

    impl Shape for Inline {
        type Output = Witness;

        fn future(
            future: Witness,
            output: Witness,
        ) -> impl Future<Output = Witness> + Send + 'static {
            ready(future, || output)
        }

        fn check(outcome: Result<Witness, JoinError>) {
            outcome.unwrap().touch();
        }
    }

    /// A value in a box of its own.
    struct Boxed;

    impl Shape for Boxed {
        type Output = (Witness, [u64; 4]);

        fn future(
            future: Witness,
            output: Witness,
        ) -> impl Future<Output = Self::Output> + Send + 'static {
            ready(future, || (output, [1, 2, 3, 4]))
        }

        fn check(outcome: Result<Self::Output, JoinError>) {
            let (output, numbers) = outcome.unwrap();
            output.touch();
            assert_eq!(numbers, [1, 2, 3, 4]);
        }
    }

    /// A panic of the poll.
    struct Panicking;

    impl Shape for Panicking {
        type Output = u64;

        fn future(future: Witness, output: Witness) -> impl Future<Output = u64> + Send + 'static {
            ready(future, || {
                drop(output);
                panic_as_planned()
            })
        }

        fn check(outcome: Result<u64, JoinError>) {
            assert!(outcome.unwrap_err().is_panic());
        }
    }

    /// A value, and a panic in the drop of the future that has returned it.
    struct PanickingInDrop;

    struct PanicsInDrop;

    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            panic_as_planned();
        }
    }

    impl Shape for PanickingInDrop {
        type Output = Witness;

        fn future(
            future: Witness,
            output: Witness,
        ) -> impl Future<Output = Witness> + Send + 'static {
            let (mut output, last_act) = (Some(output), PanicsInDrop);
            std::future::poll_fn(move |_| {
                let _ = &last_act;
                future.touch();
                Poll::Ready(output.take().expect("polled once"))
            })
        }

        fn check(outcome: Result<Witness, JoinError>) {
            assert!(outcome.unwrap_err().is_panic());
        }
    }

    /// What a model looks at in the end.
    struct Fates {
        future: Fate,
        output: Fate,
    }

    impl Fates {
        /// Checks what a poll of the handle promises.
        fn check_joined<T>(&self, joined: &Joined<T>) {
            if joined.is_ready() {
                assert!(self.future.is_met(), "joined before its future was dropped");
                self.future.inspect();
            }
        }

        /// Checks that nothing is left.
        fn check_end(&self) {
            assert!(self.future.is_met() && self.output.is_met());
        }
    }

    /// A task of a shape.
    fn task<S: Shape>(hands: &Arc<Hands>) -> (Runnable, JoinHandle<S::Output>, Arc<Fates>) {
        let ((future, future_witness), (output, output_witness)) = (Fate::new(), Fate::new());
        let (runnable, handle) = hands.spawn(S::future(future_witness, output_witness));
        (runnable, handle, Arc::new(Fates { future, output }))
    }

    /// Uses up what a poll of the handle gave, or what the next gives, for which it was woken.
    fn finish_join<S: Shape>(
        joined: Joined<S::Output>,
        mut handle: JoinHandle<S::Output>,
        (bell, waker): (Arc<Bell>, Waker),
    ) {
        match joined {
            Poll::Ready(outcome) => {
                assert_eq!(bell.rings(), 0);
                S::check(outcome);
            }
            Poll::Pending => {
                assert_eq!(bell.rings(), 1, "the joiner was not woken, or twice");
                match poll_once(&mut handle, &waker) {
                    Poll::Ready(outcome) => S::check(outcome),
                    Poll::Pending => panic!("the task is over and its handle waits"),
                }
            }
        }
        drop((waker, handle));
        assert_eq!(Arc::strong_count(&bell), 1, "a waker is left");
    }

    /// Makes a task that takes the slot of one that is over, and uses every cell of it.
    fn use_slot_again(hands: &Arc<Hands>) {
        let (fate, witness) = Fate::new();
        let (runnable, mut handle) = hands.spawn(ready(witness, || 7));
        let (bell, waker) = Bell::new();
        assert!(poll_once(&mut handle, &waker).is_pending());
        assert!(runnable.run_on());
        assert_eq!(bell.rings(), 1);
        assert_eq!(join_now(handle).unwrap(), 7);
        assert!(fate.is_met());
    }

    fn run_and_join<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<S>(&hands);
            let seen = Arc::clone(&fates);
            let joining = spawn(move || {
                let bell = Bell::new();
                let joined = poll_once(&mut handle, &bell.1);
                seen.check_joined(&joined);
                (joined, handle, bell)
            });
            assert!(runnable.run_on());
            use_slot_again(&hands);
            let (joined, handle, bell) = joining.join().unwrap();
            finish_join::<S>(joined, handle, bell);
            fates.check_end();
        });
    }

    #[test]
    fn a_joiner_gets_the_outcome_or_is_woken_for_it() {
        run_and_join::<Silent>("task: run ‖ join, silent");
        run_and_join::<Inline>("task: run ‖ join, inline");
        run_and_join::<Boxed>("task: run ‖ join, boxed");
        run_and_join::<Panicking>("task: run ‖ join, panicking");
        run_and_join::<PanickingInDrop>("task: run ‖ join, panicking in drop");
    }

    fn run_and_join_twice<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<S>(&hands);
            let seen = Arc::clone(&fates);
            let joining = spawn(move || {
                let [first, second] = [Bell::new(), Bell::new()];
                let mut joined = poll_once(&mut handle, &first.1);
                drop(first.1);
                if joined.is_pending() {
                    joined = poll_once(&mut handle, &second.1);
                }
                seen.check_joined(&joined);
                (joined, handle, first.0, second)
            });
            assert!(runnable.run_on());
            use_slot_again(&hands);
            let (joined, handle, first, second) = joining.join().unwrap();
            assert_eq!(Arc::strong_count(&first), 1, "a replaced waker is left");
            // Where the task ended between the two polls the first was woken, and only it.
            assert!(first.rings() + second.0.rings() <= 1);
            finish_join::<S>(joined, handle, second);
            fates.check_end();
        });
    }

    #[test]
    fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
        run_and_join_twice::<Silent>("task: run ‖ join by two wakers, silent");
        run_and_join_twice::<Inline>("task: run ‖ join by two wakers, inline");
        run_and_join_twice::<Panicking>("task: run ‖ join by two wakers, panicking");
    }

    fn run_and_join_again<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<S>(&hands);
            let bell = Bell::new();
            assert!(poll_once(&mut handle, &bell.1).is_pending());
            let (seen, hands_there) = (Arc::clone(&fates), Arc::clone(&hands));
            let joining = spawn(move || {
                let joined = poll_once(&mut handle, &bell.1);
                seen.check_joined(&joined);
                // Whichever of both threads gave the slot back has it again.
                use_slot_again(&hands_there);
                (joined, handle, bell)
            });
            assert!(runnable.run_on());
            use_slot_again(&hands);
            let (joined, handle, bell) = joining.join().unwrap();
            match joined {
                Poll::Pending => finish_join::<S>(Poll::Pending, handle, bell),
                Poll::Ready(outcome) => {
                    // Woken where the task ended before this poll, and not where it ended inside.
                    assert!(bell.0.rings() <= 1);
                    S::check(outcome);
                }
            }
            fates.check_end();
        });
    }

    #[test]
    fn a_joiner_that_waits_already_may_poll_again_at_any_time() {
        run_and_join_again::<Silent>("task: run ‖ join again, silent");
        run_and_join_again::<Inline>("task: run ‖ join again, inline");
        run_and_join_again::<Boxed>("task: run ‖ join again, boxed");
    }

    fn run_and_drop<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, handle, fates) = task::<S>(&hands);
            let dropping = spawn(move || drop(handle));
            assert!(runnable.run_on());
            use_slot_again(&hands);
            dropping.join().unwrap();
            fates.check_end();
        });
    }

    #[test]
    fn the_outcome_of_a_detached_task_is_dropped_once() {
        run_and_drop::<Silent>("task: run ‖ drop of the handle, silent");
        run_and_drop::<Inline>("task: run ‖ drop of the handle, inline");
        run_and_drop::<Boxed>("task: run ‖ drop of the handle, boxed");
        run_and_drop::<Panicking>("task: run ‖ drop of the handle, panicking");
        run_and_drop::<PanickingInDrop>("task: run ‖ drop of the handle, panicking in drop");
    }

    fn run_and_join_and_drop<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<S>(&hands);
            let dropping = spawn(move || {
                let (bell, waker) = Bell::new();
                if let Poll::Ready(outcome) = poll_once(&mut handle, &waker) {
                    S::check(outcome);
                }
                drop(handle);
                bell
            });
            assert!(runnable.run_on());
            use_slot_again(&hands);
            let bell = dropping.join().unwrap();
            assert_eq!(Arc::strong_count(&bell), 1, "a waker is left");
            fates.check_end();
        });
    }

    #[test]
    fn a_join_that_is_given_up_leaves_neither_waker_nor_outcome() {
        run_and_join_and_drop::<Silent>("task: run ‖ join, drop of the handle, silent");
        run_and_join_and_drop::<Inline>("task: run ‖ join, drop of the handle, inline");
        run_and_join_and_drop::<Boxed>("task: run ‖ join, drop of the handle, boxed");
        run_and_join_and_drop::<Panicking>("task: run ‖ join, drop of the handle, panicking");
    }

    #[test]
    fn a_join_that_is_given_up_leaves_no_waker_with_a_task_that_goes_on() {
        model("task: run, sleep ‖ join, drop of the handle", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, mut handle) = hands.spawn(pending(witness));
            let abort = handle.abort_handle();
            let dropping = spawn(move || {
                let (bell, waker) = Bell::new();
                assert!(poll_once(&mut handle, &waker).is_pending());
                drop((handle, waker));
                assert_eq!(Arc::strong_count(&bell), 1, "a waker is left");
                bell
            });
            assert!(!runnable.run_on());
            let bell = dropping.join().unwrap();
            abort.abort();
            Hands::run_all();
            assert!(fate.is_met());
            assert_eq!(bell.rings(), 0);
        });
    }

    #[test]
    fn a_task_that_is_aborted_and_joined_gives_one_answer() {
        model("task: run ‖ abort ‖ join", || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<Inline>(&hands);
            let abort = handle.abort_handle();
            let aborting = spawn(move || abort.abort());
            let seen = Arc::clone(&fates);
            let joining = spawn(move || {
                let bell = Bell::new();
                let joined = poll_once(&mut handle, &bell.1);
                seen.check_joined(&joined);
                (joined, handle, bell)
            });
            assert!(runnable.run_on());
            aborting.join().unwrap();
            let (mut joined, mut handle, (bell, waker)) = joining.join().unwrap();
            if joined.is_pending() {
                assert_eq!(bell.rings(), 1);
                joined = poll_once(&mut handle, &waker);
            }
            match joined {
                Poll::Ready(Ok(value)) => value.touch(),
                Poll::Ready(Err(error)) => assert!(error.is_cancelled()),
                Poll::Pending => panic!("the task is over and its handle waits"),
            }
            fates.check_end();
        });
    }

    /// A joiner whose wake panics.
    struct PanicsInWake;

    impl Wake for PanicsInWake {
        fn wake(self: Arc<Self>) {
            panic_as_planned();
        }
    }

    #[test]
    fn a_joiner_that_panics_when_woken_harms_nobody() {
        model("task: run ‖ join by a waker that panics", || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<Inline>(&hands);
            let joining = spawn(move || {
                let waker = Waker::from(Arc::new(PanicsInWake));
                (poll_once(&mut handle, &waker), handle)
            });
            assert!(runnable.run_on());
            use_slot_again(&hands);
            match joining.join().unwrap() {
                (Poll::Ready(outcome), _) => Inline::check(outcome),
                (Poll::Pending, handle) => Inline::check(join_now(handle)),
            }
            fates.check_end();
        });
    }

    #[test]
    fn two_tasks_that_end_at_once_do_not_mix_up_their_slots() {
        model(
            "task: run ‖ run, join of the other ‖ drop of the other",
            || {
                let hands = Hands::new();
                let (runnable, mut handle, fates) = task::<Inline>(&hands);
                let (other, other_handle, other_fates) = task::<Silent>(&hands);
                let running = spawn(move || {
                    assert!(other.run_on());
                    let bell = Bell::new();
                    (poll_once(&mut handle, &bell.1), handle, bell)
                });
                let dropping = spawn(move || drop(other_handle));
                assert!(runnable.run_on());
                let (joined, handle, bell) = running.join().unwrap();
                dropping.join().unwrap();
                finish_join::<Inline>(joined, handle, bell);
                fates.check_end();
                other_fates.check_end();
            },
        );
    }

    fn run_and_join_in_a_task<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, handle, fates) = task::<S>(&hands);
            let (joiner, joiner_handle) = hands.spawn(async move { S::check(handle.await) });
            let joining = spawn(move || joiner.run_on());
            assert!(runnable.run_on());
            // What the end of the task has woken was queued by this thread.
            let joined_here = Hands::run_all() == 1;
            let joined_there = joining.join().unwrap();
            assert!(joined_here != joined_there);
            fates.check_end();
            join_now(joiner_handle).unwrap();
        });
    }

    #[test]
    fn a_task_that_joins_another_is_run_once_the_other_is_over() {
        run_and_join_in_a_task::<Silent>("task: run ‖ join in a task, silent");
        run_and_join_in_a_task::<Inline>("task: run ‖ join in a task, inline");
        run_and_join_in_a_task::<Panicking>("task: run ‖ join in a task, panicking");
    }

    /// Told of the end of a task, as the books of a scope are.
    struct Told {
        future: Fate,
        bell: Arc<Bell>,
    }

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            assert!(self.future.is_met(), "told before its future was dropped");
            self.future.inspect();
            Arc::clone(&self.bell).wake();
        }
    }

    fn told(fates: &Fates) -> (Arc<Told>, Waker) {
        let told = Arc::new(Told {
            future: fates.future.clone(),
            bell: Arc::default(),
        });
        let waker = Waker::from(Arc::clone(&told));
        (told, waker)
    }

    fn run_and_be_told<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<S>(&hands);
            let (told, waker) = told(&fates);
            let telling = spawn(move || (wake_at_end(&mut handle, &waker), handle));
            assert!(runnable.run_on());
            use_slot_again(&hands);
            let (is_told, mut handle) = telling.join().unwrap();
            assert_eq!(told.bell.rings(), usize::from(is_told), "told, or over");
            S::check(try_take(&mut handle).expect("the task is over"));
            assert!(try_take(&mut handle).is_none());
            drop(handle);
            assert_eq!(Arc::strong_count(&told), 1, "a waker is left");
            fates.check_end();
        });
    }

    #[test]
    fn a_task_tells_of_its_end_once_or_is_over_before_it_is_asked() {
        run_and_be_told::<Silent>("task: run ‖ wake at end, silent");
        run_and_be_told::<Inline>("task: run ‖ wake at end, inline");
        run_and_be_told::<Boxed>("task: run ‖ wake at end, boxed");
        run_and_be_told::<Panicking>("task: run ‖ wake at end, panicking");
    }

    fn run_and_detach<S: Shape>(name: &str) {
        model(name, || {
            let hands = Hands::new();
            let (runnable, mut handle, fates) = task::<S>(&hands);
            let (told, waker) = told(&fates);
            assert!(wake_at_end(&mut handle, &waker));
            drop(waker);
            let detaching = spawn(move || detach(handle));
            assert!(runnable.run_on());
            use_slot_again(&hands);
            assert_eq!(told.bell.rings(), 1);
            detaching.join().unwrap();
            assert_eq!(Arc::strong_count(&told), 1, "a waker is left");
            fates.check_end();
        });
    }

    #[test]
    fn a_detached_task_tells_of_its_end_all_the_same() {
        run_and_detach::<Silent>("task: run ‖ detach, silent");
        run_and_detach::<Inline>("task: run ‖ detach, inline");
        run_and_detach::<Boxed>("task: run ‖ detach, boxed");
        run_and_detach::<Panicking>("task: run ‖ detach, panicking");
    }

    #[test]
    fn a_sleeping_task_keeps_its_joiner() {
        model("task: run, sleep ‖ join", || {
            let hands = Hands::new();
            let (fate, witness) = Fate::new();
            let (runnable, mut handle) = hands.spawn(pending(witness));
            let joining = spawn(move || {
                let bell = Bell::new();
                assert!(poll_once(&mut handle, &bell.1).is_pending());
                (handle, bell)
            });
            assert!(!runnable.run_on());
            let (mut handle, (bell, waker)) = joining.join().unwrap();
            assert!(!fate.is_met());
            assert_eq!(bell.rings(), 0);
            handle.abort();
            Hands::run_all();
            assert_eq!(bell.rings(), 1);
            let joined = poll_once(&mut handle, &waker);
            assert!(matches!(joined, Poll::Ready(Err(error)) if error.is_cancelled()));
        });
    }
}
