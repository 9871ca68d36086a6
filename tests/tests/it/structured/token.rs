//! Cancellation tokens. Bytes are counted in `tests/tests/children`.

use std::future::{pending, poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use wane::sync::CancellationToken;
use wane::task;
use wane_tests::dice::Dice;
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::runtimes::in_each;

/// Counts its wakes.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Panics when it is woken.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        std::panic::resume_unwind(Box::new("woken"));
    }
}

#[test]
fn a_cancel_reaches_all_below_and_nobody_else() {
    let root = CancellationToken::new();
    let (left, right) = (root.child_token(), root.child_token());
    let (below, clone) = (left.child_token(), left.clone());
    left.cancel();
    left.cancel();
    assert!(clone.is_cancelled() && below.is_cancelled());
    assert!(!root.is_cancelled() && !right.is_cancelled());
    assert!(clone.child_token().is_cancelled());
    assert!(clone == left && left != right && clone.child_token() != clone);
    root.cancel();
    assert!(right.is_cancelled());
}

#[test]
fn a_cancel_passes_through_tokens_that_were_dropped() {
    let root = CancellationToken::new();
    let mut chain = root.child_token();
    let mut aside = Vec::new();
    for level in 0..1000 {
        if level % 100 == 0 {
            aside.push(chain.child_token());
        }
        chain = chain.child_token();
    }
    assert!(!chain.is_cancelled());
    root.cancel();
    assert!(chain.is_cancelled() && aside.iter().all(CancellationToken::is_cancelled));
}

#[test]
fn tokens_whose_ancestors_are_all_gone_are_cancelled_by_themselves_alone() {
    let root = CancellationToken::new();
    let middle = root.child_token();
    let leaves = [
        middle.child_token(),
        middle.child_token(),
        middle.child_token(),
    ];
    drop((root, middle));
    leaves[1].cancel();
    assert_eq!(
        leaves.each_ref().map(CancellationToken::is_cancelled),
        [false, true, false]
    );
}

/// A tree as it is meant: each token with the numbers of its ancestors and whether it was cancelled.
struct Meant {
    token: CancellationToken,
    number: usize,
    ancestors: Vec<usize>,
}

#[test]
fn any_order_of_births_drops_and_cancels_means_what_it_says() {
    for seed in 1..=300 {
        let mut dice = Dice::new(seed);
        let root = CancellationToken::new();
        let mut live = vec![Meant {
            token: root,
            number: 0,
            ancestors: Vec::new(),
        }];
        let (mut born, mut cancelled) = (1, Vec::new());
        while born < 200 && !live.is_empty() {
            let at = dice.roll(live.len() as u64) as usize;
            match dice.roll(16) {
                0 => {
                    live[at].token.cancel();
                    cancelled.push(live[at].number);
                }
                1..8 => drop(live.swap_remove(at)),
                _ => {
                    let parent = &live[at];
                    let mut ancestors = parent.ancestors.clone();
                    ancestors.push(parent.number);
                    let token = parent.token.child_token();
                    live.push(Meant {
                        token,
                        number: born,
                        ancestors,
                    });
                    born += 1;
                }
            }
            for Meant {
                token,
                number,
                ancestors,
            } in &live
            {
                let meant = cancelled
                    .iter()
                    .any(|who| who == number || ancestors.contains(who));
                assert_eq!(token.is_cancelled(), meant, "seed {seed}, token {number}");
            }
        }
    }
}

#[test]
fn who_waits_is_woken_once_and_who_has_given_up_is_not() {
    let (bell, quiet) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
    let (waker, silent) = (
        Waker::from(Arc::clone(&bell)),
        Waker::from(Arc::clone(&quiet)),
    );
    let parent = CancellationToken::new();
    let token = parent.child_token();
    let mut waits = Box::pin(token.cancelled());
    let mut gives_up = Box::pin(token.clone().cancelled_owned());
    let bomb = Waker::from(Arc::new(Bomb));
    let mut bombs = Box::pin(token.cancelled());
    assert!(
        bombs
            .as_mut()
            .poll(&mut Context::from_waker(&bomb))
            .is_pending()
    );
    for _ in 0..2 {
        assert!(
            waits
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        assert!(
            gives_up
                .as_mut()
                .poll(&mut Context::from_waker(&silent))
                .is_pending()
        );
    }
    assert_eq!(Arc::strong_count(&quiet), 3);
    drop(gives_up);
    assert_eq!(Arc::strong_count(&quiet), 2);
    parent.cancel();
    assert_eq!(
        (
            bell.0.load(Ordering::Relaxed),
            quiet.0.load(Ordering::Relaxed)
        ),
        (1, 0)
    );
    assert!(
        waits
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    );
    assert_eq!(Arc::strong_count(&bell), 2);
}

#[test]
fn a_wait_ends_with_the_cancel() {
    in_each(|| async {
        let root = CancellationToken::new();
        let tasks = (0..100).map(|_| wane::spawn(root.child_token().cancelled_owned()));
        let tasks = tasks.collect::<Vec<_>>();
        task::yield_now().await;
        assert!(!tasks.iter().any(|task| task.is_finished()));
        root.cancel();
        for task in tasks {
            task.await.expect("no panic");
        }
        root.cancelled().await;
    });
}

#[test]
fn a_future_runs_until_the_token_is_cancelled() {
    in_each(|| async {
        let ledger = Ledger::new();
        let token = CancellationToken::new();
        assert_eq!(token.run_until_cancelled(ready(1)).await, Some(1));
        let held = ledger.token();
        let child = token.child_token();
        let task = wane::spawn(child.run_until_cancelled_owned(async move {
            let _held = held;
            pending::<()>().await;
        }));
        task::yield_now().await;
        // Ready in the poll in which it cancels: the future counts.
        let both = token.run_until_cancelled(poll_fn(|_| {
            token.cancel();
            Poll::Ready(2)
        }));
        assert_eq!(both.await, Some(2));
        assert_eq!(task.await.expect("no panic"), None);
        assert!(ledger.is_settled());
        let unpolled = token.run_until_cancelled(async { panic!("the token is cancelled") });
        assert_eq!(unpolled.await, None::<()>);
    });
}

#[test]
fn a_guard_cancels_unless_it_is_disarmed() {
    let token = CancellationToken::new();
    assert_eq!(token.drop_guard_ref().disarm(), &token);
    assert_eq!(token.clone().drop_guard().disarm(), token);
    assert!(!token.is_cancelled());
    let child = token.child_token();
    let guard = child.drop_guard();
    let child = guard.token().clone();
    drop(guard);
    assert!(child.is_cancelled() && !token.is_cancelled());
    assert_eq!(token.drop_guard_ref().token(), &token);
    assert!(token.is_cancelled());
}

#[test]
fn tokens_may_be_born_dropped_and_cancelled_at_the_same_time() {
    for round in 0..200 {
        let root = CancellationToken::new();
        let start = Gate::new();
        let workers = (0..3_u64).map(|worker| {
            let (root, start) = (root.clone(), start.clone());
            thread::spawn(move || {
                let mut dice = Dice::new(round * 3 + worker + 1);
                let mut live = vec![root];
                start.wait();
                for _ in 0..300 {
                    let at = dice.roll(live.len() as u64) as usize;
                    match dice.roll(3) {
                        0 if live.len() > 1 => drop(live.swap_remove(at)),
                        1 => {
                            let mut wait = pin!(live[at].cancelled());
                            let _ = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                        }
                        _ => live.push(live[at].child_token()),
                    }
                }
                live
            })
        });
        let workers = workers.collect::<Vec<_>>();
        start.open();
        (0..round * 20).for_each(|_| std::hint::spin_loop());
        root.cancel();
        for worker in workers {
            let live = worker.join().expect("no panic");
            assert!(live.iter().all(CancellationToken::is_cancelled));
        }
    }
}
