//! The lock of the channel, of which the channel's own models know no more than that it is one.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use wane_channel::base::lock::spin::Lock;
    use wane_channel::base::sync::Arc;
    use wane_loom_tests::{model, spawn};

    #[test]
    fn one_owner_follows_the_other_and_sees_what_he_did() {
        model("lock ‖ lock", || {
            let lock = Arc::new(Lock::new(0));
            let other = Arc::clone(&lock);
            let other = spawn(move || *other.lock() += 1);
            *lock.lock() += 1;
            other.join().unwrap();
            assert_eq!(*lock.lock(), 2);
        });
    }
}
