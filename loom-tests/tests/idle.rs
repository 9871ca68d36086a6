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
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Weak};

    use wane::internals::scheduler::{self, Crew, Task, Worker};
    use wane_channel::base::sync::thread::JoinHandle;
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
            let mut worker = workers.remove(0);
            let worker = spawn(move || {
                worker.sleep();
                worker.run();
                worker
            });
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
}
