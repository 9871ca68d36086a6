//! Sets of tasks. Bytes are counted in `tests/tests/children`.

use std::future::{pending, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use wane::runtime::Handle;
use wane::task::{self, JoinSet, LocalSet};
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{Kind, in_each, on_each, on_each_threaded};

#[test]
fn each_result_is_given_once_and_then_there_is_none() {
    in_each(|| async {
        let mut set = JoinSet::new();
        for n in 0..1000_u64 {
            set.spawn(async move {
                if n % 3 == 0 {
                    task::yield_now().await;
                }
                n
            });
        }
        assert_eq!(set.len(), 1000);
        let mut seen = vec![false; 1000];
        while let Some(outcome) = set.join_next().await {
            let n = outcome.expect("no panic") as usize;
            assert!(!std::mem::replace(&mut seen[n], true), "{n} came twice");
        }
        assert!(seen.into_iter().all(|seen| seen));
        assert!(set.is_empty());
        assert!(set.join_next().await.is_none());
        assert!(set.try_join_next().is_none());
    });
}

#[test]
fn results_come_in_the_order_of_the_ends() {
    in_each(|| async {
        let gates = [Gate::new(), Gate::new(), Gate::new()];
        let mut set = JoinSet::new();
        for (n, gate) in gates.iter().cloned().enumerate() {
            set.spawn(async move {
                gate.pass().await;
                n
            });
        }
        for n in [2, 0, 1] {
            assert!(set.try_join_next().is_none());
            gates[n].open();
            assert_eq!(
                set.join_next()
                    .await
                    .expect("one is left")
                    .expect("no panic"),
                n
            );
        }
    });
}

#[test]
fn an_id_tells_which_task_a_result_is_of() {
    in_each(|| async {
        let mut set = JoinSet::new();
        let first = set.spawn(async { task::id() }).id();
        let (id, told) = set
            .join_next_with_id()
            .await
            .expect("one")
            .expect("no panic");
        assert_eq!((id, told), (first, first));
        let second = set.spawn(pending::<task::Id>());
        second.abort();
        let error = set
            .join_next_with_id()
            .await
            .expect("one")
            .expect_err("aborted");
        assert_eq!((error.id(), error.is_cancelled()), (second.id(), true));
        let third = set.spawn(async { task::id() });
        while !third.is_finished() {
            task::yield_now().await;
        }
        let (id, told) = loop {
            // Over comes first, then the set is told.
            if let Some(outcome) = set.try_join_next_with_id() {
                break outcome.expect("no panic");
            }
            task::yield_now().await;
        };
        assert_eq!((id, told), (third.id(), third.id()));
    });
}

#[test]
fn a_panic_is_an_outcome_of_its_task_alone() {
    in_each(|| async {
        let mut set = JoinSet::new();
        set.spawn(async { std::panic::resume_unwind(Box::new("one of two")) });
        set.spawn(async {});
        let mut panics = 0;
        while let Some(outcome) = set.join_next().await {
            panics += usize::from(outcome.is_err_and(|error| error.is_panic()));
        }
        assert_eq!(panics, 1);
    });
}

#[test]
fn dropping_the_set_aborts_what_is_in_it() {
    on_each(|runtime| {
        let ledger = Ledger::new();
        let mut set = JoinSet::new();
        for _ in 0..100 {
            let token = ledger.token();
            set.spawn_on(
                async move {
                    let _token = token;
                    pending::<()>().await;
                },
                runtime.handle(),
            );
        }
        drop(set);
        runtime.block_on(async {
            while ledger.live() > 0 {
                task::yield_now().await;
            }
        });
        assert!(ledger.is_settled());
    });
}

#[test]
fn shutdown_returns_when_every_future_is_gone() {
    in_each(|| async {
        let ledger = Ledger::new();
        let mut set = JoinSet::new();
        for _ in 0..100 {
            let token = ledger.token();
            set.spawn(async move {
                let _token = token;
                pending::<()>().await;
            });
        }
        set.shutdown().await;
        assert!(ledger.is_settled() && set.is_empty());
    });
}

#[test]
fn detached_tasks_go_on_and_the_set_starts_anew() {
    in_each(|| async {
        for _ in 0..100 {
            let gate = Gate::new();
            let mut set = JoinSet::new();
            // Some are over, or are about to be, while they are detached.
            let mut aborts = (0..10).map(|_| set.spawn(ready(1))).collect::<Vec<_>>();
            let waits = gate.clone();
            aborts.push(set.spawn(async move {
                waits.pass().await;
                1
            }));
            task::yield_now().await;
            set.detach_all();
            assert!(set.is_empty() && set.join_next().await.is_none());
            set.spawn(ready(2));
            assert_eq!(set.join_all().await, [2]);
            assert!(!aborts.last().expect("eleven").is_finished());
            gate.open();
            while !aborts.iter().all(task::AbortHandle::is_finished) {
                task::yield_now().await;
            }
        }
    });
}

#[test]
fn join_all_gives_every_result_and_a_panic_goes_on() {
    on_each(|runtime| {
        let set = {
            let _guard = runtime.enter();
            (0..10).map(|n| async move { n }).collect::<JoinSet<_>>()
        };
        let mut results = runtime.block_on(set.join_all());
        results.sort_unstable();
        assert_eq!(results, (0..10).collect::<Vec<_>>());

        let mut set = JoinSet::new();
        set.spawn_on(
            async { std::panic::resume_unwind(Box::new(7_u8)) },
            runtime.handle(),
        );
        let stuck = set.spawn_on(pending::<()>(), runtime.handle());
        let joined = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(set.join_all())
        }));
        let payload = joined.expect_err("a task has panicked");
        assert_eq!(payload.downcast_ref(), Some(&7_u8));
        runtime.block_on(async {
            while !stuck.is_finished() {
                task::yield_now().await;
            }
        });
    });
}

#[test]
fn tasks_of_every_kind_may_be_in_one_set() {
    let runtime = Kind::Workers(2).build();
    let other = Kind::Workers(1).build();
    let local = LocalSet::new();
    let joined = local.block_on(&runtime, async {
        let mut set = JoinSet::new();
        set.spawn(async { 1 });
        set.spawn_on(async { 2 }, other.handle());
        let three = Rc::new(3);
        set.spawn_local(async move { *three });
        let four = Rc::new(4);
        set.spawn_local_on(async move { *four }, &local);
        set.spawn_blocking(|| 5);
        set.spawn_blocking_on(|| 6, other.handle());
        set.extend([ready(7)]);
        set.join_all().await.into_iter().sum::<u32>()
    });
    assert_eq!(joined, 28);
}

/// Counts its wakes.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_waker_of_the_last_poll_is_woken_and_the_set_keeps_no_other() {
    let runtime = Kind::CurrentThread.build();
    let bells = [Arc::new(Bell::default()), Arc::new(Bell::default())];
    let gate = Gate::new();
    let mut set = JoinSet::new();
    let waits = gate.clone();
    set.spawn_on(async move { waits.pass().await }, runtime.handle());
    for bell in [&bells[0], &bells[0], &bells[1]] {
        let waker = Waker::from(Arc::clone(bell));
        let mut ctx = Context::from_waker(&waker);
        assert!(set.poll_join_next(&mut ctx).is_pending());
    }
    assert_eq!(Arc::strong_count(&bells[0]), 1);
    gate.open();
    runtime.block_on(task::yield_now());
    assert_eq!(bells[0].0.load(Ordering::Relaxed), 0);
    assert_eq!(bells[1].0.load(Ordering::Relaxed), 1);
    let mut ctx = Context::from_waker(Waker::noop());
    assert!(matches!(
        set.poll_join_next(&mut ctx),
        Poll::Ready(Some(Ok(())))
    ));
    assert_eq!(Arc::strong_count(&bells[1]), 1);
}

#[test]
fn a_dropped_join_takes_nothing_out() {
    in_each(|| async {
        let mut set = JoinSet::new();
        let gate = Gate::new();
        let waits = gate.clone();
        set.spawn(async move { waits.pass().await });
        for _ in 0..100 {
            let mut join = std::pin::pin!(set.join_next());
            let mut ctx = Context::from_waker(Waker::noop());
            assert!(join.as_mut().poll(&mut ctx).is_pending());
        }
        assert_eq!(set.len(), 1);
        gate.open();
        assert!(set.join_next().await.expect("one").is_ok());
    });
}

#[test]
fn a_loop_over_a_set_lets_others_run() {
    let runtime = Kind::CurrentThread.build();
    runtime.block_on(async {
        let mut set = (0..10_000).map(ready).collect::<JoinSet<_>>();
        while Handle::current().metrics().num_alive_tasks() > 0 {
            task::yield_now().await;
        }
        let (turns, counts) = (Arc::new(AtomicUsize::new(0)), Gate::new());
        let (counted, until) = (turns.clone(), counts.clone());
        wane::spawn(async move {
            while !until.is_open() {
                counted.fetch_add(1, Ordering::Relaxed);
                task::yield_now().await;
            }
        });
        wane::spawn(async move {
            while set.join_next().await.is_some() {}
            counts.open();
        })
        .await
        .expect("no panic");
        assert!(turns.load(Ordering::Relaxed) > 10, "the budget holds");
    });
}

#[test]
fn sets_and_their_tasks_may_end_at_the_same_time() {
    on_each_threaded(|runtime| {
        let ledger = Ledger::new();
        let from = ledger.clone();
        let root = runtime.spawn(async move {
            for round in 0..300 {
                let mut set = JoinSet::new();
                for _ in 0..8 {
                    let token = from.token();
                    set.spawn(async move {
                        task::yield_now().await;
                        token
                    });
                }
                for _ in 0..round % 9 {
                    drop(set.join_next().await);
                }
                match round % 3 {
                    0 => drop(set),
                    1 => set.detach_all(),
                    _ => set.shutdown().await,
                }
            }
        });
        runtime.block_on(root).expect("no panic");
        hang::until("the end of the detached tasks", runtime, || {
            ledger.live() == 0
        });
        assert!(ledger.is_settled());
    });
}
