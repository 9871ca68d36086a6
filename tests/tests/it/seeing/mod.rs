//! Seeing what a runtime holds, and being called about its tasks.

mod census;
mod hooks;
mod tracking;

use std::fmt::Debug;
use std::time::{Duration, Instant};

use wane_tests::hang::PATIENCE;

/// Asks from a task until `is_reached` says so, while other tasks run.
async fn until(what: &str, scene: &dyn Debug, is_reached: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_reached() {
        assert!(
            Instant::now() < deadline,
            "{what} does not come about: {scene:#?}"
        );
        wane::time::sleep(Duration::from_micros(200)).await;
    }
}
