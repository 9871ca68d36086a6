//! The door for spawns: each is counted before the closing or refused after it.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::sync::Arc;

    use wane::internals::scheduler::Admission;
    use wane_loom_tests::{model, spawn};

    #[test]
    fn a_spawn_is_counted_by_the_closing_or_refused() {
        model("admission: admit ‖ close", || {
            let door = Arc::new(Admission::open());
            let theirs = Arc::clone(&door);
            let spawner = spawn(move || theirs.admit());
            let counted = door.close();
            let admitted = spawner.join().unwrap();
            assert_eq!(counted, u64::from(admitted));
            assert!(!door.admit());
        });
    }

    #[test]
    fn every_admitted_spawn_is_counted() {
        model("admission: admit ‖ admit ‖ close", || {
            let door = Arc::new(Admission::open());
            let spawners = [(), ()].map(|()| {
                let theirs = Arc::clone(&door);
                spawn(move || theirs.admit())
            });
            let counted = door.close();
            let admitted = spawners.map(|spawner| u64::from(spawner.join().unwrap()));
            assert_eq!(counted, admitted.iter().sum::<u64>());
        });
    }
}
