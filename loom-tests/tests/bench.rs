//! Spare workers come and go: no task, no wake and no queue is lost with one, and nobody waits for a seat.
//!
//! The tasks stop their crew when the last of them runs. A task that is lost is therefore a deadlock, which
//! loom reports; so is a worker that waits for ever.

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

    use wane::internals::scheduler::{self, Crew, Linger, Task, Worker};
    use wane_channel::base::sync::thread::{JoinHandle, yield_now};
    use wane_channel::base::sync::{Condvar, Mutex};
    use wane_loom_tests::{Dropped, spawn};

    /// These are whole lives of workers: with three preemptions they take minutes each. With two they have
    /// found every fault that was planted.
    const PREEMPTIONS: usize = 2;

    /// For the longest of them.
    const PREEMPTIONS_FEW: usize = 1;

    fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
        model_within(PREEMPTIONS, name, body);
    }

    fn model_within(preemptions: usize, name: &str, body: impl Fn() + Send + Sync + 'static) {
        wane_loom_tests::model_within(preemptions, name, move || {
            scheduler::reset();
            body();
            assert_eq!(scheduler::slots_in_use(), 0, "a task is left");
        });
    }

    /// A crew of one worker with one spare seat.
    fn crew() -> (Arc<Crew>, Worker) {
        let (crew, mut workers) = Crew::with_spares(1, 1);
        (crew, workers.remove(0))
    }

    /// As many tasks; the last of them stops the crew.
    fn tasks<const COUNT: usize>(crew: &Arc<Crew>) -> [Task; COUNT] {
        tasks_futures(crew).map(|future| crew.task(future))
    }

    fn tasks_futures<const COUNT: usize>(
        crew: &Arc<Crew>,
    ) -> [impl Future<Output = ()> + Send + use<COUNT>; COUNT] {
        let left = Arc::new(AtomicUsize::new(COUNT));
        [(); COUNT].map(|()| one_task(Arc::clone(&left), Arc::downgrade(crew)))
    }

    async fn one_task(left: Arc<AtomicUsize>, crew: Weak<Crew>) {
        if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            crew.upgrade().expect("the crew waits for us").stop();
        }
    }

    /// Futures of tasks of which each blocks its worker until the other runs. The second to come stops the
    /// crew.
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

    fn push(crew: &Crew, task: Task) {
        assert!(crew.admit(task), "the door is open");
    }

    /// A regular worker's life on a thread of its own.
    fn start(mut worker: Worker) -> JoinHandle<()> {
        spawn(move || {
            worker.run();
            worker.leave();
        })
    }

    /// The same for one that falls asleep first, without a look at any queue.
    fn start_asleep(mut worker: Worker) -> JoinHandle<()> {
        spawn(move || {
            worker.sleep();
            worker.run();
            worker.leave();
        })
    }

    /// Waits for all threads; then nobody is left at work, and nobody keeps the crew.
    fn join(crew: Arc<Crew>, worker: JoinHandle<()>) {
        crew.wait_for_exit();
        worker.join().unwrap();
        crew.join_spares();
        crew.check_counts();
        assert!(crew.has_no_spare(), "a spare worker is counted");
        let gone = Arc::downgrade(&crew);
        drop(crew);
        assert_eq!(gone.strong_count(), 0, "somebody keeps the scheduler");
    }

    /// Ends a crew whose regular worker has done nothing.
    fn end(crew: Arc<Crew>, worker: Worker) {
        crew.stop();
        join(crew, spawn(move || worker.leave()));
    }

    /// Whether it has run, for a thread that waits for it.
    #[derive(Clone, Default)]
    struct Mark(Arc<(Mutex<bool>, Condvar)>);

    impl Mark {
        fn set(&self) {
            *self.0.0.lock() = true;
            self.0.1.notify_one();
        }

        fn wait(&self) {
            let mut is_set = self.0.0.lock();
            while !*is_set {
                self.0.1.wait(&mut is_set);
            }
        }
    }

    /// A task that sleeps after its first poll, which the worker makes; then it goes on with the future.
    fn asleep(
        crew: &Arc<Crew>,
        worker: &mut Worker,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Waker {
        let tap = Arc::new(std::sync::Mutex::new(None::<Waker>));
        let theirs = Arc::clone(&tap);
        let first = after_one_poll(future, move |waker| {
            *theirs.lock().unwrap() = Some(waker.clone());
        });
        worker.push_next(crew.task(first));
        assert!(worker.run_one());
        tap.lock().unwrap().take().expect("it was polled")
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

    #[test]
    fn a_task_behind_one_that_blocks_finds_the_spare_worker() {
        model("bench: run, block ‖ call in", || {
            let (crew, worker) = crew();
            let [first, second] = meeting_for(&crew).map(|future| crew.task(future));
            worker.push_next(first);
            worker.push_next(second);
            let worker = start(worker);
            assert!(crew.call_in(Linger::Endless));
            join(crew, worker);
        });
    }

    /// The spare worker has a task to run next and another behind it, of which each blocks until the other
    /// runs.
    #[test]
    fn a_task_that_a_spare_worker_queues_finds_a_worker() {
        let name = "bench: call in, queue, block ‖ fall asleep";
        model_within(PREEMPTIONS_FEW, name, || {
            // A worker that knows of no other does not look for sleepers; so there is one that leaves.
            let (crew, mut workers) = Crew::with_spares(2, 1);
            workers.remove(1).leave();
            let mut worker = workers.remove(0);
            let [woken, again] = meeting_for(&crew);
            let woken = asleep(&crew, &mut worker, woken);
            let again = after_one_poll(again, move |waker| {
                woken.wake();
                waker.wake_by_ref();
            });
            push(&crew, crew.task(again));
            let worker = start_asleep(worker);
            assert!(crew.call_in(Linger::Endless));
            join(crew, worker);
        });
    }

    /// The spare worker may have been woken for the task, and is sent away before it looks.
    #[test]
    fn a_wake_is_not_lost_with_the_worker_that_is_dismissed() {
        model("bench: push, dismiss ‖ fall asleep ‖ spare", || {
            let (crew, worker) = crew();
            let [task] = tasks(&crew);
            assert!(crew.call_in(Linger::Endless));
            let worker = start_asleep(worker);
            push(&crew, task);
            crew.dismiss(0);
            join(crew, worker);
        });
    }

    /// The spare worker is still on the list of sleepers when the task is queued, and leaves.
    #[test]
    fn a_task_that_comes_after_the_dismissal_finds_the_other_worker() {
        model("bench: dismiss, push ‖ fall asleep ‖ spare", || {
            let (crew, worker) = crew();
            let [task] = tasks(&crew);
            assert!(crew.call_in(Linger::Endless));
            let worker = start_asleep(worker);
            crew.dismiss(0);
            push(&crew, task);
            join(crew, worker);
        });
    }

    /// The first task queues the second at its worker, which may be the one that is dismissed.
    #[test]
    fn a_worker_that_retires_leaves_its_tasks_to_others() {
        model("bench: dismiss ‖ queue, retire ‖ fall asleep", || {
            let (crew, mut worker) = crew();
            let [one, two] = tasks_futures(&crew);
            let woken = asleep(&crew, &mut worker, two);
            let first = crew.task(async move {
                woken.wake();
                one.await;
            });
            push(&crew, first);
            assert!(crew.call_in(Linger::Endless));
            let worker = start_asleep(worker);
            crew.dismiss(0);
            join(crew, worker);
        });
    }

    /// The yields make room without a preemption: for both to fall asleep, and for one to retire.
    #[test]
    fn a_worker_that_retires_leaves_the_driver_to_another() {
        let name = "bench: dismiss, event ‖ fall asleep ‖ spare";
        model_within(PREEMPTIONS_FEW, name, || {
            let (crew, worker) = crew();
            let [task] = tasks(&crew);
            assert!(crew.call_in(Linger::Endless));
            let worker = start_asleep(worker);
            yield_now();
            crew.dismiss(0);
            yield_now();
            crew.raise_event_for(task);
            join(crew, worker);
        });
    }

    /// The worker may run them, or find them gone and fall asleep before they are where he looks.
    #[test]
    fn tasks_that_are_moved_from_a_worker_run_once() {
        model("bench: clear out ‖ run", || {
            let (crew, worker) = crew();
            // One is to run next, and three wait, of which the first steal takes two.
            for task in tasks::<4>(&crew) {
                worker.push_next(task);
            }
            let worker = start(worker);
            crew.clear_out(0);
            join(crew, worker);
        });
    }

    /// Where the second call says yes the called one has to run the task: nobody else is at work. Where it
    /// says no, the called one is on its way to the bench.
    fn check_second_call(name: &str, linger: Linger) {
        model(name, move || {
            let (crew, worker) = crew();
            let mark = Mark::default();
            let theirs = mark.clone();
            let task = crew.task(async move { theirs.set() });
            assert!(crew.call_in(linger));
            crew.dismiss(0);
            let is_called = crew.call_in(linger);
            push(&crew, task);
            if is_called {
                mark.wait();
            }
            end(crew, worker);
        });
    }

    #[test]
    fn a_worker_that_is_called_from_the_bench_runs() {
        check_second_call("bench: dismiss, call in, push ‖ rest", Linger::Endless);
    }

    #[test]
    fn a_worker_that_is_called_as_its_rest_ends_runs() {
        check_second_call("bench: dismiss, call in, push ‖ leave", Linger::Impatient);
    }

    #[test]
    fn a_seat_whose_thread_is_refused_is_free_again() {
        model("bench: refused ‖ call in", || {
            let (crew, worker) = crew();
            let refused = spawn({
                let crew = Arc::clone(&crew);
                move || crew.call_in_refused().is_ok_and(|is_called| is_called)
            });
            let is_called = crew.call_in(Linger::Endless);
            assert!(!refused.join().unwrap(), "nobody is on the bench");
            assert!(is_called || crew.call_in(Linger::Endless));
            assert_eq!(crew.seats_in_use(), 2);
            end(crew, worker);
        });
    }

    /// Who calls is waited for before the threads are, as the monitor is.
    #[test]
    fn a_worker_that_is_called_in_at_the_end_is_waited_for() {
        model("bench: stop ‖ call in ‖ leave", || {
            let (crew, worker) = crew();
            let worker = start(worker);
            let caller = spawn({
                let crew = Arc::clone(&crew);
                move || crew.call_in(Linger::Endless)
            });
            crew.stop();
            crew.wait_for_exit();
            let _ = caller.join().unwrap();
            join(crew, worker);
        });
    }

    /// Whoever leaves last drains, and that may be the spare worker; the task lies at the one or the other.
    #[test]
    fn what_a_spare_worker_leaves_at_the_end_is_dropped() {
        model("bench: stop, leave ‖ stop, leave", || {
            let dropped = Dropped::default();
            let (crew, mut worker) = crew();
            let message = dropped.message();
            let woken = asleep(&crew, &mut worker, async move {
                std::future::pending::<()>().await;
                drop(message);
            });
            let weak = Arc::downgrade(&crew);
            push(
                &crew,
                crew.task(async move {
                    woken.wake();
                    weak.upgrade().expect("the crew waits for us").stop();
                }),
            );
            assert!(crew.call_in(Linger::Endless));
            join(crew, start(worker));
            assert_eq!(dropped.count(), 1);
        });
    }
}
