//! Tasks that stay on one thread.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{self, ThreadId};

use wane::task::{LocalSet, spawn_local};
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::runtimes::on_each;

/// Tells on which thread it is dropped.
struct Tells(mpsc::Sender<ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0
            .send(thread::current().id())
            .expect("the test waits for it");
    }
}

#[test]
fn local_tasks_share_what_is_not_send() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let seen = Rc::new(RefCell::new(Vec::new()));
        let writes = seen.clone();
        set.block_on(runtime, async move {
            let tasks = (0..10).map(|number| {
                let writes = writes.clone();
                spawn_local(async move {
                    wane::task::yield_now().await;
                    writes.borrow_mut().push(number);
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.expect("no panic");
            }
        });
        assert_eq!(*seen.borrow(), (0..10).collect::<Vec<_>>());
    });
}

#[test]
fn a_local_task_aborted_from_another_thread_is_dropped_on_its_own() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let (tell, told) = mpsc::channel();
        let tells = Tells(tell);
        let idle = set.spawn_local(async move {
            let _tells = tells;
            pending::<()>().await;
        });
        let abort = idle.abort_handle();
        let foreign = thread::spawn(move || abort.abort());
        let joined = set.block_on(runtime, idle);
        assert!(joined.expect_err("aborted").is_cancelled());
        foreign.join().expect("no panic");
        assert_eq!(told.recv(), Ok(thread::current().id()));
    });
}

#[test]
fn a_local_task_woken_from_another_thread_stays_on_its_own() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let gate = Gate::new();
        let opens = gate.clone();
        let here = thread::current().id();
        let local = set.spawn_local(async move {
            gate.pass().await;
            thread::current().id()
        });
        let foreign = thread::spawn(move || opens.open());
        assert_eq!(set.block_on(runtime, local).expect("no panic"), here);
        foreign.join().expect("no panic");
    });
}

#[test]
fn dropping_the_set_drops_its_tasks_here() {
    on_each(|runtime| {
        let ledger = Ledger::new();
        let set = LocalSet::new();
        let handles = (0..10).map(|number| {
            let token = ledger.token();
            set.spawn_local(async move {
                let _token = token;
                if number % 2 == 0 {
                    pending::<()>().await;
                }
            })
        });
        let handles = handles.collect::<Vec<_>>();
        set.block_on(runtime, wane::task::yield_now());
        drop(set);
        assert!(ledger.is_settled());
        for handle in handles {
            assert!(handle.is_finished());
        }
    });
}

#[test]
fn a_task_spawned_by_a_drop_of_the_set_is_cancelled() {
    /// Spawns when it is dropped.
    struct Spawns(Rc<RefCell<Option<wane::task::JoinHandle<()>>>>);

    impl Drop for Spawns {
        fn drop(&mut self) {
            *self.0.borrow_mut() = Some(spawn_local(async {}));
        }
    }

    on_each(|runtime| {
        let spawned = Rc::default();
        let spawns = Spawns(Rc::clone(&spawned));
        let set = LocalSet::new();
        drop(set.spawn_local(async move {
            let _spawns = spawns;
            pending::<()>().await;
        }));
        drop(set);
        let handle = spawned.borrow_mut().take().expect("the drop has run");
        assert!(
            runtime
                .block_on(handle)
                .expect_err("refused")
                .is_cancelled()
        );
    });
}

#[test]
fn a_set_that_is_awaited_is_ready_when_its_tasks_are_over() {
    on_each(|runtime| {
        let set = LocalSet::new();
        let gate = Gate::new();
        let opens = gate.clone();
        let first = set.spawn_local(async move { gate.pass().await });
        let second = set.spawn_local(async move { opens.open() });
        runtime.block_on(set);
        assert!(first.is_finished() && second.is_finished());
    });
}

#[test]
#[should_panic(expected = "outside of a `task::LocalSet`")]
fn spawning_a_local_task_outside_of_a_set_is_refused() {
    drop(spawn_local(async {}));
}
