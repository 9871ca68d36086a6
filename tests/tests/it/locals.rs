//! Values that follow a task.

use wane_tests::gate::Gate;
use wane_tests::runtimes::in_each;

wane::task_local! {
    static USER: u32;
}

#[test]
fn a_value_follows_its_task_and_no_other() {
    in_each(|| async {
        let gate = Gate::new();
        let tasks = (0..20).map(|user| {
            let gate = gate.clone();
            wane::spawn(USER.scope(user, async move {
                gate.pass().await;
                for _ in 0..10 {
                    wane::task::yield_now().await;
                    assert_eq!(USER.get(), user);
                }
                let child = wane::spawn(async { USER.try_get().is_err() });
                assert!(
                    child.await.expect("no panic"),
                    "a child does not inherit it"
                );
            }))
        });
        let tasks = tasks.collect::<Vec<_>>();
        gate.open();
        for task in tasks {
            task.await.expect("no panic");
        }
        assert!(USER.try_get().is_err());
    });
}
