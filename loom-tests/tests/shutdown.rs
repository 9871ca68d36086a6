//! The end of a scheduler: the drain ends, every task is gone, and nobody reaches for a scheduler that
//! is no more.
//!
//! A drain that waits for nothing is a deadlock, which loom reports. A task that is handed to a
//! scheduler that has gone is a failed assertion.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::future::poll_fn;
    use std::sync::{Arc, Mutex, PoisonError, Weak};
    use std::task::{Poll, Waker};

    use wane::internals::scheduler::{self, Crew, Task, Worker};
    use wane_channel::base::sync::thread::JoinHandle;
    use wane_loom_tests::{Dropped, spawn};

    fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
        wane_loom_tests::model(name, move || {
            scheduler::reset();
            body();
            assert_eq!(scheduler::slots_in_use(), 0, "a task is left");
        });
    }

    /// A task that sleeps for ever and tells of its drop.
    fn sleeper(crew: &Arc<Crew>, dropped: &Dropped) -> Task {
        let message = dropped.message();
        crew.task(async move {
            std::future::pending::<()>().await;
            drop(message);
        })
    }

    /// A crew of one worker with a task that sleeps, and the task's waker.
    fn crew_with_sleeper(dropped: &Dropped) -> (Arc<Crew>, Worker, Waker) {
        let (crew, mut workers) = Crew::new(1);
        let (tap, message) = (Arc::new(Mutex::new(None)), dropped.message());
        let theirs = Arc::clone(&tap);
        let task = crew.task(poll_fn(move |ctx| {
            let _keep = &message;
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(ctx.waker().clone());
            Poll::Pending
        }));
        assert!(crew.admit(task));
        let mut worker = workers.remove(0);
        assert!(worker.run_one());
        let waker = tap.lock().unwrap_or_else(PoisonError::into_inner).take();
        (crew, worker, waker.expect("the task was polled"))
    }

    /// Lets the worker leave on a thread of its own.
    fn leave(worker: Worker) -> JoinHandle<()> {
        spawn(move || worker.leave())
    }

    fn check_gone(crew: Arc<Crew>) {
        let gone: Weak<Crew> = Arc::downgrade(&crew);
        drop(crew);
        assert_eq!(gone.strong_count(), 0, "somebody keeps the scheduler");
    }

    #[test]
    fn a_spawn_is_refused_or_waited_for() {
        model("shutdown: foreign spawn ‖ drain", || {
            let dropped = Dropped::default();
            let (crew, mut workers) = Crew::new(1);
            let task = sleeper(&crew, &dropped);
            let worker = leave(workers.remove(0));
            let _ = crew.admit(task);
            worker.join().unwrap();
            assert_eq!(dropped.count(), 1);
            check_gone(crew);
        });
    }

    #[test]
    fn two_spawns_are_refused_or_waited_for() {
        model(
            "shutdown: foreign spawn ‖ foreign spawn ‖ drain",
            || {
                let dropped = Dropped::default();
                let (crew, mut workers) = Crew::new(1);
                let tasks = [(), ()].map(|()| sleeper(&crew, &dropped));
                let worker = leave(workers.remove(0));
                let spawners = tasks.map(|task| {
                    let crew = Arc::clone(&crew);
                    spawn(move || crew.admit(task))
                });
                for spawner in spawners {
                    let _ = spawner.join().unwrap();
                }
                worker.join().unwrap();
                assert_eq!(dropped.count(), 2);
                check_gone(crew);
            },
        );
    }

    /// The thread that wakes the task holds no scheduler. It may win the task's queue entry before the
    /// drain does, and hand it over at any time later.
    #[test]
    fn a_foreign_wake_is_waited_for() {
        model("shutdown: foreign wake ‖ drain", || {
            let dropped = Dropped::default();
            let (crew, worker, waker) = crew_with_sleeper(&dropped);
            drop(crew);
            let waking = spawn(move || waker.wake());
            worker.leave();
            assert_eq!(dropped.count(), 1);
            waking.join().unwrap();
        });
    }

    #[test]
    fn a_foreign_wake_and_a_spawn_are_both_waited_for() {
        model("shutdown: foreign wake ‖ foreign spawn ‖ drain", || {
            let dropped = Dropped::default();
            let (crew, worker, waker) = crew_with_sleeper(&dropped);
            let task = sleeper(&crew, &dropped);
            let waking = spawn(move || waker.wake());
            let spawning = spawn(move || crew.admit(task));
            worker.leave();
            waking.join().unwrap();
            let _ = spawning.join().unwrap();
            assert_eq!(dropped.count(), 2);
        });
    }

    /// The last worker may have looked into the shared queue before the other has left its task there.
    #[test]
    fn the_last_worker_finds_what_the_other_left() {
        model("shutdown: spawn, leave ‖ leave ‖ wait", || {
            let dropped = Dropped::default();
            let (crew, mut workers) = Crew::new(2);
            let task = sleeper(&crew, &dropped);
            let idle = leave(workers.remove(1));
            let spawner = workers.remove(0);
            let spawner = spawn(move || {
                spawner.push_next(task);
                spawner.leave();
            });
            crew.wait_for_exit();
            assert_eq!(dropped.count(), 1);
            idle.join().unwrap();
            spawner.join().unwrap();
            check_gone(crew);
        });
    }

    #[test]
    fn a_crew_that_is_given_up_leaves_nothing() {
        model("shutdown: give up ‖ run, leave", || {
            let (crew, mut workers) = Crew::new(2);
            drop(workers.pop());
            let mut worker = workers.remove(0);
            let worker = spawn(move || {
                worker.run();
                worker.leave();
            });
            crew.give_up(1);
            worker.join().unwrap();
            check_gone(crew);
        });
    }

    #[test]
    fn a_stop_ends_workers_that_sleep() {
        model("shutdown: stop ‖ run, leave", || {
            let dropped = Dropped::default();
            let (crew, mut workers) = Crew::new(1);
            assert!(crew.admit(sleeper(&crew, &dropped)));
            let mut worker = workers.remove(0);
            let worker = spawn(move || {
                worker.run();
                worker.leave();
            });
            crew.stop();
            crew.wait_for_exit();
            assert_eq!(dropped.count(), 1);
            worker.join().unwrap();
            check_gone(crew);
        });
    }
}
