//! Crowds of blocking jobs that wait for each other: all of them get through, in few threads.
//!
//! A process of its own, and one crowd at a time in it: a submitter that has no core makes the pool meet
//! the first half alone. The sizes are for a small machine and an unoptimized build;
//! `WANE_CROWD_RUNS` repeats each exchange, and `WANE_CROWD_FULL=1` has the full sizes.

mod beside;
mod cycles;
mod exchange;
mod narrow;
mod nested;
mod refused;
mod trickle;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Keeps other crowds away.
fn alone() -> MutexGuard<'static, ()> {
    static CROWD: Mutex<()> = Mutex::new(());
    CROWD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often each exchange is made.
fn runs() -> usize {
    let Ok(text) = std::env::var("WANE_CROWD_RUNS") else {
        return 1;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("WANE_CROWD_RUNS is {text:?}: set it to a number"))
}

/// The size for a quick test, or the full one.
fn sized(quick: usize, full: usize) -> usize {
    match std::env::var_os("WANE_CROWD_FULL") {
        None => quick,
        Some(_) => full,
    }
}

/// The base on a machine of this many cores: what new work starts at once.
fn base() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (2 * cores).max(8)
}
