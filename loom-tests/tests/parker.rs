//! The sleep token of one thread, and `block_on` over it.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
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
