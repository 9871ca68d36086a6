//! A burst of tasks gives its memory back to the system when it is over.

use std::future::pending;
use std::time::{Duration, Instant};

use wane::runtime::Builder;

/// Tasks of the burst; ten million where the build is fit for it.
const TASKS: usize = if cfg!(debug_assertions) {
    500_000
} else {
    10_000_000
};

/// What may stay resident afterwards.
const LEFT_MAX: usize = 8 << 20;

#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    pages.expect("a number") * 4096
}

#[cfg(target_os = "linux")]
#[test]
fn memory_of_a_burst_goes_back_to_the_system() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    let metrics = runtime.metrics();
    drop(runtime.block_on(runtime.spawn(async {})));
    // Room for the handles is not the burst's.
    let mut aborts = Vec::with_capacity(TASKS);
    aborts.resize_with(TASKS, || runtime.spawn(async {}).abort_handle());
    aborts.clear();
    let settled = |least: usize| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while metrics.num_alive_tasks() != least {
            assert!(
                Instant::now() < deadline,
                "{} tasks live",
                metrics.num_alive_tasks()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    settled(0);
    let falls_to = |most: usize| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while resident() > most {
            assert!(
                Instant::now() < deadline,
                "{} bytes stay, {most} may",
                resident()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    std::thread::sleep(Duration::from_secs(3));
    let before = resident();
    aborts.extend((0..TASKS).map(|_| runtime.spawn(pending::<()>()).abort_handle()));
    settled(TASKS);
    let peak = resident();
    println!(
        "{} bytes per parked task",
        peak.saturating_sub(before) / TASKS
    );
    assert!(peak - before >= 60 * TASKS, "each task takes a slot");
    aborts.drain(..).for_each(|abort| abort.abort());
    settled(0);
    falls_to(before + LEFT_MAX);
    println!(
        "{} bytes before, {peak} at the peak, {} after",
        before,
        resident()
    );
}
