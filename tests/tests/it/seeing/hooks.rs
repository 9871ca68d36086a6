//! Task hooks are called once for each spawn, poll and end.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

use wane::runtime::{Builder, TaskMeta};
use wane::task::{Id, yield_now};
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// What the hooks were told of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Calls {
    spawned: usize,
    began: usize,
    ended: usize,
    terminated: usize,
}

/// What the hooks were told of each task.
#[derive(Clone, Debug, Default)]
struct Record(Arc<Mutex<BTreeMap<Id, Calls>>>);

impl Record {
    fn note(&self, note: fn(&mut Calls)) -> impl Fn(&TaskMeta<'_>) + Send + Sync + 'static {
        let record = self.clone();
        move |task| {
            assert_eq!(task.spawned_at().file(), file!());
            note(record.0.lock().unwrap().entry(task.id()).or_default());
        }
    }

    fn watch(&self, builder: &mut Builder) {
        builder
            .on_task_spawn(self.note(|calls| calls.spawned += 1))
            .on_before_task_poll(self.note(|calls| calls.began += 1))
            .on_after_task_poll(self.note(|calls| calls.ended += 1))
            .on_task_terminate(self.note(|calls| calls.terminated += 1));
    }

    fn of(&self, task: Id) -> Calls {
        self.0.lock().unwrap()[&task]
    }

    fn all(&self) -> Vec<Calls> {
        self.0.lock().unwrap().values().copied().collect()
    }
}

#[test]
fn each_spawn_poll_and_end_is_told_once() {
    for kind in Kind::ALL {
        let record = Record::default();
        let mut builder = kind.builder();
        record.watch(&mut builder);
        let runtime = builder.build().expect("a runtime");
        let task = runtime.spawn(async {
            yield_now().await;
            yield_now().await;
        });
        let id = task.id();
        runtime.block_on(task).unwrap();
        hang::until("the last hook", &record, || record.of(id).terminated == 1);
        let wanted = Calls {
            spawned: 1,
            began: 3,
            ended: 3,
            terminated: 1,
        };
        assert_eq!(record.of(id), wanted, "{kind}");
    }
}

#[test]
fn tasks_that_are_aborted_or_dropped_with_the_runtime_are_told_of() {
    for kind in Kind::ALL {
        let record = Record::default();
        let mut builder = kind.builder();
        record.watch(&mut builder);
        let runtime = builder.build().expect("a runtime");
        let handle = runtime.handle().clone();
        let tasks: Vec<_> = (0..100).map(|_| runtime.spawn(pending::<()>())).collect();
        let from_inside = runtime.spawn(async {
            (0..100).for_each(|_| drop(wane::spawn(pending::<()>())));
        });
        runtime.block_on(from_inside).unwrap();
        tasks.iter().step_by(2).for_each(|task| task.abort());
        drop(runtime);
        let late = handle.spawn(async {});
        assert_eq!(record.of(late.id()).began, 0, "{kind}");
        let all = record.all();
        assert_eq!(all.len(), 202, "{kind}");
        for calls in all {
            assert_eq!((calls.spawned, calls.terminated), (1, 1), "{kind}");
            assert_eq!(calls.began, calls.ended, "{kind}");
        }
    }
}

#[test]
fn a_panic_in_a_hook_stays_there() {
    let mut builder = Kind::Workers(2).builder();
    let fail = |_: &TaskMeta<'_>| std::panic::resume_unwind(Box::new("a hook"));
    builder
        .on_task_spawn(fail)
        .on_before_task_poll(fail)
        .on_after_task_poll(fail)
        .on_task_terminate(fail);
    let runtime = builder.build().expect("a runtime");
    for round in 0..100 {
        let sum = runtime.block_on(runtime.spawn(async move { round + 1 }));
        assert_eq!(sum.unwrap(), round + 1);
    }
}
