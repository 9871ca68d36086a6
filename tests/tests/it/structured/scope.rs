//! Scopes. Bytes are counted in `tests/tests/children`.

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use wane::task::{self, Failure, Scope, ScopedJoinHandle, TryScope};
use wane_tests::drops::{Ledger, Token};
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::{Kind, in_each, on_each, on_each_threaded};

/// Panics past the panic hook.
fn explode() {
    resume_unwind(Box::new(7_u8));
}

/// Never ready.
async fn holds(token: Token) {
    let _token = token;
    pending::<()>().await;
}

fn spawn_holders(s: &Scope, ledger: &Arc<Ledger>, count: usize) {
    for _ in 0..count {
        drop(s.spawn(holds(ledger.token())));
    }
}

#[test]
fn results_go_to_whoever_asks() {
    in_each(|| async {
        let sum = wane::scope(async |s| {
            let handles = (0..100_u64).map(|n| {
                let child = s.spawn(async move {
                    task::yield_now().await;
                    n
                });
                (child, s.spawn_blocking(move || n))
            });
            let mut sum = 0;
            for (child, job) in handles.collect::<Vec<_>>() {
                sum += job.await.expect("no panic") + child.await.expect("no panic");
            }
            sum
        });
        assert_eq!(sum.await, 9900);
    });
}

#[test]
fn the_body_may_borrow_and_a_scope_may_be_spawned() {
    on_each(|runtime| {
        let task = runtime.spawn(async {
            let mut words = vec!["a".to_owned()];
            wane::scope(async |s| {
                let word = s.spawn(async { "b".to_owned() }).await.expect("no panic");
                words.push(word);
            })
            .await;
            words.concat()
        });
        assert_eq!(runtime.block_on(task).expect("no panic"), "ab");
    });
}

#[test]
fn a_function_and_a_plain_closure_are_bodies_too() {
    async fn body(s: Scope) -> usize {
        s.spawn(async { 1 }).await.expect("no panic")
    }
    in_each(|| async {
        let more = wane::scope(|s: Scope| async move { s.len() + 2 });
        assert_eq!(wane::scope(body).await + more.await, 3);
    });
}

#[test]
fn a_body_that_returns_leaves_no_child() {
    in_each(|| async {
        let ledger = Ledger::new();
        for polled in [false, true] {
            wane::scope(async |s| {
                spawn_holders(&s, &ledger, 50);
                if polled {
                    task::yield_now().await;
                }
            })
            .await;
            assert!(ledger.is_settled());
        }
        assert_eq!(ledger.made(), 100);
    });
}

#[test]
fn a_body_that_fails_leaves_no_child() {
    in_each(|| async {
        let ledger = Ledger::new();
        let outcome: Result<(), std::num::ParseIntError> = wane::scope(async |s| {
            spawn_holders(&s, &ledger, 50);
            "x".parse::<u32>()?;
            Ok(())
        })
        .await;
        assert!(outcome.is_err() && ledger.is_settled());
    });
}

#[test]
fn a_body_that_panics_leaves_no_child() {
    on_each(|runtime| {
        let ledger = Ledger::new();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(wane::scope(async |s| {
                spawn_holders(&s, &ledger, 50);
                task::yield_now().await;
                resume_unwind(Box::new(7_u8));
            }))
        }));
        assert_eq!(outcome.expect_err("it panics").downcast_ref(), Some(&7_u8));
        assert!(ledger.is_settled());
    });
}

#[test]
fn the_children_of_a_scope_that_is_dropped_are_aborted() {
    on_each(|runtime| {
        let ledger = Ledger::new();
        let escaped = runtime.block_on(async {
            let mut escaped = None;
            let mut scope = Box::pin(wane::scope(async |s: Scope| {
                spawn_holders(&s, &ledger, 50);
                escaped = Some(s.clone());
                pending::<()>().await;
            }));
            let polled = poll_fn(|ctx| Poll::Ready(scope.as_mut().poll(ctx))).await;
            assert!(polled.is_pending());
            task::yield_now().await;
            drop(scope);
            let escaped = escaped.expect("the body was polled");
            escaped.wait().await;
            escaped
        });
        assert!(ledger.is_settled() && escaped.is_empty());
    });
}

#[test]
fn what_comes_too_late_is_dropped_unpolled() {
    in_each(|| async {
        let ledger = Ledger::new();
        let late = wane::scope(async |s| s).await;
        let token = ledger.token();
        let child = late.spawn(async move {
            let _token = token;
            panic!("polled in a scope that is over");
        });
        assert!(child.await.expect_err("too late").is_cancelled());
        let token = ledger.token();
        let job = late.spawn_blocking(move || {
            let _token = token;
            panic!("run in a scope that is over");
        });
        assert!(job.await.expect_err("too late").is_cancelled());
        assert!(ledger.is_settled() && late.is_empty());
    });
}

#[test]
fn a_child_s_panic_ends_the_scope_and_goes_on() {
    for blocking in [false, true] {
        on_each(|runtime| {
            let ledger = Ledger::new();
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(wane::scope(async |s| {
                    let _in_body = ledger.token();
                    spawn_holders(&s, &ledger, 50);
                    task::yield_now().await;
                    if blocking {
                        drop(s.spawn_blocking(|| resume_unwind(Box::new(7_u8))));
                    } else {
                        drop(s.spawn(async { resume_unwind(Box::new(7_u8)) }));
                    }
                    pending::<()>().await;
                }))
            }));
            assert_eq!(outcome.expect_err("it panics").downcast_ref(), Some(&7_u8));
            assert!(ledger.is_settled());
        });
    }
}

#[test]
fn a_child_s_panic_counts_where_the_body_stumbles_over_it() {
    on_each(|runtime| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(wane::scope(async |s| {
                let child = s.spawn(async { explode() });
                let error = child.await.expect_err("it panics");
                assert!(error.is_panic());
                resume_unwind(Box::new("the body's own"));
            }))
        }));
        assert_eq!(outcome.expect_err("it panics").downcast_ref(), Some(&7_u8));
    });
}

#[test]
fn the_first_error_ends_a_try_scope() {
    in_each(|| async {
        let ledger = Ledger::new();
        let outcome: Result<(), &str> = wane::try_scope(async |s: TryScope<&str>| {
            let _in_body = ledger.token();
            for _ in 0..50 {
                let token = ledger.token();
                drop(s.spawn(async move {
                    holds(token).await;
                    Ok(())
                }));
            }
            task::yield_now().await;
            assert_eq!(s.spawn(ready(Ok(1))).await.expect("no error"), 1);
            drop(s.spawn(ready(Err::<(), _>("a child"))));
            pending().await
        })
        .await;
        assert_eq!(outcome, Err("a child"));
        assert!(ledger.is_settled());
        let outcome = wane::try_scope(async |s: TryScope<String>| {
            let job = s.spawn_blocking(|| Err::<(), _>("a job".to_owned()));
            // The job's error was first, and counts.
            job.await.map_err(|error| error.to_string())
        });
        assert_eq!(outcome.await, Err("a job".to_owned()));
        let outcome: Result<u8, _> = wane::try_scope(async |s: TryScope<&str>| {
            drop(s.spawn(async { pending::<Result<(), _>>().await }));
            Err("the body")
        })
        .await;
        assert_eq!(outcome, Err("the body"));
        assert_eq!(wane::try_scope(async |_: TryScope<()>| Ok(3)).await, Ok(3));
    });
}

#[test]
fn failures_under_supervision_are_reported_and_end_nobody_else() {
    in_each(|| async {
        let reported = Arc::new(Mutex::new(Vec::new()));
        let reports = Arc::clone(&reported);
        let report = move |failure: Failure<u32>| {
            let what = match &failure {
                Failure::Error(_, error) => *error,
                Failure::Panic(error) => 100 + u32::from(error.is_panic()),
            };
            reports.lock().expect("no panic").push((failure.id(), what));
        };
        let (ids, sum) = wane::supervise(report, async |s| {
            let error = s.spawn(async { Err::<(), _>(7) });
            let mut ids = vec![error.id()];
            assert!(error.await.expect_err("it failed").is_cancelled());
            let panic = s.spawn::<_, ()>(async { resume_unwind(Box::new("on purpose")) });
            ids.push(panic.id());
            assert!(panic.await.is_err());
            let mut sum = 0;
            for n in 0..10 {
                sum += s.spawn(async move { Ok(n) }).await.expect("no failure");
            }
            (ids, sum)
        })
        .await;
        assert_eq!(sum, 45);
        let reported = reported.lock().expect("no panic");
        assert_eq!(*reported, [(ids[0], 7), (ids[1], 101)]);
    });
}

#[test]
fn a_child_is_aborted_by_its_id() {
    in_each(|| async {
        let ledger = Ledger::new();
        wane::scope(async |s| {
            let stranger = wane::spawn(async {});
            assert!(!s.abort(stranger.id()));
            let children = [
                s.spawn(holds(ledger.token())),
                s.spawn(holds(ledger.token())),
            ];
            let [one, other] = children;
            assert!(s.abort(one.id()));
            let id = one.id();
            assert!(one.await.expect_err("aborted").is_cancelled());
            assert!(!s.abort(id), "it is over");
            assert_eq!((s.len(), ledger.live()), (1, 1));
            assert!(!other.is_finished());
            s.abort_all();
            s.wait().await;
            assert!(other.is_finished() && s.is_empty());
        })
        .await;
        assert!(ledger.is_settled());
    });
}

#[test]
fn the_length_counts_the_living() {
    in_each(|| async {
        wane::scope(async |s| {
            let gate = Gate::new();
            let held = (0..10).map(|_| {
                let gate = gate.clone();
                s.spawn(async move { gate.pass().await })
            });
            let held = held.collect::<Vec<_>>();
            for _ in 0..1000 {
                s.spawn(async { [7_u8; 100] }).await.expect("no panic");
                assert_eq!(s.len(), 10);
            }
            gate.open();
            s.wait().await;
            assert_eq!(s.len(), 0);
            for child in held {
                child.await.expect("its result is there");
            }
        })
        .await;
    });
}

#[test]
fn children_may_spawn_siblings_and_waiting_counts_them() {
    fn tree(s: &Scope, depth: u32, leaves: &Arc<AtomicUsize>) {
        let (siblings, leaves) = (s.clone(), Arc::clone(leaves));
        drop(s.spawn(async move {
            task::yield_now().await;
            match depth {
                0 => drop(leaves.fetch_add(1, Ordering::Relaxed)),
                _ => (0..2).for_each(|_| tree(&siblings, depth - 1, &leaves)),
            }
        }));
    }
    in_each(|| async {
        let leaves = Arc::new(AtomicUsize::new(0));
        wane::scope(async |s| {
            tree(&s, 8, &leaves);
            s.wait().await;
        })
        .await;
        assert_eq!(leaves.load(Ordering::Relaxed), 256);
    });
}

#[test]
fn leaving_waits_for_a_job_that_runs_and_drops_one_that_waits() {
    let runtime = Kind::Workers(2)
        .builder()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    let ledger = Ledger::new();
    let (running, proceed) = (Gate::new(), Gate::new());
    let (is_running, may_proceed) = (running.clone(), proceed.clone());
    let tokens = [ledger.token(), ledger.token()];
    let leaving = runtime.spawn(async move {
        let [first, second] = tokens;
        wane::scope(async |s| {
            drop(s.spawn_blocking(move || {
                is_running.open();
                may_proceed.wait();
                drop(first);
            }));
            running.pass().await;
            drop(s.spawn_blocking(move || {
                drop(second);
                panic!("run though its scope was left");
            }));
        })
        .await;
    });
    hang::until("the drop of the second job", &ledger, || ledger.live() == 1);
    assert!(!leaving.is_finished(), "the first job runs");
    proceed.open();
    runtime.block_on(leaving).expect("no panic");
    assert!(ledger.is_settled());
}

#[test]
fn a_scope_is_not_much_larger_than_its_body() {
    let body = wane::scope(async |_| {
        let state = [1_u8; 4096];
        task::yield_now().await;
        state.iter().map(|byte| u32::from(*byte)).sum::<u32>()
    });
    assert!(size_of_val(&body) < 4096 + 256, "{}", size_of_val(&body));
    assert_eq!(Kind::CurrentThread.build().block_on(body), 4096);
}

#[test]
fn a_handle_may_be_dropped_polled_by_reference_and_outlive_its_scope() {
    in_each(|| async {
        let done = Gate::new();
        let opens = done.clone();
        let mut kept = wane::scope(async |s| {
            let forgotten = s.spawn(async move {
                task::yield_now().await;
                opens.open();
            });
            drop(forgotten);
            done.pass().await;
            let gate = Gate::new();
            let waits = gate.clone();
            let mut child = s.spawn(async move {
                waits.pass().await;
                vec![1, 2, 3]
            });
            assert!(poll_once(&mut child).is_pending());
            gate.open();
            s.wait().await;
            (child,)
        })
        .await
        .0;
        assert!(kept.is_finished());
        assert_eq!((&mut kept).await.expect("it had returned"), [1, 2, 3]);
        assert!(kept.is_finished());
    });
}

/// A poll by a waker that does nothing.
fn poll_once<T>(handle: &mut ScopedJoinHandle<T>) -> Poll<Result<T, task::JoinError>> {
    Pin::new(handle).poll(&mut Context::from_waker(Waker::noop()))
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
fn the_scope_keeps_no_waker_of_a_wait_that_was_given_up() {
    let runtime = Kind::CurrentThread.build();
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut ctx = Context::from_waker(&waker);
    runtime.block_on(wane::scope(async |s| {
        let mut child = s.spawn(pending::<()>());
        assert!(Pin::new(&mut child).poll(&mut ctx).is_pending());
        assert!(Pin::new(&mut child).poll(&mut ctx).is_pending());
        assert_eq!(Arc::strong_count(&bell), 3);
        drop(child);
        assert_eq!(Arc::strong_count(&bell), 2);
        let mut wait = Box::pin(s.wait());
        assert!(wait.as_mut().poll(&mut ctx).is_pending());
        assert!(wait.as_mut().poll(&mut ctx).is_pending());
        assert_eq!(Arc::strong_count(&bell), 3);
        drop(wait);
        assert_eq!(Arc::strong_count(&bell), 2);
    }));
    assert_eq!(bell.0.load(Ordering::Relaxed), 0);
}

#[test]
fn children_may_end_be_aborted_and_left_at_the_same_time() {
    on_each_threaded(|runtime| {
        let ledger = Ledger::new();
        let from = Arc::clone(&ledger);
        let root = runtime.spawn(async move {
            for round in 0..300_usize {
                wane::scope(async |s| {
                    let mut handles = Vec::new();
                    for child in 0..8 {
                        let (token, siblings) = (from.token(), s.clone());
                        handles.push(s.spawn(async move {
                            if child % 2 == 0 {
                                task::yield_now().await;
                            }
                            drop(siblings.spawn(async move { token }));
                        }));
                    }
                    for handle in handles.iter().take(round % 9) {
                        s.abort(handle.id());
                    }
                    for handle in handles.into_iter().take(round % 5) {
                        drop(handle.await);
                    }
                    if round % 2 == 0 {
                        s.wait().await;
                        assert_eq!(s.len(), 0);
                    }
                })
                .await;
                assert_eq!(from.live(), 0, "round {round}");
            }
        });
        runtime.block_on(root).expect("no panic");
        assert!(ledger.is_settled());
    });
}
