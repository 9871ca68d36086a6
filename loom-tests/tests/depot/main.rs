//! Jobs that wait in a queue against their aborts: who drops the closure, and when a thread may go on.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::sync::Arc;

    use wane::internals::depot::Depot;
    use wane_loom_tests::spawn;
    use wane_loom_tests::tasks::{Fate, join_now, model, ready};

    /// One job, a thread that takes it and an aborter, in a depot of this kind.
    fn take_against_abort(name: &str, make: fn() -> Arc<Depot>) {
        model(name, move || {
            let depot = make();
            let (fate, witness) = Fate::new();
            let (sleeper, handle) = depot.spawn(ready(witness, || 7));
            let abort = handle.abort_handle();
            let aborting = spawn(move || abort.abort());
            let has_run = depot.take(sleeper);
            // The thread has met its aborter, whose job may be with the reaper still.
            assert_eq!(depot.unmet(), 0);
            aborting.join().unwrap();
            assert!(fate.is_met());
            match join_now(handle) {
                Ok(value) => assert_eq!((value, has_run), (7, true)),
                Err(error) => assert!(error.is_cancelled()),
            }
        });
    }

    #[test]
    fn a_queued_job_is_run_or_dropped_by_the_reaper() {
        take_against_abort("depot: take ‖ abort, reap", Depot::new);
    }

    #[test]
    fn without_a_reaper_the_next_one_who_meets_an_aborter_drops_the_job() {
        model("depot: take ‖ abort, no reaper; abort, take", || {
            let depot = Depot::without_reaper();
            let (first_fate, witness) = Fate::new();
            let (first, first_handle) = depot.spawn(ready(witness, || 1));
            let (second_fate, witness) = Fate::new();
            let (second, second_handle) = depot.spawn(ready(witness, || 2));
            let abort = first_handle.abort_handle();
            let aborting = spawn(move || abort.abort());
            depot.take(first);
            aborting.join().unwrap();
            // Where the refusal came after the thread was gone, the job is left until now.
            second_handle.abort();
            assert!(!depot.take(second));
            assert!(first_fate.is_met() && second_fate.is_met());
            drop(join_now(first_handle));
            assert!(join_now(second_handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn two_aborts_and_one_reaper_leave_no_job() {
        model("depot: abort ‖ abort, one reaps", || {
            let depot = Depot::new();
            let (first_fate, witness) = Fate::new();
            let (first, first_handle) = depot.spawn(ready(witness, || 1));
            let (second_fate, witness) = Fate::new();
            let (second, second_handle) = depot.spawn(ready(witness, || 2));
            let abort = second_handle.abort_handle();
            let aborting = spawn(move || abort.abort());
            first_handle.abort();
            aborting.join().unwrap();
            assert!(first_fate.is_met() && second_fate.is_met());
            assert_eq!(depot.unmet(), 2);
            assert!(!depot.take(first) && !depot.take(second));
            assert_eq!(depot.unmet(), 0);
            assert!(join_now(first_handle).unwrap_err().is_cancelled());
            assert!(join_now(second_handle).unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn an_abort_that_meets_the_end_leaves_no_job() {
        model(
            "depot: close, cancel, drop the rest ‖ abort, no reaper",
            || {
                let depot = Depot::without_reaper();
                let (fate, witness) = Fate::new();
                let (sleeper, handle) = depot.spawn(ready(witness, || 7));
                let abort = handle.abort_handle();
                let aborting = spawn(move || abort.abort());
                depot.close();
                depot.cancel(sleeper);
                depot.drop_rest();
                // Nothing is left to the aborter, which was met or lost.
                assert!(fate.is_met());
                aborting.join().unwrap();
                assert!(join_now(handle).unwrap_err().is_cancelled());
            },
        );
    }

    #[test]
    fn a_thread_that_has_taken_an_entry_before_the_end_drops_what_comes_after_it() {
        model("depot: take ‖ abort ‖ close, drop the rest", || {
            let depot = Depot::without_reaper();
            let (fate, witness) = Fate::new();
            let (sleeper, handle) = depot.spawn(ready(witness, || 7));
            let abort = handle.abort_handle();
            let aborting = spawn(move || abort.abort());
            let taken_by = depot.clone();
            let taking = spawn(move || {
                taken_by.take(sleeper);
            });
            depot.close();
            depot.drop_rest();
            taking.join().unwrap();
            aborting.join().unwrap();
            assert!(fate.is_met());
            drop(join_now(handle));
        });
    }
}
