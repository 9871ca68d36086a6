//! Scopes inside of scopes, which are dropped before their children are gone.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use wane::task;
use wane::time::timeout;
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::runtimes::{in_each, on_each_threaded};

/// A grandchild that cannot be dropped until it may proceed, since it is in a poll.
#[derive(Clone, Default)]
struct Stuck {
    stuck: Gate,
    /// The scope that it is in is dropped.
    left: Gate,
    proceed: Gate,
    is_over: Arc<AtomicBool>,
}

impl Stuck {
    /// A scope with the grandchild, which is not ready.
    async fn scope(&self) {
        wane::scope(async |s| {
            let this = self.clone();
            drop(s.spawn(async move {
                this.stuck.open();
                task::block_in_place(|| this.proceed.wait());
                this.is_over.store(true, Ordering::Relaxed);
            }));
            pending::<()>().await;
        })
        .await;
    }

    /// Polls a future until the grandchild is stuck in it, and drops it then.
    async fn drop_when_stuck(&self, inner: impl Future<Output = ()>) {
        let mut inner = pin!(inner);
        let mut passed = pin!(self.stuck.pass());
        poll_fn(|ctx| {
            assert!(inner.as_mut().poll(ctx).is_pending());
            passed.as_mut().poll(ctx)
        })
        .await;
    }
}

type Outer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Spawns a scope that drops the one around the grandchild, and lets that proceed when it is done so.
fn check(outer: fn(Stuck) -> Outer) {
    on_each_threaded(|runtime| {
        if runtime.metrics().num_workers() < 2 {
            return;
        }
        let stuck = Stuck::default();
        let this = stuck.clone();
        let task = runtime.spawn(async move {
            outer(this.clone()).await;
            assert!(this.is_over.load(Ordering::Relaxed), "a grandchild is left");
        });
        stuck.left.wait();
        // A scope that does not wait has its chance to return.
        (0..20).for_each(|_| thread::yield_now());
        stuck.proceed.open();
        runtime.block_on(task).expect("it waits for the grandchild");
    });
}

#[test]
fn a_scope_waits_for_the_children_of_one_that_was_dropped_in_its_body() {
    check(|stuck| {
        Box::pin(wane::scope(async move |_| {
            stuck.drop_when_stuck(stuck.scope()).await;
            stuck.left.open();
        }))
    });
}

#[test]
fn a_scope_waits_for_the_children_of_one_that_was_dropped_in_a_child() {
    check(|stuck| {
        Box::pin(wane::scope(async move |s| {
            let this = stuck.clone();
            let child = s.spawn(async move { this.drop_when_stuck(this.scope()).await });
            child.await.expect("no panic");
            assert!(s.is_empty());
            stuck.left.open();
        }))
    });
}

#[test]
fn scopes_that_are_dropped_one_in_the_other_hand_their_children_outwards() {
    check(|stuck| {
        Box::pin(wane::scope(async move |_| {
            let middle = wane::scope(async |_| stuck.scope().await);
            stuck.drop_when_stuck(middle).await;
            stuck.left.open();
        }))
    });
}

#[test]
fn jobs_of_a_scope_that_was_given_up_are_interrupted_and_waited_for() {
    in_each(|| async {
        let ledger = Ledger::new();
        let token = ledger.token();
        let given_up = wane::scope(async |_| {
            let endless = wane::scope(async |s| {
                let job = s.spawn_blocking_with(move |ctx| {
                    let _token = token;
                    while !ctx.is_cancelled() {
                        thread::yield_now();
                    }
                });
                job.await.expect("no panic");
            });
            timeout(Duration::from_millis(1), endless).await.is_err()
        });
        assert!(given_up.await);
        assert!(ledger.is_settled());
    });
}
