//! Where a runtime may be dropped, and what it waits for there. The rules are those of `Runtime`'s docs.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Runtime};
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// A blocking job that runs until the gate is opened.
fn stuck_job(runtime: &Runtime) -> Gate {
    let (running, gate) = (Gate::new(), Gate::new());
    let (is_running, pass) = (running.clone(), gate.clone());
    drop(runtime.spawn_blocking(move || {
        is_running.open();
        pass.wait();
    }));
    running.wait();
    gate
}

/// A task in a poll that does not return until the gate is opened.
fn stuck_poll(runtime: &Runtime) -> Gate {
    let (running, gate) = (Gate::new(), Gate::new());
    let (is_running, pass) = (running.clone(), gate.clone());
    drop(runtime.spawn(async move {
        is_running.open();
        pass.wait();
    }));
    running.wait();
    gate
}

#[test]
fn plain_code_waits_for_running_polls() {
    for kind in Kind::THREADED {
        let runtime = kind.build();
        let gate = stuck_poll(&runtime);
        let ended = thread::spawn(move || drop(runtime));
        assert!(!ended.is_finished(), "the poll is waited for");
        gate.open();
        ended.join().expect("no panic");
    }
}

#[test]
fn async_code_of_another_runtime_waits_and_does_not_panic() {
    for kind in Kind::ALL {
        let (outer, inner) = (Kind::Workers(1).build(), kind.build());
        let ledger = Ledger::new();
        let token = ledger.token();
        drop(inner.spawn(async move {
            let _token = token;
            std::future::pending::<()>().await;
        }));
        let gate = stuck_job(&inner);
        let opens = gate.clone();
        let dropped = outer.spawn(async move { drop(inner) });
        thread::spawn(move || opens.open());
        outer.block_on(dropped).expect("no panic");
        assert!(gate.is_open() && ledger.is_settled());
    }
}

#[test]
fn the_root_future_of_another_runtime_may_drop_one() {
    for kind in Kind::ALL {
        let inner = kind.build();
        let handle = inner.handle().clone();
        Kind::CurrentThread
            .build()
            .block_on(async move { drop(inner) });
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
    }
}

/// What its own task calls is its own task, too: to wait would be to wait for itself.
#[test]
fn a_task_of_its_own_drops_it_without_waiting_for_stuck_jobs() {
    for kind in Kind::THREADED {
        let runtime = kind.build();
        let _deadline = hang::Deadline::start("a drop in a task", runtime.metrics());
        let gate = stuck_job(&runtime);
        let (tell, told) = mpsc::channel();
        let handle = runtime.handle().clone();
        drop(handle.spawn(async move {
            wane::task::block_in_place(|| drop(runtime));
            tell.send(()).expect("the test waits");
        }));
        told.recv().expect("the drop returns");
        gate.open();
    }
}

#[test]
fn a_blocking_job_of_its_own_waits_for_the_others_and_not_for_itself() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let _deadline = hang::Deadline::start("a drop in a job", runtime.metrics());
        let gate = stuck_job(&runtime);
        let (tell, told) = mpsc::channel();
        let handle = runtime.handle().clone();
        drop(handle.spawn_blocking(move || {
            drop(runtime);
            tell.send(()).expect("the test waits");
        }));
        assert!(told.try_recv().is_err(), "the other job is waited for");
        gate.open();
        told.recv().expect("the drop returns");
    }
}

#[test]
fn a_drop_while_unwinding_waits_for_nobody_for_long() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let _deadline = hang::Deadline::start("a drop in a panic", runtime.metrics());
        let job = stuck_job(&runtime);
        let poll = (kind != Kind::CurrentThread).then(|| stuck_poll(&runtime));
        let begin = Instant::now();
        let panic = catch_unwind(AssertUnwindSafe(move || {
            let _runtime = runtime;
            std::panic::resume_unwind(Box::new("out"));
        }));
        assert!(panic.is_err());
        assert!(begin.elapsed() < hang::PATIENCE / 2);
        job.open();
        poll.iter().for_each(Gate::open);
    }
}

/// Jobs that end by themselves are waited for, so that what they hold is given back.
#[test]
fn a_drop_while_unwinding_drops_the_tasks() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let ledger = Ledger::new();
        let token = ledger.token();
        drop(runtime.spawn(async move {
            let _token = token;
            std::future::pending::<()>().await;
        }));
        let panic = catch_unwind(AssertUnwindSafe(move || {
            let _runtime = runtime;
            std::panic::resume_unwind(Box::new("out"));
        }));
        assert!(panic.is_err() && ledger.is_settled());
    }
}

#[test]
fn the_report_names_what_was_abandoned() {
    for kind in Kind::THREADED {
        let runtime = kind.build();
        let poll = stuck_poll(&runtime);
        let job = stuck_job(&runtime);
        let sleeper = runtime.spawn(std::future::pending::<()>());
        let report = runtime.shutdown_timeout(Duration::from_millis(20));
        assert!(!report.is_complete());
        let sites = |origins: &[wane::runtime::TaskOrigin]| {
            let site = |origin: &wane::runtime::TaskOrigin| origin.spawned_at().file().to_owned();
            origins.iter().map(site).collect::<Vec<_>>()
        };
        assert_eq!(sites(report.tasks()), [file!()], "{report}");
        assert_eq!(sites(report.blocking_jobs()), [file!()], "{report}");
        assert!(report.tasks()[0].future_type().contains("stuck_poll"));
        assert_eq!(report.undropped_tasks(), 2, "{report}");
        assert!(report.threads() >= 2, "{report}");
        assert!(report.to_string().contains(file!()));
        assert!(!sleeper.is_finished(), "it is held up by the poll");
        poll.open();
        job.open();
        let other = Kind::CurrentThread.build();
        assert!(other.block_on(sleeper).expect_err("dropped").is_cancelled());
    }
}

#[test]
fn a_report_of_what_has_ended_is_empty() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        drop(runtime.spawn(std::future::pending::<()>()));
        let done = runtime.spawn_blocking(|| {});
        runtime.block_on(done).expect("no panic");
        let report = runtime.shutdown_timeout(hang::PATIENCE);
        assert!(report.is_complete(), "{report}");
        assert_eq!((report.threads(), report.undropped_tasks()), (0, 0));
        assert!(report.tasks().is_empty() && report.blocking_jobs().is_empty());
    }
}

/// Drops the runtime that it is given, at the first event after that.
fn dropper(builder: &mut Builder) -> (Runtime, Arc<Mutex<Option<Runtime>>>, mpsc::Receiver<()>) {
    let place = Arc::new(Mutex::new(None::<Runtime>));
    let (tell, told) = mpsc::channel();
    let given = place.clone();
    builder.on_event(move |_event| {
        let runtime = given.lock().expect("no panic under this lock").take();
        if let Some(runtime) = runtime {
            drop(runtime);
            tell.send(()).expect("the test waits");
        }
    });
    (builder.build().expect("a runtime"), place, told)
}

#[test]
fn a_hook_on_the_watching_thread_may_drop_it() {
    for kind in Kind::THREADED {
        let (runtime, place, told) = dropper(&mut kind.builder());
        let _deadline = hang::Deadline::start("a drop in a hook", runtime.metrics());
        let gate = stuck_poll(&runtime);
        *place.lock().expect("no panic under this lock") = Some(runtime);
        told.recv().expect("the drop returns");
        gate.open();
    }
}

#[test]
fn a_hook_on_a_thread_of_the_pool_may_drop_it() {
    for kind in Kind::ALL {
        let mut builder = kind.builder();
        let (runtime, place, told) = dropper(builder.max_blocking_threads(1));
        let _deadline = hang::Deadline::start("a drop in a hook", runtime.metrics());
        let gate = stuck_job(&runtime);
        let handle = runtime.handle().clone();
        *place.lock().expect("no panic under this lock") = Some(runtime);
        let queued = handle.spawn_blocking(|| {});
        let other = Kind::CurrentThread.build();
        assert!(
            other
                .block_on(queued)
                .expect_err("cancelled")
                .is_cancelled()
        );
        assert!(told.try_recv().is_err(), "the running job is waited for");
        gate.open();
        told.recv().expect("the drop returns");
    }
}

#[test]
fn the_end_of_a_thread_may_drop_one_that_it_keeps() {
    thread_local! {
        static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    }
    for kind in Kind::ALL {
        let runtime = kind.build();
        let handle = runtime.handle().clone();
        drop(runtime.spawn(std::future::pending::<()>()));
        let keeper = thread::spawn(move || {
            runtime.block_on(async { wane::task::yield_now().await });
            KEPT.set(Some(runtime));
        });
        keeper.join().expect("no panic");
        hang::until("the end of the tasks", &handle, || {
            handle.metrics().num_alive_tasks() == 0
        });
    }
}
