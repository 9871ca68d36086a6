//! Every live task and every result that nobody took is found, with its spawn site.

use std::future::pending;
use std::panic::Location;
use std::sync::mpsc;

use wane::runtime::{Handle, Runtime, TaskState};
use wane::task::JoinHandle;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// Where it is called.
#[track_caller]
fn here() -> &'static Location<'static> {
    Location::caller()
}

/// Waits until the runtime's tasks stand as `wanted`, in the order of their ids.
fn until_states(runtime: &Runtime, wanted: &[TaskState]) {
    let handle = runtime.handle();
    let states = || {
        let dump = handle.dump();
        let states = dump.tasks().iter().map(wane::runtime::TaskView::state);
        states.collect::<Vec<_>>()
    };
    hang::until("the tasks to stand so", runtime, || states() == wanted);
}

#[test]
fn a_dump_has_each_live_task_and_how_it_stands() {
    let runtime = Kind::Workers(1).build();
    let idle = runtime.spawn(pending::<()>());
    until_states(&runtime, &[TaskState::Idle]);
    let (release, released) = mpsc::channel::<()>();
    // In a poll on the only worker, so that the next one waits.
    let (running, at) = (runtime.spawn(async move { released.recv() }), here());
    until_states(&runtime, &[TaskState::Idle, TaskState::Running]);
    let queued = runtime.spawn(async {});
    let dump = runtime.handle().dump();
    let seen: Vec<_> = (dump.tasks().iter())
        .map(|task| (task.id(), task.state()))
        .collect();
    let wanted = [
        (idle.id(), TaskState::Idle),
        (running.id(), TaskState::Running),
        (queued.id(), TaskState::Queued),
    ];
    assert_eq!(seen, wanted);
    let site = dump.tasks()[1].spawned_at();
    assert_eq!((site.file(), site.line()), (at.file(), at.line()));
    drop(release);
    runtime.block_on(queued).unwrap();
    until_states(&runtime, &[TaskState::Idle]);
}

#[test]
fn results_are_retained_by_join_handles_and_by_nothing_else() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let handle = runtime.handle();
        let (kept, at) = (runtime.spawn(async { [1u8; 5000] }), here());
        let panicked: JoinHandle<u8> =
            runtime.spawn(async { std::panic::resume_unwind(Box::new(0)) });
        let aborted = runtime.spawn(pending::<u64>());
        aborted.abort();
        drop(runtime.spawn(async { [2u8; 6000] }));
        let job = runtime.spawn_blocking(|| [3u8; 7000]);
        let abort_handle = job.abort_handle();
        runtime.block_on(async {
            super::until("all to end", &runtime, || {
                [
                    kept.is_finished(),
                    panicked.is_finished(),
                    aborted.is_finished(),
                    job.is_finished(),
                ] == [true; 4]
            })
            .await;
        });
        let sizes = |handle: &Handle| {
            let retained = handle.retained();
            let sizes = retained
                .iter()
                .map(wane::runtime::RetainedResult::result_size);
            sizes.collect::<Vec<_>>()
        };
        assert_eq!(sizes(handle), [7000, 5000, 8, 1], "{kind}");
        let second = handle.retained()[1];
        assert_eq!(second.id(), kept.id(), "{kind}");
        assert_eq!(second.spawned_at().line(), at.line(), "{kind}");
        drop((kept, panicked, aborted));
        assert_eq!(sizes(handle), [7000], "{kind}");
        runtime.block_on(job).unwrap();
        assert_eq!(
            sizes(handle),
            [0usize; 0],
            "{kind}: {abort_handle:?} keeps nothing"
        );
        handle.assert_no_retention();
    }
}

#[test]
fn retention_that_is_asserted_against_is_named() {
    let runtime = Kind::CurrentThread.build();
    let (kept, at) = (runtime.spawn(async { [1u8; 5000] }), here());
    runtime.block_on(wane::task::yield_now());
    let handle = runtime.handle().clone();
    let refusal = std::panic::catch_unwind(|| handle.assert_no_retention());
    let message = *refusal.unwrap_err().downcast::<String>().unwrap();
    let site = format!("{}:{}", at.file(), at.line());
    assert!(message.contains(&site), "{message}");
    assert!(message.contains("5000"), "{message}");
    drop(kept);
}

#[test]
fn a_census_sums_up_by_spawn_site() {
    let runtime = Kind::CurrentThread.build();
    let spawn_small = || runtime.spawn(async { pending::<()>().await });
    let spawn_large = || {
        runtime.spawn(async {
            let buffer = [0u8; 300];
            pending::<()>().await;
            drop(buffer);
        })
    };
    let small: Vec<_> = (0..5).map(|_| spawn_small()).collect();
    let large: Vec<_> = (0..3).map(|_| spawn_large()).collect();
    let census = runtime.handle().census();
    let live: Vec<_> = census.sites().iter().map(|site| site.live()).collect();
    assert_eq!(live, [3, 5], "the most bytes come first");
    assert!(census.sites()[0].future_bytes() >= 900);
    let site = census.sites()[0].spawned_at();
    let json = census.to_json();
    assert!(json.starts_with("[{\"file\":\""), "{json}");
    assert!(
        json.contains(&format!("\"line\":{}", site.line())),
        "{json}"
    );
    let prometheus = census.to_prometheus();
    assert_eq!(
        prometheus.matches("# TYPE wane_").count(),
        6,
        "{prometheus}"
    );
    assert!(
        prometheus.contains(&format!("site=\"{site}\"")),
        "{prometheus}"
    );
    assert!(census.to_string().contains(&site.to_string()), "{census}");
    drop((small, large));
}

#[test]
fn a_look_does_not_disturb_tasks_that_come_and_go() {
    let runtime = Kind::Workers(2).build();
    let handle = runtime.handle().clone();
    let churn = runtime.spawn(async {
        for round in 0..20_000u64 {
            let task = wane::spawn(async move { round });
            assert_eq!(task.await.unwrap(), round);
        }
    });
    while !churn.is_finished() {
        for task in handle.dump().tasks() {
            assert_eq!(task.spawned_at().file(), file!());
        }
        let at_a_time = handle.retained().len();
        assert!(at_a_time <= 1, "one result at a time, not {at_a_time}");
    }
    runtime.block_on(churn).unwrap();
}
