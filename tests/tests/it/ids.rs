//! The identity of tasks.

use std::collections::HashSet;
use std::future::pending;
use std::sync::mpsc;

use wane::task::{self, Id};
use wane_tests::runtimes::{Kind, in_each, on_each};

#[test]
fn no_two_tasks_have_the_same_id() {
    let ids = std::cell::RefCell::new(HashSet::new());
    on_each(|runtime| {
        let handles = (0..500).map(|_| runtime.spawn(async {}));
        let spawned = handles.map(|handle| handle.id()).collect::<Vec<_>>();
        let jobs = (0..10).map(|_| runtime.spawn_blocking(|| {}).id());
        for id in spawned.into_iter().chain(jobs) {
            assert!(ids.borrow_mut().insert(id), "{id} twice");
        }
    });
}

#[test]
fn a_task_has_the_id_that_its_handles_tell() {
    in_each(|| async {
        let handle = wane::spawn(async { (task::id(), task::try_id()) });
        let (id, abort) = (handle.id(), handle.abort_handle());
        assert_eq!(abort.id(), id);
        assert_eq!(handle.await.expect("no panic"), (id, Some(id)));
        let job = task::spawn_blocking(task::try_id);
        let id = job.id();
        assert_eq!(job.await.expect("no panic"), Some(id));
    });
}

#[test]
fn outside_of_a_task_there_is_no_id() {
    assert_eq!(task::try_id(), None);
    on_each(|runtime| assert_eq!(runtime.block_on(async { task::try_id() }), None));
}

#[test]
#[should_panic(expected = "call `wane::task::id` inside a spawned task")]
fn asking_for_the_id_outside_of_a_task_is_refused_with_advice() {
    let _ = task::id();
}

#[test]
fn a_future_is_dropped_under_the_id_of_its_task() {
    /// Tells under which id it is dropped.
    struct Tells(mpsc::Sender<Option<Id>>);

    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.send(task::try_id()).expect("the test waits for it");
        }
    }

    on_each(|runtime| {
        let (tell, told) = mpsc::channel();
        let (returns, aborted) = (Tells(tell.clone()), Tells(tell));
        let ids = runtime.block_on(async {
            let handle = wane::spawn(async move { drop(returns) });
            let first = handle.id();
            handle.await.expect("no panic");
            let handle = wane::spawn(async move {
                let _aborted = aborted;
                pending::<()>().await;
            });
            let second = handle.id();
            assert!(handle.cancel().await.is_err());
            [first, second]
        });
        assert_eq!(ids.map(Some).map(Ok), [told.recv(), told.recv()]);
    });
}

#[test]
fn ids_are_told_as_numbers() {
    let runtime = Kind::CurrentThread.build();
    let id = runtime.spawn(async {}).id();
    assert!(id.to_string().parse::<u64>().is_ok());
    assert_eq!(format!("{id:?}"), format!("Id({id})"));
}
