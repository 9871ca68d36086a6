//! The harness of the models: how long loom searches, and a refusal to pass without a search.

/// Searches the interleavings of `body`, and says how many there were.
///
/// # Panics
///
/// When `body` does in one of them, when one is a deadlock, and when none was run.
#[cfg(loom)]
#[track_caller]
pub fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
    use std::io::Write;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let mut search = loom::model::Builder::new();
    search.preemption_bound.get_or_insert(3);
    search.max_duration = None;
    search.max_permutations = None;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    search.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        body();
    });
    let runs = runs.load(Ordering::Relaxed);
    assert!(runs > 0, "model `{name}`: no run");
    let _ = writeln!(std::io::stderr(), "model {name}: {runs} runs");
}

/// Starts a thread of the model.
#[cfg(loom)]
pub fn spawn<R: 'static>(body: impl FnOnce() -> R + 'static) -> loom::thread::JoinHandle<R> {
    loom::thread::spawn(body)
}

/// Fails with the way to do it right. Call it from a test under `cfg(not(loom))`.
///
/// # Panics
///
/// Always.
#[track_caller]
pub fn refuse_to_pass_without_loom() -> ! {
    panic!("no model was run: this package needs `--cfg loom`; run `cargo loom`");
}
