//! What is told of a task is that task's, though its slot goes from tenant to tenant meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::cell::runnable;
use crate::cell::schedule::{Place, Schedule};
use crate::runtime::{Builder, Handle, Runtime};
use wane_channel::base::sync::Arc;

/// Sightings of tasks in a poll, which are chances for a mistake.
const SIGHTINGS: usize = 500;

/// Tasks that may be there at a time.
const CROWD: usize = 200;

/// Two sites and two types, each of one of the sites.
fn spawn_one(handle: &Handle) -> u32 {
    drop(handle.spawn(async { thread::yield_now() }));
    line!() - 1
}

fn spawn_other(handle: &Handle) -> u32 {
    let text = String::from("not as small");
    drop(handle.spawn(async move { drop(text) }));
    line!() - 1
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).build().expect("a runtime")
}

#[test]
fn site_and_type_belong_together_while_slots_change_tenants() {
    let runtime = runtime();
    let handle = runtime.handle();
    let sites = [spawn_one(handle), spawn_other(handle)];
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                if handle.metrics().num_alive_tasks() < CROWD {
                    spawn_one(handle);
                    spawn_other(handle);
                }
            }
        });
        let _end = End(&is_over);
        let mut seen = 0;
        while seen < SIGHTINGS {
            for origin in handle.running_tasks() {
                seen += 1;
                let is_one = origin.future_type().contains("spawn_one");
                let line = if is_one { sites[0] } else { sites[1] };
                assert_eq!(origin.spawned_at().line(), line, "{origin:?}");
                assert_eq!(origin.future_size() > 16, !is_one, "{origin:?}");
            }
        }
    });
}

/// Has tasks that nobody runs.
struct Nobody;

impl Schedule for Nobody {
    fn schedule_here(
        _scheduler: *const Self,
        runnable: Runnable,
        _place: Place,
    ) -> Result<(), Runnable> {
        Err(runnable)
    }

    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        runnable.cancel();
    }
}

#[test]
fn a_tenant_that_moves_in_between_two_looks_is_not_taken_for_the_one_before() {
    let (lease, nobody) = (Lease::new(), Arc::new(Nobody));
    let (first, handle) = runnable::spawn(async {}, &nobody, &lease);
    let slot = first.slot();
    let mut next = None;
    let sighting = sight_while(slot, || {
        drop(handle);
        first.cancel();
        next = Some(runnable::spawn(async { 1 }, &nobody, &lease));
    });
    let (second, handle) = next.expect("it was spawned");
    assert!(second.slot() == slot, "the free slot is used again");
    assert!(sighting.is_none(), "{sighting:?} is of two tasks");
    let sighting = sight(slot).expect("the second is there");
    assert_eq!(sighting.origin.id, handle.id());
    second.cancel();
}

/// Ends the spawner, also when an assertion fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_thread_shows_which_task_it_polls_and_no_task_that_sleeps() {
    let runtime = runtime();
    let handle = runtime.handle();
    let (release, released) = mpsc::channel::<()>();
    let (running, is_running) = mpsc::channel();
    let polled = handle.spawn(async move {
        running.send(()).expect("it is waited for");
        released.recv()
    });
    let asleep = handle.spawn(std::future::pending::<()>());
    is_running.recv().expect("it runs");
    let ids = |origins: Vec<TaskOrigin>| origins.iter().map(TaskOrigin::id).collect::<Vec<_>>();
    assert_eq!(ids(handle.running_tasks()), [polled.id()]);
    drop(release);
    assert!(runtime.block_on(polled).expect("no panic").is_err());
    drop(asleep);
}

#[test]
fn sites_are_counted_with_the_most_frequent_first() {
    let origin = |spawned_at| TaskOrigin {
        id: Id::new(1),
        spawned_at,
        future_type: "",
        future_size: 0,
    };
    let here = Location::caller();
    let there = TaskOrigin::here();
    let origins = [origin(here), origin(there), origin(there)];
    assert_eq!(by_site(&origins), [(there, 2), (here, 1)]);
    assert_eq!(by_site(&[]), []);
}

impl TaskOrigin {
    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }
}
