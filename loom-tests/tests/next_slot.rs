//! The task to run next: whatever goes in comes out once, at the owner's or at a thief's.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::sync::Arc;

    use wane::internals::scheduler::{self, Crew, NextSlot, Task};
    use wane_channel::base::sync::cell::UnsafeCell;
    use wane_loom_tests::spawn;

    /// A slot, and tasks of which each touches a cell of its own without order: two runs of one task, or
    /// a run that does not see how the task was made, is a race.
    struct Scene {
        slot: NextSlot,
        crew: Arc<Crew>,
    }

    impl Scene {
        fn new() -> Arc<Self> {
            scheduler::reset();
            Arc::new(Self {
                slot: NextSlot::empty(),
                crew: Crew::new(1).0,
            })
        }

        fn task(&self) -> Task {
            let cell = UnsafeCell::new(0_u32);
            cell.with_mut(|_| ());
            self.crew.task(async move { cell.with_mut(|_| ()) })
        }
    }

    /// Runs what came out. Returns how many there were.
    fn run(tasks: impl IntoIterator<Item = Task>) -> usize {
        tasks.into_iter().map(Task::run).count()
    }

    fn model(name: &str, body: impl Fn(Arc<Scene>) + Send + Sync + 'static) {
        wane_loom_tests::model(name, move || {
            let scene = Scene::new();
            body(Arc::clone(&scene));
            assert_eq!(scheduler::slots_in_use(), 0, "a task did not come out");
        });
    }

    fn steal(scene: &Arc<Scene>) -> wane_channel::base::sync::thread::JoinHandle<usize> {
        let scene = Arc::clone(scene);
        spawn(move || run(scene.slot.take()))
    }

    #[test]
    fn a_task_comes_out_at_the_owners_or_at_the_thiefs() {
        model("next slot: put, take ‖ steal", |scene| {
            let thief = steal(&scene);
            let displaced = scene.slot.put(scene.task());
            assert!(displaced.is_none());
            let own = run(scene.slot.take());
            assert_eq!(own + thief.join().unwrap(), 1);
        });
    }

    #[test]
    fn a_task_that_is_put_over_another_displaces_it() {
        model("next slot: put over, take ‖ steal", |scene| {
            assert!(scene.slot.put(scene.task()).is_none());
            let thief = steal(&scene);
            let displaced = run(scene.slot.put(scene.task()));
            let own = run(scene.slot.take());
            assert_eq!(displaced + own + thief.join().unwrap(), 2);
        });
    }

    #[test]
    fn two_thieves_do_not_take_the_same_task() {
        model("next slot: put, put ‖ steal ‖ steal", |scene| {
            assert!(scene.slot.put(scene.task()).is_none());
            let thieves = [steal(&scene), steal(&scene)];
            let displaced = run(scene.slot.put(scene.task()));
            let stolen: usize = thieves.map(|thief| thief.join().unwrap()).iter().sum();
            let own = run(scene.slot.take());
            assert_eq!(displaced + own + stolen, 2);
        });
    }
}
