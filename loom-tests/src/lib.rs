//! The harness of the models: how long loom searches, how a model waits, and a refusal to pass
//! without having searched.
//!
//! Run the models with `cargo loom`. `LOOM_MAX_PREEMPTIONS` deepens or flattens the search.
//!
//! A run without `--cfg loom` has no models. A test binary then must not look as if all were well,
//! so each test file of this package calls [`refuse_to_pass_without_loom`] from a test of its own.

#[cfg(loom)]
mod search;
#[cfg(loom)]
pub mod tasks;

#[cfg(loom)]
pub use search::{Bell, Dropped, Message, block_on, model, model_within, poll_once, spawn};

/// Fails with the way to do it right. Call it from a test under `cfg(not(loom))`.
///
/// # Panics
///
/// Always.
#[track_caller]
pub fn refuse_to_pass_without_loom() -> ! {
    panic!(
        "no model was run: this package checks protocols under loom and needs `--cfg loom`; \
         run `cargo loom` (an alias in .cargo/config.toml)"
    );
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    #[test]
    fn models_were_run() {
        super::refuse_to_pass_without_loom();
    }
}
