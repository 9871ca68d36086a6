//! Events as those of `tracing`: the target `wane`, the level `WARN` or, where something goes on again,
//! `INFO`.

use std::time::Duration;

use tracing::{info, warn};

use super::{Event, StuckWorker};
use crate::blocking::StalledPool;

/// Emits the event.
pub(super) fn emit(event: &Event) {
    match event {
        Event::WorkerStuck(stuck) => worker_stuck(stuck),
        Event::WorkerFreed(stuck) => worker_freed(stuck),
        Event::BlockingPoolStalled(pool) => pool_stalled(pool),
        Event::BlockingPoolMoves(pool) => pool_moves(pool),
        Event::ThreadRefused(refused) => warn!(
            target: "wane",
            role = %refused.role(),
            error = %refused.error(),
            "the system refused a thread"
        ),
        Event::BlockingJobAbandoned(job) => warn!(
            target: "wane",
            task = %job.id(),
            spawned_at = %job.spawned_at(),
            lasts_ms = millis(job.age()),
            "a blocking job goes on after its abort"
        ),
    }
}

fn worker_stuck(stuck: &StuckWorker) {
    let task = stuck.task();
    warn!(
        target: "wane",
        worker = stuck.worker(),
        kind = %stuck.kind(),
        lasts_ms = millis(stuck.duration()),
        task = task.map(|task| tracing::field::display(task.id())),
        spawned_at = task.map(|task| tracing::field::display(task.spawned_at())),
        future = task.map(|task| task.future_type()),
        "a worker is stuck in a poll"
    );
}

fn worker_freed(stuck: &StuckWorker) {
    let task = stuck.task();
    info!(
        target: "wane",
        worker = stuck.worker(),
        kind = %stuck.kind(),
        lasts_ms = millis(stuck.duration()),
        task = task.map(|task| tracing::field::display(task.id())),
        spawned_at = task.map(|task| tracing::field::display(task.spawned_at())),
        "a worker that was stuck in a poll goes on"
    );
}

fn pool_stalled(pool: &StalledPool) {
    warn!(
        target: "wane",
        queued = pool.queued(),
        threads = pool.threads(),
        lasts_ms = millis(pool.duration()),
        state = %pool,
        "blocking jobs wait, and no thread can be added"
    );
}

fn pool_moves(pool: &StalledPool) {
    info!(
        target: "wane",
        queued = pool.queued(),
        threads = pool.threads(),
        lasts_ms = millis(pool.duration()),
        "blocking jobs move again"
    );
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
