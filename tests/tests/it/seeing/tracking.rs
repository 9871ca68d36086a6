//! Tracked tasks have an age and a count of polls; names go with their tasks.

use std::future::pending;
use std::time::Duration;

use wane::task::{Builder, yield_now};
use wane_tests::hang;
use wane_tests::runtimes::Kind;

#[test]
fn a_tracked_task_shows_its_age_and_its_polls() {
    for kind in Kind::ALL {
        let runtime = kind.builder().track_tasks().build().expect("a runtime");
        let task = runtime.spawn(async {
            yield_now().await;
            yield_now().await;
            pending::<()>().await;
        });
        let handle = runtime.handle().clone();
        runtime.block_on(async {
            let polls = || handle.dump().tasks()[0].polls();
            super::until("three polls", &handle, || polls() == Some(3)).await;
            wane::time::sleep(Duration::from_millis(5)).await;
        });
        let dump = handle.dump();
        let seen = &dump.tasks()[0];
        assert!(seen.age() >= Some(Duration::from_millis(5)), "{kind}");
        assert!(
            seen.pending_for() >= Some(Duration::from_millis(5)),
            "{kind}"
        );
        assert!(seen.busy() < seen.age(), "{kind}");
        let stalled = |limit| dump.pending_for_longer_than(limit).count();
        assert_eq!(stalled(Duration::from_millis(4)), 1, "{kind}");
        assert_eq!(stalled(Duration::from_secs(3600)), 0, "{kind}");
        drop(task);
    }
}

#[test]
fn what_is_not_tracked_is_not_claimed() {
    let runtime = Kind::CurrentThread.build();
    drop(runtime.spawn(pending::<()>()));
    let dump = runtime.handle().dump();
    let seen = &dump.tasks()[0];
    assert_eq!((seen.age(), seen.polls()), (None, None));
    assert_eq!((seen.busy(), seen.pending_for()), (None, None));
}

#[test]
fn a_name_goes_with_its_task() {
    let runtime = Kind::Workers(2).build();
    let handle = runtime.handle();
    let named = Builder::new()
        .name("heartbeat")
        .spawn_on(pending::<()>(), handle);
    let bare = Builder::new().spawn_on(pending::<()>(), handle);
    let names = || {
        let dump = handle.dump();
        let names = dump
            .tasks()
            .iter()
            .map(|task| task.name().map(str::to_owned));
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(), [Some("heartbeat".to_owned()), None]);
    assert!(handle.dump().to_string().contains("heartbeat"));
    named.abort();
    hang::until("the end of the named task", handle, || names() == [None]);
    drop(bare);
    // Over before it has its entry, now and then.
    for _ in 0..1000 {
        let task = Builder::new().name("short").spawn_on(async {}, handle);
        runtime.block_on(task).unwrap();
    }
    assert_eq!(names(), [None]);
}
