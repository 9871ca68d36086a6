//! Threads that are not needed any more.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use wane_tests::hang;
use wane_tests::runtimes::Kind;

use crate::alone;

#[test]
fn after_a_burst_a_trickle_leaves_no_more_threads_than_it_needs() {
    let _alone = alone();
    let mut builder = Kind::Workers(1).builder();
    let runtime = builder
        .thread_keep_alive(Duration::from_millis(300))
        .build()
        .expect("a runtime");
    let metrics = runtime.metrics();
    let everybody = Arc::new(Barrier::new(200));
    for _ in 0..200 {
        let everybody = everybody.clone();
        drop(runtime.spawn_blocking(move || everybody.wait()));
    }
    hang::until("the threads of the burst", &metrics, || {
        metrics.num_blocking_threads() >= 200
    });
    // Some thirty jobs a second: never an idle moment as long as a keep-alive.
    let mut next = Instant::now();
    let since = Instant::now();
    hang::until("the leave of the others", &metrics, || {
        if Instant::now() >= next {
            drop(runtime.spawn_blocking(|| ()));
            next = Instant::now() + Duration::from_millis(33);
        }
        metrics.num_blocking_threads() <= 2
    });
    println!("200 threads went to 2 in {:?}", since.elapsed());
}
