//! Handles, contexts, the builder's mistakes, and counts.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use wane::runtime::{Builder, Handle, RuntimeFlavor};
use wane_tests::runtimes::{Kind, on_each};

/// The text of a panic.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .expect("a panic with a text")
}

#[test]
fn nested_block_on_panics_with_advice() {
    on_each(|runtime| {
        let inner = Kind::CurrentThread.build();
        let handle = inner.handle().clone();
        let refused = runtime.block_on(async {
            let by_runtime = catch_unwind(AssertUnwindSafe(|| inner.block_on(async {})));
            let by_handle = catch_unwind(AssertUnwindSafe(|| handle.block_on(async {})));
            [by_runtime, by_handle]
        });
        for refused in refused {
            let panic = refused.expect_err("the thread polls futures");
            assert!(
                message(&*panic).contains("spawn_blocking"),
                "{}",
                message(&*panic)
            );
        }
        let task = runtime.spawn(async move {
            catch_unwind(AssertUnwindSafe(|| handle.block_on(async {}))).is_err()
        });
        assert!(
            runtime.block_on(task).expect("no panic"),
            "a task must not block either"
        );
    });
}

#[test]
fn outside_of_a_runtime_spawning_is_refused_with_advice() {
    assert!(
        Handle::try_current()
            .expect_err("there is none")
            .is_missing_context()
    );
    let refused = catch_unwind(|| drop(wane::spawn(async {}))).expect_err("there is no runtime");
    assert!(
        message(&*refused).contains("Handle::enter"),
        "{}",
        message(&*refused)
    );
}

#[test]
fn entering_nests_and_the_outer_runtime_comes_back() {
    let [outer, inner] = [Kind::CurrentThread, Kind::Workers(1)].map(Kind::build);
    let flavor = || Handle::current().runtime_flavor();
    let guard = outer.enter();
    assert_eq!(flavor(), RuntimeFlavor::CurrentThread);
    {
        let _inner = inner.handle().enter();
        assert_eq!(flavor(), RuntimeFlavor::MultiThread);
    }
    assert_eq!(flavor(), RuntimeFlavor::CurrentThread);
    drop(guard);
    assert!(Handle::try_current().is_err());
}

#[test]
fn a_task_of_one_runtime_may_spawn_into_another() {
    on_each(|runtime| {
        let other = Kind::Workers(1).build();
        let there = other.handle().clone();
        let task = runtime.spawn(async move { there.spawn(async { 8 }).await.expect("no panic") });
        assert_eq!(runtime.block_on(task).expect("no panic"), 8);
    });
}

#[test]
fn counts_follow_the_tasks() {
    on_each(|runtime| {
        let metrics = runtime.metrics();
        assert_eq!((metrics.num_alive_tasks(), metrics.slots_in_use()), (0, 0));
        let handles = (0..10)
            .map(|_| runtime.spawn(pending::<()>()))
            .collect::<Vec<_>>();
        assert_eq!(
            (metrics.num_alive_tasks(), metrics.slots_in_use()),
            (10, 10)
        );
        runtime.block_on(async {
            for handle in handles {
                assert!(handle.cancel().await.is_err());
            }
            while metrics.num_alive_tasks() > 0 {
                wane::task::yield_now().await;
            }
        });
        assert_eq!(
            (metrics.slots_in_use(), metrics.global_queue_depth()),
            (0, 0)
        );
    });
}

#[test]
fn numbers_that_no_runtime_can_have_are_refused() {
    let refused: [fn(&mut Builder); 5] = [
        |builder| drop(builder.worker_threads(0).build()),
        |builder| drop(builder.worker_threads(65_536).build()),
        |builder| drop(builder.max_blocking_threads(0).build()),
        |builder| drop(builder.global_queue_interval(0).build()),
        |builder| drop(builder.event_interval(0).build()),
    ];
    for refused in refused {
        let mut builder = Builder::new_multi_thread();
        assert!(catch_unwind(AssertUnwindSafe(|| refused(&mut builder))).is_err());
    }
}

/// Tells the child process which test it is, and what to expect.
const CHILD: &str = "WANE_TESTS_CHILD";

#[test]
fn a_number_of_workers_in_the_environment_is_used_or_refused_with_advice() {
    if let Ok(expected) = std::env::var(CHILD) {
        return in_child(&expected);
    }
    for (text, expected) in [
        ("3", "3"),
        ("0", "refused"),
        ("many", "refused"),
        ("65536", "refused"),
    ] {
        let name = "a_number_of_workers_in_the_environment_is_used_or_refused_with_advice";
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args([&format!("handle::{name}"), "--exact", "--nocapture"])
            .env("WANE_WORKER_THREADS", text)
            .env(CHILD, expected)
            .output()
            .expect("a child process");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}: {output:?}");
        assert!(
            told.contains("1 passed"),
            "the child ran another test: {told}"
        );
    }
}

fn in_child(expected: &str) {
    match Builder::new_multi_thread().build() {
        Ok(runtime) => assert_eq!(runtime.metrics().num_workers().to_string(), expected),
        Err(error) => {
            assert_eq!(expected, "refused");
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
            let text = error.to_string();
            let names_both = text.contains("WANE_WORKER_THREADS") && text.contains("65535");
            assert!(names_both, "{text}");
        }
    }
}
