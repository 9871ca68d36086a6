//! Who sleeps and who searches: no task is left lying while every worker sleeps.
//!
//! The tasks stop their crew when the last of them runs. A task that is lost is therefore a deadlock,
//! which loom reports.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Weak};
    use std::task::{Poll, Waker};

    use wane::internals::scheduler::{self, Crew, Task, Worker};
    use wane_channel::base::sync::thread::JoinHandle;
    use wane_channel::base::sync::{Condvar, Mutex};
    use wane_loom_tests::spawn;

    fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
        wane_loom_tests::model(name, move || {
            scheduler::reset();
            body();
        });
    }

    /// As many tasks; the last of them stops the crew.
    fn tasks<const COUNT: usize>(crew: &Arc<Crew>) -> [Task; COUNT] {
        let left = Arc::new(AtomicUsize::new(COUNT));
        [(); COUNT].map(|()| crew.task(one_task(Arc::clone(&left), Arc::downgrade(crew))))
    }

    async fn one_task(left: Arc<AtomicUsize>, crew: Weak<Crew>) {
        if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            crew.upgrade().expect("the crew waits for us").stop();
        }
    }

    fn push(crew: &Crew, task: Task) {
        assert!(crew.admit(task), "the door is open");
    }

    /// Runs workers on threads of their own.
    fn start(workers: Vec<Worker>) -> Vec<JoinHandle<Worker>> {
        let run = |mut worker: Worker| {
            spawn(move || {
                worker.run();
                worker
            })
        };
        workers.into_iter().map(run).collect()
    }

    /// The same for a worker that falls asleep without a look at any queue, and only then runs.
    fn start_asleep(mut worker: Worker) -> JoinHandle<Worker> {
        spawn(move || {
            worker.sleep();
            worker.run();
            worker
        })
    }

    /// Waits for the workers, and checks that they have left the counts in order.
    fn join(crew: &Crew, workers: Vec<JoinHandle<Worker>>) {
        for worker in workers {
            drop(worker.join().unwrap());
        }
        crew.check_counts();
    }

    #[test]
    fn a_task_finds_the_worker_that_falls_asleep() {
        model("idle: push ‖ worker", || {
            let (crew, workers) = Crew::new(1);
            let [task] = tasks(&crew);
            let workers = start(workers);
            push(&crew, task);
            join(&crew, workers);
        });
    }

    #[test]
    fn tasks_from_two_threads_find_one_worker() {
        model("idle: push ‖ push ‖ worker", || {
            let (crew, workers) = Crew::new(1);
            let [first, second] = tasks(&crew);
            let workers = start(workers);
            let crew2 = Arc::clone(&crew);
            let pusher = spawn(move || push(&crew2, first));
            push(&crew, second);
            pusher.join().unwrap();
            join(&crew, workers);
        });
    }

    #[test]
    fn a_task_finds_one_of_two_workers() {
        model("idle: push ‖ worker ‖ worker", || {
            let (crew, workers) = Crew::new(2);
            let [task] = tasks(&crew);
            let workers = start(workers);
            push(&crew, task);
            join(&crew, workers);
        });
    }

    #[test]
    fn a_task_finds_a_worker_that_falls_asleep_without_a_look() {
        model("idle: push ‖ fall asleep", || {
            let (crew, mut workers) = Crew::new(1);
            let [task] = tasks(&crew);
            let worker = start_asleep(workers.remove(0));
            push(&crew, task);
            join(&crew, vec![worker]);
        });
    }

    #[test]
    fn an_event_and_a_task_wake_a_worker_once() {
        model("idle: push ‖ event ‖ worker", || {
            let (crew, workers) = Crew::new(1);
            let [task] = tasks(&crew);
            let workers = start(workers);
            let crew2 = Arc::clone(&crew);
            let event = spawn(move || crew2.raise_event());
            push(&crew, task);
            event.join().unwrap();
            join(&crew, workers);
        });
    }

    /// Tasks of which each blocks its worker until the other runs. The second to come stops the crew.
    fn tasks_that_meet(crew: &Arc<Crew>) -> [Task; 2] {
        meeting_for(crew).map(|future| crew.task(future))
    }

    fn meeting_for(crew: &Arc<Crew>) -> [impl Future<Output = ()> + Send + use<>; 2] {
        let meeting = Arc::new((Mutex::new(0), Condvar::new()));
        [(); 2].map(|()| meet(Arc::clone(&meeting), Arc::downgrade(crew)))
    }

    async fn meet(meeting: Arc<(Mutex<usize>, Condvar)>, crew: Weak<Crew>) {
        let (present, changed) = &*meeting;
        let mut count = present.lock();
        *count += 1;
        if *count == 2 {
            changed.notify_one();
            drop(count);
            crew.upgrade().expect("the crew waits for us").stop();
            return;
        }
        while *count < 2 {
            changed.wait(&mut count);
        }
    }

    #[test]
    fn a_task_behind_one_that_blocks_finds_another_worker() {
        model("idle: push_next, push_next, run ‖ worker", || {
            let (crew, mut workers) = Crew::new(2);
            let [first, second] = tasks_that_meet(&crew);
            let other = start(vec![workers.remove(1)]);
            let mut worker = workers.remove(0);
            worker.push_next(first);
            worker.push_next(second);
            worker.run();
            join(&crew, other);
        });
    }

    /// The second task is queued while the only searcher finds the first. It wakes nobody where it still
    /// sees the searcher, who must then look for it.
    #[test]
    fn a_searcher_that_finds_a_task_leaves_none_behind() {
        model("idle: push ‖ find a task ‖ fall asleep", || {
            let (crew, mut workers) = Crew::new(2);
            let [first, second] = tasks_that_meet(&crew);
            workers[0].search();
            push(&crew, first);
            let other = start_asleep(workers.remove(1));
            let mut searcher = workers.remove(0);
            let crew2 = Arc::clone(&crew);
            let pusher = spawn(move || push(&crew2, second));
            searcher.run();
            pusher.join().unwrap();
            join(&crew, vec![other]);
        });
    }

    /// Its worker may be busy for long with the task before.
    #[test]
    fn a_task_that_is_to_run_next_may_run_elsewhere() {
        model("idle: push_next, then search", || {
            let (crew, mut workers) = Crew::new(2);
            let [task] = tasks(&crew);
            let mut thief = workers.remove(1);
            workers[0].push_next(task);
            let thief = spawn(move || {
                assert!(thief.run_one(), "the thief finds nothing");
                thief
            });
            join(&crew, vec![thief]);
        });
    }

    /// One worker takes both tasks from the shared queue, and the other looks for them while the second
    /// is on its way to the first worker's own queue.
    #[test]
    fn a_task_that_moves_between_queues_is_found() {
        model("idle: take a share, run ‖ fall asleep", || {
            let (crew, mut workers) = Crew::new(2);
            let [first, second] = tasks_that_meet(&crew);
            push(&crew, first);
            push(&crew, second);
            let other = start_asleep(workers.remove(1));
            let mut worker = workers.remove(0);
            worker.run();
            join(&crew, vec![other]);
        });
    }

    /// A task wakes another, which goes to the next slot, and itself, so that it is queued again behind
    /// the one that it woke.
    #[test]
    fn a_task_that_runs_again_finds_another_worker() {
        model("idle: run again ‖ worker", || {
            let (crew, mut workers) = Crew::new(2);
            let [woken, again] = meeting_for(&crew);
            let tap = Arc::new(std::sync::Mutex::new(None::<Waker>));
            let theirs = Arc::clone(&tap);
            let woken = crew.task(after_one_poll(woken, move |waker| {
                *theirs.lock().unwrap() = Some(waker.clone());
            }));
            let again = crew.task(after_one_poll(again, move |waker| {
                tap.lock().unwrap().take().expect("it sleeps").wake();
                waker.wake_by_ref();
            }));
            let mut worker = workers.remove(0);
            worker.push_next(woken);
            assert!(worker.run_one());
            worker.push_next(again);
            let other = start(workers);
            worker.run();
            join(&crew, other);
        });
    }

    /// Acts in its first poll, then goes on with the future.
    async fn after_one_poll(future: impl Future<Output = ()>, act: impl FnOnce(&Waker)) {
        let mut act = Some(act);
        poll_fn(|ctx| match act.take() {
            Some(act) => {
                act(ctx.waker());
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
        future.await;
    }
}
